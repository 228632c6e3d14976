//! The clinician's pages: find a person, read their joined record, follow a value to its bytes.
//!
//! To add a section of the record: a file in `sections/` with its rows and a template of the same
//! name, a variant of `person::View`, and a fixture.

pub mod find;
pub mod lineage;
pub mod person;
pub mod results;
pub mod sections;
pub mod timeline;
