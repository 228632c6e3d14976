//! Use cases on a real store.

mod audit;
mod doors;
mod fixture;
mod jobs;
mod parameters;
mod record;
mod sign_in;
