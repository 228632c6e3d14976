//! Pages drawn, and the tree of tags that says what is a heading, a list, a paragraph.
//!
//! Heads and feet of pages are artifacts: they are drawn, and not read aloud on every page.

use std::num::NonZeroU16;

use krilla::color::rgb;
use krilla::configure::{Configuration, Validator};
use krilla::destination::XyzDestination;
use krilla::geom::Point;
use krilla::metadata::{DateTime, Metadata};
use krilla::num::NormalizedF32;
use krilla::outline::{Outline, OutlineNode};
use krilla::page::PageSettings;
use krilla::paint::Fill;
use krilla::surface::Surface;
use krilla::tagging::{
    ArtifactType, ContentTag, Identifier, ListNumbering, SpanTag, Tag, TagGroup, TagTree,
};
use krilla::{Document, SerializeSettings};

use crate::letters::{Face, Faces};
use crate::pages::{LaidOut, Line, PAGE, Placed, Role, SIDE};
use crate::{Pdf, PrintError, Printout};

/// Where the lines at the head and the foot of a page stand.
const HEAD: f32 = 48.0;
const FOOT: f32 = 806.0;
const SMALL: f32 = 9.0;
/// Ink, and the softer ink of what is beside the point: 12 to 1 and 6 to 1 against white.
const INK: (u8, u8, u8) = (0x21, 0x2b, 0x32);
const SOFT: (u8, u8, u8) = (0x4c, 0x62, 0x72);

pub(crate) fn paint(
    printout: &Printout,
    faces: &Faces,
    laid_out: &LaidOut,
    goes_on: &dyn Fn() -> bool,
) -> Result<Pdf, PrintError> {
    let mut document = Document::new_with(SerializeSettings {
        configuration: Configuration::new_with_validator(Validator::UA1),
        enable_tagging: true,
        ..SerializeSettings::default()
    });
    document.set_metadata(metadata(printout));
    document.set_outline(outline(&laid_out.placed));
    let mut tags: Vec<Vec<Identifier>> = laid_out.placed.iter().map(|_| Vec::new()).collect();
    let mut next = (0, 0);
    for page in 0..laid_out.pages {
        if !goes_on() {
            return Err(PrintError::TooSlow);
        }
        let settings = PageSettings::from_wh(PAGE.0, PAGE.1).ok_or(PrintError::Font)?;
        let mut drawn = document.start_page_with(settings);
        let mut surface = drawn.surface();
        frame(&mut surface, printout, faces, (page + 1, laid_out.pages));
        // Lines stand in the order of their pages.
        while let Some((placed, line)) = line_at(laid_out, next).filter(|(_, l)| l.page == page) {
            tags[next.0].push(draw(&mut surface, faces, placed.role, line));
            next = match placed.lines.len() {
                lines if next.1 + 1 < lines => (next.0, next.1 + 1),
                _ => (next.0 + 1, 0),
            };
        }
        surface.finish();
        drawn.finish();
    }
    document.set_tag_tree(tree(&laid_out.placed, tags, printout.language));
    let bytes = document.finish().map_err(|error| PrintError::NotAccessible(words(&error)))?;
    Ok(Pdf { bytes, pages: laid_out.pages, not_shown: laid_out.not_shown })
}

fn line_at(laid_out: &LaidOut, (placed, line): (usize, usize)) -> Option<(&Placed, &Line)> {
    let placed = laid_out.placed.get(placed)?;
    Some((placed, placed.lines.get(line)?))
}

/// What is wrong, without the text of the document.
fn words(error: &krilla::error::KrillaError) -> String {
    match error {
        krilla::error::KrillaError::Validation(problems) => {
            let kind = |problem| {
                let words = format!("{problem:?}");
                words.split(['(', ' ', '{']).next().unwrap_or("").to_owned()
            };
            problems.iter().take(5).map(kind).collect::<Vec<_>>().join(", ")
        }
        _ => "the file could not be written".to_owned(),
    }
}

fn metadata(printout: &Printout) -> Metadata {
    let [year, month, day, hour, minute, second] = printout.at;
    let small = |number: u16| u8::try_from(number).unwrap_or(1);
    let at = DateTime::new(year)
        .month(small(month))
        .day(small(day))
        .hour(small(hour))
        .minute(small(minute))
        .second(small(second))
        .utc_offset_hour(0)
        .utc_offset_minute(0);
    Metadata::new()
        .title(printout.title.clone())
        .language(printout.language.to_owned())
        .creator("Careloom".to_owned())
        .creation_date(at)
}

/// The headings, to go to.
fn outline(placed: &[Placed]) -> Outline {
    let mut outline = Outline::new();
    for heading in placed.iter().filter(|one| matches!(one.role, Role::Title | Role::Heading)) {
        let Some(line) = heading.lines.first() else { continue };
        let top = (line.y - heading.role.look().leading).max(0.0);
        let to = XyzDestination::new(line.page, Point::from_xy(0.0, top));
        outline.push_child(OutlineNode::new(heading.text.clone(), to));
    }
    outline
}

fn fill(surface: &mut Surface<'_>, (red, green, blue): (u8, u8, u8)) {
    let paint = rgb::Color::new(red, green, blue).into();
    let fill = Fill { paint, opacity: NormalizedF32::ONE, ..Fill::default() };
    surface.set_fill(Some(fill));
}

fn text(surface: &mut Surface<'_>, face: &Face, size: f32, (x, y): (f32, f32), text: &str) {
    let glyphs = face.glyphs(text);
    surface.draw_glyphs(Point::from_xy(x, y), &glyphs, face.font.clone(), text, size, false);
}

/// Whose it is above, when and which page below.
fn frame(surface: &mut Surface<'_>, printout: &Printout, faces: &Faces, page: (usize, usize)) {
    fill(surface, SOFT);
    surface.start_tagged(ContentTag::Artifact(ArtifactType::Header));
    let about = cut(&faces.bold, &printout.about, (PAGE.0 - 2.0 * SIDE) / SMALL);
    text(surface, &faces.bold, SMALL, (SIDE, HEAD), &about);
    surface.end_tagged();
    surface.start_tagged(ContentTag::Artifact(ArtifactType::Footer));
    let number = format!("Page {} of {}", page.0, page.1);
    let width = faces.regular.width(&number) * SMALL;
    let room = (PAGE.0 - 2.0 * SIDE - width) / SMALL - 1.0;
    let printed = cut(&faces.regular, &printout.printed, room);
    text(surface, &faces.regular, SMALL, (SIDE, FOOT), &printed);
    text(surface, &faces.regular, SMALL, (PAGE.0 - SIDE - width, FOOT), &number);
    surface.end_tagged();
}

/// As much of a text as a line has room for.
fn cut(face: &Face, line: &str, room: f32) -> String {
    let (shown, _) = face.showable(line);
    if face.width(&shown.text) <= room {
        return shown.text;
    }
    let (mut out, mut width) = (String::new(), face.width("…"));
    for c in shown.text.chars() {
        width += face.width(c.encode_utf8(&mut [0; 4]));
        if width > room {
            break;
        }
        out.push(c);
    }
    out.push('…');
    out
}

fn draw(surface: &mut Surface<'_>, faces: &Faces, role: Role, line: &Line) -> Identifier {
    fill(surface, if role == Role::Source { SOFT } else { INK });
    let meant = line.shown.meant.as_deref();
    let tag = SpanTag::empty().with_actual_text(meant);
    let identifier = surface.start_tagged(ContentTag::Span(tag));
    text(surface, role.face(faces), role.look().size, (line.x, line.y), &line.shown.text);
    surface.end_tagged();
    identifier
}

/// The tags: headings and paragraphs, and a list wherever entries follow each other.
fn tree(placed: &[Placed], tags: Vec<Vec<Identifier>>, language: &str) -> TagTree {
    let mut tree = TagTree::new().with_lang(Some(language.to_owned()));
    let mut list: Option<TagGroup> = None;
    let mut entry: Option<TagGroup> = None;
    for (one, identifiers) in placed.iter().zip(tags) {
        let is_of_entry = matches!(one.role, Role::EntryTitle | Role::Fact | Role::Source);
        if one.role == Role::EntryTitle || !is_of_entry {
            close_entry(&mut list, &mut entry);
        }
        if !is_of_entry {
            tree_push(&mut tree, list.take());
        }
        let mut group = match one.role {
            Role::Title => heading(1, &one.text),
            Role::Heading => heading(2, &one.text),
            Role::Subheading => heading(3, &one.text),
            _ => TagGroup::new(Tag::P),
        };
        for identifier in identifiers {
            group.push(identifier);
        }
        if is_of_entry {
            list.get_or_insert_with(|| TagGroup::new(Tag::L(ListNumbering::None)));
            entry.get_or_insert_with(|| TagGroup::new(Tag::LBody)).push(group);
        } else {
            tree.push(group);
        }
    }
    close_entry(&mut list, &mut entry);
    tree_push(&mut tree, list);
    tree
}

fn close_entry(list: &mut Option<TagGroup>, entry: &mut Option<TagGroup>) {
    if let (Some(list), Some(body)) = (list, entry.take()) {
        let mut item = TagGroup::new(Tag::LI);
        item.push(body);
        list.push(item);
    }
}

fn tree_push(tree: &mut TagTree, group: Option<TagGroup>) {
    if let Some(group) = group {
        tree.push(group);
    }
}

fn heading(level: u16, title: &str) -> TagGroup {
    let level = NonZeroU16::new(level).unwrap_or(NonZeroU16::MIN);
    TagGroup::new(Tag::Hn(level, Some(title.to_owned())))
}
