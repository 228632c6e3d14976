//! The MLLP listener: accepts connections, plain or TLS, up to a limit.
//! Spec: HL7 Minimal Lower Layer Protocol, release 1.

mod connection;
mod tls;

use std::net::SocketAddr;
use std::sync::Arc;
use std::time::Duration;

use interactions::{App, Feed};
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::{Semaphore, watch};
use tokio::task::JoinSet;
use tokio_rustls::TlsAcceptor;

use crate::config::MllpOptions;
use crate::error::FeedError;
use crate::progress::Progress;
use crate::until;
use connection::Connection;

/// How long to wait when the system has no room for one more connection.
const ACCEPT_PAUSE: Duration = Duration::from_millis(100);

pub(crate) struct Listener {
    shared: Arc<Shared>,
    socket: TcpListener,
    address: SocketAddr,
    tls: Option<TlsAcceptor>,
}

/// What the connections of a listener share.
struct Shared {
    app: Arc<App>,
    feed: Arc<Feed>,
    options: MllpOptions,
    progress: Arc<Progress>,
}

impl Listener {
    pub(crate) async fn bind(
        app: Arc<App>,
        feed: Arc<Feed>,
        options: MllpOptions,
        progress: Arc<Progress>,
    ) -> Result<Listener, FeedError> {
        let name = &*feed.name.0;
        let tls = options.tls.as_ref().map(|files| tls::acceptor(name, files)).transpose()?;
        let refused = |error| FeedError::listen(name, options.listen, Box::new(error));
        let socket = TcpListener::bind(options.listen).await.map_err(refused)?;
        let address = socket.local_addr().map_err(refused)?;
        tracing::info!(feed = %feed.name, %address, tls = tls.is_some(), "listening for hl7 v2");
        let shared = Arc::new(Shared { app, feed, options, progress });
        Ok(Listener { shared, socket, address, tls })
    }

    pub(crate) fn address(&self) -> SocketAddr {
        self.address
    }

    pub(crate) async fn run(self, mut shutdown: watch::Receiver<bool>) {
        let slots = Arc::new(Semaphore::new(self.shared.options.connections_max));
        let mut connections = JoinSet::new();
        loop {
            let accepted = tokio::select! {
                accepted = self.socket.accept() => accepted,
                Some(_) = connections.join_next() => continue,
                () = until(&mut shutdown) => break,
            };
            let (stream, peer) = match accepted {
                Ok(accepted) => accepted,
                Err(error) => {
                    tracing::warn!(feed = %self.shared.feed.name, %error, "a connection could not be accepted");
                    tokio::time::sleep(ACCEPT_PAUSE).await;
                    continue;
                }
            };
            let Ok(slot) = Arc::clone(&slots).try_acquire_owned() else {
                self.shared.progress.refused();
                tracing::warn!(feed = %self.shared.feed.name, %peer, "connection closed: too many at once");
                continue;
            };
            self.shared.progress.connected();
            let (shared, tls, shutdown) =
                (Arc::clone(&self.shared), self.tls.clone(), shutdown.clone());
            connections.spawn(async move {
                serve(shared, tls, stream, peer, shutdown).await;
                drop(slot);
            });
        }
        // Messages that are being stored are still answered.
        while connections.join_next().await.is_some() {}
    }
}

async fn serve(
    shared: Arc<Shared>,
    tls: Option<TlsAcceptor>,
    stream: TcpStream,
    peer: SocketAddr,
    mut shutdown: watch::Receiver<bool>,
) {
    // Answers are small and written whole: waiting to fill a packet only delays them.
    let _ = stream.set_nodelay(true);
    let origin = peer.to_string();
    let Some(tls) = tls else {
        return Connection::new(shared, stream, origin).run(shutdown).await;
    };
    let handshake = tokio::time::timeout(shared.options.block_timeout, tls.accept(stream));
    let shaken = tokio::select! {
        shaken = handshake => shaken,
        () = until(&mut shutdown) => return,
    };
    match shaken {
        Ok(Ok(stream)) => Connection::new(shared, stream, origin).run(shutdown).await,
        Ok(Err(error)) => {
            shared.progress.refused();
            tracing::warn!(feed = %shared.feed.name, %peer, %error, "tls handshake failed");
        }
        Err(_) => {
            shared.progress.refused();
            tracing::warn!(feed = %shared.feed.name, %peer, "tls handshake took too long");
        }
    }
}
