//! The arena that a resource is parsed into, and cursors over it.
//!
//! Nodes stand in document order; `next` is the index just past a node's subtree, so a sibling is
//! one jump away and a subtree is a contiguous slice. To add a fact to a node, prefer a side table
//! keyed by node index (see `decoded`): the node itself is walked on every hot path.

/// What a JSON value is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Kind {
    /// `null`
    Null,
    /// `true` or `false`
    Bool,
    /// A number, kept as its digits.
    Number,
    /// A string.
    String,
    /// An array.
    Array,
    /// An object.
    Object,
}

#[derive(Clone, Copy, Debug)]
pub(crate) struct Node {
    /// Byte offset in the text of the value's first byte (a string's opening quote).
    pub(crate) start: u32,
    /// Byte offset just past the value.
    pub(crate) end: u32,
    /// Index just past this node's subtree.
    pub(crate) next: u32,
    /// Byte offset of the member name inside its quotes; 0 where the node is no member.
    pub(crate) name_start: u32,
    pub(crate) name_len: u16,
    pub(crate) kind: Kind,
    /// Set where the string (bit 0) or the name (bit 1) holds escapes and so stands decoded aside.
    pub(crate) escaped: u8,
}

/// Bit of [`Node::escaped`] for the value.
pub(crate) const ESCAPED_VALUE: u8 = 1;
/// Bit of [`Node::escaped`] for the member name.
pub(crate) const ESCAPED_NAME: u8 = 2;

/// A parsed document: the text and its nodes.
#[derive(Clone, Debug)]
pub struct Tree {
    pub(crate) text: Box<str>,
    pub(crate) nodes: Vec<Node>,
    /// Decoded forms of the strings that hold escapes: (node, is name, decoded), in node order.
    pub(crate) decoded: Vec<(u32, bool, Box<str>)>,
}

impl Tree {
    /// The root value.
    pub fn root(&self) -> Value<'_> {
        Value { tree: self, node: 0 }
    }

    /// The text that was parsed, as it came (without a byte-order mark).
    pub fn text(&self) -> &str {
        &self.text
    }

    /// The value of the root's `resourceType`.
    pub fn resource_type(&self) -> Option<&str> {
        self.root().get("resourceType")?.as_str()
    }

    /// The value whose [`Value::index`] is `index`.
    pub fn value(&self, index: u32) -> Option<Value<'_>> {
        ((index as usize) < self.nodes.len()).then_some(Value { tree: self, node: index })
    }

    /// Number of nodes.
    pub fn len(&self) -> usize {
        self.nodes.len()
    }

    /// Whether the tree is empty, which a parsed one never is.
    pub fn is_empty(&self) -> bool {
        self.nodes.is_empty()
    }

    /// Line and column, both from 1, columns counted in characters, of a byte offset in the text.
    pub fn line_column(&self, offset: usize) -> (usize, usize) {
        let mut end = offset.min(self.text.len());
        while !self.text.is_char_boundary(end) {
            end -= 1;
        }
        let before = &self.text[..end];
        let line = before.bytes().filter(|b| *b == b'\n').count() + 1;
        let column = before.rsplit('\n').next().unwrap_or("").chars().count() + 1;
        (line, column)
    }

    fn decoded(&self, node: u32, is_name: bool) -> &str {
        self.decoded
            .binary_search_by(|(n, name, _)| (*n, *name).cmp(&(node, is_name)))
            .map_or("", |at| &self.decoded[at].2)
    }
}

/// A cursor at one value of a [`Tree`].
#[derive(Clone, Copy, Debug)]
pub struct Value<'t> {
    tree: &'t Tree,
    node: u32,
}

impl PartialEq for Value<'_> {
    /// Equal as JSON values: member order does not matter, numbers compare by their digits.
    fn eq(&self, other: &Self) -> bool {
        crate::write::equal(*self, *other)
    }
}

impl<'t> Value<'t> {
    pub(crate) fn node(self) -> &'t Node {
        &self.tree.nodes[self.node as usize]
    }

    /// The tree that this value stands in.
    pub fn tree(self) -> &'t Tree {
        self.tree
    }

    /// The node's index in its tree: stable, ordered as in the document.
    pub fn index(self) -> u32 {
        self.node
    }

    /// Index just past this value's last descendant.
    pub fn subtree_end(self) -> u32 {
        self.node().next
    }

    /// What the value is.
    pub fn kind(self) -> Kind {
        self.node().kind
    }

    /// The bytes of the text that the value stands in.
    pub fn span(self) -> std::ops::Range<usize> {
        self.node().start as usize..self.node().end as usize
    }

    /// The value as it stands in the text, quotes and white space included.
    pub fn raw(self) -> &'t str {
        &self.tree.text[self.span()]
    }

    /// The member name under which the value stands in its object; empty in an array or at the root.
    pub fn name(self) -> &'t str {
        let node = self.node();
        if node.escaped & ESCAPED_NAME != 0 {
            return self.tree.decoded(self.node, true);
        }
        let start = node.name_start as usize;
        &self.tree.text[start..start + node.name_len as usize]
    }

    /// The string, decoded; `None` for anything that is no string.
    pub fn as_str(self) -> Option<&'t str> {
        let node = self.node();
        if node.kind != Kind::String {
            return None;
        }
        if node.escaped & ESCAPED_VALUE != 0 {
            return Some(self.tree.decoded(self.node, false));
        }
        Some(&self.tree.text[node.start as usize + 1..node.end as usize - 1])
    }

    /// The digits of a number, as written.
    pub fn as_number(self) -> Option<&'t str> {
        (self.kind() == Kind::Number).then(|| self.raw())
    }

    /// A boolean.
    pub fn as_bool(self) -> Option<bool> {
        (self.kind() == Kind::Bool).then(|| self.raw() == "true")
    }

    /// Text of any primitive: a string decoded, a number or boolean as written.
    pub fn as_text(self) -> Option<&'t str> {
        match self.kind() {
            Kind::String => self.as_str(),
            Kind::Number | Kind::Bool => Some(self.raw()),
            Kind::Null | Kind::Array | Kind::Object => None,
        }
    }

    /// The member of an object.
    pub fn get(self, name: &str) -> Option<Value<'t>> {
        self.members().find(|member| member.name() == name)
    }

    /// The members of an object, in order; nothing for other kinds.
    pub fn members(self) -> Members<'t> {
        let is = self.kind() == Kind::Object;
        Members { tree: self.tree, at: self.node + 1, end: if is { self.node().next } else { 0 } }
    }

    /// The items of an array, or the value itself where it is no array and not `null`.
    pub fn items(self) -> Items<'t> {
        match self.kind() {
            Kind::Array => Items { tree: self.tree, at: self.node + 1, end: self.node().next },
            Kind::Null => Items { tree: self.tree, at: 0, end: 0 },
            _ => Items { tree: self.tree, at: self.node, end: self.node().next },
        }
    }

    /// The items of the member `name`, none where it is absent.
    pub fn all(self, name: &str) -> Items<'t> {
        self.get(name).map_or(Items { tree: self.tree, at: 0, end: 0 }, Value::items)
    }

    /// The text of the primitive member `name`.
    pub fn text_of(self, name: &str) -> Option<&'t str> {
        self.get(name)?.as_text()
    }

    /// The value at a path such as `name[0].family`; a leading resource type is passed over.
    pub fn at(self, path: &str) -> Option<Value<'t>> {
        let mut value = self;
        for (step_index, step) in path.split('.').enumerate() {
            let (name, indices) = step.split_at(step.find('[').unwrap_or(step.len()));
            let is_type = step_index == 0
                && indices.is_empty()
                && value.text_of("resourceType") == Some(name);
            if is_type {
                continue;
            }
            if !name.is_empty() {
                value = value.get(name)?;
            }
            for index in indices.split('[').skip(1) {
                let index: usize = index.strip_suffix(']')?.parse().ok()?;
                value = value.items().nth(index)?;
            }
        }
        Some(value)
    }

    /// Where the value stands, as a simple FHIRPath: `Patient.name[0].family`.
    ///
    /// Entries and contained resources keep their place in the outer resource.
    pub fn expression(self) -> String {
        use std::fmt::Write as _;
        let mut at = self.tree.root();
        let mut path = self.tree.resource_type().unwrap_or("").to_owned();
        while at.node != self.node {
            let in_array = at.kind() == Kind::Array;
            let mut children = Items { tree: self.tree, at: at.node + 1, end: at.node().next };
            let Some((index, child)) = children
                .by_ref()
                .enumerate()
                .find(|(_, child)| (child.node..child.node().next).contains(&self.node))
            else {
                return path;
            };
            if in_array {
                let _ = write!(path, "[{index}]");
            } else {
                if !path.is_empty() {
                    path.push('.');
                }
                path.push_str(child.name());
            }
            at = child;
        }
        path
    }
}

/// Iterator over an object's members.
#[derive(Clone, Debug)]
pub struct Members<'t> {
    tree: &'t Tree,
    at: u32,
    end: u32,
}

/// Iterator over an array's items.
pub type Items<'t> = Members<'t>;

impl<'t> Iterator for Members<'t> {
    type Item = Value<'t>;

    fn next(&mut self) -> Option<Value<'t>> {
        if self.at >= self.end {
            return None;
        }
        let value = Value { tree: self.tree, node: self.at };
        self.at = value.node().next;
        Some(value)
    }
}
