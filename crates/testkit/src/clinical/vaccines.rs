//! Vaccines with their codes.

/// A vaccine as the practice records it.
#[derive(Debug)]
pub(crate) struct Vaccine {
    /// SNOMED CT of the product.
    pub snomed: &'static str,
    /// Its term.
    pub term: &'static str,
    /// Age in years from which it is given.
    pub age_min: i32,
    /// Given every autumn.
    pub yearly: bool,
}

/// Every vaccine.
#[rustfmt::skip]
pub(crate) const VACCINES: &[Vaccine] = &[
    Vaccine { snomed: "46233009", term: "Influenza virus vaccine", age_min: 65, yearly: true },
    Vaccine { snomed: "1119349007", term: "COVID-19 mRNA vaccine", age_min: 75, yearly: true },
    Vaccine { snomed: "333598008", term: "Pneumococcal vaccine", age_min: 65, yearly: false },
    Vaccine { snomed: "61153008", term: "Measles, mumps and rubella vaccine", age_min: 1, yearly: false },
];
