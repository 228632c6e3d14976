//! Reading a code: terms of units with powers, from left to right (UCUM §7, the grammar in §B).
//!
//! `a/b.c` is `(a/b).c`. A slash may lead the whole code. Annotations stand at the end of a unit or
//! alone, and mean nothing. They may stand after parentheses too, as in the published
//! `U/(10.g){feces}`, where the grammar has none. Spaces are let through in annotations, though UCUM has none: FHIR's own
//! value set of common units has codes such as `%{Negative Control}`.

use crate::error::Error;
use crate::ratio::Ratio;
use crate::table::Table;
use crate::unit::{Factor, Value};

/// Bytes of a code; the longest of the published lists has about 50.
pub(crate) const LENGTH_MAX: usize = 255;

/// Parentheses within parentheses.
const DEPTH_MAX: usize = 16;

/// Digits of a power, and of a number in a code.
const POWER_DIGITS_MAX: usize = 3;
const NUMBER_DIGITS_MAX: usize = 18;

/// Reads a code with the units of a table.
pub(crate) fn read(code: &str, table: &Table) -> Result<Value, Error> {
    if code.len() > LENGTH_MAX {
        return Err(Error { position: LENGTH_MAX, expected: "at most 255 characters".into() });
    }
    if let Some(position) = code.bytes().position(|byte| !matches!(byte, b' '..=b'~')) {
        let expected = "a printable ASCII character".into();
        return Err(Error { position, expected });
    }
    let mut reader = Reader { code, bytes: code.as_bytes(), at: 0, table };
    let value = if reader.eat(b'/') {
        let start = reader.at;
        let divisor = reader.component(0)?;
        let one = reader.number(Ratio::ONE, start)?;
        let first = reader.product(&one, &divisor, -1, start)?;
        reader.rest(first, 0)?
    } else {
        reader.term(0)?
    };
    if reader.at < reader.bytes.len() {
        return Err(reader.expected(reader.at, "`.`, `/` or the end"));
    }
    Ok(value)
}

struct Reader<'a> {
    code: &'a str,
    bytes: &'a [u8],
    at: usize,
    table: &'a Table,
}

impl Reader<'_> {
    fn term(&mut self, depth: usize) -> Result<Value, Error> {
        let first = self.component(depth)?;
        self.rest(first, depth)
    }

    /// `(. component | / component)*`
    fn rest(&mut self, first: Value, depth: usize) -> Result<Value, Error> {
        let mut value = first;
        loop {
            let power = match self.bytes.get(self.at) {
                Some(b'.') => 1,
                Some(b'/') => -1,
                _ => return Ok(value),
            };
            self.at += 1;
            let start = self.at;
            let next = self.component(depth)?;
            value = self.product(&value, &next, power, start)?;
        }
    }

    fn component(&mut self, depth: usize) -> Result<Value, Error> {
        let start = self.at;
        match self.bytes.get(self.at) {
            Some(b'(') => {
                if depth == DEPTH_MAX {
                    return Err(self.expected(start, "at most 16 parentheses within each other"));
                }
                self.at += 1;
                let value = self.term(depth + 1)?;
                if !self.eat(b')') {
                    return Err(self.expected(self.at, "`)`"));
                }
                self.annotated(value)
            }
            Some(b'{') => {
                self.annotation()?;
                self.number(Ratio::ONE, start)
            }
            _ => {
                let value = self.simple()?;
                self.annotated(value)
            }
        }
    }

    fn annotated(&mut self, value: Value) -> Result<Value, Error> {
        if self.bytes.get(self.at) == Some(&b'{') {
            self.annotation()?;
        }
        Ok(value)
    }

    fn annotation(&mut self) -> Result<(), Error> {
        let start = self.at;
        let end = self.code[start + 1..].find(['{', '}']).map(|length| start + 1 + length);
        match end {
            Some(end) if self.bytes[end] == b'}' => {
                self.at = end + 1;
                Ok(())
            }
            Some(end) => Err(self.expected(end, "`}`")),
            None => Err(self.expected(self.bytes.len(), "`}`")),
        }
    }

    /// A number, or a unit with or without a power.
    fn simple(&mut self) -> Result<Value, Error> {
        let start = self.at;
        let end = self.end_of_simple()?;
        self.at = end;
        let text = &self.code[start..end];
        if text.is_empty() {
            return Err(self.expected(start, "a unit"));
        }
        if text.bytes().all(|byte| byte.is_ascii_digit()) {
            let number = (text.len() <= NUMBER_DIGITS_MAX).then(|| text.parse::<i128>().ok());
            let number = number.flatten().filter(|number| *number > 0);
            let ratio = number.and_then(|number| Ratio::from_parts(number, 0));
            let ratio = ratio
                .ok_or_else(|| self.expected(start, "a number above 0 of at most 18 digits"))?;
            return self.number(ratio, start);
        }
        // A whole code may end in a figure or a sign; none does so today but `10*` and `10^`.
        let digits = text.len() - text.bytes().rev().take_while(u8::is_ascii_digit).count();
        let signed = digits > 0 && matches!(text.as_bytes()[digits - 1], b'+' | b'-');
        let symbol = &text[..digits - usize::from(signed)];
        let power = &text[symbol.len()..];
        if power.len() - usize::from(signed) > POWER_DIGITS_MAX {
            return Err(self.expected(start + digits, "a power of at most 3 digits"));
        }
        let value = self.unit(symbol, start)?;
        if power.is_empty() {
            return Ok(value);
        }
        let power: i16 =
            power.parse().map_err(|_| self.expected(start + symbol.len(), "a power"))?;
        value.power(power).ok_or_else(|| self.out_of_range(start))
    }

    /// Up to the next operator, annotation or parenthesis outside square brackets. A sign belongs
    /// to a power: digits must follow, and nothing else.
    fn end_of_simple(&self) -> Result<usize, Error> {
        let mut in_brackets = None;
        let mut at = self.at;
        while let Some(byte) = self.bytes.get(at) {
            match (byte, in_brackets) {
                (b'[', None) => in_brackets = Some(at),
                (b']', Some(_)) => in_brackets = None,
                (b']', None) => return Err(self.expected(at, "`[` before `]`")),
                (b'[', Some(_)) => return Err(self.expected(at, "`]` before `[`")),
                (b'.' | b'/' | b'(' | b')' | b'{' | b'}', None) => return Ok(at),
                (b'+' | b'-', None) => {
                    let digits = self.bytes[at + 1..].iter().take_while(|b| b.is_ascii_digit());
                    let end = at + 1 + digits.count();
                    return if end == at + 1 {
                        Err(self.expected(end, "the digits of a power"))
                    } else {
                        Ok(end)
                    };
                }
                _ => {}
            }
            at += 1;
        }
        match in_brackets {
            Some(_) => Err(self.expected(at, "`]`")),
            None => Ok(at),
        }
    }

    fn unit(&self, symbol: &str, start: usize) -> Result<Value, Error> {
        let (prefix, entry) = self.table.find(symbol).ok_or_else(|| {
            let after_number = symbol.starts_with(|first: char| first.is_ascii_digit());
            let expected = if after_number {
                "a known unit; between a number and a unit stands `.`"
            } else {
                "a known unit (codes are case sensitive)"
            };
            self.expected(start, expected)
        })?;
        let Some(prefix) = prefix else { return Ok(entry.value.clone()) };
        let number = Value { factor: Factor::exact(prefix), ..self.number(Ratio::ONE, start)? };
        self.product(&number, &entry.value, 1, start)
    }

    fn product(&self, left: &Value, right: &Value, power: i16, at: usize) -> Result<Value, Error> {
        left.times(right, power).ok_or_else(|| {
            if left.scale.is_some() || right.scale.is_some() {
                self.expected(at, "a unit that may be multiplied; scales such as Cel stand alone")
            } else {
                self.out_of_range(at)
            }
        })
    }

    fn number(&self, ratio: Ratio, at: usize) -> Result<Value, Error> {
        Value::number(ratio).ok_or_else(|| self.out_of_range(at))
    }

    fn out_of_range(&self, at: usize) -> Error {
        self.expected(at, "a unit of a size that numbers can hold")
    }

    #[expect(clippy::unused_self, reason = "errors of a reader read alike")]
    fn expected(&self, position: usize, expected: &'static str) -> Error {
        Error { position, expected: expected.into() }
    }

    fn eat(&mut self, byte: u8) -> bool {
        let there = self.bytes.get(self.at) == Some(&byte);
        self.at += usize::from(there);
        there
    }
}
