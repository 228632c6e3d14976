//! Running a query, in rounds: what can be told from the resources at hand is told, the rest is asked
//! for at once ([`Execution::needs`]), and goes on when it is there ([`Execution::answer`]).
//! Spec: <https://spec.graphql.org/October2021/#sec-Execution>, <https://hl7.org/fhir/R4/graphql.html>.
//!
//! `root` reads arguments into needs, `object` walks a resource, `answered` takes answers in.

mod answered;
mod object;
mod root;

use std::collections::VecDeque;
use std::sync::Arc;

use definitions::Definitions;
use fhir::{IssueCode, ResourceType, Tree};

use crate::cursor::Cursor;
use crate::document::{
    Directive, Document, Field, Input, Operation, OperationKind, Selection, Selections,
};
use crate::error::{GraphqlError, PathStep, Position, write_errors};
use crate::limits::Limits;
use crate::need::Need;
use crate::output::{NodeId, Output};
use crate::paths::Paths;
use crate::schema::{ObjectType, Schema};
use crate::variables::Variables;
use crate::{parse, validate, variables};

/// What a client sends.
#[derive(Clone, Copy, Debug)]
pub struct Request<'r> {
    /// The query's text.
    pub query: &'r str,
    /// Which of its operations; needed where there are several.
    pub operation_name: Option<&'r str>,
    /// An object of variables.
    pub variables: Option<fhir::Value<'r>>,
    /// Whether mutations are let through; a GET must change nothing.
    pub allows_mutations: bool,
    /// The server's own base, without a slash at its end: references to it are followed.
    pub base_url: &'r str,
}

/// A query that is being run.
pub struct Execution {
    pub(crate) schema: Schema,
    base_url: Box<str>,
    limits: Limits,
    document: Arc<Document>,
    variables: Variables,
    paths: Paths,
    pub(crate) output: Output,
    root: NodeId,
    errors: Vec<GraphqlError>,
    /// Asked for in this round.
    asked: Vec<Pending>,
    /// For the next round.
    pending: Vec<Pending>,
    /// Mutations in order: each waits until all before it are done.
    mutations: VecDeque<Pending>,
    resources: usize,
    searches: usize,
    /// A limit was passed; what is there is given.
    pub(crate) stopped: bool,
}

/// A hole in the answer and what will fill it.
struct Pending {
    need: Need,
    purpose: Purpose,
    hole: NodeId,
    selections: Vec<Selections>,
    context: Context,
    path: Vec<PathStep>,
    position: Position,
}

/// What an answer is for.
enum Purpose {
    /// A resource by its id.
    Read,
    /// The target of a reference.
    Reference { optional: bool, types: Vec<Box<str>> },
    /// The matches of a search.
    List { fhirpath: Option<String>, is_whole: bool, is_first: bool },
    /// A page.
    Connection { of: ResourceType, cursor: Cursor, fhirpath: Option<String> },
    /// What a mutation gives.
    Mutation { of: ObjectType },
}

/// What flattening hands down.
#[derive(Clone, Debug, Default)]
struct Context {
    /// Fields are lists, because they come from several values.
    is_list: bool,
    /// Fields stand in an object that is not theirs.
    is_flat: bool,
    /// Added to the names of fields.
    suffix: String,
}

/// Fields of one name, to be executed once.
pub(crate) struct Collected {
    pub(crate) field: Arc<Field>,
    pub(crate) selections: Vec<Selections>,
}

impl Execution {
    /// Reads and checks a request; `instance` is the resource in scope, at the instance level.
    pub fn start(
        request: Request<'_>,
        instance: Option<Arc<Tree>>,
        definitions: &'static Definitions,
        limits: Limits,
    ) -> Result<Execution, Vec<GraphqlError>> {
        let document = Arc::new(parse::read(request.query, &limits)?);
        let operation = choose(&document, request)?;
        let schema = Schema { definitions };
        let root_type = match (operation.kind, &instance) {
            (OperationKind::Mutation, _) => ObjectType::Mutation,
            (OperationKind::Query, None) => ObjectType::Query,
            (OperationKind::Query, Some(tree)) => {
                let of = tree.resource_type().and_then(|name| definitions.type_id(name));
                of.map_or(ObjectType::Unknown, ObjectType::Fhir)
            }
        };
        let errors = validate::check(&document, operation, root_type, schema, &limits);
        if !errors.is_empty() {
            return Err(errors);
        }
        let variables = variables::coerce(operation, request.variables)?;
        let mut output = Output::default();
        let root = output.object();
        let mut execution = Execution {
            schema,
            base_url: request.base_url.into(),
            limits,
            variables,
            paths: Paths::new(definitions),
            output,
            root,
            errors: Vec::new(),
            asked: Vec::new(),
            pending: Vec::new(),
            mutations: VecDeque::new(),
            resources: 0,
            searches: 0,
            stopped: false,
            document: Arc::clone(&document),
        };
        let selections = vec![Arc::clone(&operation.selections)];
        match instance {
            Some(tree) if operation.kind == OperationKind::Query => {
                let (root, context) = (execution.root, Context::default());
                execution.resource(root, &tree, &selections, &context, &mut Vec::new());
            }
            _ => execution.root_fields(root_type, &selections),
        }
        Ok(execution)
    }

    /// What is needed now, answered by [`Execution::answer`] in the same order; nothing at the end.
    pub fn needs(&mut self) -> Vec<Need> {
        if self.stopped {
            self.pending.clear();
            self.mutations.clear();
        }
        self.asked = std::mem::take(&mut self.pending);
        if self.asked.is_empty() {
            self.asked.extend(self.mutations.pop_front());
        }
        self.asked.iter().map(|pending| pending.need.clone()).collect()
    }

    /// Ends the request early: what is there is given, with this error.
    pub fn stop(&mut self, code: IssueCode, message: &str) {
        if !self.stopped {
            self.stopped = true;
            self.errors.push(GraphqlError::request(code, message));
        }
    }

    /// The answer in JSON.
    pub fn finish(mut self) -> Vec<u8> {
        let mut data = Vec::new();
        for key in self.output.write(self.root, &mut data) {
            let message = format!("{key} has several values, where @singleton wants one");
            self.errors.push(GraphqlError::request(IssueCode::Value, message));
        }
        let mut out = br#"{"data":"#.to_vec();
        out.extend_from_slice(&data);
        if !self.errors.is_empty() {
            out.extend_from_slice(br#","errors":"#);
            self.errors.truncate(self.limits.errors_max);
            write_errors(&self.errors, &mut out);
        }
        out.push(b'}');
        out
    }

    /// An error of a field; the field is null.
    fn field_error(
        &mut self,
        position: Position,
        path: &[PathStep],
        code: IssueCode,
        message: impl Into<String>,
    ) {
        if self.errors.len() < self.limits.errors_max {
            let error = GraphqlError::at(position, code, message);
            self.errors.push(GraphqlError { path: path.to_vec(), ..error });
        } else {
            self.stopped = true;
        }
    }

    /// Keeps something for the next round, within the limits.
    fn ask(&mut self, pending: Pending) {
        match &pending.need {
            Need::Search(_) => self.searches += 1,
            _ => self.resources += 1,
        }
        if self.searches > self.limits.searches_max {
            let most = self.limits.searches_max;
            self.stop(
                IssueCode::TooCostly,
                &format!("the request needs more than {most} searches; ask for less at once"),
            );
        }
        self.check_size();
        if !self.stopped {
            self.pending.push(pending);
        }
    }

    pub(crate) fn check_size(&mut self) {
        if self.resources > self.limits.resources_max {
            let most = self.limits.resources_max;
            self.stop(
                IssueCode::TooCostly,
                &format!("the request reads more than {most} resources; ask for less at once"),
            );
        } else if self.output.len() > self.limits.values_max {
            let most = self.limits.values_max;
            self.stop(
                IssueCode::TooCostly,
                &format!("the answer has more than {most} values; ask for less at once"),
            );
        }
    }

    /// The fields that apply to an object of a type, in order, those of one name together.
    pub(crate) fn collect(&self, type_name: &str, selections: &[Selections]) -> Vec<Collected> {
        let mut fields = Vec::new();
        for set in selections {
            self.collect_into(type_name, set, &mut fields, 0);
        }
        fields
    }

    fn collect_into(
        &self,
        type_name: &str,
        set: &Selections,
        fields: &mut Vec<Collected>,
        depth: usize,
    ) {
        // The check before has refused deeper ones, and fragments that lead back to themselves.
        if depth > self.limits.fields_max {
            return;
        }
        for selection in set.iter() {
            match selection {
                Selection::Field(field) => {
                    if self.is_included(&field.directives) {
                        merge(field, fields);
                    }
                }
                Selection::Inline { on, directives, selections, .. } => {
                    let applies = on.as_deref().is_none_or(|on| self.is_of(type_name, on));
                    if applies && self.is_included(directives) {
                        self.collect_into(type_name, selections, fields, depth + 1);
                    }
                }
                Selection::Spread { name, directives, .. } => {
                    let Some(fragment) = self.document.fragment(name) else { continue };
                    if self.is_of(type_name, &fragment.on)
                        && self.is_included(directives)
                        && self.is_included(&fragment.directives)
                    {
                        self.collect_into(type_name, &fragment.selections, fields, depth + 1);
                    }
                }
            }
        }
    }

    fn is_of(&self, type_name: &str, on: &str) -> bool {
        type_name == on
            || (on == "Resource" && self.schema.definitions.resource_type(type_name).is_some())
    }

    fn is_included(&self, directives: &[Directive]) -> bool {
        directives.iter().all(|directive| {
            let condition = directive.arguments.first().map(|a| self.variables.resolve(&a.value));
            let holds = condition == Some(Input::Bool(true));
            match &*directive.name {
                "include" => holds,
                "skip" => !holds,
                _ => true,
            }
        })
    }

    /// An argument's value; absent and null are one.
    fn argument(&self, field: &Field, name: &str) -> Option<Input> {
        let value = self.variables.resolve(&validate::argument(field, name)?.value);
        (value != Input::Null).then_some(value)
    }

    pub(crate) fn argument_text(&self, field: &Field, name: &str) -> Option<String> {
        self.argument(field, name)?.text().map(str::to_owned)
    }
}

fn choose<'d>(
    document: &'d Document,
    request: Request<'_>,
) -> Result<&'d Operation, Vec<GraphqlError>> {
    let failed = |message: String| vec![GraphqlError::request(IssueCode::Invalid, message)];
    for (index, operation) in document.operations.iter().enumerate() {
        let twice =
            document.operations[..index].iter().any(|earlier| earlier.name == operation.name);
        if twice || (operation.name.is_none() && document.operations.len() > 1) {
            return Err(vec![GraphqlError::at(
                operation.position,
                IssueCode::Invalid,
                "each of several operations needs a name of its own",
            )]);
        }
    }
    for (index, fragment) in document.fragments.iter().enumerate() {
        if document.fragments[..index].iter().any(|earlier| earlier.name == fragment.name) {
            let message = format!("there are two fragments {}", fragment.name);
            return Err(vec![GraphqlError::at(fragment.position, IssueCode::Invalid, message)]);
        }
    }
    let chosen = match (request.operation_name, &document.operations[..]) {
        (_, []) => return Err(failed("the request has no operation".to_owned())),
        (Some(name), operations) => operations
            .iter()
            .find(|operation| operation.name.as_deref() == Some(name))
            .ok_or_else(|| failed("no operation has the name in operationName".to_owned()))?,
        (None, [operation]) => operation,
        (None, _) => {
            return Err(failed(
                "there are several operations; name one in operationName".to_owned(),
            ));
        }
    };
    if chosen.kind == OperationKind::Mutation && !request.allows_mutations {
        return Err(failed("a mutation is sent by POST, to the system's $graphql".to_owned()));
    }
    Ok(chosen)
}

/// Fields of one name are one; what is flattened has no name to share.
fn merge(field: &Arc<Field>, fields: &mut Vec<Collected>) {
    let same = fields.iter_mut().find(|known| {
        known.field.key() == field.key() && !known.field.has("flatten") && !field.has("flatten")
    });
    match same {
        Some(known) => known.selections.push(Arc::clone(&field.selections)),
        None => fields.push(Collected {
            field: Arc::clone(field),
            selections: vec![Arc::clone(&field.selections)],
        }),
    }
}
