//! HTTP tests, laid out as the URL tree: what a client sends, and what it gets.

#![expect(clippy::unwrap_used, reason = "a test fails by panicking")]

mod access;
mod bars;
mod base;
mod bundles;
mod coding;
mod copies;
mod export;
mod feeds;
mod graphql;
mod history;
mod import;
mod instance;
mod later;
mod limits;
mod model;
mod negotiation;
mod oauth;
mod openapi;
mod operation;
mod parameters;
mod races;
mod scopes;
mod search;
mod setup;
mod synthea;
mod types;
