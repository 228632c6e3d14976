//! What a rule file says, as parsed: names are not yet looked up. Reference: `docs/mapping.md`.

use super::Position;

#[derive(Clone, Debug)]
pub(crate) struct File {
    /// The rule file's name, for errors.
    pub(crate) origin: String,
    /// The mapping's name, the first part of every rule's name.
    pub(crate) name: String,
    pub(crate) version: u32,
    pub(crate) items: Vec<Item>,
}

#[derive(Clone, Debug)]
pub(crate) enum Item {
    Table { at: Position, name: String, system: Option<String>, file: String },
    Type(Template),
    Resource(Template),
    Message(Message),
    Sheet(Sheet),
}

/// A data type or a resource.
#[derive(Clone, Debug)]
pub(crate) struct Template {
    pub(crate) at: Position,
    pub(crate) name: String,
    /// The FHIR type that it makes.
    pub(crate) target: String,
    pub(crate) body: Vec<Statement>,
}

/// What a message of some types makes.
#[derive(Clone, Debug)]
pub(crate) struct Message {
    pub(crate) at: Position,
    /// `ADT^A01`, `ADT`, or `*`.
    pub(crate) types: Vec<String>,
    pub(crate) body: Vec<Statement>,
}

/// What a row of a CSV file makes.
#[derive(Clone, Debug)]
pub(crate) struct Sheet {
    pub(crate) at: Position,
    pub(crate) name: String,
    /// The end of the file's name without its extension.
    pub(crate) file_suffix: String,
    /// Each column, and whether every row must fill it.
    pub(crate) columns: Vec<(String, bool)>,
    pub(crate) body: Vec<Statement>,
}

#[derive(Clone, Debug)]
pub(crate) struct Statement {
    pub(crate) at: Position,
    pub(crate) label: Option<String>,
    pub(crate) kind: Kind,
}

#[derive(Clone, Debug)]
pub(crate) enum Kind {
    /// `target <- value when condition by path`
    Set {
        target: Target,
        value: Expression,
        when: Option<Condition>,
        by: Option<Path>,
    },
    /// `target from path { … }`
    Block {
        target: Target,
        from: Option<Path>,
        body: Vec<Statement>,
        when: Option<Condition>,
    },
    /// `target <- path as TYPE`
    Typed {
        target: Target,
        from: Path,
        type_name: String,
        when: Option<Condition>,
    },
    Let {
        name: String,
        value: Expression,
    },
    Key(Expression),
    Display(Expression),
    Profile(String),
    When {
        arms: Vec<(Condition, Vec<Statement>)>,
        otherwise: Vec<Statement>,
    },
    /// `each OBR from ORC until OBR ORC { … }`
    Each {
        anchor: String,
        from: Vec<String>,
        until: Vec<String>,
        body: Vec<Statement>,
    },
    Make {
        template: String,
        from: Option<Path>,
    },
    /// What is left out on purpose, so that it does not count as unread.
    Ignore(Vec<Path>),
    Fold {
        element: String,
        mode: String,
        argument: Option<String>,
    },
    /// `remove period.end`, or `remove extension of discharge-method`.
    Remove {
        path: Vec<String>,
        of: Option<String>,
    },
    /// Says something where the condition does not hold; `stop` ends the mapping there.
    Check {
        stop: bool,
        condition: Condition,
        message: String,
        place: Option<Path>,
    },
}

/// `a.b.c` or `a.b[]`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Target {
    pub(crate) names: Vec<String>,
    /// Whether the last name is an array that gets one more item.
    pub(crate) append: bool,
}

#[derive(Clone, Debug)]
pub(crate) struct Path {
    pub(crate) at: Position,
    pub(crate) root: Root,
    /// Component, then subcomponent.
    pub(crate) steps: Vec<u16>,
}

#[derive(Clone, Debug)]
pub(crate) enum Root {
    Field {
        segment: String,
        field: u16,
        repetition: Repetition,
    },
    Segment(String),
    /// The field, repetition or component that the enclosing rule reads.
    Cursor,
    Column(String),
    Variable(String),
}

#[derive(Clone, Debug)]
pub(crate) enum Repetition {
    First,
    Nth(u16),
    All,
    Where(Box<Condition>),
}

#[derive(Clone, Debug)]
pub(crate) enum Expression {
    Path(Path),
    Text(String),
    Number(u32),
    Boolean(bool),
    Join {
        separator: String,
        parts: Vec<Expression>,
    },
    /// `all("\n", OBX-5)`: every repetition in every such segment of the group.
    All {
        separator: String,
        path: Path,
    },
    Reference {
        at: Position,
        template: String,
    },
    References {
        at: Position,
        template: String,
    },
    Piped {
        value: Box<Expression>,
        function: Call,
    },
    Else(Box<Expression>, Box<Expression>),
}

#[derive(Clone, Debug)]
pub(crate) struct Call {
    pub(crate) at: Position,
    pub(crate) name: String,
    pub(crate) arguments: Vec<String>,
}

#[derive(Clone, Debug)]
pub(crate) enum Condition {
    Exists(Expression),
    In(Expression, Vec<String>),
    Same(Expression, Expression),
    Not(Box<Condition>),
    And(Box<Condition>, Box<Condition>),
    Or(Box<Condition>, Box<Condition>),
}
