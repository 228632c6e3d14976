//! Every address of the pages, read from the source of their routes: nobody gets at what is not theirs, and
//! no form does anything without its token. A new route is tried here without being listed; one that is
//! for everybody fails until it is.

use std::collections::BTreeSet;
use std::path::Path;

use axum::http::{StatusCode, header};

use super::browser::Browser;
use super::{Answer, Area};

/// A route as its source says.
#[derive(Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct Route {
    pub(super) path: String,
    pub(super) is_got: bool,
    pub(super) is_posted: bool,
}

/// Addresses that whoever comes may ask for.
const PUBLIC: [&str; 27] = [
    "/",
    "/111",
    "/111/about",
    "/111/about/{set}",
    "/111/age",
    "/111/arrange/{service}",
    "/111/arranged",
    "/111/cancel",
    "/111/check",
    "/111/go-on",
    "/111/mine",
    "/111/place",
    "/111/question/{number}",
    "/111/result",
    "/111/sex",
    "/111/times/{service}",
    "/111/topic",
    "/111/who",
    "/assets/{file}",
    "/oauth/authorize",
    "/oauth/continue/{name}",
    "/oauth/continue/{name}/choose",
    "/oauth/continue/{name}/find",
    "/sign-in",
    "/sign-in/outside",
    "/sign-in/outside/back",
    "/sign-in/passkey",
];

/// Those of them that ask for a session themselves.
const STEPS: [&str; 3] = ["/sign-in/code", "/sign-in/proof", "/sign-out"];

/// What stands in the addresses of other people's things.
pub(super) const IDS: [&str; 8] =
    ["amina", "hosp", "gp", "allergy", "1", "lvp-gp", "demo", "Patient%2Famina%00%3Cb%3E"];

/// What of Amina's must not be on a page that is not hers, in any letters.
const HERS: [&str; 4] = ["penicillin", "shah", "999 001 0005", "9990010005"];

pub(super) fn routes() -> Vec<Route> {
    let mut found = BTreeSet::new();
    let package = std::env::var("CARGO_MANIFEST_DIR").expect("run by cargo");
    let folder = Path::new(&package).join("src/routes");
    read(&folder, &mut found);
    assert!(found.len() > 80, "only {} routes were found", found.len());
    found.into_iter().collect()
}

fn read(folder: &Path, found: &mut BTreeSet<Route>) {
    for entry in std::fs::read_dir(folder).expect("the folder of the routes") {
        let path = entry.expect("an entry").path();
        if path.is_dir() {
            read(&path, found);
            continue;
        }
        let source = std::fs::read_to_string(&path).expect("a source");
        for part in source.split(".route(").skip(1) {
            let Some(rest) = part.trim_start().strip_prefix('"') else { continue };
            let Some((address, rest)) = rest.split_once('"') else { continue };
            if !address.starts_with('/') {
                continue;
            }
            // Up to the next route, or the end of the function.
            let handlers = rest.split("\n}").next().unwrap_or(rest);
            found.insert(Route {
                path: address.to_owned(),
                is_got: handlers.contains("get("),
                is_posted: handlers.contains("post("),
            });
        }
    }
}

/// The addresses of a route, with others' ids in its holes.
pub(super) fn addresses(route: &Route) -> Vec<String> {
    if !route.path.contains('{') {
        return vec![route.path.clone()];
    }
    let fill = |id: &str| {
        let mut address = String::new();
        let mut rest = route.path.as_str();
        while let Some((before, hole)) = rest.split_once('{') {
            address.push_str(before);
            address.push_str(id);
            rest = hole.split_once('}').map_or("", |(_, after)| after);
        }
        address + rest
    };
    IDS.iter().map(|id| fill(id)).collect()
}

fn goes_to(answer: &Answer) -> &str {
    answer.headers.get(header::LOCATION).map_or("", |to| to.to_str().expect("text"))
}

fn says_nothing_of_hers(who: &str, address: &str, answer: &Answer) {
    let text = answer.text.to_lowercase();
    // Who may find people by name breaks the glass for somebody, and must see for whom.
    let may_name = who.starts_with("dr.") && address.ends_with("/open");
    for words in HERS.iter().take(if may_name { 1 } else { HERS.len() }) {
        assert!(!text.contains(words), "{who} reads {words:?} at {address}");
    }
    let is_fault =
        answer.status.is_server_error() && answer.status != StatusCode::SERVICE_UNAVAILABLE;
    assert!(!is_fault, "{who} at {address}: {}", answer.status);
}

#[tokio::test]
async fn who_has_not_signed_in_is_led_to_sign_in() {
    let area = Area::with_accounts().await;
    for route in routes() {
        let is_public = PUBLIC.contains(&&*route.path) || STEPS.contains(&&*route.path);
        for address in addresses(&route) {
            let got = area.get(&address).await;
            says_nothing_of_hers("nobody", &address, &got);
            if is_public {
                continue;
            }
            let to = goes_to(&got);
            assert!(
                got.status == StatusCode::SEE_OTHER && to.starts_with("/sign-in?to="),
                "{address} is open to everybody: {} {to}",
                got.status
            );
            if route.is_posted {
                let posted = area.browser().post_raw(&address, "a=b").await;
                assert!(posted.status.is_client_error(), "{address}: {}", posted.status);
            }
        }
    }
    let all: BTreeSet<String> = routes().into_iter().map(|route| route.path).collect();
    for public in PUBLIC.iter().chain(&STEPS) {
        assert!(all.contains(*public), "{public} is no route any more");
    }
}

/// Somebody with a session who has nothing to do with Amina: no page tells them of her.
async fn tells_nothing(who: &str, browser: &mut Browser<'_>) {
    for route in routes().iter().filter(|route| route.is_got && route.path != "/sign-out") {
        for address in addresses(route) {
            let answer = browser.get(&address).await;
            says_nothing_of_hers(who, &address, &answer);
        }
    }
}

#[tokio::test]
async fn strangers_read_nothing_of_hers() {
    let area = Area::with_accounts().await;
    let citizen = interactions::AccountKind::Citizen { person: "nobody".to_owned() };
    area.account("bea@example.test", "Bea", interactions::IdentityLevel::P9, citizen).await;
    for who in ["bea@example.test", "dr.stranger", "admin"] {
        if who == "dr.stranger" {
            let post = interactions::AccountKind::Staff {
                practitioner: who.replace('.', "-"),
                role: "clinician".to_owned(),
                organisation: "Elsewhere".to_owned(),
                sources: vec!["urn:careloom:feed:elsewhere".to_owned()],
            };
            area.account(who, who, interactions::IdentityLevel::P9, post).await;
        }
        let mut browser = area.browser();
        browser.sign_in(who, true).await;
        tells_nothing(who, &mut browser).await;
    }
}

#[tokio::test]
async fn no_form_does_anything_without_its_token() {
    let area = Area::with_accounts().await;
    for who in ["", "amina@example.test", "dr.gp", "desk", "manager", "privacy", "engine"] {
        let mut browser = area.browser();
        if !who.is_empty() {
            browser.sign_in(who, true).await;
        }
        for route in routes().iter().filter(|route| route.is_posted) {
            for address in addresses(route).into_iter().take(3) {
                for form in ["", "csrf=", "csrf=0123456789abcdef0123456789abcdef&answer=yes"] {
                    let answer = browser.post_raw(&address, form).await;
                    // A journey of 111 that is not there begins at its first page.
                    let is_begun_anew = answer.status == StatusCode::SEE_OTHER
                        && address.starts_with("/111/")
                        && goes_to(&answer) == "/111";
                    let leads_to_sign_in = answer.status == StatusCode::SEE_OTHER
                        && goes_to(&answer).starts_with("/sign-in");
                    assert!(
                        answer.status.is_client_error() || is_begun_anew || leads_to_sign_in,
                        "{who:?} {address} {form:?}: {} {}",
                        answer.status,
                        goes_to(&answer)
                    );
                }
            }
        }
    }
}
