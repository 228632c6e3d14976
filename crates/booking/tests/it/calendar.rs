//! Calendar files: written by the letter of RFC 5545, read back, and refused by line.

use booking::calendar::*;
use booking::model::{Appointment, AppointmentStatus, Mode};
use booking::zone;
use jiff::Timestamp;
use proptest::prelude::*;

use crate::world::at;

fn appointment(start: Timestamp) -> Appointment {
    let mut appointment = Appointment::new("abc", AppointmentStatus::Booked);
    (appointment.start, appointment.end) = (Some(start), Some(zone::plus_minutes(start, 10)));
    appointment.description = Some("Contraception clinic".into());
    appointment.reason = Some("secret reason".into());
    appointment.mode = Some(Mode::InPerson);
    appointment
}

fn event(start: Timestamp) -> Event {
    event_of(
        &appointment(start),
        "Anfield Surgery",
        "1 High Street, Liverpool; ring\nbell",
        2,
        at("2026-05-31 09:00"),
    )
    .unwrap()
}

#[test]
fn an_appointment_as_a_file() {
    let file = write(&[event(at("2026-06-01 09:00"))], Method::Publish);
    let lines: Vec<&str> = file.split("\r\n").collect();
    for expect in [
        "METHOD:PUBLISH",
        "TZID:Europe/London",
        "UID:abc@careloom",
        "SEQUENCE:2",
        "DTSTAMP:20260531T080000Z",
        "DTSTART;TZID=Europe/London:20260601T090000",
        "DTEND;TZID=Europe/London:20260601T091000",
        "SUMMARY:GP surgery appointment",
        "LOCATION:1 High Street\\, Liverpool\\; ring\\nbell",
        "STATUS:CONFIRMED",
        "CLASS:PRIVATE",
    ] {
        assert!(lines.contains(&expect), "{expect} in {file}");
    }
    assert!(!file.contains("secret") && !file.contains("Contraception"), "{file}");
    assert!(file.ends_with("END:VCALENDAR\r\n"));
    assert!(lines.iter().all(|line| line.len() <= 75));
    let mut gone = appointment(at("2026-06-01 09:00"));
    gone.status = AppointmentStatus::Cancelled;
    gone.mode = Some(Mode::Telephone);
    let gone = event_of(&gone, "x", "y", 3, at("2026-05-31 09:00")).unwrap();
    let file = write(&[gone], Method::Cancel);
    for expect in [
        "METHOD:CANCEL",
        "STATUS:CANCELLED",
        "SEQUENCE:3",
        "UID:abc@careloom",
        "SUMMARY:GP surgery appointment by phone",
    ] {
        assert!(file.contains(expect), "{expect}");
    }
    assert_eq!(
        event_of(
            &Appointment::new("w", AppointmentStatus::Waitlist),
            "x",
            "y",
            0,
            at("2026-05-31 09:00")
        ),
        None
    );
}

#[test]
fn times_around_the_changes_of_clocks() {
    for (start, expect) in [
        ("2026-03-29T00:59:00Z", "DTSTART;TZID=Europe/London:20260329T005900"),
        ("2026-03-29T01:00:00Z", "DTSTART;TZID=Europe/London:20260329T020000"),
        ("2026-10-25T00:30:00Z", "DTSTART;TZID=Europe/London:20261025T013000"),
        // The second half past one cannot be said in wall time.
        ("2026-10-25T01:30:00Z", "DTSTART:20261025T013000Z"),
        ("2026-10-25T02:00:00Z", "DTSTART;TZID=Europe/London:20261025T020000"),
    ] {
        let start: Timestamp = start.parse().unwrap();
        let file = write(&[event(start)], Method::Publish);
        assert!(file.contains(&format!("{expect}\r\n")), "{expect}: {file}");
        assert_eq!(read(file.as_bytes()).unwrap().events[0].start, start);
    }
}

const GOOD: &str = "BEGIN:VCALENDAR\nVERSION:2.0\nPRODID:-//x//y\nMETHOD:PUBLISH\nBEGIN:VTIMEZONE\nTZID:X\nEND:VTIMEZONE\nBEGIN:VEVENT\nUID:1\nDTSTAMP:20260531T080000Z\nDTSTART:20260601T080000Z\nDTEND:20260601T083000Z\nSUMMARY:a\\, b\nBEGIN:VALARM\nTRIGGER:-PT15M\nDTSTART:rubbish\nEND:VALARM\nX-OWN;P=\"a:b;c\",d:value\nEND:VEVENT\nEND:VCALENDAR\n";

#[test]
fn what_others_send() {
    let calendar = read(GOOD.as_bytes()).unwrap();
    assert_eq!((calendar.method, calendar.events.len()), (Some(Method::Publish), 1));
    assert_eq!(calendar.events[0].summary, "a, b");
    let start = "DTSTART:20260601T080000Z\nDTEND:20260601T083000Z";
    for (lines, from, minutes, is_whole_days) in [
        ("DTSTART:20260601T090000\nDTEND:20260601T093000", "2026-06-01 09:00", 30, false),
        (
            "dtstart;tzid=Europe/London:20260601T090000\nDuration:PT1H30M",
            "2026-06-01 09:00",
            90,
            false,
        ),
        (
            "DTSTART;TZID=\"GMT Standard Time\":20260601T090000\nDURATION:P1W",
            "2026-06-01 09:00",
            10080,
            false,
        ),
        ("DTSTART;TZID=Europe/Paris:20260601T100000\nDURATION:PT5M", "2026-06-01 09:00", 5, false),
        ("DTSTART;VALUE=DATE:20260601", "2026-06-01 00:00", 1440, true),
        // The day of the change has 23 hours.
        ("DTSTART;VALUE=DATE:20260329\nDTEND;VALUE=DATE:20260330", "2026-03-29 00:00", 1380, true),
        ("DTSTART:20260601T080000Z", "2026-06-01 09:00", 0, false),
        ("DTSTA\n RT:20260601T08\n\t0000Z\nRRULE:FREQ=WEEKLY", "2026-06-01 09:00", 0, false),
    ] {
        let calendar =
            read(GOOD.replace(start, lines).as_bytes()).unwrap_or_else(|e| panic!("{lines}: {e}"));
        let event = &calendar.events[0];
        let length = zone::minutes_between(event.start, event.end);
        assert_eq!(
            (event.start, length, event.is_whole_days),
            (at(from), minutes, is_whole_days),
            "{lines}"
        );
    }
    assert!(read(GOOD.replace('\n', "\r\n").as_bytes()).is_ok());
    assert!(read(format!("\u{feff}{GOOD}\n\n").as_bytes()).is_ok());
}

/// (what is changed, line that is named, a word of the reason).
#[test]
fn malformed_files_are_refused_with_their_line() {
    for (from, to, line, word) in [
        ("BEGIN:VCALENDAR\n", "", 1, "BEGIN:VCALENDAR"),
        ("BEGIN:VCALENDAR\n", " BEGIN:VCALENDAR\n", 1, "folded"),
        ("VERSION:2.0\n", "", 1, "VERSION"),
        ("VERSION:2.0", "VERSION:1.0", 2, "2.0"),
        ("VERSION:2.0", "VERSION 2.0", 2, "colon"),
        ("PRODID:-//x//y\n", "", 1, "PRODID"),
        ("PRODID:-//x//y", "PRODID:x\nPRODID:y", 4, "twice"),
        ("METHOD:PUBLISH", "CALSCALE:JULIAN", 4, "Gregorian"),
        ("TZID:X\nEND:VTIMEZONE", "TZID:X\nEND:VEVENT", 7, "END"),
        ("BEGIN:VTIMEZONE", "BEGIN:VCALENDAR", 5, "VCALENDAR"),
        ("UID:1\n", "", 8, "UID"),
        ("UID:1", "UID:", 9, "empty"),
        ("UID:1", "UID:1\nUID:2", 10, "twice"),
        ("UID:1", "UID:a\\xb", 9, "backslash"),
        ("UID:1", "UID:a\\", 9, "backslash"),
        ("UID:1", ":1", 9, "name"),
        ("UID:1", "UID;X:1", 9, "equals"),
        ("UID:1", "UID;=a:1", 9, "name"),
        ("UID:1", "UID;X=\"a:1", 9, "does not end"),
        ("UID:1", "UID;X=a\"b:1", 9, "does not end"),
        ("UID:1", "UID:\u{1}", 9, "control"),
        ("DTSTAMP:20260531T080000Z\n", "", 8, "DTSTAMP"),
        ("DTSTAMP:20260531T080000Z", "DTSTAMP:20260531T080000", 10, "UTC"),
        ("DTSTART:20260601T080000Z", "DTSTART:20260631T080000Z", 11, "expected a time"),
        ("DTSTART:20260601T080000Z", "DTSTART:20260601T240000Z", 11, "expected a time"),
        ("DTSTART:20260601T080000Z", "DTSTART:20260601", 11, "expected a time"),
        ("DTSTART:20260601T080000Z", "DTSTART:2026-06-01T08:00:00Z", 11, "expected a time"),
        ("DTSTART:20260601T080000Z", "DTSTART:+0260601T080000Z", 11, "expected a time"),
        ("DTSTART:20260601T080000Z", "DTSTART;VALUE=DATE:2026061", 11, "expected a date"),
        ("DTSTART:20260601T080000Z", "DTSTART;VALUE=PERIOD:x", 11, "VALUE"),
        ("DTSTART:20260601T080000Z", "DTSTART;TZID=Mars/Olympus:20260601T080000", 11, "time zone"),
        ("DTSTART:20260601T080000Z", "DTSTART;TZID=Europe/London:20260601T080000Z", 11, "TZID"),
        ("DTSTART:20260601T080000Z\n", "", 8, "DTSTART"),
        ("DTEND:20260601T083000Z", "DTEND:20260601T080000Z", 12, "after"),
        ("DTEND:20260601T083000Z", "DTEND;VALUE=DATE:20260602", 12, "reverse"),
        ("DTEND:20260601T083000Z", "DTEND:20260601T083000Z\nDURATION:PT1M", 13, "DURATION"),
        ("DTEND:20260601T083000Z", "DURATION:1H", 12, "duration"),
        ("DTEND:20260601T083000Z", "DURATION:P", 12, "duration"),
        ("DTEND:20260601T083000Z", "DURATION:PT", 12, "duration"),
        ("DTEND:20260601T083000Z", "DURATION:PT1M1H", 12, "duration"),
        ("DTEND:20260601T083000Z", "DURATION:-PT1H", 12, "duration"),
        ("DTEND:20260601T083000Z", "DURATION:P1H", 12, "duration"),
        ("DTEND:20260601T083000Z", "DURATION:PT99999999999999999999S", 12, "duration"),
        ("DTEND:20260601T083000Z", "SEQUENCE:-1", 12, "SEQUENCE"),
        ("DTEND:20260601T083000Z", "BEGIN:VEVENT\nEND:VEVENT", 12, "directly"),
        ("END:VEVENT\n", "", 19, "END"),
        ("END:VCALENDAR\n", "", 19, "missing"),
        ("END:VCALENDAR\n", "END:VCALENDAR\nBEGIN:VCALENDAR\n", 21, "after"),
    ] {
        assert!(GOOD.contains(from), "{from}");
        let error = read(GOOD.replacen(from, to, 1).as_bytes()).expect_err(to);
        assert!(error.line == line && error.words.contains(word), "{from} → {to}: {error}");
    }
    assert_eq!(read(b"").unwrap_err().line, 1);
    assert_eq!(read(b"BEGIN:VCALENDAR\n\xff").unwrap_err().line, 2);
    assert!(read(&vec![b'a'; (1 << 20) + 1]).is_err());
    let deep = format!("BEGIN:VCALENDAR\n{}", "BEGIN:X\n".repeat(9));
    assert!(read(deep.as_bytes()).unwrap_err().words.contains("deep"));
}

proptest! {
    /// What is written is read back, whatever stands in it, in lines of at most 75 octets.
    #[test]
    fn written_and_read_back(
        uid in "[^\\p{Cc}]{1,40}",
        summary in "[^\\p{Cc}]{0,120}",
        description in "([^\\p{Cc}]|\n){0,120}",
        start in 0_i64..4_000_000_000,
        minutes in 1_i64..100_000,
        sequence in any::<u32>(),
        is_cancelled in any::<bool>(),
    ) {
        let start = Timestamp::from_second(start).unwrap();
        let event = Event {
            uid, sequence, summary, description, is_cancelled, start,
            stamp: start,
            end: zone::plus_minutes(start, minutes),
            ..Event::default()
        };
        let file = write(std::slice::from_ref(&event), Method::Publish);
        prop_assert!(file.split("\r\n").all(|line| line.len() <= 75));
        prop_assert_eq!(read(file.as_bytes()).unwrap().events, vec![event]);
    }

    /// Whatever comes is a calendar or an error at a line of the file.
    #[test]
    fn reading_never_panics(
        pieces in proptest::collection::vec(prop_oneof![
            Just("BEGIN:VCALENDAR\n"), Just("END:VCALENDAR\n"), Just("BEGIN:VEVENT\n"),
            Just("END:VEVENT\n"), Just("VERSION:2.0\n"), Just("PRODID:x\n"), Just("UID:1\n"),
            Just("DTSTAMP:20260531T080000Z\n"), Just("DTSTART"), Just(";TZID="), Just(";VALUE=DATE"),
            Just("Europe/London"), Just(":20260601T080000"), Just(":99991231T235959"), Just("\n"),
            Just("DURATION:P999999W\n"), Just("\n "), Just("\""), Just("é"), Just("Z\n"), Just("\\"),
        ], 0..30),
    ) {
        let text = pieces.concat();
        if let Err(error) = read(text.as_bytes()) {
            prop_assert!(error.line >= 1 && error.line <= text.split('\n').count());
        }
    }
}
