//! Outcomes: what the person is told, what the directory is asked, what whoever takes over reads.

use super::session::{Given, Session, Stamp};
use super::walk::{Asking, Path, Step, Walked};
use crate::disposition::{Disposition, Dispositions};
use crate::library::Library;
use crate::set::{Memory, Node, OutcomeText, Person, SignOff, Topic, UNSURE};

/// What went wrong, so that the person is told to call.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Failure {
    /// No topic of that id.
    TopicUnknown,
    /// The person is under 5.
    UnderFive,
    /// The topic is for other ages or another sex.
    NotForPerson,
    /// The topic or the sieve was changed while the questions were being answered.
    SetChanged,
    /// The version that was answered is not in the library.
    VersionUnknown,
    /// An answer that its question does not have.
    AnswerUnknown,
    /// An answer to a question that the answers before it do not lead to.
    AnswerToNoQuestion,
    /// A topic that leads nowhere; the reader lets none such in.
    NodeMissing,
    /// More answers than there can be.
    TooManyAnswers,
    /// Something outside: a store, a network.
    Outside,
}

/// Why the outcome is what it is.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Cause {
    /// A rule of the topic or of the sieve led to this outcome of it.
    Rule {
        /// The topic's or the sieve's id.
        topic: String,
        /// The outcome's id.
        outcome: String,
    },
    /// A rule led to less, but for a child under 5 nothing less than a call is told.
    UnderFive {
        /// The outcome's id.
        outcome: String,
    },
    /// A red flag was raised, and then the person went back.
    RedFlagTakenBack,
    /// Something went wrong.
    Failed(Failure),
}

/// One answer in words.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Told {
    /// The question's id.
    pub question: String,
    /// The answer's id.
    pub answer: String,
    /// The question as it was shown.
    pub asked: String,
    /// The answer as it was shown.
    pub said: String,
    /// What it means, for a clinician; empty where the set no longer knows the answer.
    pub means: String,
    /// The red flag that it raised.
    pub red_flag: Option<String>,
    /// Whether the person was not sure.
    pub is_unsure: bool,
}

/// How the questions end.
#[derive(Clone, Debug, PartialEq)]
pub struct Outcome {
    /// The disposition: code, group, window, urgency, the words of the care card.
    pub disposition: Disposition,
    /// Why it is this.
    pub cause: Cause,
    /// Why, for the person.
    pub why: String,
    /// What to do now.
    pub advice: Vec<String>,
    /// When to get help sooner.
    pub worse: Vec<String>,
    /// Symptom group, for the directory of services.
    pub symptom_group: String,
    /// Symptom discriminators, for the directory of services.
    pub discriminators: Vec<String>,
    /// The Pharmacy First pathway that a pharmacist may treat under.
    pub pharmacy_first: Option<String>,
    /// Scores by name, such as FeverPAIN; only of topics that have them.
    pub scores: Vec<(String, u32)>,
    /// The answers in order.
    pub answers: Vec<Told>,
    /// Red flags that were said and then taken back.
    pub taken_back: Vec<Told>,
    /// Who it is about.
    pub person: Person,
    /// The topic that was asked.
    pub topic: Stamp,
    /// Its title.
    pub title: String,
    /// The sieve that was asked.
    pub sieve: Stamp,
    /// Whether topic and sieve are both signed off; if not, pages say "not clinically assured".
    pub is_signed_off: bool,
}

/// The disposition of a topic's outcome for a person: under 5, nothing less than a call.
pub(crate) fn settle<'d>(
    dispositions: &'d Dispositions,
    person: Person,
    outcome: &OutcomeText,
) -> (&'d Disposition, bool) {
    let call = dispositions.call_111();
    let own = dispositions.get(&outcome.dx).unwrap_or(call);
    if person.is_under_five() && own.urgency < call.urgency { (call, true) } else { (own, false) }
}

impl Library {
    pub(crate) fn step<'l>(
        &'l self,
        session: &Session,
        walked: &Walked<'l>,
        path: &Path<'l>,
    ) -> Step<'l> {
        if !session.taken_back.is_empty() {
            return Step::Done(Box::new(self.red_flag(session, path, Cause::RedFlagTakenBack)));
        }
        match *walked {
            Walked::At { topic, question, number } => Step::Ask(Asking {
                question: &topic.questions[question],
                is_sieve: topic.is_sieve,
                number,
            }),
            Walked::Ended { topic, outcome } => {
                Step::Done(Box::new(self.ended(session, path, topic, &topic.outcomes[outcome])))
            }
            Walked::Failed(failure) => Step::Done(Box::new(self.failure(session, path, failure))),
        }
    }

    fn ended(
        &self,
        session: &Session,
        path: &Path<'_>,
        topic: &Topic,
        outcome: &OutcomeText,
    ) -> Outcome {
        let (disposition, is_raised) = settle(self.table_of(session), session.person, outcome);
        let cause = if is_raised {
            Cause::UnderFive { outcome: outcome.id.clone() }
        } else {
            Cause::Rule { topic: topic.id.clone(), outcome: outcome.id.clone() }
        };
        let mut made = self.blank(session, path, disposition, cause);
        made.why.clone_from(&outcome.why);
        made.advice.clone_from(&outcome.advice);
        made.worse.clone_from(&outcome.worse);
        made.discriminators.clone_from(&outcome.discriminators);
        made.symptom_group.clone_from(&topic.symptom_group);
        if is_raised {
            UNDER_FIVE.clone_into(&mut made.why);
        } else {
            made.pharmacy_first.clone_from(&outcome.pharmacy_first);
        }
        made.scores = scores(topic, path);
        made
    }

    /// The table that the session began with, or the one in force where that is not known.
    fn table_of(&self, session: &Session) -> &Dispositions {
        self.table(&session.table).unwrap_or(self.dispositions())
    }

    /// A failure: 999 if a red flag was raised or the answers had led to 999, else "call 111".
    pub(crate) fn failure(&self, session: &Session, path: &Path<'_>, failure: Failure) -> Outcome {
        let was_emergency = match self.walk_any_version(session).0 {
            Walked::Ended { topic, outcome } => {
                settle(self.table_of(session), session.person, &topic.outcomes[outcome])
                    .0
                    .is_emergency()
            }
            Walked::At { .. } | Walked::Failed(_) => false,
        };
        let is_flagged = !session.taken_back.is_empty()
            || session.answers.iter().any(|given| self.is_red_flag(session, given));
        if was_emergency || is_flagged {
            return self.red_flag(session, path, Cause::Failed(failure));
        }
        let call = self.table_of(session).call_111();
        let mut made = self.blank(session, path, call, Cause::Failed(failure));
        let why = match failure {
            Failure::UnderFive => UNDER_FIVE,
            Failure::NotForPerson | Failure::TopicUnknown => NOT_HERE,
            _ => WENT_WRONG,
        };
        why.clone_into(&mut made.why);
        made
    }

    /// 999 whatever else was answered, with the advice of the red flag where a set still knows it.
    fn red_flag(&self, session: &Session, path: &Path<'_>, cause: Cause) -> Outcome {
        let why = match cause {
            Cause::RedFlagTakenBack => TAKEN_BACK,
            _ => RAISED,
        };
        let mut made = self.blank(session, path, self.table_of(session).call_999(), cause);
        made.worse.clear();
        let raised = session.taken_back.iter().chain(&session.answers);
        let known =
            raised.filter_map(|given| self.flag_outcome(session, given)).find_map(|known| {
                let own = self.table_of(session).get(&known.1.dx)?;
                own.is_emergency().then_some((known.0, known.1, own))
            });
        if let Some((topic, outcome, disposition)) = known {
            made.disposition = disposition.clone();
            made.advice.clone_from(&outcome.advice);
            made.discriminators.clone_from(&outcome.discriminators);
            made.symptom_group.clone_from(&topic.symptom_group);
        }
        why.clone_into(&mut made.why);
        made
    }

    /// The outcome that a red flag leads to at once.
    fn flag_outcome<'l>(
        &'l self,
        session: &Session,
        given: &Given,
    ) -> Option<(&'l Topic, &'l OutcomeText)> {
        self.versions_of(session).into_iter().flatten().find_map(|topic| {
            let question = topic.question(&given.question)?;
            let answer = question.answers.iter().find(|answer| answer.id == given.answer)?;
            answer.red_flag.as_ref()?;
            let Node::Outcome(outcome) = answer.to else { return None };
            Some((topic, topic.outcomes.get(outcome)?))
        })
    }

    /// An outcome with the answers and words that hold for every failure.
    fn blank(
        &self,
        session: &Session,
        path: &Path<'_>,
        disposition: &Disposition,
        cause: Cause,
    ) -> Outcome {
        let version = |stamp: &Stamp| self.version(&stamp.id, &stamp.digest);
        let topic = version(&session.topic);
        let signed = [version(&session.sieve), topic];
        Outcome {
            disposition: disposition.clone(),
            cause,
            why: String::new(),
            advice: SAFE_ADVICE.iter().map(|&words| words.to_owned()).collect(),
            worse: SAFE_WORSE.iter().map(|&words| words.to_owned()).collect(),
            symptom_group: topic.map(|t| t.symptom_group.clone()).unwrap_or_default(),
            discriminators: Vec::new(),
            pharmacy_first: None,
            scores: Vec::new(),
            answers: told(&session.answers, path),
            taken_back: session.taken_back.iter().map(Told::in_words).collect(),
            person: session.person,
            topic: session.topic.clone(),
            title: topic.map(|t| t.title.clone()).unwrap_or_default(),
            sieve: session.sieve.clone(),
            is_signed_off: signed
                .iter()
                .all(|version| matches!(version, Some(t) if t.sign_off != SignOff::NotSignedOff)),
        }
    }
}

// The words of failures. They are ours, and are measured by the checker as the sets' are.
const UNDER_FIVE: &str = "Children under 5 can get ill fast. A person must ask you about them.";
const NOT_HERE: &str = "We cannot ask about this online. A person must ask you about it.";
const WENT_WRONG: &str = "Something went wrong on our side. A person must ask you about it.";
const TAKEN_BACK: &str = "You told us about a danger sign, and then went back. We go by the danger sign. If you chose it by mistake, start again.";
const RAISED: &str = "You told us about a danger sign.";
const SAFE_ADVICE: [&str; 2] = [
    "Tell them what you told us. You can show them your answers.",
    "Do not wait for someone to call you.",
];
const SAFE_WORSE: [&str; 1] =
    ["Call 999 if you feel much worse, or if you think it is an emergency."];

/// The words that the engine itself says, for the checker.
pub(crate) fn own_words() -> Vec<&'static str> {
    let mut words = vec![UNDER_FIVE, NOT_HERE, WENT_WRONG, TAKEN_BACK, RAISED];
    words.extend(SAFE_ADVICE);
    words.extend(SAFE_WORSE);
    words
}

impl Told {
    fn in_words(given: &Given) -> Told {
        Told {
            question: given.question.clone(),
            answer: given.answer.clone(),
            asked: given.asked.clone(),
            said: given.said.clone(),
            means: String::new(),
            red_flag: None,
            is_unsure: given.answer == UNSURE,
        }
    }
}

/// The answers in words, with what each means as far as the path found it.
fn told(answers: &[Given], path: &Path<'_>) -> Vec<Told> {
    answers
        .iter()
        .enumerate()
        .map(|(at, given)| {
            let mut told = Told::in_words(given);
            if let Some(trodden) = path.get(at) {
                let answer = &trodden.topic.questions[trodden.question].answers[trodden.answer];
                told.means.clone_from(&answer.means);
                told.red_flag.clone_from(&answer.red_flag);
            }
            told
        })
        .collect()
}

fn scores(topic: &Topic, path: &Path<'_>) -> Vec<(String, u32)> {
    let mut memory = Memory::default();
    for trodden in path.iter().filter(|trodden| std::ptr::eq(trodden.topic, topic)) {
        topic.follow(&mut memory, trodden.question, trodden.answer);
    }
    let asked = |question: usize| memory.answer(topic, question).is_some();
    let scores = topic.scores.iter().filter(|score| score.points.iter().any(|(q, _, _)| asked(*q)));
    scores.map(|score| (score.name.clone(), score.total(topic, &memory))).collect()
}
