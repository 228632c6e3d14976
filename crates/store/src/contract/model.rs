//! The oracle: resources in a map, searched by looking at each; nothing shared with any backend.

use std::collections::BTreeMap;

use fhir::ResourceType;
use search::{
    DateRange, Direction, Expression, IndexEntry, IndexValue, Indexed, Modifier, NumberRange,
    ParameterId, Predicate, Prefix, ReferenceTarget, SortBy, SortKey, SortOrder, TextPart,
    TextQuery, TokenCode, TokenSystem,
};

use super::fixture::{URL, catalogue};
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
    pub indexed: Indexed,
    /// When it was written.
    pub last_updated: i64,
    /// The words of its narrative.
    pub narrative: String,
    /// Its other words.
    pub text: String,
}

impl Resource {
    /// Whether a value of `parameter` means this resource: by type and id, or by what it is known by.
    fn is_meant(&self, key: &ResourceKey, parameter: ParameterId, value: &IndexValue) -> bool {
        match value {
            IndexValue::Reference(ReferenceTarget::Local(resource_type, id)) => {
                (*resource_type, id) == (key.resource_type, &key.id)
            }
            IndexValue::Reference(ReferenceTarget::Uri(text)) => {
                let catalogue = catalogue();
                let of = catalogue.parameter(parameter).map(|each| &each.canonical_targets);
                of.is_some_and(|types| types.contains(&key.resource_type))
                    && values(&self.indexed.entries, URL).any(|known| match known {
                        IndexValue::Uri(known) | IndexValue::OwnCanonical(known) => known == text,
                        _ => false,
                    })
            }
            _ => false,
        }
    }

    fn has_words(&self, part: TextPart, query: &TextQuery) -> bool {
        let narrative = ::search::fold(&self.narrative);
        // No phrase goes from one text into the other.
        let all = match part {
            TextPart::Narrative => narrative,
            TextPart::Content => format!("{narrative}  {}", ::search::fold(&self.text)),
        };
        has_words(&format!(" {all} "), query)
    }
}

/// What an expression is asked of: a resource, or one that is contained in another.
#[derive(Clone, Copy)]
enum Asked<'m> {
    Resource(&'m ResourceKey, &'m Resource),
    Contained(&'m search::ContainedEntries),
}

impl<'m> Asked<'m> {
    fn values(self, parameter: ParameterId) -> impl Iterator<Item = &'m IndexValue> {
        let entries = match self {
            Asked::Resource(_, resource) => &resource.indexed.entries,
            Asked::Contained(contained) => &contained.entries,
        };
        values(entries, parameter)
    }
}

impl Model {
    /// The ids of a type that fulfil an expression.
    pub fn search(&self, resource_type: ResourceType, filter: &Expression) -> Vec<String> {
        let fits = |(key, resource): &(&ResourceKey, &Resource)| {
            key.resource_type == resource_type
                && resource.live
                && self.holds(Asked::Resource(key, resource), filter)
        };
        self.resources.iter().filter(fits).map(|(key, _)| key.id.to_string()).collect()
    }

    /// The contained resources of a type that fulfil an expression, as `container#id`.
    pub fn search_contained(
        &self,
        resource_type: ResourceType,
        filter: &Expression,
    ) -> Vec<String> {
        let mut found = Vec::new();
        for (key, resource) in self.resources.iter().filter(|(_, resource)| resource.live) {
            for contained in &resource.indexed.contained {
                if contained.resource_type == resource_type
                    && self.holds(Asked::Contained(contained), filter)
                {
                    found.push(format!("{key}#{}", contained.local_id));
                }
            }
        }
        found
    }

    fn holds(&self, asked: Asked<'_>, filter: &Expression) -> bool {
        let holds = |inner: &Expression| self.holds(asked, inner);
        match filter {
            Expression::All => true,
            Expression::Never => false,
            Expression::And(parts) => parts.iter().all(holds),
            Expression::Or(parts) => parts.iter().any(holds),
            Expression::Not(inner) => !holds(inner),
            Expression::Id(ids) => match asked {
                Asked::Resource(key, _) => ids.contains(&key.id),
                Asked::Contained(contained) => {
                    ids.iter().any(|id| id.as_str() == &*contained.local_id)
                }
            },
            Expression::LastUpdated(range) => match asked {
                Asked::Resource(_, resource) => {
                    in_dates(resource.last_updated, resource.last_updated, *range)
                }
                Asked::Contained(_) => false,
            },
            Expression::Missing(parameter) => asked.values(*parameter).next().is_none(),
            Expression::Compare(comparison) => {
                asked.values(comparison.parameter).any(|value| match &comparison.predicate {
                    Predicate::Hierarchy { root, parent, direction } => {
                        self.in_tree(value, root, *parent, *direction)
                    }
                    predicate => fulfils(value, predicate),
                })
            }
            Expression::Chain { parameter, target, inner } => {
                let leads = |value| self.leads(*parameter, value, *target, inner);
                asked.values(*parameter).any(leads)
            }
            Expression::Has { source, parameter, inner } => {
                let Asked::Resource(key, resource) = asked else { return false };
                self.is_referred((key, resource), *source, *parameter, inner)
            }
            Expression::FullText { part, query } => match asked {
                Asked::Contained(_) => false,
                Asked::Resource(_, resource) => resource.has_words(*part, query),
            },
        }
    }

    /// Whether a value of `parameter` refers to a resource of the type `target` that fulfils `inner`.
    fn leads(
        &self,
        parameter: ParameterId,
        value: &IndexValue,
        target: ResourceType,
        inner: &Expression,
    ) -> bool {
        self.resources.iter().any(|(key, there)| {
            key.resource_type == target
                && there.live
                && there.is_meant(key, parameter, value)
                && self.holds(Asked::Resource(key, there), inner)
        })
    }

    /// Whether a resource of the type `source` that fulfils `inner` refers to this one.
    fn is_referred(
        &self,
        (key, resource): (&ResourceKey, &Resource),
        source: ResourceType,
        parameter: ParameterId,
        inner: &Expression,
    ) -> bool {
        self.resources.iter().any(|(from, referring)| {
            let asked = Asked::Resource(from, referring);
            from.resource_type == source
                && referring.live
                && asked.values(parameter).any(|value| resource.is_meant(key, parameter, value))
                && self.holds(asked, inner)
        })
    }

    /// Whether a reference leads to the root or into its tree.
    fn in_tree(
        &self,
        value: &IndexValue,
        root: &ReferenceTarget,
        parent: ParameterId,
        direction: Direction,
    ) -> bool {
        let IndexValue::Reference(target) = value else { return false };
        let parents = |of: &ReferenceTarget| -> Vec<ReferenceTarget> {
            let ReferenceTarget::Local(resource_type, id) = of else { return Vec::new() };
            let key = ResourceKey { resource_type: *resource_type, id: id.clone() };
            let Some(resource) = self.resources.get(&key).filter(|found| found.live) else {
                return Vec::new();
            };
            let local = |value: &IndexValue| match value {
                IndexValue::Reference(target @ ReferenceTarget::Local(..)) => Some(target.clone()),
                _ => None,
            };
            values(&resource.indexed.entries, parent).filter_map(local).collect()
        };
        // From the lower one upwards, each once.
        let (from, to) = match direction {
            Direction::Below => (target, root),
            Direction::Above => (root, target),
        };
        let mut line = vec![from.clone()];
        let mut at = 0;
        while at < line.len() {
            for above in parents(&line[at]) {
                if !line.contains(&above) {
                    line.push(above);
                }
            }
            at += 1;
        }
        line.contains(to)
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
                let all = values(&resource.indexed.entries, parameter)
                    .map(|value| sort_value(value, ascending))
                    .filter(|value| *value != SortValue::Missing);
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

fn values(entries: &[IndexEntry], parameter: ParameterId) -> impl Iterator<Item = &IndexValue> {
    entries.iter().filter(move |entry| entry.parameter == parameter).map(|entry| &entry.value)
}

/// Whether a folded text, with a space before and after it, has the words.
fn has_words(text: &str, query: &TextQuery) -> bool {
    match query {
        TextQuery::Phrase(words) => text.contains(&format!(" {} ", words.join(" "))),
        TextQuery::Begins(start) => text.contains(&format!(" {start}")),
        TextQuery::And(all) => all.iter().all(|each| has_words(text, each)),
        TextQuery::Or(any) => any.iter().any(|each| has_words(text, each)),
        TextQuery::Without(one, other) => has_words(text, one) && !has_words(text, other),
    }
}

fn is_token(
    system: Option<&str>,
    code: Option<&str>,
    wanted: &TokenSystem,
    wanted_code: &TokenCode,
) -> bool {
    (match wanted {
        TokenSystem::Any => true,
        TokenSystem::None => system.is_none(),
        TokenSystem::Is(wanted) => system == Some(wanted),
    }) && match wanted_code {
        TokenCode::Any => true,
        TokenCode::Is(wanted) => code == Some(wanted),
    }
}

/// The great-circle distance by the haversine, in metres.
fn distance(a: (f64, f64), b: (f64, f64)) -> f64 {
    let (a, b) = ((a.0.to_radians(), a.1.to_radians()), (b.0.to_radians(), b.1.to_radians()));
    let half = |from: f64, to: f64| ((to - from) / 2.0).sin().powi(2);
    let haversine = half(a.0, b.0) + a.0.cos() * b.0.cos() * half(a.1, b.1);
    2.0 * 6_371_008.8 * haversine.sqrt().min(1.0).asin()
}

fn fulfils(value: &IndexValue, predicate: &Predicate) -> bool {
    match (value, predicate) {
        (IndexValue::Token { system, code }, Predicate::Token { system: s, code: c }) => {
            is_token(system.as_deref(), code.as_deref(), s, c)
        }
        (
            IndexValue::TargetIdentifier { system, value },
            Predicate::TargetIdentifier { system: s, code: c },
        ) => is_token(system.as_deref(), value.as_deref(), s, c),
        (IndexValue::Token { system, code }, Predicate::TokenIn(set)) => {
            set.systems.iter().any(|(of, codes)| {
                **of == *system.as_deref().unwrap_or("")
                    && codes.iter().any(|each| Some(&**each) == code.as_deref())
            })
        }
        (IndexValue::TokenText(text), Predicate::TokenText { folded }) => {
            text.starts_with(&**folded)
        }
        (
            IndexValue::OfType { system, code, value },
            Predicate::OfType { system: s, code: c, value: v },
        ) => (system, code, value) == (s, c, v),
        (IndexValue::Canonical { url, version }, Predicate::Canonical { url: u, version: v }) => {
            url == u && v.as_ref().is_none_or(|v| v == version)
        }
        (
            IndexValue::Uri(uri) | IndexValue::Reference(ReferenceTarget::Uri(uri)),
            Predicate::Canonical { url, version: None },
        ) => uri == url,
        (IndexValue::Composite(values), Predicate::Composite(parts)) => {
            values.len() == parts.len()
                && values.iter().zip(parts).all(|(value, part)| fulfils(value, part))
        }
        (
            IndexValue::Position { latitude, longitude },
            Predicate::Near { latitude: north, longitude: east, metres },
        ) => distance((*latitude, *longitude), (*north, *east)) <= *metres,
        (IndexValue::Reference(target), Predicate::Reference(wanted)) => target == wanted,
        (
            IndexValue::Reference(ReferenceTarget::Local(resource_type, id)),
            Predicate::ReferenceId(types, wanted),
        ) => id == wanted && types.contains(resource_type),
        _ => ordered_fulfils(value, predicate),
    }
}

/// The same for texts, times, numbers and URIs.
fn ordered_fulfils(value: &IndexValue, predicate: &Predicate) -> bool {
    match (value, predicate) {
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
            IndexValue::Quantity { system, code, unit, low, high, canonical },
            Predicate::Quantity { range, system: s, code: c, canonical: wanted },
        ) => {
            let fits = match (s, c) {
                (None, None) => true,
                (None, Some(c)) => code.as_ref() == Some(c) || unit.as_ref() == Some(c),
                (Some(s), None) => system.as_ref() == Some(s),
                (Some(s), Some(c)) => system.as_ref() == Some(s) && code.as_ref() == Some(c),
            };
            match wanted {
                Some(wanted) => canonical.as_ref().is_some_and(|value| {
                    value.unit == wanted.unit && in_numbers(value.low, value.high, wanted.range)
                }),
                None => fits && in_numbers(*low, *high, *range),
            }
        }
        (
            IndexValue::Uri(uri) | IndexValue::Reference(ReferenceTarget::Uri(uri)),
            Predicate::Uri { modifier, uri: wanted },
        ) => {
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
