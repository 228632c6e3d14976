//! Observation → one value of one test, with what a chart and a table need of it.

use fhir::Value;

use super::words::{Context, number_of, said, unit_of};
use super::{Code, Said};

/// One value of one test.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Measurement {
    /// Values of one test share it: the code with its system, or the name.
    pub series: String,
    /// The value in words without its unit; `None` where there is none.
    pub value: Option<Said>,
    /// The value as a number, where it is one and exact.
    pub number: Option<f64>,
    /// The unit; empty where there is none.
    pub unit: String,
    /// The interpretation's code: `H`, `LL`.
    pub interpretation: Option<String>,
    /// The reference range.
    pub range: Option<Range>,
}

/// The range within which most healthy people's results lie.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Range {
    /// Lower end.
    pub low: Option<f64>,
    /// Upper end.
    pub high: Option<f64>,
    /// In words, without the unit.
    pub text: String,
}

/// Reads an Observation; `name` is what it is called.
pub(super) fn read(
    context: &Context,
    root: Value<'_>,
    name: &str,
    code: Option<&Code>,
) -> Measurement {
    let series = match code {
        Some(code) => format!("{}|{}", code.system, code.code),
        None => name.to_lowercase(),
    };
    let (value, number, unit) =
        value_of(context, root, "").or_else(|| components(context, root)).unwrap_or_default();
    let interpretation = root.at("interpretation[0].coding[0].code").and_then(Value::as_text);
    Measurement {
        series,
        value,
        number,
        unit,
        interpretation: interpretation.map(str::to_owned),
        range: root.all("referenceRange").next().map(range),
    }
}

type Read = (Option<Said>, Option<f64>, String);

fn value_of(context: &Context, root: Value<'_>, inside: &str) -> Option<Read> {
    let place = |name: &str| format!("{inside}{name}");
    if let Some(quantity) = root.get("valueQuantity") {
        let text = number_of(quantity)?;
        let exact = quantity.get("comparator").is_none();
        let number = quantity.text_of("value").filter(|_| exact).and_then(|v| v.parse().ok());
        return Some((Some(said(text, place("valueQuantity.value"))), number, unit_of(quantity)));
    }
    if let Some(concept) = root.get("valueCodeableConcept") {
        let words = context.concept(concept, &place("valueCodeableConcept"))?;
        return Some((Some(words), None, String::new()));
    }
    for name in ["valueString", "valueBoolean", "valueDateTime", "valueTime"] {
        if let Some(text) = root.text_of(name) {
            return Some((Some(said(text, place(name))), None, String::new()));
        }
    }
    if let Some(text) = root.get("valueInteger").and_then(Value::as_text) {
        return Some((Some(said(text, place("valueInteger"))), text.parse().ok(), String::new()));
    }
    if let Some(ratio) = root.get("valueRatio") {
        let part = |name| number_of(ratio.get(name)?);
        let text = format!("{}:{}", part("numerator")?, part("denominator")?);
        return Some((Some(said(text, place("valueRatio"))), None, String::new()));
    }
    if let Some(range) = root.get("valueRange") {
        let part = |name| number_of(range.get(name)?);
        let text = format!("{} to {}", part("low")?, part("high")?);
        return Some((Some(said(text, place("valueRange"))), None, String::new()));
    }
    let reason = context.concept(root.get("dataAbsentReason")?, &place("dataAbsentReason"))?;
    Some((Some(reason), None, String::new()))
}

/// Several values in one, as the two of a blood pressure.
fn components(context: &Context, root: Value<'_>) -> Option<Read> {
    let mut parts = Vec::new();
    for (index, component) in root.all("component").enumerate() {
        let inside = format!("component[{index}].");
        let Some((Some(value), number, unit)) = value_of(context, component, &inside) else {
            continue;
        };
        let name = component.get("code").and_then(|code| context.concept(code, ""));
        parts.push((name.map_or(String::new(), |name| name.text), value.text, number, unit));
    }
    if let [(_, high, Some(_), unit), (_, low, Some(_), other)] = &parts[..]
        && unit == other
    {
        return Some((Some(said(format!("{high}/{low}"), "component")), None, unit.clone()));
    }
    let words: Vec<String> = parts
        .iter()
        .map(|(name, value, _, unit)| format!("{name} {value} {unit}").trim().to_owned())
        .collect();
    (!words.is_empty()).then(|| (Some(said(words.join("; "), "component")), None, String::new()))
}

fn range(range: Value<'_>) -> Range {
    let end = |name| range.get(name).and_then(number_of);
    let (low, high) = (end("low"), end("high"));
    let text = range.text_of("text").map_or_else(
        || match (&low, &high) {
            (Some(low), Some(high)) => format!("{low} to {high}"),
            (Some(low), None) => format!("{low} or more"),
            (None, Some(high)) => format!("{high} or less"),
            (None, None) => String::new(),
        },
        str::to_owned,
    );
    let number = |end: Option<String>| end.and_then(|text| text.parse().ok());
    Range { low: number(low), high: number(high), text }
}
