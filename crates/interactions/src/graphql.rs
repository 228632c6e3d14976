//! GraphQL: a query or mutation → its answer. Spec: <https://hl7.org/fhir/R4/graphql.html>.
//!
//! The crate `graphql` says in rounds what it needs; here it is got: all references of a round in one
//! read, searches as any other search, mutations as any other write. What is refused before it runs
//! has a category, as HTTP's status wants it; what fails while it runs is told inside the answer.

use std::collections::HashMap;
use std::sync::Arc;
use std::time::Duration;

use ::graphql::{Answer, Execution, GraphqlError, Limits, Need, Request, SearchNeed, refused};
use ::search::{Handling, Summary, Total};
use fhir::{IssueCode, ResourceId, ResourceType, Tree, VersionId};
use store::{ResourceKey, SearchCursor};
use tokio::time::{Instant, timeout_at};

use crate::app::App;
use crate::failure::{Category, Failure};
use crate::precondition::Preconditions;
use crate::write::{UpdateTarget, WriteOptions, Written};

/// How long a request may take; mutations that have begun are finished.
const DEADLINE: Duration = Duration::from_secs(10);

/// What a client sends.
#[derive(Debug, Default)]
pub struct GraphqlRequest {
    /// The query's text.
    pub query: String,
    /// Which of its operations.
    pub operation_name: Option<String>,
    /// An object of variables.
    pub variables: Option<Tree>,
    /// Whether mutations are let through; a GET must change nothing.
    pub allows_mutations: bool,
}

/// What it gets.
#[derive(Debug)]
pub struct GraphqlAnswer {
    /// JSON in GraphQL's form.
    pub body: Vec<u8>,
    /// Why nothing was run; `None` where there is data.
    pub refused: Option<Category>,
}

impl GraphqlAnswer {
    /// A failure in GraphQL's form.
    pub fn of_failure(failure: &Failure) -> GraphqlAnswer {
        let errors: Vec<GraphqlError> = failure
            .issues
            .iter()
            .map(|issue| GraphqlError::request(issue.code, issue.message.clone()))
            .collect();
        GraphqlAnswer { body: refused(&errors), refused: Some(failure.category) }
    }
}

impl App {
    /// Runs a request on the system, or on the resource in scope.
    pub async fn graphql(
        &self,
        request: GraphqlRequest,
        instance: Option<&ResourceKey>,
    ) -> GraphqlAnswer {
        let rounds = Rounds { app: self };
        let instance = match instance {
            None => None,
            Some(key) => match rounds.instance(key).await {
                Ok(tree) => Some(tree),
                Err(failure) => return GraphqlAnswer::of_failure(&failure),
            },
        };
        let limits = Limits {
            page_default: self.options.page_count_default,
            matches_max: self.options.page_count_max,
            ..Limits::default()
        };
        let definitions = self.definitions();
        let base_url = self.options.base_url.clone();
        let started = on_a_thread(move || {
            let sent = Request {
                query: &request.query,
                operation_name: request.operation_name.as_deref(),
                variables: request.variables.as_ref().map(Tree::root),
                allows_mutations: request.allows_mutations && instance.is_none(),
                base_url: &base_url,
            };
            Execution::start(sent, instance, definitions, limits).map(Box::new)
        });
        match started.await {
            Ok(Ok(run)) => match rounds.run(run).await {
                Ok(body) => GraphqlAnswer { body, refused: None },
                Err(failure) => GraphqlAnswer::of_failure(&failure),
            },
            Ok(Err(errors)) => {
                GraphqlAnswer { body: refused(&errors), refused: Some(Category::Invalid) }
            }
            Err(failure) => GraphqlAnswer::of_failure(&failure),
        }
    }
}

/// What an execution needs, got from the store.
struct Rounds<'a> {
    app: &'a App,
}

impl Rounds<'_> {
    async fn instance(&self, key: &ResourceKey) -> Result<Arc<Tree>, Failure> {
        let stored = self.app.read(key).await?;
        parsed(stored.body.as_deref()).map(Arc::new).ok_or_else(unreadable)
    }

    async fn run(&self, mut run: Box<Execution>) -> Result<Vec<u8>, Failure> {
        let deadline = Instant::now() + DEADLINE;
        loop {
            let needs = run.needs();
            if needs.is_empty() {
                return on_a_thread(move || run.finish()).await;
            }
            let is_mutation = needs.iter().any(is_mutation);
            let answers = if is_mutation && Instant::now() < deadline {
                Some(self.mutate(needs).await)
            } else {
                timeout_at(deadline, self.answers(needs)).await.ok()
            };
            match answers {
                Some(answers) => {
                    run = on_a_thread(move || {
                        run.answer(answers);
                        run
                    })
                    .await?;
                }
                None => run.stop(
                    IssueCode::Timeout,
                    "the request took too long and was ended; ask for less at once",
                ),
            }
        }
    }

    /// Reads and searches. Mutations that come here are past the deadline.
    async fn answers(&self, needs: Vec<Need>) -> Vec<Answer> {
        let mut read = self.read_round(&needs).await;
        let mut answers = Vec::with_capacity(needs.len());
        for need in needs {
            answers.push(match need {
                Need::Read { resource_type, id } => match &mut read {
                    Ok(trees) => Answer::Resource(
                        ResourceId::parse(&id)
                            .and_then(|id| trees.get(&ResourceKey { resource_type, id }).cloned()),
                    ),
                    Err(failure) => failed(failure),
                },
                Need::ReadVersion { resource_type, id, version } => {
                    self.version(resource_type, &id, &version).await
                }
                Need::Search(search) => {
                    self.page(search).await.unwrap_or_else(|failure| failed(&failure))
                }
                Need::Create { .. } | Need::Update { .. } | Need::Delete { .. } => {
                    // Never ends: the deadline that is past ends it.
                    std::future::pending().await
                }
            });
        }
        answers
    }

    /// All resources of a round, each read and parsed once.
    async fn read_round(&self, needs: &[Need]) -> Result<HashMap<ResourceKey, Arc<Tree>>, Failure> {
        let mut keys: Vec<ResourceKey> = needs
            .iter()
            .filter_map(|need| match need {
                Need::Read { resource_type, id } => {
                    let id = ResourceId::parse(id)?;
                    Some(ResourceKey { resource_type: *resource_type, id })
                }
                _ => None,
            })
            .collect();
        keys.sort_unstable();
        keys.dedup();
        if keys.is_empty() {
            return Ok(HashMap::new());
        }
        let stored = self.app.store.read_many(&keys).await?;
        let bodies = keys.into_iter().zip(stored).filter_map(|(key, stored)| {
            let tree = parsed(stored?.body.as_deref())?;
            Some((key, Arc::new(tree)))
        });
        Ok(bodies.collect())
    }

    async fn version(&self, resource_type: ResourceType, id: &str, version: &str) -> Answer {
        let (Some(id), Some(version)) = (ResourceId::parse(id), VersionId::parse(version)) else {
            return Answer::Resource(None);
        };
        match self.app.store.read_version(&ResourceKey { resource_type, id }, version).await {
            Ok(stored) => {
                let tree = stored.and_then(|stored| parsed(stored.body.as_deref()));
                Answer::Resource(tree.map(Arc::new))
            }
            Err(error) => failed(&error.into()),
        }
    }

    async fn page(&self, need: SearchNeed) -> Result<Answer, Failure> {
        let (mut search, _) =
            self.app.parse_search(need.resource_type, &need.pairs, Handling::Strict)?;
        search.includes.clear();
        search.elements.clear();
        search.summary = Summary::False;
        search.total = if need.wants_total { Total::Accurate } else { Total::None };
        search.count = need.skip + need.count;
        if search.count == 0 {
            let total =
                if need.wants_total { Some(self.app.store.count(&search).await?) } else { None };
            return Ok(Answer::Found { matches: Vec::new(), total, next: None });
        }
        let place = need.place.map(SearchCursor);
        let page = self.app.store.search(&search, place.as_ref()).await?;
        let mut matches = Vec::with_capacity(page.hits.len());
        for hit in page.hits.iter().skip(need.skip) {
            matches.push(Arc::new(parsed(hit.resource.body.as_deref()).ok_or_else(unreadable)?));
        }
        Ok(Answer::Found { matches, total: page.total, next: page.next.map(|next| next.0) })
    }

    async fn mutate(&self, needs: Vec<Need>) -> Vec<Answer> {
        let mut answers = Vec::with_capacity(needs.len());
        for need in needs {
            let done = match need {
                Need::Create { resource_type, body } => {
                    self.create_from(resource_type, &body).await
                }
                Need::Update { resource_type, id, body } => {
                    self.update_from(resource_type, &id, &body).await
                }
                Need::Delete { resource_type, id } => self.delete_by(resource_type, &id).await,
                Need::Read { .. } | Need::ReadVersion { .. } | Need::Search(_) => {
                    self.answers(vec![need]).await.pop().ok_or_else(unreadable)
                }
            };
            answers.push(done.unwrap_or_else(|failure| failed(&failure)));
        }
        answers
    }

    async fn create_from(&self, of: ResourceType, body: &[u8]) -> Result<Answer, Failure> {
        let written = self.app.create(of, &body_of(body)?, &WriteOptions::default()).await?;
        self.written(&written)
    }

    async fn update_from(
        &self,
        of: ResourceType,
        id: &str,
        body: &[u8],
    ) -> Result<Answer, Failure> {
        let target = UpdateTarget::Id(id_of(id)?);
        let written =
            self.app.update(of, &target, &body_of(body)?, &WriteOptions::default()).await?;
        self.written(&written)
    }

    async fn delete_by(&self, resource_type: ResourceType, id: &str) -> Result<Answer, Failure> {
        let key = ResourceKey { resource_type, id: id_of(id)? };
        self.app.delete(&key, &Preconditions::default()).await?;
        Ok(Answer::Deleted)
    }

    fn written(&self, written: &Written) -> Result<Answer, Failure> {
        let stored = &written.stored;
        let base = &self.app.options.base_url;
        let location = format!("{base}/{}/_history/{}", stored.key, stored.version);
        let resource = parsed(stored.body.as_deref()).ok_or_else(unreadable)?;
        Ok(Answer::Written { location, resource: Arc::new(resource) })
    }
}

/// Walking resources and running FHIRPath takes a processor for a while, so it is kept off the
/// threads that serve others.
async fn on_a_thread<T: Send + 'static>(
    work: impl FnOnce() -> T + Send + 'static,
) -> Result<T, Failure> {
    tokio::task::spawn_blocking(work).await.map_err(|_| {
        Failure::plain(Category::Fault, IssueCode::Exception, "the query could not be run")
    })
}

fn is_mutation(need: &Need) -> bool {
    matches!(need, Need::Create { .. } | Need::Update { .. } | Need::Delete { .. })
}

fn parsed(body: Option<&[u8]>) -> Option<Tree> {
    Tree::parse(body?).ok()
}

fn body_of(body: &[u8]) -> Result<Tree, Failure> {
    Tree::parse(body).map_err(|error| {
        let message = format!("the resource cannot be read: {error}");
        Failure::plain(Category::Invalid, IssueCode::Structure, message)
    })
}

fn id_of(id: &str) -> Result<ResourceId, Failure> {
    ResourceId::parse(id).ok_or_else(|| {
        let message = "an id is 1 to 64 letters, digits, '-' or '.'";
        Failure::plain(Category::Invalid, IssueCode::Value, message)
    })
}

fn unreadable() -> Failure {
    Failure::plain(Category::Fault, IssueCode::Exception, "a stored resource cannot be read")
}

fn failed(failure: &Failure) -> Answer {
    let code = failure.issues.first().map_or(IssueCode::Exception, |issue| issue.code);
    Answer::Failed { code, message: failure.to_string() }
}
