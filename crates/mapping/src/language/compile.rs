//! Parsed rule files → a [`Program`]: names looked up, data types put in place, rules named.
//!
//! To add a statement, add an arm to `statement`; an expression belongs in `expression`.

mod declare;
mod expression;

use std::collections::HashMap;
use std::sync::Arc;

use fhir::ResourceType;

use expression::{reads_source, take_driver};

use super::ast;
use super::program::{
    ASKED, GIVEN, Message, Name, Path, Program, Repetition, Root, RuleIndex, Sheet, Step, Target,
};
use super::{CompileError, Position};
use crate::fold::Merge;

/// How deep data types may stand in one another; also what stops a type that holds itself.
const TYPE_DEPTH_MAX: usize = 8;

const APPEND: &str = "all repetitions need a target that ends with `[]`";

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
        compiler.declare_names(file);
    }
    for file in files {
        compiler.define(file)?;
    }
    super::locality::mark(&mut compiler.program);
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
                file: &file.origin,
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
            ast::Kind::Set { .. } => self.set(scope, statement),
            ast::Kind::Block { .. } => self.braces(scope, statement),
            ast::Kind::Typed { .. } => self.typed(scope, statement),
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
                    rule: self.rule_named(scope, &format!("{}.{label}", scope.section)),
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

    /// `target <- value when condition by path`
    fn set(&mut self, scope: &Scope<'_>, statement: &ast::Statement) -> Compiled<Step> {
        let ast::Kind::Set { target, value, when, by } = &statement.kind else {
            unreachable!("`statement` looked")
        };
        let rule = self.rule(scope, statement);
        let mut value = self.value(scope, value)?;
        let each = take_driver(&mut value);
        if each.is_some() && !target.append {
            return Err(scope.error(statement.at, APPEND));
        }
        let when = self.optional_condition(scope, when.as_ref())?;
        let by = self.optional_path(scope, by.as_ref())?;
        Ok(Step::Set { target: compile_target(target), value, each, when, by, rule })
    }

    /// `target from path { … }`
    fn braces(&mut self, scope: &Scope<'_>, statement: &ast::Statement) -> Compiled<Step> {
        let ast::Kind::Block { target, from, body, when } = &statement.kind else {
            unreachable!("`statement` looked")
        };
        let inner = scope.inner(rule_name(scope, statement), 0);
        let body = self.body(&inner, body)?;
        self.block(
            scope,
            statement,
            Filled { target, from: from.as_ref(), when: when.as_ref() },
            body,
        )
    }

    /// `target <- path as TYPE`
    fn typed(&mut self, scope: &Scope<'_>, statement: &ast::Statement) -> Compiled<Step> {
        let ast::Kind::Typed { target, from, type_name, when } = &statement.kind else {
            unreachable!("`statement` looked")
        };
        let Some(template) = self.types.get(type_name.as_str()).copied() else {
            return Err(scope.error(statement.at, format!("there is no type `{type_name}`")));
        };
        if scope.type_depth >= TYPE_DEPTH_MAX {
            return Err(scope.error(statement.at, format!("type `{type_name}` holds itself")));
        }
        let section = format!("{}/{type_name}", rule_name(scope, statement));
        let inner = scope.inner(section, 1);
        let body = self.body(&inner, &template.body)?;
        self.block(scope, statement, Filled { target, from: Some(from), when: when.as_ref() }, body)
    }

    fn block(
        &mut self,
        scope: &Scope<'_>,
        statement: &ast::Statement,
        filled: Filled<'_>,
        body: Vec<Step>,
    ) -> Compiled<Step> {
        let Filled { target, from, when } = filled;
        let from = self.optional_path(scope, from)?;
        let all = matches!(
            &from,
            Some(Path { root: Root::Field { repetition: Repetition::All, .. }, .. })
        );
        if all && !target.append {
            return Err(scope.error(statement.at, APPEND));
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

    fn rule(&mut self, scope: &Scope<'_>, statement: &ast::Statement) -> RuleIndex {
        let name = rule_name(scope, statement);
        self.rule_named(scope, &name)
    }

    fn rule_named(&mut self, scope: &Scope<'_>, name: &str) -> RuleIndex {
        let full = format!("{}{name}", scope.mapping);
        let next = self.program.rules.len() as RuleIndex;
        let rules = &mut self.program.rules;
        *self.rules.entry(full).or_insert_with_key(|full| {
            rules.push(Arc::from(full.as_str()));
            next
        })
    }
}

/// What braces fill, and from where.
#[derive(Clone, Copy)]
struct Filled<'s> {
    target: &'s ast::Target,
    from: Option<&'s ast::Path>,
    when: Option<&'s ast::Condition>,
}

/// `patient.name`, `patient.name/XPN.family`: section, then label or target.
fn rule_name(scope: &Scope<'_>, statement: &ast::Statement) -> String {
    let label = label_of(statement).map_or_else(String::new, |(label, _)| label);
    format!("{}{}{label}", scope.section, scope.joint)
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
