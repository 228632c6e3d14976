//! Signing in: accounts, sessions, and the caller that a session stands for.
//!
//! Rules are `identity`'s; here they are applied to what the store keeps. Accounts are kept by name,
//! sessions and failures under hashes. To add a way of signing in, add its use case beside [`App::sign_in`]
//! and the way's vector to `identity::level`. Spec: `docs/security.md`; issue 4, "Identity and access".

mod account;
mod glass;
mod session;

use std::sync::Arc;

use ::store::{Kept, KeptChange, KeptExpected};
use access::{Caller, Citizen, Staff, Who};
use fhir::{IssueCode, ResourceId};
use identity::level::Missing;
use identity::session::Session;

pub use account::{Account, AccountKind, NewAccount};
pub use glass::{BrokenGlass, Relation};
pub use session::SignIn;

use crate::app::App;
use crate::failure::{Category, Failure};

const ACCOUNT: &str = "account";
const SESSION: &str = "session";
const ATTEMPTS: &str = "attempts";

/// Somebody who has signed in.
#[derive(Clone, Debug)]
pub struct SignedIn {
    /// Their session.
    pub session: Session,
    /// Their account.
    pub account: Account,
    /// Who they are to the policy.
    pub caller: Caller,
    /// What is missing before they may read a record; for staff, before they may do anything.
    pub missing: Option<Missing>,
}

impl App {
    /// Who a session's token stands for; nobody where it is over or never was.
    pub async fn signed_in(&self, token: &str) -> Result<Option<SignedIn>, Failure> {
        let app = self.elevated();
        let Some((session, kept)) = app.session(token).await? else { return Ok(None) };
        let Some((account, _)) = app.account(&session.account).await? else { return Ok(None) };
        if account.is_closed {
            return Ok(None);
        }
        let now = app.clock.now();
        if let Some(used) = session.used_at(now) {
            // Two requests at once: one of them writes it down, which is enough.
            let change = session::change(&kept.key, KeptExpected::Version(kept.version), &used);
            app.store.keep(vec![change]).await?;
        }
        let caller = app.caller_of(&account, &session).await?;
        let missing = match account.kind {
            AccountKind::Citizen { .. } => session.vector.missing_for_reading(),
            AccountKind::Staff { .. } => {
                session.vector.missing_for_reading().filter(|missing| *missing == Missing::Code)
            }
        };
        Ok(Some(SignedIn { session, account, caller, missing }))
    }

    /// Who an account is to the policy, in this session.
    async fn caller_of(&self, account: &Account, session: &Session) -> Result<Caller, Failure> {
        let who = match &account.kind {
            AccountKind::Citizen { person } => {
                let Some(person) = ResourceId::parse(person) else { return Ok(Caller::NOBODY) };
                let citizen = Citizen {
                    account: account.name.as_str().into(),
                    patients: self.patients_of_person(&person).await?,
                    subject: person.clone(),
                    person,
                    may_read: session.vector.may_read(),
                    levels: Vec::new(),
                };
                Who::Citizen(Arc::new(citizen))
            }
            // Staff who have not given their code are nobody yet.
            AccountKind::Staff { .. }
                if session.vector.missing_for_reading() == Some(Missing::Code) =>
            {
                Who::Nobody
            }
            AccountKind::Staff { practitioner, role, organisation, sources } => {
                let (Some(practitioner), Some(role)) =
                    (ResourceId::parse(practitioner), access::Role::parse(role))
                else {
                    return Ok(Caller::NOBODY);
                };
                let opened = session.opened.iter().filter_map(|(person, until)| {
                    Some(access::Opened { person: ResourceId::parse(person)?, until: *until })
                });
                Who::Staff(Arc::new(Staff {
                    account: account.name.as_str().into(),
                    practitioner,
                    name: account.words.as_str().into(),
                    role,
                    organisation: organisation.as_str().into(),
                    sources: sources.iter().map(|source| source.as_str().into()).collect(),
                    opened: opened.collect(),
                }))
            }
        };
        let purpose = match who {
            Who::Citizen(_) => "PATRQT",
            _ if !session.opened.is_empty() => "BTG",
            _ => "TREAT",
        };
        Ok(Caller { who, app: None, purpose })
    }
}

/// A kept value read; one that this program cannot have written is a fault.
fn read<T: for<'a> serde::Deserialize<'a>>(kept: &Kept) -> Result<T, Failure> {
    serde_json::from_slice(&kept.value).map_err(|error| {
        let message = format!("a record of sign-in is damaged: {error}");
        Failure::plain(Category::Fault, IssueCode::Exception, message)
    })
}

fn written<T: serde::Serialize>(value: &T) -> Box<[u8]> {
    // Texts and numbers only: nothing that could fail.
    serde_json::to_vec(value).unwrap_or_default().into()
}

fn removal(kind: &str, key: &str) -> KeptChange {
    KeptChange { kind: kind.into(), key: key.into(), expected: KeptExpected::Any, becomes: None }
}
