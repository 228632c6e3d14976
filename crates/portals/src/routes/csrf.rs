//! Forms that come from our own pages: each carries a token.
//!
//! Of who has signed in, it follows from the session, so that a cookie that another put into the browser
//! is of no use. Before that it is a cookie's, `SameSite=Strict` and out of reach of scripts, which another
//! site can neither read nor have sent. What a browser says comes from another site is refused besides.
//! Spec of the patterns: OWASP, "signed double submit cookie"; W3C, Fetch Metadata.

use axum::http::{HeaderMap, HeaderValue, header};
use axum::response::Response;

use interactions::{same_secret, secret_key};

use super::gate::session_of;
use crate::components::form::CsrfToken;

const COOKIE: &str = "careloom-form";
const TOKEN_BYTES: usize = 16;

/// The token of a page's forms.
pub(super) struct Token {
    pub(super) value: CsrfToken,
    is_new: bool,
}

impl Token {
    /// The token of the browser's session or cookie, or a new one.
    pub(super) fn of(headers: &HeaderMap) -> Token {
        if let Some(session) = session_of(headers) {
            return Token { value: CsrfToken(of_session(&session)), is_new: false };
        }
        if let Some(held) = held(headers) {
            return Token { value: CsrfToken(held), is_new: false };
        }
        let mut bytes = [0_u8; TOKEN_BYTES];
        // Without randomness the token stays empty, and an empty token is never accepted.
        let token = match getrandom::fill(&mut bytes) {
            Ok(()) => format!("{:032x}", u128::from_be_bytes(bytes)),
            Err(_) => String::new(),
        };
        Token { value: CsrfToken(token), is_new: true }
    }

    /// Gives the browser its token with the page.
    pub(super) fn set_on(&self, response: &mut Response) {
        let cookie = format!("{COOKIE}={}; Path=/; HttpOnly; SameSite=Strict", self.value.0);
        if let Ok(cookie) = HeaderValue::from_str(&cookie)
            && self.is_new
        {
            response.headers_mut().append(header::SET_COOKIE, cookie);
        }
    }
}

/// Whether a form carries the token of the browser's session or cookie, and comes from no other site.
pub(super) fn holds(headers: &HeaderMap, form: &[(String, String)]) -> bool {
    if headers.get("sec-fetch-site").is_some_and(|site| site != "same-origin" && site != "none") {
        return false;
    }
    let sent = form.iter().find(|(name, _)| name == "csrf").map(|(_, value)| value.as_str());
    let held = session_of(headers).map(|session| of_session(&session)).or_else(|| held(headers));
    matches!((held, sent), (Some(held), Some(sent)) if same_secret(held.as_bytes(), sent.as_bytes()))
}

/// The token of a session's forms; nothing of the session can be read from it.
fn of_session(session: &str) -> String {
    let mut token = secret_key(&format!("form {session}"));
    token.truncate(2 * TOKEN_BYTES);
    token
}

fn held(headers: &HeaderMap) -> Option<String> {
    let cookies = headers.get_all(header::COOKIE).iter().filter_map(|value| value.to_str().ok());
    let token = cookies
        .flat_map(|line| line.split(';'))
        .find_map(|cookie| cookie.trim().strip_prefix(COOKIE)?.strip_prefix('='))?;
    let is_token = token.len() == 2 * TOKEN_BYTES && token.bytes().all(|b| b.is_ascii_hexdigit());
    is_token.then(|| token.to_owned())
}
