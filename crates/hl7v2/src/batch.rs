//! Batch files: FHS, BHS, messages, BTS, FTS. Spec: HL7 v2 §2.10.3.

use std::ops::Range;

/// The ranges of the messages in bytes that may hold several, or a batch; each begins at its MSH.
///
/// ```
/// let bytes = b"BHS|^~\\&\rMSH|^~\\&|A\rPID|1\rMSH|^~\\&|B\rBTS|2\r";
/// let parts: Vec<_> = hl7v2::split_batch(bytes).into_iter().map(|r| &bytes[r]).collect();
/// assert_eq!(parts, [&b"MSH|^~\\&|A\rPID|1\r"[..], b"MSH|^~\\&|B\r"]);
/// ```
pub fn split_batch(bytes: &[u8]) -> Vec<Range<usize>> {
    let mut parts: Vec<Range<usize>> = Vec::new();
    let mut at = if bytes.starts_with(b"\xEF\xBB\xBF") { 3 } else { 0 };
    let mut open = None;
    while at < bytes.len() {
        let line = &bytes[at..];
        let ends = [&b"FHS"[..], b"BHS", b"BTS", b"FTS"].iter().any(|name| line.starts_with(name));
        if ends || line.starts_with(b"MSH") {
            if let Some(start) = open.take() {
                parts.push(start..at);
            }
            open = (!ends).then_some(at);
        }
        at += memchr::memchr2(b'\r', b'\n', line).map_or(line.len(), |end| end + 1);
    }
    parts.extend(open.map(|start| start..bytes.len()));
    parts
}
