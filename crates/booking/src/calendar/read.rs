//! Text to events. What is malformed is refused with its line; what is only unknown is passed over.

use jiff::Timestamp;

use super::content_line::{ContentLine, content_lines, error};
use super::value::{Moment, duration, moment, unescape};
use super::{Event, Method};

/// Most events.
const EVENTS_MAX: usize = 2_000;
/// Deepest components.
const DEPTH_MAX: usize = 8;

/// Why a file is refused.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct CalendarError {
    /// The line, from 1.
    pub line: usize,
    /// What is wrong there; never what the line holds.
    pub words: String,
}

impl std::fmt::Display for CalendarError {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "line {}: {}", self.line, self.words)
    }
}

impl std::error::Error for CalendarError {}

/// A calendar that was read.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Calendar {
    /// `METHOD`, where it is one of ours; others are read as if it were absent.
    pub method: Option<Method>,
    /// Its events in order.
    pub events: Vec<Event>,
}

/// Reads a calendar file.
///
/// ```
/// use booking::calendar::read;
/// let error = read(b"BEGIN:VCALENDAR\r\nVERSION:2.0\r\nPRODID:x\r\nBEGIN:VEVENT\r\nUID\r\n").unwrap_err();
/// assert_eq!(error.to_string(), "line 5: UID has no colon before its value");
/// ```
pub fn read(bytes: &[u8]) -> Result<Calendar, CalendarError> {
    let lines = content_lines(bytes)?;
    let Some(first) = lines.first() else { return Err(error(1, "the file is empty")) };
    if first.name != "BEGIN" || !first.value.eq_ignore_ascii_case("VCALENDAR") {
        return Err(error(first.line, "expected BEGIN:VCALENDAR"));
    }
    let mut calendar = Calendar { method: None, events: Vec::new() };
    let mut seen: Vec<&str> = Vec::new();
    let mut open: Vec<String> = Vec::new();
    let mut event: Option<Draft<'_>> = None;
    for (index, line) in lines.iter().enumerate() {
        match line.name.as_str() {
            "BEGIN" => {
                let kind = line.value.to_ascii_uppercase();
                if (kind == "VCALENDAR") != open.is_empty() {
                    let words = "components stand inside one VCALENDAR, which stands in none";
                    return Err(error(line.line, words));
                }
                if open.len() >= DEPTH_MAX {
                    return Err(error(line.line, "components are nested too deeply"));
                }
                if kind == "VEVENT" {
                    if open.len() != 1 {
                        return Err(error(line.line, "an event stands directly in VCALENDAR"));
                    }
                    event = Some(Draft::new(line.line));
                }
                open.push(kind);
            }
            "END" => {
                let kind = line.value.to_ascii_uppercase();
                if open.pop().as_deref() != Some(&kind) {
                    return Err(error(line.line, "END does not fit the BEGIN before it"));
                }
                if kind == "VEVENT"
                    && let Some(draft) = event.take()
                {
                    if calendar.events.len() >= EVENTS_MAX {
                        return Err(error(line.line, "the file has more than 2000 events"));
                    }
                    calendar.events.push(draft.finish()?);
                }
                if open.is_empty() {
                    return match lines.get(index + 1) {
                        Some(after) => Err(error(after.line, "text stands after END:VCALENDAR")),
                        None => finish(calendar, &seen, first.line),
                    };
                }
            }
            _ if open.len() == 1 => property_of_calendar(line, &mut seen, &mut calendar)?,
            // Parts of an event, such as alarms, are passed over.
            _ if open.len() == 2 => {
                if let Some(draft) = &mut event {
                    draft.take(line)?;
                }
            }
            _ => {}
        }
    }
    Err(error(lines.last().map_or(1, |line| line.line), "END:VCALENDAR is missing"))
}

fn finish(calendar: Calendar, seen: &[&str], line: usize) -> Result<Calendar, CalendarError> {
    for needed in ["VERSION", "PRODID"] {
        if !seen.contains(&needed) {
            return Err(error(line, format!("VCALENDAR has no {needed}")));
        }
    }
    Ok(calendar)
}

fn property_of_calendar<'l>(
    line: &'l ContentLine,
    seen: &mut Vec<&'l str>,
    calendar: &mut Calendar,
) -> Result<(), CalendarError> {
    let name = line.name.as_str();
    if matches!(name, "VERSION" | "PRODID" | "METHOD" | "CALSCALE") && seen.contains(&name) {
        return Err(error(line.line, format!("{name} stands twice")));
    }
    seen.push(name);
    match name {
        "VERSION" if line.value != "2.0" => Err(error(line.line, "only version 2.0 can be read")),
        "CALSCALE" if !line.value.eq_ignore_ascii_case("GREGORIAN") => {
            Err(error(line.line, "only the Gregorian calendar can be read"))
        }
        "METHOD" => {
            calendar.method = match line.value.to_ascii_uppercase().as_str() {
                "PUBLISH" => Some(Method::Publish),
                "CANCEL" => Some(Method::Cancel),
                _ => None,
            };
            Ok(())
        }
        _ => Ok(()),
    }
}

/// An event as its lines come.
struct Draft<'l> {
    line: usize,
    properties: Vec<&'l ContentLine>,
}

impl<'l> Draft<'l> {
    fn new(line: usize) -> Draft<'l> {
        Draft { line, properties: Vec::new() }
    }

    fn take(&mut self, line: &'l ContentLine) -> Result<(), CalendarError> {
        const ONCE: [&str; 11] = [
            "UID",
            "DTSTAMP",
            "DTSTART",
            "DTEND",
            "DURATION",
            "SEQUENCE",
            "SUMMARY",
            "DESCRIPTION",
            "LOCATION",
            "STATUS",
            "RRULE",
        ];
        if !ONCE.contains(&line.name.as_str()) {
            return Ok(());
        }
        if self.get(&line.name).is_some() {
            return Err(error(line.line, format!("{} stands twice", line.name)));
        }
        self.properties.push(line);
        Ok(())
    }

    fn get(&self, name: &str) -> Option<&'l ContentLine> {
        self.properties.iter().copied().find(|line| line.name == name)
    }

    fn needed(&self, name: &str) -> Result<&'l ContentLine, CalendarError> {
        self.get(name).ok_or_else(|| error(self.line, format!("the event has no {name}")))
    }

    fn text(&self, name: &str) -> Result<String, CalendarError> {
        let Some(line) = self.get(name) else { return Ok(String::new()) };
        unescape(&line.value).map_err(|words| error(line.line, words))
    }

    fn moment(line: &ContentLine) -> Result<Moment, CalendarError> {
        moment(&line.value, line.parameter("VALUE"), line.parameter("TZID"))
            .map_err(|words| error(line.line, words))
    }

    fn finish(self) -> Result<Event, CalendarError> {
        let uid_line = self.needed("UID")?;
        let uid = self.text("UID")?;
        if uid.is_empty() {
            return Err(error(uid_line.line, "UID is empty"));
        }
        let stamp_line = self.needed("DTSTAMP")?;
        let stamp = Self::moment(stamp_line)?;
        if stamp.is_date || !stamp_line.value.ends_with('Z') {
            return Err(error(stamp_line.line, "DTSTAMP must be a time in UTC"));
        }
        let start = Self::moment(self.needed("DTSTART")?)?;
        let end = self.end(start)?;
        let sequence = match self.get("SEQUENCE") {
            None => 0,
            Some(line) => line
                .value
                .parse()
                .map_err(|_| error(line.line, "SEQUENCE must be a whole number from 0 on"))?,
        };
        let status = self.get("STATUS").map(|line| line.value.to_ascii_uppercase());
        Ok(Event {
            uid,
            sequence,
            stamp: stamp.at,
            start: start.at,
            end,
            is_whole_days: start.is_date,
            summary: self.text("SUMMARY")?,
            description: self.text("DESCRIPTION")?,
            location: self.text("LOCATION")?,
            is_cancelled: status.as_deref() == Some("CANCELLED"),
            recurrence: self.get("RRULE").map(|line| line.value.clone()),
        })
    }

    /// The end: said, by a duration, or what RFC 5545 §3.6.1 says where it is not (a whole day for
    /// a date, no time at all for a time).
    fn end(&self, start: Moment) -> Result<Timestamp, CalendarError> {
        match (self.get("DTEND"), self.get("DURATION")) {
            (Some(_), Some(line)) => Err(error(line.line, "DURATION and DTEND stand in one event")),
            (Some(line), None) => {
                let end = Self::moment(line)?;
                if end.is_date != start.is_date {
                    return Err(error(
                        line.line,
                        "DTEND is a date and DTSTART a time, or the reverse",
                    ));
                }
                if end.at <= start.at {
                    return Err(error(line.line, "DTEND does not come after DTSTART"));
                }
                Ok(end.at)
            }
            (None, Some(line)) => {
                let length = duration(&line.value).map_err(|words| error(line.line, words))?;
                let end = start.at.checked_add(length);
                end.map_err(|_| error(line.line, "the event ends out of range"))
            }
            (None, None) if start.is_date => {
                let next = crate::zone::day(start.at).tomorrow().ok();
                let end = next.and_then(crate::zone::day_start);
                end.ok_or_else(|| error(self.line, "the event ends out of range"))
            }
            (None, None) => Ok(start.at),
        }
    }
}
