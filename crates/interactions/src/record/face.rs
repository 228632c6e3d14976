//! Who a record is about: each linked Patient, and the one face that a page shows.
//!
//! Nothing is merged: a fact of the face is one Patient's, taken from the first that states it, in
//! the order of [`read`]: active before retired, a traced NHS number before none, newest first.

use fhir::Value;
use store::ResourceKey;

use super::words::{Context, said, when};
use super::{Said, Source, When};
use crate::linking::NHS_NUMBER;

/// The extension that says whether an NHS number has been traced.
const VERIFICATION: &str =
    "https://fhir.hl7.org.uk/StructureDefinition/Extension-UKCore-NHSNumberVerificationStatus";

/// A value and whose it is.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Cited {
    /// The resource.
    pub key: ResourceKey,
    /// The value.
    pub said: Said,
}

/// The parts of a name.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct PersonName {
    /// Family name.
    pub family: Option<String>,
    /// Given names in their order.
    pub given: Option<String>,
    /// Title.
    pub title: Option<String>,
}

/// A way to reach the person.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Contact {
    /// `Home`, `Mobile`, `Work`, `Email`.
    pub label: &'static str,
    /// The number or address.
    pub value: String,
}

/// A number that a source system uses for the person.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct LocalNumber {
    /// The identifier's system.
    pub system: String,
    /// The number.
    pub value: String,
}

/// One Patient: what one source system says of the person.
#[derive(Clone, Debug, PartialEq)]
pub struct Identity {
    /// Where it comes from.
    pub source: Source,
    /// Whether the source still uses it.
    pub active: bool,
    /// The name in use.
    pub name: PersonName,
    /// The name as one line, with its path.
    pub name_said: Option<Said>,
    /// What the person wishes to be called.
    pub preferred_name: Option<String>,
    /// Date of birth.
    pub born: Option<When>,
    /// Gender code.
    pub gender: Option<Said>,
    /// The NHS number.
    pub nhs_number: Option<Said>,
    /// Whether that number has been traced.
    pub nhs_number_verified: bool,
    /// Whether the person died.
    pub deceased: bool,
    /// When.
    pub died: Option<When>,
    /// The usual address, a part a line.
    pub address: Vec<String>,
    /// Where the address stands.
    pub address_path: String,
    /// Its postcode.
    pub postcode: String,
    /// Phones and e-mail.
    pub contacts: Vec<Contact>,
    /// The practice.
    pub practice: Option<Said>,
    /// Numbers of source systems.
    pub local_numbers: Vec<LocalNumber>,
}

/// The facts that stand above every page, each with whose it is.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Face {
    /// The name.
    pub name: PersonName,
    /// Where the name stands.
    pub name_cited: Option<Cited>,
    /// What the person wishes to be called.
    pub preferred_name: Option<String>,
    /// Date of birth.
    pub born: Option<(ResourceKey, When)>,
    /// Gender code.
    pub gender: Option<Cited>,
    /// The NHS number.
    pub nhs_number: Option<Cited>,
    /// Whether that number has been traced.
    pub nhs_number_verified: bool,
    /// Whether any source says that the person died.
    pub deceased: bool,
    /// When.
    pub died: Option<When>,
    /// The usual address, a part a line.
    pub address: Vec<String>,
    /// Where the address stands; its words are the postcode.
    pub address_cited: Option<Cited>,
    /// Phones and e-mail of all sources, each once.
    pub contacts: Vec<Contact>,
    /// The practice.
    pub practice: Option<Cited>,
}

/// Reads one Patient.
pub(super) fn read(context: &Context, root: Value<'_>, source: Source) -> Identity {
    let (name, name_said) = name_of(root);
    let number = nhs_number(root);
    let address = current(root, "address");
    Identity {
        active: root.get("active").and_then(Value::as_bool) != Some(false),
        name,
        name_said,
        preferred_name: preferred_name(root),
        born: when(root, "birthDate"),
        gender: root.text_of("gender").map(|code| said(code, "gender")),
        nhs_number_verified: number.as_ref().is_some_and(|(_, verified)| *verified),
        nhs_number: number.map(|(said, _)| said),
        deceased: root.get("deceasedDateTime").is_some()
            || root.get("deceasedBoolean").and_then(Value::as_bool) == Some(true),
        died: when(root, "deceasedDateTime"),
        address: address.map(|(_, value)| address_lines(value)).unwrap_or_default(),
        address_path: address.map(|(index, _)| format!("address[{index}]")).unwrap_or_default(),
        postcode: address
            .and_then(|(_, value)| value.text_of("postalCode"))
            .unwrap_or("")
            .to_owned(),
        contacts: root.all("telecom").filter_map(contact).collect(),
        practice: practice(context, root),
        local_numbers: root.all("identifier").filter_map(local_number).collect(),
        source,
    }
}

/// The item of a list of names or addresses that is in use now.
fn current<'t>(root: Value<'t>, member: &str) -> Option<(usize, Value<'t>)> {
    let rank = |value: Value<'_>| match value.text_of("use") {
        Some("official") => 0,
        Some("usual") => 1,
        Some("home") | None => 2,
        Some("temp") => 3,
        Some("old" | "maiden") => 6,
        Some("nickname" | "anonymous") => 5,
        Some(_) => 4,
    };
    root.all(member).enumerate().min_by_key(|(_, value)| rank(*value))
}

fn name_of(root: Value<'_>) -> (PersonName, Option<Said>) {
    let Some((index, value)) = current(root, "name") else { return (PersonName::default(), None) };
    let list = |member| {
        let parts: Vec<&str> = value.all(member).filter_map(Value::as_str).collect();
        (!parts.is_empty()).then(|| parts.join(" "))
    };
    let mut name = PersonName {
        family: value.text_of("family").map(str::to_owned),
        given: list("given"),
        title: list("prefix"),
    };
    if name.family.is_none() && name.given.is_none() {
        name.family = value.text_of("text").map(str::to_owned);
    }
    let line = super::words::human_name(value).unwrap_or_default();
    (name, Some(said(line, format!("name[{index}]"))))
}

fn preferred_name(root: Value<'_>) -> Option<String> {
    let nickname = root.all("name").find(|name| name.text_of("use") == Some("nickname"))?;
    let given: Vec<&str> = nickname.all("given").filter_map(Value::as_str).collect();
    if given.is_empty() {
        nickname.text_of("text").map(str::to_owned)
    } else {
        Some(given.join(" "))
    }
}

/// The NHS number, one that has been traced before others.
fn nhs_number(root: Value<'_>) -> Option<(Said, bool)> {
    let numbers = root.all("identifier").enumerate().filter_map(|(index, identifier)| {
        let is_nhs = identifier.text_of("system") == Some(NHS_NUMBER)
            && identifier.text_of("use") != Some("old");
        let value = identifier.text_of("value").filter(|_| is_nhs)?;
        let status = identifier
            .all("extension")
            .find(|extension| extension.text_of("url") == Some(VERIFICATION))
            .and_then(|extension| extension.at("valueCodeableConcept.coding[0].code"))
            .and_then(Value::as_text);
        let verified = matches!(status, Some("01" | "number-present-and-verified"));
        Some((said(value, format!("identifier[{index}].value")), verified))
    });
    numbers.max_by_key(|(said, verified)| (*verified, std::cmp::Reverse(said.path.clone())))
}

/// The lines of an address, its postcode last.
pub(super) fn address_lines(address: Value<'_>) -> Vec<String> {
    let mut lines: Vec<String> =
        address.all("line").filter_map(Value::as_str).map(str::to_owned).collect();
    for part in ["city", "district", "postalCode"] {
        lines.extend(address.text_of(part).map(str::to_owned));
    }
    if lines.is_empty() {
        let text = address.text_of("text").unwrap_or("");
        lines.extend(text.split([',', '\n']).map(|line| line.trim().to_owned()));
    }
    lines.retain(|line| !line.is_empty());
    lines
}

fn contact(point: Value<'_>) -> Option<Contact> {
    if point.text_of("use") == Some("old") {
        return None;
    }
    let label = match (point.text_of("system"), point.text_of("use")) {
        (Some("email"), _) => "Email",
        (_, Some("mobile")) | (Some("sms"), _) => "Mobile",
        (_, Some("work")) => "Work",
        (_, Some("home")) => "Home",
        _ => "Phone",
    };
    let value = point.text_of("value")?.trim();
    (!value.is_empty()).then(|| Contact { label, value: value.to_owned() })
}

fn practice(context: &Context, root: Value<'_>) -> Option<Said> {
    root.all("generalPractitioner")
        .enumerate()
        .filter(|(_, gp)| {
            gp.text_of("reference").is_none_or(|target| target.starts_with("Organization/"))
        })
        .find_map(|(index, gp)| context.reference(gp, &format!("generalPractitioner[{index}]")))
}

fn local_number(identifier: Value<'_>) -> Option<LocalNumber> {
    let system = identifier.text_of("system").unwrap_or("");
    if system == NHS_NUMBER || identifier.text_of("use") == Some("old") {
        return None;
    }
    let value = identifier.text_of("value")?;
    Some(LocalNumber { system: system.to_owned(), value: value.to_owned() })
}

/// Puts the Patient that speaks for the person first.
pub(super) fn order(identities: &mut [Identity]) {
    identities.sort_by_key(|identity| {
        let no_number = identity.nhs_number.is_none();
        let unverified = !identity.nhs_number_verified;
        (!identity.active, no_number, unverified, std::cmp::Reverse(identity.source.updated))
    });
}

/// The face of Patients in the order of [`order`].
pub(super) fn of(identities: &[Identity]) -> Face {
    let first = |fact: fn(&Identity) -> Option<Said>| {
        identities.iter().find_map(|identity| {
            Some(Cited { key: identity.source.key.clone(), said: fact(identity)? })
        })
    };
    let named = identities.iter().find(|identity| identity.name_said.is_some());
    let housed = identities.iter().find(|identity| !identity.address.is_empty());
    let mut contacts: Vec<Contact> = Vec::new();
    let digits = |text: &str| text.chars().filter(|c| !c.is_whitespace()).collect::<String>();
    for contact in identities.iter().filter(|i| i.active).flat_map(|i| &i.contacts) {
        if !contacts.iter().any(|known| digits(&known.value) == digits(&contact.value)) {
            contacts.push(contact.clone());
        }
    }
    let numbered = identities.iter().find(|identity| identity.nhs_number.is_some());
    Face {
        name: named.map(|identity| identity.name.clone()).unwrap_or_default(),
        name_cited: first(|identity| identity.name_said.clone()),
        preferred_name: identities.iter().find_map(|identity| identity.preferred_name.clone()),
        born: identities
            .iter()
            .find_map(|identity| Some((identity.source.key.clone(), identity.born.clone()?))),
        gender: first(|identity| identity.gender.clone()),
        nhs_number: first(|identity| identity.nhs_number.clone()),
        nhs_number_verified: numbered.is_some_and(|identity| identity.nhs_number_verified),
        deceased: identities.iter().any(|identity| identity.active && identity.deceased),
        died: identities.iter().filter(|i| i.active).find_map(|identity| identity.died.clone()),
        address: housed.map(|identity| identity.address.clone()).unwrap_or_default(),
        address_cited: housed.map(|identity| Cited {
            key: identity.source.key.clone(),
            said: said(identity.postcode.as_str(), identity.address_path.as_str()),
        }),
        contacts,
        practice: first(|identity| identity.practice.clone()),
    }
}
