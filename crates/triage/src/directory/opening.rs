//! Opening hours in wall time: by weekday, on bank holidays, on named dates, with closed notices.
//!
//! A session that ends at or before it begins ends on the next day, and belongs to the day on which
//! it began: Sunday's 10pm to 6am runs into a bank holiday Monday. What stands for a named date goes
//! before bank holidays, and those before weekdays.
//!
//! Where clocks change, an hour that is there twice or not at all is doubtful; a doubtful hour does
//! not count as open. Nobody is sent to a closed door.

use std::collections::BTreeSet;

use jiff::civil::{Date, DateTime, Time, Weekday};
use jiff::tz::TimeZone;
use jiff::{Span as Duration, Timestamp};

/// From one wall time to another; at or before the first means on the next day.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Session {
    /// When it opens.
    pub opens: Time,
    /// When it closes.
    pub closes: Time,
}

/// Sessions of some weekdays.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Hours {
    /// The weekdays.
    pub days: Vec<Weekday>,
    /// The session.
    pub session: Session,
}

/// What holds on bank holidays.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Days {
    /// The hours of the weekday.
    AsWeekday,
    /// These sessions; none means closed.
    Sessions(Vec<Session>),
}

/// A time when the service is closed whatever its hours, such as for training.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Closed {
    /// From this wall time.
    pub from: DateTime,
    /// Until this wall time.
    pub until: DateTime,
    /// Why, for people.
    pub reason: String,
}

/// When a service is open.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Opening {
    /// Open at all times, but for closed notices.
    pub always: bool,
    /// By weekday.
    pub weekly: Vec<Hours>,
    /// On bank holidays.
    pub bank_holidays: Days,
    /// On named dates, instead of all else; without sessions, closed.
    pub dates: Vec<(Date, Vec<Session>)>,
    /// Closed notices.
    pub closed: Vec<Closed>,
}

/// A stretch of time, the end not within.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Span {
    /// First instant.
    pub start: Timestamp,
    /// First instant after it.
    pub end: Timestamp,
}

/// Days that are looked ahead at most.
const DAYS_MAX: i64 = 32;

impl Opening {
    /// Open day and night, every day.
    pub fn always() -> Opening {
        Opening { always: true, ..Opening::never() }
    }

    /// Never open: add hours. Closed on bank holidays until told otherwise.
    pub fn never() -> Opening {
        Opening {
            always: false,
            weekly: Vec::new(),
            bank_holidays: Days::Sessions(Vec::new()),
            dates: Vec::new(),
            closed: Vec::new(),
        }
    }

    /// When it is open between two instants: stretches in order that do not touch. At most 32 days
    /// are looked at.
    ///
    /// ```
    /// use jiff::civil::{Weekday, time};
    /// use triage::directory::{Hours, Opening, Session};
    /// let session = Session { opens: time(22, 0, 0, 0), closes: time(6, 0, 0, 0) };
    /// let mut opening = Opening::never();
    /// opening.weekly.push(Hours { days: vec![Weekday::Saturday], session });
    /// let london = jiff::tz::TimeZone::get("Europe/London").unwrap();
    /// // Sunday 22 November 2026, 1am: open since Saturday 10pm, until 6am.
    /// let now = "2026-11-22T01:00:00Z".parse().unwrap();
    /// let later = "2026-11-23T00:00:00Z".parse().unwrap();
    /// let open = opening.spans(now, later, &Default::default(), &london);
    /// assert_eq!(open.len(), 1);
    /// assert_eq!(open[0].end, "2026-11-22T06:00:00Z".parse().unwrap());
    /// ```
    pub fn spans(
        &self,
        from: Timestamp,
        until: Timestamp,
        bank_holidays: &BTreeSet<Date>,
        zone: &TimeZone,
    ) -> Vec<Span> {
        let furthest =
            from.checked_add(Duration::new().hours(24 * DAYS_MAX)).unwrap_or(Timestamp::MAX);
        let until = until.min(furthest);
        if until <= from {
            return Vec::new();
        }
        let mut open = if self.always {
            vec![Span { start: from, end: until }]
        } else {
            self.sessions_between(from, until, bank_holidays, zone)
        };
        open.sort_by_key(|span| (span.start, span.end));
        let mut joined: Vec<Span> = Vec::new();
        for span in open {
            match joined.last_mut() {
                Some(last) if span.start <= last.end => last.end = last.end.max(span.end),
                _ => joined.push(span),
            }
        }
        for notice in &self.closed {
            joined = without(&joined, notice_span(notice, zone));
        }
        joined
            .into_iter()
            .map(|span| Span { start: span.start.max(from), end: span.end.min(until) })
            .filter(|span| span.start < span.end)
            .collect()
    }

    /// The reason of the closed notice that holds at an instant.
    pub fn notice_at(&self, now: Timestamp, zone: &TimeZone) -> Option<&Closed> {
        self.closed.iter().find(|notice| {
            let span = notice_span(notice, zone);
            span.start <= now && now < span.end
        })
    }

    fn sessions_between(
        &self,
        from: Timestamp,
        until: Timestamp,
        bank_holidays: &BTreeSet<Date>,
        zone: &TimeZone,
    ) -> Vec<Span> {
        // The day before, whose night may still be open.
        let first = zone.to_datetime(from).date().yesterday().unwrap_or(Date::MIN);
        let last = zone.to_datetime(until).date();
        let days = first.series(Duration::new().days(1)).take_while(|day| *day <= last);
        days.flat_map(|day| {
            let sessions = self.sessions_of(day, bank_holidays);
            sessions.into_iter().filter_map(move |session| session_span(day, session, zone))
        })
        .collect()
    }

    /// The sessions that begin on a day.
    fn sessions_of(&self, day: Date, bank_holidays: &BTreeSet<Date>) -> Vec<Session> {
        let named: Vec<_> = self.dates.iter().filter(|(date, _)| *date == day).collect();
        if !named.is_empty() {
            return named.into_iter().flat_map(|(_, sessions)| sessions.clone()).collect();
        }
        if let (Days::Sessions(sessions), true) =
            (&self.bank_holidays, bank_holidays.contains(&day))
        {
            return sessions.clone();
        }
        let weekday = day.weekday();
        let today = self.weekly.iter().filter(|hours| hours.days.contains(&weekday));
        today.map(|hours| hours.session).collect()
    }
}

/// A session as instants, the doubtful hours of a clock change left out.
fn session_span(day: Date, session: Session, zone: &TimeZone) -> Option<Span> {
    let last_day = if session.closes <= session.opens { day.tomorrow().ok()? } else { day };
    let opens = zone.to_ambiguous_timestamp(day.to_datetime(session.opens));
    let closes = zone.to_ambiguous_timestamp(last_day.to_datetime(session.closes));
    let span = Span { start: opens.later().ok()?, end: closes.earlier().ok()? };
    (span.start < span.end).then_some(span)
}

/// A closed notice as instants, the doubtful hours within.
fn notice_span(notice: &Closed, zone: &TimeZone) -> Span {
    let start = zone.to_ambiguous_timestamp(notice.from).earlier().unwrap_or(Timestamp::MIN);
    let end = zone.to_ambiguous_timestamp(notice.until).later().unwrap_or(Timestamp::MAX);
    Span { start, end }
}

fn without(open: &[Span], closed: Span) -> Vec<Span> {
    let mut left = Vec::new();
    for span in open {
        if closed.end <= span.start || span.end <= closed.start || closed.end <= closed.start {
            left.push(*span);
            continue;
        }
        if span.start < closed.start {
            left.push(Span { start: span.start, end: closed.start });
        }
        if closed.end < span.end {
            left.push(Span { start: closed.end, end: span.end });
        }
    }
    left
}
