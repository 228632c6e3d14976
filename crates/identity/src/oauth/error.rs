//! Errors in the words of the RFCs: RFC 6749 sections 4.1.2.1 and 5.2, RFC 6750 section 3.1, OpenID
//! Connect Core section 3.1.2.6.

use std::fmt;

/// The code of an error.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ErrorCode {
    /// A parameter is missing, stands twice, or has a form that it may not have.
    InvalidRequest,
    /// The client is not known or has not proven who it is.
    InvalidClient,
    /// The code, token or assertion does not hold.
    InvalidGrant,
    /// The client may not do this.
    UnauthorizedClient,
    /// No such grant type here.
    UnsupportedGrantType,
    /// No such response type here.
    UnsupportedResponseType,
    /// A scope is not understood, or none is left.
    InvalidScope,
    /// `aud` or `resource` is not this server.
    InvalidTarget,
    /// The person, or the policy, said no.
    AccessDenied,
    /// Nobody has signed in, and none was to be asked.
    LoginRequired,
    /// The person must agree, and was not to be asked.
    ConsentRequired,
    /// The person must choose, and was not to be asked.
    InteractionRequired,
    /// Request objects are not taken.
    RequestNotSupported,
    /// The access token does not hold (RFC 6750).
    InvalidToken,
    /// The access token does not reach so far (RFC 6750).
    InsufficientScope,
    /// Tokens of this kind cannot be revoked.
    UnsupportedTokenType,
    /// Too many requests, or a passing trouble.
    TemporarilyUnavailable,
    /// A fault of ours.
    ServerError,
}

impl ErrorCode {
    /// Its name.
    pub fn as_str(self) -> &'static str {
        match self {
            ErrorCode::InvalidRequest => "invalid_request",
            ErrorCode::InvalidClient => "invalid_client",
            ErrorCode::InvalidGrant => "invalid_grant",
            ErrorCode::UnauthorizedClient => "unauthorized_client",
            ErrorCode::UnsupportedGrantType => "unsupported_grant_type",
            ErrorCode::UnsupportedResponseType => "unsupported_response_type",
            ErrorCode::InvalidScope => "invalid_scope",
            ErrorCode::InvalidTarget => "invalid_target",
            ErrorCode::AccessDenied => "access_denied",
            ErrorCode::LoginRequired => "login_required",
            ErrorCode::ConsentRequired => "consent_required",
            ErrorCode::InteractionRequired => "interaction_required",
            ErrorCode::RequestNotSupported => "request_not_supported",
            ErrorCode::InvalidToken => "invalid_token",
            ErrorCode::InsufficientScope => "insufficient_scope",
            ErrorCode::UnsupportedTokenType => "unsupported_token_type",
            ErrorCode::TemporarilyUnavailable => "temporarily_unavailable",
            ErrorCode::ServerError => "server_error",
        }
    }

    /// The HTTP status where it is answered and not sent by a redirect.
    pub fn status(self) -> u16 {
        match self {
            ErrorCode::InvalidClient | ErrorCode::InvalidToken => 401,
            ErrorCode::InsufficientScope => 403,
            ErrorCode::TemporarilyUnavailable => 503,
            ErrorCode::ServerError => 500,
            _ => 400,
        }
    }
}

/// An error, with words for who writes the client. They hold nothing of what was sent.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct OauthError {
    /// The code.
    pub code: ErrorCode,
    /// `error_description`: printable ASCII without quotes and backslashes (RFC 6749, section 5.2).
    pub description: String,
}

impl OauthError {
    /// An error in these words.
    pub fn new(code: ErrorCode, description: impl Into<String>) -> OauthError {
        let plain = |c: char| matches!(c, ' '..='~') && c != '"' && c != '\\';
        let description = description.into();
        let description = description.chars().map(|c| if plain(c) { c } else { '\'' }).collect();
        OauthError { code, description }
    }
}

impl fmt::Display for OauthError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}: {}", self.code.as_str(), self.description)
    }
}

impl std::error::Error for OauthError {}
