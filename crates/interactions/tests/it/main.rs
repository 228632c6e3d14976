//! Use cases on a real store.

mod fixture;
mod record;
