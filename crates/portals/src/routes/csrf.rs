//! Forms that come from our own pages: a token in a cookie and the same token in the form.
//!
//! The cookie is `SameSite=Strict` and out of reach of scripts; another site can neither read it nor
//! have it sent. Spec of the pattern: OWASP "double submit cookie".

use axum::http::{HeaderMap, HeaderValue, header};
use axum::response::Response;

use crate::components::form::CsrfToken;

const COOKIE: &str = "careloom-form";
const TOKEN_BYTES: usize = 16;

/// The token of a page's forms.
pub(super) struct Token {
    pub(super) value: CsrfToken,
    is_new: bool,
}

impl Token {
    /// The token that the browser has, or a new one.
    pub(super) fn of(headers: &HeaderMap) -> Token {
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

/// Whether a form carries the token of the browser's cookie.
pub(super) fn holds(headers: &HeaderMap, form: &[(String, String)]) -> bool {
    let sent = form.iter().find(|(name, _)| name == "csrf").map(|(_, value)| value.as_str());
    matches!((held(headers), sent), (Some(held), Some(sent)) if same(&held, sent))
}

/// Compares without telling by its time where the texts differ.
fn same(a: &str, b: &str) -> bool {
    a.len() == b.len() && a.bytes().zip(b.bytes()).fold(0, |all, (x, y)| all | (x ^ y)) == 0
}

fn held(headers: &HeaderMap) -> Option<String> {
    let cookies = headers.get_all(header::COOKIE).iter().filter_map(|value| value.to_str().ok());
    let token = cookies
        .flat_map(|line| line.split(';'))
        .find_map(|cookie| cookie.trim().strip_prefix(COOKIE)?.strip_prefix('='))?;
    let is_token = token.len() == 2 * TOKEN_BYTES && token.bytes().all(|b| b.is_ascii_hexdigit());
    is_token.then(|| token.to_owned())
}
