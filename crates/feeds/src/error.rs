//! Why a feed cannot start: opaque, with predicates.

use std::fmt;
use std::path::{Path, PathBuf};

/// A feed that could not be started.
#[derive(Debug)]
pub struct FeedError {
    feed: String,
    kind: Kind,
    source: Option<Box<dyn std::error::Error + Send + Sync>>,
}

#[derive(Debug)]
enum Kind {
    Listen(std::net::SocketAddr),
    Folder(PathBuf),
    Tls { file: PathBuf, problem: &'static str },
}

type Source = Box<dyn std::error::Error + Send + Sync>;

impl FeedError {
    pub(crate) fn listen(feed: &str, address: std::net::SocketAddr, source: Source) -> FeedError {
        FeedError { feed: feed.to_owned(), kind: Kind::Listen(address), source: Some(source) }
    }

    pub(crate) fn folder(feed: &str, folder: &Path, source: Source) -> FeedError {
        FeedError { feed: feed.to_owned(), kind: Kind::Folder(folder.into()), source: Some(source) }
    }

    pub(crate) fn tls(
        feed: &str,
        file: &Path,
        problem: &'static str,
        source: Option<Source>,
    ) -> FeedError {
        FeedError { feed: feed.to_owned(), kind: Kind::Tls { file: file.into(), problem }, source }
    }

    /// Whether the address cannot be listened on.
    pub fn is_listen(&self) -> bool {
        matches!(self.kind, Kind::Listen(_))
    }

    /// Whether the folder cannot be used.
    pub fn is_folder(&self) -> bool {
        matches!(self.kind, Kind::Folder(_))
    }

    /// Whether a certificate or key is at fault.
    pub fn is_tls(&self) -> bool {
        matches!(self.kind, Kind::Tls { .. })
    }
}

impl fmt::Display for FeedError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "feed {:?}: ", self.feed)?;
        match &self.kind {
            Kind::Listen(address) => {
                write!(f, "cannot listen on {address}; is another program using it?")
            }
            Kind::Folder(folder) => write!(
                f,
                "cannot use the folder {}; it must exist or be possible to make, and be writable",
                folder.display()
            ),
            Kind::Tls { file, problem } => write!(f, "{}: {problem}", file.display()),
        }
    }
}

impl std::error::Error for FeedError {
    fn source(&self) -> Option<&(dyn std::error::Error + 'static)> {
        self.source.as_ref().map(|source| &**source as _)
    }
}
