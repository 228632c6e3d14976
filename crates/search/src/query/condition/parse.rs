//! The text of a `_filter` → a tree of tests. Spec: the grammar of
//! <https://hl7.org/fhir/R4/search_filter.html>.
//!
//! ```text
//! filter = one *( ( "and" / "or" ) one )        from left to right, neither binds closer
//! one    = "not" "(" filter ")" / "(" filter ")" / path operator value
//! path   = step *( "." step )
//! step   = name [ ":" Type ] [ "[" filter "]" ] / "_has:" Type ":" name [ "[" filter "]" ]
//! value  = a JSON string / anything up to white space, ")" or "]"
//! ```
//!
//! A type after a name and `_has` are ours, as in chains outside of `_filter`.

use super::operator::{Operator, names};
use crate::query::fault::Fault;

/// Filters inside one another at the most.
const DEPTH_MAX: usize = 16;
/// Steps of a path at the most.
const STEPS_MAX: usize = 16;
/// Tests at the most.
const TESTS_MAX: usize = 200;

/// A condition.
#[derive(Clone, Debug, PartialEq)]
pub(crate) enum Node<'t> {
    And(Vec<Node<'t>>),
    Or(Vec<Node<'t>>),
    Not(Box<Node<'t>>),
    Test(Test<'t>),
}

/// `path operator value`
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Test<'t> {
    /// At least one step; the last is the parameter that is tested.
    pub(crate) path: Vec<Step<'t>>,
    pub(crate) operator: Operator,
    pub(crate) operator_at: usize,
    pub(crate) value: Written,
}

/// A step of a path.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Step<'t> {
    /// Where it begins.
    pub(crate) at: usize,
    pub(crate) name: &'t str,
    /// The type after a colon; for `_has` the type that refers.
    pub(crate) type_name: Option<&'t str>,
    pub(crate) is_has: bool,
    /// What must hold of what the step leads to.
    pub(crate) filter: Option<Box<Node<'t>>>,
}

/// A value as it is written.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Written {
    pub(crate) at: usize,
    pub(crate) text: String,
    /// Whether it stood in double quotes, its escapes undone.
    pub(crate) is_quoted: bool,
}

/// Reads the text of a `_filter`.
pub(crate) fn parse(text: &str) -> Result<Node<'_>, Fault> {
    let mut parser = Parser { text, at: 0, depth: 0, tests: 0 };
    let node = parser.filter()?;
    parser.space();
    if parser.at < text.len() {
        return Err(parser.fault("goes on after its end here; expected and, or, or nothing"));
    }
    Ok(node)
}

struct Parser<'t> {
    text: &'t str,
    at: usize,
    depth: usize,
    tests: usize,
}

impl<'t> Parser<'t> {
    fn filter(&mut self) -> Result<Node<'t>, Fault> {
        self.depth += 1;
        if self.depth > DEPTH_MAX {
            return Err(self.fault(&format!("is nested more than {DEPTH_MAX} deep here")));
        }
        let mut node = self.one()?;
        loop {
            if self.word("and") {
                let next = self.one()?;
                node = match node {
                    Node::And(mut all) => {
                        all.push(next);
                        Node::And(all)
                    }
                    first => Node::And(vec![first, next]),
                };
            } else if self.word("or") {
                let next = self.one()?;
                node = match node {
                    Node::Or(mut any) => {
                        any.push(next);
                        Node::Or(any)
                    }
                    first => Node::Or(vec![first, next]),
                };
            } else {
                self.depth -= 1;
                return Ok(node);
            }
        }
    }

    fn one(&mut self) -> Result<Node<'t>, Fault> {
        let start = self.at;
        if self.word("not") {
            if self.symbol('(') {
                let inner = self.filter()?;
                self.expect(')')?;
                return Ok(Node::Not(Box::new(inner)));
            }
            self.at = start;
        }
        if self.symbol('(') {
            let inner = self.filter()?;
            self.expect(')')?;
            return Ok(inner);
        }
        self.test().map(Node::Test)
    }

    fn test(&mut self) -> Result<Test<'t>, Fault> {
        self.tests += 1;
        if self.tests > TESTS_MAX {
            return Err(self.fault(&format!("has more than {TESTS_MAX} tests")));
        }
        let mut path = vec![self.step()?];
        while self.rest().starts_with('.') {
            self.at += 1;
            path.push(self.step()?);
            if path.len() > STEPS_MAX {
                return Err(self.fault(&format!("has a path of more than {STEPS_MAX} steps")));
            }
        }
        if let Some(last) = path.last().filter(|last| last.filter.is_some() || last.is_has) {
            let message = "has a path that ends at what it leads to; write . and the parameter to \
                           test there";
            return Err(Fault::new(last.at, message));
        }
        self.space();
        let operator_at = self.at;
        let name = self.take(|c| c.is_ascii_alphabetic());
        let Some(operator) = Operator::parse(name) else {
            let message = format!("lacks an operator here; expected one of {}", names());
            return Err(Fault::new(operator_at, message));
        };
        let value = self.value()?;
        Ok(Test { path, operator, operator_at, value })
    }

    fn step(&mut self) -> Result<Step<'t>, Fault> {
        self.space();
        let at = self.at;
        let is_has = self.rest().starts_with("_has:");
        let (name, type_name) = if is_has {
            self.at += "_has:".len();
            let type_name = self.name("a resource type after _has:")?;
            if !self.rest().starts_with(':') {
                return Err(self.fault("lacks : and a reference parameter after the type of _has"));
            }
            self.at += 1;
            (self.name("the reference parameter of _has")?, Some(type_name))
        } else {
            let name = self.name("the name of a parameter")?;
            let mut type_name = None;
            if self.rest().starts_with(':') {
                self.at += 1;
                type_name = Some(self.name("a resource type after the colon")?);
            }
            (name, type_name)
        };
        let mut filter = None;
        if self.rest().starts_with('[') {
            self.at += 1;
            filter = Some(Box::new(self.filter()?));
            self.expect(']')?;
        }
        Ok(Step { at, name, type_name, is_has, filter })
    }

    fn name(&mut self, what: &str) -> Result<&'t str, Fault> {
        let name = self.take(|c| c.is_ascii_alphanumeric() || c == '_' || c == '-');
        if name.starts_with(|c: char| c.is_ascii_alphabetic() || c == '_') {
            return Ok(name);
        }
        self.at -= name.len();
        Err(self.fault(&format!("lacks {what} here")))
    }

    fn value(&mut self) -> Result<Written, Fault> {
        let before = self.at;
        self.space();
        let at = self.at;
        if self.rest().starts_with('"') {
            let text = self.quoted()?;
            return Ok(Written { at, text, is_quoted: true });
        }
        let text = self.take(|c| !c.is_whitespace() && !matches!(c, ')' | ']'));
        if text.is_empty() || at == before {
            return Err(Fault::new(at, "lacks a value here; expected one after the operator"));
        }
        Ok(Written { at, text: text.to_owned(), is_quoted: false })
    }

    /// A JSON string.
    fn quoted(&mut self) -> Result<String, Fault> {
        let start = self.at;
        let mut escaped = false;
        for (offset, c) in self.rest().char_indices().skip(1) {
            if c == '"' && !escaped {
                let raw = &self.text[start..=start + offset];
                self.at = start + offset + 1;
                // The tree of a JSON array knows all escapes; the text of its only item is wanted.
                let tree = fhir::Tree::parse(format!("{{\"v\":{raw}}}").as_bytes());
                let text = tree.ok().and_then(|tree| tree.root().text_of("v").map(str::to_owned));
                return text
                    .ok_or_else(|| Fault::new(start, "has a text here that is no JSON string"));
            }
            escaped = c == '\\' && !escaped;
        }
        Err(Fault::new(start, "has a text here without its closing double quote"))
    }

    fn rest(&self) -> &'t str {
        &self.text[self.at..]
    }

    fn space(&mut self) {
        self.take(char::is_whitespace);
    }

    fn take(&mut self, is: impl Fn(char) -> bool) -> &'t str {
        let rest = self.rest();
        let taken = &rest[..rest.find(|c| !is(c)).unwrap_or(rest.len())];
        self.at += taken.len();
        taken
    }

    /// A word of the grammar, which ends where no name goes on.
    fn word(&mut self, word: &str) -> bool {
        self.space();
        let is = self.rest().strip_prefix(word).is_some_and(|after| {
            after.is_empty() || after.starts_with(|c: char| c.is_whitespace() || c == '(')
        });
        if is {
            self.at += word.len();
        }
        is
    }

    fn symbol(&mut self, symbol: char) -> bool {
        self.space();
        let is = self.rest().starts_with(symbol);
        if is {
            self.at += symbol.len_utf8();
        }
        is
    }

    fn expect(&mut self, symbol: char) -> Result<(), Fault> {
        if self.symbol(symbol) {
            return Ok(());
        }
        Err(self.fault(&format!("lacks {symbol} here, or and or or before a further test")))
    }

    fn fault(&self, message: &str) -> Fault {
        Fault::new(self.at, message)
    }
}
