//! Draws a map as an SVG: boxes in rows, lines between them, colour never alone.
//!
//! Shapes, line widths and words carry the meaning; colours are `currentColor`, so that the picture
//! follows the page in dark mode and with forced colours.

use super::map::{Map, MapNode, Shape};

const BOX_WIDTH: usize = 190;
const BOX_HEIGHT: usize = 74;
const GAP_X: usize = 26;
const GAP_Y: usize = 60;
const LINE_CHARS: usize = 28;
const LABEL_CHARS: usize = 40;
const LABEL_CHARS_DOWN: usize = 20;
const LINES_MAX: usize = 4;

/// The picture. Each node has its words as a `<title>`, so that it can be read whole.
pub(crate) fn draw(map: &Map) -> String {
    let places = places(map);
    let right = places.iter().map(|(x, _)| *x).max().unwrap_or(0);
    let bottom = places.iter().map(|(_, y)| *y).max().unwrap_or(0);
    let (width, height) = (right + BOX_WIDTH + GAP_X, bottom + BOX_HEIGHT + GAP_Y);
    let lines = lines_between(map);
    let topic = &map.topic;
    let mut out = format!(
        "<svg xmlns=\"http://www.w3.org/2000/svg\" viewBox=\"0 0 {width} {height}\" role=\"img\" aria-labelledby=\"map-title-{topic} map-about-{topic}\" font-family=\"Arial, sans-serif\" font-size=\"12\">\n<title id=\"map-title-{topic}\">{}</title>\n<desc id=\"map-about-{topic}\">{} questions, decisions and outcomes and {} ways between them. The same stands in words beside the picture. A thick line is a red flag.</desc>\n",
        escape(&map.title),
        map.nodes.len(),
        map.edges.len()
    );
    for line in &lines {
        out.push_str(&draw_line(line, places[line.from], places[line.to]));
    }
    for (node, (x, y)) in map.nodes.iter().zip(&places) {
        out.push_str(&draw_node(node, *x, *y));
    }
    // Words of the lines last, so that no box hides them.
    for (at, line) in lines.iter().enumerate() {
        let is_aside = |line: &&Line| places[line.from].0 != places[line.to].0;
        let before = lines[..at].iter().filter(|other| other.from == line.from).filter(is_aside);
        let nth = before.count();
        out.push_str(&draw_label(line, places[line.from], places[line.to], nth));
    }
    out.push_str("</svg>\n");
    out
}

/// All ways between two nodes as one line.
struct Line {
    from: usize,
    to: usize,
    text: String,
    is_red_flag: bool,
}

fn lines_between(map: &Map) -> Vec<Line> {
    let mut lines: Vec<Line> = Vec::new();
    for edge in &map.edges {
        let known = lines.iter_mut().find(|line| (line.from, line.to) == (edge.from, edge.to));
        if let Some(line) = known {
            line.text.push_str(" / ");
            line.text.push_str(&edge.text);
            line.is_red_flag |= edge.is_red_flag;
        } else {
            let (from, to, text) = (edge.from, edge.to, edge.text.clone());
            lines.push(Line { from, to, text, is_red_flag: edge.is_red_flag });
        }
    }
    lines
}

/// Left upper corners: in each row what asks stands left of what ends.
fn places(map: &Map) -> Vec<(usize, usize)> {
    let rows = map.nodes.iter().map(|node| node.row).max().unwrap_or(0) + 1;
    let is_end = |node: &MapNode| matches!(node.shape, Shape::Outcome | Shape::Onward);
    let mut in_row = vec![0usize; rows];
    let mut places = vec![(0, 0); map.nodes.len()];
    for ends in [false, true] {
        for (at, node) in map.nodes.iter().enumerate().filter(|(_, n)| is_end(n) == ends) {
            let column = in_row[node.row];
            in_row[node.row] += 1;
            places[at] =
                (GAP_X + column * (BOX_WIDTH + GAP_X), GAP_Y + node.row * (BOX_HEIGHT + GAP_Y));
        }
    }
    places
}

fn draw_line(line: &Line, from: (usize, usize), to: (usize, usize)) -> String {
    let line_width = if line.is_red_flag { 3 } else { 1 };
    format!(
        "<path d=\"M{} {} C{} {} {} {} {} {}\" fill=\"none\" stroke=\"currentColor\" stroke-width=\"{line_width}\"><title>{}</title></path>\n",
        from.0 + BOX_WIDTH / 2,
        from.1 + BOX_HEIGHT,
        from.0 + BOX_WIDTH / 2,
        from.1 + BOX_HEIGHT + GAP_Y / 2,
        to.0 + BOX_WIDTH / 2,
        to.1.saturating_sub(GAP_Y / 2),
        to.0 + BOX_WIDTH / 2,
        to.1,
        escape(&line.text)
    )
}

/// The words of a line, where it begins: left of one that goes straight down, else right of it.
fn draw_label(line: &Line, from: (usize, usize), to: (usize, usize), nth: usize) -> String {
    let middle = from.0 + BOX_WIDTH / 2;
    let is_down = from.0 == to.0;
    let x = if is_down { middle - 6 } else { middle + 14 };
    let y = from.1 + BOX_HEIGHT + if is_down { GAP_Y / 2 + 6 } else { 14 + nth.min(3) * 13 };
    let chars_max = if is_down { LABEL_CHARS_DOWN } else { LABEL_CHARS };
    let mut words: String = line.text.chars().take(chars_max).collect();
    if words.len() < line.text.len() {
        words.push('…');
    }
    format!(
        "<text x=\"{x}\" y=\"{y}\" font-size=\"10\" text-anchor=\"{}\" fill=\"currentColor\" stroke=\"Canvas\" stroke-width=\"4\" paint-order=\"stroke\">{}</text>\n",
        if is_down { "end" } else { "start" },
        escape(&words)
    )
}

fn draw_node(node: &MapNode, x: usize, y: usize) -> String {
    let radius = match node.shape {
        Shape::Question => 2,
        Shape::Decision => 14,
        Shape::Outcome | Shape::Onward => 36,
    };
    let line_width = if node.is_emergency { 4 } else { 1 };
    let dash = if node.shape == Shape::Decision { " stroke-dasharray=\"6 3\"" } else { "" };
    let mut out = format!(
        "<g><title>{}</title><rect x=\"{x}\" y=\"{y}\" width=\"{BOX_WIDTH}\" height=\"{BOX_HEIGHT}\" rx=\"{radius}\" fill=\"Canvas\" stroke=\"currentColor\" stroke-width=\"{line_width}\"{dash}/>",
        escape(&node.text)
    );
    let lines = lines(&node.text);
    let top = y + BOX_HEIGHT / 2 + 4 - (lines.len().saturating_sub(1)) * 8;
    for (at, line) in lines.iter().enumerate() {
        out.push_str(&format!(
            "<text x=\"{}\" y=\"{}\" text-anchor=\"middle\" fill=\"currentColor\">{}</text>",
            x + BOX_WIDTH / 2,
            top + at * 16,
            escape(line)
        ));
    }
    out.push_str("</g>\n");
    out
}

/// Words broken into lines; what does not fit ends in an ellipsis and stands whole in the title.
fn lines(text: &str) -> Vec<String> {
    let mut lines: Vec<String> = Vec::new();
    for word in text.split_whitespace() {
        match lines.last_mut() {
            Some(line) if line.chars().count() + 1 + word.chars().count() <= LINE_CHARS => {
                line.push(' ');
                line.push_str(word);
            }
            _ => lines.push(word.to_owned()),
        }
    }
    if lines.len() > LINES_MAX {
        lines.truncate(LINES_MAX);
        if let Some(last) = lines.last_mut() {
            last.push('…');
        }
    }
    lines
}

fn escape(text: &str) -> String {
    text.replace('&', "&amp;").replace('<', "&lt;").replace('>', "&gt;").replace('"', "&quot;")
}
