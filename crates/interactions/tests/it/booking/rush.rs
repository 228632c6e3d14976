//! The morning rush: 500 people, 50 slots, one moment.

use std::collections::{BTreeMap, BTreeSet};
use std::time::{Duration, Instant};

use booking::model::AppointmentStatus;
use interactions::booking::Booker;

use super::world::{World, patient, wish};

const PEOPLE: usize = 500;
const SLOTS: usize = 50;

/// Each person wants one of the slots, at the same moment, and takes no for an answer. The limit of time
/// is loose here, where programs are built for debugging and tests run side by side; the figure is
/// printed, and `docs/performance.md` has it as measured.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn five_hundred_people_for_fifty_slots() {
    let world = World::new().await;
    world.slots("2026-06-02", SLOTS).await;
    for index in 0..PEOPLE {
        world.put(&[&patient(&format!("p{index}"))]).await;
    }
    let mut tasks = tokio::task::JoinSet::new();
    for index in 0..PEOPLE {
        let person = world.person(&format!("p{index}"));
        let request = wish(&format!("a{}", index * 7 % SLOTS), "form");
        tasks.spawn(async move {
            let begun = Instant::now();
            let answer = person.book_slot(&Booker::Own, &request).await.unwrap();
            (answer, begun.elapsed())
        });
    }
    let answers = tasks.join_all().await;
    let mut times: Vec<Duration> = answers.iter().map(|(_, time)| *time).collect();
    times.sort();
    let p99 = times[PEOPLE * 99 / 100];
    println!(
        "500 for 50: p50 {:?}, p99 {p99:?}, longest {:?}",
        times[PEOPLE / 2],
        times[PEOPLE - 1]
    );
    assert!(p99 < Duration::from_secs(20), "{p99:?}");

    let booked = answers.iter().filter(|(answer, _)| answer.is_ok()).count();
    assert_eq!(booked, SLOTS);
    for refusal in answers.iter().filter_map(|(answer, _)| answer.as_ref().err()) {
        assert_eq!(refusal.code.as_str(), "slot-taken");
        assert!(refusal.why.contains("not been booked"), "{refusal:?}");
        assert!(refusal.next.len() >= 3, "{refusal:?}");
    }
    // In the store: each slot once, each with one person, and every other slot as it was.
    let appointments = world.appointments().await;
    let live: Vec<_> =
        appointments.iter().filter(|a| a.status == AppointmentStatus::Booked).collect();
    assert_eq!((live.len(), appointments.len()), (SLOTS, SLOTS));
    let slots: BTreeSet<&String> = live.iter().flat_map(|a| &a.slots).collect();
    let people: BTreeSet<_> = live.iter().filter_map(|a| a.actor("Patient")).collect();
    assert_eq!((slots.len(), people.len()), (SLOTS, SLOTS));
    let mut statuses: BTreeMap<String, usize> = BTreeMap::new();
    for slot in world.found("Slot", "_count=1000").await {
        *statuses.entry(slot.root().text_of("status").unwrap().to_owned()).or_default() += 1;
    }
    assert_eq!(statuses.into_iter().collect::<Vec<_>>(), [("busy".to_owned(), SLOTS)]);
    // And each booking is noted, once.
    let noted = world.found("AuditEvent", "_count=1000").await;
    assert_eq!(noted.len(), SLOTS);
}
