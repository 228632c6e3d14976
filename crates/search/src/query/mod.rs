//! A search's parameters → a [`Search`]. Spec: <https://hl7.org/fhir/R4/search.html>.
//!
//! `name` reads what stands before the `=`, `criterion` what filters, `chain` what filters by other
//! resources, `outcome` and `include` what shapes the answer, `render` writes it all back.
//!
//! To add a parameter that shapes the answer, add it to `outcome::NAMES` and `outcome::read`.

mod chain;
mod criterion;
pub(crate) mod escape;
mod include;
mod name;
mod outcome;
mod render;
mod suggest;

use definitions::Definitions;
use fhir::{Issue, IssueCode, ResourceType};

use crate::expression::{Branch, Contained, Expression, Search, Summary, Total};
use crate::rewrite::simplify;

pub use render::{encode_query, render_query};

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
    /// Matches on a page at the most; a greater `_count` gets this many.
    pub count_max: usize,
    /// The server's own base address, without a slash at its end: references to it are local.
    pub base_url: String,
    /// The time now in microseconds since 1970: `ap` is the wider the longer ago its date is.
    pub now: i64,
}

/// Parameters of a search at the most.
const PARAMETERS_MAX: usize = 100;
/// Values of one parameter, parted by commas, at the most.
const VALUES_MAX: usize = 1_000;
/// Bytes of a parameter's name at the most.
const NAME_LENGTH_MAX: usize = 500;
/// Bytes of one of its values at the most.
const VALUE_LENGTH_MAX: usize = 4_000;

/// What reading needs to know at every depth.
pub(crate) struct Context<'o> {
    pub(crate) definitions: &'static Definitions,
    pub(crate) options: &'o ParseOptions,
}

/// Reads the percent-decoded parameters of a search of one type.
///
/// Gives the search with the warnings of what was passed over, or all errors at once.
///
/// ```
/// use search::{Handling, ParseOptions, parse_query};
/// let definitions = definitions::embedded();
/// let options = ParseOptions {
///     handling: Handling::Strict,
///     count_default: 20,
///     count_max: 1000,
///     base_url: "http://localhost/fhir".to_owned(),
///     now: 0,
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
    let context = Context { definitions, options };
    let (mut errors, mut ignored) = (Vec::new(), Vec::new());
    let mut filters = Vec::new();
    let mut search = Search {
        branches: vec![Branch { resource_type, filter: Expression::All, sort: Vec::new() }],
        contained: Contained::No,
        count: options.count_default.min(options.count_max),
        includes: Vec::new(),
        total: Total::None,
        summary: Summary::False,
        elements: Vec::new(),
        criteria: Vec::new(),
    };
    if pairs.len() > PARAMETERS_MAX {
        let message =
            format!("more than {PARAMETERS_MAX} parameters; send fewer, or several searches");
        return Err(vec![Issue::error(IssueCode::TooCostly, resource_type.as_str(), message)]);
    }
    for (index, (name, value)) in pairs.iter().enumerate() {
        let repeated = pairs[..index].iter().any(|(earlier, _)| earlier == name);
        let read = check_length(name, value)
            .and_then(|()| read_pair(&context, &mut search, name, value, repeated));
        match read {
            Ok(Some(filter)) => {
                filters.push(filter);
                search.criteria.push((name.as_str().into(), value.as_str().into()));
            }
            Ok(None) => {}
            Err(issue) if passes_over(&issue, options.handling) => {
                ignored.push(Issue::warning(
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
    search.branches[0].filter = simplify(Expression::And(filters));
    Ok((search, ignored))
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

/// One parameter: a filter, or a change to the search.
fn read_pair(
    context: &Context<'_>,
    search: &mut Search,
    name: &str,
    value: &str,
    repeated: bool,
) -> Result<Option<Expression>, Issue> {
    if let Some(done) = outcome::read(context, search, name, value, repeated) {
        return done.map(|()| None);
    }
    chain::filter(context, search.branches[0].resource_type, name, value).map(Some)
}
