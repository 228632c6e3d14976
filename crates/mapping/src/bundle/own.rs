//! What only this server makes, and no source may send: what it has noted, decided or been told itself.

use fhir::Value;

/// The beginning of the systems of our own codes.
const OURS: &str = "urn:careloom:";

/// Whether a resource is of a kind that only this server makes: the trail of who looked, an agreement about
/// what people see and who acts for them, a request to its staff.
pub(super) fn is_own(type_name: &str, resource: Value<'_>) -> bool {
    let is_ours = |concept: Value<'_>| {
        let mut systems = concept.all("coding").filter_map(|coding| coding.text_of("system"));
        systems.any(|system| system.starts_with(OURS))
    };
    match type_name {
        "AuditEvent" => true,
        "Consent" => resource.all("category").any(is_ours),
        "Task" => resource.get("code").is_some_and(is_ours),
        _ => false,
    }
}
