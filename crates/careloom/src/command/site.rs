//! `careloom site`: the places that features of the person's app are switched on at.

use std::path::PathBuf;
use std::process::ExitCode;

use anyhow::Context;
use clap::Subcommand;
use interactions::rollout::rules::{Eligibility, FEATURES, Site, State};
use interactions::rollout::{ELSEWHERE, NewChange};

use crate::app;
use crate::command::serve::runtime;
use crate::config::Config;

/// Arguments of `careloom site`.
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
    /// Lists the sites with what is on.
    List,
    /// Makes a site, or says anew what it is called and which its practices are.
    Add {
        /// Its short name: letters a to z, digits, hyphens.
        id: String,
        /// What people call it.
        #[arg(long)]
        name: String,
        /// A practice: an ODS code, or `feed:` with the name of a feed. As often as there are.
        #[arg(long = "practice", value_name = "CODE")]
        practices: Vec<String>,
    },
    /// Decides about a feature at a site, from a day on.
    Set {
        /// The site, or `elsewhere` for people of none.
        site: String,
        /// The feature: booking, waiting-list, 111, record, results, messages, sharing, proxies, apps.
        feature: String,
        /// off, pilot or on.
        state: String,
        /// The first day, as 2026-01-31; today where it is not given.
        #[arg(long)]
        from: Option<String>,
        /// What people are told where the feature would be.
        #[arg(long, default_value = "")]
        note: String,
        /// Why.
        #[arg(long)]
        why: String,
        /// A practice of a pilot; all of the site where none is given.
        #[arg(long = "practice", value_name = "CODE")]
        practices: Vec<String>,
        /// The youngest age in a pilot.
        #[arg(long)]
        age_from: Option<u16>,
        /// The oldest age in a pilot.
        #[arg(long)]
        age_to: Option<u16>,
        /// How many of 100 people are in a pilot.
        #[arg(long, default_value_t = 100)]
        share: u8,
    },
}

pub(crate) fn run(arguments: &Arguments) -> anyhow::Result<ExitCode> {
    let config = Config::of(arguments.config.as_deref())?;
    let app = app::of_existing_store(&config)?;
    let runtime = runtime()?;
    match &arguments.what {
        What::List => {
            let sites = runtime.block_on(app.sites()).map_err(failed)?;
            let today = app.rollout_day();
            for site in sites.all.iter().chain(&sites.elsewhere) {
                print(site, &today);
            }
        }
        What::Add { id, name, practices } => {
            runtime.block_on(app.save_site(id, name, practices)).map_err(failed)?;
            println!("kept: {id}");
        }
        What::Set { site, feature, state, from, note, why, practices, age_from, age_to, share } => {
            let pilot = Eligibility {
                practices: practices.clone(),
                age_from: *age_from,
                age_to: *age_to,
                share: *share,
            };
            let new = NewChange {
                state: state_of(state, pilot)?,
                from: from.clone().unwrap_or_else(|| app.rollout_day()),
                note: note.clone(),
                why: why.clone(),
            };
            let done = app.change_feature(site, feature, &new, "careloom site");
            runtime.block_on(done).map_err(failed)?;
            println!("{site}: {feature} is {state} from {}", new.from);
        }
    }
    Ok(ExitCode::SUCCESS)
}

#[expect(clippy::needless_pass_by_value, reason = "for map_err")]
fn failed(failure: interactions::Failure) -> anyhow::Error {
    anyhow::anyhow!("{failure}")
}

fn state_of(code: &str, pilot: Eligibility) -> anyhow::Result<State> {
    let state = match code {
        "off" => Some(State::Off),
        "pilot" => Some(State::Pilot(pilot)),
        "on" => Some(State::On),
        _ => None,
    };
    state.with_context(|| format!("{code:?} is no state; off, pilot and on are"))
}

fn print(site: &Site, today: &str) {
    let practices =
        if site.id == ELSEWHERE { "all others".into() } else { site.practices.join(" ") };
    println!("{} ({}): {practices}", site.id, site.name);
    for feature in &FEATURES {
        let plan = site.plans.get(feature.id);
        let now = plan.and_then(|plan| plan.in_force(today));
        let now = now.map_or("not decided", |change| change.state.code());
        match plan.and_then(|plan| plan.next(today)) {
            Some(next) => {
                println!("  {}: {now}, {} from {}", feature.id, next.state.code(), next.from);
            }
            None => println!("  {}: {now}", feature.id),
        }
    }
}
