//! The provider of sign-in that a configuration names.

use std::sync::Arc;

use anyhow::Context;
use async_trait::async_trait;
use axum::http::{HeaderName, Method, header};
use interactions::{Algorithm, Fetch, Outside, OutsideClient, SigningKey};
use ring::rand::SystemRandom;

use crate::config::{Config, OutsideConfig};
use crate::network::Network;

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
    let network = Network::to(&config.issuer, config.authorities.as_deref())?;
    Ok(Outside::new(config.title.clone(), config.issuer.clone(), client, key, Arc::new(network)))
}

/// The body of an answer with 200. A redirect is no answer: nothing is sent on elsewhere.
async fn answer(
    network: &Network,
    method: Method,
    url: &str,
    form: Option<String>,
) -> Result<Vec<u8>, String> {
    let mut headers: Vec<(HeaderName, String)> =
        vec![(header::ACCEPT, "application/json".to_owned())];
    if form.is_some() {
        let form = "application/x-www-form-urlencoded".to_owned();
        headers.push((header::CONTENT_TYPE, form));
    }
    let body = form.unwrap_or_default().into_bytes();
    match network.send(method, url, &headers, body).await? {
        (200, body) => Ok(body),
        (status, _) => Err(format!("answered with {status}")),
    }
}

#[async_trait]
impl Fetch for Network {
    async fn get(&self, url: &str) -> Result<Vec<u8>, String> {
        answer(self, Method::GET, url, None).await
    }

    async fn post_form(&self, url: &str, form: String) -> Result<Vec<u8>, String> {
        answer(self, Method::POST, url, Some(form)).await
    }
}

#[cfg(test)]
mod tests {
    use axum::Router;
    use axum::routing::{get, post};
    use interactions::Fetch as _;

    use crate::network::Network;

    /// What is answered with 200 is an answer; what is not, or is too long, is none.
    #[tokio::test]
    async fn answers_over_a_socket() {
        let router = Router::new()
            .route("/ok", get(|| async { "yes" }))
            .route("/form", post(|body: String| async move { body }))
            .route("/moved", get(|| async { axum::response::Redirect::to("/ok") }))
            .route("/long", get(|| async { "x".repeat(crate::network::ANSWER_MAX + 1) }));
        let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.expect("a port");
        let address = listener.local_addr().expect("an address");
        let site = crate::http::Site::of_router(router);
        let server = tokio::spawn(crate::http::serve(listener, site, std::future::pending()));
        let network = Network::to("http://127.0.0.1", None).expect("a network");
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
