//! Batch files: FHS, BHS, messages, BTS, FTS. Spec: HL7 v2 §2.10.3.
//!
//! Headers and trailers are optional, as senders have it: messages that only follow one another
//! are read as well. Where they are, they must be in pairs and their counts must be right.

use std::ops::Range;

use crate::issue::{ISSUES_MAX, Issue, IssueKind};

/// What is in bytes that may hold several messages.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Batch {
    /// The messages' ranges; each begins at its MSH.
    pub messages: Vec<Range<usize>>,
    /// What is odd, by offset; the first hundred at the most.
    pub issues: Vec<Issue>,
}

/// The ranges of the messages in bytes that may hold several, or a batch; each begins at its MSH.
///
/// ```
/// let bytes = b"BHS|^~\\&\rMSH|^~\\&|A\rPID|1\rMSH|^~\\&|B\rBTS|2\r";
/// let parts: Vec<_> = hl7v2::split_batch(bytes).into_iter().map(|r| &bytes[r]).collect();
/// assert_eq!(parts, [&b"MSH|^~\\&|A\rPID|1\r"[..], b"MSH|^~\\&|B\r"]);
/// ```
pub fn split_batch(bytes: &[u8]) -> Vec<Range<usize>> {
    read_batch(bytes).messages
}

/// The messages in bytes that may hold several, or a batch, with its counts and pairs checked.
///
/// ```
/// let batch = hl7v2::read_batch(b"BHS|^~\\&\rMSH|^~\\&|A\rBTS|2\r");
/// assert_eq!(batch.messages, [9..20]);
/// assert_eq!(batch.issues[0].to_string(), "the trailer counts 2 but 1 were found, at byte 20");
/// ```
pub fn read_batch(bytes: &[u8]) -> Batch {
    let mut reader = Reader { bytes, ..Reader::default() };
    let mut at = if bytes.starts_with(b"\xEF\xBB\xBF") { 3 } else { 0 };
    while at < bytes.len() {
        let line = &bytes[at..];
        let length = memchr::memchr2(b'\r', b'\n', line).unwrap_or(line.len());
        reader.take(at, &line[..length]);
        at += length + 1;
    }
    reader.finish()
}

#[derive(Default)]
struct Reader<'b> {
    bytes: &'b [u8],
    batch: Batch,
    /// Where the open message begins.
    message: Option<usize>,
    /// Where the open FHS stands, and the batches since.
    file: Option<(usize, u64)>,
    /// Where the open BHS stands, and the messages since.
    group: Option<(usize, u64)>,
    /// Whether the line before was outside, so that a run of such lines is told once.
    is_outside: bool,
}

impl Reader<'_> {
    fn take(&mut self, start: usize, line: &[u8]) {
        // Blanks, and block characters of a recorded MLLP stream.
        let is_lead = |byte: &&u8| matches!(**byte, b' ' | b'\t' | 0x0B | 0x1C);
        let lead = line.iter().take_while(is_lead).count();
        let (at, line) = (start + lead, &line[lead..]);
        let is_name = line.get(3).is_none_or(u8::is_ascii_punctuation);
        let name = line.get(..3).filter(|_| is_name).unwrap_or_default();
        if !matches!(name, b"FHS" | b"BHS" | b"MSH" | b"BTS" | b"FTS") {
            let is_odd =
                self.message.is_none() && line.iter().any(|byte| !byte.is_ascii_whitespace());
            if is_odd && !self.is_outside {
                self.note(IssueKind::OutsideBatch, at);
            }
            self.is_outside |= is_odd;
            return;
        }
        self.is_outside = false;
        if let Some(open) = self.message.take() {
            self.batch.messages.push(open..at);
        }
        match name {
            b"MSH" => {
                self.message = Some(at);
                if let Some((_, messages)) = &mut self.group {
                    *messages += 1;
                }
            }
            b"FHS" => {
                self.close_group(at, None);
                self.close_file(at, None);
                self.file = Some((at, 0));
            }
            b"BHS" => {
                self.close_group(at, None);
                self.group = Some((at, 0));
            }
            b"BTS" => self.close_group(at, Some(line)),
            _ => {
                self.close_group(at, None);
                self.close_file(at, Some(line));
            }
        }
    }

    /// Ends the batch, by its trailer or because something else begins that cannot be in it.
    fn close_group(&mut self, at: usize, trailer: Option<&[u8]>) {
        if let (Some(_), Some((_, batches))) = (self.group, &mut self.file) {
            *batches += 1;
        }
        let (group, is_trailer) = (self.group.take(), trailer.is_some());
        self.check(group, at, is_trailer, trailer.and_then(stated));
    }

    fn close_file(&mut self, at: usize, trailer: Option<&[u8]>) {
        let file = self.file.take();
        // Without BHS the file is one batch, which some count and some do not.
        let is_one = file.is_some_and(|(_, batches)| batches == 0);
        let counted = trailer.and_then(stated).filter(|count| !(is_one && *count <= 1));
        self.check(file, at, trailer.is_some(), counted);
    }

    fn check(
        &mut self,
        open: Option<(usize, u64)>,
        at: usize,
        is_trailer: bool,
        stated: Option<u64>,
    ) {
        match (open, is_trailer) {
            (None, true) => self.note(IssueKind::Unpaired, at),
            (Some((header, _)), false) => self.note(IssueKind::Unpaired, header),
            (Some((_, found)), true) => {
                if let Some(stated) = stated.filter(|stated| *stated != found) {
                    self.note(IssueKind::WrongCount { stated, found }, at);
                }
            }
            (None, false) => {}
        }
    }

    fn note(&mut self, kind: IssueKind, at: usize) {
        if self.batch.issues.len() < ISSUES_MAX {
            self.batch.issues.push(kind.at(at));
        }
    }

    fn finish(mut self) -> Batch {
        let end = self.bytes.len();
        self.batch.messages.extend(self.message.take().map(|start| start..end));
        self.close_group(end, None);
        self.close_file(end, None);
        self.batch.issues.sort_by_key(|issue| issue.offset);
        self.batch
    }
}

/// The count in the first field of a trailer; `None` where it states none.
fn stated(trailer: &[u8]) -> Option<u64> {
    let separator = *trailer.get(3)?;
    let field = trailer[4..].split(|byte| *byte == separator).next()?;
    std::str::from_utf8(field).ok()?.trim().parse().ok()
}

#[cfg(test)]
mod tests {
    use super::read_batch;
    use crate::issue::IssueKind as K;

    #[test]
    fn messages_counts_and_pairs() {
        type Case = (&'static str, usize, Vec<(K, usize)>);
        let wrong = |stated, found| K::WrongCount { stated, found };
        let cases: Vec<Case> = vec![
            ("", 0, vec![]),
            ("MSH|^\rPID|1\r", 1, vec![]),
            ("MSH|^\rMSH|^\r", 2, vec![]),
            ("\u{FEFF}\r\n  FHS|^\rBHS|^\rMSH|^\rBTS|1\rFTS|1\r", 1, vec![]),
            ("BHS|^\rMSH|^\rMSH|^\rBTS\r", 2, vec![]),
            ("BHS|^\rMSH|^\rMSH|^\rBTS||no count\r", 2, vec![]),
            ("BHS|^\nMSH|^\nBTS| 1 |\n", 1, vec![]),
            ("BHS$^\rMSH$^\rBTS$2\r", 1, vec![(wrong(2, 1), 12)]),
            ("FHS|^\rBHS|^\rBTS|0\rBHS|^\rBTS|0\rFTS|3\r", 0, vec![(wrong(3, 2), 30)]),
            ("FHS|^\rMSH|^\rFTS|1\r", 1, vec![]),
            ("FHS|^\rMSH|^\rFTS|2\r", 1, vec![(wrong(2, 0), 12)]),
            ("BHS|^\rMSH|^\r", 1, vec![(K::Unpaired, 0)]),
            ("FHS|^\rBHS|^\rMSH|^\rFTS|1\r", 1, vec![(K::Unpaired, 6)]),
            ("MSH|^\rBTS|1\rFTS|1\r", 1, vec![(K::Unpaired, 6), (K::Unpaired, 12)]),
            ("BHS|^\rMSH|^\rBHS|^\rBTS|0\r", 1, vec![(K::Unpaired, 0)]),
            ("x\ry\rMSH|^\r", 1, vec![(K::OutsideBatch, 0)]),
            (
                "BHS|^\rNTE|1\rMSH|^\rBTS|1\rz\r",
                1,
                vec![(K::OutsideBatch, 6), (K::OutsideBatch, 24)],
            ),
            ("MSH is not a header\r", 0, vec![(K::OutsideBatch, 0)]),
            ("\x0BMSH|^\r\x1C\r\x0BMSH|^\r\x1C\r", 2, vec![]),
        ];
        for (text, messages, issues) in cases {
            let batch = read_batch(text.as_bytes());
            assert_eq!(batch.messages.len(), messages, "{text:?}");
            let found: Vec<_> =
                batch.issues.iter().map(|issue| (issue.kind, issue.offset)).collect();
            assert_eq!(found, issues, "{text:?}");
            for range in batch.messages {
                assert!(text.as_bytes()[range].starts_with(b"MSH"), "{text:?}");
            }
        }
    }
}
