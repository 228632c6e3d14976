//! What tests are, in plain words: never what a value means for somebody, which their practice tells them.
//!
//! To add one: its codes (SNOMED CT or LOINC) and a sentence or two that a child of 10 can read.

/// Codes of a test, with what it is.
type Explained = (&'static [&'static str], &'static str);

#[rustfmt::skip]
const TESTS: &[Explained] = &[
    (&["1022431000000105", "718-7"], "Haemoglobin carries oxygen around your body. The test shows whether there is enough of it."),
    (&["1022541000000102", "6690-2"], "White blood cells fight infection. Their number goes up and down, for example when you are ill."),
    (&["1022651000000100", "777-3"], "Platelets help your blood to clot when you are cut."),
    (&["1022491000000106", "787-2"], "This is the average size of your red blood cells. It helps to find out why somebody is anaemic."),
    (&["1022551000000104", "751-8"], "Neutrophils are the white blood cells that fight bacteria."),
    (&["1022581000000105", "731-0"], "Lymphocytes are white blood cells that fight viruses."),
    (&["1022561000000101", "711-2"], "Eosinophils are white blood cells. They often go up with allergies such as hay fever."),
    (&["993381000000106", "2276-4"], "Ferritin shows how much iron your body has stored."),
    (&["996931000000101", "2132-9"], "Vitamin B12 keeps your nerves and your blood healthy. You get it from food such as meat, eggs and milk."),
    (&["993211000000101", "2284-8"], "Folate is a vitamin that your body needs to make blood. You get it from green vegetables."),
    (&["1000661000000107", "2951-2"], "Sodium is a salt in your blood. It helps to keep the right amount of water in your body."),
    (&["1000651000000109", "2823-3"], "Potassium is a salt in your blood. It helps your heart and your muscles to work."),
    (&["1000981000000109", "3094-0", "22664-7"], "Urea is waste that your kidneys take out of your blood."),
    (&["1000731000000107", "2160-0", "14682-9"], "Creatinine is waste from your muscles. Your kidneys take it out, so the test shows how well they work."),
    (&["1011481000000105", "33914-3", "62238-1"], "This is an estimate of how well your kidneys clean your blood. A higher number is better, and it goes down a little with age."),
    (&["1018251000000107", "1742-6"], "ALT comes from your liver. It goes up when the liver is irritated, for example by alcohol, some medicines or an illness."),
    (&["1000621000000104", "6768-6"], "Alkaline phosphatase comes from your liver and your bones."),
    (&["999691000000104", "1975-2", "14631-6"], "Bilirubin is a yellow waste that your liver takes out of your blood."),
    (&["1000821000000103", "1751-7"], "Albumin is a protein that your liver makes. It shows how well the liver works and how you are nourished."),
    (&["1001811000000105", "2324-2"], "GGT comes from your liver. It goes up with alcohol and with some medicines."),
    (&["999791000000106", "59261-8", "4548-4"], "HbA1c shows your average blood sugar over the last 2 to 3 months. It is used to find diabetes and to see how well it is looked after."),
    (&["1003141000000105", "2345-7", "15074-8", "14749-6"], "Glucose is the sugar in your blood at the time of the test. It goes up after you eat."),
    (&["1005671000000105", "2093-3", "14647-2"], "Cholesterol is a fat in your blood. A lot of it over many years can harm your heart and blood vessels."),
    (&["1005681000000107", "2085-9", "14646-4"], "HDL is called good cholesterol. It takes fat away from your blood vessels, so more of it is better."),
    (&["1022191000000100", "13457-7", "22748-8"], "LDL is called bad cholesterol. Less of it is better for your heart."),
    (&["1005691000000109", "2571-8", "14927-8"], "Triglycerides are fats that your body stores for energy. They go up after a meal."),
    (&["1001371000000100", "1988-5"], "CRP goes up when something in your body is inflamed, for example by an infection."),
    (&["1022511000000103", "4537-7"], "This test shows whether something in your body is inflamed. It cannot say where."),
    (&["1022791000000101", "3016-3"], "TSH tells your thyroid how much to work. The thyroid sets how fast your body uses energy."),
    (&["1016971000000106", "3024-7", "14920-3"], "T4 is made by your thyroid. It sets how fast your body uses energy."),
    (&["1000381000000105", "2857-1"], "PSA comes from the prostate. It can go up for many reasons, most of which are not cancer."),
    (&["165581004", "6301-6"], "INR shows how long your blood takes to clot. People who take warfarin have a range of their own."),
    (&["1000991000000106", "3084-1"], "Urate is waste in your blood. Too much of it can cause gout."),
    (&["1000691000000101", "17861-6", "2000-8"], "Calcium keeps your bones and muscles healthy. The test measures how much is in your blood."),
    (&["1029481000000105", "1989-3", "62292-8"], "Vitamin D keeps your bones and muscles healthy. Your skin makes it in the sun."),
    (&["75367002", "85354-9", "55284-4"], "Blood pressure is how hard your blood pushes. The first number is when your heart beats, the second is between beats."),
    (&["271649006", "8480-6", "72313002"], "This is the pressure in your blood vessels when your heart beats."),
    (&["271650006", "8462-4", "1091811000000102"], "This is the pressure in your blood vessels between two heartbeats."),
    (&["78564009", "8867-4", "364075005"], "This is how often your heart beats in a minute."),
    (&["27113001", "29463-7"], "This is how heavy you are."),
    (&["50373000", "8302-2", "1153637007"], "This is how tall you are."),
    (&["60621009", "39156-5"], "BMI compares your weight with your height. It does not fit everybody, for example very muscular people."),
    (&["386725007", "8310-5"], "This is how warm your body is."),
    (&["431314004", "2708-6", "59408-5", "103228002"], "This is how much oxygen your blood carries, in parts of a hundred."),
    (&["86290005", "9279-1"], "This is how often you breathe in a minute."),
    (&["18491000", "33452-4", "19935-6"], "Peak flow is how fast you can blow air out. It helps people with asthma to see how they are."),
    (&["1023491000000104", "14959-1", "32294-1"], "This test looks for protein in your urine, an early sign that kidneys need care."),
];

/// What a test is, by its code; nothing where that is not written here.
pub fn explained(code: &str) -> Option<&'static str> {
    TESTS.iter().find(|(codes, _)| codes.contains(&code)).map(|(_, words)| *words)
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use super::{TESTS, explained};

    #[test]
    fn each_code_stands_once_and_words_are_short() {
        let mut seen = BTreeSet::new();
        for (codes, words) in TESTS {
            for code in *codes {
                assert!(seen.insert(code), "{code} stands twice");
                assert_eq!(explained(code), Some(*words));
            }
            for sentence in words.split_terminator(". ") {
                let count = sentence.split_whitespace().count();
                assert!(count <= 25, "{count} words: {sentence}");
            }
            assert!(words.ends_with('.'), "{words}");
        }
        assert_eq!(explained("0"), None);
    }
}
