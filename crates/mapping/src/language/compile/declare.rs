//! First pass: the names of tables, types, resources, columns and values, in any order.

use fhir::ResourceType;

use super::super::program::Resource;
use super::super::{CompileError, Position, ast};
use super::{Compiled, Compiler};
use crate::table::Table;

impl<'f> Compiler<'f> {
    /// Takes in the names that other sections may use, so that order does not matter.
    pub(super) fn declare(
        &mut self,
        file: &'f ast::File,
        table_text: &dyn Fn(&str) -> Option<String>,
        resource_type: &dyn Fn(&str) -> Option<ResourceType>,
    ) -> Compiled<()> {
        let error =
            |at: Position, message: String| CompileError { file: file.origin.clone(), at, message };
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
                    self.program.resources.push(Resource {
                        makes: resource_type,
                        reads_cursor_only: false,
                        body: Vec::new(),
                    });
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
        Ok(())
    }

    /// Takes in the names that `let` gives.
    pub(super) fn declare_names(&mut self, file: &ast::File) {
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
                    for (_, body) in arms {
                        self.declare_variables(body);
                    }
                    self.declare_variables(otherwise);
                }
                _ => {}
            }
        }
    }
}
