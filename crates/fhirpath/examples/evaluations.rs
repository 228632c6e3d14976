//! Evaluations a second of expressions of some kinds, on one thread.
//!
//! `cargo run --release -p fhirpath --example evaluations`

use std::hint::black_box;
use std::time::{Duration, Instant};

use fhirpath::{Environment, Expression, Item, TypeOnly};

const OBSERVATION: &str = r#"{"resourceType":"Observation","id":"o1","status":"final",
    "category":[{"coding":[{"system":"http://terminology.hl7.org/CodeSystem/observation-category","code":"vital-signs"}]}],
    "code":{"coding":[{"system":"http://loinc.org","code":"85354-9","display":"Blood pressure panel"}],"text":"Blood pressure"},
    "subject":{"reference":"Patient/p1"},"encounter":{"reference":"Encounter/e1"},
    "effectiveDateTime":"2012-09-17T10:30:00Z","issued":"2012-09-17T10:30:00.000Z",
    "performer":[{"reference":"Practitioner/1"}],
    "component":[
      {"code":{"coding":[{"system":"http://loinc.org","code":"8480-6"}]},"valueQuantity":{"value":107,"unit":"mmHg","system":"http://unitsofmeasure.org","code":"mm[Hg]"}},
      {"code":{"coding":[{"system":"http://loinc.org","code":"8462-4"}]},"valueQuantity":{"value":60,"unit":"mmHg","system":"http://unitsofmeasure.org","code":"mm[Hg]"}}]}"#;

const EXPRESSIONS: [&str; 10] = [
    "Observation.status",
    "Observation.code",
    "Observation.component.code.coding.code",
    "(Observation.value as Quantity) | (Observation.component.value as Quantity)",
    "Observation.subject.where(resolve() is Patient)",
    "Observation.effective",
    "component.where(code.coding.exists(code = '8480-6')).value.value > 100",
    "component.value.ofType(Quantity).all(value > 50 'mm[Hg]'.value)",
    "descendants().count()",
    "dataAbsentReason.empty() or value.empty()",
];

fn main() {
    let definitions = definitions::embedded();
    let tree = fhir::Tree::parse(OBSERVATION.as_bytes()).expect("the example is JSON");
    let only = TypeOnly { definitions };
    let mut environment = Environment::for_search(definitions);
    environment.resolver = Some(&only);
    println!("{:>12}  {:>6}  expression", "a second", "items");
    for text in EXPRESSIONS {
        let expression = Expression::parse(text).expect("the example is FHIRPath");
        let run = || {
            let focus = Item::resource(tree.root(), definitions);
            expression.evaluate(&environment, focus).expect("the example has a value")
        };
        let items = run().len();
        let (mut count, start) = (0_u64, Instant::now());
        while start.elapsed() < Duration::from_millis(300) {
            for _ in 0..100 {
                black_box(run());
            }
            count += 100;
        }
        let rate = count as f64 / start.elapsed().as_secs_f64();
        println!("{rate:>12.0}  {items:>6}  {text}");
    }
    let start = Instant::now();
    let mut parsed = 0_u32;
    for parameter in definitions.parameters() {
        parsed += u32::from(black_box(Expression::parse(parameter.expression)).is_ok());
    }
    let each = start.elapsed() / parsed.max(1);
    println!("{parsed} search parameters parsed, {each:?} each");
}
