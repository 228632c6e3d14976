//! Quantity: amounts with a unit, ranges of them, money.
//! Spec: <https://hl7.org/fhir/R4/search.html#quantity>.
//!
//! Units of UCUM are converted exactly; others are compared as they stand. `||code` looks at the
//! code and at the unit as written for people.

use fhir::Value;
use ucum::{Converted, Ratio, Unit as UcumUnit};

use crate::decimal::Decimal;
use crate::element::text_at;
use crate::kind::number;
use crate::query::{Prefix, Unit};
use crate::span::{End, Span};

/// The system of currencies.
const CURRENCIES: &str = "urn:iso:std:iso:4217";

/// What an element says to a quantity parameter.
#[derive(Clone, Debug)]
pub(crate) struct Said {
    pub(crate) amount: Span<Decimal>,
    system: Option<String>,
    code: Option<String>,
    unit: Option<String>,
}

/// The amount of an element.
pub(crate) fn read(value: Value<'_>, type_name: &str) -> Option<Said> {
    let owned = |of: Value<'_>, name| text_at(of, name).map(str::to_owned);
    let said = |amount, of: Value<'_>| Said {
        amount,
        system: owned(of, "system"),
        code: owned(of, "code"),
        unit: owned(of, "unit"),
    };
    match type_name {
        "Money" => Some(Said {
            amount: Span::point(Decimal::parse(value.get("value")?.as_number()?)?),
            system: value.get("currency").map(|_| CURRENCIES.to_owned()),
            code: owned(value, "currency"),
            unit: None,
        }),
        "Range" => {
            let has_number = |end: &Value<'_>| end.get("value").is_some();
            let end = value.get("low").filter(has_number).or_else(|| value.get("high"))?;
            Some(said(number::range(value)?, end))
        }
        "SampledData" => Some(said(sampled(value)?, value.get("origin")?)),
        _ => {
            let at = Decimal::parse(value.get("value")?.as_number()?)?;
            let (low, high) = match text_at(value, "comparator") {
                Some("<") => (End::never(), End::open(at)),
                Some("<=") => (End::never(), End::closed(at)),
                Some(">") => (End::open(at), End::never()),
                Some(">=") => (End::closed(at), End::never()),
                _ => (End::closed(at), End::closed(at)),
            };
            Some(said(Span { low, high }, value))
        }
    }
}

/// The least and the greatest of the samples, `L` and `U` being the limits and `E` no sample.
fn sampled(value: Value<'_>) -> Option<Span<Decimal>> {
    let number = |value: Value<'_>, name| Decimal::parse(value.get(name)?.as_number()?);
    let origin = number(value.get("origin")?, "value")?;
    let factor = number(value, "factor").unwrap_or(Decimal::new(1, 0));
    let sample = |word: &str| match word {
        "E" => None,
        "L" => number(value, "lowerLimit"),
        "U" => number(value, "upperLimit"),
        _ => Decimal::parse(word),
    };
    let samples = text_at(value, "data")?.split_whitespace().filter_map(sample);
    let all: Vec<Decimal> = samples.map(|each| each.times(factor).plus(origin)).collect();
    Some(Span { low: End::closed(*all.iter().min()?), high: End::closed(*all.iter().max()?) })
}

impl Said {
    /// Whether it is what is asked for.
    pub(crate) fn fits(&self, prefix: Prefix, digits: &str, unit: &Unit) -> bool {
        let Some(wanted) = number::wanted(prefix, digits) else { return false };
        match unit {
            Unit::Any => self.amount.fulfils(prefix, &wanted),
            Unit::Either(code) => {
                let has = |text: &Option<String>| text.as_ref() == Some(code);
                (has(&self.code) || has(&self.unit)) && self.amount.fulfils(prefix, &wanted)
            }
            Unit::Coded { system, code } => {
                let is_same =
                    self.system.as_ref() == Some(system) && self.code.as_ref() == Some(code);
                (is_same && self.amount.fulfils(prefix, &wanted))
                    || (system == ucum::SYSTEM && self.converted_fits(prefix, &wanted, code))
            }
        }
    }

    /// Whether it fits once it is converted to the unit that is asked for.
    fn converted_fits(&self, prefix: Prefix, wanted: &Span<Decimal>, code: &str) -> bool {
        let own = self.code.as_deref().filter(|_| self.system.as_deref() == Some(ucum::SYSTEM));
        let (Some(Ok(from)), Ok(to)) = (own.map(UcumUnit::parse), UcumUnit::parse(code)) else {
            return false;
        };
        let convert = |end: End<Decimal>| -> Option<End<Ratio>> {
            let Some(at) = end.at else { return Some(End::never()) };
            match from.convert(at.ratio()?, &to).ok()? {
                Converted::Exact(at) => Some(End { at: Some(at), is_open: end.is_open }),
                Converted::Approximate(_) => None,
            }
        };
        let exact =
            |end: End<Decimal>| Some(End { at: Some(end.at?.ratio()?), is_open: end.is_open });
        let both = |low: Option<End<Ratio>>, high: Option<End<Ratio>>| {
            Some(Span { low: low?, high: high? })
        };
        let said = both(convert(self.amount.low), convert(self.amount.high));
        let wanted = both(exact(wanted.low), exact(wanted.high));
        said.zip(wanted).is_some_and(|(said, wanted)| said.fulfils(prefix, &wanted))
    }
}
