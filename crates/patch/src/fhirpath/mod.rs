//! FHIRPath Patch: add, insert, delete, replace and move, as a Parameters resource.
//! Spec: <https://hl7.org/fhir/R4/fhirpatch.html>.
//!
//! Each operation's path is evaluated on the resource as the operations before it left it; what it
//! selects is then changed in an owned copy. To add an operation, add it to `operation::Action`
//! and to `step`.

mod operation;
mod place;
mod value;

use ::fhirpath::{Environment, Expression, Item};
use definitions::Definitions;
use fhir::{Element, Tree, Value};

use crate::{Limits, PatchError};
use operation::{Action, Operation};
use place::Place;

/// Bytes of the resource that all operations may read together, since each reads it anew.
const WORK_BYTES_MAX: usize = 1 << 30;

/// Applies a patch to a copy of `target`.
///
/// ```
/// let resource = fhir::Tree::parse(br#"{"resourceType":"Patient","active":true}"#)?;
/// let patch = fhir::Tree::parse(br#"{"resourceType":"Parameters","parameter":[{"name":"operation",
///     "part":[{"name":"type","valueCode":"delete"},{"name":"path","valueString":"Patient.active"}]}]}"#)?;
/// let (definitions, limits) = (definitions::embedded(), patch::Limits::STANDARD);
/// let patched = patch::fhirpath::apply(&resource, patch.root(), definitions, limits)?;
/// assert_eq!(patched.to_compact(), br#"{"resourceType":"Patient"}"#);
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
pub fn apply(
    target: &Tree,
    patch: Value<'_>,
    definitions: &Definitions,
    limits: Limits,
) -> Result<Element, PatchError> {
    let operations = operation::read(patch, limits)?;
    let mut document = Element::from(target);
    let added = patch.span().len();
    if added > limits.growth_bytes_max {
        let max = limits.growth_bytes_max;
        return Err(PatchError::too_costly(format!("the patch adds more than {max} bytes")));
    }
    let size = target.text().len().saturating_add(added);
    if size.saturating_mul(operations.len()) > WORK_BYTES_MAX {
        return Err(PatchError::too_costly(
            "too many operations for so large a resource; send several patches",
        ));
    }
    for (index, operation) in operations.iter().enumerate() {
        step(&mut document, operation, definitions, limits)
            .map_err(|error| error.of(index).at(operation.path))?;
    }
    Ok(document)
}

fn step(
    document: &mut Element,
    operation: &Operation<'_>,
    definitions: &Definitions,
    limits: Limits,
) -> Result<(), PatchError> {
    let places = select(document, operation.path, definitions, limits)?;
    match &operation.action {
        Action::Add { name, content } => {
            let place = one(places, "added to")?;
            place::add(document, &place, name, *content, definitions)
        }
        Action::Insert { index, content } => {
            let list = list(document, &places)?;
            place::insert(document, &list, *index, *content, definitions)
        }
        // Nothing to delete is as good as deleted.
        Action::Delete if places.is_empty() => Ok(()),
        Action::Delete => place::delete(document, &one(places, "deleted")?),
        Action::Replace { content } => {
            let place = one(places, "replaced")?;
            place::replace(document, &place, *content, definitions)
        }
        Action::Move { source, destination } => {
            let list = list(document, &places)?;
            place::shift(document, &list, *source, *destination)
        }
    }
}

/// Where the nodes that a path selects stand.
fn select(
    document: &Element,
    path: &str,
    definitions: &Definitions,
    limits: Limits,
) -> Result<Vec<Place>, PatchError> {
    let depth_max = limits.depth_max;
    let reading = fhir::Limits { bytes_max: usize::MAX, depth_max };
    let tree = Tree::parse_with(&document.to_compact(), reading)
        .map_err(|error| PatchError::too_costly(format!("the result cannot be read: {error}")))?;
    let expression = Expression::parse(path).map_err(|error| {
        PatchError::malformed(format!("the path is no fhirpath: {}", error.message))
    })?;
    let environment = Environment::new(definitions);
    let focus = Item::resource(tree.root(), definitions);
    let found = expression.evaluate(&environment, focus).map_err(|error| {
        let message = format!("the path cannot be evaluated: {}", error.message);
        match error.kind {
            ::fhirpath::ErrorKind::Limit => PatchError::too_costly(message),
            ::fhirpath::ErrorKind::Syntax | ::fhirpath::ErrorKind::Semantic => {
                PatchError::malformed(message)
            }
            _ => PatchError::inapplicable(message),
        }
    })?;
    found
        .iter()
        .map(|item| {
            let node = item.as_node().and_then(|node| node.value().or(node.sibling()));
            node.and_then(|value| Place::of(&tree, value)).ok_or_else(|| {
                PatchError::malformed("the path must select elements of the resource, not a value")
            })
        })
        .collect()
}

fn one(mut places: Vec<Place>, done: &str) -> Result<Place, PatchError> {
    match places.len() {
        1 => Ok(places.remove(0)),
        0 => Err(PatchError::inapplicable("the path finds nothing; it must find one element")),
        count => Err(PatchError::inapplicable(format!(
            "the path finds {count} elements; only one can be {done}; add an index"
        ))),
    }
}

/// The list whose items are all that the path selects.
fn list(document: &Element, places: &[Place]) -> Result<Place, PatchError> {
    let Some(first) = places.first() else {
        return Err(PatchError::inapplicable(
            "the path finds nothing; add puts the first item into a list",
        ));
    };
    let list = first.list();
    let is_whole = places.iter().enumerate().all(|(index, place)| {
        place.index == Some(index) && place.owner == list.owner && place.name == list.name
    });
    if !is_whole || list.length(document) != places.len() {
        return Err(PatchError::inapplicable("the path must select all items of one list"));
    }
    Ok(list)
}
