//! Communication: one message, and for the first of a thread the state of the thread.
//! Spec: <https://hl7.org/fhir/R4/communication.html>.

use access::Role;
use fhir::{Element, ResourceId, ResourceType, Tree, Value, VersionId};
use store::Stored;

use super::rules::Subject;
use crate::linking::CARELOOM_SYSTEM;

/// The type of messages.
pub(super) const COMMUNICATION: ResourceType = ResourceType::from_static("Communication");
/// The category of every message of this kind.
pub(super) const CATEGORY: &str = "practice-message";
/// The category of what the person, or who acts for them, has written.
pub(super) const FROM_PERSON: &str = "message-from-person";
/// The category of what the practice has written.
pub(super) const FROM_PRACTICE: &str = "message-from-practice";
/// The extension of a thread's first message that says how the thread stands.
const STATE: &str = "urn:careloom:messages:state";
/// The extension of a message whose writer was told what to do in an emergency before they sent it.
const TOLD: &str = "urn:careloom:messages:told-of-emergencies";
/// The system of people's ids where nobody's record is meant.
const PERSON_SYSTEM: &str = "urn:careloom:person";
/// The system of roles that a thread is handed to.
const ROLE_SYSTEM: &str = "urn:careloom:role";

/// Who has to act next.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Waits {
    /// The practice.
    ForPractice,
    /// The person.
    ForPerson,
}

impl Waits {
    fn as_str(self) -> &'static str {
        match self {
            Waits::ForPractice => "practice",
            Waits::ForPerson => "person",
        }
    }
}

/// With whom of the practice a thread is.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Handed {
    /// Everybody of a role.
    Role(Role),
    /// One member of staff.
    Colleague {
        /// Their Practitioner.
        practitioner: ResourceId,
        /// Their name.
        name: String,
    },
}

impl Handed {
    /// What to call them.
    pub fn words(&self) -> &str {
        match self {
            Handed::Role(Role::Clinician) => "Doctors and nurses",
            Handed::Role(Role::Pharmacist) => "Pharmacists",
            Handed::Role(Role::Receptionist) => "Reception",
            Handed::Role(Role::PracticeManager) => "The practice manager",
            Handed::Role(role) => role.card().words,
            Handed::Colleague { name, .. } => name,
        }
    }

    fn element(&self) -> Element {
        match self {
            Handed::Role(role) => logical(ROLE_SYSTEM, role.as_str(), self.words()),
            Handed::Colleague { practitioner, name } => {
                reference(&format!("Practitioner/{practitioner}"), name)
            }
        }
    }
}

/// Who wrote a message.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Sender {
    /// A person: the one whom it is about, or who acts for them. By Person, since a Patient who stood here
    /// would make it a part of that Patient's record.
    Person {
        /// Their Person.
        person: ResourceId,
        /// Their name.
        name: String,
    },
    /// A member of staff.
    Staff {
        /// Their Practitioner.
        practitioner: ResourceId,
        /// Their name.
        name: String,
    },
}

impl Sender {
    /// Their name.
    pub(super) fn name(&self) -> &str {
        match self {
            Sender::Person { name, .. } | Sender::Staff { name, .. } => name,
        }
    }

    /// Whether it is somebody of the practice.
    pub(super) fn is_staff(&self) -> bool {
        matches!(self, Sender::Staff { .. })
    }
}

/// A message as it is kept.
#[derive(Clone, Debug)]
pub(super) struct Letter {
    pub(super) id: ResourceId,
    pub(super) version: VersionId,
    /// `meta.source`: whose system the practice's is.
    pub(super) source: String,
    /// The first message of the thread; none where it is this one.
    pub(super) thread: Option<ResourceId>,
    pub(super) patient: ResourceId,
    pub(super) sender: Sender,
    pub(super) practice: String,
    pub(super) subject: Subject,
    pub(super) text: String,
    /// When: a FHIR instant.
    pub(super) sent: String,
    /// When the other side has read it.
    pub(super) read: Option<String>,
    pub(super) told: bool,
    pub(super) is_open: bool,
    pub(super) handed: Option<Handed>,
    /// When the last message of the thread was sent.
    pub(super) last: String,
    pub(super) waits: Waits,
    element: Element,
}

/// What is new in a message to be sent.
pub(super) struct Draft<'a> {
    pub(super) id: &'a ResourceId,
    pub(super) source: &'a str,
    pub(super) patient: &'a ResourceId,
    pub(super) sender: &'a Sender,
    /// The practice, as a reference where it is known, and its name.
    pub(super) practice: (Option<&'a str>, &'a str),
    pub(super) subject: Subject,
    pub(super) text: &'a str,
    pub(super) sent: &'a str,
    pub(super) told: bool,
    /// The first and the last message of the thread; none for a new one.
    pub(super) thread: Option<(&'a ResourceId, &'a ResourceId)>,
}

impl Draft<'_> {
    /// The Communication.
    pub(super) fn element(&self) -> Element {
        let practice = match self.practice {
            (Some(to), name) => reference(to, name),
            (None, name) => object([("display", Element::string(name))]),
        };
        let patient = object([("reference", Element::string(format!("Patient/{}", self.patient)))]);
        let from_staff = self.sender.is_staff();
        let way = if from_staff { FROM_PRACTICE } else { FROM_PERSON };
        let mut out = Element::object();
        out.set("resourceType", Element::string("Communication"));
        out.set("id", Element::string(self.id.as_str()));
        out.set("meta", object([("source", Element::string(self.source))]));
        if self.told {
            let told =
                object([("url", Element::string(TOLD)), ("valueBoolean", Element::Bool(true))]);
            out.set("extension", Element::Array(vec![told]));
        }
        if let Some((first, before)) = self.thread {
            let to = |id: &ResourceId| {
                let to = Element::string(format!("Communication/{id}"));
                Element::Array(vec![object([("reference", to)])])
            };
            out.set("partOf", to(first));
            out.set("inResponseTo", to(before));
        }
        out.set("status", Element::string("completed"));
        out.set("category", Element::Array(vec![concept(CATEGORY, None), concept(way, None)]));
        out.set("subject", patient.clone());
        out.set("topic", concept(self.subject.as_str(), Some(self.subject.words())));
        out.set("sent", Element::string(self.sent));
        let to = if from_staff { patient } else { practice };
        out.set("recipient", Element::Array(vec![to]));
        out.set("sender", sender(self.sender));
        let text = object([("contentString", Element::string(self.text))]);
        out.set("payload", Element::Array(vec![text]));
        if self.thread.is_none() {
            let state =
                State { last: self.sent, waits: Waits::ForPractice, practice: self.practice.1 };
            state.set_on(&mut out);
            out.set("status", Element::string("in-progress"));
        }
        out
    }
}

/// How a thread stands.
struct State<'a> {
    last: &'a str,
    waits: Waits,
    practice: &'a str,
}

impl State<'_> {
    fn set_on(&self, out: &mut Element) {
        let part = |url: &str, name: &str, value: &str| {
            object([("url", Element::string(url)), (name, Element::string(value))])
        };
        let parts = vec![
            part("last", "valueInstant", self.last),
            part("waits-for", "valueCode", self.waits.as_str()),
            part("practice", "valueString", self.practice),
        ];
        let state = object([("url", Element::string(STATE)), ("extension", Element::Array(parts))]);
        let mut extensions = match out.remove("extension") {
            Some(Element::Array(extensions)) => extensions,
            _ => Vec::new(),
        };
        extensions.retain(|one| one.get("url").and_then(Element::as_str) != Some(STATE));
        extensions.push(state);
        out.set("extension", Element::Array(extensions));
    }
}

impl Letter {
    /// Reads a stored message; none where it is no message of this kind.
    pub(super) fn read(stored: &Stored) -> Option<Letter> {
        let tree = Tree::parse(stored.body.as_deref()?).ok()?;
        let root = tree.root();
        if !has_category(root, CATEGORY) {
            return None;
        }
        let text = |path: &str| root.at(path).and_then(Value::as_str).unwrap_or("");
        let patient = ResourceId::parse(text("subject.reference").strip_prefix("Patient/")?)?;
        let thread = text("partOf[0].reference").strip_prefix("Communication/");
        let sender = read_sender(root.get("sender")?)?;
        let state = extension(root, STATE);
        let of_state =
            |url: &str, name: &str| state.and_then(|state| extension(state, url)?.text_of(name));
        let sent = text("sent");
        let practice = of_state("practice", "valueString").unwrap_or("");
        Some(Letter {
            id: stored.key.id.clone(),
            version: stored.version,
            source: text("meta.source").to_owned(),
            thread: thread.and_then(ResourceId::parse),
            patient,
            practice: practice.to_owned(),
            subject: Subject::parse(text("topic.coding[0].code")).unwrap_or(Subject::Other),
            text: text("payload[0].contentString").to_owned(),
            sent: sent.to_owned(),
            read: root.text_of("received").map(str::to_owned),
            told: extension(root, TOLD).and_then(|told| told.get("valueBoolean")?.as_bool())
                == Some(true),
            is_open: text("status") == "in-progress",
            handed: root.all("recipient").find_map(read_handed).filter(|_| !sender.is_staff()),
            last: of_state("last", "valueInstant").unwrap_or(sent).to_owned(),
            waits: match of_state("waits-for", "valueCode") {
                Some("person") => Waits::ForPerson,
                _ => Waits::ForPractice,
            },
            sender,
            element: Element::from(&tree),
        })
    }

    /// The id of the thread.
    pub(super) fn thread_id(&self) -> &ResourceId {
        self.thread.as_ref().unwrap_or(&self.id)
    }

    /// Notes that the other side has read it.
    pub(super) fn was_read(&mut self, at: &str) {
        self.read = Some(at.to_owned());
        self.element.set("received", Element::string(at));
    }

    /// Notes that somebody has written: who has to act next changes.
    pub(super) fn moved_on(&mut self, at: &str, waits: Waits) {
        at.clone_into(&mut self.last);
        self.waits = waits;
        let practice = self.practice.clone();
        State { last: at, waits, practice: &practice }.set_on(&mut self.element);
    }

    /// Opens or closes the thread.
    pub(super) fn set_open(&mut self, is_open: bool) {
        self.is_open = is_open;
        let status = if is_open { "in-progress" } else { "completed" };
        self.element.set("status", Element::string(status));
    }

    /// Hands the thread on; `None` gives it back to all.
    pub(super) fn hand_to(&mut self, to: Option<Handed>) {
        let mut recipients = match self.element.remove("recipient") {
            Some(Element::Array(recipients)) => recipients,
            _ => Vec::new(),
        };
        recipients.truncate(1);
        recipients.extend(to.as_ref().map(Handed::element));
        self.element.set("recipient", Element::Array(recipients));
        self.handed = to;
    }

    /// As it is written.
    pub(super) fn element(&self) -> &Element {
        &self.element
    }
}

fn read_sender(value: Value<'_>) -> Option<Sender> {
    let name = value.text_of("display").unwrap_or("Somebody").to_owned();
    if let Some(practitioner) = value.text_of("reference") {
        let practitioner = ResourceId::parse(practitioner.strip_prefix("Practitioner/")?)?;
        return Some(Sender::Staff { practitioner, name });
    }
    let identifier = value.get("identifier")?;
    if identifier.text_of("system") != Some(PERSON_SYSTEM) {
        return None;
    }
    let person = ResourceId::parse(identifier.text_of("value")?.strip_prefix("Person/")?)?;
    Some(Sender::Person { person, name })
}

fn read_handed(value: Value<'_>) -> Option<Handed> {
    if let Some(practitioner) = value.text_of("reference") {
        let practitioner = ResourceId::parse(practitioner.strip_prefix("Practitioner/")?)?;
        let name = value.text_of("display").unwrap_or("A colleague").to_owned();
        return Some(Handed::Colleague { practitioner, name });
    }
    let identifier = value.get("identifier")?;
    let is_role = identifier.text_of("system") == Some(ROLE_SYSTEM);
    is_role.then(|| Role::parse(identifier.text_of("value")?)).flatten().map(Handed::Role)
}

fn sender(sender: &Sender) -> Element {
    match sender {
        Sender::Person { person, name } => {
            logical(PERSON_SYSTEM, &format!("Person/{person}"), name)
        }
        Sender::Staff { practitioner, name } => {
            reference(&format!("Practitioner/{practitioner}"), name)
        }
    }
}

fn has_category(root: Value<'_>, code: &str) -> bool {
    let codings = root.all("category").flat_map(|category| category.all("coding"));
    codings.into_iter().any(|coding| {
        coding.text_of("system") == Some(CARELOOM_SYSTEM) && coding.text_of("code") == Some(code)
    })
}

/// The extension of a URL.
pub(super) fn extension<'t>(value: Value<'t>, url: &str) -> Option<Value<'t>> {
    value.all("extension").find(|one| one.text_of("url") == Some(url))
}

/// An object of members.
pub(super) fn object<const N: usize>(members: [(&str, Element); N]) -> Element {
    Element::Object(members.into_iter().map(|(name, value)| (name.into(), value)).collect())
}

fn reference(to: &str, name: &str) -> Element {
    object([("reference", Element::string(to)), ("display", Element::string(name))])
}

/// A reference by identifier, to what has no resource or whose resource is not meant.
fn logical(system: &str, value: &str, name: &str) -> Element {
    let identifier =
        object([("system", Element::string(system)), ("value", Element::string(value))]);
    object([("identifier", identifier), ("display", Element::string(name))])
}

/// A concept of Careloom's own codes.
pub(super) fn concept(code: &str, words: Option<&str>) -> Element {
    let coding =
        object([("system", Element::string(CARELOOM_SYSTEM)), ("code", Element::string(code))]);
    let mut concept = object([("coding", Element::Array(vec![coding]))]);
    if let Some(words) = words {
        concept.set("text", Element::string(words));
    }
    concept
}
