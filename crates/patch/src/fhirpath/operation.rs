//! The operations of a Parameters resource, read and checked before any is done.

use fhir::{Kind, Value};

use crate::{Limits, PatchError};

/// One operation.
#[derive(Clone, Debug)]
pub(super) struct Operation<'p> {
    pub(super) path: &'p str,
    pub(super) action: Action<'p>,
}

/// What an operation does; `content` is the part that holds the value.
#[derive(Clone, Debug)]
pub(super) enum Action<'p> {
    Add { name: &'p str, content: Value<'p> },
    Insert { index: usize, content: Value<'p> },
    Delete,
    Replace { content: Value<'p> },
    Move { source: usize, destination: usize },
}

/// The parts that an operation may have.
const PARTS: [&str; 7] = ["type", "path", "name", "value", "index", "source", "destination"];

pub(super) fn read(patch: Value<'_>, limits: Limits) -> Result<Vec<Operation<'_>>, PatchError> {
    if patch.text_of("resourceType") != Some("Parameters") {
        return Err(PatchError::malformed("a fhirpath patch is a Parameters resource"));
    }
    let count = patch.all("parameter").count();
    if count > limits.operations_max {
        let max = limits.operations_max;
        return Err(PatchError::too_costly(format!(
            "{count} operations; at most {max} are taken; send several patches"
        )));
    }
    let read =
        |(index, parameter)| read_operation(parameter).map_err(|error: PatchError| error.of(index));
    patch.all("parameter").enumerate().map(read).collect()
}

fn read_operation(parameter: Value<'_>) -> Result<Operation<'_>, PatchError> {
    if parameter.text_of("name") != Some("operation") {
        return Err(PatchError::malformed("each parameter must be named operation"));
    }
    let mut found: [Option<Value<'_>>; PARTS.len()] = [None; PARTS.len()];
    for part in parameter.all("part") {
        let name = part.text_of("name").unwrap_or("");
        let Some(at) = PARTS.iter().position(|known| *known == name) else {
            return Err(PatchError::malformed(format!(
                "an operation has parts {}; each once",
                PARTS.join(", ")
            )));
        };
        if found[at].replace(part).is_some() {
            return Err(PatchError::malformed(format!("part {name} stands twice")));
        }
    }
    let [kind, path, name, content, index, source, destination] = found;
    let path = text(path, "path")?;
    let at = |error: PatchError| error.at(path);
    let content =
        || content.ok_or_else(|| at(PatchError::malformed("the operation needs a part value")));
    let action = match text(kind, "type").map_err(at)? {
        "add" => Action::Add { name: text(name, "name").map_err(at)?, content: content()? },
        "insert" => {
            Action::Insert { index: number(index, "index").map_err(at)?, content: content()? }
        }
        "delete" => Action::Delete,
        "replace" => Action::Replace { content: content()? },
        "move" => Action::Move {
            source: number(source, "source").map_err(at)?,
            destination: number(destination, "destination").map_err(at)?,
        },
        _ => {
            return Err(at(PatchError::malformed(
                "type must be one of add, insert, delete, replace, move",
            )));
        }
    };
    Ok(Operation { path, action })
}

fn text<'p>(part: Option<Value<'p>>, name: &str) -> Result<&'p str, PatchError> {
    let given = part.and_then(|part| {
        let is_text = |member: &Value<'p>| {
            matches!(member.name(), "valueString" | "valueCode" | "valueUri" | "valueId")
        };
        part.members().find(is_text)?.as_str()
    });
    given.ok_or_else(|| {
        PatchError::malformed(format!("the operation needs a part {name} with a string"))
    })
}

fn number(part: Option<Value<'_>>, name: &str) -> Result<usize, PatchError> {
    let given = part.and_then(|part| {
        let is_number = |member: &Value<'_>| {
            member.name().starts_with("value") && member.kind() == Kind::Number
        };
        part.members().find(is_number)?.as_number()?.parse().ok()
    });
    given.ok_or_else(|| {
        PatchError::malformed(format!("the operation needs a part {name} with an integer from 0"))
    })
}
