//! An appointment at the person's own practice, booked from an outcome.

use futures_util::future::join_all;
use interactions::Category;
use interactions::booking::rules::desk::CancelReason;
use interactions::booking::rules::desk::RefusalCode;
use interactions::booking::{Booker, CancelRequest, OpeningFilter};
use interactions::triage::{Sex, Way, Whom};

use super::journeys::ada;
use super::world::{World, begin, ended, way};
use crate::fixture::id;

/// A kind of appointment of a practice.
fn kind(id: &str, practice: &str, is_for_111: bool) -> String {
    format!(
        r#"{{"resourceType":"HealthcareService","id":"{id}","active":true,"name":"Kind {id}",
        "providedBy":{{"reference":"Organization/{practice}"}},
        "extension":[{{"url":"urn:careloom:booking:policy","extension":[
        {{"url":"online","valueBoolean":true}},{{"url":"for111","valueBoolean":{is_for_111}}}]}}]}}"#
    )
}

fn session(id: &str, kind: &str) -> String {
    format!(
        r#"{{"resourceType":"Schedule","id":"{id}","active":true,
        "actor":[{{"reference":"HealthcareService/{kind}"}},{{"reference":"Practitioner/khan"}}]}}"#
    )
}

fn slot(id: &str, session: &str, start: &str, more: &str) -> String {
    format!(
        r#"{{"resourceType":"Slot","id":"{id}","schedule":{{"reference":"Schedule/{session}"}},
        "status":"free","start":"2026-11-{start}:00.000Z","end":"2026-11-{start}:59.000Z"{more}}}"#
    )
}

/// What is kept for 111 until the day after.
const KEPT: &str = r#","extension":[{"url":"urn:careloom:booking:reserve","extension":[
    {"url":"for","valueCode":"nhs-111"},
    {"url":"opensToAll","valueInstant":"2026-11-25T08:00:00.000Z"}]}]"#;

/// Two practices' books; on Monday 23 November, 10am.
async fn booked_world() -> World {
    let world = World::new().await;
    for json in [
        r#"{"resourceType":"Practitioner","id":"khan","name":[{"family":"Khan","given":["Amir"],"prefix":["Dr"]}]}"#,
        r#"{"resourceType":"Organization","id":"park-lane","identifier":[{"system":"https://fhir.nhs.uk/Id/ods-organization-code","value":"Z91002"}],"name":"Park Lane Practice"}"#,
        &kind("doctor", "lime-tree", true),
        &kind("bloods", "lime-tree", false),
        &kind("elsewhere", "park-lane", true),
        &session("s-doctor", "doctor"),
        &session("s-bloods", "bloods"),
        &session("s-elsewhere", "elsewhere"),
        &slot("over", "s-doctor", "23T09:50", ""),
        &slot("kept", "s-doctor", "23T15:00", KEPT),
        &slot("last", "s-doctor", "24T10:00", ""),
        &slot("late", "s-doctor", "24T10:10", ""),
        &slot("blood", "s-bloods", "23T16:00", ""),
        &slot("other", "s-elsewhere", "23T16:00", ""),
    ] {
        world.write(json).await;
    }
    world
}

#[tokio::test(flavor = "multi_thread")]
async fn times_are_the_practice_s_own_within_the_window_and_what_is_kept_for_111() {
    let world = booked_world().await;
    let app = world.citizen("ada", "ada", true);
    // To be seen within 24 hours.
    let way = way("sore-throat", ada(), |outcome| outcome.disposition.code == "Dx28");
    let token = begin(&app, Whom::Record, 0, Sex::Unknown).await;
    ended(&app, &token, "sore-throat", &way).await;
    let found = app.triage_times(&token, &id("own-gp")).await.expect("times");
    let times: Vec<_> = found.times.iter().map(|time| time.slot.as_str()).collect();
    assert_eq!(times, ["kept", "last"]);
    assert_eq!(
        (found.times[0].with.as_str(), found.times[0].kind.as_str()),
        ("Dr Amir Khan", "Kind doctor")
    );
    for (service, category) in [
        ("pharmacy", Category::NotAllowed),
        ("other-gp", Category::Conflict),
        ("no-such", Category::Conflict),
    ] {
        let refused = app.triage_times(&token, &id(service)).await.expect_err("refused");
        assert_eq!(refused.category, category, "{service}");
    }
    for slot in ["over", "late", "blood", "other", "no-such"] {
        let refused = app.triage_book(&token, &id("own-gp"), &id(slot)).await.expect("decided");
        assert_eq!(refused.expect_err("refused").code, RefusalCode::SlotTaken, "{slot}");
    }
    assert!(world.all("Appointment").await.is_empty());
    // In the app alone, what is kept for 111 is not theirs yet.
    let open = app.openings(&Booker::Own, &OpeningFilter::default()).await.expect("openings");
    assert!(open.days.iter().flat_map(|day| &day.slots).all(|slot| slot.id != id("kept")));
    // Who has not signed in is told to; another's journey is not there.
    let stranger = world.citizen("bea", "bea", true);
    let refused = stranger.triage_times(&token, &id("own-gp")).await.expect_err("refused");
    assert_eq!(refused.category, Category::NotFound);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_journey_books_once_and_carries_its_answers() {
    let world = booked_world().await;
    let app = world.citizen("ada", "ada", true);
    let way = way("sore-throat", ada(), |outcome| outcome.disposition.code == "Dx28");
    let token = begin(&app, Whom::Record, 0, Sex::Unknown).await;
    let end = ended(&app, &token, "sore-throat", &way).await;
    // The same form many times at once, for two times.
    let (service, slots) = (id("own-gp"), [id("kept"), id("last")]);
    let all = (0..8).map(|n| app.triage_book(&token, &service, &slots[n % 2]));
    let made: Vec<_> = join_all(all).await.into_iter().filter_map(|one| one.ok()?.ok()).collect();
    assert!(!made.is_empty());
    let appointments = world.all("Appointment").await;
    assert_eq!(appointments.len(), 1);
    let booked = appointments[0].root();
    for each in &made {
        assert_eq!(Some(each.request.as_str()), booked.text_of("id"));
    }
    assert_eq!(booked.text_of("status"), Some("booked"));
    let response = end.response.expect("it is in the record");
    let joined = booked.at("supportingInformation[0].reference").and_then(fhir::Value::as_str);
    assert_eq!(joined, Some(&*format!("QuestionnaireResponse/{response}")));
    let again = app.triage_ended(&token).await.expect("read").expect("ended");
    let arranged = again.arranged.expect("arranged");
    assert_eq!((arranged.way, arranged.is_done), (Way::Appointment, true));
    let repeated = app.triage_book(&token, &service, &slots[0]).await.expect("decided");
    assert_eq!(repeated.expect("the same"), arranged);
    assert_eq!(app.triage_progress(&token).await.expect("read").as_deref(), Some("booked"));
    // Cancelled among the person's appointments: the journey says so.
    let request = CancelRequest {
        appointment: id(&arranged.request),
        reason: CancelReason::Better,
        words: None,
    };
    app.cancel_booking(&Booker::Own, &request).await.expect("decided").expect("cancelled");
    assert_eq!(app.triage_progress(&token).await.expect("read").as_deref(), Some("cancelled"));
}

#[tokio::test(flavor = "multi_thread")]
async fn who_acts_for_somebody_is_bound_by_the_same_rules() {
    let world = booked_world().await;
    let way = way("sore-throat", ada(), |outcome| outcome.disposition.code == "Dx28");
    for (person, is_let) in [("bea", true), ("cyd", false)] {
        let app = world.citizen(person, "ada", true);
        let token = begin(&app, Whom::Record, 0, Sex::Unknown).await;
        ended(&app, &token, "sore-throat", &way).await;
        match app.triage_book(&token, &id("own-gp"), &id("last")).await {
            Ok(Ok(arranged)) => assert!(is_let && arranged.is_done, "{person}"),
            Ok(Err(refusal)) => panic!("{person}: {}", refusal.headline),
            Err(failure) => assert_eq!((is_let, failure.category), (false, Category::Forbidden)),
        }
    }
    // One with leave to book is not shown a blood test either.
    let app = world.citizen("bea", "ada", true);
    let token = begin(&app, Whom::Record, 0, Sex::Unknown).await;
    ended(&app, &token, "sore-throat", &way).await;
    let found = app.triage_times(&token, &id("own-gp")).await.expect("times");
    assert!(found.times.iter().all(|time| time.kind == "Kind doctor"));
}
