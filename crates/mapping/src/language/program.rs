//! Compiled rules: every name looked up, every rule numbered. What `run` walks.

use std::sync::Arc;

use fhir::ResourceType;

use crate::functions::Function;
use crate::table::Table;

/// Index into [`Program::rules`].
pub(crate) type RuleIndex = u32;

#[derive(Debug, Default)]
pub(crate) struct Program {
    /// The rules' names: `uk-hl7v2@1#patient.name/XPN.family`.
    pub(crate) rules: Vec<Arc<str>>,
    pub(crate) tables: Vec<Table>,
    pub(crate) resources: Vec<Resource>,
    pub(crate) messages: Vec<Message>,
    pub(crate) sheets: Vec<Sheet>,
    /// Names given by `let`; the first ones are [`GIVEN`].
    pub(crate) variables: Vec<String>,
    /// Names of all columns of all sheets.
    pub(crate) columns: Vec<String>,
}

/// The names that every mapping finds set.
pub(crate) const GIVEN: [&str; 9] = [
    "nothing",
    "event",
    "type",
    "control",
    "system",
    "source",
    "organisation",
    "namespace",
    "kind",
];
/// Names that a mapping may set for the processor.
pub(crate) const ASKED: [&str; 6] =
    ["subject", "other-subject", "event-time", "recorded-time", "sequence", "control-id"];

#[derive(Debug)]
pub(crate) struct Resource {
    pub(crate) makes: ResourceType,
    /// Whether it reads nothing but the field that it is made from: then the same bytes make the
    /// same resource, and a doctor in four fields is read once.
    pub(crate) reads_cursor_only: bool,
    pub(crate) body: Vec<Step>,
}

#[derive(Debug)]
pub(crate) struct Message {
    pub(crate) types: Vec<String>,
    pub(crate) body: Vec<Step>,
}

#[derive(Debug)]
pub(crate) struct Sheet {
    pub(crate) name: String,
    pub(crate) file_suffix: String,
    pub(crate) columns: Vec<(String, bool)>,
    pub(crate) body: Vec<Step>,
}

#[derive(Clone, Debug)]
pub(crate) struct Target {
    pub(crate) names: Box<[Box<str>]>,
    pub(crate) append: bool,
}

#[derive(Clone, Debug)]
pub(crate) enum Step {
    Set {
        target: Target,
        value: Value,
        /// The repetitions that the rule runs over, each as the cursor.
        each: Option<Path>,
        when: Option<Condition>,
        by: Option<Path>,
        rule: RuleIndex,
    },
    Block {
        target: Target,
        from: Option<Path>,
        when: Option<Condition>,
        body: Arc<[Step]>,
        /// Whether some rule in it reads the source; literals alone make no element then.
        dynamic: bool,
        rule: RuleIndex,
    },
    Let {
        variable: u16,
        value: Value,
    },
    Key(Value),
    Display(Value),
    Profile(Box<str>),
    When {
        arms: Vec<(Condition, Vec<Step>)>,
        otherwise: Vec<Step>,
    },
    Each {
        anchor: Name,
        from: Vec<Name>,
        until: Vec<Name>,
        body: Vec<Step>,
    },
    Make {
        resource: u16,
        from: Option<Path>,
    },
    Ignore(Vec<Path>),
    Fold {
        element: Box<str>,
        merge: crate::fold::Merge,
    },
    Remove {
        path: Box<str>,
        rule: RuleIndex,
        only_own: bool,
    },
    Check {
        stop: bool,
        condition: Condition,
        message: Box<str>,
        place: Option<Path>,
    },
}

/// A segment's name.
pub(crate) type Name = [u8; 3];

#[derive(Clone, Debug)]
pub(crate) struct Path {
    pub(crate) root: Root,
    /// From 1; 0 for the whole field.
    pub(crate) component: u8,
    /// From 1; 0 for the whole component.
    pub(crate) subcomponent: u8,
}

#[derive(Clone, Debug)]
pub(crate) enum Root {
    Field { segment: Name, field: u8, repetition: Repetition },
    Segment(Name),
    Cursor,
    Column(u16),
    Variable(u16),
}

#[derive(Clone, Debug)]
pub(crate) enum Repetition {
    Nth(u16),
    All,
    Where(Box<Condition>),
}

#[derive(Clone, Debug)]
pub(crate) enum Value {
    Path(Path),
    Text(Box<str>),
    Number(u32),
    Boolean(bool),
    Join {
        separator: Box<str>,
        parts: Vec<Value>,
    },
    /// Every repetition in every such segment of the group.
    All {
        separator: Box<str>,
        path: Path,
    },
    /// The text, with `#2`, `#3` … after it where the item has had it before.
    Occurrence(Box<Value>),
    Reference(u16),
    References(u16),
    Call {
        value: Box<Value>,
        function: Function,
        arguments: Box<[Box<str>]>,
    },
    Code {
        value: Box<Value>,
        table: u16,
        form: CodeForm,
    },
    Make {
        value: Box<Value>,
        resource: u16,
    },
    /// A reference to the resource that a key names, whether or not this item makes it.
    PointsTo {
        value: Box<Value>,
        resource: u16,
    },
    Else(Box<Value>, Box<Value>),
}

/// What a code table gives back.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum CodeForm {
    /// The code.
    Code,
    /// A Coding.
    Coding,
    /// A CodeableConcept with one coding.
    Concept,
    /// The display.
    Display,
    /// The system.
    System,
}

#[derive(Clone, Debug)]
pub(crate) enum Condition {
    Exists(Value),
    In(Value, Box<[Box<str>]>),
    Same(Value, Value),
    Not(Box<Condition>),
    And(Box<Condition>, Box<Condition>),
    Or(Box<Condition>, Box<Condition>),
}
