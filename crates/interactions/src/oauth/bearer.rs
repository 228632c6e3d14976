//! The caller behind an access token: who has let the app in, and what the app was granted.

use std::sync::Arc;

use access::{AppGrant, Caller, Who};
use fhir::ResourceId;
use identity::oauth::{AccessToken, Grant, Holder};
use identity::secret_key;

use super::failure::OauthFailure;
use super::{ACCESS, is_secret, read};
use crate::app::App;
use crate::failure::Failure;
use crate::sign_in::Account;

/// An access token that holds.
#[derive(Clone, Debug)]
pub struct Bearer {
    /// Who it speaks for.
    pub caller: Caller,
    /// The client that it was given to.
    pub client: String,
    /// The token.
    pub(super) token: AccessToken,
    /// What it stands for, and whose it is; `None` for a service.
    pub(super) grant: Option<(Grant, Account)>,
}

impl App {
    /// What an access token stands for; `None` where it does not hold, whatever the reason.
    pub async fn bearer(&self, secret: &str) -> Result<Option<Bearer>, Failure> {
        let app = self.elevated();
        match app.bearer_of(secret).await {
            Ok(bearer) => Ok(bearer),
            Err(OauthFailure::Failed(failure)) => Err(failure),
            Err(OauthFailure::Refused(_)) => Ok(None),
        }
    }

    async fn bearer_of(&self, secret: &str) -> Result<Option<Bearer>, OauthFailure> {
        if !is_secret(secret) {
            return Ok(None);
        }
        let Some(kept) = self.store.kept(ACCESS, &secret_key(secret)).await? else {
            return Ok(None);
        };
        let token: AccessToken = read(&kept)?;
        if !token.is_live(self.clock.now()) {
            return Ok(None);
        }
        let (who, purpose, client, patients, grant) = match &token.holder {
            Holder::Service(client) => {
                let who = Who::Service { client: client.as_str().into() };
                (who, "HSYSADMIN", client.clone(), Vec::new(), None)
            }
            Holder::Grant(key) => {
                let Some(grant) = self.live_grant(key).await? else { return Ok(None) };
                let Some((account, caller)) = self.holder_of(&grant).await? else {
                    return Ok(None);
                };
                let patients = self.patients_of_launch(&grant).await;
                let client = grant.client.clone();
                (caller.who, caller.purpose, client, patients, Some((grant, account)))
            }
        };
        // What a client was registered for may have changed since.
        let Some(registered) = self.client(&client).await? else { return Ok(None) };
        if registered.is_service != grant.is_none() {
            return Ok(None);
        }
        let (Ok(granted), Ok(allowed)) =
            (self.scopes(&token.scope), self.scopes(&registered.scope))
        else {
            return Ok(None);
        };
        let scopes = granted.narrowed_to(&allowed);
        let app = Arc::new(AppGrant { client: client.as_str().into(), scopes, patients });
        let caller = Caller { who, app: Some(app), purpose };
        Ok(Some(Bearer { caller, client, token, grant }))
    }

    /// Whose a grant is; `None` where their account is closed or gone.
    pub(super) async fn holder_of(
        &self,
        grant: &Grant,
    ) -> Result<Option<(Account, Caller)>, OauthFailure> {
        let Some(account) = self.open_account(&grant.session.account).await? else {
            return Ok(None);
        };
        let caller = self.caller_of(&account, &grant.session).await?;
        Ok((caller.who != Who::Nobody).then_some((account, caller)))
    }

    /// The Patients that a launch is about: the one that the app was told of, and whoever else is the
    /// same person.
    pub(super) async fn patients_of_launch(&self, grant: &Grant) -> Vec<ResourceId> {
        let Some(patient) = grant.launch.patient.as_deref().and_then(ResourceId::parse) else {
            return Vec::new();
        };
        match self.person_of_patient(&patient).await {
            Some((_, patients)) => patients,
            None => vec![patient],
        }
    }
}
