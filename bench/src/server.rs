//! The server under test: a process of its own with a fresh store in a temporary folder.

use std::path::PathBuf;
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

use anyhow::Context;

use crate::Options;
use crate::http::Connection;

/// `USER_HZ`, which Linux fixes at 100 on every architecture that we build for.
const TICKS_PER_SECOND: f64 = 100.0;

/// A running server; stopped and its folder removed when dropped.
pub(crate) struct Server {
    child: Child,
    pub(crate) folder: PathBuf,
    pub(crate) http: String,
    pub(crate) mllp: String,
    pub(crate) start: Duration,
    /// Whether the folder outlives the server.
    is_kept: bool,
}

impl Server {
    pub(crate) async fn start(options: &Options) -> anyhow::Result<Server> {
        let folder = std::env::temp_dir().join(format!("careloom-bench-{}", std::process::id()));
        let _ = std::fs::remove_dir_all(&folder);
        Server::start_in(options, folder, false).await
    }

    /// Starts with the store of a folder, which is kept for another run.
    pub(crate) async fn start_kept(options: &Options, folder: PathBuf) -> anyhow::Result<Server> {
        Server::start_in(options, folder, true).await
    }

    async fn start_in(options: &Options, folder: PathBuf, is_kept: bool) -> anyhow::Result<Server> {
        std::fs::create_dir_all(&folder)?;
        let http = format!("127.0.0.1:{}", free_port()?);
        let mllp = format!("127.0.0.1:{}", free_port()?);
        let config = folder.join("careloom.toml");
        std::fs::write(&config, configuration(&http, &mllp, &folder))?;
        let started = Instant::now();
        let child = Command::new(&options.server)
            .args(["serve", "--config"])
            .arg(&config)
            .stdout(Stdio::null())
            .stderr(std::fs::File::create(folder.join("log"))?)
            .spawn()
            .with_context(|| format!("start {}", options.server.display()))?;
        let mut server = Server { child, folder, http, mllp, start: Duration::ZERO, is_kept };
        server.wait_until_ready().await?;
        server.start = started.elapsed();
        Ok(server)
    }

    async fn wait_until_ready(&mut self) -> anyhow::Result<()> {
        for _ in 0..10_000 {
            if let Ok(mut connection) = Connection::open(&self.http).await
                && let Ok(answer) = connection.send("GET", "/health", None).await
                && answer.status == 200
            {
                return Ok(());
            }
            if let Some(status) = self.child.try_wait()? {
                anyhow::bail!("the server ended with {status}; see {}", self.folder.display());
            }
            tokio::time::sleep(Duration::from_millis(1)).await;
        }
        anyhow::bail!("the server did not answer within ten seconds")
    }

    /// Resident memory in MiB.
    pub(crate) fn memory_mib(&self) -> f64 {
        let path = format!("/proc/{}/status", self.child.id());
        let text = std::fs::read_to_string(path).unwrap_or_default();
        let line = text.lines().find(|line| line.starts_with("VmRSS:")).unwrap_or("");
        let kib = line.split_whitespace().nth(1).and_then(|v| v.parse::<f64>().ok());
        kib.unwrap_or(f64::NAN) / 1024.0
    }

    /// Processor seconds that the server has used: a figure that other load on the machine hardly moves.
    pub(crate) fn cpu_seconds(&self) -> f64 {
        let path = format!("/proc/{}/stat", self.child.id());
        let text = std::fs::read_to_string(path).unwrap_or_default();
        let after_name = text.rsplit(')').next().unwrap_or("");
        let ticks = after_name.split_whitespace().skip(11).take(2);
        ticks.filter_map(|tick| tick.parse::<f64>().ok()).sum::<f64>() / TICKS_PER_SECOND
    }

    /// Bytes of the store on disk.
    pub(crate) fn disk_bytes(&self) -> u64 {
        let entries = std::fs::read_dir(self.folder.join("data")).into_iter().flatten().flatten();
        entries.filter_map(|entry| entry.metadata().ok()).map(|m| m.len()).sum()
    }

    /// Asks the server to end and waits, so that what it writes at the end is counted.
    pub(crate) fn stop(&mut self) -> anyhow::Result<()> {
        Command::new("kill").arg(self.child.id().to_string()).status()?;
        self.child.wait()?;
        Ok(())
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        if self.is_kept {
            let _ = self.stop();
            return;
        }
        let _ = self.child.kill();
        let _ = self.child.wait();
        let _ = std::fs::remove_dir_all(&self.folder);
    }
}

fn configuration(http: &str, mllp: &str, folder: &std::path::Path) -> String {
    let data = folder.join("data");
    format!(
        "[server]\nlisten = \"{http}\"\ndata = \"{}\"\n\n[[feed]]\nname = \"bench\"\nsystem = \"bench\"\nprotocol = \"mllp\"\nlisten = \"{mllp}\"\n",
        data.display()
    )
}

fn free_port() -> anyhow::Result<u16> {
    Ok(std::net::TcpListener::bind("127.0.0.1:0")?.local_addr()?.port())
}

/// Start-up time until the first answer, and memory at rest.
pub(crate) async fn measure_start(options: &Options) -> anyhow::Result<()> {
    let mut times = Vec::new();
    let mut memory = 0.0;
    for _ in 0..5 {
        let server = Server::start(options).await?;
        times.push(server.start);
        tokio::time::sleep(Duration::from_millis(500)).await;
        memory = server.memory_mib();
    }
    times.sort();
    println!("start: {} ms median of 5 to the first answer", times[2].as_millis());
    println!("idle memory: {memory:.0} MiB");
    Ok(())
}
