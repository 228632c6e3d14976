//! Finding a person, reading the record, following a value.

use axum::http::StatusCode;

use super::Area;

const RECORD: &str = "/clinician/person/amina";

#[tokio::test]
async fn a_person_is_found_by_number_and_by_name() {
    let area = Area::with_amina().await;
    for form in [
        "nhs-number=999+001+0005",
        "family=sha&given=&born-day=14&born-month=2&born-year=1958",
        "family=SHAH&given=Amina&born-day=14&born-month=feb&born-year=1958",
    ] {
        let found = area.post_from("/clinician/find", "/clinician/find", form).await;
        assert_eq!(found.status, StatusCode::OK);
        found
            .says("1 person found")
            .says("SHAH, Amina Noor (Mrs)")
            .says("999 001 0005")
            .says(RECORD);
        found.says("lvp-hospital").says("lvp-gp").says("lvp-social-care");
    }
    for form in ["nhs-number=9990010013", "family=Shah&born-day=15&born-month=2&born-year=1958"] {
        let none = area.post_from("/clinician/find", "/clinician/find", form).await;
        none.says("No person found");
    }
    let wrong = area.post_from("/clinician/find", "/clinician/find", "nhs-number=123").await;
    wrong.says("There is a problem").says("<title>Error: ");
    let hostile = "family=%3Cscript%3E%2C%7C%5C&born-day=1&born-month=1&born-year=1990";
    let hostile = area.post_from("/clinician/find", "/clinician/find", hostile).await;
    assert_eq!(hostile.status, StatusCode::OK);
    hostile.says("No person found").says_not("<script>,");
}

#[tokio::test]
async fn the_summary_joins_the_systems() {
    let area = Area::with_amina().await;
    let page = area.get(RECORD).await;
    assert_eq!(page.status, StatusCode::OK);
    page.says("SHAH, Amina Noor (Mrs)").says("14-Feb-1958").says("67y").says("Known allergies");
    page.says("Allergy to penicillin").says("&#60;b&#62;Rash&#60;/b&#62;").says_not("<b>Rash");
    page.says("HbA1c").says("61").says("mmol/mol").says("Above range").says("<svg");
    page.says("/clinician/lineage/AllergyIntolerance/allergy?path=AllergyIntolerance.code");
}

#[tokio::test]
async fn none_and_not_available_differ() {
    let area = Area::with_amina().await;
    let social = area.get(&format!("{RECORD}/social-care")).await;
    // The social-care system is linked and late; it must not read as "none".
    social.says("Not available").says("messages from this system are late");
    let problems = area.get(&format!("{RECORD}/problems")).await;
    problems
        .says("<strong>None recorded.</strong>")
        .says("lvp-gp")
        .says_not("Not available.</strong>");
    let community = area.receive("lvp-community", 1, b"a\r\n1\r\n").await;
    area.settle(community, store::ItemState::Stored, "", "").await;
    let social = area.get(&format!("{RECORD}/social-care")).await;
    social.says("no record in this system is linked to this person");
}

#[tokio::test]
async fn every_section_has_its_page() {
    let area = Area::with_amina().await;
    for view in portals::clinician::person::View::ALL {
        let page = area.get(&format!("{RECORD}/{}", view.segment())).await;
        let page = if view.segment().is_empty() { area.get(RECORD).await } else { page };
        assert_eq!(page.status, StatusCode::OK, "{}", view.words());
        page.says(view.words()).says("SHAH, Amina");
    }
}

#[tokio::test]
async fn the_timeline_keeps_precision_and_filters() {
    let area = Area::with_amina().await;
    let all = area.get(&format!("{RECORD}/timeline")).await;
    all.says("HbA1c 61 mmol/mol").says("Mar-2024").says("04-Mar-2025 09:00").says("19-Jan-2011");
    let narrow =
        area.get(&format!("{RECORD}/timeline?kind=result&from=2025-01-01&to=2025-06-30")).await;
    narrow.says("HbA1c 48 mmol/mol").says_not("HbA1c 61").says_not("HbA1c 52");
    let hospital = area.get(&format!("{RECORD}/timeline?source=lvp-hospital")).await;
    hospital.says("Allergy to penicillin").says_not("HbA1c 61");
    area.get(&format!("{RECORD}/timeline?from=2025-13-01")).await.says("must be a real date");
    let beyond = area.get(&format!("{RECORD}/timeline?after=9999999")).await;
    assert_eq!(beyond.status, StatusCode::OK);
}

#[tokio::test]
async fn one_test_over_time() {
    let area = Area::with_amina().await;
    let page = area.get(&format!("{RECORD}/results/http%3A%2F%2Floinc.org%7C4548-4")).await;
    assert_eq!(page.status, StatusCode::OK);
    page.says("HbA1c").says("LOINC 4548-4").says("3 results from").says("20 to 41");
    let none = area.get(&format!("{RECORD}/results/nothing")).await;
    assert_eq!(none.status, StatusCode::NOT_FOUND);
}

#[tokio::test]
async fn a_value_leads_to_its_bytes() {
    let area = Area::with_amina().await;
    let page = area.get("/clinician/lineage/Patient/hosp?path=Patient.birthDate").await;
    assert_eq!(page.status, StatusCode::OK);
    page.says("<mark>19580214</mark>").says("PID-7").says("birthDate").says("lvp-hospital");
    page.says("19580214 became 1958-02-14").says("people, version 1").says("/console/items/1");
    let name = area.get("/clinician/lineage/Patient/hosp?path=name[0]").await;
    name.says("<mark>Shah^Amina</mark>").says("PID-5.1, PID-5.2");
    let whole = area.get("/clinician/lineage/AllergyIntolerance/allergy?path=").await;
    whole.says("the whole message").says("&#60;b&#62;Rash&#60;/b&#62;").says_not("<b>Rash");
    let made_here = area.get("/clinician/lineage/Observation/o1?path=valueQuantity.value").await;
    made_here.says("No message").says("52");
}
