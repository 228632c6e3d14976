//! Public keys as authenticators give them. Spec: RFC 9052 section 7, RFC 9053; WebAuthn 3 section 5.8.5.
//! To add an algorithm, add it to [`ALGORITHMS`] and to the two matches.

use ring::signature::{self, RsaPublicKeyComponents, UnparsedPublicKey};

use super::cbor::{self, Value};

/// What keys may sign with, what we like best first: ES256, which every authenticator has; EdDSA; RS256,
/// which Windows' own has.
pub(super) const ALGORITHMS: [i64; 3] = [ES256, EDDSA, RS256];
const ES256: i64 = -7;
const EDDSA: i64 = -8;
const RS256: i64 = -257;

/// Bytes of an RSA modulus: 2048 to 4096 bits.
const MODULUS: std::ops::RangeInclusive<usize> = 256..=512;

/// A key that verifies.
pub(super) enum Key<'b> {
    /// Uncompressed: 4, x, y.
    P256([u8; 65]),
    Ed25519(&'b [u8]),
    Rsa {
        n: &'b [u8],
        e: &'b [u8],
    },
}

/// The key that the bytes are; nothing where its parts do not agree, or there is more than a key.
pub(super) fn key(bytes: &[u8]) -> Option<Key<'_>> {
    of_value(&cbor::read(bytes)?)
}

/// The key of a COSE_Key.
pub(super) fn of_value<'b>(value: &Value<'b>) -> Option<Key<'b>> {
    let number = |label: i128| value.numbered(label).and_then(Value::number);
    let bytes = |label: i128| value.numbered(label).and_then(Value::bytes);
    let (kind, algorithm) = (number(1)?, i64::try_from(number(3)?).ok()?);
    match (kind, algorithm, number(-1)) {
        (2, ES256, Some(1)) => {
            let (x, y) = (bytes(-2)?, bytes(-3)?);
            if x.len() != 32 || y.len() != 32 {
                return None;
            }
            let mut point = [4; 65];
            point[1..33].copy_from_slice(x);
            point[33..].copy_from_slice(y);
            Some(Key::P256(point))
        }
        (1, EDDSA, Some(6)) => bytes(-2).filter(|x| x.len() == 32).map(Key::Ed25519),
        (3, RS256, None) => {
            let (n, e) = (bytes(-1)?, bytes(-2)?);
            let is_sound = MODULUS.contains(&n.len()) && n[0] != 0 && e == [1, 0, 1];
            is_sound.then_some(Key::Rsa { n, e })
        }
        _ => None,
    }
}

impl Key<'_> {
    /// Whether the signature of a message holds.
    pub(super) fn holds(&self, message: &[u8], signed: &[u8]) -> bool {
        let held = match self {
            Key::P256(point) => {
                let scheme = &signature::ECDSA_P256_SHA256_ASN1;
                UnparsedPublicKey::new(scheme, point).verify(message, signed)
            }
            Key::Ed25519(key) => {
                UnparsedPublicKey::new(&signature::ED25519, key).verify(message, signed)
            }
            Key::Rsa { n, e } => {
                let scheme = &signature::RSA_PKCS1_2048_8192_SHA256;
                RsaPublicKeyComponents { n, e }.verify(scheme, message, signed)
            }
        };
        held.is_ok()
    }
}
