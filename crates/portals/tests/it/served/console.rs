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
