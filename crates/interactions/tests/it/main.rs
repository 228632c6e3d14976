//! Use cases on a real store.

mod doors;
mod fixture;
mod jobs;
mod parameters;
mod record;
