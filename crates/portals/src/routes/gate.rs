//! The gate of the pages: who is at the browser, and which pages are theirs.
//!
//! Every page's handler takes [`State`], which is the portal as the one at the browser has it: its use
//! cases are bound to them, so a page that asks for more than it should gets nothing. Which duty a page
//! belongs to is said by its address in [`door`]; an address that is not named there is for nobody.
//! Without sign-in ([`super::PortalOptions::sign_in`]) everybody is the operator.

use std::convert::Infallible;
use std::net::SocketAddr;
use std::sync::Arc;

use axum::extract::{ConnectInfo, FromRequestParts, Request, State as Extract};
use axum::http::request::Parts;
use axum::http::{HeaderMap, Method, header};
use axum::middleware::Next;
use axum::response::{IntoResponse, Response};
use interactions::{AccountKind, Duty, Look, SignedIn};

use super::answer::see_other;
use super::portal::Portal;
use super::rollout;
use crate::layout::Viewer;
use crate::problem::Problem;

/// The cookie that holds a session's token.
pub(super) const SESSION: &str = "careloom-session";

/// The portal as the one at the browser has it.
pub(super) struct State<T>(pub(super) T);

/// The portal of a request that has passed.
#[derive(Clone)]
struct Passed(Arc<Portal>);

impl FromRequestParts<Arc<Portal>> for State<Arc<Portal>> {
    type Rejection = Infallible;

    async fn from_request_parts(
        parts: &mut Parts,
        portal: &Arc<Portal>,
    ) -> Result<State<Arc<Portal>>, Infallible> {
        let passed = parts.extensions.get::<Passed>();
        // What came by another way than the gate is from nobody.
        Ok(State(passed.map_or_else(
            || Arc::new(portal.of(interactions::Caller::NOBODY, Viewer::Nobody)),
            |passed| Arc::clone(&passed.0),
        )))
    }
}

/// Whose a page is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Door {
    /// Everybody's.
    Public,
    /// A person's own.
    Citizen,
    /// Whoever's that has signed in.
    Account,
    /// Staff's whose work it is part of.
    Staff(&'static [Duty]),
    /// Nobody's.
    Shut,
}

/// Whose the page at an address is.
fn door(path: &str) -> Door {
    let mut segments = path.split('/').filter(|segment| !segment.is_empty());
    match (segments.next(), segments.next()) {
        (None | Some("sign-in" | "sign-out" | "assets" | "111"), _)
        | (Some("oauth"), Some("authorize" | "continue")) => Door::Public,
        (Some("me"), _) => Door::Citizen,
        (Some("account"), Some("passkeys")) => Door::Account,
        (Some("clinician"), Some("find")) => Door::Staff(&[Duty::FindPeople]),
        (Some("clinician"), Some("person" | "document")) => Door::Staff(&[Duty::ReadRecord]),
        (Some("clinician"), Some("hide")) => Door::Staff(&[Duty::HideEntries]),
        (Some("practice"), Some("appointments")) => Door::Staff(&[Duty::Bookings]),
        (Some("practice"), Some("sessions")) => Door::Staff(&[Duty::Sessions]),
        (Some("practice"), Some("results")) => Door::Staff(&[Duty::ReviewResults]),
        (Some("practice"), Some("messages")) => Door::Staff(&[Duty::Messages]),
        (Some("practice"), Some("access")) => Door::Staff(&[Duty::OnlineAccess]),
        (Some("clinician"), Some("lineage")) => Door::Staff(&[Duty::ReadRecord, Duty::Feeds]),
        (Some("console"), Some("feeds" | "items")) => Door::Staff(&[Duty::Feeds]),
        (Some("console"), Some("links")) => Door::Staff(&[Duty::Links]),
        (Some("console"), Some("audit")) => Door::Staff(&[Duty::Audit]),
        (Some("console"), Some("sites" | "research")) => Door::Staff(&[Duty::Settings]),
        (Some("console"), Some("system")) => Door::Staff(&[Duty::Feeds, Duty::Settings]),
        _ => Door::Shut,
    }
}

/// Lets a request in as whose it is, and notes what they saw before the page goes out.
pub(super) async fn pass(
    Extract(portal): Extract<Arc<Portal>>,
    mut request: Request,
    next: Next,
) -> Response {
    if !portal.options.sign_in {
        request.extensions_mut().insert(Passed(portal));
        return next.run(request).await;
    }
    let token = session_of(request.headers());
    let signed_in = match &token {
        Some(token) => portal.app.signed_in(token).await,
        None => Ok(None),
    };
    let signed_in = match signed_in {
        Ok(signed_in) => signed_in,
        Err(failure) => return portal.failure(&failure).into_response(),
    };
    let own = match &signed_in {
        Some(SignedIn { account, caller, .. }) => {
            let viewer = match &account.kind {
                AccountKind::Citizen { .. } => {
                    Viewer::Citizen(citizen_words(&portal, &account.words, caller).await)
                }
                AccountKind::Staff { role, .. } => Viewer::Staff {
                    name: account.words.clone(),
                    duties: duties(role),
                    to_review: to_review(&portal, caller).await,
                },
            };
            Arc::new(portal.of(caller.clone(), viewer))
        }
        None => Arc::new(portal.of(interactions::Caller::NOBODY, Viewer::Nobody)),
    };
    if let Some(refused) = refused(&own, &request, signed_in.as_ref()) {
        return refused;
    }
    request.extensions_mut().insert(Passed(Arc::clone(&own)));
    let mut look = look(&request);
    let (method, path) = (request.method().clone(), request.uri().path().to_owned());
    // A feature that is off for the person answers with what to do instead; here, for every page.
    let response = match rollout::closed(&own, request.method(), request.uri().path()).await {
        Some(closed) => closed,
        None => next.run(request).await,
    };
    let step = super::research::step(&method, &path, &response);
    super::research::note(&own, step).await;
    look.status = response.status().as_u16();
    match own.app.note_look(&look).await {
        Ok(()) => response,
        // What cannot be noted is not shown.
        Err(failure) => portal.failure(&failure).into_response(),
    }
}

/// How many openings of records a privacy officer is to review; none for others.
async fn to_review(portal: &Portal, caller: &interactions::Caller) -> usize {
    let is_theirs =
        matches!(&caller.who, interactions::Who::Staff(staff) if staff.role.has(Duty::Audit));
    if !is_theirs {
        return 0;
    }
    // The page itself says where this cannot be told.
    portal.app.acting_as(caller.clone()).glass_to_review().await.unwrap_or(0)
}

/// What to call a person, with whom they act for at present.
async fn citizen_words(portal: &Portal, own: &str, caller: &interactions::Caller) -> String {
    match &caller.who {
        interactions::Who::Citizen(citizen) if citizen.proxy.is_some() => {
            let name = portal.app.name_of(&citizen.subject).await;
            let name = name.unwrap_or_else(|_| "somebody".to_owned());
            format!("{own}, for {name}")
        }
        _ => own.to_owned(),
    }
}

/// The answer to one who may not pass; `None` where they may.
fn refused(portal: &Portal, request: &Request, signed_in: Option<&SignedIn>) -> Option<Response> {
    let path = request.uri().path();
    let door = door(path);
    if door == Door::Public {
        return None;
    }
    let Some(signed_in) = signed_in else {
        if *request.method() == Method::GET {
            return Some(see_other(&format!("/sign-in?to={}", escaped(path))));
        }
        return Some(portal.problem(Problem::SessionOver).into_response());
    };
    match (door, &signed_in.account.kind) {
        (Door::Staff(_) | Door::Account, AccountKind::Staff { .. })
            if signed_in.missing.is_some() =>
        {
            Some(see_other(&format!("/sign-in/code?to={}", escaped(path))))
        }
        (Door::Citizen, AccountKind::Citizen { .. }) | (Door::Account, _) => None,
        (Door::Staff(needed), AccountKind::Staff { role, .. })
            if duties(role).iter().any(|duty| needed.contains(duty)) =>
        {
            None
        }
        (Door::Shut, _) => Some(portal.problem(Problem::NotFound).into_response()),
        _ => Some(portal.problem(Problem::NotYours).into_response()),
    }
}

/// The duties of a role's code.
fn duties(role: &str) -> &'static [Duty] {
    interactions::Role::parse(role).map_or(&[], |role| role.card().duties)
}

/// The session's token that a browser sent.
pub(super) fn session_of(headers: &HeaderMap) -> Option<String> {
    cookie_of(headers, SESSION)
}

/// A token that a browser sent in the cookie of this name.
pub(super) fn cookie_of(headers: &HeaderMap, name: &str) -> Option<String> {
    let cookies = headers.get_all(header::COOKIE).iter().filter_map(|value| value.to_str().ok());
    let mut parts = cookies.flat_map(|line| line.split(';'));
    let token = parts.find_map(|part| part.trim().strip_prefix(name)?.strip_prefix('='))?;
    let is_token =
        (1..=128).contains(&token.len()) && token.bytes().all(|b| b.is_ascii_alphanumeric());
    is_token.then(|| token.to_owned())
}

/// Where a request came from.
pub(super) fn address(parts: &axum::http::Extensions) -> String {
    let address = parts.get::<ConnectInfo<SocketAddr>>();
    address.map_or_else(|| "unknown".to_owned(), |ConnectInfo(address)| address.ip().to_string())
}

/// A path as a parameter's value.
fn escaped(path: &str) -> String {
    let keep = |b: u8| b.is_ascii_alphanumeric() || matches!(b, b'/' | b'-' | b'_' | b'.');
    path.bytes().fold(String::new(), |mut out, byte| {
        if keep(byte) {
            out.push(char::from(byte));
        } else {
            out.push_str(&format!("%{byte:02X}"));
        }
        out
    })
}

/// A page of ours to go on to; anything else is the front page, so that no link leads elsewhere.
pub(super) fn own_page(to: &str) -> &str {
    let is_ours = to.starts_with('/')
        && !to[1..].starts_with(['/', '\\'])
        && to.bytes().all(|b| b.is_ascii_graphic() && b != b'\\')
        && to.len() <= 500;
    if is_ours { to } else { "/" }
}

fn look(request: &Request) -> Look {
    let action = if request.method().is_safe() { 'R' } else { 'E' };
    Look {
        interaction: "page".to_owned(),
        action,
        address: format!("{} {}", request.method(), request.uri().path()),
        from: Some(address(request.extensions())),
        status: 0,
        reason: None,
    }
}

#[cfg(test)]
mod tests {
    use super::{Door, door, own_page, session_of};
    use axum::http::{HeaderMap, header};

    #[test]
    fn addresses_of_ours_only() {
        let table = [
            ("/me/record", "/me/record"),
            ("/clinician/find?x=1", "/clinician/find?x=1"),
            ("", "/"),
            ("me", "/"),
            ("//evil.example", "/"),
            ("/\\evil.example", "/"),
            ("/\tx", "/"),
            ("/a b", "/"),
            ("https://evil.example", "/"),
            ("javascript:alert(1)", "/"),
            ("/x\r\nset-cookie: a=b", "/"),
            ("/é", "/"),
        ];
        for (to, expected) in table {
            assert_eq!(own_page(to), expected, "{to:?}");
        }
    }

    #[test]
    fn what_nobody_named_is_shut() {
        for path in ["/clinician", "/clinician/new", "/console", "/console/new", "/other", "/fhir"]
        {
            assert_eq!(door(path), Door::Shut, "{path}");
        }
        for path in ["/oauth", "/oauth/token", "/oauth/other"] {
            assert_eq!(door(path), Door::Shut, "{path}");
        }
        for path in [
            "/oauth/authorize",
            "/oauth/continue/abc",
            "/",
            "/sign-in",
            "/sign-in/code",
            "/sign-out",
            "/assets/app.css",
            "/111/who",
        ] {
            assert_eq!(door(path), Door::Public, "{path}");
        }
        assert_eq!(door("/account/passkeys"), Door::Account);
        for path in ["/account", "/account/other"] {
            assert_eq!(door(path), Door::Shut, "{path}");
        }
        for path in ["/me", "/me/record", "/me/anything/at/all"] {
            assert_eq!(door(path), Door::Citizen, "{path}");
        }
    }

    #[test]
    fn sessions_in_cookies() {
        let table = [
            ("careloom-session=abc", Some("abc")),
            ("a=b; careloom-session=abc; c=d", Some("abc")),
            ("careloom-session=", None),
            ("careloom-session=a\"b", None),
            ("careloom-sessions=abc", None),
            ("xcareloom-session=abc", None),
            ("", None),
        ];
        for (cookie, expected) in table {
            let mut headers = HeaderMap::new();
            headers.insert(header::COOKIE, cookie.parse().unwrap());
            assert_eq!(session_of(&headers).as_deref(), expected, "{cookie}");
        }
    }
}
