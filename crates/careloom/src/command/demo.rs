//! `careloom demo`: the server, five sites with four simulated systems each, and where to look.

use std::net::{IpAddr, Ipv4Addr, SocketAddr};
use std::path::PathBuf;
use std::process::ExitCode;
use std::sync::Arc;
use std::sync::atomic::Ordering;
use std::time::Duration;

use anyhow::Context;
use interactions::Clock;
use testkit::{Area, AreaOptions, Site, System};

use crate::command::serve::{Running, runtime, start_logging};
use crate::command::{demo_accounts, demo_bookings, demo_directory, demo_messages, demo_sites};
use crate::config::{Config, Feed, Mode, Protocol};
use crate::simulate::{Addresses, Progress, drop_folder, send_all};
use crate::system::{SystemClock, stop_signal};

/// Arguments of `careloom demo`.
#[derive(Debug, clap::Args)]
pub(crate) struct Arguments {
    /// How many invented people live in the area.
    #[arg(long, default_value_t = 250)]
    people: u32,
    /// Chooses the area: the same number makes the same people.
    #[arg(long, default_value_t = 1)]
    seed: u64,
    /// Folder of the demo's store and drop folders; emptied at the start.
    #[arg(long, default_value = ".demo")]
    folder: PathBuf,
    /// Port of FHIR and the pages on 127.0.0.1.
    #[arg(long, default_value_t = 8080)]
    port: u16,
    /// First of five ports for the hospitals' HL7 on 127.0.0.1.
    #[arg(long, default_value_t = 2575)]
    hl7_port: u16,
    /// Plays at another time than now: an RFC 3339 moment, such as 2026-06-03T10:00:00+01:00.
    #[arg(long, value_name = "MOMENT")]
    now: Option<jiff::Timestamp>,
    /// Runs without sign-in: whoever reaches the demo may do all.
    #[arg(long)]
    open: bool,
    /// Ends when everything has been received and joined, instead of serving on.
    #[arg(long)]
    once: bool,
}

/// The key of the practices' feeds; no secret.
pub(crate) const FEED_KEY: &str = "careloom-demonstration";

/// A file by which the demo knows that a folder is its own and may be emptied.
const MARK: &str = "careloom-demo";

pub(crate) fn run(arguments: &Arguments) -> anyhow::Result<ExitCode> {
    if std::env::var_os("RUST_LOG").is_none() {
        start_logging_quietly();
    } else {
        start_logging();
    }
    if let Some(now) = arguments.now {
        SystemClock::set(now.as_microsecond());
    }
    empty_folder(&arguments.folder)?;
    let config = configuration(arguments);
    runtime()?.block_on(async {
        let running = Running::start(&config).await?;
        let sent = play(arguments, &config, &running).await;
        if sent.is_ok() && !arguments.once {
            stop_signal().await;
        }
        running.stop().await?;
        sent
    })?;
    Ok(ExitCode::SUCCESS)
}

fn start_logging_quietly() {
    let _ = tracing_subscriber::fmt()
        .with_max_level(tracing::Level::WARN)
        .with_writer(std::io::stderr)
        .try_init();
}

fn empty_folder(folder: &std::path::Path) -> anyhow::Result<()> {
    if folder.exists() {
        let is_empty = folder.read_dir().is_ok_and(|mut entries| entries.next().is_none());
        anyhow::ensure!(
            is_empty || folder.join(MARK).exists(),
            "{} is not empty and no folder of the demo's; name another with --folder",
            folder.display()
        );
        std::fs::remove_dir_all(folder)
            .with_context(|| format!("cannot empty {}", folder.display()))?;
    }
    std::fs::create_dir_all(folder).with_context(|| format!("cannot make {}", folder.display()))?;
    std::fs::write(folder.join(MARK), "Made by careloom demo, emptied at its start.\n")?;
    Ok(())
}

fn loopback(port: u16) -> SocketAddr {
    SocketAddr::new(IpAddr::V4(Ipv4Addr::LOCALHOST), port)
}

/// The configuration that the demo runs with: a feed for each system of each site.
fn configuration(arguments: &Arguments) -> Config {
    let mut config = Config::default();
    config.server.listen = loopback(arguments.port);
    config.server.data = arguments.folder.join("data");
    if !arguments.open {
        config.access.mode = Mode::SignIn;
        config.demonstration = Some(demo_accounts::demonstration());
    }
    for (index, site) in Site::ALL.into_iter().enumerate() {
        for system in System::ALL {
            let name = system.feed(site);
            let mut feed = Feed::new(&name, protocol_of(system));
            feed.title = Some(demo_accounts::organisation(system, site));
            match system {
                System::Hospital => {
                    feed.hold_results = true;
                    feed.listen = Some(loopback(arguments.hl7_port + index as u16));
                    feed.organisation = Some(site.trust().to_owned());
                }
                System::Community | System::SocialCare => {
                    feed.folder = Some(drop_folder(&arguments.folder.join("drop"), &name));
                    let organisation = match system {
                        System::Community => site.community_team(),
                        _ => site.authority(),
                    };
                    feed.organisation = Some(organisation.to_owned());
                }
                System::Gp => feed.key_hash = Some(interactions::secret_key(FEED_KEY)),
            }
            config.feeds.push(feed);
        }
    }
    config
}

fn protocol_of(system: System) -> Protocol {
    match system {
        System::Hospital => Protocol::Mllp,
        System::Gp => Protocol::Bundle,
        System::Community | System::SocialCare => Protocol::Folder,
    }
}

/// Lets the systems send, shows progress, waits until all is joined, and says where to look.
async fn play(arguments: &Arguments, config: &Config, running: &Running) -> anyhow::Result<()> {
    let today = fhir::format_instant(SystemClock.now());
    let as_of = today[..10].parse().context("today")?;
    let mut options = AreaOptions::new(arguments.seed, arguments.people, as_of);
    options.heroes = demo_accounts::HEROES;
    println!("making an area of five sites with {} invented people …", arguments.people);
    let area = tokio::task::spawn_blocking(move || Arc::new(Area::generate(options))).await?;
    let total: usize = Site::ALL
        .into_iter()
        .flat_map(|site| System::ALL.map(|system| area.deliveries(site, system).len()))
        .sum();
    let progress = Arc::new(Progress::default());
    let addresses = Addresses {
        http: config.server.listen,
        mllp: config.feeds.iter().filter_map(|feed| feed.listen).collect(),
        folders: arguments.folder.join("drop"),
    };
    let sending = tokio::spawn(send_all(Arc::clone(&area), addresses, Arc::clone(&progress)));
    show_progress(&sending, &progress, total).await;
    sending.await.context("the simulated systems")??;
    println!("everything is sent; mapping and joining …");
    files_taken(config).await;
    running.idle().await;
    running.app.linking.settled().await;
    let made = demo_bookings::make(&running.app, &area).await?;
    println!(
        "{} times in the books of five practices, {} of them booked",
        made.slots, made.bookings
    );
    demo_messages::make(&running.app).await?;
    let services = demo_directory::make(&running.app, arguments.seed).await?;
    println!("{services} services stand in the directory");
    if !arguments.open {
        demo_accounts::make(&running.app).await?;
        demo_sites::make(&running.app).await?;
    }
    finish(&area, config, running).await
}

async fn show_progress<T>(sending: &tokio::task::JoinHandle<T>, progress: &Progress, total: usize) {
    let mut tick = tokio::time::interval(Duration::from_millis(500));
    while !sending.is_finished() {
        tick.tick().await;
        let sent = progress.sent.load(Ordering::Relaxed);
        let refused = progress.refused.load(Ordering::Relaxed);
        println!("  {sent} of {total} messages, bundles and files sent, {refused} refused");
    }
}

/// Waits until no dropped file is left to be picked up.
async fn files_taken(config: &Config) {
    let folders: Vec<_> = config.feeds.iter().filter_map(|feed| feed.folder.clone()).collect();
    let has_files = |folder: &std::path::Path| {
        let waiting = [folder.to_owned(), folder.join("processing")];
        waiting
            .iter()
            .filter_map(|place| place.read_dir().ok())
            .flatten()
            .flatten()
            .any(|entry| entry.file_type().is_ok_and(|kind| kind.is_file()))
    };
    let mut tick = tokio::time::interval(Duration::from_millis(200));
    while folders.iter().any(|folder| has_files(folder)) {
        tick.tick().await;
    }
}

/// Checks the ledger and prints the addresses.
async fn finish(area: &Area, config: &Config, running: &Running) -> anyhow::Result<()> {
    let balances = running.app.store.ledger().await?;
    let (mut received, mut stored, mut waiting, mut set_aside, mut filtered) = (0, 0, 0, 0, 0);
    for balance in &balances {
        received += balance.received;
        stored += balance.stored;
        waiting += balance.waiting;
        set_aside += balance.set_aside;
        filtered += balance.filtered;
    }
    println!(
        "ledger: {received} received = {stored} stored + {waiting} waiting + {set_aside} set aside + {filtered} filtered"
    );
    anyhow::ensure!(
        balances.iter().all(store::FeedBalance::balances),
        "the ledger does not balance"
    );
    let root = format!("http://{}", config.server.listen);
    println!("\nopen {root}/");
    if config.access.mode == Mode::SignIn {
        println!("  sign in        {root}/sign-in   it says who can, and how");
    }
    println!("  find a person  {root}/clinician/find");
    for site in Site::ALL {
        let number = testkit::hero_nhs_number(site, 0);
        let hero = area.heroes().find(|person| person.nhs_number == number);
        let name = hero.map_or_else(String::new, |p| format!("{} {}", p.given, p.family));
        println!("    {:<20} {name}, NHS number {number}", site.name());
    }
    println!("  the ledger     {root}/console/feeds");
    println!("  doubtful links {root}/console/links");
    println!("  FHIR           {root}/fhir/metadata");
    println!("\nready; stop with Ctrl-C");
    Ok(())
}
