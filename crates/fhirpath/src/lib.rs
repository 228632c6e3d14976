//! FHIRPath: expressions over FHIR resources, parsed once and run on the parsed tree.
//!
//! Spec: <http://hl7.org/fhirpath/N1/> and FHIR's additions <https://hl7.org/fhir/R4/fhirpath.html>.
//! What is supported and what differs: `docs/conformance/fhirpath.md`.
//!
//! ```
//! use fhirpath::{Environment, Expression, Item};
//!
//! let definitions = definitions::embedded();
//! let weight = Expression::parse("(Observation.value as Quantity).value > 100")?;
//! let tree = fhir::Tree::parse(br#"{"resourceType":"Observation",
//!     "valueQuantity":{"value":185,"code":"[lb_av]","system":"http://unitsofmeasure.org"}}"#).unwrap();
//! let environment = Environment::new(definitions);
//! let focus = Item::resource(tree.root(), definitions);
//! assert_eq!(weight.evaluate_boolean(&environment, focus)?, Some(true));
//! # Ok::<(), fhirpath::Error>(())
//! ```
//!
//! The crate knows no server: references, terminology, profiles, the clock and the trace come in
//! through [`Environment`]. To add a function, begin at `function.rs`.

mod ast;
mod check;
mod environment;
mod error;
mod evaluate;
mod expression;
mod function;
mod functions;
mod item;
mod lexer;
mod limits;
mod literal;
mod narrative;
mod number;
mod parser;
mod quantity;
mod reference;
mod system;
mod temporal;
mod tree;
mod types;
mod units;

pub use check::{CheckContext, Checked, Kind, OtherTypes, StaticType};
pub use environment::{AsOnMany, Environment, Profiles, Resolver, Target, Terminology, TraceSink};
pub use error::{Error, ErrorKind};
pub use expression::Expression;
pub use item::{Item, Node, NodeKind};
pub use limits::Limits;
pub use quantity::{CalendarUnit, Quantity, Unit};
pub use reference::TypeOnly;
pub use rust_decimal::Decimal;
pub use system::{System, SystemType, Text, TypeInfo};
pub use temporal::{Date, DateTime, Precision, Time};
