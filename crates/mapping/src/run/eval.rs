//! Expressions and conditions → items.

use std::borrow::Cow;

use fhir::{Element, IssueCode, Severity};

use crate::contribution::resource_id;
use crate::functions::{Context, Produced};
use crate::language::program::{CodeForm, Condition, Path, Repetition, Root, Value};
use crate::source::{Node, Place, Source};
use crate::table::Code;

use super::{Item, Out, Run};

/// HL7's explicit null.
const NULL: &str = "\"\"";

impl<'m> Run<'m> {
    pub(crate) fn eval(&mut self, value: &'m Value) -> Option<Item<'m>> {
        match value {
            Value::Path(path) => self.read_path(path),
            Value::Text(text) => Some(Item::text(&**text, None)),
            Value::Number(number) => {
                Some(Item { out: Out::Number(number.to_string().into()), node: None })
            }
            Value::Boolean(is) => Some(Item { out: Out::Boolean(*is), node: None }),
            Value::Join { separator, parts } => self.join(separator, parts),
            Value::All { separator, path } => self.all(separator, path),
            Value::Occurrence(value) => {
                let item = self.eval(value)?;
                let text = item.as_text()?.to_owned();
                let count = self.occurrences.entry(text.clone()).or_insert(0);
                *count += 1;
                let numbered = if *count > 1 { format!("{text}#{count}") } else { text };
                Some(Item::text(numbered, item.node))
            }
            Value::Reference(resource) => self.reference(*resource),
            Value::References(resource) => {
                let made = (0..self.made.len()).filter(|at| {
                    let made = &self.made[*at];
                    made.resource == *resource && self.is_inside(made.group, self.group)
                });
                let items: Vec<_> = made.map(|at| self.reference_to(at)).collect();
                (!items.is_empty()).then_some(Item { out: Out::Many(items), node: None })
            }
            Value::Call { value, function, arguments } => {
                let item = self.eval(value)?;
                self.call(item, *function, arguments)
            }
            Value::Code { value, table, form } => {
                let item = self.eval(value)?;
                if item.is_null() {
                    return Some(item);
                }
                self.code(&item, *table, *form)
            }
            Value::Make { value, resource } => {
                let node = match &**value {
                    Value::Path(path) => self.node(path)?,
                    other => self.eval(other)?.node?,
                };
                let before = self.cursor.replace(node);
                let made = self.make(*resource);
                self.cursor = before;
                made.map(|at| self.reference_to(at))
            }
            Value::PointsTo { value, resource } => {
                let item = self.eval(value)?;
                let key = item.as_text()?;
                let resource_type = self.program.resources[*resource as usize].makes;
                let id = resource_id(&self.profile.system, resource_type.as_str(), key);
                let reference = format!("{}/{id}", resource_type.as_str());
                let mut element = Element::object();
                element.set("reference", Element::string(reference));
                Some(Item { out: Out::Element(element), node: item.node })
            }
            Value::Else(first, second) => {
                // What fails first is no issue where something else is read; a literal only fills in.
                let is_literal = matches!(**second, Value::Text(_));
                self.quiet += u32::from(!is_literal);
                let item = self.eval(first);
                self.quiet -= u32::from(!is_literal);
                item.or_else(|| self.eval(second))
            }
        }
    }

    pub(crate) fn holds(&mut self, condition: &'m Condition) -> bool {
        self.quiet += 1;
        let holds = self.test(condition);
        self.quiet -= 1;
        holds
    }

    fn test(&mut self, condition: &'m Condition) -> bool {
        match condition {
            Condition::Exists(Value::Path(Path { root: Root::Segment(name), .. })) => {
                self.segment(*name).is_some()
            }
            // Names are looked at where they are: they are asked for often.
            Condition::Exists(Value::Path(Path { root: Root::Variable(at), .. })) => {
                self.variables[*at as usize].as_ref().is_some_and(|item| !item.is_null())
            }
            Condition::In(Value::Path(Path { root: Root::Variable(at), .. }), texts) => {
                let text = self.variables[*at as usize].as_ref().and_then(Item::as_text);
                text.is_some_and(|text| texts.iter().any(|other| **other == *text))
            }
            Condition::Exists(value) => self.eval(value).is_some_and(|item| !item.is_null()),
            Condition::In(value, texts) => self
                .eval(value)
                .is_some_and(|item| texts.iter().any(|text| item.as_text() == Some(text))),
            Condition::Same(a, b) => {
                let (a, b) = (self.eval(a), self.eval(b));
                let text = |item: &Option<Item<'m>>| {
                    item.as_ref().and_then(|item| item.as_text().map(str::to_owned))
                };
                text(&a).is_some() && text(&a) == text(&b)
            }
            Condition::Not(inner) => !self.test(inner),
            Condition::And(a, b) => self.test(a) && self.test(b),
            Condition::Or(a, b) => self.test(a) || self.test(b),
        }
    }

    fn read_path(&mut self, path: &'m Path) -> Option<Item<'m>> {
        if let Root::Variable(at) = path.root {
            return self.variables[at as usize].clone();
        }
        let node = self.node(path)?;
        let (text, leaf) = self.source.text(node)?;
        self.mark_read(leaf);
        if text == NULL {
            return Some(Item { out: Out::Null, node: Some(leaf) });
        }
        let text = self.without_controls(text, leaf);
        Some(Item { out: Out::Text(text), node: Some(leaf) })
    }

    /// FHIR's texts have no control characters but tab and line ends.
    fn without_controls(&mut self, text: Cow<'m, str>, leaf: Node) -> Cow<'m, str> {
        // 0xC2 begins the control characters beyond ASCII, among others.
        if text.bytes().all(|byte| byte >= 0x20 && byte != 0x7f && byte != 0xc2) {
            return text;
        }
        let is_control = |c: char| c.is_control() && !matches!(c, '\t' | '\n' | '\r');
        if !text.contains(is_control) {
            return text;
        }
        let message = "the text has control characters, which are left out: correct it at the \
                       source";
        self.say(Severity::Warning, IssueCode::Value, Some(leaf), message.to_owned());
        Cow::Owned(text.replace(is_control, ""))
    }

    /// The place that a path names; `None` where the source has nothing there.
    pub(crate) fn node(&mut self, path: &'m Path) -> Option<Node> {
        let base = match &path.root {
            Root::Segment(name) => return self.segment(*name),
            Root::Cursor => self.cursor?,
            Root::Column(column) => {
                let Source::Row(row) = self.source else { return None };
                return row.cell(self.program, *column);
            }
            Root::Variable(at) => return self.variables[*at as usize].as_ref()?.node,
            Root::Field { segment, field, repetition } => {
                let segment = Self::segment_place(self.segment(*segment)?)?;
                let Source::Message(message) = self.source else { return None };
                match repetition {
                    Repetition::Nth(number) => message.repetition(segment, *field, *number)?,
                    Repetition::All => message.repetition(segment, *field, 1)?,
                    Repetition::Where(condition) => self.first_where(segment, *field, condition)?,
                }
            }
        };
        self.inner(base, path.component, path.subcomponent)
    }

    fn inner(&self, base: Node, component: u8, subcomponent: u8) -> Option<Node> {
        let Source::Message(message) = self.source else { return Some(base) };
        if component == 0 {
            return Some(base);
        }
        let node = message.child(base, component)?;
        if subcomponent == 0 { Some(node) } else { message.child(node, subcomponent) }
    }

    fn first_where(&mut self, segment: u16, field: u8, condition: &'m Condition) -> Option<Node> {
        let Source::Message(message) = self.source else { return None };
        let before = self.cursor;
        let mut found = None;
        for node in message.repetitions(segment, field) {
            self.cursor = Some(node);
            if self.step() && self.holds(condition) {
                found = Some(node);
                break;
            }
        }
        self.cursor = before;
        found
    }

    /// Every repetition of a field with content.
    pub(crate) fn repetitions(&mut self, path: &'m Path) -> Vec<Node> {
        let Root::Field { segment, field, repetition: Repetition::All } = &path.root else {
            return self.node(path).into_iter().collect();
        };
        let Some(segment) = self.segment(*segment).and_then(Self::segment_place) else {
            return Vec::new();
        };
        let Source::Message(message) = self.source else { return Vec::new() };
        message.repetitions(segment, *field)
    }

    fn all(&mut self, separator: &str, path: &'m Path) -> Option<Item<'m>> {
        let Source::Message(message) = self.source else { return None };
        let Root::Field { segment, field, .. } = &path.root else { return None };
        let group = self.groups[self.group as usize];
        let mut joined = String::new();
        let mut first = None;
        for index in group.start..group.end {
            if message.segments()[index as usize].name != *segment {
                continue;
            }
            let Some(whole) = message.whole(index, *field) else { continue };
            let repetitions = message.repetitions(index, *field);
            // An empty field is an empty line.
            let lines = if repetitions.is_empty() { vec![whole] } else { repetitions };
            for node in lines {
                let node = self.inner(node, path.component, path.subcomponent);
                if first.is_some() {
                    joined.push_str(separator);
                }
                if let Some((text, leaf)) = node.and_then(|node| self.source.text(node)) {
                    self.mark_read(leaf);
                    joined.push_str(&text);
                    first = first.or(Some(leaf));
                }
            }
        }
        first.map(|leaf| Item::text(joined, Some(leaf)))
    }

    fn join(&mut self, separator: &str, parts: &'m [Value]) -> Option<Item<'m>> {
        let mut joined = String::new();
        let mut node: Option<Node> = None;
        for part in parts {
            let Some(item) = self.eval(part) else { continue };
            let Some(text) = item.as_text().filter(|text| !text.is_empty()) else { continue };
            if !joined.is_empty() {
                joined.push_str(separator);
            }
            joined.push_str(text);
            node = span(node, item.node);
        }
        (!joined.is_empty()).then(|| Item::text(joined, node))
    }

    fn call(
        &mut self,
        item: Item<'m>,
        function: crate::functions::Function,
        arguments: &'m [Box<str>],
    ) -> Option<Item<'m>> {
        if item.is_null() {
            return Some(item);
        }
        if let Out::Many(items) = item.out {
            let mapped: Vec<_> =
                items.into_iter().filter_map(|item| self.call(item, function, arguments)).collect();
            return (!mapped.is_empty()).then_some(Item { out: Out::Many(mapped), node: None });
        }
        let context = Context { profile: self.profile };
        let text = item.as_text()?;
        let node = item.node;
        let out = match function(text, arguments, &context) {
            Ok(Produced::Nothing) => return None,
            Ok(Produced::Text(text)) => Out::Text(Cow::Owned(text)),
            Ok(Produced::Number(digits)) => Out::Number(digits.into()),
            Ok(Produced::Boolean(is)) => Out::Boolean(is),
            Ok(Produced::Many(texts)) => {
                Out::Many(texts.into_iter().map(|text| Item::text(text, node)).collect())
            }
            Err(fault) => {
                self.say(Severity::Warning, fault.code, node, fault.message);
                return None;
            }
        };
        Some(Item { out, node })
    }

    fn code(&mut self, item: &Item<'m>, table: u16, form: CodeForm) -> Option<Item<'m>> {
        let table = &self.program.tables[table as usize];
        let text = item.as_text()?.trim();
        let Some(code) = table.get(text) else {
            if form == CodeForm::Display {
                return None;
            }
            if self.quiet == 0 {
                let message = format!(
                    "the code is not in table `{}`: add it there or correct it at the source",
                    table.name
                );
                self.say(Severity::Warning, IssueCode::CodeInvalid, item.node, message);
            }
            return None;
        };
        let out = coded(code, form)?;
        Some(Item { out, node: item.node })
    }

    fn reference(&mut self, resource: u16) -> Option<Item<'m>> {
        let at = (0..self.made.len()).rev().find(|at| {
            let made = &self.made[*at];
            made.resource == resource && self.is_inside(self.group, made.group)
        })?;
        Some(self.reference_to(at))
    }

    pub(crate) fn reference_to(&self, at: usize) -> Item<'m> {
        let made = &self.made[at];
        let mut element = Element::object();
        let reference = format!("{}/{}", made.resource_type.as_str(), made.id);
        element.set("reference", Element::string(reference));
        if let Some(display) = &made.display {
            element.set("display", Element::string(display.as_str()));
        }
        Item { out: Out::Element(element), node: made.node }
    }
}

fn coded(code: &Code, form: CodeForm) -> Option<Out<'_>> {
    let coding = || {
        let mut coding = Element::object();
        if let Some(system) = &code.system {
            coding.set("system", Element::String(system.clone()));
        }
        coding.set("code", Element::String(code.value.clone()));
        if !code.display.is_empty() {
            coding.set("display", Element::String(code.display.clone()));
        }
        coding
    };
    let has_code = !code.value.is_empty();
    match form {
        CodeForm::Code => has_code.then_some(Out::Text(Cow::Borrowed(&*code.value))),
        CodeForm::Coding => has_code.then(|| Out::Element(coding())),
        CodeForm::Concept => has_code.then(|| {
            let mut concept = Element::object();
            concept.set("coding", Element::Array(vec![coding()]));
            Out::Element(concept)
        }),
        CodeForm::Display => {
            let has = !code.display.is_empty();
            has.then_some(Out::Text(Cow::Borrowed(&*code.display)))
        }
        CodeForm::System => code.system.as_deref().map(|system| Out::Text(Cow::Borrowed(system))),
    }
}

/// The bytes from the first to the last of two places in one field.
fn span(first: Option<Node>, last: Option<Node>) -> Option<Node> {
    let (Some(a), Some(b)) = (first, last) else { return first.or(last) };
    let field = |node: Node| match node.place {
        Place::Field { segment, field, repetition, .. } => Some((segment, field, repetition)),
        Place::Segment(_) | Place::Cell(_) => None,
    };
    let (Some(place), true) = (field(a), field(a) == field(b)) else { return Some(a) };
    let (segment, field, repetition) = place;
    let place = Place::Field { segment, field, repetition, component: 0, subcomponent: 0 };
    Some(Node { start: a.start.min(b.start), end: a.end.max(b.end), place })
}
