//! The proofs about paths, class of people by class.

use std::collections::BTreeSet;

use super::explore::{Explorer, State, Stop};
use super::order::Order;
use super::{Finding, FindingKind, Report, TopicCount};
use crate::disposition::Level;
use crate::engine::settle;
use crate::library::Library;
use crate::set::{Age, Gate, Memory, Node, ONLINE_MONTHS_MIN, Person, Sex, Topic, UNSURE};

/// What all classes of people together reach of a topic.
#[derive(Default)]
struct Reached {
    questions: BTreeSet<usize>,
    outcomes: BTreeSet<usize>,
    levels: BTreeSet<Level>,
    arms: BTreeSet<(usize, usize)>,
}

/// Walks a topic for every class of people.
pub(crate) fn topic(library: &Library, topic: &Topic, report: &mut Report) {
    let mut reached = Reached::default();
    let mut count = TopicCount {
        topic: topic.id.clone(),
        classes: 0,
        states: 0,
        paths: 0,
        longest: 0,
        shortest: usize::MAX,
    };
    let mut findings = Findings { topic, all: &mut report.findings };
    for person in classes(library, topic) {
        let Some(mut explorer) = Explorer::of(topic, person, library.dispositions()) else {
            let words = "more states than are walked: split the topic";
            findings.add(FindingKind::TooLarge, "topic", None, Some(person), words);
            return;
        };
        let start = explorer.start();
        let facts = explorer.facts(&start);
        count.classes += 1;
        count.paths = count.paths.saturating_add(facts.paths);
        count.longest = count.longest.max(facts.longest);
        count.shortest = count.shortest.min(facts.shortest);
        let states = explorer.states();
        count.states += states.len();
        let mut order = Order::of(places(topic));
        for state in &states {
            stops(library, &explorer, state, &mut reached, &mut findings);
            answers(&mut explorer, &mut order, state, &mut findings);
        }
        bypasses(&explorer, facts.always_asked, &states, &mut findings);
        arms(&mut explorer, &mut order, &mut reached, &mut findings);
    }
    whole(library, topic, &reached, &mut findings);
    report.counts.push(count);
}

/// Adds findings, each once.
struct Findings<'a> {
    topic: &'a Topic,
    all: &'a mut Vec<Finding>,
}

impl Findings<'_> {
    fn add(
        &mut self,
        kind: FindingKind,
        place: &str,
        answer: Option<&str>,
        person: Option<Person>,
        words: &str,
    ) {
        let is_known = self.all.iter().any(|known| {
            known.kind == kind
                && known.topic == self.topic.id
                && known.place == place
                && known.answer.as_deref() == answer
        });
        if !is_known {
            self.all.push(Finding {
                kind,
                topic: self.topic.id.clone(),
                place: place.to_owned(),
                answer: answer.map(str::to_owned),
                person,
                words: words.to_owned(),
            });
        }
    }
}

/// One person for each class that the topic's gates can tell apart.
pub(crate) fn classes(library: &Library, topic: &Topic) -> Vec<Person> {
    let arms = topic.decisions.iter().flat_map(|d| &d.arms).map(|arm| &arm.when.gate);
    let pharmacy = topic
        .outcomes
        .iter()
        .filter_map(|o| library.dispositions().pharmacy_gate(o.pharmacy_first.as_deref()?));
    let gates: Vec<&Gate> = [&topic.gate]
        .into_iter()
        .chain(topic.questions.iter().map(|question| &question.gate))
        .chain(arms)
        .chain(pharmacy)
        .collect();
    let mut borders: Vec<u32> = gates.iter().flat_map(|g| [g.ages.from, g.ages.until]).collect();
    borders.extend([0, ONLINE_MONTHS_MIN]);
    borders.sort_unstable();
    borders.dedup();
    let ages = borders.into_iter().filter(|months| *months < u32::MAX).map(Age::of_months);
    let people = ages.flat_map(|age| Sex::ALL.map(|sex| Person { age, sex }));
    people.filter(|person| topic.gate.holds(*person)).collect()
}

/// Place of each question in an order in which every edge leads forward.
fn places(topic: &Topic) -> Vec<usize> {
    let mut places = vec![0; topic.questions.len()];
    // The reader refuses circles, so there is an order.
    for (place, node) in crate::set::order(topic).unwrap_or_default().into_iter().enumerate() {
        if let Node::Question(at) = node {
            places[at] = place;
        }
    }
    places
}

/// Ends: that there is one, of a level that is named, open to this person.
fn stops(
    library: &Library,
    explorer: &Explorer<'_>,
    state: &State,
    reached: &mut Reached,
    findings: &mut Findings<'_>,
) {
    let (topic, person) = (explorer.topic, explorer.person);
    match state.stop {
        Stop::Question(at) => {
            reached.questions.insert(at);
        }
        Stop::Onward => {}
        Stop::Nowhere => {
            let words = "a path leads nowhere";
            findings.add(FindingKind::PathDoesNotEnd, "topic", None, Some(person), words);
        }
        Stop::Outcome(at) => {
            reached.outcomes.insert(at);
            let outcome = &topic.outcomes[at];
            let (disposition, is_raised) = settle(library.dispositions(), person, outcome);
            if !is_raised {
                reached.levels.insert(disposition.level);
            }
            let call = library.dispositions().call_111();
            if person.is_under_five() && disposition.urgency < call.urgency {
                let words = "a child under 5 is told less than to call";
                let kind = FindingKind::UnderFiveBroken;
                findings.add(kind, &outcome.id, None, Some(person), words);
            }
            let pathway = outcome.pharmacy_first.as_deref().filter(|_| !is_raised);
            let gate = pathway.and_then(|id| library.dispositions().pharmacy_gate(id));
            if gate.is_some_and(|gate| !gate.holds(person)) {
                let words = "reached by somebody whom the pathway is not for";
                let kind = FindingKind::PharmacyGateBroken;
                findings.add(kind, &outcome.id, None, Some(person), words);
            }
        }
    }
}

/// Answers: red flags end in 999, and "not sure" never lowers.
fn answers(
    explorer: &mut Explorer<'_>,
    order: &mut Order,
    state: &State,
    findings: &mut Findings<'_>,
) {
    let Stop::Question(at) = state.stop else { return };
    let topic = explorer.topic;
    let person = Some(explorer.person);
    let question = &topic.questions[at];
    let after: Vec<State> =
        (0..question.answers.len()).map(|answer| explorer.after(state, at, answer)).collect();
    for (answer, next) in question.answers.iter().zip(&after) {
        let floor = explorer.facts(next).range.floor;
        let ends_in_999 = floor == u8::MAX && matches!(next.stop, Stop::Outcome(_));
        if answer.red_flag.is_some() && floor < u8::MAX {
            let words = "a red flag that may end in less than 999";
            let kind = FindingKind::RedFlagNotEmergency;
            findings.add(kind, &question.id, Some(&answer.id), person, words);
        }
        if answer.red_flag.is_none() && ends_in_999 && answer.id != UNSURE {
            let words = "leads to 999 and is not marked as a red flag";
            let kind = FindingKind::RedFlagUnmarked;
            findings.add(kind, &question.id, Some(&answer.id), person, words);
        }
    }
    let asked_on = after.iter().filter(|next| matches!(next.stop, Stop::Question(_)));
    let ceiling = asked_on.map(|next| explorer.facts(next).range.ceiling).max().unwrap_or(0);
    for (answer, next) in question.answers.iter().zip(&after) {
        let Stop::Outcome(outcome) = next.stop else { continue };
        if explorer.weight(outcome) < ceiling {
            let words = "ends here, and another answer leads on to what may be more urgent";
            let kind = FindingKind::NotUrgentFirst;
            findings.add(kind, &question.id, Some(&answer.id), person, words);
        }
    }
    let Some(unsure) = question.answer(UNSURE) else { return };
    for (answer, next) in question.answers.iter().zip(&after) {
        if !order.is_nowhere_below(explorer, &after[unsure], next) {
            let words = format!("\"not sure\" may end in less than \"{}\" does", answer.id);
            findings.add(FindingKind::NotSureLowers, &question.id, Some(UNSURE), person, &words);
        }
    }
}

/// Questions with red flags that some path leaves out before it ends in less than 999.
fn bypasses(
    explorer: &Explorer<'_>,
    always_asked: u64,
    states: &[State],
    findings: &mut Findings<'_>,
) {
    let asked: BTreeSet<usize> = states
        .iter()
        .filter_map(|state| match state.stop {
            Stop::Question(at) => Some(at),
            _ => None,
        })
        .collect();
    for at in asked {
        let question = &explorer.topic.questions[at];
        let is_flagged = question.answers.iter().any(|answer| answer.red_flag.is_some());
        if is_flagged && always_asked & (1 << at) == 0 {
            let words = "a path ends in less than 999 without this being asked";
            let kind = FindingKind::RedFlagBypassed;
            findings.add(kind, &question.id, None, Some(explorer.person), words);
        }
    }
}

/// Arms of decisions: each holds at some time, and of two that hold the first is the more urgent.
fn arms(
    explorer: &mut Explorer<'_>,
    order: &mut Order,
    reached: &mut Reached,
    findings: &mut Findings<'_>,
) {
    let topic = explorer.topic;
    for (at, memory) in explorer.passed.clone() {
        let decision = &topic.decisions[at];
        let holding: Vec<usize> = (0..decision.arms.len())
            .filter(|arm| decision.arms[*arm].when.holds(topic, explorer.person, &memory))
            .collect();
        ends_early(explorer, at, holding.first().copied(), &memory, findings);
        let Some((first, later)) = holding.split_first() else { continue };
        reached.arms.insert((at, *first));
        let leads = |explorer: &mut Explorer<'_>, arm: usize, memory: &Memory| {
            explorer.reach(decision.arms[arm].to, memory.clone())
        };
        let above = leads(explorer, *first, &memory);
        for arm in later {
            let below = leads(explorer, *arm, &memory);
            if !order.is_nowhere_below(explorer, &above, &below) {
                let words = format!(
                    "arms {} and {} hold at once, and the first is the less urgent",
                    first + 1,
                    arm + 1
                );
                let arm = (arm + 1).to_string();
                let person = Some(explorer.person);
                findings.add(FindingKind::ArmsOverlap, &decision.id, Some(&arm), person, &words);
            }
        }
    }
}

/// A decision that ends the questions, where another arm leads on to what may be more urgent.
fn ends_early(
    explorer: &mut Explorer<'_>,
    decision: usize,
    arm: Option<usize>,
    memory: &Memory,
    findings: &mut Findings<'_>,
) {
    let decision = &explorer.topic.decisions[decision];
    let taken = arm.map_or(decision.otherwise, |arm| decision.arms[arm].to);
    let Stop::Outcome(outcome) = explorer.reach(taken, memory.clone()).stop else { return };
    let weight = explorer.weight(outcome);
    for to in decision.arms.iter().map(|arm| arm.to).chain([decision.otherwise]) {
        let other = explorer.reach(to, memory.clone());
        let is_question = matches!(other.stop, Stop::Question(_));
        if is_question && explorer.facts(&other).range.ceiling > weight {
            let words = "ends here, and another arm leads on to what may be more urgent";
            let person = Some(explorer.person);
            findings.add(FindingKind::NotUrgentFirst, &decision.id, None, person, words);
        }
    }
}

/// What must be reached by somebody.
fn whole(library: &Library, topic: &Topic, reached: &Reached, findings: &mut Findings<'_>) {
    for (at, question) in topic.questions.iter().enumerate() {
        if !reached.questions.contains(&at) {
            let words = "nobody is asked this";
            findings.add(FindingKind::QuestionNeverAsked, &question.id, None, None, words);
        }
        let again = topic.questions[..at]
            .iter()
            .chain(library.sieve().questions.iter().filter(|_| !topic.is_sieve))
            .any(|earlier| is_same_text(&earlier.text, &question.text));
        if again {
            let words = "asks what was asked in the same words";
            findings.add(FindingKind::AskedTwice, &question.id, None, None, words);
        }
    }
    for (at, outcome) in topic.outcomes.iter().enumerate() {
        if !reached.outcomes.contains(&at) {
            let words = "nobody reaches this";
            findings.add(FindingKind::OutcomeNeverReached, &outcome.id, None, None, words);
        }
    }
    for (at, decision) in topic.decisions.iter().enumerate() {
        for arm in 0..decision.arms.len() {
            if !reached.arms.contains(&(at, arm)) {
                let words = "never the first that holds";
                let name = (arm + 1).to_string();
                findings.add(FindingKind::ArmNeverHolds, &decision.id, Some(&name), None, words);
            }
        }
    }
    for flag in topic.red_flags.keys() {
        let mut answers = topic.questions.iter().flat_map(|question| &question.answers);
        if !answers.any(|answer| answer.red_flag.as_ref() == Some(flag)) {
            let words = "named in [red_flags], and no answer raises it";
            findings.add(FindingKind::RedFlagUncovered, flag, None, None, words);
        }
    }
    for level in Level::ALL {
        let (is_named, is_reached) =
            (topic.levels.contains(&level), reached.levels.contains(&level));
        if is_named && !is_reached {
            let words = "named in levels, and nobody reaches it";
            findings.add(FindingKind::LevelNeverReached, level.word(), None, None, words);
        }
        if is_reached && !is_named {
            let words = "reached, and not named in levels";
            findings.add(FindingKind::LevelNotNamed, level.word(), None, None, words);
        }
    }
}

fn is_same_text(one: &str, other: &str) -> bool {
    let letters = |text: &str| -> String {
        text.chars().filter(|c| c.is_alphanumeric()).flat_map(char::to_lowercase).collect()
    };
    letters(one) == letters(other)
}
