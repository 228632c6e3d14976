//! A site as the store keeps it.

use std::collections::BTreeMap;

use access::rollout::{Change, Eligibility, Plan, Site, State};
use serde::{Deserialize, Serialize};

#[derive(Serialize, Deserialize)]
pub(super) struct KeptSite {
    id: String,
    name: String,
    practices: Vec<String>,
    plans: BTreeMap<String, Vec<KeptChange>>,
}

#[derive(Serialize, Deserialize)]
struct KeptChange {
    state: KeptState,
    from: String,
    note: String,
    at: i64,
    by: String,
    why: String,
}

#[derive(Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
enum KeptState {
    Off,
    On,
    Pilot { practices: Vec<String>, age_from: Option<u16>, age_to: Option<u16>, share: u8 },
}

impl From<&Site> for KeptSite {
    fn from(site: &Site) -> KeptSite {
        let plans = site.plans.iter();
        let plans = plans
            .map(|(id, plan)| (id.clone(), plan.changes.iter().map(KeptChange::from).collect()));
        KeptSite {
            id: site.id.clone(),
            name: site.name.clone(),
            practices: site.practices.clone(),
            plans: plans.collect(),
        }
    }
}

impl From<&Change> for KeptChange {
    fn from(change: &Change) -> KeptChange {
        let state = match &change.state {
            State::Off => KeptState::Off,
            State::On => KeptState::On,
            State::Pilot(Eligibility { practices, age_from, age_to, share }) => KeptState::Pilot {
                practices: practices.clone(),
                age_from: *age_from,
                age_to: *age_to,
                share: *share,
            },
        };
        KeptChange {
            state,
            from: change.from.clone(),
            note: change.note.clone(),
            at: change.at,
            by: change.by.clone(),
            why: change.why.clone(),
        }
    }
}

impl From<KeptSite> for Site {
    fn from(kept: KeptSite) -> Site {
        let plan = |changes: Vec<KeptChange>| Plan {
            changes: changes.into_iter().map(Change::from).collect(),
        };
        Site {
            id: kept.id,
            name: kept.name,
            practices: kept.practices,
            plans: kept.plans.into_iter().map(|(id, changes)| (id, plan(changes))).collect(),
        }
    }
}

impl From<KeptChange> for Change {
    fn from(kept: KeptChange) -> Change {
        let state = match kept.state {
            KeptState::Off => State::Off,
            KeptState::On => State::On,
            KeptState::Pilot { practices, age_from, age_to, share } => {
                State::Pilot(Eligibility { practices, age_from, age_to, share })
            }
        };
        let KeptChange { from, note, at, by, why, .. } = kept;
        Change { state, from, note, at, by, why }
    }
}
