//! A trend of one measurement as SVG, drawn on the server, with words beside it.
//!
//! Rules: NHS CUI "Displaying Graphs and Tables": points joined by straight lines, time to scale,
//! the reference range as a pale band with its label, units by the axis, the latest value in words.
//! Every drawing is made twice, wide and narrow, since text that scales with a phone's width
//! becomes too small to read; the style sheet shows one of them. Colours come from classes only.

use crate::components::moment::Moment;
use askama::Template;

/// One measurement.
#[derive(Clone, Debug)]
pub struct Point {
    /// When it was taken; a point without a time is left out of the drawing.
    pub at: Moment,
    /// The number, for the drawing only.
    pub value: f64,
    /// The number as the source wrote it.
    pub text: String,
    /// The flag in words, as `above range`.
    pub flag: Option<String>,
}

/// The range within which most healthy people's results lie.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Range {
    /// The lower end; `None` where there is none.
    pub low: Option<f64>,
    /// The upper end; `None` where there is none.
    pub high: Option<f64>,
    /// The words, as `20 to 41 mmol/mol`.
    pub text: String,
}

/// A drawing of one measurement over time.
#[derive(Clone, Debug, Template)]
#[template(path = "components/chart.html")]
pub struct Trend {
    /// Makes the ids in the page unique.
    pub id: String,
    /// The measurement, as `HbA1c`.
    pub title: String,
    /// The unit.
    pub unit: String,
    /// The takeaway sentence above the drawing.
    pub summary: String,
    /// The reference range in words; empty where the sources give none.
    pub range: String,
    wide: Drawing,
    narrow: Drawing,
}

#[derive(Clone, Debug)]
struct Drawing {
    class: &'static str,
    width: f64,
    height: f64,
    left: f64,
    right: f64,
    top: f64,
    bottom: f64,
    band: Option<(f64, f64)>,
    y_ticks: Vec<(f64, String)>,
    x_ticks: Vec<(f64, String)>,
    line: String,
    dots: Vec<Dot>,
}

#[derive(Clone, Debug)]
struct Dot {
    x: f64,
    y: f64,
    flagged: bool,
    title: String,
}

impl Trend {
    /// Draws `points`, which may come in any order; `None` with fewer than two that have a time.
    pub fn new(id: &str, title: &str, unit: &str, points: &[Point], range: &Range) -> Option<Self> {
        let mut placed: Vec<(f64, &Point)> = points
            .iter()
            .filter(|point| point.value.is_finite())
            .filter_map(|point| Some((point.at.seconds()? as f64, point)))
            .collect();
        placed.sort_by(|a, b| a.0.total_cmp(&b.0));
        let [(start, first), .., (end, last)] = placed[..] else { return None };
        let lowest =
            placed.iter().map(|(_, point)| point).min_by(|a, b| a.value.total_cmp(&b.value))?;
        let highest =
            placed.iter().map(|(_, point)| point).max_by(|a, b| a.value.total_cmp(&b.value))?;
        let summary = format!(
            "{} results from {} to {}. Lowest {}, highest {}, latest {}{}.",
            placed.len(),
            first.at.text,
            last.at.text,
            lowest.text,
            highest.text,
            quantity(&last.text, unit),
            last.flag.as_ref().map(|flag| format!(", {flag}")).unwrap_or_default(),
        );
        let scale = Scale::new(lowest.value, highest.value, range);
        let draw = |frame: Frame| frame.draw(&placed, (start, end), &scale, range);
        Some(Self {
            id: id.to_owned(),
            title: title.to_owned(),
            unit: unit.to_owned(),
            summary,
            range: range.text.clone(),
            wide: draw(Frame { class: "wide", width: 720.0, height: 260.0, x_ticks: 6 }),
            narrow: draw(Frame { class: "narrow", width: 340.0, height: 240.0, x_ticks: 3 }),
        })
    }

    fn drawings(&self) -> [&Drawing; 2] {
        [&self.wide, &self.narrow]
    }
}

fn quantity(value: &str, unit: &str) -> String {
    if unit.is_empty() { value.to_owned() } else { format!("{value} {unit}") }
}

/// The value axis: round numbers that hold every point and the reference range.
struct Scale {
    low: f64,
    high: f64,
    step: f64,
}

impl Scale {
    fn new(lowest: f64, highest: f64, range: &Range) -> Self {
        let ends = [range.low, range.high].into_iter().flatten().filter(|end| end.is_finite());
        let (low, high) =
            ends.fold((lowest, highest), |(low, high), end| (low.min(end), high.max(end)));
        let spread = if high > low { high - low } else { (high.abs() * 0.2).max(1.0) };
        let rough = spread / 4.0;
        let magnitude = 10f64.powf(rough.log10().floor());
        let step =
            [1.0, 2.0, 5.0, 10.0].map(|n| n * magnitude).into_iter().find(|step| *step >= rough);
        let step = step.unwrap_or(rough);
        let below = ((low - spread * 0.05) / step).floor() * step;
        // A value that cannot be negative gets no axis below nought.
        let below = if lowest >= 0.0 { below.max(0.0) } else { below };
        Self { low: below, high: ((high + spread * 0.05) / step).ceil() * step, step }
    }

    fn ticks(&self) -> Vec<f64> {
        let count = ((self.high - self.low) / self.step).round().clamp(1.0, 12.0) as u32;
        (0..=count).map(|n| self.low + f64::from(n) * self.step).collect()
    }

    fn label(&self, value: f64) -> String {
        let decimals = (-self.step.log10().floor()).clamp(0.0, 6.0) as usize;
        format!("{value:.decimals$}")
    }
}

struct Frame {
    class: &'static str,
    width: f64,
    height: f64,
    x_ticks: u32,
}

impl Frame {
    fn draw(
        self,
        placed: &[(f64, &Point)],
        (start, end): (f64, f64),
        scale: &Scale,
        range: &Range,
    ) -> Drawing {
        let (left, right, top, bottom) = (46.0, self.width - 16.0, 26.0, self.height - 28.0);
        let x = |at: f64| {
            let share = if end > start { (at - start) / (end - start) } else { 0.5 };
            left + 8.0 + share * (right - left - 16.0)
        };
        let y =
            |value: f64| bottom - (value - scale.low) / (scale.high - scale.low) * (bottom - top);
        let band = (range.low.is_some() || range.high.is_some()).then(|| {
            let upper = y(range.high.unwrap_or(scale.high));
            (upper, y(range.low.unwrap_or(scale.low)) - upper)
        });
        let dots: Vec<Dot> = placed
            .iter()
            .map(|(at, point)| Dot {
                x: x(*at),
                y: y(point.value),
                flagged: point.flag.is_some(),
                title: point.flag.as_ref().map_or_else(
                    || format!("{}: {}", point.at.text, point.text),
                    |flag| format!("{}: {}, {flag}", point.at.text, point.text),
                ),
            })
            .collect();
        let line = dots.iter().map(|dot| format!("{:.1},{:.1}", dot.x, dot.y)).collect::<Vec<_>>();
        Drawing {
            class: self.class,
            width: self.width,
            height: self.height,
            left,
            right,
            top,
            bottom,
            band,
            y_ticks: scale.ticks().into_iter().map(|tick| (y(tick), scale.label(tick))).collect(),
            x_ticks: time_ticks(start, end, self.x_ticks)
                .into_iter()
                .map(|(at, label)| (x(at), label))
                .collect(),
            line: line.join(" "),
            dots,
        }
    }
}

/// Dates at even distances, each named as finely as the whole span needs.
fn time_ticks(start: f64, end: f64, count: u32) -> Vec<(f64, String)> {
    let day = 86_400.0;
    let span = end - start;
    let count = if span < day { 1 } else { count };
    let mut ticks: Vec<(f64, String)> = Vec::new();
    for n in 0..=count {
        let at = start + span * f64::from(n) / f64::from(count);
        let Ok(time) = jiff::Timestamp::from_second(at as i64) else { continue };
        let date = Moment::from_date(time.to_zoned(jiff::tz::TimeZone::UTC).date()).text;
        let label = if span > 400.0 * day { date[3..].to_owned() } else { date[..6].to_owned() };
        if ticks.last().is_none_or(|(_, last)| *last != label) {
            ticks.push((at, label));
        }
    }
    ticks
}

#[cfg(test)]
mod tests {
    use super::*;
    use jiff::tz::TimeZone;

    fn point(at: &str, value: f64) -> Point {
        let at = Moment::from_fhir(at, &TimeZone::UTC);
        Point { at, value, text: value.to_string(), flag: None }
    }

    fn range(low: Option<f64>, high: Option<f64>) -> Range {
        Range { low, high, text: "20 to 41".into() }
    }

    #[test]
    fn two_points_with_times_are_needed() {
        let none = Range::default();
        assert!(Trend::new("a", "t", "u", &[], &none).is_none());
        assert!(Trend::new("a", "t", "u", &[point("2020", 1.0)], &none).is_none());
        assert!(
            Trend::new("a", "t", "u", &[point("2020", 1.0), point("soon", 2.0)], &none).is_none()
        );
        let odd = [point("2020", 1.0), point("2021", f64::NAN)];
        assert!(Trend::new("a", "t", "u", &odd, &none).is_none());
    }

    #[test]
    fn time_is_to_scale() {
        let points = [point("2020-01-01", 1.0), point("2020-01-11", 2.0), point("2020-01-02", 3.0)];
        let trend = Trend::new("a", "t", "u", &points, &Range::default()).expect("three points");
        let x: Vec<f64> = trend.wide.dots.iter().map(|dot| dot.x).collect();
        assert!(((x[1] - x[0]) / (x[2] - x[0]) - 0.1).abs() < 1e-9, "{x:?}");
    }

    #[test]
    fn everything_lies_within_the_drawing() {
        for values in [[5.0, 5.0], [0.0, 0.0], [-3.0, 1e6], [0.001, 0.002], [1e-9, 1e12]] {
            let points = [point("2020-01-01", values[0]), point("2020-06-01", values[1])];
            let trend =
                Trend::new("a", "t", "u", &points, &range(Some(2.0), None)).expect("two points");
            for drawing in trend.drawings() {
                for dot in &drawing.dots {
                    let inside = dot.y >= drawing.top - 0.01 && dot.y <= drawing.bottom + 0.01;
                    assert!(inside, "{values:?}: {dot:?}");
                }
                let (top, height) = drawing.band.expect("a band");
                assert!(top >= drawing.top - 0.01 && height >= 0.0, "{values:?}");
                assert!(drawing.y_ticks.len() <= 13);
            }
        }
    }

    #[test]
    fn the_words_hold_the_reading() {
        let mut points = [point("2026-01-05", 48.0), point("2020-01-01", 41.0)];
        points[0].flag = Some("above range".into());
        let trend = Trend::new("a", "HbA1c", "mmol/mol", &points, &range(Some(20.0), Some(41.0)));
        assert_eq!(
            trend.expect("two points").summary,
            "2 results from 01-Jan-2020 to 05-Jan-2026. Lowest 41, highest 48, latest 48 mmol/mol, \
             above range."
        );
    }
}
