//! The feeds of a configuration, as the `feeds` crate takes them.

use std::sync::Arc;

use anyhow::Context;
use feeds::{FeedConfig, FolderOptions, MllpOptions, TlsFiles, Transport};
use interactions::Format;

use crate::config::{Config, Feed, Protocol};

/// All feeds; a setting that does not hold is an error that names the feed.
pub(crate) fn feed_configs(config: &Config) -> anyhow::Result<Vec<FeedConfig>> {
    let one =
        |feed: &Feed| feed_config(config, feed).with_context(|| format!("feed {:?}", feed.name));
    config.feeds.iter().map(one).collect()
}

fn feed_config(config: &Config, feed: &Feed) -> anyhow::Result<FeedConfig> {
    let (format, transport) = match feed.protocol {
        Protocol::Mllp => (Format::Hl7, Transport::Mllp(mllp(config, feed)?)),
        Protocol::Bundle => (Format::Bundle, Transport::Bundle),
        Protocol::Bars => (Format::Bundle, Transport::Bars),
        Protocol::Folder => {
            let folder = feed.folder.clone().context("needs folder = \"PATH\"")?;
            let mut options = FolderOptions::at(folder);
            options.file_bytes_max = config.limits.file_bytes as u64;
            (Format::Csv, Transport::Folder(options))
        }
    };
    let mut settings = interactions::Feed::new(&feed.name, format);
    let mut profile = mapping::FeedProfile::new(feed.system.as_deref().unwrap_or(&feed.name));
    profile.organisation = feed.organisation.clone().unwrap_or_default();
    match (feed.protocol, feed.charset.as_deref()) {
        (_, None) => {}
        (Protocol::Folder, Some(name)) => {
            profile.encoding = match name.to_ascii_uppercase().as_str() {
                "UTF-8" => mapping::Encoding::Utf8,
                "WINDOWS-1252" => mapping::Encoding::Windows1252,
                _ => anyhow::bail!("charset of a folder must be UTF-8 or WINDOWS-1252"),
            };
        }
        (_, Some(name)) => settings.charset = hl7v2::Charset::named(name)?,
    }
    settings.profile = Arc::new(profile);
    settings.hold_results = feed.hold_results;
    settings.limits.bytes_max = config.limits.message_bytes;
    Ok(FeedConfig { feed: settings, transport, concurrency_max: 16 })
}

fn mllp(config: &Config, feed: &Feed) -> anyhow::Result<MllpOptions> {
    let mut options = MllpOptions::at(feed.listen.context("needs listen = \"ADDRESS:PORT\"")?);
    options.connections_max = config.limits.mllp_connections;
    if let (Some(certificate), Some(key)) = (&feed.tls_certificate, &feed.tls_key) {
        options.tls = Some(TlsFiles {
            certificate: certificate.clone(),
            key: key.clone(),
            client_authorities: feed.tls_client_authorities.clone(),
        });
    }
    Ok(options)
}
