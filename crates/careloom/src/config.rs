//! The configuration file, read once. Every setting is documented in `docs/configuration.md`.
//!
//! To add a setting: a field here with its default, and its line in the document; a test compares
//! the two.

use std::net::SocketAddr;
use std::path::{Path, PathBuf};

use anyhow::{Context, bail, ensure};
use serde::{Deserialize, Serialize};

/// A whole configuration.
#[derive(Clone, Debug, Default, Deserialize, Serialize)]
#[serde(deny_unknown_fields, default)]
pub(crate) struct Config {
    pub(crate) server: Server,
    pub(crate) access: Access,
    pub(crate) limits: Limits,
    pub(crate) jobs: Jobs,
    #[serde(rename = "feed")]
    pub(crate) feeds: Vec<Feed>,
    /// Systems that are told of bookings.
    #[serde(rename = "bars_receiver")]
    pub(crate) bars_receivers: Vec<BarsReceiverConfig>,
    /// Who can sign in to a demonstration; never of a file.
    #[serde(skip)]
    pub(crate) demonstration: Option<portals::Demonstration>,
}

/// Where the server listens and keeps its data.
#[derive(Clone, Debug, Deserialize, Serialize)]
#[serde(deny_unknown_fields, default)]
pub(crate) struct Server {
    /// Address of FHIR and the pages.
    pub(crate) listen: SocketAddr,
    /// The base URL that clients use, where it differs from `http://{listen}`.
    pub(crate) public_url: Option<String>,
    /// Folder of the store.
    pub(crate) data: PathBuf,
}

impl Default for Server {
    fn default() -> Server {
        Server {
            listen: SocketAddr::from(([127, 0, 0, 1], 8080)),
            public_url: None,
            data: "careloom-data".into(),
        }
    }
}

/// Who may use the server.
#[derive(Clone, Debug, Default, Deserialize, Serialize)]
#[serde(deny_unknown_fields, default)]
pub(crate) struct Access {
    /// Whether people and programs sign in.
    pub(crate) mode: Mode,
    /// A provider elsewhere by which people may sign in as well.
    pub(crate) outside: Option<OutsideConfig>,
}

/// A provider of sign-in elsewhere, such as NHS login.
#[derive(Clone, Debug, Deserialize, Serialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct OutsideConfig {
    /// What people know it as.
    pub(crate) title: String,
    /// Its issuer.
    pub(crate) issuer: String,
    /// Our id there.
    pub(crate) client_id: String,
    /// Our private key (PKCS #8, PEM).
    pub(crate) key: PathBuf,
    /// The name that the provider knows the key by; empty for its thumbprint.
    #[serde(default)]
    pub(crate) key_id: String,
    /// What the key signs with.
    #[serde(default = "default_algorithm")]
    pub(crate) algorithm: String,
    /// What is asked for.
    #[serde(default = "default_scope")]
    pub(crate) scope: String,
    /// The vectors of trust that are asked for.
    #[serde(default)]
    pub(crate) vtr: Vec<String>,
    /// The authorities that an https provider is known by (PEM).
    pub(crate) authorities: Option<PathBuf>,
}

/// What NHS login asks of its clients.
fn default_algorithm() -> String {
    "RS512".to_owned()
}

fn default_scope() -> String {
    "openid profile".to_owned()
}

/// Whether people and programs sign in.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Deserialize, Serialize)]
#[serde(rename_all = "kebab-case")]
pub(crate) enum Mode {
    /// Whoever reaches the server may do all; only on addresses of the machine itself.
    #[default]
    Open,
    /// Everybody signs in and reaches what is theirs.
    SignIn,
}

/// What is taken from outside at the most.
#[derive(Clone, Debug, Deserialize, Serialize)]
#[serde(deny_unknown_fields, default)]
pub(crate) struct Limits {
    /// Bytes of an HTTP body.
    pub(crate) body_bytes: usize,
    /// Levels that JSON or XML may nest.
    pub(crate) depth: usize,
    /// Entries of a Bundle.
    pub(crate) bundle_entries: usize,
    /// Matches on a page where the client names no number.
    pub(crate) page_count: usize,
    /// Matches on a page at the most.
    pub(crate) page_count_max: usize,
    /// Bytes of one HL7 message.
    pub(crate) message_bytes: usize,
    /// Bytes of one CSV file.
    pub(crate) file_bytes: usize,
    /// Connections that an MLLP listener holds at once.
    pub(crate) mllp_connections: usize,
}

impl Default for Limits {
    fn default() -> Limits {
        Limits {
            body_bytes: 64 << 20,
            depth: 64,
            bundle_entries: 50_000,
            page_count: 50,
            page_count_max: 1_000,
            message_bytes: 16 << 20,
            file_bytes: 256 << 20,
            mllp_connections: 256,
        }
    }
}

/// Long work: exports, imports, reindexing, requests that are answered later.
#[derive(Clone, Debug, Deserialize, Serialize)]
#[serde(deny_unknown_fields, default)]
pub(crate) struct Jobs {
    /// The folder that `$import` may read files from; without it, it reads none.
    pub(crate) import_folder: Option<PathBuf>,
    /// The part of the time that a job takes while requests are being served.
    pub(crate) share: f64,
    /// Hours that a job is kept when it is done, with its files.
    pub(crate) keep_hours: u64,
    /// Jobs of a kind that are kept at the most.
    pub(crate) kept: usize,
    /// Bytes of one file of an export.
    pub(crate) export_file_bytes: u64,
    /// Bytes of an answer that is given later.
    pub(crate) result_bytes: usize,
    /// Bytes of a body of `$import`.
    pub(crate) upload_bytes: u64,
    /// Bytes of one line of an import.
    pub(crate) line_bytes: usize,
    /// Lines with errors after which an import ends.
    pub(crate) import_errors: u64,
}

impl Default for Jobs {
    fn default() -> Jobs {
        Jobs {
            import_folder: None,
            share: 0.3,
            keep_hours: 24,
            kept: 50,
            export_file_bytes: 1 << 30,
            result_bytes: 256 << 20,
            upload_bytes: 16 << 30,
            line_bytes: 16 << 20,
            import_errors: 100_000,
        }
    }
}

/// One feed.
#[derive(Clone, Debug, Deserialize, Serialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Feed {
    /// Its name: letters, digits and `-`.
    pub(crate) name: String,
    /// The source system's name, which the ids of its resources are made from. Default: the name.
    pub(crate) system: Option<String>,
    /// What people call the system: `Rowan Surgery`. Default: the name.
    pub(crate) title: Option<String>,
    /// How it arrives.
    pub(crate) protocol: Protocol,
    /// `mllp`: the address to listen on.
    pub(crate) listen: Option<SocketAddr>,
    /// `mllp`: certificate chain (PEM) that turns TLS on, with `tls_key`.
    pub(crate) tls_certificate: Option<PathBuf>,
    /// `mllp`: private key (PEM).
    pub(crate) tls_key: Option<PathBuf>,
    /// `mllp`: certificates of the authorities that clients must prove themselves by (PEM).
    pub(crate) tls_client_authorities: Option<PathBuf>,
    /// `mllp`: others may reach the address without a certificate, because the network keeps out whoever
    /// may not send.
    #[serde(default)]
    pub(crate) trust_network: bool,
    /// `mllp`: character set of messages whose MSH-18 is empty, default `UNICODE UTF-8`;
    /// `folder`: of files without a byte-order mark, `UTF-8` (default) or `WINDOWS-1252`.
    pub(crate) charset: Option<String>,
    /// `folder`: the folder where files are dropped.
    pub(crate) folder: Option<PathBuf>,
    /// The ODS code of the organisation that the feed belongs to, where messages do not say.
    pub(crate) organisation: Option<String>,
    /// Whether results wait until somebody has looked at them before their person reads them.
    #[serde(default)]
    pub(crate) hold_results: bool,
    /// `bundle`: the hash of the key that its system sends as `Authorization: Bearer KEY`; see
    /// `careloom feed-key`. Without one, who posts is not asked for it.
    pub(crate) key_hash: Option<String>,
}

/// How a feed arrives.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize, Serialize)]
#[serde(rename_all = "lowercase")]
pub(crate) enum Protocol {
    /// HL7 v2 over MLLP.
    Mllp,
    /// FHIR Bundles posted to `/feeds/{name}`.
    Bundle,
    /// CSV files dropped in a folder.
    Folder,
    /// Bookings by BaRS messages, below `/bars/FHIR/R4`.
    Bars,
}

/// A system that keeps the book of a service, and is told of its bookings by BaRS messages.
#[derive(Clone, Debug, Deserialize, Serialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct BarsReceiverConfig {
    /// The service's identifier, `system|value`: of the HealthcareService here, and of the destination.
    pub(crate) service: String,
    /// What people call the system's organisation.
    pub(crate) title: String,
    /// Its ODS code.
    pub(crate) ods_code: String,
    /// Its FHIR base, without a slash at the end.
    pub(crate) url: String,
    /// A file with the key that is sent as `Authorization: Bearer KEY`.
    pub(crate) key: Option<PathBuf>,
    /// The authorities that an https address is known by (PEM).
    pub(crate) authorities: Option<PathBuf>,
    /// This server's own identifier as a sender, `system|value`.
    pub(crate) sender: String,
    /// The organisation that sends.
    pub(crate) sender_title: String,
    /// Its ODS code.
    pub(crate) sender_ods_code: String,
}

impl Config {
    /// The configuration of a file, or the defaults where none is named.
    pub(crate) fn of(path: Option<&Path>) -> anyhow::Result<Config> {
        path.map_or_else(|| Ok(Config::default()), Config::read)
    }

    /// Reads and checks a file.
    pub(crate) fn read(path: &Path) -> anyhow::Result<Config> {
        let text = std::fs::read_to_string(path)
            .with_context(|| format!("cannot read the configuration {}", path.display()))?;
        Config::parse(&text).with_context(|| format!("in {}", path.display()))
    }

    pub(crate) fn parse(text: &str) -> anyhow::Result<Config> {
        let config: Config = toml::from_str(text)?;
        config.check()?;
        Ok(config)
    }

    fn check(&self) -> anyhow::Result<()> {
        ensure!(
            (0.01..=1.0).contains(&self.jobs.share),
            "jobs.share is a part of the time, from 0.01 to 1"
        );
        ensure!(
            self.access.mode == Mode::SignIn || self.server.listen.ip().is_loopback(),
            "server.listen = \"{}\" can be reached from other machines: set access.mode = \"sign-in\"",
            self.server.listen
        );
        ensure!(
            self.access.mode == Mode::SignIn || self.access.outside.is_none(),
            "access.outside needs access.mode = \"sign-in\""
        );
        let mut names = std::collections::BTreeSet::new();
        for feed in &self.feeds {
            feed.check(self.access.mode).with_context(|| format!("feed {:?}", feed.name))?;
            ensure!(
                names.insert(&feed.name),
                "two feeds are called {:?}; names must differ",
                feed.name
            );
        }
        Ok(())
    }

    /// The root that clients use, without a slash at its end.
    pub(crate) fn root_url(&self) -> String {
        let root = self.server.public_url.clone();
        let root = root.unwrap_or_else(|| format!("http://{}", self.server.listen));
        root.trim_end_matches('/').to_owned()
    }

    /// The FHIR base that clients use.
    pub(crate) fn base_url(&self) -> String {
        format!("{}/fhir", self.root_url())
    }
}

impl Feed {
    /// A feed with nothing else set.
    pub(crate) fn new(name: &str, protocol: Protocol) -> Feed {
        Feed {
            name: name.to_owned(),
            system: None,
            title: None,
            protocol,
            listen: None,
            tls_certificate: None,
            tls_key: None,
            tls_client_authorities: None,
            trust_network: false,
            charset: None,
            folder: None,
            organisation: None,
            hold_results: false,
            key_hash: None,
        }
    }

    fn check(&self, mode: Mode) -> anyhow::Result<()> {
        let is_name = |c: char| c.is_ascii_alphanumeric() || c == '-';
        ensure!(
            !self.name.is_empty() && self.name.len() <= 64 && self.name.chars().all(is_name),
            "a feed's name is 1 to 64 letters, digits or '-'"
        );
        match self.protocol {
            Protocol::Mllp if self.listen.is_none() => {
                bail!("protocol \"mllp\" needs listen = \"127.0.0.1:PORT\"")
            }
            Protocol::Folder if self.folder.is_none() => {
                bail!("protocol \"folder\" needs folder = \"PATH\"")
            }
            _ => {}
        }
        let is_hash =
            |hash: &String| hash.len() == 64 && hash.bytes().all(|b| b.is_ascii_hexdigit());
        ensure!(
            self.key_hash.as_ref().is_none_or(is_hash),
            "key_hash is 64 hexadecimal digits; `careloom feed-key` makes a key and its hash"
        );
        ensure!(
            self.key_hash.is_none() || matches!(self.protocol, Protocol::Bundle | Protocol::Bars),
            "key_hash is for protocols \"bundle\" and \"bars\" only"
        );
        ensure!(
            mode == Mode::Open || self.protocol != Protocol::Bundle || self.key_hash.is_some(),
            "with access.mode = \"sign-in\" a bundle feed needs a key_hash; `careloom feed-key` makes one"
        );
        ensure!(
            self.listen.is_none_or(|listen| listen.ip().is_loopback())
                || self.tls_client_authorities.is_some()
                || self.trust_network,
            "listen can be reached from other machines, and whoever reaches it writes records: set tls_certificate, tls_key and tls_client_authorities, or trust_network = true where the network keeps others out"
        );
        ensure!(
            self.protocol != Protocol::Bars || self.key_hash.is_some(),
            "protocol \"bars\" needs a key_hash, which says who books; `careloom feed-key` makes one"
        );
        ensure!(
            self.tls_certificate.is_some() == self.tls_key.is_some(),
            "tls_certificate and tls_key go together"
        );
        ensure!(
            self.tls_client_authorities.is_none() || self.tls_key.is_some(),
            "tls_client_authorities needs tls_certificate and tls_key"
        );
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::Config;

    #[test]
    fn an_empty_file_is_the_defaults() {
        let config = Config::parse("").unwrap();
        assert_eq!(config.base_url(), "http://127.0.0.1:8080/fhir");
        assert!(config.server.listen.ip().is_loopback());
    }

    #[test]
    fn an_address_that_others_reach_is_guarded_or_trusted() {
        let feed = |rest: &str| {
            format!(
                "[[feed]]\nname = \"a\"\nprotocol = \"mllp\"\nlisten = \"0.0.0.0:2575\"\n{rest}"
            )
        };
        for rest in [
            "trust_network = true",
            "tls_certificate = \"c\"\ntls_key = \"k\"\ntls_client_authorities = \"a\"",
        ] {
            Config::parse(&feed(rest)).unwrap();
        }
    }

    #[test]
    fn wrong_files_say_what_is_wrong() {
        let feed = |rest: &str| format!("[[feed]]\nname = \"a\"\n{rest}");
        let cases = [
            ("sever = 1".to_owned(), "unknown field"),
            ("[jobs]\nshare = 0.0".to_owned(), "from 0.01 to 1"),
            ("[jobs]\nshare = 30.0".to_owned(), "from 0.01 to 1"),
            ("[server]\nlisten = \"here\"".to_owned(), "listen"),
            ("[server]\nlisten = \"0.0.0.0:80\"".to_owned(), "access.mode = \"sign-in\""),
            ("[access]\nmode = \"closed\"".to_owned(), "unknown variant"),
            ("[access.outside]\ntitle = \"NHS login\"".to_owned(), "missing field"),
            (
                "[access.outside]\ntitle = \"a\"\nissuer = \"b\"\nclient_id = \"c\"\nkey = \"d\""
                    .to_owned(),
                "access.outside needs",
            ),
            (
                format!("[access]\nmode = \"sign-in\"\n{}", feed("protocol = \"bundle\"")),
                "needs a key_hash",
            ),
            (feed("protocol = \"bundle\"\nkey_hash = \"secret\""), "64 hexadecimal digits"),
            (
                feed(&format!(
                    "protocol = \"folder\"\nfolder = \"a\"\nkey_hash = \"{}\"",
                    "0".repeat(64)
                )),
                "only",
            ),
            (feed("protocol = \"bars\""), "needs a key_hash"),
            ("[[bars_receiver]]\nservice = \"a|b\"".to_owned(), "missing field"),
            (feed("protocol = \"mllp\""), "needs listen"),
            (feed("protocol = \"mllp\"\nlisten = \"0.0.0.0:2575\""), "trust_network"),
            (
                feed(
                    "protocol = \"mllp\"\nlisten = \"10.0.0.1:2575\"\ntls_certificate = \"c\"\ntls_key = \"k\"",
                ),
                "tls_client_authorities",
            ),
            (feed("protocol = \"folder\""), "needs folder"),
            (feed("protocol = \"fax\""), "unknown variant"),
            (feed("protocol = \"bundle\"\ntls_key = \"k\""), "go together"),
            ("[[feed]]\nname = \"a b\"\nprotocol = \"bundle\"".to_owned(), "1 to 64 letters"),
            (format!("{0}\n{0}", feed("protocol = \"bundle\"")), "names must differ"),
        ];
        for (text, expected) in cases {
            let error = format!("{:#}", Config::parse(&text).unwrap_err());
            assert!(error.contains(expected), "{text}: {error}");
        }
    }
}
