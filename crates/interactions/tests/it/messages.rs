//! Messages between people and practices on a real store: who may, what is told, what is kept.

#![expect(clippy::unwrap_used, reason = "a test fails by panicking")]

use std::sync::Arc;

use access::{RecordLevel, Role};
use fhir::{ResourceId, Tree};
use identity::level::Level;
use interactions::messages::{
    A_DAY_MAX, Answering, BoxRules, HandTo, Handed, NewMessage, NewReply, OPEN_MAX, Pile, Refusal,
    Sent, Subject, TEXT_MAX, Waits, WrongSetting,
};
use interactions::{App, Category, HideRequest, NewProxy, Proxy, SearchOptions};
use store::ResourceKey;

use crate::consent::{category, staff, world};
use crate::fixture::id;
use crate::sign_in::{HERE, MINUTE, World};

const DAY: i64 = 24 * 60 * MINUTE;
const ON: BoxRules = BoxRules {
    is_on: true,
    usual_days: Some(2),
    off_reason: String::new(),
    instead: String::new(),
    phone: String::new(),
};

/// A practice that takes messages, its people, and one of another practice.
struct Practice {
    world: World,
    me: Arc<App>,
    doctor: App,
    desk: App,
    manager: App,
}

impl Practice {
    async fn new() -> Practice {
        let world = world().await;
        world.account("desk", Level::P9, staff(Role::Receptionist, "urn:gp")).await;
        world.account("desk.far", Level::P9, staff(Role::Receptionist, "urn:far")).await;
        world.account("privacy", Level::P9, staff(Role::PrivacyOfficer, "urn:gp")).await;
        let acting = async |name: &str| {
            let token = world.with_code(name).await;
            world.acting(&token).await
        };
        let (me, doctor) = (Arc::new(acting("me@x.test").await), acting("dr.a").await);
        let (desk, manager) = (acting("desk").await, acting("manager").await);
        manager.set_letter_box(ON, HERE).await.unwrap().unwrap();
        Practice { world, me, doctor, desk, manager }
    }

    async fn of(&self, name: &str) -> App {
        let token = self.world.with_code(name).await;
        self.world.acting(&token).await
    }

    async fn to(&self) -> ResourceId {
        self.manager.letter_box().await.unwrap().id
    }

    async fn message(&self, text: &str, key: &str) -> NewMessage {
        message_to(&self.to().await, text, key)
    }

    async fn sends(&self, text: &str, key: &str) -> Result<Sent, Refusal> {
        self.me.send_message(&self.message(text, key).await).await.unwrap()
    }

    /// Every resource of a type, as text.
    async fn all(&self, kind: &str) -> Vec<String> {
        found(&self.world.app, kind, "_count=1000").await
    }
}

async fn found(app: &App, kind: &str, query: &str) -> Vec<String> {
    let resource_type = app.resource_type(kind).unwrap();
    let pairs = interactions::decode_query(query);
    let strict = SearchOptions { handling: interactions::Handling::Strict };
    let answer = app.search(resource_type, &pairs, strict).await.unwrap();
    let bundle = Tree::parse(&answer.bundle).unwrap();
    let entries = bundle.root().all("entry").filter_map(|entry| entry.get("resource"));
    entries.map(|value| value.raw().to_owned()).collect()
}

fn message_to(to: &ResourceId, text: &str, key: &str) -> NewMessage {
    NewMessage {
        to: to.clone(),
        subject: Subject::Medicine,
        text: text.to_owned(),
        key: key.to_owned(),
        was_told: false,
        from: HERE.to_owned(),
    }
}

fn reply(thread: &ResourceId, text: &str, key: &str) -> NewReply {
    NewReply {
        thread: thread.clone(),
        text: text.to_owned(),
        key: key.to_owned(),
        was_told: false,
        from: HERE.to_owned(),
    }
}

fn answering(thread: &ResourceId, text: &str, key: &str) -> Answering {
    Answering {
        thread: thread.clone(),
        text: text.to_owned(),
        key: key.to_owned(),
        closes: false,
        from: HERE.to_owned(),
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_thread_from_its_first_message_to_its_end() {
    let practice = Practice::new().await;
    let (me, doctor, desk) = (&practice.me, &practice.doctor, &practice.desk);
    let boxes = me.own_letter_boxes().await.unwrap();
    assert_eq!(boxes.len(), 1, "the hospital, where the person is known too, has no letter box");
    assert_eq!(boxes[0].rules.usual_days, Some(2));
    let text = "Is <b>penicillin</b> in it?\r\n\r\nI react to that.";
    let sent = practice.sends(text, "key-0001").await.unwrap();
    assert!(!sent.is_repeat);
    let thread = sent.thread;

    assert_eq!(desk.practice_unread().await.unwrap(), 1);
    assert_eq!(me.own_unread().await.unwrap(), 0);
    let inbox = desk.practice_threads(Pile::Waiting, 0).await.unwrap();
    assert_eq!((inbox.total, inbox.threads.len(), inbox.threads[0].unread), (1, 1, 1));
    assert_eq!(inbox.threads[0].begun_by, "Ada Lovelace");
    let mine = me.own_thread(&thread).await.unwrap();
    assert_eq!(mine.messages[0].text, "Is <b>penicillin</b> in it?\n\nI react to that.");
    assert_eq!(mine.messages[0].read, None, "nobody of the practice has read it");

    // The practice reads it, hands it to the doctors, one of them answers.
    practice.world.pass(MINUTE);
    let read = desk.practice_thread(&thread).await.unwrap();
    assert_eq!(read.messages.len(), 1);
    assert_eq!(desk.practice_unread().await.unwrap(), 0);
    let mine = me.own_thread(&thread).await.unwrap();
    assert!(mine.messages[0].read.as_deref().unwrap() > mine.messages[0].sent.as_str());
    desk.hand_over(&thread, &HandTo::Role(Role::Clinician), HERE).await.unwrap().unwrap();
    assert_eq!(desk.practice_threads(Pile::Mine, 0).await.unwrap().total, 0);
    let mine = doctor.practice_threads(Pile::Mine, 0).await.unwrap();
    assert_eq!(mine.threads[0].handed, Some(Handed::Role(Role::Clinician)));
    practice.world.pass(MINUTE);
    let answer = answering(&thread, "No, it is not.", "answer-1");
    doctor.answer_message(&answer).await.unwrap().unwrap();
    assert_eq!(doctor.practice_threads(Pile::Waiting, 0).await.unwrap().total, 0);
    assert_eq!(doctor.practice_threads(Pile::Answered, 0).await.unwrap().total, 1);

    // The person reads the answer, and thanks; the thread waits for the practice again.
    assert_eq!(me.own_unread().await.unwrap(), 1);
    assert_eq!(me.own_threads().await.unwrap()[0].unread, 1);
    let mine = me.own_thread(&thread).await.unwrap();
    assert_eq!(mine.messages[1].text, "No, it is not.");
    assert_eq!(mine.messages[1].by, "Somebody, The Surgery");
    assert_eq!(mine.line.waits, Waits::ForPerson);
    assert_eq!(me.own_unread().await.unwrap(), 0);
    practice.world.pass(MINUTE);
    me.reply_to_practice(&reply(&thread, "Thank you", "key-0002")).await.unwrap().unwrap();
    assert_eq!(desk.practice_threads(Pile::Waiting, 0).await.unwrap().threads[0].unread, 1);
    let parts =
        found(&practice.world.app, "Communication", "part-of:missing=false&_sort=sent").await;
    let last = Tree::parse(parts.last().unwrap().as_bytes()).unwrap();
    let before = Tree::parse(parts[0].as_bytes()).unwrap();
    let answered = last.root().at("inResponseTo[0].reference").unwrap().as_str().unwrap();
    assert_eq!(answered, format!("Communication/{}", before.root().text_of("id").unwrap()));

    // Closed, nothing more is written; opened again, it goes on.
    desk.set_thread_open(&thread, false, HERE).await.unwrap();
    assert_eq!(desk.practice_threads(Pile::Closed, 0).await.unwrap().total, 1);
    let more = me.reply_to_practice(&reply(&thread, "And?", "key-0003")).await.unwrap();
    assert_eq!(more, Err(Refusal::Closed));
    let more = doctor.answer_message(&answering(&thread, "And?", "answer-2")).await.unwrap();
    assert_eq!(more, Err(Refusal::Closed));
    desk.set_thread_open(&thread, true, HERE).await.unwrap();
    let last = Answering { closes: true, ..answering(&thread, "All done.", "answer-3") };
    doctor.answer_message(&last).await.unwrap().unwrap();
    let mine = me.own_thread(&thread).await.unwrap();
    assert_eq!((mine.messages.len(), mine.line.is_open), (4, false));
    let order: Vec<&str> = mine.messages.iter().map(|one| one.text.as_str()).collect();
    assert_eq!(order[1..], ["No, it is not.", "Thank you", "All done."]);
}

#[tokio::test(flavor = "multi_thread")]
async fn what_is_sent_twice_is_one_message() {
    let practice = Practice::new().await;
    let message = practice.message("Hello", "key-0001").await;
    let mut tasks = Vec::new();
    for _ in 0..6 {
        let (me, message) = (Arc::clone(&practice.me), message.clone());
        tasks.push(tokio::spawn(async move { me.send_message(&message).await }));
    }
    let mut first = 0;
    let mut threads = Vec::new();
    for task in tasks {
        let sent = task.await.unwrap().unwrap().unwrap();
        first += usize::from(!sent.is_repeat);
        threads.push(sent.thread);
    }
    threads.dedup();
    assert_eq!((first, threads.len()), (1, 1));
    let answer = answering(&threads[0], "Hello to you", "answer-1");
    for is_repeat in [false, true] {
        let sent = practice.doctor.answer_message(&answer).await.unwrap().unwrap();
        assert_eq!(sent.is_repeat, is_repeat);
    }
    let again = reply(&threads[0], "Bye", "key-0002");
    for is_repeat in [false, true] {
        let sent = practice.me.reply_to_practice(&again).await.unwrap().unwrap();
        assert_eq!(sent.is_repeat, is_repeat);
    }
    assert_eq!(practice.all("Communication").await.len(), 3);
    // The key is the form's, not a way to another's message.
    practice.world.put(r#"{"resourceType":"Patient","id":"p3","meta":{"source":"urn:gp"},"birthDate":"1985-05-05","name":[{"family":"Noor"}]}"#).await;
    let other = practice.of("mum@x.test").await;
    let sent = other.send_message(&message).await.unwrap().unwrap();
    assert!(!sent.is_repeat && sent.thread != threads[0]);
    for key in ["", "with space", &"x".repeat(65), "a/b/c/d/e"] {
        let refused = practice.me.send_message(&practice.message("Hello", key).await).await;
        assert_eq!(category(refused), Some(Category::Invalid), "{key:?}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn limits_hold() {
    let practice = Practice::new().await;
    for (text, expected) in [
        (String::new(), Refusal::Empty),
        (" \n\u{200B}".to_owned(), Refusal::Empty),
        ("x".repeat(TEXT_MAX + 1), Refusal::TooLong(1)),
    ] {
        assert_eq!(practice.sends(&text, "key-0000").await, Err(expected));
    }
    let mut unknown = practice.message("Hello", "key-0000").await;
    unknown.to = id("p1");
    assert_eq!(practice.me.send_message(&unknown).await.unwrap(), Err(Refusal::NotTaken));
    // Of many at one time no more than a day's are taken.
    let mut tasks = Vec::new();
    for number in 0..A_DAY_MAX * 3 {
        let message = practice.message("Hello", &format!("key-1{number:03}")).await;
        let me = Arc::clone(&practice.me);
        tasks.push(tokio::spawn(async move { me.send_message(&message).await }));
    }
    let (mut taken, mut thread) = (0, None);
    for task in tasks {
        match task.await.unwrap().unwrap() {
            Ok(sent) => {
                taken += 1;
                thread = Some(sent.thread);
            }
            Err(refusal) => assert_eq!(refusal, Refusal::TooManyToday),
        }
    }
    assert_eq!(taken, A_DAY_MAX);
    let thread = thread.unwrap();
    let more = practice.me.reply_to_practice(&reply(&thread, "And", "key-2000")).await.unwrap();
    assert_eq!(more, Err(Refusal::TooManyToday), "answers count too");
    practice.world.pass(DAY + MINUTE);
    for number in A_DAY_MAX..OPEN_MAX {
        practice.sends("Hello", &format!("key-3{number:03}")).await.unwrap();
    }
    practice.world.pass(DAY + MINUTE);
    assert_eq!(practice.sends("Hello", "key-4000").await, Err(Refusal::TooManyOpen));
    // In a thread that is there they may go on, and a closed one makes room.
    practice.me.reply_to_practice(&reply(&thread, "And", "key-4001")).await.unwrap().unwrap();
    let manager = practice.of("manager").await;
    manager.set_thread_open(&thread, false, HERE).await.unwrap();
    practice.sends("Hello", "key-4002").await.unwrap();
}

#[tokio::test(flavor = "multi_thread")]
async fn words_of_an_emergency_are_answered_before_they_are_sent() {
    let practice = Practice::new().await;
    let text = "I have chest pain since this morning";
    let refused = practice.sends(text, "key-0001").await;
    assert_eq!(refused, Err(Refusal::MayBeEmergency(vec!["chest pain"])));
    assert_eq!(practice.all("Communication").await.len(), 0);
    let mut message = practice.message(text, "key-0001").await;
    message.was_told = true;
    let sent = practice.me.send_message(&message).await.unwrap().unwrap();
    let seen = practice.doctor.practice_thread(&sent.thread).await.unwrap();
    assert!(seen.messages[0].told, "the practice is told that they were told");
    // Who was told of nothing is not said to have been.
    let mut message = practice.message("Hello", "key-0002").await;
    message.was_told = true;
    let sent = practice.me.send_message(&message).await.unwrap().unwrap();
    assert!(!practice.doctor.practice_thread(&sent.thread).await.unwrap().messages[0].told);
    let order = practice.doctor.practice_threads(Pile::Waiting, 0).await.unwrap();
    assert_eq!(order.threads.len(), 2, "and nothing is ranked by it");
}

#[tokio::test(flavor = "multi_thread")]
async fn nobody_reads_or_writes_what_is_not_theirs() {
    let practice = Practice::new().await;
    let thread = practice.sends("A secret of mine", "key-0001").await.unwrap().thread;
    let answer = answering(&thread, "And an answer", "answer-1");
    practice.doctor.answer_message(&answer).await.unwrap().unwrap();
    let part = found(&practice.world.app, "Communication", "part-of:missing=false").await;
    let part = Tree::parse(part[0].as_bytes()).unwrap();
    let part = id(part.root().text_of("id").unwrap());
    // Another person of the same practice.
    let other = practice.of("mum@x.test").await;
    for thread in [&thread, &part, &id("none"), &id("p1")] {
        assert_eq!(category(other.own_thread(thread).await), Some(Category::NotFound));
        let sent = other.reply_to_practice(&reply(thread, "Hello", "key-0002")).await;
        assert_eq!(category(sent), Some(Category::NotFound));
    }
    assert_eq!(other.own_threads().await.unwrap(), []);
    assert_eq!(found(&other, "Communication", "").await.len(), 0);
    assert_eq!(found(&practice.me, "Communication", "").await.len(), 2);
    let stolen = format!("_id={thread},{part}");
    assert_eq!(found(&other, "Communication", &stolen).await.len(), 0);
    // A part of a thread is no thread.
    assert_eq!(category(practice.me.own_thread(&part).await), Some(Category::NotFound));
    assert_eq!(category(practice.doctor.practice_thread(&part).await), Some(Category::NotFound));
    // Staff of another practice and of the hospital, where the person is known.
    for name in ["desk.far", "dr.ward", "manager.far"] {
        let far = practice.of(name).await;
        assert_eq!(
            category(far.practice_thread(&thread).await),
            Some(Category::NotFound),
            "{name}"
        );
        assert_eq!(far.practice_unread().await.unwrap(), 0, "{name}");
        for pile in [Pile::Waiting, Pile::Mine, Pile::Answered, Pile::Closed] {
            assert_eq!(far.practice_threads(pile, 0).await.unwrap().total, 0, "{name}");
        }
        let sent = far.answer_message(&answering(&thread, "Hello", "answer-2")).await;
        assert_eq!(category(sent), Some(Category::NotFound), "{name}");
        let closed = far.set_thread_open(&thread, false, HERE).await;
        assert_eq!(category(closed), Some(Category::NotFound), "{name}");
        let handed = far.hand_over(&thread, &HandTo::Myself, HERE).await;
        assert_eq!(category(handed), Some(Category::NotFound), "{name}");
        assert_eq!(far.message_colleagues().await.unwrap(), [], "{name}");
    }
    // Whose work it is not, people on the practice's side, staff on the people's, and nobody.
    let privacy = practice.of("privacy").await;
    for app in [&privacy, &practice.me] {
        assert_eq!(category(app.practice_thread(&thread).await), Some(Category::Forbidden));
        assert_eq!(category(app.practice_unread().await), Some(Category::Forbidden));
        let sent = app.answer_message(&answering(&thread, "Hello", "answer-3")).await;
        assert_eq!(category(sent), Some(Category::Forbidden));
        assert_eq!(category(app.set_letter_box(ON, HERE).await), Some(Category::Forbidden));
    }
    assert_eq!(category(practice.doctor.own_thread(&thread).await), Some(Category::Forbidden));
    let nobody = practice.world.app.acting_as(access::Caller::NOBODY);
    assert_eq!(category(nobody.own_threads().await), Some(Category::NotSignedIn));
    assert_eq!(category(nobody.practice_unread().await), Some(Category::NotSignedIn));
    // Without proof of who they are.
    let unproven = practice.of("ada@example.test").await;
    assert_eq!(category(unproven.own_threads().await), Some(Category::StepUp));
    assert_eq!(category(unproven.own_letter_boxes().await), Some(Category::StepUp));
    assert_eq!(practice.all("Communication").await.len(), 2);
}

#[tokio::test(flavor = "multi_thread")]
async fn who_acts_for_somebody_needs_the_whole_record() {
    let practice = Practice::new().await;
    let agree = async |level| {
        let proxy = Proxy { delegate: id("p3"), level, may_book: true, until: String::new() };
        let new = NewProxy { patient: id("p4"), proxy, from: HERE.to_owned() };
        practice.manager.add_proxy(new, "M").await.unwrap()
    };
    let kid = id("kid");
    agree(RecordLevel::Full).await;
    let token = practice.world.with_code("mum@x.test").await;
    practice.world.acting(&token).await.act_for(&token, Some(&kid)).await.unwrap();
    let mum = practice.world.acting(&token).await;
    assert!(mum.may_message().await.unwrap());
    let message = practice.message("The rash is back", "key-0001").await;
    let thread = mum.send_message(&message).await.unwrap().unwrap().thread;
    let seen = practice.doctor.practice_thread(&thread).await.unwrap();
    assert_eq!((seen.line.begun_by.as_str(), &seen.line.patient), ("Noor", &id("p4")));
    practice
        .doctor
        .answer_message(&answering(&thread, "Come in", "answer-1"))
        .await
        .unwrap()
        .unwrap();
    assert_eq!(mum.own_unread().await.unwrap(), 1);
    // The child reads it too: it is about them. It is no part of the mother's own record.
    let child = practice.of("kid@x.test").await;
    assert_eq!(child.own_thread(&thread).await.unwrap().messages.len(), 2);
    mum.act_for(&token, None).await.unwrap();
    let own = practice.world.acting(&token).await;
    assert_eq!(own.own_threads().await.unwrap(), []);
    assert_eq!(category(own.own_thread(&thread).await), Some(Category::NotFound));
    assert_eq!(found(&own, "Communication", "").await.len(), 0);
    // With less than the whole record, messages are neither read nor written.
    agree(RecordLevel::Detailed).await;
    own.act_for(&token, Some(&kid)).await.unwrap();
    let mum = practice.world.acting(&token).await;
    assert!(!mum.may_message().await.unwrap());
    assert_eq!(mum.own_threads().await.unwrap(), []);
    assert_eq!(mum.own_unread().await.unwrap(), 0);
    assert_eq!(category(mum.own_thread(&thread).await), Some(Category::NotFound));
    assert_eq!(found(&mum, "Communication", "").await.len(), 0);
    let message = practice.message("Hello", "key-0002").await;
    assert_eq!(mum.send_message(&message).await.unwrap(), Err(Refusal::NotForProxy));
    let more = mum.reply_to_practice(&reply(&thread, "Hello", "key-0003")).await;
    assert_eq!(category(more), Some(Category::NotFound));
    // Revoked, at once.
    let consent = agree(RecordLevel::Full).await;
    let mum = practice.world.acting(&token).await;
    assert_eq!(mum.own_threads().await.unwrap().len(), 1);
    practice.manager.end_proxy(&consent, "M", HERE).await.unwrap();
    let mum = practice.world.acting(&token).await;
    assert_eq!(category(mum.own_thread(&thread).await), Some(Category::NotFound));
}

#[tokio::test(flavor = "multi_thread")]
async fn what_is_written_reaches_no_audit_event() {
    let practice = Practice::new().await;
    let thread = practice.sends("Zebrafish of mine", "key-0001").await.unwrap().thread;
    practice.doctor.practice_thread(&thread).await.unwrap();
    practice
        .doctor
        .answer_message(&answering(&thread, "Your zebrafish", "answer-1"))
        .await
        .unwrap()
        .unwrap();
    practice.doctor.hand_over(&thread, &HandTo::Myself, HERE).await.unwrap().unwrap();
    practice
        .me
        .reply_to_practice(&reply(&thread, "Zebrafish again", "key-0002"))
        .await
        .unwrap()
        .unwrap();
    practice.doctor.set_thread_open(&thread, false, HERE).await.unwrap();
    let events = practice.all("AuditEvent").await;
    for interaction in
        ["send-message", "answer-message", "hand-over-message", "close-message", "message-settings"]
    {
        assert!(events.iter().any(|event| event.contains(interaction)), "{interaction}");
    }
    assert!(events.iter().all(|event| !event.to_lowercase().contains("zebrafish")));
    // The person sees who did what to the thread.
    let looks = practice.me.who_looked(&[id("p1")], 50, None).await.unwrap().looks;
    assert!(looks.iter().any(|look| look.interaction == "answer-message"));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_practice_switches_messages_off_and_says_why() {
    let practice = Practice::new().await;
    let thread = practice.sends("Hello", "key-0001").await.unwrap().thread;
    let off = |off_reason: &str, instead: &str| BoxRules {
        is_on: false,
        off_reason: off_reason.to_owned(),
        instead: instead.to_owned(),
        ..ON
    };
    let long = "x".repeat(301);
    for (wrong, expected) in [
        (off("", ""), vec![WrongSetting::OffReason, WrongSetting::Instead]),
        (off("Training", "Call"), vec![WrongSetting::Instead]),
        (off(&long, "Call us instead"), vec![WrongSetting::OffReason]),
        (BoxRules { usual_days: Some(0), ..ON }, vec![WrongSetting::Days]),
        (BoxRules { usual_days: Some(21), ..ON }, vec![WrongSetting::Days]),
        (BoxRules { phone: "<script>".to_owned(), ..ON }, vec![WrongSetting::Phone]),
    ] {
        assert_eq!(practice.manager.set_letter_box(wrong, HERE).await.unwrap(), Err(expected));
    }
    let refused = practice.desk.set_letter_box(ON, HERE).await;
    assert_eq!(category(refused), Some(Category::Forbidden), "reception does not decide it");
    let set = off(" We are\n short of staff ", "Call us from 8am");
    practice.manager.set_letter_box(set, HERE).await.unwrap().unwrap();
    let boxes = practice.me.own_letter_boxes().await.unwrap();
    assert!(!boxes[0].rules.is_on);
    assert_eq!(boxes[0].rules.off_reason, "We are short of staff");
    assert_eq!(boxes[0].rules.instead, "Call us from 8am");
    assert_eq!(practice.sends("Hello", "key-0002").await, Err(Refusal::NotTaken));
    // What was begun goes on.
    practice.me.reply_to_practice(&reply(&thread, "Hello", "key-0003")).await.unwrap().unwrap();
    practice.manager.set_letter_box(ON, HERE).await.unwrap().unwrap();
    practice.sends("Hello", "key-0004").await.unwrap();
    assert_eq!(practice.all("Endpoint").await.len(), 1);
    // Who has left the practice cannot write to it.
    practice.world.put(r#"{"resourceType":"Patient","id":"p1","active":false,"meta":{"source":"urn:gp"},"birthDate":"1980-02-01","name":[{"family":"Lovelace","given":["Ada"]}]}"#).await;
    assert_eq!(practice.me.own_letter_boxes().await.unwrap(), []);
    assert_eq!(practice.sends("Hello", "key-0005").await, Err(Refusal::NotTaken));
}

#[tokio::test(flavor = "multi_thread")]
async fn threads_are_handed_on_and_taken() {
    let practice = Practice::new().await;
    let thread = practice.sends("Hello", "key-0001").await.unwrap().thread;
    let (desk, doctor) = (&practice.desk, &practice.doctor);
    for wrong in [HandTo::Role(Role::PrivacyOfficer), HandTo::Colleague(id("nobody"))] {
        let handed = desk.hand_over(&thread, &wrong, HERE).await.unwrap();
        assert_eq!(handed, Err(Refusal::NotTaken), "{wrong:?}");
    }
    assert_eq!(desk.message_colleagues().await.unwrap(), []);
    doctor.hand_over(&thread, &HandTo::Myself, HERE).await.unwrap().unwrap();
    assert_eq!(doctor.practice_threads(Pile::Mine, 0).await.unwrap().total, 1);
    assert_eq!(desk.practice_threads(Pile::Mine, 0).await.unwrap().total, 0);
    let known = desk.message_colleagues().await.unwrap();
    assert_eq!(known, [(id("dr-a"), "Somebody, The Surgery".to_owned())]);
    desk.hand_over(&thread, &HandTo::Everybody, HERE).await.unwrap().unwrap();
    assert_eq!(practice.me.own_thread(&thread).await.unwrap().line.handed, None);
    // Two at one time: neither is lost, and the last holds.
    let (to, answer) = (HandTo::Role(Role::Clinician), answering(&thread, "Hello", "answer-1"));
    let (a, b) = tokio::join!(desk.hand_over(&thread, &to, HERE), doctor.answer_message(&answer));
    a.unwrap().unwrap();
    b.unwrap().unwrap();
    let seen = desk.practice_thread(&thread).await.unwrap();
    assert_eq!(seen.line.handed, Some(Handed::Role(Role::Clinician)));
    assert_eq!((seen.messages.len(), seen.line.waits), (2, Waits::ForPerson));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_message_can_be_hidden_like_any_entry() {
    let practice = Practice::new().await;
    let thread = practice.sends("Hello", "key-0001").await.unwrap().thread;
    let answer = answering(&thread, "About somebody else", "answer-1");
    practice.doctor.answer_message(&answer).await.unwrap().unwrap();
    let part = found(&practice.world.app, "Communication", "part-of:missing=false").await;
    let part = id(Tree::parse(part[0].as_bytes()).unwrap().root().text_of("id").unwrap());
    let key = ResourceKey {
        resource_type: practice.world.app.resource_type("Communication").unwrap(),
        id: part,
    };
    let hide =
        HideRequest { key, hide: true, reason: "another's".to_owned(), from: HERE.to_owned() };
    practice.doctor.hide_entry(&hide, "Dr A").await.unwrap();
    practice.world.pass(MINUTE);
    let me = practice.of("me@x.test").await;
    assert_eq!(me.own_thread(&thread).await.unwrap().messages.len(), 1);
    assert_eq!(me.own_unread().await.unwrap(), 0);
    assert_eq!(found(&me, "Communication", "").await.len(), 1);
}

/// Nobody writes as somebody who has died, and the practice cannot write into a thread of theirs.
#[tokio::test(flavor = "multi_thread")]
async fn nothing_is_sent_as_the_dead() {
    let practice = Practice::new().await;
    practice.sends("Is my repeat ready?", "k1").await.unwrap();
    let to = practice.to().await;
    for told in [r#""deceasedBoolean":true"#, r#""deceasedDateTime":"2025-11-01T10:00:00Z""#] {
        practice
            .world
            .put(&format!(
                r#"{{"resourceType":"Patient","id":"p1","meta":{{"source":"urn:gp"}},"birthDate":"1980-02-01",{told}}}"#
            ))
            .await;
        assert!(practice.me.own_letter_boxes().await.unwrap().is_empty(), "{told}");
        let again = message_to(&to, "Still here", "k2");
        assert_eq!(practice.me.send_message(&again).await.unwrap(), Err(Refusal::NotTaken));
    }
    practice.world.put(r#"{"resourceType":"Patient","id":"p1","meta":{"source":"urn:gp"},"birthDate":"1980-02-01","name":[{"family":"Lovelace","given":["Ada"]}],"deceasedBoolean":false}"#).await;
    practice.sends("A mistake, as it turned out", "k3").await.unwrap();
}
