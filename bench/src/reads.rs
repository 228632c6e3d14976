//! Reads by id over kept-alive connections.

use std::sync::Arc;
use std::time::{Duration, Instant};

use anyhow::{Context, ensure};

use crate::Options;
use crate::http::{Connection, header};
use crate::server::Server;
use crate::writes::observation;

pub(crate) async fn run(options: &Options) -> anyhow::Result<()> {
    let server = Server::start(options).await?;
    let mut connection = Connection::open(&server.http).await?;
    let mut paths = Vec::new();
    for number in 0..1_000 {
        let body = observation(number);
        let answer = connection.send("POST", "/fhir/Observation", Some(body.as_bytes())).await?;
        ensure!(answer.status == 201, "status {}", answer.status);
        let location = header(&answer.head, "location: ").context("location")?;
        let path = location.split("/fhir/observation/").nth(1).context("id")?;
        let id = path.split('/').next().context("id")?;
        paths.push(format!("/fhir/Observation/{id}"));
    }
    let paths = Arc::new(paths);
    let until = Instant::now() + Duration::from_secs(options.seconds);
    let (started, cpu) = (Instant::now(), server.cpu_seconds());
    let mut tasks = tokio::task::JoinSet::new();
    for first in 0..options.connections {
        let (address, paths) = (server.http.clone(), Arc::clone(&paths));
        tasks.spawn(async move { read_until(&address, &paths, first * 61, until).await });
    }
    let mut reads = 0_u32;
    while let Some(done) = tasks.join_next().await {
        reads += done??;
    }
    let rate = f64::from(reads) / started.elapsed().as_secs_f64();
    let each = (server.cpu_seconds() - cpu) * 1e6 / f64::from(reads);
    println!(
        "reads by id: {rate:.0}/s over {} connections, {each:.1} µs of server processor each",
        options.connections
    );
    Ok(())
}

async fn read_until(
    address: &str,
    paths: &[String],
    first: usize,
    until: Instant,
) -> anyhow::Result<u32> {
    let mut connection = Connection::open(address).await?;
    let mut reads = 0;
    while Instant::now() < until {
        for step in 0..32 {
            let path = &paths[(first + reads as usize + step) % paths.len()];
            let answer = connection.send("GET", path, None).await?;
            ensure!(answer.status == 200, "status {}", answer.status);
        }
        reads += 32;
    }
    Ok(reads)
}
