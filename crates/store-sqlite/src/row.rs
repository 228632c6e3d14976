//! Index rows: one a value of a resource, in numbers; and the packed list of them that each
//! resource keeps, so that an update touches only the rows that differ.

use std::cmp::Ordering;

/// A floating-point number with a total order, so that rows can be sorted and compared.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Real(pub(crate) f64);

impl PartialEq for Real {
    fn eq(&self, other: &Real) -> bool {
        self.cmp(other) == Ordering::Equal
    }
}

impl Eq for Real {}

impl PartialOrd for Real {
    fn partial_cmp(&self, other: &Real) -> Option<Ordering> {
        Some(self.cmp(other))
    }
}

impl Ord for Real {
    fn cmp(&self, other: &Real) -> Ordering {
        self.0.total_cmp(&other.0)
    }
}

/// A value as a row of its table, without the resource's number.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Row {
    Token { p: i64, c: i64 },
    Identifier { p: i64, value: Box<str>, u: i64 },
    Reference { p: i64, target: i64 },
    String { p: i64, folded: Box<str>, text: Box<str> },
    Date { p: i64, low: i64, high: i64 },
    Number { p: i64, low: Real, high: Real },
    Quantity { p: i64, c: i64, unit: i64, low: Real, high: Real },
    Uri { p: i64, u: i64 },
}

impl Row {
    /// The number of its parameter.
    pub(crate) fn parameter(&self) -> i64 {
        match self {
            Row::Token { p, .. }
            | Row::Identifier { p, .. }
            | Row::Reference { p, .. }
            | Row::String { p, .. }
            | Row::Date { p, .. }
            | Row::Number { p, .. }
            | Row::Quantity { p, .. }
            | Row::Uri { p, .. } => *p,
        }
    }
}

/// Packs sorted rows.
pub(crate) fn pack(rows: &[Row]) -> Vec<u8> {
    pack_all(rows.iter())
}

/// Packs rows in the order in which they come.
pub(crate) fn pack_all<'r>(rows: impl ExactSizeIterator<Item = &'r Row>) -> Vec<u8> {
    let mut out = Vec::with_capacity(rows.len() * 10);
    for row in rows {
        match row {
            Row::Token { p, c } => put(&mut out, 0, &[*p, *c]),
            Row::Identifier { p, value, u } => {
                put(&mut out, 1, &[*p, *u]);
                put_text(&mut out, value);
            }
            Row::Reference { p, target } => put(&mut out, 2, &[*p, *target]),
            Row::String { p, folded, text } => {
                put(&mut out, 3, &[*p]);
                put_text(&mut out, folded);
                put_text(&mut out, text);
            }
            // A span is shorter than a second end; it wraps where both ends are open.
            Row::Date { p, low, high } => put(&mut out, 4, &[*p, *low, high.wrapping_sub(*low)]),
            Row::Number { p, low, high } => {
                put(&mut out, 5, &[*p]);
                put_range(&mut out, *low, *high);
            }
            Row::Quantity { p, c, unit, low, high } => {
                put(&mut out, 6, &[*p, *c, *unit]);
                put_range(&mut out, *low, *high);
            }
            Row::Uri { p, u } => put(&mut out, 7, &[*p, *u]),
        }
    }
    out
}

/// Unpacks rows; `None` if the bytes are no such list.
pub(crate) fn unpack(bytes: &[u8]) -> Option<Vec<Row>> {
    let mut from = bytes;
    let mut rows = Vec::new();
    while let Some((kind, rest)) = from.split_first() {
        from = rest;
        let p = take(&mut from)?;
        rows.push(match kind {
            0 => Row::Token { p, c: take(&mut from)? },
            1 => {
                let u = take(&mut from)?;
                Row::Identifier { p, value: take_text(&mut from)?, u }
            }
            2 => Row::Reference { p, target: take(&mut from)? },
            3 => Row::String { p, folded: take_text(&mut from)?, text: take_text(&mut from)? },
            4 => {
                let low = take(&mut from)?;
                Row::Date { p, low, high: low.wrapping_add(take(&mut from)?) }
            }
            5 => {
                let (low, high) = take_range(&mut from)?;
                Row::Number { p, low, high }
            }
            6 => {
                let (c, unit) = (take(&mut from)?, take(&mut from)?);
                let (low, high) = take_range(&mut from)?;
                Row::Quantity { p, c, unit, low, high }
            }
            7 => Row::Uri { p, u: take(&mut from)? },
            _ => return None,
        });
    }
    Some(rows)
}

fn put(out: &mut Vec<u8>, kind: u8, numbers: &[i64]) {
    out.push(kind);
    for number in numbers {
        put_number(out, *number);
    }
}

/// LEB128 of the zigzag form.
pub(crate) fn put_number(out: &mut Vec<u8>, number: i64) {
    let mut rest = ((number << 1) ^ (number >> 63)) as u64;
    while rest >= 0x80 {
        out.push(rest as u8 | 0x80);
        rest >>= 7;
    }
    out.push(rest as u8);
}

/// Takes what [`put_number`] put.
pub(crate) fn take(from: &mut &[u8]) -> Option<i64> {
    let mut value = 0u64;
    for shift in (0..64).step_by(7) {
        let (byte, rest) = from.split_first()?;
        *from = rest;
        value |= u64::from(byte & 0x7F) << shift;
        if byte & 0x80 == 0 {
            return Some((value >> 1) as i64 ^ -((value & 1) as i64));
        }
    }
    None
}

/// A text with its length before it.
pub(crate) fn put_text(out: &mut Vec<u8>, text: &str) {
    put_number(out, text.len() as i64);
    out.extend_from_slice(text.as_bytes());
}

/// Takes what [`put_text`] put.
pub(crate) fn take_text(from: &mut &[u8]) -> Option<Box<str>> {
    let length = usize::try_from(take(from)?).ok()?;
    let (text, rest) = from.split_at_checked(length)?;
    *from = rest;
    std::str::from_utf8(text).ok().map(Into::into)
}

/// A point is written once, with a mark.
fn put_range(out: &mut Vec<u8>, low: Real, high: Real) {
    let point = low == high;
    out.push(u8::from(point));
    out.extend_from_slice(&low.0.to_le_bytes());
    if !point {
        out.extend_from_slice(&high.0.to_le_bytes());
    }
}

fn take_range(from: &mut &[u8]) -> Option<(Real, Real)> {
    let real = |from: &mut &[u8]| {
        let (bytes, rest) = from.split_first_chunk::<8>()?;
        *from = rest;
        Some(Real(f64::from_le_bytes(*bytes)))
    };
    let (point, rest) = from.split_first()?;
    *from = rest;
    let low = real(from)?;
    Some((low, if *point == 1 { low } else { real(from)? }))
}

#[cfg(test)]
mod tests {
    use super::{Real, Row, pack, unpack};

    #[test]
    fn rows_come_back() {
        let rows = vec![
            Row::Token { p: 1, c: i64::MAX },
            Row::Identifier { p: 2, value: "999 000".into(), u: 0 },
            Row::Reference { p: 3, target: -5 },
            Row::String { p: 4, folded: "zoë".into(), text: "".into() },
            Row::Date { p: 5, low: i64::MIN, high: i64::MAX },
            Row::Number { p: 6, low: Real(f64::NEG_INFINITY), high: Real(-0.0) },
            Row::Quantity { p: 7, c: 1, unit: 2, low: Real(5.4), high: Real(5.4) },
            Row::Uri { p: 8, u: 1 },
        ];
        let packed = pack(&rows);
        assert_eq!(unpack(&packed), Some(rows));
        for length in 1..packed.len() {
            // A list cut short is either fewer rows or an error, never a panic.
            let _ = unpack(&packed[..length]);
        }
        assert_eq!(unpack(&[9, 2]), None);
    }
}
