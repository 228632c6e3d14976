//! Precision and recall on the people of `testkit`: issue 2's acceptance figures.
//!
//! Records arrive in the order of time, and corrections arrive as updates. What `testkit` says in
//! a record becomes [`Demographics`] here without the feeds between, so a fault of mapping does
//! not count as a fault of linking.

use std::collections::HashMap;

use jiff::civil::{DateTime, date};
use matching::{
    Address, Decision, Demographics, Linker, NameUse, NhsNumberClaim, PartialDate, PersonName,
    Reconsidered, RecordId, Sex,
};
use testkit::{Area, AreaOptions, Blemish, Identity, SourceRecord};

use crate::area::Record;
use crate::score::{Waiting, score, settle};

fn demographics(area: &Area, record: &SourceRecord, identity: &Identity) -> Demographics {
    let name = |usage, family: &str| PersonName {
        usage,
        family: family.into(),
        given: [Some(&identity.given), identity.middle.as_ref()]
            .into_iter()
            .flatten()
            .cloned()
            .collect(),
    };
    let former = identity.former_family.iter().map(|family| name(NameUse::Former, family));
    let practice = area
        .person(record.person)
        .map(|person| area.site(person.site).practices[person.practice].code.clone());
    Demographics {
        source_system: record.feed(),
        local_id: record.local_id.clone(),
        nhs_numbers: identity
            .nhs_number
            .iter()
            .map(|number| NhsNumberClaim {
                number: number.clone(),
                status: Some(identity.nhs_status.into()),
            })
            .collect(),
        names: std::iter::once(name(NameUse::Current, &identity.family)).chain(former).collect(),
        birth_date: identity.birth.and_then(|birth| {
            PartialDate::new(birth.year() as u16, birth.month() as u8, birth.day() as u8)
        }),
        sex: identity.sex.map(|sex| match sex {
            testkit::Sex::Male => Sex::Male,
            testkit::Sex::Female => Sex::Female,
        }),
        addresses: vec![Address {
            lines: vec![identity.address.line1.clone(), identity.address.line2.clone()],
            postcode: identity.address.postcode.clone(),
        }],
        phones: identity.phone.iter().chain(&identity.mobile).cloned().collect(),
        gp_practice: practice,
        ..Default::default()
    }
}

fn kind(blemish: Blemish) -> &'static str {
    match blemish {
        Blemish::MisspeltFamily => "family slip",
        Blemish::MisspeltGiven => "given slip",
        Blemish::ShortName => "short name",
        Blemish::MaidenName => "maiden name",
        Blemish::SwappedBirth => "birth swapped",
        Blemish::MissingNhs => "nhs missing",
        Blemish::TransposedNhs => "nhs slip",
        Blemish::OthersNhs => "nhs of another",
        Blemish::OldAddress => "former address",
        Blemish::MissingPostcode => "no postcode",
        Blemish::MissingSex => "sex missing",
        Blemish::MissingMiddle => "no middle name",
        Blemish::Duplicate => "duplicate",
    }
}

fn records(area: &Area) -> Vec<Record> {
    let is_twin = |record: &SourceRecord| {
        area.person(record.person).is_some_and(|person| person.twin.is_some())
    };
    area.truth()
        .records()
        .iter()
        .map(|record| {
            let mut kinds: Vec<_> = record.blemishes.iter().map(|blemish| kind(*blemish)).collect();
            if kinds.is_empty() {
                kinds.push("clean");
            }
            if is_twin(record) {
                kinds.push("twin");
            }
            Record {
                truth: record.person.0,
                kinds,
                demographics: demographics(area, record, &record.identity),
            }
        })
        .collect()
}

/// Adds and updates in the order of time, as the feeds deliver them.
fn live(area: &Area, records: &[Record]) -> (Linker, Waiting) {
    let sources = area.truth().records();
    let mut events: Vec<(DateTime, usize, Option<&Identity>)> = Vec::new();
    for (index, source) in sources.iter().enumerate() {
        events.push((source.opened, index, None));
        events.extend(source.changes.iter().map(|(at, identity)| (*at, index, Some(identity))));
    }
    events.sort_by_key(|(at, index, change)| (*at, *index, change.is_some()));
    let mut linker = Linker::new();
    let mut waiting: Waiting = HashMap::new();
    for (_, index, change) in events {
        let id = RecordId(index as u64);
        let Some(identity) = change else {
            let placed = linker.add(id, &records[index].demographics).expect("each id is new");
            match placed.decision {
                Decision::Link { also, .. } if !also.is_empty() => {
                    waiting.insert(index, also);
                }
                Decision::Review(candidates) => {
                    waiting.insert(index, candidates);
                }
                _ => {}
            }
            settle(&mut linker, &mut waiting, placed.revisit);
            continue;
        };
        let updated = demographics(area, &sources[index], identity);
        let again = linker.update(id, &updated).expect("the record is held");
        match again {
            Reconsidered::Links(placed) => {
                waiting.remove(&index);
                settle(&mut linker, &mut waiting, placed.revisit);
            }
            Reconsidered::Review(candidates) => {
                waiting.insert(index, candidates);
            }
            Reconsidered::Keeps(_) | Reconsidered::SuggestUnlink { .. } => {}
        }
    }
    (linker, waiting)
}

fn check(seed: u64) {
    let mut options = AreaOptions::new(seed, 10_000, date(2025, 11, 1));
    // One year of life is enough: linking looks at who people are, not at what befell them.
    options.years = 1;
    let area = Area::generate(options);
    let records = records(&area);
    let (linker, waiting) = live(&area, &records);
    let score = score(&records, &linker, &waiting);
    println!("seed {seed}: {} records\n{}", records.len(), score.table());
    if std::env::var_os("MATCHING_SHOW").is_some() {
        crate::scoring::show(&records, &score, &linker);
    }
    assert!(score.all.precision() >= 0.999, "precision {}", score.all.precision());
    assert!(score.all.recall_with_review() >= 0.95, "{}", score.all.recall_with_review());
    assert!(score.all.recall() >= 0.9, "recall {}", score.all.recall());
}

#[test]
fn ten_thousand_people_of_the_simulated_area() {
    check(7);
}
