//! A server on a fresh store, with a clock that stands and ids that count.

use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicI64, AtomicU64, Ordering};

use axum::Router;
use axum::body::{Body, to_bytes};
use axum::http::{Request, StatusCode};
use axum::response::Response;
use fhir::ResourceId;
use interactions::{App, AppOptions, Clock, IdSource};
use serde_json::Value;
use store_sqlite::{Options, SqliteStore};
use tower::ServiceExt as _;

/// 2026-03-01T12:00:00Z
pub(crate) const NOW: i64 = 1_772_366_400_000_000;

/// The base that the server is told it has.
pub(crate) const BASE: &str = "http://127.0.0.1/fhir";

/// It stands until it is told that time has passed.
#[derive(Clone)]
struct StandingClock(Arc<AtomicI64>);

impl Clock for StandingClock {
    fn now(&self) -> i64 {
        self.0.load(Ordering::Relaxed)
    }
}

#[derive(Clone, Default)]
struct CountingIds {
    given: Arc<AtomicU64>,
    is_broken: Arc<AtomicBool>,
}

impl IdSource for CountingIds {
    fn next(&self) -> ResourceId {
        assert!(!self.is_broken.load(Ordering::Relaxed), "there are no ids");
        let number = self.given.fetch_add(1, Ordering::Relaxed) + 1;
        ResourceId::parse(&format!("id-{number}")).expect("a valid id")
    }
}

pub(crate) struct Server {
    router: Router,
    pub(crate) reads: server::PlainReads,
    pub(crate) app: Arc<App>,
    clock: StandingClock,
    ids: CountingIds,
    running: tokio::task::JoinHandle<()>,
    folder: tempfile::TempDir,
}

fn app_options(folder: &Path) -> AppOptions {
    let mut options = AppOptions::with_base_url(BASE);
    options.jobs.folder = Some(folder.join("jobs"));
    options.jobs.import_folder = Some(folder.join("import"));
    options.jobs.line_bytes_max = 64 * 1024;
    options.jobs.upload_bytes_max = 4 << 20;
    options.jobs.kept_max = 5;
    options
}

/// Headers of a request, by name.
pub(crate) type Headers = &'static [(&'static str, &'static str)];

/// An answer, its body as text.
#[derive(Debug)]
pub(crate) struct Answer {
    pub(crate) status: StatusCode,
    pub(crate) headers: axum::http::HeaderMap,
    pub(crate) text: String,
}

impl Answer {
    /// The body as JSON, whatever it was sent as.
    pub(crate) fn json(&self) -> Value {
        if self.header("content-type").starts_with("application/fhir+xml") {
            let tree = fhir::xml::read(self.text.as_bytes(), definitions::embedded());
            let tree = tree.unwrap_or_else(|e| panic!("{e:?}: {}", self.text));
            return serde_json::from_slice(&tree.to_compact()).expect("json");
        }
        serde_json::from_str(&self.text).unwrap_or_else(|e| panic!("{e}: {}", self.text))
    }

    pub(crate) fn header(&self, name: &str) -> &str {
        self.headers.get(name).map_or("", |value| value.to_str().unwrap_or(""))
    }

    /// The code and expression of the first issue.
    pub(crate) fn issue(&self) -> (String, String) {
        let outcome = self.json();
        assert_eq!(outcome["resourceType"], "OperationOutcome", "{}", self.text);
        let issue = &outcome["issue"][0];
        assert!(issue["diagnostics"].as_str().is_some_and(|text| text.len() > 10), "{}", self.text);
        let text = |value: &Value| value.as_str().unwrap_or("").to_owned();
        (text(&issue["code"]), text(&issue["expression"][0]))
    }
}

async fn taken_apart(response: Response) -> (axum::http::response::Parts, axum::body::Bytes) {
    let (parts, body) = response.into_parts();
    (parts, to_bytes(body, 64 << 20).await.expect("a body"))
}

impl Server {
    pub(crate) fn start() -> Server {
        Server::with(|_| {})
    }

    /// A server with options of its own.
    pub(crate) fn with(change: impl FnOnce(&mut AppOptions)) -> Server {
        Server::with_options(change, |_| {})
    }

    pub(crate) fn with_options(
        change: impl FnOnce(&mut AppOptions),
        change_edge: impl FnOnce(&mut server::ServerOptions),
    ) -> Server {
        Server::on(tempfile::tempdir().expect("a folder"), change, change_edge)
    }

    /// Ends the server, and starts one on what it left.
    pub(crate) async fn restart(self) -> Server {
        let Server { router, reads, app, running, folder, clock: _, ids: _ } = self;
        running.abort();
        drop((router, reads));
        let ended = Arc::downgrade(&app);
        drop(app);
        for _ in 0..2_000 {
            if ended.strong_count() == 0 {
                let server = Server::on(folder, |_| {}, |_| {});
                server.app.load_parameters().await.expect("parameters in force");
                return server;
            }
            tokio::time::sleep(std::time::Duration::from_millis(1)).await;
        }
        panic!("somebody still holds the application");
    }

    fn on(
        folder: tempfile::TempDir,
        change: impl FnOnce(&mut AppOptions),
        change_edge: impl FnOnce(&mut server::ServerOptions),
    ) -> Server {
        let mut app_options = app_options(folder.path());
        change(&mut app_options);
        let catalogue = store::Catalogue::of(definitions::embedded());
        let ids = CountingIds::default();
        let clock = StandingClock(Arc::new(AtomicI64::new(NOW)));
        let of_store = clock.clone();
        let options = Options::with_clock(Arc::new(move || of_store.now()));
        let store = SqliteStore::open(&folder.path().join("test.db"), &catalogue, options);
        let app = Arc::new(App::new(
            Arc::new(store.expect("a store")),
            definitions::embedded(),
            Arc::new(clock.clone()),
            Arc::new(ids.clone()),
            app_options,
        ));
        let running = tokio::spawn(Arc::clone(&app).run_jobs());
        let mut options = server::ServerOptions::standard("test", NOW);
        options.body_bytes_max = 4 << 20;
        change_edge(&mut options);
        let router = server::mount("/fhir", Arc::clone(&app), options);
        let reads = server::PlainReads::new("/fhir", Arc::clone(&app));
        Server { router, reads, app, clock, ids, running, folder }
    }

    /// Has whoever asks for a new id panic, or no longer.
    pub(crate) fn break_ids(&self, is_broken: bool) {
        self.ids.is_broken.store(is_broken, Ordering::Relaxed);
    }

    /// Lets minutes pass.
    pub(crate) fn pass(&self, minutes: i64) {
        self.clock.0.fetch_add(minutes * 60_000_000, Ordering::Relaxed);
    }

    pub(crate) async fn send_for_bytes(
        &self,
        request: Request<Body>,
    ) -> (axum::http::response::Parts, axum::body::Bytes) {
        let plain = self.reads.answer(&request).await;
        let response = self.router.clone().oneshot(request).await.expect("an answer");
        let (parts, bytes) = taken_apart(response).await;
        if let Some(plain) = plain {
            let (plain, plain_bytes) = taken_apart(plain).await;
            // A resource that is written meanwhile is another one by its ETag.
            if plain.headers.get("etag") == parts.headers.get("etag") {
                let mut headers = parts.headers.clone();
                // A route sets what the connection sets for any answer.
                headers.remove("content-length");
                assert_eq!((plain.status, &plain.headers), (parts.status, &headers));
                assert_eq!(plain_bytes, bytes, "a plain read is the same as by its route");
            }
        }
        (parts, bytes)
    }

    pub(crate) async fn send(&self, request: Request<Body>) -> Answer {
        let (parts, bytes) = self.send_for_bytes(request).await;
        let text = String::from_utf8_lossy(&bytes).into_owned();
        Answer { status: parts.status, headers: parts.headers, text }
    }

    pub(crate) async fn get(&self, path: &str) -> Answer {
        self.call("GET", path, &[], "").await
    }

    /// Sends a request; headers that are named replace the usual ones.
    pub(crate) async fn call(
        &self,
        method: &str,
        path: &str,
        headers: &[(&str, &str)],
        body: &str,
    ) -> Answer {
        let mut request = Request::builder().method(method).uri(format!("/fhir{path}"));
        if !body.is_empty() && !headers.iter().any(|(name, _)| *name == "content-type") {
            request = request.header("content-type", "application/fhir+json");
        }
        for (name, value) in headers {
            request = request.header(*name, *value);
        }
        self.send(request.body(Body::from(body.to_owned())).expect("a request")).await
    }

    /// Puts a resource that must be taken.
    pub(crate) async fn put(&self, path: &str, body: &str) -> Answer {
        let answer = self.call("PUT", path, &[], body).await;
        assert!(answer.status.is_success(), "{path}: {}", answer.text);
        answer
    }

    /// The folder that imports may read from.
    pub(crate) fn import_folder(&self) -> PathBuf {
        let folder = self.folder.path().join("import");
        std::fs::create_dir_all(&folder).expect("a folder");
        folder
    }

    /// Sends a request that begins a job; gives the job's path.
    pub(crate) async fn begin(
        &self,
        method: &str,
        path: &str,
        headers: &[(&str, &str)],
        body: &str,
    ) -> String {
        let mut all = vec![("prefer", "respond-async")];
        all.extend(headers);
        let answer = self.call(method, path, &all, body).await;
        assert_eq!(answer.status, 202, "{path}: {}", answer.text);
        let location = answer.header("content-location");
        location.strip_prefix(BASE).expect("a job of this server").to_owned()
    }

    /// Asks after a job until it is done.
    pub(crate) async fn done(&self, job: &str) -> Answer {
        for _ in 0..2_000 {
            let answer = self.get(job).await;
            if answer.status != 202 {
                return answer;
            }
            assert!(!answer.header("x-progress").is_empty(), "{answer:?}");
            assert!(answer.header("retry-after").parse::<u64>().is_ok(), "{answer:?}");
            tokio::time::sleep(std::time::Duration::from_millis(5)).await;
        }
        panic!("{job} does not end");
    }

    /// The lines of an NDJSON file, by its URL.
    pub(crate) async fn lines(&self, url: &Value) -> Vec<Value> {
        let path = url.as_str().and_then(|url| url.strip_prefix(BASE)).expect("a file");
        let answer = self.get(path).await;
        assert_eq!(answer.status, 200, "{}", answer.text);
        assert_eq!(answer.header("content-type"), "application/fhir+ndjson");
        let line = |line: &str| serde_json::from_str(line).expect("a line of json");
        answer.text.lines().map(line).collect()
    }
}
