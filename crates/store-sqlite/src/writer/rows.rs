//! Values as index rows: every text that repeats becomes its number.

use search::{CanonicalValue, IndexValue, ReferenceTarget};
use store::sql::derived;
use store::{ParameterKind, position};

use super::group::Writer;
use crate::prepare::{PreparedEntry, PreparedFound};
use crate::row::{CanonicalRow, Part, Real, Row, arrange};

/// Components of a composite that have columns; values of more cannot be searched by.
const COMPONENTS_MAX: usize = 3;

impl Writer {
    /// The rows of what was found in a resource, sorted, each once. `shift` is added to the numbers of
    /// parameters.
    pub(super) fn rows_of(
        &mut self,
        found: &PreparedFound,
        shift: i64,
    ) -> rusqlite::Result<Vec<Row>> {
        let mut rows = Vec::with_capacity(found.entries.len() + found.texts.len());
        for entry in &found.entries {
            self.push_rows(entry, entry.p + shift, &mut rows)?;
        }
        for (p, members) in &found.texts {
            self.add_texts(p + shift, members, &mut rows)?;
        }
        arrange(&mut rows);
        Ok(rows)
    }

    /// Lets the tokens of a parameter carry the texts that go with them.
    fn add_texts(&mut self, p: i64, members: &str, rows: &mut Vec<Row>) -> rusqlite::Result<()> {
        let set = self.interner.text_set(&self.db, members)?;
        let mut carried = false;
        for row in &mut *rows {
            if let Row::Token { p: other, c, s } = row
                && *other == p
            {
                *s = set;
                self.interner.use_text(&self.db, p, set, *c)?;
                carried = true;
            }
        }
        if !carried {
            self.interner.use_text(&self.db, p, set, -set)?;
            rows.push(Row::Token { p, c: -set, s: set });
        }
        Ok(())
    }

    fn push_rows(
        &mut self,
        entry: &PreparedEntry,
        p: i64,
        rows: &mut Vec<Row>,
    ) -> rusqlite::Result<()> {
        let row = match &entry.value {
            IndexValue::Token { system, code } => {
                let u = self.interner.uri(&self.db, system.as_deref())?;
                let code = code.as_deref().unwrap_or("");
                if entry.kind == ParameterKind::Identifier {
                    Row::Identifier { p, value: code.into(), u }
                } else {
                    Row::Token { p, c: self.interner.code(&self.db, u, code)?, s: 0 }
                }
            }
            IndexValue::Reference(target) => Row::Reference { p, target: self.target(target)? },
            IndexValue::Date { low, high } => Row::Date { p, low: *low, high: *high },
            IndexValue::String { text, folded } => {
                Row::String { p, folded: folded.clone(), text: written(text, folded) }
            }
            IndexValue::Number { low, high } => {
                Row::Number { p, low: real(*low), high: real(*high) }
            }
            IndexValue::Quantity { low, high, canonical, .. } => {
                let (c, unit) = self.unit(&entry.value)?;
                let canonical = self.canonical(canonical.as_ref())?;
                Row::Quantity { p, c, unit, low: real(*low), high: real(*high), canonical }
            }
            IndexValue::Uri(uri) => Row::Uri { p, u: self.interner.uri(&self.db, Some(uri))? },
            IndexValue::OwnCanonical(own) => {
                let u = self.interner.uri(&self.db, Some(own))?;
                Row::Uri { p: p + derived::OWN_CANONICAL, u }
            }
            IndexValue::OfType { system, code, value } => {
                let u = self
                    .interner
                    .uri(&self.db, Some(system).filter(|s| !s.is_empty()).map(|s| &**s))?;
                let c = self.interner.code(&self.db, u, code)?;
                Row::Identifier { p: p + derived::OF_TYPE, value: value.clone(), u: c }
            }
            IndexValue::TargetIdentifier { system, value } => {
                let u = self.interner.uri(&self.db, system.as_deref())?;
                let value = value.as_deref().unwrap_or("").into();
                Row::Identifier { p: p + derived::TARGET_IDENTIFIER, value, u }
            }
            IndexValue::Canonical { url, version } => {
                let (p, u) = (p + derived::CANONICAL, self.interner.uri(&self.db, Some(url))?);
                rows.push(Row::Uri { p, u });
                Row::Identifier { p, value: version.clone(), u }
            }
            IndexValue::Composite(values) if values.len() > COMPONENTS_MAX => return Ok(()),
            IndexValue::Composite(values) => {
                let parts = values.iter().map(|value| self.part(value));
                Row::Composite { p, parts: parts.collect::<Result<_, _>>()?, n: 0 }
            }
            IndexValue::Position { latitude, longitude } => {
                let [x, y, z] = position::of(latitude.to_radians(), longitude.to_radians());
                Row::Position { p, z: real(z), x: real(x), y: real(y) }
            }
            // Texts were gathered by parameter.
            IndexValue::TokenText(_) => return Ok(()),
        };
        rows.push(row);
        Ok(())
    }

    fn part(&mut self, value: &IndexValue) -> rusqlite::Result<Part> {
        Ok(match value {
            IndexValue::Token { system, code } => {
                let u = self.interner.uri(&self.db, system.as_deref())?;
                Part::Number(self.interner.code(&self.db, u, code.as_deref().unwrap_or(""))?)
            }
            IndexValue::Reference(target) => Part::Number(self.target(target)?),
            IndexValue::Uri(uri) => Part::Number(self.interner.uri(&self.db, Some(uri))?),
            IndexValue::Date { low, high } => Part::Date { low: *low, high: *high },
            IndexValue::String { text, folded } => {
                Part::Text { folded: folded.clone(), text: written(text, folded) }
            }
            IndexValue::Number { low, high } => Part::Range { low: real(*low), high: real(*high) },
            IndexValue::Quantity { low, high, canonical, .. } => {
                let (c, unit) = self.unit(value)?;
                let canonical = self.canonical(canonical.as_ref())?;
                Part::Quantity { c, unit, low: real(*low), high: real(*high), canonical }
            }
            _ => return Err(rusqlite::Error::InvalidQuery),
        })
    }

    fn target(&mut self, target: &ReferenceTarget) -> rusqlite::Result<i64> {
        let outside = match target {
            ReferenceTarget::Local(resource_type, id) => {
                if let Some(t) = self.numbers.type_number(*resource_type) {
                    return self.interner.target(&self.db, t, id);
                }
                format!("{resource_type}/{id}")
            }
            ReferenceTarget::Uri(uri) => return Ok(-self.interner.uri(&self.db, Some(uri))?),
        };
        Ok(-self.interner.uri(&self.db, Some(&outside))?)
    }

    /// The numbers of a quantity's code and of its unit as people write it.
    fn unit(&mut self, quantity: &IndexValue) -> rusqlite::Result<(i64, i64)> {
        let IndexValue::Quantity { system, code, unit, .. } = quantity else { return Ok((0, 0)) };
        let u = self.interner.uri(&self.db, system.as_deref())?;
        let c = match code.as_deref() {
            None if u == 0 => 0,
            code => self.interner.code(&self.db, u, code.unwrap_or(""))?,
        };
        let unit = match unit.as_deref() {
            Some(unit) => self.interner.code(&self.db, 0, unit)?,
            None => 0,
        };
        Ok((c, unit))
    }

    fn canonical(&mut self, canonical: Option<&CanonicalValue>) -> rusqlite::Result<CanonicalRow> {
        let Some(canonical) = canonical else { return Ok(CanonicalRow::NONE) };
        let cu = self.interner.code(&self.db, 0, &canonical.unit)?;
        Ok(CanonicalRow { cu, low: real(canonical.low), high: real(canonical.high) })
    }
}

/// The text is kept only where it differs from its folded form.
fn written(text: &str, folded: &str) -> Box<str> {
    if text == folded { "".into() } else { text.into() }
}

/// SQLite does not tell zero from minus zero, so that rows must not either.
fn real(number: f64) -> Real {
    Real(number + 0.0)
}
