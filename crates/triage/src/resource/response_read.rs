//! A QuestionnaireResponse back to the session that it was made of.

use fhir::{Issue, IssueCode, Value};

use super::SESSION;
use crate::engine::{Given, Session, Stamp};
use crate::set::{Age, Person, Sex};

/// Answers that are read; the engine refuses more than it can have asked.
const ANSWERS_MAX: usize = 1_000;

/// Reads a session from a QuestionnaireResponse that [`super::response`] made.
pub fn read_response(response: Value<'_>) -> Result<Session, Issue> {
    let missing = |what: &str| {
        Issue::error(IssueCode::Required, response.expression(), format!("expected {what}"))
    };
    if response.text_of("resourceType") != Some("QuestionnaireResponse") {
        return Err(missing("a QuestionnaireResponse"));
    }
    let whole = response
        .all("extension")
        .find(|extension| extension.text_of("url") == Some(SESSION))
        .ok_or_else(|| missing("the session's extension: this was not answered here"))?;
    let number = |url: &str| part(whole, url).and_then(value_of)?.parse::<u32>().ok();
    let (months, days) = number("age-months")
        .zip(number("age-days"))
        .ok_or_else(|| missing("the age in months and days"))?;
    let sex = part(whole, "sex").and_then(value_of).unwrap_or_default();
    let person = Person { age: Age { months, days }, sex: Sex::from_gender(sex) };
    let stamp = |url: &str| {
        let stamp = part(whole, url)?;
        let text = |url: &str| part(stamp, url).and_then(value_of).unwrap_or_default().to_owned();
        Some(Stamp { id: text("id"), version: text("version"), digest: text("digest") })
    };
    let sieve = stamp("sieve").ok_or_else(|| missing("the sieve's version"))?;
    let topic = stamp("topic").ok_or_else(|| missing("the topic's version"))?;
    let mut answers = Vec::new();
    for item in response.all("item").flat_map(|group| group.all("item")).take(ANSWERS_MAX) {
        let mut codings = item.all("answer").filter_map(|answer| answer.get("valueCoding"));
        let (Some(question), Some(coding), None) =
            (item.text_of("linkId"), codings.next(), codings.next())
        else {
            let words = "expected a linkId and one answer with a coding";
            return Err(Issue::error(IssueCode::Structure, item.expression(), words));
        };
        answers.push(Given {
            question: question.to_owned(),
            answer: coding.text_of("code").unwrap_or_default().to_owned(),
            asked: item.text_of("text").unwrap_or_default().to_owned(),
            said: coding.text_of("display").unwrap_or_default().to_owned(),
        });
    }
    let taken_back = whole
        .all("extension")
        .filter(|extension| extension.text_of("url") == Some("taken-back"))
        .take(ANSWERS_MAX)
        .map(|given| {
            let text =
                |url: &str| part(given, url).and_then(value_of).unwrap_or_default().to_owned();
            Given {
                question: text("question"),
                answer: text("answer"),
                asked: text("asked"),
                said: text("said"),
            }
        })
        .collect();
    let table = part(whole, "dispositions").and_then(value_of).unwrap_or_default().to_owned();
    Ok(Session { person, sieve, topic, table, answers, taken_back })
}

fn part<'t>(extension: Value<'t>, url: &str) -> Option<Value<'t>> {
    extension.all("extension").find(|part| part.text_of("url") == Some(url))
}

fn value_of(extension: Value<'_>) -> Option<&str> {
    extension.members().find(|member| member.name().starts_with("value"))?.as_text()
}
