//! How a medicine is taken, in words: the sender's own, or made from a structured Dosage.
//!
//! The order of the parts is that of NHS England's dose syntax: method, dose, rate, how long, how often,
//! when, as needed, for how long, at the most, and what else. Nothing is left out silently: where a part
//! has no words here, the whole line says to ask instead of telling half of it.
//! Spec: <https://hl7.org/fhir/R4/dosage.html>. To read one more part: a function, and its row in the tests.

use fhir::Value;

use super::Said;
use super::words::{Context, join};

/// What is said where a structure cannot be put into words whole.
const ASK: &str = "The dose is not shown here in words: ask who prescribed it, or a pharmacist";

/// What can be read of `timing.repeat`; any other part makes the line unreadable.
const REPEAT: [&str; 17] = [
    "boundsDuration",
    "boundsRange",
    "boundsPeriod",
    "count",
    "countMax",
    "duration",
    "durationMax",
    "durationUnit",
    "frequency",
    "frequencyMax",
    "period",
    "periodMax",
    "periodUnit",
    "dayOfWeek",
    "timeOfDay",
    "when",
    "offset",
];

/// What can be read of a Dosage.
const DOSAGE: [&str; 16] = [
    "id",
    "extension",
    "sequence",
    "text",
    "additionalInstruction",
    "patientInstruction",
    "timing",
    "asNeededBoolean",
    "asNeededCodeableConcept",
    "site",
    "route",
    "method",
    "doseAndRate",
    "maxDosePerPeriod",
    "maxDosePerAdministration",
    "maxDosePerLifetime",
];

/// The dose of every line of a medicine.
pub(super) fn of(context: &Context, root: Value<'_>, name: &str) -> Option<Said> {
    let mut all: Option<Said> = None;
    let mut before = None;
    for (index, dosage) in root.all(name).enumerate() {
        let Some(line) = line(context, dosage, &format!("{name}[{index}]")) else { continue };
        let sequence = dosage.text_of("sequence");
        // Lines of one number are taken together, those of a later one after them.
        let joint = if sequence.is_some() && before.is_some() && sequence != before {
            "; then "
        } else {
            "; "
        };
        before = sequence.or(before);
        all = Some(match all {
            None => line,
            Some(all) => Said { text: format!("{}{joint}{}", all.text, line.text), ..all },
        });
    }
    all
}

fn line(context: &Context, dosage: Value<'_>, path: &str) -> Option<Said> {
    if let Some(text) = dosage.text_of("text") {
        return Some(Said { text: text.to_owned(), path: join(path, "text") });
    }
    let made = structured(context, dosage);
    let instruction = dosage.text_of("patientInstruction");
    let text = match (made, instruction) {
        (None, None) => return None,
        (None, Some(instruction)) => {
            let path = join(path, "patientInstruction");
            return Some(Said { text: instruction.to_owned(), path });
        }
        (Some(Ok(made)), None) => made,
        (Some(Ok(made)), Some(instruction)) => format!("{made}. {instruction}"),
        (Some(Err(Unread)), None) => ASK.to_owned(),
        (Some(Err(Unread)), Some(instruction)) => format!("{instruction}. {ASK}"),
    };
    Some(Said { text, path: path.to_owned() })
}

/// A part that has no words here.
struct Unread;

type Words = Result<Option<String>, Unread>;

/// The structure in words; `None` where there is none.
fn structured(context: &Context, dosage: Value<'_>) -> Option<Result<String, Unread>> {
    let parts = match parts(context, dosage) {
        Ok(parts) => parts,
        Err(unread) => return Some(Err(unread)),
    };
    let mut words = String::new();
    for part in parts {
        if !words.is_empty() {
            words.push(' ');
        }
        words.push_str(&part);
    }
    for more in dosage.all("additionalInstruction") {
        let Some(said) = context.concept(more, "") else { return Some(Err(Unread)) };
        if !words.is_empty() {
            words.push_str(". ");
        }
        words.push_str(&said.text);
    }
    if words.is_empty() {
        return None;
    }
    let first: String = words.chars().take(1).flat_map(char::to_uppercase).collect();
    let rest: String = words.chars().skip(1).collect();
    Some(Ok(first + &rest))
}

fn parts(context: &Context, dosage: Value<'_>) -> Result<Vec<String>, Unread> {
    only(dosage, &DOSAGE)?;
    let repeat = dosage.at("timing.repeat");
    if let Some(repeat) = repeat {
        only(repeat, &REPEAT)?;
    }
    let all = [
        concept(context, dosage.get("method"))?.map(|words| words.to_lowercase()),
        dose(dosage)?,
        rate(dosage)?,
        concept(context, dosage.get("route"))?.map(|words| route(&words)),
        concept(context, dosage.get("site"))?.map(|words| format!("at: {}", words.to_lowercase())),
        how_long(repeat)?,
        how_often(context, dosage, repeat)?,
        on_days(repeat)?,
        at_times(repeat)?,
        when(repeat)?,
        as_needed(context, dosage)?,
        bounds(repeat)?,
        at_most(dosage)?,
    ];
    Ok(all.into_iter().flatten().collect())
}

/// Refuses what has parts besides these: a modifier, or what a later version brings.
fn only(value: Value<'_>, known: &[&str]) -> Result<(), Unread> {
    let is_known = |name: &str| known.contains(&name.strip_prefix('_').unwrap_or(name));
    if value.members().all(|member| is_known(member.name())) { Ok(()) } else { Err(Unread) }
}

fn concept(context: &Context, value: Option<Value<'_>>) -> Words {
    match value {
        None => Ok(None),
        Some(value) => context.concept(value, "").map(|said| Some(said.text)).ok_or(Unread),
    }
}

fn route(words: &str) -> String {
    match words.to_lowercase().as_str() {
        "oral" | "oral route" | "by mouth" | "po" => "by mouth".to_owned(),
        other if other.starts_with("by ") || other.starts_with("into ") => other.to_owned(),
        other => format!("by the {} route", other.trim_end_matches(" route")),
    }
}

/// Units that are counted, and so have a plural.
const COUNTED: [&str; 20] = [
    "tablet",
    "capsule",
    "caplet",
    "drop",
    "puff",
    "spray",
    "spoonful",
    "patch",
    "dose",
    "sachet",
    "ampoule",
    "vial",
    "unit",
    "lozenge",
    "suppository",
    "pessary",
    "application",
    "inhalation",
    "pastille",
    "actuation",
];

fn counted(number: &str, unit: &str) -> String {
    let plain = unit.to_lowercase();
    if number == "1" || !COUNTED.contains(&plain.as_str()) {
        return if unit.is_empty() { number.to_owned() } else { format!("{number} {unit}") };
    }
    match plain.as_str() {
        "patch" => format!("{number} patches"),
        "suppository" => format!("{number} suppositories"),
        "pessary" => format!("{number} pessaries"),
        _ => format!("{number} {plain}s"),
    }
}

/// A quantity: its number as it was sent, and its unit.
fn quantity(value: Value<'_>) -> Result<(String, String), Unread> {
    only(value, &["id", "value", "unit", "system", "code"])?;
    let number = value.text_of("value").ok_or(Unread)?;
    let unit = value.text_of("unit").or_else(|| value.text_of("code")).unwrap_or("");
    Ok((number.to_owned(), unit.to_owned()))
}

fn quantity_words(value: Value<'_>) -> Result<String, Unread> {
    let (number, unit) = quantity(value)?;
    Ok(counted(&number, &unit))
}

/// `1 to 2 tablets`, `at least 1 tablet`, `up to 2 tablets`.
fn range(value: Value<'_>) -> Result<String, Unread> {
    only(value, &["id", "low", "high"])?;
    match (value.get("low"), value.get("high")) {
        (Some(low), Some(high)) => {
            let ((low, unit_of_low), (high, unit)) = (quantity(low)?, quantity(high)?);
            if unit_of_low != unit && !unit_of_low.is_empty() {
                return Ok(format!("{} to {}", counted(&low, &unit_of_low), counted(&high, &unit)));
            }
            Ok(format!("{low} to {}", counted(&high, &unit)))
        }
        (Some(low), None) => Ok(format!("at least {}", quantity_words(low)?)),
        (None, Some(high)) => Ok(format!("up to {}", quantity_words(high)?)),
        (None, None) => Err(Unread),
    }
}

/// Two ways to give a dose are told only where they are the ordered one.
fn given(dosage: Value<'_>) -> Result<Option<Value<'_>>, Unread> {
    let mut all = dosage.all("doseAndRate");
    let first = all.next();
    if all.next().is_some() { Err(Unread) } else { Ok(first) }
}

fn dose(dosage: Value<'_>) -> Words {
    let Some(given) = given(dosage)? else { return Ok(None) };
    if let Some(dose) = given.get("doseQuantity") {
        return quantity_words(dose).map(Some);
    }
    given.get("doseRange").map(range).transpose()
}

fn rate(dosage: Value<'_>) -> Words {
    let Some(given) = given(dosage)? else { return Ok(None) };
    if let Some(rate) = given.get("rateQuantity") {
        return Ok(Some(format!("at a rate of {}", quantity_words(rate)?)));
    }
    if let Some(rate) = given.get("rateRange") {
        return Ok(Some(format!("at a rate of {}", range(rate)?)));
    }
    match given.get("rateRatio") {
        None => Ok(None),
        Some(rate) => Ok(Some(format!("at a rate of {}", ratio(rate)?))),
    }
}

/// `100 ml every hour`.
fn ratio(value: Value<'_>) -> Result<String, Unread> {
    let (Some(of), Some(in_)) = (value.get("numerator"), value.get("denominator")) else {
        return Err(Unread);
    };
    let (number, unit) = quantity(in_)?;
    let span = span(&number, None, &unit)?;
    Ok(format!("{} every {}", quantity_words(of)?, span.strip_prefix("1 ").unwrap_or(&span)))
}

/// `6 hours`, `4 to 6 hours`, from a UCUM unit of time.
fn span(least: &str, most: Option<&str>, unit: &str) -> Result<String, Unread> {
    let unit = match unit {
        "s" | "second" | "seconds" => "second",
        "min" | "minute" | "minutes" => "minute",
        "h" | "hour" | "hours" => "hour",
        "d" | "day" | "days" => "day",
        "wk" | "week" | "weeks" => "week",
        "mo" | "month" | "months" => "month",
        "a" | "year" | "years" => "year",
        _ => return Err(Unread),
    };
    let plural = if least == "1" && most.is_none() { "" } else { "s" };
    let most = most.map(|most| format!(" to {most}")).unwrap_or_default();
    Ok(format!("{least}{most} {unit}{plural}"))
}

fn how_long(repeat: Option<Value<'_>>) -> Words {
    let Some(repeat) = repeat else { return Ok(None) };
    let Some(duration) = repeat.text_of("duration") else { return Ok(None) };
    let unit = repeat.text_of("durationUnit").ok_or(Unread)?;
    Ok(Some(format!("over {}", span(duration, repeat.text_of("durationMax"), unit)?)))
}

fn how_often(context: &Context, dosage: Value<'_>, repeat: Option<Value<'_>>) -> Words {
    if dosage.at("timing.event").is_some() {
        return Err(Unread);
    }
    if let Some(words) = repeat.map(frequency).transpose()?.flatten() {
        return Ok(Some(words));
    }
    let Some(code) = dosage.at("timing.code") else { return Ok(None) };
    let known = code.all("coding").find_map(|coding| abbreviation(coding.text_of("code")?));
    match known {
        Some(words) => Ok(Some(words.to_owned())),
        None => concept(context, Some(code)),
    }
}

/// Codes of <http://terminology.hl7.org/CodeSystem/v3-GTSAbbreviation>.
fn abbreviation(code: &str) -> Option<&'static str> {
    Some(match code {
        "QD" => "once a day",
        "BID" => "2 times a day",
        "TID" => "3 times a day",
        "QID" => "4 times a day",
        "AM" => "every morning",
        "PM" => "every afternoon",
        "BED" => "at bedtime",
        "QOD" => "every other day",
        "Q1H" => "every hour",
        "Q2H" => "every 2 hours",
        "Q3H" => "every 3 hours",
        "Q4H" => "every 4 hours",
        "Q6H" => "every 6 hours",
        "Q8H" => "every 8 hours",
        "WK" => "once a week",
        "MO" => "once a month",
        _ => return None,
    })
}

fn frequency(repeat: Value<'_>) -> Words {
    let (period, unit) = match (repeat.text_of("period"), repeat.text_of("periodUnit")) {
        (Some(period), Some(unit)) => (period, unit),
        (None, None) if repeat.get("frequency").is_none() => return Ok(None),
        _ => return Err(Unread),
    };
    let period_max = repeat.text_of("periodMax");
    let times = repeat.text_of("frequency").unwrap_or("1");
    let times_max = repeat.text_of("frequencyMax");
    let every = span(period, period_max, unit)?;
    // One of them: `a day`, `an hour`, `every 6 hours`.
    let one = every.strip_prefix("1 ").filter(|_| period_max.is_none());
    Ok(Some(match (times, times_max, one) {
        ("1", None, Some("hour")) => "every hour".to_owned(),
        ("1", None, Some(unit)) => format!("once a {unit}"),
        ("1", None, None) => format!("every {every}"),
        (times, None, Some("hour")) => format!("{times} times an hour"),
        (times, None, Some(unit)) => format!("{times} times a {unit}"),
        (times, Some(most), Some("hour")) => format!("{times} to {most} times an hour"),
        (times, Some(most), Some(unit)) => format!("{times} to {most} times a {unit}"),
        (times, None, None) => format!("{times} times every {every}"),
        (times, Some(most), None) => format!("{times} to {most} times every {every}"),
    }))
}

/// `a, b and c`.
fn listed(all: &[String]) -> String {
    match all {
        [] => String::new(),
        [one] => one.clone(),
        [most @ .., last] => format!("{} and {last}", most.join(", ")),
    }
}

fn on_days(repeat: Option<Value<'_>>) -> Words {
    let Some(repeat) = repeat else { return Ok(None) };
    let name = |day: Value<'_>| match day.as_text() {
        Some("mon") => Ok("Monday".to_owned()),
        Some("tue") => Ok("Tuesday".to_owned()),
        Some("wed") => Ok("Wednesday".to_owned()),
        Some("thu") => Ok("Thursday".to_owned()),
        Some("fri") => Ok("Friday".to_owned()),
        Some("sat") => Ok("Saturday".to_owned()),
        Some("sun") => Ok("Sunday".to_owned()),
        _ => Err(Unread),
    };
    let days = repeat.all("dayOfWeek").map(name).collect::<Result<Vec<_>, _>>()?;
    Ok((!days.is_empty()).then(|| format!("on {}", listed(&days))))
}

fn at_times(repeat: Option<Value<'_>>) -> Words {
    let Some(repeat) = repeat else { return Ok(None) };
    let times = repeat.all("timeOfDay").map(clock).collect::<Result<Vec<_>, _>>()?;
    Ok((!times.is_empty()).then(|| format!("at {}", listed(&times))))
}

/// `8am`, `8:30pm`, `midday`.
fn clock(time: Value<'_>) -> Result<String, Unread> {
    let text = time.as_text().ok_or(Unread)?;
    let mut parts = text.split(':');
    let mut number = || parts.next().and_then(|part| part.parse::<u8>().ok());
    let (Some(hour @ 0..=23), Some(minute @ 0..=59)) = (number(), number()) else {
        return Err(Unread);
    };
    let half = if hour < 12 { "am" } else { "pm" };
    Ok(match (hour, minute) {
        (0, 0) => "midnight".to_owned(),
        (12, 0) => "midday".to_owned(),
        (hour, 0) => format!("{}{half}", (hour + 11) % 12 + 1),
        (hour, minute) => format!("{}:{minute:02}{half}", (hour + 11) % 12 + 1),
    })
}

/// Codes of <http://hl7.org/fhir/event-timing>.
fn when(repeat: Option<Value<'_>>) -> Words {
    let Some(repeat) = repeat else { return Ok(None) };
    let words = |code: Value<'_>| {
        Ok(match code.as_text() {
            Some("MORN") => "in the morning",
            Some("MORN.early") => "early in the morning",
            Some("MORN.late") => "late in the morning",
            Some("NOON") => "at midday",
            Some("AFT") => "in the afternoon",
            Some("AFT.early") => "early in the afternoon",
            Some("AFT.late") => "late in the afternoon",
            Some("EVE") => "in the evening",
            Some("EVE.early") => "early in the evening",
            Some("EVE.late") => "late in the evening",
            Some("NIGHT") => "at night",
            Some("PHS") => "after sleep",
            Some("HS") => "before sleep",
            Some("WAKE") => "on waking",
            Some("C") => "with meals",
            Some("CM") => "with breakfast",
            Some("CD") => "with lunch",
            Some("CV") => "with the evening meal",
            Some("AC") => "before meals",
            Some("ACM") => "before breakfast",
            Some("ACD") => "before lunch",
            Some("ACV") => "before the evening meal",
            Some("PC") => "after meals",
            Some("PCM") => "after breakfast",
            Some("PCD") => "after lunch",
            Some("PCV") => "after the evening meal",
            _ => return Err(Unread),
        }
        .to_owned())
    };
    let whens = repeat.all("when").map(words).collect::<Result<Vec<_>, _>>()?;
    match (whens.as_slice(), repeat.text_of("offset")) {
        ([], None) => Ok(None),
        (whens, None) => Ok(Some(listed(whens))),
        ([], Some(_)) => Err(Unread),
        (whens, Some(offset)) => {
            let minutes = span(offset, None, "min")?;
            // An offset is told of what is before or after something.
            let is_around = whens.iter().all(|w| w.starts_with("before") || w.starts_with("after"));
            if is_around { Ok(Some(format!("{minutes} {}", listed(whens)))) } else { Err(Unread) }
        }
    }
}

fn as_needed(context: &Context, dosage: Value<'_>) -> Words {
    if let Some(reason) = dosage.get("asNeededCodeableConcept") {
        let words = concept(context, Some(reason))?.ok_or(Unread)?;
        return Ok(Some(format!("as needed for {}", words.to_lowercase())));
    }
    let is_needed = dosage.get("asNeededBoolean").and_then(Value::as_bool) == Some(true);
    Ok(is_needed.then(|| "as needed".to_owned()))
}

fn bounds(repeat: Option<Value<'_>>) -> Words {
    let Some(repeat) = repeat else { return Ok(None) };
    let mut words = Vec::new();
    if let Some(for_) = repeat.get("boundsDuration") {
        let unit = for_.text_of("code").or_else(|| for_.text_of("unit")).ok_or(Unread)?;
        words.push(format!("for {}", span(for_.text_of("value").ok_or(Unread)?, None, unit)?));
    }
    if repeat.get("boundsRange").is_some() {
        return Err(Unread);
    }
    if let Some(period) = repeat.get("boundsPeriod") {
        let day =
            |name: &str| period.text_of(name).map(|text| text.split('T').next().unwrap_or(text));
        words.extend(day("start").map(|day| format!("from {day}")));
        words.extend(day("end").map(|day| format!("until {day}")));
    }
    match (repeat.text_of("count"), repeat.text_of("countMax")) {
        (None, None) => {}
        (Some("1"), None) => words.push("once only".to_owned()),
        (Some(count), None) => words.push(format!("{count} times in all")),
        (Some(count), Some(most)) => words.push(format!("{count} to {most} times in all")),
        (None, Some(most)) => words.push(format!("up to {most} times in all")),
    }
    Ok((!words.is_empty()).then(|| words.join(" ")))
}

fn at_most(dosage: Value<'_>) -> Words {
    let mut words = Vec::new();
    if let Some(limit) = dosage.get("maxDosePerPeriod") {
        let (Some(of), Some(in_)) = (limit.get("numerator"), limit.get("denominator")) else {
            return Err(Unread);
        };
        let (number, unit) = quantity(in_)?;
        words.push(format!("up to {} in {}", quantity_words(of)?, span(&number, None, &unit)?));
    }
    if let Some(limit) = dosage.get("maxDosePerAdministration") {
        words.push(format!("up to {} at one time", quantity_words(limit)?));
    }
    if let Some(limit) = dosage.get("maxDosePerLifetime") {
        words.push(format!("up to {} in a lifetime", quantity_words(limit)?));
    }
    Ok((!words.is_empty()).then(|| format!("({})", words.join(", "))))
}

#[cfg(test)]
mod tests {
    use std::collections::HashMap;

    use fhir::Tree;

    use super::{ASK, of};
    use crate::record::words::Context;

    fn told(lines: &str) -> Option<String> {
        let json =
            format!(r#"{{"resourceType":"MedicationRequest","dosageInstruction":[{lines}]}}"#);
        let tree = Tree::parse(json.as_bytes()).unwrap_or_else(|error| panic!("{error}: {json}"));
        let context = Context { definitions: definitions::embedded(), names: HashMap::new() };
        of(&context, tree.root(), "dosageInstruction").map(|said| said.text)
    }

    const TABLET: &str = r#""doseAndRate":[{"doseQuantity":{"value":1,"unit":"tablet"}}]"#;
    const TABLETS: &str = r#""doseAndRate":[{"doseQuantity":{"value":2,"unit":"tablet"}}]"#;

    #[test]
    fn lines_in_words() {
        let repeat = |repeat: &str| format!(r#"{{{TABLET},"timing":{{"repeat":{{{repeat}}}}}}}"#);
        let table: &[(String, &str)] = &[
            (r#"{"text":"One now"}"#.into(), "One now"),
            (format!(r#"{{"text":"One now",{TABLETS}}}"#), "One now"),
            (r#"{"patientInstruction":"With water"}"#.into(), "With water"),
            (format!(r#"{{"patientInstruction":"With water",{TABLETS}}}"#), "2 tablets. With water"),
            (repeat(r#""frequency":1,"period":1,"periodUnit":"d""#), "1 tablet once a day"),
            (repeat(r#""frequency":2,"period":1,"periodUnit":"d""#), "1 tablet 2 times a day"),
            (repeat(r#""frequency":3,"frequencyMax":4,"period":1,"periodUnit":"d""#), "1 tablet 3 to 4 times a day"),
            (repeat(r#""period":1,"periodUnit":"h""#), "1 tablet every hour"),
            (repeat(r#""frequency":2,"period":1,"periodUnit":"h""#), "1 tablet 2 times an hour"),
            (repeat(r#""frequency":1,"period":6,"periodUnit":"h""#), "1 tablet every 6 hours"),
            (repeat(r#""frequency":1,"period":4,"periodMax":6,"periodUnit":"h""#), "1 tablet every 4 to 6 hours"),
            (repeat(r#""frequency":2,"period":3,"periodUnit":"wk""#), "1 tablet 2 times every 3 weeks"),
            (repeat(r#""frequency":1,"period":1,"periodUnit":"wk","dayOfWeek":["mon","thu","fri"]"#), "1 tablet once a week on Monday, Thursday and Friday"),
            (repeat(r#""timeOfDay":["08:00:00","20:30:00"]"#), "1 tablet at 8am and 8:30pm"),
            (repeat(r#""timeOfDay":["00:00:00","12:00:00","12:05:00"]"#), "1 tablet at midnight, midday and 12:05pm"),
            (repeat(r#""when":["ACM"],"offset":30"#), "1 tablet 30 minutes before breakfast"),
            (repeat(r#""when":["MORN","NIGHT"]"#), "1 tablet in the morning and at night"),
            (repeat(r#""boundsDuration":{"value":7,"unit":"days","code":"d"},"frequency":1,"period":1,"periodUnit":"d""#), "1 tablet once a day for 7 days"),
            (repeat(r#""boundsPeriod":{"start":"2026-01-02T08:00:00Z","end":"2026-01-09"},"count":1"#), "1 tablet from 2026-01-02 until 2026-01-09 once only"),
            (repeat(r#""duration":30,"durationUnit":"min""#), "1 tablet over 30 minutes"),
            (format!(r#"{{{TABLETS},"timing":{{"code":{{"coding":[{{"code":"TID"}}]}}}}}}"#), "2 tablets 3 times a day"),
            (format!(r#"{{{TABLETS},"method":{{"text":"Take"}},"route":{{"text":"Oral"}},"asNeededBoolean":true}}"#), "Take 2 tablets by mouth as needed"),
            (format!(r#"{{{TABLETS},"asNeededCodeableConcept":{{"text":"Pain"}},"maxDosePerPeriod":{{"numerator":{{"value":8,"unit":"tablet"}},"denominator":{{"value":24,"unit":"h"}}}}}}"#), "2 tablets as needed for pain (up to 8 tablets in 24 hours)"),
            (r#"{"doseAndRate":[{"doseRange":{"low":{"value":1},"high":{"value":2,"unit":"puff"}}}]}"#.into(), "1 to 2 puffs"),
            (r#"{"doseAndRate":[{"doseRange":{"high":{"value":2.50,"unit":"mg"}}}]}"#.into(), "Up to 2.50 mg"),
            (r#"{"doseAndRate":[{"rateRatio":{"numerator":{"value":100,"unit":"ml"},"denominator":{"value":1,"unit":"h"}}}]}"#.into(), "At a rate of 100 ml every hour"),
            (format!(r#"{{{TABLET},"additionalInstruction":[{{"text":"Do not drink alcohol"}}]}}"#), "1 tablet. Do not drink alcohol"),
            (format!(r#"{{"sequence":1,{TABLETS}}},{{"sequence":2,{TABLET}}}"#), "2 tablets; then 1 tablet"),
            (format!(r#"{{"sequence":1,{TABLETS}}},{{"sequence":1,{TABLET}}}"#), "2 tablets; 1 tablet"),
        ];
        for (lines, expected) in table {
            assert_eq!(told(lines).as_deref(), Some(*expected), "{lines}");
        }
        assert_eq!(told("{}"), None);
        assert_eq!(told(r#"{"sequence":1}"#), None);
    }

    /// Half of a dose is worse than none: what has no words is told to be asked about.
    #[test]
    fn what_cannot_be_told_whole_is_not_told() {
        for part in [
            r#""modifierExtension":[{"url":"urn:x","valueBoolean":true}]"#,
            r#""timing":{"event":["2026-01-01"]}"#,
            r#""timing":{"repeat":{"frequency":2}}"#,
            r#""timing":{"repeat":{"period":2}}"#,
            r#""timing":{"repeat":{"period":2,"periodUnit":"fortnight"}}"#,
            r#""timing":{"repeat":{"dayOfWeek":["someday"]}}"#,
            r#""timing":{"repeat":{"timeOfDay":["25:00:00"]}}"#,
            r#""timing":{"repeat":{"timeOfDay":["noon"]}}"#,
            r#""timing":{"repeat":{"when":["XX"]}}"#,
            r#""timing":{"repeat":{"when":["MORN"],"offset":30}}"#,
            r#""timing":{"repeat":{"offset":30}}"#,
            r#""timing":{"repeat":{"boundsRange":{"low":{"value":5}}}}"#,
            r#""timing":{"repeat":{"modifierExtension":[{"url":"urn:x"}]}}"#,
            r#""maxDosePerPeriod":{"numerator":{"value":8}}"#,
            r#""route":{}"#,
        ] {
            assert_eq!(told(&format!("{{{TABLET},{part}}}")).as_deref(), Some(ASK), "{part}");
        }
        for dose in [
            r#""doseAndRate":[{"doseQuantity":{"value":2,"comparator":"<","unit":"tablet"}}]"#,
            r#""doseAndRate":[{"doseQuantity":{"unit":"tablet"}}]"#,
            r#""doseAndRate":[{"doseRange":{}}]"#,
            r#""doseAndRate":[{"doseQuantity":{"value":1}},{"doseQuantity":{"value":2}}]"#,
        ] {
            assert_eq!(told(&format!("{{{dose}}}")).as_deref(), Some(ASK), "{dose}");
        }
        let with_words = format!(
            r#"{{{TABLET},"patientInstruction":"See the leaflet","timing":{{"event":["2026"]}}}}"#
        );
        assert_eq!(told(&with_words), Some(format!("See the leaflet. {ASK}")));
    }
}
