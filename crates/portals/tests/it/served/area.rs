//! A small area: four feeds, one person known to three of them, written by hand with lineage.

use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

use axum::Router;
use fhir::{Edit, ResourceId, Tree, stamp};
use interactions::{App, AppOptions, Clock, IdSource};
use store::{
    Batch, Change, ChangeKind, Expected, FeedName, ItemId, ItemOutcome, ItemState, Lineage,
    LineageEntry, Method, NewItem, ResourceKey,
};
use store_sqlite::{Options, SqliteStore};

/// 22 November 2025, midday.
pub(crate) const NOW: i64 = 1_763_812_800_000_000;
pub(crate) const DAY: i64 = 86_400_000_000;

pub(crate) const ADT: &[u8] = b"MSH|^~\\&|PAS|ZZL|ROUTE|ROUTE|20251120101500||ADT^A31^ADT_A05|ZZL-7|P|2.4|||||GBR|UNICODE UTF-8\rPID|1||9990010005^^^NHS^NH~L1000000^^^ZZL^MR||Shah^Amina^Noor^^Mrs||19580214|2\rAL1|1|DA|91936005^Allergy to penicillin^SCT|SV|<b>Rash</b>\r";

struct Fixed;

impl Clock for Fixed {
    fn now(&self) -> i64 {
        NOW
    }
}

#[derive(Clone, Default)]
struct Counted(Arc<AtomicU64>);

impl IdSource for Counted {
    fn next(&self) -> ResourceId {
        let number = self.0.fetch_add(1, Ordering::Relaxed);
        ResourceId::parse(&format!("new-{number}")).expect("an id")
    }
}

/// The pages, and what is behind them.
pub(crate) struct Area {
    pub(crate) router: Router,
    pub(crate) app: Arc<App>,
    ids: Counted,
    _folder: tempfile::TempDir,
}

impl Area {
    /// The same area with people who sign in.
    pub(crate) fn signing_in(self) -> Area {
        self.signing_in_over(false)
    }

    /// The same over https or not.
    pub(crate) fn signing_in_over(mut self, is_secure: bool) -> Area {
        let defaults = portals::PortalOptions::default();
        let options = portals::PortalOptions { sign_in: true, is_secure, ..defaults };
        self.router = portals::router_with(Arc::clone(&self.app), options);
        self
    }

    /// An area without anything in it.
    pub(crate) fn empty() -> Area {
        let folder = tempfile::tempdir().expect("a folder");
        let (definitions, ids) = (definitions::embedded(), Counted::default());
        let store = SqliteStore::open(
            &folder.path().join("store.db"),
            &store::Catalogue::of(definitions),
            Options::with_clock(Arc::new(|| NOW - DAY / 24)),
        );
        let app = Arc::new(App::new(
            Arc::new(store.expect("a store")),
            definitions,
            Arc::new(Fixed),
            Arc::new(ids.clone()),
            AppOptions::with_base_url("http://127.0.0.1:8080/fhir"),
        ));
        let router = portals::router(Arc::clone(&app));
        Area { router, app, ids, _folder: folder }
    }

    /// From now on no look at a record can be written down: the ids that it would get are taken.
    pub(crate) async fn nothing_can_be_noted(&self) {
        let next = self.ids.0.load(Ordering::Relaxed);
        for number in next..next + 100 {
            let taken = format!(
                r#"{{"resourceType":"AuditEvent","id":"new-{number}","type":{{"code":"rest"}},"recorded":"2025-01-01T00:00:00Z","agent":[{{"requestor":false}}],"source":{{"observer":{{"display":"x"}}}}}}"#
            );
            self.write(None, &taken, &[]).await;
        }
        self.ids.0.store(next, Ordering::Relaxed);
    }

    /// An item of a feed, received so many hours ago; the hospital's message where none is given.
    pub(crate) async fn receive(&self, feed: &str, hours: i64, bytes: &[u8]) -> ItemId {
        let item = NewItem {
            feed: FeedName::from(feed),
            received: NOW - hours * DAY / 24,
            origin: "127.0.0.1:50000".into(),
            control_id: "ZZL-7".into(),
            kind: "ADT^A31".into(),
            subject: "L1000000".into(),
            event_time: NOW - DAY,
            state: ItemState::Waiting,
            cause: String::new(),
            note: String::new(),
            bytes: bytes.into(),
            acknowledgement: b"MSH|^~\\&|CARELOOM\rMSA|AA|ZZL-7\r".to_vec(),
            content_hash: 7,
        };
        self.app.store.receive(vec![item]).await.expect("received")[0]
    }

    pub(crate) async fn settle(&self, id: ItemId, state: ItemState, cause: &str, note: &str) {
        let outcome =
            ItemOutcome { id, at: NOW, state, cause: cause.to_owned(), note: note.to_owned() };
        self.app.store.settle(vec![outcome]).await.expect("settled");
    }

    /// Writes a resource as a feed would; each place is (path, text in the bytes, locator, rule).
    pub(crate) async fn write(
        &self,
        item: Option<(ItemId, &[u8])>,
        json: &str,
        places: &[(&str, &str, &str, &str)],
    ) {
        let tree = Tree::parse(json.as_bytes()).expect("json");
        let key = key_of(&tree);
        let entry = |(path, text, locator, rule): &(&str, &str, &str, &str),
                     item: ItemId,
                     bytes: &[u8]| {
            let start = bytes.windows(text.len()).position(|part| part == text.as_bytes());
            let start = u32::try_from(start.expect("the text is in the message")).expect("small");
            LineageEntry {
                path: (*path).to_owned(),
                item,
                start,
                end: start + u32::try_from(text.len()).expect("small"),
                locator: (*locator).to_owned(),
                rule: (*rule).to_owned(),
            }
        };
        let lineage = item.map(|(item, bytes)| Lineage {
            item,
            event_time: NOW - DAY,
            entries: places.iter().map(|place| entry(place, item, bytes)).collect(),
        });
        let kind = ChangeKind::Write {
            method: Method::Put,
            draft: stamp(tree.root(), key.id.as_str(), &mut |_| Edit::Keep),
            indexed: self.app.in_force().indexer.extract(tree.root(), &|_| None),
        };
        let change = Change { key, expected: Expected::Any, kind, lineage };
        let batch = Batch { guards: Vec::new(), changes: vec![change], outcomes: Vec::new() };
        self.app.store.commit(batch).await.expect("written");
    }

    /// Amina Shah: hospital, practice, social care; the community team has never sent anything.
    pub(crate) async fn with_amina() -> Area {
        let area = Area::empty();
        let adt = area.receive("lvp-hospital", 2, ADT).await;
        let from = Some((adt, ADT));
        area.write(
            from,
            r#"{"resourceType":"Patient","id":"hosp","meta":{"source":"urn:careloom:feed:lvp-hospital"},"active":true,
              "identifier":[{"system":"https://fhir.nhs.uk/Id/nhs-number","value":"9990010005","extension":[{"url":"https://fhir.hl7.org.uk/StructureDefinition/Extension-UKCore-NHSNumberVerificationStatus","valueCodeableConcept":{"coding":[{"code":"01"}]}}]},{"system":"urn:zzl","value":"L1000000"}],
              "name":[{"family":"Shah","given":["Amina","Noor"],"prefix":["Mrs"]}],"gender":"female","birthDate":"1958-02-14",
              "address":[{"line":["135 Rowan Lane"],"city":"Liverpool","postalCode":"L18 9DS"}]}"#,
            &[
                ("identifier[0].value", "9990010005", "PID-3", "people@1#nhs"),
                ("name[0].family", "Shah", "PID-5.1", "people@1#family"),
                ("name[0].given[0]", "Amina", "PID-5.2", "people@1#given"),
                ("birthDate", "19580214", "PID-7", "people@1#birthDate"),
            ],
        )
        .await;
        area.write(
            from,
            r#"{"resourceType":"AllergyIntolerance","id":"allergy","meta":{"source":"urn:careloom:feed:lvp-hospital"},"patient":{"reference":"Patient/hosp"},
              "clinicalStatus":{"coding":[{"code":"active"}]},"code":{"coding":[{"system":"http://snomed.info/sct","code":"91936005"}],"text":"Allergy to penicillin"},
              "recordedDate":"2011-01-19","reaction":[{"manifestation":[{"text":"<b>Rash</b>"}],"severity":"severe"}]}"#,
            &[("code.text", "Allergy to penicillin", "AL1-3.2", "clinical@1#code")],
        )
        .await;
        area.settle(adt, ItemState::Stored, "", "2 resources changed").await;
        let bundle = br#"{"resourceType":"Bundle","type":"transaction","entry":[]}"#;
        let gp = area.receive("lvp-gp", 3, bundle).await;
        area.settle(gp, ItemState::Stored, "", "").await;
        let social = area.receive("lvp-social-care", 24 * 9, b"a,b\r\n1,2\r\n").await;
        area.settle(
            social,
            ItemState::SetAside,
            "value",
            "line 7: the date of birth is not a date",
        )
        .await;
        area.write(
            None,
            r#"{"resourceType":"Patient","id":"gp","meta":{"source":"urn:careloom:feed:lvp-gp"},"identifier":[{"system":"https://fhir.nhs.uk/Id/nhs-number","value":"9990010005"}],"name":[{"family":"Shah","given":["Amina"]}],"birthDate":"1958-02-14"}"#,
            &[],
        )
        .await;
        for (id, on, value) in [
            ("o1", "2024-03", "52"),
            ("o2", "2025-03-04T09:00:00Z", "48"),
            ("o3", "2025-09-01", "61"),
        ] {
            area.write(None, &observation(id, on, value), &[]).await;
        }
        area.write(
            None,
            r#"{"resourceType":"Patient","id":"social","meta":{"source":"urn:careloom:feed:lvp-social-care"},"name":[{"family":"Shah","given":["A"]}]}"#,
            &[],
        )
        .await;
        area.write(
            None,
            r#"{"resourceType":"Person","id":"amina","link":[{"target":{"reference":"Patient/hosp"}},{"target":{"reference":"Patient/gp"}},{"target":{"reference":"Patient/social"}}]}"#,
            &[],
        )
        .await;
        area.app.load_links().await.expect("links");
        area
    }
}

fn observation(id: &str, on: &str, value: &str) -> String {
    format!(
        r#"{{"resourceType":"Observation","id":"{id}","meta":{{"source":"urn:careloom:feed:lvp-gp"}},"status":"final","subject":{{"reference":"Patient/gp"}},
        "code":{{"coding":[{{"system":"http://loinc.org","code":"4548-4"}}],"text":"HbA1c"}},"effectiveDateTime":"{on}",
        "valueQuantity":{{"value":{value},"unit":"mmol/mol"}},"referenceRange":[{{"low":{{"value":20}},"high":{{"value":41}}}}],"interpretation":[{{"coding":[{{"code":"H"}}]}}]}}"#
    )
}

pub(crate) fn key_of(tree: &Tree) -> ResourceKey {
    let root = tree.root();
    let name = tree.resource_type().expect("a type");
    ResourceKey {
        resource_type: definitions::embedded().resource_type(name).expect("a known type"),
        id: ResourceId::parse(root.text_of("id").expect("an id")).expect("an id"),
    }
}
