//! The one decision: what a caller may do with resources of a type, and why.
//!
//! A decision is a denial in words, or a [`Filter`] that says of which resources it holds. It is made of
//! parts that must all agree (who asks, and what their app was granted); each part leaves its
//! [`Reason`], so that `$explain-access` shows what was looked at. To add a rule, add it to the part that
//! it belongs to with its reason, and its row to `tests/it/decide.rs`.

use definitions::Definitions;
use fhir::{ResourceId, ResourceType};

use crate::caller::{AppGrant, Caller, Citizen, RecordLevel, Staff, Who};
use crate::filter::{Filter, is_of_patients};
use crate::kind::Kind;
use crate::role::Duty;
use crate::scope::{Action, Actions, Context};

/// The label of what its person must not be shown: `NOPAT` of
/// <http://terminology.hl7.org/CodeSystem/v3-ActCode>.
pub const HIDDEN_FROM_PERSON: &str = "http://terminology.hl7.org/CodeSystem/v3-ActCode|NOPAT";
/// The tag of a result that waits for somebody to look at it before its person sees it.
pub const HELD_FOR_REVIEW: &str = "urn:careloom:code|held-for-review";

/// What is needed to decide, besides the caller.
#[derive(Clone, Copy, Debug)]
pub struct Facts<'a> {
    /// The definitions in force.
    pub definitions: &'static Definitions,
    /// Of the patients that are asked about, those that the caller has a relationship with, or whose
    /// record they have opened. Only for staff.
    pub related: &'a [ResourceId],
}

/// What was looked at, and what it came to.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Reason {
    /// The rule's short name: `scope`, `role`, `relationship`, `own-record`.
    pub rule: &'static str,
    /// Whether it lets the caller on.
    pub lets: bool,
    /// What it says here.
    pub words: String,
}

/// Why not, as far as what the caller can do about it differs.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum DenialKind {
    /// They must sign in.
    SignIn,
    /// They must prove better who they are.
    StepUp,
    /// The app was not granted this.
    Scope,
    /// Their role does not do this.
    Role,
    /// Nobody does this so; there is another way.
    NotThisWay,
}

/// A decision.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Decision {
    /// Which resources; [`Filter::Nothing`] where it is denied.
    pub filter: Filter,
    /// Why not, where it is denied for the whole type.
    pub denied: Option<DenialKind>,
    /// All that was looked at.
    pub reasons: Vec<Reason>,
}

impl Decision {
    fn everything(rule: &'static str, words: impl Into<String>) -> Decision {
        Decision::some(Filter::Everything, rule, words)
    }

    fn some(filter: Filter, rule: &'static str, words: impl Into<String>) -> Decision {
        let reasons = vec![Reason { rule, lets: true, words: words.into() }];
        Decision { filter, denied: None, reasons }
    }

    fn none(kind: DenialKind, rule: &'static str, words: impl Into<String>) -> Decision {
        let reasons = vec![Reason { rule, lets: false, words: words.into() }];
        Decision { filter: Filter::Nothing, denied: Some(kind), reasons }
    }

    /// Both must let it.
    fn and(mut self, other: Decision) -> Decision {
        self.filter = self.filter.and(other.filter);
        self.denied = self.denied.or(other.denied);
        self.reasons.extend(other.reasons);
        self
    }

    /// The words of the first rule that does not let it.
    pub fn denial(&self) -> Option<&str> {
        self.denied?;
        self.reasons.iter().find(|reason| !reason.lets).map(|reason| reason.words.as_str())
    }
}

/// What the caller may do with resources of a type.
pub fn decide(
    caller: &Caller,
    action: Action,
    resource_type: ResourceType,
    facts: &Facts<'_>,
) -> Decision {
    let who = match &caller.who {
        Who::Careloom => Decision::everything("careloom", "this is the program's own work"),
        Who::Operator => Decision::everything(
            "operator",
            "no sign-in is set up here: the machine itself is trusted",
        ),
        Who::Nobody => Decision::none(DenialKind::SignIn, "sign-in", "nobody has signed in"),
        Who::Citizen(citizen) => of_citizen(citizen, action, resource_type, facts),
        Who::Staff(staff) => of_staff(staff, action, resource_type, facts),
        Who::Service { .. } if caller.app.is_some() => {
            Decision::everything("service", "a service is limited by its scopes alone")
        }
        Who::Service { .. } => Decision::none(DenialKind::Scope, "scope", "no scope was granted"),
    };
    match &caller.app {
        Some(app) => who.and(of_app(app, &caller.who, action, resource_type, facts)),
        None => who,
    }
}

/// Whether the caller may do what a duty is about.
pub fn has_duty(caller: &Caller, duty: Duty) -> Decision {
    // What an app may do is said in scopes, and there is none for duties.
    if caller.app.is_some() {
        return Decision::none(DenialKind::Scope, "scope", "apps have no access to this");
    }
    match &caller.who {
        Who::Careloom => Decision::everything("careloom", "this is the program's own work"),
        Who::Operator => Decision::everything(
            "operator",
            "no sign-in is set up here: the machine itself is trusted",
        ),
        Who::Staff(staff) if staff.role.has(duty) => Decision::everything(
            "role",
            format!("this is part of the work of a {}", staff.role.card().words),
        ),
        Who::Staff(staff) => {
            let words = format!("this is not part of the work of a {}", staff.role.card().words);
            Decision::none(DenialKind::Role, "role", words)
        }
        Who::Nobody => Decision::none(DenialKind::SignIn, "sign-in", "nobody has signed in"),
        Who::Citizen(_) | Who::Service { .. } => {
            Decision::none(DenialKind::Role, "role", "this is for staff")
        }
    }
}

fn of_citizen(
    citizen: &Citizen,
    action: Action,
    resource_type: ResourceType,
    facts: &Facts<'_>,
) -> Decision {
    let kind = Kind::of(facts.definitions, resource_type);
    if !action.only_reads() {
        let words = "people change their record through the pages for it, which keep its rules";
        return Decision::none(DenialKind::NotThisWay, "own-record", words);
    }
    match kind {
        Kind::Directory | Kind::Knowledge => {
            return Decision::everything("open", "everybody who has signed in may read this");
        }
        Kind::Slots => {
            let words = "appointments that are free are shown by the booking pages, which keep the practice's rules";
            return Decision::none(DenialKind::NotThisWay, "booking", words);
        }
        Kind::Closed => {
            return Decision::none(
                DenialKind::Role,
                "own-record",
                "this is not part of a person's record",
            );
        }
        _ => {}
    }
    if !citizen.may_read {
        let words = "reading a record needs proof of identity at level P9";
        return Decision::none(DenialKind::StepUp, "identity-level", words);
    }
    if resource_type.as_str() == "Person" {
        return Decision::some(
            Filter::Ids(vec![citizen.subject.clone()]),
            "own-record",
            "the person themselves",
        );
    }
    let own = Filter::Patients(citizen.patients.clone());
    Decision::some(own, "own-record", "what is in the person's own record")
        .and(shown(citizen, kind))
        .and(messages(citizen, resource_type))
        .and(not_withheld(citizen, resource_type))
}

/// Without what is withheld resource by resource, and the Consents that say what that is.
fn not_withheld(citizen: &Citizen, resource_type: ResourceType) -> Decision {
    if resource_type.as_str() == "Consent" {
        let hidden = Filter::query("category", format!("{}|hidden", crate::consent::SYSTEM));
        let words = "which entries are hidden is not told";
        return Decision::some(Filter::Not(Box::new(hidden)), "withheld", words);
    }
    let of_type = citizen.withheld.iter().filter(|one| one.resource_type == resource_type);
    let ids: Vec<ResourceId> = of_type.map(|one| one.id.clone()).collect();
    match ids.len() {
        0 => Decision::everything("withheld", "none of this type is withheld"),
        count => {
            let words = format!("{count} of this type are hidden or wait for review");
            Decision::some(Filter::Not(Box::new(Filter::Ids(ids))), "withheld", words)
        }
    }
}

/// Messages, for who acts for somebody: they are free text about anything, so they go with the whole of
/// what a source shows. The person themselves reads what they wrote and were answered at every level.
fn messages(citizen: &Citizen, resource_type: ResourceType) -> Decision {
    let acts_for_another = citizen.proxy.is_some() || citizen.person != citizen.subject;
    if resource_type.as_str() != "Communication" || !acts_for_another {
        return Decision::everything("messages", "messages are shown to those who write them");
    }
    let limited = citizen.levels.iter().filter(|source| source.level < RecordLevel::Full);
    let filter = limited.fold(Filter::Everything, |filter, source| {
        let of_source = Filter::query("_source", escaped(&source.source));
        filter.and(Filter::Not(Box::new(of_source)))
    });
    let words = "who acts for somebody reads messages where they are shown the whole record";
    Decision::some(filter, "messages", words)
}

/// What of their own record a person is shown.
fn shown(citizen: &Citizen, kind: Kind) -> Decision {
    let needed = match kind {
        Kind::Medicines => RecordLevel::Summary,
        Kind::Clinical | Kind::Care => RecordLevel::Detailed,
        Kind::Documents => RecordLevel::Full,
        _ => return Decision::everything("record-level", "this is shown at every level"),
    };
    let mut filter = Filter::Not(Box::new(Filter::query("_security", HIDDEN_FROM_PERSON)))
        .and(Filter::Not(Box::new(Filter::query("_tag", HELD_FOR_REVIEW))));
    let mut hidden = 0;
    for source in citizen.levels.iter().filter(|source| source.level < needed) {
        hidden += 1;
        let of_source = Filter::query("_source", escaped(&source.source));
        filter = filter.and(Filter::Not(Box::new(of_source)));
    }
    let words = match hidden {
        0 => "what is hidden or waits for review is left out".to_owned(),
        1 => "what is hidden or waits for review is left out, and what one source does not show"
            .to_owned(),
        many => format!(
            "what is hidden or waits for review is left out, and what {many} sources do not show"
        ),
    };
    Decision::some(filter, "record-level", words)
}

fn of_staff(
    staff: &Staff,
    action: Action,
    resource_type: ResourceType,
    facts: &Facts<'_>,
) -> Decision {
    let kind = Kind::of(facts.definitions, resource_type);
    let card = staff.role.card();
    let may = match kind {
        Kind::Directory | Kind::Knowledge => Actions::READING,
        Kind::Identity => card.identity,
        Kind::Appointments => card.appointments,
        Kind::Slots if staff.role.has(Duty::Sessions) => Actions::ALL,
        Kind::Slots if staff.role.has(Duty::Bookings) => Actions::READING,
        Kind::Medicines => card.medicines,
        Kind::Clinical | Kind::Documents => card.clinical,
        Kind::Care => card.care,
        Kind::Consent => card.identity.both(Actions::READING),
        Kind::Audit if staff.role.has(Duty::Audit) => Actions::READING,
        Kind::Slots | Kind::Audit | Kind::Closed => Actions::default(),
    };
    if !may.contains(action) {
        let words = format!("a {} does not {} {resource_type}", card.words, verb(action));
        return Decision::none(DenialKind::Role, "role", words);
    }
    let role = format!("a {} may {} {resource_type}", card.words, verb(action));
    let role = Decision::everything("role", role);
    // Who people are must be found before there can be a relationship; it is audited like the rest.
    let is_open = matches!(kind, Kind::Directory | Kind::Knowledge | Kind::Slots | Kind::Audit)
        || (kind == Kind::Identity && action.only_reads());
    if is_open {
        return role;
    }
    role.and(relationship(staff, facts))
}

/// Whose records: those of people whom they have to do with, and what their own systems hold.
fn relationship(staff: &Staff, facts: &Facts<'_>) -> Decision {
    let related = match facts.related {
        [] => Filter::Nothing,
        related => Filter::Patients(related.to_vec()),
    };
    let sources: Vec<String> = staff.sources.iter().map(|source| escaped(source)).collect();
    let own = if sources.is_empty() {
        Filter::Nothing
    } else {
        Filter::query("_source", sources.join(","))
    };
    let words = format!(
        "records of the people whom {} has to do with, records that were opened with a reason, and what \
         its own systems hold",
        staff.organisation
    );
    Decision::some(related.or(own), "relationship", words)
}

fn of_app(
    app: &AppGrant,
    who: &Who,
    action: Action,
    resource_type: ResourceType,
    facts: &Facts<'_>,
) -> Decision {
    let mut filter = Filter::Nothing;
    let mut used = Vec::new();
    for scope in app.scopes.allowing(resource_type, action) {
        let of_context = match scope.context {
            Context::System if !matches!(who, Who::Service { .. }) => continue,
            Context::Patient | Context::User if matches!(who, Who::Service { .. }) => continue,
            Context::Patient if is_of_patients(facts.definitions, resource_type) => {
                Filter::Patients(app.patients.clone())
            }
            _ => Filter::Everything,
        };
        let constraint = if scope.constraint.is_empty() {
            Filter::Everything
        } else {
            Filter::Query(scope.constraint.clone())
        };
        filter = filter.or(of_context.and(constraint));
        used.push(scope.to_string());
    }
    if used.is_empty() {
        let words = format!(
            "the app {} was not granted a scope to {} {resource_type}",
            app.client,
            verb(action)
        );
        return Decision::none(DenialKind::Scope, "scope", words);
    }
    Decision::some(
        filter,
        "scope",
        format!("the app {} was granted {}", app.client, used.join(" ")),
    )
}

fn verb(action: Action) -> &'static str {
    match action {
        Action::Create => "create",
        Action::Read => "read",
        Action::Update => "change",
        Action::Delete => "delete",
        Action::Search => "search for",
    }
}

/// A value of a search parameter, where commas and the like mean something.
/// Spec: <https://hl7.org/fhir/R4/search.html#escaping>.
fn escaped(value: &str) -> String {
    let mut out = String::with_capacity(value.len());
    for c in value.chars() {
        if matches!(c, '\\' | ',' | '|' | '$') {
            out.push('\\');
        }
        out.push(c);
    }
    out
}
