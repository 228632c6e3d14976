//! HTTP tests, laid out as the URL tree: what a client sends, and what it gets.

mod base;
mod bundles;
mod instance;
mod negotiation;
mod openapi;
mod races;
mod search;
mod setup;
mod synthea;
mod types;
