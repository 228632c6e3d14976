//! Units of measure: UCUM codes read, compared and converted, exactly where numbers are exact.
//! <https://ucum.org/ucum>. What each unit is worth stands in `data/units.txt`; add a line there
//! for one more.
//!
//! - [`Unit::parse`] reads a code; an error says where and what was expected.
//! - [`Unit::convert`] and [`Unit::compare`] are exact over [`Ratio`]s, for FHIRPath.
//! - [`normalise`] turns a value and a code into a value of base units, for the search index.
//!
//! As UCUM has it: the mole is a number (so `mmol/L` and `10*9/L` are commensurable), arbitrary units
//! such as `[iU]` convert to nothing else, annotations `{…}` mean nothing, and scales such as `Cel` or
//! `[pH]` stand alone: they have no powers and take part in no product but with a number.
//!
//! ```
//! let (value, base) = ucum::normalise(120.0, "mm[Hg]").unwrap();
//! assert_eq!((value, &*base), (15_998_640.0, "g.m-1.s-2"));
//! assert_eq!(ucum::normalise(1000.0, "mg"), ucum::normalise(1.0, "g"));
//! assert_eq!(ucum::normalise(1.0, "furlong"), None);
//! ```

mod dimension;
mod error;
mod law;
mod parse;
mod ratio;
mod table;
mod unit;

use std::cell::RefCell;
use std::collections::HashMap;
use std::sync::Arc;

pub use error::{Error, NotCommensurable};
use foldhash::fast::RandomState;
pub use ratio::Ratio;
pub use unit::{Canonical, Converted, Unit};

/// The system that says that a quantity's code is a UCUM code.
pub const SYSTEM: &str = "http://unitsofmeasure.org";

/// Codes that a thread remembers; a store of records has some hundreds.
const REMEMBERED_MAX: usize = 2048;

/// A code's line, or that it is no unit.
type Remembered = HashMap<Box<str>, Option<unit::Linear>, RandomState>;

thread_local! {
    /// What [`normalise`] found for codes before: the same for all callers, so no state to see.
    static REMEMBERED: RefCell<Remembered> = RefCell::default();
}

/// A value in base units and their code, for comparison in an index; `None` for what is no unit.
///
/// Straight lines only: temperatures become kelvins, while logarithmic scales are bases of their own
/// (`[pH]`, `B`), so that order and precision stay as they were measured.
pub fn normalise(value: f64, code: &str) -> Option<(f64, Arc<str>)> {
    REMEMBERED.with_borrow_mut(|remembered| {
        if let Some(known) = remembered.get(code) {
            return known.as_ref().map(|line| (line.apply(value), Arc::clone(&line.base)));
        }
        let line = Unit::parse(code).ok().map(|unit| unit.linear());
        let result = line.as_ref().map(|line| (line.apply(value), Arc::clone(&line.base)));
        if code.len() <= parse::LENGTH_MAX {
            if remembered.len() >= REMEMBERED_MAX {
                remembered.clear();
            }
            remembered.insert(code.into(), line);
        }
        result
    })
}
