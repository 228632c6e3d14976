//! The directory at the borders, and what is arranged from an outcome.

use ::triage::directory::{Contact, Days, Opening};
use interactions::Category;
use interactions::triage::{Open, Reason, Sex, Way, Whom, Why};
use jiff::Timestamp;
use jiff::civil::{Weekday, time};

use super::journeys::ada;
use super::world::{World, begin, ended, hours, service, way};
use crate::fixture::id;

fn at(text: &str) -> Timestamp {
    text.parse().expect("an instant")
}

#[tokio::test(flavor = "multi_thread")]
async fn opening_hours_at_their_borders() {
    let world = World::new().await;
    // A night pharmacy: Saturday 10pm to 6am; it is open on bank holidays as on the weekday.
    let mut night = service("9", "Night Pharmacy", "pharmacy", &[Contact::Book, Contact::GoTo]);
    night.dispositions = vec!["Dx28".to_owned()];
    night.opening = Opening::never();
    let saturday = hours(&[Weekday::Saturday], time(22, 0, 0, 0), time(6, 0, 0, 0));
    night.opening.weekly.push(saturday);
    night.opening.bank_holidays = Days::AsWeekday;
    world.list("night", &night, "").await;
    let app = world.citizen("ada", "ada", true);
    let way = way("sore-throat", ada(), |outcome| outcome.disposition.code == "Dx28");
    let now = |until: &str| Some(Open::Now { until: at(until) });
    let from = |from: &str, until: &str| Some(Open::At { from: at(from), until: at(until) });
    // When; the pharmacy (Monday to Friday, 9am to 6pm, not on bank holidays); the night pharmacy.
    let table = [
        // 20 minutes are needed to get there.
        ("2026-11-23T17:40:00Z", now("2026-11-23T18:00:00Z"), None),
        ("2026-11-23T17:40:01Z", from("2026-11-24T09:00:00Z", "2026-11-24T18:00:00Z"), None),
        ("2026-11-24T08:59:59Z", from("2026-11-24T09:00:00Z", "2026-11-24T18:00:00Z"), None),
        ("2026-11-24T09:00:00Z", now("2026-11-24T18:00:00Z"), None),
        // Friday evening: neither opens within a day.
        ("2026-11-27T18:00:00Z", None, None),
        // Over midnight.
        ("2026-11-28T23:59:59Z", None, now("2026-11-29T06:00:00Z")),
        ("2026-11-29T05:40:00Z", None, now("2026-11-29T06:00:00Z")),
        ("2026-11-29T10:00:00Z", from("2026-11-30T09:00:00Z", "2026-11-30T18:00:00Z"), None),
        // Christmas is a Friday, the Monday after it Boxing Day's substitute.
        ("2026-12-24T18:00:00Z", None, None),
        ("2026-12-28T10:00:00Z", from("2026-12-29T09:00:00Z", "2026-12-29T18:00:00Z"), None),
        // The clocks go forward at 1am: 6am is 5 o'clock UTC. They go back at 2am.
        ("2027-03-28T00:30:00Z", None, now("2027-03-28T05:00:00Z")),
        ("2027-10-31T00:30:00Z", None, now("2027-10-31T06:00:00Z")),
    ];
    for (when, day, night) in table {
        world.set_time(when);
        let token = begin(&app, Whom::Record, 0, Sex::Unknown).await;
        ended(&app, &token, "sore-throat", &way).await;
        let services = app.triage_services(&token).await.expect("services");
        for (name, expected) in [("Mill Road Pharmacy", &day), ("Night Pharmacy", &night)] {
            let offer = services.offered.iter().find(|offer| offer.name == name);
            assert_eq!(offer.map(|offer| &offer.open), expected.as_ref(), "{name} at {when}");
            if offer.is_none() {
                let left = services.left_out.iter().find(|left| left.name == name);
                let left = left.unwrap_or_else(|| panic!("{name} at {when} is not explained"));
                assert!(matches!(left.why[..], [Why::Rule(Reason::Closed { .. })]), "{left:?}");
            }
        }
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn who_is_offered_what() {
    let world = World::new().await;
    let mut young = service("6", "Young People's Pharmacy", "pharmacy", &[Contact::GoTo]);
    young.age_days_max = 30 * 365;
    world.list("young", &young, "").await;
    let mut far = service("7", "Hastings Pharmacy", "pharmacy", &[Contact::GoTo]);
    far.place = ::triage::directory::Point::of(50.86, 0.58);
    world.list("far", &far, "").await;
    let mut full = service("8", "Full Pharmacy", "pharmacy", &[Contact::GoTo]);
    full.capacity = ::triage::directory::Capacity::None;
    world.list("full", &full, "").await;
    let app = world.citizen("ada", "ada", true);
    let way = way("sore-throat", ada(), |outcome| outcome.disposition.code == "Dx28");
    let token = begin(&app, Whom::Record, 0, Sex::Unknown).await;
    ended(&app, &token, "sore-throat", &way).await;
    let services = app.triage_services(&token).await.expect("services");
    let offered: Vec<_> =
        services.offered.iter().map(|offer| (offer.id.as_str(), offer.way)).collect();
    assert_eq!(
        offered,
        [
            ("own-gp", Some(Way::Appointment)),
            ("nurse", Some(Way::CallBack)),
            ("pharmacy", Some(Way::Referral))
        ]
    );
    assert!(services.offered[2].metres.is_some_and(|metres| metres < 500));
    let why = |name: &str| {
        let left = services.left_out.iter().find(|left| left.name == name);
        left.unwrap_or_else(|| panic!("{name} is not explained")).why.clone()
    };
    assert!(matches!(why("Young People's Pharmacy")[..], [Why::Rule(Reason::TooOld { .. })]));
    assert!(matches!(why("Hastings Pharmacy")[..], [Why::Rule(Reason::TooFar { .. })]));
    assert_eq!(why("Full Pharmacy"), [Why::Rule(Reason::NoCapacity)]);
    assert!(services.left_out.iter().all(|left| left.name != "Park Lane Practice"));
    assert!(services.left_out.iter().all(|left| left.name != "Mersey A&E"));
    // Who has not said where they are is shown what has no place, and told why.
    let nobody = world.nobody();
    let token = begin(&nobody, Whom::Myself, 36, Sex::Female).await;
    ended(&nobody, &token, "sore-throat", &way).await;
    let services = nobody.triage_services(&token).await.expect("services");
    let offered: Vec<_> = services.offered.iter().map(|offer| offer.id.as_str()).collect();
    assert_eq!((offered, services.is_place_known), (vec!["nurse"], false));
    assert!(services.left_out.iter().any(|left| left.why == [Why::NoPlace]));
    for (postcode, is_known) in [("l8 7nh", true), ("ZZ99 3VZ", false)] {
        assert_eq!(nobody.triage_place(&token, postcode).await.expect("kept"), is_known);
    }
    for postcode in ["", "L", "<script>", "L8 7NH L8 7NH", "é8 7NH"] {
        let wrong = nobody.triage_place(&token, postcode).await.expect_err("no postcode");
        assert_eq!(wrong.category, Category::Invalid, "{postcode}");
    }
    nobody.triage_place(&token, "L8 7NH").await.expect("kept");
    let services = nobody.triage_services(&token).await.expect("services");
    assert!(services.offered.iter().any(|offer| offer.id == id("pharmacy")));
    assert!(services.offered.iter().all(|offer| offer.id != id("own-gp")), "whose GP is not known");
    let refused = nobody.triage_refer(&token, &id("pharmacy"), "").await.expect_err("refused");
    assert_eq!(refused.category, Category::StepUp);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_referral_carries_the_answers_and_is_made_once() {
    let world = World::new().await;
    let app = world.citizen("ada", "ada", true);
    let way = way("sore-throat", ada(), |outcome| outcome.disposition.code == "Dx28");
    let token = begin(&app, Whom::Record, 0, Sex::Unknown).await;
    let end = ended(&app, &token, "sore-throat", &way).await;
    for (service, category) in [
        ("other-gp", Category::Conflict),
        ("ae", Category::Conflict),
        ("no-such", Category::Conflict),
        ("own-gp", Category::NotAllowed),
    ] {
        let refused = app.triage_refer(&token, &id(service), "").await.expect_err("refused");
        assert_eq!(refused.category, category, "{service}");
    }
    for phone in ["", "1", "call me", "+44 7700 900982 ext 12", "<b>0151 496 0001</b>"] {
        let refused = app.triage_refer(&token, &id("nurse"), phone).await.expect_err("refused");
        assert_eq!(refused.category, Category::Invalid, "{phone}");
    }
    let pharmacy = id("pharmacy");
    let all = (0..6).map(|_| app.triage_refer(&token, &pharmacy, "07700 900982"));
    for each in futures_util::future::join_all(all).await {
        if let Err(failure) = each {
            // Two writes of the same at the same moment: the other one counts.
            assert_eq!(failure.category, Category::Conflict);
        }
    }
    let arranged = app.triage_refer(&token, &pharmacy, "").await.expect("arranged");
    assert!(arranged.is_done);
    let (requests, tasks) = (world.all("ServiceRequest").await, world.all("Task").await);
    assert_eq!((requests.len(), tasks.len()), (1, 1));
    let text = |tree: &fhir::Tree, path: &str| {
        tree.root().at(path).and_then(|v| v.as_str().map(str::to_owned)).unwrap_or_default()
    };
    let request = &requests[0];
    let response = end.response.expect("it is in the record").to_string();
    for (path, expected) in [
        ("status", "active"),
        ("subject.reference", "Patient/p1"),
        ("performer[0].reference", "HealthcareService/pharmacy"),
        ("supportingInfo[0].reference", &*format!("QuestionnaireResponse/{response}")),
        ("code.text", "Pharmacy First: sore-throat"),
        ("reasonCode[0].coding[0].code", "Dx28"),
        ("occurrencePeriod.start", "2026-11-23T10:00:00.000Z"),
        ("occurrencePeriod.end", "2026-11-24T10:00:00.000Z"),
    ] {
        assert_eq!(text(request, path), expected, "{path}");
    }
    let note = text(request, "note[0].text");
    for told in &end.outcome.answers {
        assert!(note.contains(&told.asked) && note.contains(&told.said), "{note}");
    }
    assert!(note.contains("07700 900982") && note.contains("not clinically assured"), "{note}");
    for (path, expected) in [
        ("status", "requested"),
        ("focus.reference", &*format!("ServiceRequest/{}", text(request, "id"))),
        ("for.reference", "Patient/p1"),
        ("owner.reference", "HealthcareService/pharmacy"),
        ("restriction.period.end", "2026-11-24T10:00:00.000Z"),
    ] {
        assert_eq!(text(&tasks[0], path), expected, "{path}");
    }
    // What was arranged was arranged for these answers.
    let (question, answer) = &way[0];
    app.triage_answer(&token, question, answer).await.expect("told");
    let again = app.triage_ended(&token).await.expect("read").expect("ended");
    assert_eq!(again.outcome, end.outcome);
    assert_eq!(app.triage_progress(&token).await.expect("read").as_deref(), Some("requested"));
    app.triage_cancel(&token).await.expect("cancelled");
    app.triage_cancel(&token).await.expect("cancelled already");
    assert_eq!(text(&world.all("ServiceRequest").await[0], "status"), "revoked");
    assert_eq!(app.triage_progress(&token).await.expect("read").as_deref(), Some("cancelled"));
}

#[tokio::test(flavor = "multi_thread")]
async fn who_acts_for_somebody_books_only_where_they_may() {
    let world = World::new().await;
    let way = way("sore-throat", ada(), |outcome| outcome.disposition.code == "Dx28");
    for (person, is_let) in [("bea", true), ("cyd", false)] {
        let app = world.citizen(person, "ada", true);
        let token = begin(&app, Whom::Record, 0, Sex::Unknown).await;
        ended(&app, &token, "sore-throat", &way).await;
        let done = app.triage_refer(&token, &id("pharmacy"), "").await;
        match done {
            Ok(arranged) => assert!(is_let && arranged.is_done, "{person}"),
            Err(failure) => assert_eq!((is_let, failure.category), (false, Category::Forbidden)),
        }
    }
    assert_eq!(world.all("ServiceRequest").await.len(), 1);
}
