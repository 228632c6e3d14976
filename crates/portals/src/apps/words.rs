//! What an app may do, in words that people know. To add a type: its row in [`TYPES`].

use interactions::{Action, Context, DataScope, Scopes};

/// What is shared with an app.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Shared {
    /// What it can see.
    pub sees: Vec<String>,
    /// What it can change.
    pub changes: Vec<String>,
    /// Whether it learns who the person is.
    pub knows_who: bool,
    /// Whether it can go on while nobody uses it.
    pub is_lasting: bool,
}

/// Types in plain words.
const TYPES: [(&str, &str); 26] = [
    ("AllergyIntolerance", "allergies and reactions"),
    ("Appointment", "appointments"),
    ("CarePlan", "care plans"),
    ("Communication", "messages"),
    ("Condition", "health conditions"),
    ("Consent", "choices about sharing"),
    ("DiagnosticReport", "reports of tests and scans"),
    ("Device", "medical devices"),
    ("DocumentReference", "letters and documents"),
    ("Encounter", "visits and consultations"),
    ("FamilyMemberHistory", "health conditions in the family"),
    ("Goal", "goals of care"),
    ("Immunization", "vaccinations"),
    ("Location", "names of places"),
    ("MedicationDispense", "medicines given out"),
    ("MedicationRequest", "medicines prescribed"),
    ("MedicationStatement", "medicines taken"),
    ("Observation", "test results and measurements"),
    ("Organization", "names of organisations"),
    ("Patient", "name, date of birth, address and NHS number"),
    ("Person", "name, date of birth, address and NHS number"),
    ("Practitioner", "names of staff"),
    ("Procedure", "operations and procedures"),
    ("QuestionnaireResponse", "answers to questions"),
    ("ServiceRequest", "referrals and requests"),
    ("Specimen", "samples"),
];

/// Values of constraints in plain words.
const VALUES: [(&str, &str); 6] = [
    ("laboratory", "laboratory tests only"),
    ("vital-signs", "measurements such as blood pressure only"),
    ("imaging", "scans only"),
    ("survey", "questionnaires only"),
    ("social-history", "smoking, alcohol and the like only"),
    ("problem-list-item", "the problem list only"),
];

/// What these scopes share.
pub fn shared(scopes: &Scopes) -> Shared {
    let mut shared = Shared {
        knows_who: ["openid", "fhirUser", "profile"].iter().any(|scope| scopes.has(scope)),
        is_lasting: scopes.has("offline_access"),
        ..Shared::default()
    };
    for scope in &scopes.data {
        let words = words_of(scope);
        if scope.actions.contains(Action::Read) || scope.actions.contains(Action::Search) {
            add(&mut shared.sees, &words);
        }
        let changes = [Action::Create, Action::Update, Action::Delete];
        if changes.iter().any(|action| scope.actions.contains(*action)) {
            add(&mut shared.changes, &words);
        }
    }
    shared
}

fn add(list: &mut Vec<String>, words: &str) {
    if !list.iter().any(|known| known == words) {
        list.push(words.to_owned());
    }
}

fn words_of(scope: &DataScope) -> String {
    let Some(resource_type) = scope.resource_type else {
        return match scope.context {
            Context::Patient => "everything in this health record".to_owned(),
            _ => "everything that you can see here".to_owned(),
        };
    };
    let name = resource_type.as_str();
    let known = TYPES.iter().find(|(known, _)| *known == name);
    let what =
        known.map_or_else(|| format!("information of the kind {name}"), |(_, w)| (*w).to_owned());
    let whose = match scope.context {
        Context::Patient => "",
        _ => ", of everybody whose record you can see",
    };
    let limits: Vec<String> =
        scope.constraint.iter().map(|(name, value)| limit(name, value)).collect();
    if limits.is_empty() {
        format!("{what}{whose}")
    } else {
        format!("{what} ({}){whose}", limits.join("; "))
    }
}

fn limit(name: &str, value: &str) -> String {
    let code = value.rsplit('|').next().unwrap_or(value);
    let known = VALUES.iter().find(|(known, _)| *known == code);
    known.map_or_else(|| format!("only where {name} is {value}"), |(_, words)| (*words).to_owned())
}
