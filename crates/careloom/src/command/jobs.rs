//! `careloom jobs`: the long work of a store.

use std::path::PathBuf;
use std::process::ExitCode;

use crate::app;
use crate::command::serve::runtime;
use crate::config::Config;

/// Arguments of `careloom jobs`.
#[derive(Debug, clap::Args)]
pub(crate) struct Arguments {
    /// The configuration file of the server whose store is looked at.
    #[arg(long)]
    config: Option<PathBuf>,
}

pub(crate) fn run(arguments: &Arguments) -> anyhow::Result<ExitCode> {
    let config = Config::of(arguments.config.as_deref())?;
    let app = app::of_existing_store(&config)?;
    let jobs = runtime()?.block_on(app.jobs())?;
    println!("{:<36} {:<8} {:<10} {:<24} progress", "job", "kind", "status", "created");
    for job in &jobs {
        println!(
            "{:<36} {:<8} {:<10} {:<24} {}",
            job.id,
            job.kind,
            job.status.as_str(),
            job.created_text(),
            job.progress.words()
        );
        if let Some(failure) = &job.failure {
            println!("    {failure}");
        }
    }
    Ok(ExitCode::SUCCESS)
}
