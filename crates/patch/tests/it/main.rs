//! Patches against the public cases of FHIR and the tables of ours.

mod json;
mod resource;
mod suite;
mod xml;
mod xml_canonical;
