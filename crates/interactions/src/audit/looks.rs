//! Who looked at a person's record, for the person to read. Spec: issue 4, "Who looked, when, why".

use ::search::Handling;
use fhir::{ResourceId, Tree};
use store::SearchCursor;

use super::AUDIT_EVENT;
use crate::app::App;
use crate::failure::Failure;

/// One look at a record.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct LookedAt {
    /// When: a FHIR instant.
    pub at: String,
    /// Who, as far as it is to be told: a name, or what they are.
    pub who: String,
    /// What they do and for whom, as text; empty for who is not staff.
    pub role: String,
    /// The app that they used; empty for Careloom's own pages.
    pub app: String,
    /// What was done: a code of the interaction.
    pub interaction: String,
    /// The purpose's code: `TREAT`, `PATRQT`, `BTG`.
    pub purpose: String,
    /// The reason in their own words; empty where none was given.
    pub reason: String,
    /// Whether it was refused.
    pub refused: bool,
}

/// A page of looks, newest first.
#[derive(Clone, Debug, Default)]
pub struct PersonLooks {
    /// The looks.
    pub looks: Vec<LookedAt>,
    /// Where the next page begins.
    pub next: Option<String>,
}

impl App {
    /// Who looked at the records of these patients, as far as the caller may know.
    pub async fn who_looked(
        &self,
        patients: &[ResourceId],
        count: usize,
        after: Option<&str>,
    ) -> Result<PersonLooks, Failure> {
        if patients.is_empty() {
            return Ok(PersonLooks::default());
        }
        let ids: Vec<&str> = patients.iter().map(ResourceId::as_str).collect();
        let pair = |name: &str, value: String| (name.to_owned(), value);
        let pairs = [
            pair("patient", ids.join(",")),
            pair("_sort", "-date".to_owned()),
            pair("_count", count.to_string()),
        ];
        let resource_type = self.resource_type(AUDIT_EVENT)?;
        let (search, _) = self.parse_search(resource_type, &pairs, Handling::Strict)?;
        let cursor = after.map(|text| SearchCursor(text.to_owned()));
        let page = self.store.search(&search, cursor.as_ref()).await?;
        let looks = page.hits.iter().filter_map(|hit| {
            let tree = Tree::parse(hit.resource.body.as_deref()?).ok()?;
            Some(look(&tree))
        });
        Ok(PersonLooks { looks: looks.collect(), next: page.next.map(|cursor| cursor.0) })
    }
}

fn look(event: &Tree) -> LookedAt {
    let root = event.root();
    let text = |path: &str| {
        root.at(path).and_then(|value| value.as_str().map(ToOwned::to_owned)).unwrap_or_default()
    };
    LookedAt {
        at: text("recorded"),
        who: text("agent[0].name"),
        role: text("agent[0].role[0].text"),
        app: text("agent[1].name"),
        interaction: text("subtype[0].code"),
        purpose: text("purposeOfEvent[0].coding[0].code"),
        reason: text("outcomeDesc"),
        refused: text("outcome") != "0",
    }
}
