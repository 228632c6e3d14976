//! Index rows: one a value of a resource, in numbers; and the packed list of them that each
//! resource keeps, so that an update touches only the rows that differ.

use std::cmp::Ordering;

use store::sql::derived;

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

/// A range in canonical units: the unit's code number, 0 where there is none.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct CanonicalRow {
    pub(crate) cu: i64,
    pub(crate) low: Real,
    pub(crate) high: Real,
}

impl CanonicalRow {
    pub(crate) const NONE: CanonicalRow = CanonicalRow { cu: 0, low: Real(0.0), high: Real(0.0) };
}

/// A value as a row of its table, without the resource's number.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Row {
    /// `s` is the set of texts that go with the tokens of the parameter. Where there are texts but
    /// no code, `c` is the negated `s`.
    Token {
        p: i64,
        c: i64,
        s: i64,
    },
    Identifier {
        p: i64,
        value: Box<str>,
        u: i64,
    },
    Reference {
        p: i64,
        target: i64,
    },
    String {
        p: i64,
        folded: Box<str>,
        text: Box<str>,
    },
    Date {
        p: i64,
        low: i64,
        high: i64,
    },
    Number {
        p: i64,
        low: Real,
        high: Real,
    },
    Quantity {
        p: i64,
        c: i64,
        unit: i64,
        low: Real,
        high: Real,
        canonical: CanonicalRow,
    },
    Uri {
        p: i64,
        u: i64,
    },
    /// `n` tells values of one resource apart that begin alike.
    Composite {
        p: i64,
        parts: Box<[Part]>,
        n: i64,
    },
    Position {
        p: i64,
        z: Real,
        x: Real,
        y: Real,
    },
    /// There are several times, numbers or quantities.
    Many {
        p: i64,
    },
}

/// A component of a composite.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Part {
    /// A code, a target or a URI, by its number.
    Number(i64),
    Text {
        folded: Box<str>,
        text: Box<str>,
    },
    Date {
        low: i64,
        high: i64,
    },
    Range {
        low: Real,
        high: Real,
    },
    Quantity {
        c: i64,
        unit: i64,
        low: Real,
        high: Real,
        canonical: CanonicalRow,
    },
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
            | Row::Uri { p, .. }
            | Row::Composite { p, .. }
            | Row::Position { p, .. }
            | Row::Many { p } => *p,
        }
    }

    /// The number of the parameter that it was derived from.
    pub(crate) fn base(&self) -> i64 {
        self.parameter() % derived::END
    }
}

/// Everything that a resource is found by.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct Keys {
    /// Its own rows, sorted, each once.
    pub(crate) rows: Vec<Row>,
    pub(crate) contained: Vec<ContainedKeys>,
}

impl Keys {
    fn all(&self) -> impl Iterator<Item = &Row> {
        self.rows.iter().chain(self.contained.iter().flat_map(|each| &each.rows))
    }

    /// The sets of texts that its tokens carry.
    pub(crate) fn texts(&self) -> impl Iterator<Item = i64> {
        let set = |row: &Row| if let Row::Token { s, .. } = row { Some(*s) } else { None };
        self.all().filter_map(set).filter(|set| *set != 0)
    }

    /// The URIs that it names other than as systems.
    pub(crate) fn uris(&self) -> impl Iterator<Item = i64> {
        self.all().filter_map(|row| match row {
            Row::Uri { u, .. } => Some(*u),
            Row::Reference { target, .. } if *target < 0 => Some(-target),
            _ => None,
        })
    }
}

/// The rows of a contained resource.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct ContainedKeys {
    pub(crate) rid: i64,
    pub(crate) t: i64,
    pub(crate) local: Box<str>,
    pub(crate) rows: Vec<Row>,
}

/// Sorts rows, drops repeats, numbers composites, and notes of what there are several.
pub(crate) fn arrange(rows: &mut Vec<Row>) {
    rows.retain(|row| !matches!(row, Row::Many { .. }));
    rows.sort_unstable();
    rows.dedup();
    let ranged =
        |row: &Row| matches!(row, Row::Date { .. } | Row::Number { .. } | Row::Quantity { .. });
    let pairs = rows.windows(2).filter(|pair| {
        ranged(&pair[0]) && ranged(&pair[1]) && pair[0].parameter() == pair[1].parameter()
    });
    let mut many: Vec<Row> = pairs.map(|pair| Row::Many { p: pair[0].parameter() }).collect();
    many.sort_unstable();
    many.dedup();
    rows.append(&mut many);
    let mut number = 0;
    for row in rows {
        if let Row::Composite { n, .. } = row {
            *n = number;
            number += 1;
        }
    }
}

/// Begins the rows of a contained resource.
const CONTAINED: u8 = 0xFF;

/// Packs keys.
pub(crate) fn pack(keys: &Keys) -> Vec<u8> {
    let mut out = pack_rows(keys.rows.iter());
    for each in &keys.contained {
        put(&mut out, CONTAINED, &[each.rid, each.t]);
        put_text(&mut out, &each.local);
        each.rows.iter().for_each(|row| pack_row(&mut out, row));
    }
    out
}

/// Packs rows in the order in which they come.
pub(crate) fn pack_rows<'r>(rows: impl ExactSizeIterator<Item = &'r Row>) -> Vec<u8> {
    let mut out = Vec::with_capacity(rows.len() * 10);
    rows.for_each(|row| pack_row(&mut out, row));
    out
}

fn pack_row(out: &mut Vec<u8>, row: &Row) {
    match row {
        Row::Token { p, c, s: 0 } => put(out, 0, &[*p, *c]),
        Row::Token { p, c, s } => put(out, 8, &[*p, *c, *s]),
        Row::Identifier { p, value, u } => {
            put(out, 1, &[*p, *u]);
            put_text(out, value);
        }
        Row::Reference { p, target } => put(out, 2, &[*p, *target]),
        Row::String { p, folded, text } => {
            put(out, 3, &[*p]);
            put_text(out, folded);
            put_text(out, text);
        }
        // A span is shorter than a second end; it wraps where both ends are open.
        Row::Date { p, low, high } => put(out, 4, &[*p, *low, high.wrapping_sub(*low)]),
        Row::Number { p, low, high } => {
            put(out, 5, &[*p]);
            put_range(out, *low, *high);
        }
        Row::Quantity { p, c, unit, low, high, canonical } => {
            let kind = if canonical.cu == 0 { 6 } else { 9 };
            put(out, kind, &[*p, *c, *unit]);
            put_range(out, *low, *high);
            put_canonical(out, *canonical);
        }
        Row::Uri { p, u } => put(out, 7, &[*p, *u]),
        Row::Composite { p, parts, n } => {
            put(out, 10, &[*p, *n, parts.len() as i64]);
            parts.iter().for_each(|part| pack_part(out, part));
        }
        Row::Many { p } => put(out, 12, &[*p]),
        Row::Position { p, z, x, y } => {
            put(out, 11, &[*p]);
            for real in [z, x, y] {
                out.extend_from_slice(&real.0.to_le_bytes());
            }
        }
    }
}

fn pack_part(out: &mut Vec<u8>, part: &Part) {
    match part {
        Part::Number(number) => put(out, 0, &[*number]),
        Part::Text { folded, text } => {
            out.push(1);
            put_text(out, folded);
            put_text(out, text);
        }
        Part::Date { low, high } => put(out, 2, &[*low, high.wrapping_sub(*low)]),
        Part::Range { low, high } => {
            out.push(3);
            put_range(out, *low, *high);
        }
        Part::Quantity { c, unit, low, high, canonical } => {
            put(out, if canonical.cu == 0 { 4 } else { 5 }, &[*c, *unit]);
            put_range(out, *low, *high);
            put_canonical(out, *canonical);
        }
    }
}

/// Unpacks keys; `None` if the bytes are none.
pub(crate) fn unpack(bytes: &[u8]) -> Option<Keys> {
    let mut from = bytes;
    let mut keys = Keys::default();
    while let Some((kind, rest)) = from.split_first() {
        from = rest;
        if *kind == CONTAINED {
            let (rid, t) = (take(&mut from)?, take(&mut from)?);
            let local = take_text(&mut from)?;
            keys.contained.push(ContainedKeys { rid, t, local, rows: Vec::new() });
            continue;
        }
        let row = unpack_row(*kind, &mut from)?;
        match keys.contained.last_mut() {
            Some(contained) => contained.rows.push(row),
            None => keys.rows.push(row),
        }
    }
    Some(keys)
}

/// What the resource itself refers to by the parameter numbered `parameter`, from packed keys;
/// `None` if the bytes are none.
pub(crate) fn targets(keys: &[u8], parameter: i64) -> Option<Vec<i64>> {
    let (mut from, mut targets) = (keys, Vec::new());
    while let Some((kind, rest)) = from.split_first().filter(|(kind, _)| **kind != CONTAINED) {
        from = rest;
        match unpack_row(*kind, &mut from)? {
            Row::Reference { p, target } if p == parameter && target > 0 => targets.push(target),
            Row::Token { .. } | Row::Identifier { .. } | Row::Reference { .. } => {}
            // Rows are sorted, by kind first.
            _ => break,
        }
    }
    Some(targets)
}

fn unpack_row(kind: u8, from: &mut &[u8]) -> Option<Row> {
    let p = take(from)?;
    Some(match kind {
        0 => Row::Token { p, c: take(from)?, s: 0 },
        8 => Row::Token { p, c: take(from)?, s: take(from)? },
        1 => {
            let u = take(from)?;
            Row::Identifier { p, value: take_text(from)?, u }
        }
        2 => Row::Reference { p, target: take(from)? },
        3 => Row::String { p, folded: take_text(from)?, text: take_text(from)? },
        4 => {
            let low = take(from)?;
            Row::Date { p, low, high: low.wrapping_add(take(from)?) }
        }
        5 => {
            let (low, high) = take_range(from)?;
            Row::Number { p, low, high }
        }
        6 | 9 => {
            let (c, unit) = (take(from)?, take(from)?);
            let (low, high) = take_range(from)?;
            Row::Quantity { p, c, unit, low, high, canonical: take_canonical(from, kind == 9)? }
        }
        7 => Row::Uri { p, u: take(from)? },
        10 => {
            let n = take(from)?;
            // Each part is a byte at least, so that a wrong length ends with the bytes.
            let parts = usize::try_from(take(from)?).ok().filter(|parts| *parts <= from.len())?;
            Row::Composite {
                p,
                n,
                parts: (0..parts).map(|_| take_part(from)).collect::<Option<_>>()?,
            }
        }
        12 => Row::Many { p },
        11 => Row::Position { p, z: take_real(from)?, x: take_real(from)?, y: take_real(from)? },
        _ => return None,
    })
}

fn take_part(from: &mut &[u8]) -> Option<Part> {
    let (kind, rest) = from.split_first()?;
    *from = rest;
    Some(match kind {
        0 => Part::Number(take(from)?),
        1 => Part::Text { folded: take_text(from)?, text: take_text(from)? },
        2 => {
            let low = take(from)?;
            Part::Date { low, high: low.wrapping_add(take(from)?) }
        }
        3 => {
            let (low, high) = take_range(from)?;
            Part::Range { low, high }
        }
        4 | 5 => {
            let (c, unit) = (take(from)?, take(from)?);
            let (low, high) = take_range(from)?;
            Part::Quantity { c, unit, low, high, canonical: take_canonical(from, *kind == 5)? }
        }
        _ => return None,
    })
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

fn put_canonical(out: &mut Vec<u8>, canonical: CanonicalRow) {
    if canonical.cu != 0 {
        put_number(out, canonical.cu);
        put_range(out, canonical.low, canonical.high);
    }
}

fn take_canonical(from: &mut &[u8], there: bool) -> Option<CanonicalRow> {
    if !there {
        return Some(CanonicalRow::NONE);
    }
    let cu = take(from)?;
    let (low, high) = take_range(from)?;
    Some(CanonicalRow { cu, low, high })
}

fn take_range(from: &mut &[u8]) -> Option<(Real, Real)> {
    let (point, rest) = from.split_first()?;
    *from = rest;
    let low = take_real(from)?;
    Some((low, if *point == 1 { low } else { take_real(from)? }))
}

fn take_real(from: &mut &[u8]) -> Option<Real> {
    let (bytes, rest) = from.split_first_chunk::<8>()?;
    *from = rest;
    Some(Real(f64::from_le_bytes(*bytes)))
}

#[cfg(test)]
mod tests {
    use super::{CanonicalRow, ContainedKeys, Keys, Part, Real, Row, arrange, pack, unpack};

    #[test]
    fn keys_come_back() {
        let canonical = CanonicalRow { cu: 4, low: Real(0.0054), high: Real(0.0055) };
        let (low, high) = (Real(5.4), Real(5.5));
        let quantity = |canonical| Part::Quantity { c: 1, unit: 2, low, high, canonical };
        let parts = [
            Part::Number(-9),
            Part::Text { folded: "zoë".into(), text: "Zoë".into() },
            Part::Date { low: i64::MIN, high: i64::MAX },
            Part::Range { low, high },
            quantity(canonical),
            quantity(CanonicalRow::NONE),
        ];
        let rows = vec![
            Row::Token { p: 1, c: i64::MAX, s: 0 },
            Row::Token { p: 1, c: -3, s: 3 },
            Row::Identifier { p: 2, value: "999 000".into(), u: 0 },
            Row::Reference { p: 3, target: -5 },
            Row::String { p: 4, folded: "zoë".into(), text: "".into() },
            Row::Date { p: 5, low: i64::MIN, high: i64::MAX },
            Row::Number { p: 6, low: Real(f64::NEG_INFINITY), high: Real(-0.0) },
            Row::Quantity { p: 7, c: 1, unit: 2, low, high: low, canonical },
            Row::Quantity { p: 7, c: 1, unit: 2, low, high, canonical: CanonicalRow::NONE },
            Row::Uri { p: 8, u: 1 },
            Row::Composite { p: 9, parts: parts.into(), n: 0 },
            Row::Composite { p: 9, parts: [].into(), n: 1 },
            Row::Position { p: 10, z: Real(1.0), x: Real(0.0), y: Real(-0.0) },
            Row::Many { p: 5 },
        ];
        let contained = |rid, rows: &[Row]| ContainedKeys {
            rid,
            t: 3,
            local: "a.b".into(),
            rows: rows.to_vec(),
        };
        let keys = Keys { contained: vec![contained(7, &rows[..2]), contained(8, &[])], rows };
        let packed = pack(&keys);
        assert_eq!(unpack(&packed), Some(keys));
        for length in 1..packed.len() {
            // A list cut short is either fewer rows or an error, never a panic.
            let _ = unpack(&packed[..length]);
        }
        assert_eq!(unpack(&[99, 2]), None);
        assert_eq!(unpack(&[10, 2, 2, 0x7E]), None, "more parts than there are bytes");
    }

    #[test]
    fn composites_are_numbered_in_order() {
        let composite =
            |number| Row::Composite { p: 1, parts: [Part::Number(number)].into(), n: 0 };
        let mut rows = vec![composite(5), composite(3), composite(5)];
        arrange(&mut rows);
        let numbers: Vec<i64> = rows
            .iter()
            .map(|row| if let Row::Composite { n, .. } = row { *n } else { -1 })
            .collect();
        assert_eq!(numbers, [0, 1]);
    }
}
