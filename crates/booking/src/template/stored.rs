//! Templates and closures as they stand on a HealthcareService.
//!
//! A template is an extension of its service, so that it is versioned and exported with it;
//! closures are FHIR's own `notAvailable`.

use fhir::{Element, Issue, Value};
use jiff::civil::{Date, Time};

use super::{Closure, ReserveShare, Template};
use crate::model::element::{
    Concept, complex, doubt, extension, number, part, part_number, parts, reference, reference_of,
    simple, text, value_of,
};
use crate::model::{Audience, GpConnectAccess, Mode, ReservedFor, Sex, urls};
use crate::release::ReleaseRule;
use crate::waiting::{day_code, day_of_code};
use crate::zone;

impl Template {
    /// The templates of a HealthcareService; one that cannot be read is an issue and left out.
    pub fn read_all(service: Value<'_>) -> (Vec<Template>, Vec<Issue>) {
        let mut issues = Vec::new();
        let mut templates = Vec::new();
        let id = service.text_of("id").unwrap_or("");
        for found in service.all("extension") {
            if found.text_of("url") != Some(urls::TEMPLATE) {
                continue;
            }
            match read(found, &format!("HealthcareService/{id}"), &mut issues) {
                Some(template) => templates.push(template),
                None => issues.push(doubt(
                    found,
                    "a template needs key, day, start, validFrom, slotMinutes and count; left out",
                )),
            }
        }
        (templates, issues)
    }

    /// Puts the templates on a HealthcareService in place of those that it has.
    pub fn write_all(templates: &[Template], service: &mut Element) {
        let mut all = match service.remove("extension") {
            Some(Element::Array(items)) => items,
            _ => Vec::new(),
        };
        all.retain(|item| item.get("url").and_then(Element::as_str) != Some(urls::TEMPLATE));
        all.extend(templates.iter().map(write));
        if !all.is_empty() {
            service.set("extension", Element::Array(all));
        }
    }
}

impl Closure {
    /// The closures of a HealthcareService: its `notAvailable`, whole days where only dates stand.
    pub fn read_all(service: Value<'_>) -> (Vec<Closure>, Vec<Issue>) {
        let mut issues = Vec::new();
        let mut closures = Vec::new();
        for closed in service.all("notAvailable") {
            let edge = |name: &str, after: bool| {
                let text = closed.get("during")?.text_of(name)?;
                match zone::read_date(text) {
                    Some(date) if after => zone::day_start(date.tomorrow().ok()?),
                    Some(date) => zone::day_start(date),
                    None => zone::read_instant(text),
                }
            };
            match (edge("start", false), edge("end", true)) {
                (Some(start), Some(end)) if start < end => closures.push(Closure {
                    start,
                    end,
                    reason: closed.text_of("description").unwrap_or("closed").to_owned(),
                }),
                _ => {
                    issues.push(doubt(closed, "a closure needs a start and a later end; left out"));
                }
            }
        }
        (closures, issues)
    }
}

fn read(of: Value<'_>, service: &str, issues: &mut Vec<Issue>) -> Option<Template> {
    let time = |of: Value<'_>, name: &str| part(of, name)?.parse::<Time>().ok();
    let date = |name: &str| part(of, name).and_then(zone::read_date);
    let link = |name: &str| value_of(extension(of, name)?).and_then(reference_of);
    let key = part(of, "key")?;
    let base = Template::new(key, service, time(of, "start")?, date("validFrom")?);
    let days: Vec<_> = parts(of, "day").iter().filter_map(|code| day_of_code(code)).collect();
    if days.is_empty() {
        return None;
    }
    let audience = extension(of, "audience");
    let access = extension(of, "gpConnect");
    Some(Template {
        name: part(of, "name").unwrap_or(key).to_owned(),
        practitioner: link("practitioner"),
        location: link("location"),
        role: extension(of, "role").and_then(value_of).map(Concept::read),
        mode: part(of, "mode").and_then(Mode::parse).unwrap_or(Mode::InPerson),
        days,
        slot_minutes: part_number(of, "slotMinutes", issues)?,
        gap_minutes: part_number(of, "gapMinutes", issues).unwrap_or(0),
        count: part_number(of, "count", issues)?,
        valid_to: date("validTo"),
        every_weeks: part_number(of, "everyWeeks", issues).unwrap_or(1),
        on_bank_holidays: part(of, "onBankHolidays") == Some("true"),
        release: extension(of, "release").and_then(|release| {
            Some(ReleaseRule {
                days_before: part_number(release, "daysBefore", issues)?,
                at: time(release, "at")?,
                moments: part_number(release, "moments", issues).unwrap_or(1),
                every_minutes: part_number(release, "everyMinutes", issues).unwrap_or(30),
                over_days: part_number(release, "overDays", issues).unwrap_or(1),
            })
        }),
        reserves: read_reserves(of, issues),
        audience: audience.map_or_else(Audience::default, |audience| Audience {
            age_min: part_number(audience, "ageMin", issues),
            age_max: part_number(audience, "ageMax", issues),
            sex: part(audience, "sex").and_then(Sex::parse),
        }),
        gp_connect: access.map_or_else(GpConnectAccess::default, |access| GpConnectAccess {
            bookable: part(access, "bookable") == Some("true"),
            organisation_types: parts(access, "organisationType"),
            ods_codes: parts(access, "odsCode"),
        }),
        ..base
    })
}

fn read_reserves(of: Value<'_>, issues: &mut Vec<Issue>) -> Vec<ReserveShare> {
    let mut shares = Vec::new();
    for found in of.all("extension").filter(|part| part.text_of("url") == Some("reserve")) {
        let kept_for = part(found, "for").and_then(ReservedFor::parse);
        match (kept_for, part_number(found, "slots", issues)) {
            (Some(kept_for), Some(slots)) => shares.push(ReserveShare {
                kept_for,
                slots,
                opens_minutes_before: part_number(found, "opensMinutesBefore", issues),
            }),
            _ => issues.push(doubt(found, "a reserve needs for and slots; left out")),
        }
    }
    shares
}

fn write(template: &Template) -> Element {
    let words = |name: &str, value: &str| simple(name, "valueString", text(value));
    let code = |name: &str, value: &str| simple(name, "valueCode", text(value));
    let count = |name: &str, value: i64| simple(name, "valueUnsignedInt", number(value));
    let link = |name: &str, to: &str| simple(name, "valueReference", reference(to));
    let day = |name: &str, date: Date| simple(name, "valueDate", text(date.to_string()));
    let time = |name: &str, time: Time| {
        simple(name, "valueTime", text(time.strftime("%H:%M:%S").to_string()))
    };
    let mut all = vec![words("key", &template.key), words("name", &template.name)];
    all.extend(template.practitioner.as_deref().map(|to| link("practitioner", to)));
    all.extend(template.location.as_deref().map(|to| link("location", to)));
    let role = template.role.as_ref();
    all.extend(role.map(|role| simple("role", "valueCodeableConcept", role.to_element())));
    all.push(code("mode", template.mode.as_str()));
    all.extend(template.days.iter().map(|day| code("day", day_code(*day))));
    all.push(time("start", template.start));
    all.push(count("slotMinutes", template.slot_minutes.into()));
    all.push(count("gapMinutes", template.gap_minutes.into()));
    all.push(count("count", template.count.into()));
    all.push(day("validFrom", template.valid_from));
    all.extend(template.valid_to.map(|date| day("validTo", date)));
    all.push(count("everyWeeks", template.every_weeks.into()));
    all.push(simple("onBankHolidays", "valueBoolean", Element::Bool(template.on_bank_holidays)));
    all.extend(template.release.map(|release| {
        let of = vec![
            count("daysBefore", release.days_before.into()),
            time("at", release.at),
            count("moments", release.moments.into()),
            count("everyMinutes", release.every_minutes.into()),
            count("overDays", release.over_days.into()),
        ];
        complex("release", of)
    }));
    for share in &template.reserves {
        let mut of = vec![code("for", share.kept_for.as_str()), count("slots", share.slots.into())];
        let opens = share.opens_minutes_before;
        of.extend(opens.map(|minutes| count("opensMinutesBefore", minutes.into())));
        all.push(complex("reserve", of));
    }
    let audience = template.audience;
    if audience != Audience::default() {
        let mut of = Vec::new();
        of.extend(audience.age_min.map(|age| count("ageMin", age.into())));
        of.extend(audience.age_max.map(|age| count("ageMax", age.into())));
        of.extend(audience.sex.map(|sex| code("sex", sex.as_str())));
        all.push(complex("audience", of));
    }
    if template.gp_connect != GpConnectAccess::default() {
        let access = &template.gp_connect;
        let mut of = vec![simple("bookable", "valueBoolean", Element::Bool(access.bookable))];
        of.extend(access.organisation_types.iter().map(|c| code("organisationType", c)));
        of.extend(access.ods_codes.iter().map(|c| words("odsCode", c)));
        all.push(complex("gpConnect", of));
    }
    complex(urls::TEMPLATE, all)
}
