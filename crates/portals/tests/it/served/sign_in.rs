//! Signing in on the pages: the steps, whose each page is, and what must not work.

use axum::http::{StatusCode, header};

use super::browser::{LINKAGE, PASSWORD, code};
use super::{Answer, Area};

const RECORD: &str = "/clinician/person/amina";

fn goes_to(answer: &Answer, address: &str) {
    assert_eq!(answer.status, StatusCode::SEE_OTHER, "{}", answer.text);
    assert_eq!(answer.headers[header::LOCATION], address);
}

#[tokio::test]
async fn a_person_steps_up_reads_and_sees_who_looked() {
    let area = Area::with_accounts().await;
    let mut gp = area.browser();
    gp.sign_in("dr.gp", true).await;
    gp.get(RECORD).await.says("Allergy to penicillin");

    let mut amina = area.browser();
    goes_to(&amina.get("/me/record").await, "/sign-in?to=/me/record");
    amina.sign_in("amina@example.test", false).await;
    amina.get("/me").await.says("Hello, Amina Shah").says("one more proof");
    // At P5 nothing of the record is shown: first the code, then the proof.
    for page in ["/me/record", "/me/record/allergies", "/me/who-looked"] {
        let page = amina.get(page).await;
        goes_to(&page, "/me/step-up");
        page.says_not("penicillin");
    }
    goes_to(&amina.get("/me/step-up").await, "/sign-in/code?to=/me/record");
    let form = format!("code={}&to=/me/record", code());
    let before = amina.cookies["careloom-session"].clone();
    goes_to(&amina.post("/sign-in/code", "/sign-in/code", &form).await, "/me/record");
    assert_ne!(
        before, amina.cookies["careloom-session"],
        "a session has another token after a step"
    );
    goes_to(&amina.get("/me/step-up").await, "/sign-in/proof?to=/me/record");
    let wrong = amina.post("/sign-in/proof", "/sign-in/proof", "key=nonsense&to=/me/record").await;
    wrong.says("Check the linkage key").says("<title>Error: ");
    let form = format!("key={LINKAGE}&to=/me/record");
    goes_to(&amina.post("/sign-in/proof", "/sign-in/proof", &form).await, "/me/record");

    let record = amina.get("/me/record").await;
    record.says("Your health record").says("1 entry");
    amina.get("/me/record/allergies").await.says("Allergy to penicillin").says("A hospital");
    amina.get("/me/record/results").await.says("HbA1c");
    let looks = amina.get("/me/who-looked").await;
    looks
        .says("dr.gp")
        .says("clinician, Rowan Surgery")
        .says("For your care")
        .says_not("<span>You");
    amina.get("/me/who-looked?own=yes").await.says("You").says("dr.gp");

    // The token from before the step is worth nothing.
    let mut thief = area.browser();
    thief.cookies.insert("careloom-session".to_owned(), before);
    goes_to(&thief.get("/me/record").await, "/sign-in?to=/me/record");
    goes_to(&amina.post("/sign-out", "/sign-out", "").await, "/");
    goes_to(&amina.get("/me/record").await, "/sign-in?to=/me/record");
}

#[tokio::test]
async fn breaking_the_glass_leaves_its_trace() {
    let area = Area::with_accounts().await;
    let mut far = area.browser();
    far.sign_in("dr.far", true).await;
    let open = format!("{RECORD}/open");
    for page in [RECORD.to_owned(), format!("{RECORD}/allergies"), format!("{RECORD}/timeline")] {
        let page = far.get(&page).await;
        goes_to(&page, &open);
        page.says_not("penicillin");
    }
    far.get(&open).await.says("Open the record of").says("Shah");
    let short = far.post(&open, &open, "reason=need").await;
    short.says("Say why, in 10 to 500 characters");
    goes_to(&far.get(RECORD).await, &open);
    let reason = "reason=Collapsed+in+the+street,+allergies+needed+%3Cscript%3E";
    goes_to(&far.post(&open, &open, reason).await, RECORD);
    far.get(RECORD).await.says("Allergy to penicillin");

    let mut privacy = area.browser();
    privacy.sign_in("privacy", true).await;
    let review = privacy.get("/console/audit").await;
    review
        .says("dr.far")
        .says("Collapsed in the street")
        .says_not("<script>C")
        .says_not("<script>\"");
    review.says("&#60;script&#62;");

    let mut amina = area.browser();
    amina.sign_in("amina@example.test", true).await;
    amina.post("/sign-in/proof", "/sign-in/proof", &format!("key={LINKAGE}&to=/")).await;
    amina.get("/me/who-looked").await.says("Collapsed in the street").says("dr.far");
}

/// Pages, one of each kind of address, with the accounts that may see them.
const PAGES: [(&str, &[&str]); 12] = [
    ("/me", &["amina@example.test"]),
    ("/me/record", &["amina@example.test"]),
    ("/clinician/find", &["dr.gp", "dr.far", "desk"]),
    (RECORD, &["dr.gp", "dr.far"]),
    ("/clinician/person/amina/timeline", &["dr.gp", "dr.far"]),
    ("/clinician/lineage/AllergyIntolerance/allergy", &["dr.gp"]),
    ("/console/feeds", &["engine"]),
    ("/console/feeds/lvp-gp", &["engine"]),
    ("/console/items/1", &["engine"]),
    ("/console/links", &["engine"]),
    ("/console/links/hosp/gp", &["engine"]),
    ("/console/audit", &["privacy"]),
];

#[tokio::test]
async fn each_page_is_for_those_whose_it_is() {
    let area = Area::with_accounts().await;
    let names = ["amina@example.test", "dr.gp", "dr.far", "desk", "engine", "privacy", "admin", ""];
    for name in names {
        let mut browser = area.browser();
        if !name.is_empty() {
            browser.sign_in(name, true).await;
        }
        for (page, allowed) in PAGES {
            let answer = browser.get(page).await;
            let shown = answer.status == StatusCode::OK || {
                let to = answer.headers.get(header::LOCATION);
                let to = to.map_or("", |to| to.to_str().expect("text"));
                to == "/me/step-up" || to.ends_with("/open")
            };
            assert_eq!(shown, allowed.contains(&name), "{name:?} {page}: {}", answer.status);
            if !shown {
                answer.says_not("penicillin").says_not("SHAH").says_not("999 001 0005");
            }
        }
    }
}

#[tokio::test]
async fn another_persons_id_opens_nothing() {
    let area = Area::with_accounts().await;
    let citizen = interactions::AccountKind::Citizen { person: "nobody".to_owned() };
    area.account("bea@example.test", "Bea", interactions::IdentityLevel::P9, citizen).await;
    let mut bea = area.browser();
    bea.sign_in("bea@example.test", true).await;
    for page in [
        "/me/record",
        "/me/record/allergies",
        "/me/record/allergies?person=amina",
        "/me/record/amina",
        "/me/who-looked?person=amina",
        "/me/who-looked?after=amina",
        "/clinician/person/amina",
        "/clinician/document/allergy",
        "/clinician/lineage/AllergyIntolerance/allergy",
        "/console/items/1",
    ] {
        let answer = bea.get(page).await;
        answer.says_not("penicillin").says_not("Shah").says_not("dr.gp");
        assert_ne!(answer.status, StatusCode::INTERNAL_SERVER_ERROR, "{page}");
    }
}

#[tokio::test]
async fn nothing_tells_whether_there_is_an_account() {
    let area = Area::with_accounts().await;
    let mut answers = Vec::new();
    for name in ["amina@example.test", "nobody@example.test"] {
        let mut browser = area.browser();
        let form = format!("name={name}&password=wrong-password-here&to=/");
        let answer = browser.post("/sign-in", "/sign-in", &form).await;
        let token = browser.cookies["careloom-form"].clone();
        answers.push((answer.status, answer.text.replace(name, "").replace(&token, "")));
    }
    assert_eq!(answers[0], answers[1]);
    assert!(answers[0].1.contains("Check your email address or user name, and your password"));
}

#[tokio::test]
async fn wrong_tries_are_made_to_wait() {
    let area = Area::with_accounts().await;
    let mut browser = area.browser();
    let mut last = String::new();
    for _ in 0..12 {
        let form = "name=amina@example.test&password=wrong-password-here&to=/";
        last = browser.post("/sign-in", "/sign-in", form).await.text;
    }
    assert!(last.contains("There were too many wrong tries. Wait "), "{last}");
    // And the right one waits too, so that the wait says nothing of it.
    let form = format!("name=amina@example.test&password={PASSWORD}&to=/");
    browser.post("/sign-in", "/sign-in", &form).await.says("There were too many wrong tries");
}

#[tokio::test]
async fn forms_of_other_sites_and_other_pages_are_refused() {
    let area = Area::with_accounts().await;
    let mut browser = area.browser();
    let form = format!("name=dr.gp&password={PASSWORD}&to=/");
    for stolen in ["", "csrf=&", "csrf=0123456789abcdef0123456789abcdef&"] {
        let answer = browser.post_raw("/sign-in", &format!("{stolen}{form}")).await;
        assert_eq!(answer.status, StatusCode::FORBIDDEN, "{stolen:?}");
        assert!(!browser.cookies.contains_key("careloom-session"));
    }
    browser.sign_in("dr.far", true).await;
    let open = format!("{RECORD}/open");
    let answer = browser.post_raw(&open, "reason=Collapsed+in+the+street").await;
    assert_eq!(answer.status, StatusCode::FORBIDDEN);
    goes_to(&browser.get(RECORD).await, &open);
    let answer = browser.post_raw("/sign-out", "").await;
    assert_eq!(answer.status, StatusCode::FORBIDDEN);
    browser.get("/clinician/find").await.says("Find a person");
}

#[tokio::test]
async fn signing_in_leads_to_pages_of_ours_only() {
    let area = Area::with_accounts().await;
    for (to, expected) in [
        ("/console/links", "/console/links"),
        ("//evil.example/", "/"),
        ("https://evil.example/", "/"),
        ("%2F%2Fevil.example", "/"),
        ("/%5Cevil.example", "/"),
        ("javascript:alert(1)", "/"),
    ] {
        let mut browser = area.browser();
        browser.get(&format!("/sign-in?to={to}")).await.says_not("evil.example").says_not("alert");
        let form = format!("name=engine&password={PASSWORD}&to={to}");
        goes_to(&browser.post("/sign-in", "/sign-in", &form).await, expected);
    }
}

#[tokio::test]
async fn the_cookie_of_a_session_is_out_of_reach() {
    for (is_secure, expected) in [(false, false), (true, true)] {
        let area = Area::with_accounts().await.signing_in_over(is_secure);
        let mut browser = area.browser();
        let form = format!("name=engine&password={PASSWORD}&to=/");
        let answer = browser.post("/sign-in", "/sign-in", &form).await;
        let cookie = answer.headers[header::SET_COOKIE].to_str().expect("text");
        assert!(cookie.starts_with("careloom-session="), "{cookie}");
        assert!(cookie.contains("; HttpOnly") && cookie.contains("; SameSite=Lax"), "{cookie}");
        assert!(cookie.contains("; Path=/"), "{cookie}");
        assert_eq!(cookie.contains("; Secure"), expected, "{cookie}");
    }
}
