//! Letters of names: folding, likeness and sound. It knows words, not people.
//!
//! A further measure of likeness is one more file here, used from `compare/name.rs`.

pub(crate) mod likeness;
pub(crate) mod nicknames;
pub(crate) mod sound;
pub(crate) mod token;
