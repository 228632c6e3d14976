//! Slot search: the parameters, and which slots a consumer is given.

use fhir::{PartialDate, Precision};
use jiff::Timestamp;

use super::WINDOW_DAYS_MAX;
use super::error::{SpineError, bad_request, invalid_parameter};
use crate::model::urls;
use crate::visibility::{Asker, Consumer, Opening, decide};
use crate::zone;

/// A slot search that was understood.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SlotSearch {
    /// Slots begin at this moment or later.
    pub start: Timestamp,
    /// Slots end at this moment or before.
    pub end: Timestamp,
    /// Organisation type and ODS code that were sent.
    pub consumer: Consumer,
    /// Practitioners are asked for.
    pub includes_practitioners: bool,
    /// Locations are asked for.
    pub includes_locations: bool,
    /// The Locations' organisations are asked for.
    pub includes_organisations: bool,
}

/// Reads the parameters of `GET /Slot`, names and values decoded.
///
/// Unknown search filters and unknown parameters are passed over, as the specification says.
pub fn slot_search(parameters: &[(String, String)]) -> Result<SlotSearch, SpineError> {
    let start = bound(parameters, "start", "ge")?;
    let end = bound(parameters, "end", "le")?;
    // A date as the end takes in its whole day, and counts in the window as a date.
    let (start, end_named, end) = (start.0, end.0, end.1);
    if end <= start {
        return invalid_parameter("end: must come after start");
    }
    // The window is 14 days on the calendar: a change of clocks makes no day too many.
    let latest = zone::wall(start).checked_add(jiff::Span::new().days(WINDOW_DAYS_MAX));
    if latest.is_ok_and(|latest| zone::wall(end_named) > latest) {
        return invalid_parameter("end: the window is longer than 14 days");
    }
    let values = |name: &'static str| {
        parameters.iter().filter(move |(key, _)| key == name).map(|(_, value)| value.as_str())
    };
    match values("status").collect::<Vec<_>>().as_slice() {
        ["free"] => {}
        [] => return invalid_parameter("status: missing; expected status=free"),
        _ => return invalid_parameter("status: expected status=free, once"),
    }
    if !values("_include").any(|include| include == "Slot:schedule") {
        return invalid_parameter("_include: missing; expected _include=Slot:schedule");
    }
    // STU3 says `_include:recurse`, R4 `_include:iterate`.
    let includes = |what: &str| {
        ["_include", "_include:recurse", "_include:iterate"]
            .iter()
            .any(|name| parameters.iter().any(|(key, value)| key == name && value == what))
    };
    Ok(SlotSearch {
        start,
        end,
        consumer: consumer(values("searchFilter")),
        includes_practitioners: includes("Schedule:actor:Practitioner"),
        includes_locations: includes("Schedule:actor:Location"),
        includes_organisations: includes("Location:managingOrganization"),
    })
}

/// One parameter with one prefix: its first and its last moment.
fn bound(
    parameters: &[(String, String)],
    name: &str,
    prefix: &str,
) -> Result<(Timestamp, Timestamp), SpineError> {
    let mut values = parameters.iter().filter(|(key, _)| key == name).map(|(_, value)| value);
    let Some(value) = values.next() else {
        return bad_request(format!("{name}: missing; expected {name}={prefix} and a date"));
    };
    if values.next().is_some() {
        return bad_request(format!("{name}: given more than once; expected {prefix} once"));
    }
    let Some(text) = value.strip_prefix(prefix) else {
        return bad_request(format!("{name}: expected the prefix {prefix}"));
    };
    match moments(text) {
        Some(moments) => Ok(moments),
        None => invalid_parameter(format!(
            "{name}: expected a date (2026-06-01) or a time with an offset (2026-06-01T09:00:00+01:00)"
        )),
    }
}

/// The first moment of a date or time, and the first after it where it is a date.
fn moments(text: &str) -> Option<(Timestamp, Timestamp)> {
    // A plus that was not encoded arrives as a blank.
    let text = text.replace(' ', "+");
    let date = PartialDate::parse(&text)?;
    if date.precision == Precision::Day {
        let day = zone::read_date(&text)?;
        return Some((zone::day_start(day)?, zone::day_start(day.tomorrow().ok()?)?));
    }
    let at = zone::read_instant(&text)?;
    Some((at, at))
}

fn consumer<'a>(filters: impl Iterator<Item = &'a str>) -> Consumer {
    let mut consumer = Consumer::default();
    for (system, code) in filters.filter_map(|filter| filter.split_once('|')) {
        let place = match system {
            urls::GPC_ORGANISATION_TYPE => &mut consumer.organisation_type,
            urls::ODS => &mut consumer.ods_code,
            _ => continue,
        };
        if place.is_none() && !code.is_empty() {
            *place = Some(code.to_owned());
        }
    }
    consumer
}

impl SlotSearch {
    /// The openings that the consumer is given, in the order of time. `bookings` of the consumer
    /// (for caps) are the caller's to fill in before.
    pub fn select<'a, 'o>(
        &self,
        openings: &'o [Opening<'a>],
        now: Timestamp,
    ) -> Vec<&'o Opening<'a>> {
        let asker = Asker::GpConnect(self.consumer.clone());
        let mut found: Vec<&Opening<'_>> = openings
            .iter()
            // Wholly inside: one that straddles the end is left out.
            .filter(|opening| opening.slot.start >= self.start && opening.slot.end <= self.end)
            .filter(|opening| decide(opening, &asker, now).is_bookable())
            .collect();
        found.sort_by(|a, b| (a.slot.start, &a.slot.id).cmp(&(b.slot.start, &b.slot.id)));
        found
    }
}
