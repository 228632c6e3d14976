//! What a unit measures: powers of base units, in one order.

use std::sync::Arc;

/// A base unit or an arbitrary unit, as the table numbers them.
pub(crate) type Base = u16;

/// Powers of bases, sorted by base, none of them 0.
#[derive(Clone, Debug, Default, PartialEq, Eq, Hash)]
pub(crate) struct Dimension(Vec<(Base, i16)>);

impl Dimension {
    pub(crate) fn of(base: Base) -> Dimension {
        Dimension(vec![(base, 1)])
    }

    pub(crate) fn is_unity(&self) -> bool {
        self.0.is_empty()
    }

    /// The product with another dimension to a power; `None` if a power gets out of hand.
    pub(crate) fn times(&self, other: &Dimension, power: i16) -> Option<Dimension> {
        let mut powers = self.0.clone();
        for &(base, exponent) in &other.0 {
            let added = exponent.checked_mul(power)?;
            match powers.binary_search_by_key(&base, |entry| entry.0) {
                Ok(at) => {
                    powers[at].1 = powers[at].1.checked_add(added)?;
                    if powers[at].1 == 0 {
                        powers.remove(at);
                    }
                }
                Err(at) => powers.insert(at, (base, added)),
            }
        }
        powers.retain(|entry| entry.1 != 0);
        Some(Dimension(powers))
    }

    /// As a UCUM code of base units, in the order of their codes: `g.m-1.s-2`; unity is `1`.
    pub(crate) fn text(&self, bases: &[Box<str>]) -> Arc<str> {
        if self.0.is_empty() {
            return Arc::from("1");
        }
        let mut parts: Vec<(&str, i16)> = self
            .0
            .iter()
            .map(|&(base, power)| (bases[usize::from(base)].as_ref(), power))
            .collect();
        parts.sort_unstable();
        let mut text = String::new();
        for (code, power) in parts {
            if !text.is_empty() {
                text.push('.');
            }
            text.push_str(code);
            if power != 1 {
                // A code that ends in a figure or star would run together with its power's sign
                // only in `10*`, which is no base.
                text.push_str(&power.to_string());
            }
        }
        Arc::from(text)
    }
}
