//! The pages of a practice: results to look at, messages, and what people see of their record online.
//! To add a page: its view model here, a template under `templates/practice/`, its handler in `routes/`.

pub mod access;
pub mod messages;
pub mod reviews;
