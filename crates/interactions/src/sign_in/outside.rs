//! Signing in by a provider elsewhere, such as NHS login: people are sent there, come back with a code,
//! and get a session here with the level that the provider vouches for.
//!
//! Whose record is theirs is not the provider's to say: an account is linked to the provider's name for
//! them by who runs the installation, or at P9 by NHS number and date of birth together, where both stand
//! in one person's record here. Spec: `docs/oauth.md`, "an outside provider".

use std::sync::{Arc, Mutex, PoisonError};

use ::store::{KeptChange, KeptExpected};
use access::Duty;
use async_trait::async_trait;
use fhir::IssueCode;
use identity::jwt::{KeySet, SigningKey};
use identity::level::Level;
use identity::oauth::{
    OauthError, Outgoing, OutsideClient, OutsidePerson, OutsideProvider, Parameters,
};
use identity::secret_key;
use identity::session::Session;
use ring::rand::SystemRandom;
use serde_json::Value;

use super::account::{self, Account};
use super::{SignIn, read, removal, written};
use crate::app::App;
use crate::failure::{Category, Failure};
use crate::record::{FoundPerson, PeopleQuery};

const OUTGOING: &str = "outside-outgoing";
const SUBJECT: &str = "outside-subject";
const SECOND: i64 = 1_000_000;
/// Microseconds that somebody may be away.
const AWAY: i64 = 60 * 60 * SECOND;
/// Microseconds that a discovery document is believed without being read again.
const KNOWN_FOR: i64 = 60 * 60 * SECOND;

/// What talks to the provider; whoever puts the program together has the network.
#[async_trait]
pub trait Fetch: Send + Sync + 'static {
    /// The body of a GET; an error in words where it is not answered with 200.
    async fn get(&self, url: &str) -> Result<Vec<u8>, String>;

    /// The body of a POST of a form; the same.
    async fn post_form(&self, url: &str, form: String) -> Result<Vec<u8>, String>;
}

/// A provider that people may sign in by.
pub struct Outside {
    /// What people know it as: `NHS login`.
    pub title: String,
    /// Its issuer, below which its discovery document stands.
    pub issuer: String,
    /// What we are to it.
    pub client: OutsideClient,
    /// The key by which we prove who we are.
    pub key: SigningKey,
    /// What talks to it.
    pub fetch: Arc<dyn Fetch>,
    known: Mutex<Option<(OutsideProvider, i64)>>,
}

/// Somebody who is sent to the provider.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct OutsideBegun {
    /// Where to.
    pub location: String,
    /// What their browser keeps, and only theirs.
    pub state: String,
}

/// What came of it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum OutsideEnd {
    /// They have a session.
    Done {
        /// Its token.
        token: String,
        /// The page that they wanted.
        to: String,
    },
    /// It is proven who they are, and nobody here is that person for certain.
    Stranger,
    /// It is not proven.
    Refused(OauthError),
}

impl std::fmt::Debug for Outside {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Outside").field("issuer", &self.issuer).finish_non_exhaustive()
    }
}

impl Outside {
    /// A provider, of which nothing is asked before it is needed.
    pub fn new(
        title: String,
        issuer: String,
        client: OutsideClient,
        key: SigningKey,
        fetch: Arc<dyn Fetch>,
    ) -> Outside {
        Outside { title, issuer, client, key, fetch, known: Mutex::new(None) }
    }

    async fn json(&self, url: &str) -> Result<Value, Failure> {
        let body = self.fetch.get(url).await.map_err(|words| away(&words))?;
        serde_json::from_slice(&body).map_err(|error| away(&error.to_string()))
    }

    async fn provider(&self, now: i64) -> Result<OutsideProvider, Failure> {
        let known = self.known.lock().unwrap_or_else(PoisonError::into_inner).clone();
        if let Some((provider, read)) = known
            && (0..KNOWN_FOR).contains(&(now - read))
        {
            return Ok(provider);
        }
        let url = format!("{}/.well-known/openid-configuration", self.issuer.trim_end_matches('/'));
        let document = self.json(&url).await?;
        let provider = OutsideProvider::from_discovery(&self.issuer, &document)
            .map_err(|error| away(&error.description))?;
        *self.known.lock().unwrap_or_else(PoisonError::into_inner) = Some((provider.clone(), now));
        Ok(provider)
    }
}

/// The provider cannot be asked, or answers what no provider does.
fn away(words: &str) -> Failure {
    tracing::warn!(words, "the provider of sign-in cannot be asked");
    let message = "the provider of sign-in cannot be asked at present; try again later";
    Failure::plain(Category::Unavailable, IssueCode::Transient, message)
}

fn subject_key(issuer: &str, subject: &str) -> String {
    secret_key(&format!("{issuer}\n{subject}"))
}

impl App {
    /// Sends somebody to the provider. `to` is the page of ours that they want.
    pub async fn begin_outside(
        &self,
        outside: &Outside,
        to: &str,
    ) -> Result<OutsideBegun, Failure> {
        let app = self.elevated();
        let now = app.clock.now();
        let provider = outside.provider(now).await?;
        let state = app.token();
        let outgoing = Outgoing { nonce: app.token(), verifier: app.verifier(), to: to.to_owned() };
        let kept = KeptChange {
            kind: OUTGOING.into(),
            key: secret_key(&state).into(),
            expected: KeptExpected::Absent,
            becomes: Some((written(&outgoing), now + AWAY)),
        };
        app.store.keep(vec![kept]).await?;
        let location = provider.authorization_url(&outside.client, &state, &outgoing);
        Ok(OutsideBegun { location, state })
    }

    /// Somebody has come back with these parameters, in the browser that keeps this state.
    pub async fn finish_outside(
        &self,
        outside: &Outside,
        pairs: Vec<(String, String)>,
        state: &str,
    ) -> Result<OutsideEnd, Failure> {
        let app = self.elevated();
        let refused = |words: &str| {
            let code = identity::oauth::ErrorCode::InvalidRequest;
            Ok(OutsideEnd::Refused(OauthError::new(code, words)))
        };
        let parameters = match Parameters::of(pairs) {
            Ok(parameters) => parameters,
            Err(error) => return Ok(OutsideEnd::Refused(error)),
        };
        let sent = parameters.get("state").unwrap_or_default();
        if state.is_empty() || !identity::same_secret(sent.as_bytes(), state.as_bytes()) {
            return refused("this answer was not asked for in this browser");
        }
        let key = secret_key(state);
        let Some(kept) = app.store.kept(OUTGOING, &key).await? else {
            return refused("this answer came before, or too late");
        };
        let outgoing: Outgoing = read(&kept)?;
        // One answer is looked at, whatever it says.
        let spent =
            KeptChange { expected: KeptExpected::Version(kept.version), ..removal(OUTGOING, &key) };
        if !app.store.keep(vec![spent]).await? {
            return refused("this answer came before");
        }
        let provider = outside.provider(app.clock.now()).await?;
        let code = match provider.code_of(&parameters) {
            Ok(code) => code,
            Err(error) => return Ok(OutsideEnd::Refused(error)),
        };
        match app.vouched_for(outside, &provider, code, &outgoing).await? {
            Ok(person) => app.begin_for(outside, &person, outgoing.to).await,
            Err(error) => Ok(OutsideEnd::Refused(error)),
        }
    }

    /// Says that the provider's name for somebody is this account's. Only for who runs the installation.
    pub async fn link_outside(
        &self,
        issuer: &str,
        subject: &str,
        account: &str,
    ) -> Result<(), Failure> {
        let app = self.on_duty(Duty::Settings)?;
        let Some(account) = app.open_account(account).await? else {
            let message = "there is no account of this name";
            return Err(Failure::new(Category::NotFound, IssueCode::NotFound, "account", message));
        };
        app.store.keep(vec![link(&subject_key(issuer, subject), &account.name)]).await?;
        Ok(())
    }

    /// A PKCE verifier: 43 letters that nobody can guess (RFC 7636, section 4.1).
    fn verifier(&self) -> String {
        identity::oauth::pkce::challenge_of(&self.token())
    }

    /// Who the code stands for, by the provider's word.
    async fn vouched_for(
        &self,
        outside: &Outside,
        provider: &OutsideProvider,
        code: &str,
        outgoing: &Outgoing,
    ) -> Result<Result<OutsidePerson, OauthError>, Failure> {
        let now = self.clock.now().div_euclid(SECOND);
        let claims = provider.assertion(&outside.client, &self.token(), now);
        let signed = outside.key.sign("JWT", &claims, &SystemRandom::new());
        let assertion = signed.map_err(|error| away(&error.to_string()))?;
        let form =
            OutsideProvider::token_form(&outside.client, code, &outgoing.verifier, &assertion);
        let body = match outside.fetch.post_form(&provider.token_endpoint, form).await {
            Ok(body) => body,
            Err(words) => {
                tracing::warn!(words, "the provider of sign-in gave no tokens");
                let code = identity::oauth::ErrorCode::InvalidGrant;
                return Ok(Err(OauthError::new(code, "the provider gave no tokens for this code")));
            }
        };
        let answer: Value =
            serde_json::from_slice(&body).map_err(|error| away(&error.to_string()))?;
        let id_token = answer.get("id_token").and_then(Value::as_str).unwrap_or_default();
        let keys = outside.json(&provider.jwks_uri).await?;
        let (keys, _) = KeySet::from_jwks(&keys).map_err(|error| away(&error.to_string()))?;
        Ok(provider.person_of(id_token, &keys, &outside.client, &outgoing.nonce, now))
    }

    async fn begin_for(
        &self,
        outside: &Outside,
        person: &OutsidePerson,
        to: String,
    ) -> Result<OutsideEnd, Failure> {
        let Some(account) = self.account_vouched_for(outside, person).await? else {
            return Ok(OutsideEnd::Stranger);
        };
        let session = Session::begin(&account.name, person.vector, self.token(), self.clock.now());
        match self.replace_session(None, &session).await? {
            SignIn::Done { token } => Ok(OutsideEnd::Done { token, to }),
            _ => Ok(OutsideEnd::Stranger),
        }
    }

    /// The account of a person: the one that is linked, or at P9 a new one for the one person whose record
    /// has their NHS number and date of birth.
    async fn account_vouched_for(
        &self,
        outside: &Outside,
        person: &OutsidePerson,
    ) -> Result<Option<Account>, Failure> {
        let key = subject_key(&outside.issuer, &person.subject);
        if let Some(kept) = self.store.kept(SUBJECT, &key).await? {
            let name: String = read(&kept)?;
            return self.open_account(&name).await;
        }
        let (Level::P9, Some(number), Some(born)) =
            (person.vector.level, &person.nhs_number, &person.born)
        else {
            return Ok(None);
        };
        let found = self.find_people(&PeopleQuery::NhsNumber(number.clone())).await?;
        let is_theirs = |found: &FoundPerson| {
            let held = found.face.born.as_ref();
            held.is_some_and(|(_, held)| held.text == *born)
        };
        let [found] = found.people.as_slice() else { return Ok(None) };
        if !is_theirs(found) {
            return Ok(None);
        }
        let name = format!("outside-{}", &key[..32]);
        let face = &found.face;
        let words = face.preferred_name.clone().or_else(|| face.name.given.clone());
        let words = words.unwrap_or_else(|| "you".to_owned());
        let account = Account::vouched_for(name, words, &found.id);
        let changes =
            vec![account::change(&account, KeptExpected::Absent), link(&key, &account.name)];
        if self.store.keep(changes).await? {
            return Ok(Some(account));
        }
        // Made at the same moment, or closed: then it stays so.
        self.open_account(&account.name).await
    }
}

fn link(key: &str, account: &str) -> KeptChange {
    KeptChange {
        kind: SUBJECT.into(),
        key: key.into(),
        expected: KeptExpected::Any,
        becomes: Some((written(&account), i64::MAX)),
    }
}
