//! JSON Patch: an array of operations on a JSON document. Spec: RFC 6902.
//!
//! The document is an [`Element`], whose numbers are the digits as written; only `test` looks at
//! their values. To add an operation (the RFC has no more), add it to [`Action`] and to `run`.

mod equal;
mod pointer;

use fhir::{Element, Kind, Value};

use crate::{Limits, PatchError};
pub use pointer::Pointer;

/// One operation.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Operation {
    /// Where it is aimed.
    pub path: Pointer,
    /// What it does there.
    pub action: Action,
}

/// What an operation does.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Action {
    /// Puts a value in: a new member, or before an item.
    Add(Element),
    /// Takes a value out.
    Remove,
    /// Puts another value in place of one that is there.
    Replace(Element),
    /// Takes a value from another place and adds it.
    Move(Pointer),
    /// Adds a copy of the value at another place.
    Copy(Pointer),
    /// Goes on only if this value is there.
    Test(Element),
}

/// Applies a patch document to a copy of `target`.
pub fn apply(target: &Element, patch: Value<'_>, limits: Limits) -> Result<Element, PatchError> {
    run(target, &read(patch, limits)?, limits)
}

/// Reads a patch document.
pub fn read(patch: Value<'_>, limits: Limits) -> Result<Vec<Operation>, PatchError> {
    if patch.kind() != Kind::Array {
        return Err(PatchError::malformed("a json patch is an array of operations"));
    }
    let count = patch.items().count();
    if count > limits.operations_max {
        let max = limits.operations_max;
        return Err(PatchError::too_costly(format!(
            "{count} operations; at most {max} are taken; send several patches"
        )));
    }
    let read = |(index, item)| read_operation(item).map_err(|error: PatchError| error.of(index));
    patch.items().enumerate().map(read).collect()
}

fn read_operation(item: Value<'_>) -> Result<Operation, PatchError> {
    if item.kind() != Kind::Object {
        return Err(PatchError::malformed("an operation is an object with op and path"));
    }
    let pointer = |name: &str| -> Result<Pointer, PatchError> {
        let text = item.get(name).and_then(Value::as_str).ok_or_else(|| {
            PatchError::malformed(format!("the operation needs {name}, a json pointer"))
        })?;
        Pointer::parse(text).map_err(|message| {
            PatchError::malformed(format!("{name} is no json pointer: {message}")).at(text)
        })
    };
    let path = pointer("path")?;
    let value = || {
        item.get("value").map(Element::from).ok_or_else(|| {
            PatchError::malformed("the operation needs a value").at(&path.to_string())
        })
    };
    let action = match item.get("op").and_then(Value::as_str) {
        Some("add") => Action::Add(value()?),
        Some("remove") => Action::Remove,
        Some("replace") => Action::Replace(value()?),
        Some("move") => Action::Move(pointer("from")?),
        Some("copy") => Action::Copy(pointer("from")?),
        Some("test") => Action::Test(value()?),
        _ => {
            return Err(PatchError::malformed(
                "op must be one of add, remove, replace, move, copy, test",
            )
            .at(&path.to_string()));
        }
    };
    Ok(Operation { path, action })
}

/// Applies operations to a copy of `target`.
pub fn run(
    target: &Element,
    operations: &[Operation],
    limits: Limits,
) -> Result<Element, PatchError> {
    let mut document = target.clone();
    let mut growth = 0_usize;
    for (index, operation) in operations.iter().enumerate() {
        step(&mut document, operation, limits, &mut growth)
            .map_err(|error| error.of(index).at(&operation.path.to_string()))?;
    }
    Ok(document)
}

fn step(
    document: &mut Element,
    operation: &Operation,
    limits: Limits,
    growth: &mut usize,
) -> Result<(), PatchError> {
    let path = &operation.path;
    match &operation.action {
        Action::Add(value) => {
            add(document, path, admit(value.clone(), path, limits, growth)?)?;
        }
        Action::Remove => {
            take(document, path)?;
        }
        Action::Replace(value) => {
            let value = admit(value.clone(), path, limits, growth)?;
            *find_mut(document, path)? = value;
        }
        Action::Move(from) => {
            if from == path {
                find(document, from)?;
                return Ok(());
            }
            if from.encloses(path) {
                return Err(PatchError::malformed("a value cannot be moved into itself"));
            }
            let value = take(document, from).map_err(|error| error.at(&from.to_string()))?;
            let value = admit(value, path, limits, &mut 0)?;
            add(document, path, value)?;
        }
        Action::Copy(from) => {
            let value = find(document, from).map_err(|error| error.at(&from.to_string()))?;
            let value = admit(value.clone(), path, limits, growth)?;
            add(document, path, value)?;
        }
        Action::Test(expected) => {
            if !equal::equal(find(document, path)?, expected) {
                return Err(PatchError::new(
                    crate::ErrorKind::TestFailed,
                    format!("the test expects {}; another value is there", shape(expected)),
                ));
            }
        }
    }
    Ok(())
}

/// Counts what comes in against the limits.
fn admit(
    value: Element,
    path: &Pointer,
    limits: Limits,
    growth: &mut usize,
) -> Result<Element, PatchError> {
    let (bytes, depth) = measure(&value);
    *growth = growth.saturating_add(bytes);
    if *growth > limits.growth_bytes_max {
        let max = limits.growth_bytes_max;
        return Err(PatchError::too_costly(format!("the patch adds more than {max} bytes")));
    }
    if path.depth() + depth > limits.depth_max {
        let max = limits.depth_max;
        return Err(PatchError::too_costly(format!("the result would nest deeper than {max}")));
    }
    Ok(value)
}

/// Bytes of a value as JSON, nearly, and how deep it nests. Its depth was bounded by the reader.
fn measure(value: &Element) -> (usize, usize) {
    match value {
        Element::Null | Element::Bool(_) => (5, 0),
        Element::Number(text) => (text.len(), 0),
        Element::String(text) => (text.len() + 2, 0),
        Element::Array(items) => items.iter().fold((2, 1), |(bytes, depth), item| {
            let (own, below) = measure(item);
            (bytes + own + 1, depth.max(below + 1))
        }),
        Element::Object(members) => members.iter().fold((2, 1), |(bytes, depth), (name, item)| {
            let (own, below) = measure(item);
            (bytes + name.len() + own + 4, depth.max(below + 1))
        }),
    }
}

fn shape(value: &Element) -> &'static str {
    match value {
        Element::Null => "null",
        Element::Bool(_) => "a certain boolean",
        Element::Number(_) => "a certain number",
        Element::String(_) => "a certain string",
        Element::Array(_) => "a certain array",
        Element::Object(_) => "a certain object",
    }
}

fn find<'d>(document: &'d Element, path: &Pointer) -> Result<&'d Element, PatchError> {
    let mut at = document;
    for token in path.tokens() {
        at = match at {
            Element::Object(_) => at.get(token).ok_or_else(|| no_member(token))?,
            Element::Array(items) => {
                let index = pointer::index(token, items.len()).map_err(PatchError::inapplicable)?;
                &items[index]
            }
            _ => return Err(not_a_container(token)),
        };
    }
    Ok(at)
}

fn find_mut<'d>(document: &'d mut Element, path: &Pointer) -> Result<&'d mut Element, PatchError> {
    descend(document, path.tokens())
}

fn descend<'d>(
    document: &'d mut Element,
    tokens: &[Box<str>],
) -> Result<&'d mut Element, PatchError> {
    let mut at = document;
    for token in tokens {
        at = match at {
            Element::Object(members) => members
                .iter_mut()
                .find(|(name, _)| name == token)
                .map(|(_, value)| value)
                .ok_or_else(|| no_member(token))?,
            Element::Array(items) => {
                let index = pointer::index(token, items.len()).map_err(PatchError::inapplicable)?;
                &mut items[index]
            }
            _ => return Err(not_a_container(token)),
        };
    }
    Ok(at)
}

fn no_member(token: &str) -> PatchError {
    let shown: String = token.chars().take(64).collect();
    PatchError::inapplicable(format!("there is no member {shown:?}"))
}

fn not_a_container(token: &str) -> PatchError {
    let shown: String = token.chars().take(64).collect();
    PatchError::inapplicable(format!(
        "{shown:?} must stand in an object or array; a primitive value is there"
    ))
}

fn add(document: &mut Element, path: &Pointer, value: Element) -> Result<(), PatchError> {
    let Some((last, parents)) = path.tokens().split_last() else {
        *document = value;
        return Ok(());
    };
    match descend(document, parents)? {
        parent @ Element::Object(_) => {
            parent.set(last, value);
            Ok(())
        }
        Element::Array(items) => {
            let at = match &**last {
                "-" => items.len(),
                token => {
                    pointer::index(token, items.len() + 1).map_err(PatchError::inapplicable)?
                }
            };
            items.insert(at, value);
            Ok(())
        }
        _ => Err(not_a_container(last)),
    }
}

fn take(document: &mut Element, path: &Pointer) -> Result<Element, PatchError> {
    let Some((last, parents)) = path.tokens().split_last() else {
        return Err(PatchError::inapplicable("the whole document cannot be taken out"));
    };
    match descend(document, parents)? {
        parent @ Element::Object(_) => parent.remove(last).ok_or_else(|| no_member(last)),
        Element::Array(items) => {
            let at = pointer::index(last, items.len()).map_err(PatchError::inapplicable)?;
            Ok(items.remove(at))
        }
        _ => Err(not_a_container(last)),
    }
}
