//! MLLP over TLS, with and without client certificates.

use std::path::Path;
use std::sync::Arc;

use feeds::{FeedConfig, Feeds, MllpOptions, TlsFiles};
use rcgen::{BasicConstraints, CertificateParams, CertifiedIssuer, IsCa, KeyPair};
use tokio::net::TcpStream;
use tokio_rustls::TlsConnector;
use tokio_rustls::rustls::crypto::ring;
use tokio_rustls::rustls::pki_types::pem::PemObject as _;
use tokio_rustls::rustls::pki_types::{CertificateDer, PrivateKeyDer, ServerName};
use tokio_rustls::rustls::{ClientConfig, RootCertStore};

use crate::client::{Client, block, update};
use crate::system::{System, app_on, local, open};

type Authority = CertifiedIssuer<'static, KeyPair>;

fn authority() -> Authority {
    let mut params = CertificateParams::new(Vec::new()).unwrap();
    params.is_ca = IsCa::Ca(BasicConstraints::Unconstrained);
    CertifiedIssuer::self_signed(params, KeyPair::generate().unwrap()).unwrap()
}

/// Writes `{name}.pem` and `{name}.key`, signed by the authority.
fn write_pair(folder: &Path, name: &str, authority: &Authority) {
    let key = KeyPair::generate().unwrap();
    let params = CertificateParams::new(vec!["localhost".to_owned()]).unwrap();
    let certificate = params.signed_by(&key, authority).unwrap();
    std::fs::write(folder.join(format!("{name}.pem")), certificate.pem()).unwrap();
    std::fs::write(folder.join(format!("{name}.key")), key.serialize_pem()).unwrap();
}

fn files(folder: &Path) -> TlsFiles {
    TlsFiles {
        certificate: folder.join("server.pem"),
        key: folder.join("server.key"),
        client_authorities: None,
    }
}

fn connector(folder: &Path, authority: &Authority, client: Option<&str>) -> TlsConnector {
    let mut roots = RootCertStore::empty();
    roots.add(authority.der().clone()).unwrap();
    let builder = ClientConfig::builder_with_provider(Arc::new(ring::default_provider()))
        .with_safe_default_protocol_versions()
        .unwrap()
        .with_root_certificates(roots);
    let config = match client {
        None => builder.with_no_client_auth(),
        Some(name) => {
            let certificate = CertificateDer::from_pem_file(folder.join(format!("{name}.pem")));
            let key = PrivateKeyDer::from_pem_file(folder.join(format!("{name}.key"))).unwrap();
            builder.with_client_auth_cert(vec![certificate.unwrap()], key).unwrap()
        }
    };
    TlsConnector::from(Arc::new(config))
}

/// The verdict on one message over TLS; `None` where the connection is not taken.
async fn exchange(system: &System, connector: &TlsConnector) -> Option<String> {
    let tcp = TcpStream::connect(system.feeds.address("pas").unwrap()).await.unwrap();
    let name = ServerName::try_from("localhost").unwrap();
    let stream = connector.connect(name, tcp).await.ok()?;
    let mut client = Client::over(stream);
    client.send(&block(&update("1", "1", "SHAH", 1))).await;
    client.verdict().await
}

async fn system(tls: TlsFiles) -> System {
    let folder = tempfile::tempdir().unwrap();
    let app = app_on(open(folder.path()));
    let options = MllpOptions { tls: Some(tls), ..local() };
    System::start(folder, app, vec![FeedConfig::mllp("pas", options)]).await
}

#[tokio::test(flavor = "multi_thread")]
async fn without_client_certificates() {
    let folder = tempfile::tempdir().unwrap();
    let (ours, other) = (authority(), authority());
    write_pair(folder.path(), "server", &ours);
    let system = system(files(folder.path())).await;
    let verdict = exchange(&system, &connector(folder.path(), &ours, None)).await;
    assert_eq!(verdict.as_deref(), Some("AA 1"));
    assert_eq!(exchange(&system, &connector(folder.path(), &other, None)).await, None);
    let mut plain = Client::connect(system.feeds.address("pas").unwrap()).await;
    plain.send(&block(&update("2", "2", "SHAH", 1))).await;
    assert_eq!(read_to_end(plain).await, 0, "a sender without tls gets no answer");
    assert_eq!(system.states().await, ["stored"]);
    system.stop().await;
}

/// Answers until the listener closes; a TLS alert is none.
async fn read_to_end(client: Client<TcpStream>) -> usize {
    client.finish().await.len()
}

#[tokio::test(flavor = "multi_thread")]
async fn with_client_certificates() {
    let folder = tempfile::tempdir().unwrap();
    let (ours, other) = (authority(), authority());
    write_pair(folder.path(), "server", &ours);
    write_pair(folder.path(), "client", &ours);
    write_pair(folder.path(), "stranger", &other);
    let path = folder.path().join("authorities.pem");
    std::fs::write(&path, ours.pem()).unwrap();
    let system = system(TlsFiles { client_authorities: Some(path), ..files(folder.path()) }).await;
    for (client, expected) in
        [(Some("client"), Some("AA 1")), (None, None), (Some("stranger"), None)]
    {
        let connector = connector(folder.path(), &ours, client);
        let tcp = TcpStream::connect(system.feeds.address("pas").unwrap()).await.unwrap();
        let name = ServerName::try_from("localhost").unwrap();
        let verdict = match connector.connect(name, tcp).await {
            Err(_) => None,
            Ok(stream) => {
                let mut client = Client::over(stream);
                client.try_send(&block(&update("1", "1", "SHAH", 1))).await;
                client.verdict().await
            }
        };
        assert_eq!(verdict.as_deref(), expected, "{client:?}");
    }
    assert_eq!(system.states().await, ["stored"]);
    system.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn files_that_do_not_fit_stop_the_start() {
    let folder = tempfile::tempdir().unwrap();
    let ours = authority();
    write_pair(folder.path(), "server", &ours);
    write_pair(folder.path(), "other", &ours);
    std::fs::write(folder.path().join("empty.pem"), "").unwrap();
    let good = files(folder.path());
    let inside = |name: &str| folder.path().join(name);
    let cases = [
        TlsFiles { certificate: inside("none.pem"), ..good.clone() },
        TlsFiles { certificate: inside("empty.pem"), ..good.clone() },
        TlsFiles { key: inside("server.pem"), ..good.clone() },
        TlsFiles { key: inside("other.key"), ..good.clone() },
        TlsFiles { client_authorities: Some(inside("empty.pem")), ..good },
    ];
    let app = app_on(open(folder.path()));
    for tls in cases {
        let shown = format!("{tls:?}");
        let options = MllpOptions { tls: Some(tls), ..local() };
        let (_stop, stopped) = tokio::sync::watch::channel(false);
        let feeds = vec![FeedConfig::mllp("pas", options)];
        let error = Feeds::start(Arc::clone(&app), feeds, stopped).await.unwrap_err();
        assert!(error.is_tls(), "{shown}: {error}");
        assert!(error.to_string().contains(".pem") || error.to_string().contains(".key"));
    }
}
