//! The three operations: read from the patch, done on the document. Spec: RFC 5261 §4.

use super::dom::{Document, Name, Node, Tag};
use super::select::{Path, Selected, Selector};
use super::text::{Bindings, PATCH_SCOPE, qualified};
use crate::{Limits, PatchError};

/// One operation.
#[derive(Debug)]
pub(super) struct Operation {
    text: String,
    selector: Selector,
    action: Action,
}

#[derive(Debug)]
enum Action {
    Add(Position, Vec<Node>),
    AddAttribute(Name, String),
    AddNamespace(Box<str>, Box<str>),
    Replace(Tag),
    Remove { before: bool, after: bool },
}

#[derive(Clone, Copy, Debug, PartialEq)]
enum Position {
    Append,
    Prepend,
    Before,
    After,
}

impl Operation {
    pub(super) fn selector(&self) -> &str {
        &self.text
    }
}

/// Reads the operations of a patch document.
pub(super) fn operations(patch: &Document, limits: Limits) -> Result<Vec<Operation>, PatchError> {
    let root = patch.element().ok_or_else(|| PatchError::malformed("the patch is empty"))?;
    let is_text = |node: &Node| matches!(node, Node::Text(text) if !text.trim_ascii().is_empty());
    if root.children.iter().any(is_text) {
        return Err(PatchError::malformed("text stands between the operations of the patch"));
    }
    let mut bindings = Bindings::new(PATCH_SCOPE);
    bindings.declare(&root.declared);
    let tags: Vec<&Tag> = root.children.iter().filter_map(Node::as_element).collect();
    if tags.is_empty() {
        return Err(PatchError::malformed(
            "the patch has no operation; expected add, replace or remove",
        ));
    }
    if tags.len() > limits.operations_max {
        let max = limits.operations_max;
        return Err(PatchError::too_costly(format!(
            "{} operations; at most {max} are taken; send several patches",
            tags.len()
        )));
    }
    let read = |(index, tag): (usize, &&Tag)| {
        read_operation(tag, &bindings).map_err(|error: PatchError| error.of(index))
    };
    tags.iter().enumerate().map(read).collect()
}

fn read_operation(tag: &Tag, outer: &Bindings) -> Result<Operation, PatchError> {
    let mut bindings = outer.clone();
    bindings.declare(&tag.declared);
    let text = given(tag, "sel")
        .ok_or_else(|| PatchError::malformed("the operation needs sel, an xpath"))?;
    let at = |error: PatchError| error.at(text);
    let selector = Selector::parse(text, &bindings).map_err(|message| {
        at(PatchError::malformed(format!("sel is not understood: {message}")))
    })?;
    let action = match &*tag.name.local {
        "add" => add(tag, &bindings).map_err(at)?,
        "replace" => Action::Replace(tag.clone()),
        "remove" => remove(tag).map_err(at)?,
        _ => {
            return Err(at(PatchError::malformed(
                "unknown operation; expected add, replace or remove",
            )));
        }
    };
    Ok(Operation { text: text.to_owned(), selector, action })
}

fn given<'t>(tag: &'t Tag, name: &str) -> Option<&'t str> {
    let found = tag.attributes.iter().find(|(known, _)| known.is("", name));
    found.map(|(_, value)| value.as_str())
}

fn add(tag: &Tag, bindings: &Bindings) -> Result<Action, PatchError> {
    let position = match given(tag, "pos") {
        None => Position::Append,
        Some("prepend") => Position::Prepend,
        Some("before") => Position::Before,
        Some("after") => Position::After,
        Some(_) => {
            return Err(PatchError::malformed("pos must be prepend, before or after"));
        }
    };
    let Some(kind) = given(tag, "type") else {
        return Ok(Action::Add(position, tag.children.clone()));
    };
    if position != Position::Append {
        return Err(PatchError::malformed("pos and type cannot stand together"));
    }
    let value = plain_text(tag)?;
    if let Some(name) = kind.strip_prefix('@') {
        let name = qualified(name, bindings, false).map_err(PatchError::malformed)?;
        return Ok(Action::AddAttribute(name, value));
    }
    match kind.strip_prefix("namespace::") {
        Some(prefix) if !prefix.is_empty() && !prefix.contains(':') => {
            Ok(Action::AddNamespace(prefix.into(), value.into()))
        }
        _ => Err(PatchError::malformed("type must be @name or namespace::prefix")),
    }
}

fn remove(tag: &Tag) -> Result<Action, PatchError> {
    let (before, after) = match given(tag, "ws") {
        None => (false, false),
        Some("before") => (true, false),
        Some("after") => (false, true),
        Some("both") => (true, true),
        Some(_) => return Err(PatchError::malformed("ws must be before, after or both")),
    };
    Ok(Action::Remove { before, after })
}

/// The text of an operation that may hold nothing else.
fn plain_text(tag: &Tag) -> Result<String, PatchError> {
    if tag.children.iter().all(|node| matches!(node, Node::Text(_))) {
        Ok(tag.text())
    } else {
        Err(PatchError::malformed("the operation must hold text and nothing else"))
    }
}

/// Does one operation.
pub(super) fn run(document: &mut Document, operation: &Operation) -> Result<(), PatchError> {
    let found = operation.selector.select(document);
    let place = match <[Selected; 1]>::try_from(found) {
        Ok([place]) => place,
        Err(found) if found.is_empty() => {
            return Err(PatchError::inapplicable(
                "the selector finds nothing; it must find one node",
            ));
        }
        Err(found) => {
            return Err(PatchError::inapplicable(format!(
                "the selector finds {} nodes; it must find one; add a predicate",
                found.len()
            )));
        }
    };
    match &operation.action {
        Action::Add(position, content) => add_nodes(document, &place, *position, content),
        Action::AddAttribute(name, value) => {
            let tag = element(document, &place)?;
            if tag.attributes.iter().any(|(known, _)| known == name) {
                return Err(PatchError::inapplicable(
                    "the attribute is there already; replace it instead",
                ));
            }
            tag.attributes.push((name.clone(), value.clone()));
            Ok(())
        }
        Action::AddNamespace(prefix, namespace) => {
            let tag = element(document, &place)?;
            if tag.declared.iter().any(|(known, _)| known == prefix) {
                return Err(PatchError::inapplicable("the prefix is declared there already"));
            }
            tag.declared.push((prefix.clone(), namespace.clone()));
            Ok(())
        }
        Action::Replace(content) => replace(document, place, content),
        Action::Remove { before, after } => take_out(document, place, *before, *after),
    }
}

fn lost() -> PatchError {
    PatchError::inapplicable("the selected node is not an element")
}

fn element<'d>(document: &'d mut Document, place: &Selected) -> Result<&'d mut Tag, PatchError> {
    match place {
        Selected::Node(path) => document.tag_mut(path).ok_or_else(lost),
        _ => Err(lost()),
    }
}

/// The tag around a node, and the node's place in it.
fn parent<'d>(document: &'d mut Document, path: &Path) -> Result<(&'d mut Tag, usize), PatchError> {
    let (index, above) = path.split_last().ok_or_else(lost)?;
    Ok((document.tag_mut(above).ok_or_else(lost)?, *index))
}

fn add_nodes(
    document: &mut Document,
    place: &Selected,
    position: Position,
    content: &[Node],
) -> Result<(), PatchError> {
    let Selected::Node(path) = place else {
        return Err(PatchError::inapplicable(
            "nodes are added to or beside an element, not an attribute",
        ));
    };
    let (tag, at) = match position {
        Position::Append | Position::Prepend => {
            let tag = document.tag_mut(path).ok_or_else(lost)?;
            let at = if position == Position::Append { tag.children.len() } else { 0 };
            (tag, at)
        }
        Position::Before | Position::After => {
            let is_misc = |node: &Node| matches!(node, Node::Comment(_) | Node::Instruction(_));
            if path.len() == 1 && !content.iter().all(is_misc) {
                return Err(PatchError::inapplicable(
                    "only comments and processing instructions may stand beside the root",
                ));
            }
            let (tag, index) = parent(document, path)?;
            (tag, index + usize::from(position == Position::After))
        }
    };
    tag.children.splice(at..at, content.iter().cloned());
    tag.join_texts();
    Ok(())
}

fn replace(document: &mut Document, place: Selected, content: &Tag) -> Result<(), PatchError> {
    match place {
        Selected::Attribute(path, at) => {
            let value = plain_text(content)?;
            document.tag_mut(&path).ok_or_else(lost)?.attributes[at].1 = value;
        }
        Selected::Namespace(path, at) => {
            let value = plain_text(content)?;
            document.tag_mut(&path).ok_or_else(lost)?.declared[at].1 = value.into();
        }
        Selected::Node(path) => {
            let (tag, index) = parent(document, &path)?;
            tag.children[index] = replacement(&tag.children[index], content)?;
            tag.join_texts();
        }
    }
    Ok(())
}

/// The one node of the same kind that the operation holds.
fn replacement(old: &Node, content: &Tag) -> Result<Node, PatchError> {
    if let Node::Text(_) = old {
        return plain_text(content).map(Node::Text);
    }
    let blank = |node: &&Node| matches!(node, Node::Text(text) if text.trim_ascii().is_empty());
    let nodes: Vec<&Node> = content.children.iter().filter(|node| !blank(node)).collect();
    match (old, nodes.as_slice()) {
        (Node::Element(_), [node @ Node::Element(_)])
        | (Node::Comment(_), [node @ Node::Comment(_)])
        | (Node::Instruction(_), [node @ Node::Instruction(_)]) => Ok((*node).clone()),
        _ => Err(PatchError::inapplicable(
            "a replace must hold one node of the kind that is selected, and nothing else",
        )),
    }
}

fn take_out(
    document: &mut Document,
    place: Selected,
    before: bool,
    after: bool,
) -> Result<(), PatchError> {
    let path = match place {
        Selected::Attribute(path, at) => {
            document.tag_mut(&path).ok_or_else(lost)?.attributes.remove(at);
            return Ok(());
        }
        Selected::Namespace(path, at) => {
            document.tag_mut(&path).ok_or_else(lost)?.declared.remove(at);
            return Ok(());
        }
        Selected::Node(path) => path,
    };
    let (tag, index) = parent(document, &path)?;
    if path.len() == 1 && tag.children[index].as_element().is_some() {
        return Err(PatchError::inapplicable("the root element cannot be removed"));
    }
    let is_blank = |at: Option<usize>| {
        let node = at.and_then(|at| tag.children.get(at));
        matches!(node, Some(Node::Text(text)) if text.trim_ascii().is_empty())
    };
    if (before && !is_blank(index.checked_sub(1))) || (after && !is_blank(Some(index + 1))) {
        return Err(PatchError::inapplicable(
            "ws names white space that does not stand beside the node",
        ));
    }
    tag.children.drain(index - usize::from(before)..=index + usize::from(after));
    tag.join_texts();
    Ok(())
}
