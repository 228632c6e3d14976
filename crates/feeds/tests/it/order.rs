//! Order of processing, crashes, retries.

use feeds::FeedConfig;
use fhir::{ResourceType, Tree};
use interactions::{Feed, Format, Incoming};
use store::{ItemId, ItemState, ResourceKey};

use crate::client::{block, update};
use crate::system::{System, app_on, local, open};

/// The family name of the Patient that an item wrote or would have written.
async fn family(system: &System, person: &str) -> String {
    let key = ResourceKey {
        resource_type: ResourceType::from_static("Patient"),
        id: patient_of(system, person).await,
    };
    let stored = system.app.store.read(&key).await.unwrap().unwrap();
    let tree = Tree::parse(&stored.body.unwrap()).unwrap();
    let name = tree.root().all("name").next().unwrap();
    name.text_of("family").unwrap().to_owned()
}

async fn patient_of(system: &System, person: &str) -> fhir::ResourceId {
    let items = system.items().await;
    let first = items.iter().find(|item| item.subject == person).unwrap();
    let written = system.app.store.resources_of_item(first.id).await.unwrap();
    let patient = written.into_iter().find(|(key, _)| key.resource_type.as_str() == "Patient");
    patient.unwrap().0.id
}

#[tokio::test(flavor = "multi_thread")]
async fn every_person_ends_with_the_last_message() {
    let system = System::mllp().await;
    let mut client = system.client().await;
    let mut packet = Vec::new();
    for round in 0..8 {
        for person in 0..12 {
            let message = update(
                &format!("{round}-{person}"),
                &format!("P{person}"),
                &format!("NAME{}", ["A", "B", "C", "D", "E", "F", "G", "H"][round as usize]),
                round,
            );
            packet.extend(block(&message));
        }
    }
    client.send(&packet).await;
    assert_eq!(client.finish().await.len(), 96);
    assert_eq!(system.states().await, ["stored"; 96]);
    for person in 0..12 {
        assert_eq!(family(&system, &format!("P{person}")).await, "NAMEH");
    }
    system.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn what_waited_when_the_process_ended_is_processed_at_the_next_start() {
    let folder = tempfile::tempdir().unwrap();
    let app = app_on(open(folder.path()));
    let feed = Feed::new("pas", Format::Hl7);
    let incoming = (0..20)
        .map(|n| Incoming::Message(update(&format!("{n}"), "P", "SHAH", n).into_bytes().into()))
        .collect();
    let received = app.receive_messages(&feed, "test", incoming).await.unwrap();
    assert!(received.iter().all(|one| one.state == ItemState::Waiting && one.id.is_some()));
    // Only the store lives on.
    let store = std::sync::Arc::clone(&app.store);
    drop(app);
    let system = System::start(folder, app_on(store), vec![FeedConfig::mllp("pas", local())]).await;
    assert_eq!(system.states().await, ["stored"; 20]);
    system.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn an_item_set_aside_can_be_tried_again_and_no_other() {
    let system = System::mllp().await;
    let mut client = system.client().await;
    client.send(&block(&update("1", "1", "SHAH", 1))).await;
    client.send(&block(&update("2", "2", "SHAH", 1).replacen("|2.4", "|3.0", 1))).await;
    assert_eq!(client.finish().await, ["AA 1", "AR 2"]);
    assert_eq!(system.states().await, ["stored", "set-aside unsupported-version"]);
    let items = system.items().await;
    assert!(system.app.retry_item(items[0].id).await.is_err(), "it is stored");
    assert!(system.app.retry_item(ItemId(9_999)).await.is_err(), "there is none");
    system.app.retry_item(items[1].id).await.unwrap();
    // The operator has decided that this version will do.
    assert_eq!(system.states().await, ["stored", "stored"]);
    system.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_merge_keeps_its_place_in_the_order_of_both_persons() {
    let system = System::mllp().await;
    let mut client = system.client().await;
    let merge = update("m", "NEW", "SHAH", 5).replace("A31", "A40") + "MRG|OLD^^^ZZL^MR\r";
    let messages = [
        update("1", "OLD", "SHAH", 1),
        update("2", "NEW", "SHAH", 2),
        merge,
        update("4", "NEW", "SHAW", 6),
    ];
    let packet: Vec<u8> = messages.iter().flat_map(|message| block(message)).collect();
    client.send(&packet).await;
    assert_eq!(client.finish().await, ["AA 1", "AA 2", "AA m", "AA 4"]);
    assert_eq!(system.states().await, ["stored"; 4]);
    assert_eq!(family(&system, "NEW").await, "SHAW");
    system.stop().await;
}
