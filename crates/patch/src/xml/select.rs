//! The XPath that a `sel` may hold. Spec: RFC 5261 §4.1 and its grammar in §8.
//!
//! Steps down from the document (`f:Patient/f:name[2]/f:family`, `*`, `id('x')`), each with
//! predicates: a position, or a comparison of an attribute, a child or the element's own text with
//! a literal. The last step may name an attribute, `text()`, `comment()`,
//! `processing-instruction()` or `namespace::prefix`. Beyond the RFC a comparison may reach several
//! steps down (`[f:system/@value='x']`), since FHIR keeps values in attributes.
//!
//! To understand more, add to [`Step`] or [`Predicate`], to the parser, and to `matches`.

use super::dom::{Document, Name, Node, Tag};
use super::text::{Bindings, qualified};

/// Steps and predicates at the most.
const PARTS_MAX: usize = 64;

/// A parsed selector.
#[derive(Clone, Debug)]
pub(super) struct Selector(Vec<Step>);

#[derive(Clone, Debug)]
struct Step {
    test: Test,
    predicates: Vec<Predicate>,
}

#[derive(Clone, Debug)]
enum Test {
    Any,
    Element(Name),
    /// `id('x')`, wherever it stands.
    Id(String),
    Attribute(Name),
    Text,
    Comment,
    Instruction(Option<String>),
    Namespace(String),
}

#[derive(Clone, Debug)]
enum Predicate {
    Position(usize),
    /// Something below, or the text itself, is equal to a literal.
    Equals(Vec<Name>, End, String),
}

/// What a comparison looks at, below the elements on its way.
#[derive(Clone, Debug)]
enum End {
    Attribute(Name),
    Text,
}

/// A path of child indices from the document down.
pub(super) type Path = Vec<usize>;

/// What a selector found.
#[derive(Clone, Debug, PartialEq)]
pub(super) enum Selected {
    /// An element, text, comment or instruction.
    Node(Path),
    /// An attribute of the element at the path, by its place.
    Attribute(Path, usize),
    /// A declaration on the element at the path, by its place.
    Namespace(Path, usize),
}

impl Selector {
    /// Reads a selector; what is wrong with it and where otherwise.
    pub(super) fn parse(text: &str, bindings: &Bindings) -> Result<Selector, String> {
        let mut parser = Parser { text, at: 0, parts: 0, bindings };
        parser.eat("/");
        let mut steps = vec![parser.step(true)?];
        while parser.eat("/") {
            let is_end = steps.last().is_some_and(|step: &Step| step.test.is_terminal());
            if is_end {
                return Err(parser.expected("the end, since the step before has nothing below it"));
            }
            steps.push(parser.step(false)?);
        }
        if parser.at < text.len() {
            return Err(parser.expected("'/', '[' or the end"));
        }
        Ok(Selector(steps))
    }

    /// Everything that it selects.
    pub(super) fn select(&self, document: &Document) -> Vec<Selected> {
        let Some((last, before)) = self.0.split_last() else { return Vec::new() };
        let mut contexts: Vec<(Path, &Tag)> = vec![(Vec::new(), &document.root)];
        for step in before {
            let mut next = Vec::new();
            for (path, tag) in contexts {
                for place in step.children(&path, tag) {
                    if let (Selected::Node(path), Some(tag)) =
                        (&place, element_at(document, &place))
                    {
                        next.push((path.clone(), tag));
                    }
                }
            }
            contexts = next;
        }
        contexts.iter().flat_map(|(path, tag)| last.children(path, tag)).collect()
    }
}

fn element_at<'d>(document: &'d Document, place: &Selected) -> Option<&'d Tag> {
    let Selected::Node(path) = place else { return None };
    path.iter().try_fold(&document.root, |tag, index| tag.children.get(*index)?.as_element())
}

impl Test {
    fn is_terminal(&self) -> bool {
        !matches!(self, Test::Any | Test::Element(_) | Test::Id(_))
    }

    fn matches(&self, node: &Node) -> bool {
        match (self, node) {
            (Test::Any, Node::Element(_))
            | (Test::Text, Node::Text(_))
            | (Test::Comment, Node::Comment(_)) => true,
            (Test::Element(name), Node::Element(tag)) => tag.name == *name,
            (Test::Instruction(wanted), Node::Instruction(text)) => {
                let target = text.split_ascii_whitespace().next();
                wanted.as_deref().is_none_or(|wanted| target == Some(wanted))
            }
            _ => false,
        }
    }
}

impl Step {
    /// What the step selects from one element.
    fn children(&self, path: &Path, tag: &Tag) -> Vec<Selected> {
        let below = |index: usize| {
            let mut path = path.clone();
            path.push(index);
            path
        };
        match &self.test {
            Test::Attribute(name) => {
                let at = tag.attributes.iter().position(|(known, _)| known == name);
                at.map(|at| Selected::Attribute(path.clone(), at)).into_iter().collect()
            }
            Test::Namespace(prefix) => {
                let at = tag.declared.iter().position(|(known, _)| **known == **prefix);
                at.map(|at| Selected::Namespace(path.clone(), at)).into_iter().collect()
            }
            Test::Id(id) => {
                let mut found = Vec::new();
                with_id(tag, id, &mut path.clone(), &mut found);
                found
            }
            test => {
                let nodes = tag.children.iter().enumerate();
                let mut found: Vec<(usize, &Node)> =
                    nodes.filter(|(_, node)| test.matches(node)).collect();
                for predicate in &self.predicates {
                    found = predicate.filter(found);
                }
                found.into_iter().map(|(index, _)| Selected::Node(below(index))).collect()
            }
        }
    }
}

/// Elements whose `id` or `xml:id` is this.
fn with_id(tag: &Tag, id: &str, path: &mut Path, found: &mut Vec<Selected>) {
    for (index, child) in tag.children.iter().enumerate() {
        let Some(child) = child.as_element() else { continue };
        path.push(index);
        let is_id = |name: &Name| name.is("", "id") || name.is(super::text::XML, "id");
        if child.attributes.iter().any(|(name, value)| is_id(name) && value == id) {
            found.push(Selected::Node(path.clone()));
        }
        with_id(child, id, path, found);
        path.pop();
    }
}

impl Predicate {
    fn filter<'n>(&self, nodes: Vec<(usize, &'n Node)>) -> Vec<(usize, &'n Node)> {
        match self {
            Predicate::Position(position) => nodes.into_iter().skip(position - 1).take(1).collect(),
            Predicate::Equals(way, end, literal) => nodes
                .into_iter()
                .filter(|(_, node)| {
                    node.as_element().is_some_and(|tag| holds(tag, way, end, literal))
                })
                .collect(),
        }
    }
}

fn holds(tag: &Tag, way: &[Name], end: &End, literal: &str) -> bool {
    if let Some((first, rest)) = way.split_first() {
        let mut below = tag.children.iter().filter_map(Node::as_element);
        return below.any(|child| child.name == *first && holds(child, rest, end, literal));
    }
    match end {
        End::Text => tag.text() == literal,
        End::Attribute(name) => {
            tag.attributes.iter().any(|(n, value)| n == name && value == literal)
        }
    }
}

struct Parser<'t> {
    text: &'t str,
    at: usize,
    parts: usize,
    bindings: &'t Bindings,
}

impl<'t> Parser<'t> {
    fn rest(&self) -> &'t str {
        &self.text[self.at..]
    }

    fn eat(&mut self, token: &str) -> bool {
        let found = self.rest().starts_with(token);
        if found {
            self.at += token.len();
        }
        found
    }

    fn expected(&self, what: &str) -> String {
        format!("character {}: expected {what}", self.text[..self.at].chars().count() + 1)
    }

    fn count(&mut self) -> Result<(), String> {
        self.parts += 1;
        if self.parts > PARTS_MAX {
            return Err(format!("the selector has more than {PARTS_MAX} parts"));
        }
        Ok(())
    }

    fn step(&mut self, is_first: bool) -> Result<Step, String> {
        self.count()?;
        let test = self.test(is_first)?;
        let mut predicates = Vec::new();
        while self.eat("[") {
            if matches!(test, Test::Attribute(_) | Test::Namespace(_) | Test::Id(_)) {
                return Err(self.expected("no predicate here"));
            }
            self.count()?;
            let predicate = self.predicate()?;
            if test.is_terminal() && !matches!(predicate, Predicate::Position(_)) {
                return Err(self.expected("a position, since this is no element"));
            }
            predicates.push(predicate);
            if !self.eat("]") {
                return Err(self.expected("']'"));
            }
        }
        Ok(Step { test, predicates })
    }

    fn test(&mut self, is_first: bool) -> Result<Test, String> {
        if self.eat("@") {
            return Ok(Test::Attribute(self.name(false)?));
        }
        if self.eat("*") {
            return Ok(Test::Any);
        }
        if self.eat("text()") {
            return Ok(Test::Text);
        }
        if self.eat("comment()") {
            return Ok(Test::Comment);
        }
        if self.eat("processing-instruction(") {
            let target = if self.rest().starts_with(')') { None } else { Some(self.literal()?) };
            if !self.eat(")") {
                return Err(self.expected("')'"));
            }
            return Ok(Test::Instruction(target));
        }
        if self.eat("namespace::") {
            return Ok(Test::Namespace(self.word()?.to_owned()));
        }
        if is_first && self.eat("id(") {
            let id = self.literal()?;
            if !self.eat(")") {
                return Err(self.expected("')'"));
            }
            return Ok(Test::Id(id));
        }
        Ok(Test::Element(self.name(true)?))
    }

    fn predicate(&mut self) -> Result<Predicate, String> {
        let digits = self.rest().bytes().take_while(u8::is_ascii_digit).count();
        if digits > 0 {
            let position = self.rest()[..digits].parse().unwrap_or(usize::MAX);
            if position == 0 {
                return Err(self.expected("a position from 1"));
            }
            self.at += digits;
            return Ok(Predicate::Position(position));
        }
        let mut way = Vec::new();
        let end = if self.eat(".") {
            End::Text
        } else {
            loop {
                self.count()?;
                if self.eat("@") {
                    break End::Attribute(self.name(false)?);
                }
                way.push(self.name(true)?);
                if !self.eat("/") {
                    break End::Text;
                }
            }
        };
        self.skip_blanks();
        if !self.eat("=") {
            return Err(self.expected("'=' and a literal in quotes"));
        }
        self.skip_blanks();
        Ok(Predicate::Equals(way, end, self.literal()?))
    }

    fn skip_blanks(&mut self) {
        while self.eat(" ") {}
    }

    fn literal(&mut self) -> Result<String, String> {
        let quote = if self.eat("'") {
            '\''
        } else if self.eat("\"") {
            '"'
        } else {
            return Err(self.expected("a literal in quotes"));
        };
        let end = self.rest().find(quote).ok_or_else(|| self.expected("the literal to end"))?;
        let literal = self.rest()[..end].to_owned();
        self.at += end + 1;
        Ok(literal)
    }

    fn word(&mut self) -> Result<&'t str, String> {
        let is_name = |c: char| c.is_alphanumeric() || matches!(c, '_' | '-' | '.');
        let rest = self.rest();
        let length = rest.find(|c| !is_name(c)).unwrap_or(rest.len());
        if length == 0 || rest.starts_with(|c: char| !c.is_alphabetic() && c != '_') {
            return Err(self.expected("a name"));
        }
        self.at += length;
        Ok(&rest[..length])
    }

    fn name(&mut self, takes_default: bool) -> Result<Name, String> {
        let start = self.at;
        self.word()?;
        let after = self.at;
        if self.eat(":") {
            // `namespace::x` and other axes are no names with a prefix.
            if self.rest().starts_with(':') {
                self.at = start;
                return Err(self.expected("a step; axes are not understood"));
            }
            self.word()?;
        } else {
            self.at = after;
        }
        if self.rest().starts_with('(') {
            self.at = start;
            return Err(self.expected("a step; this function is not understood"));
        }
        let (text, bindings) = (self.text, self.bindings);
        qualified(&text[start..self.at], bindings, takes_default)
    }
}
