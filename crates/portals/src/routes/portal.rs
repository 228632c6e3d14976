//! What every handler needs: the application, the settings, the clock's time in words.

use std::sync::Arc;

use interactions::{App, Caller, Duty, Outside};
use jiff::tz::TimeZone;
use jiff::{SignedDuration, Timestamp};

use super::answer::Refusal;
use super::systems::System;
use crate::components::moment::Moment;
use crate::layout::{Area, Layout, Viewer};

/// Settings of the pages.
#[derive(Clone, Debug)]
pub struct PortalOptions {
    /// The connected systems; what is not named here is known by its feed's name.
    pub systems: Vec<System>,
    /// A notice above every page; empty for none.
    pub notice: String,
    /// The version of the program.
    pub version: String,
    /// How long a system may be silent before its entries count as not up to date.
    pub late_after: SignedDuration,
    /// The zone that times are shown in.
    pub zone: TimeZone,
    /// Whether people sign in; without it everybody who reaches the server is trusted.
    pub sign_in: bool,
    /// Whether browsers reach the server by https, so that cookies go no other way.
    pub is_secure: bool,
    /// Who can sign in to a demonstration, said on the pages of signing in.
    pub demonstration: Option<Demonstration>,
    /// A provider elsewhere by which people may sign in as well.
    pub outside: Option<Arc<Outside>>,
}

/// The accounts of a demonstration, which are no secret.
#[derive(Clone, Debug, Default)]
pub struct Demonstration {
    /// Each account's name, with what it is for.
    pub accounts: Vec<(String, String)>,
    /// Everybody's password.
    pub password: String,
    /// The secret of everybody's one-time codes.
    pub code_secret: Vec<u8>,
    /// Everybody's linkage key.
    pub linkage: String,
}

impl Default for PortalOptions {
    fn default() -> PortalOptions {
        PortalOptions {
            systems: Vec::new(),
            notice: String::new(),
            version: env!("CARGO_PKG_VERSION").to_owned(),
            late_after: SignedDuration::from_hours(36),
            zone: TimeZone::get("Europe/London").unwrap_or(TimeZone::UTC),
            sign_in: false,
            is_secure: false,
            demonstration: None,
            outside: None,
        }
    }
}

/// The state behind the routes.
pub(super) struct Portal {
    pub(super) app: Arc<App>,
    pub(super) options: Arc<PortalOptions>,
    /// Who is at the browser.
    pub(in crate::routes) viewer: Viewer,
}

impl Portal {
    pub(super) fn new(app: Arc<App>, options: PortalOptions) -> Portal {
        let viewer = if options.sign_in { Viewer::Nobody } else { Viewer::Open };
        Portal { app, options: Arc::new(options), viewer }
    }

    /// The same for who is at the browser.
    pub(super) fn of(&self, caller: Caller, viewer: Viewer) -> Portal {
        let app = Arc::new(self.app.acting_as(caller));
        Portal { app, options: Arc::clone(&self.options), viewer }
    }

    /// The same with what a duty of the one at the browser opens.
    pub(super) fn on_duty(&self, duty: Duty) -> Result<Portal, Refusal> {
        let app = self.app.on_duty(duty).map_err(|failure| self.failure(&failure))?;
        Ok(Portal {
            app: Arc::new(app),
            options: Arc::clone(&self.options),
            viewer: self.viewer.clone(),
        })
    }

    /// What to call the one at the browser, where what they do is kept.
    pub(super) fn signature(&self) -> String {
        match &self.viewer {
            Viewer::Open | Viewer::Nobody => "reviewer (not signed in)".to_owned(),
            Viewer::Citizen(name) | Viewer::Staff { name, .. } => name.clone(),
        }
    }

    /// A frame for a page.
    pub(super) fn layout(&self, area: Area, title: impl Into<String>) -> Layout {
        Layout {
            title: title.into(),
            area,
            has_errors: false,
            notice: self.options.notice.clone(),
            version: self.options.version.clone(),
            made_at: self.moment(self.app.clock.now()),
            viewer: self.viewer.clone(),
        }
    }

    /// Microseconds since 1970 in words, to the minute.
    pub(super) fn moment(&self, at: i64) -> Moment {
        match Timestamp::from_microsecond(at) {
            Ok(at) => Moment::from_timestamp(at, &self.options.zone),
            Err(_) => Moment::not_recorded(),
        }
    }

    /// Microseconds since 1970 in words, to the second.
    pub(super) fn moment_with_seconds(&self, at: i64) -> Moment {
        match Timestamp::from_microsecond(at) {
            Ok(at) => Moment::from_timestamp_with_seconds(at, &self.options.zone),
            Err(_) => Moment::not_recorded(),
        }
    }

    /// A FHIR date in words.
    pub(super) fn when(&self, when: Option<&interactions::record::When>) -> Moment {
        when.map_or_else(Moment::not_recorded, |when| {
            Moment::from_fhir(&when.text, &self.options.zone)
        })
    }

    /// The day that it is now.
    pub(super) fn today(&self) -> jiff::civil::Date {
        let now = Timestamp::from_microsecond(self.app.clock.now()).unwrap_or_default();
        now.to_zoned(self.options.zone.clone()).date()
    }

    /// Whether a system that last sent at this time has been silent for too long.
    pub(super) fn is_late(&self, last_received: i64) -> bool {
        let silent =
            SignedDuration::from_micros(self.app.clock.now().saturating_sub(last_received));
        silent > self.options.late_after
    }
}
