//! `careloom ledger`: the balance of every feed.

use std::path::PathBuf;
use std::process::ExitCode;

use store::Store as _;

use crate::app;
use crate::command::serve::runtime;
use crate::config::Config;

/// Arguments of `careloom ledger`.
#[derive(Debug, clap::Args)]
pub(crate) struct Arguments {
    /// The configuration file of the server whose store is looked at.
    #[arg(long)]
    config: Option<PathBuf>,
}

pub(crate) fn run(arguments: &Arguments) -> anyhow::Result<ExitCode> {
    let config = match &arguments.config {
        Some(path) => Config::read(path)?,
        None => Config::default(),
    };
    anyhow::ensure!(
        config.server.data.is_dir(),
        "there is no store at {}; name the server's configuration with --config",
        config.server.data.display()
    );
    let store = app::open_store(&config)?;
    let balances = runtime()?.block_on(store.ledger())?;
    println!(
        "{:<28} {:>10} = {:>10} + {:>8} + {:>9} + {:>9}",
        "feed", "received", "stored", "waiting", "set aside", "filtered"
    );
    let mut all_balance = true;
    for feed in &balances {
        let mark = if feed.balances() { "" } else { "  DOES NOT BALANCE" };
        all_balance &= feed.balances();
        println!(
            "{:<28} {:>10} = {:>10} + {:>8} + {:>9} + {:>9}{mark}",
            feed.feed.to_string(),
            feed.received,
            feed.stored,
            feed.waiting,
            feed.set_aside,
            feed.filtered
        );
    }
    Ok(if all_balance { ExitCode::SUCCESS } else { ExitCode::FAILURE })
}
