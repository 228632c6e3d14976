//! The engine: replay, going back, "not sure", failures, the under-5 rule, changed sets.

use triage::engine::{Cause, Change, Failure, Refused};
use triage::library::EMBEDDED;
use triage::{Age, Dispositions, Level, Library, Person, Sex, Step};

use crate::shared::{answer, changed, library, person, text_of, walk};

/// Something that happens to a stored session.
type Spoil<'f> = &'f dyn Fn(&mut triage::Session);

fn adult() -> Person {
    person(30 * 12, Sex::Female)
}

#[test]
fn emergency_questions_come_first_in_every_topic() {
    let library = library();
    let ids: Vec<&str> = library.sieve().questions.iter().map(|q| &*q.id).collect();
    for topic in library.topics() {
        let who = person(topic.gate.ages.from.max(60), Sex::Female);
        let (session, _) = answer(library, &topic.id, who, "");
        let first: Vec<&str> = session.answers.iter().map(|given| &*given.question).collect();
        assert_eq!(first[..ids.len()], ids, "{}", topic.id);
    }
}

#[test]
fn a_session_replays_from_its_text() {
    let library = library();
    let plan = "throat-fever=yes throat-pus=unsure throat-days=week throat-red=no throat-cough=no";
    let (session, outcome) = answer(library, "sore-throat", adult(), plan);
    assert_eq!(outcome.scores, [("FeverPAIN".to_owned(), 3)]);
    assert_eq!(outcome.disposition.code, "Dx28");
    assert_eq!(outcome.pharmacy_first.as_deref(), Some("sore-throat"));
    let stored = toml::to_string(&session).unwrap();
    let again: triage::Session = toml::from_str(&stored).unwrap();
    assert_eq!(again, session);
    assert_eq!(library.replay(&again), Step::Done(Box::new(outcome.clone())));
    assert_eq!(library.next(&again), Step::Done(Box::new(outcome)));
}

#[test]
fn fever_pain_at_its_borders() {
    let library = library();
    let signs = [
        "throat-fever=yes",
        "throat-pus=yes",
        "throat-days=short",
        "throat-red=yes",
        "throat-cough=no",
    ];
    let calm = [
        "throat-fever=no",
        "throat-pus=no",
        "throat-days=week",
        "throat-red=no",
        "throat-cough=yes",
    ];
    for set in 0u32..32 {
        let plan: Vec<&str> =
            (0..5).map(|at| if set & (1 << at) == 0 { calm[at] } else { signs[at] }).collect();
        let (_, outcome) = answer(library, "sore-throat", adult(), &plan.join(" "));
        let expect = match set.count_ones() {
            0 | 1 => "Dx38",
            2 | 3 => "Dx28",
            _ => "Dx08",
        };
        assert_eq!(outcome.disposition.code, expect, "{plan:?}");
        assert_eq!(outcome.scores[0].1, set.count_ones());
    }
}

#[test]
fn not_sure_counts_as_the_most_urgent_answer() {
    let library = library();
    let (_, outcome) = answer(library, "sore-throat", adult(), "sieve-body=unsure");
    assert!(outcome.disposition.is_emergency());
    assert!(outcome.answers.last().unwrap().is_unsure);
    let (_, outcome) = answer(library, "sore-throat", adult(), "throat-drink=unsure");
    assert_eq!(outcome.disposition.level, Level::EmergencyDepartment);
    let all = "throat-fever=unsure throat-pus=unsure throat-days=unsure throat-red=unsure throat-cough=unsure";
    let (_, outcome) = answer(library, "sore-throat", adult(), all);
    assert_eq!(outcome.scores[0].1, 5);
}

#[test]
fn going_back_drops_what_followed() {
    let library = library();
    let (session, _) = answer(library, "sore-throat", adult(), "");
    let count = session.answers.len();
    let back = library.back(&session);
    assert_eq!(back.answers.len(), count - 1);
    let back = library.back_to(&session, "throat-immune");
    assert_eq!(back.answers.last().unwrap().question, "throat-one-side");
    assert_eq!(library.back_to(&session, "no-such"), session);
    // An earlier question answered again: what followed is gone, even if the answer is the same.
    let again = library.answer(&session, "throat-immune", "no").unwrap();
    assert_eq!(again.answers.last().unwrap().question, "throat-immune");
    assert!(again.taken_back.is_empty());
    let mut first = library.begin("sore-throat", adult());
    first = library.back(&first);
    assert!(first.answers.is_empty());
}

#[test]
fn going_back_does_not_take_a_red_flag_away() {
    let library = library();
    let (flagged, outcome) = answer(library, "sore-throat", adult(), "throat-dribble=yes");
    assert!(outcome.disposition.is_emergency());
    for back in [
        library.back(&flagged),
        library.back_to(&flagged, "sieve-breath"),
        library.answer(&flagged, "throat-dribble", "no").unwrap(),
        library.answer(&flagged, "sieve-blood", "none").unwrap(),
    ] {
        let Step::Done(outcome) = library.next(&back) else { panic!("asked on: {back:#?}") };
        assert_eq!(outcome.cause, Cause::RedFlagTakenBack);
        assert!(outcome.disposition.is_emergency());
        assert_eq!(outcome.taken_back[0].question, "throat-dribble");
        // The advice is that of the red flag.
        assert!(outcome.advice[0].starts_with("Sit up and lean forward"), "{:?}", outcome.advice);
        assert_eq!(outcome.discriminators, ["demo-airway"]);
    }
    // Said again, it is what it was.
    let again = library.answer(&library.back(&flagged), "throat-dribble", "yes").unwrap();
    assert_eq!(again, flagged);
    // "Not sure" was no red flag: the person may become sure.
    let (unsure, _) = answer(library, "sore-throat", adult(), "throat-dribble=unsure");
    let sure = library.answer(&unsure, "throat-dribble", "no").unwrap();
    assert!(
        matches!(library.next(&sure), Step::Ask(asking) if asking.question.id == "throat-noise")
    );
}

#[test]
fn bad_answers_are_refused_and_stored_ones_end_in_a_call() {
    let library = library();
    let session = library.begin("sore-throat", adult());
    let refused =
        |question: &str, answer: &str| library.answer(&session, question, answer).unwrap_err();
    assert_eq!(refused("sieve-breath", "maybe"), Refused::NoSuchAnswer);
    assert_eq!(refused("sieve-breath", ""), Refused::NoSuchAnswer);
    assert_eq!(refused("throat-dribble", "yes"), Refused::NotAsked);
    assert_eq!(refused("", ""), Refused::NotAsked);
    let (ended, _) = answer(library, "sore-throat", adult(), "");
    assert_eq!(library.answer(&ended, "nothing", "no").unwrap_err(), Refused::Ended);

    let spoil = |change: Spoil<'_>| {
        let (mut session, _) = answer(library, "sore-throat", adult(), "");
        change(&mut session);
        match library.next(&session) {
            Step::Done(outcome) => *outcome,
            Step::Ask(asking) => panic!("asked {}", asking.question.id),
        }
    };
    let failures: [(Spoil<'_>, Failure); 8] = [
        (&|s| s.table = "0".repeat(64), Failure::SetChanged),
        (&|s| s.answers[4].answer = "perhaps".into(), Failure::AnswerUnknown),
        (&|s| s.answers[4].question = "x".into(), Failure::AnswerToNoQuestion),
        (&|s| s.answers.swap(3, 4), Failure::AnswerToNoQuestion),
        (&|s| s.answers.push(s.answers[0].clone()), Failure::AnswerToNoQuestion),
        (&|s| s.answers = vec![s.answers[0].clone(); 1000], Failure::TooManyAnswers),
        (&|s| s.topic.digest = "0".repeat(64), Failure::SetChanged),
        (&|s| s.sieve.digest = "0".repeat(64), Failure::SetChanged),
    ];
    for (change, failure) in failures {
        let outcome = spoil(change);
        assert_eq!(outcome.cause, Cause::Failed(failure));
        assert_eq!(outcome.disposition.code, "CALL-111");
        assert!(!outcome.worse.is_empty() && !outcome.advice.is_empty());
    }
    // After a red flag the same failures end in 999.
    let (flagged, _) = answer(library, "sore-throat", adult(), "throat-noise=yes");
    for (change, failure) in failures {
        let mut session = flagged.clone();
        session.answers.extend(session.answers.clone());
        change(&mut session);
        session.answers.truncate(1000);
        if !session.answers.contains(flagged.answers.last().unwrap()) {
            session.answers.push(flagged.answers.last().unwrap().clone());
        }
        let Step::Done(outcome) = library.next(&session) else { panic!("{failure:?} asked") };
        assert!(outcome.disposition.is_emergency(), "{failure:?}");
    }
    let outcome = library.failed(&ended, Failure::Outside);
    assert_eq!(outcome.disposition.code, "CALL-111");
    assert_eq!(outcome.answers.len(), ended.answers.len());
}

#[test]
fn topics_that_are_not_there_or_not_for_the_person_end_in_a_call_after_the_sieve() {
    let library = library();
    for (topic, who, failure) in [
        ("no-such-topic", adult(), Failure::TopicUnknown),
        ("sore-throat", person(59, Sex::Male), Failure::UnderFive),
        ("fever-child", adult(), Failure::NotForPerson),
        ("fever-child", person(16 * 12, Sex::Male), Failure::NotForPerson),
        ("fever-child", person(2, Sex::Male), Failure::UnderFive),
        ("fever-baby", person(3, Sex::Male), Failure::UnderFive),
        ("mental-health", person(12 * 12 - 1, Sex::Male), Failure::NotForPerson),
    ] {
        let (session, outcome) = answer(library, topic, who, "");
        assert_eq!(session.answers.len(), library.sieve().questions.len());
        assert_eq!(outcome.cause, Cause::Failed(failure));
        assert_eq!(outcome.disposition.code, "CALL-111");
        let (_, outcome) = answer(library, topic, who, "sieve-breath=fitting");
        assert!(outcome.disposition.is_emergency());
    }
    // The day before the fifth birthday, and the day.
    let born = jiff::civil::date(2021, 11, 24);
    let age = |day| Person {
        age: Age::on(born, jiff::civil::date(2026, 11, day)).unwrap(),
        sex: Sex::Male,
    };
    assert!(age(23).is_under_five() && !age(24).is_under_five());
}

#[test]
fn a_changed_set_is_seen_and_said() {
    let old = library();
    let (session, outcome) = answer(old, "sore-throat", adult(), "throat-immune=no");
    assert!(old.changes(&session).is_empty());

    let from = "text = \"No\", means = \"no immunosuppression reported\"";
    let to = "text = \"No, none\", means = \"no immunosuppression reported\"";
    let mut new = changed("sore-throat", from, to).unwrap();
    let Step::Done(failed) = new.next(&session) else { panic!("asked on with an old session") };
    assert_eq!(failed.cause, Cause::Failed(Failure::SetChanged));
    assert_eq!(failed.disposition.code, "CALL-111");
    let Step::Done(failed) = new.replay(&session) else { panic!() };
    assert_eq!(failed.cause, Cause::Failed(Failure::VersionUnknown));
    let changes = new.changes(&session);
    assert!(changes.iter().any(|c| matches!(c, Change::Version { is: Some(_), .. })));
    assert!(
        changes
            .iter()
            .any(|c| matches!(c, Change::Words { question, .. } if question == "throat-immune"))
    );

    // With the old version kept, the old answers replay to the old outcome.
    new.keep_older(text_of("sore-throat")).unwrap();
    assert_eq!(new.replay(&session), Step::Done(Box::new(outcome)));
}

#[test]
fn a_change_of_meaning_is_told_by_where_it_leads() {
    let old = library();
    let (session, _) = answer(old, "sore-throat", adult(), "throat-one-side=voice");
    let mut new = changed("sore-throat", "dx = \"Dx06\"", "dx = \"Dx05\"").unwrap();
    new.keep_older(text_of("sore-throat")).unwrap();
    let changes = new.changes(&session);
    let elsewhere =
        Change::LeadsElsewhere { question: "throat-one-side".into(), answer: "voice".into() };
    assert!(changes.contains(&elsewhere), "{changes:#?}");
    assert!(changes.contains(&Change::Outcome { was: "Dx06".into(), is: "Dx05".into() }));
    let gone = changed("sore-throat", "{ id = \"voice\"", "{ id = \"mouth\"").unwrap();
    let answer = Change::AnswerGone { question: "throat-one-side".into(), answer: "voice".into() };
    assert!(gone.changes(&session).contains(&answer));
}

#[test]
fn a_changed_table_of_dispositions_is_seen_and_an_older_one_replays() {
    let (session, outcome) = answer(library(), "sore-throat", adult(), "throat-drink=no");
    let old = include_str!("../../tables/dispositions.toml");
    let new = old.replacen("Go to A&E within 1 hour", "Go to A&E now", 1);
    let files = || EMBEDDED.iter().map(|(file, text)| (*file, *text));
    let mut library = Library::read(Dispositions::read(&new).unwrap(), files()).unwrap();
    let cause = |step: Step<'_>| match step {
        Step::Done(outcome) => outcome.cause,
        Step::Ask(asking) => panic!("asked {}", asking.question.id),
    };
    assert_eq!(cause(library.next(&session)), Cause::Failed(Failure::SetChanged));
    assert_eq!(cause(library.replay(&session)), Cause::Failed(Failure::VersionUnknown));
    assert!(matches!(library.changes(&session)[..], [Change::Dispositions { .. }]));
    library.keep_older_dispositions(old).unwrap();
    assert_eq!(library.replay(&session), Step::Done(Box::new(outcome)));
}

#[test]
fn people_find_topics_for_them() {
    let library = library();
    let found = |typed: &str, who| -> Vec<String> {
        library.search(who, typed).into_iter().map(|topic| topic.id.clone()).collect()
    };
    assert_eq!(found("I have such a sore THROAT!", adult())[0], "sore-throat");
    assert_eq!(found("tonsil", adult()), ["sore-throat"]);
    assert!(found("xyzzy", adult()).is_empty());
    assert!(!found("", person(12, Sex::Male)).contains(&"sore-throat".to_owned()));
}

#[test]
fn every_outcome_has_words_and_nobody_asks_twice() {
    let library = library();
    let (session, outcome) = walk(library, "sore-throat", adult(), |_, ids| {
        ids.iter().rposition(|id| *id != "unsure").unwrap_or(0)
    });
    assert_eq!(outcome.answers.len(), session.answers.len());
    for told in &outcome.answers {
        assert!(!told.asked.is_empty() && !told.said.is_empty() && !told.means.is_empty());
    }
    assert!(!outcome.is_signed_off && !library.is_signed_off("sore-throat"));
}
