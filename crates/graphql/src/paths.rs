//! FHIRPath in arguments and in `@slice`: each expression is parsed once a request, and run within
//! bounds.

use definitions::Definitions;
use fhir::Value;
use fhirpath::{Environment, Expression, Item, Limits, Node};

/// Bounds of one evaluation: lists of a resource are short, and expressions over them too.
const LIMITS: Limits = Limits {
    expression_bytes_max: 4 << 10,
    depth_max: 40,
    steps_max: 100_000,
    items_max: 10_000,
    string_bytes_max: 64 << 10,
    regex_bytes_max: 1 << 10,
};

/// Evaluations of a request.
const EVALUATIONS_MAX: usize = 50_000;

/// The expressions of a request.
pub(crate) struct Paths {
    definitions: &'static Definitions,
    parsed: Vec<(Box<str>, Expression)>,
    evaluations: usize,
}

/// A value that an expression is asked about.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Focus<'t> {
    pub(crate) value: Value<'t>,
    /// Its type or path in the definitions: `HumanName`, `Patient.contact`, `code`.
    pub(crate) type_path: &'t str,
    /// The resource that it stands in.
    pub(crate) resource: Value<'t>,
}

impl Paths {
    pub(crate) fn new(definitions: &'static Definitions) -> Paths {
        Paths { definitions, parsed: Vec::new(), evaluations: 0 }
    }

    /// Whether an expression holds: a Boolean, or something where none is asked for.
    pub(crate) fn holds(&mut self, text: &str, focus: &Focus<'_>) -> Result<bool, String> {
        let (at, environment, item) = self.begin(text, focus)?;
        let found = self.parsed[at].1.evaluate_boolean(&environment, item);
        found.map(|holds| holds == Some(true)).map_err(|error| error.to_string())
    }

    /// The text of what an expression gives first; empty where it gives nothing.
    pub(crate) fn text(&mut self, text: &str, focus: &Focus<'_>) -> Result<String, String> {
        let (at, environment, item) = self.begin(text, focus)?;
        let found =
            self.parsed[at].1.evaluate(&environment, item).map_err(|error| error.to_string())?;
        let first = found.first().and_then(Item::system);
        Ok(first.map(|system| system.to_string()).unwrap_or_default())
    }

    fn begin<'t>(
        &mut self,
        text: &str,
        focus: &Focus<'t>,
    ) -> Result<(usize, Environment<'t, 't>, Item<'t>), String> {
        self.evaluations += 1;
        if self.evaluations > EVALUATIONS_MAX {
            return Err(format!(
                "more than {EVALUATIONS_MAX} evaluations of fhirpath; narrow the search"
            ));
        }
        let known = self.parsed.iter().position(|(known, _)| &**known == text);
        let at = if let Some(at) = known {
            at
        } else {
            let parsed =
                Expression::parse_with(text, &LIMITS).map_err(|error| error.to_string())?;
            self.parsed.push((text.into(), parsed));
            self.parsed.len() - 1
        };
        let mut environment = Environment::new(self.definitions);
        environment.limits = LIMITS;
        environment.resource = Some(Item::resource(focus.resource, self.definitions));
        let is_resource = focus.value.index() == focus.resource.index();
        let item = if is_resource {
            Item::resource(focus.value, self.definitions)
        } else {
            let node = Node::element(focus.value, focus.type_path, self.definitions);
            Item::Node(node.ok_or("fhirpath knows no values of this type")?)
        };
        Ok((at, environment, item))
    }
}
