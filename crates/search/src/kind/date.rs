//! Date: date, dateTime, instant, Period, Timing as ranges of time.
//! Spec: <https://hl7.org/fhir/R4/search.html#date>.

use fhir::{PartialDate, Value};

use super::{PREFIXES, Values, split_prefix};
use crate::entry::IndexValue;
use crate::expression::{DateRange, Prefix};
use crate::query::fault::Fault;

/// A date, dateTime or instant.
pub(crate) fn convert(value: Value<'_>, out: &mut Values<'_>) {
    if let Some(date) = value.as_str().and_then(PartialDate::parse) {
        out.push(IndexValue::Date { low: date.low, high: date.high });
    }
}

/// A Period; an absent end is open.
pub(crate) fn convert_period(value: Value<'_>, out: &mut Values<'_>) {
    if let Some((low, high)) = period_of(value) {
        push(low, high, out);
    }
}

/// A Timing: from its first moment to its last, of its events and its bounds.
pub(crate) fn convert_timing(value: Value<'_>, out: &mut Values<'_>) {
    let events = value.all("event").filter_map(|event| PartialDate::parse(event.as_str()?));
    let bounds = value.get("repeat").and_then(|repeat| period_of(repeat.get("boundsPeriod")?));
    let outer = events
        .map(|event| (event.low, event.high))
        .chain(bounds)
        .reduce(|(low, high), next| (low.min(next.0), high.max(next.1)));
    if let Some((low, high)) = outer {
        push(low, high, out);
    }
}

fn period_of(value: Value<'_>) -> Option<(i64, i64)> {
    let end = |name: &str| PartialDate::parse(value.text_of(name)?);
    let (start, end) = (end("start"), end("end"));
    if start.is_none() && end.is_none() {
        return None;
    }
    Some((start.map_or(i64::MIN, |date| date.low), end.map_or(i64::MAX, |date| date.high)))
}

/// A period that ends before it starts is still found within its two dates.
fn push(low: i64, high: i64, out: &mut Values<'_>) {
    out.push(IndexValue::Date { low: low.min(high), high: low.max(high) });
}

/// `[prefix]date`; `now`, in microseconds since 1970, is what `ap` measures its tolerance from.
pub(crate) fn parse(text: &str, now: i64) -> Result<DateRange, Fault> {
    let (prefix, date) = split_prefix(text);
    let Some(date) = PartialDate::parse(date) else {
        let hint = if date.contains(' ') { " (a + in a URL is written %2B)" } else { "" };
        return Err(Fault::new(
            text.len() - date.len(),
            format!(
                "is no date; write YYYY, YYYY-MM, YYYY-MM-DD or YYYY-MM-DDThh:mm:ss+zz:zz, with \
                 {PREFIXES} before it where needed{hint}"
            ),
        ));
    };
    let (mut low, mut high) = (date.low, date.high);
    if prefix == Prefix::Ap {
        // The spec suggests a tenth of the time between now and the date.
        let gap = (now.saturating_sub(low).saturating_abs() / 10).max(0);
        (low, high) = (low.saturating_sub(gap), high.saturating_add(gap));
    }
    Ok(DateRange { prefix, low, high })
}
