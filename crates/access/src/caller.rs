//! Who asks: a person about themselves, a member of staff, a service, or the machine itself.

use std::sync::Arc;

use fhir::{ResourceId, ResourceType};

use crate::role::Role;
use crate::scope::Scopes;

/// Who asks, and through what.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Caller {
    /// Who.
    pub who: Who,
    /// The app that asks for them, with what it was granted; `None` for Careloom's own pages and for
    /// whoever needs no token.
    pub app: Option<Arc<AppGrant>>,
    /// Why, as a code of <http://terminology.hl7.org/ValueSet/v3-PurposeOfUse>: `TREAT`, `PATRQT`.
    pub purpose: &'static str,
}

/// Who asks.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Who {
    /// Careloom's own work: feeds, linking, jobs, and use cases that have decided already.
    Careloom,
    /// Whoever works at the machine itself, where no sign-in is set up.
    Operator,
    /// A person, about a record that they may see.
    Citizen(Arc<Citizen>),
    /// A member of staff.
    Staff(Arc<Staff>),
    /// A service that works without a person (SMART backend services).
    Service {
        /// Its client id.
        client: Arc<str>,
    },
    /// Nobody has signed in.
    Nobody,
}

/// A person who looks at their own record, or at that of somebody whom they care for.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Citizen {
    /// Their account.
    pub account: Box<str>,
    /// Their own Person resource.
    pub person: ResourceId,
    /// The Person whose record this is: their own, or of the one that they act for.
    pub subject: ResourceId,
    /// The Patient resources that are `subject`.
    pub patients: Vec<ResourceId>,
    /// Whether their identity is proven so well that they may read (P9).
    pub may_read: bool,
    /// What each source shows of its part of the record; of others, everything.
    pub levels: Vec<SourceLevel>,
    /// What is not shown, resource by resource.
    pub withheld: Vec<Withheld>,
    /// Where they act for somebody else: whether they may book for them.
    pub proxy: Option<ProxyRights>,
}

/// What somebody may do for another, besides reading.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct ProxyRights {
    /// Whether they book and cancel appointments.
    pub may_book: bool,
}

/// A resource that its person is not shown.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Withheld {
    /// Its type.
    pub resource_type: ResourceType,
    /// Its id.
    pub id: ResourceId,
    /// Why.
    pub reason: WithheldReason,
}

/// Why a resource is withheld from its person.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum WithheldReason {
    /// A professional has decided that it would do harm, or that it is about somebody else.
    Hidden,
    /// A result that nobody has looked at yet.
    AwaitsReview,
}

/// What a source system shows the person of their record.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SourceLevel {
    /// `meta.source` of what comes from it.
    pub source: Box<str>,
    /// How much it shows.
    pub level: RecordLevel,
}

/// How much of a record its person sees online: nhs.uk's levels of access to a GP record.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord)]
pub enum RecordLevel {
    /// Nothing.
    None,
    /// Medicines, allergies and adverse reactions.
    Summary,
    /// Also what is coded: problems, immunisations, results, procedures, consultations.
    Detailed,
    /// Everything, with free text and documents.
    #[default]
    Full,
}

impl RecordLevel {
    /// All, from least to most.
    pub const ALL: [RecordLevel; 4] =
        [RecordLevel::None, RecordLevel::Summary, RecordLevel::Detailed, RecordLevel::Full];

    /// Its name in configuration and in resources.
    pub fn as_str(self) -> &'static str {
        match self {
            RecordLevel::None => "none",
            RecordLevel::Summary => "summary",
            RecordLevel::Detailed => "detailed",
            RecordLevel::Full => "full",
        }
    }

    /// The level of this name.
    pub fn parse(name: &str) -> Option<RecordLevel> {
        RecordLevel::ALL.into_iter().find(|level| level.as_str() == name)
    }
}

/// A member of staff in one of their posts.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Staff {
    /// Their account.
    pub account: Box<str>,
    /// Their Practitioner resource.
    pub practitioner: ResourceId,
    /// Their name, as an audit entry shows it.
    pub name: Box<str>,
    /// What they do there.
    pub role: Role,
    /// The name of the organisation that they work for.
    pub organisation: Box<str>,
    /// `meta.source` of what that organisation's own systems send.
    pub sources: Vec<Box<str>>,
    /// The records that they opened by breaking the glass, as long as that lasts.
    pub opened: Vec<Opened>,
}

/// A record that was opened in an emergency.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Opened {
    /// The Person.
    pub person: ResourceId,
    /// Until when: microseconds since 1970.
    pub until: i64,
}

/// What an app was granted.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct AppGrant {
    /// Its client id.
    pub client: Box<str>,
    /// The scopes that were granted.
    pub scopes: Scopes,
    /// The patients of the launch, all one person; empty where none was chosen.
    pub patients: Vec<ResourceId>,
}

impl Caller {
    /// Careloom itself.
    pub const CARELOOM: Caller = Caller { who: Who::Careloom, app: None, purpose: "HOPERAT" };
    /// Who works at the machine.
    pub const OPERATOR: Caller = Caller { who: Who::Operator, app: None, purpose: "TREAT" };
    /// Nobody.
    pub const NOBODY: Caller = Caller { who: Who::Nobody, app: None, purpose: "PATRQT" };

    /// Whether everything is open to them, so that nothing need be asked.
    pub fn is_unrestricted(&self) -> bool {
        matches!(self.who, Who::Careloom | Who::Operator) && self.app.is_none()
    }

    /// A short name for logs, which names no person.
    pub fn kind(&self) -> &'static str {
        match self.who {
            Who::Careloom => "careloom",
            Who::Operator => "operator",
            Who::Citizen(_) => "citizen",
            Who::Staff(_) => "staff",
            Who::Service { .. } => "service",
            Who::Nobody => "nobody",
        }
    }
}
