//! Use cases: what the edges (HTTP, feeds, pages) ask for, one file an interaction.
//!
//! A use case takes parsed values, decides, and commits once; it knows neither HTTP nor SQL.
//! Spec: <https://hl7.org/fhir/R4/http.html>. To add one: a file with a function on [`App`] that
//! returns `Result<_, Failure>`, and its call from the edge.

mod app;
mod audit;
pub mod booking;
mod building;
mod bundle;
mod capability;
mod commit;
mod conditional;
mod consent;
mod delete;
mod doors;
mod download;
mod failure;
mod found;
mod graphql;
mod heavy;
mod history;
mod in_force;
mod ingest;
mod job;
mod ledger;
mod lineage;
mod linking;
pub mod messages;
mod oauth;
mod operation;
mod parameters;
mod patch;
mod precondition;
mod read;
pub mod record;
pub mod research;
mod review;
pub mod rollout;
mod scan;
mod search;
mod sign_in;
mod subset;
pub mod triage;
mod write;

pub use app::{App, AppOptions, Clock, IdSource, Shared};
pub use audit::{AuditCheck, Broken, Look, LookedAt, PersonLooks};
pub use bundle::{BundleKind, BundleRequest, EntryAnswer, deleted_words};
pub use capability::{Claim, ClaimLevel, capability_statement, terminology_capabilities};
pub use conditional::Found;
pub use consent::{Choices, HideRequest, NewProxy, ProxyView, Represented, Withholding};
pub use delete::Deleted;
pub use download::Download;
pub use failure::{Category, Failure};
pub use graphql::{GraphqlAnswer, GraphqlRequest};
pub use heavy::heavy;
pub use history::HistoryQuery;
pub use in_force::InForce;
pub use ingest::{
    Arrivals, Feed, FileArrival, FileReceived, Format, Incoming, Ingested, Received, RowOrigin,
};
pub use job::{
    Answering, Executor, ExportRequest, ImportRequest, JobFile, JobOptions, JobResult, JobView,
    KeptRequest, KeptResponse, Progress, ReindexRequest, Serving, Status, Upload,
};
pub use ledger::{ItemField, ItemPart, ItemView, Totals, hl7_field_name, item_parts};
pub use lineage::{Origin, ValueLineage};
pub use linking::{
    CARELOOM_SYSTEM, Judged, Linking, OpenReview, PatientPair, ReviewSide, Ruled, RulingRequest,
    demographics_of,
};
pub use oauth::{
    Asking, AuthorizationStep, Bearer, GrantedApp, LaunchableApp, NewClient, NewClientKind,
    OauthFailure, Registered, Turn,
};
pub use operation::{
    InputType, Inputs, OPERATIONS, Operation, OperationInput, OperationLevel, OperationTarget,
    find_operation,
};
pub use patch::PatchDocument;
pub use precondition::{Preconditions, not_a_create};
pub use search::{SearchAnswer, SearchOptions, SearchScope, check_query, decode_query};
// What use cases answer in the words of other crates, so that the edges need none of them.
pub use ::search::Handling;
pub use access::{
    Action, AppGrant, Band, Caller, Citizen, Context, DataScope, Duty, Ended, Opened, RecordLevel,
    Role, Scopes, SourceLevel, Staff, Who, consent::Proxy,
};
pub use identity::jwt::{Algorithm, SigningKey};
pub use identity::level::{Level as IdentityLevel, Missing};
pub use identity::oauth::{
    Addresses, Client, ClientKind, ErrorCode, OauthError, OutsideClient, openid_configuration,
    smart_configuration,
};
pub use identity::totp::{base32, code as one_time_code, step_at as one_time_step};
pub use identity::{same_secret, secret_key};
pub use matching::{Explanation, Feature, Kind, Level, Reason, Ruling, Weights};
pub use review::{MeasuredLine, ResultToReview, Reviewed};
pub use sign_in::{
    Account, AccountKind, BrokenGlass, Fetch, Finding, GlassReview, MyPasskeys, NewAccount,
    NotAdded, Outside, OutsideBegun, OutsideEnd, Relation, SignIn, SignedIn,
};
pub use store::{
    FeedBalance, FeedName, Item, ItemFilter, ItemId, ItemState, ItemSummary, ResourceKey,
};
pub use write::{Return, UpdateTarget, WriteOptions, Written};
