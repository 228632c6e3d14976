//! `careloom account`: the accounts that people sign in with.

use std::io::{BufRead as _, IsTerminal as _};
use std::path::PathBuf;
use std::process::ExitCode;
use std::sync::Arc;

use anyhow::Context;
use clap::Subcommand;
use interactions::{AccountKind, App, IdentityLevel, NewAccount, base32};

use crate::app;
use crate::command::serve::runtime;
use crate::config::Config;
use crate::system::{random_bytes, random_letters};

/// Bytes of the secret of one-time codes (RFC 4226 §4 recommends 20).
const CODE_SECRET: usize = 20;
/// Letters of a linkage key.
const LINKAGE: usize = 12;
/// Letters of a password that is made here.
const PASSWORD: usize = 20;

/// Arguments of `careloom account`.
#[derive(Debug, clap::Args)]
pub(crate) struct Arguments {
    #[command(subcommand)]
    what: What,
    /// The configuration file of the server whose store it is.
    #[arg(long, global = true)]
    config: Option<PathBuf>,
}

#[derive(Debug, Subcommand)]
enum What {
    /// Makes an account for a person who reads their own record.
    AddCitizen {
        /// Their email address or user name.
        name: String,
        /// The id of their Person resource: it stands in the address of their record's page.
        #[arg(long)]
        person: String,
        /// What to call them.
        #[arg(long)]
        words: String,
        #[command(flatten)]
        password: Password,
    },
    /// Makes an account for a member of staff, in one post.
    AddStaff {
        /// Their user name.
        name: String,
        /// What to call them; it is shown to the people whose record they read.
        #[arg(long)]
        words: String,
        /// clinician, pharmacist, social-care, receptionist, practice-manager, privacy-officer,
        /// safety-officer, integration or administrator.
        #[arg(long)]
        role: String,
        /// The name of their organisation.
        #[arg(long)]
        organisation: String,
        /// A feed of their organisation, as often as there are feeds: whoever these know is theirs.
        #[arg(long = "feed", value_name = "FEED")]
        feeds: Vec<String>,
        /// The id of their Practitioner resource.
        #[arg(long, default_value = "unknown")]
        practitioner: String,
        #[command(flatten)]
        password: Password,
    },
    /// Lists the accounts.
    List,
    /// Says that a provider's name for somebody is this account's: they can sign in by it.
    Link {
        /// The account's name.
        name: String,
        /// The provider's issuer, as in access.outside.
        #[arg(long)]
        issuer: String,
        /// The provider's name for them: `sub` of its id tokens.
        #[arg(long)]
        subject: String,
    },
    /// Closes an account: its sessions end, and nobody can sign in with it.
    Close {
        /// Its name.
        name: String,
    },
}

#[derive(Debug, clap::Args)]
struct Password {
    /// Makes a password and prints it, instead of reading one from standard input.
    #[arg(long)]
    make_password: bool,
}

impl Password {
    /// The password, and whether it was made here.
    fn read(&self) -> anyhow::Result<(String, bool)> {
        if self.make_password {
            return Ok((random_letters(PASSWORD)?, true));
        }
        let input = std::io::stdin();
        if input.is_terminal() {
            eprintln!("password (it shows as you type; --make-password makes one):");
        }
        let mut line = String::new();
        input.lock().read_line(&mut line).context("read the password from standard input")?;
        Ok((line.trim_end_matches(['\r', '\n']).to_owned(), false))
    }
}

pub(crate) fn run(arguments: &Arguments) -> anyhow::Result<ExitCode> {
    let config = Config::of(arguments.config.as_deref())?;
    let app = app::of_existing_store(&config)?;
    let runtime = runtime()?;
    let failed = |failure: interactions::Failure| anyhow::anyhow!("{failure}");
    match &arguments.what {
        What::AddCitizen { name, person, words, password } => {
            let kind = AccountKind::Citizen { person: person.clone() };
            runtime.block_on(add(&app, name, words, kind, password))?;
        }
        What::AddStaff { name, words, role, organisation, feeds, practitioner, password } => {
            let kind = AccountKind::Staff {
                practitioner: practitioner.clone(),
                role: role.clone(),
                organisation: organisation.clone(),
                sources: feeds.iter().map(|feed| format!("urn:careloom:feed:{feed}")).collect(),
            };
            runtime.block_on(add(&app, name, words, kind, password))?;
        }
        What::List => {
            for account in runtime.block_on(app.accounts()).map_err(failed)? {
                println!("{}", line(&account));
            }
        }
        What::Link { name, issuer, subject } => {
            runtime.block_on(app.link_outside(issuer, subject, name)).map_err(failed)?;
            println!("linked: {name}");
        }
        What::Close { name } => {
            runtime.block_on(app.close_account(name)).map_err(failed)?;
            println!("closed: {name}");
        }
    }
    Ok(ExitCode::SUCCESS)
}

async fn add(
    app: &Arc<App>,
    name: &str,
    words: &str,
    kind: AccountKind,
    password: &Password,
) -> anyhow::Result<()> {
    let (password, is_made) = password.read()?;
    let is_citizen = matches!(kind, AccountKind::Citizen { .. });
    let code_secret = random_bytes(CODE_SECRET)?;
    let linkage = if is_citizen { random_letters(LINKAGE)? } else { String::new() };
    let new = NewAccount {
        name: name.to_owned(),
        words: words.to_owned(),
        kind,
        level: if is_citizen { IdentityLevel::P5 } else { IdentityLevel::P9 },
        password: password.clone(),
        code_secret: code_secret.clone(),
        linkage: linkage.clone(),
    };
    app.create_account(new).await.map_err(|failure| anyhow::anyhow!("{failure}"))?;
    println!("made the account {name}; what follows is not shown again");
    if is_made {
        println!("password      {password}");
    }
    println!(
        "authenticator otpauth://totp/Careloom:{}?secret={}&issuer=Careloom",
        percent_encoded(name),
        base32(&code_secret)
    );
    if is_citizen {
        let groups: Vec<&str> =
            (0..LINKAGE).step_by(4).filter_map(|at| linkage.get(at..at + 4)).collect();
        println!("linkage key   {}", groups.join("-"));
    }
    Ok(())
}

/// One account in a line.
fn line(account: &interactions::Account) -> String {
    let what = match &account.kind {
        AccountKind::Citizen { person } => format!("citizen, Person/{person}"),
        AccountKind::Staff { role, organisation, .. } => format!("{role}, {organisation}"),
    };
    let closed = if account.is_closed() { "  CLOSED" } else { "" };
    format!("{:<32} {:<24} {what}{closed}", account.name, account.words)
}

fn percent_encoded(text: &str) -> String {
    let keep = |b: u8| b.is_ascii_alphanumeric() || matches!(b, b'-' | b'_' | b'.');
    text.bytes().fold(String::new(), |mut out, byte| {
        if keep(byte) {
            out.push(char::from(byte));
        } else {
            out.push_str(&format!("%{byte:02X}"));
        }
        out
    })
}
