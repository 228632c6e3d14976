//! The Person resource: who is linked, with what assurance, and how to call the person.

use fhir::{Edit, Element, ResourceId, Tree, VersionId, stamp};
use store::{Change, ChangeKind, Expected, Method, ResourceKey};

use super::{PATIENT, PERSON};
use crate::app::App;

/// A link of a Person.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Link {
    pub(crate) patient: ResourceId,
    /// `level2` linked by evidence, `level3` by NHS number, `level4` by a person's ruling:
    /// <http://hl7.org/fhir/identity-assuranceLevel>.
    pub(crate) assurance: &'static str,
}

/// A Person as the register holds it.
#[derive(Clone, Debug)]
pub(crate) struct PersonState {
    pub(crate) id: ResourceId,
    pub(crate) version: Option<VersionId>,
    pub(crate) links: Vec<Link>,
}

impl PersonState {
    pub(crate) fn key(&self) -> ResourceKey {
        ResourceKey { resource_type: PERSON, id: self.id.clone() }
    }

    /// The change that writes this Person, or deletes it where nobody is linked any more.
    ///
    /// `face` is the Patient whose name, birth date and gender the Person shows.
    pub(crate) fn change(&self, app: &App, face: Option<&Tree>) -> Change {
        let expected = self.version.map_or(Expected::Absent, Expected::Version);
        let kind = if self.links.is_empty() {
            ChangeKind::Delete
        } else {
            let json = self.element(face).to_compact();
            match Tree::parse(&json) {
                Ok(tree) => ChangeKind::Write {
                    method: Method::Put,
                    draft: stamp(tree.root(), self.id.as_str(), &mut |_| Edit::Keep),
                    indexed: app.in_force().indexer.extract(tree.root(), &|_| None),
                },
                Err(_) => ChangeKind::Delete,
            }
        };
        Change { key: self.key(), expected, kind, lineage: None }
    }

    fn element(&self, face: Option<&Tree>) -> Element {
        let mut person = Element::object();
        person.set("resourceType", Element::string(PERSON.as_str()));
        person.set("active", Element::Bool(true));
        if let Some(face) = face {
            for name in ["name", "telecom", "gender", "birthDate", "address"] {
                if let Some(value) = face.root().get(name) {
                    person.set(name, Element::from(value));
                }
            }
        }
        let links = self.links.iter().map(|link| {
            let mut target = Element::object();
            target.set("reference", Element::string(format!("{PATIENT}/{}", link.patient)));
            let mut element = Element::object();
            element.set("target", target);
            element.set("assurance", Element::string(link.assurance));
            element
        });
        person.set("link", Element::Array(links.collect()));
        person
    }
}

/// Reads the links of a stored Person.
pub(crate) fn links_of(person: &Tree) -> Vec<Link> {
    person
        .root()
        .all("link")
        .filter_map(|link| {
            let reference = link.at("target.reference")?.as_str()?;
            let id = ResourceId::parse(reference.strip_prefix("Patient/")?)?;
            let assurance = match link.text_of("assurance") {
                Some("level4") => "level4",
                Some("level3") => "level3",
                _ => "level2",
            };
            Some(Link { patient: id, assurance })
        })
        .collect()
}
