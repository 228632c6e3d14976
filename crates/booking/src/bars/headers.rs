//! HTTP headers of BaRS: the base64 target identifier, and the two request ids.

use base64::Engine as _;
use base64::engine::general_purpose::{STANDARD, STANDARD_NO_PAD};
use fhir::{IssueCode, Limits, Tree};

use super::error::{BarsCode, BarsError};
use crate::model::element::{object, text};

/// Longest header that is decoded.
const HEADER_LENGTH_MAX: usize = 8_192;

/// A service by its identifier, as `NHSD-Target-Identifier` names it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct TargetIdentifier {
    /// Its system, such as that of the directory of services.
    pub system: String,
    /// Its value.
    pub value: String,
}

impl TargetIdentifier {
    /// The header's value: base64 of an Identifier in JSON.
    ///
    /// ```
    /// use booking::bars::TargetIdentifier;
    /// let target = TargetIdentifier {
    ///     system: "https://fhir.nhs.uk/Id/dos-service-id".to_owned(),
    ///     value: "2000099999".to_owned(),
    /// };
    /// assert_eq!(TargetIdentifier::decode(&target.encode()).unwrap(), target);
    /// ```
    pub fn encode(&self) -> String {
        let identifier =
            object([("value", text(self.value.as_str())), ("system", text(self.system.as_str()))]);
        STANDARD.encode(identifier.to_compact())
    }

    /// Reads the header's value.
    pub fn decode(header: &str) -> Result<TargetIdentifier, BarsError> {
        let wrong = |words: &str| {
            let words = format!("NHSD-Target-Identifier: {words}");
            BarsError::new(BarsCode::SendBadRequest, IssueCode::Structure, words)
        };
        let header = header.trim();
        if header.len() > HEADER_LENGTH_MAX {
            return Err(wrong("longer than 8192 characters"));
        }
        let bytes = STANDARD
            .decode(header)
            .or_else(|_| STANDARD_NO_PAD.decode(header))
            .map_err(|_| wrong("not base64"))?;
        let limits = Limits { bytes_max: HEADER_LENGTH_MAX, depth_max: 4 };
        let tree = Tree::parse_with(&bytes, limits)
            .map_err(|_| wrong("base64 of something that is no JSON"))?;
        let part = |name: &str| {
            let found = tree.root().get(name).and_then(fhir::Value::as_str);
            found.filter(|value| !value.trim().is_empty()).map(str::to_owned)
        };
        match (part("system"), part("value")) {
            (Some(system), Some(value)) => Ok(TargetIdentifier { system, value }),
            _ => Err(wrong("expected an Identifier with a system and a value")),
        }
    }

    /// The form in `MessageHeader.destination.endpoint`: `system|value`.
    pub fn endpoint(&self) -> String {
        format!("{}|{}", self.system, self.value)
    }

    /// Reads an endpoint.
    pub fn of_endpoint(endpoint: &str) -> Option<TargetIdentifier> {
        let (system, value) = endpoint.split_once('|')?;
        let is_whole = !system.is_empty() && !value.is_empty();
        is_whole.then(|| TargetIdentifier { system: system.to_owned(), value: value.to_owned() })
    }

    /// Whether both name one service. Published examples write the system with `http:` too.
    pub fn is_same(&self, other: &TargetIdentifier) -> bool {
        let bare = |system: &str| {
            let rest = system.strip_prefix("https://").or_else(|| system.strip_prefix("http://"));
            rest.unwrap_or(system).to_ascii_lowercase()
        };
        self.value == other.value && bare(&self.system) == bare(&other.system)
    }
}

/// The headers of a message.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Headers {
    /// Whom it is for.
    pub target: TargetIdentifier,
    /// `X-Request-Id`.
    pub request_id: String,
    /// `X-Correlation-Id`.
    pub correlation_id: String,
}

/// Reads the headers that every message has. Names are compared without regard to case.
pub fn headers(all: &[(String, String)]) -> Result<Headers, BarsError> {
    let value = |name: &str| {
        let found = all.iter().find(|(known, _)| known.eq_ignore_ascii_case(name));
        let words = format!("{name}: missing; it is needed");
        found
            .map(|(_, value)| value.trim())
            .filter(|value| !value.is_empty())
            .ok_or_else(|| BarsError::new(BarsCode::SendBadRequest, IssueCode::Invalid, words))
    };
    let uuid = |name: &str| {
        let found = value(name)?;
        if is_uuid(found) {
            return Ok(found.to_owned());
        }
        let words = format!("{name}: expected a UUID");
        Err(BarsError::new(BarsCode::SendBadRequest, IssueCode::Invalid, words))
    };
    Ok(Headers {
        target: TargetIdentifier::decode(value("NHSD-Target-Identifier")?)?,
        request_id: uuid("X-Request-Id")?,
        correlation_id: uuid("X-Correlation-Id")?,
    })
}

pub(super) fn is_uuid(text: &str) -> bool {
    text.len() == 36
        && text.bytes().enumerate().all(|(at, byte)| match at {
            8 | 13 | 18 | 23 => byte == b'-',
            _ => byte.is_ascii_hexdigit(),
        })
}
