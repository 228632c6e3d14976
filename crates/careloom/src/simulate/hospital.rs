//! The hospital's interface engine: one MLLP connection, the next message after the answer.

use std::net::SocketAddr;

use anyhow::{Context, bail, ensure};
use hl7v2::mllp::{Decoder, Frame, encode};
use testkit::{Area, Site, System};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;

use super::Progress;

/// An answer is short; more is a fault.
const ANSWER_BYTES_MAX: usize = 64 * 1024;

pub(super) async fn run(
    area: &Area,
    site: Site,
    address: SocketAddr,
    progress: &Progress,
) -> anyhow::Result<()> {
    let mut stream = TcpStream::connect(address).await.context("connect by MLLP")?;
    stream.set_nodelay(true)?;
    let mut decoder = Decoder::new(ANSWER_BYTES_MAX);
    for delivery in area.deliveries(site, System::Hospital) {
        stream.write_all(&encode(&delivery.payload)).await?;
        let answer = read_answer(&mut stream, &mut decoder).await?;
        let message = hl7v2::Message::parse(&answer).context("the acknowledgement")?;
        let code = message.text("MSA-1").context("MSA-1 of the acknowledgement")?;
        let control_id = message.text("MSA-2").unwrap_or_default();
        ensure!(control_id == delivery.name, "the acknowledgement is for {control_id}");
        progress.count(code == "AA" || code == "CA");
    }
    Ok(())
}

async fn read_answer(stream: &mut TcpStream, decoder: &mut Decoder) -> anyhow::Result<Vec<u8>> {
    let mut frames = Vec::new();
    let mut buffer = [0; 4096];
    loop {
        let length = stream.read(&mut buffer).await?;
        if length == 0 {
            bail!("the server closed the connection before it answered");
        }
        decoder.push(&buffer[..length], &mut frames);
        if let Some(Frame::Message(answer)) = frames.pop() {
            return Ok(answer);
        }
    }
}
