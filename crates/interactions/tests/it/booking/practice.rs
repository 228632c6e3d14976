//! What a practice does with its book: a day, the explainer, sessions from templates.

use access::Role;
use booking::model::SlotStatus;
use booking::template::{Change, Note, Template};
use booking::visibility::Outcome;
use interactions::Category;
use interactions::booking::{Booker, OpeningFilter};
use jiff::civil::{Weekday, date, time};

use super::world::{SOURCE, World, book, slot};
use crate::fixture::id;

fn template(key: &str, weekday: Weekday) -> Template {
    let start = time(9, 0, 0, 0);
    let mut template = Template::new(key, "HealthcareService/gp", start, date(2026, 6, 1));
    template.practitioner = Some("Practitioner/shah".to_owned());
    template.days = vec![weekday];
    template.count = 4;
    template
}

#[tokio::test]
async fn a_day_of_the_practice() {
    let world = World::new().await;
    world.slots("2026-06-02", 3).await;
    book(&world.person("ann"), "a0", "k").await.unwrap();
    world.person("bob").hold_slot(&Booker::Own, &[id("a1")]).await.unwrap().unwrap();
    let desk = world.staff(Role::Receptionist, SOURCE);
    let day = desk.practice_day(date(2026, 6, 2)).await.unwrap();
    let slots = &day.sessions[0].slots;
    let statuses: Vec<SlotStatus> = slots.iter().map(|slot| slot.status).collect();
    assert_eq!(statuses, [SlotStatus::Busy, SlotStatus::Tentative, SlotStatus::Free]);
    let booked = slots[0].booked.as_ref().unwrap();
    assert_eq!((booked.name.as_str(), &booked.patient), ("Ann Of ann", &id("ann")));
    assert!(slots[1].held_until.is_some() && slots[1].booked.is_none());
    assert!(desk.practice_day(date(2026, 6, 3)).await.unwrap().sessions.is_empty());
    // Another practice's staff see nothing of it; people and other roles may not ask.
    let elsewhere = world.staff(Role::Receptionist, "urn:test:other");
    assert!(elsewhere.practice_day(date(2026, 6, 2)).await.unwrap().sessions.is_empty());
    for app in [world.person("ann"), world.staff(Role::Pharmacist, SOURCE)] {
        let refused = app.practice_day(date(2026, 6, 2)).await.unwrap_err();
        assert_eq!(refused.category, Category::Forbidden);
        let refused = app.explain_slot(&id("a0"), None).await.unwrap_err();
        assert_eq!(refused.category, Category::Forbidden);
    }
    let unknown = elsewhere.explain_slot(&id("a0"), None).await.unwrap_err();
    assert_eq!(unknown.category, Category::NotFound);
}

#[tokio::test]
async fn why_somebody_does_not_see_a_slot() {
    let world = World::new().await;
    world
        .put(&[&slot("young", "s1", "2026-06-02 09:00", r#","extension":[{"url":
            "urn:careloom:booking:audience","extension":[{"url":"ageMax","valueUnsignedInt":17}]}]"#)])
        .await;
    let desk = world.staff(Role::Receptionist, SOURCE);
    let told = desk.explain_slot(&id("young"), Some(&id("ann"))).await.unwrap();
    let ann = &told.askers[0];
    assert!(ann.who.contains("Ann Of ann") && !ann.is_seen && !ann.is_bookable);
    let first = &ann.explanation.lines[0];
    assert_eq!(first.outcome, Outcome::Hides);
    assert!(first.mend.is_some() && ann.told.is_some(), "{ann:?}");
    // Every kind of asker, each with the rules.
    assert_eq!(told.askers.len(), 8);
    assert!(told.askers.iter().all(|asker| asker.explanation.lines.len() >= 4));
    let staff = told.askers.last().unwrap();
    assert!(staff.is_bookable && staff.who == "staff");
}

#[tokio::test]
async fn sessions_are_planned_then_made() {
    let world = World::new().await;
    let manager = world.staff(Role::PracticeManager, SOURCE);
    let service = id("gp");
    // Nothing of a template with faults is kept.
    let mut faulty = template("mondays", Weekday::Monday);
    (faulty.count, faulty.days) = (0, vec![]);
    let faults = manager.keep_template(&service, &faulty).await.unwrap().unwrap_err();
    assert_eq!(faults.len(), 2, "{faults:?}");
    for day in [Weekday::Monday, Weekday::Tuesday] {
        let template = template(&format!("{day:?}"), day);
        manager.keep_template(&service, &template).await.unwrap().unwrap();
    }
    assert_eq!(manager.session_templates().await.unwrap().len(), 2);
    let span = (date(2026, 6, 8), date(2026, 6, 21));
    let plan = manager.plan_sessions(span.0, span.1).await.unwrap();
    assert_eq!(plan.plan.changes.len(), 4 * (1 + 4));
    assert!(world.found("Schedule", "_count=1000").await.len() == 1, "looking changes nothing");
    let refused = manager.make_sessions(span.0, span.1, "another plan").await.unwrap_err();
    assert_eq!(refused.category, Category::Conflict);
    manager.make_sessions(span.0, span.1, &plan.mark).await.unwrap();
    assert_eq!(world.found("Slot", "_count=1000&status=free").await.len(), 16);
    // Made once: planning again finds nothing to do, and the old plan is over.
    let again = manager.plan_sessions(span.0, span.1).await.unwrap();
    assert!(again.plan.is_empty() && again.plan.unchanged == 16, "{again:?}");
    let twice = manager.make_sessions(span.0, span.1, &plan.mark).await.unwrap_err();
    assert_eq!(twice.category, Category::Conflict);

    // People book what was made; the practice's staff see it, since it is of their system.
    let ann = world.person("ann");
    let filter = OpeningFilter { from: Some(span.0), ..OpeningFilter::default() };
    let open = ann.openings(&Booker::Own, &filter).await.unwrap();
    assert_eq!(open.days.iter().map(|day| day.slots.len()).sum::<usize>(), 16);
    let first = open.days[0].slots[0].id.clone();
    book(&ann, first.as_str(), "k").await.unwrap();
    let desk = world.staff(Role::Receptionist, SOURCE);
    let day = desk.practice_day(span.0).await.unwrap();
    assert!(day.sessions[0].slots[0].booked.is_some());

    // A template that goes takes its free slots out, and leaves who is booked.
    manager.drop_template(&service, "Monday").await.unwrap().unwrap();
    let plan = manager.plan_sessions(span.0, span.1).await.unwrap();
    let withdrawn = plan.plan.changes.iter().filter(|c| matches!(c, Change::Withdraw(_))).count();
    let left = plan.plan.changes.iter().filter(|c| matches!(c, Change::Leave { .. })).count();
    assert_eq!((withdrawn, left), (7, 1));
    manager.make_sessions(span.0, span.1, &plan.mark).await.unwrap();
    assert_eq!(world.status(first.as_str()).await, "busy");
    assert_eq!(world.found("Slot", "_count=1000&status=busy-unavailable").await.len(), 7);
}

#[tokio::test]
async fn what_is_made_is_of_the_system_of_its_practice() {
    let world = World::new().await;
    let elsewhere = super::world::service("far", "Nurse", "").replace(SOURCE, "urn:test:far");
    world.put(&[&elsewhere]).await;
    // Whoever works at the machine itself plans for all practices at once.
    let mut far = template("far", Weekday::Monday);
    "HealthcareService/far".clone_into(&mut far.service);
    let app = &world.app;
    app.keep_template(&id("gp"), &template("near", Weekday::Monday)).await.unwrap().unwrap();
    app.keep_template(&id("far"), &far).await.unwrap().unwrap();
    let span = (date(2026, 6, 8), date(2026, 6, 8));
    let plan = app.plan_sessions(span.0, span.1).await.unwrap();
    app.make_sessions(span.0, span.1, &plan.mark).await.unwrap();
    for (source, count) in [(SOURCE, 4), ("urn:test:far", 4)] {
        let slots = world.found("Slot", &format!("_source={source}")).await;
        assert_eq!(slots.len(), count, "{source}");
    }
}

#[tokio::test]
async fn bank_holidays_and_the_clocks_are_told() {
    let world = World::new().await;
    let manager = world.staff(Role::PracticeManager, SOURCE);
    let mut night = template("night", Weekday::Sunday);
    night.start = time(1, 30, 0, 0);
    let service = id("gp");
    manager.keep_template(&service, &night).await.unwrap().unwrap();
    manager.keep_template(&service, &template("day", Weekday::Monday)).await.unwrap().unwrap();
    let plan = manager.plan_sessions(date(2026, 8, 24), date(2026, 10, 31)).await.unwrap();
    let holiday = |note: &Note| matches!(note, Note::BankHoliday { date: on, .. } if *on == date(2026, 8, 31));
    let twice = |note: &Note| matches!(note, Note::StartTwice { date: on, .. } if *on == date(2026, 10, 25));
    assert!(plan.notes.iter().any(holiday) && plan.notes.iter().any(twice), "{:?}", plan.notes);
}

#[tokio::test]
async fn who_may_plan() {
    let world = World::new().await;
    let span = (date(2026, 6, 8), date(2026, 6, 9));
    for app in [world.person("ann"), world.staff(Role::Receptionist, SOURCE)] {
        let refused = app.plan_sessions(span.0, span.1).await.unwrap_err();
        assert_eq!(refused.category, Category::Forbidden);
        let refused = app.make_sessions(span.0, span.1, "").await.unwrap_err();
        assert_eq!(refused.category, Category::Forbidden);
        let kept = app.keep_template(&id("gp"), &template("t", Weekday::Monday)).await;
        assert_eq!(kept.unwrap_err().category, Category::Forbidden);
    }
    let elsewhere = world.staff(Role::PracticeManager, "urn:test:other");
    let kept = elsewhere.keep_template(&id("gp"), &template("t", Weekday::Monday)).await;
    assert_eq!(kept.unwrap_err().category, Category::NotFound);
    let manager = world.staff(Role::PracticeManager, SOURCE);
    for (from, to) in [(span.1, span.0), (span.0, date(2027, 6, 8))] {
        let refused = manager.plan_sessions(from, to).await.unwrap_err();
        assert_eq!(refused.category, Category::Invalid);
    }
}
