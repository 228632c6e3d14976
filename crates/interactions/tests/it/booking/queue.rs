//! Times that come out at a moment: turns by lot.

use booking::release::Standing;
use interactions::booking::Booker;

use super::world::{World, at, book, patient, slot};
use crate::fixture::id;

/// Forty people, three slots that come out at 8am.
async fn released() -> World {
    let world = World::new().await;
    for index in 0..40 {
        world.put(&[&patient(&format!("p{index}"))]).await;
    }
    for index in 0..3 {
        let more = r#","extension":[{"url":"urn:careloom:booking:release",
            "valueInstant":"2026-06-01T08:00:00+01:00"}]"#;
        let start = format!("2026-06-02 09:{index}0");
        world.put(&[&slot(&format!("r{index}"), "s1", &start, more)]).await;
    }
    world
}

#[tokio::test]
async fn turns_go_by_lot_and_not_by_speed() {
    let world = released().await;
    let release = at("2026-06-01 08:00");
    let service = id("gp");
    let join = |name: String| {
        let person = world.person(&name);
        let service = service.clone();
        async move { person.join_queue(&Booker::Own, &service, release).await.unwrap() }
    };
    // Before it opens, at a moment that is none, at an unknown kind: no queue.
    assert_eq!(join("p0".to_owned()).await.unwrap_err().code.as_str(), "no-slot");
    world.now("2026-06-01 07:50");
    let odd = at("2026-06-01 07:55");
    let none = world.person("p0").join_queue(&Booker::Own, &service, odd).await.unwrap();
    assert_eq!(none.unwrap_err().code.as_str(), "no-slot");
    let mut commitment = String::new();
    for index in 0..40 {
        let view = join(format!("p{index}")).await.unwrap();
        assert_eq!(view.standing, Standing::WaitsForLot { drawn_at: release });
        assert_eq!(view.seed, None, "told before the draw, it could be chosen by");
        commitment = view.commitment;
    }
    assert_eq!(join("p0".to_owned()).await.unwrap().people, 40, "joining often changes nothing");

    world.now("2026-06-01 08:00");
    let mut turns = Vec::new();
    let mut ahead = Vec::new();
    for index in 0..40 {
        let person = world.person(&format!("p{index}"));
        let view = person.queue_standing(&Booker::Own, &service, release).await.unwrap().unwrap();
        match view.standing {
            Standing::Turn { until } => {
                assert_eq!(until, at("2026-06-01 08:05"));
                turns.push(index);
            }
            Standing::Place { ahead: before } => ahead.push((index, before)),
            other => panic!("{other:?}"),
        }
        // Whoever knows the seed can draw the lot again, and it is the one that was sealed.
        let seed = view.seed.unwrap();
        assert_eq!((view.commitment.as_str(), seed.len()), (commitment.as_str(), 64));
    }
    assert_eq!((turns.len(), ahead.len()), (20, 20));
    assert_ne!(turns, (0..20).collect::<Vec<_>>(), "first come is not first served");

    // Who has no turn is told so kindly, however quick; who has it books, and passes it on.
    let waits = format!("p{}", ahead[0].0);
    assert_eq!(book(&world.person(&waits), "r0", "w").await.unwrap_err(), "not-your-turn");
    let kept = world.person(&waits).hold_slot(&Booker::Own, &[id("r0")]).await.unwrap();
    let refusal = kept.unwrap_err();
    assert!(refusal.code.as_str() == "not-your-turn" && refusal.next.len() >= 2);
    let lucky = format!("p{}", turns[0]);
    book(&world.person(&lucky), "r0", "l").await.unwrap();
    assert!(book(&world.person(&lucky), "r0", "l").await.unwrap().is_repeat);
    let next = ahead.iter().min_by_key(|(_, before)| *before).unwrap().0;
    let next = world.person(&format!("p{next}"));
    let view = next.queue_standing(&Booker::Own, &service, release).await.unwrap().unwrap();
    assert!(matches!(view.standing, Standing::Turn { .. }), "{view:?}");

    // A turn that is missed goes on; a slot that is held is booked even after the turn.
    let holder = format!("p{}", turns[1]);
    world.person(&holder).hold_slot(&Booker::Own, &[id("r1")]).await.unwrap().unwrap();
    world.now("2026-06-01 08:04");
    world.person(&holder).extend_hold(&Booker::Own, &[id("r1")]).await.unwrap().unwrap();
    world.now("2026-06-01 08:06");
    let missed = world.person(&format!("p{}", turns[2]));
    let view = missed.queue_standing(&Booker::Own, &service, release).await.unwrap().unwrap();
    assert_eq!(view.standing, Standing::Expired);
    book(&world.person(&holder), "r1", "h").await.unwrap();

    // Half an hour later the queue is over, and what is left is everybody's.
    world.now("2026-06-01 08:31");
    book(&world.person("ann"), "r2", "a").await.unwrap();
}

#[tokio::test]
async fn without_a_crowd_nobody_notices() {
    let world = released().await;
    world.now("2026-06-01 08:10");
    let ann = world.person("ann");
    ann.hold_slot(&Booker::Own, &[id("r0")]).await.unwrap().unwrap();
    book(&ann, "r0", "a").await.unwrap();
    // At the desk and from 111 there is no queue: who phones stands in another.
    let desk = world.staff(access::Role::Receptionist, super::world::SOURCE);
    let wish = super::world::wish("r1", "d");
    desk.book_slot(&Booker::Desk(id("bob")), &wish).await.unwrap().unwrap();
}
