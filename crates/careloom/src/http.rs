//! The HTTP listener: FHIR, feeds and pages on one address.

use std::net::SocketAddr;
use std::sync::Arc;

use anyhow::Context;
use axum::Router;
use feeds::{FeedConfig, Transport};
use interactions::{App, Clock};
use tokio::net::TcpListener;

use crate::config::Config;
use crate::health;
use crate::system::SystemClock;

/// All routes.
pub(crate) fn router(app: &Arc<App>, config: &Config, feeds: &[FeedConfig]) -> Router {
    let options = server::ServerOptions {
        body_bytes_max: config.limits.body_bytes,
        depth_max: config.limits.depth,
        software_version: env!("CARGO_PKG_VERSION").to_owned(),
        started: SystemClock.now(),
    };
    let bundle_feeds = feeds
        .iter()
        .filter(|config| matches!(config.transport, Transport::Bundle))
        .map(|config| config.feed.clone())
        .collect();
    Router::new()
        .nest("/fhir", server::router(Arc::clone(app), options))
        .merge(server::feeds_router(Arc::clone(app), bundle_feeds, config.limits.body_bytes))
        .merge(portals::router_with(Arc::clone(app), pages(feeds)))
        .merge(health::router())
}

/// What the pages say of the feeds.
fn pages(feeds: &[FeedConfig]) -> portals::PortalOptions {
    let system = |config: &FeedConfig| {
        let protocol = match &config.transport {
            Transport::Mllp(options) => format!("HL7 v2 over MLLP, {}", options.listen),
            Transport::Bundle => format!("FHIR Bundles posted to /feeds/{}", config.feed.name),
            Transport::Folder(_) => "CSV files dropped in a folder".to_owned(),
        };
        portals::System::of_feed(config.feed.name.to_string(), protocol)
    };
    portals::PortalOptions {
        systems: feeds.iter().map(system).collect(),
        version: env!("CARGO_PKG_VERSION").to_owned(),
        ..portals::PortalOptions::default()
    }
}

/// Binds the address.
pub(crate) async fn bind(address: SocketAddr) -> anyhow::Result<TcpListener> {
    TcpListener::bind(address)
        .await
        .with_context(|| format!("cannot listen on {address}; is another server running there?"))
}

/// Serves until `stop` is done, then lets open requests end.
pub(crate) async fn serve(
    listener: TcpListener,
    router: Router,
    stop: impl Future<Output = ()> + Send + 'static,
) -> anyhow::Result<()> {
    use axum::serve::ListenerExt as _;
    let listener = listener.tap_io(|stream| {
        // Answers are small and written whole: waiting to fill a packet only delays them.
        let _ = stream.set_nodelay(true);
    });
    let router = router.into_make_service_with_connect_info::<SocketAddr>();
    axum::serve(listener, router).with_graceful_shutdown(stop).await.context("serve http")
}
