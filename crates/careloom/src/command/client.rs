//! `careloom client`: the apps and services that may ask for access (OAuth clients).

use std::path::{Path, PathBuf};
use std::process::ExitCode;

use anyhow::{Context, bail, ensure};
use clap::Subcommand;
use interactions::{Client, ClientKind, NewClient, NewClientKind};

use crate::app;
use crate::command::serve::runtime;
use crate::config::Config;

/// Bytes of a file of keys at the most.
const JWKS_MAX: u64 = 256 << 10;

/// Arguments of `careloom client`.
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
    /// Registers a client and prints its id, and its secret where it has one.
    Add(Box<Add>),
    /// Lists the clients.
    List,
    /// Takes a client away; what it was granted is worth nothing from then on.
    Remove {
        /// Its id.
        id: String,
    },
}

#[derive(Debug, clap::Args)]
struct Add {
    /// What people know it as.
    name: String,
    /// Its id; without it one is made.
    #[arg(long, default_value = "")]
    id: String,
    /// The scopes that it may have at the most, as one text: "openid patient/Observation.rs".
    #[arg(long)]
    scope: String,
    /// Where people are sent back to, letter for letter; as often as there are addresses.
    #[arg(long = "redirect", value_name = "URI")]
    redirects: Vec<String>,
    /// Where it is opened from a record.
    #[arg(long, default_value = "", value_name = "URI")]
    launch: String,
    /// An origin of its pages that reads from here, besides those of its addresses.
    #[arg(long = "origin", value_name = "ORIGIN")]
    origins: Vec<String>,
    /// Proves who it is by a secret, which is made and printed once.
    #[arg(long, conflicts_with = "jwks")]
    secret: bool,
    /// Proves who it is by its keys: a file with their public halves as a JWKS.
    #[arg(long, value_name = "FILE")]
    jwks: Option<PathBuf>,
    /// Works without people, for itself (SMART backend services); needs --jwks.
    #[arg(long, requires = "jwks")]
    service: bool,
    /// May ask about the tokens of other clients, as a resource server does.
    #[arg(long)]
    introspect: bool,
}

pub(crate) fn run(arguments: &Arguments) -> anyhow::Result<ExitCode> {
    let config = Config::of(arguments.config.as_deref())?;
    let app = app::of_existing_store(&config)?;
    let runtime = runtime()?;
    let failed = |failure: interactions::Failure| anyhow::anyhow!("{failure}");
    match &arguments.what {
        What::Add(add) => {
            let registered = runtime.block_on(app.register_client(new(add)?)).map_err(failed)?;
            println!("client id      {}", registered.client.id);
            if let Some(secret) = &registered.secret {
                println!("client secret  {secret}   (it is not shown again)");
            }
            println!("FHIR base      {}", config.base_url());
        }
        What::List => {
            for client in runtime.block_on(app.clients()).map_err(failed)? {
                println!("{}", line(&client));
            }
        }
        What::Remove { id } => {
            if !runtime.block_on(app.remove_client(id)).map_err(failed)? {
                bail!("there is no client {id:?}; `careloom client list` shows those there are");
            }
            println!("removed: {id}");
        }
    }
    Ok(ExitCode::SUCCESS)
}

fn new(add: &Add) -> anyhow::Result<NewClient> {
    let kind = match &add.jwks {
        Some(path) => NewClientKind::Keys(keys(path)?),
        None if add.secret => NewClientKind::Secret,
        None => NewClientKind::Public,
    };
    Ok(NewClient {
        id: add.id.clone(),
        name: add.name.clone(),
        kind,
        redirect_uris: add.redirects.clone(),
        launch_uri: add.launch.clone(),
        origins: add.origins.clone(),
        scope: add.scope.clone(),
        may_introspect: add.introspect,
        is_service: add.service,
    })
}

fn keys(path: &Path) -> anyhow::Result<serde_json::Value> {
    let shown = path.display();
    let length = std::fs::metadata(path).with_context(|| format!("cannot read {shown}"))?.len();
    ensure!(length <= JWKS_MAX, "{shown} is longer than {JWKS_MAX} bytes: it is no JWKS");
    let text = std::fs::read_to_string(path).with_context(|| format!("cannot read {shown}"))?;
    serde_json::from_str(&text).with_context(|| format!("{shown} is not JSON"))
}

/// One client in a line.
fn line(client: &Client) -> String {
    let kind = match client.kind {
        ClientKind::Public => "public",
        ClientKind::Secret { .. } => "secret",
        ClientKind::Keys { .. } if client.is_service => "service",
        ClientKind::Keys { .. } => "keys",
    };
    format!("{:<38} {kind:<8} {:<24} {}", client.id, client.name, client.scope)
}
