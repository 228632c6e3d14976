//! The evidence weights: how much each [`Level`] speaks for or against one person.
//!
//! Fellegi and Sunter 1969: a level weighs log2(m / u) bits. The table is `data/weights.tsv`,
//! its origin is in `docs/matching.md`. A new weight is a row there.

use std::fmt;
use std::sync::LazyLock;

use crate::compare::level::{Kind, Level};

/// The weights of every level.
#[derive(Clone, Debug)]
pub struct Weights {
    rows: Vec<Weight>,
}

/// The weight of one level.
#[derive(Clone, Copy, Debug)]
pub struct Weight {
    /// What the level says in one word.
    pub kind: Kind,
    /// Log2 of its share among records of one person.
    pub m_log2: f32,
    /// Its share among records of two people.
    pub u: f32,
    /// Log2 of `u`.
    pub u_log2: f32,
    /// Whether the frequency of the agreed value takes the place of `u`.
    pub by_rarity: bool,
    /// Plain words for a page. The built-in table is compiled in, so its words live for ever.
    pub words: &'static str,
}

/// What is wrong with a table of weights, and in which line.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct WeightsError {
    /// Line, counted from 1; 0 for a fault of the whole table.
    pub line: usize,
    /// What is wrong and what to do.
    pub message: String,
}

impl fmt::Display for WeightsError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "weights table line {}: {}", self.line, self.message)
    }
}

impl std::error::Error for WeightsError {}

static BUILT_IN: LazyLock<Weights> = LazyLock::new(|| {
    // The table is part of the program and a test reads it, so a fault here is a programming error.
    Weights::parse(include_str!("../data/weights.tsv")).expect("data/weights.tsv is well formed")
});

impl Weights {
    /// The table that comes with Careloom.
    pub fn built_in() -> &'static Self {
        &BUILT_IN
    }

    /// Reads a table in the form of `data/weights.tsv`.
    pub fn parse(table: &'static str) -> Result<Self, WeightsError> {
        let mut rows: Vec<Option<Weight>> = vec![None; Level::ALL.len()];
        for (index, line) in table.lines().enumerate() {
            if line.starts_with('#') || line.is_empty() {
                continue;
            }
            let fail = |message: &str| WeightsError { line: index + 1, message: message.into() };
            let fields: Vec<&'static str> = line.split('\t').collect();
            let [level, kind, m, u, rare, words] = fields[..] else {
                return Err(fail("expected six columns separated by tabs"));
            };
            let level = Level::ALL
                .iter()
                .find(|known| known.name() == level)
                .ok_or_else(|| fail("unknown level: use a name of compare/level.rs"))?;
            let weight = Weight::parse([kind, m, u, rare, words]).map_err(fail)?;
            if rows[*level as usize].replace(weight).is_some() {
                return Err(fail("level stands twice: keep one row"));
            }
        }
        let missing = rows.iter().position(Option::is_none);
        if let Some(row) = missing {
            let message = format!("level {} has no row: add one", Level::ALL[row].name());
            return Err(WeightsError { line: 0, message });
        }
        Ok(Self { rows: rows.into_iter().flatten().collect() })
    }

    /// The weight of a level.
    pub fn of(&self, level: Level) -> &Weight {
        &self.rows[level as usize]
    }
}

impl Weight {
    fn parse([kind, m, u, rare, words]: [&'static str; 5]) -> Result<Self, &'static str> {
        let kind = match kind {
            "agree" => Kind::Agree,
            "near" => Kind::Near,
            "differ" => Kind::Differ,
            "missing" => Kind::Missing,
            _ => return Err("unknown kind: use agree, near, differ or missing"),
        };
        let by_rarity = match rare {
            "yes" => true,
            "no" => false,
            _ => return Err("column rare: use yes or no"),
        };
        if kind == Kind::Missing {
            return Ok(Self { kind, m_log2: 0.0, u: 1.0, u_log2: 0.0, by_rarity, words });
        }
        let share =
            |text: &str| text.parse::<f32>().ok().filter(|share| *share > 0.0 && *share <= 1.0);
        match (share(m), share(u)) {
            (Some(m), Some(u)) => {
                Ok(Self { kind, m_log2: m.log2(), u, u_log2: u.log2(), by_rarity, words })
            }
            _ => Err("m and u: use shares above 0 and up to 1"),
        }
    }

    /// The weight in bits without regard to the rarity of a value.
    pub fn bits(&self) -> f32 {
        self.m_log2 - self.u_log2
    }
}

#[cfg(test)]
mod tests {
    use super::Weights;
    use crate::compare::level::{Kind, Level};

    #[test]
    fn built_in_table_is_consistent() {
        let weights = Weights::built_in();
        for level in Level::ALL {
            let weight = weights.of(*level);
            let bits = weight.bits();
            match weight.kind {
                Kind::Agree => assert!(bits > 0.0, "{}", level.name()),
                Kind::Differ => assert!(bits < 0.0, "{}", level.name()),
                Kind::Missing => assert!(bits.abs() < f32::EPSILON, "{}", level.name()),
                Kind::Near => assert!(bits.is_finite(), "{}", level.name()),
            }
            assert!(!weight.words.is_empty());
        }
    }

    #[test]
    fn faults_name_their_line() {
        let check = |table, line| assert_eq!(Weights::parse(table).unwrap_err().line, line);
        check("", 0);
        check("# only a comment\nSexAgree agree 1 1 no words", 2);
        check("Nonsense\tagree\t1\t0.5\tno\twords", 1);
        check("SexAgree\tagree\t0\t0.5\tno\twords", 1);
        check("SexAgree\tagree\tNaN\t0.5\tno\twords", 1);
        check("SexAgree\tperhaps\t1\t0.5\tno\twords", 1);
        check("SexAgree\tagree\t1\t0.5\tmaybe\twords", 1);
        check("SexAgree\tagree\t1\t0.5\tno\tw\nSexAgree\tagree\t1\t0.5\tno\tw", 2);
    }
}
