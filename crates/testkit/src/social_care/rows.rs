//! The rows of a person in social care: themselves, kin, alerts, assessments, care packages.

use jiff::civil::DateTime;

use crate::calendar::{iso_date, iso_spaced, later};
use crate::csv_text;
use crate::drop_files::Row;
use crate::lives::Making;
use crate::names::short_form;
use crate::person::{Person, Sex};
use crate::prng::Prng;
use crate::record::SourceRecord;
use crate::sites::SiteData;

/// Writes the rows of one record.
pub(super) struct Writer<'a, 'b> {
    pub(super) prng: &'b mut Prng,
    pub(super) making: &'b Making<'a>,
    pub(super) site: &'b SiteData,
    pub(super) person: &'b Person,
    pub(super) record: &'b SourceRecord,
    pub(super) rows: &'b mut Vec<Row>,
    pub(super) to: DateTime,
}

#[rustfmt::skip]
const DOMAINS: &[(&str, &str)] = &[
    ("Nutrition", "Needs help to cook a hot meal"), ("Personal hygiene", "Needs help to bathe"),
    ("Toilet needs", "Manages alone"), ("Clothing", "Slow with buttons, manages"),
    ("Home safety", "Loose rug in the hall, told to lift it"),
    ("Home environment", "House is clean and warm"), ("Relationships", "Sees family each week"),
    ("Work and community", "Goes to the lunch club"),
];

/// Service, how often, hours, days, what is done.
type Service = (&'static str, &'static str, &'static str, &'static str, &'static str);

#[rustfmt::skip]
const SERVICES: &[(Service, u32)] = &[
    (("Home care", "Twice a day", "10.5", "Mon-Sun", "Wash, dress, breakfast; evening meal, medication prompt"), 50),
    (("Home care", "Four times a day", "21", "Mon-Sun", "All personal care, two carers for the hoist"), 15),
    (("Day centre", "Weekly", "6", "Tue", "Lunch, company, exercise"), 10),
    (("Meals", "Daily", "", "Mon-Sun", "Hot meal at midday"), 10),
    (("Equipment", "Once", "", "", "Bath board, grab rails, key safe"), 12),
    (("Respite", "Once a quarter", "", "", "One week in a care home"), 3),
];

impl Writer<'_, '_> {
    pub(super) fn write(&mut self) {
        let opened = self.record.opened;
        self.person_row(opened, 1);
        let changes: Vec<DateTime> = self.record.changes.iter().map(|(at, _)| *at).collect();
        let mut version = 1;
        for at in changes {
            version += 1;
            self.person_row(at, version);
        }
        if self.person.death.is_some_and(|day| day < self.making.window.end) {
            self.person_row(later(self.to, 3 * 1_440), version + 1);
        }
        self.kin(later(opened, 40));
        self.alerts(later(opened, 2 * 1_440));
        self.assessment(later(opened, 9 * 1_440), 0, "Care Act needs assessment");
        self.package(later(opened, 21 * 1_440), 0);
        let review = later(opened, 180 * 1_440);
        if review < self.to {
            self.assessment(review, 1, "Review");
            if self.person.hero || self.prng.chance(0.4) {
                self.package(later(review, 10 * 1_440), 1);
            }
        }
    }

    fn push(&mut self, kind: usize, at: DateTime, fields: &[&str]) {
        if at > self.making.window.end.at(0, 0, 0, 0) {
            return;
        }
        let line = csv_text::line(fields, true);
        if self.prng.chance(self.making.rates.repeated) {
            let again = later(at, 31 * 1_440);
            if again < self.making.window.end.at(0, 0, 0, 0) {
                self.rows.push(Row { at: again, kind, line: line.clone(), copy: true });
            }
        }
        self.rows.push(Row { at, kind, line, copy: false });
    }

    fn person_row(&mut self, at: DateTime, version: u32) {
        let identity = self.record.identity_at(at).clone();
        let sex = match identity.sex {
            Some(Sex::Male) => "M",
            Some(Sex::Female) => "F",
            None => "U",
        };
        let death = self.person.death.filter(|day| at.date() >= *day);
        let (birth, died) = (identity.birth.map(iso_date), death.map(iso_date));
        let interpreter = if self.person.language == "en" { "N" } else { "Y" };
        let address = identity.address.in_one_line();
        let (stamp, version) = (iso_spaced(at), version.to_string());
        let practice = &self.site.practices[self.person.practice].code;
        let known_as = short_form(&identity.given).unwrap_or("");
        let reason = if self.person.has("dementia") {
            "Support with memory and cognition"
        } else {
            "Physical support: personal care"
        };
        let safe = if self.person.hero || self.person.id.0.is_multiple_of(3) {
            "Left of the front door"
        } else {
            ""
        };
        let fields: [&str; 25] = [
            &self.record.local_id,
            &version,
            identity.nhs_number.as_deref().unwrap_or(""),
            identity.prefix,
            &identity.given,
            identity.middle.as_deref().unwrap_or(""),
            &identity.family,
            known_as,
            identity.former_family.as_deref().unwrap_or(""),
            birth.as_deref().unwrap_or(""),
            sex,
            self.person.ethnicity,
            self.person.language,
            interpreter,
            &address,
            identity.address.postcode.as_deref().unwrap_or(""),
            identity.phone.as_deref().unwrap_or(""),
            identity.mobile.as_deref().unwrap_or(""),
            self.person.email.as_deref().unwrap_or(""),
            practice,
            reason,
            safe,
            if safe.is_empty() { "Ring twice and wait" } else { "Use the key safe" },
            died.as_deref().unwrap_or(""),
            &stamp,
        ];
        self.push(0, at, &fields);
    }

    fn kin(&mut self, at: DateTime) {
        let Some(kin) = self.person.kin.clone() else { return };
        let id = format!("{}-K1", self.record.local_id);
        let carer = if self.prng.chance(0.4) { "Y" } else { "N" };
        let attorney = if self.prng.chance(0.2) { "Y" } else { "N" };
        let (day, stamp) = (iso_date(at.date()), iso_spaced(at));
        let together = kin.person.is_some();
        let home = self.record.identity_at(at).address.clone();
        let (address, postcode) = if together {
            (home.in_one_line(), home.postcode.unwrap_or_default())
        } else {
            (String::new(), String::new())
        };
        let local = self.record.local_id.clone();
        let fields: [&str; 17] = [
            &id,
            "1",
            &local,
            kin.word,
            kin.code,
            kin.prefix,
            &kin.given,
            &kin.family,
            &address,
            &postcode,
            &kin.phone,
            "Y",
            carer,
            attorney,
            &day,
            "",
            &stamp,
        ];
        self.push(1, at, &fields);
    }

    fn alerts(&mut self, at: DateTime) {
        const ALERTS: [(&str, &str, &str); 5] = [
            (
                "Key safe",
                "information",
                "Key safe beside the front door; ask the office for the code",
            ),
            ("Fall risk", "high", "Two falls in the last six months"),
            ("Dog in house", "information", "Friendly, barks at the door"),
            ("Two carers needed", "high", "Hoist transfers"),
            ("Oxygen in home", "high", "No smoking, no open flame"),
        ];
        for (place, (kind, severity, words)) in ALERTS.into_iter().enumerate() {
            let there = if self.person.hero { place < 2 } else { self.prng.chance(0.18) };
            if !there {
                continue;
            }
            let id = format!("{}-A{place}", self.record.local_id);
            let (day, stamp) = (iso_date(at.date()), iso_spaced(at));
            let who = self.site.social_workers[0].full_name();
            let local = self.record.local_id.clone();
            let fields: [&str; 10] =
                [&id, "1", &local, kind, severity, words, &day, "", &who, &stamp];
            self.push(2, at, &fields);
        }
    }

    fn assessment(&mut self, at: DateTime, number: usize, kind: &str) {
        if at > self.to {
            return;
        }
        let id = format!("{}-N{number}", self.record.local_id);
        let site = self.site;
        let who = &site.social_workers[self.prng.below(site.social_workers.len() as u32) as usize];
        let name = who.full_name();
        let local = self.record.local_id.clone();
        let corrected = self.prng.chance(self.making.rates.corrected);
        let mut needs = 0;
        for (place, (domain, finding)) in DOMAINS.iter().enumerate() {
            let level = self.prng.weighted(&[
                ("none", 30),
                ("low", 25),
                ("moderate", 25),
                ("substantial", 15),
                ("critical", 5),
            ]);
            needs += i32::from(matches!(level, "moderate" | "substantial" | "critical"));
            let finding = if level == "none" { "No need found" } else { finding };
            self.need(&id, "1", &local, kind, (domain, level, finding), who, at, "completed");
            if corrected && place == 0 {
                let again = later(at, 5 * 1_440);
                let right = (*domain, "low", "Manages with ready meals");
                self.need(&id, "2", &local, kind, right, who, again, "corrected");
            }
        }
        // The Care Act threshold is two outcomes that cannot be met alone.
        let outcome = if needs >= 2 { "eligible" } else { "not eligible" };
        let (day, stamp) = (iso_date(at.date()), iso_spaced(later(at, 30)));
        let fields: [&str; 13] = [
            &id,
            "1",
            &local,
            kind,
            "OUTCOME",
            "",
            outcome,
            &day,
            &who.code,
            &name,
            who.role,
            "completed",
            &stamp,
        ];
        self.push(3, at, &fields);
    }

    #[expect(clippy::too_many_arguments, reason = "one argument for each group of columns")]
    fn need(
        &mut self,
        id: &str,
        version: &str,
        local: &str,
        kind: &str,
        need: (&str, &str, &str),
        who: &crate::sites::Clinician,
        at: DateTime,
        status: &str,
    ) {
        let (day, stamp) = (iso_date(at.date()), iso_spaced(at));
        let name = who.full_name();
        let fields: [&str; 13] = [
            id, version, local, kind, need.0, need.1, need.2, &day, &who.code, &name, who.role,
            status, &stamp,
        ];
        self.push(3, at, &fields);
    }

    fn package(&mut self, at: DateTime, number: usize) {
        if at > self.to {
            return;
        }
        let service =
            if self.person.hero { SERVICES[number].0 } else { self.prng.weighted(SERVICES) };
        let id = format!("{}-S{number}", self.record.local_id);
        let (code, provider) = self.prng.pick(&self.site.providers).clone();
        let ended = (!self.person.hero && self.prng.chance(0.3))
            .then(|| later(at, i64::from(self.prng.range(20, 200)) * 1_440))
            .filter(|end| *end < self.to);
        let funding =
            self.prng.weighted(&[("Council", 6), ("Self-funded", 3), ("Direct payment", 1)]);
        let local = self.record.local_id.clone();
        let (start, review) =
            (iso_date(later(at, 2_880).date()), iso_date(later(at, 180 * 1_440).date()));
        let write = |writer: &mut Self, version: &str, at: DateTime, end: Option<DateTime>| {
            let stamp = iso_spaced(at);
            let last = end.map(|end| iso_date(end.date())).unwrap_or_default();
            let status = if end.is_some() { "ended" } else { "active" };
            let fields: [&str; 16] = [
                &id, version, &local, service.0, provider, &code, service.1, service.2, service.3,
                service.4, &start, &review, &last, status, funding, &stamp,
            ];
            writer.push(4, at, &fields);
        };
        write(self, "1", at, None);
        if let Some(end) = ended {
            write(self, "2", later(end, 1_440), Some(end));
        }
    }
}
