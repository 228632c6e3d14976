//! Conditions on strings and URIs, by modifier.
//! Spec: <https://hl7.org/fhir/R4/search.html#string>, <https://hl7.org/fhir/R4/search.html#uri>.

use search::Modifier;

use super::predicate::{Columns, uri_number};
use super::text::{Bind, Writer};
use crate::catalogue::ParameterKind;
use crate::error::StoreError;

/// Ancestors of a URI at the most that `:above` looks for.
const ANCESTORS_MAX: usize = 64;

/// A string by its modifier.
pub(super) fn string(
    writer: &mut Writer<'_>,
    columns: Columns<'_>,
    modifier: Modifier,
    text: &str,
    folded: &str,
) -> Result<(), StoreError> {
    let column = columns.of("folded");
    match modifier {
        Modifier::Plain => prefix(writer, &column, folded),
        Modifier::Exact => {
            writer.text(&format!("{column} = "));
            writer.string(folded);
            // The text as written is kept only where it differs from its folded form.
            writer.text(&format!(" AND {} = ", columns.of("text")));
            writer.string(if text == folded { "" } else { text });
        }
        Modifier::Contains => {
            let needle = writer.placeholder(Bind::Text(folded.into()));
            let dialect = writer.dialect;
            dialect.contains(&column, &needle, &mut writer.statement.sql);
        }
        Modifier::EndsWith => ends_with(writer, &column, folded),
        Modifier::Equal => {
            writer.text(&format!("{column} = "));
            writer.string(folded);
        }
        Modifier::Above | Modifier::Below => {
            return Err(StoreError::unsupported("the modifiers above and below on a string"));
        }
    }
    Ok(())
}

fn ends_with(writer: &mut Writer<'_>, column: &str, end: &str) {
    if end.is_empty() {
        writer.text("1 = 1");
        return;
    }
    let length = end.chars().count();
    let end = writer.placeholder(Bind::Text(end.into()));
    let dialect = writer.dialect;
    dialect.ends_with(column, &end, length, &mut writer.statement.sql);
}

/// Writes the condition that `column` begins with `start`, as a range that an index serves.
pub(super) fn prefix(writer: &mut Writer<'_>, column: &str, start: &str) {
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

/// A URI by its modifier.
pub(super) fn uri(
    writer: &mut Writer<'_>,
    columns: Columns<'_>,
    kind: ParameterKind,
    modifier: Modifier,
    uri: &str,
) {
    // Among references a URI is a negated number.
    let (column, sign) = match kind {
        ParameterKind::Reference => (columns.of("target"), "-"),
        _ => (columns.of("u"), ""),
    };
    if matches!(modifier, Modifier::Plain | Modifier::Exact | Modifier::Equal) {
        writer.text(&format!("{column} = {sign}"));
        uri_number(writer, uri);
        return;
    }
    writer.text(&format!("{column} IN (SELECT {sign}u FROM uri WHERE "));
    match modifier {
        Modifier::Contains => {
            let needle = writer.placeholder(Bind::Text(uri.into()));
            let dialect = writer.dialect;
            dialect.contains("uri", &needle, &mut writer.statement.sql);
        }
        Modifier::EndsWith => ends_with(writer, "uri", uri),
        Modifier::Above => {
            writer.text("uri IN (");
            writer.list(ancestors(uri), Writer::string);
            writer.text(")");
        }
        Modifier::Below | Modifier::Plain | Modifier::Exact | Modifier::Equal => {
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
