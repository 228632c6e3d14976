//! Strings: searching, cutting, replacing, regular expressions, encodings.
//!
//! Spec: <http://hl7.org/fhirpath/N1/#string-manipulation>. Places and lengths count characters.
//! Regular expressions run in time linear in the text; what only backtracking can match
//! (lookaround, references back) is refused with its reason.

use std::rc::Rc;

use base64::Engine as _;
use base64::engine::general_purpose::{STANDARD, URL_SAFE};
use regex::{Regex, RegexBuilder};

use crate::error::{Error, ErrorKind};
use crate::evaluate::{Call, Evaluator, Flow, Scope, emit};
use crate::function::Function;
use crate::item::Item;
use crate::literal;
use crate::system::{System, Text};
use crate::tree::Sink;

pub(super) fn call<'t>(
    evaluator: &Evaluator<'_, 't>,
    call: &Call<'_>,
    scope: Scope<'_, 't>,
    sink: Sink<'_, 't>,
) -> Result<Flow, Error> {
    if call.function == Function::Join {
        return join(evaluator, call, scope, sink);
    }
    let Some(text) = evaluator.input_text(call, scope)? else { return Ok(Flow::More) };
    evaluator.spend(call.id, text.len() / 64)?;
    let made = |text: String| Item::Value(System::from_string(text));
    let item = match call.function {
        Function::Length => Item::Value(System::Integer(text.chars().count() as i32)),
        Function::Upper => made(text.to_uppercase()),
        Function::Lower => made(text.to_lowercase()),
        Function::Trim => made(text.trim_matches([' ', '\t', '\r', '\n']).to_owned()),
        Function::Substring => return substring(evaluator, call, &text, scope, sink),
        Function::ToChars => {
            evaluator.spend(call.id, text.len())?;
            let chars = text.chars().map(|c| made(c.to_string()));
            return emit(chars, sink);
        }
        Function::Encode | Function::Decode => {
            let Some(format) = evaluator.argument_text(call, 0, scope)? else {
                return Ok(Flow::More);
            };
            let is_encoding = call.function == Function::Encode;
            let answer = if is_encoding { encode(&text, &format) } else { decode(&text, &format) };
            if let Some(answer) = &answer {
                evaluator.spend_text(call.id, answer.len())?;
            }
            return super::answer(answer.map(made), sink);
        }
        Function::Escape | Function::Unescape => {
            let Some(target) = evaluator.argument_text(call, 0, scope)? else {
                return Ok(Flow::More);
            };
            let is_escape = call.function == Function::Escape;
            let answer = if is_escape { escape(&text, &target) } else { unescape(&text, &target) };
            if let Some(answer) = &answer {
                evaluator.spend_text(call.id, answer.len())?;
            }
            return super::answer(answer.map(made), sink);
        }
        Function::Replace => return replace(evaluator, call, &text, scope, sink),
        Function::Matches | Function::MatchesFull | Function::ReplaceMatches => {
            return matches(evaluator, call, &text, scope, sink);
        }
        Function::Split => return split(evaluator, call, &text, scope, sink),
        _ => {
            let Some(part) = evaluator.argument_text(call, 0, scope)? else {
                return Ok(Flow::More);
            };
            let place = |at: Option<usize>| {
                let at = at.map_or(-1, |at| text[..at].chars().count() as i32);
                Item::Value(System::Integer(at))
            };
            match call.function {
                Function::IndexOf => place(text.find(&*part)),
                Function::LastIndexOf => place(text.rfind(&*part)),
                Function::StartsWith => text.starts_with(&*part).into(),
                Function::EndsWith => text.ends_with(&*part).into(),
                _ => text.contains(&*part).into(),
            }
        }
    };
    sink(item)
}

fn substring<'t>(
    evaluator: &Evaluator<'_, 't>,
    call: &Call<'_>,
    text: &Text<'t>,
    scope: Scope<'_, 't>,
    sink: Sink<'_, 't>,
) -> Result<Flow, Error> {
    let Some(start) = evaluator.argument_integer(call, 0, scope)? else { return Ok(Flow::More) };
    let length = evaluator.argument_integer(call, 1, scope)?;
    let Ok(start) = usize::try_from(start) else { return Ok(Flow::More) };
    let Some((from, _)) = text.char_indices().nth(start) else { return Ok(Flow::More) };
    let rest = &text[from..];
    let count = length.map_or(usize::MAX, |length| usize::try_from(length).unwrap_or(0));
    let end = rest.char_indices().nth(count).map_or(rest.len(), |(at, _)| at);
    let part = match text {
        Text::Borrowed(text) => Text::Borrowed(&text[from..from + end]),
        Text::Shared(_) => rest[..end].to_owned().into(),
    };
    sink(Item::Value(System::String(part)))
}

fn replace<'t>(
    evaluator: &Evaluator<'_, 't>,
    call: &Call<'_>,
    text: &str,
    scope: Scope<'_, 't>,
    sink: Sink<'_, 't>,
) -> Result<Flow, Error> {
    let pattern = evaluator.argument_text(call, 0, scope)?;
    let substitution = evaluator.argument_text(call, 1, scope)?;
    let Some((pattern, substitution)) = pattern.zip(substitution) else { return Ok(Flow::More) };
    // Before each character and at the end, where the pattern is empty, as N1's example has it.
    let count =
        if pattern.is_empty() { text.chars().count() + 1 } else { text.matches(&*pattern).count() };
    evaluator.spend_text(call.id, text.len() + count.saturating_mul(substitution.len()))?;
    sink(Item::Value(System::from_string(text.replace(&*pattern, &substitution))))
}

fn matches<'t>(
    evaluator: &Evaluator<'_, 't>,
    call: &Call<'_>,
    text: &str,
    scope: Scope<'_, 't>,
    sink: Sink<'_, 't>,
) -> Result<Flow, Error> {
    let is_replacing = call.function == Function::ReplaceMatches;
    let Some(pattern) = evaluator.argument_text(call, 0, scope)? else { return Ok(Flow::More) };
    let substitution = if is_replacing { evaluator.argument_text(call, 1, scope)? } else { None };
    let flags = evaluator.argument_text(call, if is_replacing { 2 } else { 1 }, scope)?;
    let flags = flags.as_deref().unwrap_or("");
    evaluator.spend(call.id, text.len() / 16)?;
    if !is_replacing {
        let whole = call.function == Function::MatchesFull;
        let regex = evaluator.regex(call, &pattern, flags, whole)?;
        return sink(regex.is_match(text).into());
    }
    let Some(substitution) = substitution else { return Ok(Flow::More) };
    if pattern.is_empty() {
        return sink(Item::Value(System::from_string(text)));
    }
    let regex = evaluator.regex(call, &pattern, flags, false)?;
    let mut out = String::with_capacity(text.len());
    let mut end = 0;
    for found in regex.captures_iter(text) {
        let Some(whole) = found.get(0) else { continue };
        out.push_str(&text[end..whole.start()]);
        substitute(&substitution, &found, &mut out);
        evaluator.check_text(call.id, out.len())?;
        end = whole.end();
    }
    out.push_str(&text[end..]);
    evaluator.spend_text(call.id, out.len())?;
    sink(Item::Value(System::from_string(out)))
}

/// Puts in what groups matched: `$1` (one or two digits), `${name}`; `\$` is a dollar sign.
fn substitute(template: &str, found: &regex::Captures<'_>, out: &mut String) {
    let mut rest = template;
    while let Some(at) = rest.find(['$', '\\']) {
        out.push_str(&rest[..at]);
        let is_escape = rest.as_bytes()[at] == b'\\';
        rest = &rest[at + 1..];
        if is_escape {
            let mut chars = rest.chars();
            out.extend(chars.next());
            rest = chars.as_str();
            continue;
        }
        let named = rest.strip_prefix('{').and_then(|inner| inner.split_once('}'));
        if let Some((name, after)) = named {
            let group = name.parse().map_or_else(|_| found.name(name), |index| found.get(index));
            out.push_str(group.map_or("", |group| group.as_str()));
            rest = after;
            continue;
        }
        let digits = rest.bytes().take(2).take_while(u8::is_ascii_digit).count();
        // Two digits where there is such a group, else one.
        let index = (1..=digits).rev().find_map(|length| {
            let index: usize = rest[..length].parse().ok()?;
            (index < found.len()).then_some((index, length))
        });
        match index {
            Some((index, length)) => {
                out.push_str(found.get(index).map_or("", |group| group.as_str()));
                rest = &rest[length..];
            }
            None => out.push('$'),
        }
    }
    out.push_str(rest);
}

fn split<'t>(
    evaluator: &Evaluator<'_, 't>,
    call: &Call<'_>,
    text: &str,
    scope: Scope<'_, 't>,
    sink: Sink<'_, 't>,
) -> Result<Flow, Error> {
    let Some(separator) = evaluator.argument_text(call, 0, scope)? else { return Ok(Flow::More) };
    let made = |part: &str| Item::Value(System::from_string(part));
    evaluator.spend(call.id, text.len())?;
    if separator.is_empty() {
        return emit(text.chars().map(|c| made(c.encode_utf8(&mut [0; 4]))), sink);
    }
    emit(text.split(&*separator).map(made), sink)
}

fn join<'t>(
    evaluator: &Evaluator<'_, 't>,
    call: &Call<'_>,
    scope: Scope<'_, 't>,
    sink: Sink<'_, 't>,
) -> Result<Flow, Error> {
    let separator = evaluator.argument_text(call, 0, scope)?;
    let mut out: Option<String> = None;
    evaluator.input(call, scope, &mut |item| {
        match item.system() {
            Some(System::String(part)) => {
                let text = match &mut out {
                    None => out.insert(String::new()),
                    Some(text) => {
                        text.push_str(separator.as_deref().unwrap_or(""));
                        text
                    }
                };
                text.push_str(&part);
                let length = text.len();
                evaluator.spend(call.id, 1 + part.len() / 64)?;
                evaluator.check_text(call.id, length)?;
            }
            None if crate::evaluate::is_without_value(&item) => {}
            Some(other) => return Err(evaluator.wrong_input(call, &other, "Strings")),
            None => return Err(evaluator.refuse(call.id, "join() on elements; expected Strings")),
        }
        Ok(Flow::More)
    })?;
    super::answer(out.map(|text| Item::Value(System::from_string(text))), sink)
}

impl Evaluator<'_, '_> {
    /// The regular expression, compiled once an evaluation.
    fn regex(
        &self,
        call: &Call<'_>,
        pattern: &str,
        flags: &str,
        whole: bool,
    ) -> Result<Rc<Regex>, Error> {
        let id = call.arguments.first().copied().unwrap_or(call.id);
        let most = self.environment.limits.regex_bytes_max;
        if pattern.len() > most {
            let message = format!("a regular expression of more than {most} bytes");
            return Err(self.error(ErrorKind::Limit, id, &message));
        }
        if let Some(unknown) = flags.chars().find(|flag| !matches!(flag, 'i' | 'm')) {
            let message = format!("unknown flag {unknown}; expected i or m");
            return Err(self.refuse(id, &message));
        }
        let key = format!("{flags}/{whole}/{pattern}");
        if let Some((_, regex)) = self.regexes.borrow().iter().find(|(known, _)| **known == *key) {
            return Ok(Rc::clone(regex));
        }
        self.spend(id, 200 + pattern.len() * 4)?;
        let text = if whole { format!("\\A(?:{pattern})\\z") } else { pattern.to_owned() };
        let built = RegexBuilder::new(&text)
            .dot_matches_new_line(true)
            .case_insensitive(flags.contains('i'))
            .multi_line(flags.contains('m'))
            .size_limit(1 << 20)
            .dfa_size_limit(1 << 20)
            .nest_limit(64)
            .build();
        let regex = built.map_err(|problem| {
            let reason = match problem {
                regex::Error::CompiledTooBig(_) => "it is too large when compiled",
                _ => "it cannot be read, or needs lookaround or references back",
            };
            self.refuse(id, &format!("a regular expression that is not supported: {reason}"))
        })?;
        let regex = Rc::new(regex);
        let mut cache = self.regexes.borrow_mut();
        if cache.len() < 64 {
            cache.push((key.into(), Rc::clone(&regex)));
        }
        Ok(regex)
    }
}

fn encode(text: &str, format: &str) -> Option<String> {
    match format {
        "hex" => Some(text.bytes().fold(String::with_capacity(text.len() * 2), |mut hex, byte| {
            hex.push_str(&format!("{byte:02x}"));
            hex
        })),
        "base64" => Some(STANDARD.encode(text)),
        "urlbase64" => Some(URL_SAFE.encode(text)),
        _ => None,
    }
}

fn decode(text: &str, format: &str) -> Option<String> {
    let bytes = match format {
        "hex" => {
            let is_hex =
                text.len().is_multiple_of(2) && text.bytes().all(|b| b.is_ascii_hexdigit());
            let pairs = (0..text.len() / 2)
                .map(|at| u8::from_str_radix(text.get(at * 2..at * 2 + 2)?, 16).ok());
            is_hex.then(|| pairs.collect::<Option<Vec<u8>>>())??
        }
        "base64" => STANDARD.decode(text).ok()?,
        "urlbase64" => URL_SAFE.decode(text).ok()?,
        _ => return None,
    };
    String::from_utf8(bytes).ok()
}

fn escape(text: &str, target: &str) -> Option<String> {
    match target {
        "html" => {
            let mut out = String::with_capacity(text.len());
            for c in text.chars() {
                match c {
                    '&' => out.push_str("&amp;"),
                    '<' => out.push_str("&lt;"),
                    '>' => out.push_str("&gt;"),
                    '"' => out.push_str("&quot;"),
                    '\'' => out.push_str("&#39;"),
                    other => out.push(other),
                }
            }
            Some(out)
        }
        "json" => {
            let mut bytes = Vec::with_capacity(text.len() + 2);
            ::fhir::write_string(text, &mut bytes);
            let quoted = String::from_utf8(bytes).ok()?;
            Some(quoted[1..quoted.len() - 1].to_owned())
        }
        _ => None,
    }
}

fn unescape(text: &str, target: &str) -> Option<String> {
    match target {
        "html" => Some(unescape_html(text)),
        "json" => literal::unescape(&format!("\"{text}\""), 0).ok().map(String::from),
        _ => None,
    }
}

fn unescape_html(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    let mut rest = text;
    while let Some(at) = rest.find('&') {
        out.push_str(&rest[..at]);
        rest = &rest[at..];
        let entity = rest[1..].split_once(';').filter(|(name, _)| name.len() <= 10);
        let decoded = entity.and_then(|(name, after)| Some((entity_char(name)?, after)));
        if let Some((c, after)) = decoded {
            out.push(c);
            rest = after;
        } else {
            out.push('&');
            rest = &rest[1..];
        }
    }
    out.push_str(rest);
    out
}

fn entity_char(name: &str) -> Option<char> {
    match name {
        "amp" => Some('&'),
        "lt" => Some('<'),
        "gt" => Some('>'),
        "quot" => Some('"'),
        "apos" => Some('\''),
        "nbsp" => Some('\u{a0}'),
        _ => {
            let number = name.strip_prefix('#')?;
            let code = match number.strip_prefix(['x', 'X']) {
                Some(hex) => u32::from_str_radix(hex, 16).ok()?,
                None => number.parse().ok()?,
            };
            char::from_u32(code)
        }
    }
}
