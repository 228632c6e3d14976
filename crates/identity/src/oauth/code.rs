//! Authorization codes: used once, for a minute, by the client that has the verifier.
//! Spec: OAuth 2.1 sections 4.1.2 and 4.1.3.

use serde::{Deserialize, Serialize};

use super::{ErrorCode, Grant, OauthError, pkce};

/// Microseconds that a code may be used.
pub const CODE_LIFETIME: i64 = 60 * 1_000_000;
/// Microseconds that a used code is remembered, so that who uses it again is noticed.
pub const SPENT_KEPT: i64 = 24 * 60 * 60 * 1_000_000;

/// A code, kept under the hash of its secret.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Code {
    /// Not used yet.
    Fresh {
        /// Where it was sent.
        redirect_uri: String,
        /// The challenge of whoever asked for it.
        challenge: String,
        /// What the id token repeats.
        nonce: Option<String>,
        /// When it ends: microseconds since 1970.
        expires: i64,
        /// What it gives.
        grant: Box<Grant>,
    },
    /// Used, and what it gave.
    Spent {
        /// The key of the grant; `None` where it gave nothing, since something about it was wrong.
        grant: Option<String>,
    },
}

/// What a code gives.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Redeemed {
    /// What was granted.
    pub grant: Grant,
    /// What the id token repeats.
    pub nonce: Option<String>,
}

/// Why a code gives nothing.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum CodeRefused {
    /// It was used before; what it gave is taken back.
    Replayed {
        /// The key of the grant, if it gave one.
        grant: Option<String>,
    },
    /// It does not hold, and is spent now: whoever else has it shall not try on.
    Spoiled(OauthError),
}

impl CodeRefused {
    /// As it is answered.
    pub fn error(&self) -> OauthError {
        match self {
            CodeRefused::Replayed { .. } => OauthError::new(
                ErrorCode::InvalidGrant,
                "the code was used before; what it gave was taken back",
            ),
            CodeRefused::Spoiled(error) => error.clone(),
        }
    }
}

impl Code {
    /// What the code gives to this client, which sends these.
    pub fn redeem(
        &self,
        client: &str,
        redirect_uri: Option<&str>,
        verifier: Option<&str>,
        now: i64,
    ) -> Result<Redeemed, CodeRefused> {
        let spoiled = |words: &str| {
            Err(CodeRefused::Spoiled(OauthError::new(ErrorCode::InvalidGrant, words)))
        };
        let (sent_to, challenge, nonce, expires, grant) = match self {
            Code::Spent { grant } => return Err(CodeRefused::Replayed { grant: grant.clone() }),
            Code::Fresh { redirect_uri, challenge, nonce, expires, grant } => {
                (redirect_uri, challenge, nonce, *expires, grant)
            }
        };
        if grant.client != client {
            return spoiled("the code was given to another client");
        }
        if now >= expires {
            return spoiled("the code has expired; codes hold for 60 s");
        }
        // OAuth 2.1 does not ask for it any more, but what is sent must be right.
        if redirect_uri.is_some_and(|sent| sent != sent_to) {
            return spoiled("redirect_uri is another than the one that the code was sent to");
        }
        match verifier {
            None => spoiled("the request has no code_verifier"),
            Some(verifier) if !pkce::holds(challenge, verifier) => {
                spoiled("code_verifier is not the one that code_challenge was made of")
            }
            Some(_) => Ok(Redeemed { grant: (**grant).clone(), nonce: nonce.clone() }),
        }
    }
}
