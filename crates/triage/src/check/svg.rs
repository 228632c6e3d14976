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
const LINES_MAX: usize = 4;

/// The picture. Each node has its words as a `<title>`, so that it can be read whole.
pub(crate) fn draw(map: &Map) -> String {
    let rows = map.nodes.iter().map(|node| node.row).max().unwrap_or(0) + 1;
    let mut in_row = vec![0usize; rows];
    let places: Vec<(usize, usize)> = map
        .nodes
        .iter()
        .map(|node| {
            let column = in_row[node.row];
            in_row[node.row] += 1;
            (GAP_X + column * (BOX_WIDTH + GAP_X), GAP_Y + node.row * (BOX_HEIGHT + GAP_Y))
        })
        .collect();
    let columns = in_row.iter().copied().max().unwrap_or(1).max(1);
    let width = GAP_X + columns * (BOX_WIDTH + GAP_X);
    let height = GAP_Y + rows * (BOX_HEIGHT + GAP_Y);
    let mut out = format!(
        "<svg xmlns=\"http://www.w3.org/2000/svg\" viewBox=\"0 0 {width} {height}\" role=\"img\" aria-labelledby=\"map-title map-about\" font-family=\"Arial, sans-serif\" font-size=\"12\">\n<title id=\"map-title\">{}</title>\n<desc id=\"map-about\">{} questions, decisions and outcomes and {} ways between them. The same stands in words beside the picture. A thick line is a red flag.</desc>\n",
        escape(&map.title),
        map.nodes.len(),
        map.edges.len()
    );
    for edge in &map.edges {
        let (from, to) = (places[edge.from], places[edge.to]);
        let line_width = if edge.is_red_flag { 3 } else { 1 };
        out.push_str(&format!(
            "<path d=\"M{} {} C{} {} {} {} {} {}\" fill=\"none\" stroke=\"currentColor\" stroke-width=\"{line_width}\"><title>{}</title></path>\n",
            from.0 + BOX_WIDTH / 2,
            from.1 + BOX_HEIGHT,
            from.0 + BOX_WIDTH / 2,
            from.1 + BOX_HEIGHT + GAP_Y / 2,
            to.0 + BOX_WIDTH / 2,
            to.1.saturating_sub(GAP_Y / 2),
            to.0 + BOX_WIDTH / 2,
            to.1,
            escape(&edge.text)
        ));
    }
    for (node, (x, y)) in map.nodes.iter().zip(&places) {
        out.push_str(&draw_node(node, *x, *y));
    }
    out.push_str("</svg>\n");
    out
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
