//! Texts: trimmed, cut, split, put in another case; HL7 formatted text as plain lines.

use super::{Context, Definition, Fault, Produced};

pub(super) const FUNCTIONS: &[Definition] = &[
    Definition {
        name: "trim",
        arguments: 0..=0,
        call: trim,
        purpose: "white space at both ends goes",
    },
    Definition { name: "upper", arguments: 0..=0, call: upper, purpose: "in upper case" },
    Definition { name: "lower", arguments: 0..=0, call: lower, purpose: "in lower case" },
    Definition {
        name: "split",
        arguments: 1..=1,
        call: split,
        purpose: "the parts between a text, trimmed; empty ones go",
    },
    Definition {
        name: "part",
        arguments: 2..=2,
        call: part,
        purpose: "one part (from 1) between a text",
    },
    Definition {
        name: "before",
        arguments: 1..=1,
        call: before,
        purpose: "what stands before a text, or all",
    },
    Definition { name: "prefix", arguments: 1..=1, call: prefix, purpose: "a text put before it" },
    Definition {
        name: "without",
        arguments: 1..=1,
        call: without,
        purpose: "every occurrence of a text goes",
    },
    Definition {
        name: "plain",
        arguments: 0..=0,
        call: plain,
        purpose: "HL7 formatting commands (`.br` and others) become line breaks",
    },
    Definition {
        name: "longest",
        arguments: 1..=1,
        call: longest,
        purpose: "cut to a number of characters",
    },
];

fn some(text: &str) -> Result<Produced, Fault> {
    Ok(if text.is_empty() { Produced::Nothing } else { Produced::Text(text.to_owned()) })
}

fn trim(text: &str, _: &[Box<str>], _: &Context<'_>) -> Result<Produced, Fault> {
    some(text.trim())
}

fn upper(text: &str, _: &[Box<str>], _: &Context<'_>) -> Result<Produced, Fault> {
    some(&text.to_uppercase())
}

fn lower(text: &str, _: &[Box<str>], _: &Context<'_>) -> Result<Produced, Fault> {
    some(&text.to_lowercase())
}

fn split(text: &str, arguments: &[Box<str>], _: &Context<'_>) -> Result<Produced, Fault> {
    let parts = text.split(&*arguments[0]).map(str::trim).filter(|part| !part.is_empty());
    let parts: Vec<String> = parts.map(str::to_owned).collect();
    Ok(if parts.is_empty() { Produced::Nothing } else { Produced::Many(parts) })
}

fn part(text: &str, arguments: &[Box<str>], _: &Context<'_>) -> Result<Produced, Fault> {
    let number: usize = arguments[1].parse().unwrap_or(1);
    some(text.split(&*arguments[0]).nth(number.saturating_sub(1)).unwrap_or("").trim())
}

fn before(text: &str, arguments: &[Box<str>], _: &Context<'_>) -> Result<Produced, Fault> {
    some(text.split(&*arguments[0]).next().unwrap_or("").trim())
}

fn prefix(text: &str, arguments: &[Box<str>], _: &Context<'_>) -> Result<Produced, Fault> {
    Ok(Produced::Text(format!("{}{text}", arguments[0])))
}

fn without(text: &str, arguments: &[Box<str>], _: &Context<'_>) -> Result<Produced, Fault> {
    some(&text.replace(&*arguments[0], ""))
}

fn longest(text: &str, arguments: &[Box<str>], _: &Context<'_>) -> Result<Produced, Fault> {
    let length: usize = arguments[0].parse().unwrap_or(usize::MAX);
    some(&text.chars().take(length).collect::<String>())
}

/// Spec: HL7 v2 §2.7.6. Highlighting goes; line commands become line breaks.
fn plain(text: &str, _: &[Box<str>], _: &Context<'_>) -> Result<Produced, Fault> {
    let mut out = String::with_capacity(text.len());
    let mut rest = text;
    while let Some(at) = rest.find('\\') {
        let (before, after) = rest.split_at(at);
        out.push_str(before);
        let Some(length) = after[1..].find('\\').filter(|length| *length <= 12) else {
            out.push('\\');
            rest = &after[1..];
            continue;
        };
        let command = &after[1..=length];
        match command {
            ".br" | ".sp" | ".ce" => out.push('\n'),
            "H" | "N" => {}
            _ if is_layout(command) => {
                let lines = command.strip_prefix(".sp").and_then(|n| n.trim().parse().ok());
                out.extend(std::iter::repeat_n('\n', lines.unwrap_or(0_usize).min(20)));
            }
            _ => {
                out.push('\\');
                rest = &after[1..];
                continue;
            }
        }
        rest = &after[length + 2..];
    }
    out.push_str(rest);
    some(out.trim_end())
}

fn is_layout(command: &str) -> bool {
    [".sp", ".in", ".ti", ".fi", ".nf", ".sk"].iter().any(|name| command.starts_with(name))
}

#[cfg(test)]
mod tests {
    use super::super::check;
    use super::Produced as P;

    #[test]
    fn texts() {
        let text = |t: &str| Ok(P::Text(t.to_owned()));
        let cases: &[(&str, &[&str], &str, Result<P, _>)] = &[
            ("trim", &[], "  a b ", text("a b")),
            ("trim", &[], "   ", Ok(P::Nothing)),
            ("upper", &[], "é1a", text("É1A")),
            ("split", &[" "], "Anna  Mary", Ok(P::Many(vec!["Anna".into(), "Mary".into()]))),
            ("split", &[","], " , ", Ok(P::Nothing)),
            ("part", &[",", "2"], "a, b,c", text("b")),
            ("part", &[",", "9"], "a,b", Ok(P::Nothing)),
            ("before", &["_"], "70_105", text("70")),
            ("prefix", &["urn:oid:"], "1.2", text("urn:oid:1.2")),
            ("without", &[" "], "999 000 0123", text("9990000123")),
            ("plain", &[], "a\\.br\\b\\.sp2\\c\\H\\d\\N\\", text("a\nb\n\ncd")),
            ("plain", &[], "C:\\dir\\file", text("C:\\dir\\file")),
            ("longest", &["2"], "éàü", text("éà")),
        ];
        for (name, arguments, input, expected) in cases {
            assert_eq!(&check(name, arguments, input), expected, "{name} {input}");
        }
    }
}
