//! Searches as the text that a server is asked with.

use judge::{
    Contained, Criterion, Include, IncludeSource, Modifier, Operand, Prefix, Query, Referred,
    SortKey, Step, System, Test, Token, Unit, Words, render,
};

use crate::{compartment, criterion, resource_type};

fn shown(path: Vec<Step>, code: &str, modifier: Modifier, values: Vec<Operand>) -> String {
    let mut query = Query::of_type(resource_type("Observation"));
    query.criteria = vec![criterion(path, code, modifier, values)];
    let (name, value) = render::pairs(&query).remove(0);
    format!("{name}={value}")
}

#[test]
fn parameters() {
    let token =
        |system: System, code: &str| Operand::Token(Token { system, code: Some(code.to_owned()) });
    let hard = token(System::Is("http://x|y,z".to_owned()), r"a$b\c");
    assert_eq!(
        shown(vec![], "code", Modifier::Not, vec![hard]),
        r"code:not=http://x\|y\,z|a\$b\\c"
    );
    let two = vec![token(System::None, "a"), token(System::Any, "b")];
    assert_eq!(shown(vec![], "code", Modifier::None, two), "code=|a,b");
    let amount = Operand::Quantity(Prefix::Ge, "5.40".to_owned(), Unit::Either("mg".to_owned()));
    let pair = Operand::Composite(vec![token(System::Any, "a"), amount]);
    assert_eq!(
        shown(vec![], "code-value-quantity", Modifier::None, vec![pair]),
        "code-value-quantity=a$ge5.40||mg"
    );
    let path = vec![
        Step::Has { source: resource_type("List"), parameter: "item".to_owned() },
        Step::Chain { parameter: "subject".to_owned(), target: Some(resource_type("Patient")) },
        Step::Chain { parameter: "organization".to_owned(), target: None },
    ];
    let name = vec![Operand::Text("x".to_owned())];
    assert_eq!(
        shown(path, "name", Modifier::Exact, name),
        "_has:List:item:subject:Patient.organization.name:exact=x"
    );
    let versioned =
        Operand::Reference(Referred::Canonical("http://q".to_owned(), Some("1".to_owned())));
    assert_eq!(shown(vec![], "q", Modifier::None, vec![versioned]), "q=http://q|1");
}

#[test]
fn whole_queries() {
    let mut query = compartment("Patient", "1", Some("Observation"));
    query.criteria = vec![Criterion {
        path: vec![],
        test: Test::Text(Words::Or(vec![
            Words::Phrase(vec!["high".to_owned(), "fever".to_owned()]),
            Words::Begins("metas".to_owned()),
        ])),
    }];
    query.sort = vec![
        SortKey { code: "date".to_owned(), is_descending: true },
        SortKey { code: "_id".to_owned(), is_descending: false },
    ];
    query.count = Some(3);
    query.includes = vec![Include {
        is_reverse: false,
        is_iterated: true,
        source: IncludeSource::Parameter(resource_type("Observation"), "subject".to_owned()),
        target: Some(resource_type("Patient")),
    }];
    query.contained = Contained::BothThemselves;
    assert_eq!(
        render::url(&query),
        "Patient/1/Observation?_text=%28%22high%20fever%22%20OR%20metas*%29&_sort=-date,_id&_count=3\
         &_include:iterate=Observation:subject:Patient&_contained=both&_containedType=contained"
    );
}
