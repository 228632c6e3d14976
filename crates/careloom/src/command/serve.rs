//! `careloom serve`: runs until it is told to stop.

use std::path::PathBuf;
use std::process::ExitCode;
use std::sync::Arc;

use anyhow::Context;
use feeds::Feeds;
use interactions::App;
use tokio::sync::watch;

use crate::config::Config;
use crate::feed::feed_configs;
use crate::system::stop_signal;
use crate::{app, http};

/// Arguments of `careloom serve`.
#[derive(Debug, clap::Args)]
pub(crate) struct Arguments {
    /// The configuration file; without it the defaults hold: 127.0.0.1:8080, ./careloom-data.
    #[arg(long)]
    config: Option<PathBuf>,
}

pub(crate) fn run(arguments: &Arguments) -> anyhow::Result<ExitCode> {
    let config = match &arguments.config {
        Some(path) => Config::read(path)?,
        None => Config::default(),
    };
    start_logging();
    runtime()?.block_on(async {
        let running = Running::start(&config).await?;
        tracing::info!(fhir = config.base_url(), pages = %format!("http://{}/", config.server.listen), "serving");
        stop_signal().await;
        tracing::info!("stopping: open requests are finished first");
        running.stop().await
    })?;
    Ok(ExitCode::SUCCESS)
}

/// Logs go to standard error; `RUST_LOG` chooses what.
pub(crate) fn start_logging() {
    use tracing_subscriber::EnvFilter;
    let filter = EnvFilter::try_from_default_env().unwrap_or_else(|_| EnvFilter::new("info"));
    // A second call (in tests) leaves the first one's subscriber.
    let _ = tracing_subscriber::fmt()
        .with_env_filter(filter)
        .with_writer(std::io::stderr)
        .with_ansi(std::io::IsTerminal::is_terminal(&std::io::stderr()))
        .try_init();
}

pub(crate) fn runtime() -> anyhow::Result<tokio::runtime::Runtime> {
    tokio::runtime::Builder::new_multi_thread().enable_all().build().context("start the runtime")
}

/// A server that runs: HTTP, feeds, linking.
pub(crate) struct Running {
    /// The application.
    pub(crate) app: Arc<App>,
    stop: watch::Sender<bool>,
    feeds: Feeds,
    http: tokio::task::JoinHandle<anyhow::Result<()>>,
    linking: tokio::task::JoinHandle<()>,
    jobs: tokio::task::JoinHandle<()>,
    sealing: tokio::task::JoinHandle<()>,
    bookings: tokio::task::JoinHandle<()>,
    measures: tokio::task::JoinHandle<()>,
    passing_on: tokio::task::JoinHandle<()>,
}

impl Running {
    /// Opens the store, starts everything, and returns when it serves.
    pub(crate) async fn start(config: &Config) -> anyhow::Result<Running> {
        let listener = http::bind(config.server.listen).await?;
        let store = app::open_store(config)?;
        let app = app::build(config, store);
        app.load_parameters().await?;
        let (stop, stopped) = watch::channel(false);
        let feed_configs = feed_configs(config)?;
        let receivers = crate::bars::receivers(config)?;
        let site = http::site(&app, config, &feed_configs)?;
        let feeds = Feeds::start(Arc::clone(&app), feed_configs, stopped.clone()).await?;
        let http = tokio::spawn(http::serve(listener, site, until(stopped.clone())));
        let linking = tokio::spawn(link(Arc::clone(&app)));
        let jobs = tokio::spawn(Arc::clone(&app).run_jobs());
        let sealing = tokio::spawn(Arc::clone(&app).run_sealing());
        let bookings = tokio::spawn(Arc::clone(&app).run_bookings());
        let measures = tokio::spawn(Arc::clone(&app).run_measures());
        let passing_on = tokio::spawn(Arc::clone(&app).run_bars(receivers));
        Ok(Running {
            app,
            stop,
            feeds,
            http,
            linking,
            jobs,
            sealing,
            bookings,
            measures,
            passing_on,
        })
    }

    /// Waits until no feed has anything waiting.
    pub(crate) async fn idle(&self) {
        self.feeds.idle().await;
    }

    /// Stops taking requests, finishes the open ones, and closes the store.
    pub(crate) async fn stop(self) -> anyhow::Result<()> {
        let _ = self.stop.send(true);
        let grace = std::time::Duration::from_secs(10);
        if let Ok(done) = tokio::time::timeout(grace, self.http).await {
            done.context("serve http")??;
        }
        // Items that wait stay waiting in the ledger, so processors may be cut off.
        let _ = tokio::time::timeout(grace, self.feeds.stopped()).await;
        self.linking.abort();
        // A job goes on from its last step at the next start.
        self.jobs.abort();
        self.sealing.abort();
        self.bookings.abort();
        self.passing_on.abort();
        self.measures.abort();
        if let Err(failure) = self.app.write_measures().await {
            tracing::error!(%failure, "the last counts of tasks are lost");
        }
        Ok(())
    }
}

/// Loads the links behind the serving server, so that a large store does not hold up the start.
async fn link(app: Arc<App>) {
    match app.load_links().await {
        Ok(count) => tracing::info!(unlinked = count, "links loaded"),
        Err(failure) => tracing::error!(%failure, "links could not be loaded"),
    }
    app.run_linking().await;
}

async fn until(mut stopped: watch::Receiver<bool>) {
    // An error means that the sender is gone, which is a stop too.
    let _ = stopped.wait_for(|stop| *stop).await;
}
