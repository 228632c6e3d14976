//! Walking a resource: elements, filters of lists, FHIR's directives, references.
//! Spec: <https://hl7.org/fhir/R4/graphql.html>, "Resource data" to "Directives".

use std::sync::Arc;

use definitions::{Child, Content, TypeId};
use fhir::{IssueCode, Kind, Reference, ReferenceKind, Tree, Value};

use super::root::named;
use super::{Collected, Context, Execution, Pending, Purpose};
use crate::document::{Field, Input, Selections};
use crate::error::PathStep;
use crate::need::Need;
use crate::output::{NodeId, Shape};
use crate::paths::Focus;
use crate::schema::{FieldKind, ObjectType, type_name};

/// Where we are in a resource.
#[derive(Clone, Copy)]
struct At<'t> {
    value: Value<'t>,
    type_id: TypeId,
    /// The resource around the value.
    resource: Value<'t>,
    /// The resource that holds what is contained.
    container: Value<'t>,
}

/// Values of a field before they are written.
struct Values<'t> {
    items: Vec<Value<'t>>,
    type_path: &'static str,
    content: Content,
    is_many: bool,
}

impl Execution {
    /// Writes the fields of a resource into an object.
    pub(super) fn resource(
        &mut self,
        target: NodeId,
        tree: &Arc<Tree>,
        selections: &[Selections],
        context: &Context,
        path: &mut Vec<PathStep>,
    ) {
        let root = tree.root();
        let Some(type_id) = self.type_of(root) else { return };
        let at = At { value: root, type_id, resource: root, container: root };
        self.object(target, at, selections, context, path);
    }

    fn type_of(&self, resource: Value<'_>) -> Option<TypeId> {
        self.schema.definitions.type_id(resource.text_of("resourceType")?)
    }

    fn object(
        &mut self,
        target: NodeId,
        at: At<'_>,
        selections: &[Selections],
        context: &Context,
        path: &mut Vec<PathStep>,
    ) {
        let type_name = type_name(self.schema.definitions.type_path(at.type_id));
        for collected in self.collect(&type_name, selections) {
            if self.stopped {
                return;
            }
            let field = Arc::clone(&collected.field);
            path.push(PathStep::Name(field.key().into()));
            match self.schema.field(ObjectType::Fhir(at.type_id), &field.name) {
                Some(FieldKind::TypeName | FieldKind::ResourceTypeName) => {
                    let name = self.output.string(&type_name);
                    let shape = if context.is_list { Shape::List } else { Shape::Single };
                    self.output.add(target, &named(&field, context), shape, vec![name]);
                }
                Some(FieldKind::Element(child)) => {
                    let values = self.values(at.value.get(&field.name), child);
                    self.element(target, at, &values, &collected, context, path);
                }
                Some(FieldKind::Sibling(child)) => {
                    let values = self.siblings(at.value.get(&field.name), child);
                    self.element(target, at, &values, &collected, context, path);
                }
                Some(FieldKind::Referenced) => self.reference(target, at, collected, context, path),
                Some(kind) => {
                    let of = at.resource.text_of("resourceType");
                    let source =
                        of.zip(at.resource.text_of("id")).map(|(of, id)| format!("{of}/{id}"));
                    self.fetch(target, kind, collected, source.as_deref(), context, path);
                }
                None => {
                    self.output.add(target, &named(&field, context), Shape::Single, Vec::new());
                    let message = format!("{type_name} has no field {}", field.name);
                    self.field_error(field.position, path, IssueCode::Invalid, message);
                }
            }
            path.pop();
        }
    }

    fn values<'t>(&self, value: Option<Value<'t>>, child: &Child) -> Values<'t> {
        let items = match value {
            // A null in a list of primitives holds the place of a value that is not there.
            Some(list) if list.kind() == Kind::Array => list.items().collect(),
            Some(single) if single.kind() != Kind::Null => vec![single],
            _ => Vec::new(),
        };
        let type_path = match child.content {
            Content::Complex(id) => self.schema.definitions.type_path(id),
            _ => child.type_name,
        };
        Values { items, type_path, content: child.content, is_many: child.is_many }
    }

    /// Ids and extensions of primitives.
    fn siblings<'t>(&self, value: Option<Value<'t>>, child: &Child) -> Values<'t> {
        let mut values = self.values(value, child);
        if let Some(element) = self.schema.definitions.type_id("Element") {
            values.content = Content::Complex(element);
            values.type_path = "Element";
        }
        values
    }

    fn element(
        &mut self,
        target: NodeId,
        at: At<'_>,
        values: &Values<'_>,
        collected: &Collected,
        context: &Context,
        path: &mut Vec<PathStep>,
    ) {
        let field = &collected.field;
        let is_leaf = matches!(values.content, Content::Primitive(_) | Content::Xhtml);
        // Below what could not be told before, a field may turn out otherwise than selected.
        let items = match (is_leaf, field.selections.is_empty()) {
            (true, false) => Err(format!("{} is a value and has no fields", field.name)),
            (false, true) => Err(format!("{} needs fields selected", field.name)),
            _ => self.filtered(values, at, field),
        };
        let items = match items {
            Ok(items) => items,
            Err(message) => {
                self.output.add(target, &named(field, context), Shape::Single, Vec::new());
                return self.field_error(field.position, path, IssueCode::Invalid, message);
            }
        };
        let flatten = field.has("flatten");
        let is_many = values.is_many && !field.has("first");
        let mut nodes = Vec::new();
        for (index, item) in items.iter().enumerate() {
            let suffix = match self.suffix(field, *item, index, values, at) {
                Ok(suffix) => suffix,
                Err(message) => {
                    self.field_error(field.position, path, IssueCode::Invalid, message);
                    break;
                }
            };
            if is_many {
                path.push(PathStep::Index(index));
            }
            let inner = context.below(flatten, is_many, suffix);
            if is_leaf {
                // A value has no fields to hand up; flattened or not, it stays where it is.
                nodes.push(self.output.leaf(item.raw()));
            } else if flatten {
                self.complex(target, *item, values, at, &collected.selections, &inner, path);
            } else if item.kind() == Kind::Null {
                nodes.push(self.output.leaf("null"));
            } else {
                let object = self.output.object();
                nodes.push(object);
                self.complex(object, *item, values, at, &collected.selections, &inner, path);
            }
            if is_many {
                path.pop();
            }
            self.check_size();
        }
        let is_absent = nodes.is_empty();
        if (!flatten || is_leaf) && !(is_absent && context.is_flat) {
            let shape = if field.has("singleton") {
                Shape::Singleton
            } else if is_many || context.is_list {
                Shape::List
            } else {
                Shape::Single
            };
            self.output.add(target, &named(field, context), shape, nodes);
        }
    }

    #[expect(
        clippy::too_many_arguments,
        reason = "a step of the walk; each part changes by itself"
    )]
    fn complex(
        &mut self,
        target: NodeId,
        item: Value<'_>,
        values: &Values<'_>,
        at: At<'_>,
        selections: &[Selections],
        context: &Context,
        path: &mut Vec<PathStep>,
    ) {
        if item.kind() != Kind::Object {
            return;
        }
        let inner = match values.content {
            Content::Complex(type_id) => At { value: item, type_id, ..at },
            Content::Resource => {
                let Some(type_id) = self.type_of(item) else { return };
                // What is contained refers to its kin by the resource that holds them; an entry of a
                // Bundle is on its own.
                let holder = self.schema.definitions.type_path(at.type_id);
                let is_contained = self.schema.is_resource(at.type_id) && holder != "Parameters";
                let container = if is_contained { at.container } else { item };
                At { value: item, type_id, resource: item, container }
            }
            Content::Primitive(_) | Content::Xhtml => return,
        };
        self.object(target, inner, selections, context, path);
    }

    /// The values that the arguments leave: `fhirpath`, elements' values, then `_offset`, `_count`.
    fn filtered<'t>(
        &mut self,
        values: &Values<'t>,
        at: At<'t>,
        field: &Field,
    ) -> Result<Vec<Value<'t>>, String> {
        let (mut offset, mut count) = (0usize, usize::MAX);
        let mut items = values.items.clone();
        for argument in &field.arguments {
            let Some(wanted) = self.argument(field, &argument.name) else { continue };
            let text = wanted.text().map(str::to_owned);
            match &*argument.name {
                name @ ("_offset" | "_count") => {
                    let number = text.and_then(|text| text.parse().ok());
                    let number =
                        number.ok_or_else(|| format!("{name} is a whole number from 0"))?;
                    *(if name == "_offset" { &mut offset } else { &mut count }) = number;
                }
                "fhirpath" => {
                    let expression = text.ok_or("fhirpath is a text")?;
                    let mut kept = Vec::with_capacity(items.len());
                    for value in items {
                        let focus =
                            Focus { value, type_path: values.type_path, resource: at.resource };
                        if self.paths.holds(&expression, &focus)? {
                            kept.push(value);
                        }
                    }
                    items = kept;
                }
                name => items.retain(|item| matches(*item, name, &wanted)),
            }
        }
        let mut items: Vec<Value<'t>> = items.into_iter().skip(offset).take(count).collect();
        if field.has("first") {
            items.truncate(1);
        }
        Ok(items)
    }

    /// What `@slice` adds to names.
    fn suffix(
        &mut self,
        field: &Field,
        value: Value<'_>,
        index: usize,
        values: &Values<'_>,
        at: At<'_>,
    ) -> Result<Option<String>, String> {
        let Some(directive) = field.directive("slice") else { return Ok(None) };
        let argument = directive.arguments.first().map(|a| self.variables.resolve(&a.value));
        let expression = argument.as_ref().and_then(Input::text).ok_or("@slice needs a path")?;
        if expression == "$index" {
            return Ok(Some(format!(".{index}")));
        }
        let focus = Focus { value, type_path: values.type_path, resource: at.resource };
        Ok(Some(format!(".{}", self.paths.text(expression, &focus)?)))
    }

    /// `resource` of a Reference.
    fn reference(
        &mut self,
        target: NodeId,
        at: At<'_>,
        collected: Collected,
        context: &Context,
        path: &mut Vec<PathStep>,
    ) {
        let field = Arc::clone(&collected.field);
        let optional = self.argument(&field, "optional") == Some(Input::Bool(true));
        let types: Vec<Box<str>> = match self.argument(&field, "type") {
            Some(Input::List(types)) => {
                types.iter().filter_map(Input::text).map(Into::into).collect()
            }
            Some(single) => single.text().into_iter().map(Into::into).collect(),
            None => Vec::new(),
        };
        let hole = self.output.hole();
        let flatten = field.has("flatten");
        if flatten {
            self.output.splice(target, hole);
        } else {
            let shape = match (field.has("singleton"), context.is_list) {
                (true, _) => Shape::Singleton,
                (false, true) => Shape::List,
                (false, false) => Shape::Single,
            };
            self.output.add(target, &named(&field, context), shape, vec![hole]);
        }
        let inner = if flatten { context.clone() } else { Context::default() };
        let inner = Context { is_flat: flatten, ..inner };
        let Some(text) = at.value.text_of("reference") else {
            // Only an identifier or a display: there is nothing to follow.
            if !optional {
                let message = "the reference has no address; ask with optional: true";
                self.field_error(field.position, path, IssueCode::NotFound, message);
            }
            return;
        };
        let need = match self.target(text) {
            Some(Target::Contained(id)) => {
                self.contained(hole, at, id, &collected, &types, optional, &inner, path);
                return;
            }
            Some(Target::Stored(need)) => need,
            None => {
                if !optional {
                    let message = "the reference leads out of this server; ask with optional: true";
                    self.field_error(field.position, path, IssueCode::NotFound, message);
                }
                return;
            }
        };
        self.ask(Pending {
            need,
            purpose: Purpose::Reference { optional, types },
            hole,
            selections: collected.selections,
            context: inner,
            path: path.clone(),
            position: field.position,
        });
    }

    fn target<'t>(&self, text: &'t str) -> Option<Target<'t>> {
        let (of, id, version) = match Reference::parse(text).kind {
            ReferenceKind::Contained(id) => return Some(Target::Contained(id)),
            ReferenceKind::Relative { resource_type, id, version } => (resource_type, id, version),
            ReferenceKind::Absolute { base, target: Some((of, id)) } if *base == *self.base_url => {
                (of, id, None)
            }
            _ => return None,
        };
        let resource_type = self.schema.definitions.resource_type(of)?;
        let id = id.into();
        Some(Target::Stored(match version {
            None => Need::Read { resource_type, id },
            Some(version) => Need::ReadVersion { resource_type, id, version: version.into() },
        }))
    }

    #[expect(
        clippy::too_many_arguments,
        reason = "a step of the walk; each part changes by itself"
    )]
    fn contained(
        &mut self,
        hole: NodeId,
        at: At<'_>,
        id: &str,
        collected: &Collected,
        types: &[Box<str>],
        optional: bool,
        context: &Context,
        path: &mut Vec<PathStep>,
    ) {
        let found = if id.is_empty() {
            Some(at.container)
        } else {
            at.container.all("contained").find(|each| each.text_of("id") == Some(id))
        };
        let Some((resource, type_id)) = found.and_then(|found| Some((found, self.type_of(found)?)))
        else {
            if !optional {
                let message =
                    "the reference names nothing that is contained; ask with optional: true";
                let position = collected.field.position;
                self.field_error(position, path, IssueCode::NotFound, message);
            }
            return;
        };
        if !allows(types, resource.text_of("resourceType")) {
            return;
        }
        // A contained resource that leads to another cannot go round for ever: the query is finite.
        self.output.fill_object(hole);
        let inner = At { value: resource, type_id, resource, container: at.container };
        self.object(hole, inner, &collected.selections, context, path);
    }
}

impl Context {
    /// For the fields of an element, by its directives.
    fn below(&self, flatten: bool, is_many: bool, suffix: Option<String>) -> Context {
        Context {
            is_list: flatten && (self.is_list || is_many),
            is_flat: flatten || suffix.is_some(),
            suffix: match (suffix, flatten) {
                (Some(suffix), true) => format!("{}{suffix}", self.suffix),
                (Some(suffix), false) => suffix,
                (None, true) => self.suffix.clone(),
                (None, false) => String::new(),
            },
        }
    }
}

/// What a reference leads to.
enum Target<'t> {
    Contained(&'t str),
    Stored(Need),
}

/// Whether `type:` lets a resource through.
pub(super) fn allows(types: &[Box<str>], found: Option<&str>) -> bool {
    types.is_empty() || types.iter().any(|wanted| Some(&**wanted) == found)
}

/// Whether an element of an item has a value: any of several.
fn matches(item: Value<'_>, name: &str, wanted: &Input) -> bool {
    let wanted: Vec<&str> = match wanted {
        Input::List(items) => items.iter().filter_map(Input::text).collect(),
        single => single.text().into_iter().collect(),
    };
    item.all(name).any(|value| value.as_text().is_some_and(|text| wanted.contains(&text)))
}
