//! Conditions on the version that is current, from the headers of a request or the request of a
//! Bundle's entry. Spec: RFC 9110 §13, <https://hl7.org/fhir/R4/http.html#concurrency>.
//!
//! What one version that is named must be, the store decides at the commit. The others are decided on
//! what is read, and the write then expects just that; when another writer comes between they are
//! decided anew. To take one more condition, add it to [`Preconditions`] and to `check`.

use fhir::{EntityTags, IssueCode, VersionId};
use store::{Expected, ResourceKey, Stored};

use crate::app::App;
use crate::failure::{Category, Failure};
use crate::write::unmet;

/// What a request says of the version that is current.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Preconditions {
    /// `If-Match`: one of these is current.
    pub if_match: Option<EntityTags>,
    /// `If-None-Match`: none of these is.
    pub if_none_match: Option<EntityTags>,
    /// `If-Modified-Since`, its last microsecond; it counts for reads.
    pub if_modified_since: Option<i64>,
    /// `If-Unmodified-Since`, its last microsecond; it counts where there is no `If-Match`.
    pub if_unmodified_since: Option<i64>,
}

/// Who decides whether the conditions of a write hold.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Decided {
    /// There are none.
    Never,
    /// The store does, at the commit.
    AtCommit(Expected),
    /// We do, on what is read.
    OnReading,
}

impl Preconditions {
    /// This version must be current.
    pub(crate) fn version(version: VersionId) -> Preconditions {
        let tags = EntityTags::Listed(vec![version.to_string().into()]);
        Preconditions { if_match: Some(tags), ..Preconditions::default() }
    }

    /// The tags that a header has; `name` is the header's.
    pub fn tags(name: &'static str, text: &str) -> Result<EntityTags, Failure> {
        EntityTags::parse(text).ok_or_else(|| {
            let message = format!("{name} must be *, or ETags in quotes such as W/\"3\"");
            Failure::new(Category::Invalid, IssueCode::Value, name, message)
        })
    }

    /// Whether the client of a read has this version already; a condition that forbids the read is
    /// the failure.
    pub fn is_known(&self, stored: &Stored) -> Result<bool, Failure> {
        let (version, last_updated) = (stored.version, stored.last_updated);
        self.check_match(&stored.key, Some((version, last_updated)))?;
        Ok(match (&self.if_none_match, self.if_modified_since) {
            (Some(tags), _) => tags.name(version),
            (None, Some(since)) => last_updated <= since,
            (None, None) => false,
        })
    }

    /// Whether a write to what is current may go on; the failure names the header that forbids it.
    pub(crate) fn check(
        &self,
        key: &ResourceKey,
        current: Option<(VersionId, i64)>,
    ) -> Result<(), Failure> {
        self.decided()?;
        self.check_match(key, current)?;
        match (&self.if_none_match, current) {
            (Some(tags), Some((version, _))) if tags.name(version) => {
                let message = match tags {
                    EntityTags::Any => {
                        format!("{key} exists already; leave If-None-Match out to write to it")
                    }
                    EntityTags::Listed(_) => format!(
                        "{key}: version {version} is current, which If-None-Match names; leave it out to write to it"
                    ),
                };
                Err(failed("If-None-Match", message))
            }
            _ => Ok(()),
        }
    }

    fn check_match(
        &self,
        key: &ResourceKey,
        current: Option<(VersionId, i64)>,
    ) -> Result<(), Failure> {
        match (&self.if_match, self.if_unmodified_since, current) {
            (Some(tags), _, current) if !current.is_some_and(|(version, _)| tags.name(version)) => {
                Err(not_matched(key, tags, current.map(|(version, _)| version)))
            }
            (None, Some(since), Some((version, last_updated))) if last_updated > since => {
                let message = format!(
                    "{key} was changed since: the current version is {version}; read it, and apply the change again"
                );
                Err(failed("If-Unmodified-Since", message))
            }
            _ => Ok(()),
        }
    }

    /// A create makes what is not there yet, so no version of it is current.
    pub(crate) fn check_create(&self) -> Result<(), Failure> {
        if self.if_match.is_none() {
            return Ok(());
        }
        let message = "a create has no current version; leave If-Match out, or update Type/id";
        Err(failed("If-Match", message.to_owned()))
    }

    /// Who decides whether they hold; what contradicts itself is the failure.
    pub(crate) fn decided(&self) -> Result<Decided, Failure> {
        let unmodified = self.if_unmodified_since.filter(|_| self.if_match.is_none());
        Ok(match (&self.if_match, &self.if_none_match, unmodified) {
            (Some(_), Some(EntityTags::Any), _) => {
                return Err(Failure::new(
                    Category::Invalid,
                    IssueCode::Invalid,
                    "If-None-Match",
                    "If-Match and If-None-Match: * contradict each other; send one of them",
                ));
            }
            (None, None, None) => Decided::Never,
            (None, Some(EntityTags::Any), None) => Decided::AtCommit(Expected::Absent),
            (Some(tags), None, _) => match tags.only() {
                Some(version) => Decided::AtCommit(Expected::Version(version)),
                None => Decided::OnReading,
            },
            _ => Decided::OnReading,
        })
    }

    /// Whether a commit that finds another version current may be tried again.
    pub(crate) fn may_try_again(&self) -> bool {
        self.decided().is_ok_and(|decided| decided == Decided::OnReading)
    }

    /// Whether they are `If-None-Match: *` alone.
    pub(crate) fn create_only(&self) -> bool {
        self.decided().is_ok_and(|decided| decided == Decided::AtCommit(Expected::Absent))
    }
}

impl App {
    /// What must be current at the commit of a write: what its search found, narrowed by its
    /// conditions.
    pub(crate) async fn expected(
        &self,
        key: &ResourceKey,
        found: Expected,
        conditions: &Preconditions,
    ) -> Result<Expected, Failure> {
        match conditions.decided()? {
            Decided::Never => return Ok(found),
            Decided::AtCommit(expected) => return Ok(expected),
            Decided::OnReading => {}
        }
        let stored = self.store.read(key).await?.filter(|stored| stored.body.is_some());
        let current = stored.map(|stored| (stored.version, stored.last_updated));
        conditions.check(key, current)?;
        match (found, current) {
            (_, None) => Ok(Expected::Absent),
            (Expected::Absent, Some((version, _))) => {
                Err(unmet(key, Expected::Absent, false, Some(version)))
            }
            (_, Some((version, _))) => Ok(Expected::Version(version)),
        }
    }
}

/// The failure for an `If-None-Exist` of what is no create.
pub fn not_a_create(place: &str) -> Failure {
    Failure::new(
        Category::Invalid,
        IssueCode::Invalid,
        place,
        "a search that must find nothing is of creates; leave it out, or use If-None-Match: *",
    )
}

fn failed(header: &str, message: String) -> Failure {
    Failure::new(Category::PreconditionFailed, IssueCode::Conflict, header, message)
}

/// The failure for an If-Match that does not hold.
pub(crate) fn not_matched(
    key: &ResourceKey,
    tags: &EntityTags,
    current: Option<VersionId>,
) -> Failure {
    let wanted = match (tags, tags.only()) {
        (EntityTags::Any, _) => "a current version".to_owned(),
        (_, Some(version)) => format!("version {version}"),
        (_, None) => "one of the versions of If-Match".to_owned(),
    };
    let now = current.map_or("there is no current version".to_owned(), |version| {
        format!("the current version is {version}")
    });
    let message = format!(
        "{key}: {wanted} was expected but {now}; read it, apply the change again, and send its ETag"
    );
    failed("If-Match", message)
}
