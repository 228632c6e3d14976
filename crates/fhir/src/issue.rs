//! The one `Issue` type, and its form as an OperationOutcome.
//! Spec: <https://hl7.org/fhir/R4/operationoutcome.html>.

use crate::write::write_string;

/// How bad it is: <http://hl7.org/fhir/issue-severity>.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Severity {
    /// The action could not be done and nothing more was checked.
    Fatal,
    /// The content is wrong.
    Error,
    /// The content may be wrong, or was taken with reserve.
    Warning,
    /// No fault.
    Information,
}

impl Severity {
    /// The code.
    pub const fn as_str(self) -> &'static str {
        match self {
            Severity::Fatal => "fatal",
            Severity::Error => "error",
            Severity::Warning => "warning",
            Severity::Information => "information",
        }
    }
}

macro_rules! issue_codes {
    ($($(#[$doc:meta])* $name:ident => $code:literal,)*) => {
        /// What kind of thing went wrong: <http://hl7.org/fhir/issue-type>.
        #[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
        pub enum IssueCode { $($(#[$doc])* $name,)* }

        impl IssueCode {
            /// The code.
            pub const fn as_str(self) -> &'static str {
                match self { $(IssueCode::$name => $code,)* }
            }

            /// The kind with this code.
            pub fn parse(code: &str) -> Option<IssueCode> {
                match code {
                    $($code => Some(IssueCode::$name),)*
                    _ => None,
                }
            }
        }
    };
}

issue_codes! {
    /// Content invalid against the specification or a profile.
    Invalid => "invalid",
    /// A structural problem in the content.
    Structure => "structure",
    /// A required element is missing.
    Required => "required",
    /// An element's value is invalid.
    Value => "value",
    /// A content validation rule failed.
    Invariant => "invariant",
    /// Signing in is needed.
    Login => "login",
    /// The user may not do this.
    Forbidden => "forbidden",
    /// A processing problem.
    Processing => "processing",
    /// The interaction, operation, resource or parameter is not supported.
    NotSupported => "not-supported",
    /// A duplicate record.
    Duplicate => "duplicate",
    /// More than one record matched.
    MultipleMatches => "multiple-matches",
    /// The thing was not found.
    NotFound => "not-found",
    /// The thing has been deleted.
    Deleted => "deleted",
    /// Content too long.
    TooLong => "too-long",
    /// A code could not be understood.
    CodeInvalid => "code-invalid",
    /// An extension was not acceptable.
    Extension => "extension",
    /// The operation costs too much.
    TooCostly => "too-costly",
    /// A business rule failed.
    BusinessRule => "business-rule",
    /// An edit conflict.
    Conflict => "conflict",
    /// A passing failure: try again.
    Transient => "transient",
    /// The thing is locked by another: try again.
    LockError => "lock-error",
    /// An unexpected fault inside.
    Exception => "exception",
    /// A time limit passed.
    Timeout => "timeout",
    /// Not enough room, or too many requests.
    Throttled => "throttled",
    /// For information.
    Informational => "informational",
    /// Something was left incomplete.
    Incomplete => "incomplete",
}

/// One thing to say about some content: what, where, how bad, and what to do.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Issue {
    /// How bad.
    pub severity: Severity,
    /// What kind.
    pub code: IssueCode,
    /// A sentence that says what is wrong and what to do; never patient data.
    pub message: String,
    /// Where in the content, as a simple FHIRPath, or the name of the parameter or header.
    pub expression: Option<String>,
}

impl Issue {
    /// An error with a place.
    pub fn error(
        code: IssueCode,
        expression: impl Into<String>,
        message: impl Into<String>,
    ) -> Issue {
        Issue {
            severity: Severity::Error,
            code,
            message: message.into(),
            expression: Some(expression.into()),
        }
    }

    /// A warning with a place.
    pub fn warning(
        code: IssueCode,
        expression: impl Into<String>,
        message: impl Into<String>,
    ) -> Issue {
        Issue { severity: Severity::Warning, ..Issue::error(code, expression, message) }
    }
}

/// The issues as an OperationOutcome in JSON.
///
/// ```
/// use fhir::{Issue, IssueCode, operation_outcome};
/// let issue = Issue::error(IssueCode::NotFound, "Patient/1", "no such resource");
/// let json = String::from_utf8(operation_outcome(&[issue])).unwrap();
/// assert!(json.contains(r#""code":"not-found""#));
/// ```
pub fn operation_outcome(issues: &[Issue]) -> Vec<u8> {
    let mut out = br#"{"resourceType":"OperationOutcome","issue":["#.to_vec();
    for (index, issue) in issues.iter().enumerate() {
        if index > 0 {
            out.push(b',');
        }
        let severity = issue.severity.as_str();
        let code = issue.code.as_str();
        out.extend_from_slice(
            format!(r#"{{"severity":"{severity}","code":"{code}","diagnostics":"#).as_bytes(),
        );
        write_string(&issue.message, &mut out);
        // FHIR allows no empty string.
        if let Some(expression) = issue.expression.as_deref().filter(|place| !place.is_empty()) {
            out.extend_from_slice(br#","expression":["#);
            write_string(expression, &mut out);
            out.push(b']');
        }
        out.push(b'}');
    }
    out.extend_from_slice(b"]}");
    out
}
