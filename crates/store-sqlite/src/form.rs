//! The forms in which bytes are kept: raw, or zstd with one of our dictionaries.
//!
//! A form's number stands in every row, so a dictionary may be replaced by adding a form; a form
//! that was released is never changed or taken away. A dictionary is raw content (no magic, no
//! tables): text that looks like what will be compressed, the likeliest fragments last.
//! Spec: <https://www.rfc-editor.org/rfc/rfc8878#section-5>.

use std::cell::RefCell;
use std::sync::OnceLock;

use store::StoreError;
use zstd::bulk::{Compressor, Decompressor};
use zstd::dict::{DecoderDictionary, EncoderDictionary};

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
}

struct Dictionary {
    text: &'static [u8],
    encoder: OnceLock<EncoderDictionary<'static>>,
    decoder: OnceLock<DecoderDictionary<'static>>,
}

impl Dictionary {
    const fn new(text: &'static [u8]) -> Dictionary {
        Dictionary { text, encoder: OnceLock::new(), decoder: OnceLock::new() }
    }
}

static DICTIONARIES: [Dictionary; 3] = [
    Dictionary::new(include_bytes!("../assets/fhir-1.txt")),
    Dictionary::new(include_bytes!("../assets/feed-1.txt")),
    Dictionary::new(include_bytes!("../assets/lineage-1.txt")),
];

/// Compressing harder costs more than the disk it saves: 3 takes twice as long for 2 %.
const LEVEL: i32 = 1;

thread_local! {
    static COMPRESSORS: RefCell<[Option<Compressor<'static>>; 3]> = const { RefCell::new([None, None, None]) };
    static DECOMPRESSORS: RefCell<[Option<Decompressor<'static>>; 3]> = const { RefCell::new([None, None, None]) };
}

impl Form {
    /// The number in the row.
    pub(crate) fn number(self) -> i64 {
        self as i64
    }

    fn numbered(number: i64) -> Option<Form> {
        [Form::Raw, Form::Fhir1, Form::Feed1, Form::Lineage1]
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
            let encoder =
                dictionary.encoder.get_or_init(|| EncoderDictionary::copy(dictionary.text, LEVEL));
            *slot = Some(Compressor::with_prepared_dictionary(encoder)?);
        }
        slot.as_mut().map_or(Ok(Vec::new()), |compressor| compressor.compress(bytes))
    })
}

fn decompress(index: usize, bytes: &[u8], length: usize) -> std::io::Result<Vec<u8>> {
    DECOMPRESSORS.with_borrow_mut(|all| {
        let slot = &mut all[index];
        if slot.is_none() {
            let dictionary = &DICTIONARIES[index];
            let decoder =
                dictionary.decoder.get_or_init(|| DecoderDictionary::copy(dictionary.text));
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
        for form in [Form::Raw, Form::Fhir1, Form::Feed1, Form::Lineage1] {
            for text in texts {
                let (used, packed) = form.pack(text);
                assert_eq!(unpack(used.number(), &packed, "t", 1).unwrap(), text, "{form:?}");
            }
        }
    }

    #[test]
    fn damage_is_an_error() {
        let (form, packed) = Form::Fhir1.pack(&[b'a'; 1000]);
        assert_eq!(form, Form::Fhir1);
        assert!(unpack(form.number(), &packed[..packed.len() - 1], "t", 1).is_err());
        assert!(unpack(form.number(), b"not a frame", "t", 1).is_err());
        assert!(unpack(99, &packed, "t", 1).is_err());
    }
}
