//! What a feed is set up with; the composition root fills it from the configuration file.

use std::net::SocketAddr;
use std::path::PathBuf;
use std::time::Duration;

use interactions::{Feed, Format};

/// One feed: how its items are read, and how they arrive.
#[derive(Clone, Debug)]
pub struct FeedConfig {
    /// Name, format, mapping profile, character set, limits of a message.
    pub feed: Feed,
    /// How items arrive.
    pub transport: Transport,
    /// Items of different persons that are processed at once, at the most.
    pub concurrency_max: usize,
}

/// How items arrive.
#[derive(Clone, Debug)]
pub enum Transport {
    /// HL7 v2 over MLLP.
    Mllp(MllpOptions),
    /// FHIR Bundles that the HTTP edge hands to [`interactions::App::receive_bundle`].
    Bundle,
    /// Bookings by BaRS messages, which the HTTP edge has decided while their sender waits.
    Bars,
    /// CSV files in a folder.
    Folder(FolderOptions),
}

/// An MLLP listener.
#[derive(Clone, Debug)]
pub struct MllpOptions {
    /// Where it listens; port 0 lets the system choose.
    pub listen: SocketAddr,
    /// TLS, where it is wanted.
    pub tls: Option<TlsFiles>,
    /// Connections at once; one more is closed as soon as it is made.
    pub connections_max: usize,
    /// How long a connection may be silent between messages.
    pub idle_timeout: Duration,
    /// How long a connection may be silent within a message, in the TLS handshake, or in taking
    /// its answers.
    pub block_timeout: Duration,
}

impl MllpOptions {
    /// A plain listener with the default limits: 256 connections, an hour, 30 seconds.
    pub fn at(listen: SocketAddr) -> MllpOptions {
        MllpOptions {
            listen,
            tls: None,
            connections_max: 256,
            idle_timeout: Duration::from_secs(3600),
            block_timeout: Duration::from_secs(30),
        }
    }
}

/// PEM files of a TLS listener.
#[derive(Clone, Debug)]
pub struct TlsFiles {
    /// The certificate chain, the server's own certificate first.
    pub certificate: PathBuf,
    /// Its private key: PKCS #8, PKCS #1 or SEC1.
    pub key: PathBuf,
    /// Authorities that clients must prove themselves by; without them any client may connect.
    pub client_authorities: Option<PathBuf>,
}

/// A folder where files are dropped.
#[derive(Clone, Debug)]
pub struct FolderOptions {
    /// The folder; `processing`, `done` and `rejected` are made inside it.
    pub folder: PathBuf,
    /// How often it is looked at. A file is taken when two looks find it unchanged.
    pub poll_interval: Duration,
    /// Bytes of a file at the most.
    pub file_bytes_max: u64,
}

impl FolderOptions {
    /// A folder with the defaults: looked at every second, files of up to 256 MiB.
    pub fn at(folder: impl Into<PathBuf>) -> FolderOptions {
        FolderOptions {
            folder: folder.into(),
            poll_interval: Duration::from_secs(1),
            file_bytes_max: 256 << 20,
        }
    }
}

impl FeedConfig {
    /// An MLLP feed.
    pub fn mllp(name: &str, options: MllpOptions) -> FeedConfig {
        FeedConfig::with(Feed::new(name, Format::Hl7), Transport::Mllp(options))
    }

    /// A feed of Bundles over HTTP.
    pub fn bundle(name: &str) -> FeedConfig {
        FeedConfig::with(Feed::new(name, Format::Bundle), Transport::Bundle)
    }

    /// A feed of CSV files.
    pub fn folder(name: &str, options: FolderOptions) -> FeedConfig {
        FeedConfig::with(Feed::new(name, Format::Csv), Transport::Folder(options))
    }

    fn with(feed: Feed, transport: Transport) -> FeedConfig {
        FeedConfig { feed, transport, concurrency_max: 16 }
    }
}
