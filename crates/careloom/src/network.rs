//! HTTP/1.1 to other systems: one connection a request, since there are few; a time for each; answers of
//! bounded length; certificates by the authorities that the configuration names.

use std::path::Path;
use std::sync::Arc;
use std::time::Duration;

use anyhow::{Context, ensure};
use axum::http::{HeaderName, Method, Request, Uri, header};
use bytes::Bytes;
use http_body_util::{BodyExt as _, Full, Limited};
use hyper_util::rt::TokioIo;
use tokio::io::{AsyncRead, AsyncWrite};
use tokio::net::TcpStream;
use tokio_rustls::TlsConnector;
use tokio_rustls::rustls::pki_types::pem::PemObject as _;
use tokio_rustls::rustls::pki_types::{CertificateDer, ServerName};
use tokio_rustls::rustls::{ClientConfig, RootCertStore};

/// Bytes of an answer at the most.
pub(crate) const ANSWER_MAX: usize = 1 << 20;
/// How long an answer may take.
const TIMEOUT: Duration = Duration::from_secs(10);

/// The way to a system elsewhere.
pub(crate) struct Network {
    tls: Option<TlsConnector>,
}

impl Network {
    /// The way to an address; one with https needs the authorities that vouch for it (PEM).
    pub(crate) fn to(url: &str, authorities: Option<&Path>) -> anyhow::Result<Network> {
        let Some(path) = authorities else {
            ensure!(
                !url.starts_with("https:"),
                "authorities names the file of certificates (PEM) by which an https address is known, such as /etc/ssl/certs/ca-certificates.crt"
            );
            return Ok(Network { tls: None });
        };
        let shown = path.display();
        let mut roots = RootCertStore::empty();
        for certificate in
            CertificateDer::pem_file_iter(path).with_context(|| format!("cannot read {shown}"))?
        {
            let certificate = certificate.with_context(|| format!("{shown} is damaged"))?;
            // Bundles of systems hold certificates that no reader takes; the others count.
            let _ = roots.add(certificate);
        }
        ensure!(!roots.is_empty(), "there is no certificate of an authority in {shown}");
        let tls = ClientConfig::builder().with_root_certificates(roots).with_no_client_auth();
        Ok(Network { tls: Some(TlsConnector::from(Arc::new(tls))) })
    }

    /// Sends a request: the status and body of the answer, or in words why there is none.
    pub(crate) async fn send(
        &self,
        method: Method,
        url: &str,
        headers: &[(HeaderName, String)],
        body: Vec<u8>,
    ) -> Result<(u16, Vec<u8>), String> {
        let sent = self.exchange(method, url, headers, body);
        match tokio::time::timeout(TIMEOUT, sent).await {
            Ok(Ok(answer)) => Ok(answer),
            Ok(Err(error)) => Err(format!("{error:#}")),
            Err(_) => Err(format!("no answer within {} s", TIMEOUT.as_secs())),
        }
    }

    async fn exchange(
        &self,
        method: Method,
        url: &str,
        headers: &[(HeaderName, String)],
        body: Vec<u8>,
    ) -> anyhow::Result<(u16, Vec<u8>)> {
        let uri: Uri = url.parse().context("the address")?;
        let host = uri.host().context("an address without a host")?.to_owned();
        let is_tls = uri.scheme_str() == Some("https");
        let port = uri.port_u16().unwrap_or(if is_tls { 443 } else { 80 });
        let path = uri.path_and_query().map_or("/", |path| path.as_str());
        let authority = uri.authority().map_or(host.as_str(), |authority| authority.as_str());
        let mut request = Request::builder()
            .method(method)
            .uri(path)
            .header(header::HOST, authority)
            .header(header::CONNECTION, "close");
        for (name, value) in headers {
            request = request.header(name, value);
        }
        let request = request.body(Full::new(Bytes::from(body)))?;
        let stream = TcpStream::connect((host.trim_matches(['[', ']']), port)).await?;
        if !is_tls {
            return answer(stream, request).await;
        }
        let tls = self.tls.as_ref().context("no authorities are set up for https")?;
        let name = ServerName::try_from(host).context("the host's name")?;
        answer(tls.connect(name, stream).await?, request).await
    }
}

/// Sends a request on a connection of its own.
async fn answer<S>(stream: S, request: Request<Full<Bytes>>) -> anyhow::Result<(u16, Vec<u8>)>
where
    S: AsyncRead + AsyncWrite + Unpin + Send + 'static,
{
    let (mut sender, connection) =
        hyper::client::conn::http1::handshake(TokioIo::new(stream)).await?;
    let connection = tokio::spawn(connection);
    let response = sender.send_request(request).await?;
    let status = response.status().as_u16();
    let body = Limited::new(response.into_body(), ANSWER_MAX).collect().await;
    let body = body.map_err(|error| anyhow::anyhow!("{error}"))?.to_bytes().to_vec();
    connection.abort();
    Ok((status, body))
}
