//! Is a query one that the schema knows? Said before anything runs, all errors at once.
//! Spec: <https://spec.graphql.org/October2021/#sec-Validation>; FHIR's directives and arguments:
//! <https://hl7.org/fhir/R4/graphql.html>. To add a rule, add a method of [`Validator`].

use std::collections::BTreeSet;

use definitions::Content;
use fhir::{IssueCode, ResourceType};

use crate::document::{
    Argument, Directive, Document, Field, Input, Operation, Selection, Selections,
};
use crate::error::{GraphqlError, Position};
use crate::limits::Limits;
use crate::schema::{FieldKind, ObjectType, SEARCH_ARGUMENTS, Schema};

/// Checks the operation that will run, from the type that it begins at.
pub(crate) fn check(
    document: &Document,
    operation: &Operation,
    root: ObjectType,
    schema: Schema,
    limits: &Limits,
) -> Vec<GraphqlError> {
    let mut validator = Validator {
        document,
        schema,
        limits,
        errors: Vec::new(),
        fields: 0,
        fragments: Vec::new(),
        used_fragments: BTreeSet::new(),
        used_variables: BTreeSet::new(),
        over: false,
    };
    validator.directives(&operation.directives, false);
    validator.selections(root, &operation.selections, 0);
    validator.unused(operation);
    validator.errors.truncate(limits.errors_max);
    validator.errors
}

struct Validator<'d> {
    document: &'d Document,
    schema: Schema,
    limits: &'d Limits,
    errors: Vec<GraphqlError>,
    fields: usize,
    /// Those that we are in.
    fragments: Vec<&'d str>,
    used_fragments: BTreeSet<&'d str>,
    used_variables: BTreeSet<&'d str>,
    /// A limit was passed, and nothing more is looked at.
    over: bool,
}

/// A field of a set, with the type that its fragment asks for.
type Keyed<'d> = (&'d Field, Option<&'d str>);

impl<'d> Validator<'d> {
    fn error(&mut self, position: Position, code: IssueCode, message: impl Into<String>) {
        self.errors.push(GraphqlError::at(position, code, message));
    }

    fn invalid(&mut self, position: Position, message: impl Into<String>) {
        self.error(position, IssueCode::Invalid, message);
    }

    fn selections(&mut self, parent: ObjectType, selections: &'d Selections, depth: usize) {
        if self.over {
            return;
        }
        let mut keyed = Vec::new();
        for selection in selections.iter() {
            self.selection(parent, selection, depth, None, &mut keyed);
        }
        self.conflicts(&keyed);
    }

    fn selection(
        &mut self,
        parent: ObjectType,
        selection: &'d Selection,
        depth: usize,
        condition: Option<&'d str>,
        keyed: &mut Vec<Keyed<'d>>,
    ) {
        if self.over {
            return;
        }
        let document = self.document;
        match selection {
            Selection::Field(field) => {
                self.field(parent, field, depth);
                keyed.push((field, condition));
            }
            Selection::Inline { on, directives, selections, position } => {
                self.directives(directives, false);
                let inside = match on {
                    None => parent,
                    Some(on) => self.narrowed(parent, on, *position),
                };
                self.count(*position, depth);
                for each in selections.iter() {
                    self.selection(inside, each, depth, on.as_deref().or(condition), keyed);
                }
            }
            Selection::Spread { name, directives, position } => {
                self.directives(directives, false);
                self.count(*position, depth);
                let Some(fragment) = document.fragment(name) else {
                    return self.invalid(*position, format!("there is no fragment {name}"));
                };
                self.used_fragments.insert(name);
                if self.fragments.contains(&&**name) {
                    let message = format!("the fragment {name} leads back to itself");
                    return self.invalid(*position, message);
                }
                self.directives(&fragment.directives, false);
                let inside = self.narrowed(parent, &fragment.on, fragment.position);
                self.fragments.push(name);
                for each in fragment.selections.iter() {
                    self.selection(inside, each, depth, Some(&fragment.on), keyed);
                }
                self.fragments.pop();
            }
        }
    }

    /// The type inside a fragment; one that can never be there is an error.
    fn narrowed(&mut self, parent: ObjectType, on: &str, position: Position) -> ObjectType {
        let Some(inside) = self.schema.find(on) else {
            self.invalid(position, format!("there is no type {on}"));
            return ObjectType::Unknown;
        };
        let is_resource = |of: ObjectType| match of {
            ObjectType::Fhir(id) => self.schema.is_resource(id),
            ObjectType::AnyResource => true,
            _ => false,
        };
        match (parent, inside) {
            (ObjectType::Unknown, _) => inside,
            (ObjectType::AnyResource, _) if is_resource(inside) => inside,
            (_, ObjectType::AnyResource) if is_resource(parent) => parent,
            _ if parent == inside => inside,
            _ => {
                let found = self.schema.name(parent);
                self.invalid(position, format!("a {found} is never a {on}"));
                ObjectType::Unknown
            }
        }
    }

    fn count(&mut self, position: Position, depth: usize) {
        self.fields += 1;
        let message = if self.fields > self.limits.fields_max {
            format!("the query asks for more than {} fields", self.limits.fields_max)
        } else if depth > self.limits.depth_max {
            format!("the query is deeper than {} levels", self.limits.depth_max)
        } else {
            return;
        };
        self.over = true;
        self.error(position, IssueCode::TooCostly, message);
    }

    fn field(&mut self, parent: ObjectType, field: &'d Field, depth: usize) {
        self.count(field.position, depth);
        self.directives(&field.directives, true);
        self.unique(&field.arguments);
        if parent == ObjectType::Unknown {
            self.inputs(&field.arguments);
            return self.selections(ObjectType::Unknown, &field.selections, depth + 1);
        }
        let Some(kind) = self.schema.field(parent, &field.name) else {
            let message = format!("{} has no field {}", self.schema.name(parent), field.name);
            self.invalid(field.position, message);
            return self.inputs(&field.arguments);
        };
        self.inputs(&field.arguments);
        self.arguments(kind, field);
        match (self.under(parent, kind, field), field.selections.is_empty()) {
            (None, true) => {}
            (None, false) => {
                let message = format!("{} is a value and has no fields", field.name);
                self.invalid(field.position, message);
            }
            (Some(of), true) => {
                let of = self.schema.name(of);
                let message = format!("{} is a {of}; select fields of it", field.name);
                self.invalid(field.position, message);
            }
            (Some(under), false) => self.selections(under, &field.selections, depth + 1),
        }
    }

    /// What stands under a field, as far as it can be told now.
    fn under(&self, parent: ObjectType, kind: FieldKind<'_>, field: &Field) -> Option<ObjectType> {
        let under = self.schema.under(kind)?;
        if parent == ObjectType::AnyResource && !matches!(kind, FieldKind::ReverseList(_)) {
            // Which element it is depends on the resource.
            return Some(ObjectType::Unknown);
        }
        if let (FieldKind::Referenced, Some(argument)) = (kind, argument(field, "type"))
            && let Some(named) = argument.value.text()
            && let Some(of) = self.schema.definitions.resource_type(named)
        {
            return self.schema.resource(of);
        }
        Some(under)
    }

    fn arguments(&mut self, kind: FieldKind<'_>, field: &'d Field) {
        for argument in &field.arguments {
            if !self.takes(kind, argument) {
                let message = format!("{} takes no argument {}", field.name, argument.name);
                self.invalid(argument.position, message);
            }
        }
        let needed: &[&[&str]] = match kind {
            FieldKind::Read(_) | FieldKind::Delete(_) => &[&["id"]],
            FieldKind::Create(_) => &[&["res", "resource"]],
            FieldKind::Update(_) => &[&["id"], &["res", "resource"]],
            FieldKind::ReverseList(_) | FieldKind::ReverseConnection(_) => &[&["_reference"]],
            FieldKind::IntrospectType => &[&["name"]],
            _ => &[],
        };
        for names in needed {
            if !field.arguments.iter().any(|a| names.contains(&&*a.name)) {
                let message = format!("{} needs the argument {}", field.name, names[0]);
                self.invalid(field.position, message);
            }
        }
    }

    fn takes(&mut self, kind: FieldKind<'_>, argument: &Argument) -> bool {
        let name = &*argument.name;
        match kind {
            FieldKind::Element(child) => match child.content {
                Content::Complex(id) => {
                    is_list_argument(name)
                        || self
                            .schema
                            .definitions
                            .child(id, name)
                            .is_some_and(|child| matches!(child.content, Content::Primitive(_)))
                }
                _ => is_list_argument(name),
            },
            FieldKind::Sibling(_) => is_list_argument(name),
            FieldKind::Referenced => matches!(name, "type" | "optional"),
            FieldKind::Read(_) | FieldKind::Delete(_) => name == "id",
            FieldKind::Create(_) => matches!(name, "res" | "resource"),
            FieldKind::Update(_) => matches!(name, "id" | "res" | "resource"),
            FieldKind::List(of) => self.searches_by(of, name),
            FieldKind::Connection(of) => name == "_cursor" || self.searches_by(of, name),
            FieldKind::ReverseList(of) => self.reverse(of, argument) || self.searches_by(of, name),
            FieldKind::ReverseConnection(of) => {
                name == "_cursor" || self.reverse(of, argument) || self.searches_by(of, name)
            }
            FieldKind::IntrospectType => name == "name",
            FieldKind::Meta("fields" | "enumValues", _) => name == "includeDeprecated",
            _ => false,
        }
    }

    fn searches_by(&self, of: ResourceType, name: &str) -> bool {
        SEARCH_ARGUMENTS.iter().any(|(known, _)| *known == name)
            || self.schema.parameter(of, name).is_some()
    }

    fn reverse(&mut self, of: ResourceType, argument: &Argument) -> bool {
        if &*argument.name != "_reference" {
            return false;
        }
        if let Some(name) = argument.value.text()
            && self.schema.reference(of, name).is_none()
        {
            let message = format!("{of} has no search parameter {name} of references");
            self.invalid(argument.position, message);
        }
        true
    }

    fn unique(&mut self, arguments: &[Argument]) {
        for (index, argument) in arguments.iter().enumerate() {
            if arguments[..index].iter().any(|earlier| earlier.name == argument.name) {
                let message = format!("the argument {} is given twice", argument.name);
                self.invalid(argument.position, message);
            }
        }
    }

    fn directives(&mut self, directives: &'d [Directive], on_field: bool) {
        for (index, directive) in directives.iter().enumerate() {
            let (name, position) = (&*directive.name, directive.position);
            if directives[..index].iter().any(|earlier| earlier.name == directive.name) {
                self.invalid(position, format!("@{name} stands twice"));
            }
            self.inputs(&directive.arguments);
            let takes: &[&str] = match name {
                "include" | "skip" => &["if"],
                "slice" if on_field => &["fhirpath", "path"],
                "flatten" | "first" | "singleton" if on_field => &[],
                "slice" | "flatten" | "first" | "singleton" => {
                    self.invalid(position, format!("@{name} stands on fields only"));
                    continue;
                }
                _ => {
                    self.invalid(position, format!("there is no directive @{name}"));
                    continue;
                }
            };
            let fits = match directive.arguments.as_slice() {
                [] => takes.is_empty(),
                [argument] => {
                    let of_its_type = matches!(
                        (&argument.value, name),
                        (Input::Variable(_), _)
                            | (Input::Bool(_), "include" | "skip")
                            | (Input::String(_), "slice")
                    );
                    takes.contains(&&*argument.name) && of_its_type
                }
                _ => false,
            };
            if !fits {
                let wanted = match takes.first() {
                    None => "takes no arguments".to_owned(),
                    Some(&"if") => "takes one argument if, a Boolean".to_owned(),
                    Some(first) => format!("takes one argument {first}, a String"),
                };
                self.invalid(position, format!("@{name} {wanted}"));
            }
        }
        let has = |name: &str| directives.iter().any(|directive| &*directive.name == name);
        if has("slice") && has("first") {
            self.invalid(directives[0].position, "@slice and @first do not go together");
        }
    }

    /// Which variables arguments use.
    fn inputs(&mut self, arguments: &'d [Argument]) {
        for argument in arguments {
            self.input(&argument.value);
        }
    }

    fn input(&mut self, input: &'d Input) {
        match input {
            Input::Variable(name) => {
                self.used_variables.insert(name);
            }
            Input::List(items) => items.iter().for_each(|item| self.input(item)),
            Input::Object(members) => members.iter().for_each(|(_, value)| self.input(value)),
            _ => {}
        }
    }

    /// One name in the answer must mean one thing; flattened fields have no name there.
    fn conflicts(&mut self, keyed: &[Keyed<'d>]) {
        for (index, (field, condition)) in keyed.iter().enumerate() {
            let clash = keyed[..index].iter().any(|(earlier, other)| {
                earlier.key() == field.key()
                    && (condition == other || condition.is_none() || other.is_none())
                    && (earlier.name != field.name || earlier.arguments != field.arguments)
                    && !field.has("flatten")
                    && !earlier.has("flatten")
            });
            if clash {
                let message = format!("{} means two things here; give one an alias", field.key());
                self.invalid(field.position, message);
            }
        }
    }

    fn unused(&mut self, operation: &'d Operation) {
        if self.over || !self.errors.is_empty() {
            return;
        }
        let declared: BTreeSet<&str> = operation.variables.iter().map(|v| &*v.name).collect();
        for name in self.used_variables.difference(&declared).copied().collect::<Vec<_>>() {
            let message = format!("the variable ${name} is used but not declared");
            self.invalid(operation.position, message);
        }
        for variable in &operation.variables {
            if !self.used_variables.contains(&*variable.name) {
                self.invalid(
                    variable.position,
                    format!("${} is declared but not used", variable.name),
                );
            }
        }
        // With several operations the others may use what this one does not.
        if self.document.operations.len() == 1 {
            for fragment in &self.document.fragments {
                if !self.used_fragments.contains(&*fragment.name) {
                    let message = format!("the fragment {} is not used", fragment.name);
                    self.invalid(fragment.position, message);
                }
            }
        }
    }
}

fn is_list_argument(name: &str) -> bool {
    matches!(name, "fhirpath" | "_offset" | "_count")
}

pub(crate) fn argument<'f>(field: &'f Field, name: &str) -> Option<&'f Argument> {
    field.arguments.iter().find(|argument| &*argument.name == name)
}
