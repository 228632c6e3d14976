//! x
pub(crate) mod escape;
