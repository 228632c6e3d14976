//! The crate at its boundary: a query, resources, and the answer.

mod cost;
mod data;
mod directives;
mod introspection;
mod mutations;
mod refused;
mod searches;
mod store;
