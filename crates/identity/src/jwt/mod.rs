//! Signed tokens: compact JWS of RS256, RS384, RS512, ES256 and ES384, their keys, and checks of claims.
//!
//! What a token says of itself is never believed before its signature holds: the algorithm must be one
//! that the key is bound to *and* that the caller accepts, `none` does not exist here, and keys that a
//! header carries or points at (`jwk`, `jku`, `x5c`, `x5u`) are not looked at.
//!
//! ```
//! use identity::jwt::{Algorithm, Expected, KeyRing, SigningKey, verify};
//! use serde_json::json;
//!
//! let random = ring::rand::SystemRandom::new();
//! let pkcs8 = SigningKey::make(Algorithm::Es256, &random).unwrap();
//! let key = SigningKey::from_pkcs8(Algorithm::Es256, &pkcs8, &random).unwrap();
//! let ring = KeyRing::new(key);
//!
//! let claims = json!({"iss": "https://id.test", "aud": "app", "sub": "ada", "exp": 1_000_300});
//! let token = ring.sign("JWT", &claims, &random).unwrap();
//!
//! let now = 1_000_000;
//! let signed = verify(&token, &ring.key_set(now), &[Algorithm::Es256]).unwrap();
//! let expected = Expected::new("https://id.test", &["app"], now);
//! assert_eq!(signed.claims(&expected).unwrap().subject.as_deref(), Some("ada"));
//! assert!(signed.claims(&Expected { now: now + 400, ..expected }).is_err());
//! ```
//!
//! Spec: RFC 7515 (JWS), RFC 7517 (JWK), RFC 7518 (JWA), RFC 7519 (JWT), RFC 7638 (thumbprints), RFC 8725
//! (best practice). To add an algorithm, add it to [`Algorithm`] and to the two tables in `key.rs`.

mod claims;
mod json;
mod jws;
mod key;
mod refusal;
mod set;

pub(crate) use json::read_object;

pub use claims::{Claims, Expected, LEEWAY};
pub use jws::{Signed, TOKEN_LENGTH_MAX, verify};
pub use key::{KeyError, PublicKey, SigningKey};
pub use refusal::{Part, Refusal};
pub use set::{KEYS_MAX, KeyRing, KeySet, Skipped};

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;

/// How a token is signed (RFC 7518, section 3.1).
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Algorithm {
    /// RSA, PKCS #1 v1.5, SHA-256.
    Rs256,
    /// RSA, PKCS #1 v1.5, SHA-384.
    Rs384,
    /// RSA, PKCS #1 v1.5, SHA-512.
    Rs512,
    /// ECDSA, P-256, SHA-256.
    Es256,
    /// ECDSA, P-384, SHA-384.
    Es384,
}

impl Algorithm {
    /// All.
    pub const ALL: [Algorithm; 5] =
        [Algorithm::Rs256, Algorithm::Rs384, Algorithm::Rs512, Algorithm::Es256, Algorithm::Es384];

    /// Its name in a header.
    pub fn as_str(self) -> &'static str {
        match self {
            Algorithm::Rs256 => "RS256",
            Algorithm::Rs384 => "RS384",
            Algorithm::Rs512 => "RS512",
            Algorithm::Es256 => "ES256",
            Algorithm::Es384 => "ES384",
        }
    }

    /// The one with this name, letter for letter.
    pub fn named(name: &str) -> Option<Algorithm> {
        Algorithm::ALL.into_iter().find(|algorithm| algorithm.as_str() == name)
    }
}

/// Bytes as text of base64url without padding (RFC 7515, section 2).
pub fn base64url(bytes: &[u8]) -> String {
    URL_SAFE_NO_PAD.encode(bytes)
}

/// The bytes of base64url text; `None` where it is none: padding, other letters and bits left over are
/// refused, so that one value has one spelling.
pub fn from_base64url(text: &str) -> Option<Vec<u8>> {
    URL_SAFE_NO_PAD.decode(text).ok()
}
