//! The feeds with their ledgers, and one feed with its messages.

use std::sync::Arc;

use axum::extract::{Path, RawQuery};
use interactions::{
    FeedBalance, ItemFilter, ItemId, ItemState as State_, ItemSummary, decode_query,
};

use super::answer::Answer;
use super::gate::State;
use super::portal::Portal;
use super::show::words::{bytes_words, item_words};
use crate::components::moment::Moment;
use crate::components::pagination::{Pagination, Step};
use crate::components::traced::percent_encoded;
use crate::console::feed::{FeedPage, ItemRow, ItemState};
use crate::console::feeds::{FeedRow, FeedState, FeedsPage};
use crate::console::ledger::{ErrorGroup, ErrorGroups, Ledger};
use crate::layout::Area;
use crate::problem::Problem;

/// Messages on a page.
const ITEMS_ON_PAGE: usize = 50;

pub(super) async fn all(State(portal): State<Arc<Portal>>) -> Answer {
    let balances = portal.app.ledger().await.map_err(|failure| portal.failure(&failure))?;
    let mut errors = ErrorGroups { groups: Vec::new(), name_feed: true };
    for balance in &balances {
        errors.groups.extend(groups(&portal, balance).await);
    }
    errors.groups.sort_by_key(|group| std::cmp::Reverse(group.count));
    let feeds = rows(&portal, &balances);
    portal.page(&FeedsPage { layout: portal.layout(Area::Feeds, "Feeds"), feeds, errors })
}

/// Every feed: those that the configuration names first, then any other that has received.
pub(super) fn rows(portal: &Portal, balances: &[FeedBalance]) -> Vec<FeedRow> {
    let known = portal.options.systems.iter().map(|system| system.feed.as_str());
    let mut names: Vec<&str> = known.collect();
    for balance in balances {
        if !names.contains(&&*balance.feed.0) {
            names.push(&balance.feed.0);
        }
    }
    let balance = |name: &str| balances.iter().find(|balance| &*balance.feed.0 == name);
    names.into_iter().map(|name| row(portal, name, balance(name))).collect()
}

fn row(portal: &Portal, name: &str, balance: Option<&FeedBalance>) -> FeedRow {
    let waiting_since = balance.and_then(|balance| balance.oldest_waiting);
    FeedRow {
        name: name.to_owned(),
        href: href(name),
        source: portal.source(name),
        protocol: portal.protocol(name),
        state: state(portal, balance),
        ledger: balance.map(ledger).unwrap_or_default(),
        last_message: balance.and_then(|b| b.last_received).map(|at| portal.moment(at)),
        lag: waiting_since
            .map(|since| lag_words(portal.app.clock.now().saturating_sub(since)))
            .unwrap_or_default(),
    }
}

fn href(name: &str) -> String {
    format!("/console/feeds/{}", percent_encoded(name))
}

fn state(portal: &Portal, balance: Option<&FeedBalance>) -> FeedState {
    match balance.and_then(|balance| balance.last_received) {
        None => FeedState::Silent,
        Some(at) if portal.is_late(at) => FeedState::Late,
        Some(_) => FeedState::Working,
    }
}

fn ledger(balance: &FeedBalance) -> Ledger {
    Ledger {
        received: balance.received,
        stored: balance.stored,
        waiting: balance.waiting,
        set_aside: balance.set_aside,
        filtered: balance.filtered,
    }
}

fn lag_words(microseconds: i64) -> String {
    let seconds = microseconds / 1_000_000;
    match seconds {
        ..60 => format!("{} s", seconds.max(0)),
        60..3_600 => format!("{} min", seconds / 60),
        3_600..172_800 => format!("{} h", seconds / 3_600),
        _ => format!("{} days", seconds / 86_400),
    }
}

/// The failures of a feed by cause, each with its newest message as the example.
async fn groups(portal: &Portal, balance: &FeedBalance) -> Vec<ErrorGroup> {
    let feed = &balance.feed;
    let mut groups = Vec::new();
    for (_, cause, count) in balance.causes.iter().filter(|(state, ..)| *state == State_::SetAside)
    {
        let filter = ItemFilter {
            feed: Some(feed.clone()),
            state: Some(State_::SetAside),
            cause: Some(cause.clone()),
            count: 1,
            ..ItemFilter::default()
        };
        let newest = portal.app.items(&filter).await.ok();
        let newest = newest.and_then(|page| page.items.into_iter().next());
        let (place, words) = newest.as_ref().map_or(("", cause.as_str()), split_note);
        let at = newest.as_ref().map_or_else(Moment::not_recorded, |i| portal.moment(i.received));
        groups.push(ErrorGroup {
            feed: feed.to_string(),
            href: format!("{}?state=set-aside&cause={}", href(&feed.0), percent_encoded(cause)),
            cause: words.to_owned(),
            place: place.to_owned(),
            count: *count,
            first: Moment::not_recorded(),
            last: at,
            example_href: newest
                .map(|item| format!("/console/items/{}", item.id))
                .unwrap_or_default(),
        });
    }
    groups
}

/// A note as the place in the message and the sentence.
fn split_note(item: &ItemSummary) -> (&str, &str) {
    match item.note.split_once(": ") {
        Some((place, words)) if !place.contains(' ') => (place, words),
        _ if item.note.is_empty() => ("", &item.cause),
        _ => ("", &item.note),
    }
}

pub(super) async fn one(
    State(portal): State<Arc<Portal>>,
    Path(name): Path<String>,
    RawQuery(query): RawQuery,
) -> Answer {
    let bad = || portal.problem(Problem::BadRequest);
    let pairs = decode_query(query.as_deref().unwrap_or(""));
    let asked = |name: &str| pairs.iter().find(|(n, _)| n == name).map(|(_, v)| v.as_str());
    let shown = match asked("state") {
        None | Some("") => None,
        Some(code) => Some(ItemState::from_code(code).ok_or_else(bad)?),
    };
    let before = match asked("before") {
        None => None,
        Some(text) => Some(ItemId(text.parse().map_err(|_| bad())?)),
    };
    let balances = portal.app.ledger().await.map_err(|failure| portal.failure(&failure))?;
    let balance = balances.iter().find(|balance| *balance.feed.0 == *name);
    if balance.is_none() && !portal.options.systems.iter().any(|system| system.feed == name) {
        return Err(portal.problem(Problem::NotFound));
    }
    let cause = asked("cause").unwrap_or("").to_owned();
    let filter = ItemFilter {
        feed: Some(name.as_str().into()),
        state: shown.map(store_state),
        cause: (!cause.is_empty()).then(|| cause.clone()),
        before,
        count: ITEMS_ON_PAGE,
        ..ItemFilter::default()
    };
    let page = portal.app.items(&filter).await.map_err(|failure| portal.failure(&failure))?;
    let next = page.next.map(|next| {
        let kept: Vec<String> = pairs
            .iter()
            .filter(|(name, _)| matches!(name.as_str(), "state" | "cause"))
            .map(|(name, value)| format!("{name}={}&", percent_encoded(value)))
            .collect();
        format!("{}?{}before={next}", href(&name), kept.concat())
    });
    let errors = match balance {
        Some(balance) => groups(&portal, balance).await,
        None => Vec::new(),
    };
    let row = row(&portal, &name, balance);
    let total = total(&row.ledger, shown, balance, &cause);
    let settings = [("Protocol", &row.protocol)].into_iter().filter(|(_, words)| !words.is_empty());
    portal.page(&FeedPage {
        layout: portal.layout(Area::Feeds, name.as_str()),
        href: href(&name),
        source: row.source.clone(),
        state: row.state,
        settings: settings.map(|(label, words)| (label.to_owned(), words.clone())).collect(),
        ledger: row.ledger,
        last_message: row.last_message.clone(),
        errors: ErrorGroups { groups: errors, name_feed: false },
        shown,
        cause,
        pagination: pagination(
            page.items.len(),
            total,
            before.is_some().then(|| href(&name)),
            next,
        ),
        items: page.items.iter().map(|item| item_row(&portal, item)).collect(),
        name,
    })
}

fn total(
    ledger: &Ledger,
    shown: Option<ItemState>,
    balance: Option<&FeedBalance>,
    cause: &str,
) -> usize {
    let all = match shown {
        None => ledger.received,
        Some(ItemState::Waiting) => ledger.waiting,
        Some(ItemState::Stored) => ledger.stored,
        Some(ItemState::SetAside) => ledger.set_aside,
        Some(ItemState::Filtered) => ledger.filtered,
    };
    let of_cause = balance.and_then(|balance| {
        let is_it = |(_, known, _): &&(_, String, u64)| known == cause;
        balance.causes.iter().find(is_it).map(|(_, _, count)| *count)
    });
    usize::try_from(of_cause.unwrap_or(all)).unwrap_or(usize::MAX)
}

/// The ledger pages by item, so a later page knows how many it shows but not after how many.
fn pagination(
    count: usize,
    total: usize,
    newest: Option<String>,
    next: Option<String>,
) -> Pagination {
    Pagination {
        first: usize::from(count > 0),
        last: count,
        total: total.max(count),
        noun: "messages",
        previous: newest.map(|href| Step { words: "Newest messages", href }),
        next: next.map(|href| Step { words: "Older messages", href }),
    }
}

pub(super) fn shown_state(state: State_) -> ItemState {
    match state {
        State_::Waiting => ItemState::Waiting,
        State_::Stored => ItemState::Stored,
        State_::SetAside => ItemState::SetAside,
        State_::Filtered => ItemState::Filtered,
    }
}

fn store_state(state: ItemState) -> State_ {
    match state {
        ItemState::Waiting => State_::Waiting,
        ItemState::Stored => State_::Stored,
        ItemState::SetAside => State_::SetAside,
        ItemState::Filtered => State_::Filtered,
    }
}

fn item_row(portal: &Portal, item: &ItemSummary) -> ItemRow {
    ItemRow {
        number: item.id.to_string(),
        href: format!("/console/items/{}", item.id),
        what: item_words(&item.kind, &item.control_id),
        received: portal.moment_with_seconds(item.received),
        state: shown_state(item.state),
        reason: match item.state {
            State_::SetAside | State_::Filtered => item.note.clone(),
            _ => String::new(),
        },
        size: bytes_words(item.length as usize),
    }
}
