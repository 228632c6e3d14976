//! Apps as they meet the server: discovery, the launches, tokens, and what a narrow token cannot do.

mod endpoints;
mod launches;
mod narrow;
mod outside;
mod site;

use serde_json::{Value, json};

use crate::setup::Server;
use site::Site;

/// What apps read first: the same endpoints in every document, each of them there.
#[tokio::test(flavor = "multi_thread")]
async fn discovery() {
    let site = Site::open().await;
    let get = async |path: &str| {
        let answer = site.call("GET", path, &[("origin", "https://anybody.test")], "").await;
        assert_eq!(answer.status, 200, "{path}: {}", answer.text);
        assert_eq!(answer.header("access-control-allow-origin"), "*", "{path}");
        answer.json()
    };
    let smart = get("/fhir/.well-known/smart-configuration").await;
    let openid = get("/.well-known/openid-configuration").await;
    assert_eq!(get("/.well-known/oauth-authorization-server").await, openid);
    assert_eq!(smart["issuer"], "http://127.0.0.1");
    let capabilities = smart["capabilities"].as_array().expect("a list");
    for name in
        ["launch-ehr", "launch-standalone", "permission-v2", "client-confidential-asymmetric"]
    {
        assert!(capabilities.contains(&json!(name)), "{name}");
    }
    let mut endpoints = 0;
    for (name, value) in smart.as_object().expect("an object") {
        if !name.ends_with("_endpoint") && name != "jwks_uri" {
            continue;
        }
        endpoints += 1;
        assert_eq!(openid[name], *value, "{name}");
        let path = value.as_str().and_then(|url| url.strip_prefix("http://127.0.0.1"));
        let answer = site.call("GET", path.expect("it is here"), &[], "").await;
        assert_ne!(answer.status, 404, "{name}");
    }
    assert_eq!(endpoints, 6);
    let keys = get("/oauth/jwks").await;
    assert_eq!((&keys["keys"][0]["kty"], &keys["keys"][0]["alg"]), (&json!("EC"), &json!("ES256")));
    assert!(keys["keys"][0].get("d").is_none());
    let statement = get("/fhir/metadata").await;
    let security = &statement["rest"][0]["security"];
    assert_eq!(security["service"][0]["coding"][0]["code"], "SMART-on-FHIR");
    let uris = security["extension"][0]["extension"].as_array().expect("uris");
    for (name, endpoint) in [("authorize", "authorization_endpoint"), ("token", "token_endpoint")] {
        let uri = uris.iter().find(|uri| uri["url"] == name).expect(name);
        assert_eq!(uri["valueUri"], smart[endpoint]);
    }
    // A server without sign-in promises nothing of this.
    let open = Server::start();
    assert_eq!(open.get("/.well-known/smart-configuration").await.status, 404);
    assert_eq!(open.get("/metadata").await.json()["rest"][0]["security"], Value::Null);
    let cross = open.call("GET", "/Patient", &[("origin", "https://app.test")], "").await;
    assert_eq!(cross.header("access-control-allow-origin"), "");
}
