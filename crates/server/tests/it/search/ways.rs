//! Each way to find over HTTP, by URL and by form: modifiers, prefixes, composites, places, words,
//! lists, chains, filters, types. What each means in detail is tested in the `search` crate.
//! Spec: <https://hl7.org/fhir/R4/search.html>.

use super::ids;
use crate::setup::Server;

const FORM: [(&str, &str); 1] = [("content-type", "application/x-www-form-urlencoded")];

const RESOURCES: &[(&str, &str)] = &[
    (
        "Organization/o",
        r#""name":"Hope Street","identifier":[{"system":"urn:ods","value":"Y00001"}]"#,
    ),
    ("Organization/ward", r#""name":"Ward 7","partOf":{"reference":"Organization/o"}"#),
    (
        "Patient/a",
        r#""identifier":[{"type":{"coding":[{"system":"http://terminology.hl7.org/CodeSystem/v2-0203","code":"MR"}]},"system":"urn:s","value":"1"}],"name":[{"family":"Shah","given":["Amina"]}],"gender":"female","birthDate":"1958-02-14","maritalStatus":{"text":"widowed"},"managingOrganization":{"reference":"Organization/o"},"text":{"status":"generated","div":"<div xmlns=\"http://www.w3.org/1999/xhtml\">likes quiet gardens</div>"}"#,
    ),
    (
        "Patient/b",
        r#""identifier":[{"system":"urn:s","value":"2"}],"name":[{"family":"Shahid","given":["Bo"]}],"gender":"male","birthDate":"1958-11","generalPractitioner":[{"identifier":{"system":"urn:gp","value":"9"}}]"#,
    ),
    ("Patient/c", r#""name":[{"family":"Wójcik"}],"birthDate":"1990-05-05""#),
    (
        "Observation/x",
        r#""status":"final","code":{"coding":[{"system":"http://loinc.org","code":"8480-6"}],"text":"Systolic"},"subject":{"reference":"Patient/a"},"effectiveDateTime":"2026-01-10","valueQuantity":{"value":142,"system":"http://unitsofmeasure.org","code":"mm[Hg]"}"#,
    ),
    (
        "Observation/y",
        r#""status":"final","code":{"coding":[{"system":"http://loinc.org","code":"8480-6"}]},"subject":{"reference":"Patient/b"},"effectiveDateTime":"2026-02-10","valueQuantity":{"value":118,"system":"http://unitsofmeasure.org","code":"mm[Hg]"}"#,
    ),
    (
        "Observation/z",
        r#""status":"preliminary","code":{"coding":[{"system":"http://loinc.org","code":"29463-7"}]},"subject":{"reference":"Patient/a"},"effectiveDateTime":"2026-02-11","valueQuantity":{"value":142,"system":"http://unitsofmeasure.org","code":"kg"}"#,
    ),
    ("Location/near", r#""position":{"latitude":51.501,"longitude":-0.142}"#),
    ("Location/far", r#""position":{"latitude":53.96,"longitude":-1.08}"#),
    (
        "List/l",
        r#""status":"current","mode":"working","entry":[{"item":{"reference":"Patient/a"}},{"item":{"reference":"Patient/c"}},{"item":{"reference":"Observation/z"}}]"#,
    ),
    (
        "ValueSet/adults",
        r#""status":"active","url":"http://sets.test/m","compose":{"include":[{"system":"http://hl7.org/fhir/administrative-gender","concept":[{"code":"male"}]}]}"#,
    ),
    ("Questionnaire/q", r#""status":"active","url":"http://forms.test/a/b""#),
];

/// A search, and the ids of what it finds.
const FOUND: &[(&str, &str)] = &[
    // Modifiers.
    ("Patient?family=shah", "a b"),
    ("Patient?family:exact=Shah", "a"),
    ("Patient?family:exact=shah", ""),
    ("Patient?family:contains=OJC", "c"),
    ("Patient?gender:missing=true", "c"),
    ("Patient?gender:missing=false", "a b"),
    ("Patient?gender:not=female", "b c"),
    ("Patient?gender:not=female,male", "c"),
    ("Patient?gender:in=http://hl7.org/fhir/ValueSet/administrative-gender", "a b"),
    ("Patient?gender:not-in=http://hl7.org/fhir/ValueSet/administrative-gender", "c"),
    ("Patient?identifier:of-type=http://terminology.hl7.org/CodeSystem/v2-0203|MR|1", "a"),
    ("Patient?identifier:of-type=http://terminology.hl7.org/CodeSystem/v2-0203|MR|2", ""),
    ("Patient?general-practitioner:identifier=urn:gp|9", "b"),
    ("Patient?general-practitioner:identifier=urn:gp|8", ""),
    ("Observation?code:text=syst", "x"),
    ("Observation?subject:Patient=a", "x z"),
    ("Observation?subject:Group=a", ""),
    ("Questionnaire?url:below=http://forms.test/a", "q"),
    ("Questionnaire?url:below=http://forms.test/b", ""),
    ("Questionnaire?url:above=http://forms.test/a/b/c", "q"),
    ("Organization?partof:below=Organization/o", "ward"),
    // Prefixes.
    ("Patient?birthdate=1958", "a b"),
    ("Patient?birthdate=ne1958", "c"),
    ("Patient?birthdate=lt1958-06", "a"),
    ("Patient?birthdate=sa1958-11-30", "c"),
    ("Patient?birthdate=ge1958-11&birthdate=le1958-12", "b"),
    ("Observation?value-quantity=gt120", "x z"),
    ("Observation?value-quantity=ap143|http://unitsofmeasure.org|mm[Hg]", "x"),
    // Composites.
    ("Observation?code-value-quantity=http://loinc.org|8480-6$gt120", "x"),
    ("Observation?code-value-quantity=http://loinc.org|8480-6$142,29463-7$142", "x z"),
    ("Observation?code-value-date=8480-6$2026", ""),
    // Places.
    ("Location?near=51.5|-0.14", "near"),
    ("Location?near=51.5|-0.14|300|km", "far near"),
    ("Location?near=51.5|-0.14|1|m", ""),
    // Words.
    ("Patient?_text=gardens", "a"),
    ("Patient?_text=gardens AND noisy", ""),
    ("Patient?_text=gard*", "a"),
    ("Patient?_content=\"quiet gardens\"", "a"),
    ("Patient?_content=wojcik OR amina", "a c"),
    // Lists.
    ("Patient?_list=l", "a c"),
    ("Patient?_list=l&gender=female", "a"),
    ("Observation?_list=l", "z"),
    ("Patient?_list=none", ""),
    // Chains, forwards and backwards.
    ("Observation?subject:Patient.family=shahid", "y"),
    ("Observation?patient.organization.name=hope", "x z"),
    ("Patient?organization.identifier=urn:ods|Y00001", "a"),
    ("Patient?_has:Observation:patient:code=8480-6", "a b"),
    ("Patient?_has:Observation:patient:value-quantity=gt120", "a"),
    ("Organization?_has:Patient:organization:_has:Observation:patient:code=29463-7", "o"),
    ("Patient?_has:Observation:subject:status=cancelled", ""),
    // Filters.
    ("Patient?_filter=family eq \"Shah\"", "a"),
    ("Patient?_filter=family sw \"shah\" and birthdate lt 1958-06", "a"),
    ("Patient?_filter=gender eq male or not (birthdate lt 1980)", "b c"),
    ("Patient?_filter=gender pr false", "c"),
    ("Observation?_filter=patient.family eq \"Shahid\"", "y"),
    ("Patient?_filter=_has:Observation:patient.code eq 29463-7", "a"),
    // Types, and what all share.
    ("?_type=Patient,Location&_id=a,near", "a near"),
    ("?_type=Organization,Patient&_content=hope", "o"),
    ("?_type=Patient,Observation&_filter=_id eq a or _id eq x", "a x"),
    ("Patient?_id=a&_id=b", ""),
    ("Patient?_id:not=a", "b c"),
    ("Patient?_lastUpdated=gt2026-02-28&_sort=-_id", "a b c"),
];

/// A search that is refused, the expression of the issue, and a part of what it says.
const REFUSED: &[(&str, &str, &str)] = &[
    ("Patient?family:fuzzy=x", "family:fuzzy", ":contains"),
    ("Patient?birthdate:exact=1958", "birthdate:exact", ":missing"),
    ("Patient?gender:missing=perhaps", "gender:missing", "true or false"),
    ("Patient?gender:in=http://sets.test/none", "gender:in", "names no value set"),
    ("Patient?identifier:of-type=MR|1", "identifier:of-type", "system|code|value"),
    ("Observation?subject:Practitioner=a", "subject:Practitioner", "does not refer to"),
    ("Patient?birthdate=ge", "birthdate", "YYYY-MM-DD"),
    ("Patient?birthdate=1958-13", "birthdate", "no date"),
    ("Observation?value-quantity=gt5|mg", "value-quantity", "number|system|code"),
    ("Observation?code-value-quantity=8480-6", "code-value-quantity", "code $ value-quantity"),
    ("Observation?code-value-quantity=8480-6$gtx", "code-value-quantity", "no number"),
    ("Location?near=51.5", "near", "latitude|longitude"),
    ("Location?near=91|0", "near", "from -90 to 90"),
    ("Location?near=51|0|1|kg", "near", "no length"),
    ("Patient?_text=(a", "_text", "( without its )"),
    ("Patient?_content=NOT a", "_content", "begins with NOT"),
    ("Patient?_list=$current-problems", "_list", "id of a List"),
    ("Observation?subject:Patient.nam=x", "subject:Patient.nam", "did you mean name?"),
    ("Patient?family.name=x", "family.name", "string parameter"),
    ("Patient?_has=x", "_has", "_has:Type:reference:parameter"),
    ("Patient?_has:Observation:code:code=x", "_has:Observation:code:code", "token"),
    (
        "Patient?_has:Observation:patient:cod=x",
        "_has:Observation:patient:cod",
        "did you mean code?",
    ),
    ("Patient?_filter=family", "_filter", "at byte 6"),
    ("Patient?_filter=family xx a", "_filter", "at byte 7"),
    ("Patient?_filter=(family eq a", "_filter", "lacks )"),
    ("Patient?_filter=famly eq a", "_filter", "did you mean family?"),
    ("?_type=Patient,Patent&_id=a", "_type", "Patient"),
    ("?_type=Patient,Location&family=x", "family", "no search parameter"),
    ("Patient?gender=", "gender", "no value"),
    ("Patient?name=a,,b", "name", "value 2 is empty"),
];

/// The path of a search with what cannot stand in a URL escaped.
fn escaped(search: &str) -> String {
    let mut path = String::from("/");
    for c in search.chars() {
        match c {
            ' ' => path.push_str("%20"),
            '"' => path.push_str("%22"),
            '[' => path.push_str("%5B"),
            ']' => path.push_str("%5D"),
            c => path.push(c),
        }
    }
    path
}

async fn filled() -> Server {
    let server = Server::start();
    for (key, members) in RESOURCES {
        let (type_name, id) = key.split_once('/').unwrap();
        let body = format!(r#"{{"resourceType":"{type_name}","id":"{id}",{members}}}"#);
        server.put(&format!("/{key}"), &body).await;
    }
    server
}

fn sorted(ids: &str) -> String {
    let mut ids: Vec<&str> = ids.split(' ').collect();
    ids.sort_unstable();
    ids.join(" ")
}

#[tokio::test]
async fn by_url_and_by_form() {
    let server = filled().await;
    for (search, expected) in FOUND {
        let path = escaped(search);
        let (at, query) = path.split_once('?').unwrap();
        let form = format!("{}/_search", at.trim_end_matches('/'));
        for answer in [server.get(&path).await, server.call("POST", &form, &FORM, query).await] {
            assert_eq!(answer.status, 200, "{search}: {}", answer.text);
            assert_eq!(sorted(&ids(&answer.json())), *expected, "{search}: {}", answer.text);
        }
    }
}

#[tokio::test]
async fn what_cannot_be_asked() {
    let server = filled().await;
    for (search, expression, message) in REFUSED {
        let path = escaped(search);
        let (at, query) = path.split_once('?').unwrap();
        let form = format!("{}/_search", at.trim_end_matches('/'));
        for answer in [server.get(&path).await, server.call("POST", &form, &FORM, query).await] {
            assert_eq!(answer.status, 400, "{search}: {}", answer.text);
            assert_eq!(answer.issue().1, *expression, "{search}");
            let told = answer.json()["issue"][0]["diagnostics"].as_str().unwrap().to_owned();
            assert!(told.contains(message), "{search}: {told}");
        }
    }
}
