//! What an authenticator and a browser say, taken apart and held against what is expected.
//! Spec: WebAuthn 3 sections 5.8.1 (client data) and 6.1 (authenticator data).

use sha2::{Digest as _, Sha256};

use super::cbor;
use super::{Expected, Refusal};
use crate::jwt::from_base64url;
use crate::same_secret;

const PRESENT: u8 = 1;
const VERIFIED: u8 = 1 << 2;
const MAY_BE_COPIED: u8 = 1 << 3;
const IS_COPIED: u8 = 1 << 4;
const HAS_CREDENTIAL: u8 = 1 << 6;
const HAS_EXTENSIONS: u8 = 1 << 7;

/// Bytes of a credential's id at the most (section 4).
const ID_MAX: usize = 1_023;

/// Authenticator data.
#[derive(Debug)]
pub(super) struct Said<'b> {
    pub(super) count: u32,
    pub(super) may_be_copied: bool,
    pub(super) is_copied: bool,
    /// A new credential: its id and its key.
    pub(super) credential: Option<New<'b>>,
}

/// Reads authenticator data, and checks for whom it is and that a person was there and was recognised.
pub(super) fn said<'b>(bytes: &'b [u8], expected: &Expected<'_>) -> Result<Said<'b>, Refusal> {
    let (hash, rest) = bytes.split_at_checked(32).ok_or(Refusal::Malformed)?;
    let (&flags, rest) = rest.split_first().ok_or(Refusal::Malformed)?;
    let (count, mut rest) = rest.split_first_chunk::<4>().ok_or(Refusal::Malformed)?;
    if hash != Sha256::digest(expected.place.rp_id.as_bytes()).as_slice() {
        return Err(Refusal::OtherPlace);
    }
    if flags & PRESENT == 0 || flags & VERIFIED == 0 {
        return Err(Refusal::NobodyThere);
    }
    if flags & IS_COPIED != 0 && flags & MAY_BE_COPIED == 0 {
        return Err(Refusal::Malformed);
    }
    let mut credential = None;
    if flags & HAS_CREDENTIAL != 0 {
        let (own, after) = new_credential(rest).ok_or(Refusal::Malformed)?;
        credential = Some(own);
        rest = after;
    }
    if flags & HAS_EXTENSIONS != 0 {
        let (extensions, after) = cbor::read_first(rest).ok_or(Refusal::Malformed)?;
        if !matches!(extensions, cbor::Value::Map(_)) {
            return Err(Refusal::Malformed);
        }
        rest = after;
    }
    if !rest.is_empty() {
        return Err(Refusal::Malformed);
    }
    Ok(Said {
        count: u32::from_be_bytes(*count),
        may_be_copied: flags & MAY_BE_COPIED != 0,
        is_copied: flags & IS_COPIED != 0,
        credential,
    })
}

/// A new credential's id and key.
type New<'b> = (&'b [u8], &'b [u8]);

/// Id and key of attested credential data, and what follows it.
fn new_credential(bytes: &[u8]) -> Option<(New<'_>, &[u8])> {
    // The first 16 bytes name the authenticator's model, which is not asked for.
    let (_, rest) = bytes.split_at_checked(16)?;
    let (length, rest) = rest.split_first_chunk::<2>()?;
    let length = usize::from(u16::from_be_bytes(*length));
    if !(1..=ID_MAX).contains(&length) {
        return None;
    }
    let (id, rest) = rest.split_at_checked(length)?;
    let (_, after) = cbor::read_first(rest)?;
    let key = rest.get(..rest.len() - after.len())?;
    Some(((id, key), after))
}

/// Checks what the browser says it was asked, by whom, and for which challenge.
pub(super) fn check_client(
    bytes: &[u8],
    kind: &str,
    expected: &Expected<'_>,
) -> Result<(), Refusal> {
    let data = crate::jwt::read_object(bytes).ok_or(Refusal::Malformed)?;
    let text = |name: &str| data.get(name).and_then(serde_json::Value::as_str);
    if text("type") != Some(kind) {
        return Err(Refusal::OtherPurpose);
    }
    let challenge = text("challenge").and_then(from_base64url).ok_or(Refusal::Malformed)?;
    if !same_secret(&challenge, expected.challenge) {
        return Err(Refusal::OtherChallenge);
    }
    if text("origin") != Some(expected.place.origin.as_str()) {
        return Err(Refusal::OtherPlace);
    }
    // Inside another site's page nobody sees what they agree to.
    let is_framed = data.get("crossOrigin").is_some_and(|crossed| *crossed != false);
    if is_framed || data.contains_key("topOrigin") {
        return Err(Refusal::OtherPlace);
    }
    Ok(())
}
