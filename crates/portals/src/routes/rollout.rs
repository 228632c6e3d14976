//! Roll-out on a person's pages: which feature a page is part of, and what stands in its place.
//!
//! [`closed`] is asked by the gate for every page, and only there. An address under `/me` or `/111` that
//! [`part_of`] does not know fails the test over the register of routes below: a new page is given its
//! feature here, or said to be there always. What is about safety, about who looked, and about taking
//! something back (an app, a proxy, an appointment) is there always.

use std::sync::Arc;

use axum::http::{Method, StatusCode};
use axum::response::{IntoResponse, Response};
use interactions::rollout::Standings;
use interactions::rollout::rules::{
    Closed, ClosedReason, FEATURES, Feature, PilotMiss, Standing, feature,
};
use jiff::tz::TimeZone;

use super::answer::Answer;
use super::gate::State;
use super::portal::Portal;
use crate::layout::{Area, Viewer};
use crate::patient::online::{ClosedPage, OnlineLine, OnlinePage};
use crate::patient::when;

/// What a page is part of.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Part {
    /// There whatever is rolled out.
    Always,
    /// Part of the feature of this id.
    Of(&'static str),
}

/// What a page of the citizen's is part of; `None` for an address that is none of theirs.
fn part_of(path: &str) -> Option<Part> {
    let segments: Vec<&str> = path.split('/').filter(|segment| !segment.is_empty()).collect();
    if is_always(&segments) {
        return Some(Part::Always);
    }
    Some(match segments.as_slice() {
        ["111", ..] => Part::Of("111"),
        ["me", "record", "results", ..] => Part::Of("results"),
        ["me", "record", ..] => Part::Of("record"),
        ["me", "sharing"] => Part::Of("sharing"),
        ["me", "people"] => Part::Of("proxies"),
        ["oauth", "authorize" | "continue", ..] => Part::Of("apps"),
        ["me", "messages", ..] => Part::Of("messages"),
        ["me", "appointments", "wait", ..] | ["me", "appointments", _, "offer"] => {
            Part::Of("waiting-list")
        }
        ["me", "appointments", "book" | "hold" | "extend" | "slot" | "queue", ..] => {
            Part::Of("booking")
        }
        ["me", "appointments", ..] => Part::Always,
        _ => return None,
    })
}

/// What is there whatever is rolled out: what was asked, booked and arranged before can be looked at and
/// called off, acting for somebody can be ended, apps can be stopped, and who looked is told.
fn is_always(segments: &[&str]) -> bool {
    matches!(
        segments,
        ["111", "about" | "arranged" | "cancel", ..]
            | ["me"]
            | ["me", "111" | "feedback" | "step-up" | "who-looked" | "what-is-online", ..]
            | ["me", "people", "act" | "end"]
            | ["me", "apps" | "appointments"]
    )
}

/// The page that stands in the place of one whose feature is off for the person; `None` where it is on.
pub(super) async fn closed(portal: &Portal, method: &Method, path: &str) -> Option<Response> {
    if !matches!(portal.viewer, Viewer::Citizen(_)) {
        return None;
    }
    let Some(Part::Of(id)) = part_of(path) else { return None };
    let standings = match portal.app.standings().await {
        Ok(standings) => standings,
        Err(failure) => return Some(portal.failure(&failure).into_response()),
    };
    let (Some(feature), Some(Standing::Closed(closed))) = (feature(id), standings.of(id)) else {
        return None;
    };
    let line = line(feature, closed);
    let title = format!("{} is not on for you", feature.words);
    let page = ClosedPage { layout: portal.layout(Area::Me, title), line };
    let mut response = portal.page(&page).unwrap_or_else(IntoResponse::into_response);
    if !method.is_safe() && response.status() == StatusCode::OK {
        // What a form asked for was not done.
        *response.status_mut() = StatusCode::FORBIDDEN;
    }
    Some(response)
}

/// Everything that is on and off, and why.
pub(super) async fn show(State(portal): State<Arc<Portal>>) -> Answer {
    let standings = portal.app.standings().await.map_err(|failure| portal.failure(&failure))?;
    let may_read = super::mine::citizen(&portal)?.may_read;
    let mut page = OnlinePage {
        layout: portal.layout(Area::Me, "What you can do online"),
        // Where somebody lives is for who has proven that it is them.
        site: if may_read { standings.site.clone() } else { String::new() },
        on: Vec::new(),
        off: Vec::new(),
    };
    for (feature, standing) in &standings.features {
        match standing {
            Standing::Open => page.on.push((feature.words, feature.about)),
            Standing::Closed(closed) => page.off.push(line(feature, closed)),
        }
    }
    portal.page(&page)
}

/// The features that are off for the person, as the front page tells them.
pub(super) fn lines_off(standings: &Standings) -> Vec<OnlineLine> {
    let closed = standings.features.iter().filter_map(|(feature, standing)| match standing {
        Standing::Open => None,
        Standing::Closed(closed) => Some(line(feature, closed)),
    });
    closed.collect()
}

fn line(feature: &'static Feature, closed: &Closed) -> OnlineLine {
    let why = match closed.reason {
        ClosedReason::NotYet => "This is not on at your GP surgery yet.".to_owned(),
        ClosedReason::SwitchedOff => {
            "This was on at your GP surgery and has been switched off for now.".to_owned()
        }
        ClosedReason::Pilot(PilotMiss::Practice) => {
            "This is being tried out at other GP surgeries first.".to_owned()
        }
        ClosedReason::Pilot(PilotMiss::Age) => {
            "This is being tried out with people of other ages first.".to_owned()
        }
        ClosedReason::Pilot(PilotMiss::Share) => {
            "This is being tried out with some people first. They were chosen by chance.".to_owned()
        }
        ClosedReason::Needs(id) => {
            let needed = FEATURES.iter().find(|one| one.id == id).map_or(id, |one| one.words);
            format!("This needs “{needed}”, which is not on for you.")
        }
    };
    let opens = closed.opens.as_deref().map(|day| when::words(day, &TimeZone::UTC));
    OnlineLine {
        words: feature.words,
        why,
        note: closed.note.clone(),
        opens: opens.unwrap_or_default(),
        instead: feature.instead,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Every route literal in the sources of the routes.
    fn routes(folder: &std::path::Path, all: &mut Vec<String>) {
        for entry in folder.read_dir().expect("the sources").map(|entry| entry.expect("an entry")) {
            let path = entry.path();
            if path.is_dir() {
                routes(&path, all);
                continue;
            }
            let text = std::fs::read_to_string(&path).expect("a source");
            for rest in text.split(".route(").skip(1) {
                if let Some(literal) = rest.trim_start().strip_prefix('"') {
                    all.push(literal.split('"').next().expect("its end").to_owned());
                }
            }
        }
    }

    #[test]
    fn every_page_of_the_citizen_is_of_a_feature_or_always_there() {
        let mut all = Vec::new();
        let package = std::env::var("CARGO_MANIFEST_DIR").expect("run by cargo");
        routes(&std::path::Path::new(&package).join("src/routes"), &mut all);
        let theirs = |path: &&String| {
            ["/me", "/111"].iter().any(|own| *path == own || path.starts_with(&format!("{own}/")))
        };
        let theirs: Vec<&String> = all.iter().filter(theirs).collect();
        assert!(theirs.len() > 25, "only {} routes were found", theirs.len());
        for path in theirs {
            let part = part_of(path);
            assert!(part.is_some(), "{path} has no feature: say in part_of what it is part of");
            if let Some(Part::Of(id)) = part {
                assert!(feature(id).is_some(), "{path}: there is no feature {id}");
            }
        }
    }

    #[test]
    fn what_is_never_off() {
        for path in [
            "/me",
            "/me/who-looked",
            "/me/what-is-online",
            "/me/step-up",
            "/me/people/end",
            "/me/people/act",
            "/me/apps",
            "/me/111/abc",
            "/me/appointments",
            "/me/appointments/abc/cancel",
            "/111/arranged",
            "/111/cancel",
        ] {
            assert_eq!(part_of(path), Some(Part::Always), "{path}");
        }
        for path in ["/", "/sign-in", "/clinician/find", "/me/new-thing", "/1111"] {
            assert_eq!(part_of(path), None, "{path}");
        }
    }
}
