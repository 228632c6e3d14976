//! The operations console: feeds and their ledger, single messages, links that wait for a person.

pub mod audit;
pub mod feed;
pub mod feeds;
pub mod item;
pub mod ledger;
pub mod links;
pub mod research;
pub mod sites;
pub mod system;

impl askama::filters::HtmlSafe for feeds::FeedsTotal<'_> {}
impl askama::filters::HtmlSafe for ledger::Ledger {}
impl askama::filters::HtmlSafe for ledger::ErrorGroups {}
