//! Messages at the crate's boundary: samples, tables of cases, and properties over random bytes.

#![expect(clippy::unwrap_used, reason = "a test that cannot go on fails")]

mod acknowledgement;
mod broken;
mod framing;
mod message;
mod random;
mod samples;
