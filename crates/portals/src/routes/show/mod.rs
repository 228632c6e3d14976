//! What use cases answer → view models. Pure: a record in, a page out.

pub(super) mod banner;
pub(super) mod frame;
pub(super) mod results;
pub(super) mod rows;
pub(super) mod sections;
pub(super) mod timeline;
pub(super) mod words;
