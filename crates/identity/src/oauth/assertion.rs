//! Clients that prove who they are by a token that they sign.
//! Spec: RFC 7523 section 3; SMART App Launch 2.2, "asymmetric authentication"; OpenID Connect Core 9.

use super::{Client, ErrorCode, OauthError};
use crate::jwt::{self, Algorithm, Expected};

/// The value of `client_assertion_type`.
pub const ASSERTION_TYPE: &str = "urn:ietf:params:oauth:client-assertion-type:jwt-bearer";
/// Seconds that an assertion may live.
pub const ASSERTION_LIFETIME_MAX: i64 = 300;
/// Bytes of a `jti` at the most.
const JTI_MAX: usize = 256;

/// What an assertion is held against.
#[derive(Clone, Copy, Debug)]
pub struct AssertionCheck<'a> {
    /// Whom it may be addressed to: the token endpoint.
    pub audience: &'a [&'a str],
    /// Seconds since 1970.
    pub now: i64,
}

/// An assertion that holds, once its `jti` is seen for the first time.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Assertion {
    /// Which it is among those of its client.
    pub jti: String,
    /// Seconds since 1970 until when the `jti` must be remembered.
    pub remember_until: i64,
}

impl Assertion {
    /// The client that an assertion says it is from; nothing of it is believed yet.
    pub fn claimed_client(token: &str) -> Option<String> {
        if token.len() > jwt::TOKEN_LENGTH_MAX {
            return None;
        }
        let payload = token.split('.').nth(1).and_then(jwt::from_base64url)?;
        let payload: serde_json::Value = serde_json::from_slice(&payload).ok()?;
        let issuer = payload.get("iss")?.as_str()?;
        (payload.get("sub")?.as_str()? == issuer).then(|| issuer.to_owned())
    }

    /// Whether the token is the client's own, for us, and fresh.
    pub fn check(
        token: &str,
        client: &Client,
        check: &AssertionCheck<'_>,
    ) -> Result<Assertion, OauthError> {
        let refused = |words: String| OauthError::new(ErrorCode::InvalidClient, words);
        let signed = jwt::verify(token, &client.keys(), &Algorithm::ALL)
            .map_err(|refusal| refused(format!("client_assertion: {refusal}")))?;
        let expected = Expected {
            subject: Some(&client.id),
            lifetime_max: Some(ASSERTION_LIFETIME_MAX),
            ..Expected::new(&client.id, check.audience, check.now)
        };
        let claims = signed
            .claims(&expected)
            .map_err(|refusal| refused(format!("client_assertion: {refusal}")))?;
        match claims.id {
            Some(jti) if (1..=JTI_MAX).contains(&jti.len()) => {
                Ok(Assertion { jti, remember_until: claims.expires + expected.leeway })
            }
            Some(_) => Err(refused("client_assertion: jti has 1 to 256 bytes".to_owned())),
            None => Err(refused("client_assertion: there is no jti".to_owned())),
        }
    }
}
