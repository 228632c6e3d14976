//! A [`Query`] as the text that a server is asked with.
//! Spec: <https://hl7.org/fhir/R4/search.html#escaping>, RFC 3986 for the rest.

use crate::query::{
    Contained, Criterion, Include, IncludeSource, Modifier, Operand, Query, Referred, Scope, Step,
    System, Test, Token, Unit,
};

/// How references of this server are written in full.
pub const OWN_BASE: &str = "http://own.test/fhir";

/// The path after the base: `Patient`, `Patient/1/Observation`, nothing for the system.
pub fn path(query: &Query) -> String {
    match &query.scope {
        Scope::Type(resource_type) => resource_type.to_string(),
        Scope::System(_) => String::new(),
        Scope::Compartment { of, id, member } => match member {
            Some(member) => format!("{of}/{id}/{member}"),
            None => format!("{of}/{id}/*"),
        },
    }
}

/// The parameters as names and values, before any percent-encoding.
pub fn pairs(query: &Query) -> Vec<(String, String)> {
    let mut pairs: Vec<(String, String)> = query.criteria.iter().map(criterion).collect();
    let mut put = |name: &str, value: String| pairs.push((name.to_owned(), value));
    if let Scope::System(types) = &query.scope
        && !types.is_empty()
    {
        let names: Vec<&str> = types.iter().map(|each| each.as_str()).collect();
        put("_type", names.join(","));
    }
    if !query.sort.is_empty() {
        let keys = query.sort.iter().map(|key| {
            let sign = if key.is_descending { "-" } else { "" };
            format!("{sign}{}", key.code)
        });
        put("_sort", keys.collect::<Vec<_>>().join(","));
    }
    if let Some(count) = query.count {
        put("_count", count.to_string());
    }
    for each in &query.includes {
        let (name, value) = include(each);
        put(&name, value);
    }
    let contained = match query.contained {
        Contained::No => None,
        Contained::Only => Some(("true", None)),
        Contained::Both => Some(("both", None)),
        Contained::OnlyThemselves => Some(("true", Some("contained"))),
        Contained::BothThemselves => Some(("both", Some("contained"))),
    };
    if let Some((which, answer)) = contained {
        put("_contained", which.to_owned());
        if let Some(answer) = answer {
            put("_containedType", answer.to_owned());
        }
    }
    pairs
}

/// The whole as `path?query`, percent-encoded.
pub fn url(query: &Query) -> String {
    let mut text = path(query);
    for (index, (name, value)) in pairs(query).iter().enumerate() {
        text.push(if index == 0 { '?' } else { '&' });
        encode(name, &mut text);
        text.push('=');
        encode(value, &mut text);
    }
    text
}

fn encode(text: &str, out: &mut String) {
    for byte in text.bytes() {
        let is_plain = byte.is_ascii_alphanumeric() || b"-._~:,/$|*".contains(&byte);
        if is_plain {
            out.push(char::from(byte));
        } else {
            out.push_str(&format!("%{byte:02X}"));
        }
    }
}

/// A value with what would part it from others behind a backslash.
pub(crate) fn escape(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    for c in text.chars() {
        if matches!(c, ',' | '$' | '|' | '\\') {
            out.push('\\');
        }
        out.push(c);
    }
    out
}

fn criterion(criterion: &Criterion) -> (String, String) {
    let mut name = String::new();
    for step in &criterion.path {
        match step {
            Step::Chain { parameter, target: None } => name.push_str(&format!("{parameter}.")),
            Step::Chain { parameter, target: Some(target) } => {
                name.push_str(&format!("{parameter}:{target}."));
            }
            Step::Has { source, parameter } => {
                name.push_str(&format!("_has:{source}:{parameter}:"));
            }
        }
    }
    let (last, value) = test(&criterion.test);
    name.push_str(&last);
    (name, value)
}

fn test(test: &Test) -> (String, String) {
    match test {
        Test::Missing { code, is_missing } => (format!("{code}:missing"), is_missing.to_string()),
        Test::Parameter { code, modifier, values } => {
            let values: Vec<String> = values.iter().map(operand).collect();
            (format!("{code}{}", suffix(modifier)), values.join(","))
        }
        Test::List(ids) => ("_list".to_owned(), ids.join(",")),
        Test::Text(words) => ("_text".to_owned(), words.to_string()),
        Test::Content(words) => ("_content".to_owned(), words.to_string()),
        Test::Filter(filter) => ("_filter".to_owned(), filter.to_string()),
    }
}

fn suffix(modifier: &Modifier) -> String {
    let name = match modifier {
        Modifier::None => return String::new(),
        Modifier::Exact => "exact",
        Modifier::Contains => "contains",
        Modifier::Not => "not",
        Modifier::Text => "text",
        Modifier::In => "in",
        Modifier::NotIn => "not-in",
        Modifier::Above => "above",
        Modifier::Below => "below",
        Modifier::OfType => "of-type",
        Modifier::Identifier => "identifier",
        Modifier::Type(resource_type) => resource_type.as_str(),
    };
    format!(":{name}")
}

/// A value as text, with escapes.
pub(crate) fn operand(operand: &Operand) -> String {
    match operand {
        Operand::Token(wanted) => token(wanted),
        Operand::Text(text) => escape(text),
        Operand::OfType { system, code, value } => {
            format!("{}|{}|{}", escape(system), escape(code), escape(value))
        }
        Operand::Date(prefix, text) | Operand::Number(prefix, text) => {
            format!("{}{text}", prefix.as_str())
        }
        Operand::Quantity(prefix, digits, unit) => {
            let number = format!("{}{digits}", prefix.as_str());
            match unit {
                Unit::Any => number,
                Unit::Either(code) => format!("{number}||{}", escape(code)),
                Unit::Coded { system, code } => {
                    format!("{number}|{}|{}", escape(system), escape(code))
                }
            }
        }
        Operand::Reference(referred) => match referred {
            Referred::Id(id) => id.clone(),
            Referred::Local(resource_type, id) => format!("{resource_type}/{id}"),
            Referred::Own(resource_type, id) => format!("{OWN_BASE}/{resource_type}/{id}"),
            Referred::Elsewhere(uri) => escape(uri),
            Referred::Canonical(url, None) => escape(url),
            Referred::Canonical(url, Some(version)) => {
                format!("{}|{}", escape(url), escape(version))
            }
        },
        Operand::Composite(parts) => parts.iter().map(self::operand).collect::<Vec<_>>().join("$"),
        Operand::Near { latitude, longitude, distance, unit } => match unit {
            Some(unit) => format!("{latitude}|{longitude}|{distance}|{}", escape(unit)),
            None => format!("{latitude}|{longitude}|{distance}"),
        },
    }
}

fn token(wanted: &Token) -> String {
    let code = wanted.code.as_deref().map(escape).unwrap_or_default();
    match &wanted.system {
        System::Any => code,
        System::None => format!("|{code}"),
        System::Is(system) => format!("{}|{code}", escape(system)),
    }
}

fn include(include: &Include) -> (String, String) {
    let name = if include.is_reverse { "_revinclude" } else { "_include" };
    let iterate = if include.is_iterated { ":iterate" } else { "" };
    let mut value = match &include.source {
        IncludeSource::All => "*".to_owned(),
        IncludeSource::OfType(resource_type) => format!("{resource_type}:*"),
        IncludeSource::Parameter(resource_type, code) => format!("{resource_type}:{code}"),
    };
    if let Some(target) = include.target {
        value.push_str(&format!(":{target}"));
    }
    (format!("{name}{iterate}"), value)
}
