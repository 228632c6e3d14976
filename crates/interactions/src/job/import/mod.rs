//! Bulk import: `$import` of NDJSON, each line a resource that is put under its id.
//! Form of the request: <https://github.com/smart-on-fhir/bulk-import/blob/master/import-manifest.md>.
//!
//! A line is as if it were sent by PUT: the same import twice changes nothing the second time,
//! apart from versions. A line without an id gets one that is made from the job and the line's
//! number, so that a resumed job gives it the same.

mod lines;
mod open;
mod prepare;
mod request;
mod work;

pub use request::ImportRequest;
pub(crate) use work::Import;
