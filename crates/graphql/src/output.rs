//! The answer under construction: values in an arena, some of them holes that are filled later.
//!
//! A flattened object is spliced into the object around it when the answer is written, in the place
//! where it was selected; members of one name become one list.

use fhir::write_string;

/// A value's place in the arena.
pub(crate) type NodeId = u32;

#[derive(Debug)]
enum Node {
    /// Nothing, or not yet.
    Missing,
    /// JSON text.
    Leaf(Box<str>),
    Object(Vec<Entry>),
    /// Several values for one place.
    Many(Vec<NodeId>),
}

#[derive(Debug)]
enum Entry {
    Field { key: Box<str>, shape: Shape, values: Vec<NodeId> },
    Splice(NodeId),
}

/// A member as it is written, its values from all places together.
struct Member<'o> {
    key: &'o str,
    shape: Shape,
    values: Vec<NodeId>,
    is_there: bool,
}

/// How a member's values are written.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Shape {
    /// One value, or null. Several come only from flattening, and are a list.
    Single,
    /// A list, or null where there is no value.
    List,
    /// A list, also of nothing: what a search finds. Null where the search failed.
    Found,
    /// `@singleton`: one value, or null; several are an error.
    Singleton,
}

/// The arena.
#[derive(Debug, Default)]
pub(crate) struct Output {
    nodes: Vec<Node>,
}

impl Output {
    pub(crate) fn len(&self) -> usize {
        self.nodes.len()
    }

    pub(crate) fn hole(&mut self) -> NodeId {
        self.push(Node::Missing)
    }

    pub(crate) fn leaf(&mut self, json: impl Into<Box<str>>) -> NodeId {
        self.push(Node::Leaf(json.into()))
    }

    pub(crate) fn string(&mut self, text: &str) -> NodeId {
        let mut json = Vec::with_capacity(text.len() + 2);
        write_string(text, &mut json);
        self.leaf(String::from_utf8(json).unwrap_or_default())
    }

    pub(crate) fn object(&mut self) -> NodeId {
        self.push(Node::Object(Vec::new()))
    }

    /// Makes a hole an object.
    pub(crate) fn fill_object(&mut self, hole: NodeId) {
        self.nodes[hole as usize] = Node::Object(Vec::new());
    }

    /// Makes a hole several values.
    pub(crate) fn fill_many(&mut self, hole: NodeId, values: Vec<NodeId>) {
        self.nodes[hole as usize] = Node::Many(values);
    }

    /// Adds a member to an object.
    pub(crate) fn add(&mut self, object: NodeId, key: &str, shape: Shape, values: Vec<NodeId>) {
        if let Node::Object(entries) = &mut self.nodes[object as usize] {
            entries.push(Entry::Field { key: key.into(), shape, values });
        }
    }

    /// Adds the members of another object here.
    pub(crate) fn splice(&mut self, object: NodeId, other: NodeId) {
        if let Node::Object(entries) = &mut self.nodes[object as usize] {
            entries.push(Entry::Splice(other));
        }
    }

    /// Writes a value; gives the keys of singletons that had several values.
    pub(crate) fn write(&self, node: NodeId, out: &mut Vec<u8>) -> Vec<Box<str>> {
        let mut crowded = Vec::new();
        self.write_node(node, out, &mut crowded);
        crowded
    }

    fn push(&mut self, node: Node) -> NodeId {
        self.nodes.push(node);
        (self.nodes.len() - 1) as NodeId
    }

    fn write_node(&self, node: NodeId, out: &mut Vec<u8>, crowded: &mut Vec<Box<str>>) {
        match &self.nodes[node as usize] {
            Node::Leaf(json) => out.extend_from_slice(json.as_bytes()),
            Node::Object(_) => self.write_object(node, out, crowded),
            Node::Missing | Node::Many(_) => out.extend_from_slice(b"null"),
        }
    }

    fn write_object(&self, object: NodeId, out: &mut Vec<u8>, crowded: &mut Vec<Box<str>>) {
        let mut members: Vec<Member<'_>> = Vec::new();
        self.members(object, &mut members);
        out.push(b'{');
        for (index, Member { key, shape, values, is_there }) in members.iter().enumerate() {
            if index > 0 {
                out.push(b',');
            }
            write_string(key, out);
            out.push(b':');
            let is_list = match shape {
                Shape::Found => *is_there,
                Shape::List => !values.is_empty(),
                Shape::Single => values.len() > 1,
                Shape::Singleton => {
                    if values.len() > 1 {
                        crowded.push((*key).into());
                    }
                    false
                }
            };
            if is_list {
                out.push(b'[');
                for (index, value) in values.iter().enumerate() {
                    if index > 0 {
                        out.push(b',');
                    }
                    self.write_node(*value, out, crowded);
                }
                out.push(b']');
            } else if let [value] = values[..] {
                self.write_node(value, out, crowded);
            } else {
                out.extend_from_slice(b"null");
            }
        }
        out.push(b'}');
    }

    /// Members with their values, those of one key together.
    fn members<'o>(&'o self, object: NodeId, into: &mut Vec<Member<'o>>) {
        let Node::Object(entries) = &self.nodes[object as usize] else { return };
        for entry in entries {
            match entry {
                Entry::Splice(other) => match &self.nodes[*other as usize] {
                    Node::Many(objects) => {
                        for each in objects {
                            self.members(*each, into);
                        }
                    }
                    _ => self.members(*other, into),
                },
                Entry::Field { key, shape, values } => {
                    let at = into.iter().position(|known| known.key == &**key);
                    let at = at.unwrap_or_else(|| {
                        into.push(Member {
                            key,
                            shape: *shape,
                            values: Vec::new(),
                            is_there: false,
                        });
                        into.len() - 1
                    });
                    for value in values {
                        self.expand(*value, &mut into[at].values);
                    }
                    // A hole that was never filled is what failed.
                    let is_hole =
                        |value: &NodeId| matches!(self.nodes[*value as usize], Node::Missing);
                    into[at].is_there |= values.is_empty() || !values.iter().all(is_hole);
                }
            }
        }
    }

    fn expand(&self, value: NodeId, into: &mut Vec<NodeId>) {
        match &self.nodes[value as usize] {
            Node::Missing => {}
            Node::Many(values) => {
                for each in values {
                    self.expand(*each, into);
                }
            }
            Node::Leaf(_) | Node::Object(_) => into.push(value),
        }
    }
}
