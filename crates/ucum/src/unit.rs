//! A unit and what can be done with it: compare, convert, multiply.

use std::cmp::Ordering;
use std::sync::Arc;

use crate::dimension::{Base, Dimension};
use crate::error::{Error, NotCommensurable};
use crate::law::Law;
use crate::parse;
use crate::ratio::{Ratio, Steps};
use crate::table::Table;

/// A unit of measure, read from its UCUM code.
///
/// ```
/// use ucum::{Ratio, Unit};
/// let gram = Unit::parse("g")?;
/// let milligram = Unit::parse("mg")?;
/// assert!(gram.commensurable(&milligram));
/// let thousand = Ratio::parse("1000").unwrap();
/// assert_eq!(gram.compare(Ratio::ONE, thousand, &milligram), Some(std::cmp::Ordering::Equal));
/// assert_eq!(&*Unit::parse("mm[Hg]")?.canonical().base, "g.m-1.s-2");
/// # Ok::<(), ucum::Error>(())
/// ```
#[derive(Clone, Debug)]
pub struct Unit {
    code: Box<str>,
    value: Value,
    base: Arc<str>,
}

/// A unit's place among its like: what it measures, and how large it is.
#[derive(Clone, Debug, PartialEq)]
pub struct Canonical {
    /// The base units as a UCUM code in one order, such as `g.m-3`; `1` for numbers.
    /// A logarithmic scale and an arbitrary unit are bases themselves.
    pub base: Arc<str>,
    /// Exactly how many of `base` one of the unit is; `None` where the number is beyond 38 digits.
    pub factor: Option<Ratio>,
    /// The same as a double.
    pub factor_f64: f64,
    /// What to add, in the unit, before the factor: 273.15 for `Cel`.
    pub offset: Ratio,
}

/// A converted value.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Converted {
    /// To the last digit.
    Exact(Ratio),
    /// By doubles: logarithms and numbers beyond 38 digits.
    Approximate(f64),
}

impl Converted {
    /// As a double.
    pub fn to_f64(self) -> f64 {
        match self {
            Converted::Exact(ratio) => ratio.to_f64(),
            Converted::Approximate(value) => value,
        }
    }
}

impl Unit {
    /// Reads a case sensitive UCUM code.
    pub fn parse(code: &str) -> Result<Unit, Error> {
        let value = parse::read(code, Table::get())?;
        Ok(Unit::new(code.into(), value))
    }

    fn new(code: Box<str>, value: Value) -> Unit {
        let base = value.search_dimension().text(&Table::get().bases);
        Unit { code, value, base }
    }

    /// The code as it was read.
    pub fn code(&self) -> &str {
        &self.code
    }

    /// What it measures and how large it is.
    pub fn canonical(&self) -> Canonical {
        let (factor, offset) = match self.value.scale {
            None => (self.value.factor, Ratio::ZERO),
            Some(Scale { law: Law::Offset(offset), step, .. }) => {
                // factor × (step × value + offset) = (factor × step) × (value + offset / step)
                let stepped = self.value.factor.times(Factor::exact(step));
                (
                    stepped.unwrap_or(self.value.factor),
                    offset.checked_div(step).unwrap_or(Ratio::ZERO),
                )
            }
            Some(scale) => (Factor::exact(scale.step), Ratio::ZERO),
        };
        Canonical {
            base: Arc::clone(&self.base),
            factor: factor.exact,
            factor_f64: factor.approximate(),
            offset,
        }
    }

    /// Whether values of one can be told in the other.
    pub fn commensurable(&self, other: &Unit) -> bool {
        self.value.dimension == other.value.dimension
    }

    /// Whether it only counts: `1`, `%`, `{score}`, `10*3`.
    pub fn is_number(&self) -> bool {
        self.value.dimension.is_unity() && self.value.scale.is_none()
    }

    /// Whether zero stands elsewhere than nothing, or steps are not even: `Cel`, `[pH]`, `dB`.
    pub fn is_special(&self) -> bool {
        self.value.scale.is_some()
    }

    /// A value in this unit as one in another; exact unless a logarithm or too many digits stand
    /// between.
    pub fn convert(&self, value: Ratio, to: &Unit) -> Result<Converted, NotCommensurable> {
        if self.code == to.code {
            return Ok(Converted::Exact(value));
        }
        if !self.commensurable(to) {
            return Err(NotCommensurable {
                from: Arc::clone(&self.base),
                to: Arc::clone(&to.base),
            });
        }
        Ok(match self.convert_exact(value, to) {
            Some(exact) => Converted::Exact(exact),
            None => {
                Converted::Approximate(to.value.undo_base(self.value.apply_base(value.to_f64())))
            }
        })
    }

    fn convert_exact(&self, value: Ratio, to: &Unit) -> Option<Ratio> {
        let proper = self.value.proper_exact(value)?;
        let factor = self.value.factor.exact?.checked_div(to.value.factor.exact?)?;
        let proper = proper.checked_mul(factor)?;
        match to.value.scale {
            None => Some(proper),
            Some(Scale { law: Law::Offset(offset), step, .. }) => {
                proper.checked_add(offset.checked_neg()?)?.checked_div(step)
            }
            Some(_) => None,
        }
    }

    /// A value in this unit as one in another, by doubles.
    pub fn convert_f64(&self, value: f64, to: &Unit) -> Result<f64, NotCommensurable> {
        if self.code == to.code {
            return Ok(value);
        }
        if !self.commensurable(to) {
            return Err(NotCommensurable {
                from: Arc::clone(&self.base),
                to: Arc::clone(&to.base),
            });
        }
        if self.value.scale.is_none()
            && to.value.scale.is_none()
            && let (Some(from), Some(into)) = (self.value.factor.exact, to.value.factor.exact)
            && let Some(factor) = from.checked_div(into)
        {
            return Ok(factor.apply(value));
        }
        Ok(to.value.undo_base(self.value.apply_base(value)))
    }

    /// How a value in this unit stands to one in another; `None` if they cannot be compared.
    pub fn compare(&self, value: Ratio, other: Ratio, unit: &Unit) -> Option<Ordering> {
        if self.code == unit.code {
            return Some(value.cmp(&other));
        }
        match self.convert(value, unit).ok()? {
            Converted::Exact(converted) => Some(converted.cmp(&other)),
            Converted::Approximate(converted) => converted.partial_cmp(&other.to_f64()),
        }
    }

    /// The unit of a product of values; `None` for special units, and beyond the limits of a code.
    pub fn times(&self, other: &Unit) -> Option<Unit> {
        self.combine(other, 1, '.')
    }

    /// The unit of a quotient of values; `None` for special units, and beyond the limits of a code.
    pub fn over(&self, other: &Unit) -> Option<Unit> {
        self.combine(other, -1, '/')
    }

    fn combine(&self, other: &Unit, power: i16, operator: char) -> Option<Unit> {
        let value = self.value.times(&other.value, power)?;
        let code = format!("{}{operator}{}", self.operand(), other.operand());
        (code.len() <= parse::LENGTH_MAX).then(|| Unit::new(code.into(), value))
    }

    /// The code such that an operator may stand on either side.
    fn operand(&self) -> String {
        let lead = if self.code.starts_with('/') { "1" } else { "" };
        if self.code.contains(['.', '/']) {
            format!("({lead}{})", self.code)
        } else {
            self.code.to_string()
        }
    }

    /// How values become values of the base, for the search index.
    pub(crate) fn linear(&self) -> Linear {
        let (factor, step, offset) = match self.value.scale {
            None => (self.value.factor, Ratio::ONE, Ratio::ZERO),
            Some(Scale { law: Law::Offset(offset), step, .. }) => (self.value.factor, step, offset),
            Some(scale) => (Factor::exact(scale.step), Ratio::ONE, Ratio::ZERO),
        };
        Linear {
            step: step.steps(),
            offset: offset.to_f64(),
            factor: factor.steps(),
            base: Arc::clone(&self.base),
        }
    }
}

/// A straight line from values of a unit to values of its base.
#[derive(Clone, Debug)]
pub(crate) struct Linear {
    step: Steps,
    offset: f64,
    factor: Steps,
    pub(crate) base: Arc<str>,
}

impl Linear {
    pub(crate) fn apply(&self, value: f64) -> f64 {
        self.factor.apply(self.step.apply(value) + self.offset)
    }
}

/// A size: exact while it fits.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) struct Factor {
    pub(crate) exact: Option<Ratio>,
    /// In force where `exact` is not there.
    fallback: f64,
}

impl Factor {
    pub(crate) fn exact(ratio: Ratio) -> Factor {
        Factor { exact: Some(ratio), fallback: 0.0 }
    }

    pub(crate) fn approximate(self) -> f64 {
        self.exact.map_or(self.fallback, Ratio::to_f64)
    }

    fn steps(self) -> Steps {
        self.exact.map_or(Steps { times: self.fallback, over: 1.0 }, Ratio::steps)
    }

    /// `None` where no double is so large or small.
    pub(crate) fn times(self, other: Factor) -> Option<Factor> {
        let product = match (self.exact, other.exact) {
            (Some(left), Some(right)) => left.checked_mul(right),
            _ => None,
        };
        match product {
            Some(product) => Factor::exact(product),
            None => Factor { exact: None, fallback: self.approximate() * other.approximate() },
        }
        .in_range()
    }

    pub(crate) fn power(self, power: i16) -> Option<Factor> {
        match self.exact.and_then(|exact| exact.checked_pow(i32::from(power))) {
            Some(result) => Factor::exact(result),
            None => Factor { exact: None, fallback: self.approximate().powi(i32::from(power)) },
        }
        .in_range()
    }

    fn in_range(self) -> Option<Factor> {
        self.approximate().is_normal().then_some(self)
    }
}

/// A scale that is no ratio, and the size of its step (by a prefix or a number).
#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) struct Scale {
    pub(crate) law: Law,
    pub(crate) step: Ratio,
    /// The scale as a dimension of its own.
    pub(crate) base: Base,
}

/// What a code is worth.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Value {
    /// Of the unit, or of the scale's proper unit.
    pub(crate) dimension: Dimension,
    /// Of the unit, or of the scale's proper unit.
    pub(crate) factor: Factor,
    pub(crate) scale: Option<Scale>,
}

impl Value {
    /// One of a dimension.
    pub(crate) fn of(dimension: Dimension) -> Value {
        Value { dimension, factor: Factor::exact(Ratio::ONE), scale: None }
    }

    /// A pure number.
    pub(crate) fn number(number: Ratio) -> Option<Value> {
        let factor = Factor::exact(Ratio::ONE).times(Factor::exact(number))?;
        Some(Value { factor, ..Value::of(Dimension::default()) })
    }

    fn is_plain_number(&self) -> bool {
        self.dimension.is_unity() && self.scale.is_none()
    }

    /// The product with another to a power. A scale takes part with numbers only, and not below
    /// the line (UCUM §21).
    pub(crate) fn times(&self, other: &Value, power: i16) -> Option<Value> {
        if let Some(scale) = self.scale {
            return other.is_plain_number().then(|| self.stepped(scale, other, power))?;
        }
        if let Some(scale) = other.scale {
            let fits = self.is_plain_number() && power == 1;
            return fits.then(|| other.stepped(scale, self, 1))?;
        }
        Some(Value {
            dimension: self.dimension.times(&other.dimension, power)?,
            factor: self.factor.times(other.factor.power(power)?)?,
            scale: None,
        })
    }

    /// The scale with a larger or smaller step.
    fn stepped(&self, scale: Scale, number: &Value, power: i16) -> Option<Value> {
        let step = scale.step.checked_mul(number.factor.power(power)?.exact?)?;
        Some(Value { scale: Some(Scale { step, ..scale }), ..self.clone() })
    }

    /// `self` to a power; scales have none.
    pub(crate) fn power(&self, power: i16) -> Option<Value> {
        if self.scale.is_some() {
            return (power == 1).then(|| self.clone());
        }
        Value::of(Dimension::default()).times(self, power)
    }

    /// The dimension that an index goes by: a scale that is not straight is one of its own.
    fn search_dimension(&self) -> Dimension {
        match self.scale {
            None | Some(Scale { law: Law::Offset(_), .. }) => self.dimension.clone(),
            Some(scale) => Dimension::of(scale.base),
        }
    }

    fn proper_exact(&self, value: Ratio) -> Option<Ratio> {
        match self.scale {
            None => Some(value),
            Some(Scale { law: Law::Offset(offset), step, .. }) => {
                value.checked_mul(step)?.checked_add(offset)
            }
            Some(_) => None,
        }
    }

    fn apply_base(&self, value: f64) -> f64 {
        let proper = match self.scale {
            None => value,
            Some(scale) => scale.law.proper(scale.step.apply(value)),
        };
        self.factor.steps().apply(proper)
    }

    fn undo_base(&self, base: f64) -> f64 {
        let proper = self.factor.steps().undo(base);
        match self.scale {
            None => proper,
            Some(scale) => scale.step.steps().undo(scale.law.scale(proper)),
        }
    }
}
