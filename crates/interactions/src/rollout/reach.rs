//! How many people a decision would reach, before it is made.

use std::collections::BTreeSet;

use ::search::Handling;
use access::Duty;
use access::rollout::{Change, RolloutPerson, Shown, Site, decide, feature, shown};
use fhir::{IssueCode, ResourceId};
use store::SearchCursor;

use super::change::NewChange;
use super::person::{FEED, ODS, tree};
use crate::app::App;
use crate::failure::{Category, Failure};
use crate::linking::PATIENT;

/// Patients that are looked at.
const PATIENTS_MAX: usize = 20_000;
/// Patients read at a time.
const PAGE: usize = 1_000;

/// How many people a decision would reach.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Reach {
    /// Patients who would have the feature.
    pub reached: Shown,
    /// Patients of the site's practices.
    pub patients: Shown,
    /// Whether there are more patients than were looked at.
    pub is_cut: bool,
}

impl App {
    /// How many Patients of a site's practices would have a feature once a decision holds. It counts
    /// Patients, by their own ids: who is registered at two practices counts twice, and a share of
    /// people comes out about right.
    pub async fn reach(
        &self,
        site: &Site,
        feature_id: &str,
        new: &NewChange,
    ) -> Result<Reach, Failure> {
        let app = self.on_duty(Duty::Settings)?;
        let Some(wanted) = feature(feature_id) else {
            let message = "there is no such feature";
            return Err(Failure::plain(Category::NotFound, IssueCode::NotFound, message));
        };
        let mut site = site.clone();
        let change = Change {
            state: new.state.clone(),
            from: new.from.clone(),
            note: String::new(),
            at: 0,
            by: String::new(),
            why: String::new(),
        };
        let plan = site.plans.entry(feature_id.to_owned()).or_default();
        plan.changes.push(change);
        let sites = [site];
        let mut seen: BTreeSet<ResourceId> = BTreeSet::new();
        let (mut reached, mut is_cut) = (0_u64, false);
        for practice in &sites[0].practices {
            let (people, cut) =
                app.patients_of_practice(practice, PATIENTS_MAX - seen.len()).await?;
            is_cut |= cut;
            for (id, person) in people {
                if seen.insert(id) && decide(wanted, &sites, None, &person, &new.from).is_open() {
                    reached += 1;
                }
            }
        }
        let patients = u64::try_from(seen.len()).unwrap_or(u64::MAX);
        Ok(Reach { reached: shown(reached), patients: shown(patients), is_cut })
    }

    async fn patients_of_practice(
        &self,
        practice: &str,
        max: usize,
    ) -> Result<(Vec<(ResourceId, RolloutPerson)>, bool), Failure> {
        let query = match practice.strip_prefix("feed:") {
            Some(feed) => ("_source", format!("{FEED}{feed}")),
            None => ("organization.identifier", format!("{ODS}|{practice}")),
        };
        let pairs = [
            (query.0.to_owned(), query.1),
            ("_count".to_owned(), PAGE.min(self.options.page_count_max).to_string()),
        ];
        let (search, _) = self.parse_search(PATIENT, &pairs, Handling::Strict)?;
        let mut cursor: Option<SearchCursor> = None;
        let mut people = Vec::new();
        loop {
            let page = self.store.search(&search, cursor.as_ref()).await?;
            for hit in &page.hits {
                let Some(tree) = tree(&hit.resource) else { continue };
                let id = &hit.resource.key.id;
                let mut person = RolloutPerson {
                    id: id.to_string(),
                    practices: vec![practice.to_owned()],
                    born: String::new(),
                };
                self.add_patient(tree.root(), &mut person, &mut Vec::new());
                people.push((id.clone(), person));
            }
            match page.next {
                Some(next) if people.len() < max => cursor = Some(next),
                next => {
                    let is_cut = next.is_some() || people.len() > max;
                    people.truncate(max);
                    return Ok((people, is_cut));
                }
            }
        }
    }
}
