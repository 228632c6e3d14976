//! MLLP framing without IO: bytes of a connection → messages, and back.
//! Spec: HL7 Minimal Lower Layer Protocol, release 1: `<VT> message <FS> <CR>`.
//!
//! What senders do beside the rule, and what it counts as here:
//! - FS without CR: ends the block where CR, LF, FS or VT follows or nothing more has come yet.
//!   Where other bytes follow it in the same packet, it is content.
//! - VT inside a block: a new block where MSH, BHS or FHS follows, however the packets are cut;
//!   what came before is [`Frame::Truncated`]. Where anything else follows, it is content.
//! - Bytes outside blocks: line ends are passed over, anything else is [`Frame::Garbage`].

/// Begins a block.
pub const START_BLOCK: u8 = 0x0B;
/// Ends a block, with a carriage return behind it.
pub const END_BLOCK: u8 = 0x1C;
/// How many bytes of what stands outside blocks a [`Garbage`] keeps.
pub const GARBAGE_KEPT_MAX: usize = 64 * 1024;

/// What came out of the bytes of a connection.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Frame {
    /// A message, exactly as it stood between the block characters.
    Message(Vec<u8>),
    /// Bytes outside any block; they are no message.
    Garbage(Garbage),
    /// A block that began anew before it ended; the bytes that were cut off.
    Truncated(Vec<u8>),
    /// A block longer than allowed: its first bytes, as many as the limit allows, so that the
    /// refusal can name the message. What follows up to its end is passed over.
    TooLong(Vec<u8>),
}

/// What stood outside any block.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Garbage {
    /// The bytes from the first that is no line end, at most [`GARBAGE_KEPT_MAX`].
    pub start: Vec<u8>,
    /// How many bytes other than line ends there were.
    pub length: usize,
}

/// Takes a connection's bytes in, however they are cut into packets, and gives frames.
#[derive(Clone, Debug)]
pub struct Decoder {
    limit: usize,
    buffer: Vec<u8>,
    garbage: Garbage,
    state: State,
    held: Held,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum State {
    Outside,
    Inside,
    /// Inside a block that is too long already.
    Skipping,
}

/// A block character inside a block whose meaning the next bytes decide.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Held {
    Nothing,
    End,
    /// VT and the first bytes of these headers' names.
    Start(&'static [u8]),
}

const HEADERS: [&[u8]; 3] = [b"MSH", b"BHS", b"FHS"];

impl Decoder {
    /// A decoder that takes messages of up to `limit` bytes.
    pub fn new(limit: usize) -> Decoder {
        Decoder {
            limit,
            buffer: Vec::new(),
            garbage: Garbage::default(),
            state: State::Outside,
            held: Held::Nothing,
        }
    }

    /// Takes one packet's bytes in, and appends the frames that they complete.
    pub fn push(&mut self, bytes: &[u8], frames: &mut Vec<Frame>) {
        let mut rest = bytes;
        while !rest.is_empty() {
            rest = match (self.state, self.held) {
                (State::Outside, _) => self.outside(rest, frames),
                (_, Held::Nothing) => self.inside(rest, frames),
                (_, Held::End) => self.after_end(rest, frames),
                (_, Held::Start(read)) => self.after_start(read, rest, frames),
            };
        }
        if self.held == Held::End {
            // A sender that leaves CR out waits for its answer now.
            self.end_block(frames);
        }
    }

    /// Ends the connection: appends the bytes of an unfinished block as [`Frame::Truncated`], or
    /// those outside any block since the last one as [`Frame::Garbage`].
    pub fn finish_into(mut self, frames: &mut Vec<Frame>) {
        if let Held::Start(read) = self.held {
            self.keep_start(read, frames);
        }
        if self.state == State::Inside && !self.buffer.is_empty() {
            frames.push(Frame::Truncated(self.buffer));
        } else if self.garbage.length > 0 {
            frames.push(Frame::Garbage(self.garbage));
        }
    }

    /// The bytes of an unfinished block that the connection leaves behind when it ends; what stood
    /// outside blocks gives [`Decoder::finish_into`] too.
    pub fn finish(self) -> Option<Vec<u8>> {
        let mut frames = Vec::new();
        self.finish_into(&mut frames);
        frames.into_iter().find_map(|frame| match frame {
            Frame::Truncated(bytes) => Some(bytes),
            _ => None,
        })
    }

    /// Bytes outside any block since the last one, other than line ends.
    pub fn garbage(&self) -> usize {
        self.garbage.length
    }

    /// Whether a block has begun and not ended.
    pub fn is_inside(&self) -> bool {
        self.state != State::Outside
    }

    fn outside<'b>(&mut self, bytes: &'b [u8], frames: &mut Vec<Frame>) -> &'b [u8] {
        let start = memchr::memchr(START_BLOCK, bytes);
        let mut before = &bytes[..start.unwrap_or(bytes.len())];
        let is_line_end = |byte: &u8| matches!(*byte, b'\r' | b'\n' | END_BLOCK);
        if self.garbage.length == 0 {
            let first = before.iter().position(|byte| !is_line_end(byte)).unwrap_or(before.len());
            before = &before[first..];
        }
        let fits = GARBAGE_KEPT_MAX - self.garbage.start.len();
        self.garbage.start.extend_from_slice(&before[..before.len().min(fits)]);
        self.garbage.length += before.iter().filter(|byte| !is_line_end(byte)).count();
        let Some(start) = start else { return &[] };
        if self.garbage.length > 0 {
            frames.push(Frame::Garbage(std::mem::take(&mut self.garbage)));
        }
        self.state = State::Inside;
        &bytes[start + 1..]
    }

    fn inside<'b>(&mut self, bytes: &'b [u8], frames: &mut Vec<Frame>) -> &'b [u8] {
        let stop = memchr::memchr2(END_BLOCK, START_BLOCK, bytes);
        self.keep(&bytes[..stop.unwrap_or(bytes.len())], frames);
        let Some(stop) = stop else { return &[] };
        self.held = if bytes[stop] == END_BLOCK { Held::End } else { Held::Start(b"") };
        &bytes[stop + 1..]
    }

    fn after_end<'b>(&mut self, bytes: &'b [u8], frames: &mut Vec<Frame>) -> &'b [u8] {
        if matches!(bytes[0], b'\r' | b'\n' | END_BLOCK | START_BLOCK) {
            self.end_block(frames);
        } else {
            self.held = Held::Nothing;
            self.keep(&[END_BLOCK], frames);
        }
        bytes
    }

    fn end_block(&mut self, frames: &mut Vec<Frame>) {
        if self.state == State::Inside {
            frames.push(Frame::Message(std::mem::take(&mut self.buffer)));
        }
        self.state = State::Outside;
        self.held = Held::Nothing;
    }

    fn after_start<'b>(
        &mut self,
        read: &'static [u8],
        bytes: &'b [u8],
        frames: &mut Vec<Frame>,
    ) -> &'b [u8] {
        let goes_on =
            |name: &&&'static [u8]| name.starts_with(read) && name[read.len()] == bytes[0];
        let Some(name) = HEADERS.iter().find(goes_on) else {
            self.keep_start(read, frames);
            return bytes;
        };
        self.held = Held::Start(&name[..=read.len()]);
        if read.len() + 1 == name.len() {
            if self.state == State::Inside && !self.buffer.is_empty() {
                frames.push(Frame::Truncated(std::mem::take(&mut self.buffer)));
            }
            self.state = State::Inside;
            self.held = Held::Nothing;
            self.keep(name, frames);
        }
        &bytes[1..]
    }

    /// A VT, and what was read behind it, is content after all.
    fn keep_start(&mut self, read: &[u8], frames: &mut Vec<Frame>) {
        self.held = Held::Nothing;
        self.keep(&[START_BLOCK], frames);
        self.keep(read, frames);
    }

    fn keep(&mut self, content: &[u8], frames: &mut Vec<Frame>) {
        if self.state != State::Inside {
            return;
        }
        let fits = self.limit - self.buffer.len();
        self.buffer.extend_from_slice(&content[..content.len().min(fits)]);
        if content.len() > fits {
            self.state = State::Skipping;
            frames.push(Frame::TooLong(std::mem::take(&mut self.buffer)));
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
