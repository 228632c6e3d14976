//! Who may see and do what: callers, SMART scopes, roles, relationships; one decision with its reasons.
//!
//! [`decide`] answers for a [`Caller`], an [`Action`] and a resource type with a [`Decision`]: a denial, or
//! a [`Filter`]. A filter becomes a condition that is joined to every search ([`Filter::expression`]) and
//! that one resource is held against ([`holds`]); both readings are one. Nothing here reads a store: what
//! a decision needs to know of relationships is passed in as [`Facts`]. See ADR 9 and `docs/security.md`.

mod age;
mod caller;
pub mod consent;
mod decide;
mod filter;
mod kind;
mod role;
pub mod rollout;
mod scope;

pub use age::{Band, Ended, band, ended, level_by_age};
pub use caller::{
    AppGrant, Caller, Citizen, Opened, ProxyRights, RecordLevel, SourceLevel, Staff, Who, Withheld,
    WithheldReason,
};
pub use decide::{
    Decision, DenialKind, Facts, HELD_FOR_REVIEW, HIDDEN_FROM_PERSON, Reason, decide, has_duty,
};
pub use filter::{Filter, PATIENT, holds, is_of_patients, patients_named, patients_of};
pub use kind::Kind;
pub use role::{Card, Duty, Role};
pub use scope::{Action, Actions, Context, DataScope, ScopeError, Scopes};
