//! Questions to a disposition: question sets as data, a replayable engine, a checker, a directory of services.
//!
//! ```
//! use triage::{Age, Library, Person, Sex, Step};
//!
//! let library = Library::embedded().expect("the demonstrator is sound");
//! let person = Person { age: Age::of_months(30 * 12), sex: Sex::Female };
//! let mut session = library.begin("sore-throat", person);
//! // "None of these" to every emergency question, and "no" or the like from there on.
//! let outcome = loop {
//!     match library.next(&session) {
//!         Step::Ask(asking) => {
//!             let last = asking.question.answers.iter().rfind(|a| a.id != "unsure").unwrap();
//!             session = library.answer(&session, &asking.question.id, &last.id).unwrap();
//!         }
//!         Step::Done(outcome) => break outcome,
//!     }
//! };
//! assert_eq!(outcome.disposition.code, "Dx38");
//! // The same answers give the same outcome, now and in ten years.
//! assert_eq!(library.replay(&session), Step::Done(outcome));
//! ```
//!
//! Nothing here is clinically assured: the sets are a demonstrator (`docs/triage.md`).
//! Everything is a value; time, storage and pages are the caller's. What can go wrong ends in
//! "call 111", or in "call 999" where a red flag was raised.
//!
//! To add a topic see [`library`]; a disposition, [`disposition`]; a proof, [`check`].

pub mod check;
pub mod directory;
pub mod disposition;
pub mod engine;
pub mod library;
pub mod resource;
pub mod set;

pub use disposition::{Disposition, Dispositions, Level, directory_code};
pub use engine::{Asking, Cause, Change, Failure, Given, Outcome, Refused, Session, Step, Told};
pub use library::{FileProblems, Library};
pub use set::{Age, Person, Sex, Topic};
