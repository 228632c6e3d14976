//! TLS for a listener, from PEM files. Versions 1.2 and 1.3, by rustls.

use std::path::Path;
use std::sync::Arc;

use tokio_rustls::TlsAcceptor;
use tokio_rustls::rustls::crypto::ring;
use tokio_rustls::rustls::pki_types::pem::PemObject as _;
use tokio_rustls::rustls::pki_types::{CertificateDer, PrivateKeyDer};
use tokio_rustls::rustls::server::WebPkiClientVerifier;
use tokio_rustls::rustls::{RootCertStore, ServerConfig};

use crate::config::TlsFiles;
use crate::error::FeedError;

/// Reads the files of a feed.
pub(super) fn acceptor(feed: &str, files: &TlsFiles) -> Result<TlsAcceptor, FeedError> {
    let provider = Arc::new(ring::default_provider());
    let chain = certificates(feed, &files.certificate)?;
    let key = PrivateKeyDer::from_pem_file(&files.key).map_err(|error| {
        FeedError::tls(feed, &files.key, "is no private key in PEM", Some(Box::new(error)))
    })?;
    let builder = ServerConfig::builder_with_provider(Arc::clone(&provider))
        .with_safe_default_protocol_versions()
        .map_err(|error| unusable(feed, &files.certificate, error))?;
    let builder = match &files.client_authorities {
        None => builder.with_no_client_auth(),
        Some(path) => {
            let mut roots = RootCertStore::empty();
            for certificate in certificates(feed, path)? {
                roots.add(certificate).map_err(|error| unusable(feed, path, error))?;
            }
            let verifier = WebPkiClientVerifier::builder_with_provider(Arc::new(roots), provider)
                .build()
                .map_err(|error| unusable(feed, path, error))?;
            builder.with_client_cert_verifier(verifier)
        }
    };
    let config = builder
        .with_single_cert(chain, key)
        .map_err(|error| unusable(feed, &files.certificate, error))?;
    Ok(TlsAcceptor::from(Arc::new(config)))
}

fn certificates(feed: &str, path: &Path) -> Result<Vec<CertificateDer<'static>>, FeedError> {
    let read = CertificateDer::pem_file_iter(path).and_then(Iterator::collect::<Result<Vec<_>, _>>);
    match read {
        Ok(certificates) if certificates.is_empty() => {
            Err(FeedError::tls(feed, path, "holds no certificate in PEM", None))
        }
        Ok(certificates) => Ok(certificates),
        Err(error) => {
            let problem = "cannot be read as certificates in PEM";
            Err(FeedError::tls(feed, path, problem, Some(Box::new(error))))
        }
    }
}

fn unusable(
    feed: &str,
    path: &Path,
    error: impl std::error::Error + Send + Sync + 'static,
) -> FeedError {
    let problem = "cannot be used: certificate and key must belong together and be valid";
    FeedError::tls(feed, path, problem, Some(Box::new(error)))
}
