//! The application: what every use case needs, passed in once by the composition root.

use std::ops::Deref;
use std::sync::Arc;

use ::search::{Handling, ParseOptions};
use access::{Caller, Duty};
use definitions::Definitions;
use fhir::{ResourceId, ResourceType};
use mapping::Mappings;
use store::{ResourceKey, Store};
use tokio::sync::Semaphore;

use crate::booking::Gates;
use crate::building::Building;
use crate::commit::LeftBehind;
use crate::doors::Doors;
use crate::failure::Failure;
use crate::in_force::Current;
use crate::ingest::Arrivals;
use crate::job::{JobOptions, Jobs};
use crate::linking::{Linking, PATIENT};
use crate::oauth::{Keys, Turns};
use crate::parameters::Parameters;
use crate::research::Counters;

/// Where the time comes from.
pub trait Clock: Send + Sync + 'static {
    /// Microseconds since 1970, UTC.
    fn now(&self) -> i64;
}

/// Where new logical ids come from.
pub trait IdSource: Send + Sync + 'static {
    /// An id that was never given before.
    fn next(&self) -> ResourceId;

    /// An id that nobody can guess, for what is open to whoever knows it.
    fn secret(&self) -> ResourceId {
        self.next()
    }
}

/// What may be set from outside.
#[derive(Clone, Debug)]
pub struct AppOptions {
    /// The server's own base, without a slash at the end: `http://127.0.0.1:8080/fhir`.
    pub base_url: String,
    /// Matches on a page where the client names no number.
    pub page_count_default: usize,
    /// Matches on a page at the most.
    pub page_count_max: usize,
    /// Entries in a Bundle at the most.
    pub bundle_entries_max: usize,
    /// How often a conditional interaction is tried again when another writer came between.
    pub conflict_retries_max: usize,
    /// Settings of long work.
    pub jobs: JobOptions,
    /// Resources that one conditional delete may delete; with 1, a condition that finds more is
    /// refused.
    pub conditional_delete_max: usize,
    /// Large writes that are taken apart at the same time.
    pub heavy_at_once: usize,
}

impl AppOptions {
    /// Options for a base URL, everything else at its safe default.
    pub fn with_base_url(base_url: impl Into<String>) -> AppOptions {
        AppOptions {
            base_url: base_url.into(),
            page_count_default: 50,
            page_count_max: 1_000,
            bundle_entries_max: 50_000,
            conflict_retries_max: 8,
            jobs: JobOptions::default(),
            conditional_delete_max: 1,
            heavy_at_once: 1,
        }
    }
}

/// The use cases, for one caller. Cheap to make of another ([`App::acting_as`]).
pub struct App {
    /// What the caller may reach of the store: every resource that a use case reads or writes goes
    /// through it, so that no use case can forget to ask.
    pub store: Arc<dyn Store>,
    /// What the doors have seen, where the caller has to pass them.
    pub(crate) doors: Option<Arc<Doors>>,
    shared: Arc<Shared>,
}

/// What all callers share; everything here is reached through [`App`].
pub struct Shared {
    /// The whole store.
    raw: Arc<dyn Store>,
    /// The definitions in force and their index extraction: [`App::in_force`].
    pub(crate) current: Current,
    /// The clock.
    pub clock: Arc<dyn Clock>,
    /// New ids.
    pub ids: Arc<dyn IdSource>,
    /// The rules that turn what feeds receive into resources.
    pub mappings: &'static Mappings,
    /// Who waits for items of a feed.
    pub arrivals: Arrivals,
    /// Which Patients are one person.
    pub linking: Linking,
    /// The search parameters whose index is not whole yet.
    pub(crate) building: Building,
    /// Stored SearchParameters.
    pub(crate) parameters: Parameters,
    /// What callers that have gone may have written.
    pub(crate) left_behind: LeftBehind,
    /// Long work.
    pub(crate) jobs: Jobs,
    /// The key that signs id tokens.
    pub(crate) oauth_keys: Keys,
    /// How often each address may ask for tokens.
    pub(crate) oauth_turns: Turns,
    /// What makes each person's bookings come one after another.
    pub(crate) booking: Gates,
    /// Steps of tasks that are counted and not written yet.
    pub(crate) research: Counters,
    /// Permission to take a large write apart.
    pub(crate) heavy: Arc<Semaphore>,
    /// Permission to compare a password: one for each processor.
    pub(crate) password_turns: Arc<Semaphore>,
    /// Settings.
    pub options: AppOptions,
}

impl Deref for App {
    type Target = Shared;

    fn deref(&self) -> &Shared {
        &self.shared
    }
}

impl Shared {
    /// Takes an absolute URL of this server down to `Type/id`.
    pub(crate) fn local_target(&self, url: &str) -> Option<(ResourceType, ResourceId)> {
        let rest = url.strip_prefix(self.options.base_url.as_str())?.strip_prefix('/')?;
        let (type_name, id) = rest.split_once('/')?;
        let id = id.split_once('/').map_or(id, |(id, _)| id);
        Some((self.current.get().definitions.resource_type(type_name)?, ResourceId::parse(id)?))
    }

    /// How queries are read.
    pub(crate) fn parse_options(&self, handling: Handling) -> ParseOptions {
        ParseOptions {
            handling,
            count_default: self.options.page_count_default,
            count_max: self.options.page_count_max,
            base_url: self.options.base_url.clone(),
            now: self.clock.now(),
            terminology: Arc::clone(&self.current.get().terminology),
        }
    }
}

impl App {
    /// Puts an application together.
    pub fn new(
        store: Arc<dyn Store>,
        definitions: &'static Definitions,
        clock: Arc<dyn Clock>,
        ids: Arc<dyn IdSource>,
        options: AppOptions,
    ) -> App {
        let shared = Shared {
            raw: Arc::clone(&store),
            current: Current::new(definitions),
            clock,
            ids,
            mappings: Mappings::embedded(),
            arrivals: Arrivals::default(),
            linking: Linking::default(),
            building: Building::default(),
            parameters: Parameters::default(),
            left_behind: LeftBehind::default(),
            jobs: Jobs::default(),
            oauth_keys: Keys::default(),
            oauth_turns: Turns::default(),
            booking: Gates::default(),
            research: Counters::default(),
            heavy: Arc::new(Semaphore::new(options.heavy_at_once.max(1))),
            password_turns: Arc::new(Semaphore::new(
                std::thread::available_parallelism().map_or(2, usize::from),
            )),
            options,
        };
        App { store, doors: None, shared: Arc::new(shared) }
    }

    /// The same use cases for somebody: they reach what the policy lets them.
    #[must_use]
    pub fn acting_as(&self, caller: Caller) -> App {
        let shared = Arc::clone(&self.shared);
        if caller.is_unrestricted() {
            return App { store: Arc::clone(&self.shared.raw), doors: None, shared };
        }
        let raw = Arc::clone(&self.shared.raw);
        let doors = Arc::new(Doors::new(raw, Arc::clone(&shared), caller));
        App { store: Arc::clone(&doors) as Arc<dyn Store>, doors: Some(doors), shared }
    }

    /// Who asks.
    pub fn caller(&self) -> &Caller {
        self.doors.as_ref().map_or(&Caller::OPERATOR, |doors| doors.caller())
    }

    /// The use cases with everything open, for the doors themselves.
    pub(crate) fn trusted(shared: Arc<Shared>) -> App {
        App { store: Arc::clone(&shared.raw), doors: None, shared }
    }

    /// The use cases with everything open, for one that has decided by its own rules already.
    pub(crate) fn elevated(&self) -> App {
        let shared = Arc::clone(&self.shared);
        App { store: Arc::clone(&self.shared.raw), doors: None, shared }
    }

    /// The same as [`App::elevated`], for what is part of a caller's work; else the failure that says
    /// why it is not.
    pub fn on_duty(&self, duty: Duty) -> Result<App, Failure> {
        let decision = access::has_duty(self.caller(), duty);
        match crate::doors::refusal(&decision) {
            None => Ok(self.elevated()),
            Some(refused) => Err(refused.into()),
        }
    }

    /// The resource type of this name, or the failure that says it is not known.
    pub fn resource_type(&self, name: &str) -> Result<ResourceType, Failure> {
        self.definitions().resource_type(name).ok_or_else(|| Failure::unknown_type(name))
    }

    /// Tells whoever follows the store what a commit has written: linking looks at Patients, and
    /// SearchParameters are put in force.
    pub(crate) fn note_written<'k>(
        &self,
        keys: impl IntoIterator<Item = &'k ResourceKey, IntoIter: Clone>,
    ) {
        let keys = keys.into_iter();
        self.parameters.note_written(keys.clone());
        for key in keys.filter(|key| key.resource_type == PATIENT) {
            self.linking.touched(&key.id);
        }
    }
}
