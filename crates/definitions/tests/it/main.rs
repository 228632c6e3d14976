//! Tests of the definitions at their boundary; one binary for all.

mod check;
mod custom;
mod examples;
mod facts;
mod package;
mod synthea;
mod xml;
