//! The words of a resource, folded, for the full text.

use search::Expression;

/// Words parted by spaces.
#[derive(Debug, Default, PartialEq, Eq)]
pub(crate) struct Words {
    /// Those of the narrative.
    pub(crate) narrative: String,
    /// Those of every text, the narrative's included.
    pub(crate) content: String,
}

/// The words of a resource's JSON; none if it is no JSON.
pub(crate) fn of(body: &[u8]) -> Words {
    let Ok(tree) = fhir::Tree::parse(body) else { return Words::default() };
    let mut words = Words::default();
    let narrative = tree.root().get("text").and_then(|text| text.text_of("div"));
    if let Some(div) = narrative {
        add(&mut words.narrative, &without_tags(div));
    }
    words.content.clone_from(&words.narrative);
    gather(tree.root(), &mut words.content);
    words
}

fn gather(value: fhir::Value<'_>, out: &mut String) {
    for member in value.members() {
        if matches!(member.name(), "div" | "resourceType" | "id" | "meta" | "reference" | "data") {
            continue;
        }
        for item in member.items() {
            if let Some(text) = item.as_str() {
                add(out, text);
            } else {
                gather(item, out);
            }
        }
    }
}

fn add(out: &mut String, text: &str) {
    let folded = search::fold(text);
    if !folded.is_empty() {
        if !out.is_empty() {
            out.push(' ');
        }
        out.push_str(&folded);
    }
}

/// The text of XHTML, of which a tag parts words.
fn without_tags(div: &str) -> String {
    let mut out = String::with_capacity(div.len());
    let mut within = false;
    for character in div.chars() {
        match character {
            '<' => within = true,
            '>' if within => {
                within = false;
                out.push(' ');
            }
            other if !within => out.push(other),
            _ => {}
        }
    }
    out
}

/// Whether an expression asks for words anywhere.
pub(crate) fn needed(expression: &Expression) -> bool {
    match expression {
        Expression::FullText { .. } => true,
        Expression::And(parts) | Expression::Or(parts) => parts.iter().any(needed),
        Expression::Not(inner)
        | Expression::Chain { inner, .. }
        | Expression::Has { inner, .. } => needed(inner),
        Expression::All
        | Expression::Never
        | Expression::Id(_)
        | Expression::LastUpdated(_)
        | Expression::Compare(_)
        | Expression::Missing(_) => false,
    }
}
