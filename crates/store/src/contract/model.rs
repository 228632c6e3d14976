//! The oracle: resources in a map, searched by looking at each; nothing shared with any backend.

use std::collections::BTreeMap;

use search::{
    DateRange, Expression, IndexEntry, IndexValue, Modifier, NumberRange, ParameterId, Predicate,
    Prefix, ReferenceTarget, SortBy, SortKey, SortOrder, TokenCode, TokenSystem,
};

use crate::ResourceKey;

/// What is current, in the order in which the keys were first named.
#[derive(Clone, Debug, Default)]
pub struct Model {
    /// Version, whether it is live, entries, time of the last write.
    pub resources: BTreeMap<ResourceKey, Resource>,
}

/// One resource's state.
#[derive(Clone, Debug, Default)]
pub struct Resource {
    /// The last version.
    pub version: u32,
    /// Whether that is no deletion.
    pub live: bool,
    /// What it is found by.
    pub entries: Vec<IndexEntry>,
    /// When it was written.
    pub last_updated: i64,
}

impl Model {
    /// The ids of a type that fulfil an expression.
    pub fn search(&self, resource_type: fhir::ResourceType, filter: &Expression) -> Vec<String> {
        let fits = |(key, resource): &(&ResourceKey, &Resource)| {
            key.resource_type == resource_type && resource.live && self.holds(key, resource, filter)
        };
        self.resources.iter().filter(fits).map(|(key, _)| key.id.to_string()).collect()
    }

    fn holds(&self, key: &ResourceKey, resource: &Resource, filter: &Expression) -> bool {
        let holds = |inner: &Expression| self.holds(key, resource, inner);
        match filter {
            Expression::All => true,
            Expression::Never | Expression::FullText { .. } => false,
            Expression::And(parts) => parts.iter().all(holds),
            Expression::Or(parts) => parts.iter().any(holds),
            Expression::Not(inner) => !holds(inner),
            Expression::Id(ids) => ids.contains(&key.id),
            Expression::LastUpdated(range) => {
                in_dates(resource.last_updated, resource.last_updated, *range)
            }
            Expression::Missing(parameter) => values(resource, *parameter).next().is_none(),
            Expression::Compare(comparison) => values(resource, comparison.parameter)
                .any(|value| fulfils(value, &comparison.predicate)),
            Expression::Chain { parameter, target, inner } => {
                let leads = |value: &IndexValue| match value {
                    IndexValue::Reference(ReferenceTarget::Local(resource_type, id)) => {
                        let to = ResourceKey { resource_type: *resource_type, id: id.clone() };
                        let there = self.resources.get(&to).filter(|there| there.live);
                        resource_type == target
                            && there.is_some_and(|there| self.holds(&to, there, inner))
                    }
                    _ => false,
                };
                values(resource, *parameter).any(leads)
            }
            Expression::Has { source, parameter, inner } => {
                let here = IndexValue::Reference(ReferenceTarget::Local(
                    key.resource_type,
                    key.id.clone(),
                ));
                self.resources.iter().any(|(from, referring)| {
                    from.resource_type == *source
                        && referring.live
                        && values(referring, *parameter).any(|value| *value == here)
                        && self.holds(from, referring, inner)
                })
            }
        }
    }

    /// Puts ids of a type in order: by the keys, missing values last; those alike in any order.
    /// Gives for each id what it is sorted by, so that a caller may compare orders with ties.
    pub fn sort_values(&self, key: &ResourceKey, keys: &[SortKey]) -> Vec<SortValue> {
        let resource = &self.resources[key];
        keys.iter()
            .map(|each| {
                let ascending = each.order == SortOrder::Ascending;
                let parameter = match each.by {
                    SortBy::Id => return SortValue::Text(key.id.to_string()),
                    SortBy::LastUpdated => return SortValue::Number(resource.last_updated as f64),
                    SortBy::Parameter(parameter) => parameter,
                };
                let all = values(resource, parameter).map(|value| sort_value(value, ascending));
                let best = if ascending { all.reduce(least) } else { all.reduce(greatest) };
                best.unwrap_or(SortValue::Missing)
            })
            .collect()
    }
}

/// What a resource is sorted by.
#[derive(Clone, Debug, PartialEq, PartialOrd)]
pub enum SortValue {
    /// A time or a number.
    Number(f64),
    /// A text.
    Text(String),
    /// No value.
    Missing,
}

impl SortValue {
    /// Whether this may come before `other`.
    pub fn may_precede(&self, other: &SortValue, order: SortOrder) -> bool {
        match (self, other, order) {
            (_, SortValue::Missing, _) => true,
            (SortValue::Missing, ..) => false,
            (_, _, SortOrder::Ascending) => self <= other,
            (_, _, SortOrder::Descending) => self >= other,
        }
    }
}

fn least(a: SortValue, b: SortValue) -> SortValue {
    if b < a { b } else { a }
}

fn greatest(a: SortValue, b: SortValue) -> SortValue {
    if b > a { b } else { a }
}

fn sort_value(value: &IndexValue, ascending: bool) -> SortValue {
    let number = |low: f64, high: f64| SortValue::Number(if ascending { low } else { high });
    match value {
        IndexValue::Date { low, high } => number(*low as f64, *high as f64),
        IndexValue::Number { low, high } | IndexValue::Quantity { low, high, .. } => {
            number(*low, *high)
        }
        IndexValue::Token { code, .. } => SortValue::Text(code.as_deref().unwrap_or("").into()),
        IndexValue::String { folded, .. } => SortValue::Text(folded.as_ref().into()),
        IndexValue::Uri(uri) => SortValue::Text(uri.as_ref().into()),
        // Any order that keeps the same targets together will do.
        _ => SortValue::Missing,
    }
}

fn values(resource: &Resource, parameter: ParameterId) -> impl Iterator<Item = &IndexValue> {
    resource
        .entries
        .iter()
        .filter(move |entry| entry.parameter == parameter)
        .map(|entry| &entry.value)
}

fn fulfils(value: &IndexValue, predicate: &Predicate) -> bool {
    match (value, predicate) {
        (IndexValue::Token { system, code }, Predicate::Token { system: s, code: c }) => {
            (match s {
                TokenSystem::Any => true,
                TokenSystem::None => system.is_none(),
                TokenSystem::Is(wanted) => system.as_ref() == Some(wanted),
            }) && match c {
                TokenCode::Any => true,
                TokenCode::Is(wanted) => code.as_ref() == Some(wanted),
            }
        }
        (IndexValue::Reference(target), Predicate::Reference(wanted)) => target == wanted,
        (
            IndexValue::Reference(ReferenceTarget::Local(resource_type, id)),
            Predicate::ReferenceId(types, wanted),
        ) => id == wanted && types.contains(resource_type),
        (IndexValue::Date { low, high }, Predicate::Date(range)) => in_dates(*low, *high, *range),
        (
            IndexValue::String { text, folded },
            Predicate::String { modifier, text: wanted, folded: start },
        ) => match modifier {
            Modifier::Plain => folded.starts_with(&**start),
            Modifier::Exact => text == wanted,
            Modifier::Contains => folded.contains(&**start),
            Modifier::EndsWith => folded.ends_with(&**start),
            Modifier::Equal => folded == start,
            Modifier::Above | Modifier::Below => false,
        },
        (IndexValue::Number { low, high }, Predicate::Number(range)) => {
            in_numbers(*low, *high, *range)
        }
        (
            IndexValue::Quantity { system, code, unit, low, high, .. },
            Predicate::Quantity { range, system: s, code: c, .. },
        ) => {
            let fits = match (s, c) {
                (None, None) => true,
                (None, Some(c)) => code.as_ref() == Some(c) || unit.as_ref() == Some(c),
                (Some(s), None) => system.as_ref() == Some(s),
                (Some(s), Some(c)) => system.as_ref() == Some(s) && code.as_ref() == Some(c),
            };
            fits && in_numbers(*low, *high, *range)
        }
        (IndexValue::Uri(uri), Predicate::Uri { modifier, uri: wanted }) => {
            let under = |below: &str, above: &str| {
                let rest = below.strip_prefix(above);
                rest.is_some_and(|rest| {
                    rest.is_empty() || rest.starts_with('/') || above.ends_with('/')
                })
            };
            match modifier {
                Modifier::Plain | Modifier::Exact | Modifier::Equal => uri == wanted,
                Modifier::Contains => uri.contains(&**wanted),
                Modifier::Below => under(uri, wanted),
                Modifier::Above => under(wanted, uri),
                Modifier::EndsWith => uri.ends_with(&**wanted),
            }
        }
        _ => false,
    }
}

fn in_dates(low: i64, high: i64, range: DateRange) -> bool {
    let within = range.low <= low && high <= range.high;
    match range.prefix {
        Prefix::Eq => within,
        Prefix::Ne => !within,
        Prefix::Gt => high > range.high,
        Prefix::Lt => low < range.low,
        Prefix::Ge => high > range.high || within,
        Prefix::Le => low < range.low || within,
        Prefix::Sa => low > range.high,
        Prefix::Eb => high < range.low,
        Prefix::Ap => low <= range.high && high >= range.low,
    }
}

fn in_numbers(low: f64, high: f64, range: NumberRange) -> bool {
    let exact = range.value;
    let within = range.low <= low && high <= range.high;
    let at = exact <= low && high <= exact;
    match range.prefix {
        Prefix::Eq => within,
        Prefix::Ne => !within,
        Prefix::Gt => high > exact,
        Prefix::Lt => low < exact,
        Prefix::Ge => high > exact || at,
        Prefix::Le => low < exact || at,
        Prefix::Sa => low > exact,
        Prefix::Eb => high < exact,
        Prefix::Ap => low <= range.high && high >= range.low,
    }
}
