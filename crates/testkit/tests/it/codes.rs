//! Every SNOMED CT code that is sent has a right check digit, and every known code its one term.

use std::collections::HashMap;

use fhir::{Kind, Tree, Value};
use testkit::{Site, System, is_snomed};

use crate::area;
use crate::csv_shape::rows;

fn codings(value: Value<'_>, found: &mut HashMap<String, String>) {
    match value.kind() {
        Kind::Object => {
            if value.text_of("system") == Some("http://snomed.info/sct")
                && let Some(code) = value.text_of("code")
            {
                let display = value.text_of("display").unwrap_or("").to_owned();
                let before = found.entry(code.to_owned()).or_insert_with(|| display.clone());
                assert_eq!(*before, display, "{code} has two terms");
            }
            value.members().for_each(|member| codings(member, found));
        }
        Kind::Array => value.items().for_each(|item| codings(item, found)),
        _ => {}
    }
}

#[test]
fn snomed_codes_check_in_every_format() {
    let mut bundled = HashMap::new();
    for delivery in area().deliveries(Site::Bristol, System::Gp) {
        codings(Tree::parse(&delivery.payload).unwrap().root(), &mut bundled);
    }
    assert!(bundled.len() > 40, "{}", bundled.len());
    let mut codes: Vec<String> = bundled.into_keys().collect();
    for delivery in area().deliveries(Site::Bristol, System::Hospital) {
        let text = String::from_utf8(delivery.payload).unwrap();
        for field in text.split(['|', '\r']).filter(|field| field.ends_with("^SCT")) {
            codes.push(field.rsplit('^').nth(2).unwrap().to_owned());
        }
    }
    for delivery in area().deliveries(Site::Bristol, System::Community) {
        let rows = rows(std::str::from_utf8(&delivery.payload).unwrap());
        let columns: Vec<usize> = rows[0]
            .iter()
            .enumerate()
            .filter(|(_, name)| name.ends_with("snomed"))
            .map(|(index, _)| index)
            .collect();
        for row in &rows[1..] {
            codes.extend(columns.iter().map(|column| row[*column].clone()));
        }
    }
    codes.sort_unstable();
    codes.dedup();
    let wrong: Vec<_> = codes.iter().filter(|code| !code.is_empty() && !is_snomed(code)).collect();
    assert!(wrong.is_empty(), "{wrong:?}");
}
