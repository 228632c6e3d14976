//! The work of an import: a step reads some chunks of lines, prepares them beside each other, and
//! commits them in order.

use std::collections::{BTreeMap, HashSet, VecDeque};
use std::fs::File;
use std::path::PathBuf;
use std::sync::Arc;

use fhir::{IssueCode, Tree, same_content};
use serde::{Deserialize, Serialize};
use store::{Batch, Change, ChangeKind, ResourceKey};
use tokio::task::JoinHandle;
use tokio::time::Instant;

use super::lines::{Chunk, ChunkSize, Lines};
use super::open;
use super::prepare::{Prepared, Source, prepare};
use crate::app::App;
use crate::failure::{Category, Failure};
use crate::in_force::InForce;
use crate::job::files::{self, Part, PartWriter, broken};
use crate::job::manifest::Manifest;
use crate::job::record::Progress;
use crate::job::runner::{Step, blocking};

/// Bytes of a chunk, about.
const CHUNK_BYTES: usize = 4 << 20;
/// Chunks that are prepared while one is committed.
const AHEAD: usize = 3;

/// What an input is called that was sent as a body; no URL is.
pub(super) const BODY: &str = "body";

/// One file of an import.
#[derive(Debug, Serialize, Deserialize)]
pub(crate) struct Input {
    path: PathBuf,
    url: String,
    type_name: Option<String>,
    /// Its length when the import began.
    bytes: u64,
    /// Up to where it is done.
    offset: u64,
    /// The number of the last line that is done.
    line: u64,
    /// Resources that were written, by type.
    counts: BTreeMap<String, u64>,
}

impl Input {
    pub(super) fn of(path: PathBuf, url: String, type_name: Option<String>, bytes: u64) -> Input {
        Input { path, url, type_name, bytes, offset: 0, line: 0, counts: BTreeMap::new() }
    }

    /// Whether it was sent as a body: then it is ours, and does not lie in the import folder.
    fn is_upload(&self) -> bool {
        self.url == BODY
    }
}

/// An import's state.
#[derive(Debug, Serialize, Deserialize)]
pub(crate) struct Import {
    inputs: Vec<Input>,
    /// The input that it is at.
    at: usize,
    began: i64,
    errors: Vec<Part>,
    #[serde(skip)]
    run: Option<Run>,
}

/// What only the process that runs it knows.
#[derive(Debug)]
struct Run {
    lines: Option<(usize, Lines)>,
    errors: Option<PartWriter>,
    /// Whether the next chunks may have been committed before the process ended.
    may_be_there: bool,
}

/// A chunk that is being prepared, with what it is indexed by.
type Ahead = JoinHandle<(Prepared, Arc<InForce>)>;

impl Import {
    pub(super) fn of(inputs: Vec<Input>, began: i64) -> Import {
        Import { inputs, at: 0, began, errors: Vec::new(), run: None }
    }

    pub(crate) fn resume(&mut self) {
        self.run = None;
    }

    /// The manifest: what was read from which input, and where the errors are.
    pub(crate) fn manifest(&self, request: &str, files: &str) -> Vec<u8> {
        use fhir::Element;
        let transaction_time = self.began;
        let manifest = Manifest {
            left_out: None,
            transaction_time,
            request,
            files,
            output: &[],
            deleted: None,
            error: &self.errors,
        };
        let Ok(tree) = Tree::parse(&manifest.to_json()) else { return b"{}".to_vec() };
        let mut json = Element::from(&tree);
        let listed = self.inputs.iter().flat_map(|input| {
            input.counts.iter().map(|(type_name, count)| {
                let mut item = Element::object();
                item.set("type", Element::string(type_name.as_str()));
                item.set("count", Element::Number(count.to_string().into()));
                item.set("inputUrl", Element::string(input.url.as_str()));
                item
            })
        });
        json.set("output", Element::Array(listed.collect()));
        json.to_compact()
    }

    /// Whether a client may fetch this file.
    pub(crate) fn has_file(&self, name: &str) -> bool {
        self.errors.iter().any(|part| part.name == name)
    }

    pub(crate) async fn step(
        &mut self,
        app: &Arc<App>,
        id: &str,
        progress: &mut Progress,
    ) -> Result<Step, Failure> {
        if self.run.is_none() {
            self.run = Some(self.open(app, id).await?);
        }
        let Some(input) = self.inputs.get(self.at) else { return Ok(Step::Done) };
        let source = Source {
            name: format!("{id}/{}", self.at).into(),
            url: input.url.as_str().into(),
            type_name: input.type_name.as_deref().map(Arc::from),
            line_bytes_max: app.options.jobs.line_bytes_max,
        };
        let ended = self.read_on(app, &source, progress).await?;
        if let Some(run) = &mut self.run {
            run.may_be_there = false;
        }
        let failed: u64 = self.errors.iter().map(|part| part.count).sum();
        if failed > app.options.jobs.import_errors_max {
            return Err(Failure::plain(
                Category::Unprocessable,
                IssueCode::Processing,
                format!(
                    "more than {} lines have errors; what was read before is kept; look at the first errors, mend the input, and import it again",
                    app.options.jobs.import_errors_max
                ),
            ));
        }
        progress.total = self.estimate(progress.done);
        if ended {
            self.at += 1;
        }
        Ok(if self.at == self.inputs.len() { Step::Done } else { Step::More })
    }

    /// How many lines there are, going by the bytes that those so far took.
    fn estimate(&self, done: u64) -> Option<u64> {
        let bytes: u64 = self.inputs.iter().map(|input| input.bytes).sum();
        let read: u64 = self.inputs.iter().map(|input| input.offset.min(input.bytes)).sum();
        let share = u128::from(done) * u128::from(bytes);
        share.checked_div(u128::from(read)).map(|lines| lines as u64)
    }

    async fn open(&self, app: &App, id: &str) -> Result<Run, Failure> {
        let folder = files::folder(&app.options.jobs, id)?;
        let parts = self.errors.clone();
        let bytes_max = app.options.jobs.export_file_bytes;
        let opened = blocking("open the files of an import", move || {
            PartWriter::open(folder, &parts, bytes_max)
        });
        let errors = opened.await?.map_err(|error| broken("open the files", &error))?;
        Ok(Run { lines: None, errors: Some(errors), may_be_there: true })
    }

    /// Reads on in the input that it is at; tells whether that has ended.
    async fn read_on(
        &mut self,
        app: &Arc<App>,
        source: &Source,
        progress: &mut Progress,
    ) -> Result<bool, Failure> {
        let size = ChunkSize {
            lines: app.options.jobs.step_resources.max(1),
            bytes: CHUNK_BYTES,
            line_bytes: app.options.jobs.line_bytes_max,
        };
        let (started, mut goes_on) = (Instant::now(), true);
        let mut ahead: VecDeque<Ahead> = VecDeque::new();
        let mut committing: Option<Committing> = None;
        let mut is_last = false;
        loop {
            while ahead.len() < AHEAD && !is_last && goes_on {
                let chunk = self.chunk(app, size).await?;
                is_last = chunk.is_last;
                goes_on = started.elapsed() < app.options.jobs.step_time;
                let (app, source) = (Arc::clone(app), source.clone());
                // What is in force is held until the commit: see `in_force`.
                let in_force = app.in_force();
                ahead.push_back(tokio::task::spawn_blocking(move || {
                    (prepare(&app, &in_force, &source, chunk), in_force)
                }));
            }
            let Some(next) = ahead.pop_front() else { break };
            let (prepared, in_force) = next.await.map_err(|_| fault())?;
            // One commit is handed over while the one before is written. Where they share a
            // resource, they must not overtake each other.
            if let Some(before) = committing.take() {
                let keys: HashSet<&ResourceKey> =
                    prepared.batches.iter().flatten().map(|change| &change.key).collect();
                let shares = before.keys.iter().any(|key| keys.contains(key));
                if shares || prepared.batches.len() > 1 {
                    self.note(before.done().await?, progress).await?;
                    committing = Some(self.commit(app, prepared, in_force).await?);
                } else {
                    let next = self.commit(app, prepared, in_force).await?;
                    self.note(before.done().await?, progress).await?;
                    committing = Some(next);
                }
            } else {
                committing = Some(self.commit(app, prepared, in_force).await?);
            }
        }
        if let Some(last) = committing {
            self.note(last.done().await?, progress).await?;
        }
        self.flush().await?;
        Ok(is_last)
    }

    async fn chunk(&mut self, app: &App, size: ChunkSize) -> Result<Chunk, Failure> {
        let root = app.options.jobs.import_folder.clone();
        let is_upload = self.inputs[self.at].is_upload();
        let input = &self.inputs[self.at];
        let (path, offset, line, at) = (input.path.clone(), input.offset, input.line, self.at);
        let open = self.run.as_mut().and_then(|run| run.lines.take()).filter(|(of, _)| *of == at);
        let read = blocking("read an input", move || -> std::io::Result<_> {
            let mut lines = match open {
                Some((_, lines)) => lines,
                None if is_upload => Lines::of(File::open(&path)?, offset, line)?,
                None => {
                    let root = root.ok_or(std::io::ErrorKind::PermissionDenied)?;
                    Lines::of(open::open(&root, &path)?, offset, line)?
                }
            };
            let chunk = lines.chunk(size)?;
            Ok((chunk, lines))
        });
        let (chunk, lines) = read.await?.map_err(|error| broken("read an input", &error))?;
        if let Some(run) = &mut self.run {
            run.lines = Some((at, lines));
        }
        Ok(chunk)
    }

    /// Hands a chunk's changes to the store.
    async fn commit(
        &mut self,
        app: &Arc<App>,
        mut prepared: Prepared,
        in_force: Arc<InForce>,
    ) -> Result<Committing, Failure> {
        if self.run.as_ref().is_some_and(|run| run.may_be_there) {
            for batch in &mut prepared.batches {
                leave_out_unchanged(app, batch).await?;
            }
        }
        let mut batches = std::mem::take(&mut prepared.batches);
        let keys = batches.iter().flatten().map(|change| change.key.clone()).collect();
        // All but the last wait for their end, because they share a resource with the next.
        let last = batches.pop();
        for changes in batches {
            write(app, changes).await?;
        }
        let task = last.map(|changes| {
            let app = Arc::clone(app);
            tokio::spawn(async move {
                let written = write(&app, changes).await;
                drop(in_force);
                written
            })
        });
        Ok(Committing { prepared, keys, task })
    }

    /// Takes note of a chunk that is in the store.
    async fn note(&mut self, prepared: Prepared, progress: &mut Progress) -> Result<(), Failure> {
        let input = &mut self.inputs[self.at];
        input.offset = prepared.end;
        input.line = prepared.last;
        for (name, count) in &prepared.counts {
            *input.counts.entry((*name).to_owned()).or_default() += count;
        }
        progress.done += prepared.lines;
        if prepared.errors.is_empty() {
            return Ok(());
        }
        let errors = prepared.errors;
        self.with_errors(move |writer, parts| {
            errors
                .iter()
                .try_for_each(|line| writer.line(parts, "errors", "OperationOutcome", line))
        })
        .await
    }

    async fn flush(&mut self) -> Result<(), Failure> {
        self.with_errors(|writer, _| writer.flush()).await
    }

    async fn with_errors(
        &mut self,
        work: impl FnOnce(&mut PartWriter, &mut Vec<Part>) -> std::io::Result<()> + Send + 'static,
    ) -> Result<(), Failure> {
        let writer = self.run.as_mut().and_then(|run| run.errors.take());
        let mut writer = writer.ok_or_else(fault)?;
        let mut parts = std::mem::take(&mut self.errors);
        let done = blocking("write the errors of an import", move || {
            let result = work(&mut writer, &mut parts);
            (result, writer, parts)
        });
        let (result, writer, parts) = done.await?;
        self.errors = parts;
        if let Some(run) = &mut self.run {
            run.errors = Some(writer);
        }
        result.map_err(|error| broken("write the errors of an import", &error))
    }
}

/// A chunk whose last batch is on its way.
struct Committing {
    prepared: Prepared,
    keys: Vec<ResourceKey>,
    /// It holds what the batch was indexed by, and goes on where this job is cut off.
    task: Option<JoinHandle<Result<(), Failure>>>,
}

impl Committing {
    async fn done(self) -> Result<Prepared, Failure> {
        if let Some(task) = self.task {
            task.await.map_err(|_| fault())??;
        }
        Ok(self.prepared)
    }
}

async fn write(app: &App, changes: Vec<Change>) -> Result<(), Failure> {
    if changes.is_empty() {
        return Ok(());
    }
    let batch = Batch { guards: Vec::new(), changes, outcomes: Vec::new() };
    app.commit(batch).await?;
    Ok(())
}

/// Leaves out what is in the store already, as it is after a crash between commit and save.
async fn leave_out_unchanged(app: &App, batch: &mut Vec<Change>) -> Result<(), Failure> {
    let keys: Vec<ResourceKey> = batch.iter().map(|change| change.key.clone()).collect();
    let mut current = app.store.read_many(&keys).await?.into_iter();
    let mut changes = std::mem::take(batch);
    let compare = blocking("look for what was imported already", move || {
        changes.retain(|change| {
            let stored = current.next().flatten().and_then(|stored| stored.body);
            stored.is_none_or(|stored| is_new(change, &stored))
        });
        changes
    });
    *batch = compare.await?;
    Ok(())
}

/// Whether a change would change what is stored.
fn is_new(change: &Change, stored: &[u8]) -> bool {
    let ChangeKind::Write { draft, .. } = &change.kind else { return true };
    match (Tree::parse(stored), Tree::parse(&draft.fill(1, ""))) {
        (Ok(stored), Ok(new)) => !same_content(&stored, &new),
        _ => true,
    }
}

fn fault() -> Failure {
    Failure::plain(
        Category::Fault,
        IssueCode::Exception,
        "a fault in an import; it can be sent again",
    )
}
