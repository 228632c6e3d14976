//! The asset's frame: a magic word, a format number, and sections compressed one by one, so that
//! terminology stays packed until it is asked for.
//!
//! To add a section, append it: readers find sections by place.

use std::fmt;

/// Raised with every change of what the sections hold.
pub(crate) const FORMAT: u8 = 1;
const MAGIC: &[u8; 7] = b"CLDEFS\0";
/// A section unpacks to this many bytes at the most.
const SECTION_BYTES_MAX: usize = 64 << 20;

/// Why an asset could not be read.
#[derive(Debug)]
pub struct LoadError(&'static str);

impl LoadError {
    pub(crate) const DAMAGED: LoadError = LoadError("definitions asset is damaged");
    const FOREIGN: LoadError = LoadError(
        "not a definitions asset of this program's format; rebuild it with `cargo xtask definitions`",
    );
}

impl fmt::Display for LoadError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.0)
    }
}

impl std::error::Error for LoadError {}

/// Frame: magic, format, count of sections, then for each (unpacked length, packed length) as
/// little-endian u32, then the packed sections.
pub(crate) fn compress(sections: &[Vec<u8>], level: i32) -> Vec<u8> {
    let packed: Vec<Vec<u8>> = sections
        .iter()
        .map(|section| zstd::bulk::compress(section, level).unwrap_or_default())
        .collect();
    let mut out = MAGIC.to_vec();
    out.push(FORMAT);
    out.push(sections.len() as u8);
    for (section, packed) in sections.iter().zip(&packed) {
        out.extend_from_slice(&(section.len() as u32).to_le_bytes());
        out.extend_from_slice(&(packed.len() as u32).to_le_bytes());
    }
    for section in &packed {
        out.extend_from_slice(section);
    }
    out
}

/// A section as it stands in the asset.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Section<'a> {
    length: usize,
    packed: &'a [u8],
}

impl Section<'_> {
    /// Unpacks the section for good: what is read from it points into it.
    pub(crate) fn unpack(self) -> Result<&'static [u8], LoadError> {
        let bytes =
            zstd::bulk::decompress(self.packed, self.length).map_err(|_| LoadError::DAMAGED)?;
        Ok(Box::leak(bytes.into_boxed_slice()))
    }

    pub(crate) fn to_owned_section(self) -> Section<'static> {
        Section { length: self.length, packed: Box::leak(self.packed.into()) }
    }
}

/// Finds the `N` sections of an asset.
pub(crate) fn sections<const N: usize>(asset: &[u8]) -> Result<[Section<'_>; N], LoadError> {
    let head = MAGIC.len() + 2;
    let is_ours = asset.starts_with(MAGIC) && asset.get(7..9) == Some(&[FORMAT, N as u8]);
    if !is_ours {
        return Err(LoadError::FOREIGN);
    }
    let mut at = head + N * 8;
    let mut found = [Section { length: 0, packed: &[] }; N];
    for (index, section) in found.iter_mut().enumerate() {
        let length = |offset: usize| -> Option<usize> {
            let bytes = asset.get(head + index * 8 + offset..)?.first_chunk::<4>()?;
            Some(u32::from_le_bytes(*bytes) as usize)
        };
        let (length, packed) = length(0).zip(length(4)).ok_or(LoadError::DAMAGED)?;
        if length > SECTION_BYTES_MAX {
            return Err(LoadError::DAMAGED);
        }
        let bytes =
            asset.get(at..).and_then(|rest| rest.get(..packed)).ok_or(LoadError::DAMAGED)?;
        *section = Section { length, packed: bytes };
        at += packed;
    }
    Ok(found)
}
