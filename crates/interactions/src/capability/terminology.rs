//! `metadata?mode=terminology`: the code systems that searches know, as TerminologyCapabilities.
//! Spec: <https://hl7.org/fhir/R4/terminologycapabilities.html>.

use fhir::Element;

use super::{object, text};
use crate::app::App;

/// The resource in JSON.
pub fn terminology_capabilities(app: &App, software_version: &str, started: i64) -> Vec<u8> {
    let systems = app.definitions().code_systems().iter().map(|system| {
        let mut members = vec![("uri", text(system.url))];
        if let Some(version) = system.version {
            members.push(("version", Element::Array(vec![object(vec![("code", text(version))])])));
        }
        object(members)
    });
    let statement = object(vec![
        ("resourceType", text("TerminologyCapabilities")),
        ("status", text("active")),
        ("date", text(&fhir::format_instant(started))),
        ("kind", text("instance")),
        ("software", object(vec![("name", text("Careloom")), ("version", text(software_version))])),
        (
            "description",
            text(
                "code systems that :in, :not-in, :above and :below know; no terminology operations",
            ),
        ),
        ("codeSystem", Element::Array(systems.collect())),
    ]);
    statement.to_compact()
}
