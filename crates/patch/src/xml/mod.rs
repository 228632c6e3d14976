//! XML Patch: add, replace and remove nodes that an XPath selects. Spec: RFC 5261,
//! <https://hl7.org/fhir/R4/http.html#patch>.
//!
//! The patch is applied to the resource's XML text. Prefixes `f` (FHIR) and `h` (XHTML) need no
//! declaration in a patch, and a patch that declares no default namespace means FHIR's.
//! [`select`] says which XPath is understood.
//!
//! To add a kind of node, add it to `dom::Node`, to `select`, and to `apply`.

mod apply;
mod dom;
mod select;
mod text;

use crate::{Limits, PatchError};

/// Applies a patch document to an XML document and gives the patched document.
///
/// ```
/// let resource = r#"<Patient xmlns="http://hl7.org/fhir"><active value="true"/></Patient>"#;
/// let patch = r#"<diff><replace sel="f:Patient/f:active/@value">false</replace></diff>"#;
/// assert_eq!(
///     patch::xml::apply(resource, patch, patch::Limits::STANDARD)?,
///     r#"<Patient xmlns="http://hl7.org/fhir"><active value="false"/></Patient>"#
/// );
/// # Ok::<(), patch::PatchError>(())
/// ```
pub fn apply(target: &str, patch: &str, limits: Limits) -> Result<String, PatchError> {
    let patch = text::read(patch, limits.depth_max, text::PATCH_SCOPE).map_err(|message| {
        PatchError::malformed(format!("the patch is no xml document: {message}"))
    })?;
    let operations = apply::operations(&patch, limits)?;
    let mut document =
        text::read(target, limits.depth_max, text::EMPTY_SCOPE).map_err(|message| {
            PatchError::inapplicable(format!("the target is no xml document: {message}"))
        })?;
    for (index, operation) in operations.iter().enumerate() {
        apply::run(&mut document, operation)
            .map_err(|error| error.of(index).at(operation.selector()))?;
    }
    let out = text::write(&document);
    if out.len() > target.len().saturating_add(limits.growth_bytes_max) {
        let max = limits.growth_bytes_max;
        return Err(PatchError::too_costly(format!("the patch adds more than {max} bytes")));
    }
    Ok(out)
}
