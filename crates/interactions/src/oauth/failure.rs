//! What an endpoint of OAuth fails with: in the words of the RFCs, or as any use case fails.

use std::fmt;

use identity::oauth::{ErrorCode, OauthError};

use crate::failure::{Category, Failure};

/// A use case of OAuth that did not do what was asked.
#[derive(Clone, Debug)]
pub enum OauthFailure {
    /// What was sent will not do.
    Refused(OauthError),
    /// The store or the program failed.
    Failed(Failure),
}

impl OauthFailure {
    /// As clients are told.
    pub fn error(&self) -> OauthError {
        match self {
            OauthFailure::Refused(error) => error.clone(),
            OauthFailure::Failed(failure) => match failure.category {
                Category::Unavailable | Category::TooMany => {
                    OauthError::new(ErrorCode::TemporarilyUnavailable, "try again later")
                }
                _ => OauthError::new(ErrorCode::ServerError, "this is a fault of the server"),
            },
        }
    }
}

impl fmt::Display for OauthFailure {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            OauthFailure::Refused(error) => error.fmt(f),
            OauthFailure::Failed(failure) => failure.fmt(f),
        }
    }
}

impl std::error::Error for OauthFailure {}

impl From<OauthError> for OauthFailure {
    fn from(error: OauthError) -> OauthFailure {
        OauthFailure::Refused(error)
    }
}

impl From<Failure> for OauthFailure {
    fn from(failure: Failure) -> OauthFailure {
        OauthFailure::Failed(failure)
    }
}

impl From<store::StoreError> for OauthFailure {
    fn from(error: store::StoreError) -> OauthFailure {
        OauthFailure::Failed(error.into())
    }
}

pub(super) fn refused(code: ErrorCode, words: impl Into<String>) -> OauthFailure {
    OauthFailure::Refused(OauthError::new(code, words))
}
