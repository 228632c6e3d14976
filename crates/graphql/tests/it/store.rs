//! Resources that answer what an execution needs.

use std::sync::Arc;

use fhir::Tree;
use graphql::{Answer, Execution, GraphqlError, Limits, Need, Request};
use serde_json::Value;

pub(crate) const BASE: &str = "http://127.0.0.1/fhir";

/// Two patients, who cares for them, and what was seen.
const RESOURCES: [&str; 8] = [
    r##"{"resourceType":"Patient","id":"p","active":true,"gender":"female","birthDate":"1970-03-30",
      "_birthDate":{"extension":[{"url":"http://x.test/time","valueDateTime":"1970-03-30T10:00:00Z"}]},
      "name":[{"use":"official","family":"Shah","given":["Amina","R"]},
              {"use":"usual","given":["Mina"]}],
      "telecom":[{"system":"phone","value":"1","rank":1},{"system":"email","value":"a@x.test"},
                 {"system":"phone","value":"2"}],
      "multipleBirthInteger":2,
      "managingOrganization":{"reference":"Organization/o"},
      "generalPractitioner":[{"reference":"Practitioner/d"},{"reference":"#in"},
                             {"reference":"Practitioner/gone"}],
      "contact":[{"relationship":[{"text":"mother"}],"name":{"family":"Shah"}}],
      "contained":[{"resourceType":"Practitioner","id":"in","name":[{"family":"Inside"}]}]}"##,
    r#"{"resourceType":"Patient","id":"q","gender":"male"}"#,
    r#"{"resourceType":"Organization","id":"o","name":"Hope Street",
      "partOf":{"reference":"http://127.0.0.1/fhir/Organization/p"}}"#,
    r#"{"resourceType":"Organization","id":"p","name":"Hope Group",
      "partOf":{"identifier":{"value":"x"}}}"#,
    r#"{"resourceType":"Practitioner","id":"d","name":[{"family":"Wong"}]}"#,
    r#"{"resourceType":"Observation","id":"x","status":"final","code":{"text":"K"},
      "subject":{"reference":"Patient/p"},"valueQuantity":{"value":4.50,"unit":"mmol/L"},
      "performer":[{"reference":"https://other.test/Practitioner/d"}]}"#,
    r#"{"resourceType":"Observation","id":"y","status":"final","code":{"text":"Na"},
      "subject":{"reference":"Patient/p"},"valueString":"\"high\" é"}"#,
    r#"{"resourceType":"Bundle","id":"b","type":"collection","entry":[
      {"resource":{"resourceType":"Patient","id":"e","gender":"other"}},
      {"resource":{"resourceType":"Device","id":"f","status":"active"}}]}"#,
];

pub(crate) struct Store {
    trees: Vec<Arc<Tree>>,
}

/// An answer, and what was asked for in each round.
pub(crate) struct Told {
    pub(crate) answer: Value,
    pub(crate) rounds: Vec<Vec<Need>>,
}

impl Told {
    pub(crate) fn messages(&self) -> Vec<String> {
        messages(&self.answer)
    }
}

pub(crate) fn messages(answer: &Value) -> Vec<String> {
    let errors = answer["errors"].as_array().cloned().unwrap_or_default();
    errors.iter().map(|e| e["message"].as_str().unwrap_or_default().to_owned()).collect()
}

pub(crate) fn request(query: &str) -> Request<'_> {
    Request { query, operation_name: None, variables: None, allows_mutations: true, base_url: BASE }
}

/// Runs a query on the resources above.
pub(crate) fn run(query: &str) -> Told {
    try_run(query).unwrap_or_else(|errors| panic!("{query}: {errors:?}"))
}

/// The data that a query gives, without errors.
pub(crate) fn data(query: &str) -> Value {
    let told = run(query);
    assert_eq!(told.messages(), [""; 0], "{query}");
    told.answer["data"].clone()
}

pub(crate) fn try_run(query: &str) -> Result<Told, Vec<GraphqlError>> {
    try_run_with(request(query), None, Limits::default())
}

pub(crate) fn try_run_with(
    request: Request<'_>,
    instance: Option<&str>,
    limits: Limits,
) -> Result<Told, Vec<GraphqlError>> {
    let store = Store::new();
    let instance = instance.map(|key| store.find(key).expect("a resource in scope"));
    let mut run = Execution::start(request, instance, definitions::embedded(), limits)?;
    let mut rounds = Vec::new();
    loop {
        let needs = run.needs();
        if needs.is_empty() {
            break;
        }
        run.answer(needs.iter().map(|need| store.answer(need)).collect());
        rounds.push(needs);
    }
    let text = run.finish();
    let answer = serde_json::from_slice(&text)
        .unwrap_or_else(|error| panic!("{error}: {}", String::from_utf8_lossy(&text)));
    Ok(Told { answer, rounds })
}

impl Store {
    fn new() -> Store {
        let trees = RESOURCES.iter().map(|text| {
            Arc::new(Tree::parse(text.as_bytes()).unwrap_or_else(|error| panic!("{error}: {text}")))
        });
        Store { trees: trees.collect() }
    }

    fn find(&self, key: &str) -> Option<Arc<Tree>> {
        let (of, id) = key.split_once('/')?;
        let found = self
            .trees
            .iter()
            .find(|tree| tree.resource_type() == Some(of) && tree.root().text_of("id") == Some(id));
        found.cloned()
    }

    fn answer(&self, need: &Need) -> Answer {
        match need {
            Need::Read { resource_type, id } | Need::ReadVersion { resource_type, id, .. } => {
                Answer::Resource(self.find(&format!("{resource_type}/{id}")))
            }
            Need::Search(search) => {
                let name = search.resource_type.as_str();
                let all = self.trees.iter().filter(|tree| tree.resource_type() == Some(name));
                let all: Vec<_> = all
                    .filter(|tree| {
                        search.pairs.iter().all(|(name, value)| match name.as_str() {
                            "gender" | "status" => {
                                value.split(',').any(|v| tree.root().text_of(name) == Some(v))
                            }
                            "subject" => {
                                tree.root().at("subject.reference").and_then(fhir::Value::as_str)
                                    == Some(value)
                            }
                            _ => true,
                        })
                    })
                    .cloned()
                    .collect();
                let begin = search.place.as_ref().map_or(0, |at| at.parse().expect("a place"));
                let begin = begin + search.skip;
                let end = (begin + search.count).min(all.len());
                Answer::Found {
                    matches: all.get(begin..end).unwrap_or_default().to_vec(),
                    total: search.wants_total.then_some(all.len() as u64),
                    next: (end < all.len()).then(|| end.to_string()),
                }
            }
            Need::Create { body, .. } | Need::Update { body, .. } => match Tree::parse(body) {
                Ok(tree) if tree.root().text_of("gender") == Some("nonsense") => Answer::Failed {
                    code: fhir::IssueCode::Value,
                    message: "gender is none of its codes".to_owned(),
                },
                Ok(tree) => {
                    Answer::Written { location: format!("{BASE}/made"), resource: Arc::new(tree) }
                }
                Err(error) => panic!("{error}: {}", String::from_utf8_lossy(body)),
            },
            Need::Delete { .. } => Answer::Deleted,
        }
    }
}
