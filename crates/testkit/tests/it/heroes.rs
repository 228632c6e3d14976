//! Heroes have the rich record that the documentation promises, for any seed.

use testkit::chart::{LetterForm, What};
use testkit::{Area, AreaOptions, MessRates, Site, System, VisitState};

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
