//! How much of a record its person, or who acts for them, is shown.

use access::consent::{Agreed, Proxy};
use access::{Citizen, RecordLevel, SourceLevel, Withheld, WithheldReason, level_by_age};
use fhir::{ResourceId, ResourceType, Tree};

use super::Held;
use crate::app::App;
use crate::failure::Failure;
use crate::linking::{CARELOOM_SYSTEM, TASK};

/// The code of a Task that asks somebody to look at a result.
pub(crate) const RESULT_REVIEW: &str = "result-review";

/// What a person is not shown of their record, in numbers: that something is hidden is never hidden.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Withholding {
    /// Entries that a professional has hidden.
    pub hidden: usize,
    /// Results that wait for somebody to look at them.
    pub awaiting_review: usize,
    /// The sources that show less than everything, with how much.
    pub limited: Vec<(String, RecordLevel)>,
}

impl Withholding {
    /// What is withheld from a person, or from who acts for them.
    pub fn of(citizen: &Citizen) -> Withholding {
        let count = |reason| citizen.withheld.iter().filter(|one| one.reason == reason).count();
        let limited = citizen.levels.iter().map(|one| (one.source.to_string(), one.level));
        Withholding {
            hidden: count(WithheldReason::Hidden),
            awaiting_review: count(WithheldReason::AwaitsReview),
            limited: limited.collect(),
        }
    }
}

impl App {
    /// What is shown of the record of these patients to its person, or to `proxy`; the caller is elevated.
    pub(crate) async fn limits(
        &self,
        patients: &[ResourceId],
        agreements: &[Held],
        proxy: Option<&Proxy>,
    ) -> Result<(Vec<SourceLevel>, Vec<Withheld>), Failure> {
        let (born, sources) = self.born_and_sources(patients).await?;
        let by_age = level_by_age(&born, &self.today());
        let mut levels = Vec::new();
        for (patient, source) in sources {
            let decided = agreements.iter().rev().find_map(|held| match &held.agreement.agreed {
                Agreed::Level(level) if held.agreement.patient == patient => Some(*level),
                _ => None,
            });
            let level = match proxy {
                // Who acts for somebody sees what was agreed for them, and no more than the source shows.
                Some(proxy) => decided.unwrap_or(RecordLevel::Full).min(proxy.level),
                None => decided.unwrap_or(by_age),
            };
            if level < RecordLevel::Full {
                levels.push(SourceLevel { source: source.into(), level });
            }
        }
        let mut withheld = Vec::new();
        for held in agreements {
            if let Agreed::Hidden(resources) = &held.agreement.agreed {
                withheld.extend(resources.iter().map(|entry| Withheld {
                    resource_type: entry.resource_type,
                    id: entry.id.clone(),
                    reason: WithheldReason::Hidden,
                }));
            }
        }
        withheld.extend(self.awaiting_review(patients).await?);
        Ok((levels, withheld))
    }

    /// The results that nobody has looked at yet, where the source asked for that.
    async fn awaiting_review(&self, patients: &[ResourceId]) -> Result<Vec<Withheld>, Failure> {
        if patients.is_empty() {
            return Ok(Vec::new());
        }
        let ids: Vec<&str> = patients.iter().map(ResourceId::as_str).collect();
        let query = [
            ("patient", ids.join(",")),
            ("code", format!("{CARELOOM_SYSTEM}|{RESULT_REVIEW}")),
            ("status", "requested".to_owned()),
        ];
        let tasks = self.all_found(TASK, &query).await?;
        let results = tasks.iter().flat_map(|task| {
            let tree = task.body.as_deref().and_then(|body| Tree::parse(body).ok());
            tree.map(|tree| self.results_of(&tree)).unwrap_or_default()
        });
        let withheld = results.map(|(resource_type, id)| Withheld {
            resource_type,
            id,
            reason: WithheldReason::AwaitsReview,
        });
        Ok(withheld.collect())
    }

    /// The resources that a Task asks somebody to look at.
    pub(crate) fn results_of(&self, task: &Tree) -> Vec<(ResourceType, ResourceId)> {
        let root = task.root();
        let focus = root.at("focus.reference").and_then(fhir::Value::as_str);
        let inputs = root.all("input").filter_map(|input| input.at("valueReference.reference"));
        let inputs = inputs.filter_map(fhir::Value::as_str);
        let parse = |reference: &str| {
            let (name, id) = reference.split_once('/')?;
            Some((self.definitions().resource_type(name)?, ResourceId::parse(id)?))
        };
        focus.into_iter().chain(inputs).filter_map(parse).collect()
    }
}
