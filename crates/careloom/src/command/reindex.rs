//! `careloom reindex`: asks for the search index to be made anew.

use std::path::PathBuf;
use std::process::ExitCode;

use interactions::ReindexRequest;

use crate::app;
use crate::command::serve::runtime;
use crate::config::Config;

/// Arguments of `careloom reindex`.
#[derive(Debug, clap::Args)]
pub(crate) struct Arguments {
    /// The configuration file of the server whose store it is.
    #[arg(long)]
    config: Option<PathBuf>,
    /// Only this resource type; may be given several times.
    #[arg(long = "type")]
    types: Vec<String>,
    /// Only this search parameter, by its code or URL; may be given several times.
    #[arg(long = "parameter")]
    parameters: Vec<String>,
}

pub(crate) fn run(arguments: &Arguments) -> anyhow::Result<ExitCode> {
    let config = Config::of(arguments.config.as_deref())?;
    let app = app::of_existing_store(&config)?;
    let request =
        ReindexRequest { types: arguments.types.clone(), parameters: arguments.parameters.clone() };
    let id = runtime()?.block_on(async {
        // Those that are stored can be named too.
        app.load_parameters().await?;
        app.start_reindex(&request).await
    })?;
    println!("job {id}: a running server takes it up within seconds, another at its next start");
    println!("careloom jobs says how far it is");
    Ok(ExitCode::SUCCESS)
}
