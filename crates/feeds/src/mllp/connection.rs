//! One connection: bytes → blocks → one durable write → answers in the same order.

use std::sync::Arc;
use std::time::Duration;

use bytes::BytesMut;
use hl7v2::mllp::{self, Decoder, Frame};
use interactions::Incoming;
use tokio::io::{AsyncRead, AsyncReadExt as _, AsyncWrite, AsyncWriteExt as _};
use tokio::sync::watch;
use tokio::time::timeout;

use super::Shared;
use crate::{is_stopping, until};

/// Bytes taken from the socket at once; what they hold of whole messages is written together.
const READ_SIZE: usize = 64 * 1024;

/// Bytes outside blocks after which the peer is taken for no MLLP sender.
const GARBAGE_MAX: usize = 64 * 1024;

pub(super) struct Connection<S> {
    shared: Arc<Shared>,
    stream: S,
    origin: String,
    decoder: Decoder,
}

/// Why a connection ends.
enum End {
    Closed,
    Silent,
    Stopping,
    Broken(std::io::Error),
    NoMllp,
    /// A message could not be stored and its sender wants no answer: closing is the only sign.
    Refused,
}

impl<S: AsyncRead + AsyncWrite + Unpin> Connection<S> {
    pub(super) fn new(shared: Arc<Shared>, stream: S, origin: String) -> Connection<S> {
        let decoder = Decoder::new(shared.feed.limits.bytes_max);
        Connection { shared, stream, origin, decoder }
    }

    pub(super) async fn run(mut self, mut shutdown: watch::Receiver<bool>) {
        let end = self.exchange(&mut shutdown).await;
        self.note_garbage(self.decoder.garbage());
        let (feed, peer) = (self.shared.feed.name.clone(), self.origin.clone());
        match &end {
            End::Closed | End::Stopping => tracing::debug!(%feed, %peer, "connection closed"),
            End::Silent => tracing::info!(%feed, %peer, "connection closed: silent for too long"),
            End::Broken(error) => tracing::info!(%feed, %peer, %error, "connection broken"),
            End::NoMllp => tracing::warn!(%feed, %peer, "connection closed: what came is not mllp"),
            End::Refused => {
                tracing::warn!(%feed, %peer, "connection closed: a message was refused");
            }
        }
        if matches!(end, End::Stopping) {
            // We cut it off, without an answer, so the sender will send it again.
            return;
        }
        if let Some(rest) = std::mem::replace(&mut self.decoder, Decoder::new(0)).finish() {
            self.keep_rest(rest).await;
        }
    }

    async fn exchange(&mut self, shutdown: &mut watch::Receiver<bool>) -> End {
        let mut buffer = BytesMut::with_capacity(READ_SIZE);
        let mut frames = Vec::new();
        loop {
            if is_stopping(shutdown) {
                return End::Stopping;
            }
            buffer.clear();
            buffer.reserve(READ_SIZE);
            let patience = self.patience();
            let read = tokio::select! {
                read = timeout(patience, self.stream.read_buf(&mut buffer)) => read,
                () = until(shutdown) => return End::Stopping,
            };
            match read {
                Err(_) => return End::Silent,
                Ok(Err(error)) => return End::Broken(error),
                Ok(Ok(0)) => return End::Closed,
                Ok(Ok(_)) => self.decoder.push(&buffer, &mut frames),
            }
            let incoming = self.sort(&mut frames);
            if !incoming.is_empty()
                && let Err(end) = self.receive(incoming).await
            {
                return end;
            }
            if self.decoder.garbage() > GARBAGE_MAX {
                return End::NoMllp;
            }
        }
    }

    fn patience(&self) -> Duration {
        let options = &self.shared.options;
        if self.decoder.is_inside() { options.block_timeout } else { options.idle_timeout }
    }

    fn sort(&self, frames: &mut Vec<Frame>) -> Vec<Incoming> {
        let mut incoming = Vec::with_capacity(frames.len());
        for frame in frames.drain(..) {
            match frame {
                Frame::Message(bytes) => incoming.push(Incoming::Message(bytes.into())),
                Frame::Truncated(bytes) => incoming.push(Incoming::Truncated(bytes.into())),
                Frame::TooLong(bytes) => incoming.push(Incoming::TooLong(bytes.into())),
                Frame::Garbage(garbage) => self.note_garbage(garbage.length),
            }
        }
        incoming
    }

    fn note_garbage(&self, count: usize) {
        if count > 0 {
            self.shared.progress.garbage(count);
            let feed = &self.shared.feed.name;
            tracing::warn!(%feed, peer = self.origin, bytes = count, "bytes outside any block are passed over");
        }
    }

    /// Stores and answers. Only what is durable is answered with an acceptance.
    async fn receive(&mut self, incoming: Vec<Incoming>) -> Result<(), End> {
        let Shared { app, feed, options, progress } = &*self.shared;
        let kept = incoming.clone();
        let mut out = Vec::new();
        let mut is_refused = false;
        match app.receive_messages(feed, &self.origin, incoming).await {
            Ok(received) => {
                let answers = received.iter().map(|one| &one.acknowledgement);
                for answer in answers.filter(|answer| !answer.is_empty()) {
                    out.extend_from_slice(&mllp::encode(answer));
                }
            }
            Err(failure) => {
                tracing::error!(feed = %feed.name, %failure, "messages could not be stored; their senders are told to send again");
                for one in &kept {
                    progress.unavailable();
                    let reason = "the store is not available; send the message again later";
                    let answer = app.refuse_message(feed, one.bytes(), reason);
                    is_refused |= answer.is_empty() || matches!(one, Incoming::Truncated(_));
                    if !answer.is_empty() && !matches!(one, Incoming::Truncated(_)) {
                        out.extend_from_slice(&mllp::encode(&answer));
                    }
                }
            }
        }
        let written = async {
            self.stream.write_all(&out).await?;
            self.stream.flush().await
        };
        match timeout(options.block_timeout, written).await {
            Ok(Ok(())) if is_refused => Err(End::Refused),
            Ok(Ok(())) => Ok(()),
            Ok(Err(error)) => Err(End::Broken(error)),
            Err(_) => Err(End::Silent),
        }
    }

    /// Keeps what came of a message that never ended.
    async fn keep_rest(&self, rest: Vec<u8>) {
        let Shared { app, feed, .. } = &*self.shared;
        let incoming = vec![Incoming::Truncated(rest.into())];
        if let Err(failure) = app.receive_messages(feed, &self.origin, incoming).await {
            tracing::error!(feed = %feed.name, %failure, "the rest of a cut connection could not be stored");
        }
    }
}
