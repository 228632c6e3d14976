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

/// Stands between texts, so that no phrase goes from one into the next; no folded word holds it.
const BETWEEN: &str = "\u{2063}";

/// What only machines read, wherever it stands: addresses, ids, metadata, encoded bytes; and the
/// narrative, which is taken without its tags.
const FOR_MACHINES: [&str; 6] = ["div", "resourceType", "id", "meta", "reference", "data"];

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
    for member in value.members().filter(|member| !FOR_MACHINES.contains(&member.name())) {
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
    if folded.is_empty() {
        return;
    }
    if !out.is_empty() {
        out.extend([" ", BETWEEN, " "]);
    }
    out.push_str(&folded);
}

/// The text of XHTML; a tag parts words, as a paragraph's or a cell's end does.
fn without_tags(div: &str) -> String {
    let mut out = String::with_capacity(div.len());
    let mut rest = div;
    while let Some(start) = rest.find('<') {
        out.push_str(&rest[..start]);
        out.push(' ');
        rest = rest[start..].find('>').map_or("", |end| &rest[start + end + 1..]);
    }
    out.push_str(rest);
    // The ampersand last, so that an escaped entity stays what it says.
    let entities = [
        ("&lt;", "<"),
        ("&gt;", ">"),
        ("&quot;", "\""),
        ("&apos;", "'"),
        ("&#39;", "'"),
        ("&#160;", " "),
        ("&amp;", "&"),
    ];
    if out.contains('&') {
        return entities.iter().fold(out, |text, (entity, plain)| text.replace(entity, plain));
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

#[cfg(test)]
mod tests {
    use super::of;

    #[test]
    fn words_of_a_resource() {
        let words = of(br#"{"resourceType":"Patient","id":"x1","meta":{"versionId":"7"},
            "text":{"status":"generated","div":"<div><p>O&#39;Brien &amp; co</p><p>Asthma</p></div>"},
            "name":[{"family":"Zo\u00eb","given":["Ann","Lee"]}],
            "managingOrganization":{"reference":"Organization/9","display":"Royal"},
            "photo":[{"data":"QUJD"}],"multipleBirthInteger":3}"#);
        assert_eq!(words.narrative, "obrien co asthma");
        let between = |texts: &[&str]| texts.join(" \u{2063} ");
        let all = ["obrien co asthma", "generated", "zoe", "ann", "lee", "royal"];
        assert_eq!(words.content, between(&all));
        assert_eq!(of(b"no json"), super::Words::default());
    }
}
