//! `_list`: the resources that a List names. Spec: <https://hl7.org/fhir/R4/search.html#list>.

use fhir::ResourceId;

use super::Context;
use super::fault::Fault;
use crate::entry::ParameterId;
use crate::expression::Expression;

/// One value of `_list`: the id of a List, alone or as `List/id`.
pub(crate) fn read(context: &Context<'_>, text: &str) -> Result<Expression, Fault> {
    if text.starts_with('$') {
        return Err(
            "names a list that the server would have to keep current, and none is kept here; \
                    write the id of a List resource"
                .into(),
        );
    }
    let id = text.strip_prefix("List/").unwrap_or(text);
    let Some(id) = ResourceId::parse(id) else {
        return Err("is no id of a List; an id has 1 to 64 letters, digits, - or .".into());
    };
    let source = context.definitions.resource_type("List");
    let item = source.and_then(|list| context.definitions.search_parameter(list, "item"));
    let (Some(source), Some(item)) = (source, item) else {
        return Err("cannot be looked up: the definitions in force have no List.item".into());
    };
    let (parameter, inner) = (ParameterId(item.id), Box::new(Expression::Id(vec![id])));
    Ok(Expression::Has { source, parameter, inner })
}
