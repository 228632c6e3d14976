//! What every handler needs: the application, the settings, the clock's time in words.

use std::sync::Arc;

use interactions::App;
use jiff::tz::TimeZone;
use jiff::{SignedDuration, Timestamp};

use super::systems::System;
use crate::components::moment::Moment;
use crate::layout::{Area, Layout};

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
}

impl Default for PortalOptions {
    fn default() -> PortalOptions {
        PortalOptions {
            systems: Vec::new(),
            notice: String::new(),
            version: env!("CARGO_PKG_VERSION").to_owned(),
            late_after: SignedDuration::from_hours(36),
            zone: TimeZone::get("Europe/London").unwrap_or(TimeZone::UTC),
        }
    }
}

/// The state behind the routes.
pub(super) struct Portal {
    pub(super) app: Arc<App>,
    pub(super) options: PortalOptions,
}

impl Portal {
    pub(super) fn new(app: Arc<App>, options: PortalOptions) -> Portal {
        Portal { app, options }
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
