//! The few values that worlds are made of, chosen so that they collide, nearly collide, and stand on
//! the edges of what the specification says about each kind.

use fhir::ResourceType;

/// The types that worlds hold, with how many of each to a hundred resources.
pub(crate) const TYPES: [(&str, usize); 20] = [
    ("Patient", 12),
    ("Observation", 18),
    ("Encounter", 8),
    ("Condition", 6),
    ("Location", 6),
    ("Organization", 5),
    ("Practitioner", 4),
    ("PractitionerRole", 3),
    ("MedicationRequest", 5),
    ("Medication", 3),
    ("List", 3),
    ("DiagnosticReport", 4),
    ("Appointment", 4),
    ("Questionnaire", 3),
    ("QuestionnaireResponse", 3),
    ("ValueSet", 3),
    ("RiskAssessment", 4),
    ("Group", 3),
    ("ServiceRequest", 3),
    ("ChargeItem", 3),
];

/// The type of this name; names here are those of R4.
pub(crate) fn resource_type(name: &'static str) -> ResourceType {
    ResourceType::from_static(name)
}

pub(crate) const IDS: [&str; 10] = [
    "1",
    "2",
    "3",
    "a",
    "A",
    "b-1",
    "b.1",
    "0b6dfd9c-67cb-4a44-9b3b-7c1a3d5e8f01",
    "0B6DFD9C-67CB-4A44-9B3B-7C1A3D5E8F01",
    "an-id-of-sixty-four-characters-which-is-as-long-as-an-id-may-be-",
];

pub(crate) const NAMES: [&str; 34] = [
    "Smith",
    "smith",
    "SMITH",
    "Smythe",
    "Smith-Jones",
    "Smith Jones",
    "O'Brien",
    "O\u{2019}Brien",
    "Obrien",
    "Müller",
    "Muller",
    "MÜLLER",
    "Mu\u{308}ller",
    "Łukasz",
    "lukasz",
    "Straße",
    "Strasse",
    "de la Cruz",
    "De  La\tCruz",
    "St. John",
    "José, Jr",
    "a$b",
    "a|b",
    "back\\slash",
    "Ng",
    "N",
    "Åse",
    "Æsop",
    "李小龙",
    "ΟΔΟΣ",
    "οδος",
    "Οδοσα",
    "50%",
    "under_score",
];

pub(crate) const CITIES: [&str; 8] =
    ["Leeds", "leeds", "Leeds City", "York", "New York", "Kingston-upon-Hull", "Zürich", "Zurich"];

pub(crate) const POSTCODES: [&str; 5] = ["LS1 4AP", "ls1 4ap", "LS14AP", "LS1", "YO1 7HH"];

/// Systems, with one that holds what parts values in a query.
pub(crate) const SYSTEMS: [&str; 5] = [
    "http://s.test/a",
    "http://s.test/b",
    "http://s.test/a/b",
    "urn:oid:1.2.3",
    "http://s.test/x|y,z",
];

pub(crate) const CODES: [&str; 9] = ["a", "A", "b", "ab", "a b", "x|y", "x,y", "x$y", "x\\y"];

/// Words of displays and texts.
pub(crate) const TEXTS: [&str; 10] = [
    "Blood pressure",
    "blood pressure, systolic",
    "Blood",
    "Pressure of blood",
    "Fièvre jaune",
    "fievre",
    "Type 2 diabetes",
    "type-2 diabetes",
    "x\\y",
    "naïve Bayes",
];

/// Identifiers' values; NHS numbers are of the range kept for tests.
pub(crate) const VALUES: [&str; 8] =
    ["9990000018", "9990000026", "999000001", "A1", "a1", "A|1", "A,1", "0"];

/// Partial and whole dates that touch, contain and just miss each other.
pub(crate) const DATES: [&str; 14] = [
    "2020",
    "2019",
    "2020-02",
    "2020-03",
    "2020-02-28",
    "2020-02-29",
    "2020-03-01",
    "2019-12-31",
    "2020-01-01",
    "1969-12-31",
    "1970-01-01",
    "1900-02-28",
    "2026-11-22",
    "2024-12",
];

/// Times of day and zones, for dates of a whole day.
pub(crate) const TIMES: [&str; 12] = [
    "T00:00:00Z",
    "T00:00:00+01:00",
    "T23:30:00-01:00",
    "T22:30:00Z",
    "T22:30:00.000Z",
    "T22:30:00.5Z",
    "T22:30:00.123456Z",
    "T22:30:00.1234567Z",
    "T23:59:59Z",
    "T23:59:59.999Z",
    "T12:00:00+14:00",
    "T12:00:00-02:30",
];

/// Times that only a query may have: no seconds, no zone.
pub(crate) const QUERY_TIMES: [&str; 4] = ["T22:30Z", "T22:30", "T00:00+01:00", "T23:59"];

/// Decimals around the ends of what other ones imply.
pub(crate) const NUMBERS: [&str; 26] = [
    "0",
    "1",
    "-1",
    "0.5",
    "0.50",
    "0.45",
    "0.55",
    "5.4",
    "5.40",
    "5.35",
    "5.45",
    "5.449",
    "5400",
    "0.0054",
    "99.5",
    "100",
    "100.0",
    "100.5",
    "90",
    "110",
    "1.0e2",
    "-0.001",
    "0.000000001",
    "1.5E-9",
    "123456789.25",
    "37",
];

/// System, code and unit as written.
pub(crate) const UNITS: [(Option<&str>, Option<&str>, Option<&str>); 13] = [
    (Some("http://unitsofmeasure.org"), Some("mg"), Some("mg")),
    (Some("http://unitsofmeasure.org"), Some("mg"), Some("milligram")),
    (Some("http://unitsofmeasure.org"), Some("g"), Some("g")),
    (Some("http://unitsofmeasure.org"), Some("ug"), None),
    (Some("http://unitsofmeasure.org"), Some("kg"), None),
    (Some("http://unitsofmeasure.org"), Some("mm[Hg]"), Some("mmHg")),
    (Some("http://unitsofmeasure.org"), Some("cm[H2O]"), None),
    (Some("http://unitsofmeasure.org"), Some("mmol/L"), Some("mmol/l")),
    (Some("http://unitsofmeasure.org"), Some("Cel"), Some("°C")),
    (Some("http://unitsofmeasure.org"), Some("K"), None),
    (Some("http://u.test"), Some("mg"), Some("mg")),
    (None, None, Some("mg")),
    (None, None, None),
];

/// URLs that stand above and below each other, and some that only look so.
pub(crate) const URLS: [&str; 11] = [
    "http://u.test/a",
    "http://u.test/a/b",
    "http://u.test/a/b/c",
    "http://u.test/ab",
    "http://u.test/a/",
    "http://u.test/A",
    "http://u.test",
    "http://u.test/%C3%A9",
    "http://u.test/a,b",
    "urn:oid:1.2",
    "urn:oid:1.2.3",
];

pub(crate) const VERSIONS: [&str; 4] = ["1", "1.0", "2", "draft,x"];

/// Places: two that are near, two on both sides of 180°, the poles' neighbours.
pub(crate) const POSITIONS: [(&str, &str); 7] = [
    ("53.8008", "-1.5491"),
    ("53.8108", "-1.5491"),
    ("0", "179.9"),
    ("0.0", "-179.9"),
    ("89.9", "0"),
    ("89.9", "180"),
    ("-33.9249", "18.4241"),
];

/// Codes of code systems of the definitions that have a hierarchy, and of value sets.
pub(crate) const ROLE: &str = "http://terminology.hl7.org/CodeSystem/v3-RoleCode";
/// Some codes of [`ROLE`], of which some stand under others.
pub(crate) const ROLE_CODES: [&str; 9] =
    ["FAMMEMB", "PRN", "MTH", "NMTH", "FTH", "SIB", "BRO", "HOSP", "PSYCHF"];
/// Value sets for `:in`.
pub(crate) const VALUE_SETS: [&str; 6] = [
    "http://hl7.org/fhir/ValueSet/administrative-gender",
    "http://hl7.org/fhir/ValueSet/observation-status",
    "http://terminology.hl7.org/ValueSet/v3-FamilyMember",
    "http://hl7.org/fhir/ValueSet/condition-clinical",
    "http://hl7.org/fhir/ValueSet/observation-category",
    "http://hl7.org/fhir/ValueSet/identifier-type",
];
/// The system of identifiers' types.
pub(crate) const IDENTIFIER_TYPE: &str = "http://terminology.hl7.org/CodeSystem/v2-0203";
