//! A record printed: headings, entries and facts as a tagged PDF that screen readers can follow.
//!
//! Nothing of FHIR or of pages is known here: whoever prints passes words and the fonts. Every page says
//! whose record it is and which page of how many it is; headings, lists and paragraphs are tagged, the
//! language is set, and what is written is checked against PDF/UA-1 as far as a program can. `letters` turns
//! text into what a font can show, `pages` breaks it into lines and pages, `paint` writes the PDF. To print
//! one more kind of block, add it to [`Block`] and to `pages::Role`.
//! Spec: PDF 1.7 (ISO 32000-1), PDF/UA-1 (ISO 14289-1).

mod letters;
mod pages;
mod paint;

use std::fmt;

/// What is printed.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Printout {
    /// The title, on the first page and of the document.
    pub title: String,
    /// The language as a BCP 47 tag: `en-GB`.
    pub language: &'static str,
    /// Whose it is: at the head of every page.
    pub about: String,
    /// When it was printed and where from: at the foot of every page.
    pub printed: String,
    /// The moment that it was printed, as year, month, day, hour, minute, second, UTC.
    pub at: [u16; 6],
    /// What stands in it.
    pub blocks: Vec<Block>,
}

/// A part of a printout.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Block {
    /// The heading of a part; it stands in the outline.
    Heading(String),
    /// A heading below that.
    Subheading(String),
    /// A paragraph; lines end where the text says so.
    Paragraph(String),
    /// An entry of a list.
    Entry {
        /// What it is.
        title: String,
        /// What is said of it, each with its name; the name may be empty.
        facts: Vec<(String, String)>,
        /// Whence it comes.
        source: String,
    },
}

/// The fonts, as TrueType files.
#[derive(Clone, Copy, Debug)]
pub struct Fonts {
    /// For text.
    pub regular: &'static [u8],
    /// For headings and names.
    pub bold: &'static [u8],
}

/// A PDF.
#[derive(Clone, Debug)]
pub struct Pdf {
    /// Its bytes.
    pub bytes: Vec<u8>,
    /// How many pages it has.
    pub pages: usize,
    /// How many characters the fonts have no picture of. They are shown as `�`; the text behind them, which
    /// is read aloud and copied, is whole.
    pub not_shown: usize,
}

/// Why nothing was printed.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum PrintError {
    /// It would have more pages than are allowed.
    TooLong,
    /// The caller's time was up.
    TooSlow,
    /// A font cannot be read.
    Font,
    /// What was written does not hold to PDF/UA; a fault of ours.
    NotAccessible(String),
}

impl fmt::Display for PrintError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            PrintError::TooLong => f.write_str("the printout has too many pages"),
            PrintError::TooSlow => f.write_str("the time for the printout was up"),
            PrintError::Font => f.write_str("a font of the printout cannot be read"),
            PrintError::NotAccessible(words) => write!(f, "the printout breaks PDF/UA: {words}"),
        }
    }
}

impl std::error::Error for PrintError {}

/// Prints. `goes_on` is asked now and then whether there is still time.
pub fn print(
    printout: &Printout,
    fonts: Fonts,
    pages_max: usize,
    goes_on: &dyn Fn() -> bool,
) -> Result<Pdf, PrintError> {
    let faces = letters::Faces::read(fonts)?;
    let laid_out = pages::lay_out(printout, &faces, pages_max, goes_on)?;
    paint::paint(printout, &faces, &laid_out, goes_on)
}
