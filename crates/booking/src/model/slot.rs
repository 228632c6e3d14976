//! Slot: one time that can be booked, with our rules of who may book it.
//! Spec: <https://hl7.org/fhir/R4/slot.html>, UKCore-Slot, GPConnect-Slot-1.

use fhir::{Element, Issue, IssueCode, Value};
use jiff::Timestamp;

use super::element::{
    Concept, bare, complex, doubt, extension, fault, identity, instant_member, number, object,
    part, part_instant, part_number, parts, reference, reference_of, reread, set_extension,
    set_first, simple, text, value_of,
};
use super::urls;
use crate::zone;

macro_rules! codes {
    ($(#[$doc:meta])* $name:ident { $($(#[$item_doc:meta])* $item:ident = $code:literal,)* }) => {
        $(#[$doc])*
        #[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
        pub enum $name { $($(#[$item_doc])* $item,)* }

        impl $name {
            /// All of them.
            pub const ALL: &'static [$name] = &[$($name::$item,)*];

            /// The code on the wire.
            pub const fn as_str(self) -> &'static str {
                match self { $($name::$item => $code,)* }
            }

            /// The one with this code.
            pub fn parse(code: &str) -> Option<$name> {
                match code { $($code => Some($name::$item),)* _ => None }
            }
        }
    };
}
pub(crate) use codes;

codes! {
    /// `Slot.status`.
    SlotStatus {
        /// Can be booked.
        Free = "free",
        /// Taken.
        Busy = "busy",
        /// Withdrawn by the practice.
        Unavailable = "busy-unavailable",
        /// Held while somebody decides.
        Tentative = "busy-tentative",
        /// A mistake.
        EnteredInError = "entered-in-error",
    }
}

codes! {
    /// How people meet: GP Connect's and UK Core's delivery channel.
    Mode {
        /// Face to face.
        InPerson = "In-person",
        /// By phone.
        Telephone = "Telephone",
        /// By video.
        Video = "Video",
    }
}

impl Mode {
    /// In words for people: `face to face`.
    pub const fn words(self) -> &'static str {
        match self {
            Mode::InPerson => "face to face",
            Mode::Telephone => "by phone",
            Mode::Video => "by video",
        }
    }

    pub(crate) fn read(of: Value<'_>, issues: &mut Vec<Issue>) -> Option<Mode> {
        let urls = [urls::UKCORE_CHANNEL, urls::GPC_CHANNEL, urls::GPC_CHANNEL_1];
        let value = urls.iter().find_map(|url| value_of(extension(of, url)?))?;
        let code = value.as_text().or_else(|| value.at("coding[0].code")?.as_text());
        let mode = code.and_then(|code| {
            Mode::ALL.iter().copied().find(|mode| mode.as_str().eq_ignore_ascii_case(code))
        });
        if mode.is_none() {
            issues.push(doubt(
                value,
                "unknown delivery channel; expected In-person, Telephone or Video",
            ));
        }
        mode
    }

    pub(crate) fn write(mode: Option<Mode>, of: &mut Element) {
        set_extension(of, urls::GPC_CHANNEL, None);
        set_extension(of, urls::GPC_CHANNEL_1, None);
        let value = mode.map(|mode| {
            let code = mode.as_str();
            let concept = Concept::code(urls::UKCORE_CHANNEL_SYSTEM, code, code);
            simple(urls::UKCORE_CHANNEL, "valueCodeableConcept", concept.to_element())
        });
        set_extension(of, urls::UKCORE_CHANNEL, value);
    }
}

codes! {
    /// For whom a slot is kept.
    ReservedFor {
        /// People who phone the practice.
        Phone = "phone",
        /// NHS 111.
        Nhs111 = "nhs-111",
        /// People who cannot use the app.
        DigitallyExcluded = "digitally-excluded",
    }
}

codes! {
    /// `Patient.gender`, as far as an audience can name it.
    Sex {
        /// Female.
        Female = "female",
        /// Male.
        Male = "male",
        /// Other.
        Other = "other",
        /// Not known.
        Unknown = "unknown",
    }
}

/// A share of the day that is kept for some, until it is opened to all.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Reserve {
    /// For whom.
    pub kept_for: ReservedFor,
    /// When the rest is opened to everybody; never where it is `None`.
    pub opens_to_all: Option<Timestamp>,
}

/// Whom a slot is for; nothing set means everybody.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Audience {
    /// Youngest age in years, on the day of the slot.
    pub age_min: Option<u8>,
    /// Oldest age in years, on the day of the slot.
    pub age_max: Option<u8>,
    /// Sex.
    pub sex: Option<Sex>,
}

/// Whether and by whom a slot may be booked through GP Connect (§1.2.7 slot search).
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct GpConnectAccess {
    /// Marked as bookable through GP Connect.
    pub bookable: bool,
    /// Organisation types that may; empty means any.
    pub organisation_types: Vec<String>,
    /// ODS codes that may; empty means any.
    pub ods_codes: Vec<String>,
}

/// Somebody is deciding. Token and person are kept as digests: a slot may be read by many.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Hold {
    /// Digest of the token that the holder has.
    pub token_digest: String,
    /// Digest of the person for whom it is held.
    pub person_digest: String,
    /// First moment at which it no longer holds.
    pub until: Timestamp,
    /// Whether it was made longer once.
    pub is_extended: bool,
    /// Whether it keeps an offer of the waiting list, and not somebody's own choice.
    pub is_offer: bool,
}

/// A Slot.
#[derive(Clone, Debug, PartialEq)]
pub struct Slot {
    /// Logical id; empty where it has none yet.
    pub id: String,
    /// Reference to its Schedule.
    pub schedule: String,
    /// Status as stored; see [`Slot::is_free_at`] for holds that ran out.
    pub status: SlotStatus,
    /// First moment.
    pub start: Timestamp,
    /// First moment after it.
    pub end: Timestamp,
    /// How people meet; the session's where it says none.
    pub mode: Option<Mode>,
    /// `serviceType[0]`.
    pub service_type: Option<Concept>,
    /// When it can first be booked; at once where it says none.
    pub release_at: Option<Timestamp>,
    /// For whom it is kept.
    pub reserve: Option<Reserve>,
    /// Whom it is for.
    pub audience: Audience,
    /// GP Connect's limits.
    pub gp_connect: GpConnectAccess,
    /// Who is deciding about it.
    pub hold: Option<Hold>,
    /// Unavailable because its template no longer asks for it, not by a person's hand.
    pub is_withdrawn_by_template: bool,
    pub(crate) source: Element,
}

impl Slot {
    /// A free slot without limits.
    pub fn new(id: &str, schedule: &str, start: Timestamp, end: Timestamp) -> Slot {
        Slot {
            id: id.to_owned(),
            schedule: schedule.to_owned(),
            status: SlotStatus::Free,
            start,
            end,
            mode: None,
            service_type: None,
            release_at: None,
            reserve: None,
            audience: Audience::default(),
            gp_connect: GpConnectAccess::default(),
            hold: None,
            is_withdrawn_by_template: false,
            source: bare("Slot", id),
        }
    }

    /// Reads a Slot; `None` with errors where status, start, end or schedule cannot be read.
    pub fn read(value: Value<'_>) -> (Option<Slot>, Vec<Issue>) {
        let mut issues = Vec::new();
        let slot = Slot::read_into(value, &mut issues);
        (slot, issues)
    }

    fn read_into(value: Value<'_>, issues: &mut Vec<Issue>) -> Option<Slot> {
        let id = identity(value, "Slot", issues)?;
        let start = instant_member(value, "start", issues);
        let end = instant_member(value, "end", issues);
        let schedule = value.get("schedule").and_then(reference_of);
        if schedule.is_none() {
            issues.push(super::element::missing(value, "schedule"));
        }
        let status = value.text_of("status").and_then(SlotStatus::parse);
        if status.is_none() {
            let at = value.get("status").unwrap_or(value);
            issues.push(fault(at, IssueCode::Value, "status is missing or no status of a slot"));
        }
        let (start, end) = (start?, end?);
        if end <= start {
            issues.push(fault(value, IssueCode::Invariant, "end must come after start"));
            return None;
        }
        Some(Slot {
            id,
            schedule: schedule?,
            status: status?,
            start,
            end,
            mode: Mode::read(value, issues),
            service_type: value.all("serviceType").next().map(Concept::read),
            release_at: extension(value, urls::RELEASE)
                .and_then(value_of)
                .and_then(|at| super::element::instant(at, issues)),
            reserve: read_reserve(value, issues),
            audience: read_audience(value, issues),
            gp_connect: read_gp_connect(value),
            hold: read_hold(value, issues),
            is_withdrawn_by_template: extension(value, urls::WITHDRAWN)
                .and_then(value_of)
                .and_then(Value::as_bool)
                .unwrap_or(false),
            source: Element::from(value),
        })
    }

    /// Reference to this slot.
    pub fn reference(&self) -> String {
        format!("Slot/{}", self.id)
    }

    /// Whether it can be had at `now`: free, or held by a hold that ran out.
    pub fn is_free_at(&self, now: Timestamp) -> bool {
        match self.status {
            SlotStatus::Free => true,
            SlotStatus::Tentative => self.hold.as_ref().is_some_and(|hold| hold.until <= now),
            _ => false,
        }
    }

    /// Length in minutes.
    pub fn minutes(&self) -> i64 {
        zone::minutes_between(self.start, self.end)
    }

    /// The resource, with only what changed since it was read written anew.
    pub fn to_element(&self) -> Element {
        let mut out = self.source.clone();
        let was = reread(&self.source, |value| Slot::read(value).0);
        let was = was.as_ref();
        out.set("id", text(self.id.as_str()));
        if self.id.is_empty() {
            out.remove("id");
        }
        if was.is_none_or(|was| was.schedule != self.schedule) {
            out.set("schedule", reference(&self.schedule));
        }
        if was.is_none_or(|was| was.status != self.status) {
            out.set("status", text(self.status.as_str()));
        }
        if was.is_none_or(|was| was.start != self.start) {
            out.set("start", text(zone::local_text(self.start)));
        }
        if was.is_none_or(|was| was.end != self.end) {
            out.set("end", text(zone::local_text(self.end)));
        }
        if was.map_or(self.mode.is_some(), |was| was.mode != self.mode) {
            Mode::write(self.mode, &mut out);
        }
        if was.map_or(self.service_type.is_some(), |was| was.service_type != self.service_type) {
            let concept = self.service_type.as_ref().map(Concept::to_element);
            set_first(&mut out, "serviceType", concept);
        }
        self.write_limits(was, &mut out);
        out
    }

    fn write_limits(&self, was: Option<&Slot>, out: &mut Element) {
        if was.and_then(|was| was.release_at) != self.release_at {
            let release = self
                .release_at
                .map(|at| simple(urls::RELEASE, "valueInstant", text(zone::local_text(at))));
            set_extension(out, urls::RELEASE, release);
        }
        if was.and_then(|was| was.reserve) != self.reserve {
            set_extension(out, urls::RESERVE, self.reserve.map(write_reserve));
        }
        if was.map_or_else(Audience::default, |was| was.audience) != self.audience {
            set_extension(out, urls::AUDIENCE, write_audience(self.audience));
        }
        let open = GpConnectAccess::default();
        if was.map_or(&open, |was| &was.gp_connect) != &self.gp_connect {
            set_extension(out, urls::GP_CONNECT, write_gp_connect(&self.gp_connect));
        }
        if was.and_then(|was| was.hold.as_ref()) != self.hold.as_ref() {
            set_extension(out, urls::HOLD, self.hold.as_ref().map(write_hold));
        }
        if was.is_some_and(|was| was.is_withdrawn_by_template) != self.is_withdrawn_by_template {
            let mark = simple(urls::WITHDRAWN, "valueBoolean", Element::Bool(true));
            set_extension(out, urls::WITHDRAWN, self.is_withdrawn_by_template.then_some(mark));
        }
    }
}

fn read_reserve(of: Value<'_>, issues: &mut Vec<Issue>) -> Option<Reserve> {
    let found = extension(of, urls::RESERVE)?;
    let Some(kept_for) = part(found, "for").and_then(ReservedFor::parse) else {
        // Whom it is kept for is not known: kept for phone, the narrowest, until somebody mends it.
        issues.push(doubt(found, "unknown reserve; taken as kept for phone"));
        return Some(Reserve { kept_for: ReservedFor::Phone, opens_to_all: None });
    };
    Some(Reserve { kept_for, opens_to_all: part_instant(found, "opensToAll", issues) })
}

fn write_reserve(reserve: Reserve) -> Element {
    let mut parts = vec![simple("for", "valueCode", text(reserve.kept_for.as_str()))];
    if let Some(at) = reserve.opens_to_all {
        parts.push(simple("opensToAll", "valueInstant", text(zone::local_text(at))));
    }
    complex(urls::RESERVE, parts)
}

fn read_audience(of: Value<'_>, issues: &mut Vec<Issue>) -> Audience {
    let Some(found) = extension(of, urls::AUDIENCE) else { return Audience::default() };
    Audience {
        age_min: part_number(found, "ageMin", issues),
        age_max: part_number(found, "ageMax", issues),
        sex: part(found, "sex").and_then(Sex::parse),
    }
}

fn write_audience(audience: Audience) -> Option<Element> {
    let mut parts = Vec::new();
    for (name, age) in [("ageMin", audience.age_min), ("ageMax", audience.age_max)] {
        if let Some(age) = age {
            parts.push(simple(name, "valueUnsignedInt", number(age.into())));
        }
    }
    if let Some(sex) = audience.sex {
        parts.push(simple("sex", "valueCode", text(sex.as_str())));
    }
    (!parts.is_empty()).then(|| complex(urls::AUDIENCE, parts))
}

fn read_gp_connect(of: Value<'_>) -> GpConnectAccess {
    let Some(found) = extension(of, urls::GP_CONNECT) else { return GpConnectAccess::default() };
    GpConnectAccess {
        bookable: part(found, "bookable") == Some("true"),
        organisation_types: parts(found, "organisationType"),
        ods_codes: parts(found, "odsCode"),
    }
}

fn write_gp_connect(access: &GpConnectAccess) -> Option<Element> {
    if *access == GpConnectAccess::default() {
        return None;
    }
    let mut parts = vec![simple("bookable", "valueBoolean", Element::Bool(access.bookable))];
    for code in &access.organisation_types {
        parts.push(simple("organisationType", "valueCode", text(code.as_str())));
    }
    for code in &access.ods_codes {
        parts.push(simple("odsCode", "valueString", text(code.as_str())));
    }
    Some(complex(urls::GP_CONNECT, parts))
}

fn read_hold(of: Value<'_>, issues: &mut Vec<Issue>) -> Option<Hold> {
    let found = extension(of, urls::HOLD)?;
    Some(Hold {
        token_digest: part(found, "token")?.to_owned(),
        person_digest: part(found, "person")?.to_owned(),
        until: part_instant(found, "until", issues)?,
        is_extended: part(found, "extended") == Some("true"),
        is_offer: part(found, "offer") == Some("true"),
    })
}

fn write_hold(hold: &Hold) -> Element {
    let parts = vec![
        simple("token", "valueString", text(hold.token_digest.as_str())),
        simple("person", "valueString", text(hold.person_digest.as_str())),
        simple("until", "valueInstant", text(zone::local_text(hold.until))),
        simple("extended", "valueBoolean", Element::Bool(hold.is_extended)),
        simple("offer", "valueBoolean", Element::Bool(hold.is_offer)),
    ];
    object([("url", text(urls::HOLD)), ("extension", Element::Array(parts))])
}
