//! A version of a topic as a Questionnaire: the sieve's group, then the topic's.
//!
//! The rules are not in it: which question comes next is for the engine, and a renderer that showed
//! all questions at once would not be triage. The resource says so in `purpose`.

use fhir::Element;

use super::{ANSWERS, array, coding, object};
use crate::set::{Question, SignOff, Topic};

/// The canonical URL of a topic's Questionnaire, without a version.
pub fn questionnaire_url(topic: &str) -> String {
    format!("urn:careloom:triage:questionnaire:{topic}")
}

/// A topic behind the sieve as a Questionnaire.
pub fn questionnaire(sieve: &Topic, topic: &Topic) -> Element {
    let is_signed = sieve.sign_off.is_signed_off() && topic.sign_off.is_signed_off();
    let text = |words: &str| Element::string(words);
    let mut made = object([
        ("resourceType", text("Questionnaire")),
        ("url", Element::string(questionnaire_url(&topic.id))),
        ("version", Element::string(version(sieve, topic))),
        ("title", text(&topic.title)),
        ("status", text(if is_signed { "active" } else { "draft" })),
        ("experimental", Element::Bool(!is_signed)),
        ("subjectType", array([text("Patient")])),
        ("publisher", text(&topic.author)),
        ("description", text(&topic.about)),
        ("purpose", text(PURPOSE)),
    ]);
    if let SignOff::SignedOff { date, .. } = &topic.sign_off {
        made.set("approvalDate", Element::string(date.to_string()));
    }
    let end = Element::string(topic.review_by.to_string());
    made.set("effectivePeriod", object([("end", end)]));
    made.set("item", array([group(sieve), group(topic)]));
    made
}

const PURPOSE: &str = "Record of what may be asked. Which question comes next is decided by the rules of the set, which are not in this resource.";

/// The version of a Questionnaire: that of the topic, and that of the sieve before it.
pub(super) fn version(sieve: &Topic, topic: &Topic) -> String {
    format!("{}+{}.{}", topic.version, sieve.id, sieve.version)
}

fn group(topic: &Topic) -> Element {
    object([
        ("linkId", Element::string(&*topic.id)),
        ("text", Element::string(&*topic.title)),
        ("type", Element::string("group")),
        ("item", array(topic.questions.iter().map(|question| item(topic, question)))),
    ])
}

fn item(topic: &Topic, question: &Question) -> Element {
    let system = format!("{ANSWERS}{}", topic.id);
    let options = question
        .answers
        .iter()
        .map(|a| object([("valueCoding", coding(&system, &a.id, Some(&a.text)))]));
    let why = object([
        ("linkId", Element::string(format!("{}-why", question.id))),
        ("text", Element::string(&*question.why)),
        ("type", Element::string("display")),
    ]);
    object([
        ("linkId", Element::string(&*question.id)),
        ("text", Element::string(&*question.text)),
        ("type", Element::string("choice")),
        ("answerOption", array(options)),
        ("item", array([why])),
    ])
}
