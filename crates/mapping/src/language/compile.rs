//! Parsed rule files → a [`Program`]: names looked up, data types put in place, rules named.

use std::collections::HashMap;
use std::sync::Arc;

use fhir::ResourceType;

use super::ast;
use super::program::{
    ASKED, CodeForm, Condition, GIVEN, Message, Name, Path, Program, Repetition, Resource, Root,
    RuleIndex, Sheet, Step, Target, Value,
};
use super::{CompileError, Position};
use crate::fold::Merge;
use crate::functions;
use crate::table::Table;

/// How deep data types may stand in one another; also what stops a type that holds itself.
const TYPE_DEPTH_MAX: usize = 8;

type Compiled<T> = Result<T, CompileError>;

/// Compiles rule files that have been parsed; `table_text` gives the text of a table's file.
pub(crate) fn compile(
    files: &[ast::File],
    table_text: &dyn Fn(&str) -> Option<String>,
    resource_type: &dyn Fn(&str) -> Option<ResourceType>,
) -> Compiled<Program> {
    let mut compiler = Compiler::default();
    compiler.program.variables = GIVEN.iter().chain(&ASKED).map(|s| (*s).to_owned()).collect();
    for file in files {
        compiler.declare(file, table_text, resource_type)?;
    }
    for file in files {
        compiler.define(file)?;
    }
    Ok(compiler.program)
}

#[derive(Default)]
struct Compiler<'f> {
    program: Program,
    tables: HashMap<&'f str, u16>,
    types: HashMap<&'f str, &'f ast::Template>,
    resources: HashMap<&'f str, u16>,
    variables: HashMap<String, u16>,
    columns: HashMap<String, u16>,
    rules: HashMap<String, RuleIndex>,
}

/// Where a statement stands: its file and the names around it.
struct Scope<'s> {
    file: &'s str,
    /// `uk-hl7v2@1#`
    mapping: &'s str,
    /// `patient.name/XPN`
    section: String,
    type_depth: usize,
    /// What stands between the section and a label: a dot, or a slash inside braces.
    joint: char,
    /// The columns of the sheet around, where there is one.
    in_sheet: bool,
}

impl Scope<'_> {
    fn error(&self, at: Position, message: impl Into<String>) -> CompileError {
        CompileError { file: self.file.to_owned(), at, message: message.into() }
    }

    fn inner(&self, section: String, deeper: usize) -> Scope<'_> {
        let joint = if deeper > 0 { '.' } else { '/' };
        Scope { section, type_depth: self.type_depth + deeper, joint, ..*self }
    }
}

impl<'f> Compiler<'f> {
    /// Takes in the names that other sections may use, so that order does not matter.
    fn declare(
        &mut self,
        file: &'f ast::File,
        table_text: &dyn Fn(&str) -> Option<String>,
        resource_type: &dyn Fn(&str) -> Option<ResourceType>,
    ) -> Compiled<()> {
        let error =
            |at: Position, message: String| CompileError { file: file.file.clone(), at, message };
        for item in &file.items {
            match item {
                ast::Item::Table { at, name, system, file: table_file } => {
                    let text = table_text(table_file)
                        .ok_or_else(|| error(*at, format!("no table file `{table_file}`")))?;
                    let table = Table::parse(name, system.as_deref(), table_file, &text)?;
                    let index = self.program.tables.len() as u16;
                    self.program.tables.push(table);
                    if self.tables.insert(name, index).is_some() {
                        return Err(error(*at, format!("there are two tables `{name}`")));
                    }
                }
                ast::Item::Type(template) => {
                    if self.types.insert(&template.name, template).is_some() {
                        let message = format!("there are two types `{}`", template.name);
                        return Err(error(template.at, message));
                    }
                }
                ast::Item::Resource(template) => {
                    let Some(resource_type) = resource_type(&template.target) else {
                        let message = format!("`{}` is no resource type", template.target);
                        return Err(error(template.at, message));
                    };
                    let index = self.program.resources.len() as u16;
                    self.program.resources.push(Resource { resource_type, body: Vec::new() });
                    if self.resources.insert(&template.name, index).is_some() {
                        let message = format!("there are two resources `{}`", template.name);
                        return Err(error(template.at, message));
                    }
                }
                ast::Item::Sheet(sheet) => {
                    for (column, _) in &sheet.columns {
                        let next = self.program.columns.len() as u16;
                        if !self.columns.contains_key(column) {
                            self.columns.insert(column.clone(), next);
                            self.program.columns.push(column.clone());
                        }
                    }
                }
                ast::Item::Message(_) => {}
            }
        }
        for (index, name) in self.program.variables.iter().enumerate() {
            self.variables.insert(name.clone(), index as u16);
        }
        for item in &file.items {
            let body = match item {
                ast::Item::Resource(t) | ast::Item::Type(t) => &t.body,
                ast::Item::Message(message) => &message.body,
                ast::Item::Sheet(sheet) => &sheet.body,
                ast::Item::Table { .. } => continue,
            };
            self.declare_variables(body);
        }
        Ok(())
    }

    fn declare_variables(&mut self, body: &[ast::Statement]) {
        for statement in body {
            match &statement.kind {
                ast::Kind::Let { name, .. } if !self.variables.contains_key(name) => {
                    let index = self.program.variables.len() as u16;
                    self.variables.insert(name.clone(), index);
                    self.program.variables.push(name.clone());
                }
                ast::Kind::Block { body, .. } | ast::Kind::Each { body, .. } => {
                    self.declare_variables(body);
                }
                ast::Kind::When { arms, otherwise } => {
                    arms.iter().for_each(|(_, body)| self.declare_variables(body));
                    self.declare_variables(otherwise);
                }
                _ => {}
            }
        }
    }

    fn define(&mut self, file: &'f ast::File) -> Compiled<()> {
        let mapping = format!("{}@{}#", file.name, file.version);
        for item in &file.items {
            let section = match item {
                ast::Item::Resource(template) => template.name.clone(),
                ast::Item::Message(message) => message.types[0].clone(),
                ast::Item::Sheet(sheet) => sheet.name.clone(),
                ast::Item::Table { .. } | ast::Item::Type(_) => continue,
            };
            let in_sheet = matches!(item, ast::Item::Sheet(_));
            let scope = Scope {
                file: &file.file,
                mapping: &mapping,
                section,
                type_depth: 0,
                joint: '.',
                in_sheet,
            };
            match item {
                ast::Item::Resource(template) => {
                    let index = self.resources[template.name.as_str()];
                    self.program.resources[index as usize].body =
                        self.body(&scope, &template.body)?;
                }
                ast::Item::Message(message) => {
                    let body = self.body(&scope, &message.body)?;
                    self.check_message_types(&scope, message)?;
                    self.program.messages.push(Message { types: message.types.clone(), body });
                }
                ast::Item::Sheet(sheet) => {
                    let body = self.body(&scope, &sheet.body)?;
                    let repeated = sheet.columns.iter().enumerate().find(|(index, (name, _))| {
                        sheet.columns[..*index].iter().any(|(other, _)| other == name)
                    });
                    if let Some((_, (name, _))) = repeated {
                        return Err(scope.error(sheet.at, format!("column `{name}` stands twice")));
                    }
                    self.program.sheets.push(Sheet {
                        name: sheet.name.clone(),
                        file_suffix: sheet.file_suffix.clone(),
                        columns: sheet.columns.clone(),
                        body,
                    });
                }
                ast::Item::Table { .. } | ast::Item::Type(_) => {}
            }
        }
        Ok(())
    }

    fn check_message_types(&self, scope: &Scope<'_>, message: &ast::Message) -> Compiled<()> {
        for name in &message.types {
            if self.program.messages.iter().any(|other| other.types.contains(name)) {
                return Err(scope.error(message.at, format!("`{name}` has two message sections")));
            }
        }
        Ok(())
    }

    fn body(&mut self, scope: &Scope<'_>, body: &[ast::Statement]) -> Compiled<Vec<Step>> {
        let mut appended: Vec<String> = Vec::new();
        let mut steps = Vec::with_capacity(body.len());
        for statement in body {
            if let Some((label, true)) = label_of(statement) {
                if appended.contains(&label) {
                    return Err(scope.error(
                        statement.at,
                        format!(
                            "two rules here are named `{label}`: write a name and `:` before one"
                        ),
                    ));
                }
                appended.push(label);
            }
            steps.push(self.statement(scope, statement)?);
        }
        Ok(steps)
    }

    fn statement(&mut self, scope: &Scope<'_>, statement: &ast::Statement) -> Compiled<Step> {
        let at = statement.at;
        match &statement.kind {
            ast::Kind::Set { target, value, when, by } => {
                let rule = self.rule(scope, statement);
                let mut value = self.value(scope, value)?;
                let each = take_driver(&mut value);
                if each.is_some() && !target.append {
                    return Err(
                        scope.error(at, "all repetitions need a target that ends with `[]`")
                    );
                }
                let when = self.optional_condition(scope, when.as_ref())?;
                let by = self.optional_path(scope, by.as_ref())?;
                Ok(Step::Set { target: compile_target(target), value, each, when, by, rule })
            }
            ast::Kind::Block { target, from, body, when } => {
                let section = self.rule_name(scope, statement);
                let inner = scope.inner(section, 0);
                let body = self.body(&inner, body)?;
                self.block(scope, statement, target, from.as_ref(), when.as_ref(), body)
            }
            ast::Kind::Typed { target, from, type_name, when } => {
                let Some(template) = self.types.get(type_name.as_str()).copied() else {
                    return Err(scope.error(at, format!("there is no type `{type_name}`")));
                };
                if scope.type_depth >= TYPE_DEPTH_MAX {
                    return Err(scope.error(at, format!("type `{type_name}` holds itself")));
                }
                let section = format!("{}/{type_name}", self.rule_name(scope, statement));
                let inner = scope.inner(section, 1);
                let body = self.body(&inner, &template.body)?;
                self.block(scope, statement, target, Some(from), when.as_ref(), body)
            }
            ast::Kind::Let { name, value } => {
                Ok(Step::Let { variable: self.variables[name], value: self.value(scope, value)? })
            }
            ast::Kind::Key(value) => Ok(Step::Key(self.value(scope, value)?)),
            ast::Kind::Display(value) => Ok(Step::Display(self.value(scope, value)?)),
            ast::Kind::Profile(url) => Ok(Step::Profile(url.as_str().into())),
            ast::Kind::When { arms, otherwise } => {
                let mut compiled = Vec::with_capacity(arms.len());
                for (condition, body) in arms {
                    compiled.push((self.condition(scope, condition)?, self.body(scope, body)?));
                }
                Ok(Step::When { arms: compiled, otherwise: self.body(scope, otherwise)? })
            }
            ast::Kind::Each { anchor, from, until, body } => {
                let names = |names: &[String]| -> Compiled<Vec<Name>> {
                    names.iter().map(|name| segment_name(scope, at, name)).collect()
                };
                Ok(Step::Each {
                    anchor: segment_name(scope, at, anchor)?,
                    from: names(from)?,
                    until: names(until)?,
                    body: self.body(scope, body)?,
                })
            }
            ast::Kind::Make { template, from } => Ok(Step::Make {
                resource: self.resource(scope, at, template)?,
                from: self.optional_path(scope, from.as_ref())?,
            }),
            ast::Kind::Ignore(paths) => {
                let paths = paths.iter().map(|path| self.path(scope, path));
                Ok(Step::Ignore(paths.collect::<Compiled<Vec<_>>>()?))
            }
            ast::Kind::Fold { element, mode, argument } => {
                let merge = Merge::named(mode, argument.as_deref())
                    .ok_or_else(|| scope.error(at, format!("there is no way to fold `{mode}`")))?;
                Ok(Step::Fold { element: element.as_str().into(), merge })
            }
            ast::Kind::Remove { path, of } => {
                let label = of.as_deref().unwrap_or("remove");
                Ok(Step::Remove {
                    path: path.join(".").into(),
                    rule: self.rule_named(scope, format!("{}.{label}", scope.section)),
                    only_own: of.is_some(),
                })
            }
            ast::Kind::Check { stop, condition, message, place } => Ok(Step::Check {
                stop: *stop,
                condition: self.condition(scope, condition)?,
                message: message.as_str().into(),
                place: self.optional_path(scope, place.as_ref())?,
            }),
        }
    }

    fn block(
        &mut self,
        scope: &Scope<'_>,
        statement: &ast::Statement,
        target: &ast::Target,
        from: Option<&ast::Path>,
        when: Option<&ast::Condition>,
        body: Vec<Step>,
    ) -> Compiled<Step> {
        let from = self.optional_path(scope, from)?;
        let all = matches!(
            &from,
            Some(Path { root: Root::Field { repetition: Repetition::All, .. }, .. })
        );
        if all && !target.append {
            let message = "all repetitions need a target that ends with `[]`";
            return Err(scope.error(statement.at, message));
        }
        Ok(Step::Block {
            target: compile_target(target),
            from,
            when: self.optional_condition(scope, when)?,
            dynamic: body.iter().any(reads_source),
            body: body.into(),
            rule: self.rule(scope, statement),
        })
    }

    fn value(&mut self, scope: &Scope<'_>, value: &ast::Expression) -> Compiled<Value> {
        Ok(match value {
            ast::Expression::Path(path) => Value::Path(self.path(scope, path)?),
            ast::Expression::Text(text) => Value::Text(text.as_str().into()),
            ast::Expression::Number(number) => Value::Number(*number),
            ast::Expression::Boolean(is) => Value::Boolean(*is),
            ast::Expression::Join { separator, parts } => {
                let parts = parts.iter().map(|part| self.value(scope, part));
                let parts = parts.collect::<Compiled<Vec<_>>>()?;
                Value::Join { separator: separator.as_str().into(), parts }
            }
            ast::Expression::All { separator, path } => {
                let path = self.path(scope, path)?;
                if !matches!(path.root, Root::Field { .. }) {
                    return Err(scope.error(scope_at(value), "`all` takes a field, as `OBX-5`"));
                }
                Value::All { separator: separator.as_str().into(), path }
            }
            ast::Expression::Reference { at, template } => {
                Value::Reference(self.resource(scope, *at, template)?)
            }
            ast::Expression::References { at, template } => {
                Value::References(self.resource(scope, *at, template)?)
            }
            ast::Expression::Else(first, second) => {
                let first = Box::new(self.value(scope, first)?);
                Value::Else(first, Box::new(self.value(scope, second)?))
            }
            ast::Expression::Piped { value, function } => {
                let value = Box::new(self.value(scope, value)?);
                self.call(scope, value, function)?
            }
        })
    }

    fn call(&mut self, scope: &Scope<'_>, value: Box<Value>, call: &ast::Call) -> Compiled<Value> {
        let form = match call.name.as_str() {
            "code" => Some(CodeForm::Code),
            "coding" => Some(CodeForm::Coding),
            "concept" => Some(CodeForm::Concept),
            "display" => Some(CodeForm::Display),
            "system" => Some(CodeForm::System),
            _ => None,
        };
        let one_argument = || match call.arguments.as_slice() {
            [argument] => Ok(argument.as_str()),
            _ => Err(scope.error(call.at, format!("`{}` takes one name", call.name))),
        };
        if let Some(form) = form {
            let name = one_argument()?;
            let table = self.tables.get(name).copied();
            let table =
                table.ok_or_else(|| scope.error(call.at, format!("there is no table `{name}`")))?;
            return Ok(Value::Code { value, table, form });
        }
        if call.name == "points-to" {
            let resource = self.resource(scope, call.at, one_argument()?)?;
            return Ok(Value::PointsTo { value, resource });
        }
        if call.name == "make" {
            let resource = self.resource(scope, call.at, one_argument()?)?;
            return Ok(Value::Make { value, resource });
        }
        if call.name == "occurrence" {
            return Ok(Value::Occurrence(value));
        }
        let Some(function) = functions::named(&call.name) else {
            let message = format!("there is no function `{}`", call.name);
            return Err(scope.error(call.at, message));
        };
        if !function.arguments.contains(&call.arguments.len()) {
            let message = format!(
                "`{}` takes {} to {} arguments",
                call.name,
                function.arguments.start(),
                function.arguments.end()
            );
            return Err(scope.error(call.at, message));
        }
        let arguments = call.arguments.iter().map(|a| a.as_str().into()).collect();
        Ok(Value::Call { value, function: function.call, arguments })
    }

    fn condition(&mut self, scope: &Scope<'_>, condition: &ast::Condition) -> Compiled<Condition> {
        Ok(match condition {
            ast::Condition::Exists(value) => Condition::Exists(self.value(scope, value)?),
            ast::Condition::In(value, texts) => Condition::In(
                self.value(scope, value)?,
                texts.iter().map(|text| text.as_str().into()).collect(),
            ),
            ast::Condition::Same(a, b) => {
                let a = self.value(scope, a)?;
                Condition::Same(a, self.value(scope, b)?)
            }
            ast::Condition::Not(inner) => Condition::Not(Box::new(self.condition(scope, inner)?)),
            ast::Condition::And(a, b) => {
                let a = Box::new(self.condition(scope, a)?);
                Condition::And(a, Box::new(self.condition(scope, b)?))
            }
            ast::Condition::Or(a, b) => {
                let a = Box::new(self.condition(scope, a)?);
                Condition::Or(a, Box::new(self.condition(scope, b)?))
            }
        })
    }

    fn optional_condition(
        &mut self,
        scope: &Scope<'_>,
        condition: Option<&ast::Condition>,
    ) -> Compiled<Option<Condition>> {
        condition.map(|condition| self.condition(scope, condition)).transpose()
    }

    fn optional_path(
        &mut self,
        scope: &Scope<'_>,
        path: Option<&ast::Path>,
    ) -> Compiled<Option<Path>> {
        path.map(|path| self.path(scope, path)).transpose()
    }

    fn path(&mut self, scope: &Scope<'_>, path: &ast::Path) -> Compiled<Path> {
        let root = match &path.root {
            ast::Root::Field { segment, field, repetition } => Root::Field {
                segment: segment_name(scope, path.at, segment)?,
                field: u8::try_from(*field).unwrap_or(u8::MAX),
                repetition: match repetition {
                    ast::Repetition::First => Repetition::Nth(1),
                    ast::Repetition::Nth(number) => Repetition::Nth(*number),
                    ast::Repetition::All => Repetition::All,
                    ast::Repetition::Where(condition) => {
                        Repetition::Where(Box::new(self.condition(scope, condition)?))
                    }
                },
            },
            ast::Root::Segment(name) => Root::Segment(segment_name(scope, path.at, name)?),
            ast::Root::Cursor => Root::Cursor,
            ast::Root::Column(name) => {
                let column = self.columns.get(name).copied();
                Root::Column(column.ok_or_else(|| {
                    scope.error(path.at, format!("no file has a column `{name}`"))
                })?)
            }
            ast::Root::Variable(name) => {
                let variable = self.variables.get(name).copied();
                Root::Variable(variable.ok_or_else(|| {
                    scope.error(path.at, format!("nothing sets `${name}`: add `let {name} <- …`"))
                })?)
            }
        };
        if scope.in_sheet && matches!(root, Root::Field { .. } | Root::Segment(_)) {
            return Err(scope.error(path.at, "a CSV row has columns: write `row.name`"));
        }
        let step = |at: usize| path.steps.get(at).map_or(0, |step| *step as u8);
        Ok(Path { root, component: step(0), subcomponent: step(1) })
    }

    fn resource(&self, scope: &Scope<'_>, at: Position, name: &str) -> Compiled<u16> {
        self.resources
            .get(name)
            .copied()
            .ok_or_else(|| scope.error(at, format!("there is no resource `{name}` in the rules")))
    }

    fn rule(&mut self, scope: &Scope<'_>, statement: &ast::Statement) -> RuleIndex {
        let name = self.rule_name(scope, statement);
        self.rule_named(scope, name)
    }

    /// `patient.name`, `patient.name/XPN.family`: section, then label or target.
    #[expect(clippy::unused_self, reason = "reads as one family with `rule` and `rule_named`")]
    fn rule_name(&self, scope: &Scope<'_>, statement: &ast::Statement) -> String {
        let label = label_of(statement).map_or_else(String::new, |(label, _)| label);
        format!("{}{}{label}", scope.section, scope.joint)
    }

    fn rule_named(&mut self, scope: &Scope<'_>, name: String) -> RuleIndex {
        let full = format!("{}{name}", scope.mapping);
        let next = self.program.rules.len() as RuleIndex;
        let rules = &mut self.program.rules;
        *self.rules.entry(full).or_insert_with_key(|full| {
            rules.push(Arc::from(full.as_str()));
            next
        })
    }
}

/// A rule's label and whether its target is one more item of an array.
fn label_of(statement: &ast::Statement) -> Option<(String, bool)> {
    let (ast::Kind::Set { target, .. }
    | ast::Kind::Block { target, .. }
    | ast::Kind::Typed { target, .. }) = &statement.kind
    else {
        return None;
    };
    let label = statement.label.clone().unwrap_or_else(|| target.names.join("."));
    Some((label, target.append))
}

fn compile_target(target: &ast::Target) -> Target {
    let names = target.names.iter().map(|name| name.as_str().into()).collect();
    Target { names, append: target.append }
}

fn segment_name(scope: &Scope<'_>, at: Position, name: &str) -> Compiled<Name> {
    <Name>::try_from(name.as_bytes())
        .ok()
        .filter(|_| super::path::is_segment(name))
        .ok_or_else(|| scope.error(at, format!("`{name}` is no segment's name")))
}

fn scope_at(value: &ast::Expression) -> Position {
    if let ast::Expression::All { path, .. } = value { path.at } else { Position::default() }
}

/// Takes `PID-13[]` out of an expression, leaving the cursor in its place.
fn take_driver(value: &mut Value) -> Option<Path> {
    match value {
        Value::Path(path) => {
            let all = matches!(path.root, Root::Field { repetition: Repetition::All, .. });
            if !all {
                return None;
            }
            let root = std::mem::replace(&mut path.root, Root::Cursor);
            Some(Path { root, component: 0, subcomponent: 0 })
        }
        Value::Call { value, .. } | Value::Code { value, .. } | Value::Make { value, .. } => {
            take_driver(value)
        }
        Value::Else(first, second) => take_driver(first).or_else(|| take_driver(second)),
        Value::Join { parts, .. } => parts.iter_mut().find_map(take_driver),
        _ => None,
    }
}

fn reads_source(step: &Step) -> bool {
    match step {
        Step::Set { value, by, .. } => by.is_some() || value_reads_source(value),
        Step::Block { dynamic, .. } => *dynamic,
        Step::When { arms, otherwise } => {
            arms.iter().any(|(_, body)| body.iter().any(reads_source))
                || otherwise.iter().any(reads_source)
        }
        _ => false,
    }
}

fn value_reads_source(value: &Value) -> bool {
    match value {
        // A reference to another resource does not make an element worth having by itself in
        // the reader's eyes, but it is read from a key, so it counts.
        Value::Path(_)
        | Value::All { .. }
        | Value::Occurrence(_)
        | Value::Reference(_)
        | Value::References(_)
        | Value::Make { .. } => true,
        Value::Text(_) | Value::Number(_) | Value::Boolean(_) => false,
        Value::Join { parts, .. } => parts.iter().any(value_reads_source),
        Value::Call { value, .. } | Value::Code { value, .. } | Value::PointsTo { value, .. } => {
            value_reads_source(value)
        }
        Value::Else(a, b) => value_reads_source(a) || value_reads_source(b),
    }
}
