//! Bulk export: `$export` of the system, of all patients, of a group.
//! Spec: <https://hl7.org/fhir/uv/bulkdata/STU2/export.html>.
//!
//! The files hold the data as it was at the job's transaction time. The store is read through once,
//! type by type; what was changed after that time is left out then and put in afterwards as it was
//! (`changed`).

mod changed;
mod choice;
mod elements;
mod members;
mod request;
mod work;

pub use request::ExportRequest;
pub(crate) use work::Export;
