//! Endpoint: a practice's letter box, which says whether it takes messages and what people are told.
//!
//! Everybody who has signed in may read Endpoints, which suits: all of it is told to people.
//! Spec: <https://hl7.org/fhir/R4/endpoint.html>.

use fhir::{Element, ResourceId, ResourceType, Tree, Value, VersionId};
use store::Stored;

use super::letter::{extension, object};
use super::post::id_of;
use crate::linking::CARELOOM_SYSTEM;

/// The type of letter boxes.
pub(super) const ENDPOINT: ResourceType = ResourceType::from_static("Endpoint");
/// The code of the kind of connection.
const CONNECTION: &str = "practice-messages";
/// The extension with what the practice tells people.
const RULES: &str = "urn:careloom:messages:rules";
/// Where messages go: into this store.
const ADDRESS: &str = "urn:careloom:messages";

/// What a practice has decided about messages.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct BoxRules {
    /// Whether people may begin to write; what was begun is answered in any case.
    pub is_on: bool,
    /// Within how many working days the practice usually answers, as it says itself; none where it does not
    /// say.
    pub usual_days: Option<u8>,
    /// While it takes no messages: why.
    pub off_reason: String,
    /// While it takes no messages: what to do instead.
    pub instead: String,
    /// Its phone number; may be empty.
    pub phone: String,
}

/// A practice's letter box.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct LetterBox {
    /// The Endpoint.
    pub id: ResourceId,
    /// What the practice is called.
    pub name: String,
    /// Its Organization, where that is known.
    pub organisation: Option<String>,
    /// `meta.source` of what its own system sends.
    pub source: String,
    /// What it has decided.
    pub rules: BoxRules,
    pub(super) version: Option<VersionId>,
}

impl LetterBox {
    /// The letter box of the practice whose own system this is; not written yet.
    pub(super) fn new(source: &str, name: &str, organisation: Option<String>) -> LetterBox {
        LetterBox {
            id: id_of("letter-box", &[source]),
            name: name.to_owned(),
            organisation,
            source: source.to_owned(),
            rules: BoxRules::default(),
            version: None,
        }
    }

    /// By what they are searched for.
    pub(super) fn connection_type() -> String {
        format!("{CARELOOM_SYSTEM}|{CONNECTION}")
    }

    /// Reads a stored letter box; none where it is no letter box.
    pub(super) fn read(stored: &Stored) -> Option<LetterBox> {
        let tree = Tree::parse(stored.body.as_deref()?).ok()?;
        let root = tree.root();
        let text = |path: &str| root.at(path).and_then(Value::as_str).unwrap_or("").to_owned();
        let is_box = text("connectionType.system") == CARELOOM_SYSTEM
            && text("connectionType.code") == CONNECTION;
        let source = text("meta.source");
        if !is_box || source.is_empty() {
            return None;
        }
        let rules = extension(root, RULES);
        let said = |url: &str| {
            let words = rules.and_then(|rules| extension(rules, url)?.text_of("valueString"));
            words.unwrap_or("").to_owned()
        };
        let days = rules.and_then(|rules| extension(rules, "usual-days")?.get("valuePositiveInt"));
        let organisation = text("managingOrganization.reference");
        Some(LetterBox {
            id: stored.key.id.clone(),
            name: Some(text("name"))
                .filter(|name| !name.is_empty())
                .unwrap_or_else(|| "Your GP surgery".to_owned()),
            organisation: Some(organisation).filter(|to| to.starts_with("Organization/")),
            source,
            rules: BoxRules {
                is_on: text("status") == "active",
                usual_days: days.and_then(|days| days.raw().parse().ok()),
                off_reason: said("off-reason"),
                instead: said("instead"),
                phone: text("contact[0].value"),
            },
            version: Some(stored.version),
        })
    }

    /// As it is written.
    pub(super) fn element(&self) -> Element {
        let rules = &self.rules;
        let mut parts = Vec::new();
        if let Some(days) = rules.usual_days {
            let days = Element::Number(days.to_string().into());
            parts
                .push(object([("url", Element::string("usual-days")), ("valuePositiveInt", days)]));
        }
        for (url, words) in [("off-reason", &rules.off_reason), ("instead", &rules.instead)] {
            if !words.is_empty() {
                let words = Element::string(words.as_str());
                parts.push(object([("url", Element::string(url)), ("valueString", words)]));
            }
        }
        let mut out = Element::object();
        out.set("resourceType", Element::string("Endpoint"));
        out.set("id", Element::string(self.id.as_str()));
        out.set("meta", object([("source", Element::string(self.source.as_str()))]));
        if !parts.is_empty() {
            let all =
                object([("url", Element::string(RULES)), ("extension", Element::Array(parts))]);
            out.set("extension", Element::Array(vec![all]));
        }
        let status = if rules.is_on { "active" } else { "suspended" };
        out.set("status", Element::string(status));
        let connection = object([
            ("system", Element::string(CARELOOM_SYSTEM)),
            ("code", Element::string(CONNECTION)),
        ]);
        out.set("connectionType", connection);
        out.set("name", Element::string(self.name.as_str()));
        let mut practice = object([("display", Element::string(self.name.as_str()))]);
        if let Some(organisation) = &self.organisation {
            practice.set("reference", Element::string(organisation.as_str()));
        }
        out.set("managingOrganization", practice);
        if !rules.phone.is_empty() {
            let phone = object([
                ("system", Element::string("phone")),
                ("value", Element::string(rules.phone.as_str())),
            ]);
            out.set("contact", Element::Array(vec![phone]));
        }
        let plain = object([("text", Element::string("plain text"))]);
        out.set("payloadType", Element::Array(vec![plain]));
        out.set("address", Element::string(ADDRESS));
        out
    }
}
