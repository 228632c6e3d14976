//! Roll-out as people and administrators see it: features on and off, notes, decisions, refusals.

use axum::http::{StatusCode, header};

use super::browser::{Browser, LINKAGE};
use super::{Answer, Area};

fn goes_to(answer: &Answer, address: &str) {
    assert_eq!(answer.status, StatusCode::SEE_OTHER, "{}", answer.text);
    assert_eq!(answer.headers[header::LOCATION], address);
}

async fn signed_in<'a>(area: &'a Area, name: &str) -> Browser<'a> {
    let mut browser = area.browser();
    browser.sign_in(name, true).await;
    if name.contains('@') {
        browser.post("/sign-in/proof", "/sign-in/proof", &format!("key={LINKAGE}&to=/")).await;
    }
    browser
}

/// Makes a site of these practices, through the page.
async fn with_site(admin: &mut Browser<'_>, practices: &str) {
    let form = format!("id=liverpool&name=Liverpool&practices={practices}");
    goes_to(
        &admin.post("/console/sites", "/console/sites", &form).await,
        "/console/sites?done=yes",
    );
}

/// Decides about a feature of the site.
async fn decide(admin: &mut Browser<'_>, feature: &str, form: &str) -> Answer {
    let page = format!("/console/sites/liverpool/{feature}");
    let form = format!("why=Agreed+with+the+practice&step=save&{form}");
    admin.post(&page, &format!("{page}/change"), &form).await
}

#[tokio::test]
async fn without_sites_everything_is_on() {
    let area = Area::with_accounts().await;
    let mut amina = signed_in(&area, "amina@example.test").await;
    amina.get("/me").await.says("What you can do online").says_not("Not on for you");
    let page = amina.get("/me/what-is-online").await;
    page.says("Test results").says("111 online").says_not("Not on for you");
}

#[tokio::test]
async fn a_feature_that_is_off_answers_with_the_note() {
    let area = Area::with_accounts().await;
    let mut admin = signed_in(&area, "admin").await;
    let mut amina = signed_in(&area, "amina@example.test").await;
    amina.get("/me/record/results").await.says("HbA1c");
    with_site(&mut admin, "feed:lvp-gp").await;
    // Nobody has decided anything: it is off, and what is about safety stays.
    let page = amina.get("/me/record").await;
    assert_eq!(page.status, StatusCode::OK);
    page.says("Your health record is not on for you").says("not on at your GP surgery yet");
    page.says("In an emergency, call 999").says_not("penicillin");
    amina.get("/111").await.says("Call 111. In an emergency, call 999.");
    for path in ["/me/who-looked", "/me/what-is-online", "/me/apps", "/me"] {
        let page = amina.get(path).await;
        assert_eq!(page.status, StatusCode::OK, "{path}");
        page.says_not("is not on for you</h1>");
    }
    let page = amina.get("/me").await;
    page.says_not("href=\"/me/record\" ").says("Not on for you yet").says("Phone your GP surgery");
    // A form of a feature that is off does nothing.
    let refused = amina.post("/me/feedback", "/me/sharing", "sharing=no&research=no").await;
    assert_eq!(refused.status, StatusCode::FORBIDDEN);

    let form = "state=on&from=2025-11-22&note=";
    goes_to(&decide(&mut admin, "record", form).await, "/console/sites/liverpool/record?done=yes");
    amina.get("/me/record").await.says_not("is not on for you");
    let form = "state=off&from=2025-11-22&note=Results+are+%3Cb%3Echecked%3C/b%3E+first";
    decide(&mut admin, "results", form).await;
    decide(&mut admin, "results", "state=on&from=2026-03-01&note=").await;
    let page = amina.get("/me/record/results").await;
    page.says("Results are &#60;b&#62;checked").says("1 March 2026").says_not("HbA1c");
    let page = amina.get("/me/what-is-online").await;
    page.says("Your GP surgery is in Liverpool").says("It begins on 1 March 2026");
    // Who must still prove who they are is not told where they live.
    let citizen = interactions::AccountKind::Citizen { person: "amina".to_owned() };
    area.account("a.shah@example.test", "A", interactions::IdentityLevel::P5, citizen).await;
    let mut unproven = area.browser();
    unproven.sign_in("a.shah@example.test", true).await;
    unproven.get("/me/what-is-online").await.says("Not on for you").says_not("Liverpool");
}

#[tokio::test]
async fn a_person_of_no_site_keeps_everything() {
    let area = Area::with_accounts().await;
    let mut admin = signed_in(&area, "admin").await;
    let mut amina = signed_in(&area, "amina@example.test").await;
    with_site(&mut admin, "feed:hst-gp+Z12345").await;
    amina.get("/me/record/results").await.says("HbA1c");
    let page = "/console/sites/elsewhere/results";
    let form = "state=off&from=2025-11-22&note=&why=Not+here&step=save";
    let done = admin.post(page, "/console/sites/elsewhere/results/change", form).await;
    goes_to(&done, "/console/sites/elsewhere/results?done=yes");
    amina.get("/me/record/results").await.says("Test results is not on for you");
    amina.get("/me/record/allergies").await.says("penicillin");
}

#[tokio::test]
async fn decisions_are_looked_at_before_they_are_made() {
    let area = Area::with_accounts().await;
    let mut admin = signed_in(&area, "admin").await;
    with_site(&mut admin, "feed:lvp-gp").await;
    let page = "/console/sites/liverpool/record";
    let change = "/console/sites/liverpool/record/change";
    let form = "state=on&from=2025-11-22&why=&step=preview";
    let preview = admin.post(page, change, form).await;
    preview.says("It would reach about fewer than 5 of fewer than 5 patients");
    preview.says("Nobody has decided anything yet");
    for (form, words) in [
        ("state=on&from=2025-11-21&note=&why=Agreed", "Enter today or a day to come"),
        ("state=on&from=22.11.2025&note=&why=Agreed", "Enter today or a day to come"),
        ("state=on&from=2025-11-22&note=&why=no", "Say why, in 5 to 500 characters"),
        ("state=maybe&from=2025-11-22&note=&why=Agreed", "Choose off, pilot or on"),
        ("state=pilot&from=2025-11-22&share=0&why=Agreed", "From 1 to 100"),
        ("state=pilot&from=2025-11-22&share=101&why=Agreed", "from 1 to 100"),
        ("state=pilot&from=2025-11-22&share=5&age-from=x&why=Agreed", "Enter an age in years"),
        ("state=pilot&from=2025-11-22&share=5&age-from=9&age-to=8&why=Agreed", "The oldest age"),
        ("state=pilot&from=2025-11-22&share=5&practices=Z9&why=Agreed", "Z9 is no practice"),
    ] {
        let answer = admin.post(page, change, &format!("step=save&{form}")).await;
        answer.says(&words.replace("From 1", "from 1")).says("There is a problem");
    }
    let form = "state=pilot&from=2025-11-22&share=40&age-from=16&why=Trying+it";
    decide_and_read(&mut admin, page, change, form).await;
    for form in [
        "id=L&name=Liverpool",
        "id=a/b&name=Liverpool",
        "id=lvp&name=x",
        "id=lvp&name=Liverpool&practices=%3Cb%3E",
    ] {
        admin.post("/console/sites", "/console/sites", form).await.says("There is a problem");
    }
    let gone = admin.get("/console/sites/liverpool/nothing").await;
    assert_eq!(gone.status, StatusCode::NOT_FOUND);
    let gone = admin.get("/console/sites/nowhere/record").await;
    assert_eq!(gone.status, StatusCode::NOT_FOUND);
}

async fn decide_and_read(admin: &mut Browser<'_>, page: &str, change: &str, form: &str) {
    let done = admin.post(page, change, &format!("step=save&{form}")).await;
    goes_to(&done, &format!("{page}?done=yes"));
    let history = admin.get(page).await;
    history.says("Pilot, 40 of 100 people, from 16 years").says("by admin").says("Trying it");
}

#[tokio::test]
async fn only_who_looks_after_settings() {
    let area = Area::with_accounts().await;
    for name in ["dr.gp", "manager", "engine", "amina@example.test"] {
        let mut browser = signed_in(&area, name).await;
        for page in ["/console/sites", "/console/sites/elsewhere/record"] {
            assert_eq!(browser.get(page).await.status, StatusCode::FORBIDDEN, "{name} {page}");
        }
    }
    let nobody = area.get("/console/sites").await;
    goes_to(&nobody, "/sign-in?to=/console/sites");
    let mut admin = signed_in(&area, "admin").await;
    admin.get("/console/sites").await;
    let forged = admin.post_raw("/console/sites", "id=evil&name=Evil&practices=").await;
    assert_eq!(forged.status, StatusCode::FORBIDDEN);
}
