//! Messages at the crate's boundary: samples, tables of cases, and properties over random bytes.

mod acknowledgement;
mod broken;
mod framing;
mod message;
mod random;
mod samples;
