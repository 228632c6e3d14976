//! What FHIR adds to every patch format: what may not change, and that nothing empty stays behind.
//! Spec: <https://hl7.org/fhir/R4/http.html#patch>, <https://hl7.org/fhir/R4/json.html>.

use fhir::Element;

use crate::PatchError;

/// The members that say which resource it is.
const IDENTITY: [&str; 2] = ["resourceType", "id"];

/// The patched resource ready to be checked and stored: the same resource still, nothing empty.
///
/// `meta.versionId` and `meta.lastUpdated` are the server's and are set anew when it is stored, so
/// what a patch does to them has no effect and is no error.
pub fn finish(before: &Element, mut after: Element) -> Result<Element, PatchError> {
    if !matches!(after, Element::Object(_)) {
        return Err(PatchError::inapplicable("the result of the patch is no resource"));
    }
    for name in IDENTITY {
        if before.get(name) != after.get(name) {
            return Err(PatchError::inapplicable(format!(
                "a patch may not change {name}; create another resource instead"
            ))
            .at(name));
        }
    }
    prune(&mut after, false);
    Ok(after)
}

/// Takes empty objects and arrays out, which an operation that removes the last of something
/// leaves behind and FHIR does not allow. In the array beside primitives (`_given`) an item keeps
/// its place, so there `null` stands for it. Gives whether the value itself is empty.
fn prune(value: &mut Element, is_sibling: bool) -> bool {
    match value {
        Element::Object(members) => {
            members.retain_mut(|(name, member)| !prune(member, name.starts_with('_')));
            members.is_empty()
        }
        Element::Array(items) if is_sibling => {
            for item in items.iter_mut() {
                if prune(item, false) {
                    *item = Element::Null;
                }
            }
            items.iter().all(|item| *item == Element::Null)
        }
        Element::Array(items) => {
            items.retain_mut(|item| !prune(item, false));
            items.is_empty()
        }
        _ => false,
    }
}
