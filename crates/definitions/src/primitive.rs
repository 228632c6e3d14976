//! FHIR's primitive types: what stands for a value in JSON and how its text must look.
//! Spec: <https://hl7.org/fhir/R4/datatypes.html#primitive>.

/// A primitive type.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Primitive {
    /// `true` or `false`.
    Boolean,
    /// A signed 32-bit number.
    Integer,
    /// A whole number from 0.
    UnsignedInt,
    /// A whole number from 1.
    PositiveInt,
    /// A decimal number, digits kept.
    Decimal,
    /// Text.
    String,
    /// Text in Markdown.
    Markdown,
    /// Text without leading, trailing or doubled white space.
    Code,
    /// A logical id.
    Id,
    /// A URI.
    Uri,
    /// A URL.
    Url,
    /// The URL of a definition.
    Canonical,
    /// `urn:oid:…`
    Oid,
    /// `urn:uuid:…`
    Uuid,
    /// Bytes.
    Base64Binary,
    /// A date, a month or a year.
    Date,
    /// A date, or a date and time with zone.
    DateTime,
    /// A time with zone, to the second at least.
    Instant,
    /// A time of day.
    Time,
}

const NAMES: [(Primitive, &str); 19] = [
    (Primitive::Boolean, "boolean"),
    (Primitive::Integer, "integer"),
    (Primitive::UnsignedInt, "unsignedInt"),
    (Primitive::PositiveInt, "positiveInt"),
    (Primitive::Decimal, "decimal"),
    (Primitive::String, "string"),
    (Primitive::Markdown, "markdown"),
    (Primitive::Code, "code"),
    (Primitive::Id, "id"),
    (Primitive::Uri, "uri"),
    (Primitive::Url, "url"),
    (Primitive::Canonical, "canonical"),
    (Primitive::Oid, "oid"),
    (Primitive::Uuid, "uuid"),
    (Primitive::Base64Binary, "base64Binary"),
    (Primitive::Date, "date"),
    (Primitive::DateTime, "dateTime"),
    (Primitive::Instant, "instant"),
    (Primitive::Time, "time"),
];

impl Primitive {
    /// The type of this name.
    pub fn from_name(name: &str) -> Option<Primitive> {
        NAMES.iter().find(|(_, known)| *known == name).map(|(primitive, _)| *primitive)
    }

    /// The name.
    pub fn as_str(self) -> &'static str {
        NAMES.iter().find(|(known, _)| *known == self).map_or("string", |(_, name)| name)
    }
}

/// FHIR asks that strings stay under 1 MiB.
const STRING_BYTES_MAX: usize = 1 << 20;

impl Primitive {
    /// What stands for a value in JSON.
    pub fn json_kind(self) -> fhir::Kind {
        match self {
            Primitive::Boolean => fhir::Kind::Bool,
            Primitive::Integer
            | Primitive::UnsignedInt
            | Primitive::PositiveInt
            | Primitive::Decimal => fhir::Kind::Number,
            _ => fhir::Kind::String,
        }
    }

    /// Whether a text is a value of this type.
    ///
    /// ```
    /// use definitions::Primitive;
    /// assert!(Primitive::Date.accepts("2024-02-29"));
    /// assert!(!Primitive::Date.accepts("2023-02-29"));
    /// ```
    pub fn accepts(self, text: &str) -> bool {
        let bytes = text.as_bytes();
        match self {
            Primitive::Boolean => matches!(text, "true" | "false"),
            Primitive::Integer => is_integer(text, i64::from(i32::MIN)),
            Primitive::UnsignedInt => is_integer(text, 0),
            Primitive::PositiveInt => is_integer(text, 1),
            Primitive::Decimal => is_decimal(bytes),
            Primitive::String | Primitive::Markdown => is_text(bytes),
            Primitive::Code => is_code(bytes),
            Primitive::Id => fhir::ResourceId::is_valid(text),
            Primitive::Uri | Primitive::Url | Primitive::Canonical => is_uri(bytes),
            Primitive::Oid => text.strip_prefix("urn:oid:").is_some_and(is_oid),
            Primitive::Uuid => text.strip_prefix("urn:uuid:").is_some_and(is_uuid),
            Primitive::Base64Binary => is_base64(bytes),
            Primitive::Date => date_part(bytes) == Some(bytes.len()),
            Primitive::DateTime => is_date_time(bytes),
            Primitive::Instant => is_instant(bytes),
            Primitive::Time => time_part(bytes) == Some(bytes.len()),
        }
    }

    /// How a value must look, for people.
    pub(crate) fn rule(self) -> &'static str {
        match self {
            Primitive::Boolean => "true or false",
            Primitive::Integer => "a whole number of 32 bits without leading zeros",
            Primitive::UnsignedInt => "a whole number from 0 to 2147483647",
            Primitive::PositiveInt => "a whole number from 1 to 2147483647",
            Primitive::Decimal => "a decimal number without leading zeros",
            Primitive::String | Primitive::Markdown => {
                "1 byte to 1 MiB of text without control characters"
            }
            Primitive::Code => "text without white space at its ends and doubled inside",
            Primitive::Id => "1 to 64 of A-Z, a-z, 0-9, '-' and '.'",
            Primitive::Uri | Primitive::Url | Primitive::Canonical => "no white space, not empty",
            Primitive::Oid => "urn:oid: and numbers joined by '.'",
            Primitive::Uuid => "urn:uuid: and a uuid in lower case",
            Primitive::Base64Binary => "groups of four base64 characters",
            Primitive::Date => "YYYY, YYYY-MM or YYYY-MM-DD, and a day that exists",
            Primitive::DateTime => "a date, or YYYY-MM-DDThh:mm:ss with time zone",
            Primitive::Instant => "YYYY-MM-DDThh:mm:ss with time zone",
            Primitive::Time => "hh:mm:ss",
        }
    }
}

fn is_integer(text: &str, min: i64) -> bool {
    let digits = text.strip_prefix('-').unwrap_or(text);
    let is_canonical = match digits.as_bytes() {
        [b'0'] => digits.len() == text.len(),
        [b'1'..=b'9', rest @ ..] => rest.len() < 10 && rest.iter().all(u8::is_ascii_digit),
        _ => false,
    };
    is_canonical && text.parse::<i64>().is_ok_and(|n| n >= min && n <= i64::from(i32::MAX))
}

fn is_decimal(bytes: &[u8]) -> bool {
    let bytes = bytes.strip_prefix(b"-").unwrap_or(bytes);
    let digits = |bytes: &[u8]| bytes.iter().take_while(|b| b.is_ascii_digit()).count();
    let whole = digits(bytes);
    if whole == 0 || (whole > 1 && bytes[0] == b'0') {
        return false;
    }
    let mut rest = &bytes[whole..];
    if let Some(fraction) = rest.strip_prefix(b".") {
        let count = digits(fraction);
        if count == 0 {
            return false;
        }
        rest = &fraction[count..];
    }
    if let [b'e' | b'E', exponent @ ..] = rest {
        let exponent =
            exponent.strip_prefix(b"+").or(exponent.strip_prefix(b"-")).unwrap_or(exponent);
        return !exponent.is_empty() && digits(exponent) == exponent.len();
    }
    rest.is_empty()
}

fn is_text(bytes: &[u8]) -> bool {
    let is_control = |b: &u8| *b < 0x20 && !matches!(b, b'\t' | b'\n' | b'\r');
    !bytes.is_empty() && bytes.len() <= STRING_BYTES_MAX && !bytes.iter().any(is_control)
}

/// White space as XML Schema means it in FHIR's patterns: a no-break space is none.
fn is_space(byte: u8) -> bool {
    matches!(byte, b' ' | b'\t' | b'\n' | b'\r')
}

fn is_code(bytes: &[u8]) -> bool {
    let mut before_is_space = true;
    for byte in bytes {
        if *byte > b' ' && *byte != 0x7F {
            before_is_space = false;
        } else if is_space(*byte) && !before_is_space {
            before_is_space = true;
        } else {
            return false;
        }
    }
    !before_is_space
}

fn is_uri(bytes: &[u8]) -> bool {
    !bytes.is_empty() && bytes.iter().all(|b| *b > b' ' && *b != 0x7F)
}

fn is_oid(text: &str) -> bool {
    let mut parts = text.split('.');
    let root = parts.next().is_some_and(|root| matches!(root, "0" | "1" | "2"));
    let mut count = 0;
    let rest = parts.all(|part| {
        count += 1;
        !part.is_empty()
            && part.bytes().all(|b| b.is_ascii_digit())
            && (part == "0" || !part.starts_with('0'))
    });
    root && rest && count > 0
}

fn is_uuid(text: &str) -> bool {
    text.len() == 36
        && text.bytes().enumerate().all(|(index, byte)| match index {
            8 | 13 | 18 | 23 => byte == b'-',
            _ => matches!(byte, b'0'..=b'9' | b'a'..=b'f'),
        })
}

fn is_base64(bytes: &[u8]) -> bool {
    let mut count = 0_usize;
    let mut padding = 0_usize;
    for byte in bytes {
        match byte {
            b' ' | b'\t' | b'\n' | b'\r' => continue,
            b'=' => padding += 1,
            b'A'..=b'Z' | b'a'..=b'z' | b'0'..=b'9' | b'+' | b'/' if padding == 0 => {}
            _ => return false,
        }
        count += 1;
    }
    count > 0 && count.is_multiple_of(4) && padding <= 2
}

/// Two digits as a number.
fn two(bytes: &[u8], at: usize) -> Option<u8> {
    match bytes.get(at..at + 2)? {
        [a @ b'0'..=b'9', b @ b'0'..=b'9'] => Some((a - b'0') * 10 + (b - b'0')),
        _ => None,
    }
}

/// The length of the date at the beginning of a text.
fn date_part(bytes: &[u8]) -> Option<usize> {
    let year = u16::from(two(bytes, 0)?) * 100 + u16::from(two(bytes, 2)?);
    if year == 0 {
        return None;
    }
    if bytes.get(4) != Some(&b'-') {
        return Some(4);
    }
    let month = two(bytes, 5)?;
    let days = match month {
        2 if year % 4 == 0 && (year % 100 != 0 || year % 400 == 0) => 29,
        2 => 28,
        4 | 6 | 9 | 11 => 30,
        1..=12 => 31,
        _ => return None,
    };
    if bytes.get(7) != Some(&b'-') {
        return Some(7);
    }
    (1..=days).contains(&two(bytes, 8)?).then_some(10)
}

/// The length of the time at the beginning of a text.
fn time_part(bytes: &[u8]) -> Option<usize> {
    let is_time = two(bytes, 0)? < 24
        && bytes.get(2) == Some(&b':')
        && two(bytes, 3)? < 60
        && bytes.get(5) == Some(&b':')
        && two(bytes, 6)? <= 60;
    if !is_time {
        return None;
    }
    if bytes.get(8) != Some(&b'.') {
        return Some(8);
    }
    let digits = bytes[9..].iter().take_while(|b| b.is_ascii_digit()).count();
    (digits > 0).then_some(9 + digits)
}

fn is_zone(bytes: &[u8]) -> bool {
    match bytes {
        b"Z" => true,
        [b'+' | b'-', zone @ ..] => {
            zone.len() == 5
                && zone[2] == b':'
                && match (two(zone, 0), two(zone, 3)) {
                    (Some(hours), Some(minutes)) => {
                        (hours < 14 && minutes < 60) || (hours == 14 && minutes == 0)
                    }
                    _ => false,
                }
        }
        _ => false,
    }
}

fn is_date_time(bytes: &[u8]) -> bool {
    date_part(bytes) == Some(bytes.len()) || is_instant(bytes)
}

fn is_instant(bytes: &[u8]) -> bool {
    if date_part(bytes) != Some(10) || bytes.get(10) != Some(&b'T') {
        return false;
    }
    let rest = &bytes[11..];
    time_part(rest).is_some_and(|end| is_zone(&rest[end..]))
}
