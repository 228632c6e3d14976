//! Use cases on a real store.

mod fixture;
mod jobs;
mod parameters;
mod record;
