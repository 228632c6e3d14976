//! The directory: what is offered in which order, and every reason why something is not.

use triage::directory::{
    Capacity, Circumstances, Contact, Need, Open, Point, Postcodes, Reason, Service, ServiceTypes,
    search,
};
use triage::{Age, Dispositions, Person, Sex};

use crate::opening::{holidays, london, opening};
use crate::shared::{answer, library, person};

fn service(id: &str, kind: &str, change: impl Fn(&mut Service)) -> Service {
    let mut service = Service::new(id, &format!("Service {id}"), kind);
    service.dispositions = vec!["Dx06".to_owned(), "Dx28".to_owned()];
    service.symptoms = vec![("demo-rash".to_owned(), None)];
    service.contacts = vec![Contact::GoTo];
    change(&mut service);
    service
}

fn need(code: &str) -> Need {
    Need {
        disposition: Dispositions::embedded()
            .ok()
            .and_then(|table| table.get(code).cloned())
            .expect("it is in the table"),
        symptom_group: "demo-rash".to_owned(),
        discriminators: vec!["demo-cellulitis".to_owned()],
        person: Person { age: Age { months: 360, days: 10_957 }, sex: Sex::Female },
    }
}

/// Monday 23 November 2026, 10am, in the middle of Liverpool.
fn circumstances() -> Circumstances {
    Circumstances {
        now: "2026-11-23T10:00:00Z".parse().expect("an instant"),
        zone: london(),
        bank_holidays: holidays(),
        place: Point::of(53.4084, -2.9916),
        metres_max: 10_000,
        per_type_max: 3,
        open_minutes_min: 30,
        contact: None,
    }
}

fn types() -> ServiceTypes {
    ServiceTypes::embedded().expect("the table is sound")
}

/// The reasons for which one service is left out.
fn reasons(
    need: &Need,
    circumstances: &Circumstances,
    change: impl Fn(&mut Service),
) -> Vec<Reason> {
    let services = [service("1", "pharmacy", change)];
    let found = search(&services, need, circumstances, &types());
    assert_eq!(found.offered.len() + found.left_out.len(), 1);
    found.left_out.into_iter().flat_map(|left| left.reasons).collect()
}

#[test]
fn each_reason() {
    let (need, here) = (need("Dx06"), circumstances());
    let why = |change: &dyn Fn(&mut Service)| reasons(&need, &here, change);
    assert!(why(&|_| {}).is_empty());
    assert_eq!(why(&|s| s.active = false), [Reason::NotActive]);
    assert_eq!(why(&|s| s.dispositions = vec!["Dx08".into()]), [Reason::Disposition]);
    assert_eq!(why(&|s| s.symptoms.clear()), [Reason::Symptom]);
    assert_eq!(why(&|s| s.symptoms = vec![("demo-other".into(), None)]), [Reason::Symptom]);
    assert_eq!(why(&|s| s.symptoms[0].1 = Some("demo-eczema".into())), [Reason::Symptom]);
    assert!(why(&|s| s.symptoms[0].1 = Some("demo-cellulitis".into())).is_empty());
    assert_eq!(why(&|s| s.sexes = vec![Sex::Male]), [Reason::Sex]);
    assert_eq!(why(&|s| s.capacity = Capacity::None), [Reason::NoCapacity]);
    assert_eq!(
        why(&|s| s.opening = opening("tue 09:00-17:00")),
        [Reason::Closed { opens: Some("2026-11-24T09:00:00Z".parse().unwrap()) }]
    );
    assert_eq!(why(&|s| s.opening = opening("")), [Reason::Closed { opens: None }]);
    let notice = "always; notice 2026-11-23T00:00 2026-11-24T00:00";
    assert_eq!(
        why(&|s| s.opening = opening(notice)),
        [Reason::Notice { reason: "training".into() }]
    );
    let far = why(&|s| s.place = Point::of(53.5, -2.9916));
    assert!(
        matches!(far[..], [Reason::TooFar { metres }] if (10_100..10_300).contains(&metres)),
        "{far:?}"
    );
    // All reasons at once, not only the first.
    let all = why(&|s| {
        s.active = false;
        s.sexes = vec![Sex::Male];
        s.opening = opening("");
        s.place = Point::of(0.0, 0.0);
    });
    assert_eq!(all.len(), 4);
    let book = Circumstances { contact: Some(Contact::Book), ..circumstances() };
    assert_eq!(reasons(&need, &book, |_| {}), [Reason::Contact]);
}

#[test]
fn ages_at_their_borders() {
    let here = circumstances();
    for (days, min, max, fits) in [
        (0, 0, 0, true),
        (1, 0, 0, false),
        (365, 366, u32::MAX, false),
        (366, 366, u32::MAX, true),
        (5_843, 0, 5_843, true),
        (5_844, 0, 5_843, false),
    ] {
        let mut need = need("Dx06");
        need.person.age = Age { months: days / 30, days };
        let why = reasons(&need, &here, |s| (s.age_days_min, s.age_days_max) = (min, max));
        assert_eq!(why.is_empty(), fits, "{days} in {min}..={max}: {why:?}");
    }
    // A service for women does not open for somebody whose sex is not known.
    let mut need = need("Dx06");
    need.person.sex = Sex::Unknown;
    assert_eq!(reasons(&need, &here, |s| s.sexes = vec![Sex::Female]), [Reason::Sex]);
}

#[test]
fn no_list_stands_beside_a_999_and_none_where_none_is_needed() {
    let services: Vec<Service> = (0..5)
        .map(|at| {
            service(&at.to_string(), "pharmacy", |s| {
                s.dispositions = vec!["Dx010".into(), "Dx38".into(), "Dx011".into()];
            })
        })
        .collect();
    for code in ["Dx010", "Dx011", "Dx38", "CALL-111"] {
        let found = search(&services, &need(code), &circumstances(), &types());
        assert!(found.offered.is_empty(), "{code}");
        let first = &found.left_out[0].reasons[0];
        let is_999 = code.starts_with("Dx01");
        assert_eq!(*first == Reason::CallFirst, is_999, "{code}");
        assert_eq!(*first == Reason::NoneNeeded, !is_999, "{code}");
    }
}

#[test]
fn open_now_or_within_the_window() {
    let here = circumstances();
    let offered = |code: &str, hours: &str| {
        let services = [service("1", "pharmacy", |s| s.opening = opening(hours))];
        let found = search(&services, &need(code), &here, &types());
        found.offered.first().map(|offer| offer.open)
    };
    let at = |text: &str| text.parse().unwrap();
    assert_eq!(
        offered("Dx06", "mon 09:00-17:00"),
        Some(Open::Now { until: at("2026-11-23T17:00:00Z") })
    );
    // Six hours: what opens at 4pm is in time, what opens a minute later is not.
    assert_eq!(
        offered("Dx06", "mon 16:00-20:00"),
        Some(Open::At { from: at("2026-11-23T16:00:00Z"), until: at("2026-11-23T20:00:00Z") })
    );
    assert_eq!(offered("Dx06", "mon 16:01-20:00"), None);
    assert!(offered("Dx28", "mon 16:01-20:00").is_some());
    // Closing in 29 minutes is too soon to get there; the next session counts.
    assert_eq!(offered("Dx06", "mon 09:00-10:29"), None);
    assert!(offered("Dx06", "mon 09:00-10:30").is_some());
    assert_eq!(
        offered("Dx06", "mon 09:00-10:29; mon 12:00-13:00"),
        Some(Open::At { from: at("2026-11-23T12:00:00Z"), until: at("2026-11-23T13:00:00Z") })
    );
    // Over midnight into a bank holiday, and the other way round.
    let night = Circumstances { now: at("2026-12-24T23:30:00Z"), ..circumstances() };
    let services =
        [service("1", "pharmacy", |s| s.opening = opening("thu 22:00-06:00; fri 09:00-17:00"))];
    let found = search(&services, &need("Dx06"), &night, &types());
    assert_eq!(found.offered[0].open, Open::Now { until: at("2026-12-25T06:00:00Z") });
    let morning = Circumstances { now: at("2026-12-25T08:00:00Z"), ..circumstances() };
    assert!(search(&services, &need("Dx06"), &morning, &types()).offered.is_empty());
}

#[test]
fn ranked_by_kind_then_room_then_distance_and_few_of_each() {
    let place = |km: f64| Point::of(53.4084 + km / 111.195, -2.9916);
    let services = [
        service("far", "pharmacy", |s| s.place = place(5.0)),
        service("near", "pharmacy", |s| s.place = place(1.0)),
        service("full", "pharmacy", |s| {
            s.place = place(0.5);
            s.capacity = Capacity::Low;
        }),
        service("fourth", "pharmacy", |s| s.place = place(6.0)),
        service("gp", "gp-practice", |s| s.place = place(9.0)),
        service("line", "mental-health-crisis", |_| {}),
        service("strange", "no-such-kind", |s| s.place = place(0.1)),
    ];
    let found = search(&services, &need("Dx06"), &circumstances(), &types());
    let ids: Vec<&str> = found.offered.iter().map(|offer| &*offer.service.id).collect();
    assert_eq!(ids, ["line", "gp", "near", "far", "fourth", "strange"]);
    assert_eq!(found.left_out[0].reasons, [Reason::EnoughOfItsKind]);
    assert_eq!(found.left_out[0].service.id, "full");
    assert_eq!(found.offered[0].metres, None);
    assert!((995..1005).contains(&found.offered[2].metres.unwrap()));
    // Without a place for the person nothing is too far, and the order is still fixed.
    let nowhere = Circumstances { place: None, metres_max: 0, per_type_max: 9, ..circumstances() };
    let found = search(&services, &need("Dx06"), &nowhere, &types());
    assert_eq!(found.offered.len(), 7);
    assert!(found.offered.iter().all(|offer| offer.metres.is_none()));
}

#[test]
fn only_what_may_be_booked_is() {
    let services = [service("1", "gp-practice", |s| {
        s.contacts = vec![Contact::Book, Contact::Phone];
        s.dispositions.push("Dx02".into());
    })];
    for (code, may_book) in [("Dx06", true), ("Dx28", true), ("Dx02", false)] {
        let found = search(&services, &need(code), &circumstances(), &types());
        assert_eq!(found.offered[0].may_book, may_book, "{code}");
    }
}

#[test]
fn from_questions_to_a_pharmacy() {
    let (_, outcome) = answer(
        library(),
        "sore-throat",
        person(360, Sex::Female),
        "throat-fever=yes throat-pus=yes",
    );
    let need = Need::of(&outcome);
    assert_eq!(need.disposition.code, "Dx28");
    let services = [service("1", "pharmacy", |s| {
        s.symptoms = vec![("demo-sore-throat".into(), Some("demo-sore-throat".into()))];
    })];
    assert_eq!(search(&services, &need, &circumstances(), &types()).offered.len(), 1);
}

#[test]
fn postcodes() {
    let table =
        Postcodes::read("postcode,latitude,longitude\nL1 8JQ,53.4,-2.98\nTN34,50.86,0.58\n\n")
            .unwrap();
    assert_eq!(table.find("l18jq"), Point::of(53.4, -2.98));
    assert_eq!(table.find(" L1  8JQ "), Point::of(53.4, -2.98));
    assert_eq!(table.find("TN34 1AA"), Point::of(50.86, 0.58));
    for none in ["", "L1 8JR", "é1 8JQ", "<script>", "1234567", "LLLLLLL", "L1 8JQQQQQQQQ"] {
        assert_eq!(table.find(none), None, "{none}");
    }
    for (text, line) in [
        ("L1 8JQ,53.4", 1),
        ("postcode\nL1 8JQ,north,west", 2),
        ("L1 8JQ,153.4,-2.98", 1),
        ("L1 8JQ,53.4,-2.98,x", 1),
        (",53.4,-2.98", 1),
        ("L1 8JQ,NaN,1", 1),
    ] {
        assert_eq!(Postcodes::read(text).unwrap_err()[0].line, line, "{text}");
    }
    assert_eq!(Point::of(f64::INFINITY, 0.0), None);
    let poles = (Point::of(90.0, 0.0).unwrap(), Point::of(-90.0, 180.0).unwrap());
    assert!((20_015_000..20_016_000).contains(&poles.0.metres_to(poles.1)));
}
