//! Conditions on ordered values: a row's range compared with the range of a search.
//! Spec: <https://hl7.org/fhir/R4/search.html#prefix>.

use search::{DateRange, NumberRange, Prefix};

use super::spread::WIDE;
use super::text::{Bind, Writer};

/// Columns of a row's range.
pub(super) struct Ends {
    pub(super) low: String,
    pub(super) high: String,
}

pub(super) fn date(writer: &mut Writer<'_>, ends: &Ends, range: DateRange) {
    let (low, high) = (Bind::Integer(range.low), Bind::Integer(range.high));
    self::range(writer, ends, range.prefix, &low, &high);
}

/// The digits of a number imply a range for `eq`, `ne` and `ap` only; else it is exact.
pub(super) fn number(writer: &mut Writer<'_>, ends: &Ends, range: &NumberRange) {
    let (low, high) = match range.prefix {
        Prefix::Eq | Prefix::Ne | Prefix::Ap => (range.low, range.high),
        _ => (range.value, range.value),
    };
    self::range(writer, ends, range.prefix, &Bind::Real(low), &Bind::Real(high));
}

/// Writes what follows for the low end of a time that lasts a day at the most, with `AND` behind it.
pub(super) fn narrow_date(writer: &mut Writer<'_>, ends: &Ends, range: DateRange) {
    let least = match range.prefix {
        Prefix::Gt => range.high,
        Prefix::Ge => range.high.min(range.low),
        Prefix::Ap => range.low,
        _ => return,
    };
    least_low(writer, ends, Bind::Integer(least.saturating_sub(WIDE)));
}

/// Writes what follows for the low end of a point, with `AND` behind it.
pub(super) fn narrow_number(writer: &mut Writer<'_>, ends: &Ends, range: &NumberRange) {
    let least = match range.prefix {
        Prefix::Gt | Prefix::Ge => range.value,
        Prefix::Ap => range.low,
        _ => return,
    };
    least_low(writer, ends, Bind::Real(least));
}

fn least_low(writer: &mut Writer<'_>, ends: &Ends, least: Bind) {
    writer.text(&format!("{} >= ", ends.low));
    writer.bind(least);
    writer.text(" AND ");
}

/// A row's low end is never above its high end; some conditions say so again, so that the index by
/// the low end serves them.
fn range(writer: &mut Writer<'_>, ends: &Ends, prefix: Prefix, low: &Bind, high: &Bind) {
    let parts: &[(&str, &Bind)] = match prefix {
        Prefix::Eq => &[("$l >= ", low), (" AND $l <= ", high), (" AND $h <= ", high)],
        Prefix::Ne => &[("($l < ", low), (" OR $h > ", high)],
        Prefix::Gt => &[("$h > ", high)],
        Prefix::Lt => &[("$l < ", low)],
        Prefix::Ge => &[("($h > ", high), (" OR $l >= ", low)],
        Prefix::Le => &[("$l <= ", high), (" AND ($l < ", low), (" OR $h <= ", high)],
        Prefix::Sa => &[("$l > ", high)],
        Prefix::Eb => &[("$l < ", low), (" AND $h < ", low)],
        Prefix::Ap => &[("$l <= ", high), (" AND $h >= ", low)],
    };
    for (part, value) in parts {
        writer.text(&part.replace("$l", &ends.low).replace("$h", &ends.high));
        writer.bind((*value).clone());
    }
    if matches!(prefix, Prefix::Ne | Prefix::Ge | Prefix::Le) {
        writer.text(")");
    }
}
