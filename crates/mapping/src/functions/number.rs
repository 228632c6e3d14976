//! Numbers: decimals with the digits as sent, whole numbers, booleans, the ends of ranges.

use super::{Context, Definition, Fault, Produced};

pub(super) const FUNCTIONS: &[Definition] = &[
    Definition {
        name: "decimal",
        arguments: 0..=0,
        call: decimal,
        purpose: "a number; its digits stay as sent",
    },
    Definition { name: "whole", arguments: 0..=0, call: whole, purpose: "a whole number from 0" },
    Definition {
        name: "positive",
        arguments: 0..=0,
        call: positive,
        purpose: "a whole number from 1",
    },
    Definition {
        name: "yes",
        arguments: 0..=0,
        call: yes,
        purpose: "`Y`, `Yes`, `1`, `true` → true; `N`, `No`, `0`, `false` → false",
    },
    Definition {
        name: "range-low",
        arguments: 0..=0,
        call: range_low,
        purpose: "the lower end of `3.5-5.1`, `3.5 to 5.1`, `>3.5`",
    },
    Definition {
        name: "range-high",
        arguments: 0..=0,
        call: range_high,
        purpose: "the upper end of `3.5-5.1`, `<5.1`",
    },
];

/// A FHIR decimal, or nothing where the text is none: JSON's digits, without a leading `+` or zeros.
fn digits(text: &str) -> Option<String> {
    let text = text.trim();
    let (sign, rest) = match text.as_bytes().first()? {
        b'+' => ("", &text[1..]),
        b'-' => ("-", &text[1..]),
        _ => ("", text),
    };
    let (whole, fraction) = rest.split_once('.').map_or((rest, None), |(w, f)| (w, Some(f)));
    let is_digits = |part: &str| part.bytes().all(|b| b.is_ascii_digit());
    let has_some = !whole.is_empty() || fraction.is_some_and(|part| !part.is_empty());
    if !has_some || !is_digits(whole) || !fraction.is_none_or(is_digits) || rest.len() > 30 {
        return None;
    }
    let whole = whole.trim_start_matches('0');
    let whole = if whole.is_empty() { "0" } else { whole };
    Some(match fraction {
        Some(fraction) if !fraction.is_empty() => format!("{sign}{whole}.{fraction}"),
        _ => format!("{sign}{whole}"),
    })
}

fn decimal(text: &str, _: &[Box<str>], _: &Context<'_>) -> Result<Produced, Fault> {
    let digits = digits(text).ok_or_else(|| {
        Fault::value("the value is not a number: send it as text or correct it at the source")
    })?;
    Ok(Produced::Number(digits))
}

fn whole_number(text: &str) -> Option<u32> {
    let number = digits(text)?;
    let whole = number.split_once('.').map_or(number.as_str(), |(whole, fraction)| {
        if fraction.bytes().all(|b| b == b'0') { whole } else { "" }
    });
    whole.parse().ok().filter(|number: &u32| i32::try_from(*number).is_ok())
}

fn whole(text: &str, _: &[Box<str>], _: &Context<'_>) -> Result<Produced, Fault> {
    let number =
        whole_number(text).ok_or_else(|| Fault::value("the value is not a whole number"))?;
    Ok(Produced::Number(number.to_string()))
}

fn positive(text: &str, _: &[Box<str>], _: &Context<'_>) -> Result<Produced, Fault> {
    match whole_number(text) {
        Some(0) | None => Err(Fault::value("the value is not a whole number from 1")),
        Some(number) => Ok(Produced::Number(number.to_string())),
    }
}

fn yes(text: &str, _: &[Box<str>], _: &Context<'_>) -> Result<Produced, Fault> {
    match text.trim().to_ascii_lowercase().as_str() {
        "y" | "yes" | "1" | "true" => Ok(Produced::Boolean(true)),
        "n" | "no" | "0" | "false" => Ok(Produced::Boolean(false)),
        "" | "u" | "unknown" => Ok(Produced::Nothing),
        _ => Err(Fault::value("the value is neither yes nor no: send Y or N")),
    }
}

/// Both ends, as far as the text gives them: a plain range or one bound, with a unit after it.
fn ends(text: &str) -> (Option<String>, Option<String>) {
    let text = text.trim();
    let number = |part: &str| {
        let part = part.trim();
        let length = part.bytes().take_while(|b| b.is_ascii_digit() || *b == b'.').count();
        // Words after the number are a unit; digits again would be another statement.
        let rest = &part[length..];
        let is_plain =
            length > 0 && !rest.bytes().any(|b| b.is_ascii_digit()) && !rest.contains(':');
        if is_plain { digits(&part[..length]) } else { None }
    };
    if let Some(rest) = text.strip_prefix("<=").or_else(|| text.strip_prefix('<')) {
        return (None, number(rest));
    }
    if let Some(rest) = text.strip_prefix(">=").or_else(|| text.strip_prefix('>')) {
        return (number(rest), None);
    }
    let two = ["-", "_", "~", " to "].iter().find_map(|separator| text.split_once(separator));
    let Some((low, high)) = two else { return (None, None) };
    match (digits(low), number(high)) {
        (Some(low), Some(high)) => (Some(low), Some(high)),
        _ => (None, None),
    }
}

fn range_low(text: &str, _: &[Box<str>], _: &Context<'_>) -> Result<Produced, Fault> {
    Ok(ends(text).0.map_or(Produced::Nothing, Produced::Number))
}

fn range_high(text: &str, _: &[Box<str>], _: &Context<'_>) -> Result<Produced, Fault> {
    Ok(ends(text).1.map_or(Produced::Nothing, Produced::Number))
}

#[cfg(test)]
mod tests {
    use super::super::check;
    use super::{Produced as P, ends};

    #[test]
    fn decimals_keep_their_digits() {
        for (input, expected) in [
            ("138", "138"),
            ("0.70", "0.70"),
            ("+1.50", "1.50"),
            ("-.5", "-0.5"),
            ("007", "7"),
            ("5.", "5"),
            (" 3 ", "3"),
        ] {
            assert_eq!(check("decimal", &[], input), Ok(P::Number(expected.into())), "{input}");
        }
        for input in ["", "-", ".", "1,5", "1e5", "<5", "NaN", "1.2.3", "12 mmol"] {
            assert!(check("decimal", &[], input).is_err(), "{input}");
        }
    }

    #[test]
    fn whole_numbers_and_booleans() {
        assert_eq!(check("whole", &[], "30.0"), Ok(P::Number("30".into())));
        assert_eq!(check("positive", &[], "2"), Ok(P::Number("2".into())));
        for (name, input) in [
            ("whole", "-1"),
            ("whole", "1.5"),
            ("positive", "0"),
            ("whole", "99999999999"),
            ("yes", "maybe"),
        ] {
            assert!(check(name, &[], input).is_err(), "{name} {input}");
        }
        assert_eq!(check("yes", &[], "Y"), Ok(P::Boolean(true)));
        assert_eq!(check("yes", &[], "no"), Ok(P::Boolean(false)));
    }

    #[test]
    fn reference_ranges() {
        let cases = [
            ("133-146", Some("133"), Some("146")),
            ("3.5 - 5.1", Some("3.5"), Some("5.1")),
            ("70_105", Some("70"), Some("105")),
            ("40 to 160", Some("40"), Some("160")),
            ("<0.50 IU/mL", None, Some("0.50")),
            (">=60", Some("60"), None),
            ("Negative", None, None),
            ("Recommended: <200; Moderate Risk: 200-239", None, None),
            ("", None, None),
            ("1-2-3", None, None),
        ];
        for (input, low, high) in cases {
            let expected = (low.map(str::to_owned), high.map(str::to_owned));
            assert_eq!(ends(input), expected, "{input}");
        }
    }
}
