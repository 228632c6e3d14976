//! HealthcareService and its Locations to a [`Service`]; what is wrong is said and left out.

use fhir::{Issue, IssueCode, Value};
use jiff::Timestamp;
use jiff::civil::{Date, DateTime, Time, Weekday};
use jiff::tz::TimeZone;

use super::{AGE_DAYS, ALWAYS, BANK_HOLIDAY, CAPACITY, CONTACT, DATE, DOS_ID, KIND, SEX, SYMPTOM};
use crate::directory::opening::{Closed, Days, Hours, Opening, Session};
use crate::directory::place::Point;
use crate::directory::service::{Capacity, Contact, Service};
use crate::directory::types::ServiceTypes;
use crate::resource::DX_SYSTEMS;
use crate::set::Sex;

/// Repetitions of an element that are read.
const ITEMS_MAX: usize = 400;

/// Reads a HealthcareService with the Locations that it may refer to.
///
/// What cannot be read is an issue and narrows the service: an unreadable session is not open, an
/// unreadable notice closes, an unreadable capacity is none. `None` where it is no HealthcareService.
pub fn read(
    service: Value<'_>,
    locations: &[Value<'_>],
    types: &ServiceTypes,
    zone: &TimeZone,
) -> (Option<Service>, Vec<Issue>) {
    let mut issues = Vec::new();
    if service.text_of("resourceType") != Some("HealthcareService") {
        let words = "expected a HealthcareService";
        issues.push(Issue::error(IssueCode::Structure, service.expression(), words));
        return (None, issues);
    }
    let identifier = service
        .all("identifier")
        .find(|id| id.text_of("system") == Some(DOS_ID))
        .and_then(|id| id.text_of("value"));
    let id = identifier.or(service.text_of("id")).unwrap_or_default();
    let mut made = Service::new(id, service.text_of("name").unwrap_or_default(), "");
    if made.id.is_empty() || made.name.is_empty() {
        let words = "expected an id (or an identifier of the directory) and a name";
        issues.push(Issue::error(IssueCode::Required, service.expression(), words));
    }
    made.active = service.get("active").and_then(Value::as_bool).unwrap_or(true);
    made.kind = kind(service, types, &mut issues);
    made.dispositions = service
        .all("characteristic")
        .take(ITEMS_MAX)
        .flat_map(|concept| concept.all("coding"))
        .filter(|coding| coding.text_of("system").is_some_and(|s| DX_SYSTEMS.contains(&s)))
        .filter_map(|coding| coding.text_of("code").map(str::to_owned))
        .collect();
    made.phone = service
        .all("telecom")
        .find(|point| point.text_of("system") == Some("phone"))
        .and_then(|point| point.text_of("value").map(str::to_owned));
    extensions(service, &mut made, &mut issues);
    made.opening = opening(service, zone, &mut issues);
    place(service, locations, &mut made, &mut issues);
    (Some(made), issues)
}

fn kind(service: Value<'_>, types: &ServiceTypes, issues: &mut Vec<Issue>) -> String {
    let codings = service.all("type").flat_map(|concept| concept.all("coding"));
    let known = codings.filter_map(|coding| {
        let code = coding.text_of("code")?;
        let is_ours = coding.text_of("system") == Some(KIND);
        if is_ours { types.get(code) } else { types.by_role(code) }
    });
    let kind = known.into_iter().next().map(|kind| kind.code.clone());
    if kind.is_none() {
        let words = "no type is in the table of kinds: the service is ranked last";
        issues.push(Issue::warning(IssueCode::CodeInvalid, service.expression(), words));
    }
    kind.unwrap_or_default()
}

fn of_url<'t>(element: Value<'t>, url: &'static str) -> impl Iterator<Item = Value<'t>> {
    element.all("extension").take(ITEMS_MAX).filter(move |e| e.text_of("url") == Some(url))
}

/// The text of a part of an extension, whatever type its value has.
fn part<'t>(extension: Value<'t>, url: &str) -> Option<&'t str> {
    let part = extension.all("extension").find(|part| part.text_of("url") == Some(url))?;
    value_of(part)
}

fn value_of(extension: Value<'_>) -> Option<&str> {
    extension.members().find(|member| member.name().starts_with("value"))?.as_text()
}

fn extensions(service: Value<'_>, made: &mut Service, issues: &mut Vec<Issue>) {
    for extension in of_url(service, SYMPTOM) {
        match part(extension, "group") {
            Some(group) => {
                let discriminator = part(extension, "discriminator").map(str::to_owned);
                made.symptoms.push((group.to_owned(), discriminator));
            }
            None => issues.push(unreadable(extension, "a symptom group")),
        }
    }
    for extension in of_url(service, AGE_DAYS) {
        let number = |url: &str| part(extension, url).map(str::parse::<u32>);
        match (number("from"), number("to")) {
            (from, to) if !matches!((&from, &to), (Some(Err(_)), _) | (_, Some(Err(_)))) => {
                made.age_days_min = from.and_then(Result::ok).unwrap_or(0);
                made.age_days_max = to.and_then(Result::ok).unwrap_or(u32::MAX);
            }
            _ => {
                // Nobody, rather than somebody whom it does not see.
                (made.age_days_min, made.age_days_max) = (1, 0);
                issues.push(unreadable(extension, "ages in days; the service sees nobody"));
            }
        }
    }
    let mut sexes = of_url(service, SEX).peekable();
    if sexes.peek().is_some() {
        let words: Vec<&str> = sexes.filter_map(value_of).collect();
        made.sexes = Sex::ALL.into_iter().filter(|sex| words.contains(&sex.word())).collect();
    }
    for extension in of_url(service, CAPACITY) {
        made.capacity = value_of(extension).and_then(Capacity::parse).unwrap_or_else(|| {
            issues.push(unreadable(extension, "high, low or none; taken as none"));
            Capacity::None
        });
    }
    for extension in of_url(service, CONTACT) {
        match value_of(extension).and_then(Contact::parse) {
            Some(contact) => made.contacts.push(contact),
            None => issues.push(unreadable(extension, "book, call-back, go-to or phone")),
        }
    }
}

fn unreadable(place: Value<'_>, expected: &str) -> Issue {
    Issue::warning(IssueCode::Value, place.expression(), format!("expected {expected}"))
}

fn opening(service: Value<'_>, zone: &TimeZone, issues: &mut Vec<Issue>) -> Opening {
    let is_always = of_url(service, ALWAYS).any(|extension| value_of(extension) == Some("true"));
    let mut opening = if is_always { Opening::always() } else { Opening::never() };
    for hours in service.all("availableTime").take(ITEMS_MAX) {
        let days: Vec<Weekday> =
            hours.all("daysOfWeek").filter_map(|day| weekday(day.as_str()?)).collect();
        let is_all_day = hours.get("allDay").and_then(Value::as_bool) == Some(true);
        let session = if is_all_day {
            Some(Session { opens: Time::midnight(), closes: Time::midnight() })
        } else {
            session(hours.text_of("availableStartTime"), hours.text_of("availableEndTime"))
        };
        match session {
            Some(session) if !days.is_empty() => opening.weekly.push(Hours { days, session }),
            _ => issues.push(unreadable(hours, "days and times; taken as not open")),
        }
    }
    for extension in of_url(service, BANK_HOLIDAY) {
        if value_of(extension) == Some("as-weekday") {
            opening.bank_holidays = Days::AsWeekday;
            continue;
        }
        match session(part(extension, "opens"), part(extension, "closes")) {
            Some(session) => match &mut opening.bank_holidays {
                Days::Sessions(sessions) => sessions.push(session),
                Days::AsWeekday => {}
            },
            None => issues.push(unreadable(extension, "opens and closes; taken as not open")),
        }
    }
    for extension in of_url(service, DATE) {
        let date = part(extension, "date").and_then(|text| text.parse::<Date>().ok());
        let times = (part(extension, "opens"), part(extension, "closes"));
        let session = session(times.0, times.1);
        match date {
            Some(date) => opening.dates.push((date, session.into_iter().collect())),
            None => issues.push(unreadable(extension, "a date")),
        }
        if session.is_none() && times != (None, None) {
            issues.push(unreadable(extension, "opens and closes; taken as closed on that date"));
        }
    }
    opening.closed = service
        .all("notAvailable")
        .take(ITEMS_MAX)
        .map(|notice| notice_of(notice, zone, issues))
        .collect();
    opening
}

/// A closed notice; without a readable start it began long ago, without an end it does not end.
fn notice_of(notice: Value<'_>, zone: &TimeZone, issues: &mut Vec<Issue>) -> Closed {
    let during = notice.get("during");
    let mut at = |name: &str, is_end: bool| -> Option<DateTime> {
        let text = during?.text_of(name)?;
        let read = wall_time(text, is_end, zone);
        if read.is_none() {
            issues.push(unreadable(notice, "dates or times in `during`; taken as closed"));
        }
        read
    };
    let from = at("start", false).unwrap_or(DateTime::MIN);
    let until = at("end", true).unwrap_or(DateTime::MAX);
    let reason = notice.text_of("description").unwrap_or_default().to_owned();
    Closed { from, until, reason }
}

/// A date or dateTime as wall time of the service: a date as an end means its whole day.
fn wall_time(text: &str, is_end: bool, zone: &TimeZone) -> Option<DateTime> {
    if let (10, Ok(date)) = (text.len(), text.parse::<Date>()) {
        let day = if is_end { date.tomorrow().ok()? } else { date };
        return Some(day.to_datetime(Time::midnight()));
    }
    match text.parse::<Timestamp>() {
        Ok(instant) => Some(zone.to_datetime(instant)),
        Err(_) => text.parse().ok(),
    }
}

fn session(opens: Option<&str>, closes: Option<&str>) -> Option<Session> {
    Some(Session { opens: opens?.parse().ok()?, closes: closes?.parse().ok()? })
}

fn weekday(code: &str) -> Option<Weekday> {
    Some(match code {
        "mon" => Weekday::Monday,
        "tue" => Weekday::Tuesday,
        "wed" => Weekday::Wednesday,
        "thu" => Weekday::Thursday,
        "fri" => Weekday::Friday,
        "sat" => Weekday::Saturday,
        "sun" => Weekday::Sunday,
        _ => return None,
    })
}

fn place(service: Value<'_>, locations: &[Value<'_>], made: &mut Service, issues: &mut Vec<Issue>) {
    for reference in service.all("location").filter_map(|location| location.text_of("reference")) {
        let id = reference.strip_prefix("Location/").unwrap_or(reference);
        let Some(location) = locations.iter().find(|location| location.text_of("id") == Some(id))
        else {
            let words = "the Location that it refers to was not given";
            issues.push(Issue::warning(IssueCode::NotFound, service.expression(), words));
            continue;
        };
        let number = |name: &str| location.get("position")?.text_of(name)?.parse::<f64>().ok();
        let point = number("latitude").zip(number("longitude")).and_then(|(n, e)| Point::of(n, e));
        if point.is_none() {
            let words = "expected a position with latitude and longitude";
            issues.push(Issue::warning(IssueCode::Value, location.expression(), words));
        }
        made.place = made.place.or(point);
        if let Some(address) = location.get("address") {
            let parts = ["line", "city", "postalCode"].into_iter();
            let texts = parts.flat_map(|name| address.all(name)).filter_map(Value::as_str);
            made.address = texts.collect::<Vec<_>>().join(", ");
        }
        return;
    }
}
