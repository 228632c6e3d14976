//! The published examples have the form that the definitions ask for.

use definitions::embedded;
use fhir::Tree;

use crate::package::examples;

/// Files of the package that break a rule, with the places: the package is wrong, not the rule.
const EXCEPTIONS: &[(&str, &str, &str)] = &[(
    "SearchParameter-questionnaireresponse-extensions-QuestionnaireResponse-item-subject.json",
    "SearchParameter.id",
    "the id has 67 characters",
)];

#[test]
fn examples_have_no_issue() {
    let Some(files) = examples() else { return };
    let mut wrong = Vec::new();
    let mut known_count = 0;
    for (name, bytes) in files {
        let tree = Tree::parse(bytes).unwrap_or_else(|error| panic!("{name}: {error}"));
        for issue in embedded().check_structure(tree.root()) {
            let place = issue.expression.as_deref().unwrap_or("");
            let is_known = EXCEPTIONS.iter().any(|(file, at, _)| file == name && *at == place);
            known_count += usize::from(is_known);
            if !is_known {
                wrong.push(format!("{name}: {place}: {}", issue.message));
            }
        }
    }
    assert!(files.len() > 5_000, "{}", files.len());
    assert_eq!(known_count, EXCEPTIONS.len(), "an exception is no longer needed");
    assert!(wrong.is_empty(), "{} issues:\n{}", wrong.len(), wrong.join("\n"));
}
