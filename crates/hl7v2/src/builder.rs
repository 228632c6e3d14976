//! Values → a message's bytes, escaped as they must be and in its character set.
//! Spec: HL7 v2 §2.6 and §2.7.

use crate::charset::Charset;
use crate::escape::encode_escapes;
use crate::message::Delimiters;

/// Builds a message segment by segment.
///
/// ```
/// use hl7v2::{Delimiters, MessageBuilder};
/// let mut message = MessageBuilder::new(Delimiters::STANDARD);
/// message.header().text(9, "ACK").text(10, "1");
/// message.segment("PID").components(5, &["O&SHEA", "Ann"]);
/// assert_eq!(message.finish(), b"MSH|^~\\&|||||||ACK|1\rPID|||||O\\T\\SHEA^Ann\r");
/// ```
#[derive(Clone, Debug)]
pub struct MessageBuilder {
    delimiters: Delimiters,
    charset: Charset,
    segments: Vec<(String, Vec<Vec<u8>>)>,
}

/// Sets the fields of one segment.
#[derive(Debug)]
pub struct SegmentBuilder<'b> {
    delimiters: Delimiters,
    charset: Charset,
    fields: &'b mut Vec<Vec<u8>>,
}

impl MessageBuilder {
    /// A message in these delimiters and in UTF-8.
    pub fn new(delimiters: Delimiters) -> MessageBuilder {
        MessageBuilder::with_charset(delimiters, Charset::UTF_8)
    }

    /// A message in these delimiters and this character set; setting MSH-18 is the caller's.
    pub fn with_charset(delimiters: Delimiters, charset: Charset) -> MessageBuilder {
        MessageBuilder { delimiters, charset, segments: vec![("MSH".to_owned(), Vec::new())] }
    }

    /// The MSH segment; MSH-1 and MSH-2 are set.
    pub fn header(&mut self) -> SegmentBuilder<'_> {
        self.fields_of(0)
    }

    /// Begins another segment.
    pub fn segment(&mut self, name: &str) -> SegmentBuilder<'_> {
        self.segments.push((name.to_owned(), Vec::new()));
        self.fields_of(self.segments.len() - 1)
    }

    fn fields_of(&mut self, index: usize) -> SegmentBuilder<'_> {
        let MessageBuilder { delimiters, charset, .. } = *self;
        SegmentBuilder { delimiters, charset, fields: &mut self.segments[index].1 }
    }

    /// The bytes; each segment ends with CR.
    pub fn finish(&self) -> Vec<u8> {
        let mut out = Vec::with_capacity(512);
        for (name, fields) in &self.segments {
            out.extend_from_slice(name.as_bytes());
            let mut fields = fields.as_slice();
            if name == "MSH" {
                let d = self.delimiters;
                out.push(d.field);
                let encoding = [d.component, d.repetition, d.escape, d.subcomponent, d.truncation];
                out.extend(encoding.into_iter().take_while(|byte| *byte != 0));
                fields = fields.get(2..).unwrap_or_default();
            }
            for field in fields {
                out.push(self.delimiters.field);
                out.extend_from_slice(field);
            }
            out.push(b'\r');
        }
        out
    }
}

impl SegmentBuilder<'_> {
    /// Sets a field to a text, escaped; characters that the character set lacks become `?`.
    pub fn text(&mut self, number: usize, text: &str) -> &mut Self {
        let escaped = encode_escapes(text, self.delimiters);
        self.raw(number, &self.charset.encode(&escaped))
    }

    /// Sets a field to components, each escaped; empty ones at the end are left out.
    pub fn components(&mut self, number: usize, components: &[&str]) -> &mut Self {
        let kept = components.iter().rposition(|c| !c.is_empty()).map_or(0, |last| last + 1);
        let mut field = Vec::new();
        for (index, component) in components[..kept].iter().enumerate() {
            if index > 0 {
                field.push(self.delimiters.component);
            }
            let escaped = encode_escapes(component, self.delimiters);
            field.extend_from_slice(&self.charset.encode(&escaped));
        }
        self.raw(number, &field)
    }

    /// Sets a field (from 1) to bytes that are escaped and in the character set already. Line ends
    /// and block characters, which would end the segment or the block, are left out.
    pub fn raw(&mut self, number: usize, bytes: &[u8]) -> &mut Self {
        if self.fields.len() < number {
            if bytes.is_empty() {
                return self;
            }
            self.fields.resize(number, Vec::new());
        }
        if let Some(field) = number.checked_sub(1).and_then(|index| self.fields.get_mut(index)) {
            let is_kept = |byte: &u8| !matches!(byte, b'\r' | b'\n' | 0x0B | 0x1C);
            *field = bytes.iter().copied().filter(is_kept).collect();
        }
        self
    }
}
