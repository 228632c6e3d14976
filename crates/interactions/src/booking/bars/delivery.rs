//! The Task that stands for passing an Appointment on to the system that keeps a service's book: what of it
//! was said yes to, what waits, since when, and why. Spec: <https://hl7.org/fhir/R4/task.html>.

use ::booking::bars::{Reason, delivery_id};
use fhir::{Element, ResourceType, Value};
use jiff::Timestamp;

use super::super::book::InBook;

const SYSTEM: &str = "urn:careloom:booking:task";
const CODE: &str = "pass-on";
/// What a search for those that wait asks for.
pub(super) const WAITING: [(&str, &str); 2] =
    [("code", "urn:careloom:booking:task|pass-on"), ("status", "requested")];

/// How far it is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(in super::super) enum State {
    /// It is tried, and tried again.
    Waiting,
    /// The other system has said yes to all of it, or there is nothing to say.
    Done,
    /// It is not tried again.
    Failed,
}

impl State {
    fn as_str(self) -> &'static str {
        match self {
            State::Waiting => "requested",
            State::Done => "completed",
            State::Failed => "failed",
        }
    }
}

/// Passing an Appointment on.
#[derive(Clone, Debug, PartialEq)]
pub(in super::super) struct Delivery {
    /// The Task's id.
    pub(in super::super) id: String,
    /// Reference of the Appointment.
    pub(in super::super) appointment: String,
    /// Reference of the Patient.
    pub(in super::super) patient: Option<String>,
    /// What the other system is called.
    pub(in super::super) receiver: String,
    /// How far it is.
    pub(in super::super) state: State,
    /// What stands in the way, or what came of it.
    pub(in super::super) note: String,
    /// The version of the Appointment that is to be passed on, or was.
    pub(super) version: String,
    /// The last reason that the other system said yes to.
    pub(super) agreed: Option<Reason>,
    /// How often this version was tried.
    pub(super) attempts: u32,
    /// When it is tried next.
    pub(super) next: Timestamp,
    /// The id that the other system gave the booking.
    pub(super) theirs: Option<String>,
}

impl Delivery {
    /// Nothing was tried yet.
    pub(super) fn new(appointment: &str, receiver: &str, now: Timestamp) -> Delivery {
        Delivery {
            id: delivery_id(appointment),
            appointment: format!("Appointment/{appointment}"),
            patient: None,
            receiver: receiver.to_owned(),
            state: State::Waiting,
            note: String::new(),
            version: String::new(),
            agreed: None,
            attempts: 0,
            next: now,
            theirs: None,
        }
    }
}

impl InBook for Delivery {
    const TYPE: ResourceType = ResourceType::from_static("Task");

    fn of(task: Value<'_>) -> Option<Delivery> {
        let is_it = |one: Value<'_>| {
            one.text_of("system") == Some(SYSTEM) && one.text_of("code") == Some(CODE)
        };
        if !task.get("code")?.all("coding").any(is_it) {
            return None;
        }
        let input = |name: &str| {
            let is_named =
                |one: &Value<'_>| one.at("type.text").and_then(Value::as_str) == Some(name);
            let value = task.all("input").find(is_named)?.text_of("valueString")?;
            Some(value.to_owned())
        };
        let reference = |name: &str| task.get(name)?.text_of("reference").map(str::to_owned);
        Some(Delivery {
            id: task.text_of("id")?.to_owned(),
            appointment: reference("focus")?,
            patient: reference("for"),
            receiver: task.get("owner").and_then(|o| o.text_of("display")).unwrap_or("").to_owned(),
            state: match task.text_of("status")? {
                "requested" => State::Waiting,
                "completed" => State::Done,
                _ => State::Failed,
            },
            note: task.at("businessStatus.text").and_then(Value::as_str).unwrap_or("").to_owned(),
            version: input("version").unwrap_or_default(),
            agreed: input("agreed").and_then(|agreed| Reason::parse(&agreed)),
            attempts: input("attempts").and_then(|attempts| attempts.parse().ok()).unwrap_or(0),
            next: input("next")
                .and_then(|at| ::booking::zone::read_instant(&at))
                .unwrap_or(Timestamp::UNIX_EPOCH),
            theirs: input("theirs"),
        })
    }

    fn id(&self) -> &str {
        &self.id
    }

    fn element(&self) -> Element {
        let object = |members: Vec<(&str, Element)>| {
            Element::Object(members.into_iter().map(|(name, value)| (name.into(), value)).collect())
        };
        let text = |words: &str| Element::string(words);
        let coding = object(vec![("system", text(SYSTEM)), ("code", text(CODE))]);
        let words = "Pass a booking on to the system that keeps the book";
        let mut all = vec![
            ("resourceType", text("Task")),
            ("id", text(&self.id)),
            ("status", text(self.state.as_str())),
            ("intent", text("order")),
            ("code", object(vec![("coding", Element::Array(vec![coding])), ("text", text(words))])),
            ("focus", object(vec![("reference", text(&self.appointment))])),
            ("owner", object(vec![("display", text(&self.receiver))])),
        ];
        if let Some(patient) = &self.patient {
            all.push(("for", object(vec![("reference", text(patient))])));
        }
        if !self.note.is_empty() {
            all.push(("businessStatus", object(vec![("text", text(&self.note))])));
        }
        let inputs = [
            ("version", Some(self.version.clone())),
            ("attempts", Some(self.attempts.to_string())),
            ("next", Some(self.next.to_string())),
            ("agreed", self.agreed.map(|reason| reason.as_str().to_owned())),
            ("theirs", self.theirs.clone()),
        ];
        let inputs = inputs.into_iter().filter_map(|(name, value)| {
            let value = value.filter(|value| !value.is_empty())?;
            let kind = object(vec![("text", text(name))]);
            Some(object(vec![("type", kind), ("valueString", text(&value))]))
        });
        all.push(("input", Element::Array(inputs.collect())));
        object(all)
    }
}
