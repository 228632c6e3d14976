//! The application, put together from a configuration.

use std::sync::Arc;

use anyhow::Context;
use interactions::{App, AppOptions, Clock};
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

/// The application on a store.
pub(crate) fn build(config: &Config, store: SqliteStore) -> Arc<App> {
    let options = AppOptions {
        page_count_default: config.limits.page_count,
        page_count_max: config.limits.page_count_max,
        bundle_entries_max: config.limits.bundle_entries,
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
