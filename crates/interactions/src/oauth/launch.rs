//! Opening an app from a record. Spec: SMART App Launch 2.2, "launch app: EHR launch".

use ::store::KeptExpected;
use fhir::{IssueCode, ResourceId};
use identity::oauth::{origin_of, redirect_back};
use identity::secret_key;
use serde::{Deserialize, Serialize};

use super::{LAUNCH, SECOND, change};
use crate::app::App;
use crate::failure::{Category, Failure};

/// Microseconds in which an app asks for its code once it was opened.
const LAUNCH_LIFETIME: i64 = 5 * 60 * SECOND;

/// A launch, kept under the hash of its value.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub(super) struct Launched {
    /// The app.
    pub(super) client: String,
    /// Who has opened it.
    pub(super) account: String,
    /// The Patient whose record it was opened from.
    pub(super) patient: String,
}

/// An app that can be opened from a record.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct LaunchableApp {
    /// Its client id.
    pub id: String,
    /// What it is called.
    pub name: String,
    /// Where it is opened.
    pub launch_uri: String,
}

impl LaunchableApp {
    /// Where it is opened, as a source of a content security policy.
    pub fn launch_source(&self) -> String {
        origin_of(&self.launch_uri).unwrap_or_default()
    }
}

impl App {
    /// The apps that can be opened from a record, by their names.
    pub async fn launchable_apps(&self) -> Result<Vec<LaunchableApp>, Failure> {
        let clients = self.all_clients().await?.into_iter();
        let apps = clients.filter(|client| {
            !client.launch_uri.is_empty() && client.scope.split(' ').any(|scope| scope == "launch")
        });
        let mut apps: Vec<LaunchableApp> = apps
            .map(|client| LaunchableApp {
                id: client.id,
                name: client.name,
                launch_uri: client.launch_uri,
            })
            .collect();
        apps.sort_by(|a, b| a.name.cmp(&b.name));
        Ok(apps)
    }

    /// Opens an app for the record of a person, for whoever has this session: the address to go to.
    pub async fn launch_app(
        &self,
        session: &str,
        client: &str,
        person: &ResourceId,
    ) -> Result<String, Failure> {
        let app = self.elevated();
        let Some(signed_in) = app.signed_in(session).await? else {
            let message = "the session is over; sign in again";
            return Err(Failure::plain(Category::NotSignedIn, IssueCode::Login, message));
        };
        if signed_in.missing.is_some() {
            let message = "prove first who you are";
            return Err(Failure::plain(Category::StepUp, IssueCode::Forbidden, message));
        }
        let launchable = app.launchable_apps().await?.into_iter().find(|known| known.id == client);
        let Some(launchable) = launchable else {
            let message = "there is no app of this id that can be opened from a record";
            return Err(Failure::plain(Category::NotFound, IssueCode::NotFound, message));
        };
        let patient = app.patient_for(&signed_in, person).await?;
        let launched = Launched {
            client: launchable.id,
            account: signed_in.account.name,
            patient: patient.to_string(),
        };
        let secret = app.oauth_secret();
        let until = app.clock.now() + LAUNCH_LIFETIME;
        let made = change(LAUNCH, &secret_key(&secret), KeptExpected::Absent, &launched, until);
        app.store.keep(vec![made]).await?;
        let pairs = [("iss", app.options.base_url.as_str()), ("launch", secret.as_str())];
        Ok(redirect_back(&launchable.launch_uri, &pairs))
    }
}
