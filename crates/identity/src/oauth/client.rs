//! Clients as an operator registers them, and what may be registered.
//! Spec: OAuth 2.1 section 2; SMART App Launch 2.2, "client authentication".

use std::fmt;

use serde::{Deserialize, Serialize};
use serde_json::Value;

use crate::jwt::KeySet;

/// Characters of a name at the most.
const NAME_MAX: usize = 100;
/// Addresses of a kind at the most.
const ADDRESSES_MAX: usize = 20;
/// Bytes of an address at the most.
const ADDRESS_LENGTH_MAX: usize = 500;

/// How a client proves who it is.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case", tag = "kind")]
pub enum ClientKind {
    /// Not at all: an app in a browser or on a phone, which can keep no secret.
    Public,
    /// By a secret (confidential, symmetric).
    Secret {
        /// Its hash. The secret is made here and has as many random bits as a token, so one round of a
        /// hash is enough.
        hash: String,
    },
    /// By tokens that it signs (confidential, asymmetric).
    Keys {
        /// Its public keys, a JWKS.
        jwks: Value,
    },
}

/// A client.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Client {
    /// Its id.
    pub id: String,
    /// What people know it as.
    pub name: String,
    /// How it proves who it is.
    #[serde(flatten)]
    pub kind: ClientKind,
    /// Where codes may be sent, letter for letter.
    pub redirect_uris: Vec<String>,
    /// Where it is opened from a record; empty where it is not.
    #[serde(default)]
    pub launch_uri: String,
    /// Origins of pages of its own that read from here.
    #[serde(default)]
    pub origins: Vec<String>,
    /// The scopes that it may have at the most, parted by spaces.
    pub scope: String,
    /// Whether it may ask about the tokens of other clients, as a resource server does.
    #[serde(default)]
    pub may_introspect: bool,
    /// Whether it works without a person (`client_credentials`).
    #[serde(default)]
    pub is_service: bool,
}

/// What is wrong with a registration.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ClientError {
    /// Which part of it.
    pub place: &'static str,
    /// What is wrong, and what was expected.
    pub words: String,
}

impl fmt::Display for ClientError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}: {}", self.place, self.words)
    }
}

impl std::error::Error for ClientError {}

fn wrong<T>(place: &'static str, words: impl Into<String>) -> Result<T, ClientError> {
    Err(ClientError { place, words: words.into() })
}

impl Client {
    /// Whether it may be registered so.
    pub fn check(&self) -> Result<(), ClientError> {
        let is_id = |b: u8| b.is_ascii_alphanumeric() || matches!(b, b'-' | b'_' | b'.');
        if !(1..=64).contains(&self.id.len()) || !self.id.bytes().all(is_id) {
            return wrong("id", "a client's id is 1 to 64 letters, digits, '-', '_' or '.'");
        }
        let length = self.name.trim().chars().count();
        if !(1..=NAME_MAX).contains(&length) || self.name.contains(char::is_control) {
            return wrong("name", "a client's name is 1 to 100 printable characters");
        }
        if self.redirect_uris.len().max(self.origins.len()) > ADDRESSES_MAX {
            return wrong("redirect", format!("{ADDRESSES_MAX} addresses at the most"));
        }
        if self.redirect_uris.is_empty() && !self.is_service && !self.may_introspect {
            return wrong(
                "redirect",
                "a client that people use has an address to send them back to",
            );
        }
        self.redirect_uris.iter().try_for_each(|uri| check_redirect(uri))?;
        if !self.launch_uri.is_empty() && !is_web(&self.launch_uri) {
            return wrong(
                "launch",
                "an app is opened at an https address, or http on this machine",
            );
        }
        if let Some(origin) = self.origins.iter().find(|origin| !is_origin(origin)) {
            let shown: String = origin.chars().take(80).collect();
            return wrong("origin", format!("{shown:?} is no origin, such as https://app.example"));
        }
        self.check_kind()
    }

    fn check_kind(&self) -> Result<(), ClientError> {
        match &self.kind {
            ClientKind::Public if self.is_service => {
                wrong("kind", "a service proves who it is by keys (RFC 7523)")
            }
            ClientKind::Public if self.may_introspect => {
                wrong("kind", "a client that asks about tokens of others proves who it is")
            }
            ClientKind::Secret { .. } if self.is_service => {
                wrong("kind", "a service proves who it is by keys, not by a secret (SMART)")
            }
            ClientKind::Keys { jwks } => match KeySet::from_jwks(jwks) {
                Err(error) => wrong("jwks", error.to_string()),
                Ok((_, skipped)) if !skipped.is_empty() => {
                    let first = &skipped[0];
                    wrong("jwks", format!("key {}: {}", first.index, first.error))
                }
                Ok((keys, _)) if keys.keys.is_empty() => wrong("jwks", "there is no key in it"),
                Ok(_) => Ok(()),
            },
            ClientKind::Public | ClientKind::Secret { .. } => Ok(()),
        }
    }

    /// Its keys; none where it proves who it is in another way.
    pub fn keys(&self) -> KeySet {
        match &self.kind {
            ClientKind::Keys { jwks } => {
                KeySet::from_jwks(jwks).map(|(keys, _)| keys).unwrap_or_default()
            }
            ClientKind::Public | ClientKind::Secret { .. } => KeySet::default(),
        }
    }

    /// Whether it proves who it is.
    pub fn is_confidential(&self) -> bool {
        self.kind != ClientKind::Public
    }

    /// Whether whoever gets what is sent to this address must be this client: then a person who has
    /// agreed before need not be asked again (OAuth 2.1, section 7.3.1).
    pub fn is_sure_at(&self, redirect_uri: &str) -> bool {
        self.is_confidential() || redirect_uri.starts_with("https://")
    }

    /// The origins of its pages: those that were named, and those of its addresses.
    pub fn all_origins(&self) -> Vec<String> {
        let of_addresses = self.redirect_uris.iter().filter_map(|uri| origin_of(uri));
        let mut all: Vec<String> = self.origins.iter().cloned().chain(of_addresses).collect();
        all.sort();
        all.dedup();
        all
    }
}

/// What codes may be sent to: https, http on this machine, or a scheme of an app's own, which is a domain
/// turned round (RFC 8252, section 7.1). No fragment, no wildcard.
fn check_redirect(uri: &str) -> Result<(), ClientError> {
    let shown: String = uri.chars().take(80).collect();
    if uri.len() > ADDRESS_LENGTH_MAX || !uri.bytes().all(|b| b.is_ascii_graphic()) {
        return wrong("redirect", format!("{shown:?} is not an address of printable ASCII"));
    }
    if uri.contains(['#', '*', '\\', '"', '<', '>', ';', ',', '\'']) {
        return wrong(
            "redirect",
            format!("{shown:?} has a fragment or a character that no address has"),
        );
    }
    if is_web(uri) || is_of_app(uri) {
        return Ok(());
    }
    wrong(
        "redirect",
        format!(
            "{shown:?} is neither https, nor http on this machine, nor a scheme such as org.example.app:"
        ),
    )
}

/// https anywhere, http only on the machine itself.
fn is_web(uri: &str) -> bool {
    let Some((scheme, rest)) = uri.split_once("://") else { return false };
    let authority = rest.split(['/', '?']).next().unwrap_or("");
    let is_sound = !authority.is_empty() && !authority.contains('@') && !uri.contains(['#', '\\']);
    let host = host_of(authority);
    match scheme {
        "https" => is_sound && !host.is_empty(),
        "http" => is_sound && matches!(host, "127.0.0.1" | "[::1]" | "localhost"),
        _ => false,
    }
}

fn host_of(authority: &str) -> &str {
    match authority.rsplit_once(':') {
        Some((host, port)) if !port.is_empty() && port.bytes().all(|b| b.is_ascii_digit()) => host,
        _ => authority,
    }
}

fn is_of_app(uri: &str) -> bool {
    let Some((scheme, rest)) = uri.split_once(':') else { return false };
    scheme.contains('.')
        && scheme.starts_with(|c: char| c.is_ascii_lowercase())
        && scheme
            .bytes()
            .all(|b| b.is_ascii_lowercase() || b.is_ascii_digit() || b == b'.' || b == b'-')
        && rest.starts_with('/')
}

/// The origin of an address of the web.
pub fn origin_of(uri: &str) -> Option<String> {
    if !is_web(uri) {
        return None;
    }
    let (scheme, rest) = uri.split_once("://")?;
    let authority = rest.split(['/', '?']).next()?;
    Some(format!("{scheme}://{}", authority.to_ascii_lowercase()))
}

/// Whether this is an origin as browsers write it.
pub fn is_origin(text: &str) -> bool {
    origin_of(text).as_deref() == Some(text)
}
