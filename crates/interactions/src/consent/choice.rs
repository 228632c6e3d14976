//! What people choose about their record, and what professionals hide of it.

use std::collections::BTreeSet;

use access::consent::{Agreed, HiddenEntry};
use access::{Duty, RecordLevel, Who};
use fhir::{IssueCode, ResourceId};
use store::ResourceKey;

use super::Held;
use crate::app::App;
use crate::audit::Look;
use crate::failure::{Category, Failure};

/// Characters of the reason for hiding something.
const REASON: std::ops::RangeInclusive<usize> = 5..=500;

/// What a person has chosen.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Choices {
    /// Organisations other than those that made it do not see a part of the record.
    pub no_sharing: bool,
    /// The record serves neither research nor planning.
    pub no_research: bool,
}

/// An entry to be hidden from its person, or shown again.
#[derive(Clone, Debug)]
pub struct HideRequest {
    /// The entry.
    pub key: ResourceKey,
    /// Hidden, or shown again.
    pub hide: bool,
    /// Why: it is kept, and the person does not read it.
    pub reason: String,
    /// Where the request came from.
    pub from: String,
}

impl App {
    /// What the person at hand has chosen.
    pub async fn choices(&self) -> Result<Choices, Failure> {
        let patients = self.own_patients()?;
        let held = self.elevated().agreements(&patients).await?;
        let has = |is: fn(&Agreed) -> bool| held.iter().any(|held| is(&held.agreement.agreed));
        Ok(Choices {
            no_sharing: has(|agreed| *agreed == Agreed::NoSharing),
            no_research: has(|agreed| *agreed == Agreed::NoResearch),
        })
    }

    /// Takes a person's choices. They hold for every system's part of their record; who acts for somebody
    /// else cannot choose for them.
    pub async fn choose(&self, choices: Choices, by: &str, from: &str) -> Result<(), Failure> {
        let patients = self.own_patients()?;
        let app = self.elevated();
        let held = app.agreements(&patients).await?;
        for (agreed, wanted) in
            [(Agreed::NoSharing, choices.no_sharing), (Agreed::NoResearch, choices.no_research)]
        {
            for patient in &patients {
                let found = held.iter().find(|held| {
                    held.agreement.patient == *patient && held.agreement.agreed == agreed
                });
                match (found, wanted) {
                    (None, true) => {
                        app.agree(None, patient, agreed.clone(), by).await?;
                    }
                    (Some(held), false) => app.end(held, by).await?,
                    _ => {}
                }
            }
        }
        let look = noted("choose", 'U', from, None);
        self.note(&look, &patients.into_iter().collect()).await?;
        Ok(())
    }

    /// Decides how much a source shows a person of their record online.
    pub async fn set_record_level(
        &self,
        patient: &ResourceId,
        level: RecordLevel,
        by: &str,
        from: &str,
    ) -> Result<(), Failure> {
        let app = self.on_duty(Duty::OnlineAccess)?;
        self.is_own_patient(&app, patient).await?;
        let held = app.agreements(std::slice::from_ref(patient)).await?;
        let old = held.iter().find(|held| matches!(held.agreement.agreed, Agreed::Level(_)));
        app.agree(old, patient, Agreed::Level(level), by).await?;
        let look = noted("record-level", 'U', from, Some(level.as_str()));
        self.note(&look, &BTreeSet::from([patient.clone()])).await?;
        Ok(())
    }

    /// How much a source shows a person of their record, and whether somebody decided it or it follows from
    /// their age.
    pub async fn record_level(&self, patient: &ResourceId) -> Result<(RecordLevel, bool), Failure> {
        let app = self.on_duty(Duty::OnlineAccess)?;
        self.is_own_patient(&app, patient).await?;
        let held = app.agreements(std::slice::from_ref(patient)).await?;
        let decided = held.iter().find_map(|held| match held.agreement.agreed {
            Agreed::Level(level) => Some(level),
            _ => None,
        });
        if let Some(level) = decided {
            return Ok((level, true));
        }
        let (born, _) = app.born_and_sources(std::slice::from_ref(patient)).await?;
        Ok((access::level_by_age(&born, &app.today()), false))
    }

    /// Hides an entry from its person, or shows it again. What is hidden stays so whatever its source
    /// sends of it later.
    pub async fn hide_entry(&self, request: &HideRequest, by: &str) -> Result<(), Failure> {
        let app = self.on_duty(Duty::HideEntries)?;
        let reason = request.reason.trim();
        if !REASON.contains(&reason.chars().count()) {
            let message = "say in 5 to 500 characters why; the person does not read it";
            return Err(Failure::new(Category::Invalid, IssueCode::Value, "reason", message));
        }
        // Whoever hides it must be able to read it.
        let stored = self.read(&request.key).await?;
        let tree = stored.body.as_deref().and_then(|body| fhir::Tree::parse(body).ok());
        let patient = tree.as_ref().and_then(|tree| crate::lineage::patient_of(&request.key, tree));
        let Some(patient) = patient.filter(|patient| patient.id != request.key.id) else {
            let message = "only an entry of a person's record can be hidden from them";
            return Err(Failure::plain(Category::Unprocessable, IssueCode::BusinessRule, message));
        };
        let held = app.agreements(std::slice::from_ref(&patient.id)).await?;
        let old = held.iter().find(|held| matches!(held.agreement.agreed, Agreed::Hidden(_)));
        let mut hidden = match old {
            Some(Held { agreement, .. }) => match &agreement.agreed {
                Agreed::Hidden(hidden) => hidden.clone(),
                _ => Vec::new(),
            },
            None => Vec::new(),
        };
        hidden.retain(|known| !is_of(known, &request.key));
        if request.hide {
            if hidden.len() >= access::consent::HIDDEN_MAX {
                let message = "1,000 entries are hidden already; set the record's level instead";
                return Err(Failure::plain(Category::Conflict, IssueCode::TooCostly, message));
            }
            hidden.push(HiddenEntry {
                resource_type: request.key.resource_type,
                id: request.key.id.clone(),
                reason: reason.to_owned(),
            });
        }
        app.agree(old, &patient.id, Agreed::Hidden(hidden), by).await?;
        let interaction = if request.hide { "hide-entry" } else { "show-entry" };
        // Without the reason: the person reads who did what to their record.
        let look = noted(interaction, 'U', &request.from, None);
        self.note(&look, &BTreeSet::from([patient.id])).await?;
        Ok(())
    }

    /// Whether an entry is hidden from its person, for who may change it.
    pub async fn is_hidden(
        &self,
        key: &ResourceKey,
        patient: &ResourceId,
    ) -> Result<bool, Failure> {
        let app = self.on_duty(Duty::HideEntries)?;
        let held = app.agreements(std::slice::from_ref(patient)).await?;
        Ok(held.iter().any(|held| match &held.agreement.agreed {
            Agreed::Hidden(hidden) => hidden.iter().any(|entry| is_of(entry, key)),
            _ => false,
        }))
    }

    /// The patients of the person at hand, who is no proxy.
    pub(super) fn own_patients(&self) -> Result<Vec<ResourceId>, Failure> {
        match &self.caller().who {
            Who::Citizen(citizen) if citizen.proxy.is_none() => Ok(citizen.patients.clone()),
            Who::Citizen(_) => {
                let message = "who acts for somebody cannot choose this for them";
                Err(Failure::plain(Category::Forbidden, IssueCode::Forbidden, message))
            }
            _ => {
                let message = "this is a person's own choice";
                Err(Failure::plain(Category::Forbidden, IssueCode::Forbidden, message))
            }
        }
    }

    /// That a patient is one of the organisation's own systems, which alone decide about their part.
    pub(super) async fn is_own_patient(
        &self,
        app: &App,
        patient: &ResourceId,
    ) -> Result<(), Failure> {
        let Who::Staff(staff) = &self.caller().who else { return Ok(()) };
        let (_, sources) = app.born_and_sources(std::slice::from_ref(patient)).await?;
        let is_own =
            sources.iter().any(|(_, source)| staff.sources.iter().any(|own| **own == **source));
        if is_own {
            return Ok(());
        }
        let message =
            "this part of the record belongs to another organisation, which decides about it";
        Err(Failure::plain(Category::Forbidden, IssueCode::Forbidden, message))
    }
}

fn is_of(entry: &HiddenEntry, key: &ResourceKey) -> bool {
    entry.resource_type == key.resource_type && entry.id == key.id
}

/// An act on agreements as the audit has it.
pub(super) fn noted(interaction: &str, action: char, from: &str, reason: Option<&str>) -> Look {
    Look {
        interaction: interaction.to_owned(),
        action,
        address: "what was agreed about access to the record".to_owned(),
        from: Some(from.to_owned()),
        status: 200,
        reason: reason.map(ToOwned::to_owned),
    }
}
