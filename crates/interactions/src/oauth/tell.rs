//! What tokens are told about: introspection (RFC 7662), userinfo (OpenID Connect Core section 5.3), and
//! taking them back (RFC 7009).

use ::store::KeptExpected;
use identity::oauth::{
    AccessToken, ErrorCode, Holder, Parameters, RefreshToken, proofing_level, subject_of,
};
use identity::secret_key;
use serde_json::{Value, json};

use super::exchange::fhir_user;
use super::failure::{OauthFailure, refused};
use super::{ACCESS, REFRESH, SECOND, is_secret, read, removal};
use crate::app::App;

impl App {
    /// What a client may know of a token: of its own, or of any where it is registered to ask.
    pub async fn introspect(
        &self,
        authorization: Option<&str>,
        pairs: Vec<(String, String)>,
    ) -> Result<Value, OauthFailure> {
        let app = self.elevated();
        let form = Parameters::of(pairs)?;
        let asking = app.proven_at_once(authorization, &form).await?;
        if !asking.is_confidential() {
            let words = "only a client that proves who it is may ask about tokens";
            return Err(refused(ErrorCode::UnauthorizedClient, words));
        }
        let found = app.bearer(form.required("token")?).await?;
        let found = found.filter(|found| asking.may_introspect || found.client == asking.id);
        let Some(bearer) = found else { return Ok(json!({"active": false})) };
        let addresses = app.addresses();
        let mut answer = json!({
            "active": true,
            "scope": bearer.token.scope,
            "client_id": bearer.client,
            "token_type": "Bearer",
            "exp": bearer.token.expires.div_euclid(SECOND),
            "iat": bearer.token.issued.div_euclid(SECOND),
            "iss": addresses.issuer,
            "aud": addresses.fhir,
            "sub": bearer.client,
        });
        if let Some((grant, account)) = &bearer.grant {
            answer["sub"] = json!(subject_of(&app.signer().await?.salt, &account.name));
            if let Some(patient) = &grant.launch.patient {
                answer["patient"] = json!(patient);
            }
            if let Some(user) = fhir_user(&bearer.caller.who, &addresses.fhir)
                && grant.has("fhirUser")
            {
                answer["fhirUser"] = json!(user);
            }
        }
        Ok(answer)
    }

    /// Who has let the app in, as far as its scopes let it know.
    pub async fn userinfo(&self, secret: &str) -> Result<Value, OauthFailure> {
        let app = self.elevated();
        let invalid = || refused(ErrorCode::InvalidToken, "the token is not known or has expired");
        let bearer = app.bearer(secret).await?.ok_or_else(invalid)?;
        let has = |scope: &str| bearer.token.scope.split(' ').any(|one| one == scope);
        let Some((grant, account)) = bearer.grant.as_ref().filter(|_| has("openid")) else {
            return Err(refused(
                ErrorCode::InsufficientScope,
                "the token has not the scope openid",
            ));
        };
        let mut answer = json!({
            "sub": subject_of(&app.signer().await?.salt, &account.name),
            "identity_proofing_level": proofing_level(grant.session.vector.level),
        });
        if has("profile") {
            answer["name"] = json!(account.words);
        }
        if let Some(user) = fhir_user(&bearer.caller.who, &app.addresses().fhir)
            && has("fhirUser")
        {
            answer["fhirUser"] = json!(user);
        }
        Ok(answer)
    }

    /// Takes a token back (RFC 7009): a refresh token with all that came of its grant. Whether there was
    /// one is not told.
    pub async fn revoke(
        &self,
        authorization: Option<&str>,
        pairs: Vec<(String, String)>,
    ) -> Result<(), OauthFailure> {
        let app = self.elevated();
        let form = Parameters::of(pairs)?;
        let client = app.proven_at_once(authorization, &form).await?;
        let secret = form.required("token")?;
        if !is_secret(secret) {
            return Ok(());
        }
        let key = secret_key(secret);
        if let Some(kept) = app.store.kept(REFRESH, &key).await? {
            let token: RefreshToken = read(&kept)?;
            if token.client == client.id {
                app.end_grant(&token.grant).await?;
            }
            return Ok(());
        }
        if let Some(kept) = app.store.kept(ACCESS, &key).await? {
            let token: AccessToken = read(&kept)?;
            if app.client_of(&token).await?.as_ref() == Some(&client.id) {
                app.store.keep(vec![removal(ACCESS, &key, KeptExpected::Any)]).await?;
            }
        }
        Ok(())
    }

    /// The id of the client that an access token was given to.
    pub(super) async fn client_of(
        &self,
        token: &AccessToken,
    ) -> Result<Option<String>, OauthFailure> {
        match &token.holder {
            Holder::Service(client) => Ok(Some(client.clone())),
            Holder::Grant(key) => Ok(self.live_grant(key).await?.map(|grant| grant.client)),
        }
    }
}
