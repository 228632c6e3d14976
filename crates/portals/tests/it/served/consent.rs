//! Choices, acting for somebody, hidden entries and levels, on the pages.

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

#[tokio::test]
async fn a_clinician_hides_an_entry_and_shows_it_again() {
    let area = Area::with_accounts().await;
    let mut gp = signed_in(&area, "dr.gp").await;
    let mut amina = signed_in(&area, "amina@example.test").await;
    let page = "/clinician/hide/AllergyIntolerance/allergy";
    gp.get("/clinician/lineage/AllergyIntolerance/allergy").await.says(page);
    gp.get(page).await.says("Hide this entry from the person?");
    gp.post(page, page, "hide=yes&reason=no").await.says("Say why, in 5 to 500 characters");
    amina.get("/me/record/allergies").await.says("penicillin");
    let form = "hide=yes&reason=About+%3Cb%3Esomebody%3C/b%3E+else";
    goes_to(&gp.post(page, page, form).await, "/clinician/lineage/AllergyIntolerance/allergy");
    gp.get(page).await.says("Show this entry to the person again?");
    amina.get("/me/record/allergies").await.says_not("penicillin");
    amina.get("/me/record").await.says("Something that a doctor or nurse has chosen not to show");
    amina.get("/me/who-looked").await.says("Changed what you see of your record").says_not("About");
    goes_to(
        &gp.post(page, page, "hide=no&reason=It+may+be+seen").await,
        "/clinician/lineage/AllergyIntolerance/allergy",
    );
    amina.get("/me/record/allergies").await.says("penicillin");
    // Who does not know the person does not get so far.
    let mut far = signed_in(&area, "dr.far").await;
    assert_eq!(far.get(page).await.status, StatusCode::NOT_FOUND);
    assert_eq!(amina.get(page).await.status, StatusCode::FORBIDDEN);
    let forged = gp.post_raw(page, "hide=yes&reason=forged+by+another+site").await;
    assert_eq!(forged.status, StatusCode::FORBIDDEN);
}

#[tokio::test]
async fn a_person_chooses_and_staff_are_told() {
    let area = Area::with_accounts().await;
    let mut amina = signed_in(&area, "amina@example.test").await;
    let mut gp = signed_in(&area, "dr.gp").await;
    gp.get("/clinician/person/amina").await.says("Allergy to penicillin").says_not("Not shared");
    amina.get("/me/sharing").await.says("Who can use your record");
    let none = amina.post("/me/sharing", "/me/sharing", "sharing=no").await;
    assert_eq!(none.status, StatusCode::BAD_REQUEST);
    let form = "sharing=no&research=no";
    goes_to(&amina.post("/me/sharing", "/me/sharing", form).await, "/me/sharing?saved=yes");
    amina.get("/me/sharing?saved=yes").await.says("Your choices are saved");
    let page = gp.get("/clinician/person/amina").await;
    page.says("Not shared with you").says_not("Allergy to penicillin").says("HbA1c");
    let open = "/clinician/person/amina/open";
    let form = "reason=Unconscious,+allergies+are+needed";
    goes_to(&gp.post(open, open, form).await, "/clinician/person/amina");
    gp.get("/clinician/person/amina").await.says("Allergy to penicillin").says_not("Not shared");
    let refused = gp.post_raw("/me/sharing", "sharing=yes&research=yes").await;
    assert_eq!(refused.status, StatusCode::FORBIDDEN);
}

#[tokio::test]
async fn a_practice_sets_levels_and_proxies() {
    let area = Area::with_accounts().await;
    area.with_daughter().await;
    let mut manager = signed_in(&area, "manager").await;
    let found = manager.post("/practice/access", "/practice/access", "number=999+001+0005").await;
    goes_to(&found, "/practice/access/gp");
    for (number, words) in [
        ("123", "There is a problem"),
        ("9990010013", "Nobody with this NHS number is known to your practice"),
    ] {
        let form = format!("number={number}");
        manager.post("/practice/access", "/practice/access", &form).await.says(words);
    }
    let page = "/practice/access/gp";
    manager.get(page).await.says("Nobody has decided this").says("SHAH, Amina");
    assert_eq!(manager.get("/practice/access/hosp").await.status, StatusCode::FORBIDDEN);
    assert_eq!(manager.get("/practice/access/none").await.status, StatusCode::FORBIDDEN);
    let mut amina = signed_in(&area, "amina@example.test").await;
    amina.get("/me/record/results").await.says("HbA1c");
    let level = "/practice/access/gp/level";
    goes_to(&manager.post(page, level, "level=summary").await, "/practice/access/gp?done=level");
    amina.get("/me/record/results").await.says_not("HbA1c");
    amina.get("/me/record").await.says("A GP surgery shows only your medicines and allergies.");
    amina.get("/me/record/allergies").await.says("penicillin");
    let wrong = manager.post(page, level, "level=all").await;
    assert_eq!(wrong.status, StatusCode::BAD_REQUEST);

    // Amina acts for her daughter.
    let proxy = "/practice/access/daughter/proxy";
    let page = "/practice/access/daughter";
    let form = "delegate=9990010005&proxy-level=full&book=yes&until=yesterday";
    manager.post(page, proxy, form).await.says("Enter a day that is not over");
    let form = "delegate=9990010021&proxy-level=full&until=";
    manager.post(page, proxy, form).await.says("Nobody acts for themselves");
    let form = "delegate=999+001+0005&proxy-level=full&book=yes&until=";
    goes_to(&manager.post(page, proxy, form).await, "/practice/access/daughter?done=proxy");
    let people = amina.get("/me/people").await;
    people.says("Bea Shah").says("You can see the whole record, and book and cancel appointments.");
    goes_to(&amina.post("/me/people", "/me/people/act", "person=daughter").await, "/me");
    amina.get("/me/record").await.says("Amina Shah, for Bea Shah");
    amina.get("/me/record/conditions").await.says("Asthma");
    amina.get("/me/record/allergies").await.says_not("penicillin");
    let choices = amina.get("/me/sharing").await;
    assert_eq!(choices.status, StatusCode::FORBIDDEN);
    goes_to(&amina.post("/me/people", "/me/people/act", "").await, "/me");
    amina.get("/me/record/allergies").await.says("penicillin");
    let other = amina.post("/me/people", "/me/people/act", "person=hosp").await;
    assert_eq!(other.status, StatusCode::NOT_FOUND);

    let listed = manager.get(page).await;
    let (_, rest) = listed.text.split_once(r#"name="agreement" value=""#).expect("an agreement");
    let id = rest.split('"').next().expect("its end");
    let end = "/practice/access/daughter/end";
    let form = format!("agreement={id}");
    goes_to(&manager.post(page, end, &form).await, "/practice/access/daughter?done=end");
    amina.get("/me/people").await.says_not("Bea Shah");
}

#[tokio::test]
async fn a_result_over_time() {
    let area = Area::with_accounts().await;
    let mut amina = signed_in(&area, "amina@example.test").await;
    let list = amina.get("/me/record/results").await;
    list.says("HbA1c").says("61 mmol/mol").says("Higher than the usual range").says("3 results");
    list.says("/me/record/results/http%3A%2F%2Floinc.org%7C4548-4");
    let one = amina.get("/me/record/results/http%3A%2F%2Floinc.org%7C4548-4").await;
    one.says("average blood sugar").says("<svg").says("48 mmol/mol").says("20 to 41 mmol/mol");
    one.says("1 September 2025").says("A GP surgery");
    let rest = amina.get("/me/record/results/http%3A%2F%2Floinc.org%7C4548-4?after=2").await;
    rest.says("52 mmol/mol").says_not("<strong>61");
    for (address, status) in [
        ("/me/record/results/nothing", StatusCode::NOT_FOUND),
        ("/me/record/results/%3Cscript%3E", StatusCode::NOT_FOUND),
        ("/me/record/results/http%3A%2F%2Floinc.org%7C4548-4?after=x", StatusCode::BAD_REQUEST),
    ] {
        assert_eq!(amina.get(address).await.status, status, "{address}");
    }
}
