//! A search's parameters → a [`Search`]. Spec: <https://hl7.org/fhir/R4/search.html>.
//!
//! `name` reads what stands before the `=`, `criterion` what filters (`modifier` and `value` its two
//! sides), `chain` what filters by other resources, `text`, `list` and `condition` what looks at a
//! resource as a whole, `outcome` and `include` what shapes the answer, `scope` which types are
//! searched; `render` writes it all back.
//!
//! To add a parameter that shapes the answer, add it to `outcome::NAMES` and `outcome::read`.

mod chain;
mod condition;
mod criterion;
pub(crate) mod escape;
pub(crate) mod fault;
mod include;
mod list;
mod modifier;
mod name;
mod outcome;
mod render;
mod scope;
mod suggest;
mod text;
mod value;

use std::cell::Cell;
use std::sync::Arc;

use definitions::Definitions;
use fhir::{Issue, IssueCode, ResourceType};

use crate::expression::{Branch, Contained, Expression, Search, Summary, Total};
use crate::rewrite::simplify;
use crate::terminology::Terminology;
use outcome::Draft;

pub use modifier::modifiers_of;
pub use outcome::{NAMES as RESULT_PARAMETERS, page_count};
pub use render::{encode_query, render_query};
pub use scope::{CompartmentOf, parse_compartment_query, parse_system_query};

/// What happens to a parameter that is not known or not supported: `Prefer: handling=`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Handling {
    /// It is an error.
    Strict,
    /// It is passed over, with a warning.
    Lenient,
}

/// How a query is read.
#[derive(Clone, Debug)]
pub struct ParseOptions {
    /// What happens to unknown parameters.
    pub handling: Handling,
    /// Matches on a page where `_count` does not say.
    pub count_default: usize,
    /// Matches on a page at the most; a greater `_count` gets this many, and is told so.
    pub count_max: usize,
    /// The server's own base address, without a slash at its end: references to it are local.
    pub base_url: String,
    /// The time now in microseconds since 1970: `ap` is the wider the longer ago its date is.
    pub now: i64,
    /// What answers `:in`, `:not-in`, `:above` and `:below`.
    pub terminology: Arc<dyn Terminology>,
}

/// Parameters of a search at the most.
const PARAMETERS_MAX: usize = 100;
/// Values of one parameter, parted by commas, at the most.
const VALUES_MAX: usize = 1_000;
/// Bytes of a parameter's name at the most.
const NAME_LENGTH_MAX: usize = 500;
/// Bytes of one of its values at the most.
const VALUE_LENGTH_MAX: usize = 4_000;
/// Comparisons and steps to other resources at the most: a chain without types counts once for
/// each type that it may go by, and its values once for each way.
const COST_MAX: usize = 20_000;

/// What reading needs to know at every depth.
pub(crate) struct Context<'o> {
    pub(crate) definitions: &'static Definitions,
    pub(crate) options: &'o ParseOptions,
    cost: Cell<usize>,
}

impl<'o> Context<'o> {
    fn new(definitions: &'static Definitions, options: &'o ParseOptions) -> Context<'o> {
        Context { definitions, options, cost: Cell::new(0) }
    }

    /// Counts what a search is made of; it ends where it grows out of hand.
    pub(crate) fn spend(&self, cost: usize, place: &str) -> Result<(), Issue> {
        let spent = self.cost.get().saturating_add(cost);
        self.cost.set(spent);
        if spent <= COST_MAX {
            return Ok(());
        }
        let message = format!(
            "the search comes to more than {COST_MAX} comparisons; name the types of chains, as in \
             subject:Patient.name, or send fewer values"
        );
        Err(Issue::error(IssueCode::TooCostly, place, message))
    }
}

/// Reads the percent-decoded parameters of a search of one type.
///
/// Gives the search with the warnings of what was passed over or bounded, or all errors at once.
///
/// ```
/// use std::sync::Arc;
/// use search::{DefinedTerminology, Handling, ParseOptions, parse_query};
/// let definitions = definitions::embedded();
/// let options = ParseOptions {
///     handling: Handling::Strict,
///     count_default: 20,
///     count_max: 1000,
///     base_url: "http://localhost/fhir".to_owned(),
///     now: 0,
///     terminology: Arc::new(DefinedTerminology::new(definitions)),
/// };
/// let patient = definitions.resource_type("Patient").unwrap();
/// let pairs = [("birthdat".to_owned(), "1970".to_owned())];
/// let issues = parse_query(definitions, patient, &pairs, &options).unwrap_err();
/// assert!(issues[0].message.contains("birthdate"));
/// ```
pub fn parse_query(
    definitions: &'static Definitions,
    resource_type: ResourceType,
    pairs: &[(String, String)],
    options: &ParseOptions,
) -> Result<(Search, Vec<Issue>), Vec<Issue>> {
    parse(definitions, vec![(resource_type, Expression::All)], pairs, options)
}

/// Reads the parameters of a search of types, each with what must hold besides.
pub(crate) fn parse(
    definitions: &'static Definitions,
    types: Vec<(ResourceType, Expression)>,
    pairs: &[(String, String)],
    options: &ParseOptions,
) -> Result<(Search, Vec<Issue>), Vec<Issue>> {
    if pairs.len() > PARAMETERS_MAX {
        let message =
            format!("more than {PARAMETERS_MAX} parameters; send fewer, or several searches");
        return Err(vec![Issue::error(IssueCode::TooCostly, "parameters", message)]);
    }
    let context = Context::new(definitions, options);
    let mut errors = Vec::new();
    let mut draft = Draft::new(empty(&types, options));
    let (types, mut filters): (Vec<ResourceType>, Vec<Vec<Expression>>) =
        types.into_iter().map(|(resource_type, fixed)| (resource_type, vec![fixed])).unzip();
    for (index, (name, value)) in pairs.iter().enumerate() {
        let repeated = pairs[..index].iter().any(|(earlier, _)| earlier == name);
        let read = check_length(name, value).and_then(|()| {
            if let Some(done) = outcome::read(&context, &mut draft, &types, name, value, repeated) {
                return done.map(|()| Vec::new());
            }
            scope::filters(&context, &types, name, value)
        });
        match read {
            Ok(read) if read.is_empty() => {}
            Ok(read) => {
                filters.iter_mut().zip(read).for_each(|(all, one)| all.push(one));
                draft.search.criteria.push((name.as_str().into(), value.as_str().into()));
            }
            Err(issue) if passes_over(&issue, options.handling) => {
                draft.warnings.push(Issue::warning(
                    issue.code,
                    issue.expression.unwrap_or_default(),
                    format!("passed over: {}", issue.message),
                ));
            }
            Err(issue) => errors.push(issue),
        }
    }
    if !errors.is_empty() {
        return Err(errors);
    }
    let (mut search, warnings) = draft.finish();
    for (branch, all) in search.branches.iter_mut().zip(filters) {
        branch.filter = simplify(Expression::And(all));
    }
    Ok((search, warnings))
}

fn empty(types: &[(ResourceType, Expression)], options: &ParseOptions) -> Search {
    let branch =
        |resource_type| Branch { resource_type, filter: Expression::All, sort: Vec::new() };
    Search {
        branches: types.iter().map(|(resource_type, _)| branch(*resource_type)).collect(),
        contained: Contained::No,
        count: options.count_default.min(options.count_max),
        includes: Vec::new(),
        total: Total::None,
        summary: Summary::False,
        elements: Vec::new(),
        explain: false,
        criteria: Vec::new(),
    }
}

/// Lenient handling forgives what is not known or not supported, never a value that is wrong.
fn passes_over(issue: &Issue, handling: Handling) -> bool {
    handling == Handling::Lenient && issue.code == IssueCode::NotSupported
}

fn check_length(name: &str, value: &str) -> Result<(), Issue> {
    let (longest, values) = escape::split(value, ',')
        .iter()
        .fold((0, 0), |(longest, values), part| (part.len().max(longest), values + 1));
    let shown: String = name.chars().take(40).collect();
    let error = |code, message: String| Err(Issue::error(code, shown.clone(), message));
    if name.len() > NAME_LENGTH_MAX {
        return error(
            IssueCode::TooLong,
            format!("the parameter's name is longer than {NAME_LENGTH_MAX} bytes"),
        );
    }
    if longest > VALUE_LENGTH_MAX {
        return error(
            IssueCode::TooLong,
            format!("a value is longer than {VALUE_LENGTH_MAX} bytes; search by a shorter one"),
        );
    }
    if values > VALUES_MAX {
        return error(
            IssueCode::TooCostly,
            format!("more than {VALUES_MAX} values; send several searches"),
        );
    }
    Ok(())
}
