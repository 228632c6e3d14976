//! The one binary and composition root: configuration, store, edges, commands.
//!
//! Nothing else in the workspace knows which backend runs or what time it is.
//! To add a command: a module in `command/`, a variant of [`Command`], a line in `docs/`.

mod app;
mod bars;
mod command;
mod config;
mod feed;
mod health;
mod http;
mod network;
mod outside;
mod simulate;
mod system;

use clap::{Parser, Subcommand};

#[global_allocator]
static ALLOCATOR: mimalloc::MiMalloc = mimalloc::MiMalloc;

/// Joins the systems of a health and care area: FHIR, HL7 v2 and CSV in; one record, one ledger,
/// one set of pages out.
#[derive(Debug, Parser)]
#[command(name = "careloom", version, propagate_version = true)]
struct Arguments {
    #[command(subcommand)]
    command: Command,
}

#[derive(Debug, Subcommand)]
enum Command {
    /// Runs the server: FHIR at /fhir, pages at /, feeds as configured.
    Serve(command::serve::Arguments),
    /// Runs the server with a simulated area of five sites that talks to it.
    Demo(command::demo::Arguments),
    /// Prints the balance of every feed in a store; fails where one does not balance.
    Ledger(command::ledger::Arguments),
    /// Checks that no note of who looked at a record was changed or taken away.
    Audit(command::audit::Arguments),
    /// Makes, lists and closes the accounts that people sign in with.
    Account(command::account::Arguments),
    /// Lists sites, makes them, and switches features of the person's app on and off there.
    Site(command::site::Arguments),
    /// Makes a key for a feed that arrives over HTTP, and the hash of it for the configuration.
    FeedKey(command::feed_key::Arguments),
    /// The apps and services that may ask for access: adds, lists, removes.
    Client(command::client::Arguments),
    /// Lists the long work of a store: exports, imports, reindexing, requests answered later.
    Jobs(command::jobs::Arguments),
    /// Asks for the search index to be made anew; the server does it.
    Reindex(command::reindex::Arguments),
    /// Checks the question sets of 111 online, and draws their maps.
    Triage(command::triage::Arguments),
    /// Checks a configuration file and prints it with all defaults filled in.
    Config(command::config::Arguments),
}

fn main() -> std::process::ExitCode {
    let arguments = Arguments::parse();
    let result = match arguments.command {
        Command::Serve(arguments) => command::serve::run(&arguments),
        Command::Demo(arguments) => command::demo::run(&arguments),
        Command::Ledger(arguments) => command::ledger::run(&arguments),
        Command::Audit(arguments) => command::audit::run(&arguments),
        Command::Client(arguments) => command::client::run(&arguments),
        Command::Account(arguments) => command::account::run(&arguments),
        Command::Site(arguments) => command::site::run(&arguments),
        Command::FeedKey(arguments) => command::feed_key::run(&arguments),
        Command::Jobs(arguments) => command::jobs::run(&arguments),
        Command::Reindex(arguments) => command::reindex::run(&arguments),
        Command::Triage(arguments) => command::triage::run(&arguments),
        Command::Config(arguments) => command::config::run(&arguments),
    };
    match result {
        Ok(code) => code,
        Err(error) => {
            eprintln!("careloom: {error:#}");
            std::process::ExitCode::FAILURE
        }
    }
}
