//! Transaction Bundles: which resources go together, and how each entry is asked for.

use fhir::Element;
use jiff::civil::DateTime;

use super::element::{identifier, list, object, text};
use super::resources::{self, Said};
use super::{BundleKind, GpBundle};
use crate::calendar::{age, days_later, fhir_time, later};
use crate::clinical::{Medicine, Physiology, VACCINES, medicine};
use crate::person::Person;
use crate::prng::Prng;
use crate::record::SourceRecord;
use crate::sites::SiteData;

/// What a Bundle is built from.
pub(crate) struct Building<'a> {
    pub(crate) seed: u64,
    pub(crate) site: &'a SiteData,
    pub(crate) person: &'a Person,
    pub(crate) record: &'a SourceRecord,
    pub(crate) sent: &'a GpBundle,
    pub(crate) index: usize,
    pub(crate) years: f64,
}

/// The entries so far.
struct Entries {
    prng: Prng,
    list: Vec<Element>,
    base: String,
}

/// How an entry is asked for.
#[derive(Clone, Copy)]
enum Ask {
    Put,
    PostOnce,
}

impl Entries {
    fn source(&self, kind: &str, value: &str) -> Element {
        identifier(&format!("{}/Id/{kind}", self.base), value)
    }

    fn url(&mut self) -> String {
        format!("urn:uuid:{}", self.prng.uuid())
    }

    fn add(&mut self, url: &str, resource: Element, query: &str, ask: Ask) {
        let kind = resource.get("resourceType").and_then(Element::as_str).unwrap_or("").to_owned();
        let request = match ask {
            Ask::Put => object([
                ("method", text("PUT")),
                ("url", text(format!("{kind}?identifier={query}"))),
            ]),
            Ask::PostOnce => object([
                ("method", text("POST")),
                ("url", text(&kind)),
                ("ifNoneExist", text(format!("identifier={query}"))),
            ]),
        };
        self.list.push(object([
            ("fullUrl", text(url)),
            ("resource", resource),
            ("request", request),
        ]));
    }

    /// Adds a resource that has a source id of its own.
    fn add_own(
        &mut self,
        kind: &str,
        value: &str,
        ask: Ask,
        make: impl FnOnce(Element) -> Element,
    ) {
        let url = self.url();
        let query = format!("{}/Id/{kind}|{value}", self.base);
        let resource = make(self.source(kind, value));
        self.add(&url, resource, &query, ask);
    }
}

/// The references that most resources need.
struct Actors {
    patient: String,
    doctor: String,
    practice: String,
}

impl Building<'_> {
    /// The unique name of the Bundle.
    pub(crate) fn name(&self) -> String {
        format!("{}-gp-{:07}-{:04}", self.site.site.code(), self.person.id.0, self.index)
    }

    /// The Bundle.
    pub(crate) fn build(&self) -> Element {
        let key = u64::from(self.person.id.0) * 10_000 + self.index as u64;
        let base = format!("https://gp.{}.example", self.site.site.code());
        let mut entries = Entries {
            prng: Prng::keyed(self.seed, "gp bundle", key),
            list: Vec::new(),
            base: base.clone(),
        };
        let actors = self.actors(&mut entries);
        let kind = match self.sent.kind {
            BundleKind::Registration => {
                self.registration(&mut entries, &actors);
                "registration"
            }
            BundleKind::Consultation(number) => {
                self.consultation(&mut entries, &actors, number);
                "consultation"
            }
            BundleKind::Appointment(number, start) => {
                let id = format!("{}-{number}", self.person.id.0);
                let end = later(start, 15);
                entries.add_own("appointment", &id, Ask::Put, |id| {
                    let created = self.sent.at;
                    resources::appointment(id, start, end, created, &actors.patient, &actors.doctor)
                });
                "appointment"
            }
            BundleKind::Demographics => "demographics",
        };
        let tag = object([("system", text(format!("{base}/bundle-kind"))), ("code", text(kind))]);
        object([
            ("resourceType", text("Bundle")),
            ("meta", object([("tag", list([tag]))])),
            ("identifier", identifier(&format!("{base}/Id/bundle"), &self.name())),
            ("type", text("transaction")),
            ("timestamp", text(fhir_time(self.sent.sent))),
            ("entry", list(entries.list)),
        ])
    }

    fn actors(&self, entries: &mut Entries) -> Actors {
        let practice = &self.site.practices[self.person.practice];
        let doctor = &practice.doctors[self.person.doctor];
        let actors =
            Actors { patient: entries.url(), doctor: entries.url(), practice: entries.url() };
        let query = format!("https://fhir.nhs.uk/Id/ods-organization-code|{}", practice.code);
        entries.add(&actors.practice, resources::organization(practice), &query, Ask::PostOnce);
        let query = format!("https://fhir.hl7.org.uk/Id/gmp-number|{}", doctor.code);
        entries.add(&actors.doctor, resources::practitioner(doctor), &query, Ask::PostOnce);
        let source = entries.source("patient", &self.record.local_id);
        let query = format!("{}/Id/patient|{}", entries.base, self.record.local_id);
        let patient = resources::patient(
            self.person,
            self.record.identity_at(self.sent.at),
            source,
            &actors.practice,
            &actors.doctor,
            self.sent.at.date(),
        );
        entries.add(&actors.patient, patient, &query, Ask::Put);
        actors
    }

    fn registration(&self, entries: &mut Entries, actors: &Actors) {
        let person = self.person;
        let on = self.sent.at.date();
        let me = person.id.0;
        for (place, diagnosis) in person.diagnoses.iter().enumerate() {
            if diagnosis.onset > on {
                continue;
            }
            entries.add_own("condition", &format!("{me}-d{place}"), Ask::Put, |id| {
                resources::condition(id, diagnosis.disease, diagnosis.onset, &actors.patient)
            });
        }
        let known = person.allergies.iter().filter(|(_, since)| *since <= on);
        let mut none = true;
        for (place, (allergen, since)) in known.enumerate() {
            none = false;
            entries.add_own("allergy", &format!("{me}-a{place}"), Ask::Put, |id| {
                resources::allergy(id, allergen, *since, &actors.patient)
            });
        }
        // A third of records say nothing of allergies, which is not the same as none.
        if none && entries.prng.chance(0.66) {
            entries.add_own("allergy", &format!("{me}-none"), Ask::Put, |id| {
                resources::no_known_allergies(id, &actors.patient, on)
            });
        }
        self.repeats(entries, actors);
        self.vaccinations(entries, actors);
        self.measurements(entries, actors, None, "r");
    }

    /// The repeat medicines of the diseases, each once.
    fn repeats(&self, entries: &mut Entries, actors: &Actors) {
        let mut names: Vec<&str> = Vec::new();
        for diagnosis in self.person.diagnoses.iter().filter(|d| d.onset <= self.sent.at.date()) {
            for name in diagnosis.disease.medicines {
                if !names.contains(name) {
                    names.push(name);
                }
            }
        }
        for name in names {
            let Some(drug) = medicine(name) else { continue };
            let since = days_later(self.sent.at.date(), -i64::from(entries.prng.range(20, 900)));
            let since = since.max(self.person.birth);
            let id = format!("{}-m-{name}", self.person.id.0);
            entries.add_own("medication", &id, Ask::Put, |id| {
                let (patient, doctor) = (&actors.patient, &actors.doctor);
                resources::medication_request(id, drug, since, patient, doctor, "continuous")
            });
        }
        if entries.prng.chance(0.05)
            && let Some(drug) = medicine("paracetamol")
        {
            let since = self.sent.at.date();
            let id = format!("{}-otc", self.person.id.0);
            entries.add_own("statement", &id, Ask::Put, |id| {
                resources::medication_statement(id, drug, since, &actors.patient)
            });
        }
    }

    fn vaccinations(&self, entries: &mut Entries, actors: &Actors) {
        let on = self.sent.at.date();
        for (place, vaccine) in VACCINES.iter().enumerate() {
            let years = age(self.person.birth, on);
            if years <= vaccine.age_min || !entries.prng.chance(0.7) {
                continue;
            }
            let count = if vaccine.yearly { 2 } else { 1 };
            for turn in 0..count {
                let ago = 60 + turn * 365 + i64::from(entries.prng.range(0, 100));
                let day = days_later(on, -ago).max(days_later(self.person.birth, 60));
                let id = format!("{}-v{place}-{turn}", self.person.id.0);
                entries.add_own("immunization", &id, Ask::PostOnce, |id| {
                    resources::immunization(id, vaccine, day, &actors.patient)
                });
            }
        }
    }

    fn consultation(&self, entries: &mut Entries, actors: &Actors, number: u16) {
        let at = self.sent.at;
        let me = self.person.id.0;
        let encounter = entries.url();
        let query = format!("{}/Id/encounter|{me}-{number}", entries.base);
        let until = later(at, i64::from(entries.prng.range(6, 20)));
        let resource = resources::encounter(
            entries.source("encounter", &format!("{me}-{number}")),
            at,
            until,
            &actors.patient,
            &actors.doctor,
            &actors.practice,
        );
        entries.add(&encounter, resource, &query, Ask::Put);
        self.measurements(entries, actors, Some(&encounter), &format!("c{number}"));
        if self.person.has("diabetes") {
            self.glycated(entries, actors, &encounter, number);
        }
        if entries.prng.chance(0.15) {
            self.infection(entries, actors, number);
        }
    }

    /// An infection with its antibiotic; never penicillin for someone who reacts to it.
    fn infection(&self, entries: &mut Entries, actors: &Actors, number: u16) {
        let on = self.sent.at.date();
        let reacts = self.person.allergies.iter().any(|(a, _)| a.substance == "Penicillin");
        let drug: Option<&Medicine> = medicine(if reacts { "doxycycline" } else { "amoxicillin" });
        let me = self.person.id.0;
        entries.add_own("condition", &format!("{me}-i{number}"), Ask::Put, |id| {
            resources::problem(id, ("54150009", "Upper respiratory infection"), on, &actors.patient)
        });
        if let Some(drug) = drug {
            entries.add_own("medication", &format!("{me}-i{number}"), Ask::Put, |id| {
                resources::medication_request(
                    id,
                    drug,
                    on,
                    &actors.patient,
                    &actors.doctor,
                    "acute",
                )
            });
        }
    }

    fn glycated(&self, entries: &mut Entries, actors: &Actors, encounter: &str, number: u16) {
        let years = age(self.person.birth, self.sent.at.date());
        let body = Physiology::of(self.seed, self.person, years);
        let value = body.value(&mut entries.prng, "HBA1C", self.years, 0.0);
        let value = format!("{value:.0}");
        let id = format!("{}-h{number}", self.person.id.0);
        let at = self.sent.at;
        entries.add_own("observation", &id, Ask::PostOnce, |id| {
            let code = resources::sct("999791000000106", "Haemoglobin A1c level");
            let said = Said::Amount(&value, "mmol/mol", "mmol/mol");
            let patient = &actors.patient;
            resources::observation(id, "laboratory", code, &said, at, patient, Some(encounter))
        });
    }

    /// Blood pressure, weight, body-mass index and smoking, as far as they are taken.
    fn measurements(
        &self,
        entries: &mut Entries,
        actors: &Actors,
        encounter: Option<&str>,
        turn: &str,
    ) {
        let at: DateTime = self.sent.at;
        if age(self.person.birth, at.date()) < 18 {
            return;
        }
        let patient = actors.patient.as_str();
        let me = self.person.id.0;
        let raised = if self.person.has("hypertension") { 14.0 } else { 0.0 };
        let high = format!("{:.0}", entries.prng.normal(128.0 + raised, 9.0));
        let low = format!("{:.0}", entries.prng.normal(76.0 + raised / 3.0, 6.0));
        entries.add_own("observation", &format!("{me}-{turn}-bp"), Ask::PostOnce, |id| {
            let code = resources::pressure_code();
            let said = Said::Pressure(&high, &low);
            resources::observation(id, "vital-signs", code, &said, at, patient, encounter)
        });
        if entries.prng.chance(0.6) {
            self.build_of_body(entries, patient, encounter, turn);
        }
        if encounter.is_none() || entries.prng.chance(0.15) {
            let (code, term) = [
                ("266919005", "Never smoked tobacco"),
                ("8517006", "Ex-smoker"),
                ("77176002", "Smoker"),
            ][self.person.smoking as usize];
            entries.add_own("observation", &format!("{me}-{turn}-sm"), Ask::PostOnce, |id| {
                let asked = resources::both("72166-2", "365981007", "Tobacco smoking status");
                let said = Said::Code(code, term);
                resources::observation(id, "social-history", asked, &said, at, patient, encounter)
            });
        }
    }

    fn build_of_body(
        &self,
        entries: &mut Entries,
        patient: &str,
        encounter: Option<&str>,
        turn: &str,
    ) {
        let at = self.sent.at;
        let me = self.person.id.0;
        let height = f64::from(self.person.height_cm) / 100.0;
        let own = 22.0 + f64::from(me * 7 % 13);
        let index = own + entries.prng.normal(0.0, 0.4);
        let weight = format!("{:.1}", index * height * height);
        let index = format!("{index:.1}");
        entries.add_own("observation", &format!("{me}-{turn}-wt"), Ask::PostOnce, |id| {
            let code = resources::both("29463-7", "27113001", "Body weight");
            let said = Said::Amount(&weight, "kilogram", "kg");
            resources::observation(id, "vital-signs", code, &said, at, patient, encounter)
        });
        entries.add_own("observation", &format!("{me}-{turn}-bmi"), Ask::PostOnce, |id| {
            let code = resources::both("39156-5", "60621009", "Body mass index");
            let said = Said::Amount(&index, "kilogram per square meter", "kg/m2");
            resources::observation(id, "vital-signs", code, &said, at, patient, encounter)
        });
    }
}
