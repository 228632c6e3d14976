//! SQL text with its bound values, and what differs between the two dialects.

use search::{TextPart, TextQuery};

/// A value bound to a statement.
#[derive(Clone, Debug, PartialEq)]
pub enum Bind {
    /// An integer.
    Integer(i64),
    /// A floating-point number.
    Real(f64),
    /// A text.
    Text(Box<str>),
    /// A list of texts.
    Texts(Box<[Box<str>]>),
    /// A logical id: a UUID is kept as 16 bytes, anything else as text; see [`crate::compact_id`].
    Id(fhir::ResourceId),
}

/// What differs between the dialects.
pub trait Dialect: Send + Sync {
    /// Writes the placeholder of the bound value with this number, counted from 1.
    fn placeholder(&self, number: usize, out: &mut String);

    /// Writes a condition: the text in `column` contains the text in the placeholder `needle`.
    fn contains(&self, column: &str, needle: &str, out: &mut String);

    /// Writes a condition: the text in `column` ends with the text of `length` characters in the
    /// placeholder `end`.
    fn ends_with(&self, column: &str, end: &str, length: usize, out: &mut String);

    /// Writes the logical id in `column`, kept as [`crate::compact_id`] has it, as its text.
    fn id_text(&self, column: &str, out: &mut String);

    /// Writes a `SELECT` of the texts in the placeholder `list`.
    fn texts(&self, list: &str, out: &mut String);

    /// Writes a `SELECT` of the numbers that resources refer to by the parameter in the placeholder
    /// `parameter`; `from` gives the resources, as rows of `resource` named `row`.
    fn targets(&self, row: &str, parameter: &str, from: &str, out: &mut String);

    /// A full-text query in the words of the backend; `None` if nothing can match it.
    fn full_text(&self, part: TextPart, query: &TextQuery) -> Option<String>;

    /// Writes a `SELECT` of `rid`, in order, of the resources that match the full-text query in the
    /// placeholder `query`.
    fn matching(&self, query: &str, out: &mut String);
}

/// A statement ready to run.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Statement {
    /// The text.
    pub sql: String,
    /// The values, in order.
    pub binds: Vec<Bind>,
}

/// Appends text and values; used by the whole writer.
pub(super) struct Writer<'d> {
    pub(super) dialect: &'d dyn Dialect,
    pub(super) statement: Statement,
    aliases: usize,
}

impl<'d> Writer<'d> {
    pub(super) fn new(dialect: &'d dyn Dialect) -> Writer<'d> {
        Writer { dialect, statement: Statement::default(), aliases: 0 }
    }

    pub(super) fn text(&mut self, text: &str) {
        self.statement.sql.push_str(text);
    }

    pub(super) fn bind(&mut self, value: Bind) {
        self.statement.binds.push(value);
        self.dialect.placeholder(self.statement.binds.len(), &mut self.statement.sql);
    }

    /// Binds without writing, and gives the placeholder's text.
    pub(super) fn placeholder(&mut self, value: Bind) -> String {
        self.statement.binds.push(value);
        let mut text = String::new();
        self.dialect.placeholder(self.statement.binds.len(), &mut text);
        text
    }

    pub(super) fn integer(&mut self, value: i64) {
        self.bind(Bind::Integer(value));
    }

    pub(super) fn string(&mut self, value: &str) {
        self.bind(Bind::Text(value.into()));
    }

    /// Writes texts as a list, or, where they are many, as one bound value.
    pub(super) fn texts(&mut self, texts: &[Box<str>]) {
        if texts.len() <= LISTED_MAX {
            self.list(texts, |writer, text| writer.string(text));
            return;
        }
        let list = self.placeholder(Bind::Texts(texts.into()));
        self.dialect.texts(&list, &mut self.statement.sql);
    }

    /// A fresh table alias.
    pub(super) fn alias(&mut self) -> String {
        self.aliases += 1;
        format!("k{}", self.aliases)
    }

    /// Writes `items` separated by commas.
    pub(super) fn list<T>(
        &mut self,
        items: impl IntoIterator<Item = T>,
        mut each: impl FnMut(&mut Self, T),
    ) {
        for (index, item) in items.into_iter().enumerate() {
            if index > 0 {
                self.text(", ");
            }
            each(self, item);
        }
    }
}

/// Texts that are bound one by one; statements of different lengths are different statements.
const LISTED_MAX: usize = 16;
