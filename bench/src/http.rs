//! A small HTTP/1.1 client that costs little, so that the figure is the server's.

use anyhow::{Context, bail};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;

/// One kept-alive connection.
pub(crate) struct Connection {
    stream: TcpStream,
    buffer: Vec<u8>,
}

/// What came back.
pub(crate) struct Answer {
    pub(crate) status: u16,
    pub(crate) body: Vec<u8>,
    pub(crate) head: String,
}

impl Connection {
    pub(crate) async fn open(address: &str) -> anyhow::Result<Connection> {
        let stream = TcpStream::connect(address).await?;
        stream.set_nodelay(true)?;
        Ok(Connection { stream, buffer: Vec::with_capacity(64 * 1024) })
    }

    /// Sends a request and reads the whole answer.
    pub(crate) async fn send(
        &mut self,
        method: &str,
        path: &str,
        body: Option<&[u8]>,
    ) -> anyhow::Result<Answer> {
        let of_body = body.map_or_else(String::new, |body| {
            let length = body.len();
            format!("content-type: application/fhir+json\r\nprefer: return=minimal\r\ncontent-length: {length}\r\n")
        });
        let body = body.unwrap_or_default();
        let head = format!(
            "{method} {path} HTTP/1.1\r\nhost: bench\r\naccept: application/fhir+json\r\n{of_body}\r\n"
        );
        if body.len() < 16 * 1024 {
            let mut whole = head.into_bytes();
            whole.extend_from_slice(body);
            self.stream.write_all(&whole).await?;
        } else {
            self.stream.write_all(head.as_bytes()).await?;
            self.stream.write_all(body).await?;
        }
        self.read_answer().await
    }

    async fn fill(&mut self) -> anyhow::Result<()> {
        if self.stream.read_buf(&mut self.buffer).await? == 0 {
            bail!("the server closed the connection");
        }
        Ok(())
    }

    async fn read_answer(&mut self) -> anyhow::Result<Answer> {
        let head_end = loop {
            if let Some(at) = self.buffer.windows(4).position(|w| w == b"\r\n\r\n") {
                break at + 4;
            }
            self.fill().await?;
        };
        let head = String::from_utf8_lossy(&self.buffer[..head_end]).to_lowercase();
        let status = head.get(9..12).context("status line")?.parse()?;
        self.buffer.drain(..head_end);
        let length = header(&head, "content-length: ").and_then(|v| v.parse::<usize>().ok());
        let body = if head.contains("transfer-encoding: chunked") {
            self.read_chunks().await?
        } else {
            self.take(length.unwrap_or(0)).await?
        };
        Ok(Answer { status, body, head })
    }

    async fn take(&mut self, length: usize) -> anyhow::Result<Vec<u8>> {
        while self.buffer.len() < length {
            self.fill().await?;
        }
        let rest = self.buffer.split_off(length);
        Ok(std::mem::replace(&mut self.buffer, rest))
    }

    async fn read_chunks(&mut self) -> anyhow::Result<Vec<u8>> {
        let mut body = Vec::new();
        loop {
            let line_end = loop {
                if let Some(at) = self.buffer.windows(2).position(|w| w == b"\r\n") {
                    break at;
                }
                self.fill().await?;
            };
            let line = self.take(line_end + 2).await?;
            let digits = String::from_utf8_lossy(&line[..line_end]).trim().to_owned();
            let size = usize::from_str_radix(&digits, 16)?;
            let chunk = self.take(size + 2).await?;
            if size == 0 {
                return Ok(body);
            }
            body.extend_from_slice(&chunk[..size]);
        }
    }
}

/// The value of a header in a lower-case head.
pub(crate) fn header<'h>(head: &'h str, name: &str) -> Option<&'h str> {
    let start = head.find(name)? + name.len();
    head[start..].split("\r\n").next()
}
