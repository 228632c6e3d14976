//! Transaction Bundles of the public Synthea data over HTTP: resources a second, bytes a resource.

use std::collections::VecDeque;
use std::io::Read;
use std::sync::{Arc, Mutex};
use std::time::Instant;

use anyhow::{Context, ensure};

use crate::Options;
use crate::http::Connection;
use crate::server::Server;

/// Bundles under way at once: while some are synced, others are read and prepared.
const CONNECTIONS: usize = 8;

pub(crate) async fn run(options: &Options) -> anyhow::Result<()> {
    let bundles = read_bundles(options)?;
    let bytes: usize = bundles.iter().map(Vec::len).sum();
    let mut server = Server::start(options).await?;
    let queue = Arc::new(Mutex::new(VecDeque::from(bundles)));
    let started = Instant::now();
    let mut tasks = tokio::task::JoinSet::new();
    for _ in 0..CONNECTIONS {
        let (queue, address) = (Arc::clone(&queue), server.http.clone());
        tasks.spawn(async move { send_all(&address, &queue).await });
    }
    let mut resources = 0;
    while let Some(sent) = tasks.join_next().await {
        resources += sent??;
    }
    let seconds = started.elapsed().as_secs_f64();
    let (peak, cpu) = (server.memory_mib(), server.cpu_seconds());
    server.stop()?;
    #[expect(clippy::cast_precision_loss, reason = "figures for people")]
    let (rate, size) = (resources as f64 / seconds, server.disk_bytes() as f64 / resources as f64);
    #[expect(clippy::cast_precision_loss, reason = "figures for people")]
    let each = cpu * 1e6 / resources as f64;
    println!(
        "synthea: {resources} resources of {} MB in {seconds:.1} s: {rate:.0} resources/s, {each:.0} µs of server processor each, {size:.0} bytes on disk a resource, {peak:.0} MiB resident at the end",
        bytes / 1_000_000
    );
    Ok(())
}

async fn send_all(address: &str, queue: &Mutex<VecDeque<Vec<u8>>>) -> anyhow::Result<usize> {
    let mut connection = Connection::open(address).await?;
    let mut resources = 0;
    loop {
        let next = queue.lock().map_err(|_| anyhow::anyhow!("poisoned"))?.pop_front();
        let Some(bundle) = next else { return Ok(resources) };
        let answer = connection.send("POST", "/fhir", Some(&bundle)).await?;
        let shown =
            String::from_utf8_lossy(&answer.body[..answer.body.len().min(500)]).into_owned();
        ensure!(answer.status == 200, "status {}: {shown}", answer.status);
        resources += count(&answer.body, b"\"status\":\"201");
    }
}

fn count(text: &[u8], part: &[u8]) -> usize {
    text.windows(part.len()).filter(|window| *window == part).count()
}

/// All Bundles, unpacked, before the clock runs.
fn read_bundles(options: &Options) -> anyhow::Result<Vec<Vec<u8>>> {
    let folder = options.data.join("synthea");
    let mut paths: Vec<_> = std::fs::read_dir(&folder)
        .with_context(|| format!("read {}", folder.display()))?
        .filter_map(|entry| entry.ok().map(|entry| entry.path()))
        .filter(|path| path.extension().is_some_and(|extension| extension == "gz"))
        .collect();
    paths.sort();
    paths
        .iter()
        .map(|path| {
            let mut bundle = Vec::new();
            flate2::read::GzDecoder::new(std::fs::File::open(path)?).read_to_end(&mut bundle)?;
            Ok(bundle)
        })
        .collect()
}
