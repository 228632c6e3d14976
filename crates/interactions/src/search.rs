//! Searches of a type, of all types and of a compartment: a query → a `searchset` Bundle.
//! Spec: <https://hl7.org/fhir/R4/http.html#search>.

use ::search::{CompartmentOf, Explain, Handling, ParseOptions, Search, Summary};
use fhir::{Issue, IssueCode, ResourceType, Severity, Tree, operation_outcome, write_string};
use store::{SearchCursor, SearchHit, SearchHitKind};

use crate::app::App;
use crate::failure::Failure;
use crate::history::without_empty_entry;

/// What is searched.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum SearchScope {
    /// `GET [base]`: all types, or those of `_type`.
    System,
    /// `GET [type]`
    Type(ResourceType),
    /// `GET Patient/1/Observation`; without a type, `GET Patient/1/*`.
    Compartment(CompartmentOf, Option<ResourceType>),
}

impl From<ResourceType> for SearchScope {
    fn from(resource_type: ResourceType) -> SearchScope {
        SearchScope::Type(resource_type)
    }
}

impl SearchScope {
    /// The path below the base.
    fn path(&self) -> String {
        match self {
            SearchScope::System => String::new(),
            SearchScope::Type(resource_type) => format!("/{resource_type}"),
            SearchScope::Compartment(compartment, member) => {
                let member = member.map_or("*", |member| member.as_str());
                format!("/{}/{}/{member}", compartment.resource_type, compartment.id)
            }
        }
    }
}

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

/// Branches of a search that are written out in its explanation at the most.
const EXPLAINED_BRANCHES_MAX: usize = 5;

impl App {
    /// Searches; `pairs` is the decoded query, with the cursor of a `next` link in it.
    pub async fn search(
        &self,
        scope: impl Into<SearchScope>,
        pairs: &[(String, String)],
        options: SearchOptions,
    ) -> Result<SearchAnswer, Failure> {
        let cursor = pairs.iter().find(|(name, _)| name == CURSOR);
        let cursor = cursor.map(|(_, value)| SearchCursor(value.clone()));
        let pairs: Vec<_> = pairs.iter().filter(|(name, _)| name != CURSOR).cloned().collect();
        let scope = scope.into();
        let (search, mut told) = self.parse_scope(&scope, &pairs, options.handling)?;
        told.extend(self.building_issues(&search).await);
        if search.explain {
            told.extend(self.explanation(&search).await?);
        }
        let base = format!("{}{}", self.options.base_url, scope.path());
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
        if page.includes_cut {
            told.push(Issue::warning(
                IssueCode::TooCostly,
                "_include",
                "there is more to include than a page holds, some is left out; ask for fewer matches on a \
                 page (_count) or fewer includes",
            ));
        }
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

    /// How a search is run, in words, SQL and figures: an issue a step.
    async fn explanation(&self, search: &Search) -> Result<Vec<Issue>, Failure> {
        let told = |message: String| Issue {
            severity: Severity::Information,
            code: IssueCode::Informational,
            message,
            expression: Some("_explain".to_owned()),
        };
        let definitions = self.definitions();
        let asked = search.branches.iter().map(|branch| {
            let tree = Explain { definitions, expression: &branch.filter };
            told(format!("{} where\n{tree}", branch.resource_type))
        });
        // A search of all types has as many branches; what is asked is the same of each.
        let asked: Vec<Issue> = asked.take(EXPLAINED_BRANCHES_MAX).collect();
        let explanation = self.store.explain(search).await?;
        let steps = explanation.steps.into_iter().map(|step| {
            let estimated =
                step.estimated_rows.map_or_else(|| "unknown".to_owned(), |rows| rows.to_string());
            told(format!(
                "{}\nrows: {estimated} estimated, {} read; {:.3} ms\n{}\n{}",
                step.words,
                step.actual_rows,
                step.took.as_secs_f64() * 1e3,
                step.sql,
                step.plan.join("\n"),
            ))
        });
        Ok(asked.into_iter().chain(steps).collect())
    }

    /// Reads the query of a type.
    pub(crate) fn parse_search(
        &self,
        resource_type: ResourceType,
        pairs: &[(String, String)],
        handling: Handling,
    ) -> Result<(Search, Vec<Issue>), Failure> {
        self.parse_scope(&resource_type.into(), pairs, handling)
    }

    /// Reads a query; what is wrong with it is the failure, what was passed over is returned.
    fn parse_scope(
        &self,
        scope: &SearchScope,
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
        let definitions = in_force.definitions;
        match scope {
            SearchScope::System => ::search::parse_system_query(definitions, pairs, &options),
            SearchScope::Type(resource_type) => {
                ::search::parse_query(definitions, *resource_type, pairs, &options)
            }
            SearchScope::Compartment(compartment, member) => ::search::parse_compartment_query(
                definitions,
                compartment,
                *member,
                pairs,
                &options,
            ),
        }
        .map_err(Failure::invalid)
    }

    fn write_hit(&self, hit: &SearchHit, search: &Search, out: &mut Vec<u8>) {
        let key = &hit.resource.key;
        let body = hit.resource.body.as_deref().unwrap_or(b"null");
        let inner = hit.contained.as_ref().map(|(_, id)| (id, contained_body(body, id)));
        out.extend_from_slice(br#"{"fullUrl":"#);
        let fragment = inner.as_ref().map(|(id, _)| format!("#{id}")).unwrap_or_default();
        write_string(&format!("{}/{key}{fragment}", self.options.base_url), out);
        out.extend_from_slice(br#","resource":"#);
        let body = inner.as_ref().and_then(|(_, inner)| inner.as_deref()).unwrap_or(body);
        crate::subset::write_subset(body, search, self.definitions(), out);
        let mode = match hit.kind {
            SearchHitKind::Match => "match",
            SearchHitKind::Include => "include",
        };
        out.extend_from_slice(format!(r#","search":{{"mode":"{mode}"}}}}"#).as_bytes());
    }
}

/// The resource of this id that a resource contains.
fn contained_body(container: &[u8], id: &str) -> Option<Vec<u8>> {
    let tree = Tree::parse(container).ok()?;
    let has_id = |inner: &fhir::Value<'_>| {
        inner.text_of("id").is_some_and(|text| text.trim_start_matches('#') == id)
    };
    let inner = tree.root().all("contained").find(has_id)?;
    let mut out = Vec::new();
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
