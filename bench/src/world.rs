//! A made-up area of any size for the searches: patients, stays, observations, conditions.
//!
//! Everything follows from the number of a resource, so that a search can name what it will find.
//! Of every 100 resources 4 are Patients, 16 Encounters, 6 Conditions and 74 Observations.

use std::fmt::Write as _;

use testkit::Prng;

const SEED: u64 = 3;

const FAMILIES: [&str; 24] = [
    "Abbott",
    "Ahmed",
    "Baker",
    "Begum",
    "Chowdhury",
    "Clarke",
    "Davies",
    "Evans",
    "Fielding",
    "Griffiths",
    "Hughes",
    "Iqbal",
    "Jenkins",
    "Khan",
    "Lloyd",
    "Murphy",
    "Nguyen",
    "O'Connor",
    "Patel",
    "Quinn",
    "Roberts",
    "Smith",
    "Smithson",
    "Taylor",
];

/// Codes of observations with unit, mean and how many of 1,000 have it.
pub(crate) const CODES: [(&str, &str, f64, u32); 10] = [
    ("8480-6", "mm[Hg]", 132.0, 220),
    ("8462-4", "mm[Hg]", 80.0, 220),
    ("8867-4", "/min", 72.0, 180),
    ("29463-7", "kg", 78.0, 120),
    ("8302-2", "cm", 170.0, 90),
    ("4548-4", "%", 6.1, 70),
    ("2823-3", "mmol/L", 4.3, 60),
    ("2160-0", "umol/L", 84.0, 30),
    ("718-7", "g/L", 140.0, 9),
    ("30522-7", "mg/L", 4.0, 1),
];

/// How many resources of each type a world of this size has.
#[derive(Clone, Copy, Debug)]
pub(crate) struct World {
    pub(crate) patients: u32,
    pub(crate) encounters: u32,
    pub(crate) conditions: u32,
    pub(crate) observations: u32,
    pub(crate) organizations: u32,
}

impl World {
    pub(crate) fn of(resources: u32) -> World {
        let organizations = 50;
        let rest = resources.saturating_sub(organizations);
        let part = |share: u32| (u64::from(rest) * u64::from(share) / 100) as u32;
        let (patients, encounters, conditions) = (part(4), part(16), part(6));
        World {
            patients,
            encounters,
            conditions,
            observations: rest - patients - encounters - conditions,
            organizations,
        }
    }

    pub(crate) fn resources(&self) -> u32 {
        self.organizations + self.patients + self.encounters + self.conditions + self.observations
    }

    /// The resource of this number as `Type/id` and its text; a person's lie together.
    pub(crate) fn resource(&self, number: u32) -> (String, String) {
        let mut left = number;
        if left < self.organizations {
            return organization(left);
        }
        left -= self.organizations;
        if left < self.patients {
            return patient(left);
        }
        left -= self.patients;
        if left < self.encounters {
            return self.encounter(left);
        }
        left -= self.encounters;
        if left < self.conditions {
            return self.condition(left);
        }
        self.observation(left - self.conditions)
    }

    fn encounter(&self, number: u32) -> (String, String) {
        let mut prng = Prng::keyed(SEED, "encounter", u64::from(number));
        let (patient, day) = (number % self.patients, date(&mut prng));
        let organization = prng.below(self.organizations);
        let class = if prng.chance(0.2) { "IMP" } else { "AMB" };
        let text = format!(
            r#"{{"resourceType":"Encounter","id":"e{number}","status":"finished","class":{{"system":"http://terminology.hl7.org/CodeSystem/v3-ActCode","code":"{class}"}},"subject":{{"reference":"Patient/p{patient}"}},"serviceProvider":{{"reference":"Organization/o{organization}"}},"period":{{"start":"{day}T08:00:00Z","end":"{day}T09:30:00Z"}}}}"#
        );
        (format!("Encounter/e{number}"), text)
    }

    fn condition(&self, number: u32) -> (String, String) {
        let mut prng = Prng::keyed(SEED, "condition", u64::from(number));
        let (patient, day) = (number % self.patients, date(&mut prng));
        let code =
            ["44054006", "38341003", "195967001", "13645005", "73211009"][prng.below(5) as usize];
        let text = format!(
            r#"{{"resourceType":"Condition","id":"c{number}","clinicalStatus":{{"coding":[{{"system":"http://terminology.hl7.org/CodeSystem/condition-clinical","code":"active"}}]}},"code":{{"coding":[{{"system":"http://snomed.info/sct","code":"{code}"}}]}},"subject":{{"reference":"Patient/p{patient}"}},"onsetDateTime":"{day}"}}"#
        );
        (format!("Condition/c{number}"), text)
    }

    fn observation(&self, number: u32) -> (String, String) {
        let mut prng = Prng::keyed(SEED, "observation", u64::from(number));
        let encounter = number % self.encounters;
        let patient = encounter % self.patients;
        let day = date(&mut Prng::keyed(SEED, "encounter", u64::from(encounter)));
        let mut share = prng.below(1_000);
        let mut chosen = CODES[0];
        for code in CODES {
            chosen = code;
            if share < code.3 {
                break;
            }
            share -= code.3;
        }
        let (code, unit, mean, _) = chosen;
        let value = mean * (0.6 + 0.8 * prng.unit());
        let category = if prng.chance(0.7) { "vital-signs" } else { "laboratory" };
        let (hour, minute) = (8 + prng.below(2), prng.below(60));
        let text = format!(
            r#"{{"resourceType":"Observation","id":"b{number}","status":"final","category":[{{"coding":[{{"system":"http://terminology.hl7.org/CodeSystem/observation-category","code":"{category}"}}]}}],"code":{{"coding":[{{"system":"http://loinc.org","code":"{code}"}}],"text":"observation {code}"}},"subject":{{"reference":"Patient/p{patient}"}},"encounter":{{"reference":"Encounter/e{encounter}"}},"effectiveDateTime":"{day}T{hour:02}:{minute:02}:00Z","valueQuantity":{{"value":{value:.1},"unit":"{unit}","system":"http://unitsofmeasure.org","code":"{unit}"}}}}"#
        );
        (format!("Observation/b{number}"), text)
    }

    /// A transaction that puts the resources from `first` up to `end`.
    pub(crate) fn bundle(&self, first: u32, end: u32) -> String {
        let mut out = String::with_capacity((end - first) as usize * 800);
        out.push_str(r#"{"resourceType":"Bundle","type":"transaction","entry":["#);
        for number in first..end {
            let (url, text) = self.resource(number);
            let comma = if number == first { "" } else { "," };
            let _ = write!(
                out,
                r#"{comma}{{"resource":{text},"request":{{"method":"PUT","url":"{url}"}}}}"#
            );
        }
        out.push_str("]}");
        out
    }
}

fn organization(number: u32) -> (String, String) {
    let text = format!(
        r#"{{"resourceType":"Organization","id":"o{number}","name":"Site {number} of the area"}}"#
    );
    (format!("Organization/o{number}"), text)
}

fn patient(number: u32) -> (String, String) {
    let mut prng = Prng::keyed(SEED, "patient", u64::from(number));
    let family = *prng.pick(&FAMILIES);
    let gender = if prng.chance(0.5) { "female" } else { "male" };
    let (year, month, day) = (1930 + prng.below(90), 1 + prng.below(12), 1 + prng.below(28));
    let text = format!(
        r#"{{"resourceType":"Patient","id":"p{number}","identifier":[{{"system":"https://careloom.example/bench","value":"{number:08}"}}],"name":[{{"family":"{family}{suffix}","given":["Given{given}"]}}],"gender":"{gender}","birthDate":"{year}-{month:02}-{day:02}"}}"#,
        suffix = prng.below(400),
        given = prng.below(2_000),
    );
    (format!("Patient/p{number}"), text)
}

/// A day in ten years.
fn date(prng: &mut Prng) -> String {
    format!("{}-{:02}-{:02}", 2016 + prng.below(10), 1 + prng.below(12), 1 + prng.below(28))
}

/// The beginning of a family name that some patients have.
pub(crate) fn family(prng: &mut Prng) -> String {
    format!("{}{}", prng.pick(&FAMILIES).replace('\'', "%27"), prng.below(400))
}
