//! GraphQL over FHIR resources: queries are read, checked against the definitions, and run.
//! Spec: <https://hl7.org/fhir/R4/graphql.html>, <https://spec.graphql.org/October2021/>.
//!
//! Nothing here reads a store. An [`Execution`] says in rounds what it needs, all references of a
//! round together, and goes on with the answers:
//!
//! ```
//! use graphql::{Answer, Execution, Limits, Need, Request};
//! let request = Request {
//!     query: r#"{ Patient(id: "p") { birthDate } }"#,
//!     operation_name: None,
//!     variables: None,
//!     allows_mutations: false,
//!     base_url: "http://127.0.0.1/fhir",
//! };
//! let definitions = definitions::embedded();
//! let mut run = Execution::start(request, None, definitions, Limits::default()).unwrap();
//! while let [Need::Read { .. }] = run.needs()[..] {
//!     let text = r#"{"resourceType":"Patient","id":"p","birthDate":"1970-01-01"}"#;
//!     let tree = fhir::Tree::parse(text.as_bytes()).unwrap();
//!     run.answer(vec![Answer::Resource(Some(tree.into()))]);
//! }
//! assert_eq!(run.finish(), br#"{"data":{"Patient":{"birthDate":"1970-01-01"}}}"#);
//! ```
//!
//! To add a field, see `schema`; an argument or directive, `validate` and `execute`.

mod cursor;
mod document;
mod error;
mod execute;
mod introspect;
mod limits;
mod need;
mod output;
mod parse;
mod paths;
mod schema;
mod validate;
mod variables;

pub use error::{GraphqlError, PathStep, Position, refused};
pub use execute::{Execution, Request};
pub use limits::Limits;
pub use need::{Answer, Need, SearchNeed};
