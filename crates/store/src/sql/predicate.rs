//! One predicate as a condition on a row of its kind's index table.
//! Spec: <https://hl7.org/fhir/R4/search.html#prefix> and the sections on each kind.

use search::{
    DateRange, Modifier, NumberRange, Predicate, Prefix, ReferenceTarget, TokenCode, TokenSystem,
};

use super::Numbering;
use super::text::{Bind, Writer};
use crate::catalogue::ParameterKind;
use crate::error::StoreError;

/// Ancestors of a URI at the most that `:above` looks for.
const ANCESTORS_MAX: usize = 64;

/// Codes of one text that are listed; more are looked up by the statement.
const CODES_MAX: usize = 32;

/// Whether the rows that a predicate selects come in the order of `rid`, each once: then a page
/// can be read off the index without sorting.
pub(super) fn is_ordered(
    numbering: &dyn Numbering,
    predicate: &Predicate,
    kind: ParameterKind,
) -> bool {
    match predicate {
        Predicate::Token { system, code: TokenCode::Is(code) } if kind == ParameterKind::Token => {
            match numbering.codes(system, code) {
                Some(codes) => codes.len() < 2,
                None => !matches!(system, TokenSystem::Any),
            }
        }
        Predicate::Reference(_) => true,
        Predicate::Uri { modifier, .. } => matches!(modifier, Modifier::Plain | Modifier::Exact),
        _ => false,
    }
}

/// Which kind of table a predicate's values are in, given the kind of its parameter.
pub(super) fn kind_for(predicate: &Predicate, kind: ParameterKind) -> ParameterKind {
    match predicate {
        Predicate::Token { .. } if kind == ParameterKind::Identifier => ParameterKind::Identifier,
        Predicate::Token { .. } => ParameterKind::Token,
        Predicate::Reference(_) | Predicate::ReferenceId(..) => ParameterKind::Reference,
        Predicate::Date(_) => ParameterKind::Date,
        Predicate::String { .. } => ParameterKind::String,
        Predicate::Number(_) => ParameterKind::Number,
        Predicate::Quantity { .. } => ParameterKind::Quantity,
        Predicate::Uri { .. } => ParameterKind::Uri,
        _ => kind,
    }
}

/// Writes the condition on a row named `row`; the parameter's number is tested by the caller.
pub(super) fn write(
    writer: &mut Writer<'_>,
    numbering: &dyn Numbering,
    row: &str,
    kind: ParameterKind,
    predicate: &Predicate,
) -> Result<(), StoreError> {
    match predicate {
        Predicate::Token { system, code } if kind == ParameterKind::Identifier => {
            identifier(writer, row, system, code);
        }
        Predicate::Token { system, code } => token(writer, numbering, row, system, code),
        Predicate::Reference(target) => reference(writer, numbering, row, target),
        Predicate::ReferenceId(types, id) => {
            let numbers: Vec<i64> =
                types.iter().filter_map(|each| numbering.type_number(*each)).collect();
            writer.text(&format!("{row}.target IN (SELECT rid FROM resource WHERE t IN ("));
            writer.list(numbers, Writer::integer);
            writer.text(") AND id = ");
            writer.bind(Bind::Id(id.clone()));
            writer.text(")");
        }
        Predicate::Date(range) => date(writer, row, *range),
        Predicate::String { modifier, text, folded } => {
            string(writer, row, *modifier, text, folded)?;
        }
        Predicate::Number(range) => number(writer, row, *range),
        Predicate::Quantity { range, system, code, .. } => {
            unit(writer, row, system.as_deref(), code.as_deref());
            number(writer, row, *range);
        }
        Predicate::Uri { modifier, uri } => self::uri(writer, row, *modifier, uri),
        other => return Err(StoreError::unsupported(format!("the predicate {other:?}"))),
    }
    Ok(())
}

fn uri_number(writer: &mut Writer<'_>, uri: &str) {
    writer.text("(SELECT u FROM uri WHERE uri = ");
    writer.string(uri);
    writer.text(")");
}

fn token(
    writer: &mut Writer<'_>,
    numbering: &dyn Numbering,
    row: &str,
    system: &TokenSystem,
    code: &TokenCode,
) {
    let known = match code {
        TokenCode::Is(code) => numbering.codes(system, code),
        TokenCode::Any => None,
    };
    if let Some(codes) = known.filter(|codes| codes.len() <= CODES_MAX) {
        match codes.as_slice() {
            // No code has the number 0.
            [] => writer.text(&format!("{row}.c = 0")),
            [code] => {
                writer.text(&format!("{row}.c = "));
                writer.integer(*code);
            }
            codes => {
                writer.text(&format!("{row}.c IN ("));
                writer.list(codes, |writer, code| writer.integer(*code));
                writer.text(")");
            }
        }
        return;
    }
    // One code of one system is one number, so that the rows come in order; else several.
    let single = !matches!(system, TokenSystem::Any) && matches!(code, TokenCode::Is(_));
    let operator = if single { "=" } else { "IN" };
    writer.text(&format!("{row}.c {operator} (SELECT c FROM code WHERE "));
    if let TokenCode::Is(code) = code {
        writer.text("code = ");
        writer.string(code);
        writer.text(if matches!(system, TokenSystem::Any) { "" } else { " AND " });
    }
    match system {
        TokenSystem::Any if matches!(code, TokenCode::Any) => writer.text("1 = 1"),
        TokenSystem::Any => {}
        TokenSystem::None => writer.text("u = 0"),
        TokenSystem::Is(system) => {
            writer.text("u = ");
            uri_number(writer, system);
        }
    }
    writer.text(")");
}

fn identifier(writer: &mut Writer<'_>, row: &str, system: &TokenSystem, code: &TokenCode) {
    match code {
        TokenCode::Is(code) => {
            writer.text(&format!("{row}.value = "));
            writer.string(code);
        }
        TokenCode::Any => writer.text("1 = 1"),
    }
    match system {
        TokenSystem::Any => {}
        TokenSystem::None => writer.text(&format!(" AND {row}.u = 0")),
        TokenSystem::Is(system) => {
            writer.text(&format!(" AND {row}.u = "));
            uri_number(writer, system);
        }
    }
}

fn reference(
    writer: &mut Writer<'_>,
    numbering: &dyn Numbering,
    row: &str,
    target: &ReferenceTarget,
) {
    writer.text(&format!("{row}.target = "));
    match target {
        ReferenceTarget::Local(resource_type, id) => {
            writer.text("(SELECT rid FROM resource WHERE t = ");
            writer.integer(numbering.type_number(*resource_type).unwrap_or(0));
            writer.text(" AND id = ");
            writer.bind(Bind::Id(id.clone()));
            writer.text(")");
        }
        // A target outside this server is the negated number of its URI.
        ReferenceTarget::Uri(uri) => {
            writer.text("-");
            uri_number(writer, uri);
        }
    }
}

fn date(writer: &mut Writer<'_>, row: &str, range: DateRange) {
    let (low, high) = (Bind::Integer(range.low), Bind::Integer(range.high));
    self::range(writer, row, range.prefix, &low, &high);
}

/// The digits of a number imply a range for `eq`, `ne` and `ap` only; else it is exact.
fn number(writer: &mut Writer<'_>, row: &str, range: NumberRange) {
    let (low, high) = match range.prefix {
        Prefix::Eq | Prefix::Ne | Prefix::Ap => (range.low, range.high),
        _ => (range.value, range.value),
    };
    self::range(writer, row, range.prefix, &Bind::Real(low), &Bind::Real(high));
}

/// The range of a row compared with the range of a search. A row's low end is never above its high
/// end; some conditions say so again, so that the index by the low end serves them.
fn range(writer: &mut Writer<'_>, row: &str, prefix: Prefix, low: &Bind, high: &Bind) {
    let parts: &[(&str, &Bind)] = match prefix {
        Prefix::Eq => &[("$.low >= ", low), (" AND $.low <= ", high), (" AND $.high <= ", high)],
        Prefix::Ne => &[("($.low < ", low), (" OR $.high > ", high)],
        Prefix::Gt => &[("$.high > ", high)],
        Prefix::Lt => &[("$.low < ", low)],
        Prefix::Ge => &[("($.high > ", high), (" OR $.low >= ", low)],
        Prefix::Le => &[("$.low <= ", high), (" AND ($.low < ", low), (" OR $.high <= ", high)],
        Prefix::Sa => &[("$.low > ", high)],
        Prefix::Eb => &[("$.low < ", low), (" AND $.high < ", low)],
        Prefix::Ap => &[("$.low <= ", high), (" AND $.high >= ", low)],
    };
    for (part, value) in parts {
        writer.text(&part.replace('$', row));
        writer.bind((*value).clone());
    }
    if matches!(prefix, Prefix::Ne | Prefix::Ge | Prefix::Le) {
        writer.text(")");
    }
}

fn unit(writer: &mut Writer<'_>, row: &str, system: Option<&str>, code: Option<&str>) {
    if system.is_none() && code.is_none() {
        return;
    }
    writer.text(&format!("({row}.c IN (SELECT c FROM code WHERE "));
    if let Some(code) = code {
        writer.text("code = ");
        writer.string(code);
    }
    if let Some(system) = system {
        writer.text(if code.is_some() { " AND u = " } else { "u = " });
        uri_number(writer, system);
    }
    writer.text(")");
    // Without a system the text may also be the unit as people write it.
    if let (None, Some(code)) = (system, code) {
        writer.text(&format!(" OR {row}.unit IN (SELECT c FROM code WHERE u = 0 AND code = "));
        writer.string(code);
        writer.text(")");
    }
    writer.text(") AND ");
}

fn string(
    writer: &mut Writer<'_>,
    row: &str,
    modifier: Modifier,
    text: &str,
    folded: &str,
) -> Result<(), StoreError> {
    match modifier {
        Modifier::Plain => prefix(writer, &format!("{row}.folded"), folded),
        Modifier::Exact => {
            writer.text(&format!("{row}.folded = "));
            writer.string(folded);
            // The text as written is kept only where it differs from its folded form.
            writer.text(&format!(" AND {row}.text = "));
            writer.string(if text == folded { "" } else { text });
        }
        Modifier::Contains => {
            let needle = writer.placeholder(Bind::Text(folded.into()));
            let dialect = writer.dialect;
            dialect.contains(&format!("{row}.folded"), &needle, &mut writer.statement.sql);
        }
        Modifier::Equal => {
            writer.text(&format!("{row}.folded = "));
            writer.string(folded);
        }
        Modifier::EndsWith | Modifier::Above | Modifier::Below => {
            return Err(StoreError::unsupported("the modifiers above and below on a string"));
        }
    }
    Ok(())
}

/// Writes the condition that `column` begins with `start`, as a range that an index serves.
fn prefix(writer: &mut Writer<'_>, column: &str, start: &str) {
    writer.text(&format!("{column} >= "));
    writer.string(start);
    if let Some(after) = after_prefix(start) {
        writer.text(&format!(" AND {column} < "));
        writer.string(&after);
    }
}

/// The least text that is greater than every text beginning with `start`; `None` if there is none.
fn after_prefix(start: &str) -> Option<String> {
    let mut text = start.to_owned();
    while let Some(last) = text.pop() {
        let next = match last {
            '\u{D7FF}' => Some('\u{E000}'),
            last => char::from_u32(last as u32 + 1),
        };
        if let Some(next) = next {
            text.push(next);
            return Some(text);
        }
    }
    None
}

fn uri(writer: &mut Writer<'_>, row: &str, modifier: Modifier, uri: &str) {
    if matches!(modifier, Modifier::Plain | Modifier::Exact) {
        writer.text(&format!("{row}.u = "));
        uri_number(writer, uri);
        return;
    }
    writer.text(&format!("{row}.u IN (SELECT u FROM uri WHERE "));
    match modifier {
        Modifier::Contains => {
            let needle = writer.placeholder(Bind::Text(uri.into()));
            let dialect = writer.dialect;
            dialect.contains("uri", &needle, &mut writer.statement.sql);
        }
        Modifier::Above => {
            writer.text("uri IN (");
            writer.list(ancestors(uri), Writer::string);
            writer.text(")");
        }
        Modifier::Below
        | Modifier::Plain
        | Modifier::Exact
        | Modifier::Equal
        | Modifier::EndsWith => {
            writer.text("uri = ");
            writer.string(uri);
            let folder = if uri.ends_with('/') { uri.to_owned() } else { format!("{uri}/") };
            writer.text(" OR (");
            prefix(writer, "uri", &folder);
            writer.text(")");
        }
    }
    writer.text(")");
}

/// A URL and everything above it: cut before and after each slash of its path.
fn ancestors(uri: &str) -> Vec<&str> {
    let mut found = vec![uri];
    let path = uri.find("://").map_or(uri.len(), |at| at + 3);
    for (at, _) in uri.match_indices('/').filter(|(at, _)| *at >= path).take(ANCESTORS_MAX) {
        found.push(&uri[..at]);
        if at + 1 < uri.len() {
            found.push(&uri[..=at]);
        }
    }
    found
}
