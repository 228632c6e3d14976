//! Scores links against the truth, pair by pair.
//!
//! Automatic links are held against all pairs of records of one person. Recall with review adds
//! the pairs that a careful reader of the review list would join: an item of the list counts only
//! where it names a record of the same person.

use std::collections::{BTreeMap, HashMap};
use std::fmt::Write;

use matching::{Candidate, Decision, Linker, Reconsidered, RecordId};

use crate::area::Record;

#[derive(Default, Debug, Clone, Copy)]
pub(crate) struct Tally {
    pub(crate) true_pairs: u64,
    pub(crate) linked: u64,
    pub(crate) linked_or_review: u64,
    pub(crate) false_links: u64,
}

impl Tally {
    pub(crate) fn precision(&self) -> f64 {
        let all = self.linked + self.false_links;
        if all == 0 { 1.0 } else { self.linked as f64 / all as f64 }
    }

    pub(crate) fn recall(&self) -> f64 {
        self.linked as f64 / self.true_pairs.max(1) as f64
    }

    pub(crate) fn recall_with_review(&self) -> f64 {
        self.linked_or_review as f64 / self.true_pairs.max(1) as f64
    }
}

pub(crate) struct Score {
    pub(crate) all: Tally,
    pub(crate) by_kind: BTreeMap<&'static str, Tally>,
    pub(crate) review_items: usize,
    pub(crate) review_items_true: usize,
    pub(crate) false_pairs: Vec<(usize, usize)>,
    pub(crate) missed_pairs: Vec<(usize, usize)>,
    pub(crate) unlinked_pairs: Vec<(usize, usize)>,
}

/// Feeds the records in order into a linker, as the program does.
pub(crate) fn link(records: &[Record]) -> (Linker, Waiting) {
    let mut linker = Linker::new();
    let mut waiting: Waiting = HashMap::new();
    for (index, record) in records.iter().enumerate() {
        let placed =
            linker.add(RecordId(index as u64), &record.demographics).expect("each id is new");
        let revisit = placed.revisit;
        match placed.decision {
            Decision::Link { also, .. } if !also.is_empty() => drop(waiting.insert(index, also)),
            Decision::Review(candidates) => drop(waiting.insert(index, candidates)),
            _ => {}
        }
        settle(&mut linker, &mut waiting, revisit);
    }
    (linker, waiting)
}

/// Looks again at the records that a new one may have made clear.
pub(crate) fn settle(linker: &mut Linker, waiting: &mut Waiting, mut revisit: Vec<RecordId>) {
    while let Some(id) = revisit.pop() {
        let index = id.0 as usize;
        match linker.reconsider(id).expect("the record is held") {
            Reconsidered::Links(placed) => {
                waiting.remove(&index);
                revisit.extend(placed.revisit);
            }
            Reconsidered::Review(candidates) => drop(waiting.insert(index, candidates)),
            Reconsidered::Keeps(_) | Reconsidered::SuggestUnlink { .. } => {}
        }
    }
}

/// The review list: a record's index and the persons it may belong to.
pub(crate) type Waiting = HashMap<usize, Vec<Candidate>>;

pub(crate) fn score(records: &[Record], linker: &Linker, waiting: &Waiting) -> Score {
    let person =
        |index: usize| linker.person_of(RecordId(index as u64)).expect("the record is held");
    // Persons that a careful reader would join.
    let mut joined: HashMap<matching::PersonId, matching::PersonId> = HashMap::new();
    let mut items_true = 0;
    for (index, candidates) in waiting {
        let mut is_true = false;
        for candidate in candidates {
            let other = candidate.explanation.closest.0 as usize;
            if records[other].truth == records[*index].truth {
                is_true = true;
                let (a, b) = (root(&joined, person(*index)), root(&joined, person(other)));
                if a != b {
                    joined.insert(a, b);
                }
            }
        }
        items_true += usize::from(is_true);
    }
    let mut score = Score {
        all: Tally::default(),
        by_kind: BTreeMap::new(),
        review_items: waiting.len(),
        review_items_true: items_true,
        false_pairs: vec![],
        missed_pairs: vec![],
        unlinked_pairs: vec![],
    };
    for (a, b) in pairs_by(records.len(), |index| u64::from(records[index].truth)) {
        let linked = person(a) == person(b);
        let found = linked || root(&joined, person(a)) == root(&joined, person(b));
        if !found {
            score.missed_pairs.push((a, b));
        }
        if !linked {
            score.unlinked_pairs.push((a, b));
        }
        score.count(records, (a, b), |tally| {
            tally.true_pairs += 1;
            tally.linked += u64::from(linked);
            tally.linked_or_review += u64::from(found);
        });
    }
    for (a, b) in pairs_by(records.len(), |index| person(index).0) {
        if records[a].truth != records[b].truth {
            score.false_pairs.push((a, b));
            score.count(records, (a, b), |tally| tally.false_links += 1);
        }
    }
    score
}

/// All pairs of indices that share a key.
fn pairs_by(count: usize, key: impl Fn(usize) -> u64) -> Vec<(usize, usize)> {
    let mut groups: BTreeMap<u64, Vec<usize>> = BTreeMap::new();
    (0..count).for_each(|index| groups.entry(key(index)).or_default().push(index));
    groups
        .values()
        .flat_map(|group| {
            group.iter().enumerate().flat_map(|(at, a)| group[at + 1..].iter().map(|b| (*a, *b)))
        })
        .collect()
}

impl Score {
    fn count(&mut self, records: &[Record], (a, b): (usize, usize), add: impl Fn(&mut Tally)) {
        add(&mut self.all);
        let mut kinds: Vec<_> = records[a].kinds.iter().chain(&records[b].kinds).collect();
        kinds.sort_unstable();
        kinds.dedup();
        let is_clean = |index: usize| records[index].kinds.contains(&"clean");
        for kind in kinds.into_iter().filter(|kind| **kind != "clean") {
            add(self.by_kind.entry(kind).or_default());
        }
        if is_clean(a) && is_clean(b) {
            add(self.by_kind.entry("clean").or_default());
        }
    }

    /// The table that stands in docs/matching.md.
    pub(crate) fn table(&self) -> String {
        let mut text = String::new();
        let mut row = |name: &str, tally: &Tally| {
            let _ = writeln!(
                text,
                "| {name} | {} | {} | {:.5} | {:.4} | {:.4} |",
                tally.true_pairs,
                tally.false_links,
                tally.precision(),
                tally.recall(),
                tally.recall_with_review()
            );
        };
        row("all", &self.all);
        self.by_kind.iter().for_each(|(kind, tally)| row(kind, tally));
        let _ = writeln!(
            text,
            "review items: {} of which true {}",
            self.review_items, self.review_items_true
        );
        text
    }
}

fn root<K: std::hash::Hash + Eq + Copy>(of: &HashMap<K, K>, mut at: K) -> K {
    while let Some(next) = of.get(&at) {
        at = *next;
    }
    at
}
