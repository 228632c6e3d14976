//! The forms in which bytes are kept: raw, or zstd with one of our dictionaries.
//!
//! A form's number stands in every row, so a dictionary may be replaced by adding a form; a form
//! that was released is never changed or taken away. A dictionary's content is text that looks like
//! what will be compressed, the likeliest fragments last. It may have tables before it, which save
//! each small text tables of its own: half the time, and an eighth of the bytes.
//! Spec: <https://www.rfc-editor.org/rfc/rfc8878#section-5>.

use std::cell::RefCell;
use std::sync::OnceLock;

use store::StoreError;
use zstd::bulk::{Compressor, Decompressor};
use zstd::dict::{DecoderDictionary, EncoderDictionary};
use zstd::zstd_safe::{CParameter, compress_bound};

/// Bytes longer than this are no row that this program wrote.
const LENGTH_MAX: u64 = 1 << 30;

/// How a column's bytes are kept.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Form {
    /// As they are.
    Raw,
    /// FHIR JSON, first dictionary.
    Fhir1,
    /// What feeds send: HL7 v2, CSV and Bundles, first dictionary.
    Feed1,
    /// Lineage as [`crate::lineage`] packs it, first dictionary.
    Lineage1,
    /// FHIR JSON, first dictionary with tables.
    Fhir2,
}

struct Dictionary {
    /// Magic number and tables; empty where there is content only.
    tables: &'static [u8],
    text: &'static [u8],
    encoder: OnceLock<EncoderDictionary<'static>>,
    decoder: OnceLock<DecoderDictionary<'static>>,
}

impl Dictionary {
    const fn new(tables: &'static [u8], text: &'static [u8]) -> Dictionary {
        Dictionary { tables, text, encoder: OnceLock::new(), decoder: OnceLock::new() }
    }

    fn bytes(&self) -> Vec<u8> {
        [self.tables, self.text].concat()
    }
}

const COUNT: usize = 4;

static DICTIONARIES: [Dictionary; COUNT] = [
    Dictionary::new(b"", include_bytes!("../assets/fhir-1.txt")),
    Dictionary::new(b"", include_bytes!("../assets/feed-1.txt")),
    Dictionary::new(b"", include_bytes!("../assets/lineage-1.txt")),
    // The tables count how often what occurs in a third of the resources of 40 records of Synthea,
    // as ZDICT_finalizeDictionary of libzstd 1.5 counts it for level 1.
    Dictionary::new(
        include_bytes!("../assets/fhir-2.tables"),
        include_bytes!("../assets/fhir-1.txt"),
    ),
];

/// Compressing harder costs more than the disk it saves: 3 takes twice as long for 2 %.
const LEVEL: i32 = 1;

/// What a thread keeps from one text to the next.
const SCRATCH_MAX: usize = 64 << 10;

thread_local! {
    static SCRATCH: RefCell<Vec<u8>> = const { RefCell::new(Vec::new()) };
    static COMPRESSORS: RefCell<[Option<Compressor<'static>>; COUNT]> = const { RefCell::new([const { None }; COUNT]) };
    static DECOMPRESSORS: RefCell<[Option<Decompressor<'static>>; COUNT]> = const { RefCell::new([const { None }; COUNT]) };
}

impl Form {
    /// The number in the row.
    pub(crate) fn number(self) -> i64 {
        self as i64
    }

    fn numbered(number: i64) -> Option<Form> {
        [Form::Raw, Form::Fhir1, Form::Feed1, Form::Lineage1, Form::Fhir2]
            .into_iter()
            .find(|form| form.number() == number)
    }

    fn dictionary(self) -> Option<usize> {
        (self as usize).checked_sub(1)
    }

    /// Packs `bytes`; what does not get shorter stays raw.
    pub(crate) fn pack(self, bytes: &[u8]) -> (Form, Vec<u8>) {
        let packed = self.dictionary().and_then(|index| compress(index, bytes).ok());
        match packed {
            Some(packed) if packed.len() < bytes.len() => (self, packed),
            _ => (Form::Raw, bytes.to_vec()),
        }
    }
}

/// Unpacks bytes of the form with this number; `table` and `row` say where they stand.
pub(crate) fn unpack(
    number: i64,
    bytes: &[u8],
    table: &'static str,
    row: i64,
) -> Result<Vec<u8>, StoreError> {
    let inconsistent = || StoreError::inconsistent(table, "body", row);
    let form = Form::numbered(number).ok_or_else(inconsistent)?;
    let Some(index) = form.dictionary() else { return Ok(bytes.to_vec()) };
    let length = zstd::zstd_safe::get_frame_content_size(bytes).ok().flatten();
    let length = length.filter(|length| *length <= LENGTH_MAX).ok_or_else(inconsistent)?;
    decompress(index, bytes, length as usize).map_err(|_| inconsistent())
}

fn compress(index: usize, bytes: &[u8]) -> std::io::Result<Vec<u8>> {
    COMPRESSORS.with_borrow_mut(|all| {
        let slot = &mut all[index];
        if slot.is_none() {
            let dictionary = &DICTIONARIES[index];
            let encoder = dictionary
                .encoder
                .get_or_init(|| EncoderDictionary::copy(&dictionary.bytes(), LEVEL));
            let mut compressor = Compressor::with_prepared_dictionary(encoder)?;
            // The form says which dictionary it is.
            compressor.set_parameter(CParameter::DictIdFlag(false))?;
            *slot = Some(compressor);
        }
        let Some(compressor) = slot.as_mut() else { return Ok(Vec::new()) };
        // Compressed aside, so that what is kept for the writer is no longer than it must be.
        SCRATCH.with_borrow_mut(|scratch| {
            scratch.clear();
            scratch.reserve(compress_bound(bytes.len()));
            compressor.compress_to_buffer(bytes, scratch)?;
            let packed = scratch.as_slice().to_vec();
            scratch.shrink_to(SCRATCH_MAX);
            Ok(packed)
        })
    })
}

fn decompress(index: usize, bytes: &[u8], length: usize) -> std::io::Result<Vec<u8>> {
    DECOMPRESSORS.with_borrow_mut(|all| {
        let slot = &mut all[index];
        if slot.is_none() {
            let dictionary = &DICTIONARIES[index];
            let decoder =
                dictionary.decoder.get_or_init(|| DecoderDictionary::copy(&dictionary.bytes()));
            *slot = Some(Decompressor::with_prepared_dictionary(decoder)?);
        }
        slot.as_mut().map_or(Ok(Vec::new()), |decompressor| decompressor.decompress(bytes, length))
    })
}

#[cfg(test)]
mod tests {
    use super::{Form, unpack};

    #[test]
    fn every_form_comes_back() {
        let texts: [&[u8]; 5] = [
            b"",
            b"x",
            br#"{"resourceType":"Patient","id":"1","meta":{"versionId":""#,
            b"MSH|^~\\&|PAS|HOSP|||20260101||ADT^A01|1|P|2.4\rPID|1||999",
            &[0xFF; 9_000],
        ];
        for form in [Form::Raw, Form::Fhir1, Form::Feed1, Form::Lineage1, Form::Fhir2] {
            for text in texts {
                let (used, packed) = form.pack(text);
                assert_eq!(unpack(used.number(), &packed, "t", 1).unwrap(), text, "{form:?}");
            }
        }
    }

    #[test]
    fn damage_is_an_error() {
        let (form, packed) = Form::Fhir2.pack(&[b'a'; 1000]);
        assert_eq!(form, Form::Fhir2);
        assert!(unpack(form.number(), &packed[..packed.len() - 1], "t", 1).is_err());
        assert!(unpack(form.number(), b"not a frame", "t", 1).is_err());
        assert!(unpack(99, &packed, "t", 1).is_err());
    }
}
