//! MSH-18: which character set the bytes are in. Spec: HL7 table 0211.
//!
//! To add one, add its name to `charsets!`; its bytes below 0x80 must mean ASCII alone.

use std::borrow::Cow;
use std::fmt;

use encoding_rs::Encoding;

/// A character set of table 0211 in which the bytes of the delimiters mean nothing else.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Charset {
    name: &'static str,
    encoding: &'static Encoding,
}

/// A character set that is not known.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct CharsetError(String);

impl fmt::Display for CharsetError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(
            f,
            "{:?} is no known character set of HL7 table 0211, such as UNICODE UTF-8 or 8859/1",
            self.0
        )
    }
}

impl std::error::Error for CharsetError {}

macro_rules! charsets {
    ($($name:literal => $encoding:ident,)*) => {
        const KNOWN: &[(&str, &Encoding)] = &[$(($name, encoding_rs::$encoding),)*];
    };
}

// ISO 8859-1 and ASCII are read as Windows-1252, their superset in what is really sent. ISO IR87,
// Big5 and GB 18030 are left out: their characters hold bytes that are delimiters in ASCII, so
// fields cannot be found without decoding first.
charsets! {
    "ASCII" => WINDOWS_1252,
    "8859/1" => WINDOWS_1252,
    "8859/2" => ISO_8859_2,
    "8859/3" => ISO_8859_3,
    "8859/4" => ISO_8859_4,
    "8859/5" => ISO_8859_5,
    "8859/6" => ISO_8859_6,
    "8859/7" => ISO_8859_7,
    "8859/8" => ISO_8859_8,
    "8859/9" => WINDOWS_1254,
    "8859/10" => ISO_8859_10,
    "8859/13" => ISO_8859_13,
    "8859/14" => ISO_8859_14,
    "8859/15" => ISO_8859_15,
    "8859/16" => ISO_8859_16,
    "WINDOWS-1252" => WINDOWS_1252,
    "UNICODE" => UTF_8,
    "UNICODE UTF-8" => UTF_8,
    "UTF-8" => UTF_8,
    "KS X 1001" => EUC_KR,
}

impl Charset {
    /// UTF-8, which ITK and most newer senders use.
    pub const UTF_8: Charset = Charset { name: "UNICODE UTF-8", encoding: encoding_rs::UTF_8 };

    /// The character set of a name as MSH-18 writes it; case and spare spaces do not matter.
    pub fn named(name: &str) -> Result<Charset, CharsetError> {
        let wanted = name.trim().to_ascii_uppercase();
        let dashed = wanted.replace("ISO-8859-", "8859/").replace("ISO8859/", "8859/");
        KNOWN
            .iter()
            .find(|(known, _)| *known == dashed)
            .map(|(name, encoding)| Charset { name, encoding })
            .ok_or_else(|| CharsetError(name.chars().take(40).collect()))
    }

    /// The name in table 0211.
    pub fn name(self) -> &'static str {
        self.name
    }

    /// Decodes bytes. Bytes that are not UTF-8 where they should be are read as Windows-1252,
    /// which is what they nearly always are; other undecodable bytes become U+FFFD.
    pub fn decode(self, bytes: &[u8]) -> Cow<'_, str> {
        if self.encoding == encoding_rs::UTF_8 {
            return match std::str::from_utf8(bytes) {
                Ok(text) => Cow::Borrowed(text),
                Err(_) => encoding_rs::WINDOWS_1252.decode_without_bom_handling(bytes).0,
            };
        }
        self.encoding.decode_without_bom_handling(bytes).0
    }

    /// The bytes of a text. A character that the set does not have becomes `?`: neither another
    /// letter nor an escape would be read back as what was meant.
    pub fn encode(self, text: &str) -> Cow<'_, [u8]> {
        if self.encoding == encoding_rs::UTF_8 || text.is_ascii() {
            return Cow::Borrowed(text.as_bytes());
        }
        // A character at a time, since the encoder would write a numeric entity where it fails.
        let mut out = Vec::with_capacity(text.len());
        let mut buffer = [0; 4];
        for character in text.chars() {
            let (bytes, _, is_lost) = self.encoding.encode(character.encode_utf8(&mut buffer));
            let fits = !is_lost && (character.is_ascii() || self.has(&bytes));
            out.extend_from_slice(if fits { &bytes } else { b"?" });
        }
        Cow::Owned(out)
    }

    /// Whether the set itself, not only the Windows code page it is read as, has these bytes.
    fn has(self, bytes: &[u8]) -> bool {
        let is_control = |byte: &u8| (0x80..=0x9F).contains(byte);
        self.name != "ASCII" && !(self.name.starts_with("8859/") && bytes.iter().any(is_control))
    }

    /// Whether the bytes are valid in this character set.
    pub fn is_valid(self, bytes: &[u8]) -> bool {
        self.first_invalid(bytes).is_none()
    }

    /// Where the first byte stands that is not valid in this character set; the start of the bytes
    /// where only that there is one can be told.
    pub(crate) fn first_invalid(self, bytes: &[u8]) -> Option<usize> {
        if self.encoding == encoding_rs::UTF_8 {
            return std::str::from_utf8(bytes).err().map(|error| error.valid_up_to());
        }
        if self.name == "ASCII" {
            return bytes.iter().position(|byte| !byte.is_ascii());
        }
        let decoded = self.encoding.decode_without_bom_handling_and_without_replacement(bytes);
        decoded.is_none().then_some(0)
    }
}

#[cfg(test)]
mod tests {
    use super::Charset;

    #[test]
    fn text_is_written_in_the_set_or_as_question_marks() {
        let cases: [(&str, &str, &[u8]); 9] = [
            ("UNICODE UTF-8", "Zoë €", "Zoë €".as_bytes()),
            ("8859/1", "Zoë", b"Zo\xEB"),
            ("8859/1", "5 €", b"5 ?"),
            ("8859/15", "5 €", b"5 \xA4"),
            ("WINDOWS-1252", "5 €", b"5 \x80"),
            ("ASCII", "Zoë", b"Zo?"),
            ("8859/2", "Łódź", b"\xA3\xF3d\xBC"),
            ("8859/5", "щ日", b"\xE9?"),
            ("KS X 1001", "가a", b"\xB0\xA1a"),
        ];
        for (name, text, expected) in cases {
            let charset = Charset::named(name).unwrap();
            assert_eq!(*charset.encode(text), *expected, "{name} {text}");
        }
    }

    #[test]
    fn names() {
        for good in ["8859/1", " iso-8859-1 ", "ISO8859/15", "unicode utf-8", "utf-8", "ascii"] {
            assert!(Charset::named(good).is_ok(), "{good}");
        }
        for bad in ["", "KLINGON", "8859/99", "UNICODE UTF-16", "GB 18030-2000", "ISO IR87"] {
            assert!(Charset::named(bad).is_err(), "{bad}");
        }
    }

    #[test]
    fn bytes_that_are_not_of_the_set() {
        let cases: [(&str, &[u8], Option<usize>); 6] = [
            ("UTF-8", b"ab", None),
            ("UTF-8", b"ab\xE9c", Some(2)),
            ("ASCII", b"ab\xE9c", Some(2)),
            ("8859/1", b"ab\xE9c", None),
            ("8859/3", b"ab\xA5c", Some(0)),
            ("KS X 1001", b"ab\xFF", Some(0)),
        ];
        for (name, bytes, expected) in cases {
            let charset = Charset::named(name).unwrap();
            assert_eq!(charset.first_invalid(bytes), expected, "{name}");
            assert_eq!(charset.is_valid(bytes), expected.is_none(), "{name}");
        }
    }
}
