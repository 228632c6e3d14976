//! Assessments of a client: NEWS2, Waterlow, MUST, each as rows of items and their sum.
//!
//! NEWS2 scores follow the Royal College of Physicians' chart of 2017, scale 1.

use jiff::civil::DateTime;

use super::rows::Writer;
use crate::calendar::{later, uk_time};
use crate::sites::Clinician;

/// Code, SNOMED CT, name, value, unit.
type Item = (&'static str, &'static str, &'static str, String, &'static str);

struct Assessment {
    id: String,
    kind: &'static str,
    items: Vec<Item>,
    band: &'static str,
}

impl Writer<'_, '_> {
    /// The assessments that are made at a contact.
    pub(super) fn assessments(
        &mut self,
        contact: &str,
        number: i32,
        nurse: &Clinician,
        at: DateTime,
    ) {
        if number % 2 == 0 {
            let assessment = self.news2(contact);
            self.write_assessment(&assessment, contact, nurse, at);
        }
        if number % 6 == 0 {
            let assessment = self.waterlow(contact);
            self.write_assessment(&assessment, contact, nurse, at);
        }
        if number % 8 == 1 {
            let assessment = self.must(contact);
            self.write_assessment(&assessment, contact, nurse, at);
        }
    }

    fn write_assessment(
        &mut self,
        assessment: &Assessment,
        contact: &str,
        nurse: &Clinician,
        at: DateTime,
    ) {
        let corrected = self.prng.chance(self.making.rates.corrected);
        self.items(assessment, contact, nurse, at, "final");
        if corrected && let Some(item) = assessment.items.first() {
            // One value was misread; the row comes again with the right one.
            let wrong: f64 = item.3.parse().unwrap_or(1.0);
            let right = format!("{}", wrong as i64 + 1);
            let item = (item.0, item.1, item.2, right, item.4);
            let again = Assessment {
                id: assessment.id.clone(),
                kind: assessment.kind,
                items: vec![item],
                band: assessment.band,
            };
            self.items(&again, contact, nurse, later(at, 3 * 1_440), "corrected");
        }
    }

    fn items(
        &mut self,
        assessment: &Assessment,
        contact: &str,
        nurse: &Clinician,
        at: DateTime,
        status: &str,
    ) {
        let (seen, stamp) = (uk_time(at), uk_time(later(at, 5)));
        let name = nurse.full_name();
        let local = self.record.local_id.clone();
        for (code, snomed, title, value, unit) in &assessment.items {
            let band = if *code == "TOTAL" { assessment.band } else { "" };
            let fields: [&str; 16] = [
                &assessment.id,
                &local,
                contact,
                &seen,
                assessment.kind,
                code,
                snomed,
                title,
                value,
                unit,
                band,
                &nurse.code,
                &name,
                nurse.role,
                status,
                &stamp,
            ];
            self.push(2, at, &fields);
        }
    }

    fn news2(&mut self, contact: &str) -> Assessment {
        let ill = if self.prng.chance(0.1) { 1.0 } else { 0.0 };
        let breaths = self.prng.normal(16.0 + 6.0 * ill, 1.5).round();
        let oxygen = self.prng.normal(96.5 - 3.0 * ill, 1.0).round().min(100.0);
        let pressure = self.prng.normal(132.0 - 18.0 * ill, 11.0).round();
        let pulse = self.prng.normal(76.0 + 25.0 * ill, 8.0).round();
        let warmth = (self.prng.normal(36.7 + 1.4 * ill, 0.25) * 10.0).round() / 10.0;
        let total = score_news2(breaths, oxygen, pressure, pulse, warmth);
        let any_three = breaths <= 8.0 || breaths >= 25.0 || oxygen <= 91.0 || pressure <= 90.0;
        let band = match total {
            7.. => "high",
            5..7 => "medium",
            _ if any_three => "low-medium",
            _ => "low",
        };
        let whole = |value: f64| format!("{value:.0}");
        let items = vec![
            ("RR", "86290005", "Respiratory rate", whole(breaths), "/min"),
            ("SPO2", "431314004", "Oxygen saturation", whole(oxygen), "%"),
            ("OXYGEN", "", "Air or oxygen", "Air".to_owned(), ""),
            ("SBP", "72313002", "Systolic blood pressure", whole(pressure), "mmHg"),
            ("PULSE", "78564009", "Pulse rate", whole(pulse), "/min"),
            ("ACVPU", "1104441000000107", "Level of consciousness", "A".to_owned(), ""),
            ("TEMP", "276885007", "Temperature", format!("{warmth:.1}"), "Cel"),
            ("TOTAL", "1104051000000101", "NEWS2 total score", total.to_string(), ""),
        ];
        Assessment { id: format!("N{contact}"), kind: "NEWS2", items, band }
    }

    fn waterlow(&mut self, contact: &str) -> Assessment {
        let parts = [
            ("BUILD", "Build and weight for height", self.prng.range(0, 3)),
            ("SKIN", "Skin type", self.prng.range(0, 3)),
            ("SEXAGE", "Sex and age", self.prng.range(3, 7)),
            ("NUTRITION", "Nutrition", self.prng.range(0, 4)),
            ("CONTINENCE", "Continence", self.prng.range(0, 3)),
            ("MOBILITY", "Mobility", self.prng.range(0, 5)),
            ("SPECIAL", "Special risks", self.prng.range(0, 6)),
        ];
        let total: i32 = parts.iter().map(|(_, _, value)| value).sum();
        let band = match total {
            20.. => "very high risk",
            15..20 => "high risk",
            10..15 => "at risk",
            _ => "not at risk",
        };
        let mut items: Vec<Item> = parts
            .into_iter()
            .map(|(code, name, value)| (code, "", name, value.to_string(), ""))
            .collect();
        items.push(("TOTAL", "", "Waterlow score", total.to_string(), ""));
        Assessment { id: format!("L{contact}"), kind: "Waterlow", items, band }
    }

    fn must(&mut self, contact: &str) -> Assessment {
        let build = self.prng.weighted(&[(0, 8), (1, 1), (2, 1)]);
        let loss = self.prng.weighted(&[(0, 8), (1, 1), (2, 1)]);
        let total = build + loss;
        let band = match total {
            0 => "low risk",
            1 => "medium risk",
            _ => "high risk",
        };
        let items = vec![
            ("BMI", "", "BMI score", build.to_string(), ""),
            ("LOSS", "", "Weight loss score", loss.to_string(), ""),
            ("ACUTE", "", "Acute disease score", "0".to_owned(), ""),
            ("TOTAL", "", "MUST score", total.to_string(), ""),
        ];
        Assessment { id: format!("M{contact}"), kind: "MUST", items, band }
    }
}

/// The NEWS2 sum of someone alert and on air.
pub(crate) fn score_news2(
    breaths: f64,
    oxygen: f64,
    pressure: f64,
    pulse: f64,
    warmth: f64,
) -> i32 {
    let breaths = match breaths {
        ..=8.0 | 25.0.. => 3,
        21.0.. => 2,
        12.0.. => 0,
        _ => 1,
    };
    let oxygen = match oxygen {
        ..=91.0 => 3,
        ..=93.0 => 2,
        ..=95.0 => 1,
        _ => 0,
    };
    let pressure = match pressure {
        ..=90.0 | 220.0.. => 3,
        ..=100.0 => 2,
        ..=110.0 => 1,
        _ => 0,
    };
    let pulse = match pulse {
        ..=40.0 | 131.0.. => 3,
        111.0.. => 2,
        51.0..=90.0 => 0,
        _ => 1,
    };
    let warmth = match warmth {
        ..=35.0 => 3,
        39.1.. => 2,
        36.1..=38.0 => 0,
        _ => 1,
    };
    breaths + oxygen + pressure + pulse + warmth
}

#[cfg(test)]
mod tests {
    use super::score_news2;

    #[test]
    fn scores_at_the_edges_of_the_chart() {
        let check = |values: (f64, f64, f64, f64, f64), expect| {
            assert_eq!(score_news2(values.0, values.1, values.2, values.3, values.4), expect);
        };
        check((12.0, 96.0, 111.0, 51.0, 36.1), 0);
        check((20.0, 96.0, 219.0, 90.0, 38.0), 0);
        check((8.0, 91.0, 90.0, 40.0, 35.0), 15);
        check((25.0, 95.0, 220.0, 131.0, 39.1), 12);
        check((9.0, 94.0, 101.0, 91.0, 38.1), 5);
        check((21.0, 92.0, 100.0, 111.0, 36.0), 9);
    }
}
