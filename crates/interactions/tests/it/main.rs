//! Use cases on a real store.

mod audit;
mod booking;
mod consent;
mod doors;
mod download;
mod fixture;
mod jobs;
mod messages;
mod oauth;
mod parameters;
mod passkeys;
mod record;
mod sign_in;
mod triage;
