//! The ledger and the links.

use axum::http::StatusCode;

use super::Area;

#[tokio::test]
async fn the_feeds_balance() {
    let area = Area::with_amina().await;
    let page = area.get("/console/feeds").await;
    assert_eq!(page.status, StatusCode::OK);
    page.says("lvp-hospital").says("lvp-social-care").says("Balances").says("Late");
    page.says("the date of birth is not a date");
    let feed = area.get("/console/feeds/lvp-social-care?state=set-aside&cause=value").await;
    feed.says("Only this cause").says("/console/items/3");
    area.get("/console/feeds/lvp-social-care?state=stored").await.says("No message");
    area.get("/").await.says("1 message waits for somebody").says("person</a>");
    area.get("/console/system").await.says("Sign-in").says("None yet");
}

#[tokio::test]
async fn a_message_is_taken_apart() {
    let area = Area::with_amina().await;
    let page = area.get("/console/items/1").await;
    assert_eq!(page.status, StatusCode::OK);
    page.says("PID, Patient Identification").says("PID-7").says("19580214").says("AA, accepted");
    page.says("Patient/hosp").says("Created").says("ADT^A31, control id ZZL-7").says_not("<b>Rash");
    area.get("/console/items/3").await.says("Set aside").says("column 1");
}

#[tokio::test]
async fn a_link_is_undone_and_made_again() {
    let area = Area::with_amina().await;
    let list = area.get("/console/links?person=amina").await;
    assert_eq!(list.status, StatusCode::OK);
    list.says("SHAH, Amina Noor (Mrs)").says("Undo");
    let pair = "/console/links/gp/hosp";
    let page = area.get(pair).await;
    page.says("Is this one person?").says("NHS number").says("Undo this decision");
    let undone = area.post_from(pair, &format!("{pair}/undo"), "version=0").await;
    assert_eq!(undone.status, StatusCode::SEE_OTHER, "{}", undone.text);
    assert_eq!(undone.headers["location"], "/console/links?done=undone");
    let page = area.get("/console/links?done=undone").await;
    page.says("taken back").says("Not the same");
    // The first answer was given on what is no longer shown.
    let stale = area.post_from(pair, pair, "version=0&decision=same").await;
    assert_eq!(stale.status, StatusCode::CONFLICT);
    let again = area.post_from(pair, pair, "version=1&decision=same").await;
    assert_eq!(again.status, StatusCode::SEE_OTHER);
    area.get("/console/links").await.says("Same person");
}

/// A message that was set aside goes through again at a press of a button of who looks after feeds; that
/// they looked at it, and tried, is noted though it is of nobody's record.
#[tokio::test]
async fn a_message_is_tried_again() {
    let area = Area::with_accounts().await;
    let mut engine = area.browser();
    engine.sign_in("engine", true).await;
    let page = "/console/items/3";
    engine.get(page).await.says("Set aside").says("Try it again");
    let done = engine.post(page, "/console/items/3/retry", "").await;
    assert_eq!(done.status, StatusCode::SEE_OTHER);
    engine.get(page).await.says("to be tried again, by engine").says_not("Try it again");
    // Stored ones have nothing to try, and a second press changes nothing.
    engine.get("/console/items/1").await.says_not("Try it again");
    let token = engine.get("/sign-out").await.token();
    for (item, status) in [(1, 303), (3, 303), (9_999, 404)] {
        let again = format!("/console/items/{item}/retry");
        let done = engine.post_raw(&again, &format!("csrf={token}")).await;
        assert_eq!(done.status.as_u16(), status, "{item}");
    }
    let mut clinician = area.browser();
    clinician.sign_in("dr.gp", true).await;
    let token = clinician.get("/sign-out").await.token();
    let refused = clinician.post_raw("/console/items/3/retry", &format!("csrf={token}")).await;
    assert_eq!(refused.status, StatusCode::FORBIDDEN);
    let looks = interactions::decode_query("agent-name=engine&_count=50");
    let resource_type = area.app.resource_type("AuditEvent").expect("a type");
    let options = interactions::SearchOptions { handling: interactions::Handling::Strict };
    let found = area.app.search(resource_type, &looks, options).await.expect("found");
    let found = String::from_utf8_lossy(&found.bundle).into_owned();
    for address in ["GET /console/items/3", "POST /console/items/3/retry"] {
        assert!(found.contains(address), "{address} is not noted: {found}");
    }
}
