//! A session as a QuestionnaireResponse, finished or not; with all that a replay needs.

use fhir::Element;
use jiff::Timestamp;

use super::questionnaire::questionnaire_url;
use super::{ANSWERS, SESSION, array, coding, dx_coding, object};
use crate::engine::{Given, Session, Stamp, Step};
use crate::library::Library;

/// A session as a QuestionnaireResponse: `in-progress` while a question comes next, `completed`
/// after. `subject` is the reference to the person, where the person is known.
pub fn response(
    library: &Library,
    session: &Session,
    subject: Option<&str>,
    authored: Timestamp,
) -> Element {
    let outcome = match library.replay(session) {
        Step::Ask(_) => None,
        Step::Done(outcome) => Some(outcome),
    };
    let status = if outcome.is_some() { "completed" } else { "in-progress" };
    let url = questionnaire_url(&session.topic.id);
    let version =
        format!("{}+{}.{}", session.topic.version, session.sieve.id, session.sieve.version);
    let mut extensions = session_extension(session);
    if let Some(outcome) = &outcome {
        let dx = dx_coding(&outcome.disposition.code);
        extensions.push(extension("disposition", ("valueCoding", dx)));
    }
    let whole = object([("url", Element::string(SESSION)), ("extension", array(extensions))]);
    let mut made = object([
        ("resourceType", Element::string("QuestionnaireResponse")),
        ("extension", array([whole])),
        ("questionnaire", Element::string(format!("{url}|{version}"))),
        ("status", Element::string(status)),
    ]);
    if let Some(subject) = subject {
        made.set("subject", object([("reference", Element::string(subject))]));
    }
    made.set("authored", Element::string(fhir::format_instant(authored.as_microsecond())));
    let sieve = library.version(&session.sieve.id, &session.sieve.digest);
    let is_sieve = |given: &Given| sieve.is_some_and(|s| s.question(&given.question).is_some());
    let (before, after): (Vec<&Given>, Vec<&Given>) =
        session.answers.iter().partition(|given| is_sieve(given));
    let groups = [(&session.sieve.id, before), (&session.topic.id, after)];
    let groups: Vec<Element> = groups
        .into_iter()
        .filter(|(_, answers)| !answers.is_empty())
        .map(|(id, answers)| group(id, &answers))
        .collect();
    if !groups.is_empty() {
        made.set("item", Element::Array(groups));
    }
    made
}

fn group(id: &str, answers: &[&Given]) -> Element {
    object([
        ("linkId", Element::string(id)),
        ("item", array(answers.iter().map(|given| item(id, given)))),
    ])
}

fn item(topic: &str, given: &Given) -> Element {
    let system = format!("{ANSWERS}{topic}");
    let answer = object([("valueCoding", coding(&system, &given.answer, Some(&given.said)))]);
    object([
        ("linkId", Element::string(&*given.question)),
        ("text", Element::string(&*given.asked)),
        ("answer", array([answer])),
    ])
}

fn extension(url: &str, value: (&str, Element)) -> Element {
    object([("url", Element::string(url)), value])
}

fn session_extension(session: &Session) -> Vec<Element> {
    let number = |n: u32| ("valueInteger", Element::Number(n.to_string().into()));
    let text = |words: &str| ("valueString", Element::string(words));
    let mut parts = vec![
        extension("age-months", number(session.person.age.months)),
        extension("age-days", number(session.person.age.days)),
        extension("dispositions", text(&session.table)),
        extension("sex", ("valueCode", Element::string(session.person.sex.word()))),
    ];
    for (name, stamp) in [("sieve", &session.sieve), ("topic", &session.topic)] {
        let Stamp { id, version, digest } = stamp;
        // FHIR allows no empty strings: a topic that is not there has no version.
        let inner = [("id", id), ("version", version), ("digest", digest)]
            .into_iter()
            .filter(|(_, words)| !words.is_empty())
            .map(|(url, words)| extension(url, text(words)));
        parts.push(extension(name, ("extension", array(inner))));
    }
    for given in &session.taken_back {
        let Given { question, answer, asked, said } = given;
        let inner = [("question", question), ("answer", answer), ("asked", asked), ("said", said)]
            .into_iter()
            .filter(|(_, words)| !words.is_empty())
            .map(|(url, words)| extension(url, text(words)));
        parts.push(extension("taken-back", ("extension", array(inner))));
    }
    parts
}
