//! XML as a tree to change: elements with resolved names, attributes, text, comments.

/// A namespace's name; empty for none.
pub(super) type Namespace = Box<str>;

/// A name with its namespace, and the prefix that it was written with.
#[derive(Clone, Debug)]
pub(super) struct Name {
    pub(super) namespace: Namespace,
    pub(super) prefix: Box<str>,
    pub(super) local: Box<str>,
}

impl Name {
    pub(super) fn is(&self, namespace: &str, local: &str) -> bool {
        *self.namespace == *namespace && *self.local == *local
    }
}

impl PartialEq for Name {
    /// The same name whatever its prefix.
    fn eq(&self, other: &Name) -> bool {
        self.is(&other.namespace, &other.local)
    }
}

/// A declaration: prefix (empty for the default) and namespace.
pub(super) type Declaration = (Box<str>, Namespace);

/// An element.
#[derive(Clone, Debug)]
pub(super) struct Tag {
    pub(super) name: Name,
    /// The namespaces declared on it.
    pub(super) declared: Vec<Declaration>,
    pub(super) attributes: Vec<(Name, String)>,
    pub(super) children: Vec<Node>,
}

/// A node.
#[derive(Clone, Debug)]
pub(super) enum Node {
    Element(Tag),
    Text(String),
    Comment(String),
    /// A processing instruction, target and content as written.
    Instruction(String),
}

impl Node {
    pub(super) fn as_element(&self) -> Option<&Tag> {
        match self {
            Node::Element(tag) => Some(tag),
            _ => None,
        }
    }
}

impl Tag {
    /// The text directly inside.
    pub(super) fn text(&self) -> String {
        let texts = self.children.iter().filter_map(|node| match node {
            Node::Text(text) => Some(text.as_str()),
            _ => None,
        });
        texts.collect()
    }

    /// Joins texts that came to stand side by side, and drops those that are empty.
    pub(super) fn join_texts(&mut self) {
        let mut joined: Vec<Node> = Vec::with_capacity(self.children.len());
        for node in self.children.drain(..) {
            match (node, joined.last_mut()) {
                (Node::Text(text), _) if text.is_empty() => {}
                (Node::Text(text), Some(Node::Text(before))) => before.push_str(&text),
                (node, _) => joined.push(node),
            }
        }
        self.children = joined;
    }
}

/// A document: what stands before the root element, the root, what stands after.
///
/// The nodes are held as the children of a tag without a name, so that a selector walks it like
/// any other.
#[derive(Clone, Debug)]
pub(super) struct Document {
    pub(super) root: Tag,
}

impl Document {
    /// The root element.
    pub(super) fn element(&self) -> Option<&Tag> {
        self.root.children.iter().find_map(Node::as_element)
    }

    /// The tag at a path of child indices.
    pub(super) fn tag_mut(&mut self, path: &[usize]) -> Option<&mut Tag> {
        let mut at = &mut self.root;
        for index in path {
            at = match at.children.get_mut(*index)? {
                Node::Element(tag) => tag,
                _ => return None,
            };
        }
        Some(at)
    }
}
