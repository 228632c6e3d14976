//! Why a use case did not do what was asked: a category and the issues that say so.
//!
//! The category maps to an HTTP status in `server`, in one place.

use std::fmt;

use fhir::{Issue, IssueCode, Severity};
use store::{CommitError, Refusal, ResourceKey, StoreError};

/// What kind of failure.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Category {
    /// The request or its content is malformed.
    Invalid,
    /// The content is well formed but breaks a rule.
    Unprocessable,
    /// There is no such thing.
    NotFound,
    /// There was, and it is deleted.
    Gone,
    /// Another writer came between.
    Conflict,
    /// A condition of the request does not hold.
    PreconditionFailed,
    /// Not allowed on this.
    NotAllowed,
    /// Nobody has signed in.
    NotSignedIn,
    /// Who has signed in must prove better who they are.
    StepUp,
    /// The one who asks may not.
    Forbidden,
    /// Not built, or not by this store.
    NotSupported,
    /// The content's media type is not taken.
    UnsupportedMedia,
    /// The format asked for is not served.
    NotAcceptable,
    /// More than a limit allows.
    TooLarge,
    /// The request did not arrive in time.
    TooSlow,
    /// More requests or jobs than are taken at once.
    TooMany,
    /// Try again later.
    Unavailable,
    /// A fault of ours.
    Fault,
}

/// A failed use case.
#[derive(Clone, Debug)]
pub struct Failure {
    /// What kind.
    pub category: Category,
    /// What to say; never empty.
    pub issues: Vec<Issue>,
}

impl Failure {
    /// A failure with one issue.
    pub fn new(
        category: Category,
        code: IssueCode,
        expression: impl Into<String>,
        message: impl Into<String>,
    ) -> Failure {
        Failure { category, issues: vec![Issue::error(code, expression, message)] }
    }

    /// A failure without a place in the content.
    pub fn plain(category: Category, code: IssueCode, message: impl Into<String>) -> Failure {
        let issue =
            Issue { severity: Severity::Error, code, message: message.into(), expression: None };
        Failure { category, issues: vec![issue] }
    }

    /// Malformed content, with all that was found.
    pub fn invalid(issues: Vec<Issue>) -> Failure {
        Failure { category: Category::Invalid, issues }
    }

    /// A resource type that the definitions do not know.
    pub fn unknown_type(name: &str) -> Failure {
        let shown: String = name.chars().take(64).collect();
        if shown.starts_with('$') {
            return Failure::unknown_operation(name);
        }
        Failure::new(
            Category::NotFound,
            IssueCode::NotSupported,
            shown.clone(),
            format!(
                "{shown:?} is no resource type of FHIR R4; type names begin with a capital, such as Patient"
            ),
        )
    }

    /// A name with a dollar sign that is no operation where it stands.
    pub fn unknown_operation(name: &str) -> Failure {
        let shown: String = name.chars().take(64).collect();
        let message =
            format!("there is no operation {shown} here; those that are served are in metadata");
        Failure::new(Category::NotFound, IssueCode::NotSupported, shown, message)
    }

    /// What would take more than is allowed; the message says what to narrow.
    pub(crate) fn too_costly(place: &str, message: impl Into<String>) -> Failure {
        Failure::new(Category::Invalid, IssueCode::TooCostly, place, message)
    }

    /// A resource that was never there.
    pub fn not_found(key: &ResourceKey) -> Failure {
        let message = format!("there is no {key}");
        Failure::new(Category::NotFound, IssueCode::NotFound, key.to_string(), message)
    }

    /// A resource that was deleted.
    pub fn gone(key: &ResourceKey) -> Failure {
        Failure::new(
            Category::Gone,
            IssueCode::Deleted,
            key.to_string(),
            format!("{key} is deleted; its earlier versions are at {key}/_history"),
        )
    }

    /// The same failure with each expression set inside `prefix`, for an entry of a Bundle.
    pub(crate) fn inside(mut self, prefix: &str) -> Failure {
        for issue in &mut self.issues {
            issue.expression = Some(match &issue.expression {
                Some(inner) => format!("{prefix}.{}", tail_of(inner)),
                None => prefix.to_owned(),
            });
        }
        self
    }
}

/// Where in an entry a failure of its interaction belongs.
fn tail_of(expression: &str) -> String {
    let header = match expression {
        "If-Match" => "request.ifMatch",
        "If-None-Match" => "request.ifNoneMatch",
        "If-None-Exist" => "request.ifNoneExist",
        "If-Modified-Since" => "request.ifModifiedSince",
        _ => "",
    };
    if !header.is_empty() {
        return header.to_owned();
    }
    let is_path = |c: char| c.is_ascii_alphanumeric() || matches!(c, '.' | '[' | ']' | '_' | '-');
    if !expression.chars().all(is_path) {
        // `Type/id`, or the pointer or selector of a patch, which its message names.
        let is_key = expression.starts_with(|c: char| c.is_ascii_uppercase());
        return if is_key { "request.url" } else { "resource" }.to_owned();
    }
    match expression.split_once('.') {
        Some((first, rest)) if first.starts_with(|c: char| c.is_ascii_uppercase()) => {
            format!("resource.{rest}")
        }
        _ => expression.to_owned(),
    }
}

impl fmt::Display for Failure {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (index, issue) in self.issues.iter().enumerate() {
            if index > 0 {
                f.write_str("; ")?;
            }
            f.write_str(&issue.message)?;
        }
        Ok(())
    }
}

impl std::error::Error for Failure {}

impl From<StoreError> for Failure {
    fn from(error: StoreError) -> Failure {
        if error.is_cursor() {
            return Failure::plain(Category::NotFound, IssueCode::NotFound, error.to_string());
        }
        if let Some(refusal) = error.refusal() {
            let (category, code) = match refusal {
                Refusal::SignIn => (Category::NotSignedIn, IssueCode::Login),
                Refusal::StepUp => (Category::StepUp, IssueCode::Forbidden),
                Refusal::Forbidden => (Category::Forbidden, IssueCode::Forbidden),
            };
            return Failure::plain(category, code, error.to_string());
        }
        if error.is_unsupported() {
            return Failure::plain(
                Category::NotSupported,
                IssueCode::NotSupported,
                error.to_string(),
            );
        }
        if error.is_behind() {
            return Failure::plain(Category::Unavailable, IssueCode::Transient, error.to_string());
        }
        if error.is_too_costly() {
            return Failure::plain(Category::Invalid, IssueCode::TooCostly, error.to_string());
        }
        if error.is_closed() {
            return Failure::plain(Category::Unavailable, IssueCode::Transient, error.to_string());
        }
        let source = std::error::Error::source(&error).map(ToString::to_string);
        tracing::error!(error = %error, source, "store failed");
        Failure::plain(
            Category::Fault,
            IssueCode::Exception,
            format!("{error}; nothing was written; try again, and tell the operator if it stays"),
        )
    }
}

impl From<CommitError> for Failure {
    fn from(error: CommitError) -> Failure {
        match error {
            CommitError::Store(error) => error.into(),
            CommitError::Expected(..) | CommitError::Guard(_) => Failure::plain(
                Category::Conflict,
                IssueCode::Conflict,
                "another request changed the same resource at the same moment; read it and try again",
            ),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::{Category, Failure, IssueCode};
    use store::StoreError;

    #[test]
    fn what_the_store_says() {
        let cases = [
            (StoreError::too_costly("x"), Category::Invalid, IssueCode::TooCostly),
            (StoreError::interrupted(), Category::Invalid, IssueCode::TooCostly),
            (
                StoreError::behind("the words of 3 versions"),
                Category::Unavailable,
                IssueCode::Transient,
            ),
            (StoreError::closed(), Category::Unavailable, IssueCode::Transient),
            (StoreError::cursor(), Category::NotFound, IssueCode::NotFound),
            (StoreError::unsupported("x"), Category::NotSupported, IssueCode::NotSupported),
        ];
        for (error, category, code) in cases {
            let said = error.to_string();
            let failure = Failure::from(error);
            assert_eq!(failure.category, category, "{said}");
            assert_eq!((failure.issues[0].code, &failure.issues[0].message), (code, &said));
        }
    }
}
