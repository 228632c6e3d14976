//! Types, parameters, resources and items that the cases are made of.

use std::sync::Arc;

use fhir::{Edit, ResourceId, ResourceType, Tree, VersionId, stamp};
use search::{
    Branch, Comparison, Contained, Expression, IndexEntry, IndexValue, Indexed, ParameterId,
    Predicate, ReferenceTarget, Search, Summary, TokenCode, TokenSystem, Total,
};

use crate::{
    Batch, Catalogue, CatalogueParameter, Change, ChangeKind, Committed, Expected, ItemState,
    Method, NewItem, ParameterKind, ResourceKey, Store,
};

pub const PATIENT: ResourceType = ResourceType::from_static("Patient");
pub const OBSERVATION: ResourceType = ResourceType::from_static("Observation");
pub const ENCOUNTER: ResourceType = ResourceType::from_static("Encounter");
pub const ORGANIZATION: ResourceType = ResourceType::from_static("Organization");

pub const IDENTIFIER: ParameterId = ParameterId(0);
pub const GENDER: ParameterId = ParameterId(1);
pub const NAME: ParameterId = ParameterId(2);
pub const BIRTHDATE: ParameterId = ParameterId(3);
pub const ORGANIZATION_OF: ParameterId = ParameterId(4);
pub const CODE: ParameterId = ParameterId(5);
pub const SUBJECT: ParameterId = ParameterId(6);
pub const DATE: ParameterId = ParameterId(7);
pub const VALUE: ParameterId = ParameterId(8);
pub const ENCOUNTER_OF: ParameterId = ParameterId(9);
pub const SCORE: ParameterId = ParameterId(10);
pub const PROFILE: ParameterId = ParameterId(11);
pub const COMPOSITE: ParameterId = ParameterId(12);
pub const PART_OF: ParameterId = ParameterId(13);
pub const NEAR: ParameterId = ParameterId(14);
pub const SPECIAL: ParameterId = ParameterId(15);
pub const INSTANTIATES: ParameterId = ParameterId(16);
pub const TRIPLE: ParameterId = ParameterId(17);
pub const URL: ParameterId = ParameterId(18);

/// A small catalogue that has every kind, a parameter of two types and one of all.
pub fn catalogue() -> Catalogue {
    use ParameterKind as K;
    let resource = ResourceType::from_static("Resource");
    let parameters = [
        ("identifier", K::Identifier, vec![PATIENT]),
        ("gender", K::Token, vec![PATIENT]),
        ("name", K::String, vec![PATIENT, ORGANIZATION]),
        ("birthdate", K::Date, vec![PATIENT]),
        ("organization", K::Reference, vec![PATIENT]),
        ("code", K::Token, vec![OBSERVATION]),
        ("subject", K::Reference, vec![OBSERVATION, ENCOUNTER]),
        ("date", K::Date, vec![OBSERVATION, ENCOUNTER]),
        ("value-quantity", K::Quantity, vec![OBSERVATION]),
        ("encounter", K::Reference, vec![OBSERVATION]),
        ("score", K::Number, vec![OBSERVATION]),
        ("_profile", K::Uri, vec![resource]),
        ("code-value-quantity", K::Composite, vec![OBSERVATION]),
        ("partof", K::Reference, vec![ORGANIZATION]),
        ("near", K::Position, vec![ORGANIZATION]),
        ("special", K::Other, vec![OBSERVATION]),
        ("instantiates", K::Reference, vec![OBSERVATION]),
        ("score-date-note", K::Composite, vec![OBSERVATION]),
        ("url", K::Uri, vec![ORGANIZATION]),
    ];
    let parameter = |(code, kind, base)| CatalogueParameter {
        code,
        kind,
        base,
        canonical_targets: if code == "instantiates" { vec![ORGANIZATION] } else { Vec::new() },
        fingerprint: 1,
    };
    Catalogue {
        types: vec![PATIENT, OBSERVATION, ENCOUNTER, ORGANIZATION],
        parameters: parameters.into_iter().map(parameter).collect(),
    }
}

pub fn key(resource_type: ResourceType, id: &str) -> ResourceKey {
    ResourceKey { resource_type, id: ResourceId::parse(id).unwrap() }
}

/// A write of a resource that says `text`.
pub fn write(key: &ResourceKey, text: &str, entries: Vec<IndexEntry>) -> Change {
    write_narrated(key, "", text, entries.into())
}

/// A write of a resource that says `text`, with a narrative where that is not empty.
pub fn write_narrated(key: &ResourceKey, narrative: &str, text: &str, indexed: Indexed) -> Change {
    let resource_type = key.resource_type;
    let narrative = match narrative {
        "" => String::new(),
        text => format!(r#""text":{{"status":"generated","div":"<div>{text}</div>"}},"#),
    };
    let json =
        format!(r#"{{"resourceType":"{resource_type}",{narrative}"note":{text:?},"zoë":1.50}}"#);
    let tree = Tree::parse(json.as_bytes()).unwrap();
    let draft = stamp(tree.root(), key.id.as_str(), &mut |_| Edit::Keep);
    Change {
        key: key.clone(),
        expected: Expected::Any,
        kind: ChangeKind::Write { method: Method::Put, draft, indexed },
        lineage: None,
    }
}

pub fn delete(key: &ResourceKey) -> Change {
    Change { key: key.clone(), expected: Expected::Any, kind: ChangeKind::Delete, lineage: None }
}

pub fn batch(changes: Vec<Change>) -> Batch {
    Batch { changes, ..Batch::default() }
}

/// Commits one change that must succeed.
pub async fn put(store: &Arc<dyn Store>, change: Change) -> Committed {
    store.commit(batch(vec![change])).await.unwrap()[0]
}

/// The text that must be stored for a change of [`write`].
pub fn body(change: &Change, committed: Committed) -> Vec<u8> {
    match &change.kind {
        ChangeKind::Write { draft, .. } => {
            draft.fill(committed.version.0, &fhir::format_instant(committed.last_updated))
        }
        ChangeKind::Delete => Vec::new(),
    }
}

pub fn token(parameter: ParameterId, system: &str, code: &str) -> IndexEntry {
    let part = |text: &str| (!text.is_empty()).then(|| text.into());
    IndexEntry { parameter, value: IndexValue::Token { system: part(system), code: part(code) } }
}

pub fn string(parameter: ParameterId, text: &str) -> IndexEntry {
    let folded = text.to_lowercase().into();
    IndexEntry { parameter, value: IndexValue::String { text: text.into(), folded } }
}

pub fn date(parameter: ParameterId, low: i64, high: i64) -> IndexEntry {
    IndexEntry { parameter, value: IndexValue::Date { low, high } }
}

pub fn reference(parameter: ParameterId, target: &ResourceKey) -> IndexEntry {
    let target = ReferenceTarget::Local(target.resource_type, target.id.clone());
    IndexEntry { parameter, value: IndexValue::Reference(target) }
}

pub fn uri(parameter: ParameterId, uri: &str) -> IndexEntry {
    IndexEntry { parameter, value: IndexValue::Uri(uri.into()) }
}

/// A search for everything of a type that fulfils `filter`.
pub fn search(resource_type: ResourceType, filter: Expression) -> Search {
    Search {
        branches: vec![Branch { resource_type, filter, sort: Vec::new() }],
        contained: Contained::No,
        count: 100,
        includes: Vec::new(),
        total: Total::None,
        summary: Summary::False,
        elements: Vec::new(),
        explain: false,
        criteria: Vec::new(),
    }
}

pub fn compare(parameter: ParameterId, predicate: Predicate) -> Expression {
    Expression::Compare(Comparison { parameter, predicate })
}

/// `|` parts a token: `system|code`, `|code`, `code`, `system|`.
pub fn is_token(parameter: ParameterId, text: &str) -> Expression {
    let (system, code) = match text.split_once('|') {
        None => (TokenSystem::Any, text),
        Some(("", code)) => (TokenSystem::None, code),
        Some((system, code)) => (TokenSystem::Is(system.into()), code),
    };
    let code = if code.is_empty() { TokenCode::Any } else { TokenCode::Is(code.into()) };
    compare(parameter, Predicate::Token { system, code })
}

pub fn refers_to(parameter: ParameterId, target: &ResourceKey) -> Expression {
    let target = ReferenceTarget::Local(target.resource_type, target.id.clone());
    compare(parameter, Predicate::Reference(target))
}

/// The ids that a search finds, on all its pages, in order.
pub async fn found(store: &Arc<dyn Store>, search: &Search) -> Vec<String> {
    let (mut ids, mut cursor) = (Vec::new(), None);
    loop {
        let page = store.search(search, cursor.as_ref()).await.unwrap();
        ids.extend(page.hits.iter().map(|hit| hit.resource.key.id.to_string()));
        cursor = page.next;
        if cursor.is_none() {
            return ids;
        }
    }
}

pub fn item(feed: &str, number: u64) -> NewItem {
    NewItem {
        feed: feed.into(),
        received: 1000 + number as i64,
        origin: "127.0.0.1:1".into(),
        control_id: format!("c{number}"),
        kind: "ADT^A01".into(),
        subject: format!("s{}", number % 3),
        event_time: 500 - number as i64,
        state: ItemState::Waiting,
        cause: String::new(),
        note: String::new(),
        bytes: format!("MSH|^~\\&|{number}|\r\u{7f}é").into_bytes().into(),
        acknowledgement: vec![0, 255, number as u8],
        content_hash: u64::MAX - number,
    }
}

pub const FIRST: VersionId = VersionId::FIRST;
