//! Simulated source systems that talk to a running server over their real protocols.
//!
//! Each site of the simulated area has four: a hospital (HL7 v2 over MLLP), a GP system (FHIR
//! Bundles over HTTP), a community and a social-care team (CSV files dropped in a folder). What
//! they send is made by `testkit`; how it is sent is here. To add a system, add a module with its
//! protocol and its case in [`send_all`].

mod drop;
mod gp;
mod hospital;

use std::net::SocketAddr;
use std::path::PathBuf;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

use anyhow::Context;
use testkit::{Area, Site, System};

/// Where the systems find the server.
#[derive(Clone, Debug)]
pub(crate) struct Addresses {
    /// HTTP of the server.
    pub(crate) http: SocketAddr,
    /// MLLP by site, in the order of [`Site::ALL`].
    pub(crate) mllp: Vec<SocketAddr>,
    /// The folder that holds a folder for each CSV feed.
    pub(crate) folders: PathBuf,
}

/// What has been sent and answered so far.
#[derive(Debug, Default)]
pub(crate) struct Progress {
    /// Messages, Bundles and files sent.
    pub(crate) sent: AtomicU64,
    /// Those that the server accepted.
    pub(crate) accepted: AtomicU64,
    /// Those that it refused.
    pub(crate) refused: AtomicU64,
}

impl Progress {
    fn count(&self, is_accepted: bool) {
        self.sent.fetch_add(1, Ordering::Relaxed);
        let counter = if is_accepted { &self.accepted } else { &self.refused };
        counter.fetch_add(1, Ordering::Relaxed);
    }
}

/// The folder that a feed's files are dropped in.
pub(crate) fn drop_folder(folders: &std::path::Path, feed: &str) -> PathBuf {
    folders.join(feed)
}

/// Runs all systems of all sites until each has sent everything that it has.
pub(crate) async fn send_all(
    area: Arc<Area>,
    addresses: Addresses,
    progress: Arc<Progress>,
) -> anyhow::Result<()> {
    let mut systems = tokio::task::JoinSet::new();
    for (index, site) in Site::ALL.into_iter().enumerate() {
        for system in System::ALL {
            let (area, progress) = (Arc::clone(&area), Arc::clone(&progress));
            let addresses = addresses.clone();
            systems.spawn(async move {
                let feed = system.feed(site);
                let sent = match system {
                    System::Hospital => {
                        let address = addresses.mllp[index];
                        hospital::run(&area, site, address, &progress).await
                    }
                    System::Gp => gp::run(&area, site, addresses.http, &feed, &progress).await,
                    System::Community | System::SocialCare => {
                        let folder = drop_folder(&addresses.folders, &feed);
                        drop::run(&area, site, system, &folder, &progress).await
                    }
                };
                sent.with_context(|| format!("the simulated system {feed}"))
            });
        }
    }
    while let Some(done) = systems.join_next().await {
        done.context("a simulated system")??;
    }
    Ok(())
}
