//! Every page in every state, by name; tests and the browser checks walk over it.

use crate::fixtures::{
    booking, console, deceased, download, hostile, lineage, messages, record, triage,
};
use askama::Template;
use jiff::civil::date;
use portals::clinician::find::{FindForm, Outcome};
use portals::clinician::person::View;
use portals::components::banner::AllergyStatement;
use portals::console::feed::ItemState;
use portals::problem::Problem;
use portals::triage::outcome::{Joining, Urgency};

/// The name and the HTML of each page.
pub(crate) fn pages() -> Vec<(String, String)> {
    let mut pages: Vec<(String, String)> = Vec::new();
    let mut add = |name: &str, page: &dyn askama::DynTemplate| {
        pages.push((name.to_owned(), page.dyn_render().expect("the page renders")));
    };
    let found = |people: Vec<_>| Outcome::Found { total: people.len() * 4, people };
    let mut wrong = FindForm::default();
    (wrong.given, wrong.day, wrong.month) = ("Jo".into(), "31".into(), "2".into());
    wrong.year = "1957".into();
    wrong.check(date(2026, 8, 5));
    let mut empty = FindForm::default();
    empty.check(date(2026, 8, 5));
    add("find", &record::find(FindForm::default(), Outcome::NotAsked));
    add("find-wrong", &record::find(wrong, Outcome::NotAsked));
    add("find-empty", &record::find(empty, Outcome::NotAsked));
    add("find-found", &record::find(FindForm::default(), found(record::found())));
    add("find-none", &record::find(FindForm::default(), found(Vec::new())));
    add("summary", &record::summary());
    add("summary-none", &record::none_summary());
    add("summary-unavailable", &record::unavailable_summary());
    let mut dead = record::summary();
    dead.frame.banner = deceased();
    add("summary-deceased", &dead);
    let mut strange = record::none_summary();
    strange.frame.banner = hostile();
    strange.allergies.statement = AllergyStatement::NoneKnown { updated: None };
    add("summary-hostile", &strange);
    for view in View::ALL.into_iter().skip(2) {
        add(&format!("section-{}", view.segment()), &record::section(view));
    }
    add("result", &record::result_page());
    add("timeline", &record::timeline(false, 24));
    add("timeline-filtered", &record::timeline(true, 12));
    add("timeline-empty", &record::timeline(true, 0));
    let mut nothing = record::timeline(false, 0);
    nothing.filter.error = Some("The last day must not be before the first".into());
    add("timeline-nothing", &nothing);
    add("lineage-hl7", &lineage::hl7());
    add("lineage-csv", &lineage::csv());
    add("lineage-json", &lineage::json());
    add("lineage-none", &lineage::without_message());
    add("feeds", &console::feeds_page());
    add("feeds-broken", &console::broken_feeds_page());
    add("feeds-none", &console::no_feeds_page());
    add("feed", &console::feed_page(None));
    add("feed-set-aside", &console::feed_page(Some(ItemState::SetAside)));
    add("item", &console::item_page());
    add("item-unread", &console::unread_item_page());
    add("links", &console::links_page());
    add("link", &console::link_page(false));
    add("link-decided", &console::link_page(true));
    add("home", &console::home());
    add("home-empty", &console::empty_home());
    add("system", &console::system_page());
    for (name, problem) in [
        ("not-found", Problem::NotFound),
        ("gone", Problem::Gone),
        ("form-refused", Problem::FormRefused),
        ("conflict", Problem::Conflict),
        ("bad-request", Problem::BadRequest),
        ("server-error", Problem::ServerError),
        ("unavailable", Problem::Unavailable),
    ] {
        add(&format!("problem-{name}"), &console::problem(problem));
    }
    pages.extend(triage_pages().into_iter().map(|(name, page)| (name.to_owned(), page)));
    pages.extend(booking::pages());
    pages.extend(pages_of_messages());
    pages
}

/// The pages of 111 online.
fn triage_pages() -> Vec<(&'static str, String)> {
    let mut pages = Vec::new();
    let mut add = |name: &'static str, page: &dyn askama::DynTemplate| {
        pages.push((name, page.dyn_render().expect("the page renders")));
    };
    add("111-start", &triage::start());
    add("111-question", &triage::question(None));
    add("111-question-wrong", &triage::question(Some("Choose an answer")));
    add("111-age", &triage::age(None));
    add("111-age-wrong", &triage::age(Some("Enter the age in whole years")));
    add("111-topic", &triage::topic("", None));
    add("111-topic-none", &triage::topic("<zzz>", None));
    add("111-topic-wrong", &triage::topic("", Some("Choose what the problem is")));
    add("111-check", &triage::check());
    add("111-emergency", &triage::outcome(Urgency::Emergency, Joining::No));
    add("111-urgent", &triage::outcome(Urgency::Urgent, Joining::SignIn));
    add("111-pharmacy", &triage::outcome(Urgency::NonUrgent, Joining::No));
    add("111-claim", &triage::outcome(Urgency::NonUrgent, Joining::Claim));
    add("111-no-place", &triage::outcome_without_place());
    add("111-arrange", &triage::arrange(None));
    add("111-arrange-wrong", &triage::arrange(Some("Enter a phone number")));
    add("111-arranged", &triage::arranged());
    add("111-times", &triage::times(true));
    add("111-no-times", &triage::times(false));
    add("111-call", &triage::call(false));
    add("111-call-danger", &triage::call(true));
    add("111-replay", &triage::replay());
    add("111-sets", &triage::sets());
    add("111-set", &triage::set());
    pages
}

/// The pages of messages between people and their practice.
fn pages_of_messages() -> Vec<(String, String)> {
    let mut pages: Vec<(String, String)> = Vec::new();
    let mut add = |name: &str, page: &dyn askama::DynTemplate| {
        pages.push((name.to_owned(), page.dyn_render().expect("the page renders")));
    };
    add("messages", &messages::list());
    add("messages-none", &messages::empty_list());
    add("message-new", &messages::new_message(false));
    add("message-new-wrong", &messages::new_message(true));
    add("message-new-told", &messages::told());
    add("message", &messages::conversation(true));
    add("message-closed", &messages::conversation(false));
    add("inbox", &messages::inbox(true));
    add("inbox-empty", &messages::inbox(false));
    add("inbox-message", &messages::practice_conversation(true));
    add("inbox-message-closed", &messages::practice_conversation(false));
    add("message-settings", &messages::settings(true));
    add("message-settings-told", &messages::settings(false));
    add("download", &download::download());
    pages
}

/// One page by name.
pub(crate) fn page(name: &str) -> String {
    let page = pages().into_iter().find(|(of, _)| of == name);
    page.unwrap_or_else(|| panic!("no page is called {name}")).1
}

/// Renders one page, for tests that build their own.
pub(crate) fn render(page: &impl Template) -> String {
    page.render().expect("the page renders")
}
