//! The compact form, and whether its signature holds. Spec: RFC 7515 sections 3.1 and 5.2.

use serde_json::{Map, Value};

use super::json::read_object;
use super::key::KID_LENGTH_MAX;
use super::{Algorithm, Claims, Expected, KeySet, Part, PublicKey, Refusal, from_base64url};

/// Bytes of a token at the most.
pub const TOKEN_LENGTH_MAX: usize = 16 << 10;
/// Bytes of an encoded header at the most.
const HEADER_LENGTH_MAX: usize = 4 << 10;

/// A token whose signature holds. Of its claims nothing is checked yet: that is [`Signed::claims`].
#[derive(Clone, Debug, PartialEq)]
pub struct Signed {
    /// What it is signed with.
    pub algorithm: Algorithm,
    /// The name of the key, if the token gives it.
    pub kid: Option<String>,
    /// What kind of token it says it is.
    pub typ: Option<String>,
    pub(super) payload: Map<String, Value>,
}

impl Signed {
    /// The claims, if they are what is expected.
    pub fn claims(&self, expected: &Expected<'_>) -> Result<Claims, Refusal> {
        super::claims::check(self, expected)
    }
}

/// Whether the token is signed by a key of the set with an accepted algorithm.
pub fn verify(token: &str, keys: &KeySet, accepted: &[Algorithm]) -> Result<Signed, Refusal> {
    if token.len() > TOKEN_LENGTH_MAX {
        return Err(Refusal::TooLong);
    }
    let mut parts = token.split('.');
    let (Some(header), Some(payload), Some(signature), None) =
        (parts.next(), parts.next(), parts.next(), parts.next())
    else {
        return Err(Refusal::NotCompact);
    };
    let header_read = read_header(header)?;
    let algorithm = header_read
        .algorithm
        .filter(|algorithm| accepted.contains(algorithm))
        .ok_or(Refusal::Algorithm)?;
    let signed = from_base64url(signature).ok_or(Refusal::NotBase64(Part::Signature))?;
    let candidates = candidates(keys, header_read.kid.as_deref(), algorithm)?;
    let message = &token.as_bytes()[..header.len() + 1 + payload.len()];
    if !candidates.iter().any(|key| key.holds(algorithm, message, &signed)) {
        return Err(Refusal::Signature);
    }
    let payload = from_base64url(payload).ok_or(Refusal::NotBase64(Part::Payload))?;
    let payload = read_object(&payload).ok_or(Refusal::NotObject(Part::Payload))?;
    Ok(Signed { algorithm, kid: header_read.kid, typ: header_read.typ, payload })
}

struct Header {
    algorithm: Option<Algorithm>,
    kid: Option<String>,
    typ: Option<String>,
}

fn read_header(encoded: &str) -> Result<Header, Refusal> {
    if encoded.len() > HEADER_LENGTH_MAX {
        return Err(Refusal::TooLong);
    }
    let bytes = from_base64url(encoded).ok_or(Refusal::NotBase64(Part::Header))?;
    let header = read_object(&bytes).ok_or(Refusal::NotObject(Part::Header))?;
    if header.contains_key("crit") {
        return Err(Refusal::Critical);
    }
    let text = |name: &'static str| match header.get(name) {
        None => Ok(None),
        Some(Value::String(text)) if text.len() <= KID_LENGTH_MAX => Ok(Some(text.clone())),
        Some(_) => Err(Refusal::HeaderForm(name)),
    };
    let algorithm = text("alg")?.and_then(|name| Algorithm::named(&name));
    Ok(Header { algorithm, kid: text("kid")?, typ: text("typ")? })
}

/// The keys that could have signed: of this name, if there is one, and bound to this algorithm.
fn candidates<'k>(
    keys: &'k KeySet,
    kid: Option<&str>,
    algorithm: Algorithm,
) -> Result<Vec<&'k PublicKey>, Refusal> {
    let bound = keys.keys.iter().filter(|key| key.does(algorithm));
    let named: Vec<&PublicKey> = match kid {
        Some(kid) => bound.filter(|key| key.kid() == Some(kid)).collect(),
        None => bound.collect(),
    };
    match (named.len(), kid) {
        (0, _) => Err(Refusal::UnknownKey),
        (2.., None) => Err(Refusal::UnclearKey),
        _ => Ok(named),
    }
}
