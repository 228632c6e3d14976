//! The units of `data/units.txt`: read once, each from those above it.
//!
//! To add a unit, add its line there, below the lines that it is defined by.

use std::collections::HashMap;
use std::sync::LazyLock;

use foldhash::fast::RandomState;

use crate::dimension::{Base, Dimension};
use crate::law::Law;
use crate::parse;
use crate::ratio::Ratio;
use crate::unit::{Factor, Scale, Value};

/// The table in force.
#[expect(clippy::expect_used, reason = "our own text; a test reads it line by line")]
static TABLE: LazyLock<Table> =
    LazyLock::new(|| Table::read(include_str!("../data/units.txt")).expect("units.txt"));

/// Prefixes, bases and units by code.
#[derive(Debug, Default)]
pub(crate) struct Table {
    prefixes: HashMap<Box<str>, Ratio, RandomState>,
    units: HashMap<Box<str>, Entry, RandomState>,
    /// Codes of bases, by number.
    pub(crate) bases: Vec<Box<str>>,
}

/// What a code stands for.
#[derive(Debug)]
pub(crate) struct Entry {
    pub(crate) value: Value,
    /// Takes prefixes.
    metric: bool,
}

impl Table {
    pub(crate) fn get() -> &'static Table {
        &TABLE
    }

    /// A code with or without a prefix; the whole code wins.
    pub(crate) fn find(&self, code: &str) -> Option<(Option<Ratio>, &Entry)> {
        if let Some(entry) = self.units.get(code) {
            return Some((None, entry));
        }
        [1, 2].into_iter().find_map(|length| {
            let (prefix, rest) = code.split_at_checked(length)?;
            let entry = self.units.get(rest).filter(|entry| entry.metric)?;
            Some((Some(*self.prefixes.get(prefix)?), entry))
        })
    }

    /// Reads the text; the error is the line that makes no sense.
    pub(crate) fn read(text: &str) -> Result<Table, String> {
        let mut table = Table::default();
        for line in text.lines() {
            if !line.is_empty() && !line.starts_with('#') {
                table.line(line).ok_or_else(|| line.to_string())?;
            }
        }
        Ok(table)
    }

    fn line(&mut self, line: &str) -> Option<()> {
        let words: Vec<&str> = line.split(' ').collect();
        let (code, value, metric) = match words[..] {
            ["prefix", code, value] => {
                self.prefixes.insert(code.into(), Ratio::parse(value)?);
                return Some(());
            }
            ["base", code] => (code, Value::of(Dimension::of(self.base(code)?)), true),
            ["pi", code] => {
                let factor = Factor::exact(Ratio::PI);
                (code, Value { factor, ..Value::of(Dimension::default()) }, false)
            }
            ["own", code, kind] => {
                (code, Value::of(Dimension::of(self.base(code)?)), metric(kind)?)
            }
            ["unit", code, kind, number, unit] => (code, self.of(number, unit)?, metric(kind)?),
            ["law", code, kind, law, number, unit] => {
                let mut value = self.of(number, unit)?;
                let law = Law::parse(law)?;
                value.scale = Some(Scale { law, step: Ratio::ONE, base: self.base(code)? });
                (code, value, metric(kind)?)
            }
            _ => return None,
        };
        let known = self.units.insert(code.into(), Entry { value, metric });
        known.is_none().then_some(())
    }

    fn of(&self, number: &str, unit: &str) -> Option<Value> {
        let mut value = parse::read(unit, self).ok()?;
        value.factor = value.factor.times(Factor::exact(Ratio::parse(number)?))?;
        Some(value)
    }

    fn base(&mut self, code: &str) -> Option<Base> {
        self.bases.push(code.into());
        Base::try_from(self.bases.len() - 1).ok()
    }
}

fn metric(kind: &str) -> Option<bool> {
    match kind {
        "metric" => Some(true),
        "plain" => Some(false),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::Table;

    /// The line that cannot be read is the message.
    #[test]
    fn every_line_is_read_and_exact() {
        let table =
            Table::read(include_str!("../data/units.txt")).unwrap_or_else(|e| panic!("{e}"));
        assert!(table.units.len() > 300, "{}", table.units.len());
        for (code, entry) in &table.units {
            assert!(entry.value.factor.exact.is_some(), "{code} is not exact");
        }
    }

    #[test]
    fn lines_without_sense_are_found() {
        for line in [
            "unit a plain 1 b",
            "unit a often 1 1",
            "unit a plain x 1",
            "own a",
            "law a plain up 1 1",
            "base s\nbase s",
            "prefix k",
        ] {
            assert!(Table::read(line).is_err(), "{line}");
        }
    }
}
