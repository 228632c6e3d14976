//! `careloom feed-key`: a key for a system that posts to a feed, and its hash for the configuration.

use std::process::ExitCode;

use crate::system::random_letters;

/// Letters of a key: 5 bits each.
const LETTERS: usize = 40;

/// Arguments of `careloom feed-key`.
#[derive(Debug, clap::Args)]
pub(crate) struct Arguments {}

pub(crate) fn run(_: &Arguments) -> anyhow::Result<ExitCode> {
    let key = random_letters(LETTERS)?;
    println!(
        "key, for the system that sends, as \"Authorization: Bearer {key}\"; it is not shown again"
    );
    println!(
        "key_hash = \"{}\"   # for the [[feed]] in the configuration",
        interactions::secret_key(&key)
    );
    Ok(ExitCode::SUCCESS)
}
