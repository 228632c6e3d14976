//! A running `careloom serve`, and small blocking clients of its sockets.

use std::io::{BufRead, BufReader, Read, Write};
use std::net::{TcpListener, TcpStream};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

/// The binary under test.
pub(crate) const BINARY: &str = env!("CARGO_BIN_EXE_careloom");

/// Waiting longer than this for the server is a failure.
const PATIENCE: Duration = Duration::from_secs(60);

pub(crate) struct Process {
    child: Child,
    pub(crate) http: String,
    pub(crate) mllp: String,
}

/// Writes a configuration with one MLLP feed, and gives its path.
pub(crate) fn configure(folder: &Path) -> PathBuf {
    let path = folder.join("careloom.toml");
    let text = format!(
        "[server]\nlisten = \"127.0.0.1:{}\"\ndata = \"{}\"\n[[feed]]\nname = \"test\"\nprotocol = \"mllp\"\nlisten = \"127.0.0.1:{}\"\n",
        free_port(),
        folder.join("data").display(),
        free_port()
    );
    std::fs::write(&path, text).expect("write the configuration");
    path
}

fn free_port() -> u16 {
    let listener = TcpListener::bind("127.0.0.1:0").expect("bind");
    listener.local_addr().expect("address").port()
}

impl Process {
    /// Starts the server of a configuration made by [`configure`], and waits until it serves.
    pub(crate) fn start(config: &Path) -> Process {
        Process::logging(config, "careloom=off", Stdio::null())
    }

    /// The same, with what it logs of `wanted` (as `RUST_LOG` says it) going to `log`.
    pub(crate) fn logging(config: &Path, wanted: &str, log: Stdio) -> Process {
        let text = std::fs::read_to_string(config).expect("configuration");
        let mut addresses = text.lines().filter_map(|line| line.strip_prefix("listen = \""));
        let mut next = || addresses.next().expect("an address").trim_end_matches('"').to_owned();
        let (http, mllp) = (next(), next());
        let child = Command::new(BINARY)
            .args(["serve", "--config"])
            .arg(config)
            .env("RUST_LOG", wanted)
            .stdout(Stdio::null())
            .stderr(log)
            .spawn()
            .expect("start careloom");
        let mut process = Process { child, http, mllp };
        let until = Instant::now() + PATIENCE;
        while http_request(&process.http, "GET", "/health", b"").map(|a| a.0) != Some(200) {
            assert!(Instant::now() < until, "the server did not serve in time");
            let ended = process.child.try_wait().expect("child");
            assert!(ended.is_none(), "the server ended: {ended:?}");
            std::thread::yield_now();
        }
        process
    }

    /// Kills the process outright, as a power cut would.
    pub(crate) fn kill(mut self) {
        self.child.kill().expect("kill");
        self.child.wait().expect("wait");
    }
}

impl Drop for Process {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

/// One request on its own connection: status and body; `None` where the connection broke.
pub(crate) fn http_request(
    address: &str,
    method: &str,
    path: &str,
    body: &[u8],
) -> Option<(u16, String)> {
    http_exchange(address, method, path, &[], body)
}

/// The same with headers of its own.
pub(crate) fn http_exchange(
    address: &str,
    method: &str,
    path: &str,
    headers: &[(&str, &str)],
    body: &[u8],
) -> Option<(u16, String)> {
    let mut stream = TcpStream::connect(address).ok()?;
    let mut head = format!(
        "{method} {path} HTTP/1.1\r\nhost: {address}\r\nconnection: close\r\ncontent-type: application/fhir+json\r\ncontent-length: {}\r\n",
        body.len()
    );
    for (name, value) in headers {
        head.extend([*name, ": ", *value, "\r\n"]);
    }
    head.push_str("\r\n");
    stream.write_all(head.as_bytes()).ok()?;
    stream.write_all(body).ok()?;
    let mut reader = BufReader::new(stream);
    let mut line = String::new();
    reader.read_line(&mut line).ok()?;
    let status = line.get(9..12)?.parse().ok()?;
    let mut rest = String::new();
    reader.read_to_string(&mut rest).ok()?;
    let (_, body) = rest.split_once("\r\n\r\n")?;
    Some((status, body.to_owned()))
}
