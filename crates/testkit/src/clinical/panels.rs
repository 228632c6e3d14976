//! Laboratory panels: what is measured, in which unit, within which range; and the true values.
//!
//! To add an analyte, add a row here and its course to [`Physiology::value`].

use crate::person::{Person, Sex};
use crate::prng::Prng;

/// One measured thing.
#[derive(Debug)]
pub struct Analyte {
    /// The laboratory's code.
    pub code: &'static str,
    /// The laboratory's name for it.
    pub name: &'static str,
    /// SNOMED CT.
    pub snomed: &'static str,
    /// Its term.
    pub term: &'static str,
    /// UCUM.
    pub unit: &'static str,
    /// Digits after the point.
    pub digits: usize,
    /// Reference range of women; a low of less than 0 means none.
    pub female: (f64, f64),
    /// Reference range of men.
    pub male: (f64, f64),
    /// Critical limits.
    pub critical: (f64, f64),
}

impl Analyte {
    /// The reference range of a sex.
    pub fn range(&self, sex: Sex) -> (f64, f64) {
        if sex == Sex::Male { self.male } else { self.female }
    }

    /// OBX-8 of a value.
    pub fn flag(&self, sex: Sex, value: f64) -> &'static str {
        let (low, high) = self.range(sex);
        match value {
            _ if value < self.critical.0 => "LL",
            _ if value > self.critical.1 => "HH",
            _ if value < low => "L",
            _ if value > high => "H",
            _ => "N",
        }
    }
}

/// What is ordered together.
#[derive(Debug)]
pub struct Panel {
    /// The laboratory's code.
    pub code: &'static str,
    /// Name.
    pub name: &'static str,
    /// What it measures.
    pub analytes: &'static [Analyte],
}

/// The panel with a code.
pub(crate) fn panel(code: &str) -> Option<&'static Panel> {
    PANELS.iter().find(|panel| panel.code == code)
}

const NEVER: (f64, f64) = (-1.0, 1.0e9);

macro_rules! analyte {
    ($code:literal, $name:literal, $snomed:literal, $term:literal, $unit:literal, $digits:literal,
     $female:expr, $male:expr, $critical:expr) => {
        Analyte {
            code: $code,
            name: $name,
            snomed: $snomed,
            term: $term,
            unit: $unit,
            digits: $digits,
            female: $female,
            male: $male,
            critical: $critical,
        }
    };
}

/// Every panel.
#[rustfmt::skip]
pub(crate) const PANELS: &[Panel] = &[
    Panel { code: "FBC", name: "Full blood count", analytes: &[
        analyte!("HB", "Haemoglobin", "1022431000000105", "Haemoglobin estimation", "g/L", 0, (115.0, 165.0), (130.0, 180.0), (70.0, 220.0)),
        analyte!("WBC", "White cell count", "1022541000000102", "Total white cell count", "10*9/L", 1, (3.6, 11.0), (3.6, 11.0), (1.0, 50.0)),
        analyte!("PLT", "Platelets", "1022651000000100", "Platelet count", "10*9/L", 0, (140.0, 400.0), (140.0, 400.0), (30.0, 1000.0)),
        analyte!("MCV", "Mean cell volume", "1022491000000106", "Mean corpuscular volume", "fL", 1, (80.0, 100.0), (80.0, 100.0), NEVER),
        analyte!("NEUT", "Neutrophils", "1022551000000104", "Neutrophil count", "10*9/L", 1, (1.8, 7.5), (1.8, 7.5), (0.5, 40.0)),
        analyte!("LYMPH", "Lymphocytes", "1022581000000105", "Lymphocyte count", "10*9/L", 1, (1.0, 4.0), (1.0, 4.0), NEVER),
    ] },
    Panel { code: "UE", name: "Urea and electrolytes", analytes: &[
        analyte!("NA", "Sodium", "1000661000000107", "Serum sodium level", "mmol/L", 0, (133.0, 146.0), (133.0, 146.0), (120.0, 160.0)),
        analyte!("K", "Potassium", "1000651000000109", "Serum potassium level", "mmol/L", 1, (3.5, 5.3), (3.5, 5.3), (2.5, 6.5)),
        analyte!("UREA", "Urea", "1000981000000109", "Serum urea level", "mmol/L", 1, (2.5, 7.8), (2.5, 7.8), (0.0, 30.0)),
        analyte!("CRE", "Creatinine", "1000731000000107", "Serum creatinine level", "umol/L", 0, (45.0, 84.0), (59.0, 104.0), (10.0, 354.0)),
        analyte!("EGFR", "eGFR (CKD-EPI)", "1011481000000105", "eGFR using creatinine CKD-EPI per 1.73 square metres", "mL/min/{1.73_m2}", 0, (60.0, 120.0), (60.0, 120.0), (15.0, 1.0e9)),
    ] },
    Panel { code: "LFT", name: "Liver function", analytes: &[
        analyte!("ALT", "Alanine aminotransferase", "1018251000000107", "Serum alanine aminotransferase level", "U/L", 0, (0.0, 35.0), (0.0, 50.0), (-1.0, 500.0)),
        analyte!("ALP", "Alkaline phosphatase", "1000621000000104", "Serum alkaline phosphatase level", "U/L", 0, (30.0, 130.0), (30.0, 130.0), NEVER),
        analyte!("BILI", "Bilirubin", "999691000000104", "Serum bilirubin level", "umol/L", 0, (0.0, 21.0), (0.0, 21.0), (-1.0, 300.0)),
        analyte!("ALB", "Albumin", "1000821000000103", "Serum albumin level", "g/L", 0, (35.0, 50.0), (35.0, 50.0), (15.0, 1.0e9)),
    ] },
    Panel { code: "HBA1C", name: "Glycated haemoglobin", analytes: &[
        analyte!("HBA1C", "HbA1c (IFCC)", "999791000000106", "Haemoglobin A1c level - International Federation of Clinical Chemistry and Laboratory Medicine standardised", "mmol/mol", 0, (20.0, 41.0), (20.0, 41.0), (-1.0, 140.0)),
    ] },
    Panel { code: "LIPID", name: "Lipid profile", analytes: &[
        analyte!("CHOL", "Cholesterol", "1005671000000105", "Serum cholesterol level", "mmol/L", 1, (0.0, 5.0), (0.0, 5.0), NEVER),
        analyte!("HDL", "HDL cholesterol", "1005681000000107", "Serum high density lipoprotein cholesterol level", "mmol/L", 1, (1.2, 3.0), (1.0, 3.0), NEVER),
        analyte!("LDL", "LDL cholesterol", "1022191000000100", "Serum low density lipoprotein cholesterol level", "mmol/L", 1, (0.0, 3.0), (0.0, 3.0), NEVER),
        analyte!("TRIG", "Triglycerides", "1005691000000109", "Serum triglyceride level", "mmol/L", 1, (0.0, 1.7), (0.0, 1.7), (-1.0, 20.0)),
    ] },
    Panel { code: "CRP", name: "C-reactive protein", analytes: &[
        analyte!("CRP", "C-reactive protein", "1001371000000100", "Serum C reactive protein level", "mg/L", 0, (0.0, 5.0), (0.0, 5.0), (-1.0, 300.0)),
    ] },
    Panel { code: "TFT", name: "Thyroid function", analytes: &[
        analyte!("TSH", "Thyroid stimulating hormone", "1022791000000101", "Serum thyroid stimulating hormone level", "mU/L", 2, (0.3, 4.2), (0.3, 4.2), (-1.0, 50.0)),
        analyte!("FT4", "Free T4", "1016971000000106", "Serum free T4 level", "pmol/L", 1, (12.0, 22.0), (12.0, 22.0), NEVER),
    ] },
];

/// The levels that a person's results move about.
#[derive(Clone, Debug)]
pub(crate) struct Physiology {
    haemoglobin: f64,
    creatinine: f64,
    creatinine_rise: f64,
    hba1c: f64,
    hba1c_rise: f64,
    cholesterol: f64,
    tsh: f64,
    age: f64,
    sex: Sex,
}

impl Physiology {
    /// The levels of a person; `age` in years at the start of the time that is simulated.
    ///
    /// They come from a stream of their own, so that every system measures the same person.
    pub(crate) fn of(seed: u64, person: &Person, age: i32) -> Physiology {
        let prng = &mut Prng::keyed(seed, "body", u64::from(person.id.0));
        let male = person.sex == Sex::Male;
        let ckd = person.has("ckd");
        let diabetic = person.has("diabetes");
        Physiology {
            haemoglobin: prng.normal(if male { 148.0 } else { 134.0 }, 8.0)
                - if ckd { 15.0 } else { 0.0 },
            creatinine: prng.normal(if male { 84.0 } else { 66.0 }, 8.0)
                + if ckd { prng.normal(60.0, 15.0) } else { 0.0 },
            creatinine_rise: if ckd { prng.normal(9.0, 5.0) } else { 0.0 },
            hba1c: if diabetic { prng.normal(60.0, 9.0) } else { prng.normal(36.0, 2.5) },
            hba1c_rise: if diabetic { prng.normal(-2.0, 5.0) } else { 0.0 },
            cholesterol: prng.normal(4.9, 0.8),
            tsh: if person.has("hypothyroidism") {
                prng.normal(4.0, 1.2)
            } else {
                prng.normal(1.9, 0.5)
            },
            age: f64::from(age),
            sex: person.sex,
        }
    }

    /// A true value `years` after the start; `ill` is 0 when well and 1 at the worst of an infection.
    pub(crate) fn value(&self, prng: &mut Prng, analyte: &str, years: f64, ill: f64) -> f64 {
        let creatinine = (self.creatinine + self.creatinine_rise * years + 25.0 * ill).max(40.0);
        let around = |prng: &mut Prng, level: f64, share: f64| prng.normal(level, level * share);
        let value = match analyte {
            "HB" => around(prng, self.haemoglobin - 8.0 * ill, 0.02),
            "WBC" => around(prng, 6.8 + 9.0 * ill, 0.09),
            "PLT" => around(prng, 255.0 + 90.0 * ill, 0.08),
            "MCV" => around(prng, 90.0, 0.02),
            "NEUT" => around(prng, 4.1 + 8.5 * ill, 0.10),
            "LYMPH" => around(prng, 2.0 - 0.8 * ill, 0.12),
            "NA" => around(prng, 140.0 - 5.0 * ill, 0.012),
            "K" => around(prng, 4.3 + (creatinine - 75.0).max(0.0) * 0.004, 0.05),
            "UREA" => around(prng, 5.2 + (creatinine - 75.0).max(0.0) * 0.06, 0.08),
            "CRE" => around(prng, creatinine, 0.03),
            "EGFR" => self.filtration(creatinine),
            "ALT" => around(prng, 24.0 + 20.0 * ill, 0.2),
            "ALP" => around(prng, 78.0, 0.12),
            "BILI" => around(prng, 9.0 + 4.0 * ill, 0.2),
            "ALB" => around(prng, 43.0 - 9.0 * ill, 0.03),
            "HBA1C" => around(prng, self.hba1c + self.hba1c_rise * years, 0.025),
            "CHOL" => around(prng, self.cholesterol, 0.04),
            "HDL" => around(prng, 1.4, 0.06),
            "LDL" => around(prng, (self.cholesterol - 1.9).max(0.8), 0.05),
            "TRIG" => around(prng, 1.3, 0.15),
            "CRP" => around(prng, 2.0 + 160.0 * ill, 0.25),
            "TSH" => around(prng, self.tsh, 0.1),
            "FT4" => around(prng, 15.5, 0.07),
            _ => 0.0,
        };
        value.max(0.1)
    }

    /// The shape of CKD-EPI without its powers: falls with creatinine and age.
    fn filtration(&self, creatinine: f64) -> f64 {
        let scale = if self.sex == Sex::Male { 88.0 } else { 66.0 };
        (95.0 * scale / creatinine - (self.age - 50.0) * 0.35).clamp(8.0, 120.0)
    }
}
