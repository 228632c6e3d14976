//! CSV files: one item a row, each with the header line, so that its bytes stand alone.
//! Spec: RFC 4180; the sheets and their columns are rules of `mapping`.
//!
//! A row's control id is the first 12 hexadecimal digits of the file's SHA-256, `-`, and its line:
//! a file that is received again after a crash adds only the rows that are not there yet.

use std::fmt;
use std::sync::Arc;

use fhir::{Issue, IssueCode, Severity};
use mapping::{CsvFile, CsvRow};
use sha2::{Digest as _, Sha256};
use store::{ItemState, NewItem};

use super::{KIND_MAX, aside_for, blank, clipped, repeat};
use crate::app::App;
use crate::failure::Failure;
use crate::ingest::Feed;

/// Rows and bytes that go into one durable write.
const ROWS_PER_WRITE: usize = 10_000;
const BYTES_PER_WRITE: usize = 32 << 20;

/// The first bytes of a rejected file that the ledger keeps; the file itself stays in its folder.
const REJECTED_BYTES_MAX: usize = 1 << 20;

/// Whether a file is new, or was being received when the process ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum FileArrival {
    /// Picked up just now: rows of a file that was received before are filtered as repeats.
    New,
    /// Found half received: rows that are in the ledger already are passed over.
    Resumed,
}

/// What became of a file.
#[derive(Clone, Debug, Default)]
pub struct FileReceived {
    /// Whether its rows were taken in; otherwise the file as a whole is set aside.
    pub accepted: bool,
    /// Rows in the file.
    pub rows: usize,
    /// Rows that wait to be processed.
    pub waiting: usize,
    /// Rows that were set aside at once.
    pub set_aside: usize,
    /// Rows that repeat ones of the same file received before.
    pub filtered: usize,
    /// Rows that were in the ledger already because the file was resumed.
    pub known: usize,
    /// What is wrong, each with its line and column; at most 1,000 are told.
    pub issues: Vec<Issue>,
}

/// Issues of a file that are told.
const ISSUES_MAX: usize = 1_000;

/// Where a row came from, as [`store::NewItem::origin`] has it: `contacts.csv:7`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct RowOrigin<'o> {
    /// The file's name.
    pub file: &'o str,
    /// The line that the row begins on, from 1.
    pub line: u32,
}

impl<'o> RowOrigin<'o> {
    /// Reads an origin; one without a line stands for the whole file.
    pub fn parse(origin: &'o str) -> RowOrigin<'o> {
        let parts =
            origin.rsplit_once(':').and_then(|(file, line)| Some((file, line.parse().ok()?)));
        let (file, line) = parts.unwrap_or((origin, 1));
        RowOrigin { file, line }
    }
}

impl fmt::Display for RowOrigin<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}:{}", self.file, self.line)
    }
}

impl App {
    /// Takes a CSV file into the ledger: every row an item, bad rows set aside with their cause.
    ///
    /// A file whose header does not fit is set aside as one item. On a failure the rows written so
    /// far stay; receive the file again as [`FileArrival::Resumed`].
    pub async fn receive_file(
        self: &Arc<Self>,
        feed: &Feed,
        file_name: &str,
        bytes: Arc<[u8]>,
        arrival: FileArrival,
    ) -> Result<FileReceived, Failure> {
        let digest = digest_of(&bytes);
        let parts = match self.split_file(feed, file_name, &bytes).await? {
            Ok(parts) => Arc::new(parts),
            Err(issues) => {
                return self.reject_file(feed, file_name, &bytes, &digest, arrival, issues).await;
            }
        };
        let mut outcome =
            FileReceived { accepted: true, rows: parts.rows.len(), ..FileReceived::default() };
        // Rows are written in order, so those known are the first ones, if any.
        let mut maybe_known = true;
        let mut from = 0;
        while from < parts.rows.len() {
            let to = end_of_write(&parts, from);
            let work = RowsWork {
                app: Arc::clone(self),
                feed: feed.clone(),
                file_name: file_name.to_owned(),
                file: Arc::clone(&bytes),
                parts: Arc::clone(&parts),
                digest: digest.clone(),
            };
            let (items, issues) =
                self.off_thread(usize::MAX, move || Ok(work.assess(from..to))).await?;
            let room = ISSUES_MAX.saturating_sub(outcome.issues.len());
            outcome.issues.extend(issues.into_iter().take(room));
            let mut fresh = Vec::with_capacity(items.len());
            for mut item in items {
                let known = maybe_known
                    && self
                        .store
                        .item_known(&item.feed, &item.control_id, item.content_hash)
                        .await?
                        .is_some();
                maybe_known = known;
                match (known, arrival) {
                    (true, FileArrival::Resumed) => {
                        outcome.known += 1;
                        continue;
                    }
                    (true, FileArrival::New) => repeat(&mut item),
                    (false, _) => {}
                }
                outcome.count(item.state);
                fresh.push(item);
            }
            self.take_in(fresh).await?;
            from = to;
        }
        Ok(outcome)
    }

    async fn split_file(
        self: &Arc<Self>,
        feed: &Feed,
        file_name: &str,
        bytes: &Arc<[u8]>,
    ) -> Result<Result<CsvFile, Vec<Issue>>, Failure> {
        let (app, profile) = (Arc::clone(self), Arc::clone(&feed.profile));
        let (name, bytes) = (file_name.to_owned(), Arc::clone(bytes));
        self.off_thread(bytes.len(), move || {
            let parts = match mapping::split_csv(&bytes) {
                Ok(parts) => parts,
                Err(issues) => return Ok(Err(issues)),
            };
            let issues = mapping::check_header(app.mappings, &profile, &name, &bytes, &parts);
            let is_bad = issues.iter().any(|issue| issue.severity <= Severity::Error);
            Ok(if is_bad { Err(issues) } else { Ok(parts) })
        })
        .await
    }

    /// Takes a file that is longer than the feed allows into the ledger, by its beginning.
    pub async fn receive_oversize_file(
        &self,
        feed: &Feed,
        file_name: &str,
        beginning: &[u8],
        bytes_max: u64,
        arrival: FileArrival,
    ) -> Result<FileReceived, Failure> {
        let message = format!("the file is longer than {bytes_max} bytes; send it in parts");
        let issues = vec![Issue::error(IssueCode::TooLong, "", message)];
        let digest = digest_of(beginning);
        self.reject_file(feed, file_name, beginning, &digest, arrival, issues).await
    }

    async fn reject_file(
        &self,
        feed: &Feed,
        file_name: &str,
        bytes: &[u8],
        digest: &str,
        arrival: FileArrival,
        issues: Vec<Issue>,
    ) -> Result<FileReceived, Failure> {
        let kept = &bytes[..bytes.len().min(REJECTED_BYTES_MAX)];
        let mut item = blank(self, feed, file_name, kept.into());
        digest.clone_into(&mut item.control_id);
        "file".clone_into(&mut item.kind);
        aside_for(&mut item, &issues);
        let known =
            self.store.item_known(&item.feed, &item.control_id, item.content_hash).await?.is_some();
        let mut outcome = FileReceived { issues, ..FileReceived::default() };
        if known && arrival == FileArrival::Resumed {
            outcome.known = 1;
            return Ok(outcome);
        }
        if known {
            repeat(&mut item);
        }
        outcome.count(item.state);
        self.take_in(vec![item]).await?;
        Ok(outcome)
    }
}

/// The first 12 hexadecimal digits of SHA-256.
fn digest_of(bytes: &[u8]) -> String {
    let mut first = [0; 8];
    first[2..].copy_from_slice(&Sha256::digest(bytes)[..6]);
    format!("{:012x}", u64::from_be_bytes(first))
}

impl FileReceived {
    fn count(&mut self, state: ItemState) {
        match state {
            ItemState::SetAside => self.set_aside += 1,
            ItemState::Filtered => self.filtered += 1,
            ItemState::Waiting | ItemState::Stored => self.waiting += 1,
        }
    }
}

/// Where the write that begins at row `from` ends.
fn end_of_write(parts: &CsvFile, from: usize) -> usize {
    let mut bytes = 0;
    for (index, row) in parts.rows.iter().enumerate().skip(from) {
        bytes += row.range.len() + parts.header.len();
        if index - from >= ROWS_PER_WRITE || (index > from && bytes > BYTES_PER_WRITE) {
            return index;
        }
    }
    parts.rows.len()
}

/// What reading a file's rows needs, on another thread.
struct RowsWork {
    app: Arc<App>,
    feed: Feed,
    file_name: String,
    file: Arc<[u8]>,
    parts: Arc<CsvFile>,
    digest: String,
}

impl RowsWork {
    fn assess(&self, rows: std::ops::Range<usize>) -> (Vec<NewItem>, Vec<Issue>) {
        let mut items = Vec::with_capacity(rows.len());
        let mut issues = Vec::new();
        for slice in &self.parts.rows[rows] {
            let bytes: Arc<[u8]> = mapping::row_item(&self.file, &self.parts, slice).into();
            let origin = RowOrigin { file: &self.file_name, line: slice.line };
            let mut item = blank(&self.app, &self.feed, &origin.to_string(), Arc::clone(&bytes));
            item.control_id = format!("{}-{}", self.digest, slice.line);
            // As with messages, a row that a rule fails on waits for the processor to set aside.
            let mapped = std::panic::catch_unwind(std::panic::AssertUnwindSafe(|| {
                let row = CsvRow { file_name: &self.file_name, line: slice.line, bytes: &bytes };
                mapping::map_csv(self.app.mappings, &self.feed.profile, row)
            }));
            if let Ok(mapped) = mapped {
                item.kind = clipped(&mapped.kind, KIND_MAX);
                item.event_time = mapped.event_time.unwrap_or(item.received);
                item.subject = mapped.subject;
                aside_for(&mut item, &mapped.issues);
                let wrong = |issue: &Issue| issue.severity <= Severity::Error;
                issues.extend(mapped.issues.into_iter().filter(wrong));
            }
            items.push(item);
        }
        (items, issues)
    }
}

#[cfg(test)]
mod tests {
    use super::RowOrigin;

    #[test]
    fn origins() {
        let cases = [
            ("contacts.csv:7", "contacts.csv", 7),
            ("contacts.csv", "contacts.csv", 1),
            ("a:b.csv:12", "a:b.csv", 12),
            ("a:b.csv", "a:b.csv", 1),
            ("x:99999999999", "x:99999999999", 1),
            ("", "", 1),
        ];
        for (text, file, line) in cases {
            assert_eq!(RowOrigin::parse(text), RowOrigin { file, line }, "{text}");
        }
    }
}
