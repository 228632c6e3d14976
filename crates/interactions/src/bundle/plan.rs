//! What each entry of a Bundle asks for, read once and checked before anything is done.

use fhir::{IssueCode, Tree, Value};

use super::action::Action;
use crate::app::App;
use crate::failure::{Category, Failure};

/// Batch or transaction.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum BundleKind {
    /// Each entry on its own.
    Batch,
    /// All or nothing.
    Transaction,
}

/// A Bundle's entries, in order.
#[derive(Debug)]
pub(crate) struct Plan {
    pub(crate) kind: BundleKind,
    pub(crate) entries: Vec<Result<Entry, Failure>>,
}

/// One entry.
#[derive(Clone, Debug)]
pub(crate) struct Entry {
    pub(crate) full_url: Option<Box<str>>,
    /// Index of the resource in the Bundle's tree.
    pub(crate) resource: Option<u32>,
    pub(crate) action: Action,
}

/// Issues of bad entries that are reported at the most.
const ISSUES_MAX: usize = 100;

impl Plan {
    /// Reads a Bundle. In a transaction the first bad entry fails the whole; all are reported.
    pub(crate) fn read(app: &App, tree: &Tree) -> Result<Plan, Failure> {
        let root = tree.root();
        if tree.resource_type() != Some("Bundle") {
            return Err(bad("Bundle", "the base takes a Bundle of type batch or transaction"));
        }
        let kind = match root.text_of("type") {
            Some("batch") => BundleKind::Batch,
            Some("transaction") => BundleKind::Transaction,
            _ => {
                return Err(bad(
                    "Bundle.type",
                    "the base takes a Bundle of type batch or transaction",
                ));
            }
        };
        let count = root.all("entry").count();
        let max = app.options.bundle_entries_max;
        if count > max {
            let message =
                format!("the Bundle has {count} entries; at most {max} are taken; split it");
            return Err(Failure::new(
                Category::TooLarge,
                IssueCode::TooLong,
                "Bundle.entry",
                message,
            ));
        }
        let entries: Vec<_> = root
            .all("entry")
            .enumerate()
            .map(|(index, entry)| {
                let read = Entry::read(app, entry);
                read.map_err(|failure| failure.inside(&format!("Bundle.entry[{index}]")))
            })
            .collect();
        if kind == BundleKind::Transaction && entries.iter().any(Result::is_err) {
            return Err(refused(entries));
        }
        Ok(Plan { kind, entries })
    }
}

/// All that is wrong with a transaction's entries, under the category of the first.
fn refused(entries: Vec<Result<Entry, Failure>>) -> Failure {
    let mut failures = entries.into_iter().filter_map(Result::err);
    let Some(mut first) = failures.next() else { return Failure::invalid(Vec::new()) };
    first.issues.extend(failures.flat_map(|failure| failure.issues));
    first.issues.truncate(ISSUES_MAX);
    // A type that is not known is nothing missing but a fault of the Bundle.
    if first.category == Category::NotFound {
        first.category = Category::Invalid;
    }
    first
}

pub(super) fn bad(expression: &str, message: &str) -> Failure {
    Failure::new(Category::Invalid, IssueCode::Invalid, expression, message)
}

impl Entry {
    fn read(app: &App, entry: Value<'_>) -> Result<Entry, Failure> {
        let request = entry
            .get("request")
            .ok_or_else(|| bad("request", "the entry needs a request with method and url"))?;
        let resource = entry.get("resource");
        let action = Action::read(app, request, resource)?;
        let full_url = entry.text_of("fullUrl").map(Into::into);
        Ok(Entry { full_url, resource: resource.map(Value::index), action })
    }
}
