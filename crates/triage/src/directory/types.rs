//! Kinds of service and their rank: data in `tables/service_types.toml`.

use serde::Deserialize;

use crate::set::{Problem, ProblemKind, Problems};

/// A kind of service.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ServiceType {
    /// Its code.
    pub code: String,
    /// Its name for people.
    pub name: String,
    /// The role of such organisations in the ODS.
    pub ods_role: Option<String>,
    /// Its place in lists; 1 comes first.
    pub rank: u32,
}

/// The table of kinds.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ServiceTypes {
    #[serde(rename = "type")]
    all: Vec<ServiceType>,
}

impl ServiceTypes {
    /// The table that comes with the crate.
    pub fn embedded() -> Result<ServiceTypes, Problem> {
        ServiceTypes::read(include_str!("../../tables/service_types.toml"))
    }

    /// Reads a table.
    pub fn read(text: &str) -> Result<ServiceTypes, Problem> {
        toml::from_str(text).map_err(|error| {
            let mut problems = Problems::of(text);
            let at = error.span().map_or(0, |span| span.start);
            problems.at(at, ProblemKind::Syntax, "service types", error.message());
            problems.found.remove(0)
        })
    }

    /// A kind by its code.
    pub fn get(&self, code: &str) -> Option<&ServiceType> {
        self.all.iter().find(|kind| kind.code == code)
    }

    /// A kind by its role in the ODS.
    pub fn by_role(&self, role: &str) -> Option<&ServiceType> {
        self.all.iter().find(|kind| kind.ods_role.as_deref() == Some(role))
    }

    /// All kinds, in the order of the table.
    pub fn all(&self) -> &[ServiceType] {
        &self.all
    }

    /// The rank of a code; a kind that is not in the table comes last.
    pub fn rank(&self, code: &str) -> u32 {
        self.get(code).map_or(u32::MAX, |kind| kind.rank)
    }
}
