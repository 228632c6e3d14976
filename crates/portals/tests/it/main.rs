//! The pages, rendered from fixtures: what they say, and that they are sound HTML.

mod assets;
mod console;
mod fixtures;
mod gallery;
mod markup;
mod record;
mod served;
