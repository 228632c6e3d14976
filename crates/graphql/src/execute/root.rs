//! Fields whose values are not at hand: reads, searches, mutations; arguments → needs.

use fhir::{IssueCode, ResourceType};

use super::{Collected, Context, Execution, Pending, Purpose};
use crate::cursor::Cursor;
use crate::document::{Field, Input, Selections};
use crate::error::PathStep;
use crate::need::{Need, SearchNeed};
use crate::output::{NodeId, Shape};
use crate::schema::{FieldKind, ObjectType};

/// Why arguments make no sense.
type Refused = (IssueCode, String);

/// Arguments that are no search parameters.
const NOT_PARAMETERS: [&str; 5] = ["_count", "_offset", "_cursor", "_reference", "fhirpath"];

impl Execution {
    /// The fields of a query or mutation.
    pub(super) fn root_fields(&mut self, root_type: ObjectType, selections: &[Selections]) {
        let type_name = self.schema.name(root_type);
        let root = self.root;
        for collected in self.collect(&type_name, selections) {
            let Some(kind) = self.schema.field(root_type, &collected.field.name) else { continue };
            let path = [PathStep::Name(collected.field.key().into())];
            let context = Context::default();
            match kind {
                FieldKind::TypeName => {
                    let name = self.output.string(&type_name);
                    self.output.add(root, collected.field.key(), Shape::Single, vec![name]);
                }
                FieldKind::IntrospectSchema | FieldKind::IntrospectType => {
                    self.introspect(root, kind, &collected);
                }
                _ => self.fetch(root, kind, collected, None, &context, &path),
            }
        }
    }

    /// Asks for what a field names; `source` is the resource that the field stands in.
    pub(super) fn fetch(
        &mut self,
        target: NodeId,
        kind: FieldKind<'_>,
        collected: Collected,
        source: Option<&str>,
        context: &Context,
        path: &[PathStep],
    ) {
        let field = &collected.field;
        let (need, purpose) = match self.need(kind, &collected, source) {
            Ok(asked) => asked,
            Err((code, message)) => {
                self.output.add(target, &named(field, context), Shape::Single, Vec::new());
                return self.field_error(field.position, path, code, message);
            }
        };
        let hole = self.output.hole();
        let is_list = matches!(purpose, Purpose::List { .. });
        let mut inner = Context::default();
        if field.has("flatten") {
            inner = Context {
                is_list: context.is_list || is_list,
                is_flat: true,
                suffix: context.suffix.clone(),
            };
            self.output.splice(target, hole);
        } else {
            let shape = if field.has("singleton") {
                Shape::Singleton
            } else if is_list && !field.has("first") {
                Shape::Found
            } else if context.is_list {
                Shape::List
            } else {
                Shape::Single
            };
            self.output.add(target, &named(field, context), shape, vec![hole]);
        }
        let is_mutation = matches!(purpose, Purpose::Mutation { .. });
        let pending = Pending {
            need,
            purpose,
            hole,
            context: inner,
            path: path.to_vec(),
            position: field.position,
            selections: collected.selections,
        };
        if is_mutation {
            self.mutations.push_back(pending);
        } else {
            self.ask(pending);
        }
    }

    fn need(
        &self,
        kind: FieldKind<'_>,
        collected: &Collected,
        source: Option<&str>,
    ) -> Result<(Need, Purpose), Refused> {
        let field = &collected.field;
        let mutation = |of| Purpose::Mutation { of };
        match kind {
            FieldKind::Read(resource_type) => {
                Ok((Need::Read { resource_type, id: self.id(field)? }, Purpose::Read))
            }
            FieldKind::List(of) => self.list(of, field, None),
            FieldKind::Connection(of) => self.connection(of, collected, None),
            FieldKind::ReverseList(of) => {
                self.list(of, field, Some(self.reverse(of, field, source)?))
            }
            FieldKind::ReverseConnection(of) => {
                let pair = self.reverse(of, field, source)?;
                self.connection(of, collected, Some(pair))
            }
            FieldKind::Create(resource_type) => {
                let body = self.body(resource_type, field, None)?;
                Ok((
                    Need::Create { resource_type, body },
                    mutation(ObjectType::Created(resource_type)),
                ))
            }
            FieldKind::Update(resource_type) => {
                let id = self.id(field)?;
                let body = self.body(resource_type, field, Some(&id))?;
                let purpose = mutation(ObjectType::Updated(resource_type));
                Ok((Need::Update { resource_type, id, body }, purpose))
            }
            FieldKind::Delete(resource_type) => {
                let need = Need::Delete { resource_type, id: self.id(field)? };
                Ok((need, mutation(ObjectType::Deleted(resource_type))))
            }
            _ => Err((IssueCode::Exception, format!("{} is nothing to ask for", field.name))),
        }
    }

    fn id(&self, field: &Field) -> Result<Box<str>, Refused> {
        match self.argument(field, "id") {
            Some(Input::String(id) | Input::Number(id) | Input::Enum(id)) => Ok(id),
            _ => Err((IssueCode::Value, format!("{} needs an id", field.name))),
        }
    }

    /// The resource of a mutation; what the field's name says already may be left out.
    fn body(&self, of: ResourceType, field: &Field, id: Option<&str>) -> Result<Vec<u8>, Refused> {
        let given = self.argument(field, "res").or_else(|| self.argument(field, "resource"));
        let Some(Input::Object(mut members)) = given else {
            return Err((IssueCode::Value, format!("{} needs a resource as res", field.name)));
        };
        if !members.iter().any(|(name, _)| &**name == "resourceType") {
            members.insert(0, ("resourceType".into(), Input::String(of.as_str().into())));
        }
        if let Some(id) = id
            && !members.iter().any(|(name, _)| &**name == "id")
        {
            members.insert(1, ("id".into(), Input::String(id.into())));
        }
        let mut body = Vec::new();
        Input::Object(members).write_json(&mut body);
        Ok(body)
    }

    /// The search parameter that leads back to the resource around the field.
    fn reverse(
        &self,
        of: ResourceType,
        field: &Field,
        source: Option<&str>,
    ) -> Result<(String, String), Refused> {
        let name = self.argument_text(field, "_reference").unwrap_or_default();
        let parameter = self.schema.reference(of, &name).ok_or_else(|| {
            let message = format!("_reference names no search parameter of {of} for references");
            (IssueCode::Invalid, message)
        })?;
        let source = source.ok_or_else(|| {
            (IssueCode::NotSupported, format!("{} needs a resource with an id", field.name))
        })?;
        Ok((parameter.code.to_owned(), source.to_owned()))
    }

    /// The arguments of a search as its query.
    fn pairs(
        &self,
        of: ResourceType,
        field: &Field,
        reverse: Option<(String, String)>,
    ) -> Result<Vec<(String, String)>, Refused> {
        let mut pairs: Vec<(String, String)> = reverse.into_iter().collect();
        for argument in &field.arguments {
            if NOT_PARAMETERS.contains(&&*argument.name) {
                continue;
            }
            let Some(value) = self.argument(field, &argument.name) else { continue };
            let name =
                self.schema.parameter(of, &argument.name).map_or(&*argument.name, |p| p.code);
            // A list is any of its values, as a comma is in a URL.
            let text = match &value {
                Input::List(items) => {
                    let texts: Option<Vec<&str>> = items.iter().map(Input::text).collect();
                    texts.map(|texts| texts.join(","))
                }
                single => single.text().map(str::to_owned),
            };
            let text = text.ok_or_else(|| {
                (IssueCode::Value, format!("{} is a text or a list of texts", argument.name))
            })?;
            pairs.push((name.to_owned(), text));
        }
        Ok(pairs)
    }

    fn number(&self, field: &Field, name: &str) -> Result<Option<usize>, Refused> {
        let Some(value) = self.argument(field, name) else { return Ok(None) };
        let number = value.text().and_then(|text| text.parse().ok());
        let wrong = || (IssueCode::Value, format!("{name} is a whole number from 0"));
        Ok(Some(number.ok_or_else(wrong)?))
    }

    fn list(
        &self,
        of: ResourceType,
        field: &Field,
        reverse: Option<(String, String)>,
    ) -> Result<(Need, Purpose), Refused> {
        let most = self.limits.matches_max;
        let skip = self.number(field, "_offset")?.unwrap_or(0);
        let count = self.number(field, "_count")?;
        if skip.saturating_add(count.unwrap_or(0)) > most {
            let message = format!("_offset and _count reach {most} matches at the most");
            return Err((IssueCode::TooCostly, message));
        }
        let search = SearchNeed {
            resource_type: of,
            pairs: self.pairs(of, field, reverse)?,
            skip,
            count: count.unwrap_or(most - skip),
            place: None,
            wants_total: false,
        };
        let fhirpath = self.argument_text(field, "fhirpath");
        Ok((
            Need::Search(search),
            Purpose::List { fhirpath, is_whole: count.is_none(), is_first: field.has("first") },
        ))
    }

    fn connection(
        &self,
        of: ResourceType,
        collected: &Collected,
        reverse: Option<(String, String)>,
    ) -> Result<(Need, Purpose), Refused> {
        let field = &collected.field;
        let own = usize::from(reverse.is_some());
        let pairs = self.pairs(of, field, reverse)?;
        let most = self.limits.matches_max;
        let size = self.number(field, "_count")?;
        let mut cursor = Cursor {
            offset: self.number(field, "_offset")?.unwrap_or(0),
            size: size.unwrap_or(self.limits.page_default).min(most),
            place: None,
            pairs,
        };
        if let Some(text) = self.argument_text(field, "_cursor") {
            let read = Cursor::read(&text)
                .ok_or_else(|| (IssueCode::Value, "_cursor is none of this server's".to_owned()))?;
            let same = cursor.pairs == read.pairs
                || (cursor.pairs.len() == own && read.pairs.starts_with(&cursor.pairs));
            if !same || size.is_some_and(|size| size != read.size) {
                let message = "_cursor belongs to another search; leave the other arguments out";
                return Err((IssueCode::Value, message.to_owned()));
            }
            cursor = read;
        }
        let skip = if cursor.place.is_some() { 0 } else { cursor.offset };
        if skip.saturating_add(cursor.size) > most {
            let message =
                format!("_offset and _count reach {most} matches at the most; follow next");
            return Err((IssueCode::TooCostly, message));
        }
        let parts =
            self.collect(&self.schema.name(ObjectType::Connection(of)), &collected.selections);
        let search = SearchNeed {
            resource_type: of,
            pairs: cursor.pairs.clone(),
            skip,
            count: cursor.size,
            place: cursor.place.clone(),
            wants_total: parts.iter().any(|part| matches!(&*part.field.name, "count" | "last")),
        };
        let fhirpath = self.argument_text(field, "fhirpath");
        Ok((Need::Search(search), Purpose::Connection { of, cursor, fhirpath }))
    }
}

/// A field's name in the answer.
pub(super) fn named(field: &Field, context: &Context) -> String {
    format!("{}{}", field.key(), context.suffix)
}
