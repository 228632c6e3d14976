//! Does a resource have the form that FHIR JSON gives its type? Unknown members, arrays where none
//! belong, values of the wrong kind or format; each with its place.
//! Spec: <https://hl7.org/fhir/R4/json.html>. What is required, bound or constrained is a profile's
//! matter and not looked at here.
//!
//! This runs on every write: it allocates nothing until it has something to say. To add a rule,
//! put it where the walk meets what it is about, and a line into the table of its test.

use fhir::{Issue, IssueCode, Kind, Value};

use crate::types::{Child, Content, TypeId};
use crate::{Definitions, Primitive};

/// After this many issues the rest of a resource is not looked at.
const ISSUES_MAX: usize = 100;
/// An object holds values of this many choices at the most (ElementDefinition has five).
const CHOICES_MAX: usize = 8;

impl Definitions {
    /// What is wrong with the form of a resource; nothing if it is right.
    ///
    /// ```
    /// let tree = fhir::Tree::parse(br#"{"resourceType":"Patient","nom":"x"}"#)?;
    /// let issues = definitions::embedded().check_structure(tree.root());
    /// assert_eq!(issues[0].expression.as_deref(), Some("Patient.nom"));
    /// # Ok::<(), fhir::ParseError>(())
    /// ```
    pub fn check_structure(&self, resource: Value<'_>) -> Vec<Issue> {
        let mut check = Check { definitions: self, issues: Vec::new() };
        check.resource(resource);
        check.issues
    }
}

struct Check<'d> {
    definitions: &'d Definitions,
    issues: Vec<Issue>,
}

impl Check<'_> {
    #[cold]
    fn report(&mut self, code: IssueCode, at: Value<'_>, message: impl Into<String>) {
        if self.issues.len() < ISSUES_MAX {
            self.issues.push(Issue::error(code, at.expression(), message));
        }
    }

    #[cold]
    fn wrong_form(&mut self, at: Value<'_>, message: &str) {
        self.report(IssueCode::Structure, at, message);
    }

    fn resource(&mut self, resource: Value<'_>) {
        if resource.kind() != Kind::Object {
            return self.wrong_form(resource, "a resource must be an object");
        }
        let Some(name) = resource.get("resourceType") else {
            return self
                .wrong_form(resource, "resourceType is missing; say which resource this is");
        };
        let known = name.as_str().and_then(|name| self.definitions.resource_type(name));
        match known.and_then(|known| self.definitions.type_id(known.as_str())) {
            Some(id) => self.members(resource, id, true),
            None => self.wrong_form(name, "unknown resource type; name one of FHIR R4"),
        }
    }

    fn object(&mut self, object: Value<'_>, id: TypeId) {
        if object.kind() != Kind::Object {
            let path = self.definitions.type_path(id);
            return self.report(
                IssueCode::Structure,
                object,
                format!("must be an object of {path}"),
            );
        }
        if object.members().next().is_none() {
            return self.wrong_form(object, "an object must not be empty; leave it out");
        }
        self.members(object, id, false);
    }

    fn members(&mut self, object: Value<'_>, id: TypeId, is_resource: bool) {
        let mut choices: [Option<&Child>; CHOICES_MAX] = [None; CHOICES_MAX];
        let definitions = self.definitions;
        for member in object.members() {
            if self.issues.len() >= ISSUES_MAX {
                return;
            }
            let name = member.name();
            let (name, is_sibling) = match name.strip_prefix('_') {
                Some(name) => (name, true),
                None => (name, false),
            };
            let child = definitions.child(id, name);
            let child = child.filter(|c| !is_sibling || matches!(c.content, Content::Primitive(_)));
            let Some(child) = child else {
                if !(is_resource && !is_sibling && name == "resourceType") {
                    self.unknown(member, id);
                }
                continue;
            };
            if child.choice.is_some() {
                self.choice(member, child, &mut choices);
            }
            if is_sibling {
                self.sibling(object, member, child);
            } else {
                self.member(object, member, child);
            }
        }
    }

    #[cold]
    fn unknown(&mut self, member: Value<'_>, id: TypeId) {
        let name: String = member.name().chars().take(64).collect();
        let path = self.definitions.type_path(id);
        let message = format!("unknown element {name:?} in {path}; correct its name or remove it");
        self.report(IssueCode::Structure, member, message);
    }

    /// Only one type of a choice may stand; a value and its `_name` sibling are one.
    fn choice<'d>(
        &mut self,
        member: Value<'_>,
        child: &'d Child,
        choices: &mut [Option<&'d Child>; CHOICES_MAX],
    ) {
        for slot in choices {
            match slot {
                Some(seen) if seen.order != child.order => {}
                Some(seen) if seen.name == child.name => return,
                Some(seen) => {
                    let message = format!("stands beside {}; only one type is allowed", seen.name);
                    return self.report(IssueCode::Structure, member, message);
                }
                None => {
                    *slot = Some(child);
                    return;
                }
            }
        }
    }

    fn member(&mut self, object: Value<'_>, member: Value<'_>, child: &Child) {
        match (member.kind() == Kind::Array, child.is_many) {
            (false, false) => self.content(member, child),
            (true, true) => self.array(object, member, child),
            (false, true) => self.wrong_form(member, "must be an array, because it may repeat"),
            (true, false) => {
                self.wrong_form(member, "must not be an array, because it cannot repeat");
            }
        }
    }

    fn array(&mut self, object: Value<'_>, array: Value<'_>, child: &Child) {
        let mut is_empty = true;
        for (index, item) in array.items().enumerate() {
            is_empty = false;
            let is_gap =
                item.kind() == Kind::Null && matches!(child.content, Content::Primitive(_));
            if !is_gap {
                self.content(item, child);
                continue;
            }
            let sibling = object.members().find(|m| m.name().strip_prefix('_') == Some(child.name));
            let filler = sibling.and_then(|sibling| sibling.items().nth(index));
            if filler.is_none_or(|filler| filler.kind() == Kind::Null) {
                self.wrong_form(
                    item,
                    "null only fills a gap that the array of the same name with '_' fills",
                );
            }
        }
        if is_empty {
            self.wrong_form(array, "an array must not be empty; leave it out");
        }
    }

    fn content(&mut self, value: Value<'_>, child: &Child) {
        match child.content {
            Content::Primitive(primitive) => self.primitive(value, primitive),
            Content::Complex(id) => self.object(value, id),
            Content::Resource => self.resource(value),
            Content::Xhtml
                if value.as_str().is_some_and(|text| text.trim_start().starts_with("<div")) => {}
            Content::Xhtml => self.wrong_form(value, "must be a string that holds an XHTML div"),
        }
    }

    fn primitive(&mut self, value: Value<'_>, primitive: Primitive) {
        let kind = value.kind();
        if kind != primitive.json_kind() {
            let (name, kind) = (primitive.as_str(), kind_name(primitive.json_kind()));
            return self.report(
                IssueCode::Structure,
                value,
                format!("a {name} must be a json {kind}"),
            );
        }
        if !value.as_text().is_some_and(|text| primitive.accepts(text)) {
            let (name, rule) = (primitive.as_str(), primitive.rule());
            self.report(IssueCode::Value, value, format!("not a valid {name}: {rule}"));
        }
    }

    /// The `_name` member, which holds the ids and extensions of primitives.
    fn sibling(&mut self, object: Value<'_>, sibling: Value<'_>, child: &Child) {
        let Some(element) = self.definitions.base.types.element else { return };
        let is_array = sibling.kind() == Kind::Array;
        match (is_array, child.is_many) {
            (false, false) => return self.object(sibling, element),
            (false, true) => {
                return self.wrong_form(sibling, "must be an array, because it may repeat");
            }
            (true, false) => {
                return self.wrong_form(sibling, "must not be an array, because it cannot repeat");
            }
            (true, true) => {}
        }
        let values = object.get(child.name);
        let value_count = values.map(|values| values.items().count());
        let mut count = 0;
        for (index, item) in sibling.items().enumerate() {
            count += 1;
            if item.kind() != Kind::Null {
                self.object(item, element);
                continue;
            }
            let value = values.and_then(|values| values.items().nth(index));
            // Where the value array has a null here too, that array reports it.
            if value.is_none() {
                self.wrong_form(item, "null only fills a gap beside a value");
            }
        }
        if count == 0 {
            self.wrong_form(sibling, "an array must not be empty; leave it out");
        } else if value_count.is_some_and(|values| values != count) {
            self.wrong_form(sibling, "must have as many items as the array of its values");
        }
    }
}

fn kind_name(kind: Kind) -> &'static str {
    match kind {
        Kind::Bool => "boolean",
        Kind::Number => "number",
        _ => "string",
    }
}
