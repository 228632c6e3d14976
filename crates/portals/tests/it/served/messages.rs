//! Messages with the practice, on the pages of both sides.

use axum::http::{StatusCode, header};

use super::browser::{Browser, LINKAGE};
use super::{Answer, Area};

const SETTINGS: &str = "/practice/messages/settings";
const NEW: &str = "/me/messages/new";

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

/// The value of a hidden field of a page.
fn hidden(page: &Answer, name: &str) -> String {
    let mark = format!(r#"name="{name}" value=""#);
    let (_, rest) = page.text.split_once(&mark).unwrap_or_else(|| panic!("{name}: {}", page.text));
    rest.split('"').next().expect("its end").to_owned()
}

/// An area whose practice takes messages.
async fn area() -> Area {
    let area = Area::with_accounts().await;
    // An account's code works once in its moment, and the tests sign in as the manager themselves.
    let post = interactions::AccountKind::Staff {
        practitioner: "opener".to_owned(),
        role: "practice-manager".to_owned(),
        organisation: "Rowan Surgery".to_owned(),
        sources: vec!["urn:careloom:feed:lvp-gp".to_owned()],
    };
    area.account("opener", "opener", interactions::IdentityLevel::P9, post).await;
    let mut manager = signed_in(&area, "opener").await;
    let done = manager.post(SETTINGS, SETTINGS, "on=yes&days=2&phone=01632+960+001").await;
    goes_to(&done, "/practice/messages/settings?saved=yes");
    manager.get("/practice/messages/settings?saved=yes").await.says("This holds from now on.");
    area
}

/// Sends a new message and gives its address.
async fn sends(browser: &mut Browser<'_>, text: &str) -> String {
    let page = browser.get(NEW).await;
    let (to, key) = (hidden(&page, "to"), hidden(&page, "key"));
    let form = format!("to={to}&key={key}&subject=about-medicine&text={text}");
    let sent = browser.post(NEW, NEW, &form).await;
    assert_eq!(sent.status, StatusCode::SEE_OTHER, "{}", sent.text);
    let to = sent.headers[header::LOCATION].to_str().expect("text");
    to.strip_suffix("?sent=yes").expect("a thread").to_owned()
}

#[tokio::test]
async fn a_message_is_written_read_and_answered() {
    let area = area().await;
    let mut amina = signed_in(&area, "amina@example.test").await;
    let mut desk = signed_in(&area, "desk").await;
    amina.get("/me").await.says("/me/messages").says_not("new message");
    amina.get("/me/messages").await.says("You have no messages.").says("Write a message");
    let page = amina.get(NEW).await;
    page.says("They usually answer within 2 working days.")
        .says("Do not use messages in an emergency");
    let thread = sends(&mut amina, "Is+%3Cb%3Epenicillin%3C/b%3E%0D%0Ain+it%3F").await;
    let sent = amina.get(&format!("{thread}?sent=yes")).await;
    sent.says("Your message is sent.").says("&#60;b&#62;penicillin&#60;/b&#62;\nin it?");
    sent.says("The surgery has not read this yet").says_not("<b>penicillin");

    desk.get("/clinician/find").await.says("1 message from a patient");
    let inbox = desk.get("/practice/messages").await;
    inbox.says("Amina").says("1 not read").says("1 message that nobody has read");
    let of_practice = thread.replace("/me/", "/practice/");
    inbox.says(&of_practice);
    let one = desk.get(&of_practice).await;
    one.says("&#60;b&#62;penicillin").says("Send the answer");
    // Reception has no way into the record.
    one.says_not("/clinician/person");
    amina.get(&thread).await.says("The surgery read this");
    desk.get("/practice/messages").await.says("Every message has been read.").says("Read, waiting");

    let empty = desk.post(&of_practice, &of_practice, "do=answer&key=k1&text=+").await;
    empty.says("Write the answer").says("There is a problem");
    let hand = desk.post(&of_practice, &of_practice, "do=hand&to=role-clinician").await;
    goes_to(&hand, &format!("{of_practice}?done=hand"));
    let mut doctor = signed_in(&area, "dr.gp").await;
    doctor.get("/practice/messages?pile=mine").await.says(&of_practice);
    let one = doctor.get(&of_practice).await;
    one.says("/clinician/person/").says("Doctors and nurses");
    let form = "do=answer&key=k2&text=No,+it+is+not.&close=yes";
    for _ in 0..2 {
        let done = doctor.post(&of_practice, &of_practice, form).await;
        goes_to(&done, &format!("{of_practice}?done=answer"));
    }
    amina.get("/me").await.says("You have 1 new message.");
    amina.get("/me/messages").await.says("1 new message");
    let read = amina.get(&thread).await;
    read.says("No, it is not.").says("This conversation is closed.").says_not("name=\"text\"");
    assert_eq!(read.text.matches("No, it is not.").count(), 1, "what is sent twice stands once");
    amina.get("/me").await.says_not("new message");
    desk.get("/practice/messages?pile=closed").await.says(&of_practice);
    let open = desk.post(&of_practice, &of_practice, "do=open").await;
    goes_to(&open, &format!("{of_practice}?done=open"));
    let more = amina.post(&thread, &thread, "key=k3&text=Thank+you").await;
    goes_to(&more, &format!("{thread}?sent=yes"));
    amina.get("/me/who-looked").await.says("Answered your message").says_not("penicillin</b>");
}

#[tokio::test]
async fn an_emergency_is_told_before_anything_is_sent() {
    let area = area().await;
    let mut amina = signed_in(&area, "amina@example.test").await;
    let page = amina.get(NEW).await;
    let (to, key) = (hidden(&page, "to"), hidden(&page, "key"));
    let form = format!("to={to}&key={key}&subject=about-other&text=I+have+chest+pain");
    let told = amina.post(NEW, NEW, &form).await;
    assert_eq!(told.status, StatusCode::OK);
    told.says("We have not sent your message yet").says("chest pain").says("999");
    told.says("I have chest pain</textarea>").says("It is not an emergency, send it");
    amina.get("/me/messages").await.says("You have no messages.");
    assert_eq!(hidden(&told, "key"), key, "it stays the same form");
    let sent = amina.post(NEW, NEW, &format!("{form}&told={}", hidden(&told, "told"))).await;
    assert_eq!(sent.status, StatusCode::SEE_OTHER);
    let mut desk = signed_in(&area, "desk").await;
    let thread = sent.headers[header::LOCATION].to_str().expect("text");
    let thread = thread.replace("/me/", "/practice/").replace("?sent=yes", "");
    desk.get(&thread).await.says("they were told to call 999 or 111");
}

#[tokio::test]
async fn forms_that_are_wrong_say_so() {
    let area = area().await;
    let mut amina = signed_in(&area, "amina@example.test").await;
    let page = amina.get(NEW).await;
    let to = hidden(&page, "to");
    let long = "x".repeat(2_001);
    for (form, words) in [
        (format!("to={to}&key=k&subject=about-other&text="), "Write your message"),
        (format!("to={to}&key=k&subject=other&text=Hello"), "Choose what it is about"),
        ("to=&key=k&subject=about-other&text=Hello".to_owned(), "Choose who you want to write to"),
        (format!("to={to}&key=k&subject=about-other&text={long}"), "1 character too long"),
        ("to=amina&key=k&subject=about-other&text=Hello".to_owned(), "takes no messages here"),
    ] {
        let page = amina.post(NEW, NEW, &form).await;
        assert_eq!(page.status, StatusCode::OK, "{words}");
        page.says("There is a problem").says(words);
    }
    let no_key = format!("to={to}&key=%00&subject=about-other&text=Hello");
    assert_eq!(amina.post(NEW, NEW, &no_key).await.status, StatusCode::BAD_REQUEST);
    let forged = amina.post_raw(NEW, &no_key).await;
    assert_eq!(forged.status, StatusCode::FORBIDDEN);
    amina.get("/me/messages").await.says("You have no messages.");
    let mut manager = signed_in(&area, "manager").await;
    for (form, words) in [
        ("on=no&days=&reason=&instead=", "Say why, in 5 to 300 characters"),
        ("on=yes&days=soon", "Enter a number of working days from 1 to 20"),
        ("on=yes&days=21", "Enter a number of working days from 1 to 20"),
        ("on=yes&phone=%3Cscript%3E", "Enter a phone number"),
    ] {
        manager.post(SETTINGS, SETTINGS, form).await.says("There is a problem").says(words);
    }
    assert_eq!(manager.post(SETTINGS, SETTINGS, "").await.status, StatusCode::BAD_REQUEST);
    let mut desk = signed_in(&area, "desk").await;
    let thread = sends(&mut amina, "Hello").await.replace("/me/", "/practice/");
    for form in
        ["", "do=", "do=delete", "do=hand&to=", "do=hand&to=role-x", "do=hand&to=colleague-x"]
    {
        let wrong = desk.post(&thread, &thread, form).await;
        assert_eq!(wrong.status, StatusCode::BAD_REQUEST, "{form:?}");
    }
    for address in ["/practice/messages?pile=all", "/practice/messages?from=-1"] {
        assert_eq!(desk.get(address).await.status, StatusCode::BAD_REQUEST, "{address}");
    }
    desk.get("/practice/messages?from=99999999999").await.says("There are no messages here.");
}

#[tokio::test]
async fn a_practice_that_takes_no_messages_says_why() {
    let area = Area::with_accounts().await;
    let mut amina = signed_in(&area, "amina@example.test").await;
    amina
        .get("/me/messages")
        .await
        .says("Your GP surgery takes no messages here. Call them instead.");
    goes_to(&amina.get(NEW).await, "/me/messages");
    let mut manager = signed_in(&area, "manager").await;
    let form = "on=no&reason=%3Cb%3EShort%3C/b%3E+of+staff&instead=Call+us";
    goes_to(&manager.post(SETTINGS, SETTINGS, form).await, "/practice/messages/settings?saved=yes");
    let told = amina.get("/me/messages").await;
    told.says("Rowan Surgery takes no messages here at the moment.");
    told.says("&#60;b&#62;Short&#60;/b&#62; of staff.")
        .says("Call us.")
        .says_not("Write a message");
    let mut desk = signed_in(&area, "desk").await;
    desk.get(SETTINGS).await.says("The practice manager changes this.").says_not("<form");
    let refused = desk.post_raw(SETTINGS, "on=yes").await;
    assert_eq!(refused.status, StatusCode::FORBIDDEN);
}

#[tokio::test]
async fn pages_of_messages_are_whose_they_are() {
    let area = area().await;
    area.with_daughter().await;
    let citizen = interactions::AccountKind::Citizen { person: "daughter".to_owned() };
    let level = interactions::IdentityLevel::P9;
    area.account("bea@example.test", "Bea", level, citizen).await;
    let mut amina = signed_in(&area, "amina@example.test").await;
    let thread = sends(&mut amina, "A+secret").await;
    let of_practice = thread.replace("/me/", "/practice/");
    let mut bea = signed_in(&area, "bea@example.test").await;
    for address in [thread.as_str(), "/me/messages/x", "/me/messages/%3Cscript%3E"] {
        assert_eq!(bea.get(address).await.status, StatusCode::NOT_FOUND, "{address}");
    }
    let stolen = bea.post(NEW, &thread, "key=k1&text=Hello").await;
    assert_eq!(stolen.status, StatusCode::NOT_FOUND);
    bea.get("/me/messages").await.says_not("A medicine");
    for name in ["dr.far"] {
        let mut far = signed_in(&area, name).await;
        assert_eq!(far.get(&of_practice).await.status, StatusCode::NOT_FOUND, "{name}");
        far.get("/practice/messages").await.says("There are no messages here.");
        let closed = far.post("/clinician/find", &of_practice, "do=close").await;
        assert_eq!(closed.status, StatusCode::NOT_FOUND, "{name}");
    }
    for name in ["privacy", "admin", "engine", "bea@example.test"] {
        let mut own = area.browser();
        let other = if name.contains('@') { &mut bea } else { &mut own };
        if !name.contains('@') {
            other.sign_in(name, true).await;
        }
        for address in ["/practice/messages", SETTINGS, &of_practice] {
            assert_eq!(other.get(address).await.status, StatusCode::FORBIDDEN, "{name} {address}");
        }
    }
    let mut desk = signed_in(&area, "desk").await;
    for address in ["/me/messages", NEW, &thread] {
        assert_eq!(desk.get(address).await.status, StatusCode::FORBIDDEN, "{address}");
    }
    let mut nobody = area.browser();
    goes_to(&nobody.get("/me/messages").await, "/sign-in?to=/me/messages");
    goes_to(&nobody.get("/practice/messages").await, "/sign-in?to=/practice/messages");
    let mut unproven = area.browser();
    unproven.sign_in("amina@example.test", false).await;
    for address in ["/me/messages", NEW, &thread] {
        let answer = unproven.get(address).await;
        // Proof that was given once stays; the code is what is missing.
        goes_to(&answer, "/me/step-up");
    }
    amina.get(&thread).await.says("A secret");
}
