//! MSH-18: which character set the bytes are in. Spec: HL7 table 0211.

use std::borrow::Cow;
use std::fmt;

use encoding_rs::Encoding;

/// A character set of table 0211 that keeps ASCII where it is.
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

// ISO 8859-1 and ASCII are read as Windows-1252, their superset in what is really sent.
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
    "ISO IR87" => ISO_2022_JP,
    "KS X 1001" => EUC_KR,
    "CNS 11643-1992" => BIG5,
    "BIG-5" => BIG5,
    "GB 18030-2000" => GB18030,
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

    /// Whether the bytes are valid in this character set.
    pub fn is_valid(self, bytes: &[u8]) -> bool {
        self.encoding.decode_without_bom_handling_and_without_replacement(bytes).is_some()
    }
}
