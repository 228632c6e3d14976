//! HTTP tests, laid out as the URL tree: what a client sends, and what it gets.

mod base;
mod bundles;
mod export;
mod import;
mod instance;
mod later;
mod negotiation;
mod openapi;
mod operation;
mod parameters;
mod races;
mod search;
mod setup;
mod synthea;
mod types;
