//! The application, put together from a configuration.

use std::sync::Arc;
use std::time::Duration;

use anyhow::Context;
use interactions::{App, AppOptions, Clock, JobOptions};
use store_sqlite::{Options, SqliteStore};

use crate::config::Config;
use crate::system::{SystemClock, TimeOrderedIds};

/// The name of the database in the data folder.
const DATABASE: &str = "careloom.db";

/// Opens the store of a configuration, making it where there is none.
pub(crate) fn open_store(config: &Config) -> anyhow::Result<SqliteStore> {
    let folder = &config.server.data;
    std::fs::create_dir_all(folder)
        .with_context(|| format!("cannot make the data folder {}", folder.display()))?;
    let path = folder.join(DATABASE);
    let catalogue = catalogue();
    let options = Options::with_clock(Arc::new(|| SystemClock.now()));
    SqliteStore::open(&path, &catalogue, options)
        .map_err(|error| {
            let source = std::error::Error::source(&error).map(ToString::to_string);
            anyhow::anyhow!("{error}: {}", source.unwrap_or_default())
        })
        .with_context(|| format!("cannot open the store {}", path.display()))
}

/// The resource types and search parameters of the embedded definitions, as the store needs them.
fn catalogue() -> store::Catalogue {
    store::Catalogue::of(definitions::embedded())
}

/// The application on the store of a server that runs or has run.
pub(crate) fn of_existing_store(config: &Config) -> anyhow::Result<Arc<App>> {
    anyhow::ensure!(
        config.server.data.is_dir(),
        "there is no store at {}; name the server's configuration with --config",
        config.server.data.display()
    );
    Ok(build(config, open_store(config)?))
}

/// The application on a store.
pub(crate) fn build(config: &Config, store: SqliteStore) -> Arc<App> {
    let options = AppOptions {
        page_count_default: config.limits.page_count,
        page_count_max: config.limits.page_count_max,
        bundle_entries_max: config.limits.bundle_entries,
        jobs: job_options(config),
        // One processor is the store's.
        heavy_at_once: std::thread::available_parallelism().map_or(1, |all| all.get().max(2) - 1),
        ..AppOptions::with_base_url(config.base_url())
    };
    Arc::new(App::new(
        Arc::new(store),
        definitions::embedded(),
        Arc::new(SystemClock),
        Arc::new(TimeOrderedIds::new()),
        options,
    ))
}

/// The name of the folder for the files of jobs in the data folder.
const JOBS: &str = "jobs";

fn job_options(config: &Config) -> JobOptions {
    let jobs = &config.jobs;
    JobOptions {
        folder: Some(config.server.data.join(JOBS)),
        import_folder: jobs.import_folder.clone(),
        share: jobs.share,
        keep: Duration::from_secs(jobs.keep_hours.saturating_mul(3600)),
        kept_max: jobs.kept,
        export_file_bytes: jobs.export_file_bytes,
        result_bytes_max: jobs.result_bytes,
        upload_bytes_max: jobs.upload_bytes,
        line_bytes_max: jobs.line_bytes,
        import_errors_max: jobs.import_errors,
        ..JobOptions::default()
    }
}
