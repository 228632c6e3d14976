//! Reading a record: its Patients, what refers to them type by type, and the names of what that names.

use std::collections::{HashMap, HashSet};
use std::sync::Arc;

use ::search::{Comparison, Expression, ParameterId, Predicate, ReferenceTarget};
use base64::Engine as _;
use definitions::Definitions;
use fhir::{ResourceId, ResourceType, Tree};
use store::{FeedBalance, ResourceKey, Store, Stored};
use tokio::task::JoinSet;

use super::words::{Context, name_of_resource};
use super::{Detail, Entry, FeedSupply, Identity, Record, RecordScope, Source, entry, face};
use crate::app::App;
use crate::failure::Failure;
use crate::linking::{PATIENT, PERSON};
use crate::scan::search_of;

/// The types that a record shows, besides Patient.
const TYPES: [&str; 20] = [
    "AllergyIntolerance",
    "Observation",
    "Condition",
    "MedicationRequest",
    "MedicationStatement",
    "DiagnosticReport",
    "Encounter",
    "Appointment",
    "DocumentReference",
    "Immunization",
    "Procedure",
    "CarePlan",
    "ServiceRequest",
    "Flag",
    "QuestionnaireResponse",
    "CareTeam",
    "EpisodeOfCare",
    "Goal",
    "RelatedPerson",
    "Specimen",
];
/// How many of [`TYPES`] the banner needs.
const BANNER_TYPES: usize = 1;
/// Resources of one type that are read at once.
const PAGE: usize = 2_000;
/// Resources of one type that a record holds at the most.
const TYPE_MAX: usize = 20_000;
/// Patients that one Person links at the most.
const PATIENTS_MAX: usize = 200;
/// Referenced resources whose names are looked up at the most.
const NAMES_MAX: usize = 2_000;
/// The prefix of `meta.source` of what a feed has sent.
const FEED_SOURCE: &str = "urn:careloom:feed:";

/// Resources that one task takes apart: few enough that every processor has a share of a long record.
const PIECE: usize = 256;

/// A resource with its tree.
struct Parsed {
    stored: Stored,
    tree: Tree,
}

/// Some resources of a record, and what of others they name.
struct Piece {
    resources: Vec<Parsed>,
    /// What they refer to that has a name to be shown.
    named: Vec<ResourceKey>,
    /// Orders that they answer, which are shown by what answers them.
    ordered: Vec<ResourceKey>,
}

impl Piece {
    fn of(stored: Vec<Stored>) -> Piece {
        let resources: Vec<Parsed> = stored.into_iter().filter_map(parsed).collect();
        let (named, ordered) = (references(&resources), ordered(&resources));
        Piece { resources, named, ordered }
    }

    /// What is shown of them.
    fn entries(&self, context: &Context, orders: &HashSet<ResourceKey>) -> Vec<Entry> {
        let shown = self.resources.iter().filter(|one| !orders.contains(&one.stored.key));
        shown
            .filter_map(|p| entry::read(context, p.tree.root(), source_of(&p.stored, &p.tree)))
            .collect()
    }
}

impl App {
    /// The joined record of a Person; a Patient that nothing links yet is a record of its own.
    pub async fn record(&self, id: &ResourceId, scope: RecordScope) -> Result<Record, Failure> {
        let patients = self.patients_of(id).await?;
        let stored: Vec<Stored> =
            self.store.read_many(&patients).await?.into_iter().flatten().collect();
        let feeds = self.store.ledger().await?;
        let types = match scope {
            RecordScope::Whole => &TYPES[..],
            RecordScope::Banner => &TYPES[..BANNER_TYPES],
        };
        let (pieces, cut) = self.referring(&patients, types).await?;
        let patients = off_the_reactor(move || Piece::of(stored)).await?;
        if patients.resources.is_empty() {
            return Err(Failure::gone(&ResourceKey { resource_type: PERSON, id: id.clone() }));
        }
        let named = named(std::iter::once(&patients).chain(&pieces));
        let names = self.store.read_many(&named).await?;
        let context = Context { definitions: self.definitions(), names: names_of(names) };
        let context = Arc::new(context);
        let entries = entries_of(pieces, &context).await?;
        let id = id.clone();
        let build = move || build(&context, id, &patients.resources, entries, &feeds, cut);
        off_the_reactor(build).await
    }

    /// The Patients that a Person links, or the Patient of that id alone.
    async fn patients_of(&self, id: &ResourceId) -> Result<Vec<ResourceKey>, Failure> {
        let person = ResourceKey { resource_type: PERSON, id: id.clone() };
        let patient = ResourceKey { resource_type: PATIENT, id: id.clone() };
        let person = match self.read(&person).await {
            Ok(person) => person,
            Err(failure) => {
                return match self.store.read(&patient).await? {
                    Some(stored) if stored.body.is_some() => Ok(vec![patient]),
                    _ => Err(failure),
                };
            }
        };
        let tree = person.body.as_deref().and_then(|body| Tree::parse(body).ok());
        let Some(tree) = tree else { return Ok(Vec::new()) };
        let targets = tree.root().all("link").filter_map(|link| {
            local_key(link.at("target.reference")?.as_str()?)
                .filter(|key| key.resource_type == PATIENT)
        });
        Ok(targets.take(PATIENTS_MAX).collect())
    }

    /// Every resource of these types that refers to one of the Patients.
    async fn referring(
        &self,
        patients: &[ResourceKey],
        types: &[&'static str],
    ) -> Result<(Vec<Piece>, bool), Failure> {
        let mut reads = JoinSet::new();
        for name in types {
            let Some((resource_type, parameter)) = patient_parameter(self.definitions(), name)
            else {
                continue;
            };
            let targets = patients.iter().map(|patient| {
                let target = ReferenceTarget::Local(PATIENT, patient.id.clone());
                let parameter = ParameterId(parameter);
                Expression::Compare(Comparison {
                    parameter,
                    predicate: Predicate::Reference(target),
                })
            });
            let filter = Expression::Or(targets.collect());
            reads.spawn(read_all(Arc::clone(&self.store), resource_type, filter));
        }
        let (mut pieces, mut cut) = (Vec::new(), false);
        while let Some(read) = reads.join_next().await {
            let (read, is_cut) = read.map_err(|_| interrupted())??;
            pieces.extend(read);
            cut |= is_cut;
        }
        Ok((pieces, cut))
    }
}

/// Reads a type, and takes what has come apart while the next page is read; whether it was cut.
async fn read_all(
    store: Arc<dyn Store>,
    resource_type: ResourceType,
    filter: Expression,
) -> Result<(Vec<Piece>, bool), Failure> {
    let search = search_of(resource_type, filter, PAGE);
    let (mut work, mut count, mut cursor) = (Vec::new(), 0, None);
    let cut = loop {
        let page = store.search(&search, cursor.as_ref()).await?;
        count += page.hits.len();
        let mut hits = page.hits.into_iter().map(|hit| hit.resource).peekable();
        while hits.peek().is_some() {
            let stored: Vec<Stored> = hits.by_ref().take(PIECE).collect();
            work.push(tokio::task::spawn_blocking(move || Piece::of(stored)));
        }
        cursor = page.next;
        if cursor.is_none() || count >= TYPE_MAX {
            break cursor.is_some();
        }
    };
    let mut pieces = Vec::with_capacity(work.len());
    for piece in work {
        pieces.push(piece.await.map_err(|_| interrupted())?);
    }
    Ok((pieces, cut))
}

/// What is shown of all pieces, in no order.
async fn entries_of(pieces: Vec<Piece>, context: &Arc<Context>) -> Result<Vec<Entry>, Failure> {
    let orders: HashSet<ResourceKey> =
        pieces.iter().flat_map(|piece| piece.ordered.iter().cloned()).collect();
    let orders = Arc::new(orders);
    let read = |piece: Piece| {
        let (context, orders) = (Arc::clone(context), Arc::clone(&orders));
        tokio::task::spawn_blocking(move || piece.entries(&context, &orders))
    };
    let work: Vec<_> = pieces.into_iter().map(read).collect();
    let mut entries = Vec::new();
    for piece in work {
        entries.extend(piece.await.map_err(|_| interrupted())?);
    }
    Ok(entries)
}

fn patient_parameter(definitions: &'static Definitions, name: &str) -> Option<(ResourceType, u32)> {
    let resource_type = definitions.resource_type(name)?;
    let parameter = definitions
        .search_parameter(resource_type, "patient")
        .or_else(|| definitions.search_parameter(resource_type, "subject"))?;
    Some((resource_type, parameter.id))
}

/// Runs work that takes the processor for milliseconds where it holds nobody up.
async fn off_the_reactor<T: Send + 'static>(
    work: impl FnOnce() -> T + Send + 'static,
) -> Result<T, Failure> {
    tokio::task::spawn_blocking(work).await.map_err(|_| interrupted())
}

fn interrupted() -> Failure {
    Failure::plain(
        crate::Category::Fault,
        fhir::IssueCode::Exception,
        "reading the record was interrupted; try again, and tell the operator if it stays",
    )
}

fn parsed(stored: Stored) -> Option<Parsed> {
    let tree = Tree::parse(stored.body.as_deref()?).ok()?;
    Some(Parsed { stored, tree })
}

/// The key of a reference to a resource of this server.
pub(super) fn local_key(reference: &str) -> Option<ResourceKey> {
    let (name, id) = reference.split_once('/')?;
    let id = id.split_once('/').map_or(id, |(id, _)| id);
    let resource_type = definitions::embedded().resource_type(name)?;
    Some(ResourceKey { resource_type, id: ResourceId::parse(id)? })
}

pub(super) fn decode_base64(data: &str) -> Option<Vec<u8>> {
    base64::engine::general_purpose::STANDARD.decode(data).ok()
}

/// What the resources refer to that has a name to be shown.
fn references(resources: &[Parsed]) -> Vec<ResourceKey> {
    const NAMED: [&str; 6] = [
        "Practitioner/",
        "Organization/",
        "Location/",
        "PractitionerRole/",
        "Medication/",
        "HealthcareService/",
    ];
    let mut texts = HashSet::new();
    for resource in resources {
        // Finding references in the text first spares the walk over every node of every resource.
        let text = resource.tree.text();
        let mut rest = text;
        while let Some(at) = rest.find("\"reference\"") {
            rest = &rest[at + "\"reference\"".len()..];
            let value = rest.trim_start_matches([' ', ':', '\n', '\t', '\r']).strip_prefix('"');
            let Some(value) = value.and_then(|value| value.split('"').next()) else { continue };
            if NAMED.iter().any(|prefix| value.starts_with(prefix)) {
                texts.insert(value);
            }
        }
    }
    texts.into_iter().filter_map(local_key).collect()
}

/// What all pieces name, each once.
fn named<'p>(pieces: impl Iterator<Item = &'p Piece>) -> Vec<ResourceKey> {
    let mut keys: Vec<ResourceKey> = pieces.flat_map(|piece| piece.named.iter().cloned()).collect();
    keys.sort_unstable();
    keys.dedup();
    keys.truncate(NAMES_MAX);
    keys
}

fn names_of(stored: Vec<Option<Stored>>) -> HashMap<String, String> {
    let named = stored.into_iter().flatten().filter_map(|stored| {
        let resource = parsed(stored)?;
        Some((resource.stored.key.to_string(), name_of_resource(&resource.tree)?))
    });
    named.collect()
}

pub(super) fn source_of(stored: &Stored, tree: &Tree) -> Source {
    let source = tree.root().at("meta.source").and_then(fhir::Value::as_str).unwrap_or("");
    Source {
        key: stored.key.clone(),
        version: stored.version,
        updated: stored.last_updated,
        feed: source.strip_prefix(FEED_SOURCE).unwrap_or("").into(),
    }
}

fn build(
    context: &Context,
    id: ResourceId,
    patients: &[Parsed],
    mut entries: Vec<Entry>,
    feeds: &[FeedBalance],
    cut: bool,
) -> Record {
    let mut identities: Vec<Identity> = patients
        .iter()
        .map(|p| face::read(context, p.tree.root(), source_of(&p.stored, &p.tree)))
        .collect();
    face::order(&mut identities);
    let grouped: HashSet<ResourceKey> = entries
        .iter()
        .filter_map(|entry| match &entry.detail {
            Detail::Report(results) => Some(results.clone()),
            _ => None,
        })
        .flatten()
        .collect();
    for entry in &mut entries {
        entry.grouped = grouped.contains(&entry.source.key);
    }
    entries.sort_by(|a, b| b.at().cmp(&a.at()).then_with(|| a.source.key.cmp(&b.source.key)));
    let face = face::of(&identities);
    let feeds = supplies(&identities, &entries, feeds);
    Record { id, identities, face, entries, feeds, cut, not_shared: false }
}

/// Orders that these answer.
fn ordered(resources: &[Parsed]) -> Vec<ResourceKey> {
    let of = |resource: &Parsed| {
        let orders = resource.tree.root().all("basedOn");
        let key = |order: fhir::Value<'_>| local_key(order.text_of("reference")?);
        orders.filter_map(key).collect::<Vec<_>>()
    };
    resources.iter().flat_map(of).collect()
}

/// Every feed of the ledger, and those whose entries are here, with what is known of each.
fn supplies(
    identities: &[Identity],
    entries: &[Entry],
    balances: &[FeedBalance],
) -> Vec<FeedSupply> {
    let linked: HashSet<&Arc<str>> = identities.iter().map(|i| &i.source.feed).collect();
    let mut feeds: Vec<FeedSupply> = balances
        .iter()
        .map(|balance| FeedSupply {
            feed: Arc::clone(&balance.feed.0),
            last_received: balance.last_received,
            linked: linked.contains(&balance.feed.0),
        })
        .collect();
    let sources = identities.iter().map(|i| &i.source).chain(entries.iter().map(|e| &e.source));
    for source in sources {
        if !feeds.iter().any(|known| known.feed == source.feed) {
            let feed = Arc::clone(&source.feed);
            feeds.push(FeedSupply { feed, last_received: Some(source.updated), linked: true });
        }
    }
    feeds
}
