//! A practice's messages: its inbox, one conversation, what people are told.

use std::sync::Arc;

use axum::Router;
use axum::extract::{Extension, Path, RawQuery};
use axum::http::HeaderMap;
use axum::routing::get;
use fhir::ResourceId;
use interactions::messages::{
    Answering, BoxRules, HandTo, Handed, Pile, Refusal, TEXT_MAX, Thread, ThreadLine, WORDS_MAX,
    Waits, WrongSetting,
};
use interactions::{App, Category, Duty, Failure, Role, decode_query};

use super::answer::{Answer, Refusal as Refused, see_other};
use super::csrf::Token;
use super::form::{Body, Form};
use super::gate::State;
use super::my_messages::{sentence, usual};
use super::portal::Portal;
use super::sign_in::From;
use crate::components::form::{ErrorSummary, TextArea, TextInput};
use crate::components::letters::{LetterItem, Letters};
use crate::components::tag::{Colour, Tag};
use crate::layout::{Area, Viewer};
use crate::patient::when;
use crate::practice::messages::{
    ConversationPage, HandChoice, InboxPage, InboxRow, MessageSettingsPage, PileLink,
};
use crate::problem::Problem;

/// Conversations on a page, as the use case has them.
const SHOWN: usize = 50;
const PILES: [(Pile, &str, &str); 4] = [
    (Pile::Waiting, "/practice/messages", "Waiting for an answer"),
    (Pile::Mine, "/practice/messages?pile=mine", "With me"),
    (Pile::Answered, "/practice/messages?pile=answered", "Answered"),
    (Pile::Closed, "/practice/messages?pile=closed", "Closed"),
];

/// The pages.
pub(super) fn routes() -> Router<Arc<Portal>> {
    Router::new()
        .route("/practice/messages", get(inbox))
        .route("/practice/messages/settings", get(show_settings).post(set))
        .route("/practice/messages/{id}", get(one).post(act))
}

fn of_duty(portal: &Portal, duty: Duty) -> bool {
    match &portal.viewer {
        Viewer::Staff { duties, .. } => duties.contains(&duty),
        Viewer::Open => true,
        _ => false,
    }
}

async fn inbox(State(portal): State<Arc<Portal>>, RawQuery(query): RawQuery) -> Answer {
    let pairs = decode_query(query.as_deref().unwrap_or(""));
    let text = |name: &str| {
        pairs.iter().find(|(known, _)| known == name).map_or("", |(_, value)| value.as_str())
    };
    let bad = || portal.problem(Problem::BadRequest);
    let pile = match text("pile") {
        "" => Pile::Waiting,
        "mine" => Pile::Mine,
        "answered" => Pile::Answered,
        "closed" => Pile::Closed,
        _ => return Err(bad()),
    };
    let from: usize = match text("from") {
        "" => 0,
        from => from.parse().map_err(|_| bad())?,
    };
    let failed = |failure: Failure| portal.failure(&failure);
    let unread = portal.app.practice_unread().await.map_err(failed)?;
    let found = portal.app.practice_threads(pile, from).await.map_err(failed)?;
    let is_on = match portal.app.letter_box().await {
        Ok(own) => own.rules.is_on,
        // Who works at the machine itself has no practice.
        Err(failure) if failure.category == Category::Forbidden => true,
        Err(failure) => return Err(failed(failure)),
    };
    let shown = from.saturating_add(found.threads.len());
    let (_, address, _) = PILES.iter().find(|(one, ..)| *one == pile).unwrap_or(&PILES[0]);
    let mark = if address.contains('?') { '&' } else { '?' };
    let next = (found.total > shown && found.threads.len() == SHOWN)
        .then(|| format!("{address}{mark}from={shown}"));
    let total =
        if found.is_more { format!("more than {}", found.total) } else { found.total.to_string() };
    portal.page(&InboxPage {
        layout: portal.layout(Area::Messages, "Messages from patients"),
        unread,
        is_on,
        may_set: of_duty(&portal, Duty::Sessions),
        piles: PILES
            .map(|(one, href, words)| PileLink { href, words, is_shown: one == pile })
            .to_vec(),
        threads: found.threads.iter().map(|line| row(&portal, line)).collect(),
        shown: format!("Showing {} to {shown} of {total}", from.saturating_add(1).min(shown)),
        next,
    })
}

fn row(portal: &Portal, line: &ThreadLine) -> InboxRow {
    let tag = match line.unread {
        0 => None,
        1 => Some(Tag::new(Colour::Blue, "1 not read")),
        many => Some(Tag::new(Colour::Blue, format!("{many} not read"))),
    };
    let state = match (line.is_open, line.waits) {
        (false, _) => "Closed",
        (true, Waits::ForPractice) => "Read, waiting",
        (true, Waits::ForPerson) => "Answered",
    };
    InboxRow {
        href: format!("/practice/messages/{}", line.id),
        from: line.begun_by.clone(),
        subject: line.subject.words().to_owned(),
        last: when::words(&line.last, &portal.options.zone),
        with: handed(line),
        tag,
        state: state.to_owned(),
    }
}

fn handed(line: &ThreadLine) -> String {
    line.handed.as_ref().map(|to| to.words().to_owned()).unwrap_or_default()
}

/// What was typed, and what is wrong with it.
#[derive(Default)]
struct Typed {
    text: String,
    key: String,
    closes: bool,
    error: Option<String>,
}

async fn one(
    State(portal): State<Arc<Portal>>,
    Path(id): Path<String>,
    headers: HeaderMap,
    RawQuery(query): RawQuery,
) -> Answer {
    let done = match query.as_deref() {
        Some("done=answer") => "Your answer is sent.",
        Some("done=hand") => "It is handed over.",
        Some("done=close") => "It is closed.",
        Some("done=open") => "It is open again.",
        _ => "",
    };
    let id = ResourceId::parse(&id).ok_or_else(|| portal.problem(Problem::NotFound))?;
    page(&portal, &headers, &id, Typed::default(), done).await
}

async fn act(
    State(portal): State<Arc<Portal>>,
    Extension(from): Extension<From>,
    Path(id): Path<String>,
    headers: HeaderMap,
    body: Body,
) -> Answer {
    let form = Form::read(&portal, &headers, body)?;
    let id = ResourceId::parse(&id).ok_or_else(|| portal.problem(Problem::NotFound))?;
    let failed = |failure: Failure| portal.failure(&failure);
    let what = form.text("do");
    match what {
        "answer" => return answer(&portal, &form, &from, &headers, &id).await,
        "hand" => {
            let to = hand_to(form.text("to")).ok_or_else(|| portal.problem(Problem::BadRequest))?;
            let done = portal.app.hand_over(&id, &to, from.address()).await.map_err(failed)?;
            // Whom the list did not offer.
            done.map_err(|_| portal.problem(Problem::BadRequest))?;
        }
        "close" | "open" => {
            let is_open = what == "open";
            portal.app.set_thread_open(&id, is_open, from.address()).await.map_err(failed)?;
        }
        _ => return Err(portal.problem(Problem::BadRequest)),
    }
    Ok(see_other(&format!("/practice/messages/{id}?done={what}")))
}

async fn answer(
    portal: &Portal,
    form: &Form,
    from: &From,
    headers: &HeaderMap,
    id: &ResourceId,
) -> Answer {
    let mut typed = Typed {
        text: form.text("text").to_owned(),
        key: form.text("key").to_owned(),
        closes: form.text("close") == "yes",
        error: None,
    };
    let new = Answering {
        thread: id.clone(),
        text: typed.text.clone(),
        key: typed.key.clone(),
        closes: typed.closes,
        from: from.address().to_owned(),
    };
    let done = portal.app.answer_message(&new).await.map_err(|failure| portal.failure(&failure))?;
    let refusal = match done {
        Ok(sent) => {
            return Ok(see_other(&format!("/practice/messages/{}?done=answer", sent.thread)));
        }
        Err(refusal) => refusal,
    };
    typed.error = Some(match refusal {
        Refusal::Empty => "Write the answer".to_owned(),
        Refusal::TooLong(over) => {
            format!("The answer is {over} characters too long. Use up to {TEXT_MAX}")
        }
        Refusal::Closed => {
            "Somebody has closed this conversation. Open it again to answer".to_owned()
        }
        _ => "Nothing more can be written in this conversation. Call the patient".to_owned(),
    });
    page(portal, headers, id, typed, "").await
}

async fn page(
    portal: &Portal,
    headers: &HeaderMap,
    id: &ResourceId,
    typed: Typed,
    done: &'static str,
) -> Answer {
    let failed = |failure: Failure| portal.failure(&failure);
    let thread = portal.app.practice_thread(id).await.map_err(failed)?;
    let line = &thread.line;
    let identity = portal.app.identity(&line.patient).await.map_err(failed)?;
    let about = identity.name_said.map_or_else(|| "a patient".to_owned(), |name| name.text);
    let token = Token::of(headers);
    let title = format!("{}: {}", line.begun_by, line.subject.words());
    let mut layout = portal.layout(Area::Messages, title);
    layout.has_errors = typed.error.is_some();
    let errors = typed.error.iter().map(|error| ("text".to_owned(), error.clone()));
    let key = match typed.key.as_str() {
        "" => portal.app.ids.secret().to_string(),
        key => key.to_owned(),
    };
    let page = ConversationPage {
        layout,
        summary: ErrorSummary { errors: errors.collect() },
        href: format!("/practice/messages/{id}"),
        from: line.begun_by.clone(),
        subject: line.subject.words().to_owned(),
        about,
        record: of_duty(portal, Duty::ReadRecord)
            .then(|| format!("/clinician/person/{}", line.patient)),
        letters: letters(portal, &thread),
        done,
        is_open: line.is_open,
        handed: handed(line),
        hand_to: choices(portal, line).await?,
        text: TextArea {
            id: "text",
            label: "Answer",
            hint: "Plain words. The patient reads this, and who acts for them",
            value: typed.text,
            error: typed.error,
            rows: 6,
            most: TEXT_MAX,
        },
        closes: typed.closes,
        key,
        csrf: token.value.clone(),
    };
    let mut response = portal.page(&page)?;
    token.set_on(&mut response);
    Ok(response)
}

fn letters(portal: &Portal, thread: &Thread) -> Letters {
    let zone = &portal.options.zone;
    let letters = thread.messages.iter().map(|message| {
        let is_own = message.by_person.is_none();
        let note = match (is_own, message.told, &message.read) {
            (true, _, Some(read)) => format!("Read: {}", when::words(read, zone)),
            (true, _, None) => "Not read yet".to_owned(),
            (false, true, _) => {
                "Because of words in it they were told to call 999 or 111, and sent it all the same"
                    .to_owned()
            }
            (false, false, _) => String::new(),
        };
        LetterItem {
            by: message.by.clone(),
            sent: when::words(&message.sent, zone),
            text: message.text.clone(),
            is_own,
            note,
        }
    });
    Letters { letters: letters.collect() }
}

/// To whom a conversation can be handed, the one whom it is with first.
async fn choices(portal: &Portal, line: &ThreadLine) -> Result<Vec<HandChoice>, Refused> {
    let colleagues = portal.app.message_colleagues().await;
    let colleagues = colleagues.map_err(|failure| portal.failure(&failure))?;
    let choice = |code: String, words: &str| HandChoice { code, words: words.to_owned() };
    let mut all = vec![
        choice("all".to_owned(), "Everybody who reads messages"),
        choice("me".to_owned(), "Me"),
    ];
    all.extend(
        App::message_roles()
            .map(|role| choice(format!("role-{}", role.as_str()), Handed::Role(role).words())),
    );
    all.extend(colleagues.iter().map(|(id, name)| choice(format!("colleague-{id}"), name)));
    let now = match &line.handed {
        Some(Handed::Role(role)) => format!("role-{}", role.as_str()),
        Some(Handed::Colleague { practitioner, .. }) => format!("colleague-{practitioner}"),
        None => "all".to_owned(),
    };
    all.sort_by_key(|one| one.code != now);
    Ok(all)
}

fn hand_to(code: &str) -> Option<HandTo> {
    match code {
        "all" => Some(HandTo::Everybody),
        "me" => Some(HandTo::Myself),
        _ => match code.split_once('-')? {
            ("role", role) => Role::parse(role).map(HandTo::Role),
            ("colleague", id) => ResourceId::parse(id).map(HandTo::Colleague),
            _ => None,
        },
    }
}

async fn show_settings(
    State(portal): State<Arc<Portal>>,
    headers: HeaderMap,
    RawQuery(query): RawQuery,
) -> Answer {
    let own = portal.app.letter_box().await.map_err(|failure| portal.failure(&failure))?;
    let told = if own.rules.is_on {
        usual(&own)
    } else {
        format!("{} {}", sentence(&own.rules.off_reason), sentence(&own.rules.instead))
    };
    let days = own.rules.usual_days.map(|days| days.to_string()).unwrap_or_default();
    let is_saved = query.as_deref() == Some("saved=yes");
    settings_page(&portal, &headers, &own.rules, days, &[], (is_saved, told))
}

async fn set(
    State(portal): State<Arc<Portal>>,
    Extension(from): Extension<From>,
    headers: HeaderMap,
    body: Body,
) -> Answer {
    let form = Form::read(&portal, &headers, body)?;
    let is_on = match form.text("on") {
        "yes" => true,
        "no" => false,
        _ => return Err(portal.problem(Problem::BadRequest)),
    };
    let days = form.text("days").trim().to_owned();
    let rules = BoxRules {
        is_on,
        // What is no number is too many days.
        usual_days: (!days.is_empty()).then(|| days.parse().unwrap_or(u8::MAX)),
        off_reason: form.text("reason").to_owned(),
        instead: form.text("instead").to_owned(),
        phone: form.text("phone").to_owned(),
    };
    match portal.app.set_letter_box(rules.clone(), from.address()).await {
        Ok(Ok(())) => Ok(see_other("/practice/messages/settings?saved=yes")),
        Ok(Err(wrong)) => {
            settings_page(&portal, &headers, &rules, days, &wrong, (false, String::new()))
        }
        Err(failure) => Err(portal.failure(&failure)),
    }
}

fn settings_page(
    portal: &Portal,
    headers: &HeaderMap,
    rules: &BoxRules,
    days: String,
    wrong: &[WrongSetting],
    (is_saved, told): (bool, String),
) -> Answer {
    let of = |setting: WrongSetting| wrong.contains(&setting).then(|| words_of(setting));
    let named = |setting: &WrongSetting| {
        let field = match setting {
            WrongSetting::Days => "days",
            WrongSetting::OffReason => "reason",
            WrongSetting::Instead => "instead",
            WrongSetting::Phone => "phone",
        };
        (field.to_owned(), words_of(*setting))
    };
    let token = Token::of(headers);
    let mut layout = portal.layout(Area::Messages, "Messages: what people can do and are told");
    layout.has_errors = !wrong.is_empty();
    let page = MessageSettingsPage {
        layout,
        summary: ErrorSummary { errors: wrong.iter().map(named).collect() },
        is_saved,
        may_set: of_duty(portal, Duty::Sessions),
        is_on: rules.is_on,
        told,
        days: TextInput {
            id: "days",
            label: "Within how many working days do you usually answer?",
            hint: "People are told this. Leave it empty to say nothing",
            value: days,
            error: of(WrongSetting::Days),
            width: 2,
            numeric: true,
        },
        phone: TextInput {
            id: "phone",
            label: "Phone number",
            hint: "You can leave this empty",
            value: rules.phone.clone(),
            error: of(WrongSetting::Phone),
            width: 20,
            numeric: false,
        },
        reason: told_while_off(
            "reason",
            "Why people cannot write to you",
            &rules.off_reason,
            of(WrongSetting::OffReason),
        ),
        instead: told_while_off(
            "instead",
            "What they can do instead",
            &rules.instead,
            of(WrongSetting::Instead),
        ),
        csrf: token.value.clone(),
    };
    let mut response = portal.page(&page)?;
    token.set_on(&mut response);
    Ok(response)
}

fn told_while_off(
    id: &'static str,
    label: &'static str,
    value: &str,
    error: Option<String>,
) -> TextArea {
    TextArea {
        id,
        label,
        hint: "People read this while you take no messages",
        value: value.to_owned(),
        error,
        rows: 2,
        most: WORDS_MAX,
    }
}

fn words_of(setting: WrongSetting) -> String {
    match setting {
        WrongSetting::Days => "Enter a number of working days from 1 to 20".to_owned(),
        WrongSetting::OffReason => format!("Say why, in 5 to {WORDS_MAX} characters"),
        WrongSetting::Instead => format!("Say what people can do, in 5 to {WORDS_MAX} characters"),
        WrongSetting::Phone => "Enter a phone number in digits and spaces".to_owned(),
    }
}
