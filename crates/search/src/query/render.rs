//! A search back to its parameters: what was really used, for the self link.
//! Spec: <https://hl7.org/fhir/R4/search.html#conformance>.

use std::fmt::Write as _;

use definitions::Definitions;
use fhir::ResourceType;

use super::include::{is_star, star};
use crate::expression::{
    Contained, ContainedAnswer, Include, IncludeTarget, Search, SortBy, SortOrder, Summary, Total,
};

/// The parameters of a search, not yet percent-encoded: filters as they were given, then the others
/// as they were understood.
pub fn render_query(definitions: &Definitions, search: &Search) -> Vec<(String, String)> {
    let mut pairs: Vec<(String, String)> =
        search.criteria.iter().map(|(name, value)| (name.to_string(), value.to_string())).collect();
    let mut push = |name: &str, value: String| pairs.push((name.to_owned(), value));
    // The branches of a search are sorted by the same codes.
    let sort = search.branches.first().map_or(&[][..], |branch| branch.sort.as_slice());
    if !sort.is_empty() {
        let keys: Vec<String> = sort
            .iter()
            .map(|key| {
                let minus = if key.order == SortOrder::Descending { "-" } else { "" };
                let code = match key.by {
                    SortBy::Id => "_id",
                    SortBy::LastUpdated => "_lastUpdated",
                    SortBy::Parameter(id) => definitions.parameter(id.0).code,
                };
                format!("{minus}{code}")
            })
            .collect();
        push("_sort", keys.join(","));
    }
    let searched: Vec<ResourceType> = search.branches.iter().map(|b| b.resource_type).collect();
    for (name, value) in render_includes(definitions, &search.includes, &searched) {
        push(name, value);
    }
    if search.summary != Summary::False {
        push("_summary", summary_code(search.summary).to_owned());
    }
    if !search.elements.is_empty() {
        push("_elements", search.elements.join(","));
    }
    match search.total {
        Total::None => {}
        Total::Estimate => push("_total", "estimate".to_owned()),
        Total::Accurate => push("_total", "accurate".to_owned()),
    }
    let (contained, answer) = match search.contained {
        Contained::No => ("", ContainedAnswer::Container),
        Contained::Only(answer) => ("true", answer),
        Contained::Both(answer) => ("both", answer),
    };
    if !contained.is_empty() {
        push("_contained", contained.to_owned());
        if answer == ContainedAnswer::Itself {
            push("_containedType", "contained".to_owned());
        }
    }
    if search.explain {
        push("_explain", "true".to_owned());
    }
    push("_count", search.count.to_string());
    pairs
}

/// A star of many types stays one parameter: taken apart, they would be more than a search may have.
fn render_includes(
    definitions: &Definitions,
    includes: &[Include],
    searched: &[ResourceType],
) -> Vec<(&'static str, String)> {
    let mut pairs = Vec::new();
    let mut stars: Vec<Include> = Vec::new();
    for (is_reverse, iterate) in [(false, false), (false, true), (true, false), (true, true)] {
        let is_this_way = |one: &&Include| {
            one.iterate == iterate && (one.target == IncludeTarget::Reverse) == is_reverse
        };
        // Most searches have no include: there is no star to work out for them.
        let of_this_way = includes.iter().filter(is_this_way).count();
        if of_this_way < 2 {
            continue;
        }
        let star = star(definitions, searched, is_reverse, iterate);
        if (2..=of_this_way).contains(&star.len()) && star.iter().all(|one| includes.contains(one))
        {
            pairs.push((include_name(is_reverse, iterate), "*".to_owned()));
            stars.extend(star);
        }
    }
    let rest = includes.iter().filter(|include| !stars.contains(include));
    pairs.extend(rest.flat_map(|include| render_include(definitions, include, searched)));
    pairs
}

fn include_name(is_reverse: bool, iterate: bool) -> &'static str {
    match (is_reverse, iterate) {
        (false, false) => "_include",
        (false, true) => "_include:iterate",
        (true, false) => "_revinclude",
        (true, true) => "_revinclude:iterate",
    }
}

fn render_include(
    definitions: &Definitions,
    include: &Include,
    searched: &[ResourceType],
) -> Vec<(&'static str, String)> {
    let name = include_name(include.target == IncludeTarget::Reverse, include.iterate);
    let target = match include.target {
        IncludeTarget::Forward(Some(target)) => format!(":{target}"),
        _ => String::new(),
    };
    let one = |code: &str| (name, format!("{}:{code}{target}", include.source));
    if include.parameters.len() > 1 && is_star(definitions, include, searched) {
        return vec![one("*")];
    }
    include.parameters.iter().map(|id| one(definitions.parameter(id.0).code)).collect()
}

fn summary_code(summary: Summary) -> &'static str {
    match summary {
        Summary::False => "false",
        Summary::True => "true",
        Summary::Text => "text",
        Summary::Data => "data",
        Summary::Count => "count",
    }
}

/// Parameters as the part of a URL after the `?`.
///
/// ```
/// let pairs = [("name:exact".to_owned(), "Siân & Co".to_owned())];
/// assert_eq!(search::encode_query(&pairs), "name:exact=Si%C3%A2n%20%26%20Co");
/// ```
pub fn encode_query(pairs: &[(String, String)]) -> String {
    let mut out = String::new();
    for (index, (name, value)) in pairs.iter().enumerate() {
        if index > 0 {
            out.push('&');
        }
        encode(name, &mut out);
        out.push('=');
        encode(value, &mut out);
    }
    out
}

/// Percent-encodes what a query may not hold, and what forms give a meaning (`+`, `&`, `=`).
fn encode(text: &str, out: &mut String) {
    for byte in text.bytes() {
        let plain = byte.is_ascii_alphanumeric() || b"-._~:/,*".contains(&byte);
        if plain {
            out.push(char::from(byte));
        } else {
            let _ = write!(out, "%{byte:02X}");
        }
    }
}
