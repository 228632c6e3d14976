//! Accounts: who may sign in, as whom.

use ::store::{Kept, KeptChange, KeptExpected};
use access::Duty;
use fhir::{IssueCode, ResourceId};
use identity::level::Level;
use identity::passkey::Passkey;
use identity::password::{self, Cost};
use serde::{Deserialize, Serialize};
use sha2::{Digest as _, Sha256};

use super::{ACCOUNT, read, written};
use crate::app::App;
use crate::failure::{Category, Failure};

/// Characters of an account's name at the most.
const NAME_MAX: usize = 200;

/// Whose account it is.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case", tag = "kind")]
pub enum AccountKind {
    /// A person's, who reads their own record.
    Citizen {
        /// The id of their Person resource.
        person: String,
    },
    /// A member of staff's, in one post.
    Staff {
        /// The id of their Practitioner resource.
        practitioner: String,
        /// The code of their role.
        role: String,
        /// The name of the organisation.
        organisation: String,
        /// `meta.source` of what its own systems send.
        sources: Vec<String>,
    },
}

/// An account as kept, by its name in lower case.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Account {
    /// What is typed at sign-in: an email address or a user name, in lower case.
    pub name: String,
    /// What to call them.
    pub words: String,
    /// Whose it is.
    #[serde(flatten)]
    pub kind: AccountKind,
    /// How well it is proven who they are.
    pub level: Level,
    /// The password, as `identity::password` keeps it.
    pub(super) password: String,
    /// The secret of their one-time codes, in hexadecimal digits; empty where they have no device yet.
    #[serde(default)]
    code_secret: String,
    /// The step of the last code that was used.
    #[serde(default)]
    pub(super) code_used: Option<i64>,
    /// The hash of what their practice gave them to prove who they are; empty where it gave nothing.
    #[serde(default)]
    linkage: String,
    /// What its passkeys know it by; empty until there is one.
    #[serde(default)]
    pub(super) handle: String,
    /// Its passkeys.
    #[serde(default)]
    pub(super) passkeys: Vec<Passkey>,
    /// Whether it was closed.
    #[serde(default)]
    pub(super) is_closed: bool,
}

/// An account to be made.
#[derive(Clone, Debug)]
pub struct NewAccount {
    /// What is typed at sign-in.
    pub name: String,
    /// What to call them.
    pub words: String,
    /// Whose it is.
    pub kind: AccountKind,
    /// How well it is proven who they are.
    pub level: Level,
    /// The password.
    pub password: String,
    /// The secret of one-time codes.
    pub code_secret: Vec<u8>,
    /// What their practice gives them, with which they prove who they are.
    pub linkage: String,
}

/// A password that nobody has, so that an unknown name costs as much time as a known one.
pub(super) const NOBODYS: &str = "$argon2id$v=19$m=19456,t=2,p=1$AAAAAAAAAAAAAAAAAAAAAA$\
    AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA";

impl Account {
    /// An account of a person whom a provider elsewhere vouches for: it has no password of its own.
    pub(super) fn vouched_for(name: String, words: String, person: &ResourceId) -> Account {
        Account {
            name,
            words,
            kind: AccountKind::Citizen { person: person.to_string() },
            level: Level::P0,
            password: String::new(),
            code_secret: String::new(),
            code_used: None,
            linkage: String::new(),
            handle: String::new(),
            passkeys: Vec::new(),
            is_closed: false,
        }
    }

    /// Whether it was closed: nobody can sign in with it.
    pub fn is_closed(&self) -> bool {
        self.is_closed
    }

    /// The secret of their one-time codes.
    pub(super) fn code_secret(&self) -> Option<Vec<u8>> {
        let pairs = self.code_secret.as_bytes().chunks(2);
        let bytes: Option<Vec<u8>> = pairs
            .map(|pair| u8::from_str_radix(std::str::from_utf8(pair).ok()?, 16).ok())
            .collect();
        bytes.filter(|bytes| !bytes.is_empty())
    }

    /// Whether this is what their practice gave them.
    pub(super) fn is_linkage(&self, typed: &str) -> bool {
        !self.linkage.is_empty()
            && identity::same_secret(linkage_key(typed).as_bytes(), self.linkage.as_bytes())
    }
}

/// A linkage key as compared: letters and digits only, whatever stands between them.
fn linkage_key(typed: &str) -> String {
    let folded: String =
        typed.chars().filter(char::is_ascii_alphanumeric).map(|c| c.to_ascii_uppercase()).collect();
    identity::secret_key(&folded)
}

/// The name as accounts are found by it.
pub(super) fn folded(name: &str) -> String {
    name.trim().to_lowercase()
}

pub(super) fn change(account: &Account, expected: KeptExpected) -> KeptChange {
    KeptChange {
        kind: ACCOUNT.into(),
        key: account.name.as_str().into(),
        expected,
        becomes: Some((written(account), i64::MAX)),
    }
}

impl App {
    /// The account of a name.
    pub(super) async fn account(&self, name: &str) -> Result<Option<(Account, Kept)>, Failure> {
        match self.store.kept(ACCOUNT, &folded(name)).await? {
            Some(kept) => Ok(Some((read(&kept)?, kept))),
            None => Ok(None),
        }
    }

    /// All accounts by name. Only for who runs the installation.
    pub async fn accounts(&self) -> Result<Vec<Account>, Failure> {
        const PAGE: usize = 500;
        let app = self.on_duty(Duty::Settings)?;
        let mut all: Vec<Account> = Vec::new();
        loop {
            let after = all.last().map_or(String::new(), |last| last.name.clone());
            let page = app.store.kept_after(ACCOUNT, &after, PAGE).await?;
            let is_last = page.len() < PAGE;
            for kept in &page {
                all.push(read(kept)?);
            }
            if is_last {
                return Ok(all);
            }
        }
    }

    /// Closes an account: its sessions end with their next request, and nobody can sign in with it. Only
    /// for who runs the installation.
    pub async fn close_account(&self, name: &str) -> Result<(), Failure> {
        let app = self.on_duty(Duty::Settings)?;
        let Some((mut account, held)) = app.account(name).await? else {
            let message = "there is no account of this name";
            return Err(Failure::new(Category::NotFound, IssueCode::NotFound, "name", message));
        };
        account.is_closed = true;
        if app.store.keep(vec![change(&account, KeptExpected::Version(held.version))]).await? {
            return Ok(());
        }
        let message = "the account was changed at the same time; try again";
        Err(Failure::plain(Category::Conflict, IssueCode::Conflict, message))
    }

    /// Makes an account. Only for who runs the installation.
    pub async fn create_account(&self, new: NewAccount) -> Result<(), Failure> {
        let app = self.on_duty(Duty::Settings)?;
        let name = folded(&new.name);
        let wrong = |place: &str, words: &str| {
            Failure::new(Category::Invalid, IssueCode::Value, place, words)
        };
        if name.is_empty() || name.chars().count() > NAME_MAX || name.contains(char::is_control) {
            return Err(wrong("name", "an account's name is 1 to 200 printable characters"));
        }
        if let AccountKind::Staff { role, .. } = &new.kind
            && access::Role::parse(role).is_none()
        {
            return Err(wrong(
                "role",
                "this is no role; those there are stand in docs/security.md",
            ));
        }
        password::check(&new.password, &name).map_err(|weak| wrong("password", weak.words()))?;
        let secret = app.ids.secret().to_string();
        let mut salt = [0_u8; 16];
        salt.copy_from_slice(&Sha256::digest(secret.as_bytes())[..16]);
        let typed = new.password;
        let kept =
            tokio::task::spawn_blocking(move || password::keep(&typed, &salt, Cost::default()));
        let Ok(Some(password)) = kept.await else {
            let message = "the password could not be kept; try again";
            return Err(Failure::plain(Category::Fault, IssueCode::Exception, message));
        };
        let linkage =
            if new.linkage.is_empty() { String::new() } else { linkage_key(&new.linkage) };
        let account = Account {
            name,
            words: new.words,
            kind: new.kind,
            level: new.level,
            password,
            code_secret: identity::hex(&new.code_secret),
            code_used: None,
            linkage,
            handle: String::new(),
            passkeys: Vec::new(),
            is_closed: false,
        };
        if app.store.keep(vec![change(&account, KeptExpected::Absent)]).await? {
            return Ok(());
        }
        let message = "there is an account of this name already";
        Err(Failure::new(Category::Conflict, IssueCode::Duplicate, "name", message))
    }
}
