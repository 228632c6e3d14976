//! The systems that are told of bookings, as a configuration names them.

use std::sync::Arc;

use anyhow::{Context, ensure};
use async_trait::async_trait;
use axum::http::{HeaderName, Method, header};
use interactions::booking::rules::bars::{Party, TargetIdentifier};
use interactions::booking::{BarsReceiver, PostMessage};

use crate::config::{BarsReceiverConfig, Config};
use crate::network::Network;

/// All of them; a setting that does not hold is an error that names the service.
pub(crate) fn receivers(config: &Config) -> anyhow::Result<Vec<BarsReceiver>> {
    let one = |each: &BarsReceiverConfig| {
        receiver(each).with_context(|| format!("bars_receiver {:?}", each.service))
    };
    config.bars_receivers.iter().map(one).collect()
}

fn receiver(config: &BarsReceiverConfig) -> anyhow::Result<BarsReceiver> {
    let identifier = |text: &str, name: &str| {
        TargetIdentifier::of_endpoint(text).with_context(|| {
            format!(
                "{name} is SYSTEM|VALUE, such as https://fhir.nhs.uk/Id/dos-service-id|2000099999"
            )
        })
    };
    let key = match &config.key {
        None => None,
        Some(path) => {
            let key = std::fs::read_to_string(path)
                .with_context(|| format!("cannot read the key {}", path.display()))?;
            let key = key.trim().to_owned();
            let is_key = !key.is_empty() && key.bytes().all(|byte| byte.is_ascii_graphic());
            ensure!(is_key, "the key in {} is one word", path.display());
            Some(key)
        }
    };
    let url = config.url.trim_end_matches('/');
    ensure!(
        url.starts_with("http:") || url.starts_with("https:"),
        "url is a FHIR base, http or https"
    );
    let way = Way {
        network: Network::to(url, config.authorities.as_deref())?,
        url: format!("{url}/$process-message"),
        key,
    };
    Ok(BarsReceiver {
        service: identifier(&config.service, "service")?,
        title: config.title.clone(),
        ods_code: config.ods_code.clone(),
        own: Party {
            name: config.sender_title.clone(),
            ods_code: config.sender_ods_code.clone(),
            endpoint: identifier(&config.sender, "sender")?,
        },
        way: Arc::new(way),
    })
}

/// `POST [base]/$process-message` with the receiver's key.
struct Way {
    network: Network,
    url: String,
    key: Option<String>,
}

#[async_trait]
impl PostMessage for Way {
    async fn post(
        &self,
        headers: Vec<(&'static str, String)>,
        body: Vec<u8>,
    ) -> Result<(u16, Vec<u8>), String> {
        let fhir = "application/fhir+json; version=1".to_owned();
        let mut all = vec![
            (header::ACCEPT, fhir),
            (header::CONTENT_TYPE, "application/fhir+json".to_owned()),
        ];
        if let Some(key) = &self.key {
            all.push((header::AUTHORIZATION, format!("Bearer {key}")));
        }
        for (name, value) in headers {
            let name =
                HeaderName::from_bytes(name.as_bytes()).map_err(|error| error.to_string())?;
            all.push((name, value));
        }
        self.network.send(Method::POST, &self.url, &all, body).await
    }
}
