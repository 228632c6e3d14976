//! The gate that takes access tokens. Spec: RFC 6750 section 2.1: in the header, and nowhere else.

use std::future::Future;
use std::pin::Pin;
use std::sync::Arc;

use axum::http::{HeaderMap, header};
use fhir::IssueCode;
use interactions::{App, Caller, Category, Failure};

use crate::gate::Gate;

/// Who sends an access token is whom it speaks for; who sends none is nobody.
#[derive(Clone)]
pub struct Tokens {
    app: Arc<App>,
}

impl Tokens {
    /// A gate for the tokens of this application.
    pub fn new(app: Arc<App>) -> Tokens {
        Tokens { app }
    }
}

impl Gate for Tokens {
    fn caller<'a>(
        &'a self,
        headers: &'a HeaderMap,
    ) -> Pin<Box<dyn Future<Output = Result<Caller, Failure>> + Send + 'a>> {
        Box::pin(async move {
            let Some(token) = bearer_of(headers)? else { return Ok(Caller::NOBODY) };
            match self.app.bearer(&token).await? {
                Some(bearer) => Ok(bearer.caller),
                None => Err(invalid("the token is not known or has expired; get a new one")),
            }
        })
    }

    fn takes_tokens(&self) -> bool {
        true
    }
}

fn invalid(words: &str) -> Failure {
    Failure::plain(Category::NotSignedIn, IssueCode::Login, words)
}

/// The token of a request's header; `None` where there is no header.
pub(super) fn bearer_of(headers: &HeaderMap) -> Result<Option<String>, Failure> {
    let mut sent = headers.get_all(header::AUTHORIZATION).iter();
    let Some(one) = sent.next() else { return Ok(None) };
    if sent.next().is_some() {
        return Err(invalid("there are two Authorization headers; send one"));
    }
    let token = one.to_str().ok().and_then(|text| {
        let scheme = text.get(..7).filter(|scheme| scheme.eq_ignore_ascii_case("bearer "));
        scheme.map(|_| text[7..].trim())
    });
    match token.filter(|token| !token.is_empty()) {
        Some(token) => Ok(Some(token.to_owned())),
        None => Err(invalid("Authorization is Bearer with an access token")),
    }
}
