//! What people have agreed to, on a real store: levels, hidden entries, proxies, choices, results that wait.

#![expect(clippy::unwrap_used, reason = "a test fails by panicking")]

use std::sync::Arc;

use access::{Ended, RecordLevel, Role};
use fhir::Tree;
use identity::level::Level;
use interactions::{
    AccountKind, App, AppOptions, Category, Choices, Feed, Format, HideRequest, NewProxy, Proxy,
    Relation, SearchOptions, Who, Withholding,
};
use store::ResourceKey;

use crate::fixture::id;
use crate::sign_in::{HERE, World};

fn key(text: &str) -> ResourceKey {
    let (name, of) = text.split_once('/').unwrap();
    let resource_type = definitions::embedded().resource_type(name).unwrap();
    ResourceKey { resource_type, id: id(of) }
}

/// The surgery's person "me" (p1), a mother "mum" (p3) and her child "kid" (p4, born 2016).
pub(crate) async fn world() -> World {
    world_with(AppOptions::with_base_url("http://localhost/fhir")).await
}

async fn world_with(options: AppOptions) -> World {
    let world = World::with(options).await;
    for json in [
        r#"{"resourceType":"Patient","id":"p1","meta":{"source":"urn:gp"},"birthDate":"1980-02-01","name":[{"family":"Lovelace","given":["Ada"]}]}"#,
        r#"{"resourceType":"Patient","id":"p1b","meta":{"source":"urn:hospital"},"birthDate":"1980-02-01"}"#,
        r#"{"resourceType":"Person","id":"me","link":[{"target":{"reference":"Patient/p1"}},{"target":{"reference":"Patient/p1b"}}]}"#,
        r#"{"resourceType":"Patient","id":"p3","meta":{"source":"urn:gp"},"birthDate":"1985-05-05","name":[{"family":"Noor"}]}"#,
        r#"{"resourceType":"Person","id":"mum","link":[{"target":{"reference":"Patient/p3"}}]}"#,
        r#"{"resourceType":"Patient","id":"p4","meta":{"source":"urn:gp"},"birthDate":"2016-11-01","name":[{"family":"Noor","given":["Kid"]}]}"#,
        r#"{"resourceType":"Person","id":"kid","link":[{"target":{"reference":"Patient/p4"}}]}"#,
        r#"{"resourceType":"Condition","id":"c1b","meta":{"source":"urn:hospital"},"subject":{"reference":"Patient/p1b"}}"#,
        r#"{"resourceType":"AllergyIntolerance","id":"a1","meta":{"source":"urn:gp"},"patient":{"reference":"Patient/p1"}}"#,
        r#"{"resourceType":"Condition","id":"c1","meta":{"source":"urn:gp"},"subject":{"reference":"Patient/p1"}}"#,
        r#"{"resourceType":"Condition","id":"c4","meta":{"source":"urn:gp"},"subject":{"reference":"Patient/p4"}}"#,
        r#"{"resourceType":"DocumentReference","id":"d4","meta":{"source":"urn:gp"},"status":"current","content":[{"attachment":{"title":"Letter"}}],"subject":{"reference":"Patient/p4"}}"#,
    ] {
        world.put(json).await;
    }
    world.app.load_links().await.unwrap();
    world.account("me@x.test", Level::P9, citizen("me")).await;
    world.account("mum@x.test", Level::P9, citizen("mum")).await;
    world.account("kid@x.test", Level::P9, citizen("kid")).await;
    world.account("manager", Level::P9, staff(Role::PracticeManager, "urn:gp")).await;
    world.account("dr.ward", Level::P9, staff(Role::Clinician, "urn:hospital")).await;
    world.account("manager.far", Level::P9, staff(Role::PracticeManager, "urn:far")).await;
    world
}

pub(crate) fn citizen(person: &str) -> AccountKind {
    AccountKind::Citizen { person: person.to_owned() }
}

pub(crate) fn staff(role: Role, source: &str) -> AccountKind {
    AccountKind::Staff {
        practitioner: "x".to_owned(),
        role: role.as_str().to_owned(),
        organisation: "The Place".to_owned(),
        sources: vec![source.to_owned()],
    }
}

pub(crate) fn category<T>(result: Result<T, interactions::Failure>) -> Option<Category> {
    result.err().map(|failure| failure.category)
}

#[tokio::test(flavor = "multi_thread")]
async fn a_practice_decides_how_much_it_shows() {
    let world = world().await;
    let me = world.with_code("me@x.test").await;
    let manager = world.with_code("manager").await;
    let far = world.with_code("manager.far").await;
    let doctor = world.with_code("dr.a").await;
    let shown = async |what: &str| world.reading(&me, what).await.is_none();
    for (level, allergy, condition) in [
        (RecordLevel::None, false, false),
        (RecordLevel::Summary, true, false),
        (RecordLevel::Detailed, true, true),
        (RecordLevel::Full, true, true),
    ] {
        let app = world.acting(&manager).await;
        app.set_record_level(&id("p1"), level, "M", HERE).await.unwrap();
        assert_eq!(shown("AllergyIntolerance/a1").await, allergy, "{level:?}");
        assert_eq!(shown("Condition/c1").await, condition, "{level:?}");
        assert!(shown("Condition/c1b").await, "the hospital's part has a level of its own");
    }
    for token in [&far, &doctor, &me] {
        let app = world.acting(token).await;
        let refused = category(app.set_record_level(&id("p1"), RecordLevel::None, "x", HERE).await);
        assert_eq!(refused, Some(Category::Forbidden));
    }
    // A child's record is not shown to the child until somebody has looked whether it can decide.
    let kid = world.with_code("kid@x.test").await;
    assert_eq!(world.reading(&kid, "Condition/c4").await, Some(Category::NotFound));
    let app = world.acting(&manager).await;
    app.set_record_level(&id("p4"), RecordLevel::Detailed, "M", HERE).await.unwrap();
    assert_eq!(world.reading(&kid, "Condition/c4").await, None);
    assert_eq!(world.reading(&kid, "DocumentReference/d4").await, Some(Category::NotFound));
}

#[tokio::test(flavor = "multi_thread")]
async fn an_entry_is_hidden_and_stays_hidden() {
    let world = world().await;
    let me = world.with_code("me@x.test").await;
    let doctor = world.with_code("dr.a").await;
    let request = |hide, reason: &str, what: &str| HideRequest {
        key: key(what),
        hide,
        reason: reason.to_owned(),
        from: HERE.to_owned(),
    };
    let app = world.acting(&doctor).await;
    for (wrong, expected) in [
        (request(true, "", "Condition/c1"), Category::Invalid),
        (request(true, &"x".repeat(501), "Condition/c1"), Category::Invalid),
        (request(true, "about another", "Condition/none"), Category::NotFound),
        (request(true, "about another", "Condition/c2"), Category::NotFound),
        (request(true, "about another", "Patient/p1"), Category::Unprocessable),
    ] {
        assert_eq!(category(app.hide_entry(&wrong, "Dr A").await), Some(expected), "{wrong:?}");
    }
    app.hide_entry(&request(true, "about another", "Condition/c1"), "Dr A").await.unwrap();
    assert!(app.is_hidden(&key("Condition/c1"), &id("p1")).await.unwrap());
    assert_eq!(world.reading(&me, "Condition/c1").await, Some(Category::NotFound));
    assert_eq!(world.reading(&me, "AllergyIntolerance/a1").await, None);
    assert_eq!(world.reading(&doctor, "Condition/c1").await, None);
    // Its source sends it again, changed.
    world.put(r#"{"resourceType":"Condition","id":"c1","meta":{"source":"urn:gp"},"subject":{"reference":"Patient/p1"},"recordedDate":"2025-01-01"}"#).await;
    assert_eq!(world.reading(&me, "Condition/c1").await, Some(Category::NotFound));
    let signed_in = world.app.signed_in(&me).await.unwrap().unwrap();
    let Who::Citizen(who) = &signed_in.caller.who else { panic!() };
    assert_eq!(Withholding::of(who).hidden, 1, "that something is hidden is told");
    let consents = async |app: &App| {
        let consent = app.resource_type("Consent").unwrap();
        let strict = SearchOptions { handling: interactions::Handling::Strict };
        app.search(consent, &[], strict).await.unwrap().matches
    };
    assert_eq!(consents(&world.app).await, 1);
    assert_eq!(consents(&world.acting(&me).await).await, 0, "what it is, is not told");
    let mine = world.acting(&me).await;
    let refused =
        mine.hide_entry(&request(false, "I want it", "AllergyIntolerance/a1"), "me").await;
    assert_eq!(category(refused), Some(Category::Forbidden));
    app.hide_entry(&request(false, "it may be seen", "Condition/c1"), "Dr A").await.unwrap();
    assert_eq!(world.reading(&me, "Condition/c1").await, None);
}

fn new_proxy(patient: &str, delegate: &str, until: &str) -> NewProxy {
    let proxy = Proxy {
        delegate: id(delegate),
        level: RecordLevel::Detailed,
        may_book: true,
        until: until.to_owned(),
    };
    NewProxy { patient: id(patient), proxy, from: HERE.to_owned() }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_mother_acts_for_her_child_until_it_is_eleven() {
    let world = world().await;
    let manager = world.with_code("manager").await;
    let far = world.with_code("manager.far").await;
    let mum = world.with_code("mum@x.test").await;
    let kid = id("kid");
    assert_eq!(
        category(world.acting(&mum).await.act_for(&mum, Some(&kid)).await),
        Some(Category::NotFound)
    );
    let app = world.acting(&manager).await;
    for (wrong, expected) in [
        (new_proxy("p4", "nobody", ""), Category::Invalid),
        (new_proxy("p4", "p4", ""), Category::Invalid),
        (new_proxy("p4", "p3", "soon"), Category::Invalid),
        (new_proxy("p4", "p3", "2025-02-30"), Category::Invalid),
        (new_proxy("p4", "p3", "2025-11-21"), Category::Invalid),
        (new_proxy("p2", "p3", ""), Category::Forbidden),
    ] {
        let words = format!("{wrong:?}");
        assert_eq!(category(app.add_proxy(wrong, "M").await), Some(expected), "{words}");
    }
    let refused = world.acting(&far).await.add_proxy(new_proxy("p4", "p3", ""), "F").await;
    assert_eq!(category(refused), Some(Category::Forbidden));
    let consent = app.add_proxy(new_proxy("p4", "p3", ""), "M").await.unwrap();

    let represented = world.acting(&mum).await.represented().await.unwrap();
    assert_eq!(represented.len(), 1);
    assert_eq!((&represented[0].person, represented[0].name.as_str()), (&kid, "Kid Noor"));
    world.acting(&mum).await.act_for(&mum, Some(&kid)).await.unwrap();
    assert_eq!(world.reading(&mum, "Condition/c4").await, None);
    assert_eq!(
        world.reading(&mum, "DocumentReference/d4").await,
        Some(Category::NotFound),
        "a detailed record has no letters"
    );
    assert_eq!(
        world.reading(&mum, "Patient/p3").await,
        Some(Category::NotFound),
        "one record at a time"
    );
    let acting = world.acting(&mum).await;
    assert_eq!(
        category(acting.choose(Choices::default(), "mum", HERE).await),
        Some(Category::Forbidden)
    );
    assert_eq!(category(acting.own_proxies().await), Some(Category::Forbidden));
    acting.act_for(&mum, None).await.unwrap();
    assert_eq!(world.reading(&mum, "Condition/c4").await, Some(Category::NotFound));

    // Nobody else ends it, and it ends at once.
    acting.act_for(&mum, Some(&kid)).await.unwrap();
    let me = world.with_code("me@x.test").await;
    let stranger = world.acting(&me).await;
    assert_eq!(category(stranger.end_proxy(&consent, "me", HERE).await), Some(Category::NotFound));
    let child = world.with_code("kid@x.test").await;
    world.acting(&child).await.end_proxy(&consent, "kid", HERE).await.unwrap();
    assert_eq!(world.reading(&mum, "Condition/c4").await, Some(Category::NotFound));
    assert_eq!(
        world.reading(&mum, "Patient/p3").await,
        None,
        "they are back with their own record"
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn growing_up_ends_a_proxy() {
    let world = world().await;
    let manager = world.with_code("manager").await;
    let app = world.acting(&manager).await;
    app.add_proxy(new_proxy("p4", "p3", ""), "M").await.unwrap();
    // The child is 9 at the end of 2025; two years later it is 11.
    world.pass(2 * 366 * 24 * 60 * 60 * 1_000_000);
    let mum = world.with_code("mum@x.test").await;
    let acting = world.acting(&mum).await;
    assert_eq!(acting.represented().await.unwrap().len(), 0);
    assert_eq!(category(acting.act_for(&mum, Some(&id("kid"))).await), Some(Category::NotFound));
    let manager = world.with_code("manager").await;
    let app = world.acting(&manager).await;
    let known = app.proxies_of_patient(&id("p4")).await.unwrap();
    assert!(matches!(known[0].ended, Some(Ended::GrewUp(_))), "{known:?}");
    assert_eq!(known[0].name, "Noor");
    // Agreed anew by the practice, it holds again.
    app.add_proxy(new_proxy("p4", "p3", ""), "M").await.unwrap();
    assert_eq!(world.acting(&mum).await.represented().await.unwrap().len(), 1);
}

#[tokio::test(flavor = "multi_thread")]
async fn sharing_is_the_persons_choice() {
    let world = world().await;
    let me = world.with_code("me@x.test").await;
    let doctor = world.with_code("dr.ward").await;
    assert_eq!(world.reading(&doctor, "Condition/c1").await, None);
    let mine = world.acting(&me).await;
    let both = Choices { no_sharing: true, no_research: true };
    mine.choose(both, "me", HERE).await.unwrap();
    mine.choose(both, "me", HERE).await.unwrap();
    assert_eq!(mine.choices().await.unwrap(), both);
    assert_eq!(world.reading(&doctor, "Condition/c1").await, Some(Category::NotFound));
    assert_eq!(world.reading(&doctor, "Condition/c1b").await, None, "their own part stays theirs");
    assert_eq!(world.reading(&me, "Condition/c1b").await, None, "the person sees all of it");
    let app = world.acting(&doctor).await;
    assert_eq!(app.relation_to(&id("me")).await.unwrap(), Relation::NotShared);
    app.break_glass(&doctor, &id("me"), "unconscious, allergies are needed", HERE).await.unwrap();
    assert_eq!(world.reading(&doctor, "Condition/c1").await, None);
    mine.choose(Choices::default(), "me", HERE).await.unwrap();
    assert_eq!(mine.choices().await.unwrap(), Choices::default());
    world.pass(60 * 60 * 1_000_000);
    let fresh = world.with_code("dr.ward").await;
    assert_eq!(world.reading(&fresh, "Condition/c1").await, None);
}

const RESULT: &str = r#"{"resourceType":"Bundle","type":"transaction","entry":[
 {"fullUrl":"urn:uuid:1","resource":{"resourceType":"Patient","id":"lab-1","identifier":[{"system":"https://fhir.nhs.uk/Id/nhs-number","value":"9990010005"}],"name":[{"family":"Lovelace"}],"birthDate":"1980-02-01"},"request":{"method":"PUT","url":"Patient/lab-1"}},
 {"resource":{"resourceType":"Observation","id":"hb","status":"final","category":[{"coding":[{"system":"http://terminology.hl7.org/CodeSystem/observation-category","code":"laboratory"}]}],"code":{"coding":[{"system":"http://loinc.org","code":"718-7"}]},"subject":{"reference":"Patient/lab-1"},"valueQuantity":{"value":VALUE,"unit":"g/L"}},"request":{"method":"PUT","url":"Observation/hb"}},
 {"resource":{"resourceType":"Observation","id":"bp","status":"final","category":[{"coding":[{"system":"http://terminology.hl7.org/CodeSystem/observation-category","code":"vital-signs"}]}],"code":{"coding":[{"system":"http://loinc.org","code":"8867-4"}]},"subject":{"reference":"Patient/lab-1"},"valueQuantity":{"value":70,"unit":"/min"}},"request":{"method":"PUT","url":"Observation/bp"}}]}"#;

/// The first that a search finds.
async fn found(app: &App, query: &str) -> String {
    let (name, query) = query.split_once('?').unwrap();
    let pairs = interactions::decode_query(query);
    let resource_type = app.resource_type(name).unwrap();
    let strict = SearchOptions { handling: interactions::Handling::Strict };
    let answer = app.search(resource_type, &pairs, strict).await.unwrap();
    let tree = Tree::parse(&answer.bundle).unwrap();
    let id = tree.root().at("entry[0].resource.id").unwrap();
    format!("{name}/{}", id.as_str().unwrap())
}

#[tokio::test(flavor = "multi_thread")]
async fn a_result_waits_for_somebody_to_look_at_it() {
    let world = world().await;
    let app = Arc::new(world.app.acting_as(interactions::Caller::OPERATOR));
    let mut feed = Feed::new("lab", Format::Bundle);
    feed.hold_results = true;
    let send_bytes = async |bytes: &str| {
        app.receive_bundle(&feed, bytes.as_bytes().into(), "test").await.unwrap();
        for item in app.store.waiting(&feed.name, None, 10).await.unwrap() {
            let ingested = app.ingest(&feed, &item).await.unwrap();
            assert_eq!(ingested.state, store::ItemState::Stored);
        }
    };
    let send = async |value: &str| send_bytes(&RESULT.replace("VALUE", value)).await;
    send("121").await;
    send("121").await;
    let (result, pulse) =
        (found(&app, "Observation?code=718-7").await, found(&app, "Observation?code=8867-4").await);
    let patient = found(&app, "Patient?family=Lovelace&_source=urn:careloom:feed:lab").await;
    let person = patient.trim_start_matches("Patient/");
    world.account("lab@x.test", Level::P9, citizen(person)).await;
    world.account("dr.lab", Level::P9, staff(Role::Clinician, "urn:careloom:feed:lab")).await;
    let own = world.with_code("lab@x.test").await;
    let doctor = world.with_code("dr.lab").await;
    let stranger = world.with_code("dr.ward").await;
    assert_eq!(world.reading(&own, &result).await, Some(Category::NotFound));
    assert_eq!(
        world.reading(&own, &pulse).await,
        None,
        "what was measured at a visit waits for nobody"
    );
    assert_eq!(world.reading(&doctor, &result).await, None);

    let reviewer = world.acting(&doctor).await;
    let waiting = reviewer.results_to_review(10).await.unwrap().0;
    assert_eq!(waiting.len(), 1);
    assert_eq!(waiting[0].results, [key(&result), key(&result)]);
    let task = &waiting[0].task;
    let other = world.acting(&stranger).await;
    assert_eq!(other.results_to_review(10).await.unwrap().0.len(), 0);
    let refused = other.release_result(task, "", "Dr Ward", HERE).await;
    assert_eq!(category(refused), Some(Category::NotFound));
    let mine = world.acting(&own).await;
    assert_eq!(
        category(mine.release_result(task, "", "me", HERE).await),
        Some(Category::Forbidden)
    );
    assert_eq!(mine.own_reviews().await.unwrap().len(), 0);
    let long = "x".repeat(1_001);
    let refused = reviewer.release_result(task, &long, "Dr Lab", HERE).await;
    assert_eq!(category(refused), Some(Category::Invalid));

    reviewer.release_result(task, "Normal. Nothing to do.", "Dr Lab", HERE).await.unwrap();
    assert_eq!(world.reading(&own, &result).await, None);
    let reviews = world.acting(&own).await.own_reviews().await.unwrap();
    let said = &reviews[&key(&result)];
    assert_eq!((said.by.as_str(), said.words.as_str()), ("Dr Lab", "Normal. Nothing to do."));
    assert_eq!(
        category(reviewer.release_result(task, "", "Dr Lab", HERE).await),
        Some(Category::NotFound)
    );
    // Sent again as it was it stays released; corrected, it waits again.
    send("121").await;
    assert_eq!(world.reading(&own, &result).await, None);
    send("90").await;
    assert_eq!(world.reading(&own, &result).await, Some(Category::NotFound));
    let waiting = world.acting(&doctor).await.results_to_review(10).await.unwrap().0;
    assert_eq!(waiting.len(), 1);
}

/// What is held of a result, by what it says of itself.
#[tokio::test(flavor = "multi_thread")]
async fn what_is_history_and_what_is_new() {
    let world = world().await;
    let app = Arc::new(world.app.acting_as(interactions::Caller::OPERATOR));
    let mut feed = Feed::new("lab", Format::Bundle);
    feed.hold_results = true;
    world.account("dr.lab", Level::P9, staff(Role::Clinician, "urn:careloom:feed:lab")).await;
    let doctor = world.with_code("dr.lab").await;
    let laboratory = r#""category":[{"coding":[{"system":"http://terminology.hl7.org/CodeSystem/observation-category","code":"laboratory"}]}],"#;
    let today = "2025-11-21T09:00:00Z";
    let mut waiting = 0;
    for (n, (category, times, waits)) in [
        (laboratory, String::new(), true),
        (laboratory, r#""effectiveDateTime":"2019-05-05","#.to_owned(), false),
        (laboratory, r#""effectiveDateTime":"2019","#.to_owned(), false),
        (laboratory, r#""effectiveDateTime":"2019-05-05","issued":"2019-05-06T09:00:00Z","#.to_owned(), false),
        // A new report of an old sample, as a histologist's second look.
        (laboratory, format!(r#""effectiveDateTime":"2019-05-05","issued":"{today}","#), true),
        (laboratory, format!(r#""effectiveDateTime":"{today}","#), true),
        // One that does not say what it is is held.
        ("", format!(r#""issued":"{today}","#), true),
        (r#""category":[{"coding":[{"code":"vital-signs"}]}],"#, String::new(), false),
        (r#""category":[{"coding":[{"code":"vital-signs"}]},{"coding":[{"code":"laboratory"}]}],"#, String::new(), true),
        (r#""category":[{"coding":[{"code":"LAB"}]}],"#, String::new(), true),
    ]
    .into_iter()
    .enumerate()
    {
        let sent = RESULT.replace("VALUE", "99").replace("\"hb\"", &format!("\"hb-{n}\""));
        let sent = sent.replace("Observation/hb", &format!("Observation/hb-{n}"));
        let sent = sent.replacen(laboratory, &format!("{category}{times}"), 1);
        app.receive_bundle(&feed, sent.as_bytes().into(), "test").await.unwrap();
        for item in app.store.waiting(&feed.name, None, 10).await.unwrap() {
            assert_eq!(app.ingest(&feed, &item).await.unwrap().state, store::ItemState::Stored);
        }
        waiting += usize::from(waits);
        let (found, _) = world.acting(&doctor).await.results_to_review(50).await.unwrap();
        assert_eq!(found.len(), waiting, "{category} {times}");
    }
    let (found, is_more) = world.acting(&doctor).await.results_to_review(2).await.unwrap();
    assert_eq!((found.len(), is_more), (2, true));
}

/// However short a page is, all agreements and all results that wait count.
#[tokio::test(flavor = "multi_thread")]
async fn what_lies_beyond_a_page_counts_as_well() {
    let mut options = AppOptions::with_base_url("http://localhost/fhir");
    options.page_count_max = 2;
    let world = world_with(options).await;
    for n in 0..7 {
        world.put(&format!(r#"{{"resourceType":"Condition","id":"h{n}","meta":{{"source":"urn:gp"}},"subject":{{"reference":"Patient/p1"}}}}"#)).await;
        world.put(&format!(r#"{{"resourceType":"Observation","id":"r{n}","meta":{{"source":"urn:gp"}},"subject":{{"reference":"Patient/p1"}}}}"#)).await;
        world.put(&format!(r#"{{"resourceType":"Task","id":"t{n}","status":"requested","code":{{"coding":[{{"system":"urn:careloom:code","code":"result-review"}}]}},"focus":{{"reference":"Observation/r{n}"}},"for":{{"reference":"Patient/p1"}}}}"#)).await;
        let hidden = access::consent::HiddenEntry {
            resource_type: fhir::ResourceType::from_static("Condition"),
            id: id(&format!("h{n}")),
            reason: "about another".to_owned(),
        };
        let agreement = access::consent::Agreement {
            patient: id("p1"),
            on: "2025-11-01".to_owned(),
            agreed: access::consent::Agreed::Hidden(vec![hidden]),
        };
        let consent = access::consent::written(
            &id(&format!("c{n}")),
            &agreement,
            "2025-11-01T09:00:00Z",
            "Dr A",
        );
        world.put(&String::from_utf8(consent.to_compact()).unwrap()).await;
    }
    let me = world.with_code("me@x.test").await;
    for n in 0..7 {
        for what in ["Condition/h", "Observation/r"] {
            let refused = world.reading(&me, &format!("{what}{n}")).await;
            assert_eq!(refused, Some(Category::NotFound), "{what}{n}");
        }
    }
    let doctor = world.with_code("dr.a").await;
    let (waiting, is_more) = world.acting(&doctor).await.results_to_review(50).await.unwrap();
    assert_eq!((waiting.len(), is_more), (7, false));
}
