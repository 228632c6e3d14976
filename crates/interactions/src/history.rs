//! history on three levels. Spec: <https://hl7.org/fhir/R4/http.html#history>.

use fhir::{
    IssueCode, PartialDate, Reference, ReferenceKind, ResourceId, Tree, VersionId, format_instant,
    write_string,
};
use store::{HistoryPage, HistoryScope, Method, ResourceKey, Stored};

use crate::app::App;
use crate::failure::{Category, Failure};
use crate::search::{Link, open_bundle};

/// The parameters of a history request.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct HistoryQuery {
    /// `_count`; with 0 the total alone is answered.
    pub count: Option<usize>,
    /// `_since`, first instant.
    pub since: Option<i64>,
    /// `_at`, its range.
    pub at: Option<(i64, i64)>,
    /// `_at` as the client wrote it, for the links of pages.
    pub at_text: String,
    /// `_list`: the id of a List, whose resources alone are looked at.
    pub list: Option<ResourceId>,
    /// Where the page begins, from the `next` link.
    pub before: Option<u64>,
}

impl HistoryQuery {
    /// Takes the parameters from a decoded query; an unknown one is a failure.
    pub fn parse(pairs: &[(String, String)]) -> Result<HistoryQuery, Failure> {
        let mut query = HistoryQuery::default();
        for (index, (name, value)) in pairs.iter().enumerate() {
            let refused = |code, message: String| {
                Failure::new(Category::Invalid, code, name.clone(), message)
            };
            let bad = |what: &str| refused(IssueCode::Value, format!("{name} must be {what}"));
            if matches!(name.as_str(), "_format" | "_pretty") {
                continue;
            }
            if pairs[..index].iter().any(|(earlier, _)| earlier == name) {
                let message = format!("{name} is given more than once; give it once");
                return Err(refused(IssueCode::Invalid, message));
            }
            let date = || PartialDate::parse(value);
            match name.as_str() {
                "_count" => {
                    let count = ::search::page_count(value);
                    query.count = Some(count.ok_or_else(|| bad("a whole number"))?);
                }
                "_since" => {
                    query.since = Some(date().ok_or_else(|| bad("an instant"))?.low);
                }
                "_at" => {
                    let range = date().ok_or_else(|| bad("a date or time"))?;
                    query.at = Some((range.low, range.high));
                    query.at_text.clone_from(value);
                }
                "_list" => {
                    let id = value.strip_prefix("List/").unwrap_or(value);
                    let id = ResourceId::parse(id).ok_or_else(|| bad("the id of a List"))?;
                    query.list = Some(id);
                }
                "_before" => {
                    query.before = Some(value.parse().map_err(|_| bad("taken from a next link"))?);
                }
                _ => {
                    let shown: String = name.chars().take(40).collect();
                    let message = format!(
                        "{shown:?} is no parameter of history; it takes _count, _since, _at, _list"
                    );
                    return Err(refused(IssueCode::NotSupported, message));
                }
            }
        }
        if query.since.is_some() && query.at.is_some() {
            return Err(Failure::new(
                Category::Invalid,
                IssueCode::Invalid,
                "_at",
                "_since and _at cannot be used together; give one",
            ));
        }
        Ok(query)
    }

    fn pairs(&self, count: usize, before: Option<u64>) -> Vec<(String, String)> {
        let mut pairs = vec![("_count".to_owned(), count.to_string())];
        let mut push = |name: &str, value: String| pairs.push((name.to_owned(), value));
        if self.at.is_some() {
            push("_at", self.at_text.clone());
        }
        if let Some(since) = self.since {
            push("_since", format_instant(since));
        }
        if let Some(list) = &self.list {
            push("_list", list.to_string());
        }
        if let Some(before) = before {
            push("_before", before.to_string());
        }
        pairs
    }
}

/// A number of versions; one too great to hold is greater than the most, too.
impl App {
    /// A page of versions, newest first, as a `history` Bundle in JSON.
    pub async fn history(
        &self,
        scope: &HistoryScope,
        query: &HistoryQuery,
    ) -> Result<Vec<u8>, Failure> {
        let count =
            query.count.unwrap_or(self.options.page_count_default).min(self.options.page_count_max);
        let page = HistoryPage {
            count,
            before: query.before,
            since: query.since,
            until: query.at.map(|(_, high)| high),
        };
        let base = &self.options.base_url;
        let path = match scope {
            HistoryScope::System | HistoryScope::Among(_) => format!("{base}/_history"),
            HistoryScope::Type(resource_type) => format!("{base}/{resource_type}/_history"),
            HistoryScope::Instance(key) => format!("{base}/{key}/_history"),
        };
        let listed = self.listed(scope, query).await?;
        let within = listed.as_ref().unwrap_or(scope);
        let history = match query.at {
            Some((low, _)) => self.store.history_of_current(within, page, low).await?,
            None => self.store.history(within, page).await?,
        };
        if let HistoryScope::Instance(key) = scope
            && history.total == 0
            && self.store.read(key).await?.is_none()
        {
            return Err(Failure::not_found(key));
        }
        let url = |before| {
            let pairs = query.pairs(count, before);
            format!("{path}?{}", ::search::encode_query(&pairs))
        };
        let mut links = vec![Link { relation: "self", url: url(query.before) }];
        // A page of nothing would be followed by another one for ever.
        if let Some(next) = history.next.filter(|_| count > 0) {
            links.push(Link { relation: "next", url: url(Some(next)) });
        }
        let mut out = open_bundle("history", Some(history.total), &links);
        out.extend_from_slice(br#","entry":["#);
        for (index, version) in history.versions.iter().enumerate() {
            if index > 0 {
                out.push(b',');
            }
            let created = self.has_created(version, &history.versions).await?;
            write_entry(version, created, base, &mut out);
        }
        out.extend_from_slice(b"]}");
        Ok(without_empty_entry(out, history.versions.is_empty()))
    }

    /// The resources of `_list` that are in the scope.
    async fn listed(
        &self,
        scope: &HistoryScope,
        query: &HistoryQuery,
    ) -> Result<Option<HistoryScope>, Failure> {
        let Some(id) = &query.list else { return Ok(None) };
        let refused =
            |category, code, message: String| Failure::new(category, code, "_list", message);
        let only = match scope {
            HistoryScope::System | HistoryScope::Among(_) => None,
            HistoryScope::Type(resource_type) => Some(*resource_type),
            HistoryScope::Instance(_) => {
                let message = "_list is of the history of a type or of everything";
                let (category, code) = (Category::Invalid, IssueCode::NotSupported);
                return Err(refused(category, code, message.to_owned()));
            }
        };
        let list = ResourceKey { resource_type: self.resource_type("List")?, id: id.clone() };
        let stored = self.read(&list).await.map_err(|failure| {
            let gone = matches!(failure.category, Category::NotFound | Category::Gone);
            let message = format!("there is no {list} to take resources from");
            if gone { refused(Category::NotFound, IssueCode::NotFound, message) } else { failure }
        })?;
        let body = stored.body.as_deref().unwrap_or_default();
        let tree = Tree::parse(body).map_err(|_| {
            let message = format!("{list} cannot be read");
            refused(Category::Fault, IssueCode::Exception, message)
        })?;
        let mut keys = Vec::new();
        for entry in tree.root().all("entry") {
            let reference = entry.at("item.reference").and_then(fhir::Value::as_str);
            keys.extend(
                reference
                    .and_then(|text| self.key_of(text))
                    .filter(|key| only.is_none_or(|only| only == key.resource_type)),
            );
        }
        keys.sort_unstable();
        keys.dedup();
        Ok(Some(HistoryScope::Among(keys)))
    }

    /// The resource of this server that a reference's text names.
    fn key_of(&self, text: &str) -> Option<ResourceKey> {
        let ReferenceKind::Relative { resource_type: type_name, id, .. } =
            Reference::parse(text).kind
        else {
            let (resource_type, id) = self.local_target(text)?;
            return Some(ResourceKey { resource_type, id });
        };
        let resource_type = self.definitions().resource_type(type_name)?;
        Some(ResourceKey { resource_type, id: ResourceId::parse(id)? })
    }

    /// Whether a version brought its resource into being, for the first time or after a deletion.
    async fn has_created(&self, version: &Stored, page: &[Stored]) -> Result<bool, Failure> {
        if version.method != Method::Put || version.version.0 == 1 {
            return Ok(version.version.0 == 1);
        }
        let before = VersionId(version.version.0 - 1);
        let is_before = |each: &&Stored| each.version == before && each.key == version.key;
        if let Some(before) = page.iter().find(is_before) {
            return Ok(before.method == Method::Delete);
        }
        let before = self.store.read_version(&version.key, before).await?;
        Ok(before.is_some_and(|before| before.method == Method::Delete))
    }
}

fn write_entry(version: &Stored, created: bool, base: &str, out: &mut Vec<u8>) {
    let key = &version.key;
    out.extend_from_slice(br#"{"fullUrl":"#);
    write_string(&format!("{base}/{key}"), out);
    if let Some(body) = &version.body {
        out.extend_from_slice(br#","resource":"#);
        out.extend_from_slice(body);
    }
    let (method, url, status) = match version.method {
        Method::Post => ("POST", key.resource_type.to_string(), "201 Created"),
        Method::Put if created => ("PUT", key.to_string(), "201 Created"),
        Method::Put => ("PUT", key.to_string(), "200 OK"),
        Method::Delete => ("DELETE", key.to_string(), "204 No Content"),
    };
    let etag = version.version;
    let modified = format_instant(version.last_updated);
    out.extend_from_slice(
        format!(
            r#","request":{{"method":"{method}","url":"{url}"}},"response":{{"status":"{status}","etag":"W/\"{etag}\"","lastModified":"{modified}"}}}}"#
        )
        .as_bytes(),
    );
}

/// FHIR allows no empty array: a page without entries has no `entry`.
pub(crate) fn without_empty_entry(mut out: Vec<u8>, is_empty: bool) -> Vec<u8> {
    const EMPTY: &[u8] = br#","entry":[]}"#;
    if is_empty && out.ends_with(EMPTY) {
        out.truncate(out.len() - EMPTY.len());
        out.push(b'}');
    }
    out
}
