//! The error catalogue: HTTP status, issue code, Spine code and display, with diagnostics.
//! Specification: GP Connect 1.2.7, error handling. To add a code, add its row to `entry`.

use fhir::{Element, IssueCode};

use super::names;
use crate::model::element::{object, text};

/// A code of the catalogue.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum SpineCode {
    /// An identifier of a system that is not expected.
    InvalidIdentifierSystem,
    /// An identifier whose value cannot be.
    InvalidIdentifierValue,
    /// An NHS number whose check digit is wrong.
    InvalidNhsNumber,
    /// The request cannot be understood.
    BadRequest,
    /// No such patient for this consumer.
    PatientNotFound,
    /// No such organisation.
    OrganisationNotFound,
    /// No such record.
    NoRecordFound,
    /// Not allowed.
    AccessDenied,
    /// The slot is taken, or the version is not the current one.
    DuplicateRejected,
    /// The version is not the current one.
    VersionConflict,
    /// A resource breaks a rule.
    InvalidResource,
    /// A parameter breaks a rule.
    InvalidParameter,
    /// A reference leads nowhere.
    ReferenceNotFound,
    /// Not done here.
    NotImplemented,
    /// Our own fault.
    InternalServerError,
}

impl SpineCode {
    /// All of them.
    pub const ALL: &'static [SpineCode] = &[
        SpineCode::InvalidIdentifierSystem,
        SpineCode::InvalidIdentifierValue,
        SpineCode::InvalidNhsNumber,
        SpineCode::BadRequest,
        SpineCode::PatientNotFound,
        SpineCode::OrganisationNotFound,
        SpineCode::NoRecordFound,
        SpineCode::AccessDenied,
        SpineCode::DuplicateRejected,
        SpineCode::VersionConflict,
        SpineCode::InvalidResource,
        SpineCode::InvalidParameter,
        SpineCode::ReferenceNotFound,
        SpineCode::NotImplemented,
        SpineCode::InternalServerError,
    ];

    /// HTTP status, issue code, code, display.
    const fn entry(self) -> (u16, IssueCode, &'static str, &'static str) {
        use IssueCode as I;
        match self {
            SpineCode::InvalidIdentifierSystem => {
                (400, I::Value, "INVALID_IDENTIFIER_SYSTEM", "Invalid identifier system")
            }
            SpineCode::InvalidIdentifierValue => {
                (400, I::Value, "INVALID_IDENTIFIER_VALUE", "Invalid identifier value")
            }
            SpineCode::InvalidNhsNumber => {
                (400, I::Value, "INVALID_NHS_NUMBER", "NHS number invalid")
            }
            SpineCode::BadRequest => (400, I::Invalid, "BAD_REQUEST", "Bad request"),
            SpineCode::PatientNotFound => {
                (404, I::NotFound, "PATIENT_NOT_FOUND", "Patient not found")
            }
            SpineCode::OrganisationNotFound => {
                (404, I::NotFound, "ORGANISATION_NOT_FOUND", "Organisation not found")
            }
            SpineCode::NoRecordFound => (404, I::NotFound, "NO_RECORD_FOUND", "No record found"),
            SpineCode::AccessDenied => (403, I::Forbidden, "ACCESS_DENIED", "Access denied"),
            SpineCode::DuplicateRejected => {
                (409, I::Duplicate, "DUPLICATE_REJECTED", "Create would lead to a duplicate")
            }
            // The catalogue has no code of its own for it; FHIR core says 412, GP Connect 409.
            SpineCode::VersionConflict => {
                (409, I::Conflict, "DUPLICATE_REJECTED", "Resource version is not current")
            }
            SpineCode::InvalidResource => (422, I::Invalid, "INVALID_RESOURCE", "Invalid resource"),
            SpineCode::InvalidParameter => {
                (422, I::Invalid, "INVALID_PARAMETER", "Invalid parameter")
            }
            SpineCode::ReferenceNotFound => {
                (422, I::Invalid, "REFERENCE_NOT_FOUND", "Reference not found")
            }
            SpineCode::NotImplemented => {
                (501, I::NotSupported, "NOT_IMPLEMENTED", "Not implemented")
            }
            SpineCode::InternalServerError => {
                (500, I::Processing, "INTERNAL_SERVER_ERROR", "Internal server error")
            }
        }
    }

    /// HTTP status.
    pub const fn status(self) -> u16 {
        self.entry().0
    }

    /// `issue.code`.
    pub const fn issue_code(self) -> IssueCode {
        self.entry().1
    }

    /// `issue.details.coding.code`.
    pub const fn as_str(self) -> &'static str {
        self.entry().2
    }
}

/// A refusal.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SpineError {
    /// Which.
    pub code: SpineCode,
    /// What is wrong, where, and what was expected; never patient data.
    pub diagnostics: String,
}

impl SpineError {
    pub(crate) fn new(code: SpineCode, diagnostics: impl Into<String>) -> SpineError {
        SpineError { code, diagnostics: diagnostics.into() }
    }

    /// The OperationOutcome.
    pub fn to_operation_outcome(&self) -> Element {
        let (_, issue, code, display) = self.code.entry();
        let coding = object([
            ("system", text(names::ERROR_SYSTEM)),
            ("code", text(code)),
            ("display", text(display)),
        ]);
        let issue = object([
            ("severity", text("error")),
            ("code", text(issue.as_str())),
            ("details", object([("coding", Element::Array(vec![coding]))])),
            ("diagnostics", text(self.diagnostics.as_str())),
        ]);
        let profile = Element::Array(vec![text(names::OUTCOME_PROFILE)]);
        object([
            ("resourceType", text("OperationOutcome")),
            ("meta", object([("profile", profile)])),
            ("issue", Element::Array(vec![issue])),
        ])
    }
}

pub(super) fn bad_request<T>(diagnostics: impl Into<String>) -> Result<T, SpineError> {
    Err(SpineError::new(SpineCode::BadRequest, diagnostics))
}

pub(super) fn invalid_parameter<T>(diagnostics: impl Into<String>) -> Result<T, SpineError> {
    Err(SpineError::new(SpineCode::InvalidParameter, diagnostics))
}

pub(super) fn invalid_resource<T>(diagnostics: impl Into<String>) -> Result<T, SpineError> {
    Err(SpineError::new(SpineCode::InvalidResource, diagnostics))
}
