//! Apps and services that ask for access: clients, consent, codes, tokens, and the caller behind a token.
//!
//! Rules are `identity::oauth`'s and `access`'s; here they are applied to what the store keeps. A code or
//! token is kept under the hash of its secret, together with or not at all with what it stands for. What
//! was granted is one record (a [`Grant`]) that tokens point at: when it is taken away they are worth
//! nothing. Spec: `docs/oauth.md`. To add an endpoint: a use case in a file here, its route in `server`.

mod asking;
mod authorize;
mod bearer;
mod client;
mod exchange;
mod failure;
mod grants;
mod keys;
mod launch;
mod tell;
mod turns;

use ::store::{Kept, KeptChange, KeptExpected};
use fhir::IssueCode;
use identity::oauth::Addresses;

pub use asking::{Asking, AuthorizationStep};
pub use bearer::Bearer;
pub use client::{NewClient, NewClientKind, Registered};
pub use failure::OauthFailure;
pub use grants::GrantedApp;
pub use launch::LaunchableApp;
pub use turns::Turn;

pub(crate) use keys::Keys;
pub(crate) use turns::Turns;

use crate::app::App;
use crate::failure::{Category, Failure};

const ACCESS: &str = "oauth-access";
const CLIENT: &str = "oauth-client";
const CODE: &str = "oauth-code";
const CONSENT: &str = "oauth-consent";
const GRANT: &str = "oauth-grant";
const JTI: &str = "oauth-jti";
const KEY: &str = "oauth-key";
const LAUNCH: &str = "oauth-launch";
const ORIGIN: &str = "oauth-origin";
const REFRESH: &str = "oauth-refresh";
const REQUEST: &str = "oauth-request";

const SECOND: i64 = 1_000_000;

impl App {
    /// The addresses that clients know this server by.
    pub fn addresses(&self) -> Addresses {
        Addresses::of_base(&self.options.base_url)
    }

    /// A secret that nobody can guess: 244 random bits.
    fn oauth_secret(&self) -> String {
        format!("{}{}", self.ids.secret(), self.ids.secret()).replace('-', "")
    }
}

/// Whether this can be a secret that was made here; anything else need not be looked up.
fn is_secret(text: &str) -> bool {
    (1..=128).contains(&text.len()) && text.bytes().all(|b| b.is_ascii_alphanumeric())
}

/// A kept value read; one that this program cannot have written is a fault.
fn read<T: for<'a> serde::Deserialize<'a>>(kept: &Kept) -> Result<T, Failure> {
    serde_json::from_slice(&kept.value).map_err(|error| {
        let message = format!("a record of authorization is damaged: {error}");
        Failure::plain(Category::Fault, IssueCode::Exception, message)
    })
}

fn change<T: serde::Serialize>(
    kind: &str,
    key: &str,
    expected: KeptExpected,
    value: &T,
    expires: i64,
) -> KeptChange {
    // Texts and numbers only: nothing that could fail.
    let value = serde_json::to_vec(value).unwrap_or_default();
    KeptChange {
        kind: kind.into(),
        key: key.into(),
        expected,
        becomes: Some((value.into(), expires)),
    }
}

fn removal(kind: &str, key: &str, expected: KeptExpected) -> KeptChange {
    KeptChange { kind: kind.into(), key: key.into(), expected, becomes: None }
}

/// What the records of an account begin with, so that they are found together.
fn of_account(account: &str) -> String {
    format!("{}.", identity::secret_key(account))
}
