//! Parameters that shape the answer: `_count`, `_sort`, `_summary`, `_elements`, `_total`, includes.
//! Spec: <https://hl7.org/fhir/R4/search.html#return>.

use definitions::ParameterKind;
use fhir::{Issue, IssueCode, ResourceType};

use super::Context;
use super::criterion::{bad_value, find_parameter, not_supported};
use super::include;
use super::scope::check_common;
use super::suggest::nearest;
use crate::entry::ParameterId;
use crate::expression::{
    Contained, ContainedAnswer, Include, Search, SortBy, SortKey, SortOrder, Summary, Total,
};

/// Names of the parameters that shape the answer of a search and select nothing.
/// Spec: <https://hl7.org/fhir/R4/search.html#return>.
pub const NAMES: [&str; 12] = [
    "_count",
    "_sort",
    "_summary",
    "_elements",
    "_total",
    "_include",
    "_revinclude",
    "_contained",
    "_containedType",
    "_explain",
    "_format",
    "_pretty",
];

/// Keys of `_sort` at the most.
const SORT_KEYS_MAX: usize = 8;
/// Includes at the most, stars taken apart.
const INCLUDES_MAX: usize = 400;

/// A search while it is read.
pub(crate) struct Draft {
    pub(crate) search: Search,
    /// What was passed over or bounded.
    pub(crate) warnings: Vec<Issue>,
    /// What `_contained` says; the answer that `_containedType` asks for has a place of its own,
    /// because either may come first.
    contained: Which,
    answer: ContainedAnswer,
}

/// The values of `_contained`.
#[derive(Clone, Copy)]
enum Which {
    Own,
    Contained,
    Both,
}

impl Draft {
    pub(crate) fn new(search: Search) -> Draft {
        let answer = ContainedAnswer::default();
        Draft { search, warnings: Vec::new(), contained: Which::Own, answer }
    }

    pub(crate) fn finish(mut self) -> (Search, Vec<Issue>) {
        self.search.contained = match self.contained {
            Which::Own => Contained::No,
            Which::Contained => Contained::Only(self.answer),
            Which::Both => Contained::Both(self.answer),
        };
        (self.search, self.warnings)
    }
}

/// Reads a parameter of this file into the search; `None` where it is none of them.
pub(crate) fn read(
    context: &Context<'_>,
    draft: &mut Draft,
    types: &[ResourceType],
    name: &str,
    value: &str,
    repeated: bool,
) -> Option<Result<(), Issue>> {
    let (plain, modifier) = match name.split_once(':') {
        Some((plain, modifier)) => (plain, Some(modifier)),
        None => (name, None),
    };
    match plain {
        "_include" | "_revinclude" => {
            return Some(includes(context, draft, types, name, value));
        }
        // The edge has read these already: they choose the answer's format.
        "_format" | "_pretty" => return Some(Ok(())),
        _ if !NAMES.contains(&plain) => return None,
        _ => {}
    }
    if modifier.is_some() {
        return Some(Err(bad_value(name, &format!("{plain} takes no modifier"))));
    }
    if repeated {
        return Some(Err(bad_value(name, "it is given more than once; give it once")));
    }
    Some(match plain {
        "_count" => count(context, draft, value),
        "_sort" => sort(context, draft, types, value),
        "_summary" => summary(value).map(|summary| draft.search.summary = summary),
        "_total" => total(value).map(|total| draft.search.total = total),
        "_contained" => contained(value).map(|which| draft.contained = which),
        "_containedType" => contained_type(value).map(|answer| draft.answer = answer),
        "_explain" => explain(value).map(|is| draft.search.explain = is),
        _ => elements(context, types, value).map(|names| draft.search.elements = names),
    })
}

fn includes(
    context: &Context<'_>,
    draft: &mut Draft,
    types: &[ResourceType],
    name: &str,
    value: &str,
) -> Result<(), Issue> {
    for include in include::read(context, types, name, value)? {
        let same_way = |known: &&mut Include| {
            (known.source, &known.target, known.iterate)
                == (include.source, &include.target, include.iterate)
        };
        match draft.search.includes.iter_mut().find(same_way) {
            Some(known) => {
                known.parameters.extend(include.parameters);
                known.parameters.sort_unstable();
                known.parameters.dedup();
            }
            None => draft.search.includes.push(include),
        }
    }
    if draft.search.includes.len() > INCLUDES_MAX {
        let message = format!("more than {INCLUDES_MAX} includes; name types and parameters for *");
        return Err(Issue::error(IssueCode::TooCostly, name, message));
    }
    Ok(())
}

fn count(context: &Context<'_>, draft: &mut Draft, value: &str) -> Result<(), Issue> {
    let Some(asked) = page_count(value) else {
        let message = "it is no number of matches; write digits only, 0 or more";
        return Err(bad_value("_count", message));
    };
    let most = context.options.count_max;
    draft.search.count = asked.min(most);
    if asked > most {
        let message =
            format!("a page has {most} matches at the most; follow its next link for more");
        draft.warnings.push(Issue::warning(IssueCode::TooCostly, "_count", message));
    }
    Ok(())
}

/// A count as `_count` has it: `20`, or `2e1`, since numbers of FHIR may have an exponent. One too great
/// to hold is the greatest there is.
pub fn page_count(text: &str) -> Option<usize> {
    let (digits, zeros) = text.split_once(['e', 'E']).unwrap_or((text, "0"));
    let zeros = zeros.strip_prefix('+').unwrap_or(zeros);
    let are_digits = |text: &str| !text.is_empty() && text.bytes().all(|b| b.is_ascii_digit());
    if !are_digits(digits) || !are_digits(zeros) {
        return None;
    }
    if digits.bytes().all(|b| b == b'0') {
        return Some(0);
    }
    let factor = zeros.parse().ok().and_then(|zeros| 10_usize.checked_pow(zeros));
    let count = factor.and_then(|factor| digits.parse::<usize>().ok()?.checked_mul(factor));
    Some(count.unwrap_or(usize::MAX))
}

fn sort(
    context: &Context<'_>,
    draft: &mut Draft,
    types: &[ResourceType],
    value: &str,
) -> Result<(), Issue> {
    let mut codes: Vec<(SortOrder, &str)> = Vec::new();
    for text in value.split(',') {
        let (order, code) = match text.strip_prefix('-') {
            Some(code) => (SortOrder::Descending, code),
            None => (SortOrder::Ascending, text),
        };
        if code.is_empty() {
            let message = "a key is empty; write parameters parted by commas";
            return Err(bad_value("_sort", message));
        }
        if code == "_score" {
            let message = "matches are not scored, so _score puts none before another";
            draft.warnings.push(Issue::warning(IssueCode::Informational, "_sort", message));
        } else if codes.iter().all(|(_, known)| *known != code) {
            codes.push((order, code));
        }
    }
    if codes.len() > SORT_KEYS_MAX {
        return Err(bad_value("_sort", &format!("it has more than {SORT_KEYS_MAX} keys")));
    }
    for (_, code) in &codes {
        check_common(context, types, code, "_sort")?;
    }
    for (branch, resource_type) in draft.search.branches.iter_mut().zip(types) {
        let key = |(order, code): &(SortOrder, &str)| {
            Ok(SortKey { by: sort_by(context, *resource_type, code)?, order: *order })
        };
        branch.sort = codes.iter().map(key).collect::<Result<_, Issue>>()?;
    }
    Ok(())
}

fn sort_by(
    context: &Context<'_>,
    resource_type: ResourceType,
    code: &str,
) -> Result<SortBy, Issue> {
    Ok(match code {
        "_id" => SortBy::Id,
        "_lastUpdated" => SortBy::LastUpdated,
        _ => {
            let parameter = find_parameter(context, resource_type, code, "_sort")?;
            if matches!(parameter.kind, ParameterKind::Composite | ParameterKind::Special) {
                let kind = parameter.kind.as_str();
                let message = format!("{code} is a {kind} parameter, whose values have no order");
                return Err(not_supported("_sort", message));
            }
            SortBy::Parameter(ParameterId(parameter.id))
        }
    })
}

fn contained(value: &str) -> Result<Which, Issue> {
    Ok(match value {
        "false" => Which::Own,
        "true" => Which::Contained,
        "both" => Which::Both,
        _ => return Err(bad_value("_contained", "it takes true, false or both")),
    })
}

fn contained_type(value: &str) -> Result<ContainedAnswer, Issue> {
    Ok(match value {
        "container" => ContainedAnswer::Container,
        "contained" => ContainedAnswer::Itself,
        _ => return Err(bad_value("_containedType", "it takes container or contained")),
    })
}

fn explain(value: &str) -> Result<bool, Issue> {
    match value {
        "true" => Ok(true),
        "false" => Ok(false),
        _ => Err(bad_value("_explain", "it takes true or false")),
    }
}

fn summary(value: &str) -> Result<Summary, Issue> {
    Ok(match value {
        "true" => Summary::True,
        "false" => Summary::False,
        "text" => Summary::Text,
        "data" => Summary::Data,
        "count" => Summary::Count,
        _ => return Err(bad_value("_summary", "it takes true, false, text, data or count")),
    })
}

fn total(value: &str) -> Result<Total, Issue> {
    Ok(match value {
        "none" => Total::None,
        "estimate" => Total::Estimate,
        "accurate" => Total::Accurate,
        _ => return Err(bad_value("_total", "it takes none, estimate or accurate")),
    })
}

fn elements(
    context: &Context<'_>,
    types: &[ResourceType],
    value: &str,
) -> Result<Vec<Box<str>>, Issue> {
    let children = |each: &ResourceType| {
        let known = context.definitions.type_id(each.as_str());
        known.map_or(&[][..], |id| context.definitions.children(id))
    };
    let mut names: Vec<Box<str>> = Vec::new();
    let mut at = 0;
    for text in value.split(',') {
        // `Type.name` is allowed; it asks for `name`, of the one type that it is of.
        let (of, name) = match text.split_once('.') {
            Some((of, name)) if types.iter().any(|each| each.as_str() == of) => (Some(of), name),
            _ => (None, text),
        };
        let is = |child: &definitions::Child| child.name == name || child.choice == Some(name);
        let mut asked = types.iter().filter(|each| of.is_none_or(|of| each.as_str() == of));
        if !asked.any(|each| children(each).iter().any(is)) {
            let all = types.iter().flat_map(children);
            let near = nearest(name, all.map(|child| child.choice.unwrap_or(child.name)));
            let near = near.map(|near| format!("; did you mean {near}?")).unwrap_or_default();
            let of = match types {
                [only] => only.as_str(),
                _ => "the types searched",
            };
            return Err(bad_value(
                "_elements",
                &format!("a name is no top-level element of {of}{near}; at byte {at} of the value"),
            ));
        }
        if !names.iter().any(|known| **known == *name) {
            names.push(name.into());
        }
        at += text.len() + 1;
    }
    Ok(names)
}
