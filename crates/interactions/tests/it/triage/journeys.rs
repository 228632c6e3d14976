//! Journeys: asked, answered, changed, written, replayed; whose they are.

use ::triage::{Age, Library, Person};
use interactions::Category;
use interactions::triage::{About, Answered, Cause, Sex, Stage, Whom};

use super::world::{Random, World, begin, ended, walk, way};
use crate::fixture::id;

pub(crate) fn ada() -> Person {
    // Born on 1 May 1990, on 23 November 2026.
    Person { age: Age::of_months(36 * 12 + 6), sex: Sex::Female }
}

#[tokio::test(flavor = "multi_thread")]
async fn every_topic_ends_whatever_is_answered() {
    let world = World::new().await;
    let library = Library::embedded().expect("sound");
    let mut random = Random(0x9E37_79B9_7F4A_7C15);
    let mut topics = library.topics().iter().map(|topic| topic.id.as_str()).collect::<Vec<_>>();
    assert_eq!(topics.len(), 12);
    topics.push("no-such-topic");
    for topic in topics {
        for walk in 0..6 {
            let record = walk == 0;
            let app = if record { world.citizen("ada", "ada", true) } else { world.nobody() };
            let whom = if record { Whom::Record } else { Whom::Another };
            let sex = Sex::ALL[random.below(3)];
            let years = [0, 3, 8, 15, 40, 90][random.below(6)];
            let token = begin(&app, whom, years, sex).await;
            let mut stage = app.triage_choose(&token, topic).await.expect("chosen");
            let mut is_flagged = false;
            for count in 0.. {
                assert!(count < 200, "{topic} does not end");
                let Stage::Question(number) = stage else { break };
                let asked =
                    app.triage_question(&token, number).await.expect("asked").expect("next");
                assert_eq!((asked.number, &asked.chosen), (number, &None));
                assert_eq!(asked.choices.last().map(|choice| choice.id.as_str()), Some("unsure"));
                assert!(!asked.is_signed_off, "nobody has signed the demonstrator off");
                let choice = &asked.choices[random.calm(asked.choices.len())];
                is_flagged |= interactions::triage::is_danger_sign(&asked.id, &choice.id);
                let answered = app.triage_answer(&token, &asked.id, &choice.id).await;
                stage = match answered.expect("answered") {
                    Answered::Next(stage) => stage,
                    other => panic!("{topic}: {other:?}"),
                };
            }
            let told = app.triage_finish(&token).await.expect("finished");
            let ended = app.triage_ended(&token).await.expect("ended").expect("an outcome");
            assert_eq!(told, ended.outcome);
            let disposition = &told.disposition;
            if is_flagged {
                assert!(disposition.is_emergency(), "{topic}: {}", disposition.code);
            }
            if topic == "no-such-topic" {
                assert!(disposition.is_emergency() || disposition.code == "CALL-111");
            }
            if disposition.is_emergency() {
                let services = app.triage_services(&token).await.expect("services");
                assert!(services.offered.is_empty() && services.left_out.is_empty());
            }
            let Some(response) = ended.response else {
                assert!(!record, "{topic}: nothing is in the record");
                continue;
            };
            let replayed = app.triage_replay(&response).await.expect("replayed");
            assert_eq!(replayed.outcome, told);
            assert_eq!(replayed.told.as_deref(), Some(disposition.code.as_str()));
            assert!(replayed.changes.is_empty() || topic == "no-such-topic");
        }
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_journey_is_written_once_with_who_did_it() {
    let world = World::new().await;
    let app = world.citizen("ada", "ada", true);
    let way = way("sore-throat", ada(), |outcome| outcome.disposition.code == "Dx28");
    let token = begin(&app, Whom::Record, 0, Sex::Unknown).await;
    assert_eq!(
        walk(&app, &token, "sore-throat", &way).await,
        Answered::Next(Stage::Check),
        "what is not urgent is looked over first"
    );
    assert!(world.all("QuestionnaireResponse").await.is_empty());
    let (first, second) = tokio::join!(app.triage_finish(&token), app.triage_finish(&token));
    assert_eq!(first.expect("finished"), second.expect("finished"));
    let responses = world.all("QuestionnaireResponse").await;
    assert_eq!(responses.len(), 1);
    let root = responses[0].root();
    assert_eq!(root.at("subject.reference").and_then(fhir::Value::as_str), Some("Patient/p1"));
    assert_eq!(root.text_of("status"), Some("completed"));
    assert!(root.get("source").is_none(), "the person themselves answered");
    let events = world.all("AuditEvent").await;
    let mut of_triage = events.iter().filter(|event| {
        event.root().at("subtype[0].code").and_then(fhir::Value::as_str) == Some("triage")
    });
    let event = of_triage.next_back().expect("it is noted").root();
    assert_eq!(
        event.at("entity[0].what.reference").and_then(fhir::Value::as_str),
        Some("Patient/p1")
    );
    assert_eq!(event.at("agent[0].altId").and_then(fhir::Value::as_str), Some("ada@example.test"));
}

#[tokio::test(flavor = "multi_thread")]
async fn going_back_asks_again_what_follows() {
    let world = World::new().await;
    let app = world.nobody();
    let way = way("sore-throat", ada(), |outcome| outcome.disposition.code == "Dx38");
    let token = begin(&app, Whom::Myself, 36, Sex::Female).await;
    let whole = ended(&app, &token, "sore-throat", &way).await;
    let at = way.len() - 2;
    let before = app.triage_question(&token, at).await.expect("shown").expect("it was answered");
    assert_eq!(before.chosen.as_deref(), Some(way[at - 1].1.as_str()));
    let next = app.triage_answer(&token, &way[at - 1].0, &way[at - 1].1).await.expect("answered");
    assert_eq!(next, Answered::Next(Stage::Question(at + 1)), "what follows is asked again");
    assert!(app.triage_ended(&token).await.expect("read").is_none());
    assert_eq!(app.triage_back(&token).await.expect("back"), Stage::Question(at));
    for (question, answer) in &way[at - 1..] {
        app.triage_answer(&token, question, answer).await.expect("answered");
    }
    assert_eq!(app.triage_finish(&token).await.expect("finished"), whole.outcome);
    // Other answers to what comes before the questions begin the topic anew.
    assert_eq!(app.triage_age(&token, 36, 0).await.expect("the same"), Stage::Outcome);
    assert_eq!(app.triage_age(&token, 37, 0).await.expect("another"), Stage::Topic);
}

#[tokio::test(flavor = "multi_thread")]
async fn what_is_asked_before_the_questions() {
    let world = World::new().await;
    let known = world.citizen("ada", "ada", true);
    let token = known.triage_begin().await.expect("begun");
    assert_eq!(known.triage_stage(&token).await.expect("read"), (Stage::Who, None));
    assert_eq!(known.triage_who(&token, Whom::Record).await.expect("who"), Stage::Topic);
    let person = known.triage_record_person().await.expect("read").expect("known");
    assert_eq!((person.patient, person.name.as_str()), (id("p1"), "Ada Shah"));
    assert_eq!((person.sex, person.postcode.as_str()), (Some(Sex::Female), "L8 7NH"));
    assert_eq!(person.age.map(|age| age.months / 12), Some(36));
    // A record that says the year alone leaves the age to be asked.
    let unclear = world.citizen("bea", "bea", true);
    let token = unclear.triage_begin().await.expect("begun");
    assert_eq!(unclear.triage_who(&token, Whom::Record).await.expect("who"), Stage::Age);
    assert_eq!(unclear.triage_age(&token, 76, 0).await.expect("age"), Stage::Topic);
    // Who has not proven who they are, and who has not signed in, has no record here.
    for app in [world.citizen("ada", "ada", false), world.nobody()] {
        let token = app.triage_begin().await.expect("begun");
        assert_eq!(app.triage_record_person().await.expect("read"), None);
        let refused = app.triage_who(&token, Whom::Record).await.expect_err("refused");
        assert_eq!(refused.category, Category::StepUp);
        assert_eq!(app.triage_who(&token, Whom::Myself).await.expect("who"), Stage::Age);
        let early = app.triage_choose(&token, "rash").await.expect_err("too early");
        assert_eq!(early.category, Category::Conflict);
        for (years, months) in [(131, 0), (u32::MAX, 1), (0, 2_000)] {
            let wrong = app.triage_age(&token, years, months).await.expect_err("no age");
            assert_eq!(wrong.category, Category::Invalid);
        }
        assert_eq!(app.triage_age(&token, 0, 2).await.expect("age"), Stage::Sex);
        assert_eq!(app.triage_sex(&token, Sex::Male).await.expect("sex"), Stage::Topic);
        let topics = app.triage_topics(&token, "").await.expect("topics");
        assert_eq!(topics.iter().map(|t| t.id.as_str()).collect::<Vec<_>>(), ["fever-baby"]);
    }
    let app = world.nobody();
    let token = begin(&app, Whom::Another, 30, Sex::Female).await;
    for (typed, first) in [("throat", "sore-throat"), ("my BACK hurts", "back-pain")] {
        let topics = app.triage_topics(&token, typed).await.expect("topics");
        assert_eq!(topics.first().map(|topic| topic.id.as_str()), Some(first), "{typed}");
    }
    assert!(app.triage_topics(&token, "zzz <script>").await.expect("topics").is_empty());
}

#[tokio::test(flavor = "multi_thread")]
async fn a_carer_answers_for_somebody_else() {
    let world = World::new().await;
    let app = world.citizen("bea", "ada", true);
    let way = way("rash", ada(), |outcome| outcome.disposition.code == "Dx38");
    let token = begin(&app, Whom::Record, 0, Sex::Unknown).await;
    let end = ended(&app, &token, "rash", &way).await;
    assert_eq!(
        end.about,
        About::Record { patient: "p1".into(), name: "Ada Shah".into(), is_self: false }
    );
    let response = world.read("QuestionnaireResponse", end.response.expect("it").as_str()).await;
    let text = |path: &str| response.root().at(path).and_then(|v| v.as_str().map(str::to_owned));
    assert_eq!(text("subject.reference").as_deref(), Some("Patient/p1"));
    assert_eq!(text("source.identifier.value").as_deref(), Some("Person/bea"));
    let event = world.all("AuditEvent").await;
    let names: Vec<_> = event
        .iter()
        .filter_map(|event| Some(event.root().at("agent[0].name")?.as_str()?.to_owned()))
        .collect();
    assert!(names.contains(&"a carer or trusted person".to_owned()), "{names:?}");
}

#[tokio::test(flavor = "multi_thread")]
async fn another_persons_journey_is_not_there() {
    let world = World::new().await;
    let app = world.citizen("ada", "ada", true);
    let way = way("rash", ada(), |outcome| outcome.disposition.code == "Dx38");
    let token = begin(&app, Whom::Record, 0, Sex::Unknown).await;
    let end = ended(&app, &token, "rash", &way).await;
    let response = end.response.expect("it is in the record");
    let others = [
        world.citizen("bea", "bea", true),
        world.citizen("bea", "ada", true),
        world.citizen("ada", "bea", true),
        world.nobody(),
    ];
    for other in others {
        let category = |failure: interactions::Failure| failure.category;
        let refused = other.triage_ended(&token).await.map_err(category);
        assert_eq!(refused, Err(Category::NotFound));
        let (question, answer) = &way[0];
        let refused = other.triage_answer(&token, question, answer).await.map_err(category);
        assert_eq!(refused, Err(Category::NotFound));
        assert!(other.triage_services(&token).await.is_err());
        assert!(other.triage_refer(&token, &id("nurse"), "0151 496 0001").await.is_err());
    }
    let stranger = world.citizen("bea", "bea", true);
    assert_eq!(
        stranger.triage_replay(&response).await.expect_err("not theirs").category,
        Category::NotFound
    );
    assert_eq!(
        world.nobody().triage_replay(&response).await.expect_err("nobody").category,
        Category::NotSignedIn
    );
    assert_eq!(app.triage_replay(&response).await.expect("theirs").outcome, end.outcome);
}

#[tokio::test(flavor = "multi_thread")]
async fn who_signs_in_later_makes_it_their_own() {
    let world = World::new().await;
    let nobody = world.nobody();
    let way = way("rash", ada(), |outcome| outcome.disposition.code == "Dx38");
    let ada = world.citizen("ada", "ada", true);
    let theirs = begin(&nobody, Whom::Myself, 36, Sex::Female).await;
    assert!(!ended(&nobody, &theirs, "rash", &way).await.may_claim, "nobody has no record");
    assert!(ada.triage_ended(&theirs).await.expect("read").expect("ended").may_claim);
    assert!(world.all("QuestionnaireResponse").await.is_empty());
    assert!(!nobody.triage_claim(&theirs).await.expect("asked"));
    assert!(!world.citizen("bea", "bea", true).triage_claim(&theirs).await.expect("asked"));
    assert!(!world.citizen("bea", "ada", true).triage_claim(&theirs).await.expect("asked"));
    assert!(ada.triage_claim(&theirs).await.expect("asked"));
    ada.triage_finish(&theirs).await.expect("finished");
    let end = ada.triage_ended(&theirs).await.expect("read").expect("ended");
    assert!(end.response.is_some() && !end.may_claim);
    assert_eq!(world.all("QuestionnaireResponse").await.len(), 1);
    assert!(nobody.triage_ended(&theirs).await.is_err(), "it is hers alone now");
    // Another age or sex than the record's is another person.
    for (whom, years, sex) in [
        (Whom::Myself, 37, Sex::Female),
        (Whom::Myself, 36, Sex::Unknown),
        (Whom::Another, 36, Sex::Female),
    ] {
        let token = begin(&nobody, whom, years, sex).await;
        walk(&nobody, &token, "rash", &way).await;
        assert!(!ada.triage_claim(&token).await.expect("asked"), "{whom:?} {years} {sex:?}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn children_under_five_are_for_the_telephone() {
    let world = World::new().await;
    let app = world.nobody();
    let child = Person { age: Age::of_months(4 * 12), sex: Sex::Male };
    let way = way("fever-child", child, |outcome| !outcome.disposition.is_emergency());
    let token = begin(&app, Whom::Another, 4, Sex::Male).await;
    let end = ended(&app, &token, "fever-child", &way).await;
    assert!(end.outcome.disposition.urgency >= 70, "{}", end.outcome.disposition.code);
    assert!(matches!(end.outcome.cause, Cause::UnderFive { .. } | Cause::Rule { .. }));
}
