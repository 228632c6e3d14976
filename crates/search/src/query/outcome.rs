//! Parameters that shape the answer: `_count`, `_sort`, `_summary`, `_elements`, `_total`, includes.
//! Spec: <https://hl7.org/fhir/R4/search.html#return>.

use fhir::{Issue, ResourceType};

use super::Context;
use super::criterion::{bad_value, find_parameter};
use super::include;
use super::suggest::nearest;
use crate::entry::ParameterId;
use crate::expression::{Search, SortBy, SortKey, SortOrder, Summary, Total};

/// Names of all parameters read here.
pub(crate) const NAMES: [&str; 9] = [
    "_count",
    "_sort",
    "_summary",
    "_elements",
    "_total",
    "_include",
    "_revinclude",
    "_format",
    "_pretty",
];

/// Keys of `_sort` at the most.
const SORT_KEYS_MAX: usize = 8;

/// Reads a parameter of this file into the search; `None` where it is none of them.
pub(crate) fn read(
    context: &Context<'_>,
    search: &mut Search,
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
            let included = include::read(context, search.branches[0].resource_type, name, value);
            return Some(included.map(|includes| search.includes.extend(includes)));
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
        "_count" => count(context, value).map(|count| search.count = count),
        "_sort" => sort(context, search.branches[0].resource_type, value)
            .map(|keys| search.branches[0].sort = keys),
        "_summary" => summary(value).map(|summary| search.summary = summary),
        "_total" => total(value).map(|total| search.total = total),
        _ => elements(context, search.branches[0].resource_type, value)
            .map(|names| search.elements = names),
    })
}

fn count(context: &Context<'_>, value: &str) -> Result<usize, Issue> {
    let is_number = !value.is_empty() && value.bytes().all(|b| b.is_ascii_digit());
    if !is_number {
        return Err(bad_value("_count", "it is no number of matches; write 0 or more"));
    }
    // A number too great to hold is greater than the most, too.
    Ok(value.parse().unwrap_or(usize::MAX).min(context.options.count_max))
}

fn sort(
    context: &Context<'_>,
    resource_type: ResourceType,
    value: &str,
) -> Result<Vec<SortKey>, Issue> {
    let mut keys: Vec<SortKey> = Vec::new();
    for text in value.split(',') {
        let (order, code) = match text.strip_prefix('-') {
            Some(code) => (SortOrder::Descending, code),
            None => (SortOrder::Ascending, text),
        };
        let by = match code {
            "" => {
                return Err(bad_value(
                    "_sort",
                    "a key is empty; write parameters parted by commas",
                ));
            }
            "_id" => SortBy::Id,
            "_lastUpdated" => SortBy::LastUpdated,
            _ => {
                let parameter = find_parameter(context, resource_type, code, "_sort")?;
                SortBy::Parameter(ParameterId(parameter.id))
            }
        };
        if keys.iter().all(|key| key.by != by) {
            keys.push(SortKey { by, order });
        }
    }
    if keys.len() > SORT_KEYS_MAX {
        return Err(bad_value("_sort", &format!("it has more than {SORT_KEYS_MAX} keys")));
    }
    Ok(keys)
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
    resource_type: ResourceType,
    value: &str,
) -> Result<Vec<Box<str>>, Issue> {
    let known = context.definitions.type_id(resource_type.as_str());
    let children = known.map_or(&[][..], |id| context.definitions.children(id));
    let mut names: Vec<Box<str>> = Vec::new();
    for name in value.split(',') {
        // `Type.name` is allowed, and says the same here as `name`.
        let name = match name.split_once('.') {
            Some((type_name, name)) if type_name == resource_type.as_str() => name,
            _ => name,
        };
        let is = |child: &definitions::Child| child.name == name || child.choice == Some(name);
        if !children.iter().any(is) {
            let near =
                nearest(name, children.iter().map(|child| child.choice.unwrap_or(child.name)));
            let near = near.map(|near| format!("; did you mean {near}?")).unwrap_or_default();
            return Err(bad_value(
                "_elements",
                &format!("a name is no top-level element of {resource_type}{near}"),
            ));
        }
        if !names.iter().any(|known| **known == *name) {
            names.push(name.into());
        }
    }
    Ok(names)
}
