//! What goes wrong ends in "call 111", or in 999 after a danger sign; what is tampered with goes nowhere.

use std::sync::atomic::Ordering;

use ::triage::engine::Failure as Wrong;
use identity::secret_key;
use interactions::Category;
use interactions::triage::{Answered, Cause, Outcome, Sex, Stage, Whom};
use store::{KeptChange, KeptExpected};

use super::journeys::ada;
use super::world::{World, begin, ended, walk, way};
use crate::fixture::id;

const CALL: &str = "CALL-111";

/// What a person is told at once.
fn now(answered: Answered) -> Outcome {
    match answered {
        Answered::Now(outcome) => *outcome,
        other => panic!("{other:?}"),
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_danger_sign_is_999_without_a_list_or_a_booking() {
    let world = World::new().await;
    let app = world.citizen("ada", "ada", true);
    let way = way("sore-throat", ada(), |outcome| outcome.disposition.is_emergency());
    let token = begin(&app, Whom::Record, 0, Sex::Unknown).await;
    let last = walk(&app, &token, "sore-throat", &way).await;
    assert_eq!(last, Answered::Next(Stage::Outcome), "it is told at once");
    let end = app.triage_ended(&token).await.expect("read").expect("ended");
    assert!(end.outcome.disposition.is_emergency());
    assert!(end.response.is_some(), "it is written before it is shown");
    let services = app.triage_services(&token).await.expect("services");
    assert!(services.offered.is_empty() && services.left_out.is_empty());
    for service in ["nurse", "pharmacy", "own-gp", "no-such"] {
        let refused = app.triage_refer(&token, &id(service), "0151 496 0001").await;
        assert_eq!(refused.expect_err("refused").category, Category::NotAllowed, "{service}");
    }
    // Going back does not take it away.
    let (question, danger) = &way[way.len() - 1];
    let asked = app.triage_question(&token, way.len()).await.expect("asked").expect("it was");
    let calm = asked.choices.iter().find(|choice| {
        !interactions::triage::is_danger_sign(question, &choice.id) && choice.id != "unsure"
    });
    let calm = &calm.expect("a calm answer").id;
    assert_ne!(calm, danger);
    let answered = app.triage_answer(&token, question, calm).await.expect("answered");
    assert_eq!(answered, Answered::Next(Stage::Outcome));
    let end = app.triage_ended(&token).await.expect("read").expect("ended");
    assert!(end.outcome.disposition.is_emergency(), "{:?}", end.outcome.cause);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_store_that_fails_says_call() {
    let world = World::new().await;
    let app = world.citizen("ada", "ada", true);
    let danger = way("sore-throat", ada(), |outcome| outcome.disposition.is_emergency());
    let calm = way("sore-throat", ada(), |outcome| outcome.disposition.code == "Dx38");
    for (way, is_danger) in [(&danger, true), (&calm, false)] {
        // An answer that cannot be kept.
        let token = begin(&app, Whom::Record, 0, Sex::Unknown).await;
        let ((question, answer), before) = way.split_last().expect("it has answers");
        walk(&app, &token, "sore-throat", before).await;
        world.faults.keep.store(true, Ordering::SeqCst);
        let told = now(app.triage_answer(&token, question, answer).await.expect("told"));
        world.faults.keep.store(false, Ordering::SeqCst);
        assert_eq!(told.disposition.is_emergency(), is_danger);
        assert!(is_danger || told.disposition.code == CALL);
        assert_eq!(told.cause, Cause::Failed(Wrong::Outside));
        // An outcome that cannot be written to the record.
        world.faults.commit.store(true, Ordering::SeqCst);
        let answered = app.triage_answer(&token, question, answer).await.expect("told");
        if is_danger {
            assert!(now(answered).disposition.is_emergency());
        } else {
            assert_eq!(answered, Answered::Next(Stage::Check));
            let told = app.triage_finish(&token).await.expect("told");
            assert_eq!(
                (told.disposition.code.as_str(), &told.cause),
                (CALL, &Cause::Failed(Wrong::Outside))
            );
        }
        world.faults.commit.store(false, Ordering::SeqCst);
        // When it can be again, what was answered is still there.
        let told = app.triage_finish(&token).await.expect("finished");
        assert!(matches!(told.cause, Cause::Rule { .. }), "{:?}", told.cause);
    }
    // Nothing at all is known: the page says the same, and knows a danger sign by its name alone.
    let token = begin(&app, Whom::Record, 0, Sex::Unknown).await;
    world.faults.kept.store(true, Ordering::SeqCst);
    let (question, answer) = &danger[danger.len() - 1];
    let failed = app.triage_answer(&token, question, answer).await.expect_err("nothing is known");
    assert_eq!(failed.category, Category::Fault);
    assert!(interactions::triage::is_danger_sign(question, answer));
    assert!(!interactions::triage::is_danger_sign(question, "no"));
    assert!(!interactions::triage::is_danger_sign("no-such", "yes"));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_referral_that_failed_is_made_once() {
    let world = World::new().await;
    let app = world.citizen("ada", "ada", true);
    let way = way("sore-throat", ada(), |outcome| outcome.disposition.code == "Dx28");
    let token = begin(&app, Whom::Record, 0, Sex::Unknown).await;
    ended(&app, &token, "sore-throat", &way).await;
    world.faults.commit.store(true, Ordering::SeqCst);
    app.triage_refer(&token, &id("pharmacy"), "").await.expect_err("it cannot be written");
    world.faults.commit.store(false, Ordering::SeqCst);
    let end = app.triage_ended(&token).await.expect("read").expect("ended");
    assert!(!end.arranged.expect("it was meant").is_done, "nobody is told that it was done");
    assert!(world.all("ServiceRequest").await.is_empty());
    let again = app.triage_refer(&token, &id("pharmacy"), "").await.expect("arranged");
    assert!(again.is_done);
    assert_eq!(world.all("ServiceRequest").await.len(), 1);
}

#[tokio::test(flavor = "multi_thread")]
async fn tampering_goes_nowhere() {
    let world = World::new().await;
    let app = world.nobody();
    for token in ["", "x", &"a".repeat(500), "../..", "made-0made-1"] {
        let refused = app.triage_stage(token).await.expect_err("there is none");
        assert_eq!(refused.category, Category::NotFound, "{token}");
    }
    let token = begin(&app, Whom::Myself, 36, Sex::Female).await;
    let first = app.triage_choose(&token, "rash").await.expect("chosen");
    assert_eq!(first, Stage::Question(1));
    let asked = app.triage_question(&token, 1).await.expect("asked").expect("the first");
    for answer in ["", "maybe", "NO", "no ", "unsure\0", "../x"] {
        let answered = app.triage_answer(&token, &asked.id, answer).await.expect("told");
        assert_eq!(answered, Answered::NoSuchAnswer, "{answer:?}");
    }
    for question in ["", "rs-glass", "no-such", "<script>"] {
        let answered = app.triage_answer(&token, question, "no").await.expect("told");
        assert_eq!(answered, Answered::Next(Stage::Question(1)), "{question:?}");
    }
    for number in [0, 2, 7, usize::MAX] {
        let other = app.triage_question(&token, number).await.expect("told");
        assert_eq!(other.expect_err("not yet"), Stage::Question(1), "{number}");
    }
    let unfinished = app.triage_finish(&token).await.expect_err("questions are left");
    assert_eq!(unfinished.category, Category::Conflict);
    assert!(app.triage_ended(&token).await.expect("read").is_none());
    assert!(app.triage_services(&token).await.expect("read").offered.is_empty());
}

/// Puts something else where a journey is kept.
async fn replace(world: &World, token: &str, change: impl Fn(String) -> String) {
    let kind = "triage-journey";
    let key = secret_key(token);
    let kept = world.app.store.kept(kind, &key).await.expect("read").expect("there");
    let value = change(String::from_utf8(kept.value.to_vec()).expect("text"));
    let change = KeptChange {
        kind: kind.into(),
        key: key.as_str().into(),
        expected: KeptExpected::Any,
        becomes: Some((value.into_bytes().into(), kept.expires)),
    };
    assert!(world.app.store.keep(vec![change]).await.expect("kept"));
}

#[tokio::test(flavor = "multi_thread")]
async fn sets_that_changed_and_values_that_are_damaged() {
    let world = World::new().await;
    let app = world.citizen("ada", "ada", true);
    let danger = way("sore-throat", ada(), |outcome| outcome.disposition.is_emergency());
    let calm = way("sore-throat", ada(), |outcome| outcome.disposition.code == "Dx38");
    for (way, is_danger) in [(&danger, true), (&calm, false)] {
        let token = begin(&app, Whom::Record, 0, Sex::Unknown).await;
        walk(&app, &token, "sore-throat", way).await;
        let library = ::triage::Library::embedded().expect("sound");
        let digest = library.topic("sore-throat").expect("there").digest.clone();
        replace(&world, &token, |text| text.replace(&digest, "0000")).await;
        assert_eq!(app.triage_stage(&token).await.expect("read").0, Stage::Outcome);
        let end = app.triage_ended(&token).await.expect("read").expect("ended");
        assert_eq!(end.outcome.cause, Cause::Failed(Wrong::SetChanged));
        assert_eq!(end.outcome.disposition.is_emergency(), is_danger);
        assert!(is_danger || end.outcome.disposition.code == CALL);
    }
    // Answers of another path than the one that they lead.
    let token = begin(&app, Whom::Record, 0, Sex::Unknown).await;
    walk(&app, &token, "sore-throat", &calm).await;
    let last = &calm[calm.len() - 1].0;
    replace(&world, &token, |text| text.replace(last.as_str(), "another")).await;
    let end = app.triage_ended(&token).await.expect("read").expect("ended");
    assert_eq!(end.outcome.cause, Cause::Failed(Wrong::AnswerToNoQuestion));
    assert_eq!(end.outcome.disposition.code, CALL);
    for damaged in ["", "{", "[]", "{\"about\":7}"] {
        replace(&world, &token, |_| damaged.to_owned()).await;
        let failed = app.triage_stage(&token).await.expect_err("damaged");
        assert_eq!(failed.category, Category::Fault, "{damaged}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_journey_is_gone_after_a_day() {
    let world = World::new().await;
    let app = world.nobody();
    let token = begin(&app, Whom::Myself, 36, Sex::Female).await;
    world.set_time("2026-11-24T09:59:00Z");
    assert!(app.triage_choose(&token, "rash").await.is_ok());
    world.set_time("2026-11-25T09:58:00Z");
    assert!(app.triage_stage(&token).await.is_ok(), "a day from the last step");
    world.set_time("2026-11-25T10:00:00Z");
    assert!(app.triage_stage(&token).await.is_err());
}
