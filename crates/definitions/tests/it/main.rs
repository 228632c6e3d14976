//! Tests of the definitions at their boundary; one binary for all.

mod facts;
