//! What resources are ordered by.
//! Spec: <https://hl7.org/fhir/R4/search.html#sort>.
//!
//! Of several values the least counts when ascending and the greatest when descending; what has none
//! comes last either way. Strings are ordered in their plain form, tokens by their code, ranges by
//! the end that the order begins with. References have no order of their own.

use std::cmp::Ordering;

use crate::decimal::Decimal;
use crate::judge::{Judge, Key};
use crate::kind::Fact;
use crate::query::SortKey;
use crate::span::Span;
use crate::words::plain;
use crate::world::World;

/// A value that is ordered by.
#[derive(Clone, Debug, PartialEq, PartialOrd)]
pub enum SortValue {
    /// No value, or one that the order does not look at.
    None,
    /// A moment; one that goes on for ever is the least or the greatest number.
    Moment(i64),
    /// A number.
    Number(f64),
    /// A text.
    Text(String),
}

impl Judge {
    /// What a resource is ordered by, one value a key.
    pub fn sort_values(&self, world: &World, key: &Key, sort: &[SortKey]) -> Vec<SortValue> {
        sort.iter().map(|by| self.sort_value(world, key, by)).collect()
    }

    fn sort_value(&self, world: &World, key: &Key, by: &SortKey) -> SortValue {
        let (Some(site), Some(parameter)) = (world.site(key), self.parameter(key.0, &by.code))
        else {
            return SortValue::None;
        };
        let facts = self.facts(site, parameter);
        let values = facts.iter().flat_map(|fact| values(fact, by.is_descending));
        let better = |a: SortValue, b: SortValue| {
            let wanted = if by.is_descending { Ordering::Greater } else { Ordering::Less };
            if b.partial_cmp(&a) == Some(wanted) { b } else { a }
        };
        values.reduce(better).unwrap_or(SortValue::None)
    }
}

/// Whether resources with these values may stand one after the other.
pub fn may_follow(first: &[SortValue], second: &[SortValue], sort: &[SortKey]) -> bool {
    for ((a, b), by) in first.iter().zip(second).zip(sort) {
        let order = match (a, b) {
            (SortValue::None, SortValue::None) => Ordering::Equal,
            (_, SortValue::None) => Ordering::Less,
            (SortValue::None, _) => Ordering::Greater,
            _ => {
                let order = a.partial_cmp(b).unwrap_or(Ordering::Equal);
                if by.is_descending { order.reverse() } else { order }
            }
        };
        match order {
            Ordering::Less => return true,
            Ordering::Equal => {}
            Ordering::Greater => return false,
        }
    }
    true
}

fn values(fact: &Fact, is_descending: bool) -> Vec<SortValue> {
    let number = |span: &Span<Decimal>| {
        // An open end stands just beside its place.
        let (end, never, beside): (_, _, fn(f64) -> f64) = if is_descending {
            (span.high, f64::INFINITY, f64::next_down)
        } else {
            (span.low, f64::NEG_INFINITY, f64::next_up)
        };
        let at = end.at.map_or(never, Decimal::nearest);
        vec![SortValue::Number(if end.is_open { beside(at) } else { at })]
    };
    match fact {
        Fact::Date(span) => {
            let (end, never) =
                if is_descending { (span.high, i64::MAX) } else { (span.low, i64::MIN) };
            vec![SortValue::Moment(end.at.unwrap_or(never))]
        }
        Fact::Number(span) => number(span),
        Fact::Quantity(said) => number(&said.amount),
        Fact::String(texts) => texts.iter().map(|text| SortValue::Text(plain(text))).collect(),
        Fact::Uri(uri) => vec![SortValue::Text(uri.clone())],
        Fact::Token(said) => {
            let codes = said.codings.iter().map(|(_, code)| code.clone().unwrap_or_default());
            codes.map(SortValue::Text).collect()
        }
        Fact::Reference(_) | Fact::Position(_) | Fact::Composite(_) => Vec::new(),
    }
}
