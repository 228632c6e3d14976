//! A topic as a graph: its order, its circles, what nothing leads to, and which answer is most urgent.
//!
//! "I'm not sure" counts as the most urgent answer by construction: going backwards through the
//! order, each node gets the [`Range`] of urgencies that can follow it, and the answer whose range
//! is nowhere below another's is the one. [`crate::check`] proves it again by walking every path.

use super::value::{Node, Topic, UNSURE};

/// The least and the most urgent outcome that can follow.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Range {
    /// The least urgent.
    pub(crate) floor: u8,
    /// The most urgent.
    pub(crate) ceiling: u8,
}

impl Range {
    pub(crate) fn join(self, other: Range) -> Range {
        Range { floor: self.floor.min(other.floor), ceiling: self.ceiling.max(other.ceiling) }
    }

    pub(crate) fn is_nowhere_below(self, other: Range) -> bool {
        self.floor >= other.floor && self.ceiling >= other.ceiling
    }
}

/// Nodes in an order in which every edge leads forward, or the ids along a circle.
pub(crate) fn order(topic: &Topic) -> Result<Vec<Node>, Vec<String>> {
    let mut sorted = Vec::new();
    let mut path = Vec::new();
    visit(topic, topic.start, &mut path, &mut sorted)?;
    sorted.reverse();
    Ok(sorted)
}

fn visit(
    topic: &Topic,
    node: Node,
    path: &mut Vec<Node>,
    sorted: &mut Vec<Node>,
) -> Result<(), Vec<String>> {
    if sorted.contains(&node) {
        return Ok(());
    }
    if let Some(from) = path.iter().position(|earlier| *earlier == node) {
        let mut ids: Vec<String> = path[from..].iter().map(|n| id_of(topic, *n)).collect();
        ids.push(id_of(topic, node));
        return Err(ids);
    }
    path.push(node);
    // Later edges first, so that the order reads as the file does where it is free.
    for next in edges(topic, node).into_iter().rev() {
        visit(topic, next, path, sorted)?;
    }
    path.pop();
    sorted.push(node);
    Ok(())
}

/// Where a node leads. "I'm not sure" without a target of its own leads where another answer does.
pub(crate) fn edges(topic: &Topic, node: Node) -> Vec<Node> {
    match node {
        Node::Question(at) => {
            let question = &topic.questions[at];
            let answers = question.answers.iter().filter(|answer| answer.to != UNDECIDED);
            answers.map(|answer| answer.to).chain(question.otherwise).collect()
        }
        Node::Decision(at) => {
            let decision = &topic.decisions[at];
            decision.arms.iter().map(|arm| arm.to).chain([decision.otherwise]).collect()
        }
        Node::Outcome(_) | Node::Onward => Vec::new(),
    }
}

/// Stands for the target of "I'm not sure" until [`decide_unsure`] has found it.
pub(crate) const UNDECIDED: Node = Node::Outcome(usize::MAX);

/// Stands for what "I'm not sure" counts as until [`decide_unsure`] has found it.
pub(crate) const UNDECIDED_ANSWER: usize = usize::MAX;

/// The id of a node.
pub(crate) fn id_of(topic: &Topic, node: Node) -> String {
    match node {
        Node::Question(at) => topic.questions.get(at).map(|q| q.id.clone()),
        Node::Decision(at) => topic.decisions.get(at).map(|d| d.id.clone()),
        Node::Outcome(at) => topic.outcomes.get(at).map(|o| o.id.clone()),
        Node::Onward => Some("topic".to_owned()),
    }
    .unwrap_or_default()
}

/// Finds what "I'm not sure" counts as where the file leaves it to us, backwards through the order.
/// Answers the questions of which no answer is most urgent.
pub(crate) fn decide_unsure(topic: &mut Topic, order: &[Node], urgency: &[u8]) -> Vec<usize> {
    let mut ranges: Vec<(Node, Range)> = Vec::new();
    let mut open = Vec::new();
    for node in order.iter().rev() {
        if let Node::Question(at) = node
            && let Some(unsure) = topic.questions[*at].answer(UNSURE)
            && !decide_one(topic, *at, unsure, &ranges)
        {
            open.push(*at);
        }
        let range = match node {
            Node::Outcome(at) => Range { floor: urgency[*at], ceiling: urgency[*at] },
            Node::Onward => Range { floor: 0, ceiling: u8::MAX },
            Node::Question(_) | Node::Decision(_) => edges(topic, *node)
                .into_iter()
                .filter_map(|next| range_of(&ranges, next))
                .reduce(Range::join)
                .unwrap_or(Range { floor: 0, ceiling: u8::MAX }),
        };
        ranges.push((*node, range));
    }
    open
}

fn range_of(ranges: &[(Node, Range)], node: Node) -> Option<Range> {
    ranges.iter().find(|(known, _)| *known == node).map(|(_, range)| *range)
}

fn decide_one(topic: &mut Topic, at: usize, unsure: usize, ranges: &[(Node, Range)]) -> bool {
    let given = &topic.questions[at].answers[unsure];
    let counts_as = if given.counts_as == UNDECIDED_ANSWER {
        match most_urgent(topic, at, unsure, ranges) {
            Some(answer) => answer,
            None => return false,
        }
    } else {
        given.counts_as
    };
    let to = topic.questions[at].answers[counts_as].to;
    let means = format!("not sure (counted as: {})", topic.questions[at].answers[counts_as].means);
    let given = &mut topic.questions[at].answers[unsure];
    given.counts_as = counts_as;
    if given.to == UNDECIDED {
        given.to = to;
    }
    given.means = means;
    true
}

/// The answer whose range is nowhere below another's; among equals the one with the most points.
fn most_urgent(topic: &Topic, at: usize, unsure: usize, ranges: &[(Node, Range)]) -> Option<usize> {
    let known: Vec<(usize, Range)> = topic.questions[at]
        .answers
        .iter()
        .enumerate()
        .filter(|(answer, _)| *answer != unsure)
        .filter_map(|(answer, given)| Some((answer, range_of(ranges, given.to)?)))
        .collect();
    let top = known
        .iter()
        .filter(|(_, range)| known.iter().all(|(_, other)| range.is_nowhere_below(*other)));
    // `rev` makes the first of equals win, as `max_by_key` keeps the last.
    top.rev().max_by_key(|(answer, _)| points(topic, at, *answer)).map(|(answer, _)| *answer)
}

fn points(topic: &Topic, question: usize, answer: usize) -> u32 {
    let all = topic.scores.iter().flat_map(|score| &score.points);
    all.filter(|(q, a, _)| *q == question && *a == answer).map(|(_, _, p)| u32::from(*p)).sum()
}
