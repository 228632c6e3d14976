//! Diseases, medicines and allergens with their codes.
//!
//! A medicine carries a code only where it is known for certain; the others are text, as in real
//! records that came through a degraded transfer.

/// A long-term disease.
#[derive(Debug)]
pub struct Disease {
    /// Short name used in this crate.
    pub name: &'static str,
    /// SNOMED CT.
    pub snomed: &'static str,
    /// Its term.
    pub term: &'static str,
    /// ICD-10 code and title.
    pub icd10: (&'static str, &'static str),
    /// People in a thousand who have it: under 40, 40 to 64, 65 and over.
    pub per_thousand: [u32; 3],
    /// Medicines by name.
    pub medicines: &'static [&'static str],
    /// Panels that follow it.
    pub panels: &'static [&'static str],
    /// Treatment function of the clinic.
    pub clinic: &'static str,
}

/// The disease with a short name.
pub(crate) fn disease(name: &str) -> Option<&'static Disease> {
    DISEASES.iter().find(|disease| disease.name == name)
}

/// Every long-term disease.
#[rustfmt::skip]
pub(crate) const DISEASES: &[Disease] = &[
    Disease { name: "diabetes", snomed: "44054006", term: "Type 2 diabetes mellitus", icd10: ("E11.9", "Type 2 diabetes mellitus without complications"), per_thousand: [8, 90, 190], medicines: &["metformin", "gliclazide"], panels: &["HBA1C", "LIPID", "UE"], clinic: "307" },
    Disease { name: "hypertension", snomed: "38341003", term: "Hypertensive disorder", icd10: ("I10X", "Essential (primary) hypertension"), per_thousand: [12, 190, 480], medicines: &["amlodipine", "ramipril"], panels: &["UE"], clinic: "300" },
    Disease { name: "ckd", snomed: "433144002", term: "Chronic kidney disease stage 3", icd10: ("N18.3", "Chronic kidney disease, stage 3"), per_thousand: [1, 20, 140], medicines: &["ramipril"], panels: &["UE", "FBC"], clinic: "361" },
    Disease { name: "asthma", snomed: "195967001", term: "Asthma", icd10: ("J45.9", "Asthma, unspecified"), per_thousand: [95, 80, 70], medicines: &["salbutamol", "beclometasone"], panels: &[], clinic: "340" },
    Disease { name: "copd", snomed: "13645005", term: "Chronic obstructive lung disease", icd10: ("J44.9", "Chronic obstructive pulmonary disease, unspecified"), per_thousand: [0, 25, 90], medicines: &["salbutamol", "tiotropium"], panels: &["FBC"], clinic: "340" },
    Disease { name: "af", snomed: "49436004", term: "Atrial fibrillation", icd10: ("I48.9", "Atrial fibrillation and atrial flutter, unspecified"), per_thousand: [0, 15, 100], medicines: &["apixaban", "bisoprolol"], panels: &["UE", "FBC"], clinic: "320" },
    Disease { name: "ihd", snomed: "414545008", term: "Ischaemic heart disease", icd10: ("I25.9", "Chronic ischaemic heart disease, unspecified"), per_thousand: [1, 40, 150], medicines: &["aspirin", "atorvastatin", "bisoprolol"], panels: &["LIPID"], clinic: "320" },
    Disease { name: "heart failure", snomed: "84114007", term: "Heart failure", icd10: ("I50.9", "Heart failure, unspecified"), per_thousand: [0, 8, 60], medicines: &["furosemide", "bisoprolol"], panels: &["UE"], clinic: "320" },
    Disease { name: "hypothyroidism", snomed: "40930008", term: "Hypothyroidism", icd10: ("E03.9", "Hypothyroidism, unspecified"), per_thousand: [10, 45, 80], medicines: &["levothyroxine"], panels: &["TFT"], clinic: "300" },
    Disease { name: "depression", snomed: "35489007", term: "Depressive disorder", icd10: ("F32.9", "Depressive episode, unspecified"), per_thousand: [90, 140, 90], medicines: &["sertraline"], panels: &[], clinic: "300" },
    Disease { name: "osteoarthritis", snomed: "396275006", term: "Osteoarthritis", icd10: ("M19.9", "Arthrosis, unspecified"), per_thousand: [3, 90, 300], medicines: &["paracetamol"], panels: &[], clinic: "110" },
    Disease { name: "dementia", snomed: "52448006", term: "Dementia", icd10: ("F03X", "Unspecified dementia"), per_thousand: [0, 2, 70], medicines: &["donepezil"], panels: &[], clinic: "430" },
    Disease { name: "stroke", snomed: "230690007", term: "Cerebrovascular accident", icd10: ("I64X", "Stroke, not specified as haemorrhage or infarction"), per_thousand: [1, 15, 70], medicines: &["clopidogrel", "atorvastatin"], panels: &["LIPID"], clinic: "430" },
    Disease { name: "epilepsy", snomed: "84757009", term: "Epilepsy", icd10: ("G40.9", "Epilepsy, unspecified"), per_thousand: [7, 9, 10], medicines: &["levetiracetam"], panels: &["LFT"], clinic: "300" },
    Disease { name: "gout", snomed: "90560007", term: "Gout", icd10: ("M10.9", "Gout, unspecified"), per_thousand: [2, 25, 60], medicines: &["allopurinol"], panels: &["UE"], clinic: "300" },
];

/// Something that brings a person to the emergency department or a ward.
#[derive(Debug)]
pub struct Acute {
    /// SNOMED CT.
    pub snomed: &'static str,
    /// Its term.
    pub term: &'static str,
    /// ICD-10 code and title.
    pub icd10: (&'static str, &'static str),
    /// Treatment function.
    pub function: &'static str,
    /// Ward after the acute unit.
    pub ward: &'static str,
    /// Youngest age.
    pub age_min: i32,
    /// Planned, from the waiting list.
    pub elective: bool,
    /// Panels taken.
    pub panels: &'static [&'static str],
}

/// Every cause of an admission.
#[rustfmt::skip]
pub(crate) const ACUTES: &[Acute] = &[
    Acute { snomed: "233604007", term: "Pneumonia", icd10: ("J18.9", "Pneumonia, unspecified"), function: "340", ward: "W08", age_min: 18, elective: false, panels: &["FBC", "UE", "CRP"] },
    Acute { snomed: "68566005", term: "Urinary tract infection", icd10: ("N39.0", "Urinary tract infection, site not specified"), function: "430", ward: "W11", age_min: 60, elective: false, panels: &["FBC", "UE", "CRP"] },
    Acute { snomed: "29857009", term: "Chest pain", icd10: ("R07.4", "Chest pain, unspecified"), function: "320", ward: "CCU", age_min: 30, elective: false, panels: &["FBC", "UE"] },
    Acute { snomed: "74400008", term: "Appendicitis", icd10: ("K35.8", "Acute appendicitis, other and unspecified"), function: "100", ward: "W16", age_min: 5, elective: false, panels: &["FBC", "CRP"] },
    Acute { snomed: "5913000", term: "Fracture of neck of femur", icd10: ("S72.0", "Fracture of neck of femur"), function: "110", ward: "W14", age_min: 68, elective: false, panels: &["FBC", "UE"] },
    Acute { snomed: "128045006", term: "Cellulitis", icd10: ("L03.9", "Cellulitis, unspecified"), function: "300", ward: "W07", age_min: 18, elective: false, panels: &["FBC", "CRP"] },
    Acute { snomed: "91302008", term: "Sepsis", icd10: ("A41.9", "Sepsis, unspecified"), function: "300", ward: "W07", age_min: 18, elective: false, panels: &["FBC", "UE", "LFT", "CRP"] },
    Acute { snomed: "235919008", term: "Gallstones", icd10: ("K80.2", "Calculus of gallbladder without cholecystitis"), function: "100", ward: "W16", age_min: 25, elective: true, panels: &["FBC", "LFT"] },
    Acute { snomed: "239872002", term: "Osteoarthritis of hip", icd10: ("M16.9", "Coxarthrosis, unspecified"), function: "110", ward: "W14", age_min: 50, elective: true, panels: &["FBC", "UE"] },
];

/// A medicine as prescribed.
#[derive(Debug)]
pub(crate) struct Medicine {
    /// Short name used in this crate.
    pub name: &'static str,
    /// SNOMED CT (dm+d) code with its own term, where certain.
    pub snomed: Option<(&'static str, &'static str)>,
    /// What the prescriber saw.
    pub text: &'static str,
    /// The dose in words.
    pub dosage: &'static str,
    /// Amount and unit of one dose.
    pub dose: (&'static str, &'static str),
    /// How often in how many days.
    pub per_day: u32,
    /// As required.
    pub as_needed: bool,
    /// Quantity of one issue.
    pub quantity: u32,
}

/// The medicine with a short name.
pub(crate) fn medicine(name: &str) -> Option<&'static Medicine> {
    MEDICINES.iter().find(|medicine| medicine.name == name)
}

/// Every medicine.
#[rustfmt::skip]
pub(crate) const MEDICINES: &[Medicine] = &[
    Medicine { name: "metformin", snomed: Some(("325278007", "Metformin 500mg tablets")), text: "Metformin 500mg tablets", dosage: "One tablet twice a day with meals", dose: ("1", "tablet"), per_day: 2, as_needed: false, quantity: 56 },
    Medicine { name: "gliclazide", snomed: None, text: "Gliclazide 80mg tablets", dosage: "One tablet in the morning", dose: ("1", "tablet"), per_day: 1, as_needed: false, quantity: 28 },
    Medicine { name: "amlodipine", snomed: Some(("108537001", "Amlodipine")), text: "Amlodipine 5mg tablets", dosage: "One tablet once a day", dose: ("1", "tablet"), per_day: 1, as_needed: false, quantity: 28 },
    Medicine { name: "ramipril", snomed: None, text: "Ramipril 5mg capsules", dosage: "One capsule once a day", dose: ("1", "capsule"), per_day: 1, as_needed: false, quantity: 28 },
    Medicine { name: "salbutamol", snomed: Some(("39113611000001102", "Salbutamol 100micrograms/dose inhaler CFC free")), text: "Salbutamol 100micrograms/dose inhaler CFC free", dosage: "Two puffs up to four times a day when required", dose: ("2", "puff"), per_day: 4, as_needed: true, quantity: 1 },
    Medicine { name: "beclometasone", snomed: None, text: "Beclometasone 100micrograms/dose inhaler CFC free", dosage: "Two puffs twice a day", dose: ("2", "puff"), per_day: 2, as_needed: false, quantity: 1 },
    Medicine { name: "tiotropium", snomed: None, text: "Tiotropium bromide 2.5micrograms/dose inhaler CFC free", dosage: "Two puffs once a day", dose: ("2", "puff"), per_day: 1, as_needed: false, quantity: 1 },
    Medicine { name: "apixaban", snomed: Some(("42206511000001102", "Apixaban 5mg tablets")), text: "Apixaban 5mg tablets", dosage: "One tablet twice a day", dose: ("1", "tablet"), per_day: 2, as_needed: false, quantity: 56 },
    Medicine { name: "bisoprolol", snomed: None, text: "Bisoprolol 2.5mg tablets", dosage: "One tablet in the morning", dose: ("1", "tablet"), per_day: 1, as_needed: false, quantity: 28 },
    Medicine { name: "aspirin", snomed: Some(("319775004", "Aspirin 75mg dispersible tablets")), text: "Aspirin 75mg dispersible tablets", dosage: "One tablet once a day", dose: ("1", "tablet"), per_day: 1, as_needed: false, quantity: 28 },
    Medicine { name: "atorvastatin", snomed: Some(("108600003", "Atorvastatin")), text: "Atorvastatin 20mg tablets", dosage: "One tablet at night", dose: ("1", "tablet"), per_day: 1, as_needed: false, quantity: 28 },
    Medicine { name: "furosemide", snomed: None, text: "Furosemide 40mg tablets", dosage: "One tablet in the morning", dose: ("1", "tablet"), per_day: 1, as_needed: false, quantity: 28 },
    Medicine { name: "levothyroxine", snomed: None, text: "Levothyroxine sodium 50microgram tablets", dosage: "One tablet in the morning before food", dose: ("1", "tablet"), per_day: 1, as_needed: false, quantity: 28 },
    Medicine { name: "sertraline", snomed: None, text: "Sertraline 50mg tablets", dosage: "One tablet once a day", dose: ("1", "tablet"), per_day: 1, as_needed: false, quantity: 28 },
    Medicine { name: "paracetamol", snomed: Some(("322236009", "Paracetamol 500mg tablets")), text: "Paracetamol 500mg tablets", dosage: "Two tablets up to four times a day when required", dose: ("2", "tablet"), per_day: 4, as_needed: true, quantity: 100 },
    Medicine { name: "donepezil", snomed: None, text: "Donepezil 10mg tablets", dosage: "One tablet at night", dose: ("1", "tablet"), per_day: 1, as_needed: false, quantity: 28 },
    Medicine { name: "clopidogrel", snomed: None, text: "Clopidogrel 75mg tablets", dosage: "One tablet once a day", dose: ("1", "tablet"), per_day: 1, as_needed: false, quantity: 28 },
    Medicine { name: "levetiracetam", snomed: None, text: "Levetiracetam 500mg tablets", dosage: "One tablet twice a day", dose: ("1", "tablet"), per_day: 2, as_needed: false, quantity: 60 },
    Medicine { name: "allopurinol", snomed: None, text: "Allopurinol 100mg tablets", dosage: "One tablet once a day after food", dose: ("1", "tablet"), per_day: 1, as_needed: false, quantity: 28 },
    Medicine { name: "amoxicillin", snomed: Some(("323510009", "Amoxicillin 500mg capsules")), text: "Amoxicillin 500mg capsules", dosage: "One capsule three times a day for seven days", dose: ("1", "capsule"), per_day: 3, as_needed: false, quantity: 21 },
    Medicine { name: "doxycycline", snomed: None, text: "Doxycycline 100mg capsules", dosage: "Two capsules on the first day, then one a day for six days", dose: ("1", "capsule"), per_day: 1, as_needed: false, quantity: 8 },
];

/// Something that people react to.
#[derive(Debug)]
pub struct Allergen {
    /// SNOMED CT of the allergy.
    pub snomed: &'static str,
    /// Its term.
    pub term: &'static str,
    /// The substance in words.
    pub substance: &'static str,
    /// `medication`, `food` or `environment`.
    pub category: &'static str,
    /// SNOMED CT and term of the usual reaction.
    pub reaction: (&'static str, &'static str),
    /// `mild`, `moderate` or `severe`.
    pub severity: &'static str,
    /// How common, as a weight.
    pub weight: u32,
}

/// Every allergen.
#[rustfmt::skip]
pub(crate) const ALLERGENS: &[Allergen] = &[
    Allergen { snomed: "91936005", term: "Allergy to penicillin", substance: "Penicillin", category: "medication", reaction: ("271807003", "Eruption of skin"), severity: "moderate", weight: 50 },
    Allergen { snomed: "293586001", term: "Allergy to aspirin", substance: "Aspirin", category: "medication", reaction: ("56018004", "Wheezing"), severity: "severe", weight: 10 },
    Allergen { snomed: "91935009", term: "Allergy to peanut", substance: "Peanut", category: "food", reaction: ("39579001", "Anaphylaxis"), severity: "severe", weight: 15 },
    Allergen { snomed: "300916003", term: "Latex allergy", substance: "Latex", category: "environment", reaction: ("126485001", "Urticaria"), severity: "mild", weight: 10 },
    Allergen { snomed: "91930004", term: "Allergy to egg", substance: "Egg", category: "food", reaction: ("126485001", "Urticaria"), severity: "mild", weight: 10 },
    Allergen { snomed: "300913006", term: "Shellfish allergy", substance: "Shellfish", category: "food", reaction: ("41291007", "Angioedema"), severity: "moderate", weight: 8 },
    Allergen { snomed: "424213003", term: "Allergy to bee venom", substance: "Bee venom", category: "environment", reaction: ("39579001", "Anaphylaxis"), severity: "severe", weight: 4 },
];
