//! The corpus of invented people in `tests/cases.toml`: found by what they type, ended where they must.

use serde::Deserialize;
use triage::{Person, Sex};

use crate::shared::{answer, library, person};

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Corpus {
    case: Vec<Case>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Case {
    story: String,
    typed: String,
    topic: String,
    age: String,
    sex: Sex,
    answers: String,
    ends: String,
}

impl Case {
    fn person(&self) -> Person {
        let (number, unit) = self.age.split_at(self.age.len() - 1);
        let number: u32 = number.parse().expect("an age such as 4m or 30y");
        person(if unit == "y" { number * 12 } else { number }, self.sex)
    }
}

#[test]
fn every_case_is_found_and_ends_where_it_must() {
    let corpus: Corpus = toml::from_str(include_str!("../cases.toml")).unwrap();
    let mut wrong = Vec::new();
    for case in &corpus.case {
        let found = library().search(case.person(), &case.typed);
        let first = found.first().map(|topic| &*topic.id);
        if first != Some(&*case.topic) {
            wrong.push(format!("{}: \"{}\" finds {first:?}", case.story, case.typed));
        }
        let (_, outcome) = answer(library(), &case.topic, case.person(), &case.answers);
        if outcome.disposition.code != case.ends {
            wrong.push(format!("{}: ends in {}", case.story, outcome.disposition.code));
        }
    }
    assert!(wrong.is_empty(), "{wrong:#?}");
    for topic in library().topics() {
        assert!(corpus.case.iter().any(|case| case.topic == topic.id), "no case of {}", topic.id);
    }
}
