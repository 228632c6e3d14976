//! Whether staff have to do with a person, and opening a record all the same, with a reason.
//! Spec: issue 4, "legitimate relationship and break-glass (reason, alert, review)".

use std::collections::BTreeSet;

use ::search::Handling;
use ::store::KeptExpected;
use access::{Duty, Who};
use fhir::{IssueCode, ResourceId, Tree};

use super::session;
use crate::app::App;
use crate::audit::Look;
use crate::failure::{Category, Failure};

/// Microseconds that a record stays open once the glass is broken.
const OPEN_FOR: i64 = 4 * 60 * 60 * 1_000_000;
/// Characters of a reason at the least: "need it" says nothing to who reviews it.
const REASON_MIN: usize = 10;
/// Characters of a reason at the most.
const REASON_MAX: usize = 500;
/// The interaction's name in the audit.
const BREAK_GLASS: &str = "break-glass";

/// What a caller has to do with a person.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Relation {
    /// Nothing stands in the way, or it is no question of relationship.
    Known,
    /// Their organisation's systems know nothing of the person.
    Unknown,
}

/// A record that somebody opened in an emergency.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct BrokenGlass {
    /// When: a FHIR instant.
    pub at: String,
    /// Who.
    pub who: String,
    /// What they do and for whom.
    pub role: String,
    /// Why, in their own words.
    pub reason: String,
    /// The patients whose record it was.
    pub patients: Vec<ResourceId>,
}

impl App {
    /// What the caller has to do with a person.
    pub async fn relation_to(&self, person: &ResourceId) -> Result<Relation, Failure> {
        let (Some(doors), Who::Staff(_)) = (&self.doors, &self.caller().who) else {
            return Ok(Relation::Known);
        };
        let patients: BTreeSet<ResourceId> =
            self.patients_of_person(person).await?.into_iter().collect();
        let related = doors.related(&patients).await?;
        Ok(if related.is_empty() { Relation::Unknown } else { Relation::Known })
    }

    /// Opens a person's record for the session's member of staff, for some hours, and notes it.
    pub async fn break_glass(
        &self,
        token: &str,
        person: &ResourceId,
        reason: &str,
        from: &str,
    ) -> Result<(), Failure> {
        let app = self.on_duty(Duty::BreakGlass)?;
        let reason = reason.trim();
        let length = reason.chars().count();
        if !(REASON_MIN..=REASON_MAX).contains(&length) {
            let message = "say in 10 to 500 characters why this person's record is needed now";
            return Err(Failure::new(Category::Invalid, IssueCode::Value, "reason", message));
        }
        let over = || {
            let message = "the session is over; sign in again";
            Failure::plain(Category::NotSignedIn, IssueCode::Login, message)
        };
        let (mut session, kept) = app.session(token).await?.ok_or_else(over)?;
        let patients: BTreeSet<ResourceId> =
            app.patients_of_person(person).await?.into_iter().collect();
        if patients.is_empty() {
            let message = "there is no record of this person";
            return Err(Failure::plain(Category::NotFound, IssueCode::NotFound, message));
        }
        let now = app.clock.now();
        session.opened.retain(|(opened, until)| *until > now && opened != person.as_str());
        session.opened.push((person.to_string(), now + OPEN_FOR));
        let look = Look {
            interaction: BREAK_GLASS.to_owned(),
            action: 'E',
            address: "the record was opened without a relationship".to_owned(),
            from: Some(from.to_owned()),
            status: 200,
            reason: Some(reason.to_owned()),
        };
        // Noted first: a record is never open without its trace.
        self.note(&look, &patients).await?;
        let change = session::change(&kept.key, KeptExpected::Version(kept.version), &session);
        if app.store.keep(vec![change]).await? {
            return Ok(());
        }
        let message = "the session was used at the same moment; try again";
        Err(Failure::plain(Category::Conflict, IssueCode::Conflict, message))
    }

    /// The records that were opened so, newest first: for who reviews them.
    pub async fn broken_glass(&self, count: usize) -> Result<Vec<BrokenGlass>, Failure> {
        let app = self.on_duty(Duty::Audit)?;
        let pair = |name: &str, value: &str| (name.to_owned(), value.to_owned());
        let pairs = [
            pair("subtype", BREAK_GLASS),
            pair("_sort", "-date"),
            pair("_count", &count.to_string()),
        ];
        let resource_type = app.resource_type(crate::audit::AUDIT_EVENT)?;
        let (search, _) = app.parse_search(resource_type, &pairs, Handling::Strict)?;
        let page = app.store.search(&search, None).await?;
        let glass = page.hits.iter().filter_map(|hit| {
            let tree = Tree::parse(hit.resource.body.as_deref()?).ok()?;
            let root = tree.root();
            let text = |path: &str| {
                let value = root.at(path).and_then(|v| v.as_str().map(ToOwned::to_owned));
                value.unwrap_or_default()
            };
            let patients = root.all("entity").filter_map(|entity| {
                let reference = entity.at("what.reference")?.as_str()?.to_owned();
                ResourceId::parse(reference.strip_prefix("Patient/")?)
            });
            Some(BrokenGlass {
                at: text("recorded"),
                who: text("agent[0].name"),
                role: text("agent[0].role[0].text"),
                reason: text("outcomeDesc"),
                patients: patients.collect(),
            })
        });
        Ok(glass.collect())
    }
}
