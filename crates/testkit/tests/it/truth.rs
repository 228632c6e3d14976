//! The truth agrees with what a reader of the messages would find out.

use std::collections::{HashMap, HashSet};

use jiff::civil::Date;
use testkit::{Site, System, VisitState};

use crate::area;
use crate::hl7_shape::field;

#[test]
fn the_truth_counts_what_is_sent() {
    for site in Site::ALL {
        for system in System::ALL {
            let feed = system.feed(site);
            let count = area().truth().feeds().iter().find(|count| count.feed == feed).unwrap();
            let deliveries = area().deliveries(site, system);
            assert_eq!(deliveries.len() as u64, count.sent, "{feed}");
            let mut copies = 0;
            let mut lines = 0;
            for (place, delivery) in deliveries.enumerate() {
                assert_eq!(delivery.seq, place as u64);
                copies += u64::from(delivery.copy);
                let text = String::from_utf8_lossy(&delivery.payload).into_owned();
                lines += text.matches("\r\n").count() as u64;
            }
            if matches!(system, System::Hospital | System::Gp) {
                assert_eq!(copies, count.copies, "{feed}");
            } else {
                assert_eq!(lines - count.sent, count.rows, "{feed}");
            }
        }
    }
}

#[test]
fn every_mrn_is_of_the_person_whom_the_truth_names() {
    for delivery in area().deliveries(Site::Liverpool, System::Hospital) {
        let text = std::str::from_utf8(&delivery.payload).unwrap();
        let mrn = field(text, "PID", 3).unwrap().split('~').next_back().unwrap();
        let mrn = mrn.split('^').next().unwrap();
        assert_eq!(area().truth().person_of("lvp-hospital", mrn), delivery.person);
    }
    assert_eq!(area().truth().person_of("lvp-hospital", "nobody"), None);
}

/// Replays the messages of a site by the time at which things happened, as a good engine would.
fn replay(site: Site) -> HashMap<String, (&'static str, String)> {
    let mut events: Vec<(String, u64, String)> = area()
        .deliveries(site, System::Hospital)
        .filter(|delivery| !delivery.copy)
        .map(|delivery| {
            let text = String::from_utf8(delivery.payload).unwrap();
            (field(&text, "EVN", 6).unwrap_or("").to_owned(), delivery.seq, text)
        })
        .filter(|(at, _, text)| !at.is_empty() && text.contains("||ADT^"))
        .collect();
    events.sort();
    let mut visits = HashMap::new();
    for (at, _, text) in &events {
        let Some(number) = field(text, "PV1", 19).filter(|number| !number.is_empty()) else {
            continue;
        };
        let number = number.split('^').next().unwrap().to_owned();
        let place = field(text, "PV1", 3).unwrap().to_owned();
        let state = match field(text, "EVN", 1).unwrap() {
            "A05" => ("planned", String::new()),
            "A11" => ("cancelled", String::new()),
            "A03" => ("finished", at.clone()),
            _ => ("in progress", place),
        };
        visits.insert(number, state);
    }
    visits
}

#[test]
fn visits_end_as_the_truth_says() {
    let mut states: HashMap<&str, u32> = HashMap::new();
    for site in Site::ALL {
        let found = replay(site);
        let truth: Vec<_> = area().truth().visits().iter().filter(|v| v.site == site).collect();
        assert_eq!(found.len(), truth.len());
        for visit in truth {
            let (state, detail) = &found[&visit.number];
            match visit.state {
                VisitState::Planned => assert_eq!(*state, "planned"),
                VisitState::Cancelled => assert_eq!(*state, "cancelled"),
                VisitState::Finished(at) => {
                    assert_eq!(*state, "finished");
                    assert_eq!(*detail, at.strftime("%Y%m%d%H%M%S").to_string());
                }
                VisitState::InProgress(stay) => {
                    assert_eq!(*state, "in progress", "{visit:?}");
                    let wanted = format!(
                        "{}^BAY{}^BED{}^{}",
                        stay.ward,
                        stay.bay,
                        stay.bed,
                        site.hospital()
                    );
                    assert_eq!(*detail, wanted);
                }
            }
            *states.entry(state).or_default() += 1;
        }
    }
    for state in ["cancelled", "finished", "in progress"] {
        assert!(states.contains_key(state), "{states:?}");
    }
}

#[test]
fn results_end_as_the_truth_says() {
    let mut last: HashMap<(String, String), (String, String)> = HashMap::new();
    for delivery in area().deliveries(Site::Liverpool, System::Hospital) {
        let text = String::from_utf8(delivery.payload).unwrap();
        if !text.contains("||ORU^R01") || field(&text, "OBR", 25) == Some("P") {
            continue;
        }
        let filler = field(&text, "OBR", 3).unwrap().split('^').next().unwrap().to_owned();
        let out = field(&text, "OBR", 22).unwrap().to_owned();
        for line in text.split('\r').filter(|line| line.starts_with("OBX|")) {
            let fields: Vec<&str> = line.split('|').collect();
            let code = fields[3].split('^').next().unwrap().to_owned();
            let entry = last.entry((filler.clone(), code)).or_default();
            if entry.0 <= out {
                *entry = (out.clone(), fields[5].to_owned());
            }
        }
    }
    let truth: Vec<_> =
        area().truth().results().iter().filter(|result| result.site == Site::Liverpool).collect();
    assert_eq!(truth.len(), last.len());
    assert!(truth.iter().any(|result| result.corrected));
    for result in truth {
        let (_, value) = &last[&(result.filler.clone(), result.code.to_owned())];
        assert_eq!(*value, result.value, "{result:?}");
    }
}

#[test]
fn merged_numbers_are_not_used_after_the_merge() {
    let merges = area().truth().merges();
    assert!(!merges.is_empty());
    for merge in merges {
        assert_ne!(merge.gone, merge.kept);
        let mut seen = false;
        for delivery in area().deliveries(merge.site, System::Hospital) {
            let text = String::from_utf8(delivery.payload).unwrap();
            if field(&text, "MSH", 9) == Some("ADT^A40^ADT_A39")
                && field(&text, "MRG", 1).unwrap().starts_with(&merge.gone)
            {
                assert!(field(&text, "PID", 3).unwrap().contains(&merge.kept));
                seen = true;
            } else if field(&text, "PID", 3).unwrap().contains(&merge.gone) {
                let at = field(&text, "EVN", 6).unwrap_or("");
                let limit = merge.at.strftime("%Y%m%d%H%M%S").to_string();
                assert!(at.is_empty() || at <= limit.as_str(), "{text}");
            }
        }
        assert!(seen, "{merge:?}");
    }
}

#[test]
fn bookings_are_once_each() {
    let bookings = area().truth().bookings();
    let numbers: HashSet<_> = bookings.iter().map(|b| (b.site, &b.number)).collect();
    assert_eq!(numbers.len(), bookings.len());
    assert!(bookings.iter().any(|booking| booking.cancelled));
    assert!(bookings.iter().any(|booking| !booking.cancelled));
}

#[test]
fn nothing_happens_before_birth_or_after_death() {
    for chart in area().charts() {
        let person = area().person(chart.person).unwrap();
        for event in &chart.events {
            assert!(event.at.date() > person.birth);
            assert!(event.at.date() <= area().options().as_of);
            // Word of a death comes after it; nothing else does.
            let word = event.what == testkit::chart::What::Update;
            let after = person.death.is_some_and(|day: Date| event.at.date() > day);
            assert!(word || !after, "{event:?}");
        }
    }
    for person in area().people() {
        assert!(person.death.is_none_or(|day| day > person.birth));
        assert!(person.diagnoses.iter().all(|diagnosis| diagnosis.onset > person.birth));
    }
}
