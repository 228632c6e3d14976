//! `careloom config`: checks a configuration and shows what it comes to.

use std::path::PathBuf;
use std::process::ExitCode;

use crate::config::Config;

/// Arguments of `careloom config`.
#[derive(Debug, clap::Args)]
pub(crate) struct Arguments {
    /// The configuration file; without it the defaults are shown.
    #[arg(long)]
    config: Option<PathBuf>,
}

pub(crate) fn run(arguments: &Arguments) -> anyhow::Result<ExitCode> {
    let config = match &arguments.config {
        Some(path) => Config::read(path)?,
        None => Config::default(),
    };
    print!("{}", toml::to_string_pretty(&config)?);
    Ok(ExitCode::SUCCESS)
}
