//! Whether a SearchParameter resource can be put in force. Spec:
//! <https://hl7.org/fhir/R4/searchparameter-definitions.html#SearchParameter.expression>.

use definitions::{Definitions, ParameterDraft, ParameterKind};
use fhir::{Issue, IssueCode, Value};

use super::compile::{Compiler, Wanted};
use crate::kind::string::Folding;

/// What is wrong with a SearchParameter resource: its members, and its expression for each type that
/// it is for. Nothing of it is kept, so this comes before [`Definitions::with_parameters`].
///
/// ```
/// let definitions = definitions::embedded();
/// let tree = fhir::Tree::parse(br#"{"resourceType":"SearchParameter","url":"http://x.test/sp",
///     "code":"speaks","type":"token","base":["Patient"],
///     "expression":"Patient.communication.langauge"}"#)?;
/// let issues = search::check_parameter(definitions, tree.root());
/// assert!(issues[0].message.contains("has no element langauge"));
/// # Ok::<(), fhir::ParseError>(())
/// ```
pub fn check_parameter(definitions: &'static Definitions, resource: Value<'_>) -> Vec<Issue> {
    let draft = match ParameterDraft::read(definitions, resource) {
        Ok(draft) => draft,
        Err(issues) => return issues,
    };
    let phonetic = resource.text_of("xpathUsage") == Some("phonetic");
    let wanted = Wanted {
        kind: draft.kind,
        expression: draft.expression,
        targets: &draft.targets,
        folding: if phonetic { Folding::Sound } else { Folding::Letters },
        components: &draft.components,
    };
    let mut issues = Vec::new();
    if draft.kind == ParameterKind::Composite {
        for (url, _) in &draft.components {
            let known = definitions.parameter_by_url(url);
            if known.is_none_or(|known| known.kind == ParameterKind::Composite) {
                let message =
                    format!("{url} is no search parameter in force, or a composite itself");
                issues.push(issue("component.definition", message));
            }
        }
        if !issues.is_empty() {
            return issues;
        }
    }
    for each in definitions.types_of_base(&draft.base) {
        let Some(mut compiler) = Compiler::new(definitions, each) else { continue };
        if let Err(reason) = compiler.add(crate::ParameterId(u32::MAX), &wanted) {
            let message = format!("it finds nothing on {each}: {reason}");
            issues.push(issue("expression", message));
            // All types fail alike where the expression itself cannot be read.
            break;
        }
    }
    issues
}

fn issue(member: &str, message: String) -> Issue {
    Issue::error(IssueCode::Value, format!("SearchParameter.{member}"), message)
}
