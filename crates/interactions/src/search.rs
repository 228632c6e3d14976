//! search-type: a query → a `searchset` Bundle. Spec: <https://hl7.org/fhir/R4/http.html#search>.

use ::search::{Handling, ParseOptions, Search, Summary};
use fhir::{Issue, ResourceType, operation_outcome, write_string};
use store::{SearchCursor, SearchHit, SearchHitKind};

use crate::app::App;
use crate::failure::Failure;
use crate::history::without_empty_entry;

/// How a search is run, besides its query.
#[derive(Clone, Copy, Debug)]
pub struct SearchOptions {
    /// What an unknown parameter does (`Prefer: handling=`).
    pub handling: Handling,
}

/// What a search gives.
#[derive(Debug)]
pub struct SearchAnswer {
    /// The Bundle in JSON.
    pub bundle: Vec<u8>,
    /// How many matches are on this page.
    pub matches: usize,
}

/// A link of a Bundle.
pub(crate) struct Link {
    pub(crate) relation: &'static str,
    pub(crate) url: String,
}

/// The parameter that carries a page's cursor in the `next` link.
const CURSOR: &str = "_cursor";

impl App {
    /// Searches a type; `pairs` is the decoded query, with the cursor of a `next` link in it.
    pub async fn search(
        &self,
        resource_type: ResourceType,
        pairs: &[(String, String)],
        options: SearchOptions,
    ) -> Result<SearchAnswer, Failure> {
        // What the search's parameters mean stays so until it is answered.
        let _searching = self.in_force();
        let cursor = pairs.iter().find(|(name, _)| name == CURSOR);
        let cursor = cursor.map(|(_, value)| SearchCursor(value.clone()));
        let pairs: Vec<_> = pairs.iter().filter(|(name, _)| name != CURSOR).cloned().collect();
        let (search, mut told) = self.parse_search(resource_type, &pairs, options.handling)?;
        told.extend(self.building_issues(&search).await);
        let base = format!("{}/{resource_type}", self.options.base_url);
        let used = ::search::render_query(self.definitions(), &search);
        let self_url = join_query(&base, &used, None);
        let mut links = vec![Link { relation: "self", url: self_url }];
        if search.summary == Summary::Count || search.count == 0 {
            let total = self.store.count(&search).await?;
            let mut out = open_bundle("searchset", Some(total), &links);
            if !told.is_empty() {
                out.extend_from_slice(br#","entry":["#);
                write_outcome(&told, &mut out);
                out.push(b']');
            }
            out.push(b'}');
            return Ok(SearchAnswer { bundle: out, matches: 0 });
        }
        let page = self.store.search(&search, cursor.as_ref()).await?;
        if let Some(next) = &page.next {
            links.push(Link { relation: "next", url: join_query(&base, &used, Some(&next.0)) });
        }
        let mut out = open_bundle("searchset", page.total, &links);
        out.extend_from_slice(br#","entry":["#);
        let mut any = false;
        for hit in &page.hits {
            separate(&mut any, &mut out);
            self.write_hit(hit, &search, &mut out);
        }
        if !told.is_empty() {
            separate(&mut any, &mut out);
            write_outcome(&told, &mut out);
        }
        out.extend_from_slice(b"]}");
        let matches = page.hits.iter().filter(|hit| hit.kind == SearchHitKind::Match).count();
        Ok(SearchAnswer { bundle: without_empty_entry(out, !any), matches })
    }

    /// Reads a query; what is wrong with it is the failure, what was passed over is returned.
    pub(crate) fn parse_search(
        &self,
        resource_type: ResourceType,
        pairs: &[(String, String)],
        handling: Handling,
    ) -> Result<(Search, Vec<Issue>), Failure> {
        let in_force = self.in_force();
        let options = ParseOptions {
            handling,
            count_default: self.options.page_count_default,
            count_max: self.options.page_count_max,
            base_url: self.options.base_url.clone(),
            now: self.clock.now(),
            terminology: std::sync::Arc::clone(&in_force.terminology),
        };
        ::search::parse_query(in_force.definitions, resource_type, pairs, &options)
            .map_err(Failure::invalid)
    }

    fn write_hit(&self, hit: &SearchHit, search: &Search, out: &mut Vec<u8>) {
        let key = &hit.resource.key;
        out.extend_from_slice(br#"{"fullUrl":"#);
        write_string(&format!("{}/{key}", self.options.base_url), out);
        out.extend_from_slice(br#","resource":"#);
        let body = hit.resource.body.as_deref().unwrap_or(b"null");
        crate::subset::write_subset(body, search, self.definitions(), out);
        let mode = match hit.kind {
            SearchHitKind::Match => "match",
            SearchHitKind::Include => "include",
        };
        out.extend_from_slice(format!(r#","search":{{"mode":"{mode}"}}}}"#).as_bytes());
    }
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

/// A Bundle's text up to where `entry` begins.
pub(crate) fn open_bundle(kind: &str, total: Option<u64>, links: &[Link]) -> Vec<u8> {
    let mut out = format!(r#"{{"resourceType":"Bundle","type":"{kind}""#).into_bytes();
    if let Some(total) = total {
        out.extend_from_slice(format!(r#","total":{total}"#).as_bytes());
    }
    for (index, link) in links.iter().enumerate() {
        out.extend_from_slice(if index == 0 { br#","link":["# } else { b"," });
        out.extend_from_slice(format!(r#"{{"relation":"{}","url":"#, link.relation).as_bytes());
        write_string(&link.url, &mut out);
        out.push(b'}');
    }
    if !links.is_empty() {
        out.push(b']');
    }
    out
}

fn join_query(base: &str, used: &[(String, String)], cursor: Option<&str>) -> String {
    let mut used = used.to_vec();
    used.extend(cursor.map(|cursor| (CURSOR.to_owned(), cursor.to_owned())));
    if used.is_empty() {
        base.to_owned()
    } else {
        format!("{base}?{}", ::search::encode_query(&used))
    }
}

/// A query string taken apart: `+` and percent-escapes decoded, bytes that are not UTF-8 replaced.
pub fn decode_query(query: &str) -> Vec<(String, String)> {
    query
        .split('&')
        .filter(|pair| !pair.is_empty())
        .map(|pair| {
            let (name, value) = pair.split_once('=').unwrap_or((pair, ""));
            (decode(name), decode(value))
        })
        .collect()
}

fn decode(text: &str) -> String {
    let bytes = text.as_bytes();
    let mut out = Vec::with_capacity(bytes.len());
    let mut at = 0;
    while at < bytes.len() {
        let hex = |index: usize| char::from(*bytes.get(index)?).to_digit(16);
        match (bytes[at], hex(at + 1), hex(at + 2)) {
            (b'+', ..) => out.push(b' '),
            (b'%', Some(high), Some(low)) => {
                out.push((high * 16 + low) as u8);
                at += 2;
            }
            (byte, ..) => out.push(byte),
        }
        at += 1;
    }
    String::from_utf8_lossy(&out).into_owned()
}

#[cfg(test)]
mod tests {
    use super::decode_query;

    #[test]
    fn queries_decode() {
        let cases: [(&str, &[(&str, &str)]); 6] = [
            ("", &[]),
            ("a=1&b=2", &[("a", "1"), ("b", "2")]),
            ("name=Jo+Smith&x", &[("name", "Jo Smith"), ("x", "")]),
            ("code=http%3A%2F%2Floinc.org%7C1-8", &[("code", "http://loinc.org|1-8")]),
            ("a=%zz%4", &[("a", "%zz%4")]),
            ("a=b=c&&d=%C3%A9", &[("a", "b=c"), ("d", "é")]),
        ];
        for (query, expected) in cases {
            let decoded = decode_query(query);
            let decoded: Vec<_> = decoded.iter().map(|(n, v)| (n.as_str(), v.as_str())).collect();
            assert_eq!(decoded, expected, "{query}");
        }
    }
}
