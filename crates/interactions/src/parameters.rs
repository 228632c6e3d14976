//! SearchParameters that are stored: checked when they are written, put in force at once, and at
//! every start again. Spec: <https://hl7.org/fhir/R4/searchparameter.html>.
//!
//! Those whose status is `active` are in force. What is written from then on is indexed by them; a
//! job makes up for what was there before, and searches say how far it is.

use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

use definitions::{Definitions, ParameterDraft, ParameterKind};
use fhir::{Issue, IssueCode, ResourceType, Tree, Value};
use store::ResourceKey;
use tokio::sync::{Mutex, Notify};

use crate::app::App;
use crate::failure::Failure;
use crate::scan::scan_type;

/// The type of the resources that are put in force.
pub(crate) const TYPE: &str = "SearchParameter";

/// What is known of stored SearchParameters in this process.
#[derive(Debug)]
pub(crate) struct Parameters {
    /// How many writes there were, the state at the start as one of them, and how many are in force.
    written: AtomicU64,
    settled: AtomicU64,
    /// Tells who follows them.
    changed: Notify,
    /// Which has which place among the ids: one that is withdrawn leaves its place free, so that
    /// what was made by the ids before means the same.
    places: Mutex<Vec<Option<Place>>>,
}

/// Who has a place: a parameter whose code or kind changes is another one.
#[derive(Clone, Debug, PartialEq, Eq)]
struct Place {
    url: String,
    code: String,
    kind: ParameterKind,
}

impl Default for Parameters {
    fn default() -> Parameters {
        Parameters {
            written: AtomicU64::new(1),
            settled: AtomicU64::new(0),
            changed: Notify::new(),
            places: Mutex::default(),
        }
    }
}

impl Parameters {
    /// Notes that SearchParameters were written.
    pub(crate) fn note_written<'k>(&self, keys: impl Iterator<Item = &'k ResourceKey>) {
        if keys.into_iter().any(|key| key.resource_type.as_str() == TYPE) {
            self.written.fetch_add(1, Ordering::AcqRel);
            self.changed.notify_one();
        }
    }

    fn is_settled(&self) -> bool {
        self.settled.load(Ordering::Acquire) >= self.written.load(Ordering::Acquire)
    }

    /// Waits until some were written.
    pub(crate) async fn changed(&self) {
        self.changed.notified().await;
    }
}

impl App {
    /// Puts in force what was written since, and waits for it at most so long: whoever has written
    /// a SearchParameter can search by it at once. It goes on where the caller does not wait, since
    /// half of it would be neither the state before nor the one after.
    pub async fn settle_parameters_within(self: &Arc<Self>, wait: Duration) {
        if self.parameters.is_settled() {
            return;
        }
        let app = Arc::clone(self);
        let settling = tokio::spawn(async move { app.settle_parameters().await });
        if tokio::time::timeout(wait, settling).await.is_err() {
            let seconds = wait.as_secs();
            tracing::warn!(seconds, "search parameters are not in force yet; it goes on");
        }
    }

    /// Puts in force what was written since.
    pub(crate) async fn settle_parameters(&self) {
        if self.parameters.is_settled() {
            return;
        }
        let mut places = self.parameters.places.lock().await;
        // Somebody else may have done it while this one waited.
        if !self.parameters.is_settled()
            && let Err(failure) = self.put_stored_in_force(&mut places).await
        {
            tracing::error!(%failure, "stored search parameters could not be put in force");
        }
    }

    /// Reads the SearchParameters of the store, puts the active ones in force, and begins to index
    /// what was there before. To be called before requests are served.
    pub async fn load_parameters(&self) -> Result<(), Failure> {
        let mut places = self.parameters.places.lock().await;
        self.put_stored_in_force(&mut places).await
    }

    async fn put_stored_in_force(&self, places: &mut Vec<Option<Place>>) -> Result<(), Failure> {
        let written = self.parameters.written.load(Ordering::Acquire);
        let stored = self.stored_parameters().await?;
        if stored.is_empty() && places.is_empty() {
            self.parameters.settled.store(written, Ordering::Release);
            return Ok(());
        }
        // A free place may be taken again when nobody works by what it meant any more.
        let may_reuse = !self.has_writers_by_older_definitions();
        let kept: Vec<&Place> = stored.iter().map(|(place, _)| place).collect();
        for place in places.iter_mut() {
            if place.as_ref().is_some_and(|known| !kept.contains(&known)) {
                *place = None;
            }
        }
        let free_before: Vec<bool> = places.iter().map(Option::is_none).collect();
        let mut trees: Vec<Option<&Tree>> = vec![None; places.len()];
        for (place, tree) in &stored {
            let known = places.iter().position(|each| each.as_ref() == Some(place));
            let free = || {
                let is_free = |at: &usize| free_before[*at] && places[*at].is_none();
                (0..free_before.len()).find(is_free).filter(|_| may_reuse)
            };
            let at = known.or_else(free).unwrap_or_else(|| {
                places.push(None);
                trees.push(None);
                places.len() - 1
            });
            places[at] = Some(place.clone());
            trees[at] = Some(tree);
        }
        let definitions = self.extended(places, &mut trees);
        self.put_in_force(definitions).await?;
        self.parameters.settled.store(written, Ordering::Release);
        self.index_what_lacks().await
    }

    /// The definitions with these parameters; those that cannot be in force with the others are
    /// left out, and told.
    fn extended(
        &self,
        places: &mut [Option<Place>],
        trees: &mut [Option<&Tree>],
    ) -> &'static Definitions {
        let now = self.definitions();
        if let Ok(definitions) = now.with_parameters_at(trees) {
            return definitions;
        }
        let all = trees.to_vec();
        trees.fill(None);
        let mut definitions = now;
        for (at, tree) in all.into_iter().enumerate() {
            trees[at] = tree;
            match now.with_parameters_at(trees) {
                Ok(next) => definitions = next,
                Err(issues) => {
                    let url = places[at].as_ref().map_or("", |place| place.url.as_str());
                    let why = issues.first().map_or("", |issue| issue.message.as_str());
                    tracing::warn!(url, why, "a stored search parameter is not put in force");
                    trees[at] = None;
                    places[at] = None;
                }
            }
        }
        definitions
    }

    /// The active SearchParameters of the store that can be put in force, each URL once.
    async fn stored_parameters(&self) -> Result<Vec<(Place, Tree)>, Failure> {
        let resource_type = self.resource_type(TYPE)?;
        let definitions = self.definitions();
        let mut found: Vec<(Place, Tree)> = Vec::new();
        scan_type(self, resource_type, |key, _, tree| {
            if !is_active(tree.root()) || is_of_the_specification(definitions, tree.root()) {
                return;
            }
            match ParameterDraft::read(definitions, tree.root()) {
                Ok(draft) if found.iter().all(|(place, _)| place.url != draft.url) => {
                    let (url, code) = (draft.url.to_owned(), draft.code.to_owned());
                    found.push((Place { url, code, kind: draft.kind }, tree.clone()));
                }
                Ok(_) => {
                    tracing::warn!(%key, "a search parameter of the same URL is in force; this one is not");
                }
                Err(issues) => {
                    let why = issues.first().map_or("", |issue| issue.message.as_str());
                    tracing::warn!(%key, why, "a stored search parameter is not put in force");
                }
            }
        })
        .await?;
        Ok(found)
    }

    /// What is wrong with a resource as a SearchParameter; nothing for other types and for those
    /// that are not to be in force.
    pub(crate) fn check_parameter(
        &self,
        resource: Value<'_>,
        resource_type: ResourceType,
    ) -> Vec<Issue> {
        if resource_type.as_str() != TYPE || !is_active(resource) {
            return Vec::new();
        }
        let definitions = self.definitions();
        if is_of_the_specification(definitions, resource) {
            return Vec::new();
        }
        let mut issues = ::search::check_parameter(definitions, resource);
        if let Ok(draft) = ParameterDraft::read(definitions, resource) {
            issues.extend(clash(definitions, &draft));
        }
        issues
    }
}

/// Whether a SearchParameter is to be in force.
fn is_active(resource: Value<'_>) -> bool {
    resource.text_of("status") == Some("active")
}

/// Whether it says what the specification says: then it may be stored, and changes nothing.
fn is_of_the_specification(definitions: &Definitions, resource: Value<'_>) -> bool {
    let known = resource.text_of("url").and_then(|url| definitions.parameter_by_url(url));
    known.is_some_and(|known| {
        !definitions.is_custom(known.id)
            && resource.text_of("code") == Some(known.code)
            && resource.text_of("type") == Some(known.kind.as_str())
            && resource.text_of("expression").unwrap_or("") == known.expression
    })
}

/// Another stored parameter of another URL that has the code on one of the types.
fn clash(definitions: &Definitions, draft: &ParameterDraft<'_>) -> Option<Issue> {
    let types = definitions.types_of_base(&draft.base);
    let other = types.iter().find_map(|each| {
        let known = definitions.search_parameter(*each, draft.code)?;
        (definitions.is_custom(known.id) && known.url != draft.url).then_some((*each, known))
    });
    let (resource_type, known) = other?;
    Some(Issue::error(
        IssueCode::Duplicate,
        "SearchParameter.code",
        format!(
            "{resource_type} has a search parameter {} already, by {}; choose another code, or retire that one first",
            draft.code, known.url
        ),
    ))
}
