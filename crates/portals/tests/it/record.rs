//! What the clinician's pages say.

use crate::fixtures::{record, supplies};
use crate::gallery::{page, render};
use portals::clinician::person::View;
use portals::clinician::timeline::TimelineList;
use portals::components::banner::AllergyStatement;

/// The words of a page as a reader meets them: no markup, single spaces.
fn words(html: &str) -> String {
    let body = html.split_once("<body>").map_or(html, |(_, body)| body);
    let mut text = String::new();
    let mut inside = false;
    for c in body.chars() {
        match c {
            '<' => {
                inside = true;
                text.push(' ');
            }
            '>' => inside = false,
            _ if !inside => text.push(c),
            _ => {}
        }
    }
    let text = text.replace("&#39;", "'").replace("&#38;", "&").replace("&#60;", "<");
    text.replace("&#62;", ">").split_whitespace().collect::<Vec<_>>().join(" ")
}

#[track_caller]
fn says(html: &str, expected: &[&str]) {
    let words = words(html);
    for expected in expected {
        assert!(words.contains(expected), "{expected:?} is not in: {words}");
    }
}

#[track_caller]
fn says_in_order(html: &str, expected: &[&str]) {
    let words = words(html);
    let mut from = 0;
    for expected in expected {
        let found = words[from..].find(expected);
        let found = found.unwrap_or_else(|| panic!("{expected:?} is not after {from} in: {words}"));
        from += found + expected.len();
    }
}

#[test]
fn the_banner_follows_its_order() {
    says_in_order(
        &page("summary"),
        &[
            "O'CONNELL, Margaret Rose (Mrs)",
            "Preferred name Peggy",
            "Born 27-Mar-1957 (69y)",
            "Gender Female",
            "NHS No. 999 000 0050",
            "Address Flat 3, 14 Catharine Street, Liverpool, L8 7NH",
            "Known allergies : Penicillin, Latex",
            "Usual address",
        ],
    );
    assert!(!words(&page("summary")).contains("Not verified"));
}

#[test]
fn the_dead_are_shown_as_dead() {
    let html = page("summary-deceased");
    says_in_order(
        &html,
        &["Born 27-Mar-1957", "Died 01-Jul-2026", "Age at Death 69y", "Gender", "Not verified"],
    );
    assert!(html.contains("app-banner--deceased"));
    assert!(!words(&html).contains("27-Mar-1957 (69y)"));
}

#[test]
fn hostile_text_stays_text() {
    let html = page("summary-hostile");
    assert!(!html.contains("<script>alert"), "markup came through");
    assert!(!html.contains("<img"), "markup came through");
    says(
        &html,
        &["<SCRIPT>ALERT(1)</SCRIPT>, \"><img src=x onerror=alert(2)>"
            .to_string()
            .replace('"', "&#34;")
            .as_str()],
    );
    says(&html, &["Gender Not Known", "NHS No. Not Known", "Born Not recorded"]);
    let csv = page("lineage-csv");
    assert!(csv.contains("C-102,9990000190,&#60;script&#62;,Smith"));
}

#[test]
fn none_and_not_available_never_look_alike() {
    let (none, unavailable) = (page("summary-none"), page("summary-unavailable"));
    let sections = 9;
    assert_eq!(words(&none).matches("None recorded.").count(), sections);
    assert_eq!(words(&none).matches("Not available.").count(), 0);
    assert_eq!(
        words(&unavailable).matches("Not available. No system could tell").count(),
        sections
    );
    assert_eq!(words(&unavailable).matches("None recorded").count(), 0);
    says(&none, &["Allergies not recorded", "Ask the person."]);
    says(&unavailable, &["Allergies unavailable", "this system is not connected, no message yet"]);
}

#[test]
fn a_section_that_some_systems_could_not_fill_says_so() {
    let statement = AllergyStatement::NotRecorded;
    let html = render(&record::empty_summary(|noun| supplies(noun, 0), statement));
    says(&html, &["None recorded in the systems that we could ask.", "do not read this as “none”"]);
    says(
        &page("section-problems"),
        &[
            "May be incomplete: Social care Liverpool City Council late, last message 03-Aug-2026 17:12",
        ],
    );
}

#[test]
fn allergies_are_stated_in_one_of_four_ways() {
    let mut summary = record::none_summary();
    summary.allergies.statement = AllergyStatement::NoneKnown { updated: None };
    says(&render(&summary), &["No known allergies. A clinician recorded this."]);
    let html = page("section-allergies");
    says(
        &html,
        &[
            "Severity Severe",
            "Severity Not recorded",
            "The systems disagree.",
            "Royal Liverpool University Hospital and GP Brownlow Health",
        ],
    );
}

#[test]
fn medicines_keep_their_dose_whole_and_past_ones_apart() {
    says_in_order(
        &page("section-medicines"),
        &[
            "Current medicines",
            "Bisoprolol 2.5 mg tablets DOSE ONE tablet in the morning",
            "take with plenty of water and do not stop without advice",
            "Furosemide 40 mg tablets Dose not recorded",
            "Past medicines",
            "Ramipril 5 mg capsules",
        ],
    );
}

#[test]
fn results_carry_unit_flag_and_range_in_words() {
    says(
        &page("section-results"),
        &[
            "Latest 48 mmol/mol ↑ Above range Range 20 to 41",
            "6.2 mmol/L ↑↑ Critically high Preliminary",
            "8 results from 11-Feb-2019 to 14-Jul-2026. Lowest 48, highest 66, latest 48 mmol/mol, above range.",
            "Reference range 20 to 41 mmol/mol",
        ],
    );
    let page = page("result");
    says(&page, &["LOINC 4548-4", "Corrected Replaces 52 reported on 12-Jun-2024."]);
    assert_eq!(page.matches("<svg").count(), 2, "a wide and a narrow drawing");
}

#[test]
fn a_stay_shows_its_places_in_order() {
    says_in_order(
        &page("section-encounters"),
        &[
            "Inpatient stay",
            "Acute Medical Unit, bay 2, bed 6 from 13-Jul-2026 18:20 to 14-Jul-2026 12:00",
            "Ward 9Y, bay 1, bed 3 Now from 14-Jul-2026 12:00",
        ],
    );
}

#[test]
fn the_other_sections_show_their_entries() {
    for (view, expected) in [
        (View::Appointments, "19-Aug-2026 14:30 Booked Cardiology follow-up"),
        (View::Documents, "Discharge summary Open Discharge summary (PDF, 120 kB)"),
        (View::Documents, "Outpatient letter The source sent no copy"),
        (View::Immunisations, "Not given COVID-19 vaccine Reason Declined"),
        (View::SocialCare, "Home care, 2 visits a day, 7 hours a week Provider Harbour Home Care"),
        (View::People, "O'CONNELL, Siobhan (Ms) , Daughter, next of kin Mobile 07700 900321"),
    ] {
        says(&page(&format!("section-{}", view.segment())), &[expected]);
    }
}

#[test]
fn the_timeline_is_grouped_filtered_and_paged() {
    let html = page("timeline");
    says_in_order(
        &html,
        &[
            "51 to 74 of 212 entries",
            "August 2026 12",
            "July 2026 12",
            "Newer entries",
            "Older entries",
        ],
    );
    says(
        &page("timeline-filtered"),
        &[
            "Filtered: Royal Liverpool University Hospital; Result; from 01-Jan-2026. Other entries are not shown.",
        ],
    );
    says(&page("timeline-empty"), &["No entry matches the filter."]);
    says(&page("timeline-nothing"), &["Error: The last day must not be before the first"]);
}

#[test]
fn entries_without_a_month_keep_a_heading() {
    let mut entries = record::entries(3);
    entries[1].at = crate::fixtures::at("2025");
    entries[2].at = crate::fixtures::at("");
    says_in_order(
        &TimelineList::new(entries, 2).to_string(),
        &["August 2026", "2025, month not recorded", "Date not recorded"],
    );
}

#[test]
fn lineage_leads_to_the_exact_bytes() {
    let html = page("lineage-hl7");
    assert!(html.contains("||<mark>19570327</mark>|F|"), "the mark is not exact");
    says(
        &html,
        &[
            "PID-7, date/time of birth , bytes 204 to 211",
            "pid/birth-date in hl7v2/pid.map, version 3 19570327 became 1957-03-27",
            "Linked automatically, total weight +24.1, 13-Jul-2026 17:20",
            "Validation No problem found",
        ],
    );
    assert!(page("lineage-csv").contains("O&#39;Connell,<mark>27/03/1957</mark>,2026-07-01"));
    let json = page("lineage-json");
    assert!(json.contains("birthDate&#34;:<mark>&#34;1957-03-27&#34;</mark>"));
    says(&json, &["bytes not shown)", "the NHS number has no verification status"]);
    says(&page("lineage-none"), &["No message. Careloom set this value itself"]);
}

#[test]
fn finding_keeps_what_was_typed_and_links_its_errors() {
    let wrong = page("find-wrong");
    says(&wrong, &["There is a problem Enter a family name Date of birth must be a real date"]);
    assert!(wrong.contains("<title>Error: Find a person"));
    assert!(wrong.contains("value=\"31\"") && wrong.contains("value=\"1957\""));
    assert!(wrong.contains("href=\"#born-day\"") && wrong.contains("id=\"born-day\""));
    says(&page("find-none"), &["No person found"]);
    let found = page("find-found");
    says(
        &found,
        &[
            "12 people found Only the first 3 are shown.",
            "999 000 0190 Not verified",
            "(about 69y)",
        ],
    );
    assert!(!found.contains("app-banner"), "no banner where several people are listed");
}

#[test]
fn no_page_carries_an_nhs_number_in_an_address() {
    for (name, html) in crate::gallery::pages() {
        for address in html.split("href=\"").chain(html.split("action=\"")).skip(1) {
            let address = address.split('"').next().unwrap_or_default();
            assert!(!address.contains("9990000"), "{name}: {address}");
        }
    }
}
