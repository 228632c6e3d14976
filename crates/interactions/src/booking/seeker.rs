//! Who seeks an appointment: for whom, by which way, at which practices, and as what the rules see them.

use ::booking::model::{Appointment, Service, Sex};
use ::booking::visibility::{Asker, Person};
use access::{Caller, Duty, Who};
use fhir::{IssueCode, ResourceId, Tree, Value};

use super::book::{Book, Read};
use crate::app::App;
use crate::failure::{Category, Failure};
use crate::linking::{CARELOOM_SYSTEM, PATIENT, patient_key};

/// Kinds of appointment of a practice at the most.
pub(super) const SERVICES_MAX: usize = 500;
/// Appointments of one person that are looked at.
pub(super) const APPOINTMENTS_MAX: usize = 500;
/// The tag of a Patient for whom the practice keeps slots because they cannot use the app.
const EXCLUDED: &str = "digitally-excluded";

/// Who seeks an appointment, and by which way.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Booker {
    /// The person who has signed in, in the app.
    Own,
    /// The person who has signed in, sent on by 111: what is kept for 111 is open to them.
    OwnBy111,
    /// A Patient who phones the practice or stands at its desk.
    Desk(ResourceId),
    /// A Patient whom staff of the practice book by their own judgement.
    Staff(ResourceId),
}

/// A Patient resource of the person, as far as the rules ask.
#[derive(Clone, Debug)]
struct Record {
    id: ResourceId,
    /// References of the organisations where it is registered.
    registered: Vec<String>,
    birth_date: Option<jiff::civil::Date>,
    sex: Option<Sex>,
    is_excluded: bool,
    is_active: bool,
    is_dead: bool,
}

/// What is known of whoever seeks an appointment.
pub(super) struct Seeker {
    booker: Booker,
    /// Whether one acts for another, and then whether they may book.
    proxy: Option<bool>,
    records: Vec<Record>,
    /// The kinds of appointment of the practices that are theirs to ask.
    pub(super) services: Vec<Read<Service>>,
    /// The person's bookings to come.
    pub(super) bookings: Vec<Read<Appointment>>,
}

impl Seeker {
    /// The kind of appointment with this id, where it is theirs to ask.
    pub(super) fn service(&self, id: &str) -> Option<&Read<Service>> {
        self.services.iter().find(|service| service.value.id == id)
    }

    /// The Patient whose appointment it will be.
    pub(super) fn patient(&self, service: &Service) -> ResourceId {
        self.record(service).id.clone()
    }

    /// Every Patient that is the person.
    pub(super) fn patients(&self) -> Vec<ResourceId> {
        self.records.iter().map(|record| record.id.clone()).collect()
    }

    /// The record at the service's practice, else the first.
    fn record(&self, service: &Service) -> &Record {
        let here = |record: &&Record| is_registered(record, service);
        self.records.iter().find(here).unwrap_or(&self.records[0])
    }

    /// As what the rules see them for a kind of appointment.
    pub(super) fn asker(&self, service: &Service) -> Asker {
        let record = self.record(service);
        let is_here = |booking: &&Read<Appointment>| {
            let of = booking.value.actor("HealthcareService");
            let of = of.and_then(|r| self.services.iter().find(|s| s.value.reference() == r));
            of.is_some_and(|of| of.value.provided_by == service.provided_by)
        };
        let person = Person {
            reference: format!("Patient/{}", record.id),
            birth_date: record.birth_date,
            sex: record.sex,
            is_registered: is_registered(record, service),
            is_digitally_excluded: record.is_excluded,
            open_bookings: u32::try_from(self.bookings.iter().filter(is_here).count())
                .unwrap_or(u32::MAX),
        };
        match (&self.booker, self.proxy) {
            (Booker::Own, None) => Asker::Patient(person),
            (Booker::Own | Booker::OwnBy111, Some(may_book)) => Asker::Proxy { person, may_book },
            (Booker::OwnBy111, None) => Asker::Nhs111(Some(person)),
            (Booker::Desk(_), _) => Asker::PhoneDesk(Some(person)),
            (Booker::Staff(_), _) => Asker::Staff,
        }
    }

    /// Somebody of whom nothing is known here but what a message brought, sent by 111.
    pub(super) fn of_new(
        id: &ResourceId,
        patient: Value<'_>,
        services: &[Read<Service>],
    ) -> Seeker {
        Seeker {
            booker: Booker::OwnBy111,
            proxy: None,
            records: vec![record(id, patient)],
            services: services.to_vec(),
            bookings: Vec::new(),
        }
    }

    /// Whether staff are about to book for somebody whose record says that they have died. Who has
    /// signed in themselves is offered no times by such a record, and is not told this.
    pub(super) fn has_died(&self) -> bool {
        matches!(self.booker, Booker::Desk(_) | Booker::Staff(_))
            && self.records.iter().all(|record| record.is_dead)
    }

    /// Whether they may change what is booked: one who acts for another needs leave.
    pub(super) fn may_book(&self) -> bool {
        self.proxy != Some(false)
    }

    /// Whether the person themselves asks, in the app, and so stands in its queues.
    pub(super) fn queues(&self) -> bool {
        self.booker == Booker::Own
    }
}

fn is_registered(record: &Record, service: &Service) -> bool {
    record.is_active
        && service.provided_by.as_ref().is_some_and(|practice| record.registered.contains(practice))
}

impl App {
    /// Whether a feature is on for who books in the app; staff and the desk are not asked.
    pub(super) async fn has_feature_for(
        &self,
        booker: &Booker,
        feature: &str,
    ) -> Result<(), Failure> {
        match booker {
            Booker::Own | Booker::OwnBy111 => self.has_feature(feature).await,
            Booker::Desk(_) | Booker::Staff(_) => Ok(()),
        }
    }
}

impl Book<'_> {
    /// What is known of who seeks an appointment; the failure where the caller may not ask for them.
    pub(super) async fn seeker(&self, booker: &Booker) -> Result<Seeker, Failure> {
        let (ids, proxy) = match booker {
            Booker::Own | Booker::OwnBy111 => own_patients(self.caller.caller())?,
            Booker::Desk(patient) | Booker::Staff(patient) => {
                self.caller.on_duty(Duty::Bookings)?;
                // Read by the doors: it is a look at who somebody is.
                self.caller.read(&patient_key(patient)).await?;
                (vec![patient.clone()], None)
            }
        };
        let records = self.records(&ids).await?;
        if records.is_empty() {
            let message = "there is no record of this person that could be booked for";
            return Err(Failure::plain(Category::NotFound, IssueCode::NotFound, message));
        }
        let services = match booker {
            Booker::Own => self.services_of(&records).await?,
            Booker::OwnBy111 => {
                let mut services = self.services_of(&records).await?;
                services.retain(|service| service.value.policy.is_for_111);
                services
            }
            Booker::Desk(_) | Booker::Staff(_) => self.services_of_staff().await?,
        };
        let bookings = self.bookings_to_come(&ids).await?;
        Ok(Seeker { booker: booker.clone(), proxy, records, services, bookings })
    }

    /// The person of a Patient as one in the app: who waits is offered what they could book themselves.
    pub(super) async fn seeker_of(
        &self,
        patient: &ResourceId,
        services: &[Read<Service>],
    ) -> Result<Option<Seeker>, Failure> {
        let records = self.records(std::slice::from_ref(patient)).await?;
        if records.is_empty() {
            return Ok(None);
        }
        let bookings = self.bookings_to_come(std::slice::from_ref(patient)).await?;
        let services = services.to_vec();
        Ok(Some(Seeker { booker: Booker::Own, proxy: None, records, services, bookings }))
    }

    /// The person of a Patient as one whom 111 sends.
    pub(super) async fn seeker_by_111(
        &self,
        patient: &ResourceId,
        services: &[Read<Service>],
    ) -> Result<Option<Seeker>, Failure> {
        let seeker = self.seeker_of(patient, services).await?;
        Ok(seeker.map(|seeker| Seeker { booker: Booker::OwnBy111, ..seeker }))
    }

    async fn records(&self, ids: &[ResourceId]) -> Result<Vec<Record>, Failure> {
        let keys: Vec<_> = ids.iter().map(patient_key).collect();
        let stored = self.app.store.read_many(&keys).await?;
        let record = |(id, stored): (&ResourceId, &Option<store::Stored>)| {
            let tree = Tree::parse(stored.as_ref()?.body.as_deref()?).ok()?;
            Some(record(id, tree.root()))
        };
        Ok(ids.iter().zip(&stored).filter_map(record).collect())
    }

    /// The kinds of appointment of the practices where a person is registered.
    async fn services_of(&self, records: &[Record]) -> Result<Vec<Read<Service>>, Failure> {
        let active = records.iter().filter(|record| record.is_active);
        let practices: Vec<&str> =
            active.flat_map(|record| record.registered.iter().map(String::as_str)).collect();
        if practices.is_empty() {
            return Ok(Vec::new());
        }
        let query = [("organization", practices.join(",")), ("_sort", "name".to_owned())];
        self.find(&query, SERVICES_MAX).await
    }

    /// The kinds of appointment of the practice that a member of staff works for; all for who works at
    /// the machine itself.
    pub(super) async fn services_of_staff(&self) -> Result<Vec<Read<Service>>, Failure> {
        let mut query = vec![("_sort", "name".to_owned())];
        if let Who::Staff(staff) = &self.caller.caller().who {
            if staff.sources.is_empty() {
                return Ok(Vec::new());
            }
            let sources: Vec<&str> = staff.sources.iter().map(|source| &**source).collect();
            query.push(("_source", sources.join(",")));
        }
        self.find(&query, SERVICES_MAX).await
    }

    /// The bookings of Patients that have not begun.
    async fn bookings_to_come(
        &self,
        patients: &[ResourceId],
    ) -> Result<Vec<Read<Appointment>>, Failure> {
        let ids: Vec<&str> = patients.iter().map(ResourceId::as_str).collect();
        let query = [
            ("patient", ids.join(",")),
            ("status", "booked,pending".to_owned()),
            ("date", format!("ge{}", self.now)),
        ];
        let mut found = self.find::<Appointment>(&query, APPOINTMENTS_MAX).await?;
        found.retain(|booking| booking.value.start.is_some_and(|start| start > self.now));
        Ok(found)
    }
}

/// The Patients of whoever has signed in, and whether they act for another.
pub(super) fn own_patients(caller: &Caller) -> Result<(Vec<ResourceId>, Option<bool>), Failure> {
    let citizen = match &caller.who {
        Who::Citizen(citizen) if caller.app.is_none() => citizen,
        Who::Nobody => {
            let message = "sign in to book an appointment";
            return Err(Failure::plain(Category::NotSignedIn, IssueCode::Login, message));
        }
        _ => {
            let message = "this is for people who have signed in themselves";
            return Err(Failure::plain(Category::Forbidden, IssueCode::Forbidden, message));
        }
    };
    if !citizen.may_read {
        // Who is not proven to be this person would see and change another's appointments.
        let message = "booking an appointment needs proof of identity at level P9";
        return Err(Failure::plain(Category::StepUp, IssueCode::Forbidden, message));
    }
    let acts_for_another = citizen.person != citizen.subject || citizen.proxy.is_some();
    let may_book = citizen.proxy.is_some_and(|proxy| proxy.may_book);
    let proxy = acts_for_another.then_some(may_book);
    Ok((citizen.patients.clone(), proxy))
}

fn record(id: &ResourceId, patient: Value<'_>) -> Record {
    let mut registered = Vec::new();
    let organisation = |value: Value<'_>| {
        let reference = value.text_of("reference")?;
        reference.starts_with("Organization/").then(|| reference.to_owned())
    };
    registered.extend(patient.get("managingOrganization").and_then(organisation));
    registered.extend(patient.all("generalPractitioner").filter_map(organisation));
    let is_dead = patient.get("deceasedDateTime").is_some()
        || patient.get("deceasedBoolean").and_then(Value::as_bool) == Some(true);
    let is_tag = |tag: Value<'_>| {
        tag.text_of("system") == Some(CARELOOM_SYSTEM) && tag.text_of("code") == Some(EXCLUDED)
    };
    Record {
        id: id.clone(),
        registered,
        birth_date: patient.text_of("birthDate").and_then(::booking::zone::read_date),
        sex: patient.text_of("gender").and_then(Sex::parse),
        is_excluded: patient.get("meta").is_some_and(|meta| meta.all("tag").any(is_tag)),
        is_active: !is_dead && patient.get("active").and_then(Value::as_bool) != Some(false),
        is_dead,
    }
}

/// The Patient that a reference leads to.
pub(super) fn patient_of(reference: &str) -> Option<ResourceId> {
    ResourceId::parse(::booking::model::reference_id(reference, PATIENT.as_str())?)
}
