//! Taking answers in: holes are filled, and what their fields need is asked for next.

use std::sync::Arc;

use fhir::{IssueCode, Tree};

use super::object::allows;
use super::{Context, Execution, Pending, Purpose};
use crate::cursor::Cursor;
use crate::error::PathStep;
use crate::need::{Answer, Need};
use crate::output::{NodeId, Shape};
use crate::paths::Focus;
use crate::schema::ObjectType;

impl Execution {
    /// Takes the answers to [`Execution::needs`], in the same order.
    pub fn answer(&mut self, answers: Vec<Answer>) {
        for (pending, answer) in std::mem::take(&mut self.asked).into_iter().zip(answers) {
            if self.stopped {
                return;
            }
            self.take(&pending, answer);
        }
    }

    fn take(&mut self, pending: &Pending, answer: Answer) {
        let mut path = pending.path.clone();
        match (&pending.purpose, answer) {
            // A reference to nothing is said by `optional`, whatever the store's reason.
            (Purpose::Reference { optional: true, .. }, Answer::Failed { .. }) => {}
            (_, Answer::Failed { code, message }) => {
                self.field_error(pending.position, &path, code, message);
            }
            (Purpose::Read, Answer::Resource(Some(tree))) => {
                self.whole(pending, &tree, &mut path);
            }
            (Purpose::Read, Answer::Resource(None)) => {
                let message = "there is no such resource, or it is deleted";
                self.field_error(pending.position, &path, IssueCode::NotFound, message);
            }
            (Purpose::Reference { types, .. }, Answer::Resource(Some(tree))) => {
                if allows(types, tree.resource_type()) {
                    self.whole(pending, &tree, &mut path);
                }
            }
            (Purpose::Reference { optional, .. }, Answer::Resource(None)) => {
                if !optional {
                    let message = "the reference leads to nothing; ask with optional: true";
                    self.field_error(pending.position, &path, IssueCode::NotFound, message);
                }
            }
            (
                Purpose::List { fhirpath, is_whole, is_first },
                Answer::Found { matches, next, .. },
            ) => {
                if *is_whole && next.is_some() {
                    let most = self.limits.matches_max;
                    let message = format!(
                        "more than {most} resources match; narrow the search, give _count, or use a connection"
                    );
                    return self.field_error(
                        pending.position,
                        &path,
                        IssueCode::TooCostly,
                        message,
                    );
                }
                let mut nodes = self.matches(pending, &matches, fhirpath.as_deref(), &mut path);
                if *is_first {
                    nodes.truncate(1);
                }
                self.output.fill_many(pending.hole, nodes);
            }
            (Purpose::Connection { .. }, Answer::Found { matches, total, next }) => {
                self.connected(pending, &matches, total, next.as_deref(), &mut path);
            }
            (Purpose::Mutation { of }, Answer::Written { location, resource }) => {
                self.mutated(pending, *of, Some((&location, &resource)), &mut path);
            }
            (Purpose::Mutation { of }, Answer::Deleted) => {
                self.mutated(pending, *of, None, &mut path);
            }
            _ => {
                let message = "the answer does not fit what was asked for";
                self.field_error(pending.position, &path, IssueCode::Exception, message);
            }
        }
    }

    fn whole(&mut self, pending: &Pending, tree: &Arc<Tree>, path: &mut Vec<PathStep>) {
        self.output.fill_object(pending.hole);
        self.resource(pending.hole, tree, &pending.selections, &pending.context, path);
    }

    /// The matches that an expression leaves.
    fn kept<'t>(
        &mut self,
        pending: &Pending,
        matches: &'t [Arc<Tree>],
        fhirpath: Option<&str>,
        path: &[PathStep],
    ) -> Vec<&'t Arc<Tree>> {
        self.resources += matches.len();
        self.check_size();
        let mut kept = Vec::with_capacity(matches.len());
        for tree in matches {
            let root = tree.root();
            let type_path = tree.resource_type().unwrap_or_default();
            let focus = Focus { value: root, type_path, resource: root };
            match fhirpath.map_or(Ok(true), |e| self.paths.holds(e, &focus)) {
                Ok(true) => kept.push(tree),
                Ok(false) => {}
                Err(message) => {
                    self.field_error(pending.position, path, IssueCode::Invalid, message);
                    return Vec::new();
                }
            }
        }
        kept
    }

    fn matches(
        &mut self,
        pending: &Pending,
        matches: &[Arc<Tree>],
        fhirpath: Option<&str>,
        path: &mut Vec<PathStep>,
    ) -> Vec<NodeId> {
        let mut nodes = Vec::with_capacity(matches.len());
        for (index, tree) in self.kept(pending, matches, fhirpath, path).into_iter().enumerate() {
            if self.stopped {
                break;
            }
            path.push(PathStep::Index(index));
            let object = self.output.object();
            self.resource(object, tree, &pending.selections, &pending.context, path);
            nodes.push(object);
            path.pop();
        }
        nodes
    }

    fn connected(
        &mut self,
        pending: &Pending,
        matches: &[Arc<Tree>],
        total: Option<u64>,
        next: Option<&str>,
        path: &mut Vec<PathStep>,
    ) {
        let Purpose::Connection { of, cursor, fhirpath } = &pending.purpose else { return };
        let Need::Search(_) = &pending.need else { return };
        let hole = pending.hole;
        self.output.fill_object(hole);
        let kept = self.kept(pending, matches, fhirpath.as_deref(), path);
        let type_name = self.schema.name(ObjectType::Connection(*of));
        for collected in self.collect(&type_name, &pending.selections) {
            let field = &collected.field;
            let page = |offset: usize, place: Option<String>| {
                Cursor { offset, place, ..cursor.clone() }.write()
            };
            // Pages that are found by their offset are within reach of it.
            let reach = self.limits.matches_max.saturating_sub(cursor.size);
            let text = match &*field.name {
                "__typename" => Some(type_name.to_string()),
                "first" => Some(page(0, None)),
                "next" => next.map(|next| page(cursor.offset + cursor.size, Some(next.to_owned()))),
                "previous" => {
                    let before = cursor.offset.saturating_sub(cursor.size);
                    (cursor.offset > 0 && before <= reach).then(|| page(before, None))
                }
                "last" => {
                    let pages =
                        total.map(|total| (total as usize).saturating_sub(1) / cursor.size.max(1));
                    pages
                        .map(|pages| pages * cursor.size)
                        .filter(|at| *at <= reach)
                        .map(|at| page(at, None))
                }
                _ => None,
            };
            let node = match &*field.name {
                "count" => total.map(|total| self.output.leaf(total.to_string())),
                "offset" => Some(self.output.leaf(cursor.offset.to_string())),
                "pagesize" => Some(self.output.leaf(cursor.size.to_string())),
                "edges" => {
                    path.push(PathStep::Name(field.key().into()));
                    let edges = self.edges(*of, &kept, &collected.selections, path);
                    self.output.add(hole, field.key(), Shape::Found, edges);
                    path.pop();
                    continue;
                }
                _ => text.map(|text| self.output.string(&text)),
            };
            self.output.add(hole, field.key(), Shape::Single, node.into_iter().collect());
        }
    }

    fn edges(
        &mut self,
        of: fhir::ResourceType,
        kept: &[&Arc<Tree>],
        selections: &[crate::document::Selections],
        path: &mut Vec<PathStep>,
    ) -> Vec<NodeId> {
        let type_name = self.schema.name(ObjectType::Edge(of));
        let mut edges = Vec::with_capacity(kept.len());
        for (index, tree) in kept.iter().enumerate() {
            if self.stopped {
                break;
            }
            let edge = self.output.object();
            path.push(PathStep::Index(index));
            for collected in self.collect(&type_name, selections) {
                let key = collected.field.key();
                let node = match &*collected.field.name {
                    "__typename" => Some(self.output.string(&type_name)),
                    "mode" => Some(self.output.string("match")),
                    "resource" => {
                        path.push(PathStep::Name(key.into()));
                        let object = self.output.object();
                        let context = Context::default();
                        self.resource(object, tree, &collected.selections, &context, path);
                        path.pop();
                        Some(object)
                    }
                    // The store ranks nothing, so there is no score.
                    _ => None,
                };
                self.output.add(edge, key, Shape::Single, node.into_iter().collect());
            }
            path.pop();
            edges.push(edge);
        }
        edges
    }

    fn mutated(
        &mut self,
        pending: &Pending,
        of: ObjectType,
        written: Option<(&str, &Arc<Tree>)>,
        path: &mut Vec<PathStep>,
    ) {
        let hole = pending.hole;
        self.output.fill_object(hole);
        let type_name = self.schema.name(of);
        for collected in self.collect(&type_name, &pending.selections) {
            let key = collected.field.key();
            let node = match (&*collected.field.name, written) {
                ("__typename", _) => Some(self.output.string(&type_name)),
                ("location", Some((location, _))) => Some(self.output.string(location)),
                ("resource", Some((_, tree))) => {
                    path.push(PathStep::Name(key.into()));
                    let object = self.output.object();
                    let context = Context::default();
                    self.resource(object, tree, &collected.selections, &context, path);
                    path.pop();
                    Some(object)
                }
                // What went wrong is an error; there is nothing else to say.
                _ => None,
            };
            self.output.add(hole, key, Shape::Single, node.into_iter().collect());
        }
    }
}
