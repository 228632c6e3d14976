//! A second opinion on searches: what a FHIR search must find, worked out by brute force over parsed
//! resources, and random worlds and searches to ask a store and the judge the same.
//!
//! Spec: <https://hl7.org/fhir/R4/search.html>; where it leaves something open, the reading is in
//! `docs/conformance/search-judge.md`. The judge shares no code with a store's index, query reader
//! or SQL: it knows `fhir`, `definitions`, `fhirpath` and `ucum` only.
//!
//! A [`Query`] is a structure. [`render`] writes it as text for the store under test; the [`Judge`]
//! evaluates the structure over a [`World`] and never sees the text.
//!
//! To judge one more thing: a form of it in `query`, its text in `render`, its meaning in the file of
//! its kind, and a way to make it in `generate`.

mod decimal;
mod element;
mod expression;
mod filter;
mod fulfil;
pub mod generate;
mod include;
mod judge;
mod kind;
mod query;
pub mod render;
mod shrink;
mod sort;
mod span;
mod terminology;
mod text;
mod time;
mod words;
mod world;

pub use filter::{Filter, Operator};
pub use judge::{Judge, Match};
pub use query::{
    Contained, Criterion, Include, IncludeSource, Modifier, Operand, Prefix, Query, Referred,
    Scope, SortKey, Step, System, Test, Token, Unit,
};
pub use shrink::shrink;
pub use sort::{SortValue, may_follow};
pub use text::Words;
pub use world::{Entry, Key, World};
