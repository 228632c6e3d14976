//! What searching asks of code systems and value sets: `:in`, `:not-in`, `:above`, `:below`.
//! Spec: <https://hl7.org/fhir/R4/search.html#token>.
//!
//! [`DefinedTerminology`] answers from the definitions that are part of the program. To answer from
//! elsewhere, write another [`Terminology`] and hand it over in [`crate::ParseOptions`].

mod defined;
mod hierarchy;

use std::fmt;
use std::sync::Arc;

use crate::expression::CodeSet;

pub use defined::DefinedTerminology;

/// Codes of one search at the most, so that a set does not outgrow a query.
pub const CODES_MAX: usize = 10_000;

/// Knowledge of code systems and value sets.
pub trait Terminology: fmt::Debug + Send + Sync {
    /// All codes of the value set with this canonical URL, at most [`CODES_MAX`].
    fn value_set(&self, url: &str) -> Result<Arc<CodeSet>, TerminologyError>;

    /// The code with all that subsume it.
    fn ancestors(&self, system: &str, code: &str) -> Result<Arc<CodeSet>, TerminologyError>;

    /// The code with all that it subsumes.
    fn descendants(&self, system: &str, code: &str) -> Result<Arc<CodeSet>, TerminologyError>;
}

/// Why a question could not be answered. Its text goes on after "the value".
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct TerminologyError(String);

impl TerminologyError {
    /// An error with words that go on after "the value", such as "names no value set".
    pub fn new(words: impl Into<String>) -> TerminologyError {
        TerminologyError(words.into())
    }
}

impl fmt::Display for TerminologyError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl std::error::Error for TerminologyError {}
