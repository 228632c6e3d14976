//! Every file has its header, rows as wide as it, and keys that the truth knows.

use std::collections::HashMap;

use testkit::{PayloadKind, Site, System, community, social_care};

use crate::area;

/// A reader of RFC 4180 that shares no code with the writer.
pub(crate) fn rows(text: &str) -> Vec<Vec<String>> {
    let text = text.strip_prefix('\u{feff}').unwrap_or(text);
    let (mut rows, mut row, mut field) = (Vec::new(), Vec::new(), String::new());
    let mut letters = text.chars().peekable();
    let mut quoted = false;
    while let Some(letter) = letters.next() {
        match (quoted, letter) {
            (true, '"') if letters.peek() == Some(&'"') => field.extend(letters.next()),
            (_, '"') => quoted = !quoted,
            (false, ',') => row.push(std::mem::take(&mut field)),
            (false, '\r') => {}
            (false, '\n') => {
                row.push(std::mem::take(&mut field));
                rows.push(std::mem::take(&mut row));
            }
            _ => field.push(letter),
        }
    }
    assert!(!quoted && row.is_empty() && field.is_empty(), "the last line ends");
    rows
}

#[test]
fn every_file_keeps_to_its_header() {
    let mut rows_seen: HashMap<String, usize> = HashMap::new();
    for site in Site::ALL {
        for (system, kinds) in
            [(System::Community, community::KINDS), (System::SocialCare, social_care::KINDS)]
        {
            let mut known = std::collections::HashSet::new();
            for delivery in area().deliveries(site, system) {
                assert_eq!(delivery.kind, PayloadKind::CsvFile);
                let text = String::from_utf8(delivery.payload).unwrap();
                assert_eq!(text.starts_with('\u{feff}'), system == System::SocialCare);
                let rows = rows(&text);
                let stem = delivery.name.strip_suffix(".csv").unwrap();
                let (name, header) = kinds.iter().find(|(name, _)| stem.ends_with(name)).unwrap();
                assert_eq!(rows[0].join(","), *header, "{}", delivery.name);
                assert!(rows.len() > 1, "{} has rows", delivery.name);
                let column = header
                    .split(',')
                    .position(|column| matches!(column, "client_id" | "person_id"))
                    .unwrap();
                for row in &rows[1..] {
                    assert_eq!(row.len(), rows[0].len(), "{row:?}");
                    let feed = system.feed(site);
                    assert!(area().truth().person_of(&feed, &row[column]).is_some(), "{row:?}");
                    // A person's own row comes before rows about them.
                    if column == 0 {
                        known.insert(row[0].clone());
                    } else {
                        assert!(known.contains(&row[column]), "{} {row:?}", delivery.name);
                    }
                }
                *rows_seen.entry((*name).to_owned()).or_default() += rows.len() - 1;
            }
        }
    }
    for (name, _) in community::KINDS.iter().chain(social_care::KINDS) {
        assert!(rows_seen.get(*name).is_some_and(|count| *count > 0), "{name}: {rows_seen:?}");
    }
}

#[test]
fn the_sum_of_an_assessment_is_the_sum_of_its_items() {
    let mut sums: HashMap<String, (i32, Option<i32>)> = HashMap::new();
    for delivery in area().deliveries(Site::Staffordshire, System::Community) {
        if !delivery.name.ends_with("_assessments.csv") {
            continue;
        }
        let rows = rows(std::str::from_utf8(&delivery.payload).unwrap());
        let mut seen = std::collections::HashSet::new();
        for row in &rows[1..] {
            if row[4] != "Waterlow"
                || row[14] != "final"
                || !seen.insert((row[0].clone(), row[5].clone()))
            {
                continue;
            }
            let value: i32 = row[8].parse().unwrap();
            let sum = sums.entry(row[0].clone()).or_default();
            if row[5] == "TOTAL" { sum.1 = Some(value) } else { sum.0 += value }
        }
    }
    assert!(sums.len() > 5, "{}", sums.len());
    let whole = sums.values().filter(|(_, total)| total.is_some());
    // A row that was sent again a month later is added twice; that befalls few.
    let wrong = whole.clone().filter(|(sum, total)| *total != Some(*sum)).count();
    assert!(wrong * 5 <= whole.count(), "{sums:?}");
}
