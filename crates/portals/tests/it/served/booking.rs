//! Appointments through the pages: booked, moved, cancelled, waited for; a practice's day; and what is refused.

use axum::http::{StatusCode, header};

use super::browser::{Browser, LINKAGE};
use super::{Answer, Area};

const SOURCE: &str = r#""meta":{"source":"urn:careloom:feed:lvp-gp"}"#;

fn location(answer: &Answer) -> String {
    assert_eq!(answer.status, StatusCode::SEE_OTHER, "{}", answer.text);
    answer.headers[header::LOCATION].to_str().expect("text").to_owned()
}

fn hidden(page: &Answer, name: &str) -> String {
    let mark = format!("name=\"{name}\" value=\"");
    let (_, rest) = page.text.split_once(&mark).unwrap_or_else(|| panic!("{name} is missing"));
    rest.split('"').next().expect("its end").to_owned()
}

/// The practice with three slots on Monday morning, and Amina signed in so far that she may book.
async fn practice() -> Area {
    let area = Area::with_accounts().await;
    let mut all = vec![
        r#"{"resourceType":"Organization","id":"surgery","name":"Rowan Surgery"}"#.to_owned(),
        format!(
            r#"{{"resourceType":"Patient","id":"gp",{SOURCE},"active":true,"identifier":[{{"system":"https://fhir.nhs.uk/Id/nhs-number","value":"9990010005"}}],"name":[{{"family":"Shah","given":["Amina"]}}],"gender":"female","birthDate":"1958-02-14","managingOrganization":{{"reference":"Organization/surgery"}}}}"#
        ),
        format!(
            r#"{{"resourceType":"Patient","id":"ben",{SOURCE},"active":true,"identifier":[{{"system":"https://fhir.nhs.uk/Id/nhs-number","value":"9990010013"}}],"name":[{{"family":"<b>Ben</b>","given":["Al"]}}],"birthDate":"1980-01-01","managingOrganization":{{"reference":"Organization/surgery"}}}}"#
        ),
        format!(
            r#"{{"resourceType":"HealthcareService","id":"gp",{SOURCE},"active":true,"name":"See a GP","providedBy":{{"reference":"Organization/surgery"}},"extension":[{{"url":"urn:careloom:booking:policy","extension":[{{"url":"online","valueBoolean":true}},{{"url":"reason","valueCode":"mandatory"}}]}}]}}"#
        ),
        format!(
            r#"{{"resourceType":"HealthcareService","id":"baby",{SOURCE},"active":true,"name":"Baby clinic","providedBy":{{"reference":"Organization/surgery"}}}}"#
        ),
        format!(
            r#"{{"resourceType":"Schedule","id":"s1",{SOURCE},"active":true,"actor":[{{"reference":"HealthcareService/gp"}}]}}"#
        ),
    ];
    for index in 0..3 {
        all.push(format!(r#"{{"resourceType":"Slot","id":"slot{index}",{SOURCE},"schedule":{{"reference":"Schedule/s1"}},"status":"free","start":"2025-11-24T09:{index}0:00Z","end":"2025-11-24T09:{index}9:00Z"}}"#));
    }
    for json in all {
        area.write(None, &json, &[]).await;
    }
    area.app.load_links().await.expect("links");
    area
}

async fn amina(area: &Area) -> Browser<'_> {
    let mut browser = area.browser();
    browser.sign_in("amina@example.test", true).await;
    let proven =
        browser.post("/sign-in/proof", "/sign-in/proof", &format!("key={LINKAGE}&to=/me")).await;
    assert_eq!(location(&proven), "/me");
    browser
}

/// Books a slot as the pages lead; gives the appointment's address.
async fn book(browser: &mut Browser<'_>, slot: &str, instead: &str) -> String {
    let times = format!("/me/appointments/book/gp{instead}");
    let instead = hidden_of(&browser.get(&times).await);
    let held =
        browser.post(&times, "/me/appointments/hold", &format!("slot={slot}{instead}")).await;
    let at = location(&held);
    let asked = browser.get(&at).await;
    asked.says("Why do you want an appointment?").says("We are keeping this time for you until");
    let here = format!("/me/appointments/slot/{slot}");
    let empty = browser.post(&at, &here, &format!("reason={instead}")).await;
    empty.says("There is a problem").says("Error: Why do you want an appointment?");
    let check =
        browser.post(&at, &here, &format!("reason=a+%3Cb%3Esore%3C/b%3E+knee{instead}")).await;
    check.says("a &#60;b&#62;sore&#60;/b&#62; knee").says_not("<b>sore</b>");
    let form = format!(
        "csrf={}&slot={slot}&key={}&reason=a+sore+knee{instead}",
        check.token(),
        hidden(&check, "key")
    );
    let booked = location(&browser.post_raw("/me/appointments/book", &form).await);
    // The same form again, by a second press or the back button.
    assert_eq!(location(&browser.post_raw("/me/appointments/book", &form).await), booked);
    booked
}

fn hidden_of(page: &Answer) -> String {
    if page.text.contains("name=\"instead\"") {
        format!("&instead={}", hidden(page, "instead"))
    } else {
        String::new()
    }
}

#[tokio::test]
async fn a_person_books_moves_and_cancels() {
    let area = practice().await;
    let mut browser = amina(&area).await;
    browser.get("/me/appointments").await.says("You have no appointments coming up");
    let kinds = browser.get("/me/appointments/book").await;
    kinds.says("See a GP").says("What you cannot book here, and why").says("Baby clinic");
    let times = browser.get("/me/appointments/book/gp").await;
    times.says("Monday 24 November 2025").says("9:20am").says("Join the waiting list");
    let booked = book(&mut browser, "slot0", "").await;
    browser.get(&booked).await.says("Your appointment is booked").says("a sore knee");
    browser.get("/me/appointments").await.says("9am on Monday 24 November 2025");
    let one = booked.split('?').next().expect("a path").to_owned();
    let file = browser.get(&format!("{one}/calendar.ics")).await;
    assert_eq!(file.headers[header::CONTENT_TYPE], "text/calendar; charset=utf-8");
    file.says("BEGIN:VEVENT").says_not("knee");

    let id = one.rsplit('/').next().expect("an id").to_owned();
    let moved = book(&mut browser, "slot1", &format!("?instead={id}")).await;
    assert_ne!(moved, booked);
    browser.get("/me/appointments").await.says("9:10am on Monday").says("Cancelled");

    let one = moved.split('?').next().expect("a path").to_owned();
    let cancel = format!("{one}/cancel");
    browser.get(&cancel).await.says("You can cancel here until 8:10am on Monday 24 November 2025");
    browser.post(&cancel, &cancel, "reason=").await.says("Choose why you are cancelling");
    browser.post(&cancel, &cancel, "reason=practice").await.says("Choose why you are cancelling");
    let done = location(&browser.post(&cancel, &cancel, "reason=better").await);
    browser.get(&done).await.says("Your appointment is cancelled");
    let times = browser.get("/me/appointments/book/gp").await;
    times.says("9:10am").says("9am");
}

#[tokio::test]
async fn a_waiting_list_and_a_practice() {
    let area = practice().await;
    let mut desk = area.browser();
    desk.sign_in("desk", true).await;
    let day = "/practice/appointments?day=2025-11-24";
    desk.get(day).await.says("3 of 3 free").says_not("Sessions and templates");
    let form = "/practice/appointments/slot/slot0/book";
    let key = hidden(&desk.get(form).await, "key");
    let wrong = desk.post(form, form, &format!("nhs-number=12&reason=x&key={key}")).await;
    wrong.says("Nobody here has this NHS number");
    let none = desk.post(form, form, &format!("nhs-number=9990010013&reason=&key={key}")).await;
    none.says("Tell us why");
    let done =
        desk.post(form, form, &format!("nhs-number=999+001+0013&reason=cough&key={key}")).await;
    assert_eq!(location(&done), day);
    let shown = desk.get(day).await;
    shown.says("&#60;b&#62;Ben").says_not("<b>Ben</b>").says("2 of 3 free");
    let taken = desk.post(form, form, "nhs-number=9990010013&reason=cough&key=other").await;
    taken.says("Somebody else has just booked this time").says("Book against the rules");

    // Amina waits; the desk cancels; she is offered the time and takes it.
    let mut browser = amina(&area).await;
    for slot in ["slot1", "slot2"] {
        book(&mut browser, slot, "").await;
    }
    let full = browser.get("/me/appointments/book/gp").await;
    full.says("There are no free times on these days");
    let ask = "/me/appointments/wait/gp";
    let key = hidden(&browser.get(ask).await, "key");
    let joined = browser.post(ask, ask, &format!("key={key}&day=mon&part=morning&notice=60")).await;
    assert_eq!(location(&joined), "/me/appointments");
    browser.get("/me/appointments").await.says("Waiting lists").says("Leave the list");
    let explained = desk.get("/practice/appointments/slot/slot1?nhs-number=9990010005").await;
    explained.says("Amina Shah, in the app").says("Hides it").says("NHS 111");
    for address in ["/practice/sessions", "/practice/sessions/plan?from=2025-11-24&to=2025-11-30"] {
        let refused = desk.get(address).await;
        assert_eq!(refused.status, StatusCode::FORBIDDEN, "{address}");
    }
}

#[tokio::test]
async fn sessions_are_designed_looked_at_and_made() {
    let area = practice().await;
    let mut manager = area.browser();
    manager.sign_in("manager", true).await;
    let page = "/practice/sessions";
    let wrong = manager.post(page, page, "service=gp&name=&start=99&count=x&minutes=").await;
    wrong.says("There is a problem").says("Type the start as hours and minutes");
    let form = "service=gp&name=Thursdays&start=14:00&count=3&minutes=10&mode=Telephone&day=thu&from-day=2025-11-24";
    assert_eq!(location(&manager.post(page, page, form).await), page);
    manager.get(page).await.says("Thursday from 14:00, 3 slots of 10 minutes, by phone");
    let plan = "/practice/sessions/plan?from=2025-11-24&to=2025-12-31";
    let looked = manager.get(plan).await;
    looked.says("Nothing is changed yet").says("Thursday 25 December 2025").says("Christmas Day");
    let mark = hidden(&looked, "mark");
    let form = format!("from=2025-11-24&to=2025-12-31&mark={mark}");
    let plan_page = "/practice/sessions/plan";
    manager.post(plan, plan_page, &form).await.says("The book is changed");
    manager.get(plan).await.says("Nothing would change");
    let stale = manager.post("/practice/sessions", plan_page, &form).await;
    assert_eq!(location(&stale), plan);
    manager.get("/practice/appointments?day=2025-11-27").await.says("3 of 3 free");
}

#[tokio::test]
async fn what_is_refused() {
    let area = practice().await;
    // Nobody, and who is not proven to be the person.
    let mut nobody = area.browser();
    for address in ["/me/appointments", "/me/appointments/book/gp", "/practice/appointments"] {
        assert!(location(&nobody.get(address).await).starts_with("/sign-in?to=/"), "{address}");
    }
    let mut p5 = area.browser();
    p5.sign_in("amina@example.test", false).await;
    assert_eq!(location(&p5.get("/me/appointments/book/gp").await), "/me/step-up");
    // Another's appointment, odd ids, and forms without the page's token.
    let mut browser = amina(&area).await;
    for address in [
        "/me/appointments/nobody",
        "/me/appointments/nobody/cancel",
        "/me/appointments/nobody/reason",
        "/me/appointments/nobody/offer",
        "/me/appointments/nobody/calendar.ics",
        "/me/appointments/book/gp?instead=nobody",
    ] {
        browser.get(address).await.says("We cannot find this appointment");
    }
    browser.get("/me/appointments/slot/none").await.says("We cannot find this time");
    browser.get("/me/appointments/book/none").await.says("We cannot find this time");
    for address in ["/me/appointments/%3Cscript%3E", "/me/appointments/queue/gp/soon"] {
        assert_eq!(browser.get(address).await.status, StatusCode::NOT_FOUND, "{address}");
    }
    for address in [
        "/me/appointments/hold",
        "/me/appointments/book",
        "/me/appointments/extend",
        "/me/appointments/let-go",
        "/me/appointments/wait/gp",
        "/me/appointments/x/cancel",
        "/me/appointments/x/reason",
        "/me/appointments/x/offer",
        "/me/appointments/queue/gp/0",
    ] {
        let forged = browser.post_raw(address, "slot=slot0&csrf=0123").await;
        assert_eq!(forged.status, StatusCode::FORBIDDEN, "{address}");
    }
    assert_eq!(browser.get("/practice/appointments").await.status, StatusCode::FORBIDDEN);
}
