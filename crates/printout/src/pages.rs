//! Text broken into lines, lines into pages.
//!
//! All that is placed here is a list of lines with their page and place, so that the number of pages is
//! known before the first one is drawn.

use crate::letters::{Face, Faces, Shown};
use crate::{Block, PrintError, Printout};

/// A4 in points.
pub(crate) const PAGE: (f32, f32) = (595.28, 841.89);
/// Space at the left and the right.
pub(crate) const SIDE: f32 = 56.0;
/// Where text begins and ends on a page.
const TOP: f32 = 96.0;
const BOTTOM: f32 = 776.0;
/// Characters of one block at the most; what is longer goes on in the next.
const LINES_A_BLOCK: usize = 10_000;

/// What a line is, and so how it looks and is tagged.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Role {
    Title,
    Heading,
    Subheading,
    Paragraph,
    /// The first line of an entry.
    EntryTitle,
    /// What is said of an entry.
    Fact,
    /// Whence an entry comes.
    Source,
}

/// How a role looks: size, space between lines, space before, whether bold, how much is kept together with it.
pub(crate) struct Look {
    pub(crate) size: f32,
    pub(crate) leading: f32,
    before: f32,
    pub(crate) is_bold: bool,
    indent: f32,
    /// Points that must be left on the page after it.
    keeps: f32,
}

impl Role {
    pub(crate) fn look(self) -> Look {
        let look = |size, leading, before, is_bold, indent, keeps| Look {
            size,
            leading,
            before,
            is_bold,
            indent,
            keeps,
        };
        match self {
            Role::Title => look(22.0, 28.0, 0.0, true, 0.0, 60.0),
            Role::Heading => look(16.0, 21.0, 24.0, true, 0.0, 60.0),
            Role::Subheading => look(12.5, 17.0, 14.0, true, 0.0, 45.0),
            Role::Paragraph => look(10.5, 15.0, 6.0, false, 0.0, 0.0),
            Role::EntryTitle => look(10.5, 15.0, 10.0, true, 12.0, 30.0),
            Role::Fact => look(10.5, 15.0, 1.0, false, 12.0, 0.0),
            Role::Source => look(9.0, 13.0, 1.0, false, 12.0, 0.0),
        }
    }

    pub(crate) fn face(self, faces: &Faces) -> &Face {
        if self.look().is_bold { &faces.bold } else { &faces.regular }
    }
}

/// A line in its place.
#[derive(Clone, Debug)]
pub(crate) struct Line {
    pub(crate) page: usize,
    pub(crate) x: f32,
    /// The line that the letters stand on.
    pub(crate) y: f32,
    pub(crate) shown: Shown,
}

/// Lines that are one thing to a screen reader.
#[derive(Clone, Debug)]
pub(crate) struct Placed {
    pub(crate) role: Role,
    pub(crate) text: String,
    pub(crate) lines: Vec<Line>,
}

/// Everything in its place.
#[derive(Clone, Debug, Default)]
pub(crate) struct LaidOut {
    pub(crate) placed: Vec<Placed>,
    pub(crate) pages: usize,
    pub(crate) not_shown: usize,
}

/// Where the next line goes.
struct Cursor<'a> {
    faces: &'a Faces,
    page: usize,
    y: f32,
    pages_max: usize,
    out: LaidOut,
}

pub(crate) fn lay_out(
    printout: &Printout,
    faces: &Faces,
    pages_max: usize,
    goes_on: &dyn Fn() -> bool,
) -> Result<LaidOut, PrintError> {
    let out = LaidOut::default();
    let mut cursor = Cursor { faces, page: 0, y: TOP, pages_max, out };
    cursor.place(Role::Title, &printout.title)?;
    for block in &printout.blocks {
        if !goes_on() {
            return Err(PrintError::TooSlow);
        }
        match block {
            Block::Heading(text) => cursor.place(Role::Heading, text)?,
            Block::Subheading(text) => cursor.place(Role::Subheading, text)?,
            Block::Paragraph(text) => cursor.place(Role::Paragraph, text)?,
            Block::Entry { title, facts, source } => {
                cursor.place(Role::EntryTitle, title)?;
                for (name, value) in facts {
                    let fact = match name.as_str() {
                        "" => value.clone(),
                        name => format!("{name}: {value}"),
                    };
                    cursor.place(Role::Fact, &fact)?;
                }
                if !source.is_empty() {
                    cursor.place(Role::Source, source)?;
                }
            }
        }
    }
    cursor.out.pages = cursor.page + 1;
    Ok(cursor.out)
}

impl Cursor<'_> {
    /// Places a text, its own line ends kept.
    fn place(&mut self, role: Role, text: &str) -> Result<(), PrintError> {
        let (look, face) = (role.look(), role.face(self.faces));
        let room = (PAGE.0 - 2.0 * SIDE - look.indent) / look.size;
        let mut lines = Vec::new();
        let mut is_first = true;
        for paragraph in text.lines() {
            let (shown, missing) = face.showable(paragraph);
            self.out.not_shown += missing;
            for range in broken(face, &shown.text, room) {
                if lines.len() == LINES_A_BLOCK {
                    return Err(PrintError::TooLong);
                }
                let before = if is_first { look.before } else { 0.0 };
                self.advance(before, look.leading, if is_first { look.keeps } else { 0.0 })?;
                is_first = false;
                lines.push(Line {
                    page: self.page,
                    x: SIDE + look.indent,
                    y: self.y,
                    shown: part(&shown, range),
                });
            }
        }
        // What has nothing to show would be an empty tag.
        if !lines.is_empty() {
            let text = text.split_whitespace().collect::<Vec<_>>().join(" ");
            self.out.placed.push(Placed { role, text, lines });
        }
        Ok(())
    }

    /// Goes to the next line, on the next page where this one is full.
    fn advance(&mut self, before: f32, leading: f32, keeps: f32) -> Result<(), PrintError> {
        let is_top = self.y <= TOP;
        let next = self.y + leading + if is_top { 0.0 } else { before };
        if next + keeps <= BOTTOM || is_top {
            self.y = next;
            return Ok(());
        }
        self.page += 1;
        if self.page >= self.pages_max {
            return Err(PrintError::TooLong);
        }
        self.y = TOP + leading;
        Ok(())
    }
}

/// A part of a text that is drawn, with the same part of what was meant: both have the same characters.
fn part(shown: &Shown, range: std::ops::Range<usize>) -> Shown {
    let text = shown.text[range.clone()].to_owned();
    let meant = shown.meant.as_ref().filter(|_| text.contains('\u{FFFD}')).map(|meant| {
        let (from, count) = (shown.text[..range.start].chars().count(), text.chars().count());
        meant.chars().skip(from).take(count).collect()
    });
    Shown { text, meant }
}

/// The lines of a text: byte ranges that end after a space, or inside a word that is too long for a line.
fn broken(face: &Face, text: &str, room: f32) -> Vec<std::ops::Range<usize>> {
    let mut lines = Vec::new();
    let (mut start, mut width) = (0, 0.0);
    let mut at = 0;
    for word in text.split_inclusive(' ') {
        let end = at + word.len();
        let bare = face.width(word.trim_end_matches(' '));
        if width + bare > room && at > start {
            lines.push(start..at);
            (start, width) = (at, 0.0);
        }
        if bare > room {
            // A word alone that is wider than a line.
            let mut inner = 0.0;
            for (offset, c) in word.char_indices() {
                let own = face.width(c.encode_utf8(&mut [0; 4]));
                if inner + own > room && at + offset > start {
                    lines.push(start..at + offset);
                    (start, inner) = (at + offset, 0.0);
                }
                inner += own;
            }
            width = inner;
        } else {
            width += face.width(word);
        }
        at = end;
    }
    if start < text.len() {
        lines.push(start..text.len());
    }
    lines.retain(|range| !text[range.clone()].trim().is_empty());
    lines
}
