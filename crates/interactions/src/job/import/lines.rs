//! Reads an input in chunks of whole lines, from any offset on.

use std::fs::File;
use std::io::{self, BufRead, BufReader, Seek as _, SeekFrom};

/// A line, without its end.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Line {
    /// Its number, from 1.
    pub(super) number: u64,
    /// Its bytes; `None` where they are more than is allowed.
    pub(super) bytes: Option<Vec<u8>>,
}

/// Lines that are worked on together.
#[derive(Debug, Default, PartialEq, Eq)]
pub(super) struct Chunk {
    /// The lines; empty ones are left out.
    pub(super) lines: Vec<Line>,
    /// The offset just past the last one.
    pub(super) end: u64,
    /// The number of the last line.
    pub(super) last: u64,
    /// Whether the input ends here.
    pub(super) is_last: bool,
}

/// How much is read at once.
#[derive(Clone, Copy, Debug)]
pub(super) struct ChunkSize {
    pub(super) lines: usize,
    pub(super) bytes: usize,
    pub(super) line_bytes: usize,
}

/// A file that is read line by line.
#[derive(Debug)]
pub(super) struct Lines {
    reader: BufReader<File>,
    offset: u64,
    number: u64,
}

impl Lines {
    /// Reads an open file from an offset at which a line begins, after `number` lines.
    pub(super) fn of(mut file: File, offset: u64, number: u64) -> io::Result<Lines> {
        if file.metadata()?.len() < offset {
            let shorter = "an input is shorter than it was when the import began";
            return Err(io::Error::new(io::ErrorKind::UnexpectedEof, shorter));
        }
        file.seek(SeekFrom::Start(offset))?;
        Ok(Lines { reader: BufReader::with_capacity(1 << 20, file), offset, number })
    }

    /// The next chunk.
    pub(super) fn chunk(&mut self, size: ChunkSize) -> io::Result<Chunk> {
        let mut chunk = Chunk::default();
        let mut bytes = 0;
        while chunk.lines.len() < size.lines && bytes < size.bytes {
            let Some((read, line)) = self.line(size.line_bytes)? else {
                chunk.is_last = true;
                break;
            };
            self.offset += read;
            self.number += 1;
            let is_empty = line.as_ref().is_some_and(|l| l.iter().all(u8::is_ascii_whitespace));
            if !is_empty {
                bytes += line.as_ref().map_or(0, Vec::len);
                chunk.lines.push(Line { number: self.number, bytes: line });
            }
        }
        chunk.end = self.offset;
        chunk.last = self.number;
        Ok(chunk)
    }

    /// The next line with the bytes that were read for it; none at the end.
    fn line(&mut self, max: usize) -> io::Result<Option<(u64, Option<Vec<u8>>)>> {
        let mut line = Vec::new();
        let mut is_too_long = false;
        let mut read = 0;
        loop {
            let buffer = self.reader.fill_buf()?;
            if buffer.is_empty() {
                break;
            }
            let end = memchr::memchr(b'\n', buffer);
            let taken = end.map_or(buffer.len(), |at| at + 1);
            if line.len() + taken > max.saturating_add(2) {
                is_too_long = true;
                line = Vec::new();
            }
            if !is_too_long {
                line.extend_from_slice(&buffer[..taken]);
            }
            self.reader.consume(taken);
            read += taken as u64;
            if end.is_some() {
                break;
            }
        }
        if read == 0 {
            return Ok(None);
        }
        while matches!(line.last(), Some(b'\n' | b'\r')) {
            line.pop();
        }
        Ok(Some((read, (!is_too_long).then_some(line))))
    }
}

#[cfg(test)]
mod tests {
    use super::{ChunkSize, Lines};

    fn read(text: &str, size: ChunkSize) -> Vec<(u64, Option<String>)> {
        let file = tempfile::NamedTempFile::new().unwrap();
        std::fs::write(file.path(), text).unwrap();
        let mut found = Vec::new();
        let (mut offset, mut number) = (0, 0);
        loop {
            // Every chunk is read anew, as after a crash.
            let opened = std::fs::File::open(file.path()).unwrap();
            let chunk = Lines::of(opened, offset, number).unwrap().chunk(size).unwrap();
            for line in chunk.lines {
                let text = line.bytes.map(|bytes| String::from_utf8(bytes).unwrap());
                found.push((line.number, text));
            }
            (offset, number) = (chunk.end, chunk.last);
            if chunk.is_last {
                assert_eq!(offset, text.len() as u64);
                return found;
            }
        }
    }

    #[test]
    fn lines_have_their_numbers_whatever_the_chunks() {
        let text = "one\r\n\n  \nfour\nfive is too long\nsix";
        let some = |text: &str| Some(text.to_owned());
        let expected = [(1, some("one")), (4, some("four")), (5, None), (6, some("six"))];
        for (lines, bytes) in [(1, 100), (2, 100), (100, 1), (100, 5), (100, 100)] {
            assert_eq!(
                read(text, ChunkSize { lines, bytes, line_bytes: 8 }),
                expected,
                "{lines} {bytes}"
            );
        }
        assert_eq!(read("", ChunkSize { lines: 9, bytes: 9, line_bytes: 9 }), []);
        assert_eq!(read("\n\n", ChunkSize { lines: 9, bytes: 9, line_bytes: 9 }), []);
        let exact = [(1, some("12345678"))];
        assert_eq!(read("12345678\r\n", ChunkSize { lines: 9, bytes: 9, line_bytes: 8 }), exact);
    }

    #[test]
    fn a_file_that_shrank_is_told() {
        let file = tempfile::NamedTempFile::new().unwrap();
        let opened = std::fs::File::open(file.path()).unwrap();
        assert!(Lines::of(opened, 1, 0).is_err());
    }
}
