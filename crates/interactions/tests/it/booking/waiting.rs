//! The waiting list: what comes free goes to who waits, one person at a time.

use access::Role;
use booking::desk::CancelReason;
use booking::model::AppointmentStatus;
use booking::waiting::Wish;
use fhir::ResourceId;
use interactions::App;
use interactions::booking::{Booker, CancelRequest, Tidied, WaitRequest};

use super::world::{SOURCE, World, at, book, patient, wish};
use crate::fixture::id;

fn wants(key: &str, wish: Wish) -> WaitRequest {
    WaitRequest { service: id("gp"), wish, key: key.to_owned() }
}

async fn join(app: &App, key: &str, wish: Wish) -> ResourceId {
    app.join_waiting_list(&Booker::Own, &wants(key, wish)).await.unwrap().unwrap().id
}

async fn cancel(app: &App, appointment: ResourceId) {
    let request = CancelRequest { appointment, reason: CancelReason::CannotCome, words: None };
    app.cancel_booking(&Booker::Own, &request).await.unwrap().unwrap();
}

/// A practice at noon, with one slot tomorrow that Ann has booked.
async fn booked_out() -> (World, ResourceId) {
    let world = World::new().await;
    world.now("2026-06-01 12:00");
    world.slots("2026-06-02", 1).await;
    world.put(&[&patient("cat"), &patient("dan")]).await;
    let booked = book(&world.person("ann"), "a0", "ann").await.unwrap();
    (world, booked.appointment.id)
}

#[tokio::test]
async fn what_is_cancelled_goes_to_the_first_who_can_take_it() {
    let (world, anns) = booked_out().await;
    let (bob, cat) = (world.person("bob"), world.person("cat"));
    // Bob came first, but cannot come in the morning.
    let afternoons = vec![(jiff::civil::time(12, 0, 0, 0), jiff::civil::time(18, 0, 0, 0))];
    let bobs = join(&bob, "b", Wish { times: afternoons, ..Wish::default() }).await;
    world.now("2026-06-01 12:01");
    let cats = join(&cat, "c", Wish::default()).await;
    cancel(&world.person("ann"), anns).await;
    assert_eq!(world.status("a0").await, "busy-tentative");
    let offer = |app: App, place: ResourceId| async move {
        app.appointment(&Booker::Own, &place).await.unwrap().unwrap().offer
    };
    assert_eq!(offer(world.person("bob"), bobs.clone()).await, None);
    let offered = offer(world.person("cat"), cats.clone()).await.unwrap();
    assert_eq!((offered.slot, offered.until), (id("a0"), at("2026-06-01 12:31")));
    // Whoever is quick, or phones, does not get what is offered to another.
    assert_eq!(book(&world.person("dan"), "a0", "d").await.unwrap_err(), "slot-taken");
    let desk = world.staff(Role::Receptionist, SOURCE);
    let at_desk = desk.book_slot(&Booker::Desk(id("dan")), &wish("a0", "d")).await.unwrap();
    assert_eq!(at_desk.unwrap_err().code.as_str(), "slot-taken");
    // Nor by naming her place.
    let taken = bob.take_offer(&Booker::Own, &cats, "k", None).await.unwrap();
    assert_eq!(taken.unwrap_err().code.as_str(), "not-theirs");
    for repeat in [false, true] {
        let taken =
            cat.take_offer(&Booker::Own, &cats, "k", Some("my knee")).await.unwrap().unwrap();
        assert_eq!((taken.is_repeat, taken.appointment.id.clone()), (repeat, cats.clone()));
        assert_eq!(taken.appointment.status, AppointmentStatus::Booked);
    }
    assert_eq!(world.status("a0").await, "busy");
    assert_eq!(cat.my_appointments().await.unwrap().coming.len(), 1);
}

#[tokio::test]
async fn an_offer_passes_on() {
    let (world, anns) = booked_out().await;
    let mut places = Vec::new();
    for name in ["bob", "cat", "dan"] {
        places.push(join(&world.person(name), name, Wish::default()).await);
        let minutes = places.len();
        world.now(&format!("2026-06-01 12:0{minutes}"));
    }
    cancel(&world.person("ann"), anns).await;
    let has_offer = |name: &'static str, at: usize| {
        let (app, place) = (world.person(name), places[at].clone());
        async move { app.appointment(&Booker::Own, &place).await.unwrap().unwrap().offer.is_some() }
    };
    assert!(has_offer("bob", 0).await && !has_offer("cat", 1).await);
    // Declined: the next. Bob stays on the list, and is not asked for this one again.
    let declined = world.person("bob").decline_offer(&Booker::Own, &places[0]).await.unwrap();
    declined.unwrap();
    assert!(!has_offer("bob", 0).await && has_offer("cat", 1).await);
    // Over: the next, when the program tidies.
    world.now("2026-06-01 12:33");
    let late = world.person("cat").take_offer(&Booker::Own, &places[1], "k", None).await.unwrap();
    assert_eq!(late.unwrap_err().code.as_str(), "offer-over");
    assert_eq!(world.app.tidy_bookings().await.unwrap(), Tidied { holds: 0, offers: 1 });
    assert!(!has_offer("cat", 1).await && has_offer("dan", 2).await);
    assert_eq!(world.app.tidy_bookings().await.unwrap(), Tidied::default());
    // Left: nobody is there any more who can take it, and it is free for all.
    let left = world.person("dan").leave_waiting_list(&Booker::Own, &places[2]).await.unwrap();
    left.unwrap();
    assert_eq!(world.status("a0").await, "free");
    book(&world.person("dan"), "a0", "again").await.unwrap();
}

#[tokio::test]
async fn joining_and_leaving() {
    let (world, anns) = booked_out().await;
    let (bob, cat) = (world.person("bob"), world.person("cat"));
    let place = join(&bob, "b", Wish::default()).await;
    assert_eq!(join(&bob, "b", Wish::default()).await, place, "a form sent twice");
    let second = bob.join_waiting_list(&Booker::Own, &wants("c", Wish::default())).await.unwrap();
    assert_eq!(second.unwrap_err().code.as_str(), "already-waiting");
    let none = WaitRequest { service: id("none"), ..wants("d", Wish::default()) };
    let none = bob.join_waiting_list(&Booker::Own, &none).await.unwrap();
    assert_eq!(none.unwrap_err().code.as_str(), "no-slot");
    for leave in [
        cat.leave_waiting_list(&Booker::Own, &place).await,
        cat.decline_offer(&Booker::Own, &place).await,
    ] {
        assert_eq!(leave.unwrap().unwrap_err().code.as_str(), "not-theirs");
    }
    assert_eq!(bob.my_appointments().await.unwrap().waiting.len(), 1);
    for _ in 0..2 {
        bob.leave_waiting_list(&Booker::Own, &place).await.unwrap().unwrap();
    }
    cancel(&world.person("ann"), anns).await;
    assert_eq!(world.status("a0").await, "free");
    // The night: nobody is told anything before 6am, and an offer stands until then and its minutes more.
    book(&world.person("ann"), "a0", "again").await.unwrap();
    join(&cat, "c", Wish::default()).await;
    world.now("2026-06-01 23:00");
    let anns = world.person("ann").my_appointments().await.unwrap().coming[0].id.clone();
    cancel(&world.person("ann"), anns).await;
    let offer = cat.my_appointments().await.unwrap().waiting[0].offer.clone().unwrap();
    assert_eq!(offer.until, at("2026-06-02 06:30"));
}

#[tokio::test]
async fn lapsed_holds_are_tidied() {
    let world = World::new().await;
    world.slots("2026-06-02", 2).await;
    world.person("ann").hold_slot(&Booker::Own, &[id("a0")]).await.unwrap().unwrap();
    assert_eq!(world.app.tidy_bookings().await.unwrap(), Tidied::default());
    world.now("2026-06-01 07:06");
    assert_eq!(world.app.tidy_bookings().await.unwrap(), Tidied { holds: 1, offers: 0 });
    assert_eq!(world.status("a0").await, "free");
}
