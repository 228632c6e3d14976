//! Resources with something else in one place: read or refused with a place, never a panic, and
//! what is read can be written and read again.

use booking::gp_connect;
use booking::model::*;
use booking::template::{Closure, Template};
use booking::visibility::{Consumer, Opening};
use fhir::{Element, Tree};
use proptest::prelude::*;

use crate::shapes::{full_place, full_service, full_session, full_slot};
use crate::world::{at, reread, tree};

/// A tree with one value of it replaced.
fn broken(whole: &Element, at: prop::sample::Index, put: &str) -> Tree {
    let good = reread(whole);
    let node = good.value(at.index(good.len()) as u32).unwrap();
    let mut text = good.text().to_owned();
    text.replace_range(node.span(), put);
    tree(&text)
}

fn put() -> impl Strategy<Value = &'static str> {
    prop_oneof![
        Just("null"),
        Just("[]"),
        Just("{}"),
        Just("[[{}]]"),
        Just("\"\""),
        Just("\"x\""),
        Just("-1"),
        Just("1e99"),
        Just("true"),
        Just("\"9999-12-31T23:59:59+14:00\""),
        Just("\"0001-01-01T00:00:00Z\""),
        Just("\"24:00:00\""),
    ]
}

proptest! {
    #[test]
    fn slots_and_sessions(at in any::<prop::sample::Index>(), put in put()) {
        let tree = broken(&full_slot().to_element(), at, put);
        let (slot, issues) = Slot::read(tree.root());
        match slot {
            Some(slot) => {
                let again = Slot::read(reread(&slot.to_element()).root()).0;
                prop_assert_eq!(again.map(|s| (s.start, s.hold, s.reserve)), Some((slot.start, slot.hold, slot.reserve)));
            }
            None => prop_assert!(!issues.is_empty()),
        }
        let tree = broken(&full_session().to_element(), at, put);
        if let (Some(session), _) = Session::read(tree.root()) {
            prop_assert!(Session::read(reread(&session.to_element()).root()).0.is_some());
        }
    }

    #[test]
    fn services_and_templates(at in any::<prop::sample::Index>(), put in put()) {
        let tree = broken(&full_service(), at, put);
        if let (Some(service), _) = Service::read(tree.root()) {
            prop_assert!(Service::read(reread(&service.to_element()).root()).0.is_some());
        }
        let _ = Closure::read_all(tree.root());
        let (templates, _) = Template::read_all(tree.root());
        for template in &templates {
            let _ = template.faults();
        }
        // Whatever was read makes days without a panic.
        let days = booking::template::Days {
            from: jiff::civil::date(2026, 3, 28),
            to: jiff::civil::date(2026, 3, 31),
            nation: booking::template::Nation::England,
            extra: Vec::new(),
            closures: Vec::new(),
        };
        let _ = booking::template::make(&templates, &days);
    }

    #[test]
    fn appointments(place in any::<prop::sample::Index>(), put in put()) {
        let tree = broken(&full_place(), place, put);
        let (read, issues) = Appointment::read(tree.root());
        match read {
            Some(read) => {
                prop_assert!(Appointment::read(reread(&read.to_element()).root()).0.is_some());
                let _ = gp_connect::outward_appointment(&read, None);
            }
            None => prop_assert!(!issues.is_empty()),
        }
        let (slot, session, service) = (full_slot(), full_session(), crate::world::service());
        let opening = Opening { slot: &slot, session: &session, service: &service };
        let booking = Element::from(&crate::world::tree(crate::gp_connect::BOOKING));
        let tree = broken(&booking, place, put);
        let now = at("2026-05-31 09:00");
        let _ = gp_connect::book(tree.root(), &[opening], &Consumer::default(), now);
        let (Some(standing), _) = Appointment::read(reread(&booking).root()) else { panic!() };
        let current = (&standing, fhir::VersionId(1));
        let _ = gp_connect::amend(current, None, tree.root(), Some("W/\"1\""), now);
        let _ = gp_connect::cancel(current, None, &[slot], tree.root(), Some("W/\"1\""), now);
    }
}
