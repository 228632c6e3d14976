//! The whole of R4 search as a table: a small world (`world.ndjson`), and a row for each modifier,
//! prefix, special parameter and parameter of the answer, good and bad (`table.txt`).
//! Each row is asked by URL and by form, strictly and leniently; its self link must find the same.
//! Spec: <https://hl7.org/fhir/R4/search.html>. To test one more search, write one more row; the head
//! of the table says how.

use std::fmt::Write as _;

use serde_json::Value;

use crate::setup::{Answer, BASE, Server};

const WORLD: &str = include_str!("world.ndjson");
const TABLE: &str = include_str!("table.txt");

/// What a row says of an answer.
struct Expected<'a> {
    status: u16,
    /// The expression of the first issue, where the search is refused.
    expression: &'a str,
    /// The ids of the matches; in this order where `is_ordered`.
    matches: Vec<&'a str>,
    is_ordered: bool,
    includes: Vec<&'a str>,
    /// A part of what the issues tell; where there is none, nothing may be told.
    told: Vec<&'a str>,
    total: Option<&'a str>,
    /// The members of the first match.
    members: Option<Vec<&'a str>>,
}

struct Row<'a> {
    search: &'a str,
    strict: Expected<'a>,
    lenient: Option<Expected<'a>>,
}

fn sorted<T: Ord>(mut items: Vec<T>) -> Vec<T> {
    items.sort_unstable();
    items
}

fn expected(text: &str) -> Expected<'_> {
    let mut clauses = text.split(" ; ").map(str::trim);
    let first = clauses.next().unwrap_or("");
    let mut expected = Expected {
        status: 200,
        expression: "",
        matches: Vec::new(),
        is_ordered: false,
        includes: Vec::new(),
        told: Vec::new(),
        total: None,
        members: None,
    };
    if let Some(expression) = first.strip_prefix("400 ") {
        (expected.status, expected.expression) = (400, expression);
    } else {
        let (matches, includes) = first.split_once('+').unwrap_or((first, ""));
        let ordered = matches.trim().strip_prefix('[').and_then(|ids| ids.strip_suffix(']'));
        expected.is_ordered = ordered.is_some();
        expected.matches = ordered.unwrap_or(matches).split_whitespace().collect();
        expected.includes = includes.split_whitespace().collect();
    }
    for clause in clauses {
        match clause.split_once(' ') {
            Some(("total", total)) => expected.total = Some(total),
            Some(("members", names)) => expected.members = Some(names.split(' ').collect()),
            _ => expected.told.push(clause),
        }
    }
    expected
}

fn rows() -> Vec<Row<'static>> {
    let lines = TABLE.lines().filter(|line| !line.is_empty() && !line.starts_with('#'));
    let row = |line: &'static str| {
        let (search, says) = line.split_once(" =>").unwrap_or_else(|| panic!("no row: {line}"));
        let (strict, lenient) = match says.split_once(" ~>") {
            Some((strict, lenient)) => (strict, Some(expected(lenient))),
            None => (says, None),
        };
        Row { search: search.trim(), strict: expected(strict), lenient }
    };
    lines.map(row).collect()
}

async fn world() -> Server {
    let server = Server::start();
    for line in WORLD.lines() {
        let resource: Value = serde_json::from_str(line).unwrap();
        let text = |name: &str| resource[name].as_str().unwrap();
        server.put(&format!("/{}/{}", text("resourceType"), text("id")), line).await;
    }
    server
}

/// The query with what cannot stand in a URL escaped.
fn escaped(query: &str) -> String {
    let mut out = String::new();
    for byte in query.bytes() {
        match byte {
            b' ' | b'"' | b'[' | b']' | b'\\' | b'+' | b'#' | b'<' | b'>' | 0x80.. => {
                let _ = write!(out, "%{byte:02X}");
            }
            byte => out.push(char::from(byte)),
        }
    }
    out
}

/// All that an answer tells, whether it is a Bundle or an OperationOutcome.
fn told(body: &Value) -> String {
    let entries = body["entry"].as_array().into_iter().flatten();
    let outcomes = entries.filter(|entry| entry["search"]["mode"] == "outcome");
    let outcomes = outcomes.map(|entry| &entry["resource"]).chain([body]);
    let issues = outcomes.flat_map(|outcome| outcome["issue"].as_array().into_iter().flatten());
    issues.map(|issue| issue["diagnostics"].as_str().unwrap()).collect::<Vec<_>>().join("\n")
}

/// The ids of the entries of a mode, in their order.
fn of_mode<'b>(body: &'b Value, mode: &str) -> Vec<&'b str> {
    let entries = body["entry"].as_array().into_iter().flatten();
    let those = entries.filter(|entry| entry["search"]["mode"] == mode);
    those.map(|entry| entry["resource"]["id"].as_str().unwrap()).collect()
}

/// How what the self link of an answer finds differs from what the answer holds.
async fn difference_of_self(server: &Server, answer: &Answer) -> Option<String> {
    if answer.status != 200 {
        return None;
    }
    let body = answer.json();
    let links = body["link"].as_array().unwrap();
    let link = links.iter().find(|link| link["relation"] == "self").unwrap();
    let link = link["url"].as_str().unwrap();
    let again = server.get(link.strip_prefix(BASE).unwrap()).await;
    let again_body = again.json();
    let found = |body: &Value| {
        let ids = |mode| of_mode(body, mode).iter().map(|id| (*id).to_owned()).collect();
        let (matches, includes): (Vec<String>, Vec<String>) = (ids("match"), ids("include"));
        (matches, sorted(includes), body["total"].clone())
    };
    let is_same = again.status == 200 && found(&again_body) == found(&body);
    (!is_same).then(|| format!("its self link {link} finds {:?}", found(&again_body)))
}

/// How an answer differs from what is expected.
fn difference(answer: &Answer, expected: &Expected<'_>) -> Option<String> {
    if answer.status != expected.status {
        return Some(format!("{}: {}", answer.status, told(&answer.json())));
    }
    let body = answer.json();
    let told = told(&body);
    let is_silent = expected.told.is_empty() && expected.status == 200;
    if is_silent != told.is_empty() || expected.told.iter().any(|part| !told.contains(part)) {
        return Some(format!("told {told:?}"));
    }
    if expected.status != 200 {
        let at = answer.issue().1;
        return (at != expected.expression).then(|| format!("at {at:?}: {told:?}"));
    }
    let matches = of_mode(&body, "match");
    let is_right = if expected.is_ordered {
        matches == expected.matches
    } else {
        sorted(matches.clone()) == sorted(expected.matches.clone())
    };
    let includes = sorted(of_mode(&body, "include"));
    if !is_right || includes != sorted(expected.includes.clone()) {
        return Some(format!("found {matches:?}, included {includes:?}"));
    }
    let total = body["total"].to_string();
    if expected.total.is_some_and(|expected| expected != total) {
        return Some(format!("total {total}"));
    }
    let members = expected.members.as_ref()?;
    let resource = body["entry"][0]["resource"].as_object()?;
    let found: Vec<&str> = resource.keys().map(String::as_str).collect();
    (sorted(found.clone()) != sorted(members.clone())).then(|| format!("members {found:?}"))
}

#[tokio::test]
async fn every_row() {
    let server = world().await;
    let rows = rows();
    let mut differences = Vec::new();
    for row in &rows {
        let (address, query) = row.search.split_once('?').unwrap();
        let query = escaped(query);
        let by_url = format!("/{address}?{query}");
        let by_form = format!("/{address}/_search").replace("//", "/").replace("/*/", "/");
        for handling in ["strict", "lenient"] {
            let expected = match (handling, &row.lenient) {
                ("lenient", Some(lenient)) => lenient,
                _ => &row.strict,
            };
            let prefer = ("prefer", &*format!("handling={handling}"));
            let form = [("content-type", "application/x-www-form-urlencoded"), prefer];
            let answers = [
                ("GET", server.call("GET", &by_url, &[prefer], "").await),
                ("POST", server.call("POST", &by_form, &form, &query).await),
            ];
            for (method, answer) in answers {
                let difference = match difference(&answer, expected) {
                    None => difference_of_self(&server, &answer).await,
                    some => some,
                };
                let difference =
                    difference.map(|text| format!("{method} {handling} {}: {text}", row.search));
                differences.extend(difference);
            }
        }
    }
    let failed = differences.len();
    assert!(differences.is_empty(), "{failed} of {} rows:\n{}", rows.len(), differences.join("\n"));
}

/// The table is whole: what the specification names stands in a row that finds, and in one that is
/// refused.
#[test]
fn the_table_is_whole() {
    const MODIFIERS: &str =
        "missing exact contains not text in not-in above below of-type identifier Patient iterate";
    const PREFIXES: &str = "eq ne gt lt ge le sa eb ap";
    const SPECIAL: &str = "_filter _text _content _list _type _contained _containedType _sort _total _elements _summary _count _has _include _revinclude near";
    let rows = rows();
    let both = |what: &str, holds: &dyn Fn(&str) -> bool| {
        for status in [200, 400] {
            let has = rows.iter().any(|row| row.strict.status == status && holds(row.search));
            assert!(has, "no row of status {status} for {what}");
        }
    };
    for modifier in MODIFIERS.split(' ') {
        both(modifier, &|search| search.contains(&format!(":{modifier}=")));
    }
    for parameter in ["date", "value-quantity", "probability"] {
        for prefix in PREFIXES.split(' ') {
            both(prefix, &|search| search.contains(&format!("?{parameter}={prefix}")));
        }
    }
    for name in SPECIAL.split(' ') {
        both(name, &|search| {
            search.split(['?', '&']).skip(1).any(|pair| pair.split(['=', ':']).next() == Some(name))
        });
    }
}
