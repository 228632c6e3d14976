//! Expressions, conditions and paths: names looked up, arguments counted.

use super::super::program::{CodeForm, Condition, Path, Repetition, Root, Step, Value};
use super::super::{Position, ast};
use super::{Compiled, Compiler, Scope, segment_name};
use crate::functions;

impl Compiler<'_> {
    pub(super) fn value(&mut self, scope: &Scope<'_>, value: &ast::Expression) -> Compiled<Value> {
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

    pub(super) fn condition(
        &mut self,
        scope: &Scope<'_>,
        condition: &ast::Condition,
    ) -> Compiled<Condition> {
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

    pub(super) fn optional_condition(
        &mut self,
        scope: &Scope<'_>,
        condition: Option<&ast::Condition>,
    ) -> Compiled<Option<Condition>> {
        condition.map(|condition| self.condition(scope, condition)).transpose()
    }

    pub(super) fn optional_path(
        &mut self,
        scope: &Scope<'_>,
        path: Option<&ast::Path>,
    ) -> Compiled<Option<Path>> {
        path.map(|path| self.path(scope, path)).transpose()
    }

    pub(super) fn path(&mut self, scope: &Scope<'_>, path: &ast::Path) -> Compiled<Path> {
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

    pub(super) fn resource(&self, scope: &Scope<'_>, at: Position, name: &str) -> Compiled<u16> {
        self.resources
            .get(name)
            .copied()
            .ok_or_else(|| scope.error(at, format!("there is no resource `{name}` in the rules")))
    }
}

fn scope_at(value: &ast::Expression) -> Position {
    if let ast::Expression::All { path, .. } = value { path.at } else { Position::default() }
}

/// Takes `PID-13[]` out of an expression, leaving the cursor in its place.
pub(super) fn take_driver(value: &mut Value) -> Option<Path> {
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

pub(super) fn reads_source(step: &Step) -> bool {
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
