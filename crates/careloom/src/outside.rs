//! The provider of sign-in that a configuration names, and the way to it over the network.

use std::sync::Arc;
use std::time::Duration;

use anyhow::{Context, ensure};
use async_trait::async_trait;
use axum::http::{Method, Request, Uri, header};
use bytes::Bytes;
use http_body_util::{BodyExt as _, Full, Limited};
use hyper_util::rt::TokioIo;
use interactions::{Algorithm, Fetch, Outside, OutsideClient, SigningKey};
use ring::rand::SystemRandom;
use tokio::io::{AsyncRead, AsyncWrite};
use tokio::net::TcpStream;
use tokio_rustls::TlsConnector;
use tokio_rustls::rustls::pki_types::pem::PemObject as _;
use tokio_rustls::rustls::pki_types::{CertificateDer, ServerName};
use tokio_rustls::rustls::{ClientConfig, RootCertStore};

use crate::config::{Config, OutsideConfig};

/// Bytes of an answer at the most.
const ANSWER_MAX: usize = 1 << 20;
/// How long an answer may take.
const TIMEOUT: Duration = Duration::from_secs(10);

/// The provider of a configuration, if it names one.
pub(crate) fn of(config: &Config) -> anyhow::Result<Option<Arc<Outside>>> {
    let Some(outside) = &config.access.outside else { return Ok(None) };
    build(outside, &config.root_url()).context("access.outside").map(|built| Some(Arc::new(built)))
}

fn build(config: &OutsideConfig, root: &str) -> anyhow::Result<Outside> {
    let algorithm = Algorithm::named(&config.algorithm);
    let algorithm = algorithm.context("algorithm is RS256, RS384, RS512, ES256 or ES384")?;
    let pem = std::fs::read_to_string(&config.key)
        .with_context(|| format!("cannot read the key {}", config.key.display()))?;
    let mut key = SigningKey::from_pem(algorithm, &pem, &SystemRandom::new())?;
    if !config.key_id.is_empty() {
        key = key.with_kid(&config.key_id);
    }
    let vtr: Vec<String> = config.vtr.iter().map(|one| format!("{one:?}")).collect();
    let client = OutsideClient {
        id: config.client_id.clone(),
        redirect_uri: format!("{root}/sign-in/outside/back"),
        scope: config.scope.clone(),
        vtr: if vtr.is_empty() { String::new() } else { format!("[{}]", vtr.join(",")) },
    };
    let network = Network { tls: authorities(config)? };
    Ok(Outside::new(config.title.clone(), config.issuer.clone(), client, key, Arc::new(network)))
}

/// The authorities that vouch for the provider's certificate; none for one on this machine.
fn authorities(config: &OutsideConfig) -> anyhow::Result<Option<TlsConnector>> {
    let Some(path) = &config.authorities else {
        ensure!(
            !config.issuer.starts_with("https:"),
            "authorities names the file of certificates (PEM) by which an https provider is known, such as /etc/ssl/certs/ca-certificates.crt"
        );
        return Ok(None);
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
    Ok(Some(TlsConnector::from(Arc::new(tls))))
}

/// HTTP/1.1 to the provider: one connection a request, since people sign in now and then.
struct Network {
    tls: Option<TlsConnector>,
}

impl Network {
    async fn send(
        &self,
        method: Method,
        url: &str,
        form: Option<String>,
    ) -> Result<Vec<u8>, String> {
        let sent = self.exchange(method, url, form);
        match tokio::time::timeout(TIMEOUT, sent).await {
            Ok(Ok(body)) => Ok(body),
            Ok(Err(error)) => Err(format!("{error:#}")),
            Err(_) => Err(format!("no answer within {} s", TIMEOUT.as_secs())),
        }
    }

    async fn exchange(
        &self,
        method: Method,
        url: &str,
        form: Option<String>,
    ) -> anyhow::Result<Vec<u8>> {
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
            .header(header::ACCEPT, "application/json")
            .header(header::CONNECTION, "close");
        if form.is_some() {
            request = request.header(header::CONTENT_TYPE, "application/x-www-form-urlencoded");
        }
        let request = request.body(Full::new(Bytes::from(form.unwrap_or_default())))?;
        let stream = TcpStream::connect((host.trim_matches(['[', ']']), port)).await?;
        if !is_tls {
            return answer(stream, request).await;
        }
        let tls = self.tls.as_ref().context("no authorities are set up for https")?;
        let name = ServerName::try_from(host).context("the host's name")?;
        answer(tls.connect(name, stream).await?, request).await
    }
}

/// Sends a request on a connection of its own. A redirect is no answer: nothing is sent on elsewhere.
async fn answer<S>(stream: S, request: Request<Full<Bytes>>) -> anyhow::Result<Vec<u8>>
where
    S: AsyncRead + AsyncWrite + Unpin + Send + 'static,
{
    let (mut sender, connection) =
        hyper::client::conn::http1::handshake(TokioIo::new(stream)).await?;
    let connection = tokio::spawn(connection);
    let response = sender.send_request(request).await?;
    let status = response.status();
    ensure!(status.as_u16() == 200, "answered with {status}");
    let body = Limited::new(response.into_body(), ANSWER_MAX).collect().await;
    let body = body.map_err(|error| anyhow::anyhow!("{error}"))?.to_bytes().to_vec();
    connection.abort();
    Ok(body)
}

#[async_trait]
impl Fetch for Network {
    async fn get(&self, url: &str) -> Result<Vec<u8>, String> {
        self.send(Method::GET, url, None).await
    }

    async fn post_form(&self, url: &str, form: String) -> Result<Vec<u8>, String> {
        self.send(Method::POST, url, Some(form)).await
    }
}

#[cfg(test)]
mod tests {
    use super::Network;
    use axum::Router;
    use axum::routing::{get, post};
    use interactions::Fetch as _;

    /// What is answered with 200 is an answer; what is not, or is too long, is none.
    #[tokio::test]
    async fn answers_over_a_socket() {
        let router = Router::new()
            .route("/ok", get(|| async { "yes" }))
            .route("/form", post(|body: String| async move { body }))
            .route("/moved", get(|| async { axum::response::Redirect::to("/ok") }))
            .route("/long", get(|| async { "x".repeat(super::ANSWER_MAX + 1) }));
        let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.expect("a port");
        let address = listener.local_addr().expect("an address");
        let site = crate::http::Site::of_router(router);
        let server = tokio::spawn(crate::http::serve(listener, site, std::future::pending()));
        let network = Network { tls: None };
        let url = |path: &str| format!("http://{address}{path}");
        assert_eq!(network.get(&url("/ok")).await.expect("an answer"), b"yes");
        let sent = network.post_form(&url("/form"), "a=b".to_owned()).await;
        assert_eq!(sent.expect("an answer"), b"a=b");
        for (path, words) in [("/moved", "303"), ("/none", "404"), ("/long", "limit")] {
            let error = network.get(&url(path)).await.expect_err(path);
            assert!(error.contains(words), "{path}: {error}");
        }
        for other in ["nonsense", "https://127.0.0.1:1/", "http://127.0.0.1:1/"] {
            assert!(network.get(other).await.is_err(), "{other}");
        }
        server.abort();
    }
}
