//! A whole simulated area: every delivery maps soundly, and folding ends as the truth says.

use std::collections::{BTreeMap, HashMap};
use std::sync::OnceLock;

use fhir::{Element, Tree};
use jiff::civil::date;
use mapping::{CsvRow, FeedProfile, Mapped, Mappings, Sourced, fold};
use testkit::{Area, AreaOptions, PayloadKind, Site, System, VisitState};

use crate::{check_sound, map_hl7};

fn area() -> &'static Area {
    static AREA: OnceLock<Area> = OnceLock::new();
    AREA.get_or_init(|| Area::generate(AreaOptions::new(11, 120, date(2025, 11, 1))))
}

/// Current resources by type and id.
type State = HashMap<(&'static str, String), (Element, Vec<Sourced>)>;

fn apply(state: &mut State, mapped: &Mapped, item: u64) {
    for contribution in &mapped.contributions {
        let key = (contribution.resource_type.as_str(), contribution.id.to_string());
        let current = state.get(&key).map(|(element, traces)| (element, traces.as_slice()));
        match fold(current, contribution, item) {
            Some(folded) => {
                state.insert(key, folded);
            }
            None => {
                state.remove(&key);
            }
        }
    }
}

/// Everything that a hospital sends, mapped, in the order of events.
fn hospital(site: Site) -> Vec<Mapped> {
    let mut all: Vec<Mapped> = area()
        .deliveries(site, System::Hospital)
        .map(|delivery| {
            let mapped = map_hl7(&delivery.feed, &delivery.payload);
            check_sound(&mapped, &delivery.payload, &delivery.name);
            assert!(!mapped.is_set_aside(), "{}: {:?}", delivery.name, mapped.issues);
            assert_eq!(area().truth().person_of(&delivery.feed, &mapped.subject), delivery.person);
            mapped
        })
        .collect();
    all.sort_by(|a, b| a.order_key().cmp(&b.order_key()));
    all
}

fn folded(site: Site) -> State {
    let mut state = State::new();
    for (item, mapped) in hospital(site).iter().enumerate() {
        apply(&mut state, mapped, item as u64);
    }
    state
}

#[test]
fn visits_results_bookings_and_merges_end_as_the_truth_says() {
    for site in Site::ALL {
        let state = folded(site);
        for ((resource_type, id), (element, _)) in &state {
            let text = element.to_compact();
            let tree = Tree::parse(&text).unwrap();
            let issues = definitions::embedded().check_structure(tree.root());
            assert!(issues.is_empty(), "{resource_type}/{id}: {issues:?}");
        }
        visits(site, &state);
        results(site, &state);
        bookings(site, &state);
        merges(site, &state);
    }
}

fn text(element: &Element, path: &str) -> Option<String> {
    let json = element.to_compact();
    let tree = Tree::parse(&json).unwrap();
    tree.root().at(path).and_then(|value| value.as_text().map(str::to_owned))
}

fn named<'s>(state: &'s State, resource_type: &str, path: &str) -> HashMap<String, &'s Element> {
    let of_type = state.iter().filter(|((name, _), _)| *name == resource_type);
    of_type.filter_map(|(_, (element, _))| Some((text(element, path)?, element))).collect()
}

fn visits(site: Site, state: &State) {
    let encounters = named(state, "Encounter", "identifier[0].value");
    for visit in area().truth().visits().iter().filter(|visit| visit.site == site) {
        let encounter = encounters[&visit.number];
        let status = text(encounter, "status").unwrap();
        let last = encounter.get("location").map_or(0, |places| places.items().len());
        let place = |path: &str| text(encounter, &format!("location[{}].{path}", last - 1));
        match visit.state {
            VisitState::Planned => assert_eq!(status, "planned"),
            VisitState::Cancelled => assert_eq!(status, "cancelled"),
            VisitState::Finished(at) => {
                assert_eq!(status, "finished", "{}", crate::json(encounter));
                let end = text(encounter, "period.end").unwrap();
                assert!(end.starts_with(&at.strftime("%Y-%m-%dT%H:%M:%S").to_string()), "{end}");
                assert_eq!(place("status").as_deref(), Some("completed"));
            }
            VisitState::InProgress(stay) => {
                assert_eq!(status, "in-progress", "{}", crate::json(encounter));
                let wanted =
                    format!("BED{}, BAY{}, {}, {}", stay.bed, stay.bay, stay.ward, site.hospital());
                assert_eq!(place("location.display"), Some(wanted), "{}", crate::json(encounter));
                assert_eq!(place("status").as_deref(), Some("active"));
                assert_eq!(text(encounter, "period.end"), None);
                assert_eq!(place("period.end"), None);
            }
        }
    }
}

fn results(site: Site, state: &State) {
    let mut values = HashMap::new();
    for ((resource_type, _), (report, _)) in state {
        if *resource_type != "DiagnosticReport" {
            continue;
        }
        let Some(filler) = text(report, "identifier[0].value") else { continue };
        for result in report.get("result").map_or(&[][..], Element::items) {
            let reference = text(result, "reference").unwrap();
            let id = reference.strip_prefix("Observation/").unwrap();
            let (observation, _) = &state[&("Observation", id.to_owned())];
            let code = text(observation, "code.coding[0].code").unwrap();
            values.insert((filler.clone(), code), observation);
        }
    }
    for result in area().truth().results().iter().filter(|result| result.site == site) {
        let observation = values[&(result.filler.clone(), result.code.to_owned())];
        let value = text(observation, "valueQuantity.value")
            .or_else(|| text(observation, "valueString"))
            .unwrap();
        assert_eq!(value, result.value, "{}", crate::json(observation));
        if result.corrected {
            assert_eq!(text(observation, "status").as_deref(), Some("corrected"));
        }
    }
}

fn bookings(site: Site, state: &State) {
    let appointments = named(state, "Appointment", "identifier[0].value");
    for booking in area().truth().bookings().iter().filter(|booking| booking.site == site) {
        let appointment = appointments[&booking.number];
        let wanted = if booking.cancelled { "cancelled" } else { "booked" };
        assert_eq!(text(appointment, "status").as_deref(), Some(wanted));
        let start = text(appointment, "start").unwrap();
        let wanted = booking.start.strftime("%Y-%m-%dT%H:%M:%S").to_string();
        assert!(start.starts_with(&wanted), "{start} {wanted}");
    }
}

fn merges(site: Site, state: &State) {
    let feed = System::Hospital.feed(site);
    for merge in area().truth().merges().iter().filter(|merge| merge.site == site) {
        let patient = |mrn: &str| {
            let id = mapping::resource_id(&feed, "Patient", mrn).to_string();
            &state[&("Patient", id)].0
        };
        let (gone, kept) = (patient(&merge.gone), patient(&merge.kept));
        assert_eq!(text(gone, "active").as_deref(), Some("false"));
        assert_eq!(text(gone, "link[0].type").as_deref(), Some("replaced-by"));
        assert_eq!(text(kept, "active").as_deref(), Some("true"));
        assert_eq!(text(kept, "link[0].type").as_deref(), Some("replaces"));
        let old = kept.get("identifier").unwrap().items().iter().filter(|identifier| {
            text(identifier, "use").as_deref() == Some("old")
                && text(identifier, "value").as_deref() == Some(&merge.gone)
        });
        assert_eq!(old.count(), 1);
    }
}

#[test]
fn copies_and_repeats_change_nothing() {
    let all = hospital(Site::Bristol);
    let (mut once, mut twice) = (State::new(), State::new());
    for (item, mapped) in all.iter().enumerate() {
        apply(&mut once, mapped, item as u64);
        apply(&mut twice, mapped, item as u64);
        apply(&mut twice, mapped, u64::MAX);
    }
    assert_eq!(once.len(), twice.len());
    for (key, (element, traces)) in &once {
        let (other, others) = &twice[key];
        assert_eq!(crate::json(element), crate::json(other), "{key:?}");
        let differs = traces.iter().zip(others).find(|(a, b)| a != b);
        assert_eq!(differs, None, "{key:?} {}", crate::json(element));
        assert_eq!(traces.len(), others.len());
    }
}

#[test]
fn every_row_of_the_community_and_social_care_files_maps() {
    let mut types: BTreeMap<&str, usize> = BTreeMap::new();
    for system in [System::Community, System::SocialCare] {
        for site in [Site::Liverpool, Site::Staffordshire] {
            let profile = FeedProfile::new(&system.feed(site));
            for delivery in area().deliveries(site, system) {
                assert_eq!(delivery.kind, PayloadKind::CsvFile);
                file(&profile, &delivery.name, &delivery.payload, &mut types);
            }
        }
    }
    for wanted in [
        "Patient",
        "Encounter",
        "Observation",
        "CarePlan",
        "AllergyIntolerance",
        "Flag",
        "RelatedPerson",
        "EpisodeOfCare",
        "Condition",
        "Goal",
        "Organization",
        "Practitioner",
    ] {
        assert!(types.contains_key(wanted), "{wanted}: {types:?}");
    }
}

fn file(profile: &FeedProfile, name: &str, bytes: &[u8], types: &mut BTreeMap<&str, usize>) {
    let mappings = Mappings::embedded();
    let parts = mapping::split_csv(bytes).unwrap();
    assert_eq!(mapping::check_header(mappings, profile, name, bytes, &parts), [], "{name}");
    for row in &parts.rows {
        let item = mapping::row_item(bytes, &parts, row);
        let csv = CsvRow { file_name: name, line: row.line, bytes: &item };
        let mapped = mapping::map_csv(mappings, profile, csv);
        assert!(!mapped.is_set_aside(), "{name} {:?}", mapped.issues);
        assert!(mapped.event_time.is_some() && !mapped.subject.is_empty(), "{name}");
        let person = area().truth().person_of(&profile.system, &mapped.subject);
        assert!(person.is_some(), "{name}: nobody is {}", mapped.subject);
        check_sound(&mapped, &item, name);
        for contribution in &mapped.contributions {
            *types.entry(contribution.resource_type.as_str()).or_default() += 1;
        }
    }
}

#[test]
fn every_bundle_of_the_practices_maps() {
    for site in [Site::Liverpool, Site::Hastings] {
        let profile = FeedProfile::new(&System::Gp.feed(site));
        for delivery in area().deliveries(site, System::Gp) {
            let tree = Tree::parse(&delivery.payload).unwrap();
            let mapped = mapping::map_bundle(Mappings::embedded(), &profile, &tree);
            assert!(!mapped.is_set_aside(), "{} {:?}", delivery.name, mapped.issues);
            check_sound(&mapped, &delivery.payload, &delivery.name);
            let person = area().truth().person_of(&profile.system, &mapped.subject);
            assert_eq!(person, delivery.person, "{}", delivery.name);
            assert!(mapped.event_time.is_some());
            assert_eq!(mapped.control_id, delivery.name);
        }
    }
}
