//! FHIR resource values: lossless trees of JSON (and XML), references, partial dates, issues.
//!
//! A resource is read once into a [`Tree`]: the text as it came plus one flat arena of nodes that
//! point into it. Nothing is converted, so a decimal keeps its digits, a date its precision, and
//! every node knows the bytes that it came from. [`Value`] is a cheap cursor into the tree.
//!
//! ```
//! let tree = fhir::Tree::parse(br#"{"resourceType":"Patient","name":[{"family":"Shah"}]}"#)?;
//! let family = tree.root().at("name[0].family").and_then(|v| v.as_str());
//! assert_eq!(family, Some("Shah"));
//! # Ok::<(), fhir::ParseError>(())
//! ```
//!
//! Spec: <https://hl7.org/fhir/R4/json.html>, <https://hl7.org/fhir/R4/xml.html>. This crate knows
//! no element names: what it needs to know of structure (for XML) comes in through a trait.
//!
//! To add a representation, add a module that reads into and writes from a [`Tree`].

mod date;
mod etag;
mod id;
mod issue;
mod json;
mod owned;
mod reference;
mod stamp;
mod tree;
mod write;
pub mod xml;

pub use date::{PartialDate, Precision, format_instant};
pub use etag::{EntityTags, format_http_date, parse_http_date};
pub use id::{ResourceId, ResourceType, VersionId};
pub use issue::{Issue, IssueCode, Severity, operation_outcome};
pub use json::{Limits, ParseError, ParseErrorKind};
pub use owned::Element;
pub use reference::{Reference, ReferenceKind};
pub use stamp::{Draft, same_content, stamp};
pub use tree::{Items, Kind, Members, Tree, Value};
pub use write::{Edit, write_string};
