//! The commands, one file each.

pub(crate) mod account;
pub(crate) mod audit;
pub(crate) mod client;
pub(crate) mod config;
pub(crate) mod demo;
mod demo_accounts;
mod demo_bookings;
mod demo_directory;
mod demo_messages;
mod demo_sites;
mod demo_week;
pub(crate) mod feed_key;
pub(crate) mod jobs;
pub(crate) mod ledger;
pub(crate) mod reindex;
pub(crate) mod serve;
pub(crate) mod site;
pub(crate) mod triage;
