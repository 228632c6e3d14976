//! Events to text: Europe/London with its rule, folded at 75 octets, escaped, CRLF.

use jiff::Timestamp;

use super::value::{escape, local, utc};
use super::{Event, Method};
use crate::model::{Appointment, AppointmentStatus, Mode};
use crate::zone::{self, WallTime};

/// Octets of a line without its break.
const LINE_OCTETS_MAX: usize = 75;

/// The rule of Europe/London since 1996, as RFC 5545 §3.6.5 wants it.
const LONDON: &str = "BEGIN:VTIMEZONE\r\nTZID:Europe/London\r\nBEGIN:DAYLIGHT\r\n\
DTSTART:19960331T010000\r\nTZOFFSETFROM:+0000\r\nTZOFFSETTO:+0100\r\nTZNAME:BST\r\n\
RRULE:FREQ=YEARLY;BYMONTH=3;BYDAY=-1SU\r\nEND:DAYLIGHT\r\nBEGIN:STANDARD\r\n\
DTSTART:19961027T020000\r\nTZOFFSETFROM:+0100\r\nTZOFFSETTO:+0000\r\nTZNAME:GMT\r\n\
RRULE:FREQ=YEARLY;BYMONTH=10;BYDAY=-1SU\r\nEND:STANDARD\r\nEND:VTIMEZONE\r\n";

/// The event of an appointment; `None` where it has no time.
///
/// `practice` and `place` are shown as they are; nothing of the kind of appointment or the reason
/// is. `sequence` is the number of the appointment's version, `now` when the file is made.
pub fn event_of(
    appointment: &Appointment,
    practice: &str,
    place: &str,
    sequence: u32,
    now: Timestamp,
) -> Option<Event> {
    let is_cancelled = matches!(
        appointment.status,
        AppointmentStatus::Cancelled | AppointmentStatus::EnteredInError
    );
    let (how, location) = match appointment.mode {
        Some(Mode::Telephone) => (" by phone", "The GP surgery will phone you".to_owned()),
        Some(Mode::Video) => (" by video", "The GP surgery will send you a link".to_owned()),
        Some(Mode::InPerson) | None => ("", place.to_owned()),
    };
    Some(Event {
        uid: format!("{}@careloom", appointment.id),
        sequence,
        stamp: now,
        start: appointment.start?,
        end: appointment.end?,
        is_whole_days: false,
        summary: format!("GP surgery appointment{how}"),
        description: format!(
            "{practice}. To change or cancel it, use the app or contact the surgery."
        ),
        location,
        is_cancelled,
        recurrence: None,
    })
}

/// The calendar file of these events, `text/calendar; charset=utf-8`.
pub fn write(events: &[Event], method: Method) -> String {
    let mut out =
        String::from("BEGIN:VCALENDAR\r\nVERSION:2.0\r\nPRODID:-//Careloom//Booking//EN\r\n");
    out.push_str("CALSCALE:GREGORIAN\r\n");
    out.push_str(match method {
        Method::Publish => "METHOD:PUBLISH\r\n",
        Method::Cancel => "METHOD:CANCEL\r\n",
    });
    out.push_str(LONDON);
    for event in events {
        write_event(event, method, &mut out);
    }
    out.push_str("END:VCALENDAR\r\n");
    out
}

fn write_event(event: &Event, method: Method, out: &mut String) {
    let is_cancelled = event.is_cancelled || method == Method::Cancel;
    fold("BEGIN:VEVENT", out);
    fold(&format!("UID:{}", escape(&event.uid)), out);
    fold(&format!("SEQUENCE:{}", event.sequence), out);
    fold(&format!("DTSTAMP:{}", utc(event.stamp)), out);
    for (name, at) in [("DTSTART", event.start), ("DTEND", event.end)] {
        fold(&moment(name, at, event.is_whole_days), out);
    }
    if let Some(rule) = &event.recurrence {
        // It is no text: a break in it would be a new line of the file.
        let rule: String = rule.chars().filter(|letter| !letter.is_control()).collect();
        fold(&format!("RRULE:{rule}"), out);
    }
    for (name, words) in [
        ("SUMMARY", &event.summary),
        ("DESCRIPTION", &event.description),
        ("LOCATION", &event.location),
    ] {
        if !words.is_empty() {
            fold(&format!("{name}:{}", escape(words)), out);
        }
    }
    fold(if is_cancelled { "STATUS:CANCELLED" } else { "STATUS:CONFIRMED" }, out);
    fold("CLASS:PRIVATE", out);
    fold(if is_cancelled { "TRANSP:TRANSPARENT" } else { "TRANSP:OPAQUE" }, out);
    fold("END:VEVENT", out);
}

/// A time in London. The second of two equal wall times can only be said in UTC: RFC 5545 §3.3.5
/// takes a wall time that is twice as the first.
fn moment(name: &str, at: Timestamp, is_whole_days: bool) -> String {
    if is_whole_days {
        return format!("{name};VALUE=DATE:{}", zone::day(at).strftime("%Y%m%d"));
    }
    let wall = zone::wall(at);
    let is_second = matches!(zone::instant(wall), Some((first, WallTime::Twice)) if first != at);
    if is_second {
        format!("{name}:{}", utc(at))
    } else {
        format!("{name};TZID=Europe/London:{}", local(wall))
    }
}

/// Writes a line, broken so that no part has more than 75 octets and no letter is cut.
fn fold(line: &str, out: &mut String) {
    let mut room = LINE_OCTETS_MAX;
    for letter in line.chars() {
        if letter.len_utf8() > room {
            out.push_str("\r\n ");
            room = LINE_OCTETS_MAX - 1;
        }
        out.push(letter);
        room -= letter.len_utf8();
    }
    out.push_str("\r\n");
}
