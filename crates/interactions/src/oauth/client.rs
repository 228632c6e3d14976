//! Clients: registered by who runs the installation, known by their id, and proven at each use.

use ::store::{KeptChange, KeptExpected};
use access::{Duty, Scopes};
use fhir::IssueCode;
use identity::oauth::{
    Assertion, AssertionCheck, Client, ClientKind, Credentials, ErrorCode, Parameters,
};
use identity::secret_key;
use serde_json::Value;

use super::failure::{OauthFailure, refused};
use super::{CLIENT, JTI, ORIGIN, SECOND, change, read, removal};
use crate::app::App;
use crate::failure::{Category, Failure};

/// How a new client is to prove who it is.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum NewClientKind {
    /// Not at all.
    Public,
    /// By a secret, which is made here and shown once.
    Secret,
    /// By its keys, a JWKS.
    Keys(Value),
}

/// A client to be registered.
#[derive(Clone, Debug)]
pub struct NewClient {
    /// Its id; empty to have one made.
    pub id: String,
    /// What people know it as.
    pub name: String,
    /// How it proves who it is.
    pub kind: NewClientKind,
    /// Where codes may be sent.
    pub redirect_uris: Vec<String>,
    /// Where it is opened from a record.
    pub launch_uri: String,
    /// Origins of its pages, besides those of its addresses.
    pub origins: Vec<String>,
    /// The scopes that it may have at the most.
    pub scope: String,
    /// Whether it may ask about the tokens of others.
    pub may_introspect: bool,
    /// Whether it works without people.
    pub is_service: bool,
}

/// A client that was registered.
#[derive(Clone, Debug)]
pub struct Registered {
    /// The client.
    pub client: Client,
    /// Its secret, where it has one: it is shown now and never again.
    pub secret: Option<String>,
}

/// A client that has proven who it is.
pub(super) struct Proven {
    pub(super) client: Client,
    /// What must be written for its assertion to count; it fails where the assertion was used before.
    pub(super) once: Option<KeptChange>,
}

/// Clients of an installation at the most, when they are listed.
const LISTED_MAX: usize = 1_000;

impl App {
    /// Registers a client. Only for who runs the installation.
    pub async fn register_client(&self, new: NewClient) -> Result<Registered, Failure> {
        let app = self.on_duty(Duty::Settings)?;
        let wrong = |place: &str, words: String| {
            Failure::new(Category::Invalid, IssueCode::Value, place, words)
        };
        let secret = (new.kind == NewClientKind::Secret).then(|| app.oauth_secret());
        let kind = match (new.kind, &secret) {
            (NewClientKind::Keys(jwks), _) => ClientKind::Keys { jwks },
            (_, Some(secret)) => ClientKind::Secret { hash: secret_key(secret) },
            (_, None) => ClientKind::Public,
        };
        let id = if new.id.is_empty() { app.ids.secret().to_string() } else { new.id };
        let client = Client {
            id,
            name: new.name.trim().to_owned(),
            kind,
            redirect_uris: new.redirect_uris,
            launch_uri: new.launch_uri,
            origins: new.origins,
            scope: new.scope,
            may_introspect: new.may_introspect,
            is_service: new.is_service,
        };
        client.check().map_err(|error| wrong(error.place, error.words))?;
        app.scopes(&client.scope).map_err(|error| wrong("scope", error))?;
        let mut changes = vec![change(CLIENT, &client.id, KeptExpected::Absent, &client, i64::MAX)];
        for origin in client.all_origins() {
            changes.push(app.origin_with(&origin, &client.id, true).await?);
        }
        if app.store.keep(changes).await? {
            return Ok(Registered { client, secret });
        }
        let message = "there is a client of this id already";
        Err(Failure::new(Category::Conflict, IssueCode::Duplicate, "id", message))
    }

    /// All clients, by their ids.
    pub async fn clients(&self) -> Result<Vec<Client>, Failure> {
        let app = self.on_duty(Duty::Settings)?;
        app.all_clients().await
    }

    /// Takes a client away; its tokens are worth nothing from then on. False where there is none.
    pub async fn remove_client(&self, id: &str) -> Result<bool, Failure> {
        let app = self.on_duty(Duty::Settings)?;
        let Some(client) = app.client(id).await? else { return Ok(false) };
        let mut changes = vec![removal(CLIENT, id, KeptExpected::Any)];
        for origin in client.all_origins() {
            changes.push(app.origin_with(&origin, id, false).await?);
        }
        Ok(app.store.keep(changes).await?)
    }

    /// Whether pages of this origin belong to a client, so that browsers may let them read from here.
    pub async fn is_client_origin(&self, origin: &str) -> Result<bool, Failure> {
        if !identity::oauth::is_origin(origin) {
            return Ok(false);
        }
        Ok(self.elevated().store.kept(ORIGIN, origin).await?.is_some())
    }

    pub(super) async fn all_clients(&self) -> Result<Vec<Client>, Failure> {
        let kept = self.elevated().store.kept_after(CLIENT, "", LISTED_MAX).await?;
        kept.iter().map(read).collect()
    }

    /// The client of an id.
    pub(super) async fn client(&self, id: &str) -> Result<Option<Client>, Failure> {
        let kept = self.elevated().store.kept(CLIENT, id).await?;
        kept.map(|kept| read(&kept)).transpose()
    }

    /// Scopes read; what is wrong with them in words.
    pub(super) fn scopes(&self, text: &str) -> Result<Scopes, String> {
        let definitions = self.definitions();
        let scopes = Scopes::parse(text, &|name| definitions.resource_type(name))
            .map_err(|error| error.to_string())?;
        // A constraint that no search understands would let nothing through, and nobody would know why.
        let options = self.parse_options(::search::Handling::Strict);
        for scope in &scopes.data {
            let Some(resource_type) = scope.resource_type else { continue };
            let filter = access::Filter::Query(scope.constraint.clone());
            if filter.expression(definitions, resource_type, &options).is_none() {
                return Err(format!("the constraint of {scope} is no search of {resource_type}"));
            }
        }
        Ok(scopes)
    }

    /// The record of an origin with a client added or taken away.
    async fn origin_with(
        &self,
        origin: &str,
        id: &str,
        is_added: bool,
    ) -> Result<KeptChange, Failure> {
        let kept = self.store.kept(ORIGIN, origin).await?;
        let expected =
            kept.as_ref().map_or(KeptExpected::Absent, |kept| KeptExpected::Version(kept.version));
        let mut clients: Vec<String> =
            kept.map(|kept| read(&kept)).transpose()?.unwrap_or_default();
        clients.retain(|known| known != id);
        if is_added {
            clients.push(id.to_owned());
        }
        Ok(if clients.is_empty() {
            removal(ORIGIN, origin, KeptExpected::Any)
        } else {
            change(ORIGIN, origin, expected, &clients, i64::MAX)
        })
    }

    /// The client that sends this, if it proves who it is. What is told is the same for one that is not
    /// known and for one that is somebody else.
    pub(super) async fn proven_client(
        &self,
        header: Option<&str>,
        form: &Parameters,
    ) -> Result<Proven, OauthFailure> {
        let unknown = || {
            refused(
                ErrorCode::InvalidClient,
                "the client is not known, or this is not how it proves who it is",
            )
        };
        let credentials = Credentials::read(header, form)?;
        let (id, token) = match &credentials {
            Credentials::Id(id) | Credentials::Secret { id, .. } => (Some(id.clone()), None),
            Credentials::Assertion { id, token } => {
                let claimed = Assertion::claimed_client(token);
                if id.is_some() && *id != claimed {
                    return Err(unknown());
                }
                (claimed, Some(token))
            }
        };
        let client = match id {
            Some(id) => self.client(&id).await?,
            None => None,
        };
        let client = client.ok_or_else(unknown)?;
        credentials.are_of(&client)?;
        let Some(token) = token else { return Ok(Proven { client, once: None }) };
        let addresses = self.addresses();
        // SMART and OpenID Connect name the token endpoint; RFC 9126's successors the issuer, which is
        // as narrow here.
        let audience = [&*addresses.endpoint("token"), &*addresses.issuer];
        let now = self.clock.now().div_euclid(SECOND);
        let held = Assertion::check(token, &client, &AssertionCheck { audience: &audience, now })?;
        let key = secret_key(&format!("{}\n{}", client.id, held.jti));
        let until = held.remember_until.saturating_mul(SECOND);
        let once = change(JTI, &key, KeptExpected::Absent, &(), until);
        Ok(Proven { client, once: Some(once) })
    }

    /// The same, with its assertion counted at once.
    pub(super) async fn proven_at_once(
        &self,
        header: Option<&str>,
        form: &Parameters,
    ) -> Result<Client, OauthFailure> {
        let proven = self.proven_client(header, form).await?;
        if let Some(once) = proven.once
            && !self.elevated().store.keep(vec![once]).await?
        {
            return Err(replayed());
        }
        Ok(proven.client)
    }
}

pub(super) fn replayed() -> OauthFailure {
    refused(ErrorCode::InvalidClient, "client_assertion: its jti was used before")
}
