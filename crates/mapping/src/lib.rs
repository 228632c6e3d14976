//! Messages, CSV rows and FHIR Bundles → contributions to resources, with lineage and issues.
//!
//! Rules are text files in a small language (`rules/*.map`, `tables/*.csv`), compiled once into
//! [`Mappings`]. Mapping is pure: bytes in; resources, the bytes behind every value, issues and the
//! fields that no rule read out. [`fold`] joins contributions to the current state of a resource.
//!
//! Reference of the language, the ways to fold, and what is covered: `docs/mapping.md`. To map one
//! more segment, add rules to a file; to map one more format, add a module beside `hl7`.

mod bundle;
mod contribution;
mod coverage;
mod csv;
mod fold;
mod functions;
mod hl7;
mod language;
mod mappings;
mod profile;
mod run;
mod source;
mod table;

pub use bundle::{heading_of_bundle, map_bundle};
pub use contribution::{Contribution, Mapped, SourceField, Trace, resource_id};
pub use coverage::Coverage;
pub use csv::{CsvFile, CsvRow, RowSlice, check_header, map_csv, row_item, split_csv};
pub use fold::{Fold, Merge, Removal, Sourced, fold};
pub use hl7::{heading_of_hl7, map_hl7};
pub use language::{CompileError, Position};
pub use mappings::{Mappings, RuleFile};
pub use profile::{Encoding, FeedProfile};
