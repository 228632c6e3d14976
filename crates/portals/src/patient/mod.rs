//! A person's own pages: what they are shown of their record, and who looked at it.
//!
//! The words are for everybody: plain, dates in full (`6 August 2018`, `5:30pm`). Spec: NHS service manual.

pub mod download;
pub mod feedback;
pub mod home;
pub mod looks;
pub mod messages;
pub mod online;
pub mod record;
pub mod results;
pub mod sharing;
pub mod tests_explained;
pub mod when;
