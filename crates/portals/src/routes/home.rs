//! The front page.

use std::sync::Arc;

use super::answer::Answer;
use super::feeds;
use super::gate::State;
use super::portal::Portal;
use crate::components::tag::{Colour, Tag};
use crate::console::feeds::{FeedRow, FeedState};
use crate::console::ledger::grouped;
use crate::home::{Count, HomePage};
use crate::layout::Area;

pub(super) async fn show(State(portal): State<Arc<Portal>>) -> Answer {
    if let Some(elsewhere) = super::sign_in::front(&portal) {
        return Ok(elsewhere);
    }
    let failed = |failure| portal.failure(&failure);
    let balances = portal.app.ledger().await.map_err(failed)?;
    let totals = portal.app.totals().await.map_err(failed)?;
    let reviews = portal.app.open_reviews(1_000).await.map_err(failed)?.len() as u64;
    let feeds = feeds::rows(&portal, &balances);
    let set_aside: u64 = feeds.iter().map(|feed| feed.ledger.set_aside).sum();
    let received: u64 = feeds.iter().map(|feed| feed.ledger.received).sum();
    let concerns = concerns(&feeds, set_aside);
    let state = match (feeds.is_empty(), concerns.is_empty()) {
        (true, _) => Tag::new(Colour::Grey, "Nothing connected"),
        (_, true) => Tag::new(Colour::Green, "All systems connected"),
        _ => Tag::new(Colour::Orange, "Working, with concerns"),
    };
    let count = |number, one: &str, many: &str, href: Option<&str>| Count {
        number,
        words: if number == 1 { one } else { many }.to_owned(),
        href: href.map(str::to_owned),
    };
    let counts = vec![
        count(totals.people, "person", "people", Some("/clinician/find")),
        count(totals.resources, "resource", "resources", None),
        count(received, "message received", "messages received", Some("/console/feeds")),
        count(reviews, "link to review", "links to review", Some("/console/links")),
        count(set_aside, "message set aside", "messages set aside", Some("/console/feeds")),
    ];
    let layout = portal.layout(Area::Home, "Home");
    portal.page(&HomePage { layout, state, concerns, counts, feeds })
}

fn concerns(feeds: &[FeedRow], set_aside: u64) -> Vec<String> {
    let mut concerns = Vec::new();
    for feed in feeds {
        let name = &feed.name;
        match feed.state {
            FeedState::Late => concerns.push(format!(
                "{name}: nothing has come for longer than expected. Ask the team to send it."
            )),
            FeedState::Silent => concerns.push(format!("{name}: nothing has come yet.")),
            _ => {}
        }
        if !feed.ledger.balances() {
            concerns.push(format!("{name}: {}. Tell whoever runs Careloom.", feed.ledger.words()));
        }
    }
    if set_aside > 0 {
        let verb = if set_aside == 1 { "message waits" } else { "messages wait" };
        concerns
            .push(format!("{} {verb} for somebody to look at what is wrong.", grouped(set_aside)));
    }
    concerns
}
