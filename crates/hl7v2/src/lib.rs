//! HL7 v2 messages (2.3 to 2.8) in ER7: read without loss, answered, written, framed.
//!
//! A [`Message`] borrows the bytes as they came; every segment, field, repetition, component and
//! subcomponent knows its range in them, so a value can be traced to the bytes that it came from.
//! Text is decoded only when asked for. The crate knows nothing of FHIR and does no IO.
//! Spec: HL7 v2.8.2 chapter 2 (and 2.A for data types), MLLP release 1.
//!
//! ```
//! let bytes = b"MSH|^~\\&|PAS|ZZL|||20260310||ADT^A01|7|P|2.4\rPID|1||42^^^ZZL^MR||O\\T\\SHEA^Ann\r";
//! let message = hl7v2::Message::parse(bytes)?;
//! assert_eq!(message.text("PID-5.1").as_deref(), Some("O&SHEA"));
//! let range = message.find("PID-3.1").unwrap().range();
//! assert_eq!(&bytes[range], b"42");
//! # Ok::<(), hl7v2::ParseError>(())
//! ```
//!
//! To add a segment's field names, add its row to `names.txt`.

mod acknowledgement;
mod batch;
mod builder;
mod charset;
mod error;
mod escape;
mod header;
mod issue;
mod message;
pub mod mllp;
mod names;
mod path;
mod segments;
mod time;

pub use acknowledgement::{
    Acknowledgement, Code, Complaint, Stage, Wanted, acknowledge, acknowledge_at,
    acknowledge_unreadable,
};
pub use batch::{Batch, read_batch, split_batch};
pub use builder::{MessageBuilder, SegmentBuilder};
pub use charset::{Charset, CharsetError};
pub use error::{ParseError, ParseErrorKind};
pub use escape::{decode_escapes, decode_escapes_in, encode_escapes};
pub use header::Header;
pub use issue::{Issue, IssueKind, Severity};
pub use message::{Delimiters, Limits, Message, Part, Segment};
pub use names::{FieldName, component_name, data_type_name, field_name, segment_name};
pub use path::{Path, PathError};
pub use time::{Timestamp, TimestampPrecision};
