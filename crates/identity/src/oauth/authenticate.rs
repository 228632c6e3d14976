//! How a client says who it is at the token endpoint and its kin.
//! Spec: RFC 6749 section 2.3.1, RFC 7523 section 2.2, OAuth 2.1 section 2.4.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;

use super::{ASSERTION_TYPE, Client, ClientKind, ErrorCode, OauthError, Parameters};

/// The grant types that there are here.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum GrantType {
    /// A code for tokens.
    AuthorizationCode,
    /// A refresh token for new tokens.
    RefreshToken,
    /// A service for itself.
    ClientCredentials,
}

impl GrantType {
    /// Their names, as discovery lists them.
    pub const NAMES: [&str; 3] = ["authorization_code", "refresh_token", "client_credentials"];

    /// The one that a request names.
    pub fn of(form: &Parameters) -> Result<GrantType, OauthError> {
        match form.required("grant_type")? {
            "authorization_code" => Ok(GrantType::AuthorizationCode),
            "refresh_token" => Ok(GrantType::RefreshToken),
            "client_credentials" => Ok(GrantType::ClientCredentials),
            _ => Err(OauthError::new(
                ErrorCode::UnsupportedGrantType,
                "grant_type is authorization_code, refresh_token or client_credentials",
            )),
        }
    }
}

/// What a client has sent to prove who it is.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Credentials {
    /// Only its id.
    Id(String),
    /// A secret, in the header or in the form.
    Secret {
        /// The client's id.
        id: String,
        /// Its secret.
        secret: String,
    },
    /// A token that it has signed.
    Assertion {
        /// The client's id, where it was sent beside the token.
        id: Option<String>,
        /// The token.
        token: String,
    },
}

fn refused<T>(words: &str) -> Result<T, OauthError> {
    Err(OauthError::new(ErrorCode::InvalidClient, words))
}

impl Credentials {
    /// Reads them from the `Authorization` header and the form; one way is used, not two.
    pub fn read(header: Option<&str>, form: &Parameters) -> Result<Credentials, OauthError> {
        let id = form.get("client_id");
        let secret = form.get("client_secret");
        let assertion = form.get("client_assertion");
        let ways = usize::from(header.is_some())
            + usize::from(secret.is_some())
            + usize::from(assertion.is_some());
        if ways > 1 {
            return Err(OauthError::new(
                ErrorCode::InvalidRequest,
                "the client proves who it is in more than one way; use one",
            ));
        }
        if let Some(header) = header {
            let (basic, secret) = basic(header)?;
            if id.is_some_and(|id| id != basic) {
                return refused("client_id is another than in the Authorization header");
            }
            return Ok(Credentials::Secret { id: basic, secret });
        }
        if let Some(token) = assertion {
            if form.get("client_assertion_type") != Some(ASSERTION_TYPE) {
                return Err(OauthError::new(
                    ErrorCode::InvalidRequest,
                    format!("client_assertion_type is {ASSERTION_TYPE}"),
                ));
            }
            let id = id.map(ToOwned::to_owned);
            return Ok(Credentials::Assertion { id, token: token.to_owned() });
        }
        match (id, secret) {
            (Some(id), Some(secret)) => {
                Ok(Credentials::Secret { id: id.to_owned(), secret: secret.to_owned() })
            }
            (Some(id), None) => Ok(Credentials::Id(id.to_owned())),
            (None, _) => refused("the request does not say which client it is from"),
        }
    }

    /// Whether they are this client's, in the one way that it is registered with; an assertion is checked
    /// elsewhere, with what is known of its keys and of the time.
    pub fn are_of(&self, client: &Client) -> Result<(), OauthError> {
        match (self, &client.kind) {
            (Credentials::Id(id), ClientKind::Public) if *id == client.id => Ok(()),
            (Credentials::Secret { id, secret }, ClientKind::Secret { hash })
                if *id == client.id
                    && crate::same_secret(
                        crate::secret_key(secret).as_bytes(),
                        hash.as_bytes(),
                    ) =>
            {
                Ok(())
            }
            (Credentials::Assertion { .. }, ClientKind::Keys { .. }) => Ok(()),
            _ => refused("the client is not known, or this is not how it proves who it is"),
        }
    }
}

/// Id and secret of a header; both are form-encoded before they are joined (RFC 6749, section 2.3.1).
fn basic(header: &str) -> Result<(String, String), OauthError> {
    let scheme = header.get(..6).filter(|scheme| scheme.eq_ignore_ascii_case("basic "));
    let decoded = scheme
        .and_then(|_| STANDARD.decode(header[6..].trim()).ok())
        .and_then(|bytes| String::from_utf8(bytes).ok());
    let Some((id, secret)) = decoded.as_deref().and_then(|text| text.split_once(':')) else {
        return refused(
            "the Authorization header is not Basic with base64 of client_id:client_secret",
        );
    };
    match (form_decoded(id), form_decoded(secret)) {
        (Some(id), Some(secret)) if !id.is_empty() && !secret.is_empty() => Ok((id, secret)),
        _ => {
            refused("client_id and client_secret of the Authorization header are not form-encoded")
        }
    }
}

fn form_decoded(text: &str) -> Option<String> {
    let mut out = Vec::with_capacity(text.len());
    let mut bytes = text.bytes();
    while let Some(byte) = bytes.next() {
        match byte {
            b'+' => out.push(b' '),
            b'%' => {
                let digits = [bytes.next()?, bytes.next()?];
                let digits = std::str::from_utf8(&digits).ok()?;
                let is_hex = digits.bytes().all(|b| b.is_ascii_hexdigit());
                out.push(u8::from_str_radix(digits, 16).ok().filter(|_| is_hex)?);
            }
            byte => out.push(byte),
        }
    }
    String::from_utf8(out).ok()
}
