//! What HTTP and Bundles say about versions: ETags and dates.
//! Spec: <https://hl7.org/fhir/R4/http.html#versioning>, RFC 9110 §5.6.7 and §8.8.3.

use crate::date::format_instant;
use crate::id::VersionId;

const DAYS: [&str; 7] = ["Thu", "Fri", "Sat", "Sun", "Mon", "Tue", "Wed"];
const MONTHS: [&str; 12] =
    ["Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"];
const DAY_MICROSECONDS: i64 = 86_400_000_000;

impl VersionId {
    /// The version as a weak ETag.
    pub fn etag(self) -> String {
        format!("W/\"{self}\"")
    }
}

/// What `If-Match` and `If-None-Match` name: whatever is current, or entity tags.
/// Spec: RFC 9110 §8.8.3 and §13.1.1.
///
/// Weak and strong tags are the same here: a version has one content, however it is sent.
///
/// ```
/// let tags = fhir::EntityTags::parse("W/\"3\", \"5\"").unwrap();
/// assert!(tags.name(fhir::VersionId(3)) && !tags.name(fhir::VersionId(4)));
/// assert_eq!(fhir::EntityTags::parse("3"), None);
/// ```
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum EntityTags {
    /// `*`
    Any,
    /// What stands between the quotes of each.
    Listed(Vec<Box<str>>),
}

impl EntityTags {
    /// Takes a list of entity tags, or `*`; `None` where it is neither.
    pub fn parse(text: &str) -> Option<EntityTags> {
        if text.trim_ascii() == "*" {
            return Some(EntityTags::Any);
        }
        let mut tags = Vec::new();
        let mut rest = text;
        loop {
            // A list may have empty places (RFC 9110 §5.6.1).
            rest = rest.trim_start_matches([' ', '\t', ',']);
            if rest.is_empty() {
                break;
            }
            let opaque = rest.strip_prefix("W/").unwrap_or(rest).strip_prefix('"')?;
            let (tag, after) = opaque.split_once('"')?;
            let is_tag = |c: char| c == '!' || c > '\u{22}' && c != '\u{7F}';
            if !tag.chars().all(is_tag) {
                return None;
            }
            rest = after.trim_start_matches([' ', '\t']);
            if !rest.is_empty() && !rest.starts_with(',') {
                return None;
            }
            tags.push(tag.into());
        }
        (!tags.is_empty()).then_some(EntityTags::Listed(tags))
    }

    /// The same where a text that is none names nothing.
    pub fn parse_or_none(text: &str) -> EntityTags {
        EntityTags::parse(text).unwrap_or(EntityTags::Listed(Vec::new()))
    }

    /// Whether they name this version.
    pub fn name(&self, version: VersionId) -> bool {
        match self {
            EntityTags::Any => true,
            EntityTags::Listed(tags) => {
                tags.iter().any(|tag| VersionId::parse(tag) == Some(version))
            }
        }
    }

    /// Whether they name what has this text for its tag.
    pub fn name_text(&self, opaque: &str) -> bool {
        match self {
            EntityTags::Any => true,
            EntityTags::Listed(tags) => tags.iter().any(|tag| **tag == *opaque),
        }
    }

    /// The one version that they name, where they are one tag that this server could have given.
    pub fn only(&self) -> Option<VersionId> {
        match self {
            EntityTags::Listed(tags) if tags.len() == 1 => VersionId::parse(&tags[0]),
            EntityTags::Any | EntityTags::Listed(_) => None,
        }
    }
}

/// An instant as HTTP writes it: `Sun, 22 Nov 2026 20:59:46 GMT`.
pub fn format_http_date(microseconds: i64) -> String {
    let text = format_instant(microseconds);
    let weekday = DAYS[microseconds.div_euclid(DAY_MICROSECONDS).rem_euclid(7) as usize];
    let month = text[5..7].parse::<usize>().unwrap_or(1);
    let (day, year, time) = (&text[8..10], &text[..4], &text[11..19]);
    format!("{weekday}, {day} {} {year} {time} GMT", MONTHS[(month - 1) % 12])
}

/// Takes a date as HTTP writes it, in the form that is in use or in the two old ones; microseconds
/// since 1970.
pub fn parse_http_date(text: &str) -> Option<i64> {
    let text = text.trim_ascii();
    let (day, month, year, time) = if let Some((_, rest)) = text.split_once(", ") {
        let mut parts = rest.split([' ', '-']);
        let (day, month, year) = (parts.next()?, parts.next()?, parts.next()?);
        let (time, zone) = (parts.next()?, parts.next()?);
        if zone != "GMT" || parts.next().is_some() {
            return None;
        }
        (day, month, century(year)?, time)
    } else {
        // `Sun Nov  6 08:49:37 1994`
        let mut parts = text.split_ascii_whitespace().skip(1);
        let (month, day, time) = (parts.next()?, parts.next()?, parts.next()?);
        (day, month, number(parts.next()?, 4)?, time)
    };
    let month = MONTHS.iter().position(|known| *known == month)? as i64 + 1;
    let day = number(day, day.len()).filter(|day| (1..=31).contains(day))?;
    let mut clock = time.split(':').map(|part| number(part, 2));
    let (hour, minute, second) = (clock.next()??, clock.next()??, clock.next()??);
    if hour > 23 || minute > 59 || second > 60 || clock.next().is_some() {
        return None;
    }
    let seconds = days(year, month, day) * 86_400 + hour * 3_600 + minute * 60 + second;
    Some(seconds * 1_000_000)
}

/// A year of four digits, or of two, which mean the years around 2000.
fn century(text: &str) -> Option<i64> {
    match text.len() {
        4 => number(text, 4),
        2 => number(text, 2).map(|year| if year < 70 { 2000 + year } else { 1900 + year }),
        _ => None,
    }
}

fn number(text: &str, length: usize) -> Option<i64> {
    let digits = text.len() == length && text.bytes().all(|b| b.is_ascii_digit());
    text.parse().ok().filter(|_| digits)
}

/// Days since 1970 of a civil date (Gregorian, proleptic).
fn days(year: i64, month: i64, day: i64) -> i64 {
    let year = if month <= 2 { year - 1 } else { year };
    let era = year.div_euclid(400);
    let of_era = year.rem_euclid(400);
    let of_year = (153 * ((month + 9) % 12) + 2) / 5 + day - 1;
    era * 146_097 + of_era * 365 + of_era / 4 - of_era / 100 + of_year - 719_468
}

#[cfg(test)]
mod tests {
    use super::{EntityTags, VersionId, format_http_date, parse_http_date};

    #[test]
    fn entity_tags() {
        let listed = |tags: &[&str]| {
            Some(EntityTags::Listed(tags.iter().map(|tag| (*tag).into()).collect()))
        };
        let cases = [
            ("W/\"3\"", listed(&["3"])),
            ("\"12\"", listed(&["12"])),
            (" W/\"1\" ", listed(&["1"])),
            ("W/\"2\", W/\"3\"", listed(&["2", "3"])),
            ("\"2\",\t\"a,b\" ,, \"\",", listed(&["2", "a,b", ""])),
            ("\"é!#~\"", listed(&["é!#~"])),
            ("*", Some(EntityTags::Any)),
            (" * ", Some(EntityTags::Any)),
            ("", None),
            (",", None),
            ("3", None),
            ("W/3", None),
            ("w/\"3\"", None),
            ("W/ \"3\"", None),
            ("W/\"3", None),
            ("\"3\" \"4\"", None),
            ("\"3\"x", None),
            ("\"3\", *", None),
            ("*, \"3\"", None),
            ("\"a b\"", None),
            ("\"\u{7F}\"", None),
        ];
        for (text, expected) in cases {
            assert_eq!(EntityTags::parse(text), expected, "{text}");
        }
        for (text, names, only) in [
            ("*", true, None),
            ("\"3\"", true, Some(3)),
            ("W/\"2\", W/\"3\"", true, None),
            ("\"2\"", false, Some(2)),
            ("\"03\"", false, None),
            ("\"-3\"", false, None),
            ("\"\"", false, None),
        ] {
            let tags = EntityTags::parse(text).expect("tags");
            assert_eq!(tags.name(VersionId(3)), names, "{text}");
            assert_eq!(tags.only(), only.map(VersionId), "{text}");
        }
        assert!(EntityTags::parse("\"x-1\"").is_some_and(|tags| tags.name_text("x-1")));
    }

    #[test]
    fn http_dates() {
        assert_eq!(format_http_date(0), "Thu, 01 Jan 1970 00:00:00 GMT");
        let same = [
            "Sun, 06 Nov 1994 08:49:37 GMT",
            "Sunday, 06-Nov-94 08:49:37 GMT",
            "Sun Nov  6 08:49:37 1994",
        ];
        for text in same {
            assert_eq!(parse_http_date(text), Some(784_111_777_000_000), "{text}");
        }
        for microseconds in [0, 951_782_400_000_000, 1_709_164_800_000_000, 4_107_542_399_000_000] {
            assert_eq!(parse_http_date(&format_http_date(microseconds)), Some(microseconds));
        }
        let bad = [
            "",
            "yesterday",
            "2026-03-01T12:00:00Z",
            "Sun, 06 Nov 1994 08:49:37 CET",
            "Sun, 06 Nov 1994 08:49 GMT",
            "Sun, 06 Nov 1994 25:00:00 GMT",
            "Sun, 00 Nov 1994 08:49:37 GMT",
            "Sun, 06 Now 1994 08:49:37 GMT",
            "Sun, 06 Nov 1994 08:49:37 GMT x",
            "Sun, +6 Nov +994 08:49:37 GMT",
        ];
        for text in bad {
            assert_eq!(parse_http_date(text), None, "{text}");
        }
    }
}
