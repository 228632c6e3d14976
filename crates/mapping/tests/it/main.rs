//! The crate as its users see it: messages, rows and Bundles in; resources with lineage out.

mod samples;
