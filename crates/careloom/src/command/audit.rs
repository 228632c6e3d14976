//! `careloom audit verify`: whether the notes of who looked at a record are as they were written.

use std::path::PathBuf;
use std::process::ExitCode;

use clap::Subcommand;

use crate::app;
use crate::command::serve::runtime;
use crate::config::Config;

/// Arguments of `careloom audit`.
#[derive(Debug, clap::Args)]
pub(crate) struct Arguments {
    #[command(subcommand)]
    what: What,
}

#[derive(Debug, Subcommand)]
enum What {
    /// Goes through the chain of seals and every event that it covers; fails where one is broken.
    Verify {
        /// The configuration file of the server whose store is looked at.
        #[arg(long)]
        config: Option<PathBuf>,
        /// The number and hash of a seal that was written down before, as 12:9f86d0…: the chain must
        /// still lead through it.
        #[arg(long, value_name = "NUMBER:HASH")]
        expect: Option<String>,
    },
}

pub(crate) fn run(arguments: &Arguments) -> anyhow::Result<ExitCode> {
    let What::Verify { config, expect } = &arguments.what;
    let config = match config {
        Some(path) => Config::read(path)?,
        None => Config::default(),
    };
    let expected = expect.as_deref().map(expectation).transpose()?;
    let app = app::of_existing_store(&config)?;
    let check = runtime()?.block_on(app.verify_audit(expected));
    let check = check.map_err(|failure| anyhow::anyhow!("{failure}"))?;
    println!(
        "{} events under {} seals, {} not sealed yet",
        check.events, check.seals, check.unsealed
    );
    match &check.head {
        Some((number, hash)) => println!("the chain ends with seal {number}:{hash}"),
        None => println!("nothing has been sealed yet"),
    }
    for broken in &check.broken {
        match broken.seal {
            0 => println!("BROKEN: {}", broken.words),
            number => println!("BROKEN at seal {number}: {}", broken.words),
        }
    }
    Ok(if check.broken.is_empty() { ExitCode::SUCCESS } else { ExitCode::FAILURE })
}

fn expectation(text: &str) -> anyhow::Result<(u64, String)> {
    let parts = text.split_once(':').and_then(|(number, hash)| Some((number.parse().ok()?, hash)));
    let is_hash = |hash: &str| hash.len() == 64 && hash.bytes().all(|b| b.is_ascii_hexdigit());
    match parts {
        Some((number, hash)) if is_hash(hash) => Ok((number, hash.to_ascii_lowercase())),
        _ => anyhow::bail!(
            "--expect is the number of a seal, a colon, and its hash of 64 hexadecimal digits"
        ),
    }
}
