//! Id tokens, and what is said of a person beside them. Spec: OpenID Connect Core sections 2 and 5.1; NHS
//! login's claims (`identity_proofing_level`, `vot`, `vtm`); SMART App Launch 2.2, "fhirUser".

use serde_json::{Map, Value, json};
use sha2::{Digest as _, Sha256};

use crate::jwt::base64url;
use crate::level::{Level, Vector};

/// Seconds that an id token holds: it is read at once.
const LIFETIME: i64 = 300;

/// What an id token says.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct IdToken<'a> {
    /// Who issues it.
    pub issuer: &'a str,
    /// The client that it is for.
    pub client: &'a str,
    /// The person: [`subject_of`].
    pub subject: &'a str,
    /// When they signed in: seconds since 1970.
    pub signed_in: i64,
    /// How.
    pub vector: Vector,
    /// What the request had.
    pub nonce: Option<&'a str>,
    /// The access token that comes with it.
    pub access_token: &'a str,
    /// The resource that they are, where it was asked for.
    pub fhir_user: Option<&'a str>,
    /// What to call them, where it was asked for.
    pub name: Option<&'a str>,
    /// Seconds since 1970.
    pub now: i64,
}

impl IdToken<'_> {
    /// As claims.
    pub fn claims(&self) -> Value {
        let mut claims = Map::new();
        let mut put = |name: &str, value: Value| claims.insert(name.to_owned(), value);
        put("iss", json!(self.issuer));
        put("sub", json!(self.subject));
        put("aud", json!(self.client));
        put("iat", json!(self.now));
        put("exp", json!(self.now + LIFETIME));
        put("auth_time", json!(self.signed_in));
        put("vot", json!(self.vector.to_string()));
        put("vtm", json!(format!("{}/oauth/vectors", self.issuer)));
        put("identity_proofing_level", json!(proofing_level(self.vector.level)));
        // Of both algorithms that sign here the hash is SHA-256.
        put("at_hash", json!(half_hash(self.access_token)));
        for (name, value) in
            [("nonce", self.nonce), ("fhirUser", self.fhir_user), ("name", self.name)]
        {
            if let Some(value) = value {
                put(name, json!(value));
            }
        }
        Value::Object(claims)
    }
}

/// The left half of a token's hash (OpenID Connect Core, section 3.1.3.6).
fn half_hash(token: &str) -> String {
    base64url(&Sha256::digest(token.as_bytes())[..16])
}

/// A level in NHS login's words.
pub fn proofing_level(level: Level) -> &'static str {
    match level {
        Level::P0 => "P0",
        Level::P5 => "P5",
        Level::P9 => "P9",
    }
}

/// The name of a person to apps: always the same, and without the salt nobody can tell whose it is.
pub fn subject_of(salt: &str, account: &str) -> String {
    let mut hash = Sha256::new();
    for part in ["careloom subject", salt, account] {
        hash.update((part.len() as u64).to_be_bytes());
        hash.update(part.as_bytes());
    }
    base64url(&hash.finalize()[..24])
}
