//! Passkeys: signing in by a key that a device holds and gives only to who unlocks it.
//!
//! The relying party's part of WebAuthn: what a browser is asked, and whether its answer holds. A person
//! must be present and recognised (by PIN, face, finger), so that a passkey is two factors. Which model of
//! device it is is not asked (attestation `none`); a statement that comes all the same is not looked at,
//! since nothing here trusts it. Challenges are random bytes that the caller makes, keeps, and takes once.
//! Spec: <https://www.w3.org/TR/webauthn-3/>, sections 7.1 (registration) and 7.2 (sign-in).

mod cbor;
mod cose;
mod data;

use std::fmt;

use serde::{Deserialize, Serialize};
use serde_json::{Value, json};
use sha2::{Digest as _, Sha256};

use crate::jwt::{base64url, from_base64url};
use crate::same_secret;

/// How long a browser waits for a person: milliseconds.
const TIMEOUT: u32 = 300_000;
/// Letters of one part of an answer at the most.
const PART_MAX: usize = 16 << 10;

/// Where pages are served, which a passkey is bound to.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Place {
    /// The host's name.
    pub rp_id: String,
    /// Scheme, host and port, as a browser writes them.
    pub origin: String,
}

impl Place {
    /// The place of a root address; nothing where browsers keep no passkeys for it: an address by number,
    /// or by http. This machine counts under its name, `localhost`.
    ///
    /// ```
    /// use identity::passkey::Place;
    /// let place = Place::of("https://care.example:8443/").unwrap();
    /// assert_eq!((place.rp_id.as_str(), place.origin.as_str()), ("care.example", "https://care.example:8443"));
    /// assert_eq!(Place::of("http://127.0.0.1:8080").unwrap().origin, "http://localhost:8080");
    /// assert_eq!(Place::of("http://care.example"), None);
    /// assert_eq!(Place::of("https://10.0.0.1"), None);
    /// ```
    pub fn of(root: &str) -> Option<Place> {
        let (scheme, rest) = root.split_once("://")?;
        let authority = rest.split(['/', '?', '#']).next()?;
        let (host, port) = match authority.rsplit_once(':') {
            Some((host, port)) if port.bytes().all(|byte| byte.is_ascii_digit()) => (host, port),
            _ => (authority, ""),
        };
        let host = host.to_ascii_lowercase();
        let is_here = matches!(host.as_str(), "localhost" | "127.0.0.1" | "[::1]");
        let host = if is_here { "localhost".to_owned() } else { host };
        let is_name = |byte: u8| byte.is_ascii_alphanumeric() || byte == b'-' || byte == b'.';
        let is_number = host.rsplit('.').next()?.bytes().all(|byte| byte.is_ascii_digit());
        if host.is_empty() || !host.bytes().all(is_name) || is_number {
            return None;
        }
        let default_port = match scheme {
            "https" => "443",
            "http" if is_here => "80",
            _ => return None,
        };
        let port = match port {
            "" => String::new(),
            port if port == default_port => String::new(),
            port => format!(":{port}"),
        };
        Some(Place { origin: format!("{scheme}://{host}{port}"), rp_id: host })
    }
}

/// A passkey as it is kept with its account.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Passkey {
    /// Its id, base64url.
    pub id: String,
    /// Its public key: a COSE_Key, base64url.
    key: String,
    /// How often it has signed, where it counts.
    count: u32,
    /// Whether its maker may copy it to other devices of the person.
    pub may_be_copied: bool,
    /// Whether it is copied.
    pub is_copied: bool,
    /// What the person calls it.
    pub name: String,
    /// When it was made: microseconds since 1970.
    pub made: i64,
    /// When somebody last signed in with it.
    pub used: Option<i64>,
}

/// Who makes a passkey.
#[derive(Clone, Copy, Debug)]
pub struct User<'u> {
    /// What the account is known by to its passkeys: says nothing of who it is.
    pub handle: &'u [u8],
    /// The account's name.
    pub name: &'u str,
    /// What to call them.
    pub words: &'u str,
}

/// What an answer is held against.
#[derive(Clone, Copy, Debug)]
pub struct Expected<'e> {
    /// Where.
    pub place: &'e Place,
    /// The challenge that was sent.
    pub challenge: &'e [u8],
}

/// Why an answer does not hold.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Refusal {
    /// It cannot be read.
    Malformed,
    /// It answers another question: making a key is not signing in.
    OtherPurpose,
    /// It answers another challenge.
    OtherChallenge,
    /// It was given at another site, or within another site's page.
    OtherPlace,
    /// Nobody was there, or was not recognised.
    NobodyThere,
    /// The key is of a kind that is not taken.
    OtherKey,
    /// It is another passkey than the one that it is held against, or of another account.
    OtherPasskey,
    /// The signature does not hold.
    BadSignature,
    /// It has counted backwards: there may be a copy of it.
    Copied,
}

impl fmt::Display for Refusal {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Refusal::Malformed => "the answer cannot be read",
            Refusal::OtherPurpose => "the answer is to another question",
            Refusal::OtherChallenge => "the answer is to another challenge",
            Refusal::OtherPlace => "the answer was given at another site",
            Refusal::NobodyThere => "nobody was there, or was not recognised",
            Refusal::OtherKey => "the key is of a kind that is not taken",
            Refusal::OtherPasskey => "it is another passkey, or of another account",
            Refusal::BadSignature => "the signature does not hold",
            Refusal::Copied => "the passkey has counted backwards, there may be a copy of it",
        })
    }
}

impl std::error::Error for Refusal {}

/// What a browser is asked to make a passkey: `navigator.credentials.create` after
/// `PublicKeyCredential.parseCreationOptionsFromJSON`.
pub fn creation(place: &Place, challenge: &[u8], user: User<'_>, known: &[Passkey]) -> Value {
    let kinds: Vec<Value> = cose::ALGORITHMS
        .iter()
        .map(|algorithm| json!({"type": "public-key", "alg": algorithm}))
        .collect();
    json!({
        "rp": {"id": place.rp_id, "name": "Careloom"},
        "user": {
            "id": base64url(user.handle), "name": user.name, "displayName": user.words,
        },
        "challenge": base64url(challenge),
        "pubKeyCredParams": kinds,
        "timeout": TIMEOUT,
        "excludeCredentials": listed(known),
        "authenticatorSelection": {
            "residentKey": "required", "requireResidentKey": true, "userVerification": "required",
        },
        "attestation": "none",
    })
}

/// What a browser is asked to sign in: `navigator.credentials.get` after
/// `PublicKeyCredential.parseRequestOptionsFromJSON`. Which account it is the device says.
pub fn request(place: &Place, challenge: &[u8]) -> Value {
    json!({
        "rpId": place.rp_id,
        "challenge": base64url(challenge),
        "timeout": TIMEOUT,
        "userVerification": "required",
    })
}

fn listed(known: &[Passkey]) -> Vec<Value> {
    known.iter().map(|one| json!({"type": "public-key", "id": one.id})).collect()
}

/// A part of an answer, decoded.
fn part(answer: &Value, path: &str) -> Result<Vec<u8>, Refusal> {
    let text = answer.pointer(path).and_then(Value::as_str).filter(|text| text.len() <= PART_MAX);
    text.and_then(from_base64url).ok_or(Refusal::Malformed)
}

/// The passkey that an answer names: its id as base64url. What it says more is not checked by this.
pub fn named(answer: &Value) -> Option<String> {
    part(answer, "/rawId").ok().filter(|id| !id.is_empty()).map(|id| base64url(&id))
}

/// The challenge that an answer says it answers, where it is text. Whether it does is checked with the rest.
pub fn challenge_of(answer: &Value) -> Option<String> {
    let client = part(answer, "/response/clientDataJSON").ok()?;
    let data = crate::jwt::read_object(&client)?;
    let challenge = from_base64url(data.get("challenge")?.as_str()?)?;
    String::from_utf8(challenge).ok()
}

/// Checks the answer to [`creation`], the JSON form of a browser's PublicKeyCredential; gives the passkey.
pub fn registered(
    answer: &Value,
    expected: &Expected<'_>,
    name: &str,
    now: i64,
) -> Result<Passkey, Refusal> {
    if answer.get("type").and_then(Value::as_str) != Some("public-key") {
        return Err(Refusal::Malformed);
    }
    data::check_client(&part(answer, "/response/clientDataJSON")?, "webauthn.create", expected)?;
    let object = part(answer, "/response/attestationObject")?;
    let object = cbor::read(&object).ok_or(Refusal::Malformed)?;
    let said = object.named("authData").and_then(cbor::Value::bytes).ok_or(Refusal::Malformed)?;
    let said = data::said(said, expected)?;
    let (id, key) = said.credential.ok_or(Refusal::Malformed)?;
    if part(answer, "/rawId")? != id {
        return Err(Refusal::OtherPasskey);
    }
    cose::key(key).ok_or(Refusal::OtherKey)?;
    Ok(Passkey {
        id: base64url(id),
        key: base64url(key),
        count: said.count,
        may_be_copied: said.may_be_copied,
        is_copied: said.is_copied,
        name: name.to_owned(),
        made: now,
        used: None,
    })
}

/// Checks the answer to [`request`] by the passkey that it names, of the account with this handle; gives the
/// passkey as it is to be kept from now on.
pub fn signed_in(
    answer: &Value,
    passkey: &Passkey,
    handle: &[u8],
    expected: &Expected<'_>,
    now: i64,
) -> Result<Passkey, Refusal> {
    if named(answer).as_deref() != Some(passkey.id.as_str()) {
        return Err(Refusal::OtherPasskey);
    }
    if !same_secret(&part(answer, "/response/userHandle")?, handle) {
        return Err(Refusal::OtherPasskey);
    }
    let client = part(answer, "/response/clientDataJSON")?;
    data::check_client(&client, "webauthn.get", expected)?;
    let authenticator = part(answer, "/response/authenticatorData")?;
    let said = data::said(&authenticator, expected)?;
    // Whether it may be copied is for life (section 7.2).
    if said.credential.is_some() || said.may_be_copied != passkey.may_be_copied {
        return Err(Refusal::Malformed);
    }
    let key = from_base64url(&passkey.key).ok_or(Refusal::OtherKey)?;
    let key = cose::key(&key).ok_or(Refusal::OtherKey)?;
    let message = [&authenticator[..], &Sha256::digest(&client)].concat();
    if !key.holds(&message, &part(answer, "/response/signature")?) {
        return Err(Refusal::BadSignature);
    }
    // Many do not count and always say 0 (section 6.1.1).
    if (said.count > 0 || passkey.count > 0) && said.count <= passkey.count {
        return Err(Refusal::Copied);
    }
    Ok(Passkey { count: said.count, is_copied: said.is_copied, used: Some(now), ..passkey.clone() })
}
