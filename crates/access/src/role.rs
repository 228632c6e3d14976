//! What members of staff may do by their role, before it is asked whose record it is.
//!
//! The roles are those of an area's people, not of one organisation's rota; each is a row of
//! [`Role::card`]. To add one: a variant, its card, its words in `docs/security.md`.

use crate::scope::{Action, Actions};

/// A role.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Role {
    /// Doctors, nurses, allied professions: reads and writes the clinical record of their patients.
    Clinician,
    /// Pharmacists: medicines, allergies and what a safe supply needs.
    Pharmacist,
    /// Social workers and care workers.
    SocialCare,
    /// Reception and administration of a practice: who people are, and appointments.
    Receptionist,
    /// Who runs a practice: what a receptionist does, sessions, and what is offered online.
    PracticeManager,
    /// Who answers for privacy: looks at who looked, and reviews broken glass.
    PrivacyOfficer,
    /// Who answers for clinical safety: question sets and their sign-off.
    SafetyOfficer,
    /// Runs the interfaces: feeds, ledger, messages that failed, links in doubt.
    Integration,
    /// Runs the installation: accounts, apps, settings, roll-out.
    Administrator,
}

/// What a page or an operation is about, besides resources.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Duty {
    /// Finding people.
    FindPeople,
    /// Reading a person's record on the pages.
    ReadRecord,
    /// Opening a record without a relationship, with a reason.
    BreakGlass,
    /// Appointments of a practice.
    Bookings,
    /// Sessions, templates, what is offered online.
    Sessions,
    /// Feeds, ledger and items with their bytes.
    Feeds,
    /// Whether two records are one person.
    Links,
    /// What people see of their record online, and who acts for them.
    OnlineAccess,
    /// Hiding entries of a record from its person.
    HideEntries,
    /// Looking at results before their person does.
    ReviewResults,
    /// Reading and answering what people write to the organisation.
    Messages,
    /// Who looked, and broken glass.
    Audit,
    /// Question sets of triage.
    QuestionSets,
    /// Accounts, apps, what is switched on where.
    Settings,
    /// Jobs: export, import, reindex; erasure.
    Jobs,
}

/// What a role's holder may do with resources of a group of types.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Card {
    /// The name that people know.
    pub words: &'static str,
    /// Who people are: Patient, RelatedPerson, Person.
    pub identity: Actions,
    /// Appointments and messages.
    pub appointments: Actions,
    /// Medicines, allergies.
    pub medicines: Actions,
    /// The rest of the clinical record.
    pub clinical: Actions,
    /// Care plans, needs, goals, flags.
    pub care: Actions,
    /// What else they do.
    pub duties: &'static [Duty],
}

const NONE: &[Action] = &[];
const READ: &[Action] = &[Action::Read, Action::Search];
const WRITE: &[Action] = &[Action::Create, Action::Read, Action::Update, Action::Search];

impl Role {
    /// All.
    pub const ALL: [Role; 9] = [
        Role::Clinician,
        Role::Pharmacist,
        Role::SocialCare,
        Role::Receptionist,
        Role::PracticeManager,
        Role::PrivacyOfficer,
        Role::SafetyOfficer,
        Role::Integration,
        Role::Administrator,
    ];

    /// Its code in accounts and in PractitionerRole.
    pub fn as_str(self) -> &'static str {
        match self {
            Role::Clinician => "clinician",
            Role::Pharmacist => "pharmacist",
            Role::SocialCare => "social-care",
            Role::Receptionist => "receptionist",
            Role::PracticeManager => "practice-manager",
            Role::PrivacyOfficer => "privacy-officer",
            Role::SafetyOfficer => "safety-officer",
            Role::Integration => "integration",
            Role::Administrator => "administrator",
        }
    }

    /// The role of this code.
    pub fn parse(code: &str) -> Option<Role> {
        Role::ALL.into_iter().find(|role| role.as_str() == code)
    }

    /// What its holder may do.
    pub fn card(self) -> Card {
        use Duty::{
            Audit, Bookings, BreakGlass, Feeds, FindPeople, HideEntries, Jobs, Links, Messages,
            OnlineAccess, QuestionSets, ReadRecord, ReviewResults, Sessions, Settings,
        };
        let card = |words,
                    [identity, appointments, medicines, clinical, care]: [&[Action]; 5],
                    duties| Card {
            words,
            identity: Actions::of(identity),
            appointments: Actions::of(appointments),
            medicines: Actions::of(medicines),
            clinical: Actions::of(clinical),
            care: Actions::of(care),
            duties,
        };
        match self {
            Role::Clinician => card(
                "clinician",
                [WRITE, WRITE, WRITE, WRITE, WRITE],
                &[
                    FindPeople,
                    ReadRecord,
                    BreakGlass,
                    Bookings,
                    HideEntries,
                    ReviewResults,
                    Messages,
                ],
            ),
            Role::Pharmacist => card(
                "pharmacist",
                [READ, READ, WRITE, READ, READ],
                &[FindPeople, ReadRecord, BreakGlass, Messages],
            ),
            Role::SocialCare => card(
                "social care worker",
                [READ, READ, READ, NONE, WRITE],
                &[FindPeople, ReadRecord, BreakGlass],
            ),
            Role::Receptionist => card(
                "receptionist",
                [WRITE, WRITE, NONE, NONE, NONE],
                &[FindPeople, Bookings, Messages],
            ),
            Role::PracticeManager => card(
                "practice manager",
                [WRITE, WRITE, NONE, NONE, NONE],
                &[FindPeople, Bookings, Sessions, OnlineAccess, Messages],
            ),
            Role::PrivacyOfficer => {
                card("privacy officer", [READ, NONE, NONE, NONE, NONE], &[Audit])
            }
            Role::SafetyOfficer => {
                card("clinical safety officer", [NONE, NONE, NONE, NONE, NONE], &[QuestionSets])
            }
            Role::Integration => {
                card("integration engineer", [READ, NONE, NONE, NONE, NONE], &[Feeds, Links])
            }
            Role::Administrator => {
                card("administrator", [NONE, NONE, NONE, NONE, NONE], &[Settings, Jobs])
            }
        }
    }

    /// Whether it has a duty.
    pub fn has(self, duty: Duty) -> bool {
        self.card().duties.contains(&duty)
    }
}
