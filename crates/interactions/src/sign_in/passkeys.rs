//! Passkeys: signing in by a key of one's device, and which keys an account has.
//!
//! The rules are `identity::passkey`'s. A challenge is a record that lives for some minutes and is taken
//! once; which account a passkey is of is looked up by the hash of its id. A passkey is two factors, so a
//! session that began with a password alone may not add one.

use ::store::{KeptChange, KeptExpected};
use fhir::IssueCode;
use identity::level::{SignedInBy, Vector};
use identity::passkey::{self, Expected, Passkey, Place, User};
use identity::secret_key;
use identity::session::Session;
use serde::{Deserialize, Serialize};
use serde_json::Value;

use super::account::{self, Account};
use super::session::SignIn;
use super::{read, removal, written};
use crate::app::App;
use crate::failure::{Category, Failure};

const PASSKEY: &str = "passkey";
const CHALLENGE: &str = "passkey-challenge";
/// How long a challenge holds: microseconds.
const CHALLENGE_FOR: i64 = 5 * 60 * 1_000_000;
/// Passkeys of one account.
const PASSKEYS_MAX: usize = 10;
/// Letters of a passkey's name.
const NAME_MAX: usize = 60;
/// How often a change of an account is tried again because another came between.
const ROUNDS: usize = 8;

/// Which account a passkey is of.
#[derive(Serialize, Deserialize)]
struct Owner {
    account: String,
}

/// What a challenge was given for: the session that adds a passkey, by its key; nobody's for signing in.
#[derive(PartialEq, Eq, Serialize, Deserialize)]
struct Given {
    session: Option<String>,
}

/// The passkeys of an account.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct MyPasskeys {
    /// In the order in which they were made.
    pub passkeys: Vec<Passkey>,
    /// Where browsers keep passkeys for these pages; none where they cannot.
    pub origin: Option<String>,
    /// Whether another can be added.
    pub is_room: bool,
}

/// Why a passkey was not added.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum NotAdded {
    /// What the browser said does not hold, or came too late.
    Refused,
    /// The account has as many as it may have.
    Full,
    /// It has no name, or a long one.
    Name,
}

impl App {
    /// Where passkeys are bound to; none where browsers keep none for this server's address.
    fn place(&self) -> Option<Place> {
        Place::of(&self.options.base_url)
    }

    /// Where browsers keep passkeys for this server; none where they cannot.
    pub fn passkey_origin(&self) -> Option<String> {
        self.place().map(|place| place.origin)
    }

    /// What a browser is asked when somebody signs in by a passkey; none where it cannot be.
    pub async fn ask_for_passkey(&self) -> Result<Option<Value>, Failure> {
        let Some(place) = self.place() else { return Ok(None) };
        let challenge = self.elevated().challenge(None).await?;
        Ok(Some(passkey::request(&place, challenge.as_bytes())))
    }

    /// Signs in by what a browser answered.
    pub async fn sign_in_by_passkey(&self, answer: &str) -> Result<SignIn, Failure> {
        let app = self.elevated();
        let (Some(place), Ok(answer)) = (self.place(), serde_json::from_str::<Value>(answer))
        else {
            return Ok(SignIn::Wrong);
        };
        let Some(id) = passkey::named(&answer) else { return Ok(SignIn::Wrong) };
        let Some(kept) = app.store.kept(PASSKEY, &secret_key(&id)).await? else {
            return Ok(SignIn::Wrong);
        };
        let owner: Owner = read(&kept)?;
        let Some(challenge) = app.take_challenge(&answer, None).await? else {
            return Ok(SignIn::Wrong);
        };
        let expected = Expected { place: &place, challenge: challenge.as_bytes() };
        for _ in 0..ROUNDS {
            let Some((mut account, held)) = app.account(&owner.account).await? else {
                return Ok(SignIn::Wrong);
            };
            let handle = account.handle.clone();
            let known = account.passkeys.iter_mut().find(|one| one.id == id);
            let Some(known) = known.filter(|_| !account.is_closed && !handle.is_empty()) else {
                return Ok(SignIn::Wrong);
            };
            let now = app.clock.now();
            match passkey::signed_in(&answer, known, handle.as_bytes(), &expected, now) {
                Ok(used) => *known = used,
                Err(refusal) => {
                    tracing::warn!(%refusal, "a passkey was refused");
                    return Ok(SignIn::Wrong);
                }
            }
            let change = account::change(&account, KeptExpected::Version(held.version));
            if app.store.keep(vec![change]).await? {
                let vector = Vector { level: account.level, by: SignedInBy::Key };
                let session = Session::begin(&account.name, vector, app.token(), now);
                return app.replace_session(None, &session).await;
            }
        }
        Ok(SignIn::Wrong)
    }

    /// The passkeys of who has signed in.
    pub async fn my_passkeys(&self, token: &str) -> Result<MyPasskeys, Failure> {
        let account = self.elevated().strong_account(token).await?.1;
        Ok(MyPasskeys {
            is_room: account.passkeys.len() < PASSKEYS_MAX,
            passkeys: account.passkeys,
            origin: self.place().map(|place| place.origin),
        })
    }

    /// What a browser is asked to make a passkey; none where it cannot be, or there is no room.
    pub async fn ask_for_new_passkey(&self, token: &str) -> Result<Option<Value>, Failure> {
        let app = self.elevated();
        let (session, mut account) = app.strong_account(token).await?;
        let Some(place) = self.place().filter(|_| account.passkeys.len() < PASSKEYS_MAX) else {
            return Ok(None);
        };
        if account.handle.is_empty() {
            account = app.with_handle(&account.name).await?;
        }
        let challenge = app.challenge(Some(session)).await?;
        let user =
            User { handle: account.handle.as_bytes(), name: &account.name, words: &account.words };
        Ok(Some(passkey::creation(&place, challenge.as_bytes(), user, &account.passkeys)))
    }

    /// Adds the passkey that a browser made.
    pub async fn add_passkey(
        &self,
        token: &str,
        answer: &str,
        name: &str,
    ) -> Result<Result<(), NotAdded>, Failure> {
        let app = self.elevated();
        let (session, account) = app.strong_account(token).await?;
        let name = name.trim();
        if name.is_empty() || name.chars().count() > NAME_MAX || name.contains(char::is_control) {
            return Ok(Err(NotAdded::Name));
        }
        let (Some(place), Ok(answer)) = (self.place(), serde_json::from_str::<Value>(answer))
        else {
            return Ok(Err(NotAdded::Refused));
        };
        let Some(challenge) = app.take_challenge(&answer, Some(session)).await? else {
            return Ok(Err(NotAdded::Refused));
        };
        let expected = Expected { place: &place, challenge: challenge.as_bytes() };
        let made = match passkey::registered(&answer, &expected, name, app.clock.now()) {
            Ok(made) => made,
            Err(refusal) => {
                tracing::warn!(%refusal, "a new passkey was refused");
                return Ok(Err(NotAdded::Refused));
            }
        };
        let owner = KeptChange {
            kind: PASSKEY.into(),
            key: secret_key(&made.id).into(),
            expected: KeptExpected::Absent,
            becomes: Some((written(&Owner { account: account.name.clone() }), i64::MAX)),
        };
        for _ in 0..ROUNDS {
            let Some((mut account, held)) = app.account(&account.name).await? else {
                return Ok(Err(NotAdded::Refused));
            };
            if account.passkeys.len() >= PASSKEYS_MAX {
                return Ok(Err(NotAdded::Full));
            }
            account.passkeys.push(made.clone());
            let change = account::change(&account, KeptExpected::Version(held.version));
            if app.store.keep(vec![change, owner.clone()]).await? {
                return Ok(Ok(()));
            }
            if app.store.kept(PASSKEY, &secret_key(&made.id)).await?.is_some() {
                // An id belongs to one account (WebAuthn 3 §7.1).
                return Ok(Err(NotAdded::Refused));
            }
        }
        Err(busy())
    }

    /// Takes a passkey from the account; one that is gone is gone.
    pub async fn remove_passkey(&self, token: &str, id: &str) -> Result<(), Failure> {
        let app = self.elevated();
        let (_, account) = app.strong_account(token).await?;
        for _ in 0..ROUNDS {
            let Some((mut account, held)) = app.account(&account.name).await? else {
                return Ok(());
            };
            if account.passkeys.iter().all(|one| one.id != id) {
                return Ok(());
            }
            account.passkeys.retain(|one| one.id != id);
            let change = account::change(&account, KeptExpected::Version(held.version));
            let gone = removal(PASSKEY, &secret_key(id));
            if app.store.keep(vec![change, gone]).await? {
                return Ok(());
            }
        }
        Err(busy())
    }

    /// The account of a session that began with more than a password, and the session's key.
    async fn strong_account(&self, token: &str) -> Result<(String, Account), Failure> {
        let over = || {
            let message = "the session is over; sign in again";
            Failure::plain(Category::NotSignedIn, IssueCode::Login, message)
        };
        let (session, kept) = self.session(token).await?.ok_or_else(over)?;
        if session.vector.by == SignedInBy::Password {
            let message = "passkeys are changed by who has given their security code";
            return Err(Failure::plain(Category::StepUp, IssueCode::Forbidden, message));
        }
        let account = self.open_account(&session.account).await?.ok_or_else(over)?;
        Ok((kept.key.to_string(), account))
    }

    /// Gives an account the name that its passkeys know it by, which says nothing of who it is.
    async fn with_handle(&self, name: &str) -> Result<Account, Failure> {
        for _ in 0..ROUNDS {
            let Some((mut account, held)) = self.account(name).await? else { break };
            if !account.handle.is_empty() {
                return Ok(account);
            }
            account.handle = self.token();
            let change = account::change(&account, KeptExpected::Version(held.version));
            if self.store.keep(vec![change]).await? {
                return Ok(account);
            }
        }
        Err(busy())
    }

    /// A new challenge: 244 random bits.
    async fn challenge(&self, session: Option<String>) -> Result<String, Failure> {
        let challenge = self.token();
        let change = KeptChange {
            kind: CHALLENGE.into(),
            key: secret_key(&challenge).into(),
            expected: KeptExpected::Absent,
            becomes: Some((written(&Given { session }), self.clock.now() + CHALLENGE_FOR)),
        };
        self.store.keep(vec![change]).await?;
        Ok(challenge)
    }

    /// The challenge that an answer names, where it was given for this and nobody has used it; from now on
    /// it is used.
    async fn take_challenge(
        &self,
        answer: &Value,
        session: Option<String>,
    ) -> Result<Option<String>, Failure> {
        let Some(challenge) = passkey::challenge_of(answer) else { return Ok(None) };
        let key = secret_key(&challenge);
        let Some(kept) = self.store.kept(CHALLENGE, &key).await? else { return Ok(None) };
        let is_ours = read::<Given>(&kept)? == Given { session };
        let used = KeptChange {
            expected: KeptExpected::Version(kept.version),
            ..removal(CHALLENGE, &key)
        };
        let is_first = self.store.keep(vec![used]).await?;
        let is_live = kept.expires > self.clock.now();
        Ok((is_ours && is_first && is_live).then_some(challenge))
    }
}

fn busy() -> Failure {
    let message = "the account was changed at the same moment; try again";
    Failure::plain(Category::Conflict, IssueCode::Conflict, message)
}
