//! history on three levels. Spec: <https://hl7.org/fhir/R4/http.html#history>.

use fhir::{IssueCode, PartialDate, format_instant, write_string};
use store::{HistoryPage, HistoryScope, Method, Stored};

use crate::app::App;
use crate::failure::{Category, Failure};
use crate::search::{Link, open_bundle};

/// The parameters of a history request.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct HistoryQuery {
    /// `_count`
    pub count: Option<usize>,
    /// `_since`, first instant.
    pub since: Option<i64>,
    /// `_at`, its range.
    pub at: Option<(i64, i64)>,
    /// `_at` as the client wrote it, for the links of pages.
    pub at_text: String,
    /// Where the page begins, from the `next` link.
    pub before: Option<u64>,
}

impl HistoryQuery {
    /// Takes the parameters from a decoded query; an unknown one is a failure.
    pub fn parse(pairs: &[(String, String)]) -> Result<HistoryQuery, Failure> {
        let mut query = HistoryQuery::default();
        for (name, value) in pairs {
            let bad = |what: &str| {
                Failure::new(
                    Category::Invalid,
                    IssueCode::Value,
                    name.clone(),
                    format!("{name} must be {what}"),
                )
            };
            let date = || PartialDate::parse(value);
            match name.as_str() {
                "_count" => query.count = Some(value.parse().map_err(|_| bad("a whole number"))?),
                "_since" => {
                    query.since = Some(date().ok_or_else(|| bad("an instant"))?.low);
                }
                "_at" => {
                    let range = date().ok_or_else(|| bad("a date or time"))?;
                    query.at = Some((range.low, range.high));
                    query.at_text.clone_from(value);
                }
                "_before" => {
                    query.before = Some(value.parse().map_err(|_| bad("taken from a next link"))?);
                }
                "_format" | "_pretty" => {}
                _ => {
                    return Err(Failure::new(
                        Category::Invalid,
                        IssueCode::NotSupported,
                        name.clone(),
                        format!(
                            "{name:?} is no parameter of history; it takes _count, _since, _at"
                        ),
                    ));
                }
            }
        }
        Ok(query)
    }
}

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
            since: query.since.or(query.at.map(|(low, _)| low)),
            until: query.at.map(|(_, high)| high),
        };
        let history = self.store.history(scope, page).await?;
        if let HistoryScope::Instance(key) = scope
            && history.total == 0
            && self.store.read(key).await?.is_none()
        {
            return Err(Failure::not_found(key));
        }
        let base = &self.options.base_url;
        let path = match scope {
            HistoryScope::System => format!("{base}/_history"),
            HistoryScope::Type(resource_type) => format!("{base}/{resource_type}/_history"),
            HistoryScope::Instance(key) => format!("{base}/{key}/_history"),
            HistoryScope::Among(_) => format!("{base}/_history"),
        };
        let mut links =
            vec![Link { relation: "self", url: page_url(&path, query, count, query.before) }];
        if let Some(next) = history.next {
            links.push(Link { relation: "next", url: page_url(&path, query, count, Some(next)) });
        }
        let mut out = open_bundle("history", Some(history.total), &links);
        out.extend_from_slice(br#","entry":["#);
        for (index, version) in history.versions.iter().enumerate() {
            if index > 0 {
                out.push(b',');
            }
            write_entry(version, base, &mut out);
        }
        out.extend_from_slice(b"]}");
        Ok(without_empty_entry(out, history.versions.is_empty()))
    }
}

fn page_url(path: &str, query: &HistoryQuery, count: usize, before: Option<u64>) -> String {
    let mut url = format!("{path}?_count={count}");
    if query.at.is_some() {
        // An offset's plus sign means a space in a query.
        url.push_str(&format!("&_at={}", query.at_text.replace('+', "%2B")));
    } else if let Some(since) = query.since {
        url.push_str(&format!("&_since={}", format_instant(since)));
    }
    if let Some(before) = before {
        url.push_str(&format!("&_before={before}"));
    }
    url
}

fn write_entry(version: &Stored, base: &str, out: &mut Vec<u8>) {
    let key = &version.key;
    out.extend_from_slice(br#"{"fullUrl":"#);
    write_string(&format!("{base}/{key}"), out);
    if let Some(body) = &version.body {
        out.extend_from_slice(br#","resource":"#);
        out.extend_from_slice(body);
    }
    let (method, url, status) = match version.method {
        Method::Post => ("POST", key.resource_type.to_string(), "201 Created"),
        Method::Put if version.version.0 == 1 => ("PUT", key.to_string(), "201 Created"),
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
