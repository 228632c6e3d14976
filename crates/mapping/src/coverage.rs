//! Which fields the rules read, for the documentation and for the workbench.

use std::collections::{BTreeMap, BTreeSet};

use crate::Mappings;
use crate::language::program::{Condition, Path, Repetition, Root, Step, Value};

/// The fields that rules read: segment → field → the resources that they fill.
pub type Coverage = BTreeMap<String, BTreeMap<u8, BTreeSet<String>>>;

impl Mappings {
    /// The HL7 v2 fields that the rules read, and for which resources.
    pub fn coverage(&self) -> Coverage {
        let mut reader = Reader { coverage: Coverage::new(), name: String::new() };
        for resource in &self.program.resources {
            resource.makes.as_str().clone_into(&mut reader.name);
            reader.steps(&resource.body);
        }
        for message in &self.program.messages {
            "keys and conditions".clone_into(&mut reader.name);
            reader.steps(&message.body);
        }
        reader.coverage
    }
}

struct Reader {
    coverage: Coverage,
    name: String,
}

impl Reader {
    fn steps(&mut self, steps: &[Step]) {
        for step in steps {
            self.step(step);
        }
    }

    fn step(&mut self, step: &Step) {
        match step {
            Step::Set { value, each, by, .. } => {
                self.value(value);
                self.paths(each.iter().chain(by));
            }
            Step::Block { from, body, .. } => {
                self.paths(from);
                self.steps(body);
            }
            Step::Let { value, .. } | Step::Key(value) | Step::Display(value) => self.value(value),
            Step::When { arms, otherwise } => {
                for (condition, body) in arms {
                    self.condition(condition);
                    self.steps(body);
                }
                self.steps(otherwise);
            }
            Step::Each { body, .. } => self.steps(body),
            Step::Make { from, .. } => self.paths(from),
            // What is left out on purpose, is deleted or is only checked is not read.
            Step::Profile(_)
            | Step::Ignore(_)
            | Step::Fold { .. }
            | Step::Remove { .. }
            | Step::Check { .. } => {}
        }
    }

    fn value(&mut self, value: &Value) {
        match value {
            Value::Path(path) | Value::All { path, .. } => self.path(path),
            Value::Join { parts, .. } => {
                for part in parts {
                    self.value(part);
                }
            }
            Value::Call { value, .. }
            | Value::Code { value, .. }
            | Value::Make { value, .. }
            | Value::PointsTo { value, .. }
            | Value::Occurrence(value) => self.value(value),
            Value::Else(first, second) => {
                self.value(first);
                self.value(second);
            }
            Value::Text(_)
            | Value::Number(_)
            | Value::Boolean(_)
            | Value::Reference(_)
            | Value::References(_) => {}
        }
    }

    fn condition(&mut self, condition: &Condition) {
        match condition {
            Condition::Exists(value) | Condition::In(value, _) => self.value(value),
            Condition::Same(a, b) => {
                self.value(a);
                self.value(b);
            }
            Condition::Not(inner) => self.condition(inner),
            Condition::And(a, b) | Condition::Or(a, b) => {
                self.condition(a);
                self.condition(b);
            }
        }
    }

    fn paths<'p>(&mut self, paths: impl IntoIterator<Item = &'p Path>) {
        for path in paths {
            self.path(path);
        }
    }

    fn path(&mut self, path: &Path) {
        let Root::Field { segment, field, repetition } = &path.root else { return };
        if let Repetition::Where(condition) = repetition {
            self.condition(condition);
        }
        let segment = String::from_utf8_lossy(segment).into_owned();
        let fields = self.coverage.entry(segment).or_default();
        fields.entry(*field).or_default().insert(self.name.clone());
    }
}
