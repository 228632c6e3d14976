//! The answer to a search: a Bundle of matches, of what they include, and of what is to be told.
//! Spec: <https://hl7.org/fhir/R4/bundle.html#searchset>.

use ::search::Search;
use fhir::{Issue, ResourceType, Tree, operation_outcome, write_string};
use store::{SearchHit, SearchHitKind};

use super::{Link, open_bundle};
use crate::app::App;
use crate::history::without_empty_entry;
use crate::subset::write_subset;

/// The Bundle in JSON.
pub(super) fn bundle(
    app: &App,
    search: &Search,
    total: Option<u64>,
    links: &[Link],
    hits: &[SearchHit],
    told: &[Issue],
) -> Vec<u8> {
    let mut out = open_bundle("searchset", total, links);
    out.extend_from_slice(br#","entry":["#);
    let mut any = false;
    for hit in hits {
        separate(&mut any, &mut out);
        write_hit(app, hit, search, &mut out);
    }
    if !told.is_empty() {
        separate(&mut any, &mut out);
        write_outcome(told, &mut out);
    }
    out.extend_from_slice(b"]}");
    without_empty_entry(out, !any)
}

fn write_hit(app: &App, hit: &SearchHit, search: &Search, out: &mut Vec<u8>) {
    let mut url = format!("{}/{}", app.options.base_url, hit.resource.key);
    let body = hit.resource.body.as_deref().unwrap_or(b"null");
    let inner = hit.contained.as_ref().and_then(|(resource_type, local)| {
        url.push('#');
        url.push_str(local);
        contained(body, *resource_type, local)
    });
    out.extend_from_slice(br#"{"fullUrl":"#);
    write_string(&url, out);
    out.extend_from_slice(br#","resource":"#);
    write_subset(inner.as_deref().unwrap_or(body), search, app.definitions(), out);
    let mode = match hit.kind {
        SearchHitKind::Match => "match",
        SearchHitKind::Include => "include",
    };
    out.extend_from_slice(format!(r#","search":{{"mode":"{mode}"}}}}"#).as_bytes());
}

/// The resource of this type and local id in another.
fn contained(body: &[u8], resource_type: ResourceType, local: &str) -> Option<Vec<u8>> {
    let tree = Tree::parse(body).ok()?;
    let inner = tree.root().all("contained").find(|each| {
        let id = each.text_of("id").unwrap_or("");
        id.trim_start_matches('#') == local
            && each.text_of("resourceType") == Some(resource_type.as_str())
    })?;
    let mut out = Vec::with_capacity(inner.span().len());
    inner.write_compact(&mut out);
    Some(out)
}

fn separate(any: &mut bool, out: &mut Vec<u8>) {
    if *any {
        out.push(b',');
    }
    *any = true;
}

fn write_outcome(issues: &[Issue], out: &mut Vec<u8>) {
    out.extend_from_slice(br#"{"resource":"#);
    out.extend_from_slice(&operation_outcome(issues));
    out.extend_from_slice(br#","search":{"mode":"outcome"}}"#);
}
