//! Visits to the hospital: emergency attendances, admissions, moves, discharges, and cancellations.

use jiff::civil::DateTime;

use super::chart::{Chart, Event, Letter, LetterAbout, LetterForm, Stay, Trigger, Visit, What};
use super::{Making, moment};
use crate::calendar::{age, days_between, later};
use crate::clinical::{ACUTES, Acute, Physiology, disease};
use crate::mess::{self, Blemish};
use crate::person::Person;
use crate::prng::Prng;
use crate::record::SourceRecord;
use crate::sites::{Site, System, WARDS};

/// A chart in the making.
pub(super) struct Maker<'a> {
    pub(super) making: &'a Making<'a>,
    pub(super) person: &'a Person,
    pub(super) prng: Prng,
    pub(super) chart: Chart,
    pub(super) opened: DateTime,
    pub(super) limit: DateTime,
    pub(super) body: Physiology,
    /// The second record's time, where there is one: opened, merged.
    pub(super) second: Option<(DateTime, Option<DateTime>)>,
}

/// The chart of a person in the hospital of their own site, and its records; none where never there.
pub(crate) fn home_chart(
    making: &Making<'_>,
    person: &Person,
    first_record: usize,
) -> Option<(Chart, Vec<SourceRecord>)> {
    let mut prng = Prng::keyed(making.seed, "hospital", u64::from(person.id.0));
    let (from, to) = making.window.of(person);
    let years = age(person.birth, making.window.end);
    let share = 0.30 + f64::from(years.clamp(0, 90)) / 180.0;
    let known = person.hero || prng.chance(share);
    if !known || days_between(from.date(), to.date()) < 30 {
        return None;
    }
    let half = days_between(from.date(), to.date()) * if person.hero { 3 } else { 60 } / 100;
    let opened = moment(&mut prng, from, later(from, half * 1_440));
    let mut maker = Maker::new(making, person, person.site, prng, opened, to);
    maker.open_records(first_record);
    maker.visits();
    maker.clinics();
    maker.monitoring();
    Some(maker.finish(first_record))
}

/// A single emergency attendance in the hospital of another site.
pub(crate) fn away_chart(
    making: &Making<'_>,
    person: &Person,
    first_record: usize,
) -> Option<(Chart, Vec<SourceRecord>)> {
    let mut prng = Prng::keyed(making.seed, "away", u64::from(person.id.0));
    let (from, to) = making.window.of(person);
    if person.hero || !prng.chance(0.02) || days_between(from.date(), to.date()) < 30 {
        return None;
    }
    let site = Site::ALL[(person.site as usize + 1 + prng.below(4) as usize) % 5];
    let opened = moment(&mut prng, from, later(to, -20 * 1_440));
    let mut maker = Maker::new(making, person, site, prng, opened, to);
    maker.chart.records.push(first_record);
    let start = later(maker.opened, 12);
    maker.attendance(start, false);
    Some(maker.finish(first_record))
}

impl<'a> Maker<'a> {
    fn new(
        making: &'a Making<'a>,
        person: &'a Person,
        site: Site,
        prng: Prng,
        opened: DateTime,
        limit: DateTime,
    ) -> Maker<'a> {
        let years = age(person.birth, making.window.start);
        let body = Physiology::of(making.seed, person, years);
        let chart = Chart {
            person: person.id,
            site,
            records: Vec::new(),
            visits: Vec::new(),
            bookings: Vec::new(),
            reports: Vec::new(),
            letters: Vec::new(),
            events: Vec::new(),
        };
        Maker { making, person, prng, chart, opened, limit, body, second: None }
    }

    /// One record, or two where the desk did not find the first.
    fn open_records(&mut self, first_record: usize) {
        self.chart.records.push(first_record);
        let left = days_between(self.opened.date(), self.limit.date());
        if left > 60 && !self.person.hero && self.prng.chance(self.making.rates.duplicate) {
            let until = later(self.limit, -20 * 1_440);
            let from = moment(&mut self.prng, later(self.opened, 20 * 1_440), until);
            let merged = self
                .prng
                .chance(self.making.rates.merged)
                .then(|| moment(&mut self.prng, later(from, 3 * 1_440), self.limit));
            self.second = Some((from, merged));
            self.chart.records.push(first_record + 1);
            if let Some(at) = merged {
                self.push(at, at, What::Merge);
            }
        }
    }

    /// Which record something that began at `start` is written in at `at`.
    fn record(&self, start: DateTime, at: DateTime) -> u8 {
        match self.second {
            Some((from, merged)) => {
                u8::from(start >= from && merged.is_none_or(|merged| at < merged))
            }
            None => 0,
        }
    }

    /// Writes down an event, unless it lies after the end.
    pub(super) fn push(&mut self, start: DateTime, at: DateTime, what: What) {
        if at > self.limit || at < self.opened {
            return;
        }
        let record = if what == What::Merge { 0 } else { self.record(start, at) };
        let rates = self.making.rates;
        let late = !matches!(what, What::Register) && self.prng.chance(rates.late);
        let hold = if late { self.prng.range(30, 4_000) } else { 0 };
        let sent = later(at, i64::from(hold))
            .saturating_add(jiff::ToSpan::seconds(i64::from(self.prng.range(2, 50))));
        let repeated = self.prng.chance(rates.repeated);
        self.chart.events.push(Event { at, sent, record, what, repeated, late });
    }

    fn visit_event(&mut self, visit: u16, at: DateTime, trigger: Trigger, stay: usize) {
        let start = self.chart.visits[visit as usize].decided;
        self.push(start, at, What::Visit { trigger, visit, stay: stay as u8 });
    }

    fn visits(&mut self) {
        let years = age(self.person.birth, self.making.window.end);
        let ill = self.person.diagnoses.len() as u32;
        let most = if years >= 65 { 2 + ill } else { 1 + ill / 2 };
        let mut count = self.prng.below(most + 1);
        if self.person.hero {
            count = count.max(3);
        }
        let mut at = later(self.opened, 60);
        let gap = days_between(at.date(), self.limit.date()) / i64::from(count + 1);
        for index in 0..count {
            let start = moment(&mut self.prng, at, later(at, gap.max(1) * 1_440));
            // Whoever has to be in the demonstration is admitted once, as an emergency.
            let admit = (self.person.hero && index == 0) || self.prng.chance(0.4);
            let end = if !admit {
                self.attendance(start, false)
            } else if self.prng.chance(0.25) && !(self.person.hero && index == 0) {
                self.elective(start)
            } else {
                self.attendance(start, true)
            };
            at = later(end, 2 * 1_440);
        }
        self.here_now(at);
    }

    /// Some are in hospital on the last day; the hero of Hastings always is.
    fn here_now(&mut self, free: DateTime) {
        let chosen = self.person.hero && self.person.site == Site::Hastings;
        // Attendance takes seven hours at most and a stay a day at least, so this one is still here.
        let longest = if chosen { 900 } else { 4_000 };
        let start = later(self.limit, -i64::from(self.prng.range(500, longest)));
        let there = chosen || self.prng.chance(0.015);
        if there && self.person.death.is_none() && (chosen || start > free) {
            self.attendance(start, true);
        }
    }

    fn cause(&mut self, elective: bool) -> &'static Acute {
        let years = age(self.person.birth, self.making.window.end);
        let possible: Vec<&Acute> = ACUTES
            .iter()
            .filter(|acute| acute.elective == elective && years >= acute.age_min)
            .collect();
        let at = self.prng.below(possible.len() as u32) as usize;
        possible.get(at).copied().unwrap_or(&ACUTES[3])
    }

    fn stay(&mut self, code: &str) -> Stay {
        let ward = WARDS.iter().find(|ward| ward.code == code).unwrap_or(&WARDS[0]);
        let bay = 1 + self.prng.below(ward.bays) as u8;
        Stay { ward: ward.code, bay, bed: 1 + self.prng.below(ward.beds) as u8 }
    }

    fn visit(&mut self, class: &'static str, cause: &'static Acute, decided: DateTime) -> u16 {
        let index = self.chart.visits.len() as u16;
        self.chart.visits.push(Visit {
            number: format!("V{:07}{index:02}", self.person.id.0),
            class,
            cause,
            consultant: self.prng.below(2),
            decided,
            admitted: decided,
            stays: Vec::new(),
            method: "21",
            died: false,
        });
        index
    }

    /// Comes to the emergency department and goes home, or is admitted from there.
    pub(super) fn attendance(&mut self, start: DateTime, admit: bool) -> DateTime {
        let cause = self.cause(false);
        let visit = self.visit("E", cause, start);
        let place = self.stay("ED");
        self.chart.visits[visit as usize].stays.push(place);
        self.visit_event(visit, start, Trigger::A04, 0);
        if self.prng.chance(0.7) {
            let taken = later(start, i64::from(self.prng.range(15, 60)));
            self.panels(Some(visit), cause.panels, taken, 1.0, cause.function);
        }
        let left = later(start, i64::from(self.prng.range(90, 420)));
        self.visit_event(visit, left, Trigger::A03, 0);
        if admit { self.admission(later(left, 15), cause, "21", start) } else { left }
    }

    /// Comes from the waiting list.
    fn elective(&mut self, start: DateTime) -> DateTime {
        let cause = self.cause(true);
        let admitted = later(start, i64::from(self.prng.range(14, 60)) * 1_440);
        self.admission(admitted, cause, "11", start)
    }

    fn admission(
        &mut self,
        admitted: DateTime,
        cause: &'static Acute,
        method: &'static str,
        decided: DateTime,
    ) -> DateTime {
        let elective = method == "11";
        let visit = self.visit("I", cause, decided);
        let first = self.stay(if elective { cause.ward } else { "AMU" });
        let data = &mut self.chart.visits[visit as usize];
        data.admitted = admitted;
        data.method = method;
        data.stays.push(first);
        if elective {
            self.visit_event(visit, decided, Trigger::A05, 0);
        }
        self.visit_event(visit, admitted, Trigger::A01, 0);
        if !self.person.hero && self.prng.chance(self.making.rates.cancelled) {
            let at = later(admitted, i64::from(self.prng.range(10, 180)));
            self.visit_event(visit, at, Trigger::A11, 0);
            return at;
        }
        let days = i64::from(self.prng.range(1, if cause.age_min >= 60 { 16 } else { 7 }));
        let leaves = later(admitted, days * 1_440 + i64::from(self.prng.range(0, 400)));
        let stay = self.moves(visit, cause, admitted, leaves);
        for day in 0..days.min(6) {
            if day == 0 || self.prng.chance(0.5) {
                let taken = later(admitted, day * 1_440 + i64::from(self.prng.range(30, 300)));
                let ill = 1.0 - day as f64 / days as f64;
                self.panels(Some(visit), cause.panels, taken, ill, cause.function);
            }
        }
        self.discharge(visit, stay, leaves)
    }

    /// Moves between wards; the index of the stay in the end.
    fn moves(&mut self, visit: u16, cause: &Acute, admitted: DateTime, leaves: DateTime) -> usize {
        let mut stay = 0;
        let mut at = later(admitted, i64::from(self.prng.range(240, 1_300)));
        for ward in [cause.ward, "W07"] {
            if at >= later(leaves, -120) || self.prng.chance(if ward == "W07" { 0.8 } else { 0.15 })
            {
                break;
            }
            let place = self.stay(ward);
            let stays = &mut self.chart.visits[visit as usize].stays;
            stays.push(place);
            let next = stays.len() - 1;
            self.visit_event(visit, at, Trigger::A02, next);
            if self.prng.chance(self.making.rates.cancelled) {
                self.visit_event(visit, later(at, 25), Trigger::A12, stay);
            } else {
                stay = next;
            }
            if self.prng.chance(0.3) {
                self.visit_event(visit, later(at, 45), Trigger::A08, stay);
            }
            at = later(at, i64::from(self.prng.range(1_500, 4_000)));
        }
        stay
    }

    fn discharge(&mut self, visit: u16, stay: usize, leaves: DateTime) -> DateTime {
        if leaves > self.limit && self.person.death.is_some() {
            self.chart.visits[visit as usize].died = true;
            let at = self.limit;
            self.visit_event(visit, at, Trigger::A03, stay);
            return at;
        }
        let mut left = leaves;
        self.visit_event(visit, left, Trigger::A03, stay);
        if self.prng.chance(self.making.rates.cancelled) {
            self.visit_event(visit, later(left, 40), Trigger::A13, stay);
            left = later(left, i64::from(self.prng.range(1_000, 3_000)));
            self.visit_event(visit, left, Trigger::A03, stay);
        }
        if self.person.hero || self.prng.chance(0.85) {
            let signed = later(left, i64::from(self.prng.range(20, 1_200)));
            self.letter(LetterAbout::Discharge(visit), signed);
        }
        left
    }

    pub(super) fn letter(&mut self, about: LetterAbout, signed: DateTime) {
        let index = self.chart.letters.len() as u16;
        let sent = self.chart.events.iter().filter(|e| matches!(e.what, What::Letter(_))).count();
        let form = if self.person.hero && sent < 3 {
            [LetterForm::Formatted, LetterForm::Lines, LetterForm::Pdf][sent]
        } else {
            self.prng.weighted(&[
                (LetterForm::Formatted, 6),
                (LetterForm::Lines, 3),
                (LetterForm::Pdf, 1),
            ])
        };
        let number = format!("D{:07}-{}", self.person.id.0, index + 1);
        self.chart.letters.push(Letter { number, about, form, signed });
        self.push(signed, signed, What::Letter(index));
    }

    /// Sorts the events, opens the records and writes the changes of the truth into them.
    fn finish(mut self, first_record: usize) -> (Chart, Vec<SourceRecord>) {
        let mut records = Vec::new();
        for place in 0..self.chart.records.len() {
            let at =
                if place == 0 { self.opened } else { self.second.map_or(self.opened, |s| s.0) };
            let record = self.record_of(place, at);
            records.push(record);
            self.push(at, at, What::Register);
        }
        if let (Some((_, Some(at))), [first, second]) = (self.second, records.as_mut_slice()) {
            second.merged_into = Some((first.local_id.clone(), at));
        }
        super::updates::keep_up(&mut self, &mut records);
        self.chart.records = (first_record..first_record + records.len()).collect();
        self.chart.events.sort_by_key(|event| (event.at, event.what != What::Register));
        (self.chart, records)
    }

    fn record_of(&mut self, place: usize, at: DateTime) -> SourceRecord {
        let rates = self.making.rates;
        let other = self.making.other_number;
        let (identity, mut blemishes) = if self.person.hero {
            (mess::true_identity(self.person, at.date()), Vec::new())
        } else {
            mess::soil(&mut self.prng, rates, System::Hospital, self.person, other, at)
        };
        if place > 0 {
            blemishes.push(Blemish::Duplicate);
        }
        SourceRecord {
            person: self.person.id,
            site: self.chart.site,
            system: System::Hospital,
            local_id: mrn(self.chart.site, self.person.id.0, place as u32),
            opened: at,
            identity,
            changes: Vec::new(),
            blemishes,
            merged_into: None,
        }
    }
}

/// The hospital number of a person; no number stands for two people of a site.
pub(crate) fn mrn(site: Site, person: u32, place: u32) -> String {
    let number = (u64::from(person) * 2 + u64::from(place)) * 7_919 % 8_999_993 + 1_000_000;
    format!("{}{number}", site.letter())
}

impl Maker<'_> {
    /// Reports of panels whose blood was taken together.
    pub(super) fn panels(
        &mut self,
        visit: Option<u16>,
        codes: &[&str],
        taken: DateTime,
        ill: f64,
        function: &'static str,
    ) {
        // An infection shows in the blood; a broken bone or a gallstone hardly does.
        let ill =
            if disease(function).is_none() && !codes.contains(&"CRP") { ill * 0.2 } else { ill };
        for code in codes {
            self.panel(visit, code, taken, ill);
        }
    }
}
