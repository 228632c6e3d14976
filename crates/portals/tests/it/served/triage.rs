//! 111 online on the pages: a journey as somebody makes it, what is refused, and what every failure says.

use axum::http::{StatusCode, header};

use super::browser::{Browser, LINKAGE};
use super::{Answer, Area};

const DANGER: [&str; 2] = ["999", "111"];

fn goes_to(answer: &Answer, address: &str) {
    assert_eq!(answer.status, StatusCode::SEE_OTHER, "{}", answer.text);
    assert_eq!(answer.headers[header::LOCATION], address);
}

fn location(answer: &Answer) -> String {
    assert_eq!(answer.status, StatusCode::SEE_OTHER, "{}", answer.text);
    answer.headers[header::LOCATION].to_str().expect("text").to_owned()
}

/// The values of a page's radio buttons.
fn choices(page: &Answer) -> Vec<String> {
    let radios = page.text.split("type=\"radio\" value=\"").skip(1);
    radios.map(|rest| rest.split('"').next().expect("its end").to_owned()).collect()
}

fn hidden(page: &Answer, name: &str) -> String {
    let mark = format!("name=\"{name}\" value=\"");
    let (_, rest) = page.text.split_once(&mark).unwrap_or_else(|| panic!("{name} is missing"));
    rest.split('"').next().expect("its end").to_owned()
}

async fn begin(browser: &mut Browser<'_>, who: &str) {
    goes_to(&browser.post("/111", "/111", "").await, "/111/who");
    let next = browser.post("/111/who", "/111/who", &format!("who={who}")).await;
    if location(&next) == "/111/age" {
        goes_to(&browser.post("/111/age", "/111/age", "years=34").await, "/111/sex");
        goes_to(&browser.post("/111/sex", "/111/sex", "sex=female").await, "/111/topic");
    }
}

/// Answers from the first question: what `pick` chooses of each page's answers, until there are none.
async fn answer(
    browser: &mut Browser<'_>,
    topic: &str,
    pick: impl Fn(&[String]) -> String,
) -> String {
    let form = format!("topic={topic}");
    let mut at = location(&browser.post("/111/topic", "/111/topic", &form).await);
    for _ in 0..100 {
        if !at.starts_with("/111/question/") {
            return at;
        }
        let page = browser.get(&at).await;
        page.says("not clinically assured").says("Why we ask this").says("I&#39;m not sure");
        let form = format!(
            "csrf={}&question={}&answer={}",
            page.token(),
            hidden(&page, "question"),
            pick(&choices(&page))
        );
        at = location(&browser.post_raw(&at, &form).await);
    }
    panic!("{topic} does not end");
}

/// The calm answer, which stands before "not sure".
fn calm(choices: &[String]) -> String {
    choices[choices.len() - 2].clone()
}

#[tokio::test]
async fn nobody_in_particular_is_told_what_to_do() {
    let area = Area::with_accounts().await;
    let mut browser = area.browser();
    browser
        .get("/111")
        .await
        .says("Call 999 now if someone has")
        .says("under 5")
        .says("not clinically assured");
    begin(&mut browser, "me").await;
    browser.get("/111/topic").await.says("Sore throat").says("Something else");
    assert_eq!(answer(&mut browser, "sore-throat", calm).await, "/111/check");
    let check = browser.get("/111/check").await;
    check.says("Check your answers").says("/111/question/1").says("Change<");
    goes_to(&browser.get("/111/result").await, "/111/check");
    goes_to(&browser.post("/111/check", "/111/check", "").await, "/111/result");
    browser
        .get("/111/result")
        .await
        .says("look after yourself at home")
        .says("When to get help sooner")
        .says("/111/about/sore-throat")
        .says("in this browser only");
    // The answer before is shown as it was given, and what follows another one is asked again.
    let second = browser.get("/111/question/2").await;
    second.says("checked");
    goes_to(&browser.get("/111/question/99").await, "/111/result");
    goes_to(&browser.get("/111/check").await, "/111/result");
    // A browser without the cookie has no journey.
    let mut other = area.browser();
    for page in ["/111/who", "/111/topic", "/111/question/1", "/111/check", "/111/result"] {
        goes_to(&other.get(page).await, "/111");
    }
    other.cookies.insert("careloom-111".to_owned(), "nonsense".to_owned());
    goes_to(&other.get("/111/result").await, "/111");
}

#[tokio::test]
async fn a_danger_sign_is_told_at_once_and_stays() {
    let area = Area::with_accounts().await;
    let mut browser = area.browser();
    begin(&mut browser, "other").await;
    let end = answer(&mut browser, "chest-pain", |choices| choices[0].clone()).await;
    assert_eq!(end, "/111/result");
    let result = browser.get("/111/result").await;
    result
        .says("Call 999 now")
        .says("Immediate action required")
        .says("href=\"tel:999\"")
        .says_not("Who can help")
        .says_not("postcode");
    // Back, and another answer: the danger sign stays.
    let first = browser.get("/111/question/1").await;
    let form = format!(
        "csrf={}&question={}&answer={}",
        first.token(),
        hidden(&first, "question"),
        calm(&choices(&first))
    );
    goes_to(&browser.post_raw("/111/question/1", &form).await, "/111/result");
    browser.get("/111/result").await.says("Call 999 now").says("went back");
}

#[tokio::test]
async fn what_is_left_out_or_wrong_is_said_beside_the_field() {
    let area = Area::with_accounts().await;
    let mut browser = area.browser();
    goes_to(&browser.post("/111", "/111", "").await, "/111/who");
    let page = browser.post("/111/who", "/111/who", "").await;
    page.says("<title>Error: ").says("Choose who needs help").says("href=\"#who\"");
    goes_to(&browser.post("/111/who", "/111/who", "who=me").await, "/111/age");
    for (form, words) in [
        ("years=", "Enter the age in years"),
        ("years=abc", "whole years"),
        ("years=-1", "whole years"),
        ("years=200", "whole years"),
        ("years=1e2", "whole years"),
        ("years=0&months=12", "months as a number"),
        ("years=%3Cscript%3E", "&#60;script&#62;"),
    ] {
        browser.post("/111/age", "/111/age", form).await.says("<title>Error: ").says(words);
    }
    goes_to(&browser.post("/111/age", "/111/age", "years=34").await, "/111/sex");
    browser.post("/111/sex", "/111/sex", "sex=x").await.says("Choose the sex");
    goes_to(&browser.post("/111/sex", "/111/sex", "sex=male").await, "/111/topic");
    browser.post("/111/topic", "/111/topic", "").await.says("Choose what the problem is");
    browser
        .post("/111/topic", "/111/topic", "words=my+throat+hurts&find=yes")
        .await
        .says("Sore throat");
    browser
        .post("/111/topic", "/111/topic", "words=%22%3E%3Cscript%3E&find=yes")
        .await
        .says("We have no questions that fit")
        .says("Something else")
        .says_not("<script>");
    goes_to(&browser.post("/111/topic", "/111/topic", "topic=rash").await, "/111/question/1");
    let page = browser.get("/111/question/1").await;
    let form = format!("csrf={}&question={}&answer=", page.token(), hidden(&page, "question"));
    let wrong = browser.post_raw("/111/question/1", &form).await;
    wrong.says("<title>Error: ").says("Choose an answer").says("href=\"#answer\"");
    // Something else asks for danger signs, and then says "call".
    let end = answer(&mut browser, "something-else", calm).await;
    assert_eq!(end, "/111/result");
    browser.get("/111/result").await.says("Call 111 now");
}

#[tokio::test]
async fn every_failure_says_call() {
    let area = Area::with_accounts().await;
    let mut browser = area.browser();
    begin(&mut browser, "me").await;
    let says_call = |answer: &Answer| {
        for words in DANGER {
            answer.says(words);
        }
        answer.says("Call 111 now").says("Do not wait");
    };
    // A form without its token, an address that is not there, a method that is not.
    let refused = browser.post_raw("/111/topic", "topic=rash").await;
    assert_eq!(refused.status, StatusCode::FORBIDDEN);
    says_call(&refused);
    for page in ["/111/nothing", "/111/about/nothing"] {
        let answer = browser.get(page).await;
        assert_eq!(answer.status, StatusCode::NOT_FOUND, "{page}");
        says_call(&answer);
    }
    let answer = browser.get("/111/place").await;
    assert_eq!(answer.status, StatusCode::METHOD_NOT_ALLOWED);
    says_call(&answer);
    let huge = format!("csrf=x&words={}", "a".repeat(100_000));
    let answer = browser.post_raw("/111/topic", &huge).await;
    assert!(answer.status.is_client_error());
    says_call(&answer);
}

#[tokio::test]
async fn who_signs_in_keeps_it_in_their_record() {
    let area = Area::with_accounts().await;
    let mut amina = area.browser();
    begin(&mut amina, "me").await;
    answer(&mut amina, "rash", calm).await;
    amina.sign_in("amina@example.test", true).await;
    let form = format!("key={LINKAGE}&to=/111");
    goes_to(&amina.post("/sign-in/proof", "/sign-in/proof", &form).await, "/111");
    // The record says another age: it is not made hers by mistake.
    goes_to(&amina.post("/111/check", "/111/check", "").await, "/111/result");
    begin(&mut amina, "record").await;
    answer(&mut amina, "rash", calm).await;
    goes_to(&amina.post("/111/check", "/111/check", "").await, "/111/result");
    amina.get("/111/result").await.says("in your record");
    let stored = area.app.resource_type("QuestionnaireResponse").expect("a type");
    let options = interactions::SearchOptions { handling: interactions::Handling::Strict };
    let found = area.app.search(stored, &[], options).await.expect("found");
    assert_eq!(found.matches, 1);
    let bundle = fhir::Tree::parse(&found.bundle).expect("json");
    let id = bundle.root().at("entry[0].resource.id").expect("an id");
    let id = id.as_str().expect("text");
    amina.get(&format!("/me/111/{id}")).await.says("What 111 told you on").says("Your answers");
    amina.get("/me/who-looked?own=yes").await.says("You");
    // Nobody else reads it, and signing out leaves nothing behind.
    let mut other = area.browser();
    goes_to(&other.get(&format!("/me/111/{id}")).await, &format!("/sign-in?to=/me/111/{id}"));
    let token = amina.cookies["careloom-111"].clone();
    other.cookies.insert("careloom-111".to_owned(), token);
    goes_to(&other.get("/111/result").await, "/111");
}

#[tokio::test]
async fn who_answers_for_the_sets_sees_all_of_them() {
    let area = Area::with_accounts().await;
    let mut browser = area.browser();
    let all = browser.get("/111/about").await;
    all.says("Nobody has signed it off").says("/111/about/sieve");
    for set in ["sieve", "sore-throat", "mental-health"] {
        let page = browser.get(&format!("/111/about/{set}")).await;
        page.says("Clinical sign-off")
            .says("Nobody has signed these questions off")
            .says("Digest (SHA-256)")
            .says("every danger sign ends in 999")
            .says("<svg ")
            .says("The map in words");
    }
}
