//! Whose booking a message is about: a Patient that is known here, or one to be.
//!
//! An NHS number alone is not identity. Where the number is known but the date of birth, or both name and
//! postcode, are others, the message's Patient is kept as its own record, and linking asks a human.

use ::booking::bars::{Received, patient_id};
use ::booking::model::Service;
use fhir::{Element, IssueCode, ResourceId, Tree, Value};

use super::super::book::Book;
use super::super::seeker::Seeker;
use crate::failure::{Category, Failure};
use crate::linking::{PATIENT, patient_key};

const NHS_NUMBER: &str = "https://fhir.nhs.uk/Id/nhs-number";
/// Records of one NHS number that are looked at.
const RECORDS_MAX: usize = 50;
/// What is taken over of a Patient that a message brings.
const TAKEN: [&str; 7] =
    ["identifier", "name", "telecom", "gender", "birthDate", "deceasedDateTime", "address"];

/// Whom a message is about.
pub(super) struct Subject {
    /// The Patient.
    pub(super) id: ResourceId,
    /// As the rules see them.
    pub(super) seeker: Seeker,
    /// The Patient to be written, where nobody here is known to be the one.
    pub(super) new: Option<Element>,
}

impl Book<'_> {
    /// Finds whom a message is about.
    pub(super) async fn subject(
        &self,
        feed: &crate::ingest::Feed,
        received: &Received,
        service: &super::Read<Service>,
    ) -> Result<Subject, Failure> {
        let sent = tree(&received.patient)?;
        let services = std::slice::from_ref(service);
        if let Some(id) = self.known(received, sent.root(), &service.value).await?
            && let Some(seeker) = self.seeker_by_111(&id, services).await?
        {
            return Ok(Subject { id, seeker, new: None });
        }
        let key = received.nhs_number.as_deref().unwrap_or(&received.header_id);
        let id = patient_id(&feed.name.0, &format!("{key}|{}", birth_date(sent.root())));
        let id = ResourceId::parse(&id).ok_or_else(|| broken("its id"))?;
        if let Some(seeker) = self.seeker_by_111(&id, services).await? {
            // Told of by an earlier message of the same sender.
            return Ok(Subject { id, seeker, new: None });
        }
        let new = taken(&id, sent.root());
        self.app.check_resource(tree(&new)?.root(), PATIENT).map_err(|failure| {
            let first = failure.issues.first();
            let words = first.map_or_else(String::new, |issue| issue.message.clone());
            Failure::plain(Category::Invalid, IssueCode::Invalid, format!("Patient: {words}"))
        })?;
        let seeker = Seeker::of_new(&id, tree(&new)?.root(), services);
        Ok(Subject { id, seeker, new: Some(new) })
    }

    /// The record of the person, at the service's practice before any other.
    async fn known(
        &self,
        received: &Received,
        sent: Value<'_>,
        service: &Service,
    ) -> Result<Option<ResourceId>, Failure> {
        let born = birth_date(sent);
        let is_number =
            |number: &&str| number.len() == 10 && number.bytes().all(|b| b.is_ascii_digit());
        let (Some(number), false) =
            (received.nhs_number.as_deref().filter(is_number), born.is_empty())
        else {
            return Ok(None);
        };
        let query =
            [("identifier", format!("{NHS_NUMBER}|{number}")), ("birthdate", born.to_owned())];
        let found = self.app.first_found(PATIENT, &query, RECORDS_MAX).await?.0;
        let mut best: Option<(bool, ResourceId)> = None;
        for stored in found {
            let Some(tree) = stored.body.as_deref().and_then(|body| Tree::parse(body).ok()) else {
                continue;
            };
            if !is_same(sent, tree.root())
                || tree.root().get("active").and_then(Value::as_bool) == Some(false)
            {
                continue;
            }
            let is_here = service.provided_by.as_deref().is_some_and(|practice| {
                let managing = tree.root().get("managingOrganization");
                let mut all = managing.into_iter().chain(tree.root().all("generalPractitioner"));
                all.any(|one| one.text_of("reference") == Some(practice))
            });
            if best.as_ref().is_none_or(|(was_here, _)| is_here && !was_here) {
                best = Some((is_here, stored.key.id));
            }
        }
        Ok(best.map(|(_, id)| id))
    }

    /// The change that writes a Patient that a message brought.
    pub(super) fn patient_change(
        &self,
        subject: &Subject,
        source: &str,
    ) -> Result<Option<store::Change>, Failure> {
        let Some(new) = &subject.new else { return Ok(None) };
        let mut element = new.clone();
        let mut meta = Element::object();
        meta.set("source", Element::string(source));
        element.set("meta", meta);
        let key = patient_key(&subject.id);
        self.change_of(PATIENT, key.id.as_str(), &element, None).map(Some)
    }
}

/// Whether a record is the person that was sent: number and date of birth agree already.
fn is_same(sent: Value<'_>, known: Value<'_>) -> bool {
    let families = |of: Value<'_>| -> Vec<String> {
        of.all("name").filter_map(|name| name.text_of("family").map(plain)).collect()
    };
    let postcodes = |of: Value<'_>| -> Vec<String> {
        of.all("address").filter_map(|at| at.text_of("postalCode").map(plain)).collect()
    };
    let share =
        |a: Vec<String>, b: Vec<String>| a.iter().any(|one| !one.is_empty() && b.contains(one));
    share(families(sent), families(known)) || share(postcodes(sent), postcodes(known))
}

fn plain(text: &str) -> String {
    text.chars().filter(|c| c.is_alphanumeric()).flat_map(char::to_lowercase).collect()
}

fn birth_date(patient: Value<'_>) -> &str {
    patient.text_of("birthDate").unwrap_or("")
}

/// A Patient with what says who they are and nothing else.
fn taken(id: &ResourceId, sent: Value<'_>) -> Element {
    let mut made = Element::object();
    made.set("resourceType", Element::string("Patient"));
    made.set("id", Element::string(id.as_str()));
    for name in TAKEN {
        if let Some(element) = whole(sent, name) {
            made.set(name, element);
        }
    }
    // What only this server gives may not come from outside.
    if let Some(Element::Array(mut all)) = made.remove("identifier") {
        let is_ours = |one: &Element| {
            one.get("system")
                .and_then(Element::as_str)
                .is_some_and(|s| s.starts_with("urn:careloom:"))
        };
        all.retain(|one| !is_ours(one));
        if !all.is_empty() {
            made.set("identifier", Element::Array(all));
        }
    }
    made
}

/// A member with all that stands under its name.
fn whole(of: Value<'_>, name: &str) -> Option<Element> {
    let mut element = Element::from(of);
    element.remove(name)
}

fn tree(element: &Element) -> Result<Tree, Failure> {
    Tree::parse(&element.to_compact()).map_err(|error| broken(&error.to_string()))
}

fn broken(words: &str) -> Failure {
    Failure::plain(
        Category::Fault,
        IssueCode::Exception,
        format!("a Patient cannot be read: {words}"),
    )
}
