//! What an app asks for at the authorization endpoint, and where the answer goes.
//! Spec: OAuth 2.1 section 4.1.1, RFC 9207, OpenID Connect Core section 3.1.2; SMART App Launch 2.2,
//! "obtain authorization code".

use serde::{Deserialize, Serialize};

use super::{Addresses, Client, ErrorCode, OauthError, Parameters, pkce};

/// Bytes of `state`, `nonce` and `launch` at the most.
const OPAQUE_MAX: usize = 2_000;

/// Whether the person may be asked.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub enum Prompt {
    /// Where it is needed.
    #[default]
    Needed,
    /// Never: `none`.
    Never,
    /// They sign in again: `login`.
    SignIn,
    /// They agree again: `consent`.
    Consent,
}

/// A request that may be answered by a redirect.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct AuthorizationRequest {
    /// The client.
    pub client: String,
    /// Where the answer goes: one of the client's.
    pub redirect_uri: String,
    /// The scopes that were asked for.
    pub scope: String,
    /// Given back as it came.
    pub state: String,
    /// What the id token repeats.
    pub nonce: Option<String>,
    /// The challenge of S256.
    pub challenge: String,
    /// What the record gave the app when it opened it.
    pub launch: Option<String>,
    /// Whether the person may be asked.
    pub prompt: Prompt,
    /// Seconds since the person signed in at the most.
    pub max_age: Option<i64>,
}

/// Why a request is refused.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Refused {
    /// It is not certain where an answer belongs, so it is said on a page and sent nowhere.
    Here(OauthError),
    /// By this redirect.
    Back {
        /// The whole address, with the error in it.
        location: String,
        /// The error.
        error: OauthError,
    },
}

impl AuthorizationRequest {
    /// The client that a request names; what it says of itself is not believed further than that.
    pub fn client_of(parameters: &Parameters) -> Option<&str> {
        parameters.get("client_id")
    }

    /// Reads a request of the client that it names, if there is one.
    pub fn read(
        parameters: &Parameters,
        client: Option<&Client>,
        addresses: &Addresses,
    ) -> Result<AuthorizationRequest, Refused> {
        let here =
            |words: &str| Err(Refused::Here(OauthError::new(ErrorCode::InvalidRequest, words)));
        let named = AuthorizationRequest::client_of(parameters);
        let Some(client) = client.filter(|client| named == Some(client.id.as_str())) else {
            return here("client_id is not of a client that is registered here");
        };
        let Some(redirect_uri) = parameters.get("redirect_uri") else {
            return here("the request has no redirect_uri");
        };
        if !client.redirect_uris.iter().any(|known| known == redirect_uri) {
            return here(
                "redirect_uri is not one that the client has registered, letter for letter",
            );
        }
        let state = parameters.get("state").filter(|state| state.len() <= OPAQUE_MAX);
        let read = rest(parameters, client, redirect_uri, addresses);
        read.map_err(|error| {
            let location = error_location(redirect_uri, &error, state, addresses);
            Refused::Back { location, error }
        })
    }

    /// The redirect that carries a code.
    pub fn granted(&self, code: &str, addresses: &Addresses) -> String {
        let pairs = [("code", code), ("state", &self.state), ("iss", &addresses.issuer)];
        redirect_back(&self.redirect_uri, &pairs)
    }

    /// The redirect that says no.
    pub fn refused(&self, error: &OauthError, addresses: &Addresses) -> String {
        error_location(&self.redirect_uri, error, Some(&self.state), addresses)
    }

    /// Whether a plain scope was asked for.
    pub fn asks_for(&self, scope: &str) -> bool {
        self.scope.split(' ').any(|one| one == scope)
    }
}

fn error_location(
    redirect_uri: &str,
    error: &OauthError,
    state: Option<&str>,
    addresses: &Addresses,
) -> String {
    let mut pairs =
        vec![("error", error.code.as_str()), ("error_description", error.description.as_str())];
    pairs.extend(state.map(|state| ("state", state)));
    pairs.push(("iss", &addresses.issuer));
    redirect_back(redirect_uri, &pairs)
}

/// Everything but the client and its address.
fn rest(
    parameters: &Parameters,
    client: &Client,
    redirect_uri: &str,
    addresses: &Addresses,
) -> Result<AuthorizationRequest, OauthError> {
    let refused = |code, words: &str| Err(OauthError::new(code, words));
    if client.is_service {
        return refused(
            ErrorCode::UnauthorizedClient,
            "the client is a service: it works without people",
        );
    }
    if parameters.get("request").or(parameters.get("request_uri")).is_some() {
        return refused(ErrorCode::RequestNotSupported, "request objects are not taken here");
    }
    if parameters.required("response_type")? != "code" {
        return refused(ErrorCode::UnsupportedResponseType, "response_type is code");
    }
    if parameters.get("response_mode").is_some_and(|mode| mode != "query") {
        return refused(ErrorCode::InvalidRequest, "response_mode is query");
    }
    let state = opaque(parameters, "state")?;
    let Some(state) = state else {
        return refused(
            ErrorCode::InvalidRequest,
            "the request has no state, which SMART asks for",
        );
    };
    // A request that gives no method means plain (RFC 7636, section 4.3).
    if parameters.get("code_challenge_method") != Some("S256") {
        return refused(ErrorCode::InvalidRequest, "code_challenge_method is S256");
    }
    let challenge = parameters.required("code_challenge")?;
    if !pkce::is_challenge(challenge) {
        return refused(ErrorCode::InvalidRequest, "code_challenge is 43 letters of base64url");
    }
    let scope = parameters.required("scope")?.to_owned();
    check_audience(parameters, &scope, addresses)?;
    let launch = opaque(parameters, "launch")?;
    let asks_launch = scope.split(' ').any(|one| one == "launch");
    if asks_launch != launch.is_some() {
        return refused(
            ErrorCode::InvalidRequest,
            "the scope launch and the parameter launch go together",
        );
    }
    Ok(AuthorizationRequest {
        client: client.id.clone(),
        redirect_uri: redirect_uri.to_owned(),
        scope,
        state,
        nonce: opaque(parameters, "nonce")?,
        challenge: challenge.to_owned(),
        launch,
        prompt: prompt(parameters)?,
        max_age: max_age(parameters)?,
    })
}

fn opaque(parameters: &Parameters, name: &str) -> Result<Option<String>, OauthError> {
    match parameters.get(name) {
        Some(value) if value.len() > OPAQUE_MAX => Err(OauthError::new(
            ErrorCode::InvalidRequest,
            format!("{name} has {OPAQUE_MAX} bytes at the most"),
        )),
        value => Ok(value.map(ToOwned::to_owned)),
    }
}

/// A token must not be asked for here and used elsewhere, so whoever asks for data says of which server.
fn check_audience(
    parameters: &Parameters,
    scope: &str,
    addresses: &Addresses,
) -> Result<(), OauthError> {
    let is_ours = |aud: &str| aud.strip_suffix('/').unwrap_or(aud) == addresses.fhir;
    let named = [parameters.get("aud"), parameters.get("resource")];
    let asks_data = scope.split(' ').any(|one| one.contains('/') || one == "launch");
    let mut named = named.into_iter().flatten().peekable();
    if asks_data && named.peek().is_none() {
        return Err(OauthError::new(
            ErrorCode::InvalidRequest,
            "the request has no aud: the FHIR base",
        ));
    }
    if named.all(is_ours) {
        return Ok(());
    }
    Err(OauthError::new(ErrorCode::InvalidTarget, "aud is not the FHIR base of this server"))
}

fn prompt(parameters: &Parameters) -> Result<Prompt, OauthError> {
    let Some(prompt) = parameters.get("prompt") else { return Ok(Prompt::Needed) };
    let asked: Vec<&str> = prompt.split(' ').filter(|one| !one.is_empty()).collect();
    let refused = |words: &str| Err(OauthError::new(ErrorCode::InvalidRequest, words));
    if asked.contains(&"none") && asked.len() > 1 {
        return refused("prompt is none, or others");
    }
    match asked.as_slice() {
        ["none"] => Ok(Prompt::Never),
        all if all.iter().any(|one| !matches!(*one, "login" | "consent" | "select_account")) => {
            refused("prompt is none, login, consent or select_account")
        }
        // Who signs in again is asked again, too.
        all if all.iter().any(|one| *one != "consent") => Ok(Prompt::SignIn),
        _ => Ok(Prompt::Consent),
    }
}

fn max_age(parameters: &Parameters) -> Result<Option<i64>, OauthError> {
    let Some(text) = parameters.get("max_age") else { return Ok(None) };
    match text.parse::<u32>() {
        Ok(seconds) => Ok(Some(i64::from(seconds))),
        Err(_) => Err(OauthError::new(ErrorCode::InvalidRequest, "max_age is a number of seconds")),
    }
}

/// An address with these pairs added to its query.
pub fn redirect_back(redirect_uri: &str, pairs: &[(&str, &str)]) -> String {
    let mut location = redirect_uri.to_owned();
    let mut before = if redirect_uri.contains('?') { '&' } else { '?' };
    for (name, value) in pairs {
        location.push(before);
        location.push_str(name);
        location.push('=');
        escape(value, &mut location);
        before = '&';
    }
    location
}

fn escape(value: &str, out: &mut String) {
    for byte in value.bytes() {
        if byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'.' | b'_' | b'~') {
            out.push(char::from(byte));
        } else {
            out.push_str(&format!("%{byte:02X}"));
        }
    }
}
