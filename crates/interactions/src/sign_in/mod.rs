//! Signing in: accounts, sessions, and the caller that a session stands for.
//!
//! Rules are `identity`'s; here they are applied to what the store keeps. Accounts are kept by name,
//! sessions and failures under hashes. To add a way of signing in, add its use case beside [`App::sign_in`]
//! and the way's vector to `identity::level`. Spec: `docs/security.md`; issue 4, "Identity and access".

mod account;
mod glass;
mod glass_review;
mod outside;
mod passkeys;
mod session;
mod tries;

use std::sync::Arc;

use ::store::{Kept, KeptChange, KeptExpected};
use access::{Caller, Citizen, Staff, Who};
use fhir::{IssueCode, ResourceId};
use identity::level::{Missing, SignedInBy, Vector};
use identity::session::Session;

pub use account::{Account, AccountKind, NewAccount};
pub use glass::{BrokenGlass, Relation};
pub use glass_review::{Finding, GlassReview};
pub use outside::{Fetch, Outside, OutsideBegun, OutsideEnd};
pub use passkeys::{MyPasskeys, NotAdded};
pub use session::SignIn;

use crate::app::App;
use crate::failure::{Category, Failure};

const ACCOUNT: &str = "account";
const SESSION: &str = "session";
const ATTEMPTS: &str = "attempts";

/// The kind of record that sessions are, for grants that end with one.
pub(crate) fn session_kind() -> &'static str {
    SESSION
}

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

    /// The account of a name, if it is open.
    pub(crate) async fn open_account(&self, name: &str) -> Result<Option<Account>, Failure> {
        let found = self.account(name).await?.map(|(account, _)| account);
        Ok(found.filter(|account| !account.is_closed))
    }

    /// A person to the policy: about themselves, or about the one whom they act for at present, as long as
    /// that holds.
    async fn citizen_of(
        &self,
        account: &Account,
        session: &Session,
        person: ResourceId,
    ) -> Result<Citizen, Failure> {
        let mut citizen = Citizen {
            account: account.name.as_str().into(),
            patients: self.patients_of_person(&person).await?,
            subject: person.clone(),
            person,
            may_read: session.vector.may_read(),
            levels: Vec::new(),
            withheld: Vec::new(),
            proxy: None,
        };
        if !citizen.may_read {
            return Ok(citizen);
        }
        let mut acts = None;
        if let Some(subject) = ResourceId::parse(&session.acting_for) {
            let patients = self.patients_of_person(&subject).await?;
            let agreements = self.agreements(&patients).await?;
            acts = self.proxy_of(&citizen.patients, &patients, &agreements).await?;
            if let Some(proxy) = &acts {
                citizen.proxy = Some(access::ProxyRights { may_book: proxy.may_book });
                citizen.subject = subject;
                citizen.patients = patients;
            }
        }
        let agreements = self.agreements(&citizen.patients).await?;
        let limits = self.limits(&citizen.patients, &agreements, acts.as_ref()).await?;
        (citizen.levels, citizen.withheld) = limits;
        Ok(citizen)
    }

    /// Turns a session to the one whom its person acts for, or back to themselves. Whether they may is
    /// asked anew with every request.
    pub async fn act_for(&self, token: &str, person: Option<&ResourceId>) -> Result<(), Failure> {
        let app = self.elevated();
        let over = || {
            let message = "the session is over; sign in again";
            Failure::plain(Category::NotSignedIn, IssueCode::Login, message)
        };
        let (mut session, kept) = app.session(token).await?.ok_or_else(over)?;
        if let Some(person) = person {
            let mut represented = self.represented().await?.into_iter();
            if !represented.any(|one| one.person == *person) {
                let key = ::store::ResourceKey {
                    resource_type: crate::linking::PERSON,
                    id: person.clone(),
                };
                return Err(Failure::not_found(&key));
            }
        }
        session.acting_for = person.map(ToString::to_string).unwrap_or_default();
        let change = session::change(&kept.key, KeptExpected::Version(kept.version), &session);
        if app.store.keep(vec![change]).await? {
            return Ok(());
        }
        let message = "the session was used at the same moment; try again";
        Err(Failure::plain(Category::Conflict, IssueCode::Conflict, message))
    }

    /// Who an account would be to the policy in a session that has given all that there is to give; nobody
    /// where there is no such account, or it is closed.
    pub(crate) async fn caller_signed_in_fully(
        &self,
        name: &str,
    ) -> Result<Option<Caller>, Failure> {
        let Some(account) = self.open_account(name).await? else { return Ok(None) };
        let vector = Vector { level: account.level, by: SignedInBy::PasswordAndCode };
        let session = Session::begin(&account.name, vector, String::new(), self.clock.now());
        self.caller_of(&account, &session).await.map(Some)
    }

    /// Who an account is to the policy, in this session.
    pub(crate) async fn caller_of(
        &self,
        account: &Account,
        session: &Session,
    ) -> Result<Caller, Failure> {
        let who = match &account.kind {
            AccountKind::Citizen { person } => {
                let Some(person) = ResourceId::parse(person) else { return Ok(Caller::NOBODY) };
                Who::Citizen(Arc::new(self.citizen_of(account, session, person).await?))
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
            Who::Staff(ref staff) if !staff.role.has(access::Duty::ReadRecord) => "HOPERAT",
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
