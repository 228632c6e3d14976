//! Date: date, dateTime, instant, Period and Timing as ranges of time.
//! Spec: <https://hl7.org/fhir/R4/search.html#date>.
//!
//! Of a Timing only the outer limits count, those of its events and of its bounds together.

use fhir::Value;

use crate::span::{End, Span};
use crate::time::span;

/// The time of an element; nothing where it names none.
pub(crate) fn read(value: Value<'_>, type_name: &str) -> Option<Span<i64>> {
    match type_name {
        "Period" => period(value),
        "Timing" => {
            let events = value.all("event").filter_map(Value::as_str).filter_map(span);
            let repeat = value.get("repeat");
            let bounds = repeat.and_then(|repeat| repeat.get("boundsPeriod")).and_then(period);
            events.chain(bounds).reduce(around)
        }
        _ => value.as_str().and_then(span),
    }
}

fn period(value: Value<'_>) -> Option<Span<i64>> {
    let end = |name| value.get(name).and_then(Value::as_str).and_then(span);
    let (start, finish) = (end("start"), end("end"));
    if start.is_none() && finish.is_none() {
        return None;
    }
    let low = start.map_or(End::never(), |start| start.low);
    let high = finish.map_or(End::never(), |finish| finish.high);
    Some(Span { low, high })
}

/// The least range that holds both.
fn around(a: Span<i64>, b: Span<i64>) -> Span<i64> {
    let outer = |x: Option<i64>, y: Option<i64>, pick: fn(i64, i64) -> i64| match (x, y) {
        (Some(x), Some(y)) => End::closed(pick(x, y)),
        _ => End::never(),
    };
    Span { low: outer(a.low.at, b.low.at, i64::min), high: outer(a.high.at, b.high.at, i64::max) }
}
