//! A [`Service`] to a HealthcareService and, where it has a place, a Location.

use fhir::Element;
use jiff::civil::{DateTime, Time, Weekday};
use jiff::tz::TimeZone;

use super::{AGE_DAYS, ALWAYS, BANK_HOLIDAY, CAPACITY, CONTACT, DATE, DOS_ID, KIND, SEX, SYMPTOM};
use crate::directory::opening::{Days, Opening, Session};
use crate::directory::service::Service;
use crate::resource::{array, coding, concept, dx_coding, object};
use crate::set::Sex;

/// Writes a service as a HealthcareService with the given ids, and its Location.
pub fn write(
    service: &Service,
    id: &str,
    location_id: &str,
    zone: &TimeZone,
) -> (Element, Option<Element>) {
    let mut made = object([
        ("resourceType", Element::string("HealthcareService")),
        ("id", Element::string(id)),
    ]);
    made.set("extension", array(extensions(service)));
    let identifier =
        object([("system", Element::string(DOS_ID)), ("value", Element::string(&*service.id))]);
    made.set("identifier", array([identifier]));
    made.set("active", Element::Bool(service.active));
    if !service.kind.is_empty() {
        made.set("type", array([concept([coding(KIND, &service.kind, None)], None)]));
    }
    if service.place.is_some() {
        let reference = Element::string(format!("Location/{location_id}"));
        made.set("location", array([object([("reference", reference)])]));
    }
    made.set("name", Element::string(&*service.name));
    if let Some(phone) = &service.phone {
        let point =
            object([("system", Element::string("phone")), ("value", Element::string(&**phone))]);
        made.set("telecom", array([point]));
    }
    let dispositions = service.dispositions.iter().map(|dx| concept([dx_coding(dx)], None));
    set_if_any(&mut made, "characteristic", dispositions.collect());
    hours(&mut made, &service.opening, zone);
    (made, location(service, location_id))
}

fn set_if_any(made: &mut Element, name: &str, items: Vec<Element>) {
    if !items.is_empty() {
        made.set(name, Element::Array(items));
    }
}

fn location(service: &Service, id: &str) -> Option<Element> {
    let place = service.place?;
    let degrees = |number: f64| Element::Number(format!("{number}").into());
    let position =
        object([("longitude", degrees(place.longitude)), ("latitude", degrees(place.latitude))]);
    let mut made =
        object([("resourceType", Element::string("Location")), ("id", Element::string(id))]);
    made.set("name", Element::string(&*service.name));
    if !service.address.is_empty() {
        let lines = service.address.split(", ").map(Element::string);
        made.set("address", object([("line", array(lines))]));
    }
    made.set("position", position);
    Some(made)
}

fn extension(url: &str, value: (&str, Element)) -> Element {
    object([("url", Element::string(url)), value])
}

fn extensions(service: &Service) -> Vec<Element> {
    let code = |word: &str| ("valueCode", Element::string(word));
    let mut all = Vec::new();
    for (group, discriminator) in &service.symptoms {
        let mut parts = vec![extension("group", code(group))];
        parts.extend(discriminator.iter().map(|sd| extension("discriminator", code(sd))));
        all.push(extension(SYMPTOM, ("extension", array(parts))));
    }
    if (service.age_days_min, service.age_days_max) != (0, u32::MAX) {
        let days = |number: u32| ("valueInteger", Element::Number(number.to_string().into()));
        let mut parts = vec![extension("from", days(service.age_days_min))];
        if service.age_days_max < u32::MAX {
            parts.push(extension("to", days(service.age_days_max)));
        }
        all.push(extension(AGE_DAYS, ("extension", array(parts))));
    }
    if service.sexes != Sex::ALL {
        all.extend(service.sexes.iter().map(|sex| extension(SEX, code(sex.word()))));
    }
    all.push(extension(CAPACITY, code(service.capacity.word())));
    all.extend(service.contacts.iter().map(|way| extension(CONTACT, code(way.word()))));
    let opening = &service.opening;
    if opening.always {
        all.push(extension(ALWAYS, ("valueBoolean", Element::Bool(true))));
    }
    match &opening.bank_holidays {
        Days::AsWeekday => all.push(extension(BANK_HOLIDAY, code("as-weekday"))),
        Days::Sessions(sessions) => all.extend(
            sessions
                .iter()
                .map(|session| extension(BANK_HOLIDAY, ("extension", array(times(*session))))),
        ),
    }
    for (date, sessions) in &opening.dates {
        let date = || extension("date", ("valueDate", Element::string(date.to_string())));
        if sessions.is_empty() {
            all.push(extension(DATE, ("extension", array([date()]))));
        }
        for session in sessions {
            let parts = [date()].into_iter().chain(times(*session));
            all.push(extension(DATE, ("extension", array(parts))));
        }
    }
    all
}

fn times(session: Session) -> Vec<Element> {
    [("opens", session.opens), ("closes", session.closes)]
        .into_iter()
        .map(|(url, time)| extension(url, ("valueTime", clock(time))))
        .collect()
}

/// A FHIR time, which has seconds always.
fn clock(time: Time) -> Element {
    Element::string(format!("{:02}:{:02}:{:02}", time.hour(), time.minute(), time.second()))
}

fn hours(made: &mut Element, opening: &Opening, zone: &TimeZone) {
    let midnight = Time::midnight();
    let available = opening.weekly.iter().map(|hours| {
        let days = hours.days.iter().map(|day| Element::string(weekday(*day)));
        let mut item = object([("daysOfWeek", array(days))]);
        if (hours.session.opens, hours.session.closes) == (midnight, midnight) {
            item.set("allDay", Element::Bool(true));
        } else {
            item.set("availableStartTime", clock(hours.session.opens));
            item.set("availableEndTime", clock(hours.session.closes));
        }
        item
    });
    set_if_any(made, "availableTime", available.collect());
    let closed = opening.closed.iter().map(|notice| {
        let mut during = Element::object();
        let ends = [("start", notice.from, false), ("end", notice.until, true)];
        for (name, at, is_end) in ends {
            if let Some(text) = date_time(at, is_end, zone) {
                during.set(name, Element::string(text));
            }
        }
        object([("description", Element::string(&*notice.reason)), ("during", during)])
    });
    set_if_any(made, "notAvailable", closed.collect());
}

/// Wall time as a FHIR date, where it is a border of days, or as a dateTime with its offset.
fn date_time(at: DateTime, is_end: bool, zone: &TimeZone) -> Option<String> {
    if at == DateTime::MIN || at == DateTime::MAX {
        return None;
    }
    if at.time() == Time::midnight() {
        let day = if is_end { at.date().yesterday().ok()? } else { at.date() };
        return Some(day.to_string());
    }
    let zoned = at.to_zoned(zone.clone()).ok()?;
    Some(zoned.strftime("%Y-%m-%dT%H:%M:%S%:z").to_string())
}

fn weekday(day: Weekday) -> &'static str {
    match day {
        Weekday::Monday => "mon",
        Weekday::Tuesday => "tue",
        Weekday::Wednesday => "wed",
        Weekday::Thursday => "thu",
        Weekday::Friday => "fri",
        Weekday::Saturday => "sat",
        Weekday::Sunday => "sun",
    }
}
