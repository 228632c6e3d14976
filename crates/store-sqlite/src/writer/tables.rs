//! The statements that write index rows and take them away. To add a table, add it to [`TABLES`].

use std::sync::LazyLock;

use crate::row::Row;

/// Rows that one statement writes: what a statement costs beside its rows is shared by so many.
pub(super) const ROWS_MAX: usize = 32;

/// A table of index rows.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) struct Table(usize);

struct Facts {
    name: &'static str,
    /// All columns, in the order in which they are bound.
    columns: &'static [&'static str],
    /// How many of them, the first, always have a value.
    given: usize,
    /// What is done with a row whose key is there.
    conflict: Conflict,
}

enum Conflict {
    /// It is the same row.
    Ignore,
    /// These columns may differ.
    Update(&'static [&'static str]),
    /// All columns may differ.
    Replace,
}

const COMPOSITE: &[&str] = &[
    "p", "rid", "n", "k1", "h1", "c1", "unit1", "cu1", "clow1", "chigh1", "k2", "h2", "c2",
    "unit2", "cu2", "clow2", "chigh2", "k3", "h3", "c3", "unit3", "cu3", "clow3", "chigh3",
];

const QUANTITY: &[&str] = &["p", "rid", "c", "unit", "low", "high", "cu", "clow", "chigh"];

const fn plain(name: &'static str, columns: &'static [&'static str]) -> Facts {
    Facts { name, columns, given: columns.len(), conflict: Conflict::Ignore }
}

const TABLES: [Facts; 11] = [
    Facts { conflict: Conflict::Update(&["s"]), ..plain("index_token", &["p", "rid", "c", "s"]) },
    plain("index_identifier", &["p", "rid", "value", "u"]),
    plain("index_reference", &["p", "rid", "target"]),
    plain("index_string", &["p", "rid", "folded", "text"]),
    plain("index_date", &["p", "rid", "low", "high"]),
    plain("index_number", &["p", "rid", "low", "high"]),
    Facts {
        conflict: Conflict::Update(&["cu", "clow", "chigh"]),
        ..plain("index_quantity", QUANTITY)
    },
    plain("index_uri", &["p", "rid", "u"]),
    // Rows of one key are told apart by n, which an update may give to another value.
    Facts { conflict: Conflict::Replace, given: 4, ..plain("index_composite", COMPOSITE) },
    plain("index_position", &["p", "rid", "z", "x", "y"]),
    plain("index_many", &["p", "rid"]),
];

struct Statements {
    delete: String,
    insert_one: String,
    insert_many: String,
}

static STATEMENTS: LazyLock<Vec<Statements>> = LazyLock::new(|| {
    let of = |facts: &Facts| Statements {
        delete: delete(facts),
        insert_one: insert(facts, 1),
        insert_many: insert(facts, ROWS_MAX),
    };
    TABLES.iter().map(of).collect()
});

impl Table {
    /// The table of a row.
    pub(super) fn of(row: &Row) -> Table {
        Table(match row {
            Row::Token { .. } => 0,
            Row::Identifier { .. } => 1,
            Row::Reference { .. } => 2,
            Row::String { .. } => 3,
            Row::Date { .. } => 4,
            Row::Number { .. } => 5,
            Row::Quantity { .. } => 6,
            Row::Uri { .. } => 7,
            Row::Composite { .. } => 8,
            Row::Position { .. } => 9,
            Row::Many { .. } => 10,
        })
    }

    /// Its number, in the order of [`Row`]'s kinds.
    pub(super) fn number(self) -> u64 {
        self.0 as u64
    }

    /// How many columns it has.
    pub(super) fn columns(self) -> usize {
        TABLES[self.0].columns.len()
    }

    /// Takes one row away.
    pub(super) fn delete(self) -> &'static str {
        &STATEMENTS[self.0].delete
    }

    /// Writes one row.
    pub(super) fn insert_one(self) -> &'static str {
        &STATEMENTS[self.0].insert_one
    }

    /// Writes [`ROWS_MAX`] rows.
    pub(super) fn insert_many(self) -> &'static str {
        &STATEMENTS[self.0].insert_many
    }
}

/// All columns are compared, those too that are no part of the key, so that the order in which a row
/// goes and its successor under the same key comes does not matter.
fn delete(facts: &Facts) -> String {
    let compared = facts.columns.iter().enumerate().map(|(index, column)| {
        let is = if index < facts.given { "=" } else { "IS" };
        format!("{column} {is} ?{}", index + 1)
    });
    format!("DELETE FROM {} WHERE {}", facts.name, compared.collect::<Vec<_>>().join(" AND "))
}

fn insert(facts: &Facts, rows: usize) -> String {
    let width = facts.columns.len();
    let row = |row: usize| {
        let places = (1..=width).map(|column| format!("?{}", row * width + column));
        format!("({})", places.collect::<Vec<_>>().join(", "))
    };
    let or = match facts.conflict {
        Conflict::Ignore => " OR IGNORE",
        Conflict::Replace => " OR REPLACE",
        // A fault undoes the whole group, so that no statement must be undone alone.
        Conflict::Update(_) => " OR FAIL",
    };
    let then = match facts.conflict {
        Conflict::Update(columns) => {
            let set = columns.iter().map(|column| format!("{column} = excluded.{column}"));
            format!(" ON CONFLICT DO UPDATE SET {}", set.collect::<Vec<_>>().join(", "))
        }
        _ => String::new(),
    };
    format!(
        "INSERT{or} INTO {} ({}) VALUES {}{then}",
        facts.name,
        facts.columns.join(", "),
        (0..rows).map(row).collect::<Vec<_>>().join(", ")
    )
}
