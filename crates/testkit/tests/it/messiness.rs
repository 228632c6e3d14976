//! The mess comes at about its rates, and none of it where none is asked for.

use std::collections::HashSet;

use testkit::{Area, AreaOptions, Blemish, MessRates, Site, System, nhs_number};

use crate::area;

fn share(area: &Area, blemish: Blemish, among: impl Fn(System) -> bool) -> f64 {
    let records: Vec<_> = area
        .truth()
        .records()
        .iter()
        .filter(|record| among(record.system) && !area.people()[record.person.0 as usize].hero)
        .collect();
    let hit = records.iter().filter(|record| record.blemishes.contains(&blemish)).count();
    hit as f64 / records.len() as f64
}

#[test]
fn rates_are_near_the_options() {
    let date = jiff::civil::date(2025, 11, 1);
    let mut options = AreaOptions::new(4, 4_000, date);
    options.mess.transposed_nhs = 0.05;
    options.mess.others_nhs = 0.03;
    options.mess.missing_sex = 0.05;
    let rates = options.mess.clone();
    let area = Area::generate(options);
    let outside = |system: System| system != System::Gp;
    let near = |blemish, rate: f64, slack: f64| {
        let found = share(&area, blemish, outside);
        assert!((found - rate).abs() < rate * slack, "{blemish:?}: {found}, asked for {rate}");
    };
    near(Blemish::MissingNhs, rates.missing_nhs, 0.2);
    near(Blemish::OthersNhs, rates.others_nhs, 0.35);
    near(Blemish::MissingSex, rates.missing_sex, 0.25);
    near(Blemish::MissingPostcode, rates.missing_postcode, 0.4);
    // A transposition that would pass the check is left out, so it is a little rarer.
    near(Blemish::TransposedNhs, rates.transposed_nhs, 0.3);
    let slips = share(&area, Blemish::MisspeltFamily, outside)
        + share(&area, Blemish::MisspeltGiven, outside);
    assert!((0.02..0.04).contains(&slips), "{slips}");
    for blemish in [
        Blemish::ShortName,
        Blemish::MaidenName,
        Blemish::SwappedBirth,
        Blemish::OldAddress,
        Blemish::Duplicate,
        Blemish::MissingMiddle,
    ] {
        assert!(area.truth().count(blemish) > 0, "{blemish:?}");
    }
    for (sum, what) in
        area.truth().feeds().iter().fold([(0, "late"), (0, "copies")], |sums, feed| {
            [(sums[0].0 + feed.late, "late"), (sums[1].0 + feed.copies, "copies")]
        })
    {
        assert!(sum > 50, "{what}: {sum}");
    }
}

#[test]
fn without_mess_every_record_is_true() {
    let date = jiff::civil::date(2025, 11, 1);
    let mut options = AreaOptions::new(6, 600, date);
    options.mess = MessRates::NONE;
    let area = Area::generate(options);
    for record in area.truth().records() {
        let person = area.person(record.person).unwrap();
        assert!(record.blemishes.is_empty());
        assert_eq!(record.identity.nhs_number.as_deref(), Some(person.nhs_number.as_str()));
        assert_eq!(record.identity.birth, Some(person.birth));
        assert_eq!(record.identity.given, person.given);
    }
    assert!(area.truth().merges().is_empty());
    assert!(area.truth().feeds().iter().all(|feed| feed.copies == 0 && feed.late == 0));
    assert!(area.truth().results().iter().all(|result| !result.corrected));
}

#[test]
fn every_blemish_is_there_to_see() {
    for record in area().truth().records() {
        let person = area().person(record.person).unwrap();
        let identity = &record.identity;
        for blemish in &record.blemishes {
            let seen = match blemish {
                Blemish::MisspeltGiven | Blemish::ShortName => identity.given != person.given,
                Blemish::MisspeltFamily | Blemish::MaidenName => identity.family != person.family,
                Blemish::SwappedBirth => identity.birth != Some(person.birth),
                Blemish::MissingNhs => identity.nhs_number.is_none(),
                Blemish::TransposedNhs => {
                    identity.nhs_number.as_deref().is_some_and(|n| !nhs_number::is_valid(n))
                }
                Blemish::OthersNhs => identity
                    .nhs_number
                    .as_deref()
                    .is_some_and(|n| n != person.nhs_number && nhs_number::is_valid(n)),
                Blemish::OldAddress => identity.address != person.address,
                Blemish::MissingPostcode => identity.address.postcode.is_none(),
                Blemish::MissingSex => identity.sex.is_none(),
                Blemish::MissingMiddle => identity.middle.is_none() && person.middle.is_some(),
                Blemish::Duplicate => true,
            };
            assert!(seen, "{blemish:?} in {record:?}");
        }
    }
}

#[test]
fn people_are_of_many_kinds() {
    let people = area().people();
    assert!(people.iter().any(|person| !person.family.is_ascii()));
    assert!(people.iter().any(|person| person.family.contains('\'')));
    assert!(people.iter().any(|person| person.family.contains('-')));
    assert!(people.iter().any(|person| person.twin.is_some()));
    assert!(people.iter().any(|person| person.death.is_some()));
    let numbers: HashSet<_> = people.iter().map(|person| &person.nhs_number).collect();
    assert_eq!(numbers.len(), people.len());
    for person in people {
        assert!(nhs_number::is_valid(&person.nhs_number) && person.nhs_number.starts_with("999"));
    }
    let families: HashSet<_> = people.iter().map(|person| &person.family).collect();
    assert!(families.len() > 250, "{}", families.len());
    for site in Site::ALL {
        assert!(people.iter().filter(|person| person.site == site).count() > 200);
    }
}
