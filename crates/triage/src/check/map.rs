//! The map of a topic: as a structure for pages, as Mermaid text, as an SVG, as an outline in words.
//!
//! The outline says all that the picture says, in reading order, for those who do not see pictures.

use super::svg;
use crate::disposition::{Disposition, Dispositions};
use crate::set::{Node, Topic, edges, id_of, order};

/// What a node is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Shape {
    /// A question.
    Question,
    /// A decision by age, sex, answers or scores.
    Decision,
    /// An outcome.
    Outcome,
    /// On from the sieve to the topic.
    Onward,
}

/// A node of the map.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct MapNode {
    /// Its id.
    pub id: String,
    /// What it is.
    pub shape: Shape,
    /// What stands in it.
    pub text: String,
    /// Its row from the top: one more than the lowest that leads to it.
    pub row: usize,
    /// Whether it is 999.
    pub is_emergency: bool,
}

/// An edge of the map.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Edge {
    /// Place of the node that it comes from.
    pub from: usize,
    /// Place of the node that it leads to.
    pub to: usize,
    /// When it is taken.
    pub text: String,
    /// Whether it is a red flag.
    pub is_red_flag: bool,
}

/// The map of a topic.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Map {
    /// The topic's id.
    pub topic: String,
    /// The topic's title and version.
    pub title: String,
    /// Nodes in an order in which every edge leads forward.
    pub nodes: Vec<MapNode>,
    /// Edges in the order of their first node.
    pub edges: Vec<Edge>,
}

impl Map {
    pub(crate) fn of(dispositions: &Dispositions, topic: &Topic) -> Map {
        // The reader refuses circles, so there is an order.
        let order = order(topic).unwrap_or_default();
        let place = |node: Node| order.iter().position(|other| *other == node).unwrap_or(0);
        let mut rows = vec![0usize; order.len()];
        for (at, node) in order.iter().enumerate() {
            for next in edges(topic, *node) {
                rows[place(next)] = rows[place(next)].max(rows[at] + 1);
            }
        }
        let nodes = order
            .iter()
            .zip(&rows)
            .map(|(node, row)| node_of(dispositions, topic, *node, *row))
            .collect();
        let mut all = Vec::new();
        for (from, node) in order.iter().enumerate() {
            for (to, text, is_red_flag) in ways(topic, *node) {
                all.push(Edge { from, to: place(to), text, is_red_flag });
            }
        }
        let title = format!("{} {}", topic.title, topic.version);
        Map { topic: topic.id.clone(), title, nodes, edges: all }
    }

    /// Mermaid's text of the map.
    pub fn mermaid(&self) -> String {
        let mut text = String::from("flowchart TD\n");
        for (at, node) in self.nodes.iter().enumerate() {
            let words = escape_mermaid(&node.text);
            let line = match node.shape {
                Shape::Question => format!("  n{at}[\"{words}\"]\n"),
                Shape::Decision => format!("  n{at}{{\"{words}\"}}\n"),
                Shape::Outcome | Shape::Onward => format!("  n{at}([\"{words}\"])\n"),
            };
            text.push_str(&line);
        }
        for edge in &self.edges {
            let arrow = if edge.is_red_flag { "==>" } else { "-->" };
            let words = escape_mermaid(&edge.text);
            text.push_str(&format!("  n{} {arrow}|\"{words}\"| n{}\n", edge.from, edge.to));
        }
        text
    }

    /// The map in words: every node in order, and where each answer leads.
    pub fn outline(&self) -> Vec<(String, Vec<String>)> {
        self.nodes
            .iter()
            .enumerate()
            .map(|(at, node)| {
                let leads = self.edges.iter().filter(|edge| edge.from == at);
                let lines = leads.map(|edge| {
                    let flag = if edge.is_red_flag { " (red flag)" } else { "" };
                    format!("{}{flag}: {}", edge.text, self.nodes[edge.to].text)
                });
                (node.text.clone(), lines.collect())
            })
            .collect()
    }

    /// An SVG picture with a title and a description; put [`Map::outline`] beside it.
    pub fn svg(&self) -> String {
        svg::draw(self)
    }
}

fn escape_mermaid(text: &str) -> String {
    text.replace('"', "#quot;").replace(['\n', '|'], " ")
}

fn node_of(dispositions: &Dispositions, topic: &Topic, node: Node, row: usize) -> MapNode {
    let (shape, text, is_emergency) = match node {
        Node::Question(at) => (Shape::Question, topic.questions[at].text.clone(), false),
        Node::Decision(at) => (Shape::Decision, topic.decisions[at].id.clone(), false),
        Node::Outcome(at) => {
            let outcome = &topic.outcomes[at];
            let disposition = dispositions.get(&outcome.dx);
            let heading = disposition.map(|d| d.heading.clone()).unwrap_or_default();
            let is_emergency = disposition.is_some_and(Disposition::is_emergency);
            (Shape::Outcome, format!("{heading} ({}, {})", outcome.dx, outcome.id), is_emergency)
        }
        Node::Onward => (Shape::Onward, "On to the topic".to_owned(), false),
    };
    MapNode { id: id_of(topic, node), shape, text, row, is_emergency }
}

/// The ways out of a node, in words.
fn ways(topic: &Topic, node: Node) -> Vec<(Node, String, bool)> {
    match node {
        Node::Question(at) => {
            let question = &topic.questions[at];
            let answers = question.answers.iter();
            let mut ways: Vec<_> = answers
                .map(|answer| (answer.to, answer.text.clone(), answer.red_flag.is_some()))
                .collect();
            if let Some(to) = question.otherwise {
                ways.push((to, "not asked of this person".to_owned(), false));
            }
            ways
        }
        Node::Decision(at) => {
            let decision = &topic.decisions[at];
            let mut ways: Vec<_> =
                decision.arms.iter().map(|arm| (arm.to, arm.when.in_words(topic), false)).collect();
            ways.push((decision.otherwise, "otherwise".to_owned(), false));
            ways
        }
        Node::Outcome(_) | Node::Onward => Vec::new(),
    }
}
