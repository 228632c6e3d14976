//! Fair release: many small release moments instead of one rush, and a queue by lot for those
//! moments that draw a crowd.
//!
//! [`ReleaseRule`] is a part of a template and says when each slot is released. [`Queue`] gives
//! people who come around a moment a place by lot, so that speed and repeated tries win nothing.
//! To add a way of spreading, add a field to the rule and its use in `moment`.

mod queue;
mod queue_record;
mod rule;

pub use queue::{Queue, QueueFull, QueueRules, Standing, commitment, lot};
pub use rule::ReleaseRule;
