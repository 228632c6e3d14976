//! `_elements` and `_summary`: a resource with part of its elements, tagged SUBSETTED.
//! Spec: <https://hl7.org/fhir/R4/search.html#elements>, <https://hl7.org/fhir/R4/search.html#summary>.

use ::search::{Search, Summary};
use definitions::Definitions;
use fhir::{Edit, Tree, Value};

const SUBSETTED: &str =
    r#"{"system":"http://terminology.hl7.org/CodeSystem/v3-ObservationValue","code":"SUBSETTED"}"#;

/// Appends a resource as the search wants it shown; whole resources are copied byte for byte.
pub(crate) fn write_subset(
    body: &[u8],
    search: &Search,
    definitions: &Definitions,
    out: &mut Vec<u8>,
) {
    let whole =
        search.elements.is_empty() && matches!(search.summary, Summary::False | Summary::Count);
    if whole {
        return out.extend_from_slice(body);
    }
    let Ok(tree) = Tree::parse(body) else { return out.extend_from_slice(body) };
    let root = tree.root();
    let type_name = tree.resource_type().unwrap_or("");
    let keep = |member: Value<'_>| {
        let name = member.name().trim_start_matches('_');
        let always = matches!(name, "resourceType" | "id" | "meta");
        let element = definitions.element(type_name, name).map(|child| child.definition);
        let mandatory = || element.is_some_and(|element| element.min > 0);
        always
            || match search.summary {
                Summary::True => element.is_some_and(|element| element.is_summary),
                Summary::Text => name == "text" || mandatory(),
                Summary::Data => name != "text",
                Summary::False | Summary::Count => {
                    search.elements.iter().any(|element| &**element == name) || mandatory()
                }
            }
    };
    let mut first = true;
    out.push(b'{');
    for member in root.members().filter(|member| keep(*member)) {
        if !first {
            out.push(b',');
        }
        first = false;
        fhir::write_string(member.name(), out);
        out.push(b':');
        if member.name() == "meta" {
            write_tagged_meta(member, out);
        } else {
            member.write_compact(out);
        }
    }
    out.push(b'}');
}

fn write_tagged_meta(meta: Value<'_>, out: &mut Vec<u8>) {
    let Some(tags) = meta.get("tag") else {
        meta.write_compact(out);
        if out.last() == Some(&b'}') {
            out.pop();
            out.extend_from_slice(format!(r#","tag":[{SUBSETTED}]}}"#).as_bytes());
        }
        return;
    };
    let mut all = Vec::new();
    tags.write_compact(&mut all);
    all.pop();
    all.extend_from_slice(format!(",{SUBSETTED}]").as_bytes());
    let replacement = String::from_utf8(all).unwrap_or_default();
    meta.write_edited(out, &mut |value| {
        if value.index() == tags.index() { Edit::Replace(replacement.clone()) } else { Edit::Keep }
    });
}
