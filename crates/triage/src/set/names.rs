//! Names of a file's questions, decisions and outcomes, and where each leads.

use std::collections::BTreeMap;

use super::file::{Name, TopicFile};
use super::problem::{ProblemKind, Problems};
use super::value::{Node, UNSURE};

/// The word that leads from the sieve to the topic.
const ONWARD: &str = "topic";

/// What each name of the file stands for.
pub(crate) struct Names {
    nodes: BTreeMap<String, Node>,
    is_sieve: bool,
}

impl Names {
    /// Gathers the names; one that stands twice or is no id is a problem.
    pub(crate) fn of(file: &TopicFile, problems: &mut Problems<'_>) -> Names {
        let mut names = Names { nodes: BTreeMap::new(), is_sieve: file.sieve };
        for (at, question) in file.question.iter().enumerate() {
            names.add("question", &question.id, Node::Question(at), problems);
        }
        for (at, decision) in file.decision.iter().enumerate() {
            names.add("decision", &decision.id, Node::Decision(at), problems);
        }
        for (at, outcome) in file.outcome.iter().enumerate() {
            names.add("outcome", &outcome.id, Node::Outcome(at), problems);
        }
        names
    }

    fn add(&mut self, what: &str, name: &Name, node: Node, problems: &mut Problems<'_>) {
        let id = name.get_ref();
        let field = format!("{what} \"{id}\" id");
        if !is_id(id) || id == ONWARD || id == UNSURE {
            let words = "expected an id of small letters, digits and hyphens that is not a word of the format";
            problems.at(name.span().start, ProblemKind::Value, field, words);
        } else if self.nodes.insert(id.clone(), node).is_some() {
            let words = "this id stands for something else already";
            problems.at(name.span().start, ProblemKind::Duplicate, field, words);
        }
    }

    /// Where a name leads.
    pub(crate) fn target(
        &self,
        name: &Name,
        field: &str,
        problems: &mut Problems<'_>,
    ) -> Option<Node> {
        if self.is_sieve && name.get_ref() == ONWARD {
            return Some(Node::Onward);
        }
        let node = self.nodes.get(name.get_ref()).copied();
        if node.is_none() {
            let words = format!("no question, decision or outcome \"{}\"", name.get_ref());
            problems.at(name.span().start, ProblemKind::Dangling, field, words);
        }
        node
    }
}

/// Whether a text is an id: small letters, digits and hyphens, at most 60.
pub(crate) fn is_id(text: &str) -> bool {
    (1..=60).contains(&text.len())
        && text.bytes().all(|b| b.is_ascii_lowercase() || b.is_ascii_digit() || b == b'-')
        && !text.starts_with('-')
}
