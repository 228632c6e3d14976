//! Literals: the value that a token stands for.
//!
//! Spec: <http://hl7.org/fhirpath/N1/#literals>. To add a literal, add a function here and call
//! it from the parser's `term`.

use std::sync::Arc;

use rust_decimal::Decimal;

use crate::error::{Error, ErrorKind};
use crate::quantity::{CalendarUnit, Quantity, Unit};
use crate::system::{System, Text};
use crate::temporal::{Date, DateTime, Time};

fn wrong(range: (u32, u32), message: &str) -> Error {
    Error::new(ErrorKind::Syntax, range, message)
}

/// A text in quotes without them and with its escapes taken out; `start` is where it stands.
pub(crate) fn unescape(quoted: &str, start: u32) -> Result<Box<str>, Error> {
    let inner = quoted.get(1..quoted.len().saturating_sub(1)).unwrap_or("");
    if !inner.contains('\\') {
        return Ok(inner.into());
    }
    let mut out = String::with_capacity(inner.len());
    let mut rest = inner.char_indices();
    // The first half of a character that takes two escapes.
    let mut high: Option<u32> = None;
    while let Some((at, c)) = rest.next() {
        let range = (start + at as u32, start + at as u32 + 2);
        if c != '\\' {
            end_of_pair(high, range)?;
            out.push(c);
            continue;
        }
        let Some((_, escaped)) = rest.next() else {
            return Err(wrong(range, "a backslash at the end; expected an escape"));
        };
        if escaped == 'u' {
            let digits =
                inner.get(at + 2..at + 6).filter(|d| d.bytes().all(|b| b.is_ascii_hexdigit()));
            let unit = digits.and_then(|digits| u32::from_str_radix(digits, 16).ok());
            let unit = unit
                .ok_or_else(|| wrong(range, "not an escape; expected \\u and four hex digits"))?;
            rest.nth(3);
            high = join_pair(high, unit, range, &mut out)?;
            continue;
        }
        end_of_pair(high, range)?;
        out.push(match escaped {
            'n' => '\n',
            'r' => '\r',
            't' => '\t',
            'f' => '\u{c}',
            '\\' | '/' | '\'' | '"' | '`' => escaped,
            _ => {
                return Err(wrong(
                    range,
                    "not an escape; expected one of \\' \\\" \\` \\r \\n \\t \\f \\\\ \\/ \\uXXXX",
                ));
            }
        });
    }
    end_of_pair(high, (start, start + quoted.len() as u32))?;
    Ok(out.into())
}

fn end_of_pair(high: Option<u32>, range: (u32, u32)) -> Result<(), Error> {
    match high {
        Some(_) => Err(wrong(range, "half of a surrogate pair; expected the other half after it")),
        None => Ok(()),
    }
}

fn join_pair(
    high: Option<u32>,
    unit: u32,
    range: (u32, u32),
    out: &mut String,
) -> Result<Option<u32>, Error> {
    let code = match (high, unit) {
        (None, 0xD800..=0xDBFF) => return Ok(Some(unit)),
        (Some(high), 0xDC00..=0xDFFF) => 0x10000 + ((high - 0xD800) << 10) + (unit - 0xDC00),
        (Some(_), _) => return end_of_pair(high, range).map(|()| None),
        (None, code) => code,
    };
    let c = char::from_u32(code).ok_or_else(|| wrong(range, "half of a surrogate pair"))?;
    out.push(c);
    Ok(None)
}

/// `5L`
pub(crate) fn long(text: &str, range: (u32, u32)) -> Result<System<'static>, Error> {
    let digits = text.strip_suffix('L').unwrap_or(text);
    let value = digits.parse().map_err(|_| wrong(range, "a number too large for a Long"))?;
    Ok(System::Long(value))
}

/// `5` or `5.0`
pub(crate) fn number(text: &str, range: (u32, u32)) -> Result<System<'static>, Error> {
    if text.contains('.') {
        return Ok(System::Decimal(decimal(text, range)?));
    }
    let value = text.parse();
    let value =
        value.map_err(|_| wrong(range, "a number too large for an Integer; at most 2147483647"))?;
    Ok(System::Integer(value))
}

fn decimal(text: &str, range: (u32, u32)) -> Result<Decimal, Error> {
    let value = Decimal::from_str_exact(text);
    value.map_err(|_| wrong(range, "a number of too many digits; at most 28 are exact"))
}

/// `5 'mg'`
pub(crate) fn quantity(
    text: &str,
    unit: &str,
    range: (u32, u32),
) -> Result<System<'static>, Error> {
    let value = decimal(text, range)?;
    let unit = Unit::Ucum(Text::Shared(Arc::from(unit)));
    Ok(System::Quantity(Quantity { value, unit }))
}

/// `5 days`; `None` where the word is no unit of the calendar.
pub(crate) fn calendar_quantity(
    text: &str,
    word: &str,
    range: (u32, u32),
) -> Result<Option<System<'static>>, Error> {
    let Some(unit) = CalendarUnit::from_word(word) else { return Ok(None) };
    let value = decimal(text, range)?;
    Ok(Some(System::Quantity(Quantity { value, unit: Unit::Calendar(unit) })))
}

/// `@2014-01`, `@2014-01T`, `@T10:00`
pub(crate) fn temporal(text: &str, range: (u32, u32)) -> Result<System<'static>, Error> {
    let text = text.strip_prefix('@').unwrap_or(text);
    let value = if let Some(time) = text.strip_prefix('T') {
        Time::parse(time).map(System::Time)
    } else if text.contains('T') {
        DateTime::parse(text.strip_suffix('T').unwrap_or(text)).map(System::DateTime)
    } else {
        Date::parse(text).map(System::Date)
    };
    value.ok_or_else(|| wrong(range, "not a date or time; expected @YYYY-MM-DD, @YYYY-MM-DDThh:mm:ss.fff+hh:mm or @Thh:mm:ss.fff, and a day that exists"))
}
