//! Signing in by a provider elsewhere, such as NHS login: what is sent to it, and what of its answers is
//! believed. Spec: OpenID Connect Core sections 3.1 and 9; NHS login's "interface specification" (`vtr`,
//! `vot`, `identity_proofing_level`, RS512 at the token endpoint).

use serde::{Deserialize, Serialize};
use serde_json::{Value, json};

use super::{ASSERTION_TYPE, ErrorCode, OauthError, Parameters, pkce, redirect_back};
use crate::jwt::{self, Algorithm, Expected, KeySet};
use crate::level::{Level, Vector};

/// Seconds that our assertion holds.
const ASSERTION_LIFETIME: i64 = 240;
/// Seconds that a provider's id token may hold.
const ID_TOKEN_LIFETIME_MAX: i64 = 24 * 60 * 60;

/// A provider, as its discovery document has it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct OutsideProvider {
    /// Who issues its tokens.
    pub issuer: String,
    /// Where people are sent.
    pub authorization_endpoint: String,
    /// Where codes become tokens.
    pub token_endpoint: String,
    /// Where its keys are.
    pub jwks_uri: String,
}

/// What we are to the provider.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct OutsideClient {
    /// Our id there.
    pub id: String,
    /// Where people come back to.
    pub redirect_uri: String,
    /// What is asked for: `openid profile`.
    pub scope: String,
    /// The vectors of trust that are asked for, as JSON: `["P9.Cp.Cd","P9.Cm"]`; empty for none.
    pub vtr: String,
}

/// Somebody who was sent to the provider; kept until they come back.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Outgoing {
    /// What the id token must repeat.
    pub nonce: String,
    /// What the challenge was made of.
    pub verifier: String,
    /// The page of ours that they wanted.
    pub to: String,
}

/// Who somebody is, by the provider's word.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct OutsidePerson {
    /// Its name for them.
    pub subject: String,
    /// How well they are known, and how they signed in.
    pub vector: Vector,
    /// Their NHS number, where the provider gives it.
    pub nhs_number: Option<String>,
    /// Their date of birth: `1958-02-14`.
    pub born: Option<String>,
}

fn refused(words: impl Into<String>) -> OauthError {
    OauthError::new(ErrorCode::InvalidGrant, words)
}

impl OutsideProvider {
    /// Reads a discovery document, which must be of this issuer and name its own endpoints.
    pub fn from_discovery(issuer: &str, document: &Value) -> Result<OutsideProvider, OauthError> {
        let text = |name: &str| {
            let text = document.get(name).and_then(Value::as_str).map(ToOwned::to_owned);
            text.ok_or_else(|| refused(format!("the provider's discovery document has no {name}")))
        };
        if text("issuer")? != issuer {
            return Err(refused("the provider's discovery document is of another issuer"));
        }
        let provider = OutsideProvider {
            issuer: issuer.to_owned(),
            authorization_endpoint: text("authorization_endpoint")?,
            token_endpoint: text("token_endpoint")?,
            jwks_uri: text("jwks_uri")?,
        };
        let all = [&provider.authorization_endpoint, &provider.token_endpoint, &provider.jwks_uri];
        if all.iter().all(|uri| super::origin_of(uri).is_some()) {
            return Ok(provider);
        }
        Err(refused("an endpoint of the provider is neither https nor http on this machine"))
    }

    /// Where to send somebody.
    pub fn authorization_url(
        &self,
        client: &OutsideClient,
        state: &str,
        outgoing: &Outgoing,
    ) -> String {
        let challenge = pkce::challenge_of(&outgoing.verifier);
        let mut pairs = vec![
            ("response_type", "code"),
            ("client_id", client.id.as_str()),
            ("redirect_uri", client.redirect_uri.as_str()),
            ("scope", client.scope.as_str()),
            ("state", state),
            ("nonce", outgoing.nonce.as_str()),
            ("code_challenge", challenge.as_str()),
            ("code_challenge_method", "S256"),
        ];
        if !client.vtr.is_empty() {
            pairs.push(("vtr", &client.vtr));
        }
        redirect_back(&self.authorization_endpoint, &pairs)
    }

    /// The code of somebody who has come back; the provider's refusal, or an answer of somebody else's.
    pub fn code_of<'p>(&self, parameters: &'p Parameters) -> Result<&'p str, OauthError> {
        // Where a provider says who it is, it must be this one (RFC 9207, section 2.4).
        if parameters.get("iss").is_some_and(|issuer| issuer != self.issuer) {
            return Err(refused("the answer is of another provider"));
        }
        if let Some(error) = parameters.get("error") {
            let shown: String = error.chars().take(60).collect();
            return Err(OauthError::new(
                ErrorCode::AccessDenied,
                format!("the provider said {shown}"),
            ));
        }
        parameters.required("code")
    }

    /// The claims by which we prove who we are.
    pub fn assertion(&self, client: &OutsideClient, jti: &str, now: i64) -> Value {
        json!({
            "iss": client.id,
            "sub": client.id,
            "aud": self.token_endpoint,
            "jti": jti,
            "iat": now,
            "exp": now + ASSERTION_LIFETIME,
        })
    }

    /// The form that is sent for tokens.
    pub fn token_form(
        client: &OutsideClient,
        code: &str,
        verifier: &str,
        assertion: &str,
    ) -> String {
        let pairs = [
            ("grant_type", "authorization_code"),
            ("code", code),
            ("redirect_uri", client.redirect_uri.as_str()),
            ("code_verifier", verifier),
            ("client_id", client.id.as_str()),
            ("client_assertion_type", ASSERTION_TYPE),
            ("client_assertion", assertion),
        ];
        redirect_back("", &pairs)[1..].to_owned()
    }

    /// Who an id token speaks of, if it is the provider's, for us, and for this very sign-in.
    pub fn person_of(
        &self,
        id_token: &str,
        keys: &KeySet,
        client: &OutsideClient,
        nonce: &str,
        now: i64,
    ) -> Result<OutsidePerson, OauthError> {
        let wrong = |refusal: jwt::Refusal| refused(format!("the provider's id token: {refusal}"));
        let signed = jwt::verify(id_token, keys, &Algorithm::ALL).map_err(wrong)?;
        let audience = [client.id.as_str()];
        let expected = Expected {
            lifetime_max: Some(ID_TOKEN_LIFETIME_MAX),
            ..Expected::new(&self.issuer, &audience, now)
        };
        let claims = signed.claims(&expected).map_err(wrong)?;
        if !claims
            .text("nonce")
            .is_some_and(|sent| crate::same_secret(sent.as_bytes(), nonce.as_bytes()))
        {
            return Err(refused("the provider's id token has another nonce"));
        }
        // For several readers, it must be said that it was made for us (OpenID Connect Core, 3.1.3.7).
        let party = claims.text("azp");
        if (claims.audience.len() > 1 && party.is_none())
            || party.is_some_and(|azp| azp != client.id)
        {
            return Err(refused("the provider's id token was made for another client"));
        }
        let Some(subject) = claims.subject.clone().filter(|subject| !subject.is_empty()) else {
            return Err(refused("the provider's id token has no sub"));
        };
        let named = |name: &str| claims.text(name).map(ToOwned::to_owned);
        Ok(OutsidePerson {
            subject,
            vector: vector_of(claims.text("vot"), claims.text("identity_proofing_level")),
            nhs_number: named("nhs_number").filter(|number| is_nhs_number(number)),
            born: named("birthdate"),
        })
    }
}

/// The lower of what two claims say; what is not understood proves nothing.
fn vector_of(vot: Option<&str>, proofing: Option<&str>) -> Vector {
    let vector = vot.and_then(Vector::parse).unwrap_or_default();
    match proofing {
        None => vector,
        Some(proofing) => {
            let level = Level::parse(proofing).unwrap_or_default().min(vector.level);
            Vector { level, ..vector }
        }
    }
}

fn is_nhs_number(text: &str) -> bool {
    text.len() == 10 && text.bytes().all(|b| b.is_ascii_digit())
}
