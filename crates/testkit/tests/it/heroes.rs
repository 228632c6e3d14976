//! Heroes have the rich record that the documentation promises, for any seed.

use testkit::chart::{LetterForm, What};
use testkit::{Area, AreaOptions, MessRates, Site, System, VisitState};

/// The HbA1c values that the practice sends of a person.
fn at_the_practice(area: &Area, hero: &testkit::Person) -> Vec<f64> {
    area.deliveries(hero.site, System::Gp)
        .filter(|delivery| delivery.person == Some(hero.id))
        .flat_map(|delivery| {
            let tree = fhir::Tree::parse(&delivery.payload).unwrap();
            let mut values = Vec::new();
            for entry in tree.root().all("entry") {
                let resource = entry.get("resource").unwrap();
                let code = resource.at("code.coding[0].code").and_then(fhir::Value::as_str);
                if code == Some("999791000000106") {
                    let value = resource.at("valueQuantity.value").unwrap();
                    values.push(value.raw().parse().unwrap());
                }
            }
            values
        })
        .collect()
}

fn mean(values: &[f64]) -> f64 {
    values.iter().sum::<f64>() / values.len() as f64
}

#[test]
fn the_practice_and_the_laboratory_measure_the_same_person() {
    let mut options = AreaOptions::new(3, 40, jiff::civil::date(2025, 11, 1));
    options.heroes = 4;
    let area = Area::generate(options);
    for hero in area.heroes() {
        let laboratory: Vec<f64> = area
            .truth()
            .results()
            .iter()
            .filter(|r| r.person == hero.id && r.code == "HBA1C" && !r.corrected)
            .map(|r| r.value.parse().unwrap())
            .collect();
        let practice = at_the_practice(&area, hero);
        assert!(practice.len() >= 4 && laboratory.len() >= 4);
        let apart = (mean(&laboratory) - mean(&practice)).abs();
        assert!(apart < 8.0, "{laboratory:?} and {practice:?}");
    }
}

fn check(area: &Area) {
    for hero in area.heroes() {
        let chart = area.charts().iter().find(|chart| chart.person == hero.id).unwrap();
        assert!(
            chart.visits.iter().any(|visit| visit.class == "I"),
            "{} was admitted",
            hero.family
        );
        let sent = |form| {
            chart.events.iter().any(|event| match event.what {
                What::Letter(letter) => chart.letters[letter as usize].form == form,
                _ => false,
            })
        };
        for form in [LetterForm::Formatted, LetterForm::Lines, LetterForm::Pdf] {
            assert!(sent(form), "{} of {:?} has no {form:?} letter", hero.family, hero.site);
        }
        assert!(hero.has("diabetes") && hero.has("ckd") && !hero.allergies.is_empty());
        let trend = area.truth().results().iter();
        let count = trend.filter(|r| r.person == hero.id && r.code == "HBA1C").count();
        assert!(count >= 4, "{count} HbA1c results of {}", hero.family);
        for record in area.truth().records_of(hero.id) {
            assert!(record.blemishes.is_empty() && record.site == hero.site);
        }
        for system in System::ALL {
            assert_eq!(area.truth().records_of(hero.id).filter(|r| r.system == system).count(), 1);
        }
        let here = area.truth().visits().iter().any(|visit| {
            visit.person == hero.id && matches!(visit.state, VisitState::InProgress(_))
        });
        assert!(here || hero.site != Site::Hastings);
    }
}

#[test]
fn heroes_have_rich_records() {
    for seed in 0..12 {
        let mut options = AreaOptions::new(seed, 20, jiff::civil::date(2025, 11, 1));
        options.heroes = 2;
        check(&Area::generate(options.clone()));
        options.mess = MessRates::NONE;
        check(&Area::generate(options));
    }
}
