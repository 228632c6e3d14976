//! Grants, and the tokens that stand for them. Tokens are opaque: random, and kept by their hash, so that
//! one that is taken back is gone at once. Spec: OAuth 2.1 sections 1.4, 4.3 and 6.1.

use serde::{Deserialize, Serialize};

use crate::session::Session;

const SECOND: i64 = 1_000_000;
const DAY: i64 = 24 * 60 * 60 * SECOND;

/// Microseconds that an access token holds.
pub const ACCESS_LIFETIME: i64 = 5 * 60 * SECOND;
/// Microseconds after which a refresh token that nobody used is over.
pub const OFFLINE_IDLE: i64 = 30 * DAY;
/// Microseconds after which the person is asked again in any case.
pub const OFFLINE_WHOLE: i64 = 365 * DAY;

/// What an app was opened with.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Launch {
    /// The Patient whose record it is about.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub patient: Option<String>,
}

/// What a person has granted to an app. Tokens point at it; when it is gone, so are they.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Grant {
    /// The app.
    pub client: String,
    /// The session in which it was granted, without its form token: who they are, how they signed in.
    pub session: Session,
    /// The scopes.
    pub scope: String,
    /// What the app was opened with.
    pub launch: Launch,
    /// The key of the session that it ends with; `None` where it outlives it (`offline_access`).
    #[serde(default)]
    pub online: Option<String>,
    /// When it was granted: microseconds since 1970.
    pub begun: i64,
    /// When it ends.
    pub ends: i64,
}

impl Grant {
    /// Whether a plain scope is among those granted.
    pub fn has(&self, scope: &str) -> bool {
        self.scope.split(' ').any(|one| one == scope)
    }
}

/// Whom an access token speaks for.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Holder {
    /// An app for a person, by the key of their grant.
    Grant(String),
    /// A service for itself, by its client id.
    Service(String),
}

/// An access token, kept under the hash of its secret.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct AccessToken {
    /// For whom.
    pub holder: Holder,
    /// Its scopes, which may be fewer than those of the grant.
    pub scope: String,
    /// When it was given: microseconds since 1970.
    pub issued: i64,
    /// When it ends.
    pub expires: i64,
}

impl AccessToken {
    /// One that holds from now, and no longer than what it stands for.
    pub fn new(holder: Holder, scope: &str, now: i64, ends: i64) -> AccessToken {
        let expires = (now + ACCESS_LIFETIME).min(ends);
        AccessToken { holder, scope: scope.to_owned(), issued: now, expires }
    }

    /// Whether it holds.
    pub fn is_live(&self, now: i64) -> bool {
        now < self.expires && now >= self.issued
    }

    /// Seconds for which it still holds.
    pub fn expires_in(&self, now: i64) -> i64 {
        (self.expires - now).max(0) / SECOND
    }
}

/// A refresh token, kept under the hash of its secret; a used one stays, so that it is known again.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct RefreshToken {
    /// The key of the grant.
    pub grant: String,
    /// The client that it was given to.
    pub client: String,
    /// When it ends: microseconds since 1970.
    pub expires: i64,
    /// Whether it was used.
    #[serde(default)]
    pub is_spent: bool,
}

/// What comes of a refresh token that was sent.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Rotated {
    /// It is spent now, and this one comes in its place.
    Next {
        /// As it is kept from now on.
        spent: RefreshToken,
        /// The next one.
        next: RefreshToken,
    },
    /// It was used before: somebody else has it, so the grant ends for everybody.
    Reused,
    /// It has ended, or is another client's.
    No,
}

impl RefreshToken {
    /// The first one of a grant.
    pub fn first(grant: &str, client: &str, now: i64, ends: i64) -> RefreshToken {
        let expires = (now + OFFLINE_IDLE).min(ends);
        let (grant, client) = (grant.to_owned(), client.to_owned());
        RefreshToken { grant, client, expires, is_spent: false }
    }

    /// Uses it. `ends` is the end of its grant.
    pub fn rotate(&self, client: &str, now: i64, ends: i64) -> Rotated {
        if self.client != client {
            return Rotated::No;
        }
        if self.is_spent {
            return Rotated::Reused;
        }
        if now >= self.expires || now >= ends {
            return Rotated::No;
        }
        let spent = RefreshToken { is_spent: true, ..self.clone() };
        Rotated::Next { spent, next: RefreshToken::first(&self.grant, client, now, ends) }
    }
}
