//! Messages of the demonstration: every practice takes them but one, and some have been written and answered.
//!
//! They are written by the same use cases as on the pages, as the people of the demonstration; nothing of
//! this is made outside `careloom demo`. To add one, add it to [`WRITTEN`].

use std::sync::Arc;

use interactions::messages::{Answering, BoxRules, HandTo, NewMessage, Pile, Subject};
use interactions::record::PeopleQuery;
use interactions::{App, Caller, Citizen, ResourceKey, Role, Staff, Who};
use testkit::{Site, System};

use crate::command::demo_accounts::organisation;

/// Where messages are made from, in the audit.
const FROM: &str = "127.0.0.1";

/// What was written about, the text, the answer (empty for none), whether it was closed with it.
const WRITTEN: [(Subject, &str, &str, bool); 3] = [
    (
        Subject::FitNote,
        "Hello, my fit note ends on Friday and I am still not well. Can I have another one?",
        "The doctor has signed a new note for two weeks. You can collect it at the desk.",
        true,
    ),
    (
        Subject::Result,
        "I have seen my last blood test here. It says higher than the usual range.\n\nDo I need to do anything?",
        "Thank you for asking. It is a little higher than last time. Please book a phone call with the nurse.",
        false,
    ),
    (
        Subject::Medicine,
        "My tablets make me feel sick in the mornings. Can I take them with breakfast?",
        "",
        false,
    ),
];

/// Opens the letter boxes and writes the messages, once the people are there.
pub(crate) async fn make(app: &Arc<App>) -> anyhow::Result<()> {
    for site in Site::ALL {
        // The last site shows what people are told where a practice takes none.
        let is_on = Some(&site) != Site::ALL.last();
        open(app, site, is_on).await?;
        if is_on {
            write(app, site).await?;
        }
    }
    Ok(())
}

async fn open(app: &Arc<App>, site: Site, is_on: bool) -> anyhow::Result<()> {
    let (off_reason, instead) = if is_on {
        ("", "")
    } else {
        ("Two of our doctors are away this month", "Call us from 8am, or use 111 online")
    };
    let rules = BoxRules {
        is_on,
        usual_days: Some(2),
        off_reason: off_reason.to_owned(),
        instead: instead.to_owned(),
        phone: "01632 960 001".to_owned(),
    };
    let manager = app.acting_as(staff(site, Role::PracticeManager, "manager", "Ruth Adeyemi"));
    let set = manager.set_letter_box(rules, FROM).await.map_err(|failure| failed(&failure))?;
    set.map_err(|wrong| anyhow::anyhow!("a letter box of the demonstration: {wrong:?}"))
}

async fn write(app: &Arc<App>, site: Site) -> anyhow::Result<()> {
    let Some(person) = person(app, site).await? else { return Ok(()) };
    let boxes = person.own_letter_boxes().await.map_err(|failure| failed(&failure))?;
    let Some(to) = boxes.first() else { return Ok(()) };
    let doctor = app.acting_as(staff(site, Role::Clinician, "gp", "Dr Priya Nair"));
    let desk = app.acting_as(staff(site, Role::Receptionist, "reception", "Tom Marsh"));
    for (number, (subject, text, answer, closes)) in WRITTEN.iter().enumerate() {
        let new = NewMessage {
            to: to.id.clone(),
            subject: *subject,
            text: (*text).to_owned(),
            key: format!("demo-{number}"),
            was_told: false,
            from: FROM.to_owned(),
        };
        let sent = person.send_message(&new).await.map_err(|failure| failed(&failure))?;
        let Ok(sent) = sent else { continue };
        if answer.is_empty() {
            let to = HandTo::Role(Role::Clinician);
            let handed = desk.hand_over(&sent.thread, &to, FROM).await;
            handed.map_err(|failure| failed(&failure))?.ok();
            continue;
        }
        doctor.practice_thread(&sent.thread).await.map_err(|failure| failed(&failure))?;
        let answering = Answering {
            thread: sent.thread,
            text: (*answer).to_owned(),
            key: format!("demo-{number}"),
            closes: *closes,
            from: FROM.to_owned(),
        };
        doctor.answer_message(&answering).await.map_err(|failure| failed(&failure))?.ok();
    }
    let waiting =
        desk.practice_threads(Pile::Waiting, 0).await.map_err(|failure| failed(&failure))?;
    anyhow::ensure!(!waiting.threads.is_empty(), "no message of the demonstration waits");
    Ok(())
}

/// The hero of a site, in the app.
async fn person(app: &Arc<App>, site: Site) -> anyhow::Result<Option<App>> {
    let query = PeopleQuery::NhsNumber(testkit::hero_nhs_number(site, 0));
    let found = app.find_people(&query).await.map_err(|failure| failed(&failure))?;
    let Some(person) = found.people.first() else { return Ok(None) };
    let patients = person.identities.iter().map(|identity| identity.source.key.clone());
    let citizen = Citizen {
        account: "demonstration".into(),
        person: person.id.clone(),
        subject: person.id.clone(),
        patients: patients.map(|ResourceKey { id, .. }| id).collect(),
        may_read: true,
        levels: Vec::new(),
        withheld: Vec::new(),
        proxy: None,
    };
    let who = Who::Citizen(Arc::new(citizen));
    Ok(Some(app.acting_as(Caller { who, app: None, purpose: "PATRQT" })))
}

/// Somebody who works for the practice of a site.
fn staff(site: Site, role: Role, name: &str, words: &str) -> Caller {
    let staff = Staff {
        account: name.into(),
        practitioner: fhir::ResourceId::parse(&format!("demo-{name}"))
            .unwrap_or_else(|| fhir::ResourceId::from_uuid_bytes([0; 16])),
        name: words.into(),
        role,
        organisation: organisation(System::Gp, site).into(),
        sources: vec![format!("urn:careloom:feed:{}", System::Gp.feed(site)).into()],
        opened: Vec::new(),
    };
    Caller { who: Who::Staff(Arc::new(staff)), app: None, purpose: "TREAT" }
}

fn failed(failure: &interactions::Failure) -> anyhow::Error {
    anyhow::anyhow!("a message of the demonstration: {failure}")
}
