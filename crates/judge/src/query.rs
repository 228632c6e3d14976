//! A search as a structure: what is asked, free of its text.
//! Spec: <https://hl7.org/fhir/R4/search.html>.
//!
//! [`crate::Judge`] evaluates the structure and [`crate::render`] writes it as the query that a store
//! is asked; neither reads the other's form. To add a modifier or a form of a value: a variant here,
//! an arm in `render`, and one in the file of its kind.

use fhir::ResourceType;

use crate::filter::Filter;
use crate::text::Words;

/// A whole search.
#[derive(Clone, Debug, PartialEq)]
pub struct Query {
    /// Among what.
    pub scope: Scope,
    /// What must hold, all of it.
    pub criteria: Vec<Criterion>,
    /// The order; empty for any.
    pub sort: Vec<SortKey>,
    /// Matches on a page.
    pub count: Option<usize>,
    /// What else belongs on the page.
    pub includes: Vec<Include>,
    /// Whether contained resources are searched.
    pub contained: Contained,
}

/// Among which resources a search looks.
#[derive(Clone, Debug, PartialEq)]
pub enum Scope {
    /// `GET [type]`
    Type(ResourceType),
    /// `GET [base]?_type=…`; no type means all.
    System(Vec<ResourceType>),
    /// `GET Patient/1/Observation`, or `GET Patient/1/*`.
    Compartment {
        /// Whose: the type.
        of: ResourceType,
        /// Whose: the id.
        id: String,
        /// The type; `None` for `*`.
        member: Option<ResourceType>,
    },
}

/// One parameter: where, and what must hold there.
#[derive(Clone, Debug, PartialEq)]
pub struct Criterion {
    /// By which references to get to the resource that is looked at; empty for the match itself.
    pub path: Vec<Step>,
    /// What must hold there.
    pub test: Test,
}

/// A step from one resource to others.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Step {
    /// `parameter.` or `parameter:Type.`: along a reference.
    Chain {
        /// The reference parameter.
        parameter: String,
        /// The target's type, where it is named.
        target: Option<ResourceType>,
    },
    /// `_has:Type:parameter:`: against a reference.
    Has {
        /// The referring type.
        source: ResourceType,
        /// Its reference parameter.
        parameter: String,
    },
}

/// What must hold of a resource.
#[derive(Clone, Debug, PartialEq)]
pub enum Test {
    /// `code:missing=true|false`
    Missing {
        /// The parameter.
        code: String,
        /// Whether it shall have no value.
        is_missing: bool,
    },
    /// `code:modifier=a,b`
    Parameter {
        /// The parameter.
        code: String,
        /// The modifier.
        modifier: Modifier,
        /// One of these must fit.
        values: Vec<Operand>,
    },
    /// `_list=id`
    List(Vec<String>),
    /// `_text=…`
    Text(Words),
    /// `_content=…`
    Content(Words),
    /// `_filter=…`
    Filter(Filter),
}

/// How a value is looked at.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Modifier {
    /// As the kind has it.
    None,
    /// `:exact`
    Exact,
    /// `:contains`
    Contains,
    /// `:not`
    Not,
    /// `:text`
    Text,
    /// `:in`
    In,
    /// `:not-in`
    NotIn,
    /// `:above`
    Above,
    /// `:below`
    Below,
    /// `:of-type`
    OfType,
    /// `:identifier`
    Identifier,
    /// `:Patient`
    Type(ResourceType),
}

/// A prefix of an ordered value: <https://hl7.org/fhir/R4/search.html#prefix>.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Prefix {
    /// No prefix, which means `eq`.
    None,
    /// `eq`
    Eq,
    /// `ne`
    Ne,
    /// `gt`
    Gt,
    /// `lt`
    Lt,
    /// `ge`
    Ge,
    /// `le`
    Le,
    /// `sa`
    Sa,
    /// `eb`
    Eb,
    /// `ap`
    Ap,
}

impl Prefix {
    /// All of them.
    pub const ALL: [Prefix; 10] = [
        Prefix::None,
        Prefix::Eq,
        Prefix::Ne,
        Prefix::Gt,
        Prefix::Lt,
        Prefix::Ge,
        Prefix::Le,
        Prefix::Sa,
        Prefix::Eb,
        Prefix::Ap,
    ];

    /// As it stands before the value.
    pub fn as_str(self) -> &'static str {
        match self {
            Prefix::None => "",
            Prefix::Eq => "eq",
            Prefix::Ne => "ne",
            Prefix::Gt => "gt",
            Prefix::Lt => "lt",
            Prefix::Ge => "ge",
            Prefix::Le => "le",
            Prefix::Sa => "sa",
            Prefix::Eb => "eb",
            Prefix::Ap => "ap",
        }
    }
}

/// The system of a token as it is asked for.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum System {
    /// `code`: of any system or none.
    Any,
    /// `|code`: of none.
    None,
    /// `system|code`
    Is(String),
}

/// A token as it is asked for.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Token {
    /// The system.
    pub system: System,
    /// The code; `None` for `system|`, any code.
    pub code: Option<String>,
}

/// The unit of a quantity as it is asked for.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Unit {
    /// `5.4`: any.
    Any,
    /// `5.4||mg`: by code or by what is written for people.
    Either(String),
    /// `5.4|system|code`
    Coded {
        /// The system.
        system: String,
        /// The code.
        code: String,
    },
}

/// A reference as it is asked for.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Referred {
    /// `id`, of any type that the parameter allows.
    Id(String),
    /// `Type/id`
    Local(ResourceType, String),
    /// The same, written with this server's own address.
    Own(ResourceType, String),
    /// An absolute URL of another server, or a URN.
    Elsewhere(String),
    /// A canonical, with its version where one is named.
    Canonical(String, Option<String>),
}

/// One value that is asked for.
#[derive(Clone, Debug, PartialEq)]
pub enum Operand {
    /// For tokens, and for `:identifier`.
    Token(Token),
    /// For strings and URIs, for `:text`, and the value set of `:in`.
    Text(String),
    /// For `:of-type`.
    OfType {
        /// The type's system.
        system: String,
        /// The type's code.
        code: String,
        /// The identifier's value.
        value: String,
    },
    /// For dates: the text as FHIR writes dates.
    Date(Prefix, String),
    /// For numbers: the digits as written.
    Number(Prefix, String),
    /// For quantities.
    Quantity(Prefix, String, Unit),
    /// For references.
    Reference(Referred),
    /// For composites: one a component.
    Composite(Vec<Operand>),
    /// For `near`: degrees north and east, and how far in which unit.
    Near {
        /// Degrees north, as written.
        latitude: String,
        /// Degrees east, as written.
        longitude: String,
        /// How far, as written.
        distance: String,
        /// `km` and others; `None` where it is left out, which means kilometres.
        unit: Option<&'static str>,
    },
}

impl Operand {
    fn shape(&self) -> String {
        match self {
            Operand::Token(token) => match (&token.system, &token.code) {
                (System::Any, _) => "code".to_owned(),
                (System::None, _) => "|code".to_owned(),
                (System::Is(_), None) => "system|".to_owned(),
                (System::Is(_), Some(_)) => "system|code".to_owned(),
            },
            Operand::Text(_) => "text".to_owned(),
            Operand::OfType { .. } => "of-type".to_owned(),
            Operand::Date(prefix, _) => format!("date {}", prefix.as_str()),
            Operand::Number(prefix, _) => format!("number {}", prefix.as_str()),
            Operand::Quantity(prefix, _, _) => format!("quantity {}", prefix.as_str()),
            Operand::Reference(referred) => match referred {
                Referred::Id(_) => "id".to_owned(),
                Referred::Local(..) => "Type/id".to_owned(),
                Referred::Own(..) => "own".to_owned(),
                Referred::Elsewhere(_) => "elsewhere".to_owned(),
                Referred::Canonical(..) => "canonical".to_owned(),
            },
            Operand::Composite(parts) => {
                let parts: Vec<String> = parts.iter().map(Operand::shape).collect();
                format!("({})", parts.join("$"))
            }
            Operand::Near { .. } => "near".to_owned(),
        }
    }
}

/// One key of `_sort`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SortKey {
    /// The parameter.
    pub code: String,
    /// Whether the greatest come first.
    pub is_descending: bool,
}

/// `_include` or `_revinclude`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Include {
    /// Against the references instead of along them.
    pub is_reverse: bool,
    /// `:iterate`
    pub is_iterated: bool,
    /// Whose references.
    pub source: IncludeSource,
    /// Only resources of this type.
    pub target: Option<ResourceType>,
}

/// Which references an include looks at.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum IncludeSource {
    /// `*`: all.
    All,
    /// `Type:*`: all of the type.
    OfType(ResourceType),
    /// `Type:parameter`
    Parameter(ResourceType, String),
}

/// `_contained` with `_containedType`.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Contained {
    /// Not searched.
    #[default]
    No,
    /// `_contained=true`, which answers with the container.
    Only,
    /// `_contained=both`, which answers with the container.
    Both,
    /// `_contained=true&_containedType=contained`: answered with what is contained.
    OnlyThemselves,
    /// `_contained=both&_containedType=contained`
    BothThemselves,
}

impl Query {
    /// What is asked without the values: searches of one shape mostly fail for one reason.
    pub fn shape(&self) -> String {
        let mut shape = match self.scope {
            Scope::Type(_) => "type".to_owned(),
            Scope::System(_) => "system".to_owned(),
            Scope::Compartment { .. } => "compartment".to_owned(),
        };
        for criterion in &self.criteria {
            shape.push('&');
            for step in &criterion.path {
                shape.push_str(match step {
                    Step::Chain { target: None, .. } => "any.",
                    Step::Chain { .. } => "typed.",
                    Step::Has { .. } => "has.",
                });
            }
            match &criterion.test {
                Test::Missing { .. } => shape.push_str("missing"),
                Test::Parameter { modifier, values, .. } => {
                    let kinds: Vec<String> = values.iter().map(Operand::shape).collect();
                    let modifier = match modifier {
                        Modifier::Type(_) => ":type".to_owned(),
                        other => format!(":{other:?}"),
                    };
                    shape.push_str(&format!("{}{modifier}", kinds.join(",")));
                }
                Test::List(_) => shape.push_str("list"),
                Test::Text(_) => shape.push_str("text"),
                Test::Content(_) => shape.push_str("content"),
                Test::Filter(_) => shape.push_str("filter"),
            }
        }
        shape.push_str(&format!(" sort {} include {}", self.sort.len(), self.includes.len()));
        shape
    }

    /// Everything of a type.
    pub fn of_type(resource_type: ResourceType) -> Query {
        Query {
            scope: Scope::Type(resource_type),
            criteria: Vec::new(),
            sort: Vec::new(),
            count: None,
            includes: Vec::new(),
            contained: Contained::No,
        }
    }
}
