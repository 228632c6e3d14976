//! The pages through the router, on a real store in a folder of its own.

mod area;
mod attacks;
mod booking;
mod browser;
mod consent;
mod console;
mod download;
mod errors;
mod every_route;
mod messages;
mod person;
mod rollout;
mod sign_in;
mod triage;

use axum::body::Body;
use axum::http::{Request, StatusCode, header};
use tower::ServiceExt as _;

pub(crate) use area::Area;

/// What came back.
pub(crate) struct Answer {
    pub(crate) status: StatusCode,
    pub(crate) headers: axum::http::HeaderMap,
    pub(crate) text: String,
    /// The body as it came.
    pub(crate) bytes: Vec<u8>,
}

impl Answer {
    /// Fails the test with the page where a text is missing.
    pub(crate) fn says(&self, text: &str) -> &Self {
        assert!(self.text.contains(text), "{text:?} is missing in {}", self.text);
        self
    }

    pub(crate) fn says_not(&self, text: &str) -> &Self {
        assert!(!self.text.contains(text), "{text:?} is in {}", self.text);
        self
    }

    pub(crate) fn cookie(&self) -> String {
        let cookie =
            self.headers.get(header::SET_COOKIE).expect("a cookie").to_str().expect("text");
        assert!(cookie.contains("SameSite=Strict") && cookie.contains("HttpOnly"), "{cookie}");
        cookie.split(';').next().expect("a pair").to_owned()
    }

    /// The token in the page's form.
    pub(crate) fn token(&self) -> String {
        let (_, rest) = self.text.split_once(r#"name="csrf" value=""#).expect("a token");
        rest.split('"').next().expect("its end").to_owned()
    }
}

impl Area {
    pub(crate) async fn get(&self, address: &str) -> Answer {
        let request = Request::get(address).body(Body::empty()).expect("a request");
        self.send(request).await
    }

    /// Posts a form with the token of a page that was got before, as a browser would.
    pub(crate) async fn post_from(&self, page: &str, address: &str, form: &str) -> Answer {
        let page = self.get(page).await;
        let body = format!("csrf={}&{form}", page.token());
        self.post(address, &page.cookie(), body).await
    }

    pub(crate) async fn post(&self, address: &str, cookie: &str, body: impl Into<Body>) -> Answer {
        let request = Request::post(address)
            .header(header::CONTENT_TYPE, "application/x-www-form-urlencoded")
            .header(header::COOKIE, cookie)
            .body(body.into())
            .expect("a request");
        self.send(request).await
    }

    pub(crate) async fn send(&self, request: Request<Body>) -> Answer {
        let response = self.router.clone().oneshot(request).await.expect("an answer");
        let (parts, body) = response.into_parts();
        let bytes = axum::body::to_bytes(body, 32 << 20).await.expect("a body");
        let text = String::from_utf8_lossy(&bytes).into_owned();
        Answer { status: parts.status, headers: parts.headers, text, bytes: bytes.to_vec() }
    }
}
