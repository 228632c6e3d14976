//! Before the questions: the start, who needs help, age, sex, topic.

use std::sync::Arc;

use axum::body::Bytes;
use axum::extract::rejection::BytesRejection;
use axum::http::HeaderMap;
use interactions::triage::{About, RecordPerson, Sex, Stage, Whom};

use super::super::answer::{Answer, see_other};
use super::super::csrf::Token;
use super::super::gate::State;
use super::super::portal::Portal;
use super::{Sent, failed, on_to, set_token, token, token_of};
use crate::components::form::{ErrorSummary, TextInput};
use crate::layout::Area;
use crate::triage::Mark;
use crate::triage::ask::{AgePage, Choice, ChoosePage, StartPage, TopicPage};

pub(in super::super) async fn start(
    State(portal): State<Arc<Portal>>,
    headers: HeaderMap,
) -> Answer {
    let csrf = Token::of(&headers);
    let may_go_on = match token_of(&headers) {
        Some(token) => {
            matches!(portal.app.triage_stage(&token).await, Ok((stage, _)) if stage != Stage::Who)
        }
        None => false,
    };
    let layout = portal.layout(Area::Triage, "Get help from 111 online");
    let mark = Mark::default();
    let mut response =
        portal.page(&StartPage { layout, mark, may_go_on, csrf: csrf.value.clone() })?;
    csrf.set_on(&mut response);
    Ok(response)
}

pub(in super::super) async fn begin(
    State(portal): State<Arc<Portal>>,
    headers: HeaderMap,
    body: Result<Bytes, BytesRejection>,
) -> Answer {
    Sent::read(&portal, &headers, body)?;
    let token = portal.app.triage_begin().await.map_err(|failure| portal.failure(&failure))?;
    let mut response = see_other("/111/who");
    set_token(&mut response, &token);
    Ok(response)
}

/// Leads to what is asked next.
pub(in super::super) async fn go_on(
    State(portal): State<Arc<Portal>>,
    headers: HeaderMap,
) -> Answer {
    let token = token(&headers)?;
    match portal.app.triage_stage(&token).await {
        Ok((stage, _)) => Ok(on_to(stage)),
        Err(failure) => Err(failed(&portal, &failure)),
    }
}

pub(in super::super) async fn who(State(portal): State<Arc<Portal>>, headers: HeaderMap) -> Answer {
    who_page(&portal, &headers, None).await
}

pub(in super::super) async fn say_who(
    State(portal): State<Arc<Portal>>,
    headers: HeaderMap,
    body: Result<Bytes, BytesRejection>,
) -> Answer {
    let token = token(&headers)?;
    let sent = Sent::read(&portal, &headers, body)?;
    let whom = match sent.text("who") {
        "record" => Whom::Record,
        "me" => Whom::Myself,
        "other" => Whom::Another,
        _ => return who_page(&portal, &headers, Some("Choose who needs help")).await,
    };
    match portal.app.triage_who(&token, whom).await {
        Ok(stage) => Ok(on_to(stage)),
        Err(failure) => Err(failed(&portal, &failure)),
    }
}

async fn who_page(portal: &Portal, headers: &HeaderMap, error: Option<&str>) -> Answer {
    let token = token(headers)?;
    let failure = |failure| failed(portal, &failure);
    let (_, about) = portal.app.triage_stage(&token).await.map_err(failure)?;
    let person = portal.app.triage_record_person().await.map_err(failure)?;
    let choice = |value: &str, text: String, hint: &str, is_chosen| Choice {
        value: value.to_owned(),
        text,
        hint: hint.to_owned(),
        is_chosen,
    };
    let is_another = about == Some(About::Another);
    let first = match &person {
        Some(RecordPerson { name, is_self, .. }) => {
            let text = if *is_self { format!("Me, {name}") } else { name.clone() };
            let hint = "We use what your record says of age and sex";
            let is_chosen = matches!(about, Some(About::Record { .. }));
            choice("record", text, hint, is_chosen)
        }
        None => choice("me", "Me".to_owned(), "", about == Some(About::Myself)),
    };
    let other = choice("other", "Somebody else".to_owned(), "", is_another);
    choose(
        portal,
        headers,
        Ask {
            back: "/111",
            action: "/111/who",
            question: "Who needs help?",
            hint: "",
            field: "who",
            choices: vec![first, other],
            error,
        },
    )
}

/// A page with a question of ours.
struct Ask<'a> {
    back: &'a str,
    action: &'a str,
    question: &'a str,
    hint: &'a str,
    field: &'static str,
    choices: Vec<Choice>,
    error: Option<&'a str>,
}

fn choose(portal: &Portal, headers: &HeaderMap, ask: Ask<'_>) -> Answer {
    let csrf = Token::of(headers);
    let mut layout = portal.layout(Area::Triage, ask.question);
    layout.has_errors = ask.error.is_some();
    let mut response = portal.page(&ChoosePage {
        layout,
        mark: Mark::default(),
        back: ask.back.to_owned(),
        action: ask.action.to_owned(),
        caption: String::new(),
        question: ask.question.to_owned(),
        hint: ask.hint.to_owned(),
        why: String::new(),
        field: ask.field,
        hidden: Vec::new(),
        choices: ask.choices,
        error: ask.error.map(str::to_owned),
        csrf: csrf.value.clone(),
    })?;
    csrf.set_on(&mut response);
    Ok(response)
}

pub(in super::super) async fn age(State(portal): State<Arc<Portal>>, headers: HeaderMap) -> Answer {
    age_page(&portal, &headers, String::new(), String::new(), None).await
}

pub(in super::super) async fn say_age(
    State(portal): State<Arc<Portal>>,
    headers: HeaderMap,
    body: Result<Bytes, BytesRejection>,
) -> Answer {
    let token = token(&headers)?;
    let sent = Sent::read(&portal, &headers, body)?;
    let (typed, months) = (sent.text("years").to_owned(), sent.text("months").to_owned());
    let is_number =
        |text: &str| (1..=3).contains(&text.len()) && text.bytes().all(|b| b.is_ascii_digit());
    let number = |text: &str| text.parse::<u32>().unwrap_or(0);
    // Months alone are a baby's age.
    let years = if typed.is_empty() && !months.is_empty() { "0" } else { typed.as_str() };
    let error = if years.is_empty() {
        Some("Enter the age in years")
    } else if !is_number(years) || number(years) > 129 {
        Some("Enter the age in whole years, such as 34")
    } else if !months.is_empty() && (!is_number(&months) || number(&months) > 11) {
        Some("Enter the months as a number from 0 to 11")
    } else {
        None
    };
    if error.is_some() {
        return age_page(&portal, &headers, typed, months, error).await;
    }
    let months = if number(years) == 0 { number(&months) } else { 0 };
    match portal.app.triage_age(&token, number(years), months).await {
        Ok(stage) => Ok(on_to(stage)),
        Err(failure) => Err(failed(&portal, &failure)),
    }
}

async fn age_page(
    portal: &Portal,
    headers: &HeaderMap,
    years: String,
    months: String,
    error: Option<&str>,
) -> Answer {
    let token = token(headers)?;
    let failure = |failure| failed(portal, &failure);
    let (_, about) = portal.app.triage_stage(&token).await.map_err(failure)?;
    let Some(about) = about else { return Ok(on_to(Stage::Who)) };
    let is_months = error.is_some_and(|error| error.contains("months"));
    let field = if is_months { "months" } else { "years" };
    let csrf = Token::of(headers);
    let question = if about.is_self() { "How old are you?" } else { "How old are they?" };
    let mut layout = portal.layout(Area::Triage, question);
    layout.has_errors = error.is_some();
    let errors = error.iter().map(|error| (field.to_owned(), (*error).to_owned()));
    let of = |is_it: bool| error.filter(|_| is_it).map(str::to_owned);
    let page = AgePage {
        layout,
        mark: Mark::default(),
        back: "/111/who".to_owned(),
        question: question.to_owned(),
        years: TextInput {
            id: "years",
            label: "Age in years",
            value: years,
            error: of(!is_months),
            width: 3,
            numeric: true,
            ..TextInput::default()
        },
        months: TextInput {
            id: "months",
            label: "Age in months",
            hint: "Only for a baby who is not 1 yet",
            value: months,
            error: of(is_months),
            width: 2,
            numeric: true,
        },
        summary: ErrorSummary { errors: errors.collect() },
        csrf: csrf.value.clone(),
    };
    let mut response = portal.page(&page)?;
    csrf.set_on(&mut response);
    Ok(response)
}

pub(in super::super) async fn sex(State(portal): State<Arc<Portal>>, headers: HeaderMap) -> Answer {
    sex_page(&portal, &headers, None).await
}

pub(in super::super) async fn say_sex(
    State(portal): State<Arc<Portal>>,
    headers: HeaderMap,
    body: Result<Bytes, BytesRejection>,
) -> Answer {
    let token = token(&headers)?;
    let sent = Sent::read(&portal, &headers, body)?;
    let sex = match sent.text("sex") {
        "female" => Sex::Female,
        "male" => Sex::Male,
        "unknown" => Sex::Unknown,
        _ => return sex_page(&portal, &headers, Some("Choose the sex")).await,
    };
    match portal.app.triage_sex(&token, sex).await {
        Ok(stage) => Ok(on_to(stage)),
        Err(failure) => Err(failed(&portal, &failure)),
    }
}

async fn sex_page(portal: &Portal, headers: &HeaderMap, error: Option<&str>) -> Answer {
    let token = token(headers)?;
    let failure = |failure| failed(portal, &failure);
    let (_, about) = portal.app.triage_stage(&token).await.map_err(failure)?;
    let Some(about) = about else { return Ok(on_to(Stage::Who)) };
    let choice = |value: &str, text: &str| Choice {
        value: value.to_owned(),
        text: text.to_owned(),
        ..Choice::default()
    };
    let question = if about.is_self() { "What is your sex?" } else { "What is their sex?" };
    choose(
        portal,
        headers,
        Ask {
            back: "/111/age",
            action: "/111/sex",
            question,
            hint: "Some illnesses differ by the sex that somebody was born with",
            field: "sex",
            choices: vec![
                choice("female", "Female"),
                choice("male", "Male"),
                choice("unknown", "Something else, or I'm not sure"),
            ],
            error,
        },
    )
}

pub(in super::super) async fn topic(
    State(portal): State<Arc<Portal>>,
    headers: HeaderMap,
) -> Answer {
    topic_page(&portal, &headers, "", None).await
}

pub(in super::super) async fn say_topic(
    State(portal): State<Arc<Portal>>,
    headers: HeaderMap,
    body: Result<Bytes, BytesRejection>,
) -> Answer {
    let token = token(&headers)?;
    let sent = Sent::read(&portal, &headers, body)?;
    if sent.0.iter().any(|(name, _)| name == "words") {
        return topic_page(&portal, &headers, sent.text("words"), None).await;
    }
    let topic = sent.text("topic");
    if topic.is_empty() {
        let error = "Choose what the problem is, or \"Something else\"";
        return topic_page(&portal, &headers, "", Some(error)).await;
    }
    match portal.app.triage_choose(&token, topic).await {
        Ok(stage) => Ok(on_to(stage)),
        Err(failure) => Err(failed(&portal, &failure)),
    }
}

/// The id that stands for what no topic is about: it asks for danger signs and ends in "call 111".
const ELSE: &str = "something-else";

async fn topic_page(
    portal: &Portal,
    headers: &HeaderMap,
    words: &str,
    error: Option<&str>,
) -> Answer {
    let token = token(headers)?;
    let failure = |failure| failed(portal, &failure);
    let (stage, about) = portal.app.triage_stage(&token).await.map_err(failure)?;
    if matches!(stage, Stage::Who | Stage::Age | Stage::Sex) {
        return Ok(on_to(stage));
    }
    let found = portal.app.triage_topics(&token, words).await.map_err(failure)?;
    let mut topics: Vec<Choice> = found
        .into_iter()
        .map(|topic| Choice {
            value: topic.id,
            text: topic.title,
            hint: topic.about,
            is_chosen: false,
        })
        .collect();
    topics.push(Choice {
        value: ELSE.to_owned(),
        text: "Something else".to_owned(),
        hint: "We ask about danger signs, and then tell you to call 111.".to_owned(),
        is_chosen: false,
    });
    let csrf = Token::of(headers);
    let mut layout = portal.layout(Area::Triage, "What is the problem?");
    layout.has_errors = error.is_some();
    let errors = error.iter().map(|error| ("topic".to_owned(), (*error).to_owned()));
    let back = match &about {
        Some(About::Record { .. }) => "/111/who",
        _ => "/111/sex",
    };
    let who = match &about {
        Some(about) if !about.is_self() => "Answer for the person who needs help.",
        _ => "",
    };
    let mut response = portal.page(&TopicPage {
        layout,
        mark: Mark::default(),
        back: back.to_owned(),
        who: who.to_owned(),
        words: words.to_owned(),
        is_searched: !words.is_empty(),
        topics,
        summary: ErrorSummary { errors: errors.collect() },
        csrf: csrf.value.clone(),
    })?;
    csrf.set_on(&mut response);
    Ok(response)
}
