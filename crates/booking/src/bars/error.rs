//! Errors of BaRS: the proxy's and sender's (`SEND_…`), the receiver's (`REC_…`).
//! To add one, add its row.

use fhir::{Element, IssueCode};

use super::names;
use crate::desk::{Refusal, RefusalCode};
use crate::model::element::{object, text};

macro_rules! bars_codes {
    ($($(#[$doc:meta])* $name:ident = $status:literal $code:literal,)*) => {
        /// A code of `http-error-codes`.
        #[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
        pub enum BarsCode { $($(#[$doc])* $name,)* }

        impl BarsCode {
            /// All of them.
            pub const ALL: &'static [BarsCode] = &[$(BarsCode::$name,)*];

            /// HTTP status.
            pub const fn status(self) -> u16 {
                match self { $(BarsCode::$name => $status,)* }
            }

            /// The code.
            pub const fn as_str(self) -> &'static str {
                match self { $(BarsCode::$name => $code,)* }
            }
        }
    };
}

bars_codes! {
    /// The request cannot be passed on.
    SendBadRequest = 400 "SEND_BAD_REQUEST",
    /// No token, or one that is over.
    SendUnauthorized = 401 "SEND_UNAUTHORIZED",
    /// The sender may not.
    SendForbidden = 403 "SEND_FORBIDDEN",
    /// The wrong HTTP method.
    SendMethodNotAllowed = 405 "SEND_METHOD_NOT_ALLOWED",
    /// A version or type that is not offered.
    SendNotAcceptable = 406 "SEND_NOT_ACCEPTABLE",
    /// Too many requests.
    SendTooManyRequests = 429 "SEND_TOO_MANY_REQUESTS",
    /// The receiver cannot understand it.
    RecBadRequest = 400 "REC_BAD_REQUEST",
    /// The receiver does not know the sender.
    RecUnauthorized = 401 "REC_UNAUTHORIZED",
    /// The receiver does not let the sender.
    RecForbidden = 403 "REC_FORBIDDEN",
    /// Not found at the receiver.
    RecNotFound = 404 "REC_NOT_FOUND",
    /// A version that the receiver does not have.
    RecNotAcceptable = 406 "REC_NOT_ACCEPTABLE",
    /// The receiver took too long.
    RecTimeout = 408 "REC_TIMEOUT",
    /// Processed before, or in conflict with what stands.
    RecConflict = 409 "REC_CONFLICT",
    /// Understood, but against a rule.
    RecUnprocessableEntity = 422 "REC_UNPROCESSABLE_ENTITY",
    /// The receiver's own fault.
    RecServerError = 500 "REC_SERVER_ERROR",
    /// Not done by the receiver.
    RecNotImplemented = 501 "REC_NOT_IMPLEMENTED",
    /// The receiver cannot now.
    RecServiceUnavailable = 503 "REC_SERVICE_UNAVAILABLE",
}

/// A refusal.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct BarsError {
    /// Which.
    pub code: BarsCode,
    /// `issue.code`.
    pub issue: IssueCode,
    /// What is wrong and where; never patient data.
    pub diagnostics: String,
}

impl BarsError {
    pub(super) fn new(
        code: BarsCode,
        issue: IssueCode,
        diagnostics: impl Into<String>,
    ) -> BarsError {
        BarsError { code, issue, diagnostics: diagnostics.into() }
    }

    /// The answer to a message whose header came before: nothing is done again, and a sender that
    /// sends at least once takes it as success.
    pub fn already_processed() -> BarsError {
        let words = "a message with this MessageHeader id has been processed already";
        BarsError::new(BarsCode::RecConflict, IssueCode::Duplicate, words)
    }

    /// Whether it says that the message was processed before.
    pub fn is_already_processed(&self) -> bool {
        self.code == BarsCode::RecConflict && self.issue == IssueCode::Duplicate
    }

    /// The OperationOutcome.
    pub fn to_operation_outcome(&self) -> Element {
        let coding = object([("system", text(names::ERRORS)), ("code", text(self.code.as_str()))]);
        let issue = object([
            ("severity", text("error")),
            ("code", text(self.issue.as_str())),
            ("details", object([("coding", Element::Array(vec![coding]))])),
            ("diagnostics", text(self.diagnostics.as_str())),
        ]);
        object([("resourceType", text("OperationOutcome")), ("issue", Element::Array(vec![issue]))])
    }
}

impl From<Refusal> for BarsError {
    fn from(refusal: Refusal) -> BarsError {
        let (code, issue) = match refusal.code {
            RefusalCode::SlotTaken | RefusalCode::HoldLost => {
                (BarsCode::RecConflict, IssueCode::Conflict)
            }
            RefusalCode::NotTheirs => (BarsCode::RecNotFound, IssueCode::NotFound),
            _ => (BarsCode::RecUnprocessableEntity, IssueCode::BusinessRule),
        };
        // What the practice would be told says more to another system than kind words do.
        let found = refusal.decision.as_ref().and_then(|decision| decision.failing().next());
        let words = found.map_or(refusal.why.as_str(), |finding| finding.says.as_str());
        BarsError::new(code, issue, format!("{}: {words}", refusal.code.as_str()))
    }
}

pub(super) fn bad_request(issue: IssueCode, words: impl Into<String>) -> BarsError {
    BarsError::new(BarsCode::RecBadRequest, issue, words)
}
