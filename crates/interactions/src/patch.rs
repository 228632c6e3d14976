//! patch, plain and conditional, in three formats. Spec: <https://hl7.org/fhir/R4/http.html#patch>.
//!
//! A patch is applied to the version that is current, and committed only if that one still is;
//! otherwise it is applied again to the new one, if the client's conditions hold of that. To take one
//! more format, add it to [`PatchDocument`] and to `apply_patch`.

use ::patch::{ErrorKind, Limits, PatchError};
use fhir::{Element, Issue, IssueCode, ResourceType, Severity, Tree};
use store::{CommitError, Expected, Guard, Method, ResourceKey, Stored};

use crate::app::App;
use crate::conditional::Found;
use crate::failure::{Category, Failure};
use crate::heavy::heavy;
use crate::write::{UpdateTarget, WriteOptions, Written};

/// A patch as it was sent.
#[derive(Clone, Debug)]
pub enum PatchDocument {
    /// JSON Patch: `application/json-patch+json`.
    Json(Tree),
    /// XML Patch: `application/xml-patch+xml`.
    Xml(Box<str>),
    /// FHIRPath Patch: a Parameters resource.
    FhirPath(Tree),
}

impl PatchDocument {
    fn bytes(&self) -> usize {
        match self {
            PatchDocument::Json(tree) | PatchDocument::FhirPath(tree) => tree.text().len(),
            PatchDocument::Xml(text) => text.len(),
        }
    }
}

impl App {
    /// Patches the resource that `target` names; one that is not there is not created.
    pub async fn patch(
        &self,
        resource_type: ResourceType,
        target: &UpdateTarget,
        document: &PatchDocument,
        options: &WriteOptions,
    ) -> Result<Written, Failure> {
        for _ in 0..=self.options.conflict_retries_max {
            let in_force = self.in_force();
            let (stored, guard) = self.patch_target(resource_type, target).await?;
            let key = stored.key.clone();
            options.conditions.check(&key, Some((stored.version, stored.last_updated)))?;
            let patched = self.apply_patch(&stored, document)?;
            let expected = Expected::Version(stored.version);
            let change = self.change(&in_force, &key, patched.root(), Method::Put, expected);
            match self.commit_one(change, guard.into_iter().collect(), options.answer).await {
                // A condition that holds no longer is told when it is decided anew.
                Err(CommitError::Guard(_) | CommitError::Expected(..)) => {}
                other => return other.map_err(Failure::from),
            }
        }
        Err(CommitError::Guard(0).into())
    }

    /// The current version of what a patch is aimed at, with the guard of its condition.
    pub(crate) async fn patch_target(
        &self,
        resource_type: ResourceType,
        target: &UpdateTarget,
    ) -> Result<(Stored, Option<Guard>), Failure> {
        match target {
            UpdateTarget::Id(id) => {
                let key = ResourceKey { resource_type, id: id.clone() };
                Ok((self.read(&key).await?, None))
            }
            UpdateTarget::Query(query) => match self.find_one(resource_type, query).await? {
                (Found::One(stored), guard) => Ok((*stored, Some(guard))),
                (Found::Nothing, _) => Err(Failure::new(
                    Category::NotFound,
                    IssueCode::NotFound,
                    resource_type.as_str(),
                    format!("the condition finds no {resource_type}; a patch creates nothing"),
                )),
            },
        }
    }

    /// The patched resource, checked as any resource from outside is.
    pub(crate) fn apply_patch(
        &self,
        stored: &Stored,
        document: &PatchDocument,
    ) -> Result<Tree, Failure> {
        let body = stored.body.as_deref().unwrap_or_default();
        heavy(body.len() + document.bytes(), || {
            let current = Tree::parse(body).map_err(|error| fault(&stored.key, &error))?;
            let before = Element::from(&current);
            let after = self.patched(&current, &before, document)?;
            let after = ::patch::resource::finish(&before, after).map_err(failure_of)?;
            let tree = Tree::parse(&after.to_compact()).map_err(|error| {
                Failure::plain(
                    Category::Unprocessable,
                    IssueCode::Processing,
                    format!("the patched resource could not be read back: {error}"),
                )
            })?;
            self.check_resource(tree.root(), stored.key.resource_type)
                .map_err(|failure| unprocessable(failure.issues))?;
            Ok(tree)
        })
    }

    fn patched(
        &self,
        current: &Tree,
        before: &Element,
        document: &PatchDocument,
    ) -> Result<Element, Failure> {
        match document {
            PatchDocument::Json(patch) => {
                ::patch::json::apply(before, patch.root(), Limits::STANDARD).map_err(failure_of)
            }
            PatchDocument::Xml(patch) => {
                let xml = fhir::xml::write(current.root(), self.definitions())
                    .map_err(|issue| unprocessable(vec![issue]))?;
                let patched =
                    ::patch::xml::apply(&xml, patch, Limits::STANDARD).map_err(failure_of)?;
                let read = fhir::xml::read(patched.as_bytes(), self.definitions());
                read.map(|tree| Element::from(&tree)).map_err(unprocessable)
            }
            PatchDocument::FhirPath(patch) => {
                let definitions = self.definitions();
                ::patch::fhirpath::apply(current, patch.root(), definitions, Limits::STANDARD)
                    .map_err(failure_of)
            }
        }
    }
}

/// A patch that would leave no right resource behind: each issue says what would be wrong.
fn unprocessable(issues: Vec<Issue>) -> Failure {
    let said =
        |issue: Issue| Issue { message: format!("after the patch: {}", issue.message), ..issue };
    Failure { category: Category::Unprocessable, issues: issues.into_iter().map(said).collect() }
}

fn failure_of(error: PatchError) -> Failure {
    let (category, code) = match error.kind {
        ErrorKind::Malformed => (Category::Invalid, IssueCode::Structure),
        ErrorKind::Inapplicable => (Category::Unprocessable, IssueCode::Processing),
        ErrorKind::TestFailed => (Category::Unprocessable, IssueCode::BusinessRule),
        ErrorKind::TooCostly => (Category::TooLarge, IssueCode::TooCostly),
    };
    let message = error.to_string();
    let issue = Issue { severity: Severity::Error, code, message, expression: error.path };
    Failure { category, issues: vec![issue] }
}

fn fault(key: &ResourceKey, error: &fhir::ParseError) -> Failure {
    tracing::error!(resource = %key, %error, "a stored resource cannot be read");
    Failure::new(
        Category::Fault,
        IssueCode::Exception,
        key.to_string(),
        format!("{key} as stored cannot be read; tell the operator"),
    )
}
