//! Points on the map, distances, and postcodes as a table that the caller gives.

use std::collections::BTreeMap;

use crate::set::{Problem, ProblemKind, Problems};

/// A point, in degrees.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Point {
    /// North of the equator.
    pub latitude: f64,
    /// East of Greenwich.
    pub longitude: f64,
}

/// Mean radius of the Earth in metres (IUGG).
const EARTH_RADIUS_METRES: f64 = 6_371_008.8;

impl Point {
    /// A point, if it lies on the Earth.
    pub fn of(latitude: f64, longitude: f64) -> Option<Point> {
        let is_on_earth = latitude.is_finite()
            && longitude.is_finite()
            && latitude.abs() <= 90.0
            && longitude.abs() <= 180.0;
        is_on_earth.then_some(Point { latitude, longitude })
    }

    /// Metres along the great circle, by the haversine formula.
    ///
    /// ```
    /// use triage::directory::Point;
    /// let liverpool = Point::of(53.4084, -2.9916).unwrap();
    /// let hastings = Point::of(50.8543, 0.5735).unwrap();
    /// let metres = liverpool.metres_to(hastings);
    /// assert!((372_000..376_000).contains(&metres), "{metres}");
    /// assert_eq!(liverpool.metres_to(liverpool), 0);
    /// ```
    pub fn metres_to(self, other: Point) -> u32 {
        let (here, there) = (self.latitude.to_radians(), other.latitude.to_radians());
        let north = (there - here) / 2.0;
        let east = (other.longitude - self.longitude).to_radians() / 2.0;
        let square = north.sin().powi(2) + here.cos() * there.cos() * east.sin().powi(2);
        (2.0 * EARTH_RADIUS_METRES * square.sqrt().min(1.0).asin()).round() as u32
    }
}

/// Postcodes and their points.
#[derive(Clone, Debug, Default)]
pub struct Postcodes {
    points: BTreeMap<String, Point>,
}

/// Lines of a table of postcodes that are read.
const LINES_MAX: usize = 3_000_000;

impl Postcodes {
    /// Reads lines of `postcode,latitude,longitude`; a first line that begins with `postcode` and
    /// empty lines are passed over.
    pub fn read(text: &str) -> Result<Postcodes, Vec<Problem>> {
        let mut problems = Problems::of(text);
        let mut points = BTreeMap::new();
        let mut byte = 0;
        for (at, line) in text.split('\n').enumerate() {
            let start = byte;
            byte += line.len() + 1;
            let line = line.trim();
            if line.is_empty() || (at == 0 && line.starts_with("postcode")) {
                continue;
            }
            if at >= LINES_MAX {
                let words = format!("at most {LINES_MAX} lines are read");
                problems.at(start, ProblemKind::Limit, "postcodes", words);
                break;
            }
            let mut fields = line.split(',').map(str::trim);
            let (postcode, north, east) = (fields.next(), fields.next(), fields.next());
            let number = |field: Option<&str>| field.and_then(|text| text.parse().ok());
            let point = number(north).zip(number(east)).and_then(|(n, e)| Point::of(n, e));
            let whole = postcode.and_then(normal).zip(point).filter(|_| fields.next().is_none());
            if let Some((postcode, point)) = whole {
                points.insert(postcode, point);
            } else {
                let words = "expected a postcode or its first part, a latitude and a longitude";
                problems.at(start, ProblemKind::Value, "postcodes", words);
            }
        }
        if problems.found.is_empty() { Ok(Postcodes { points }) } else { Err(problems.found) }
    }

    /// The point of a postcode as people write it; if the table has only its first part, that of it.
    pub fn find(&self, postcode: &str) -> Option<Point> {
        let whole = normal(postcode)?;
        let outward = whole.len().checked_sub(3).and_then(|at| whole.get(..at));
        let found = self.points.get(&whole).or_else(|| self.points.get(outward?));
        found.copied()
    }
}

/// Capitals and digits without spaces; `None` where that is no postcode or first part of one.
fn normal(postcode: &str) -> Option<String> {
    let text: String =
        postcode.chars().filter(|c| !c.is_whitespace()).take(9).collect::<String>().to_uppercase();
    let is_whole = (2..=7).contains(&text.len())
        && text.bytes().all(|b| b.is_ascii_uppercase() || b.is_ascii_digit())
        && text.starts_with(|c: char| c.is_ascii_uppercase())
        && text.bytes().any(|b| b.is_ascii_digit());
    is_whole.then_some(text)
}
