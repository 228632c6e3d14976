//! What a signed token says, held against what is expected of it. Spec: RFC 7519 section 4.1.

use serde_json::{Map, Value};

use super::{Refusal, Signed};

/// Seconds by which the clocks of two systems may differ.
pub const LEEWAY: i64 = 60;
/// Names that `aud` may list at the most.
const AUDIENCES_MAX: usize = 20;
/// The last second of the year 9999: later is no time but a mistake.
const TIME_MAX: i64 = 253_402_300_799;

/// What is expected of a token.
#[derive(Clone, Copy, Debug)]
pub struct Expected<'a> {
    /// Who must have issued it.
    pub issuer: &'a str,
    /// Of these `aud` must name one.
    pub audience: &'a [&'a str],
    /// Whom it must speak of; `None` is anybody.
    pub subject: Option<&'a str>,
    /// Of these `typ` must be one, with case ignored and `application/` left out; empty is any.
    pub types: &'a [&'a str],
    /// For how many seconds it may live: `exp` at the most so far from now and from `iat`.
    pub lifetime_max: Option<i64>,
    /// Seconds since 1970.
    pub now: i64,
    /// Seconds by which clocks may differ.
    pub leeway: i64,
}

impl<'a> Expected<'a> {
    /// A token of this issuer for these readers, with nothing else asked of it.
    pub fn new(issuer: &'a str, audience: &'a [&'a str], now: i64) -> Expected<'a> {
        Expected {
            issuer,
            audience,
            subject: None,
            types: &[],
            lifetime_max: None,
            now,
            leeway: LEEWAY,
        }
    }
}

/// Claims that are as expected.
#[derive(Clone, Debug, PartialEq)]
pub struct Claims {
    /// `iss`.
    pub issuer: String,
    /// `sub`.
    pub subject: Option<String>,
    /// `aud`, as a list however it was written.
    pub audience: Vec<String>,
    /// `exp`: seconds since 1970.
    pub expires: i64,
    /// `iat`.
    pub issued: Option<i64>,
    /// `jti`.
    pub id: Option<String>,
    /// All of them as they stand.
    pub all: Map<String, Value>,
}

impl Claims {
    /// A claim that is a text.
    pub fn text(&self, name: &str) -> Option<&str> {
        self.all.get(name).and_then(Value::as_str)
    }

    /// A claim that is a time or another whole number.
    pub fn number(&self, name: &str) -> Option<i64> {
        self.all.get(name).and_then(seconds)
    }
}

pub(super) fn check(signed: &Signed, expected: &Expected<'_>) -> Result<Claims, Refusal> {
    check_type(signed.typ.as_deref(), expected.types)?;
    let payload = &signed.payload;
    let issuer = text(payload, "iss")?.ok_or(Refusal::Missing("iss"))?;
    if issuer != expected.issuer {
        return Err(Refusal::Issuer);
    }
    let audience = audience(payload)?;
    if !audience.iter().any(|name| expected.audience.contains(&name.as_str())) {
        return Err(Refusal::Audience);
    }
    let subject = text(payload, "sub")?;
    if expected.subject.is_some() && subject.as_deref() != expected.subject {
        return Err(if subject.is_none() { Refusal::Missing("sub") } else { Refusal::Subject });
    }
    let (expires, issued) = check_times(payload, expected)?;
    let id = text(payload, "jti")?;
    Ok(Claims { issuer, subject, audience, expires, issued, id, all: payload.clone() })
}

fn check_type(typ: Option<&str>, types: &[&str]) -> Result<(), Refusal> {
    let is_one = |typ: &str| {
        let short = typ.get(..12).filter(|start| start.eq_ignore_ascii_case("application/"));
        let short = short.map_or(typ, |_| &typ[12..]);
        types.iter().any(|one| one.eq_ignore_ascii_case(short))
    };
    if types.is_empty() || typ.is_some_and(is_one) { Ok(()) } else { Err(Refusal::Type) }
}

/// `exp` and `iat`, where the token holds now.
fn check_times(
    payload: &Map<String, Value>,
    expected: &Expected<'_>,
) -> Result<(i64, Option<i64>), Refusal> {
    let Expected { now, leeway, lifetime_max, .. } = *expected;
    let expires = time(payload, "exp")?.ok_or(Refusal::Missing("exp"))?;
    if now - leeway >= expires {
        return Err(Refusal::Expired(now - expires));
    }
    if let Some(begins) = time(payload, "nbf")?
        && now + leeway < begins
    {
        return Err(Refusal::NotYet(begins - now));
    }
    let issued = time(payload, "iat")?;
    if let Some(issued) = issued
        && now + leeway < issued
    {
        return Err(Refusal::IssuedAhead(issued - now));
    }
    if let Some(most) = lifetime_max
        && (expires - now > most + leeway || issued.is_some_and(|issued| expires - issued > most))
    {
        return Err(Refusal::TooOld(most));
    }
    Ok((expires, issued))
}

fn text(payload: &Map<String, Value>, name: &'static str) -> Result<Option<String>, Refusal> {
    match payload.get(name) {
        None => Ok(None),
        Some(Value::String(text)) => Ok(Some(text.clone())),
        Some(_) => Err(Refusal::ClaimForm(name)),
    }
}

fn audience(payload: &Map<String, Value>) -> Result<Vec<String>, Refusal> {
    let wrong = Refusal::ClaimForm("aud");
    match payload.get("aud") {
        None => Err(Refusal::Missing("aud")),
        Some(Value::String(one)) => Ok(vec![one.clone()]),
        Some(Value::Array(all)) if all.len() <= AUDIENCES_MAX => {
            all.iter().map(|one| one.as_str().map(str::to_owned).ok_or(wrong.clone())).collect()
        }
        Some(_) => Err(wrong),
    }
}

fn time(payload: &Map<String, Value>, name: &'static str) -> Result<Option<i64>, Refusal> {
    match payload.get(name) {
        None => Ok(None),
        Some(value) => match seconds(value) {
            Some(time) if (0..=TIME_MAX).contains(&time) => Ok(Some(time)),
            _ => Err(Refusal::ClaimForm(name)),
        },
    }
}

/// A number of seconds; parts of a second are cut (RFC 7519, NumericDate).
fn seconds(value: &Value) -> Option<i64> {
    let number = value.as_number()?;
    number.as_i64().or_else(|| {
        let seconds = number.as_f64()?;
        (seconds.abs() < 1e15).then_some(seconds.floor() as i64)
    })
}
