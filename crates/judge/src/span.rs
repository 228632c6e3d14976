//! Ranges with ends that may be open or missing, and the nine prefixes over them.
//! Spec: <https://hl7.org/fhir/R4/search.html#prefix>.
//!
//! A range is what is known of a value: a day is all its moments, `< 5` everything below five.

use std::cmp::Ordering;

use crate::query::Prefix;

/// One end of a range.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) struct End<T> {
    /// Where; `None` where the range goes on for ever.
    pub(crate) at: Option<T>,
    /// Whether the place itself is not part of the range.
    pub(crate) is_open: bool,
}

/// A range of values.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) struct Span<T> {
    pub(crate) low: End<T>,
    pub(crate) high: End<T>,
}

impl<T: PartialOrd + Copy> End<T> {
    pub(crate) fn closed(at: T) -> End<T> {
        End { at: Some(at), is_open: false }
    }

    pub(crate) fn open(at: T) -> End<T> {
        End { at: Some(at), is_open: true }
    }

    pub(crate) fn never() -> End<T> {
        End { at: None, is_open: false }
    }
}

fn order<T: PartialOrd>(a: &T, b: &T) -> Ordering {
    a.partial_cmp(b).unwrap_or(Ordering::Equal)
}

/// Compares low ends: one that goes on for ever is the least, an open one is just above its place.
fn low_order<T: PartialOrd + Copy>(a: End<T>, b: End<T>) -> Ordering {
    match (a.at, b.at) {
        (None, None) => Ordering::Equal,
        (None, Some(_)) => Ordering::Less,
        (Some(_), None) => Ordering::Greater,
        (Some(x), Some(y)) => order(&x, &y).then(a.is_open.cmp(&b.is_open)),
    }
}

/// Compares high ends: one that goes on for ever is the greatest, an open one just below its place.
fn high_order<T: PartialOrd + Copy>(a: End<T>, b: End<T>) -> Ordering {
    match (a.at, b.at) {
        (None, None) => Ordering::Equal,
        (None, Some(_)) => Ordering::Greater,
        (Some(_), None) => Ordering::Less,
        (Some(x), Some(y)) => order(&x, &y).then(b.is_open.cmp(&a.is_open)),
    }
}

impl<T: PartialOrd + Copy> Span<T> {
    pub(crate) fn point(at: T) -> Span<T> {
        Span { low: End::closed(at), high: End::closed(at) }
    }

    /// Whether every value of `other` is one of this range.
    pub(crate) fn contains(&self, other: &Span<T>) -> bool {
        low_order(self.low, other.low).is_le() && high_order(self.high, other.high).is_ge()
    }

    /// Whether a value of this range lies beyond everything of `other`.
    fn reaches_above(&self, other: &Span<T>) -> bool {
        high_order(self.high, other.high).is_gt()
    }

    fn reaches_below(&self, other: &Span<T>) -> bool {
        low_order(self.low, other.low).is_lt()
    }

    /// Whether the whole range lies beyond `other`.
    fn is_above(&self, other: &Span<T>) -> bool {
        match (self.low.at, other.high.at) {
            (Some(low), Some(high)) => match order(&low, &high) {
                Ordering::Greater => true,
                Ordering::Equal => self.low.is_open || other.high.is_open,
                Ordering::Less => false,
            },
            _ => false,
        }
    }

    pub(crate) fn overlaps(&self, other: &Span<T>) -> bool {
        !self.is_above(other) && !other.is_above(self)
    }

    /// Whether a value of which this is known fulfils `prefix` of `wanted`; for `ap` the caller has
    /// widened `wanted`.
    pub(crate) fn fulfils(&self, prefix: Prefix, wanted: &Span<T>) -> bool {
        match prefix {
            Prefix::None | Prefix::Eq => wanted.contains(self),
            Prefix::Ne => !wanted.contains(self),
            Prefix::Gt => self.reaches_above(wanted),
            Prefix::Lt => self.reaches_below(wanted),
            Prefix::Ge => self.reaches_above(wanted) || wanted.contains(self),
            Prefix::Le => self.reaches_below(wanted) || wanted.contains(self),
            Prefix::Sa => self.is_above(wanted),
            Prefix::Eb => wanted.is_above(self),
            Prefix::Ap => self.overlaps(wanted),
        }
    }
}
