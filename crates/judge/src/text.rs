//! `_text` and `_content`: words anywhere in the narrative or in the resource.
//! Spec: <https://hl7.org/fhir/R4/search.html#content>.

use std::fmt;

use fhir::{Kind, Value};

use crate::words::words;

/// What words are asked for.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Words {
    /// These, one after another; a single one stands without quotes.
    Phrase(Vec<String>),
    /// One that begins so.
    Begins(String),
    /// All of these.
    And(Vec<Words>),
    /// One of these.
    Or(Vec<Words>),
    /// The first and not the second.
    Without(Box<Words>, Box<Words>),
}

impl fmt::Display for Words {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let joined = |f: &mut fmt::Formatter<'_>, parts: &[Words], word: &str| {
            f.write_str("(")?;
            for (index, part) in parts.iter().enumerate() {
                if index > 0 {
                    write!(f, " {word} ")?;
                }
                part.fmt(f)?;
            }
            f.write_str(")")
        };
        match self {
            Words::Phrase(words) if words.len() == 1 => f.write_str(&words[0]),
            Words::Phrase(words) => write!(f, "\"{}\"", words.join(" ")),
            Words::Begins(word) => write!(f, "{word}*"),
            Words::And(parts) => joined(f, parts, "AND"),
            Words::Or(parts) => joined(f, parts, "OR"),
            Words::Without(a, b) => write!(f, "({a} NOT {b})"),
        }
    }
}

/// Whether the texts hold what is asked for; a phrase stands within one of them.
pub(crate) fn hold(texts: &[Vec<String>], wanted: &Words) -> bool {
    match wanted {
        Words::Phrase(phrase) => {
            let phrase: Vec<String> = phrase.iter().flat_map(|word| words(word)).collect();
            let stands = |text: &Vec<String>| {
                text.windows(phrase.len().max(1)).any(|window| window == phrase)
            };
            texts.iter().any(stands)
        }
        Words::Begins(start) => {
            let start = words(start).concat();
            texts.iter().flatten().any(|word| word.starts_with(&start))
        }
        Words::And(parts) => parts.iter().all(|part| hold(texts, part)),
        Words::Or(parts) => parts.iter().any(|part| hold(texts, part)),
        Words::Without(a, b) => hold(texts, a) && !hold(texts, b),
    }
}

/// The words of the narrative.
pub(crate) fn narrative(resource: Value<'_>) -> Vec<Vec<String>> {
    let div = resource.get("text").and_then(|text| text.text_of("div"));
    div.map(|div| vec![words(&without_tags(div))]).unwrap_or_default()
}

/// What only machines read, wherever it stands: addresses, ids, metadata, encoded bytes.
const FOR_MACHINES: [&str; 6] = ["div", "resourceType", "id", "meta", "reference", "data"];

/// The words of every string that people may read, the narrative's without its tags.
pub(crate) fn content(resource: Value<'_>) -> Vec<Vec<String>> {
    let mut texts = narrative(resource);
    strings(resource, &mut texts);
    texts
}

fn strings(value: Value<'_>, out: &mut Vec<Vec<String>>) {
    match value.kind() {
        Kind::String => out.extend(value.as_str().map(words)),
        Kind::Array => value.items().for_each(|item| strings(item, out)),
        Kind::Object => value
            .members()
            .filter(|member| !FOR_MACHINES.contains(&member.name()))
            .for_each(|member| strings(member, out)),
        Kind::Null | Kind::Bool | Kind::Number => {}
    }
}

/// XHTML without its tags; each tag parts words, as a paragraph's or a cell's end does.
fn without_tags(xhtml: &str) -> String {
    let mut out = String::with_capacity(xhtml.len());
    let mut rest = xhtml;
    while let Some(start) = rest.find('<') {
        out.push_str(&rest[..start]);
        out.push(' ');
        rest = rest[start..].find('>').map_or("", |end| &rest[start + end + 1..]);
    }
    out.push_str(rest);
    let entities = [("&lt;", "<"), ("&gt;", ">"), ("&quot;", "\""), ("&amp;", "&")];
    entities.iter().fold(out, |text, (entity, plain)| text.replace(entity, plain))
}
