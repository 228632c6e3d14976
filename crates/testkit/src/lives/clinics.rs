//! Outpatient bookings with their letters, and laboratory reports.

use jiff::civil::DateTime;

use super::chart::{Booking, BookingStep, LetterAbout, Report, Stage, What};
use super::hospital::Maker;
use super::moment;
use crate::calendar::{days_between, later};
use crate::clinical::{Disease, panel};

impl Maker<'_> {
    /// Bookings in the clinics of the person's diseases.
    pub(super) fn clinics(&mut self) {
        let diseases: Vec<&'static Disease> =
            self.person.diagnoses.iter().map(|diagnosis| diagnosis.disease).collect();
        for disease in diseases {
            let share = if self.person.hero { 1.0 } else { 0.35 };
            let count = if self.prng.chance(share) { 1 + self.prng.below(2) } else { 0 };
            for _ in 0..count {
                let from = later(self.opened, 120);
                // A hero's clinics lie early enough for their letters to have been written.
                let days = days_between(from.date(), self.limit.date());
                let share = if self.person.hero { 60 } else { 100 };
                let until = later(from, days * 1_440 * share / 100);
                let booked = moment(&mut self.prng, from, until);
                self.booking(disease, booked);
            }
        }
    }

    fn booking(&mut self, disease: &'static Disease, booked: DateTime) {
        let index = self.chart.bookings.len() as u16;
        let wait = i64::from(self.prng.range(7, 70));
        let slot = |prng: &mut crate::prng::Prng, days: i64| {
            let quarter = i64::from(prng.range(0, 30)) * 15;
            later(later(booked, days * 1_440).date().at(9, 0, 0, 0), quarter)
        };
        let first = slot(&mut self.prng, wait);
        let number = format!("A{:07}-{}", self.person.id.0, index + 1);
        let mut booking = Booking {
            number,
            function: disease.clinic,
            consultant: self.prng.below(2),
            first,
            moved: None,
            minutes: (20, 20),
        };
        let fate = if self.person.hero && index < 3 { 99 } else { self.prng.below(100) };
        let half = later(booked, wait * 720);
        let mut steps = vec![(booked, BookingStep::Book)];
        if fate < 12 {
            booking.moved = Some(slot(&mut self.prng, wait + 21));
            steps.push((half, BookingStep::Move));
        } else if fate < 18 {
            booking.minutes.1 = 30;
            steps.push((half, BookingStep::Change));
        } else if fate < 28 {
            steps.push((half, BookingStep::Cancel));
        }
        let held = booking.moved.unwrap_or(first);
        self.chart.bookings.push(booking);
        for (at, step) in steps {
            self.push(booked, at, What::Booking { booking: index, step });
        }
        if !(18..28).contains(&fate) && later(held, 30) < self.limit {
            if self.prng.chance(0.6) {
                let taken = later(held, -3 * 1_440);
                for code in disease.panels {
                    self.panel(None, code, taken.max(self.opened), 0.0);
                }
            }
            if self.person.hero || self.prng.chance(0.6) {
                let signed = later(held, i64::from(self.prng.range(200, 9_000)));
                self.letter(LetterAbout::Clinic(index), signed);
            }
        }
    }

    /// Blood that the practice takes at regular times, measured in the hospital's laboratory.
    pub(super) fn monitoring(&mut self) {
        let mut codes: Vec<&'static str> =
            self.person.diagnoses.iter().flat_map(|d| d.disease.panels.iter().copied()).collect();
        codes.sort_unstable();
        codes.dedup();
        let days = days_between(self.opened.date(), self.limit.date());
        for code in codes {
            let every = if self.person.hero { 90 } else { self.prng.range(150, 380) };
            let mut day = i64::from(self.prng.range(5, every));
            while day < days {
                let minute = i64::from(self.prng.range(0, 300));
                self.panel(None, code, later(self.opened, day * 1_440 + minute), 0.0);
                day += i64::from(every + self.prng.range(-15, 30));
            }
        }
    }

    /// One report: at times preliminary first, at times corrected after.
    pub(super) fn panel(&mut self, visit: Option<u16>, code: &str, taken: DateTime, ill: f64) {
        let Some(panel) = panel(code) else { return };
        let index = self.chart.reports.len() as u16;
        let years = self.making.window.years(taken);
        let values: Vec<String> = panel
            .analytes
            .iter()
            .map(|analyte| {
                let value = self.body.value(&mut self.prng, analyte.code, years, ill);
                format!("{value:.*}", analyte.digits)
            })
            .collect();
        let correction = self.prng.chance(self.making.rates.corrected).then(|| {
            let at = self.prng.below(panel.analytes.len() as u32) as usize;
            let analyte = &panel.analytes[at];
            let value = self.body.value(&mut self.prng, analyte.code, years, ill) * 1.11 + 1.0;
            (at, format!("{value:.*}", analyte.digits))
        });
        let wait = if visit.is_some() { (40, 180) } else { (300, 1_500) };
        let out = later(taken, i64::from(self.prng.range(wait.0, wait.1)));
        let corrected = correction.is_some();
        let number = format!("{:07}-{}", self.person.id.0, index + 1);
        self.chart.reports.push(Report {
            filler: format!("L{number}"),
            placer: format!("O{number}"),
            panel,
            taken,
            out,
            visit,
            values,
            correction,
            consultant: self.prng.below(2),
        });
        let start = visit.map_or(taken, |visit| self.chart.visits[visit as usize].decided);
        if panel.analytes.len() > 3 && self.prng.chance(0.08) {
            let at = later(taken, 30);
            self.push(start, at, What::Report { report: index, stage: Stage::Preliminary });
        }
        self.push(start, out, What::Report { report: index, stage: Stage::Final });
        if corrected {
            let at = later(out, i64::from(self.prng.range(60, 2_000)));
            self.push(start, at, What::Report { report: index, stage: Stage::Corrected });
        }
    }
}
