//! The pages that people read in a browser: the clinician's record and the operations console.
//!
//! Every page is a view model (a plain struct of what is to be shown) and an askama template; it
//! renders without a store, a clock or a network, so each can be tested from a fixture. The look is
//! nhsuk-frontend; the clinical display rules are those of the NHS Common User Interface standards.
//! To add a page: a file in `clinician/` or `console/` with its view model, a template of the same
//! name under `templates/`, and a fixture in `tests/it/fixtures/`.

pub mod apps;
pub mod assets;
pub mod booking;
pub mod clinician;
pub mod components;
pub mod console;
pub mod home;
pub mod layout;
pub mod passkeys;
pub mod patient;
pub mod practice;
pub mod problem;
mod routes;
pub mod sign_in;
pub mod triage;

pub use routes::{Demonstration, PortalOptions, System, router, router_with};
