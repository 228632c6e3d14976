//! Patches against the public cases of FHIR and the tables of ours.

mod fhirpath;
mod json;
mod resource;
mod suite;
mod xml;
mod xml_canonical;
