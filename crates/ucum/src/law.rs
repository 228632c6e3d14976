//! Special units: scales whose zero or steps are not those of a ratio (UCUM §21 to §22).
//!
//! A temperature scale has another zero: its values convert exactly. Logarithms, tangents and roots
//! are of doubles. To add a law, add a variant, its two directions and its name in the table.

use crate::ratio::Ratio;

/// How a value on the scale becomes a value in the scale's proper unit.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) enum Law {
    /// proper = value + offset.
    Offset(Ratio),
    /// value = times × log_base(proper).
    Logarithm {
        /// `None` for the natural one.
        base: Option<f64>,
        times: f64,
    },
    /// value = times × tan(proper).
    Tangent(f64),
    /// value = √proper.
    Root,
}

impl Law {
    /// `offset:273.15`, `log:10:-1`, `ln:1`, `tan:100`, `root`.
    pub(crate) fn parse(text: &str) -> Option<Law> {
        let mut parts = text.split(':');
        Some(match parts.next()? {
            "offset" => Law::Offset(Ratio::parse(parts.next()?)?),
            "log" => Law::Logarithm {
                base: Some(parts.next()?.parse().ok()?),
                times: parts.next()?.parse().ok()?,
            },
            "ln" => Law::Logarithm { base: None, times: parts.next()?.parse().ok()? },
            "tan" => Law::Tangent(parts.next()?.parse().ok()?),
            "root" => Law::Root,
            _ => return None,
        })
    }

    /// A value on the scale → in proper units.
    pub(crate) fn proper(self, value: f64) -> f64 {
        match self {
            Law::Offset(offset) => value + offset.to_f64(),
            Law::Logarithm { base: None, times } => (value / times).exp(),
            Law::Logarithm { base: Some(base), times } => base.powf(value / times),
            Law::Tangent(times) => (value / times).atan(),
            Law::Root => value * value,
        }
    }

    /// A value in proper units → on the scale.
    pub(crate) fn scale(self, proper: f64) -> f64 {
        match self {
            Law::Offset(offset) => proper - offset.to_f64(),
            Law::Logarithm { base: None, times } => times * proper.ln(),
            Law::Logarithm { base: Some(base), times } => times * logarithm(proper, base),
            Law::Tangent(times) => times * proper.tan(),
            Law::Root => proper.sqrt(),
        }
    }
}

/// The exact functions of the standard library where there are any.
fn logarithm(value: f64, base: f64) -> f64 {
    if base.total_cmp(&10.0).is_eq() {
        value.log10()
    } else if base.total_cmp(&2.0).is_eq() {
        value.log2()
    } else {
        value.ln() / base.ln()
    }
}
