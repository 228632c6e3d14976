//! An expression: parsed once, evaluated as often as wanted.

use std::fmt;

use crate::ast::{ExprId, Program};
use crate::environment::Environment;
use crate::error::{Error, ErrorKind};
use crate::evaluate::{Evaluator, Flow, truth};
use crate::item::Item;
use crate::limits::Limits;
use crate::parser;

/// A parsed expression.
///
/// ```
/// let definitions = definitions::embedded();
/// let names = fhirpath::Expression::parse("name.where(use = 'official').given.first()")?;
/// let tree = fhir::Tree::parse(br#"{"resourceType":"Patient",
///     "name":[{"use":"official","given":["Peter","James"]}]}"#).unwrap();
/// let patient = fhirpath::Item::resource(tree.root(), definitions);
/// let found = names.evaluate(&fhirpath::Environment::new(definitions), patient)?;
/// assert_eq!(found[0].system().unwrap().to_string(), "Peter");
/// assert_eq!(found[0].as_node().unwrap().path(), "Patient.name[0].given[0]");
/// # Ok::<(), fhirpath::Error>(())
/// ```
#[derive(Clone, Debug)]
pub struct Expression {
    text: Box<str>,
    pub(crate) program: Program,
    pub(crate) root: ExprId,
}

impl Expression {
    /// Parses a text inside [`Limits::STANDARD`].
    pub fn parse(text: &str) -> Result<Expression, Error> {
        Expression::parse_with(text, &Limits::STANDARD)
    }

    /// Parses a text inside limits.
    pub fn parse_with(text: &str, limits: &Limits) -> Result<Expression, Error> {
        let (program, root) = parser::parse(text, limits).map_err(|error| error.placed(text))?;
        Ok(Expression { text: text.into(), program, root })
    }

    /// The text.
    pub fn text(&self) -> &str {
        &self.text
    }

    /// All items that the expression gives on a focus.
    pub fn evaluate<'t>(
        &self,
        environment: &Environment<'_, 't>,
        focus: Item<'t>,
    ) -> Result<Vec<Item<'t>>, Error> {
        let mut items = Vec::new();
        let most = environment.limits.items_max;
        self.visit(environment, focus, |item| {
            items.push(item);
            items.len() <= most
        })?;
        if items.len() > most {
            let message = format!("more than {most} items; narrow the expression");
            return Err(Error::new(ErrorKind::Limit, self.program.range(self.root), message));
        }
        Ok(items)
    }

    /// Takes each item as it is found, as long as `take` answers that more are wanted.
    pub fn visit<'t>(
        &self,
        environment: &Environment<'_, 't>,
        focus: Item<'t>,
        mut take: impl FnMut(Item<'t>) -> bool,
    ) -> Result<(), Error> {
        let evaluator = Evaluator::new(&self.program, environment, focus);
        let found = evaluator
            .run(self.root, &mut |item| Ok(if take(item) { Flow::More } else { Flow::Stop }));
        found.map(|_| ()).map_err(|error| error.placed(&self.text))
    }

    /// Whether the expression gives any item.
    pub fn exists<'t>(
        &self,
        environment: &Environment<'_, 't>,
        focus: Item<'t>,
    ) -> Result<bool, Error> {
        let mut found = false;
        self.visit(environment, focus, |_| {
            found = true;
            false
        })?;
        Ok(found)
    }

    /// The answer as a Boolean by singleton evaluation: `None` where it is empty.
    pub fn evaluate_boolean<'t>(
        &self,
        environment: &Environment<'_, 't>,
        focus: Item<'t>,
    ) -> Result<Option<bool>, Error> {
        let items = self.evaluate(environment, focus)?;
        if items.len() > 1 {
            let range = self.program.range(self.root);
            let error =
                Error::new(ErrorKind::Execution, range, "several items; expected a Boolean");
            return Err(error.placed(&self.text));
        }
        Ok(items.first().and_then(truth))
    }
}

impl fmt::Display for Expression {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.text)
    }
}

impl std::str::FromStr for Expression {
    type Err = Error;

    fn from_str(text: &str) -> Result<Expression, Error> {
        Expression::parse(text)
    }
}
