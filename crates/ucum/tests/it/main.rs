//! The crate at its boundary: codes, facts of conversion, what is refused, and properties.

mod codes;
mod facts;
mod properties;
mod ratios;
mod refused;
