//! Patches of FHIR resources: JSON Patch (RFC 6902), XML Patch (RFC 5261) and FHIRPath Patch.
//!
//! Each reads its document, applies the operations one after another to a copy, and gives the
//! copy, or an error that names the operation (from 0), where it was aimed, and what was expected
//! there. All operations are done or none. Numbers keep the digits that they were written with.
//!
//! ```
//! use fhir::{Element, Tree};
//! let resource = Tree::parse(br#"{"resourceType":"Basic","n":1.00,"a":["x"]}"#)?;
//! let patch = Tree::parse(br#"[{"op":"add","path":"/a/-","value":2.50}]"#)?;
//! let limits = patch::Limits::STANDARD;
//! let patched = patch::json::apply(&Element::from(&resource), patch.root(), limits)?;
//! assert_eq!(patched.to_compact(), br#"{"resourceType":"Basic","n":1.00,"a":["x",2.50]}"#);
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! ```
//!
//! Spec: <https://hl7.org/fhir/R4/http.html#patch>. The three modules know nothing of each other
//! nor of who calls them; [`resource`] holds what is FHIR's and not the patch format's: what a
//! patch may not change, and that nothing empty is left behind.
//!
//! To add a format, add a module with an `apply` of the same shape.

mod error;
pub mod fhirpath;
pub mod json;
pub mod resource;
pub mod xml;

pub use error::{ErrorKind, PatchError};

/// What a patch from outside may cost.
#[derive(Clone, Copy, Debug)]
pub struct Limits {
    /// Operations at the most.
    pub operations_max: usize,
    /// Bytes that the operations may add in all (`copy` repeats what is there).
    pub growth_bytes_max: usize,
    /// How deep the result may nest (never more than 1,000 levels).
    pub depth_max: usize,
}

impl Limits {
    /// 1,000 operations, 64 MiB of growth, 64 levels.
    pub const STANDARD: Limits =
        Limits { operations_max: 1_000, growth_bytes_max: 64 << 20, depth_max: 64 };
}
