//! Searches of several types: at the base address and in compartments.

use fhir::{Issue, ResourceId};
use search::{
    CompartmentOf, Explain, Handling, Search, parse_compartment_query, parse_system_query,
    render_query,
};

use crate::{definitions, options, pairs, resource_type};

type Read = Result<(Search, Vec<Issue>), Vec<Issue>>;

fn system(query: &str) -> Read {
    parse_system_query(definitions(), &pairs(query), &options(Handling::Strict))
}

fn compartment(around: &str, member: Option<&str>, query: &str) -> Read {
    let id = ResourceId::parse("1").expect("an id");
    let compartment = CompartmentOf { resource_type: resource_type(around), id };
    let member = member.map(resource_type);
    parse_compartment_query(
        definitions(),
        &compartment,
        member,
        &pairs(query),
        &options(Handling::Strict),
    )
}

/// Each branch as `Type: tree`.
fn branches(read: Read, of: &str) -> Vec<String> {
    let (search, _) = read.unwrap_or_else(|issues| panic!("{of}: {issues:?}"));
    let show = |branch: &search::Branch| {
        let shown = Explain { definitions: definitions(), expression: &branch.filter }.to_string();
        format!("{}: {}", branch.resource_type, shown.trim_end().replace('\n', " / "))
    };
    search.branches.iter().map(show).collect()
}

#[test]
fn types_at_the_base_address() {
    let cases: [(&str, &[&str]); 6] = [
        ("_type=Patient", &["Patient: all"]),
        (
            "_type=Patient,Observation,Patient&_id=1",
            &["Patient: _id is 1", "Observation: _id is 1"],
        ),
        ("_type=Condition,Observation&code=x", &["Condition: code is x", "Observation: code is x"]),
        (
            "_type=Condition,Observation&subject:Patient.name=x&_sort=code,-_lastUpdated",
            &[
                "Condition: subject refers to Patient where /   name begins with \"x\"",
                "Observation: subject refers to Patient where /   name begins with \"x\"",
            ],
        ),
        (
            "_type=Patient,ValueSet&_has:Observation:patient:code=x",
            &["Patient: patient of Observation refers here where /   code is x", "ValueSet: never"],
        ),
        (
            "_type=Patient,Practitioner&_filter=name sw x",
            &["Patient: name begins with \"x\"", "Practitioner: name begins with \"x\""],
        ),
    ];
    for (query, expected) in cases {
        assert_eq!(branches(system(query), query), expected, "{query}");
    }
}

#[test]
fn without_a_type_all_types_are_searched() {
    for query in ["", "_id=1", "_lastUpdated=gt2020", "_tag=x", "_profile=http://p", "_content=x"] {
        let (search, _) = system(query).unwrap_or_else(|issues| panic!("{query}: {issues:?}"));
        assert_eq!(search.branches.len(), definitions().resource_types().len(), "{query}");
    }
}

#[test]
fn what_is_refused_at_the_base_address() {
    let cases = [
        ("name=x", "not-supported", "name", "has no search parameter name; name with _type"),
        ("_type=Patient,Observation&name=x", "not-supported", "name", "Observation"),
        ("_type=Patient,Observation&zzz=x", "not-supported", "zzz", "no such search parameter"),
        ("_type=Pateint", "value", "_type", "did you mean Patient?; at byte 0"),
        ("_type=Patient,", "value", "_type", "at byte 8"),
        ("_type=", "value", "_type", "no resource type"),
        ("_type=Patient&_type=Group", "value", "_type", "more than once"),
        ("_sort=name", "not-supported", "_sort", "no search parameter name"),
        ("_type=ValueSet&_has:Observation:patient:code=x", "value", "_has", "does not refer to"),
        ("_type=Patient,Group&_elements=nope", "value", "_elements", "the types searched"),
    ];
    for (query, code, expression, words) in cases {
        let Err(issues) = system(query) else { panic!("{query} was taken") };
        assert_eq!(issues[0].code.as_str(), code, "{query}: {}", issues[0].message);
        let place = issues[0].expression.as_deref().unwrap_or_default();
        assert!(place.starts_with(expression), "{query}: {place}");
        assert!(issues[0].message.contains(words), "{query}: {}", issues[0].message);
    }
}

#[test]
fn compartments() {
    let cases: [(&str, Option<&str>, &str, &[&str]); 5] = [
        (
            "Patient",
            Some("Observation"),
            "code=x",
            &["Observation: and /   or /     subject is Patient/1 /     performer is Patient/1 \
               /   code is x"],
        ),
        (
            "Patient",
            Some("Condition"),
            "",
            &["Condition: or /   patient is Patient/1 /   asserter is Patient/1"],
        ),
        ("Encounter", Some("Encounter"), "", &["Encounter: _id is 1"]),
        ("Encounter", None, "_type=Encounter", &["Encounter: _id is 1"]),
        (
            "Patient",
            None,
            "_type=Immunization,Flag&_tag=x",
            &[
                "Flag: and /   patient is Patient/1 /   _tag is x",
                "Immunization: and /   patient is Patient/1 /   _tag is x",
            ],
        ),
    ];
    for (around, member, query, expected) in cases {
        assert_eq!(
            branches(compartment(around, member, query), query),
            expected,
            "{around} {query}"
        );
    }
    let all = branches(compartment("Patient", None, ""), "all");
    assert_eq!(all.len(), 66);
    assert!(all.iter().all(|branch| branch.contains("is Patient/1")), "{all:?}");
}

#[test]
fn what_is_in_no_compartment() {
    let cases = [
        ("Patient", Some("Organization"), "", "never in the compartment"),
        ("Organization", Some("Patient"), "", "has no compartment"),
        ("Patient", None, "_type=Organization", "never in the compartment"),
        ("Patient", Some("Observation"), "zzz=1", "no such search parameter"),
        ("Patient", Some("Observation"), "_type=Patient", "_type cannot be used here"),
    ];
    for (around, member, query, words) in cases {
        let Err(issues) = compartment(around, member, query) else { panic!("{query} was taken") };
        assert!(issues[0].message.contains(words), "{around} {query}: {}", issues[0].message);
    }
}

#[test]
fn their_self_links_read_back() {
    for query in [
        "_type=Patient,Group&_id=1,2&_sort=-_lastUpdated&_count=3&_explain=true",
        "_type=Condition,Observation&_include=*&_revinclude=*&_contained=both&_containedType=contained",
        "_tag=x&_total=accurate&_summary=true",
    ] {
        let (search, _) = system(query).expect("a search");
        let used = render_query(definitions(), &search);
        let again = parse_system_query(definitions(), &used, &options(Handling::Strict));
        assert_eq!(again.expect("a self link can be read").0, search, "{query}");
    }
}
