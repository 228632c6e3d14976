//! What the tests share: the demonstrator, people, and walks by a plan of answers.

use std::sync::LazyLock;

use triage::library::EMBEDDED;
use triage::{Age, Dispositions, Library, Outcome, Person, Session, Sex, Step};

/// The demonstrator.
pub(crate) fn library() -> &'static Library {
    static READ: LazyLock<Library> =
        LazyLock::new(|| Library::embedded().unwrap_or_else(|wrong| panic!("{wrong:#?}")));
    &READ
}

/// A person of so many months.
pub(crate) fn person(months: u32, sex: Sex) -> Person {
    Person { age: Age::of_months(months), sex }
}

/// The text of an embedded file.
pub(crate) fn text_of(name: &str) -> &'static str {
    EMBEDDED.iter().find(|(file, _)| *file == name).map_or("", |(_, text)| *text)
}

/// The demonstrator with one file's text changed, once, at the first place.
pub(crate) fn changed(name: &str, from: &str, to: &str) -> Result<Library, String> {
    let old = text_of(name);
    assert!(old.contains(from), "{name} has no {from:?}");
    let new = old.replacen(from, to, 1);
    let files =
        EMBEDDED.iter().map(|(file, text)| (*file, if *file == name { &*new } else { text }));
    let dispositions = Dispositions::embedded().expect("the table is sound");
    Library::read(dispositions, files).map_err(|wrong| format!("{wrong:#?}"))
}

/// Answers every question by `choose`, given the question's id and its answers' ids.
pub(crate) fn walk(
    library: &Library,
    topic: &str,
    person: Person,
    mut choose: impl FnMut(&str, &[&str]) -> usize,
) -> (Session, Outcome) {
    let mut session = library.begin(topic, person);
    for _ in 0..100 {
        match library.next(&session) {
            Step::Ask(asking) => {
                let ids: Vec<&str> =
                    asking.question.answers.iter().map(|answer| &*answer.id).collect();
                let at = choose(&asking.question.id, &ids) % ids.len();
                session =
                    library.answer(&session, &asking.question.id, ids[at]).expect("it is asked");
            }
            Step::Done(outcome) => return (session, *outcome),
        }
    }
    panic!("{topic} does not end: {session:#?}");
}

/// Answers by a plan of `question=answer`; what the plan does not name gets the
/// last answer that is not "unsure", which is the calm one in every set.
pub(crate) fn answer(
    library: &Library,
    topic: &str,
    person: Person,
    plan: &str,
) -> (Session, Outcome) {
    let plan: Vec<(&str, &str)> = plan
        .split_whitespace()
        .map(|step| step.split_once('=').expect("question=answer"))
        .collect();
    let mut used = 0;
    let ended = walk(library, topic, person, |question, ids| {
        let planned = plan.iter().find(|(name, _)| *name == question);
        if let Some((_, answer)) = planned {
            used += 1;
            return ids.iter().position(|id| id == answer).unwrap_or_else(|| {
                panic!("{question} has no {answer}, only {ids:?}");
            });
        }
        ids.iter().rposition(|id| *id != "unsure").unwrap_or(0)
    });
    assert_eq!(used, plan.len(), "a planned question was not asked: {:#?}", ended.0.answers);
    ended
}
