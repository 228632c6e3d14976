//! The HTTP listener: FHIR, feeds and pages on one address.

use std::convert::Infallible;
use std::net::SocketAddr;
use std::sync::Arc;
use std::time::Duration;

use anyhow::Context;
use axum::Router;
use axum::body::Body;
use axum::extract::ConnectInfo;
use axum::response::Response;
use feeds::{FeedConfig, Transport};
use hyper::body::Incoming;
use hyper::server::conn::http1;
use hyper::service::service_fn;
use hyper_util::rt::{TokioIo, TokioTimer};
use hyper_util::server::graceful::GracefulShutdown;
use interactions::{App, Clock};
use server::PlainReads;
use tokio::net::TcpListener;
use tower::ServiceExt as _;

use crate::config::{Config, Mode};
use crate::health;
use crate::system::SystemClock;

/// Where the FHIR API stands.
const FHIR: &str = "/fhir";

/// What is served on an address.
pub(crate) struct Site {
    /// Reads that need no route.
    reads: Option<PlainReads>,
    router: Router,
}

#[cfg(test)]
impl Site {
    /// A site of some routes alone.
    pub(crate) fn of_router(router: Router) -> Site {
        Site { reads: None, router }
    }
}

/// All that is served.
pub(crate) fn site(app: &Arc<App>, config: &Config, feeds: &[FeedConfig]) -> anyhow::Result<Site> {
    let options = server::ServerOptions {
        body_bytes_max: config.limits.body_bytes,
        depth_max: config.limits.depth,
        gate: gate(app, config),
        ..server::ServerOptions::standard(env!("CARGO_PKG_VERSION"), SystemClock.now())
    };
    let keyed = |is_it: fn(&Transport) -> bool| -> Vec<server::BundleFeed> {
        let of = feeds.iter().filter(|config| is_it(&config.transport));
        of.map(|feed| server::BundleFeed {
            feed: feed.feed.clone(),
            key_hash: key_hash(config, feed),
        })
        .collect()
    };
    let bundle_feeds = keyed(|transport| matches!(transport, Transport::Bundle));
    let senders = keyed(|transport| matches!(transport, Transport::Bars));
    let outside = crate::outside::of(config)?;
    let router = Router::new()
        .merge(server::mount(FHIR, Arc::clone(app), options))
        .merge(server::feeds_router(Arc::clone(app), bundle_feeds, config.limits.body_bytes))
        .merge(server::bars_router(Arc::clone(app), senders, &config.root_url()))
        .merge(portals::router_with(Arc::clone(app), pages(config, feeds, outside)))
        .merge(health::router());
    let router = match config.access.mode {
        Mode::Open => router,
        Mode::SignIn => router.merge(server::oauth_router(Arc::clone(app))),
    };
    // Plain reads ask nobody who they are.
    let is_open = config.access.mode == Mode::Open;
    Ok(Site { reads: is_open.then(|| PlainReads::new(FHIR, Arc::clone(app))), router })
}

/// Who stands at the door of the FHIR API.
fn gate(app: &Arc<App>, config: &Config) -> Arc<dyn server::Gate> {
    match config.access.mode {
        Mode::Open => Arc::new(server::Open),
        Mode::SignIn => Arc::new(server::Tokens::new(Arc::clone(app))),
    }
}

fn key_hash(config: &Config, feed: &FeedConfig) -> Option<String> {
    let name = feed.feed.name.to_string();
    config.feeds.iter().find(|each| each.name == name)?.key_hash.clone()
}

/// What the pages say of the feeds.
fn pages(
    config: &Config,
    feeds: &[FeedConfig],
    outside: Option<Arc<interactions::Outside>>,
) -> portals::PortalOptions {
    let titles = &config.feeds;
    let system = |config: &FeedConfig| {
        let protocol = match &config.transport {
            Transport::Mllp(options) => format!("HL7 v2 over MLLP, {}", options.listen),
            Transport::Bundle => format!("FHIR Bundles posted to /feeds/{}", config.feed.name),
            Transport::Bars => format!("BaRS bookings posted to {}", server::BARS),
            Transport::Folder(_) => "CSV files dropped in a folder".to_owned(),
        };
        let name = config.feed.name.to_string();
        let title = titles.iter().find(|feed| feed.name == name).and_then(|f| f.title.clone());
        portals::System {
            title: title.unwrap_or_default(),
            ..portals::System::of_feed(name, protocol)
        }
    };
    portals::PortalOptions {
        systems: feeds.iter().map(system).collect(),
        version: env!("CARGO_PKG_VERSION").to_owned(),
        sign_in: config.access.mode == Mode::SignIn,
        is_secure: config.root_url().starts_with("https:"),
        demonstration: config.demonstration.clone(),
        outside,
        ..portals::PortalOptions::default()
    }
}

/// Binds the address.
pub(crate) async fn bind(address: SocketAddr) -> anyhow::Result<TcpListener> {
    TcpListener::bind(address)
        .await
        .with_context(|| format!("cannot listen on {address}; is another server running there?"))
}

/// How long a client may take to send a request's head, and may stay silent between requests.
const HEADER_TIMEOUT: Duration = Duration::from_secs(30);
/// How long open requests may take to end once the server stops.
const STOP_TIMEOUT: Duration = Duration::from_secs(30);
/// How long to wait where no connection can be accepted, as when files have run out.
const ACCEPT_PAUSE: Duration = Duration::from_millis(100);

/// Serves until `stop` is done, then lets open requests end.
pub(crate) async fn serve(
    listener: TcpListener,
    site: Site,
    stop: impl Future<Output = ()> + Send + 'static,
) -> anyhow::Result<()> {
    let site = Arc::new(site);
    let connections = GracefulShutdown::new();
    let mut http = http1::Builder::new();
    http.timer(TokioTimer::new()).header_read_timeout(HEADER_TIMEOUT);
    let mut stop = std::pin::pin!(stop);
    loop {
        let accepted = tokio::select! {
            accepted = listener.accept() => accepted,
            () = &mut stop => break,
        };
        let (stream, peer) = match accepted {
            Ok(accepted) => accepted,
            Err(error) => {
                tracing::warn!(%error, "cannot accept a connection");
                tokio::time::sleep(ACCEPT_PAUSE).await;
                continue;
            }
        };
        // Answers are small and written whole: waiting to fill a packet only delays them.
        let _ = stream.set_nodelay(true);
        let site = Arc::clone(&site);
        let service = service_fn(move |request| respond(Arc::clone(&site), peer, request));
        let connection = http.serve_connection(TokioIo::new(stream), service);
        let connection = connections.watch(connection);
        tokio::spawn(async move {
            if let Err(error) = connection.await {
                tracing::debug!(%error, "a connection broke off");
            }
        });
    }
    drop(listener);
    if tokio::time::timeout(STOP_TIMEOUT, connections.shutdown()).await.is_err() {
        tracing::warn!("requests were still open when the server stopped");
    }
    Ok(())
}

/// A plain read at once, anything else by its route.
async fn respond(
    site: Arc<Site>,
    peer: SocketAddr,
    request: hyper::Request<Incoming>,
) -> Result<Response, Infallible> {
    if let Some(reads) = &site.reads
        && let Some(response) = reads.answer(&request).await
    {
        return Ok(response);
    }
    let mut request = request.map(Body::new);
    request.extensions_mut().insert(ConnectInfo(peer));
    site.router.clone().oneshot(request).await
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use axum::Router;
    use axum::routing::get;
    use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
    use tokio::net::{TcpListener, TcpStream};

    /// An open request is answered after the server was told to stop, and then it stops.
    #[tokio::test]
    async fn open_requests_end_before_the_server_does() {
        let listener = TcpListener::bind("127.0.0.1:0").await.expect("a port");
        let address = listener.local_addr().expect("an address");
        let (begun, mut has_begun) = tokio::sync::mpsc::channel::<()>(1);
        let go = std::sync::Arc::new(tokio::sync::Notify::new());
        let held = std::sync::Arc::clone(&go);
        let router = Router::new().route(
            "/",
            get(move || async move {
                let _ = begun.send(()).await;
                held.notified().await;
                "done"
            }),
        );
        let (stop, stopped) = tokio::sync::oneshot::channel::<()>();
        let server =
            tokio::spawn(super::serve(listener, super::Site { reads: None, router }, async {
                let _ = stopped.await;
            }));
        let mut client = TcpStream::connect(address).await.expect("a connection");
        client.write_all(b"GET / HTTP/1.1\r\nHost: x\r\n\r\n").await.expect("sent");
        has_begun.recv().await.expect("the handler began");
        stop.send(()).expect("the server listens");
        go.notify_one();
        let mut answer = Vec::new();
        client.read_to_end(&mut answer).await.expect("an answer");
        assert!(answer.ends_with(b"done"), "{}", String::from_utf8_lossy(&answer));
        let ended = tokio::time::timeout(Duration::from_secs(10), server).await;
        ended.expect("it stops").expect("without a panic").expect("in order");
    }
}
