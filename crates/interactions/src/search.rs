//! search on three levels: a query → a `searchset` Bundle.
//! Spec: <https://hl7.org/fhir/R4/http.html#search>.
//!
//! `answer` writes the Bundle, `explanation` what `_explain` adds to it.

mod answer;
mod explanation;

use ::search::{CompartmentOf, Handling, IncludeTarget, Search, Summary, parse_compartment_query};
use fhir::{Issue, IssueCode, ResourceType, write_string};
use store::{ResourceKey, SearchCursor, SearchHitKind};

use crate::app::App;
use crate::failure::Failure;

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

/// Which resources a search looks at.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum SearchScope {
    /// Those of all types, or of those that `_type` names: `GET [base]?…`.
    System,
    /// Those of a type: `GET Patient?…`.
    Type(ResourceType),
    /// Those of a compartment, of one type or of all: `GET Patient/1/Observation?…`, `GET Patient/1/*`.
    Compartment {
        /// What the compartment is around.
        owner: ResourceKey,
        /// The type; `None` is all.
        member: Option<ResourceType>,
    },
}

impl SearchScope {
    /// Its address below the base.
    fn path(&self) -> String {
        match self {
            SearchScope::System => String::new(),
            SearchScope::Type(resource_type) => format!("/{resource_type}"),
            SearchScope::Compartment { owner, member } => {
                format!("/{owner}/{}", member.map_or("*", ResourceType::as_str))
            }
        }
    }
}

impl App {
    /// Searches a type; `pairs` is the decoded query, with the cursor of a `next` link in it.
    pub async fn search(
        &self,
        resource_type: ResourceType,
        pairs: &[(String, String)],
        options: SearchOptions,
    ) -> Result<SearchAnswer, Failure> {
        self.search_in(&SearchScope::Type(resource_type), pairs, options).await
    }

    /// Searches a type, all types, or a compartment.
    pub async fn search_in(
        &self,
        scope: &SearchScope,
        pairs: &[(String, String)],
        options: SearchOptions,
    ) -> Result<SearchAnswer, Failure> {
        // What the search's parameters mean stays so until it is answered.
        let _searching = self.in_force();
        let cursor = pairs.iter().find(|(name, _)| name == CURSOR);
        let cursor = cursor.map(|(_, value)| SearchCursor(value.clone()));
        let pairs: Vec<_> = pairs.iter().filter(|(name, _)| name != CURSOR).cloned().collect();
        let (search, mut told) = self.parse_search_in(scope, &pairs, options.handling)?;
        told.extend(self.building_issues(&search).await);
        if search.explain {
            told.extend(explanation::of(self, &search).await?);
        }
        let base = format!("{}{}", self.options.base_url, scope.path());
        let used = ::search::render_query(self.definitions(), &search);
        let url = |cursor: Option<&SearchCursor>| {
            join_query(&base, &used, cursor.map(|cursor| cursor.0.as_str()))
        };
        let mut links = vec![Link { relation: "self", url: url(cursor.as_ref()) }];
        if search.summary == Summary::Count || search.count == 0 {
            let total = self.store.count(&search).await?;
            let bundle = answer::bundle(self, &search, Some(total), &links, &[], &told);
            return Ok(SearchAnswer { bundle, matches: 0 });
        }
        let page = self.store.search(&search, cursor.as_ref()).await?;
        if cursor.is_some() || page.next.is_some() {
            links.push(Link { relation: "first", url: url(None) });
        }
        if let Some(next) = &page.next {
            links.push(Link { relation: "next", url: url(Some(next)) });
        }
        if page.includes_cut {
            told.push(includes_cut(&search));
        }
        let matches = page.hits.iter().filter(|hit| hit.kind == SearchHitKind::Match).count();
        let bundle = answer::bundle(self, &search, page.total, &links, &page.hits, &told);
        Ok(SearchAnswer { bundle, matches })
    }

    /// Reads a query; what is wrong with it is the failure, what was passed over is returned.
    pub(crate) fn parse_search(
        &self,
        resource_type: ResourceType,
        pairs: &[(String, String)],
        handling: Handling,
    ) -> Result<(Search, Vec<Issue>), Failure> {
        self.parse_search_in(&SearchScope::Type(resource_type), pairs, handling)
    }

    fn parse_search_in(
        &self,
        scope: &SearchScope,
        pairs: &[(String, String)],
        handling: Handling,
    ) -> Result<(Search, Vec<Issue>), Failure> {
        let in_force = self.in_force();
        let options = self.parse_options(handling);
        let definitions = in_force.definitions;
        match scope {
            SearchScope::System => ::search::parse_system_query(definitions, pairs, &options),
            SearchScope::Type(resource_type) => {
                ::search::parse_query(definitions, *resource_type, pairs, &options)
            }
            SearchScope::Compartment { owner, member } => {
                let (resource_type, id) = (owner.resource_type, owner.id.clone());
                let compartment = CompartmentOf { resource_type, id };
                let (member, pairs) = (*member, pairs);
                parse_compartment_query(definitions, &compartment, member, pairs, &options)
            }
        }
        .map_err(Failure::invalid)
    }
}

/// What is said where a page's includes were too many.
fn includes_cut(search: &Search) -> Issue {
    let reverse = search.includes.iter().any(|each| each.target == IncludeTarget::Reverse);
    let name = if reverse { "_revinclude" } else { "_include" };
    Issue::warning(
        IssueCode::Incomplete,
        name,
        "more resources are included than a page holds, and some are left out; ask for fewer matches \
         on a page with _count, or for fewer includes",
    )
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

/// Whether a query's bytes are text; where they are not, the failure that says so.
pub fn check_query(query: &str) -> Result<(), Failure> {
    if !query.contains('%') || std::str::from_utf8(&decode_bytes(query)).is_ok() {
        return Ok(());
    }
    let bad = |pair: &&str| std::str::from_utf8(&decode_bytes(pair)).is_err();
    let name = query.split('&').find(bad).and_then(|pair| pair.split('=').next()).unwrap_or("");
    Err(Failure::new(
        crate::failure::Category::Invalid,
        fhir::IssueCode::Value,
        decode(name),
        "the parameter's percent-escapes are not utf-8; encode it as utf-8",
    ))
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
    String::from_utf8_lossy(&decode_bytes(text)).into_owned()
}

fn decode_bytes(text: &str) -> Vec<u8> {
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
    out
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
