//! HL7 ADT over MLLP: stored durably and acknowledged, messages a second.

use std::time::{Duration, Instant};

use anyhow::ensure;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;

use crate::Options;
use crate::server::Server;

/// Connections of a busy trust's interface engine.
const CONNECTIONS: u32 = 8;

/// Messages that a sender puts on the wire before it waits for answers.
const PIPELINE: u32 = 16;

pub(crate) async fn run(options: &Options) -> anyhow::Result<()> {
    for pipeline in [1, PIPELINE] {
        let server = Server::start(options).await?;
        let until = Instant::now() + Duration::from_secs(options.seconds);
        let started = Instant::now();
        let mut tasks = tokio::task::JoinSet::new();
        for connection in 0..CONNECTIONS {
            let address = server.mllp.clone();
            tasks.spawn(async move { send_until(&address, connection, pipeline, until).await });
        }
        let mut sent = 0;
        while let Some(done) = tasks.join_next().await {
            sent += done??;
        }
        let rate = f64::from(sent) / started.elapsed().as_secs_f64();
        println!(
            "mllp: {rate:.0} messages/s stored and acknowledged, {CONNECTIONS} connections, {pipeline} in flight each"
        );
    }
    Ok(())
}

async fn send_until(
    address: &str,
    connection: u32,
    pipeline: u32,
    until: Instant,
) -> anyhow::Result<u32> {
    let mut stream = TcpStream::connect(address).await?;
    stream.set_nodelay(true)?;
    let mut sent = 0;
    let mut buffer = Vec::new();
    while Instant::now() < until {
        let mut packet = Vec::new();
        for _ in 0..pipeline {
            packet.extend_from_slice(&message(connection, sent));
            sent += 1;
        }
        stream.write_all(&packet).await?;
        let mut answers = 0;
        while answers < pipeline {
            buffer.clear();
            ensure!(stream.read_buf(&mut buffer).await? > 0, "the listener closed");
            ensure!(!buffer.windows(4).any(|w| w == b"|AE|" || w == b"|AR|"), "not accepted");
            answers += buffer.split(|byte| *byte == 0x1C).count() as u32 - 1;
        }
    }
    Ok(sent)
}

fn message(connection: u32, number: u32) -> Vec<u8> {
    let id = format!("B{connection:02}-{number:08}");
    let mrn = connection * 100_000 + number % 20_000;
    format!(
        "\u{b}MSH|^~\\&|PAS|ZZL|ROUTE|ROUTE|20260310142000||ADT^A01^ADT_A01|{id}|P|2.4|||||GBR|UNICODE|EN||iTKv1.0\rEVN|A01|20260310142000|||ZZL-U104^Okafor^Grace^^^Ms|20260310141500\rPID|1||L{mrn:07}^^^ZZL^MR||BENCH^Person{number}^Noor^^Mrs^^L||19580214|2||A|14 Hope Street^^Liverpool^Merseyside^L1 9XQ^GBR^H||01514960123^PRN^PH||en|M||||||H\rPD1|||Hope Street Surgery^^Z91001|G9100101^Reid^Fiona^^^Dr^^^GMP\rPV1|1|I|W07^BAY2^BED3^ZZL01|21|||C9100007^Hughes^Rhian^^^Dr^^^GMC|||300||||19|||||V{mrn:08}^^^ZZL^VN|||||||||||||||||||||||||20260310141500\r\u{1c}\r"
    )
    .into_bytes()
}
