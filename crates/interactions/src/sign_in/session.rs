//! Signing in, giving a code, proving who one is, signing out.

use ::store::{Kept, KeptChange, KeptExpected};
use identity::level::{Level, SignedInBy, Vector};
use identity::session::Session;
use identity::{secret_key, totp};

use super::tries::Tries;
use super::{SESSION, account, read, removal, written};
use crate::app::App;
use crate::failure::Failure;

/// What came of a step of signing in.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum SignIn {
    /// It is done: the token of the session, which is another than before.
    Done {
        /// What the browser keeps.
        token: String,
    },
    /// What was typed is wrong; nothing says which part of it.
    Wrong,
    /// There were too many wrong tries: so many seconds must pass before the next.
    Wait {
        /// Seconds, rounded up.
        seconds: i64,
    },
    /// The session is over.
    Over,
}

/// A session as it is kept under its key.
pub(super) fn change(key: &str, expected: KeptExpected, session: &Session) -> KeptChange {
    KeptChange {
        kind: SESSION.into(),
        key: key.into(),
        expected,
        becomes: Some((written(session), session.ends())),
    }
}

impl App {
    /// A token that nobody can guess: 244 random bits.
    pub(super) fn token(&self) -> String {
        format!("{}{}", self.ids.secret(), self.ids.secret()).replace('-', "")
    }

    /// The live session of a token.
    pub(super) async fn session(&self, token: &str) -> Result<Option<(Session, Kept)>, Failure> {
        let Some(kept) = self.store.kept(SESSION, &secret_key(token)).await? else {
            return Ok(None);
        };
        let session: Session = read(&kept)?;
        Ok(session.is_live(self.clock.now()).then_some((session, kept)))
    }

    /// Signs in with a password. The answer and the time it takes are the same whether there is no such
    /// account or the password is wrong.
    pub async fn sign_in(&self, name: &str, password: &str, from: &str) -> Result<SignIn, Failure> {
        let app = self.elevated();
        let name = account::folded(name);
        let tries = Tries::of_password(&name, from);
        if let Some(wait) = app.begin_try(&tries).await? {
            return Ok(wait);
        }
        let found = app.account(&name).await?.map(|(account, _)| account);
        let found = found.filter(|account| !account.is_closed);
        if !app.is_password(found.as_ref(), password).await? {
            app.try_was_wrong(&tries).await?;
            return Ok(SignIn::Wrong);
        }
        let Some(account) = found else { return Ok(SignIn::Wrong) };
        let vector = Vector { level: account.level, by: SignedInBy::Password };
        let session = Session::begin(&account.name, vector, app.token(), app.clock.now());
        app.store.keep(vec![tries.forgotten()]).await?;
        app.replace_session(None, &session).await
    }

    /// Takes a one-time code in a session.
    pub async fn give_code(&self, token: &str, typed: &str) -> Result<SignIn, Failure> {
        let app = self.elevated();
        let Some((session, kept)) = app.session(token).await? else { return Ok(SignIn::Over) };
        let found = app.account(&session.account).await?;
        let Some((mut account, held)) = found.filter(|(account, _)| !account.is_closed) else {
            return Ok(SignIn::Over);
        };
        let tries = Tries::of_account("code", &account.name);
        if let Some(wait) = app.begin_try(&tries).await? {
            return Ok(wait);
        }
        let now = app.clock.now();
        let secret = account.code_secret();
        let step = secret.and_then(|secret| {
            totp::accepted(&secret, typed, now.div_euclid(1_000_000), account.code_used)
        });
        let Some(step) = step else { return Ok(SignIn::Wrong) };
        account.code_used = Some(step);
        // Of two requests with the same code, one has used it.
        let used = account::change(&account, KeptExpected::Version(held.version));
        if !app.store.keep(vec![used, tries.forgotten()]).await? {
            return Ok(SignIn::Wrong);
        }
        let vector = Vector { by: SignedInBy::PasswordAndCode, ..session.vector };
        app.replace_session(Some(&kept.key), &Session { vector, ..session }).await
    }

    /// Proves who somebody is, by what their practice gave them (the GP linkage route to P9).
    pub async fn prove(&self, token: &str, typed: &str) -> Result<SignIn, Failure> {
        let app = self.elevated();
        let Some((session, kept)) = app.session(token).await? else { return Ok(SignIn::Over) };
        let found = app.account(&session.account).await?;
        let Some((mut account, held)) = found.filter(|(account, _)| !account.is_closed) else {
            return Ok(SignIn::Over);
        };
        let tries = Tries::of_account("proof", &account.name);
        if let Some(wait) = app.begin_try(&tries).await? {
            return Ok(wait);
        }
        if !account.is_linkage(typed) {
            return Ok(SignIn::Wrong);
        }
        account.level = Level::P9;
        let proven = account::change(&account, KeptExpected::Version(held.version));
        if !app.store.keep(vec![proven, tries.forgotten()]).await? {
            return Ok(SignIn::Wrong);
        }
        let vector = Vector { level: Level::P9, ..session.vector };
        app.replace_session(Some(&kept.key), &Session { vector, ..session }).await
    }

    /// Ends a session.
    pub async fn sign_out(&self, token: &str) -> Result<(), Failure> {
        let app = self.elevated();
        app.store.keep(vec![removal(SESSION, &secret_key(token))]).await?;
        Ok(())
    }

    /// Begins a session under a new token and ends the one before it, together: whoever knew the token
    /// from before has nothing (session fixation).
    pub(super) async fn replace_session(
        &self,
        old: Option<&str>,
        session: &Session,
    ) -> Result<SignIn, Failure> {
        let token = self.token();
        let mut changes = vec![change(&secret_key(&token), KeptExpected::Absent, session)];
        changes.extend(old.map(|old| removal(SESSION, old)));
        self.store.keep(changes).await?;
        Ok(SignIn::Done { token })
    }
}
