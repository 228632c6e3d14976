//! Guessing made slow, also by many requests at once: a try is counted before what was typed is compared,
//! and taken back where it was right. Spec: `identity::attempts`; NIST SP 800-63B §5.2.2.

use std::sync::Arc;
use std::time::Duration;

use ::store::{KeptChange, KeptExpected};
use fhir::IssueCode;
use identity::attempts::Attempts;
use identity::{password, secret_key};
use tokio::time::timeout;

use super::account::{Account, NOBODYS};
use super::session::SignIn;
use super::{ATTEMPTS, read, removal, written};
use crate::app::App;
use crate::failure::{Category, Failure};

/// How often a count is written anew because another try came between.
const ROUNDS: usize = 100;
/// How long to wait for a turn to compare a password.
const TURN_MAX: Duration = Duration::from_secs(10);
/// Failures of an address that weigh as much as one of an account: one address may fail with many accounts,
/// as a clinic's does.
const OF_ADDRESS: u32 = 10;

/// What a try is counted under: no names and addresses in the clear.
pub(super) struct Tries {
    own: String,
    of_address: Option<String>,
}

impl Tries {
    /// Tries of a password: of one account from one address, and of the address with any.
    pub(super) fn of_password(name: &str, from: &str) -> Tries {
        Tries { own: key(&["in", name, from]), of_address: Some(key(&["from", from])) }
    }

    /// Tries of something else of an account.
    pub(super) fn of_account(what: &str, name: &str) -> Tries {
        Tries { own: key(&[what, name]), of_address: None }
    }

    /// The change that forgets the account's failures.
    pub(super) fn forgotten(&self) -> KeptChange {
        removal(ATTEMPTS, &self.own)
    }
}

fn key(parts: &[&str]) -> String {
    secret_key(&parts.join("\n"))
}

impl App {
    /// Counts a try of the account; the answer is the wait, where there were too many before it.
    pub(super) async fn begin_try(&self, tries: &Tries) -> Result<Option<SignIn>, Failure> {
        if let Some(of_address) = &tries.of_address {
            let (tried, _) = self.tried(of_address).await?;
            let weighed = Attempts { failures: tried.failures / OF_ADDRESS, ..tried };
            if let Some(wait) = wait(&weighed, self.clock.now()) {
                return Ok(Some(wait));
            }
        }
        for _ in 0..ROUNDS {
            let now = self.clock.now();
            let (tried, expected) = self.tried(&tries.own).await?;
            if let Some(wait) = wait(&tried, now) {
                return Ok(Some(wait));
            }
            if self.store.keep(vec![counted(&tries.own, expected, &tried.failed(now))]).await? {
                return Ok(None);
            }
        }
        // So many at once are no person's typing.
        Ok(Some(SignIn::Wait { seconds: 5 }))
    }

    /// Counts a wrong try of the address. Not beforehand, as the account's: the right ones of a whole
    /// clinic that are under way at once would make each other wait.
    pub(super) async fn try_was_wrong(&self, tries: &Tries) -> Result<(), Failure> {
        let Some(of_address) = &tries.of_address else { return Ok(()) };
        for _ in 0..ROUNDS {
            let (tried, expected) = self.tried(of_address).await?;
            let failed = tried.failed(self.clock.now());
            if self.store.keep(vec![counted(of_address, expected, &failed)]).await? {
                break;
            }
        }
        Ok(())
    }

    async fn tried(&self, key: &str) -> Result<(Attempts, KeptExpected), Failure> {
        match self.store.kept(ATTEMPTS, key).await? {
            Some(kept) => Ok((read(&kept)?, KeptExpected::Version(kept.version))),
            None => Ok((Attempts::default(), KeptExpected::Absent)),
        }
    }

    /// Whether a password is an account's; the same work is done where there is no account. As many are
    /// compared at once as there are processors, since each takes 19 MiB; the others wait for their turn.
    pub(super) async fn is_password(
        &self,
        account: Option<&Account>,
        typed: &str,
    ) -> Result<bool, Failure> {
        let interrupted = || {
            let message = "comparing a password was interrupted; try again";
            Failure::plain(Category::Unavailable, IssueCode::Transient, message)
        };
        let turn = timeout(TURN_MAX, Arc::clone(&self.password_turns).acquire_owned()).await;
        let turn = turn.map_err(|_| interrupted())?.map_err(|_| interrupted())?;
        let kept = account.map_or(NOBODYS, |account| account.password.as_str()).to_owned();
        let typed = typed.to_owned();
        let compared = tokio::task::spawn_blocking(move || {
            // The turn goes with the work, which goes on when the caller is gone.
            let _turn = turn;
            password::matches(&typed, &kept)
        });
        compared.await.map_err(|_| interrupted())
    }
}

/// The wait that failures ask for.
fn wait(tried: &Attempts, now: i64) -> Option<SignIn> {
    let wait = tried.wait(now);
    (wait > 0).then(|| SignIn::Wait { seconds: (wait + 999_999) / 1_000_000 })
}

fn counted(key: &str, expected: KeptExpected, tried: &Attempts) -> KeptChange {
    KeptChange {
        kind: ATTEMPTS.into(),
        key: key.into(),
        expected,
        becomes: Some((written(tried), tried.expires())),
    }
}
