//! Why bytes are no message that can be read.

use std::fmt;

/// Why, and at which byte.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ParseError {
    /// What is wrong.
    pub kind: ParseErrorKind,
    /// Byte offset in the input.
    pub offset: usize,
}

/// What is wrong with a message.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum ParseErrorKind {
    /// Nothing but white space.
    Empty,
    /// The first segment is no MSH.
    NoHeader,
    /// MSH-1 or MSH-2 is missing, too short, repeats a character or uses a letter or digit.
    BadDelimiters,
    /// A segment's name is like a known one, but not written as three capitals or digits.
    BadSegmentName,
    /// Longer than allowed.
    TooLong(usize),
    /// More segments than allowed.
    TooManySegments(usize),
    /// More fields in one segment than allowed.
    TooManyFields(usize),
    /// More repetitions of one field than allowed.
    TooManyRepetitions(usize),
    /// A second MSH: two messages in one.
    SecondHeader,
    /// The bytes are UTF-16, which HL7 v2 over MLLP cannot carry.
    Utf16,
}

impl fmt::Display for ParseError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        use ParseErrorKind as K;
        match self.kind {
            K::Empty => write!(f, "the message is empty")?,
            K::NoHeader => write!(f, "the message does not begin with an MSH segment")?,
            K::BadDelimiters => write!(
                f,
                "MSH-1 and MSH-2 must name a field separator and at least the component separator, all different and none a letter or digit"
            )?,
            K::BadSegmentName => {
                write!(f, "a segment must begin with a name of three capitals or digits")?;
            }
            K::TooLong(max) => write!(f, "the message is longer than {max} bytes")?,
            K::TooManySegments(max) => write!(f, "the message has more than {max} segments")?,
            K::TooManyFields(max) => write!(f, "a segment has more than {max} fields")?,
            K::TooManyRepetitions(max) => write!(f, "a field has more than {max} repetitions")?,
            K::SecondHeader => {
                write!(f, "a second MSH segment stands in the message; send one message a block")?;
            }
            K::Utf16 => {
                write!(
                    f,
                    "the message is in UTF-16; send it in UTF-8 or a one-byte character set"
                )?;
            }
        }
        write!(f, ", at byte {}", self.offset)
    }
}

impl std::error::Error for ParseError {}
