//! What a server says of its authorization.
//! Spec: RFC 8414; OpenID Connect Discovery 1.0; SMART App Launch 2.2, "conformance" and "capabilities".

use serde_json::{Value, json};

use super::GrantType;

/// The addresses of a server.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Addresses {
    /// Who issues tokens: the address of the whole server, without a slash at the end.
    pub issuer: String,
    /// The FHIR base, without a slash at the end.
    pub fhir: String,
}

impl Addresses {
    /// Those of a server with this FHIR base: the issuer is what stands above it.
    pub fn of_base(fhir: &str) -> Addresses {
        let issuer = match fhir.rsplit_once('/') {
            Some((above, _)) if above.contains("://") && !above.ends_with('/') => above,
            _ => fhir,
        };
        Addresses { issuer: issuer.to_owned(), fhir: fhir.to_owned() }
    }

    /// An endpoint of the issuer.
    pub fn endpoint(&self, name: &str) -> String {
        format!("{}/oauth/{name}", self.issuer)
    }
}

/// What SMART calls what is here. `context-style`, `sso-openid-connect`'s pictures and `launch/encounter`
/// are not.
const CAPABILITIES: [&str; 16] = [
    "launch-ehr",
    "launch-standalone",
    "authorize-post",
    "client-public",
    "client-confidential-symmetric",
    "client-confidential-asymmetric",
    "sso-openid-connect",
    "context-banner",
    "context-ehr-patient",
    "context-standalone-patient",
    "permission-offline",
    "permission-online",
    "permission-patient",
    "permission-user",
    "permission-v1",
    "permission-v2",
];

const SCOPES: [&str; 10] = [
    "openid",
    "fhirUser",
    "profile",
    "launch",
    "launch/patient",
    "offline_access",
    "online_access",
    "patient/*.rs",
    "user/*.cruds",
    "system/*.cruds",
];

const AUTHENTICATION: [&str; 4] =
    ["client_secret_basic", "client_secret_post", "private_key_jwt", "none"];

/// Algorithms by which a client may sign.
const SIGNING: [&str; 5] = ["ES256", "ES384", "RS256", "RS384", "RS512"];

/// What both documents have.
fn shared(addresses: &Addresses) -> Value {
    json!({
        "issuer": addresses.issuer,
        "jwks_uri": addresses.endpoint("jwks"),
        "authorization_endpoint": addresses.endpoint("authorize"),
        "token_endpoint": addresses.endpoint("token"),
        "introspection_endpoint": addresses.endpoint("introspect"),
        "revocation_endpoint": addresses.endpoint("revoke"),
        "userinfo_endpoint": addresses.endpoint("userinfo"),
        "grant_types_supported": GrantType::NAMES,
        "response_types_supported": ["code"],
        "response_modes_supported": ["query"],
        "scopes_supported": SCOPES,
        "code_challenge_methods_supported": ["S256"],
        "token_endpoint_auth_methods_supported": AUTHENTICATION,
        "token_endpoint_auth_signing_alg_values_supported": SIGNING,
        "introspection_endpoint_auth_methods_supported": AUTHENTICATION[..3],
        "introspection_endpoint_auth_signing_alg_values_supported": SIGNING,
        "revocation_endpoint_auth_methods_supported": AUTHENTICATION,
        "authorization_response_iss_parameter_supported": true,
    })
}

/// `.well-known/smart-configuration` below the FHIR base.
pub fn smart_configuration(addresses: &Addresses) -> Value {
    let mut document = shared(addresses);
    document["capabilities"] = json!(CAPABILITIES);
    document
}

/// `.well-known/openid-configuration` below the issuer.
pub fn openid_configuration(addresses: &Addresses) -> Value {
    let mut document = shared(addresses);
    document["subject_types_supported"] = json!(["public"]);
    document["id_token_signing_alg_values_supported"] = json!(["ES256"]);
    document["claims_supported"] = json!([
        "iss",
        "sub",
        "aud",
        "exp",
        "iat",
        "auth_time",
        "nonce",
        "at_hash",
        "name",
        "fhirUser",
        "vot",
        "vtm",
        "identity_proofing_level"
    ]);
    document["prompt_values_supported"] = json!(["none", "login", "consent", "select_account"]);
    document["request_parameter_supported"] = json!(false);
    document["request_uri_parameter_supported"] = json!(false);
    document["claims_parameter_supported"] = json!(false);
    document
}
