//! What a person is asked before an app gets anything, and the request that waits meanwhile.

use access::Scopes;
use fhir::ResourceId;
use identity::oauth::{AuthorizationRequest, OauthError, origin_of};
use serde::{Deserialize, Serialize};

/// Microseconds that a request waits for the person to sign in and agree.
pub(super) const WAITS: i64 = 30 * 60 * super::SECOND;

/// A request that waits, kept under the hash of its name.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub(super) struct Waiting {
    /// What was asked for.
    pub(super) request: AuthorizationRequest,
    /// When: microseconds since 1970.
    pub(super) made: i64,
    /// Who has chosen a patient, and whom.
    #[serde(default)]
    pub(super) chosen: Option<(String, String)>,
}

/// What comes next in an authorization.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum AuthorizationStep {
    /// It cannot be said to the app, so it is said to the person.
    Refused(OauthError),
    /// The browser goes to the app with the answer.
    Redirect {
        /// Where to.
        location: String,
    },
    /// The person signs in, and comes back to the request of this name.
    SignIn(String),
    /// They give a code of their device.
    GiveCode(String),
    /// They prove who they are.
    Prove(String),
    /// They say whose record it is about.
    ChoosePatient(Box<Asking>),
    /// They agree or not.
    Consent(Box<Asking>),
}

/// What a person is asked.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Asking {
    /// The request's name.
    pub request: String,
    /// What the app is called.
    pub client: String,
    /// Where the answer will go.
    pub redirect_uri: String,
    /// What would be granted.
    pub scopes: Scopes,
    /// The Patient whose record it is about.
    pub patient: Option<ResourceId>,
    /// Whether it is the person's own record.
    pub is_own: bool,
}

impl Asking {
    /// Where the answer goes, as a source of a content security policy: an origin, or an app's scheme.
    pub fn redirect_source(&self) -> String {
        let scheme = || self.redirect_uri.split(':').next().unwrap_or_default();
        origin_of(&self.redirect_uri).unwrap_or_else(|| format!("{}:", scheme()))
    }
}
