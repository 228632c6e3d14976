//! A sender of HL7 v2 messages over MLLP.

use std::time::Duration;

use hl7v2::Message;
use hl7v2::mllp::{Decoder, Frame};
use tokio::io::{AsyncRead, AsyncReadExt as _, AsyncWrite, AsyncWriteExt as _};

/// Nothing here takes this long unless it fails.
pub(crate) const PATIENCE: Duration = Duration::from_secs(20);

/// A connection to a listener.
pub(crate) struct Client<S> {
    stream: S,
    decoder: Decoder,
    answers: Vec<Vec<u8>>,
}

impl Client<tokio::net::TcpStream> {
    pub(crate) async fn connect(address: std::net::SocketAddr) -> Self {
        let stream = tokio::net::TcpStream::connect(address).await.unwrap();
        stream.set_nodelay(true).unwrap();
        Client::over(stream)
    }
}

impl<S: AsyncRead + AsyncWrite + Unpin> Client<S> {
    pub(crate) fn over(stream: S) -> Self {
        Client { stream, decoder: Decoder::new(1 << 20), answers: Vec::new() }
    }

    pub(crate) async fn send(&mut self, packet: &[u8]) {
        self.stream.write_all(packet).await.unwrap();
        self.stream.flush().await.unwrap();
    }

    /// Sends to a side that may have closed already.
    pub(crate) async fn try_send(&mut self, packet: &[u8]) {
        let _ = self.stream.write_all(packet).await;
        let _ = self.stream.flush().await;
    }

    /// The next answer; `None` when the other side has closed.
    pub(crate) async fn answer(&mut self) -> Option<Vec<u8>> {
        let mut buffer = [0; 4096];
        while self.answers.is_empty() {
            let read = tokio::time::timeout(PATIENCE, self.stream.read(&mut buffer)).await;
            // A reset is a close as well.
            let count = read.expect("an answer in time").unwrap_or(0);
            if count == 0 {
                return None;
            }
            let mut frames = Vec::new();
            self.decoder.push(&buffer[..count], &mut frames);
            for frame in frames {
                let Frame::Message(bytes) = frame else { panic!("{frame:?}") };
                self.answers.push(bytes);
            }
        }
        Some(self.answers.remove(0))
    }

    /// The next answer as `AA 42`: its code and the control id that it is about.
    pub(crate) async fn verdict(&mut self) -> Option<String> {
        let bytes = self.answer().await?;
        let ack = Message::parse(&bytes).unwrap();
        let text = |path| ack.text(path).unwrap_or_default().into_owned();
        assert_eq!(text("MSH-9.1"), "ACK");
        let length = text("MSH-10").len();
        assert!((1..=20).contains(&length), "MSH-10 has {length} characters");
        Some(format!("{} {}", text("MSA-1"), text("MSA-2")))
    }

    /// Ends sending, and gives the verdicts that are still to come until the listener closes.
    pub(crate) async fn finish(mut self) -> Vec<String> {
        let _ = self.stream.shutdown().await;
        let mut verdicts = Vec::new();
        while let Some(verdict) = self.verdict().await {
            verdicts.push(verdict);
        }
        verdicts
    }
}

/// A block.
pub(crate) fn block(message: &str) -> Vec<u8> {
    hl7v2::mllp::encode(message.as_bytes())
}

/// An A31 for a person with a family name.
pub(crate) fn update(control_id: &str, person: &str, family: &str, second: u32) -> String {
    let time = format!("20260310{:02}{:02}{:02}", second / 3600, second / 60 % 60, second % 60);
    format!(
        "MSH|^~\\&|PAS|ZZL|CL|LVP|{time}||ADT^A31|{control_id}|P|2.4\rEVN|A31|{time}\r\
         PID|1||{person}^^^ZZL^MR||{family}^Test||19700101|F\r"
    )
}

/// A message of a version.
pub(crate) fn of_version(control_id: &str, version: &str) -> String {
    update(control_id, control_id, "SHAH", 1).replacen("|P|2.4", &format!("|P|{version}"), 1)
}
