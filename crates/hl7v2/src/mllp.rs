//! MLLP framing without IO: bytes of a connection → messages, and back.
//! Spec: HL7 Minimal Lower Layer Protocol, release 1: `<VT> message <FS> <CR>`.

/// Begins a block.
pub const START_BLOCK: u8 = 0x0B;
/// Ends a block, with a carriage return behind it.
pub const END_BLOCK: u8 = 0x1C;

/// What came out of the bytes of a connection.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Frame {
    /// A message, exactly as it stood between the block characters.
    Message(Vec<u8>),
    /// Bytes outside any block other than line ends, so many; they are no message.
    Garbage(usize),
    /// A block that began anew before it ended; the bytes that were cut off.
    Truncated(Vec<u8>),
    /// A block longer than allowed: its first bytes, as many as the limit allows. What follows up
    /// to its end is passed over.
    TooLong(Vec<u8>),
}

/// Takes a connection's bytes in, however they are cut into packets, and gives frames.
#[derive(Clone, Debug)]
pub struct Decoder {
    limit: usize,
    buffer: Vec<u8>,
    state: State,
    garbage: usize,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum State {
    Outside,
    Inside,
    Skipping,
}

impl Decoder {
    /// A decoder that takes messages of up to `limit` bytes.
    pub fn new(limit: usize) -> Decoder {
        Decoder { limit, buffer: Vec::new(), state: State::Outside, garbage: 0 }
    }

    /// Takes bytes in, and appends the frames that they complete.
    pub fn push(&mut self, bytes: &[u8], frames: &mut Vec<Frame>) {
        let mut rest = bytes;
        while !rest.is_empty() {
            rest = match self.state {
                State::Outside => self.outside(rest, frames),
                State::Inside => self.inside(rest, frames),
                State::Skipping => self.skipping(rest),
            };
        }
    }

    /// What the connection leaves behind when it ends: the bytes of an unfinished block.
    pub fn finish(self) -> Option<Vec<u8>> {
        (self.state == State::Inside && !self.buffer.is_empty()).then_some(self.buffer)
    }

    /// Bytes outside any block since the last one, other than line ends.
    pub fn garbage(&self) -> usize {
        self.garbage
    }

    /// Whether a block has begun and not ended.
    pub fn is_inside(&self) -> bool {
        self.state != State::Outside
    }

    fn outside<'b>(&mut self, bytes: &'b [u8], frames: &mut Vec<Frame>) -> &'b [u8] {
        let start = memchr::memchr(START_BLOCK, bytes);
        let before = &bytes[..start.unwrap_or(bytes.len())];
        self.garbage += before.iter().filter(|b| !matches!(**b, b'\r' | b'\n' | END_BLOCK)).count();
        let Some(start) = start else { return &[] };
        if self.garbage > 0 {
            frames.push(Frame::Garbage(std::mem::take(&mut self.garbage)));
        }
        self.state = State::Inside;
        &bytes[start + 1..]
    }

    fn inside<'b>(&mut self, bytes: &'b [u8], frames: &mut Vec<Frame>) -> &'b [u8] {
        let stop = memchr::memchr2(END_BLOCK, START_BLOCK, bytes);
        let part = &bytes[..stop.unwrap_or(bytes.len())];
        if self.buffer.len() + part.len() > self.limit {
            let fits = self.limit - self.buffer.len();
            self.buffer.extend_from_slice(&part[..fits]);
            self.state = State::Skipping;
            frames.push(Frame::TooLong(std::mem::take(&mut self.buffer)));
            return &bytes[part.len()..];
        }
        self.buffer.extend_from_slice(part);
        let Some(stop) = stop else { return &[] };
        let message = std::mem::take(&mut self.buffer);
        if bytes[stop] == START_BLOCK {
            if !message.is_empty() {
                frames.push(Frame::Truncated(message));
            }
        } else {
            frames.push(Frame::Message(message));
            self.state = State::Outside;
        }
        &bytes[stop + 1..]
    }

    fn skipping<'b>(&mut self, bytes: &'b [u8]) -> &'b [u8] {
        match memchr::memchr2(END_BLOCK, START_BLOCK, bytes) {
            None => &[],
            Some(stop) if bytes[stop] == START_BLOCK => {
                self.state = State::Inside;
                &bytes[stop + 1..]
            }
            Some(stop) => {
                self.state = State::Outside;
                &bytes[stop + 1..]
            }
        }
    }
}

/// A message with its block characters.
pub fn encode(message: &[u8]) -> Vec<u8> {
    let mut out = Vec::with_capacity(message.len() + 3);
    out.push(START_BLOCK);
    out.extend_from_slice(message);
    out.extend_from_slice(&[END_BLOCK, b'\r']);
    out
}
