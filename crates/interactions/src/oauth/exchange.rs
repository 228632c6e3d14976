//! The token endpoint: codes, refresh tokens and signed assertions for access tokens.
//! Spec: OAuth 2.1 sections 4.1.3, 4.2, 4.3; SMART App Launch 2.2, "obtain access token" and "backend
//! services".

use ::store::{Kept, KeptChange, KeptExpected};
use access::{Context, Who};
use identity::oauth::{
    AccessToken, Client, Code, CodeRefused, ErrorCode, Grant, GrantType, Holder, IdToken,
    Parameters, RefreshToken, Rotated, SPENT_KEPT, subject_of,
};
use identity::secret_key;
use serde_json::{Value, json};

use super::client::{Proven, replayed};
use super::failure::{OauthFailure, refused};
use super::{ACCESS, CODE, GRANT, REFRESH, SECOND, change, is_secret, of_account, read};
use crate::app::App;
use crate::sign_in::session_kind;

/// What a `fhirContext` entry says of the other records of the same person.
const SAME_PERSON: &str = "urn:careloom:role:same-person";

impl App {
    /// The answer of the token endpoint, as JSON.
    pub async fn exchange(
        &self,
        authorization: Option<&str>,
        pairs: Vec<(String, String)>,
    ) -> Result<Value, OauthFailure> {
        let app = self.elevated();
        let form = Parameters::of(pairs)?;
        let grant_type = GrantType::of(&form)?;
        let proven = app.proven_client(authorization, &form).await?;
        if grant_type == GrantType::ClientCredentials {
            return app.serve_itself(proven, &form).await;
        }
        if let Some(once) = proven.once
            && !app.store.keep(vec![once]).await?
        {
            return Err(replayed());
        }
        if proven.client.is_service {
            let words = "the client is a service: its grant type is client_credentials";
            return Err(refused(ErrorCode::UnauthorizedClient, words));
        }
        match grant_type {
            GrantType::RefreshToken => app.refresh(&proven.client, &form).await,
            _ => app.redeem(&proven.client, &form).await,
        }
    }

    /// A service's token for itself.
    async fn serve_itself(&self, proven: Proven, form: &Parameters) -> Result<Value, OauthFailure> {
        let Proven { client, once } = proven;
        let Some(once) = once.filter(|_| client.is_service) else {
            let words = "client_credentials is for services that sign their assertions";
            return Err(refused(ErrorCode::UnauthorizedClient, words));
        };
        let invalid = |words: String| refused(ErrorCode::InvalidScope, words);
        let asked = self.scopes(form.required("scope")?).map_err(invalid)?;
        let allowed = self.scopes(&client.scope).map_err(invalid)?;
        let mut scopes = asked.narrowed_to(&allowed);
        scopes.plain.clear();
        scopes.data.retain(|scope| scope.context == Context::System);
        if scopes.data.is_empty() {
            return Err(invalid("none of the scopes can be granted to this service".to_owned()));
        }
        let now = self.clock.now();
        let secret = self.oauth_secret();
        let holder = Holder::Service(client.id);
        let token = AccessToken::new(holder, &scopes.to_string(), now, i64::MAX);
        // One write: an assertion counts where its token is kept.
        if !self.store.keep(vec![once, kept_access(&secret, &token)]).await? {
            return Err(replayed());
        }
        Ok(answer(&secret, &token, now))
    }

    /// A code for tokens.
    async fn redeem(&self, client: &Client, form: &Parameters) -> Result<Value, OauthFailure> {
        let unknown = || refused(ErrorCode::InvalidGrant, "the code is not known, or has expired");
        let secret = form.required("code")?;
        let key = Some(secret_key(secret)).filter(|_| is_secret(secret)).ok_or_else(unknown)?;
        let kept = self.store.kept(CODE, &key).await?.ok_or_else(unknown)?;
        let code: Code = read(&kept)?;
        let now = self.clock.now();
        let sent = (form.get("redirect_uri"), form.get("code_verifier"));
        let redeemed = match code.redeem(&client.id, sent.0, sent.1, now) {
            Ok(redeemed) => redeemed,
            Err(refusal) => return Err(self.spoil(&kept, refusal).await?),
        };
        let grant = redeemed.grant;
        let grant_key = format!("{}{}", of_account(&grant.session.account), self.oauth_secret());
        let issued = Issued::new(self, &grant_key, &grant, &grant.scope, now);
        let spent = Code::Spent { grant: Some(grant_key.clone()) };
        let mut changes = vec![
            change(CODE, &key, KeptExpected::Version(kept.version), &spent, now + SPENT_KEPT),
            change(GRANT, &grant_key, KeptExpected::Absent, &grant, grant.ends),
        ];
        changes.extend(issued.changes());
        if !self.store.keep(changes).await? {
            // Somebody else has used it at the same moment.
            let kept = self.store.kept(CODE, &key).await?.ok_or_else(unknown)?;
            let refusal = match read(&kept)? {
                Code::Spent { grant } => CodeRefused::Replayed { grant },
                Code::Fresh { .. } => return Err(unknown()),
            };
            return Err(self.spoil(&kept, refusal).await?);
        }
        let mut answer = self.answer_of(&issued, &grant, now).await?;
        if grant.has("openid") {
            let id_token = self.id_token(&grant, &issued, redeemed.nonce.as_deref(), now).await?;
            answer["id_token"] = json!(id_token);
        }
        Ok(answer)
    }

    /// Spends a code that did not hold, or takes back what a used one gave.
    async fn spoil(&self, kept: &Kept, refusal: CodeRefused) -> Result<OauthFailure, OauthFailure> {
        match &refusal {
            CodeRefused::Replayed { grant: Some(grant) } => {
                tracing::warn!("a code was used twice; what it gave is taken back");
                self.end_grant(grant).await?;
            }
            CodeRefused::Replayed { grant: None } => {}
            CodeRefused::Spoiled(_) => {
                let expected = KeptExpected::Version(kept.version);
                let until = self.clock.now() + SPENT_KEPT;
                let spent = Code::Spent { grant: None };
                self.store.keep(vec![change(CODE, &kept.key, expected, &spent, until)]).await?;
            }
        }
        Ok(refusal.error().into())
    }

    /// A refresh token for the next one and an access token.
    async fn refresh(&self, client: &Client, form: &Parameters) -> Result<Value, OauthFailure> {
        let words = "the refresh token is not known, or has ended";
        let unknown = || refused(ErrorCode::InvalidGrant, words);
        let secret = form.required("refresh_token")?;
        let key = Some(secret_key(secret)).filter(|_| is_secret(secret)).ok_or_else(unknown)?;
        let kept = self.store.kept(REFRESH, &key).await?.ok_or_else(unknown)?;
        let token: RefreshToken = read(&kept)?;
        let grant = self.live_grant(&token.grant).await?;
        let now = self.clock.now();
        let ends = grant.as_ref().map_or(now, |grant| grant.ends);
        let (spent, next) = match token.rotate(&client.id, now, ends) {
            Rotated::Next { spent, next } => (spent, next),
            Rotated::No => return Err(unknown()),
            Rotated::Reused => return Err(self.reused(&token).await?),
        };
        let grant = grant.ok_or_else(unknown)?;
        let scope = self.narrower(form.get("scope"), &grant)?;
        let mut issued = Issued::new(self, &token.grant, &grant, &scope, now);
        issued.refresh = Some((self.oauth_secret(), next));
        let expected = KeptExpected::Version(kept.version);
        let mut changes = vec![change(REFRESH, &key, expected, &spent, spent.expires)];
        changes.extend(issued.changes());
        if !self.store.keep(changes).await? {
            return Err(self.reused(&token).await?);
        }
        self.answer_of(&issued, &grant, now).await
    }

    /// A used refresh token came again: one of the two who have it has stolen it.
    async fn reused(&self, token: &RefreshToken) -> Result<OauthFailure, OauthFailure> {
        tracing::warn!(client = token.client, "a refresh token was used twice; its grant is ended");
        self.end_grant(&token.grant).await?;
        let words = "the refresh token was used before; the grant has ended";
        Ok(refused(ErrorCode::InvalidGrant, words))
    }

    /// The scopes of a refresh: those of the grant, or fewer.
    fn narrower(&self, asked: Option<&str>, grant: &Grant) -> Result<String, OauthFailure> {
        let Some(asked) = asked else { return Ok(grant.scope.clone()) };
        let invalid = |words: String| refused(ErrorCode::InvalidScope, words);
        let asked = self.scopes(asked).map_err(invalid)?;
        let granted = self.scopes(&grant.scope).map_err(invalid)?;
        if asked.within(&granted) {
            return Ok(asked.to_string());
        }
        Err(invalid("the scopes are more than those that were granted".to_owned()))
    }

    /// A grant that holds: it is there, its client is, and so is the session that it ends with.
    pub(super) async fn live_grant(&self, key: &str) -> Result<Option<Grant>, OauthFailure> {
        let Some(kept) = self.store.kept(GRANT, key).await? else { return Ok(None) };
        let grant: Grant = read(&kept)?;
        if let Some(session) = &grant.online
            && self.store.kept(session_kind(), session).await?.is_none()
        {
            return Ok(None);
        }
        Ok((self.clock.now() < grant.ends).then_some(grant))
    }

    /// What the app is told, with the context of its launch.
    async fn answer_of(
        &self,
        issued: &Issued,
        grant: &Grant,
        now: i64,
    ) -> Result<Value, OauthFailure> {
        let mut answer = answer(&issued.access.0, &issued.access.1, now);
        if let Some((secret, _)) = &issued.refresh {
            answer["refresh_token"] = json!(secret);
        }
        if let Some(patient) = &grant.launch.patient {
            answer["patient"] = json!(patient);
            answer["need_patient_banner"] = json!(true);
            let others = self.patients_of_launch(grant).await;
            let others: Vec<Value> = others
                .iter()
                .filter(|other| other.as_str() != patient)
                .map(|other| json!({"reference": format!("Patient/{other}"), "role": SAME_PERSON}))
                .collect();
            if !others.is_empty() {
                answer["fhirContext"] = json!(others);
            }
        }
        Ok(answer)
    }

    async fn id_token(
        &self,
        grant: &Grant,
        issued: &Issued,
        nonce: Option<&str>,
        now: i64,
    ) -> Result<String, OauthFailure> {
        let gone = || refused(ErrorCode::InvalidGrant, "the account is closed");
        let (account, caller) = self.holder_of(grant).await?.ok_or_else(gone)?;
        let addresses = self.addresses();
        let subject = subject_of(&self.signer().await?.salt, &account.name);
        let fhir_user = fhir_user(&caller.who, &addresses.fhir);
        let token = IdToken {
            issuer: &addresses.issuer,
            client: &grant.client,
            subject: &subject,
            signed_in: grant.session.begun.div_euclid(SECOND),
            vector: grant.session.vector,
            nonce,
            access_token: &issued.access.0,
            fhir_user: fhir_user.as_deref().filter(|_| grant.has("fhirUser")),
            name: Some(account.words.as_str()).filter(|_| grant.has("profile")),
            now: now.div_euclid(SECOND),
        };
        Ok(self.signed(&token.claims()).await?)
    }
}

/// The resource that somebody is.
pub(super) fn fhir_user(who: &Who, base: &str) -> Option<String> {
    match who {
        Who::Citizen(citizen) => Some(format!("{base}/Person/{}", citizen.person)),
        Who::Staff(staff) => Some(format!("{base}/Practitioner/{}", staff.practitioner)),
        _ => None,
    }
}

/// Tokens that are given together, each with its secret.
struct Issued {
    access: (String, AccessToken),
    refresh: Option<(String, RefreshToken)>,
}

impl Issued {
    fn new(app: &App, key: &str, grant: &Grant, scope: &str, now: i64) -> Issued {
        let holder = Holder::Grant(key.to_owned());
        let access = AccessToken::new(holder, scope, now, grant.ends);
        let is_lasting = grant.has("offline_access") || grant.has("online_access");
        let refresh = is_lasting.then(|| {
            let first = RefreshToken::first(key, &grant.client, now, grant.ends);
            (app.oauth_secret(), first)
        });
        Issued { access: (app.oauth_secret(), access), refresh }
    }

    fn changes(&self) -> Vec<KeptChange> {
        let mut changes = vec![kept_access(&self.access.0, &self.access.1)];
        changes.extend(self.refresh.as_ref().map(|(secret, token)| {
            change(REFRESH, &secret_key(secret), KeptExpected::Absent, token, token.expires)
        }));
        changes
    }
}

fn kept_access(secret: &str, token: &AccessToken) -> KeptChange {
    change(ACCESS, &secret_key(secret), KeptExpected::Absent, token, token.expires)
}

fn answer(secret: &str, token: &AccessToken, now: i64) -> Value {
    json!({
        "access_token": secret,
        "token_type": "Bearer",
        "expires_in": token.expires_in(now),
        "scope": token.scope,
    })
}
