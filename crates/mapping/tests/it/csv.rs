//! CSV rows: headers, encodings, cells with line breaks, and the bytes behind each value.

use fhir::Issue;
use mapping::{
    CsvRow, Encoding, FeedProfile, Mapped, Mappings, check_header, map_csv, row_item, split_csv,
};

const NAME: &str = "community_lvp_20250301_6_allergies.csv";
const HEADER: &str = "allergy_id,client_id,recorded_on,substance,snomed,category,reaction,severity,certainty,status,recorded_by,last_updated";
const ROW: &str = "A1,C1,10/03/2025,Penicillin,91936005,medication,Rash,severe,confirmed,active,R Hughes,10/07/2025 14:20";

fn header(text: &str) -> Vec<Issue> {
    let bytes = format!("{text}\r\n");
    let parts = split_csv(bytes.as_bytes()).unwrap();
    check_header(Mappings::embedded(), &FeedProfile::new("c"), NAME, bytes.as_bytes(), &parts)
}

fn rows(profile: &FeedProfile, bytes: &[u8]) -> Vec<(Vec<u8>, Mapped)> {
    let parts = split_csv(bytes).unwrap();
    let map = |row| {
        let item = row_item(bytes, &parts, row);
        let csv = CsvRow { file_name: NAME, line: row.line, bytes: &item };
        let mapped = map_csv(Mappings::embedded(), profile, csv);
        (item, mapped)
    };
    parts.rows.iter().map(map).collect()
}

#[test]
fn headers() {
    let reversed: Vec<&str> = HEADER.split(',').rev().collect();
    let cases = [
        (HEADER.to_owned(), vec![]),
        (format!("\u{feff}{HEADER}"), vec![]),
        (reversed.join(","), vec![]),
        (
            HEADER.replace(",severity", ""),
            vec!["the header lacks column `severity`: send it, empty if need be"],
        ),
        (
            format!("{HEADER},shoe_size"),
            vec![
                "the header has a column that `allergies` files do not: take it out or add it to the rules",
            ],
        ),
        (format!("{HEADER},status"), vec!["the header names column `status` twice: keep one"]),
    ];
    for (text, expected) in cases {
        let told: Vec<String> = header(&text).into_iter().map(|issue| issue.message).collect();
        assert_eq!(told, expected, "{text}");
    }
}

#[test]
fn values_lead_back_to_their_cells() {
    let text = format!(
        "\u{feff}{HEADER}\r\n{}\r\n",
        ROW.replace("Rash", "\"Rash, then\r\n\"\"hives\"\"\"")
    );
    let all = rows(&FeedProfile::new("c"), text.as_bytes());
    let [(item, mapped)] = all.as_slice() else { panic!() };
    assert_eq!(mapped.issues, []);
    let allergy = mapped.contributions.last().unwrap();
    let trace = |path: &str| {
        let trace = allergy.traces.iter().find(|trace| trace.path == path).unwrap();
        let bytes = &item[trace.start as usize..trace.end as usize];
        (trace.locator.clone(), String::from_utf8_lossy(bytes).into_owned())
    };
    assert_eq!(
        trace("reaction[0].manifestation[0].text"),
        ("line 2, column reaction".to_owned(), "Rash, then\r\n\"\"hives\"\"".to_owned())
    );
    assert_eq!(trace("recordedDate").1, "10/03/2025");
    assert!(crate::json(&allergy.element).contains(r#"Rash, then\r\n\"hives\""#));
    // 14:20 in July is British Summer Time.
    assert_eq!(mapped.event_time, Some(1_752_153_600_000_000));
    assert_eq!(mapped.subject, "C1");
}

#[test]
fn rows_that_do_not_fit_are_set_aside_by_themselves() {
    let short = "A2,C1,10/03/2025";
    let no_key = ROW.replace("A1,", ",");
    let text = format!("{HEADER}\n{ROW}\n{short}\n{no_key}\n{ROW}\n");
    let all = rows(&FeedProfile::new("c"), text.as_bytes());
    let aside: Vec<bool> = all.iter().map(|(_, mapped)| mapped.is_set_aside()).collect();
    assert_eq!(aside, [false, true, true, false]);
    let place = |row: usize| all[row].1.issues[0].expression.clone().unwrap();
    assert_eq!((place(1).as_str(), place(2).as_str()), ("line 3", "line 4, column allergy_id"));
}

#[test]
fn windows_1252_is_an_option_and_utf_8_the_rule() {
    let mut bytes = format!("{HEADER}\r\n").into_bytes();
    bytes.extend(
        ROW.replace("Penicillin", "Caf~ine").bytes().map(|b| if b == b'~' { 0xe9 } else { b }),
    );
    let (_, refused) = &rows(&FeedProfile::new("c"), &bytes)[0];
    assert!(refused.is_set_aside());
    let profile = FeedProfile { encoding: Encoding::Windows1252, ..FeedProfile::new("c") };
    let (_, taken) = &rows(&profile, &bytes)[0];
    assert!(crate::json(&taken.contributions.last().unwrap().element).contains("Caféine"));
    // A byte-order mark says UTF-8 whatever the option says.
    let marked = format!("\u{feff}{HEADER}\r\n{}", ROW.replace("Penicillin", "Caféine"));
    let (_, taken) = &rows(&profile, marked.as_bytes())[0];
    assert!(crate::json(&taken.contributions.last().unwrap().element).contains("Caféine"));
}

#[test]
fn a_file_of_another_name_is_refused() {
    let item = format!("{HEADER}\r\n{ROW}");
    let csv = CsvRow { file_name: "shoes.csv", line: 2, bytes: item.as_bytes() };
    assert!(map_csv(Mappings::embedded(), &FeedProfile::new("c"), csv).is_set_aside());
}
