//! The asset's encoding: unsigned varints and numbered strings, written and read in one order.
//!
//! Each kind of definition has a `pack` (FHIR JSON in) and an `unpack` next to each other in one
//! file; what one writes the other reads, field by field. The format is described in
//! `docs/implementation/definitions.md`. To add a field, add it at the same place in both and
//! raise [`crate::asset::FORMAT`].

use std::collections::HashMap;

use crate::Map;

/// Writes records: strings go to a table once, the record holds their number.
#[derive(Default)]
pub(crate) struct Packer {
    numbers: HashMap<Box<str>, u32>,
    strings: Vec<Box<str>>,
    bytes: Vec<u8>,
}

impl Packer {
    pub(crate) fn uint(&mut self, value: u64) {
        write_uint(value, &mut self.bytes);
    }

    pub(crate) fn flag(&mut self, value: bool) {
        self.uint(u64::from(value));
    }

    /// A string; numbers start at 1, because 0 stands for an absent one.
    pub(crate) fn string(&mut self, text: &str) {
        let number = if let Some(number) = self.numbers.get(text) {
            *number
        } else {
            let number = self.strings.len() as u32 + 1;
            self.numbers.insert(text.into(), number);
            self.strings.push(text.into());
            number
        };
        self.uint(u64::from(number));
    }

    pub(crate) fn optional(&mut self, text: Option<&str>) {
        match text {
            Some(text) => self.string(text),
            None => self.uint(0),
        }
    }

    /// A number or its absence: absent is 0, `n` is `n + 1`.
    pub(crate) fn optional_uint(&mut self, value: Option<u64>) {
        self.uint(value.map_or(0, |value| value.saturating_add(1)));
    }

    pub(crate) fn list<T>(
        &mut self,
        items: impl IntoIterator<Item = T>,
        mut each: impl FnMut(&mut Packer, T),
    ) {
        let items: Vec<T> = items.into_iter().collect();
        self.uint(items.len() as u64);
        for item in items {
            each(self, item);
        }
    }

    /// What `write` writes, kept aside; its strings go to the same table.
    pub(crate) fn aside(&mut self, write: impl FnOnce(&mut Packer)) -> Vec<u8> {
        let before = std::mem::take(&mut self.bytes);
        write(self);
        std::mem::replace(&mut self.bytes, before)
    }

    /// A run of records that a reader can pass over without reading it.
    pub(crate) fn block(&mut self, write: impl FnOnce(&mut Packer)) {
        let inner = self.aside(write);
        self.append_block(&inner);
    }

    pub(crate) fn append_block(&mut self, inner: &[u8]) {
        self.uint(inner.len() as u64);
        self.append(inner);
    }

    /// Records that were kept aside.
    pub(crate) fn append(&mut self, inner: &[u8]) {
        self.bytes.extend_from_slice(inner);
    }

    /// The finished section: string table, then the records.
    pub(crate) fn finish(self) -> Vec<u8> {
        let mut out = Vec::new();
        write_uint(self.strings.len() as u64, &mut out);
        for text in &self.strings {
            write_uint(text.len() as u64, &mut out);
        }
        for text in &self.strings {
            out.extend_from_slice(text.as_bytes());
        }
        out.extend_from_slice(&self.bytes);
        out
    }
}

fn write_uint(mut value: u64, out: &mut Vec<u8>) {
    while value >= 0x80 {
        out.push(value as u8 | 0x80);
        value >>= 7;
    }
    out.push(value as u8);
}

/// A section's strings.
#[derive(Debug)]
pub(crate) struct Strings {
    text: &'static str,
    ends: Vec<u32>,
}

impl Strings {
    fn get(&self, number: u64) -> Option<&'static str> {
        let index = usize::try_from(number).ok()?.checked_sub(1)?;
        let end = *self.ends.get(index)? as usize;
        let start = if index == 0 { 0 } else { self.ends[index - 1] as usize };
        self.text.get(start..end)
    }
}

/// Reads records. After damage it yields empty values and [`Reader::broken`] says so.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Reader {
    strings: &'static Strings,
    bytes: &'static [u8],
    pub(crate) broken: bool,
}

impl Reader {
    /// Opens a section that lives as long as the process.
    pub(crate) fn open(section: &'static [u8]) -> Option<Reader> {
        static NO_STRINGS: Strings = Strings { text: "", ends: Vec::new() };
        let mut reader = Reader { strings: &NO_STRINGS, bytes: section, broken: false };
        let count = reader.count();
        let mut ends = Vec::with_capacity(count);
        let mut end = 0_u64;
        for _ in 0..count {
            end = end.checked_add(reader.uint())?;
            ends.push(u32::try_from(end).ok()?);
        }
        let end = usize::try_from(end).ok()?;
        if reader.broken || end > reader.bytes.len() {
            return None;
        }
        let (text, bytes) = reader.bytes.split_at(end);
        let strings = Strings { text: std::str::from_utf8(text).ok()?, ends };
        Some(Reader { strings: Box::leak(Box::new(strings)), bytes, broken: false })
    }

    pub(crate) fn uint(&mut self) -> u64 {
        let mut value = 0;
        for (index, byte) in self.bytes.iter().take(10).enumerate() {
            value |= u64::from(byte & 0x7F) << (7 * index);
            if byte & 0x80 == 0 {
                self.bytes = &self.bytes[index + 1..];
                return value;
            }
        }
        self.broken = true;
        self.bytes = &[];
        0
    }

    pub(crate) fn flag(&mut self) -> bool {
        self.uint() != 0
    }

    pub(crate) fn string(&mut self) -> &'static str {
        self.optional().unwrap_or_else(|| {
            self.broken = true;
            ""
        })
    }

    pub(crate) fn optional(&mut self) -> Option<&'static str> {
        let number = self.uint();
        let found = self.strings.get(number);
        self.broken |= number != 0 && found.is_none();
        found
    }

    pub(crate) fn optional_uint(&mut self) -> Option<u64> {
        self.uint().checked_sub(1)
    }

    /// A count of records, each of which takes a byte at least.
    fn count(&mut self) -> usize {
        let count = self.uint();
        if count > self.bytes.len() as u64 {
            self.broken = true;
            return 0;
        }
        count as usize
    }

    pub(crate) fn list<T>(&mut self, mut each: impl FnMut(&mut Reader) -> T) -> Box<[T]> {
        let count = self.count();
        (0..count).map(|_| each(self)).collect()
    }

    pub(crate) fn strings(&mut self) -> Box<[&'static str]> {
        self.list(Reader::string)
    }

    /// A reader of the block that begins here; this one moves past it.
    pub(crate) fn block(&mut self) -> Reader {
        let length = self.count();
        let (inner, rest) = self.bytes.split_at(length);
        self.bytes = rest;
        Reader { bytes: inner, ..*self }
    }
}

/// An index from a key of each item to its place; the first of equal keys wins.
pub(crate) fn index_by<T>(items: &[T], key: impl Fn(&T) -> &'static str) -> Map<&'static str, u32> {
    let mut map = Map::with_capacity_and_hasher(items.len(), foldhash::fast::FixedState::default());
    for (index, item) in items.iter().enumerate() {
        map.entry(key(item)).or_insert(index as u32);
    }
    map
}
