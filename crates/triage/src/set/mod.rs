//! Question sets: a topic's questions, rules and outcomes as values, read from a file by a strict reader.
//!
//! A [`Topic`] that was read is sound: every name leads somewhere, no questions run in a circle,
//! every question has "I'm not sure" and says (or the reader found) what that counts as.
//! What needs every path to be walked is proved by [`crate::check`].
//!
//! To add a topic, write `sets/<topic>.toml` and list it in [`crate::library`].

mod condition;
mod file;
mod gate;
mod graph;
mod names;
mod problem;
mod read;
mod sign_off;
mod value;

pub use condition::Condition;
pub use gate::{Age, Ages, Gate, ONLINE_MONTHS_MIN, Person, Sex};
pub use problem::{Problem, ProblemKind};
pub use read::read;
pub use sign_off::{SignOff, content_digest};
pub use value::{
    Answer, Arm, Decision, Evidence, Node, OutcomeText, Question, Score, Topic, UNSURE,
};

pub(crate) use graph::{Range, edges, id_of, order};
pub(crate) use problem::Problems;
pub(crate) use sign_off::digest_of;
pub(crate) use value::Memory;
