//! The decision, as a table of callers, types and actions.

use std::sync::Arc;

use access::{
    Action, AppGrant, Caller, Citizen, DenialKind, Duty, Facts, Filter, RecordLevel, Role,
    SourceLevel, Staff, Who, decide, has_duty,
};

use crate::{id, resource_type, scopes};

fn citizen(may_read: bool) -> Caller {
    let citizen = Citizen {
        account: "c1".into(),
        person: id("me"),
        subject: id("me"),
        patients: vec![id("p1"), id("p2")],
        may_read,
        levels: vec![SourceLevel { source: "urn:gp".into(), level: RecordLevel::Summary }],
        withheld: Vec::new(),
        proxy: None,
    };
    Caller { who: Who::Citizen(Arc::new(citizen)), app: None, purpose: "PATRQT" }
}

fn staff(role: Role) -> Caller {
    let staff = Staff {
        account: "s1".into(),
        practitioner: id("doc"),
        name: "Dr A".into(),
        role,
        organisation: "The Surgery".into(),
        sources: vec!["urn:gp".into()],
        opened: Vec::new(),
    };
    Caller { who: Who::Staff(Arc::new(staff)), app: None, purpose: "TREAT" }
}

fn service(granted: &str) -> Caller {
    Caller { who: Who::Service { client: "svc".into() }, app: app(granted), purpose: "HOPERAT" }
}

#[expect(clippy::unnecessary_wraps, reason = "it stands where an option stands")]
fn app(granted: &str) -> Option<Arc<AppGrant>> {
    let grant =
        AppGrant { client: "app".into(), scopes: scopes(granted), patients: vec![id("p1")] };
    Some(Arc::new(grant))
}

fn with_app(caller: Caller, granted: &str) -> Caller {
    Caller { app: app(granted), ..caller }
}

/// `all`, `none (why)`, or `some`.
fn outcome(caller: &Caller, action: Action, type_name: &str, related: &[&str]) -> String {
    let related: Vec<_> = related.iter().map(|text| id(text)).collect();
    let facts = Facts { definitions: definitions::embedded(), related: &related };
    let decision = decide(caller, action, resource_type(type_name), &facts);
    assert!(!decision.reasons.is_empty());
    assert_eq!(decision.denied.is_some(), decision.denial().is_some(), "{decision:?}");
    match (decision.denied, decision.filter) {
        (Some(kind), Filter::Nothing) => format!("none {kind:?}"),
        (Some(kind), filter) => panic!("denied {kind:?} but {filter:?}"),
        (None, Filter::Everything) => "all".to_owned(),
        (None, Filter::Nothing) => "nothing".to_owned(),
        (None, _) => "some".to_owned(),
    }
}

#[test]
fn who_may_do_what() {
    use Action::{Create, Delete, Read, Search, Update};
    let table: &[(&str, Caller, Action, &str, &str)] = &[
        ("operator", Caller::OPERATOR, Delete, "Patient", "all"),
        ("careloom", Caller::CARELOOM, Update, "Task", "all"),
        ("nobody", Caller::NOBODY, Read, "Organization", "none SignIn"),
        ("citizen", citizen(true), Read, "Observation", "some"),
        ("citizen", citizen(true), Search, "MedicationRequest", "some"),
        ("citizen", citizen(true), Read, "Person", "some"),
        ("citizen", citizen(true), Read, "AuditEvent", "some"),
        ("citizen", citizen(true), Read, "Organization", "all"),
        ("citizen", citizen(true), Read, "Slot", "none NotThisWay"),
        ("citizen", citizen(true), Read, "Task", "none Role"),
        ("citizen", citizen(true), Read, "Group", "none Role"),
        ("citizen", citizen(true), Create, "Observation", "none NotThisWay"),
        ("citizen", citizen(true), Update, "Patient", "none NotThisWay"),
        ("citizen at P5", citizen(false), Read, "Observation", "none StepUp"),
        ("citizen at P5", citizen(false), Read, "Patient", "none StepUp"),
        ("citizen at P5", citizen(false), Read, "HealthcareService", "all"),
        ("clinician", staff(Role::Clinician), Search, "Observation", "some"),
        ("clinician", staff(Role::Clinician), Search, "Patient", "all"),
        ("clinician", staff(Role::Clinician), Update, "Patient", "some"),
        ("clinician", staff(Role::Clinician), Delete, "Observation", "none Role"),
        ("clinician", staff(Role::Clinician), Read, "AuditEvent", "none Role"),
        ("clinician", staff(Role::Clinician), Read, "Task", "none Role"),
        ("receptionist", staff(Role::Receptionist), Read, "Appointment", "some"),
        ("receptionist", staff(Role::Receptionist), Read, "Slot", "all"),
        ("receptionist", staff(Role::Receptionist), Update, "Slot", "none Role"),
        ("receptionist", staff(Role::Receptionist), Read, "Observation", "none Role"),
        ("receptionist", staff(Role::Receptionist), Read, "MedicationRequest", "none Role"),
        ("receptionist", staff(Role::Receptionist), Read, "DocumentReference", "none Role"),
        ("manager", staff(Role::PracticeManager), Create, "Slot", "all"),
        ("social", staff(Role::SocialCare), Read, "CarePlan", "some"),
        ("social", staff(Role::SocialCare), Read, "Observation", "none Role"),
        ("privacy", staff(Role::PrivacyOfficer), Search, "AuditEvent", "all"),
        ("privacy", staff(Role::PrivacyOfficer), Update, "AuditEvent", "none Role"),
        ("privacy", staff(Role::PrivacyOfficer), Read, "Condition", "none Role"),
        ("administrator", staff(Role::Administrator), Read, "Patient", "none Role"),
        ("service", service("system/Patient.rs"), Search, "Patient", "all"),
        ("service", service("system/Patient.rs"), Read, "Observation", "none Scope"),
        ("service", service("system/Patient.rs"), Create, "Patient", "none Scope"),
        ("service by patient/", service("patient/Patient.rs"), Read, "Patient", "none Scope"),
        (
            "service by a constraint",
            service("system/Observation.rs?status=final"),
            Read,
            "Observation",
            "some",
        ),
        ("app", with_app(citizen(true), "patient/Observation.rs"), Read, "Observation", "some"),
        ("app", with_app(citizen(true), "patient/Observation.rs"), Read, "Condition", "none Scope"),
        ("app", with_app(citizen(true), "patient/*.rs"), Read, "Organization", "all"),
        (
            "app",
            with_app(citizen(true), "patient/*.cruds"),
            Delete,
            "Observation",
            "none NotThisWay",
        ),
        ("app", with_app(citizen(true), "system/*.cruds"), Read, "Observation", "none Scope"),
        ("app", with_app(citizen(false), "patient/*.rs"), Read, "Observation", "none StepUp"),
        (
            "app of nobody",
            with_app(Caller::NOBODY, "patient/*.rs"),
            Read,
            "Observation",
            "none SignIn",
        ),
        (
            "app of staff",
            with_app(staff(Role::Clinician), "user/Observation.rs"),
            Read,
            "Observation",
            "some",
        ),
        (
            "app of staff",
            with_app(staff(Role::Receptionist), "user/*.cruds"),
            Read,
            "Observation",
            "none Role",
        ),
        (
            "app of the operator",
            with_app(Caller::OPERATOR, "patient/Patient.r"),
            Read,
            "Observation",
            "none Scope",
        ),
        (
            "app of the operator",
            with_app(Caller::OPERATOR, "patient/Patient.r"),
            Read,
            "Patient",
            "some",
        ),
    ];
    for (name, caller, action, type_name, expected) in table {
        assert_eq!(
            outcome(caller, *action, type_name, &[]),
            *expected,
            "{name} {action:?} {type_name}"
        );
    }
}

/// Whatever is denied to a citizen or to staff is denied to every app of theirs.
#[test]
fn apps_never_get_more_than_who_uses_them() {
    let everything = "patient/*.cruds user/*.cruds system/*.cruds";
    let callers =
        Role::ALL.map(staff).into_iter().chain([citizen(true), citizen(false), Caller::NOBODY]);
    for caller in callers {
        for resource_type in definitions::embedded().resource_types() {
            for action in Action::ALL {
                let without = outcome(&caller, action, resource_type.as_str(), &["p1"]);
                let with = outcome(
                    &with_app(caller.clone(), everything),
                    action,
                    resource_type.as_str(),
                    &["p1"],
                );
                let is_less =
                    without == with || without == "all" || (without == "some" && with == "some");
                assert!(
                    is_less,
                    "{} {action:?} {resource_type}: {without}, by an app {with}",
                    caller.kind()
                );
                if without.starts_with("none") {
                    assert_eq!(without, with, "{} {action:?} {resource_type}", caller.kind());
                }
            }
        }
    }
}

/// Only directories, knowledge, who people are, slots and the audit are ever open to staff without a
/// relationship.
#[test]
fn the_record_needs_a_relationship() {
    use access::Kind::{Audit, Directory, Identity, Knowledge, Slots};
    for role in Role::ALL {
        for resource_type in definitions::embedded().resource_types() {
            if outcome(&staff(role), Action::Read, resource_type.as_str(), &[]) != "all" {
                continue;
            }
            let kind = access::Kind::of(definitions::embedded(), *resource_type);
            assert!(
                matches!(kind, Directory | Knowledge | Identity | Slots | Audit),
                "{role:?} reads every {resource_type}"
            );
        }
    }
}

#[test]
fn duties_are_for_their_roles() {
    let table = [
        (Caller::OPERATOR, Duty::Feeds, None),
        (Caller::NOBODY, Duty::Feeds, Some(DenialKind::SignIn)),
        (citizen(true), Duty::FindPeople, Some(DenialKind::Role)),
        (staff(Role::Integration), Duty::Feeds, None),
        (staff(Role::Clinician), Duty::Feeds, Some(DenialKind::Role)),
        (staff(Role::Clinician), Duty::BreakGlass, None),
        (staff(Role::Receptionist), Duty::BreakGlass, Some(DenialKind::Role)),
        (staff(Role::Receptionist), Duty::ReadRecord, Some(DenialKind::Role)),
        (staff(Role::PrivacyOfficer), Duty::Audit, None),
        (staff(Role::Administrator), Duty::Settings, None),
        (with_app(staff(Role::Integration), "user/*.cruds"), Duty::Feeds, Some(DenialKind::Scope)),
        (service("system/*.cruds"), Duty::Jobs, Some(DenialKind::Scope)),
    ];
    for (caller, duty, denied) in table {
        assert_eq!(has_duty(&caller, duty).denied, denied, "{} {duty:?}", caller.kind());
    }
}
