//! What people can have and be given: diseases, medicines, allergens, vaccines, laboratory panels.
//!
//! Codes are SNOMED CT (UK edition), ICD-10 and LOINC, each with its own check digit tested below.
//! To add one, add a row to its table.

mod diseases;
mod panels;
mod vaccines;

pub(crate) use diseases::{ACUTES, ALLERGENS, DISEASES, MEDICINES, Medicine, disease, medicine};
pub use diseases::{Acute, Allergen, Disease};
pub use panels::{Analyte, Panel};
pub(crate) use panels::{PANELS, Physiology, panel};
pub(crate) use vaccines::{VACCINES, Vaccine};

/// True for a SNOMED CT identifier of sane length with a right Verhoeff check digit.
pub fn is_snomed(code: &str) -> bool {
    const MULTIPLY: [[u8; 10]; 10] = [
        [0, 1, 2, 3, 4, 5, 6, 7, 8, 9],
        [1, 2, 3, 4, 0, 6, 7, 8, 9, 5],
        [2, 3, 4, 0, 1, 7, 8, 9, 5, 6],
        [3, 4, 0, 1, 2, 8, 9, 5, 6, 7],
        [4, 0, 1, 2, 3, 9, 5, 6, 7, 8],
        [5, 9, 8, 7, 6, 0, 4, 3, 2, 1],
        [6, 5, 9, 8, 7, 1, 0, 4, 3, 2],
        [7, 6, 5, 9, 8, 2, 1, 0, 4, 3],
        [8, 7, 6, 5, 9, 3, 2, 1, 0, 4],
        [9, 8, 7, 6, 5, 4, 3, 2, 1, 0],
    ];
    const PERMUTE: [u8; 10] = [1, 5, 7, 6, 2, 8, 3, 0, 9, 4];
    if !(6..=18).contains(&code.len()) || !code.bytes().all(|byte| byte.is_ascii_digit()) {
        return false;
    }
    let mut check = 0_u8;
    for (place, byte) in code.bytes().rev().enumerate() {
        let mut digit = byte - b'0';
        for _ in 0..place % 8 {
            digit = PERMUTE[digit as usize];
        }
        check = MULTIPLY[check as usize][digit as usize];
    }
    check == 0
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_snomed_code_checks() {
        assert!(is_snomed("75367002") && !is_snomed("75367003") && !is_snomed("abc"));
        let codes = DISEASES
            .iter()
            .map(|d| (d.snomed, d.term))
            .chain(ACUTES.iter().map(|a| (a.snomed, a.term)))
            .chain(
                ALLERGENS.iter().flat_map(|a| [(a.snomed, a.term), (a.reaction.0, a.reaction.1)]),
            )
            .chain(MEDICINES.iter().filter_map(|m| m.snomed))
            .chain(VACCINES.iter().map(|v| (v.snomed, v.term)))
            .chain(PANELS.iter().flat_map(|p| p.analytes.iter().map(|a| (a.snomed, a.term))));
        let wrong: Vec<_> = codes.filter(|(code, _)| !is_snomed(code)).collect();
        assert!(wrong.is_empty(), "{wrong:?}");
    }

    #[test]
    fn every_disease_names_medicines_and_panels_that_exist() {
        for disease in DISEASES {
            for name in disease.medicines {
                assert!(medicine(name).is_some(), "{name}");
            }
            for name in disease.panels {
                assert!(panel(name).is_some(), "{name}");
            }
        }
    }
}
