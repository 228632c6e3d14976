//! How fast messages are read: `cargo run --release -p hl7v2 --example hl7v2_speed [folder]`.
//!
//! The folder holds `.hl7` files, by default the shared samples. Each round frames all of them,
//! parses them, walks to every component, decodes it, looks for issues and writes the answer.

use std::hint::black_box;
use std::path::PathBuf;
use std::time::{Duration, Instant};

use hl7v2::mllp::{Decoder, Frame, encode};
use hl7v2::{Acknowledgement, Code, Message, acknowledge};

const LASTS: Duration = Duration::from_secs(2);

fn main() -> std::io::Result<()> {
    let beside = concat!(env!("CARGO_MANIFEST_DIR"), "/../../../shared/data/hl7v2/messages");
    let folder = std::env::args_os().nth(1).map_or(PathBuf::from(beside), PathBuf::from);
    let mut messages = Vec::new();
    for entry in std::fs::read_dir(folder)? {
        let path = entry?.path();
        if path.extension().is_some_and(|extension| extension == "hl7") {
            messages.push(std::fs::read(path)?);
        }
    }
    let bytes: usize = messages.iter().map(Vec::len).sum();
    println!("{} messages, {bytes} bytes", messages.len());
    let stream: Vec<u8> = messages.iter().flat_map(|message| encode(message)).collect();
    let report =
        |what: &str, round: &dyn Fn() -> usize| measure(what, bytes, messages.len(), round);
    report("frame", &|| frame(&stream));
    report("parse", &|| messages.iter().filter(|bytes| Message::parse(bytes).is_ok()).count());
    report("parse, decode every component", &|| messages.iter().map(|bytes| walk(bytes)).sum());
    report("parse, issues", &|| messages.iter().map(|bytes| issues(bytes)).sum());
    report("parse, answer", &|| messages.iter().map(|bytes| answer(bytes)).sum());
    Ok(())
}

fn measure(what: &str, bytes: usize, messages: usize, round: &dyn Fn() -> usize) {
    let started = Instant::now();
    let mut rounds = 0_u32;
    while started.elapsed() < LASTS {
        black_box(round());
        rounds += 1;
    }
    let each = started.elapsed().as_secs_f64() / f64::from(rounds);
    let (speed, cost) = (bytes as f64 / each / 1e6, each / messages as f64 * 1e6);
    println!("{what}: {speed:.0} MB/s, {cost:.2} µs a message");
}

fn frame(stream: &[u8]) -> usize {
    let mut decoder = Decoder::new(1 << 20);
    let mut frames: Vec<Frame> = Vec::new();
    for packet in stream.chunks(16 * 1024) {
        decoder.push(packet, &mut frames);
    }
    frames.len()
}

fn walk(bytes: &[u8]) -> usize {
    let Ok(message) = Message::parse(bytes) else { return 0 };
    let fields = message.segments().iter().flat_map(|segment| message.fields(segment));
    let repetitions = fields.flat_map(|(_, field)| field.repetitions());
    repetitions.flat_map(hl7v2::Part::components).map(|part| part.text().len()).sum()
}

fn issues(bytes: &[u8]) -> usize {
    Message::parse(bytes).map_or(0, |message| message.issues().len())
}

fn answer(bytes: &[u8]) -> usize {
    let answer =
        Acknowledgement { code: Code::Accept, control_id: "1", date_time: "2026", complaint: None };
    Message::parse(bytes).map_or(0, |message| acknowledge(&message, &answer).len())
}
