//! The pages, rendered from fixtures: what they say, and that they are sound HTML.

mod fixtures;
mod gallery;
