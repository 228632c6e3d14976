//! What the console's pages say.

use crate::gallery::page;

#[track_caller]
fn has(name: &str, expected: &[&str]) {
    let html = page(name);
    for expected in expected {
        assert!(html.contains(expected), "{name} has not {expected:?}:\n{html}");
    }
}

#[test]
fn a_ledger_that_balances_and_one_that_does_not() {
    has("feeds", &["21,465", "Everything that was received is accounted for."]);
    assert!(!page("feeds").contains("Does not balance"));
    has(
        "feeds-broken",
        &["Does not balance: 3 not accounted for", "Does not balance: 3 more than received"],
    );
    // Two errors that cancel out in the sum must still be seen.
    has("feeds-broken", &["Not every ledger balances.", "the errors cancel out"]);
    assert!(!page("feeds-broken").contains("Everything that was received is accounted for."));
    has("feeds-none", &["No feed is set up."]);
}

#[test]
fn every_state_of_a_feed_and_of_a_message_has_a_word() {
    has("feeds", &["Working", "Late", "No message yet"]);
    has("feeds-broken", &["Failing", "Paused"]);
    has(
        "feed",
        &[">Waiting<", ">Stored<", ">Set aside<", ">Filtered<", "test message (MSH-11 is T)"],
    );
    has("feed-set-aside", &["?state=set-aside\" aria-current=\"true\""]);
}

#[test]
fn a_message_shows_bytes_parts_answer_and_results() {
    has(
        "item",
        &[
            "Ask the sender for a corrected message.",
            "stored before the answer was sent",
            "ZU1|20260713|&#60;local &#38; kept&#62;",
            "Patient identifier list",
            "MSA|AA|0042",
            "Encounter/77aa",
        ],
    );
    has(
        "item-unread",
        &[
            "\u{240B}GET / HTTP/1.1",
            "&#60;script&#62;\\xFF\u{2400}",
            "could not be taken apart",
            "No answer was sent",
            "It wrote no resource.",
        ],
    );
}

#[test]
fn a_doubtful_link_is_explained_and_can_be_decided() {
    has(
        "link",
        &[
            "Very strong for",
            "Strong against",
            "\u{2212}3.4",
            "Total +8.4.",
            "name=\"decision\" value=\"same\"",
            "name=\"decision\" value=\"not-same\"",
            "name=\"decision\" value=\"not-sure\"",
            "name=\"version\" value=\"2\"",
        ],
    );
    assert!(!page("link").contains("Undo"));
    has("link-decided", &["Undo this decision", "action=\"/console/links/31/undo\""]);
    assert!(!page("link-decided").contains("name=\"decision\""));
    has("links", &["The first 1 are shown.", "Margeret &#60;i&#62;", "Nothing to undo"]);
}

#[test]
fn the_front_page_says_how_things_are() {
    has("home", &["Working, with concerns", "10,412", "Ask the team to send it."]);
    has("home-empty", &["Nothing is connected."]);
    has("system", &["SQLite"]);
}

#[test]
fn each_problem_says_what_to_do() {
    has("problem-not-found", &["Page not found", "href=\"/clinician/find\""]);
    has(
        "problem-server-error",
        &["Reference: <code>5f1e-22</code>", "Nothing that was received is lost."],
    );
    has("problem-conflict", &["Load the page again"]);
    has("problem-form-refused", &["Nothing was changed."]);
}
