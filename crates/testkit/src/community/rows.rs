//! The rows of a client: the client themselves, contacts, wounds, care plans, allergies.

use jiff::civil::DateTime;

use crate::calendar::{later, uk_date, uk_time};
use crate::csv_text;
use crate::drop_files::Row;
use crate::lives::{Making, moment};
use crate::names::short_form;
use crate::nhs_number;
use crate::person::{Person, Sex};
use crate::prng::Prng;
use crate::record::SourceRecord;
use crate::sites::{Clinician, SiteData};

/// Why someone is referred: reason, problem, SNOMED CT, goal, what is done, wound.
type Reason = (&'static str, &'static str, &'static str, &'static str, &'static str, bool);

#[rustfmt::skip]
const REASONS: &[Reason] = &[
    ("Leg ulcer dressing", "Leg ulcer", "95344007", "Ulcer healed", "Clean, dress and bandage", true),
    ("Pressure ulcer care", "Pressure ulcer", "399912005", "Skin whole", "Turn, dress, check the mattress", true),
    ("Insulin administration", "Type 2 diabetes mellitus", "44054006", "Glucose in range", "Give insulin, check glucose", false),
    ("Catheter care", "Urinary catheter in situ", "439053001", "No infection of the urine", "Change the catheter every twelve weeks", false),
    ("Falls review", "Falls", "161898004", "No further falls", "Exercise, review the home", false),
];

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

impl Writer<'_, '_> {
    pub(super) fn write(&mut self) {
        let reason = if self.person.hero { &REASONS[0] } else { self.prng.pick(REASONS) };
        let discharged = (!self.person.hero && self.prng.chance(0.4))
            .then(|| moment(self.prng, later(self.record.opened, 20 * 1_440), self.to))
            .filter(|at| *at <= self.to);
        self.client(self.record.opened, reason, None);
        let changes: Vec<DateTime> = self.record.changes.iter().map(|(at, _)| *at).collect();
        for at in changes {
            self.client(at, reason, None);
        }
        let end = discharged.unwrap_or(self.to);
        self.allergies();
        self.care_plan(reason, discharged);
        self.contacts(reason, end);
        if let Some(at) = discharged {
            self.client(later(at, 30), reason, Some(at));
        } else if self.person.death.is_some_and(|day| day < self.making.window.end) {
            self.client(later(self.to, 2_880), reason, Some(self.to));
        }
    }

    /// Adds a row; at times the same row again in a later extract.
    pub(super) fn push(&mut self, kind: usize, at: DateTime, fields: &[&str]) {
        let line = csv_text::line(fields, false);
        if self.prng.chance(self.making.rates.repeated) {
            let again = later(at, 31 * 1_440);
            if again < self.making.window.end.at(0, 0, 0, 0) {
                self.rows.push(Row { at: again, kind, line: line.clone(), copy: true });
            }
        }
        self.rows.push(Row { at, kind, line, copy: false });
    }

    fn client(&mut self, at: DateTime, reason: &Reason, discharged: Option<DateTime>) {
        let identity = self.record.identity_at(at).clone();
        let practice = &self.site.practices[self.person.practice];
        let spaced = self.person.id.0.is_multiple_of(3);
        let number = identity.nhs_number.as_deref().unwrap_or("");
        let number = if spaced { nhs_number::spaced(number) } else { number.to_owned() };
        let number = number.trim().to_owned();
        let gender = match identity.sex {
            Some(Sex::Male) => "Male",
            Some(Sex::Female) => "Female",
            None => "Not known",
        };
        let death = self.person.death.filter(|day| at.date() >= *day);
        let (birth, opened) = (identity.birth.map(uk_date), uk_date(self.record.opened.date()));
        let (left, died) = (discharged.map(|at| uk_date(at.date())), death.map(uk_date));
        let referral = format!("R{}", self.record.local_id);
        let known_as = short_form(&identity.given).filter(|_| self.person.id.0.is_multiple_of(4));
        let stamp = uk_time(at);
        let address = &identity.address;
        let code = practice.code.clone();
        let fields: [&str; 29] = [
            &self.record.local_id,
            &number,
            identity.nhs_status,
            identity.prefix,
            &identity.given,
            identity.middle.as_deref().unwrap_or(""),
            &identity.family,
            known_as.unwrap_or(""),
            identity.former_family.as_deref().unwrap_or(""),
            birth.as_deref().unwrap_or(""),
            gender,
            self.person.ethnicity,
            self.person.language,
            &address.line1,
            &address.line2,
            &address.town,
            address.county,
            address.postcode.as_deref().unwrap_or(""),
            identity.phone.as_deref().unwrap_or(""),
            identity.mobile.as_deref().unwrap_or(""),
            &code,
            &practice.name,
            died.as_deref().unwrap_or(""),
            &referral,
            &opened,
            if self.person.id.0.is_multiple_of(2) { "GP" } else { "Hospital discharge" },
            reason.0,
            left.as_deref().unwrap_or(""),
            &stamp,
        ];
        self.push(0, at, &fields);
    }

    fn contacts(&mut self, reason: &Reason, end: DateTime) {
        let count = if self.person.hero { 24 } else { self.prng.range(2, 14) };
        let mut at = later(self.record.opened, 2 * 1_440);
        for number in 0..count {
            at = later(at, i64::from(self.prng.range(2, 16)) * 1_440);
            let start = later(at.date().at(9, 0, 0, 0), i64::from(self.prng.range(0, 420)));
            if start > end {
                return;
            }
            self.contact(reason, number, start);
        }
    }

    fn contact(&mut self, reason: &Reason, number: i32, start: DateTime) {
        let site = self.site;
        let nurse = &site.nurses[self.prng.below(site.nurses.len() as u32) as usize];
        let id = format!("K{}-{number:03}", self.record.local_id);
        let referral = format!("R{}", self.record.local_id);
        let (kind, outcome) = self.prng.weighted(&[
            (("Face to face", "Seen"), 86),
            (("Telephone", "Seen"), 7),
            (("No access", "Not in"), 4),
            (("Face to face", "Declined"), 3),
        ]);
        let end = later(start, i64::from(self.prng.range(15, 50)));
        let note = if outcome == "Seen" {
            "Seen as planned, \"comfortable\", no new concerns"
        } else {
            "Card left, will try again"
        };
        let (starts, ends, stamp) = (uk_time(start), uk_time(end), uk_time(later(end, 12)));
        let (team, place) = (site.site.community_team(), site.site.name());
        let team_name = format!("{place} community nursing");
        let name = nurse.full_name();
        let fields: [&str; 16] = [
            &id,
            &self.record.local_id,
            &referral,
            &starts,
            &ends,
            kind,
            "Home",
            team,
            &team_name,
            &nurse.code,
            &name,
            nurse.role,
            outcome,
            reason.0,
            note,
            &stamp,
        ];
        self.push(1, end, &fields);
        if outcome == "Seen" && kind == "Face to face" {
            if reason.5 {
                self.wound(reason, &id, number, nurse, end);
            }
            self.assessments(&id, number, nurse, end);
        }
    }

    fn wound(
        &mut self,
        reason: &Reason,
        contact: &str,
        number: i32,
        nurse: &Clinician,
        at: DateTime,
    ) {
        let entry = format!("W{}-{number:03}", self.record.local_id);
        let wound = format!("W{}", self.record.local_id);
        // A wound that is cared for grows smaller.
        let length = (48 - number * 2 + self.prng.range(-2, 2)).max(3).to_string();
        let width = (30 - number + self.prng.range(-2, 2)).max(2).to_string();
        let depth = (6 - number / 4).max(1).to_string();
        let (seen, due, stamp) =
            (uk_time(at), uk_date(later(at, 4 * 1_440).date()), uk_time(later(at, 9)));
        let tissue = self.prng.pick(&["Granulating", "Sloughy", "Epithelialising"]);
        let infected = if self.prng.chance(0.08) { "Y" } else { "N" };
        let name = nurse.full_name();
        let site = if reason.1 == "Leg ulcer" { "Left lower leg" } else { "Sacrum" };
        let fields: [&str; 19] = [
            &entry,
            &wound,
            &self.record.local_id,
            contact,
            &seen,
            reason.1,
            reason.2,
            site,
            &length,
            &width,
            &depth,
            tissue,
            "Moderate",
            infected,
            "Hydrofibre, compression",
            &due,
            &nurse.code,
            &name,
            &stamp,
        ];
        self.push(3, at, &fields);
    }

    fn care_plan(&mut self, reason: &Reason, discharged: Option<DateTime>) {
        let start = later(self.record.opened, 3 * 1_440);
        let id = format!("P{}", self.record.local_id);
        let site = self.site;
        let nurse = &site.nurses[0];
        let name = nurse.full_name();
        let write = |writer: &mut Self, at: DateTime, end: Option<DateTime>| {
            let title = format!("{} plan", reason.1);
            let (begins, review, stamp) =
                (uk_date(start.date()), uk_date(later(start, 90 * 1_440).date()), uk_time(at));
            let ends = end.map(|at| uk_date(at.date())).unwrap_or_default();
            let status = if end.is_some() { "completed" } else { "active" };
            let local = writer.record.local_id.clone();
            let fields: [&str; 15] = [
                &id,
                &local,
                &title,
                reason.1,
                reason.2,
                reason.3,
                reason.4,
                "Twice a week",
                &begins,
                &review,
                &ends,
                status,
                &nurse.code,
                &name,
                &stamp,
            ];
            writer.push(4, at, &fields);
        };
        if start <= self.to {
            write(self, start, None);
            if let Some(at) = discharged {
                write(self, later(at, 20).max(later(start, 10)), Some(at));
            }
        }
    }

    fn allergies(&mut self) {
        let at = later(self.record.opened, 60);
        let person = self.person;
        for (place, (allergen, since)) in person.allergies.iter().enumerate() {
            if *since > at.date() || (!person.hero && self.prng.chance(0.15)) {
                continue;
            }
            let id = format!("A{}-{place}", self.record.local_id);
            let (day, stamp) = (uk_date(at.date()), uk_time(at));
            let certainty = if self.prng.chance(0.7) { "confirmed" } else { "suspected" };
            let local = self.record.local_id.clone();
            let name = self.site.nurses[1].full_name();
            let fields: [&str; 12] = [
                &id,
                &local,
                &day,
                allergen.substance,
                allergen.snomed,
                allergen.category,
                allergen.reaction.1,
                allergen.severity,
                certainty,
                "active",
                &name,
                &stamp,
            ];
            self.push(5, at, &fields);
        }
    }
}
