//! What an evaluation is given: definitions, the clock, variables, and whom to ask about
//! references, terminology and profiles.
//!
//! Spec: <http://hl7.org/fhirpath/N1/#environment-variables>,
//! <https://hl7.org/fhir/R4/fhirpath.html#variables>. To let an evaluation ask for something new,
//! add a trait here with a method that answers `None` where nothing is known.

use definitions::Definitions;
use fhir::Value;

use crate::item::{Item, Node};
use crate::limits::Limits;
use crate::temporal::DateTime;

/// What a reference leads to.
#[derive(Clone, Copy, Debug)]
pub enum Target<'t> {
    /// A resource that was read.
    Resource(Value<'t>),
    /// A resource of this type, which is not read: enough for `resolve() is Patient`.
    OfType(fhir::ResourceType),
}

/// Finds what references lead to, other than contained resources and entries of the same Bundle,
/// which the evaluator finds itself.
pub trait Resolver<'t> {
    /// What a reference, as it is written, leads to; `from` is the Reference or canonical. The text is
    /// empty where a Reference has none, but perhaps a type or an identifier.
    fn resolve(&self, reference: &str, from: Option<&Node<'t>>) -> Option<Target<'t>>;
}

/// What can be asked of terminology. `None` says that the service does not know.
pub trait Terminology {
    /// Whether a code is in a value set; without `system` the code alone decides.
    fn member_of(&self, value_set: &str, system: Option<&str>, code: &str) -> Option<bool>;

    /// Whether the first code is the second or above it, in one system.
    fn subsumes(&self, system: &str, above: &str, below: &str) -> Option<bool>;
}

/// What can be asked of profiles. `None` says that the profile is not known.
pub trait Profiles {
    /// Whether an element or resource conforms to a profile.
    fn conforms(&self, node: &Node<'_>, profile: &str) -> Option<bool>;
}

/// Takes what `trace()` says.
pub trait TraceSink {
    /// A name and the items there.
    fn trace(&self, name: &str, items: &[Item<'_>]);
}

/// How strictly `as` takes its input.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum AsOnMany {
    /// Several items are an error, as the specification says.
    Refuse,
    /// Each item is looked at, as R4's own search parameters expect
    /// (`Group.characteristic.value as CodeableConcept`).
    Filter,
}

/// All that an evaluation is given.
#[derive(Clone)]
pub struct Environment<'e, 't> {
    /// The definitions.
    pub definitions: &'e Definitions,
    /// Finds what references lead to.
    pub resolver: Option<&'e dyn Resolver<'t>>,
    /// Answers about codes.
    pub terminology: Option<&'e dyn Terminology>,
    /// Answers about profiles.
    pub profiles: Option<&'e dyn Profiles>,
    /// Takes traces.
    pub trace: Option<&'e dyn TraceSink>,
    /// What `now()`, `today()` and `timeOfDay()` answer.
    pub now: Option<DateTime>,
    /// `%resource`; the focus where absent.
    pub resource: Option<Item<'t>>,
    /// `%rootResource`; `%resource` where absent.
    pub root_resource: Option<Item<'t>>,
    /// Variables by name, without `%`.
    pub variables: Vec<(Box<str>, Vec<Item<'t>>)>,
    /// How strictly `as` takes its input.
    pub as_on_many: AsOnMany,
    /// Bounds.
    pub limits: Limits,
}

impl<'e, 't> Environment<'e, 't> {
    /// An environment with definitions only, with standard limits.
    pub fn new(definitions: &'e Definitions) -> Environment<'e, 't> {
        Environment {
            definitions,
            resolver: None,
            terminology: None,
            profiles: None,
            trace: None,
            now: None,
            resource: None,
            root_resource: None,
            variables: Vec::new(),
            as_on_many: AsOnMany::Refuse,
            limits: Limits::STANDARD,
        }
    }

    /// The environment for a search parameter's expression.
    pub fn for_search(definitions: &'e Definitions) -> Environment<'e, 't> {
        Environment { as_on_many: AsOnMany::Filter, ..Environment::new(definitions) }
    }

    /// With a variable.
    #[must_use]
    pub fn with_variable(mut self, name: &str, items: Vec<Item<'t>>) -> Environment<'e, 't> {
        self.variables.push((name.into(), items));
        self
    }
}
