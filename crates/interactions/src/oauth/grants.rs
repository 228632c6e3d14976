//! What people have agreed to: remembered for the next time, shown to them, and taken back.

use ::store::KeptExpected;
use access::Scopes;
use fhir::ResourceId;
use identity::oauth::{Client, Grant};
use serde::{Deserialize, Serialize};

use super::{CONSENT, GRANT, of_account, read, removal};
use crate::app::App;
use crate::failure::Failure;
use crate::sign_in::{Account, AccountKind, SignedIn};

/// Grants of one account that are shown at the most.
const SHOWN_MAX: usize = 200;

/// What a person has agreed to with a client.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub(super) struct Consent {
    pub(super) scope: String,
}

impl Consent {
    /// What it is kept under. People agree for one record, staff for their work with all.
    pub(super) fn key(client: &Client, account: &Account, patient: Option<&ResourceId>) -> String {
        let patient = match account.kind {
            AccountKind::Citizen { .. } => patient.map_or("", ResourceId::as_str),
            AccountKind::Staff { .. } => "",
        };
        let with = identity::secret_key(&format!("{}\n{patient}", client.id));
        format!("{}{with}", of_account(&account.name))
    }
}

/// An app that a person has let in.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct GrantedApp {
    /// Names it among the person's own.
    pub key: String,
    /// What it is called.
    pub client: String,
    /// What it may do.
    pub scopes: Scopes,
    /// When it was let in: microseconds since 1970.
    pub begun: i64,
    /// When it ends by itself.
    pub ends: i64,
}

impl App {
    /// Whether the person has agreed to all of this before.
    pub(super) async fn has_agreed(
        &self,
        client: &Client,
        signed_in: &SignedIn,
        patient: Option<&ResourceId>,
        scopes: &Scopes,
    ) -> Result<bool, Failure> {
        let key = Consent::key(client, &signed_in.account, patient);
        let Some(kept) = self.store.kept(CONSENT, &key).await? else { return Ok(false) };
        let consent: Consent = read(&kept)?;
        Ok(self.scopes(&consent.scope).is_ok_and(|agreed| scopes.within(&agreed)))
    }

    /// The apps that the person of this session has let in, newest first.
    pub async fn granted_apps(&self, session: &str) -> Result<Vec<GrantedApp>, Failure> {
        let app = self.elevated();
        let Some(signed_in) = app.signed_in(session).await? else { return Ok(Vec::new()) };
        let mut apps = Vec::new();
        for (key, grant) in app.grants_of(&signed_in.account.name).await? {
            let Some(client) = app.client(&grant.client).await? else { continue };
            apps.push(GrantedApp {
                key,
                client: client.name,
                scopes: app.scopes(&grant.scope).unwrap_or_default(),
                begun: grant.begun,
                ends: grant.ends,
            });
        }
        apps.sort_by_key(|app| std::cmp::Reverse(app.begun));
        Ok(apps)
    }

    /// Takes back what an app was granted, and that the person has agreed to it. False where it is not
    /// one of theirs.
    pub async fn withdraw_app(&self, session: &str, key: &str) -> Result<bool, Failure> {
        let app = self.elevated();
        let Some(signed_in) = app.signed_in(session).await? else { return Ok(false) };
        let grants = app.grants_of(&signed_in.account.name).await?;
        let Some((_, grant)) = grants.iter().find(|(known, _)| known == key) else {
            return Ok(false);
        };
        let mut changes = vec![removal(GRANT, key, KeptExpected::Any)];
        if let Some(client) = app.client(&grant.client).await? {
            let patient = grant.launch.patient.as_deref().and_then(ResourceId::parse);
            let consent = Consent::key(&client, &signed_in.account, patient.as_ref());
            changes.push(removal(CONSENT, &consent, KeptExpected::Any));
        }
        Ok(app.store.keep(changes).await?)
    }

    async fn grants_of(&self, account: &str) -> Result<Vec<(String, Grant)>, Failure> {
        let own = of_account(account);
        let kept = self.store.kept_after(GRANT, &own, SHOWN_MAX).await?;
        let own = kept.iter().take_while(|kept| kept.key.starts_with(&own));
        own.map(|kept| Ok((kept.key.to_string(), read(kept)?))).collect()
    }

    /// Ends a grant: its tokens are worth nothing from now on.
    pub(super) async fn end_grant(&self, key: &str) -> Result<(), Failure> {
        self.store.keep(vec![removal(GRANT, key, KeptExpected::Any)]).await?;
        Ok(())
    }
}
