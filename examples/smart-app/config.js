// What the app knows before it starts. It trusts this one server: a launch from another is refused, so
// that nobody can have it send a person's code elsewhere.
export const FHIR_BASE = "http://127.0.0.1:8080/fhir";
export const CLIENT_ID = "results-viewer";
export const REDIRECT_URI = new URL("index.html", location.href).href;
// One kind of resource, one category of it, one person.
export const DATA_SCOPE = "patient/Observation.rs?category=laboratory";
