//! A request that is answered later (`Prefer: respond-async`).
//! Spec: <https://hl7.org/fhir/R4/async.html>; the answer's form is the Bundle of
//! <https://hl7.org/fhir/R5/async-bundle.html>, because R4 gives none for other than bulk data.

use std::future::Future;
use std::path::PathBuf;
use std::pin::Pin;
use std::sync::Arc;

use fhir::{Issue, IssueCode, Kind, Severity, Tree};
use serde::{Deserialize, Serialize};

use super::files::{broken, folder};
use super::no_folder;
use super::record::{Progress, Record, Work};
use super::runner::Step;
use crate::app::App;
use crate::failure::{Category, Failure};

/// The names of the request's body and of the answer's in the job's folder.
const BODY: &str = "request";
const RESULT: &str = "result";

/// A request, as the edge kept it.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct KeptRequest {
    /// The method.
    pub method: String,
    /// The path and query below the base.
    pub target: String,
    /// The headers that matter.
    pub headers: Vec<(String, String)>,
    /// The body.
    #[serde(skip)]
    pub body: Vec<u8>,
    /// Whether doing it twice is the same as doing it once.
    pub is_repeatable: bool,
}

/// An answer, as the edge gives it.
#[derive(Clone, Debug)]
pub struct KeptResponse {
    /// The status.
    pub status: u16,
    /// The headers that a Bundle's entry can carry: `etag`, `last-modified`, `location`.
    pub headers: Vec<(String, String)>,
    /// The body.
    pub body: Vec<u8>,
}

/// A future of an answer.
pub type Answering = Pin<Box<dyn Future<Output = KeptResponse> + Send>>;
/// Answers a request as if it came now.
pub type Executor = Arc<dyn Fn(KeptRequest) -> Answering + Send + Sync>;

/// The state of a request that was put off.
#[derive(Debug, Serialize, Deserialize)]
pub(crate) struct Request {
    kept: KeptRequest,
    answer: Option<(u16, Vec<(String, String)>)>,
    #[serde(skip)]
    was_cut_off: bool,
}

impl App {
    /// Keeps a request to answer it later; gives the job's id.
    pub async fn put_off(&self, request: KeptRequest, url: &str) -> Result<Box<str>, Failure> {
        if self.options.jobs.folder.is_none() {
            return Err(no_folder());
        }
        let id = self.job_id();
        let folder = folder(&self.options.jobs, &id)?;
        let wrong = |error| broken("keep a request", &error);
        tokio::fs::create_dir_all(&folder).await.map_err(wrong)?;
        write(folder.join(BODY), request.body.clone()).await?;
        let work = Request { kept: request, answer: None, was_cut_off: false };
        let record = Record::new(Work::Async(work), url.to_owned(), self.clock.now());
        self.start_job(id.clone(), &record).await?;
        Ok(id)
    }
}

impl Request {
    /// Whether it asks for an erasure itself.
    pub(crate) fn erases(&self) -> bool {
        let path = self.kept.target.split('?').next().unwrap_or_default();
        path.ends_with("/$purge") || path.ends_with("/$expunge")
    }

    pub(crate) fn resume(&mut self, was_cut_off: bool) {
        self.was_cut_off = was_cut_off;
    }

    pub(crate) async fn step(
        &mut self,
        app: &Arc<App>,
        id: &str,
        progress: &mut Progress,
    ) -> Result<Step, Failure> {
        if self.was_cut_off && !self.kept.is_repeatable {
            return Err(Failure::plain(
                Category::Unavailable,
                IssueCode::Incomplete,
                "the server ended while it worked on this request, which may have been done or not; look at what it should have written, and send it again if it is not there",
            ));
        }
        let executor = app.jobs.executor.get().cloned().ok_or_else(|| {
            Failure::plain(Category::Fault, IssueCode::Exception, "nobody answers requests here")
        })?;
        let folder = folder(&app.options.jobs, id)?;
        let wrong = |error| broken("read a request that was put off", &error);
        let body = tokio::fs::read(folder.join(BODY)).await.map_err(wrong)?;
        let answer = executor(KeptRequest { body, ..self.kept.clone() }).await;
        let max = app.options.jobs.result_bytes_max;
        if answer.body.len() > max {
            return Err(Failure::plain(
                Category::TooLarge,
                IssueCode::TooLong,
                format!("the answer is longer than {max} bytes; ask for less, or export it"),
            ));
        }
        write(folder.join(RESULT), answer.body).await?;
        self.answer = Some((answer.status, answer.headers));
        progress.done = 1;
        progress.total = Some(1);
        Ok(Step::Done)
    }

    /// The Bundle that holds the answer.
    pub(crate) async fn bundle(&self, app: &App, id: &str) -> Result<Vec<u8>, Failure> {
        let path = folder(&app.options.jobs, id)?.join(RESULT);
        let body = tokio::fs::read(path).await.map_err(|error| broken("read a result", &error))?;
        let (status, headers) = self.answer.clone().unwrap_or((500, Vec::new()));
        let header = |name: &str| headers.iter().find(|(n, _)| n == name).map(|(_, v)| v.as_str());
        let mut out =
            br#"{"resourceType":"Bundle","type":"batch-response","entry":[{"response":{"status":"#
                .to_vec();
        fhir::write_string(&status.to_string(), &mut out);
        for (name, member) in [("location", "location"), ("etag", "etag")] {
            if let Some(value) = header(name) {
                out.extend_from_slice(format!(r#","{member}":"#).as_bytes());
                fhir::write_string(value, &mut out);
            }
        }
        let is_resource = Tree::parse(&body)
            .is_ok_and(|tree| tree.root().kind() == Kind::Object && tree.resource_type().is_some());
        let is_failure = status >= 400;
        if is_failure && is_resource {
            out.extend_from_slice(br#","outcome":"#);
            out.extend_from_slice(&body);
        }
        out.push(b'}');
        if !is_failure && is_resource {
            out.extend_from_slice(br#","resource":"#);
            out.extend_from_slice(&body);
        }
        out.extend_from_slice(b"}]}");
        Ok(out)
    }
}

/// The Bundle of a request that could not be answered.
pub(crate) fn failed_bundle(failure: &Failure) -> Vec<u8> {
    let mut out = br#"{"resourceType":"Bundle","type":"batch-response","entry":[{"response":{"status":"500","outcome":"#.to_vec();
    let mut issues = failure.issues.clone();
    if issues.is_empty() {
        issues.push(Issue {
            severity: Severity::Error,
            code: IssueCode::Exception,
            message: "the request failed".to_owned(),
            expression: None,
        });
    }
    out.extend_from_slice(&fhir::operation_outcome(&issues));
    out.extend_from_slice(b"}}]}");
    out
}

async fn write(path: PathBuf, bytes: Vec<u8>) -> Result<(), Failure> {
    let written = super::runner::blocking("keep a file of a job", move || {
        let file = std::fs::File::create(path)?;
        std::io::Write::write_all(&mut &file, &bytes)?;
        file.sync_all()
    });
    written.await?.map_err(|error| broken("keep a file of a job", &error))
}
