//! The CapabilityStatement, made from what is really served.
//! Spec: <https://hl7.org/fhir/R4/capabilitystatement.html>.

mod parameters;
mod terminology;

use fhir::{Element, ResourceType};

use crate::app::App;
use crate::operation::{OPERATIONS, Operation, OperationLevel};

pub use terminology::terminology_capabilities;

/// An interaction that is served, as the edge's table of routes has it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Claim {
    /// Its code in the words of the specification (`read`), or an operation's name (`$everything`).
    pub code: &'static str,
    /// Where it works.
    pub level: ClaimLevel,
    /// What it does.
    pub summary: &'static str,
    /// The test that shows it, as `file#function`.
    pub test: &'static str,
    /// The headers and query parameters that shape it.
    pub parameters: Vec<&'static str>,
    /// The media types that it takes, where they are its own.
    pub takes: Vec<&'static str>,
    /// Its statuses of success.
    pub answers: Vec<u16>,
}

/// What the table of routes has of a code at a level.
struct Served<'c>(Vec<&'c Claim>);

impl<'c> Served<'c> {
    fn of(claims: &'c [Claim], code: &str, level: ClaimLevel) -> Served<'c> {
        Served(claims.iter().filter(|claim| claim.code == code && claim.level == level).collect())
    }

    fn is_any(&self) -> bool {
        !self.0.is_empty()
    }

    fn by(&self, parameter: &str) -> bool {
        self.0.iter().any(|claim| claim.parameters.contains(&parameter))
    }

    fn answers(&self, status: u16) -> bool {
        self.0.iter().any(|claim| claim.answers.contains(&status))
    }
}

/// Where an interaction works.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ClaimLevel {
    /// The whole system.
    System,
    /// A resource type.
    Type,
    /// One resource.
    Instance,
}

/// The codes that a statement may list for a type.
const TYPE_CODES: [&str; 9] = [
    "read",
    "vread",
    "update",
    "patch",
    "delete",
    "history-instance",
    "history-type",
    "create",
    "search-type",
];

/// The codes that a statement may list for the system.
const SYSTEM_CODES: [&str; 4] = ["transaction", "batch", "search-system", "history-system"];

/// The claims of these codes, each code once, with what shows it.
fn claimed(claims: &[Claim], codes: &[&str], of_system: bool) -> Element {
    let mut listed: Vec<Element> = Vec::new();
    for code in codes {
        // One address takes both kinds of Bundle.
        let registered = if *code == "batch" { "transaction" } else { *code };
        let is_here = |claim: &&Claim| {
            claim.code == registered && (claim.level == ClaimLevel::System) == of_system
        };
        let ways: Vec<&Claim> = claims.iter().filter(is_here).collect();
        if ways.is_empty() {
            continue;
        }
        let shown: Vec<String> =
            ways.iter().map(|way| format!("{} (shown by {}).", way.summary, way.test)).collect();
        listed.push(object(vec![("code", text(code)), ("documentation", text(&shown.join(" ")))]));
    }
    Element::Array(listed)
}

/// What a patch may be sent as, each once.
fn patch_formats(claims: &[Claim]) -> Element {
    let mut formats: Vec<&str> = Vec::new();
    for claim in claims.iter().filter(|claim| claim.code == "patch") {
        for format in &claim.takes {
            if !formats.contains(format) {
                formats.push(format);
            }
        }
    }
    Element::Array(formats.into_iter().map(text).collect())
}

fn text(value: &str) -> Element {
    Element::string(value)
}

fn object(members: Vec<(&str, Element)>) -> Element {
    Element::Object(members.into_iter().map(|(name, value)| (name.into(), value)).collect())
}

/// The statement in JSON, as of `started` (microseconds since 1970), which is when it came into force.
pub fn capability_statement(
    app: &App,
    software_version: &str,
    started: i64,
    claims: &[Claim],
    takes_tokens: bool,
) -> Vec<u8> {
    let date = fhir::format_instant(started);
    let resources =
        app.definitions().resource_types().iter().map(|t| resource(app, *t, claims)).collect();
    let mut rest = vec![("mode", text("server"))];
    if takes_tokens {
        rest.push(("security", security(app)));
    }
    rest.extend([
        ("resource", Element::Array(resources)),
        ("interaction", claimed(claims, &SYSTEM_CODES, true)),
        ("searchParam", parameters::of_system(app.definitions())),
    ]);
    let of_system = operations(app, |each| each.levels.contains(&OperationLevel::System));
    if !of_system.is_empty() {
        rest.push(("operation", Element::Array(of_system)));
    }
    let compartments = app.definitions().compartments().iter().map(|each| text(each.url));
    rest.push(("compartment", Element::Array(compartments.collect())));
    let rest = object(rest);
    let statement = object(vec![
        ("resourceType", text("CapabilityStatement")),
        ("status", text("active")),
        ("date", text(&date)),
        ("kind", text("instance")),
        ("software", object(vec![("name", text("Careloom")), ("version", text(software_version))])),
        (
            "implementation",
            object(vec![
                ("description", text("Careloom: the joined record of a health and care area")),
                ("url", text(&app.options.base_url)),
            ]),
        ),
        ("fhirVersion", text("4.0.1")),
        (
            "format",
            Element::Array(vec![text("application/fhir+json"), text("application/fhir+xml")]),
        ),
        ("patchFormat", patch_formats(claims)),
        ("rest", Element::Array(vec![rest])),
    ]);
    statement.to_compact()
}

/// How to get a token (SMART App Launch 2.2, "oauth-uris").
fn security(app: &App) -> Element {
    let addresses = app.addresses();
    let uri = |url: &str, endpoint: &str| {
        object(vec![("url", text(url)), ("valueUri", text(&addresses.endpoint(endpoint)))])
    };
    let uris = vec![
        uri("authorize", "authorize"),
        uri("token", "token"),
        uri("introspect", "introspect"),
        uri("revoke", "revoke"),
    ];
    let extension = object(vec![
        ("extension", Element::Array(uris)),
        ("url", text("http://fhir-registry.smarthealthit.org/StructureDefinition/oauth-uris")),
    ]);
    let coding = object(vec![
        ("system", text("http://terminology.hl7.org/CodeSystem/restful-security-service")),
        ("code", text("SMART-on-FHIR")),
    ]);
    let service = object(vec![("coding", Element::Array(vec![coding]))]);
    object(vec![
        ("extension", Element::Array(vec![extension])),
        ("cors", Element::Bool(true)),
        ("service", Element::Array(vec![service])),
    ])
}

/// The operations of the table that are served somewhere, with what defines them.
fn operations(app: &App, is_here: impl Fn(&Operation) -> bool) -> Vec<Element> {
    let served = OPERATIONS.iter().filter(|each| is_here(each));
    served
        .map(|each| {
            let documentation = format!("{} (shown by {}).", each.doc, each.test);
            object(vec![
                ("name", text(each.name())),
                ("definition", text(&each.url(&app.options.base_url))),
                ("documentation", text(&documentation)),
            ])
        })
        .collect()
}

fn resource(app: &App, resource_type: ResourceType, claims: &[Claim]) -> Element {
    let definitions = app.definitions();
    let mut members = vec![
        ("type", text(resource_type.as_str())),
        ("profile", text(&format!("http://hl7.org/fhir/StructureDefinition/{resource_type}"))),
        ("interaction", claimed(claims, &TYPE_CODES, false)),
    ];
    members.extend(abilities(app, claims));
    for (name, listed) in [
        ("searchInclude", parameters::includes(definitions, resource_type)),
        ("searchRevInclude", parameters::reverse_includes(definitions, resource_type)),
    ] {
        if !listed.is_empty() {
            members.push((name, Element::Array(listed)));
        }
    }
    members.push(("searchParam", parameters::of_type(definitions, resource_type)));
    let below_system =
        |each: &Operation| each.levels.iter().any(|at| *at != OperationLevel::System);
    let here = operations(app, |each| each.takes(resource_type) && below_system(each));
    if !here.is_empty() {
        members.push(("operation", Element::Array(here)));
    }
    object(members)
}

/// What a type can do with versions and conditions, by what is served.
fn abilities(app: &App, claims: &[Claim]) -> Vec<(&'static str, Element)> {
    let at = |code, level| Served::of(claims, code, level);
    let read = at("read", ClaimLevel::Instance);
    let update = at("update", ClaimLevel::Instance);
    let has_versions = at("vread", ClaimLevel::Instance).is_any();
    let versioning = match (has_versions, update.by("If-Match")) {
        (true, true) => "versioned-update",
        (true, false) => "versioned",
        (false, _) => "no-version",
    };
    let reads = match (read.by("If-Modified-Since"), read.by("If-None-Match")) {
        (true, true) => "full-support",
        (true, false) => "modified-since",
        (false, true) => "not-match",
        (false, false) => "not-supported",
    };
    let deletes =
        match (at("delete", ClaimLevel::Type).is_any(), app.options.conditional_delete_max) {
            (false, _) => "not-supported",
            (true, 0 | 1) => "single",
            (true, _) => "multiple",
        };
    let creates_where = at("create", ClaimLevel::Type).by("If-None-Exist");
    vec![
        ("versioning", text(versioning)),
        ("readHistory", Element::Bool(has_versions)),
        ("updateCreate", Element::Bool(update.answers(201))),
        ("conditionalCreate", Element::Bool(creates_where)),
        ("conditionalRead", text(reads)),
        ("conditionalUpdate", Element::Bool(at("update", ClaimLevel::Type).is_any())),
        ("conditionalDelete", text(deletes)),
        // A reference is kept as it was sent, and one to this server is followed however it is written.
        ("referencePolicy", Element::Array(vec![text("literal"), text("local")])),
    ]
}
