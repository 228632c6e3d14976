//! What was changed while an export ran, as it was at the transaction time; and what was deleted
//! since `_since`.

use std::collections::HashSet;
use std::io::{BufRead as _, BufReader};
use std::sync::Arc;

use fhir::{ResourceType, Tree};
use store::{HistoryPage, HistoryScope, Method, ResourceKey, Stored};

use super::work::{Export, Level, TypePlan};
use crate::app::App;
use crate::failure::Failure;
use crate::job::files::Part;

/// Versions that are read at once.
const PAGE: usize = 500;
/// Resources that are written at once.
const AT_ONCE: usize = 100;
/// Deletions in one Bundle.
const DELETIONS: usize = 500;

impl Export {
    /// Puts in the resources of a type that were changed after the transaction time and that the
    /// reading through did not meet before that, as they were.
    pub(super) async fn put_in_changed(
        &mut self,
        app: &Arc<App>,
        plan: &TypePlan,
        resource_type: ResourceType,
    ) -> Result<(), Failure> {
        let mut changed = changed_after(app, resource_type, self.transaction_time).await?;
        if changed.is_empty() {
            return Ok(());
        }
        let names: Vec<String> = self
            .output
            .iter()
            .filter(|p| p.resource_type == plan.name)
            .map(|p| p.name.clone())
            .collect();
        let ids: HashSet<Box<str>> = changed.iter().map(|key| key.id.as_str().into()).collect();
        // What is in the files already was read before it changed.
        let written = self
            .with_writer(move |writer, _, _| {
                writer.flush()?;
                let mut written = HashSet::new();
                for name in names {
                    let file = std::fs::File::open(writer.folder().join(name))?;
                    for line in BufReader::with_capacity(256 * 1024, file).split(b'\n') {
                        if let Some(id) = id_of(&line?).filter(|id| ids.contains(id.as_str())) {
                            written.insert(id);
                        }
                    }
                }
                Ok(written)
            })
            .await?;
        changed.retain(|key| !written.contains(key.id.as_str()));
        for some in changed.chunks(AT_ONCE) {
            let mut then = Vec::new();
            for key in some {
                let version = version_at(app, key, self.transaction_time).await?;
                let is_wanted = |each: &Stored| {
                    each.body.is_some() && self.since.is_none_or(|since| each.last_updated >= since)
                };
                then.extend(version.filter(is_wanted));
            }
            self.write(app, plan, then).await?;
        }
        Ok(())
    }

    /// Lists a page of deletions; gives where the next one begins.
    pub(super) async fn list_deleted(
        &mut self,
        app: &Arc<App>,
        resource_type: ResourceType,
        since: i64,
        before: Option<u64>,
    ) -> Result<Option<u64>, Failure> {
        let page = HistoryPage {
            count: PAGE,
            before,
            since: Some(since),
            until: Some(self.transaction_time),
        };
        let history = app.store.history(&HistoryScope::Type(resource_type), page).await?;
        let mut gone: Vec<ResourceKey> = Vec::new();
        for version in history.versions.iter().filter(|each| each.method == Method::Delete) {
            let then = version_at(app, &version.key, self.transaction_time).await?;
            // A resource that came back, or was deleted again later, is told of elsewhere.
            if then.is_some_and(|then| then.version == version.version)
                && self.belonged(app, version).await?
            {
                gone.push(version.key.clone());
            }
        }
        for some in gone.chunks(DELETIONS) {
            let bundle = deletions(some);
            self.with_writer(move |writer, _, deleted: &mut Vec<Part>| {
                writer.line(deleted, "deleted", "Bundle", &bundle)
            })
            .await?;
        }
        Ok(history.next)
    }

    /// Whether a resource that is deleted belonged to a patient of the export, by its last version.
    async fn belonged(&self, app: &Arc<App>, deletion: &Stored) -> Result<bool, Failure> {
        let Some(members) = self.members() else { return Ok(false) };
        if self.level == Level::System && !members.leave_any_out() {
            return Ok(true);
        }
        let last = fhir::VersionId(deletion.version.0.saturating_sub(1));
        let Some(stored) = app.store.read_version(&deletion.key, last).await? else {
            return Ok(self.level == Level::System);
        };
        let body = stored.body.as_deref().unwrap_or_default();
        if members.leave_out(&stored.key, body) {
            return Ok(false);
        }
        let in_force = app.in_force();
        Ok(self.level == Level::System || members.hold(app, &in_force, &stored.key, body))
    }
}

/// The resources of a type that were written or deleted after an instant, each once.
async fn changed_after(
    app: &App,
    resource_type: ResourceType,
    instant: i64,
) -> Result<Vec<ResourceKey>, Failure> {
    let mut keys = HashSet::new();
    let mut before = None;
    loop {
        // Times are whole milliseconds.
        let page = HistoryPage { count: PAGE, before, since: Some(instant + 1_000), until: None };
        let history = app.store.history(&HistoryScope::Type(resource_type), page).await?;
        keys.extend(history.versions.into_iter().map(|version| version.key));
        match history.next {
            Some(next) => before = Some(next),
            None => return Ok(keys.into_iter().collect()),
        }
    }
}

/// The version that was current at an instant.
async fn version_at(app: &App, key: &ResourceKey, instant: i64) -> Result<Option<Stored>, Failure> {
    let page = HistoryPage { count: 1, until: Some(instant), ..HistoryPage::default() };
    let scope = HistoryScope::Instance(key.clone());
    Ok(app.store.history(&scope, page).await?.versions.pop())
}

/// The id in a line of an output: a stored resource begins with its type and id.
fn id_of(line: &[u8]) -> Option<String> {
    let tree = Tree::parse(line).ok()?;
    tree.root().text_of("id").map(str::to_owned)
}

/// A transaction that deletes these.
fn deletions(keys: &[ResourceKey]) -> Vec<u8> {
    let mut out = br#"{"resourceType":"Bundle","type":"transaction","entry":["#.to_vec();
    for (index, key) in keys.iter().enumerate() {
        if index > 0 {
            out.push(b',');
        }
        let entry = format!(r#"{{"request":{{"method":"DELETE","url":"{key}"}}}}"#);
        out.extend_from_slice(entry.as_bytes());
    }
    out.extend_from_slice(b"]}");
    out
}
