//! A person's messages with their practice.

use std::sync::Arc;

use axum::Router;
use axum::extract::{Extension, Path, RawQuery};
use axum::http::HeaderMap;
use axum::routing::get;
use fhir::ResourceId;
use interactions::messages::{
    A_DAY_MAX, LetterBox, NewMessage, NewReply, OPEN_MAX, Refusal, Subject, TEXT_MAX, THREAD_MAX,
    Thread, ThreadLine, Waits,
};
use interactions::{Category, Citizen, Failure};

use super::answer::{Answer, Refusal as Refused, see_other};
use super::csrf::Token;
use super::form::{Body, Form};
use super::gate::State;
use super::mine::citizen;
use super::portal::Portal;
use super::sign_in::From;
use crate::components::form::{ErrorSummary, TextArea};
use crate::components::letters::{LetterItem, Letters, Told};
use crate::components::tag::{Colour, Tag};
use crate::layout::Area;
use crate::patient::messages::{
    ClosedBox, MessagePage, MessagesPage, NewMessagePage, OpenBox, SubjectChoice, ThreadRow,
};
use crate::patient::when;
use crate::problem::Problem;

/// The pages.
pub(super) fn routes() -> Router<Arc<Portal>> {
    Router::new()
        .route("/me/messages", get(list))
        .route("/me/messages/new", get(show_new).post(send))
        .route("/me/messages/{id}", get(one).post(reply))
}

/// What was typed, and what is wrong with it.
#[derive(Default)]
struct Typed {
    to: String,
    subject: String,
    text: String,
    key: String,
    told: Vec<&'static str>,
    errors: Vec<(&'static str, String)>,
}

impl Typed {
    fn of(form: &Form) -> Typed {
        Typed {
            to: form.text("to").to_owned(),
            subject: form.text("subject").to_owned(),
            text: form.text("text").to_owned(),
            key: form.text("key").to_owned(),
            ..Typed::default()
        }
    }

    fn summary(&self) -> ErrorSummary {
        let errors = self.errors.iter().map(|(field, words)| ((*field).to_owned(), words.clone()));
        ErrorSummary { errors: errors.collect() }
    }

    fn told(&self) -> Told {
        Told { words: self.told.join(", ") }
    }

    /// Takes what a use case refuses; what cannot be mended in the form is an error of the text.
    fn refuse(&mut self, refusal: Refusal) {
        let words = match refusal {
            Refusal::MayBeEmergency(flags) => {
                self.told = flags;
                return;
            }
            Refusal::Empty => "Write your message".to_owned(),
            Refusal::TooLong(over) => format!(
                "Your message is {over} {} too long. Use up to {TEXT_MAX}",
                if over == 1 { "character" } else { "characters" }
            ),
            Refusal::TooManyToday => format!(
                "You have sent {A_DAY_MAX} messages in 24 hours, which is the most. Send it tomorrow, or call \
                 your GP surgery"
            ),
            Refusal::TooManyOpen => format!(
                "You have {OPEN_MAX} conversations that are open, which is the most. Write in one of them"
            ),
            Refusal::ThreadFull => format!(
                "This conversation has {THREAD_MAX} messages, which is the most. Begin a new one"
            ),
            Refusal::Closed => {
                "This conversation was closed while you wrote. Begin a new one".to_owned()
            }
            Refusal::NotTaken => {
                "This surgery takes no messages here any more. Call them instead".to_owned()
            }
            Refusal::NotForProxy => {
                "You were not given the whole record, so you cannot send messages for them"
                    .to_owned()
            }
        };
        self.errors.push(("text", words));
    }
}

/// The person, who has proven who they are; else the step that is missing.
fn reader(portal: &Portal) -> Result<Arc<Citizen>, Refused> {
    let citizen = citizen(portal)?;
    if citizen.may_read { Ok(citizen) } else { Err(Portal::elsewhere("/me/step-up")) }
}

async fn list(State(portal): State<Arc<Portal>>) -> Answer {
    reader(&portal)?;
    let failed = |failure: Failure| portal.failure(&failure);
    let boxes = portal.app.own_letter_boxes().await.map_err(failed)?;
    let may = portal.app.may_message().await.map_err(failed)?;
    let threads = portal.app.own_threads().await.map_err(failed)?;
    let closed = boxes.iter().filter(|one| !one.rules.is_on).map(|one| ClosedBox {
        name: one.name.clone(),
        why: sentence(&one.rules.off_reason),
        instead: sentence(&one.rules.instead),
    });
    let not_allowed = if may {
        ""
    } else {
        "You were not given the whole record of the person you act for, so you cannot read or send \
         messages for them. Their GP surgery can change this."
    };
    portal.page(&MessagesPage {
        layout: portal.layout(Area::MyMessages, "Messages with your GP surgery"),
        threads: threads.iter().map(|line| row(&portal, line)).collect(),
        can_write: may && boxes.iter().any(|one| one.rules.is_on),
        closed: closed.collect(),
        not_allowed: not_allowed.to_owned(),
    })
}

fn row(portal: &Portal, line: &ThreadLine) -> ThreadRow {
    let tag = match line.unread {
        0 => None,
        1 => Some(Tag::new(Colour::Blue, "1 new message")),
        many => Some(Tag::new(Colour::Blue, format!("{many} new messages"))),
    };
    let state = match (line.is_open, line.waits) {
        (false, _) => "Closed",
        (true, Waits::ForPractice) => "Sent",
        (true, Waits::ForPerson) => "Answered",
    };
    ThreadRow {
        href: format!("/me/messages/{}", line.id),
        subject: line.subject.words().to_owned(),
        with: line.practice.clone(),
        last: when::words(&line.last, &portal.options.zone),
        tag,
        state: state.to_owned(),
    }
}

async fn show_new(State(portal): State<Arc<Portal>>, headers: HeaderMap) -> Answer {
    reader(&portal)?;
    new_page(&portal, &headers, Typed::default()).await
}

async fn send(
    State(portal): State<Arc<Portal>>,
    Extension(from): Extension<From>,
    headers: HeaderMap,
    body: Body,
) -> Answer {
    let form = Form::read(&portal, &headers, body)?;
    reader(&portal)?;
    let mut typed = Typed::of(&form);
    let to = ResourceId::parse(&typed.to);
    let subject = Subject::parse(&typed.subject);
    if to.is_none() {
        typed.errors.push(("to", "Choose who you want to write to".to_owned()));
    }
    if subject.is_none() {
        typed.errors.push(("subject", "Choose what it is about".to_owned()));
    }
    if typed.text.trim().is_empty() {
        typed.refuse(Refusal::Empty);
    }
    let (Some(to), Some(subject), true) = (to, subject, typed.errors.is_empty()) else {
        return new_page(&portal, &headers, typed).await;
    };
    let new = NewMessage {
        to,
        subject,
        text: typed.text.clone(),
        key: typed.key.clone(),
        was_told: form.text("told") == "yes",
        from: from.address().to_owned(),
    };
    match portal.app.send_message(&new).await {
        Ok(Ok(sent)) => Ok(see_other(&format!("/me/messages/{}?sent=yes", sent.thread))),
        Ok(Err(refusal)) => {
            typed.refuse(refusal);
            new_page(&portal, &headers, typed).await
        }
        Err(failure) => Err(portal.failure(&failure)),
    }
}

async fn new_page(portal: &Portal, headers: &HeaderMap, typed: Typed) -> Answer {
    let failed = |failure: Failure| portal.failure(&failure);
    let boxes = portal.app.own_letter_boxes().await.map_err(failed)?;
    let may = portal.app.may_message().await.map_err(failed)?;
    let open = boxes.iter().filter(|one| one.rules.is_on && may).map(|one| OpenBox {
        id: one.id.to_string(),
        name: one.name.clone(),
        usual: usual(one),
        is_chosen: one.id.as_str() == typed.to,
    });
    let open: Vec<OpenBox> = open.collect();
    if open.is_empty() {
        // The list says why.
        return Ok(see_other("/me/messages"));
    }
    let acting_for = acting_for(portal).await?;
    let token = Token::of(headers);
    let mut layout = portal.layout(Area::MyMessages, "Write to your GP surgery");
    layout.has_errors = !typed.errors.is_empty();
    let page = NewMessagePage {
        layout,
        summary: typed.summary(),
        boxes: open,
        subjects: Subject::ALL
            .map(|one| SubjectChoice {
                code: one.as_str(),
                words: one.words(),
                is_chosen: one.as_str() == typed.subject,
            })
            .to_vec(),
        told: typed.told(),
        text: text_area("Your message", &typed, 8),
        acting_for,
        key: key(portal, &typed),
        csrf: token.value.clone(),
    };
    let mut response = portal.page(&page)?;
    token.set_on(&mut response);
    Ok(response)
}

/// Whom the reader acts for; empty for themselves.
async fn acting_for(portal: &Portal) -> Result<String, Refused> {
    let citizen = citizen(portal)?;
    if citizen.person == citizen.subject {
        return Ok(String::new());
    }
    let name = portal.app.name_of(&citizen.subject).await;
    name.map_err(|failure| portal.failure(&failure))
}

async fn one(
    State(portal): State<Arc<Portal>>,
    Path(id): Path<String>,
    headers: HeaderMap,
    RawQuery(query): RawQuery,
) -> Answer {
    reader(&portal)?;
    let id = ResourceId::parse(&id).ok_or_else(|| portal.problem(Problem::NotFound))?;
    let is_sent = query.as_deref() == Some("sent=yes");
    thread_page(&portal, &headers, &id, &Typed::default(), is_sent).await
}

async fn reply(
    State(portal): State<Arc<Portal>>,
    Extension(from): Extension<From>,
    Path(id): Path<String>,
    headers: HeaderMap,
    body: Body,
) -> Answer {
    let form = Form::read(&portal, &headers, body)?;
    reader(&portal)?;
    let id = ResourceId::parse(&id).ok_or_else(|| portal.problem(Problem::NotFound))?;
    let mut typed = Typed::of(&form);
    let new = NewReply {
        thread: id.clone(),
        text: typed.text.clone(),
        key: typed.key.clone(),
        was_told: form.text("told") == "yes",
        from: from.address().to_owned(),
    };
    match portal.app.reply_to_practice(&new).await {
        Ok(Ok(sent)) => Ok(see_other(&format!("/me/messages/{}?sent=yes", sent.thread))),
        Ok(Err(refusal)) => {
            typed.refuse(refusal);
            thread_page(&portal, &headers, &id, &typed, false).await
        }
        Err(failure) => Err(portal.failure(&failure)),
    }
}

async fn thread_page(
    portal: &Portal,
    headers: &HeaderMap,
    id: &ResourceId,
    typed: &Typed,
    is_sent: bool,
) -> Answer {
    let thread = portal.app.own_thread(id).await.map_err(|failure| portal.failure(&failure))?;
    let boxes = match portal.app.own_letter_boxes().await {
        Ok(boxes) => boxes,
        Err(failure) if failure.category == Category::Fault => return Err(portal.failure(&failure)),
        Err(_) => Vec::new(),
    };
    let line = &thread.line;
    let usual = boxes.iter().find(|one| one.name == line.practice).map(usual).unwrap_or_default();
    let may_reply = match (line.is_open, thread.messages.len() < THREAD_MAX) {
        (false, _) => "This conversation is closed. Begin a new one if you need to.",
        (true, false) => "This conversation is full. Begin a new one.",
        (true, true) => "",
    };
    let token = Token::of(headers);
    let mut layout = portal.layout(Area::MyMessages, line.subject.words());
    layout.has_errors = !typed.errors.is_empty();
    let page = MessagePage {
        layout,
        summary: typed.summary(),
        href: format!("/me/messages/{id}"),
        subject: line.subject.words().to_owned(),
        with: line.practice.clone(),
        handed: line.handed.as_ref().map(|to| to.words().to_owned()).unwrap_or_default(),
        letters: letters(portal, &thread),
        is_sent,
        usual,
        may_reply: may_reply.to_owned(),
        told: typed.told(),
        text: text_area("Write more", typed, 5),
        key: key(portal, typed),
        csrf: token.value.clone(),
    };
    let mut response = portal.page(&page)?;
    token.set_on(&mut response);
    Ok(response)
}

fn letters(portal: &Portal, thread: &Thread) -> Letters {
    let person = citizen(portal).ok().map(|citizen| citizen.person.clone());
    let zone = &portal.options.zone;
    let letters = thread.messages.iter().map(|message| {
        let is_own = message.by_person.is_some() && message.by_person == person;
        let note = match (&message.by_person, &message.read) {
            (Some(_), Some(read)) => format!("The surgery read this: {}", when::words(read, zone)),
            (Some(_), None) => "The surgery has not read this yet".to_owned(),
            (None, _) => String::new(),
        };
        LetterItem {
            by: if is_own { "You".to_owned() } else { message.by.clone() },
            sent: when::words(&message.sent, zone),
            text: message.text.clone(),
            is_own,
            note,
        }
    });
    Letters { letters: letters.collect() }
}

fn text_area(label: &'static str, typed: &Typed, rows: u8) -> TextArea {
    let error = typed.errors.iter().find(|(field, _)| *field == "text");
    TextArea {
        id: "text",
        label,
        hint: "Do not write anything that has to be read today",
        value: typed.text.clone(),
        error: error.map(|(_, words)| words.clone()),
        rows,
        most: TEXT_MAX,
    }
}

/// The key of a form: the one that it had, so that it stays the same form, or a new one.
fn key(portal: &Portal, typed: &Typed) -> String {
    match typed.key.as_str() {
        "" => portal.app.ids.secret().to_string(),
        key => key.to_owned(),
    }
}

/// When a practice usually answers, by its own word.
pub(super) fn usual(one: &LetterBox) -> String {
    match one.rules.usual_days {
        None => String::new(),
        Some(1) => "They usually answer within 1 working day.".to_owned(),
        Some(days) => format!("They usually answer within {days} working days."),
    }
}

/// Words of a practice with a full stop.
pub(super) fn sentence(words: &str) -> String {
    if words.is_empty() || words.ends_with(['.', '!', '?']) {
        words.to_owned()
    } else {
        format!("{words}.")
    }
}
