//! The lasting numbers of types and search parameters: read, and completed, when the store opens.

use std::collections::HashMap;

use fhir::ResourceType;
use foldhash::fast::RandomState;
use rusqlite::Connection;
use search::{ParameterId, TokenSystem};
use store::sql::Numbering;
use store::{Catalogue, ParameterKind, StoreError};

use crate::connection::failed;

/// Types and parameters by number; fixed while the store is open.
#[derive(Debug, Default)]
pub(crate) struct Numbers {
    types: HashMap<ResourceType, i64, RandomState>,
    names: HashMap<i64, ResourceType, RandomState>,
    parameters: HashMap<(ResourceType, ParameterId), (i64, ParameterKind), RandomState>,
}

impl Numbers {
    /// Reads the numbers and gives new ones to what the catalogue has more.
    ///
    /// A parameter keeps the kind under which its rows were written.
    pub(crate) fn open(
        connection: &mut Connection,
        catalogue: &Catalogue,
    ) -> Result<Numbers, StoreError> {
        Self::complete(connection, catalogue).map_err(failed("number types and parameters"))
    }

    fn complete(connection: &mut Connection, catalogue: &Catalogue) -> rusqlite::Result<Numbers> {
        let transaction = connection.transaction()?;
        let mut types = HashMap::<String, i64>::new();
        let mut parameters = HashMap::<(i64, String), (i64, String)>::new();
        {
            let mut statement = transaction.prepare("SELECT name, t FROM type")?;
            let mut rows = statement.query([])?;
            while let Some(row) = rows.next()? {
                types.insert(row.get(0)?, row.get(1)?);
            }
            let mut statement = transaction.prepare("SELECT t, code, p, kind FROM parameter")?;
            let mut rows = statement.query([])?;
            while let Some(row) = rows.next()? {
                parameters.insert((row.get(0)?, row.get(1)?), (row.get(2)?, row.get(3)?));
            }
        }
        let mut numbers = Numbers::default();
        {
            let mut add_type =
                transaction.prepare("INSERT INTO type (name) VALUES (?1) RETURNING t")?;
            for resource_type in &catalogue.types {
                let number = match types.get(resource_type.as_str()) {
                    Some(number) => *number,
                    None => add_type.query_row([resource_type.as_str()], |row| row.get(0))?,
                };
                numbers.types.insert(*resource_type, number);
                numbers.names.insert(number, *resource_type);
            }
            let mut add = transaction
                .prepare("INSERT INTO parameter (t, code, kind) VALUES (?1, ?2, ?3) RETURNING p")?;
            for (resource_type, id) in catalogue.pairs() {
                let Some(parameter) = catalogue.parameter(id) else { continue };
                let Some(&t) = numbers.types.get(&resource_type) else { continue };
                let name = (t, parameter.code.to_owned());
                let (number, kind) = if let Some((number, kind)) = parameters.get(&name) {
                    (*number, kind_named(kind))
                } else {
                    let kind = kind_name(parameter.kind);
                    let number = add.query_row((t, parameter.code, kind), |row| row.get(0))?;
                    parameters.insert(name, (number, kind.to_owned()));
                    (number, parameter.kind)
                };
                numbers.parameters.insert((resource_type, id), (number, kind));
            }
        }
        transaction.commit()?;
        Ok(numbers)
    }

    /// The type with this number.
    pub(crate) fn type_named(&self, number: i64) -> Result<ResourceType, StoreError> {
        self.names.get(&number).copied().ok_or(StoreError::inconsistent("type", "t", number))
    }
}

impl Numbers {
    /// The number of a type.
    pub(crate) fn type_number(&self, resource_type: ResourceType) -> Option<i64> {
        self.types.get(&resource_type).copied()
    }

    /// The number of a parameter of a type and its kind.
    pub(crate) fn parameter_number(
        &self,
        resource_type: ResourceType,
        parameter: ParameterId,
    ) -> Option<(i64, ParameterKind)> {
        self.parameters.get(&(resource_type, parameter)).copied()
    }
}

/// The numbers with the database at one moment, for the writer of SQL.
pub(crate) struct Moment<'m> {
    pub(crate) numbers: &'m Numbers,
    pub(crate) db: &'m Connection,
}

impl Numbering for Moment<'_> {
    fn type_number(&self, resource_type: ResourceType) -> Option<i64> {
        self.numbers.type_number(resource_type)
    }

    fn parameter_number(
        &self,
        resource_type: ResourceType,
        parameter: ParameterId,
    ) -> Option<(i64, ParameterKind)> {
        self.numbers.parameter_number(resource_type, parameter)
    }

    /// An error is left for the statement to run into.
    fn codes(&self, system: &TokenSystem, code: &str) -> Option<Vec<i64>> {
        let (condition, uri) = match system {
            TokenSystem::Any => ("?2 = ''", ""),
            TokenSystem::None => ("?2 = '' AND u = 0", ""),
            TokenSystem::Is(uri) => ("u = (SELECT u FROM uri WHERE uri = ?2)", &**uri),
        };
        let sql = format!("SELECT c FROM code WHERE code = ?1 AND {condition} LIMIT 100");
        let mut statement = self.db.prepare_cached(&sql).ok()?;
        let codes = statement.query_map([code, uri], |row| row.get(0)).ok()?;
        codes.collect::<rusqlite::Result<_>>().ok()
    }
}

const KINDS: [(ParameterKind, &str); 9] = [
    (ParameterKind::Token, "token"),
    (ParameterKind::Identifier, "identifier"),
    (ParameterKind::Reference, "reference"),
    (ParameterKind::String, "string"),
    (ParameterKind::Date, "date"),
    (ParameterKind::Number, "number"),
    (ParameterKind::Quantity, "quantity"),
    (ParameterKind::Uri, "uri"),
    (ParameterKind::Other, "other"),
];

fn kind_name(kind: ParameterKind) -> &'static str {
    KINDS.iter().find(|(each, _)| *each == kind).map_or("other", |(_, name)| *name)
}

fn kind_named(name: &str) -> ParameterKind {
    KINDS.iter().find(|(_, each)| *each == name).map_or(ParameterKind::Other, |(kind, _)| *kind)
}
