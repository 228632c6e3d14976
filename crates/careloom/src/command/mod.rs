//! The commands, one file each.

pub(crate) mod audit;
pub(crate) mod config;
pub(crate) mod demo;
pub(crate) mod jobs;
pub(crate) mod ledger;
pub(crate) mod reindex;
pub(crate) mod serve;
