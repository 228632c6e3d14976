//! Text as a font can show it: characters to glyphs, how wide they are, and what no font here has.
//!
//! Text is composed (NFC) and runs from left to right, a glyph a character. Scripts that need more than
//! that (Arabic, Hebrew and their kin) would come out wrong, so their letters count as not shown.
//! Spec: OpenType `cmap` and `hmtx`.

use krilla::text::{Font, GlyphId, KrillaGlyph};
use skrifa::instance::{LocationRef, Size};
use skrifa::{FontRef, MetadataProvider};
use unicode_normalization::UnicodeNormalization as _;

use crate::{Fonts, PrintError};

/// What stands for a character that cannot be shown.
const NOT_SHOWN: char = '\u{FFFD}';
/// Characters whose width and glyph are looked up once.
const KNOWN: usize = 0x600;

/// A font with what is asked of it.
pub(crate) struct Face {
    pub(crate) font: Font,
    bytes: FontRef<'static>,
    units: f32,
    /// Glyph and width of the first characters of Unicode, which nearly all text is made of.
    known: Vec<Option<(u32, f32)>>,
}

/// Both fonts.
pub(crate) struct Faces {
    pub(crate) regular: Face,
    pub(crate) bold: Face,
}

/// A line's worth of text as it is drawn.
#[derive(Clone, Debug, Default)]
pub(crate) struct Shown {
    /// The text that is drawn.
    pub(crate) text: String,
    /// The text that was meant, where some of it cannot be drawn.
    pub(crate) meant: Option<String>,
}

impl Faces {
    pub(crate) fn read(fonts: Fonts) -> Result<Faces, PrintError> {
        Ok(Faces { regular: Face::read(fonts.regular)?, bold: Face::read(fonts.bold)? })
    }
}

impl Face {
    fn read(bytes: &'static [u8]) -> Result<Face, PrintError> {
        let font = Font::new(bytes.into(), 0).ok_or(PrintError::Font)?;
        let bytes = FontRef::new(bytes).map_err(|_| PrintError::Font)?;
        let units = f32::from(bytes.metrics(Size::unscaled(), LocationRef::default()).units_per_em);
        let mut face = Face { font, bytes, units, known: Vec::new() };
        let known = (0..KNOWN as u32).map(|c| face.look_up(char::from_u32(c)?));
        face.known = known.collect();
        face.look_up(NOT_SHOWN).ok_or(PrintError::Font)?;
        Ok(face)
    }

    /// The glyph of a character and its width in ems.
    fn look_up(&self, c: char) -> Option<(u32, f32)> {
        let glyph = self.bytes.charmap().map(c).filter(|glyph| glyph.to_u32() != 0)?;
        let widths = self.bytes.glyph_metrics(Size::unscaled(), LocationRef::default());
        Some((glyph.to_u32(), widths.advance_width(glyph)? / self.units))
    }

    fn glyph(&self, c: char) -> Option<(u32, f32)> {
        match self.known.get(c as usize) {
            Some(known) => *known,
            None => self.look_up(c),
        }
    }

    /// Whether a character comes out right.
    fn shows(&self, c: char) -> bool {
        !needs_more(c) && self.glyph(c).is_some()
    }

    /// How wide text is, in ems.
    pub(crate) fn width(&self, text: &str) -> f32 {
        text.chars().filter_map(|c| self.glyph(c)).map(|(_, width)| width).sum()
    }

    /// The glyphs of text that was made showable.
    pub(crate) fn glyphs(&self, text: &str) -> Vec<KrillaGlyph> {
        let glyph = |(at, c): (usize, char)| {
            let (glyph, width) = self.glyph(c)?;
            let range = at..at + c.len_utf8();
            Some(KrillaGlyph::new(GlyphId::new(glyph), width, 0.0, 0.0, 0.0, range, None))
        };
        text.char_indices().filter_map(glyph).collect()
    }

    /// Text as it can be drawn, and how many characters of it cannot.
    pub(crate) fn showable(&self, text: &str) -> (Shown, usize) {
        let meant: String = text.nfc().filter(|c| !is_silent(*c)).collect();
        let missing = meant.chars().filter(|c| !self.shows(*c)).count();
        if missing == 0 {
            return (Shown { text: meant, meant: None }, 0);
        }
        let shown = meant.chars().map(|c| if self.shows(c) { c } else { NOT_SHOWN });
        (Shown { text: shown.collect(), meant: Some(meant) }, missing)
    }
}

/// Characters that have no picture of their own: controls, marks of direction, joiners.
fn is_silent(c: char) -> bool {
    c.is_control()
        || matches!(
            c,
            '\u{00AD}'
                | '\u{061C}'
                | '\u{180E}'
                | '\u{200B}'..='\u{200F}'
                | '\u{2028}'..='\u{202E}'
                | '\u{2060}'..='\u{206F}'
                | '\u{FE00}'..='\u{FE0F}'
                | '\u{FEFF}'
                | '\u{FFF9}'..='\u{FFFB}'
                | '\u{E0000}'..='\u{E0FFF}'
        )
}

/// Letters that join, stack or run from right to left; and places that mean something else in each font.
fn needs_more(c: char) -> bool {
    matches!(
        c,
        '\u{0590}'..='\u{08FF}'
            | '\u{0900}'..='\u{0DFF}'
            | '\u{0F00}'..='\u{109F}'
            | '\u{1780}'..='\u{18AF}'
            | '\u{E000}'..='\u{F8FF}'
            | '\u{FB1D}'..='\u{FDFF}'
            | '\u{FE70}'..='\u{FEFE}'
            | '\u{FFFE}'..='\u{FFFF}'
            | '\u{F0000}'..='\u{10FFFF}'
    )
}
