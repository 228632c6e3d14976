//! Special parameter `near`: places within a distance of a point.
//! Spec: <https://hl7.org/fhir/R4/location.html#search> (`lat|lon|distance|units`).

use fhir::Value;

use super::Values;
use super::decimal::point;
use crate::entry::IndexValue;
use crate::expression::Predicate;
use crate::query::escape::{split, unescape};
use crate::query::fault::{Fault, offset};

/// How far "near" is where the search does not say: 10 km.
const DISTANCE_DEFAULT_METRES: f64 = 10_000.0;
/// Half way around the earth.
const DISTANCE_MAX_METRES: f64 = 20_040_000.0;

/// Units with their metres, as people and UCUM write them.
const UNITS: [(&str, f64); 14] = [
    ("km", 1000.0),
    ("m", 1.0),
    ("mi", 1_609.344),
    ("mi_i", 1_609.344),
    ("[mi_i]", 1_609.344),
    ("mi_us", 1_609.347_218_694_437_4),
    ("[mi_us]", 1_609.347_218_694_437_4),
    ("ft", 0.3048),
    ("[ft_i]", 0.3048),
    ("[yd_i]", 0.9144),
    ("[nmi_i]", 1_852.0),
    ("cm", 0.01),
    ("mm", 0.001),
    ("dm", 0.1),
];

/// A Location.position.
pub(crate) fn convert(value: Value<'_>, out: &mut Values<'_>) {
    let number = |name: &str| value.get(name)?.as_number().and_then(point);
    if let (Some(latitude), Some(longitude)) = (number("latitude"), number("longitude"))
        && latitude.abs() <= 90.0
        && longitude.abs() <= 180.0
    {
        out.push(IndexValue::Position { latitude, longitude });
    }
}

/// `latitude|longitude[|distance[|units]]`; the text still holds its escapes.
pub(crate) fn parse(text: &str) -> Result<Predicate, Fault> {
    let parts = split(text, '|');
    let (latitude, longitude, rest) = match parts.as_slice() {
        [latitude, longitude, rest @ ..] if rest.len() <= 2 => (latitude, longitude, rest),
        _ => {
            return Err(
                "is no place; write latitude|longitude|distance|units, of which distance and \
                        units may be left out"
                    .into(),
            );
        }
    };
    let degrees = |part: &str, name: &str, limit: f64| {
        point(part).filter(|degrees| degrees.abs() <= limit).ok_or_else(|| {
            Fault::new(
                offset(text, part),
                format!("has a {name} that is no number of degrees from -{limit} to {limit}"),
            )
        })
    };
    let latitude = degrees(latitude, "latitude", 90.0)?;
    let longitude = degrees(longitude, "longitude", 180.0)?;
    let factor = match rest.get(1).filter(|unit| !unit.is_empty()) {
        None => 1000.0,
        Some(unit) => metres_of(&unescape(unit)).ok_or_else(|| {
            let message = "has a unit that is no length; write km, m, [mi_us], [mi_i] or another \
                           UCUM code of a length";
            Fault::new(offset(text, unit), message)
        })?,
    };
    let metres = match rest.first().filter(|distance| !distance.is_empty()) {
        None => DISTANCE_DEFAULT_METRES,
        Some(distance) => {
            let metres = point(distance).map(|distance| distance * factor);
            metres.filter(|metres| (0.0..=DISTANCE_MAX_METRES).contains(metres)).ok_or_else(
                || {
                    Fault::new(
                        offset(text, distance),
                        "has a distance that is no number from 0 to half way around the earth",
                    )
                },
            )?
        }
    };
    Ok(Predicate::Near { latitude, longitude, metres })
}

fn metres_of(unit: &str) -> Option<f64> {
    UNITS.iter().find(|(name, _)| *name == unit).map(|(_, metres)| *metres)
}
