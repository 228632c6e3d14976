//! Random walks over every topic: they end, never panic, keep red flags, and replay.

use proptest::prelude::*;
use triage::engine::Cause;
use triage::{Age, Level, Library, Person, Session, Sex, Step};

use crate::shared::library;

fn people() -> impl Strategy<Value = Person> {
    (0u32..100 * 12, 0usize..3)
        .prop_map(|(months, sex)| Person { age: Age::of_months(months), sex: Sex::ALL[sex] })
}

fn is_red_flag(library: &Library, session: &Session) -> bool {
    let topics = library.topics().iter().chain([library.sieve()]);
    let questions: Vec<_> = topics.flat_map(|topic| &topic.questions).collect();
    session.answers.iter().any(|given| {
        questions.iter().any(|question| {
            question.id == given.question
                && question.answers.iter().any(|a| a.id == given.answer && a.red_flag.is_some())
        })
    })
}

/// What is done at each step: an answer by number, or going back so far.
#[derive(Clone, Debug)]
enum Act {
    Answer(usize),
    Back,
    BackTo(usize),
    Again(usize, usize),
}

fn acts() -> impl Strategy<Value = Vec<Act>> {
    // Mostly calm answers, so that walks go deep.
    let act = prop_oneof![
        6 => Just(Act::Answer(1)),
        3 => (0usize..12).prop_map(Act::Answer),
        1 => Just(Act::Back),
        1 => (0usize..12).prop_map(Act::BackTo),
        1 => (0usize..12, 0usize..6).prop_map(|(at, answer)| Act::Again(at, answer)),
    ];
    proptest::collection::vec(act, 1..80)
}

fn act(library: &Library, session: &Session, act: &Act) -> Session {
    match act {
        Act::Back => library.back(session),
        Act::BackTo(at) => match session.answers.get(*at) {
            Some(given) => library.back_to(session, &given.question),
            None => session.clone(),
        },
        Act::Again(at, answer) => {
            let Some(given) = session.answers.get(*at) else { return session.clone() };
            let topics = library.topics().iter().chain([library.sieve()]);
            let question = topics.into_iter().find_map(|t| t.question(&given.question));
            let answers = &question.expect("it was asked").answers;
            let chosen = &answers[answer % answers.len()].id;
            library.answer(session, &given.question, chosen).unwrap_or_else(|_| session.clone())
        }
        Act::Answer(number) => match library.next(session) {
            Step::Ask(asking) => {
                let answers = &asking.question.answers;
                // 1 stands for the calm one, which stands before "unsure".
                let at = if *number == 1 { answers.len() - 2 } else { number % answers.len() };
                let chosen = &answers[at].id;
                library.answer(session, &asking.question.id, chosen).expect("it is asked")
            }
            Step::Done(_) => session.clone(),
        },
    }
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 1500, ..ProptestConfig::default() })]

    #[test]
    fn every_walk_ends_and_replays(topic in 0usize..12, person in people(), seed in proptest::collection::vec(0usize..12, 20)) {
        let library = library();
        let id = library.topics()[topic].id.clone();
        let mut session = library.begin(&id, person);
        let mut step = 0;
        let outcome = loop {
            match library.next(&session) {
                Step::Ask(_) => {
                    prop_assert!(step < 40, "{id} does not end");
                    let number = seed[step % seed.len()];
                    session = act(library, &session, &Act::Answer(if number > 4 { 1 } else { number }));
                    step += 1;
                }
                Step::Done(outcome) => break outcome,
            }
        };
        prop_assert_eq!(library.replay(&session), Step::Done(outcome.clone()));
        if is_red_flag(library, &session) {
            prop_assert_eq!(outcome.disposition.level, Level::Emergency);
            prop_assert!(!outcome.disposition.services);
        }
        if person.is_under_five() {
            prop_assert!(outcome.disposition.urgency >= 70, "{}", outcome.disposition.code);
            prop_assert!(outcome.pharmacy_first.is_none());
        }
        if outcome.pharmacy_first.as_deref() == Some("urinary-infection") {
            prop_assert!(person.sex == Sex::Female && (192..780).contains(&person.age.months));
        }
        prop_assert_eq!(outcome.answers.len(), session.answers.len());
    }

    #[test]
    fn going_back_never_takes_a_red_flag_away(topic in 0usize..12, person in people(), acts in acts()) {
        let library = library();
        let id = library.topics()[topic].id.clone();
        let mut session = library.begin(&id, person);
        let mut was_flagged = false;
        for step in &acts {
            session = act(library, &session, step);
            was_flagged |= is_red_flag(library, &session);
            match library.next(&session) {
                Step::Ask(asking) => prop_assert!(!was_flagged, "asked {} after a red flag", asking.question.id),
                Step::Done(outcome) if was_flagged => {
                    prop_assert_eq!(outcome.disposition.level, Level::Emergency);
                }
                Step::Done(_) => {}
            }
        }
    }

    #[test]
    fn no_stored_text_makes_it_panic(topic in "[a-z-]{0,12}", question in "\\PC{0,12}", answer in "\\PC{0,12}", person in people(), count in 0usize..250) {
        let library = library();
        for id in [topic.as_str(), "rash"] {
            let mut session = library.begin(id, person);
            let given = triage::Given { question: question.clone(), answer: answer.clone(), asked: String::new(), said: String::new() };
            session.answers = vec![given.clone(); count];
            let _ = library.answer(&session, &question, &answer);
            let _ = library.changes(&session);
            match library.next(&session) {
                Step::Ask(_) => prop_assert_eq!(count, 0),
                Step::Done(outcome) => {
                    prop_assert!(count > 0);
                    prop_assert!(matches!(outcome.cause, Cause::Failed(_)));
                    prop_assert_eq!(outcome.disposition.code.as_str(), "CALL-111");
                }
            }
        }
    }

    #[test]
    fn not_sure_never_lowers_on_a_random_walk(topic in 0usize..12, person in people(), answers in proptest::collection::vec(0usize..12, 24), at in 0usize..16) {
        // The same plan of answers twice, "not sure" at one question the second time.
        let library = library();
        let id = library.topics()[topic].id.clone();
        let ids: Vec<String> = library.topics()[topic].questions.iter().chain(&library.sieve().questions).map(|q| q.id.clone()).collect();
        let unsure = ids[at % ids.len()].clone();
        let walk = |is_unsure: bool| {
            let mut session = library.begin(&id, person);
            loop {
                match library.next(&session) {
                    Step::Ask(asking) => {
                        let place = ids.iter().position(|id| *id == asking.question.id).unwrap_or(0);
                        let options = &asking.question.answers;
                        let number = answers[place % answers.len()];
                        let planned = if number > 3 { options.len() - 2 } else { number % options.len() };
                        let chosen = if is_unsure && asking.question.id == unsure { "unsure" } else { &*options[planned].id };
                        session = library.answer(&session, &asking.question.id, chosen).expect("it is asked");
                    }
                    Step::Done(outcome) => break outcome,
                }
            }
        };
        let (sure, not_sure) = (walk(false), walk(true));
        let weight = |outcome: &triage::Outcome| if outcome.disposition.is_emergency() { 255 } else { outcome.disposition.urgency };
        prop_assert!(weight(&not_sure) >= weight(&sure), "{id} {unsure}: {} below {}", not_sure.disposition.code, sure.disposition.code);
    }
}
