//! The book as it is read: resources as the rules' values, each with its version; and as it is written.

use std::collections::{BTreeSet, HashMap};
use std::sync::Arc;

use ::booking::model::{Appointment, Service, Session, Slot, reference_id};
use ::booking::visibility::Opening;
use fhir::{Element, IssueCode, ResourceId, ResourceType, Tree, Value, VersionId};
use jiff::Timestamp;
use store::{Batch, Change, CommitError, Expected, ItemOutcome, Method, ResourceKey, Stored};

use super::views::Named;
use crate::app::App;
use crate::audit::Look;
use crate::failure::{Category, Failure};
use crate::in_force::InForce;

/// A resource of the book.
pub(super) trait InBook: Sized {
    /// Its type.
    const TYPE: ResourceType;
    /// Reads it; none where the rules cannot work with it.
    fn of(value: Value<'_>) -> Option<Self>;
    /// Its id.
    fn id(&self) -> &str;
    /// As it is written.
    fn element(&self) -> Element;
}

macro_rules! in_book {
    ($type:ty, $name:literal) => {
        impl InBook for $type {
            const TYPE: ResourceType = ResourceType::from_static($name);

            fn of(value: Value<'_>) -> Option<Self> {
                <$type>::read(value).0
            }

            fn id(&self) -> &str {
                &self.id
            }

            fn element(&self) -> Element {
                self.to_element()
            }
        }
    };
}

in_book!(Service, "HealthcareService");
in_book!(Session, "Schedule");
in_book!(Slot, "Slot");
in_book!(Appointment, "Appointment");

/// A value with what is known of its resource.
#[derive(Clone, Debug)]
pub(super) struct Read<T> {
    /// The value.
    pub(super) value: T,
    /// The version that it was read from.
    pub(super) version: VersionId,
    /// `meta.source`: whose system it is of.
    pub(super) source: Option<String>,
}

/// A slot with its session and its kind of appointment.
#[derive(Clone, Debug)]
pub(super) struct Place {
    pub(super) slot: Read<Slot>,
    pub(super) session: Arc<Session>,
    pub(super) service: Arc<Read<Service>>,
}

impl Place {
    /// As the rules take it.
    pub(super) fn opening(&self) -> Opening<'_> {
        Opening { slot: &self.slot.value, session: &self.session, service: &self.service.value }
    }
}

/// The book at one moment, for one caller.
pub(super) struct Book<'a> {
    /// Who asks.
    pub(super) caller: &'a App,
    /// The whole store.
    pub(super) app: App,
    /// The definitions by which is written.
    pub(super) in_force: Arc<InForce>,
    /// When.
    pub(super) now: Timestamp,
}

impl<'a> Book<'a> {
    /// Opens the book. Whose work it is has been asked before.
    pub(super) fn open(caller: &'a App) -> Book<'a> {
        let app = caller.elevated();
        let in_force = app.in_force();
        let now = Timestamp::from_microsecond(app.clock.now()).unwrap_or_default();
        Book { caller, app, in_force, now }
    }

    /// The current versions of resources of one type, in the order asked for.
    pub(super) async fn many<T: InBook>(
        &self,
        ids: &[ResourceId],
    ) -> Result<Vec<Option<Read<T>>>, Failure> {
        if ids.is_empty() {
            return Ok(Vec::new());
        }
        let key = |id: &ResourceId| ResourceKey { resource_type: T::TYPE, id: id.clone() };
        let keys: Vec<_> = ids.iter().map(key).collect();
        let stored = self.app.store.read_many(&keys).await?;
        Ok(stored.iter().map(|stored| read(stored.as_ref()?)).collect())
    }

    /// One resource.
    pub(super) async fn one<T: InBook>(&self, id: &str) -> Result<Option<Read<T>>, Failure> {
        let Some(id) = ResourceId::parse(id) else { return Ok(None) };
        Ok(self.many(&[id]).await?.pop().flatten())
    }

    /// What a reference of a type leads to.
    pub(super) async fn at<T: InBook>(&self, reference: &str) -> Result<Option<Read<T>>, Failure> {
        match reference_id(reference, T::TYPE.as_str()) {
            Some(id) => self.one(id).await,
            None => Ok(None),
        }
    }

    /// Resources that a search finds, `max` at the most.
    pub(super) async fn find<T: InBook>(
        &self,
        query: &[(&str, String)],
        max: usize,
    ) -> Result<Vec<Read<T>>, Failure> {
        let stored = self.app.first_found(T::TYPE, query, max).await?.0;
        Ok(stored.iter().filter_map(read).collect())
    }

    /// The same as far as the caller may see it, noted as a look.
    pub(super) async fn find_as_caller<T: InBook>(
        &self,
        query: &[(&str, String)],
        max: usize,
    ) -> Result<Vec<Read<T>>, Failure> {
        let stored = self.caller.first_found(T::TYPE, query, max).await?.0;
        Ok(stored.iter().filter_map(read).collect())
    }

    /// Slots with what belongs to them, in the order of the ids; one that is not whole is left out.
    pub(super) async fn places(&self, ids: &[ResourceId]) -> Result<Vec<Place>, Failure> {
        let slots = self.many::<Slot>(ids).await?.into_iter().flatten().collect();
        self.with_sessions(slots).await
    }

    /// Slots of references, as an Appointment has them.
    pub(super) async fn slots_of(&self, references: &[String]) -> Result<Vec<Read<Slot>>, Failure> {
        let ids = references.iter().filter_map(|r| ResourceId::parse(reference_id(r, "Slot")?));
        Ok(self.many(&ids.collect::<Vec<_>>()).await?.into_iter().flatten().collect())
    }

    /// Slots with their sessions and kinds of appointment.
    pub(super) async fn with_sessions(
        &self,
        slots: Vec<Read<Slot>>,
    ) -> Result<Vec<Place>, Failure> {
        let sessions: BTreeSet<ResourceId> = slots
            .iter()
            .filter_map(|slot| ResourceId::parse(reference_id(&slot.value.schedule, "Schedule")?))
            .collect();
        let sessions = self.many::<Session>(&sessions.into_iter().collect::<Vec<_>>()).await?;
        let sessions: HashMap<String, Arc<Session>> = sessions
            .into_iter()
            .flatten()
            .map(|session| (session.value.reference(), Arc::new(session.value)))
            .collect();
        let services: BTreeSet<ResourceId> = sessions
            .values()
            .filter_map(|session| {
                ResourceId::parse(reference_id(session.service.as_deref()?, "HealthcareService")?)
            })
            .collect();
        let services = self.many::<Service>(&services.into_iter().collect::<Vec<_>>()).await?;
        let services: HashMap<String, Arc<Read<Service>>> = services
            .into_iter()
            .flatten()
            .map(|service| (service.value.reference(), Arc::new(service)))
            .collect();
        let place = |slot: Read<Slot>| {
            let session = Arc::clone(sessions.get(&slot.value.schedule)?);
            let service = Arc::clone(services.get(session.service.as_deref()?)?);
            Some(Place { slot, session, service })
        };
        Ok(slots.into_iter().filter_map(place).collect())
    }

    /// Slots of kinds of appointment that begin in a span of time, in order.
    pub(super) async fn slots_between(
        &self,
        services: &[String],
        (from, to): (Timestamp, Timestamp),
        statuses: &str,
        max: usize,
    ) -> Result<Vec<Place>, Failure> {
        if services.is_empty() {
            return Ok(Vec::new());
        }
        let mut query = vec![
            ("schedule.actor", services.join(",")),
            ("start", format!("ge{from}")),
            ("start", format!("lt{to}")),
            ("_sort", "start".to_owned()),
        ];
        if !statuses.is_empty() {
            query.push(("status", statuses.to_owned()));
        }
        let slots = self.find::<Slot>(&query, max).await?;
        self.with_sessions(slots).await
    }

    /// What people and places are called.
    pub(super) async fn names(
        &self,
        references: impl Iterator<Item = &str>,
    ) -> Result<HashMap<String, Named>, Failure> {
        let references: BTreeSet<&str> = references.collect();
        let mut keys = Vec::new();
        for reference in references {
            let Some((name, id)) = reference.split_once('/') else { continue };
            let types = ["Practitioner", "Location", "Organization"];
            if let Some(id) = ResourceId::parse(id).filter(|_| types.contains(&name)) {
                keys.push(ResourceKey { resource_type: self.app.resource_type(name)?, id });
            }
        }
        if keys.is_empty() {
            return Ok(HashMap::new());
        }
        let stored = self.app.store.read_many(&keys).await?;
        let named = keys.iter().zip(&stored).filter_map(|(key, stored)| {
            let tree = Tree::parse(stored.as_ref()?.body.as_deref()?).ok()?;
            let reference = key.to_string();
            Some((
                reference,
                Named { id: key.id.clone(), words: super::views::called(tree.root()) },
            ))
        });
        Ok(named.collect())
    }

    /// The change that writes a value of which this version was read, or which is new.
    pub(super) fn change<T: InBook>(
        &self,
        value: &T,
        version: Option<VersionId>,
        source: Option<&str>,
    ) -> Result<Change, Failure> {
        let mut element = value.element();
        if version.is_none()
            && let Some(source) = source
        {
            // Whose system it is of decides which staff may see it.
            let mut meta = element.remove("meta").unwrap_or_else(Element::object);
            meta.set("source", Element::string(source));
            element.set("meta", meta);
        }
        self.change_of(T::TYPE, value.id(), &element, version)
    }

    /// The change that writes an element as a resource of a type.
    pub(super) fn change_of(
        &self,
        resource_type: ResourceType,
        id: &str,
        element: &Element,
        version: Option<VersionId>,
    ) -> Result<Change, Failure> {
        let broken = |words: String| Failure::plain(Category::Fault, IssueCode::Exception, words);
        let id = ResourceId::parse(id)
            .ok_or_else(|| broken(format!("a {resource_type} to be written has no id")))?;
        let tree = Tree::parse(&element.to_compact())
            .map_err(|error| broken(format!("a {resource_type} cannot be written: {error}")))?;
        let (method, expected) = match version {
            Some(version) => (Method::Put, Expected::Version(version)),
            None => (Method::Put, Expected::Absent),
        };
        let key = ResourceKey { resource_type, id };
        Ok(self.app.change(&self.in_force, &key, tree.root(), method, expected))
    }

    /// Commits changes with the note of who made them; false where somebody came between, and all is to
    /// be read again.
    pub(super) async fn commit(
        &self,
        act: &Act<'_>,
        mut changes: Vec<Change>,
    ) -> Result<bool, Failure> {
        if changes.is_empty() {
            return Ok(true);
        }
        changes.push(self.note(act)?);
        self.commit_unnoted(changes).await
    }

    /// The same, by an item of the ledger whose outcome is written with it.
    pub(super) async fn commit_item(
        &self,
        act: &Act<'_>,
        mut changes: Vec<Change>,
        outcome: ItemOutcome,
    ) -> Result<bool, Failure> {
        changes.push(self.note(act)?);
        self.commit_batch(Batch { changes, outcomes: vec![outcome], ..Batch::default() }).await
    }

    fn note(&self, act: &Act<'_>) -> Result<Change, Failure> {
        let look = Look {
            interaction: act.interaction.to_owned(),
            action: act.action,
            address: act.words.to_owned(),
            from: None,
            status: 200,
            reason: None,
        };
        let patients: BTreeSet<ResourceId> = act.patients.iter().cloned().collect();
        self.caller.noted(&look, &patients)
    }

    /// The same for what concerns nobody's record.
    pub(super) async fn commit_unnoted(&self, changes: Vec<Change>) -> Result<bool, Failure> {
        if changes.is_empty() {
            return Ok(true);
        }
        self.commit_batch(Batch { changes, ..Batch::default() }).await
    }

    async fn commit_batch(&self, batch: Batch) -> Result<bool, Failure> {
        match self.app.commit(batch).await {
            Ok(_) => Ok(true),
            Err(CommitError::Expected(..) | CommitError::Guard(_)) => Ok(false),
            Err(error) => Err(error.into()),
        }
    }
}

/// What was done, for the audit.
pub(super) struct Act<'a> {
    /// A code of <http://hl7.org/fhir/restful-interaction>.
    pub(super) interaction: &'static str,
    /// `C`, `U`, `E`.
    pub(super) action: char,
    /// In words.
    pub(super) words: &'a str,
    /// Whose appointments.
    pub(super) patients: &'a [ResourceId],
}

fn read<T: InBook>(stored: &Stored) -> Option<Read<T>> {
    let tree = Tree::parse(stored.body.as_deref()?).ok()?;
    let source = tree.root().at("meta.source").and_then(Value::as_str).map(str::to_owned);
    Some(Read { value: T::of(tree.root())?, version: stored.version, source })
}

/// Somebody came between each time.
pub(super) fn too_busy() -> Failure {
    let message = "others are changing the same appointments at this moment; try again";
    Failure::plain(Category::Conflict, IssueCode::Conflict, message)
}
