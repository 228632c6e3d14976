//! The lasting numbers of types and search parameters: read, and completed, when the store opens and
//! when other parameters are put in force.
//!
//! A number stands for one rule of making rows of one kind. A parameter whose kind changes gets a new
//! one, so that rows of the old kind are never read again; they go when their resource is next
//! written or reindexed.

use std::collections::{HashMap, HashSet};
use std::sync::{Arc, PoisonError, RwLock};

use fhir::{ResourceId, ResourceType};
use foldhash::fast::RandomState;
use rusqlite::Connection;
use search::{ParameterId, TokenSystem};
use store::sql::{Numbering, Spread, Statement, derived};
use store::{Catalogue, CatalogueParameter, ParameterKind, StoreError};

use crate::connection::failed;
use crate::dialect::run_number;
use crate::identity::StoredId;
use crate::reader::Reader;

/// Resources above another in a tree at the most.
const ANCESTORS_MAX: usize = 1000;

/// The numbers in force, which one thread may replace while others read.
#[derive(Debug)]
pub(crate) struct InForce(RwLock<Arc<Numbers>>);

impl InForce {
    pub(crate) fn new(numbers: Arc<Numbers>) -> InForce {
        InForce(RwLock::new(numbers))
    }

    /// Those in force now.
    pub(crate) fn get(&self) -> Arc<Numbers> {
        self.0.read().unwrap_or_else(PoisonError::into_inner).clone()
    }

    /// Puts others in force.
    pub(crate) fn put(&self, numbers: Arc<Numbers>) {
        *self.0.write().unwrap_or_else(PoisonError::into_inner) = numbers;
    }
}

/// Types and parameters by number.
#[derive(Debug, Default)]
pub(crate) struct Numbers {
    types: HashMap<ResourceType, i64, RandomState>,
    names: HashMap<i64, ResourceType, RandomState>,
    parameters: HashMap<(ResourceType, ParameterId), (i64, ParameterKind), RandomState>,
    /// The numbers of parameters in force.
    live: HashSet<i64, RandomState>,
    /// The code of each parameter by its id.
    codes: Vec<&'static str>,
    /// The types that the canonicals of a parameter lead to.
    canonicals: HashMap<ParameterId, Vec<ResourceType>, RandomState>,
    /// The number of the URLs of each type whose resources are known by one.
    urls: HashMap<ResourceType, i64, RandomState>,
    /// Ids that are kept free: those of parameters that were withdrawn.
    withdrawn: HashSet<ParameterId, RandomState>,
}

/// A parameter's row.
struct Known {
    number: i64,
    kind: String,
    fingerprint: i64,
    in_force: bool,
    building: Option<i64>,
}

impl Numbers {
    /// Reads the numbers and gives new ones to what the catalogue has more. What it has less stays
    /// as it was: the catalogue of a start lacks the parameters that are kept in the store itself,
    /// which are put in force when they have been read.
    pub(crate) fn open(
        connection: &mut Connection,
        catalogue: &Catalogue,
        now: i64,
    ) -> Result<Numbers, StoreError> {
        let mut open = || -> rusqlite::Result<Numbers> {
            let transaction = connection.transaction()?;
            let (numbers, _) = Self::number(&transaction, catalogue, now)?;
            transaction.commit()?;
            Ok(numbers)
        };
        open().map_err(failed("number types and parameters"))
    }

    /// The same within a transaction that is open; what the catalogue lacks is withdrawn.
    pub(crate) fn complete(
        db: &Connection,
        catalogue: &Catalogue,
        now: i64,
    ) -> rusqlite::Result<Numbers> {
        let (numbers, lacking) = Self::number(db, catalogue, now)?;
        for gone in lacking.iter().filter(|each| each.in_force) {
            withdraw(db, gone, now, "code")?;
        }
        Ok(numbers)
    }

    /// The numbers of a catalogue, and the parameters that it lacks.
    fn number(
        db: &Connection,
        catalogue: &Catalogue,
        now: i64,
    ) -> rusqlite::Result<(Numbers, Vec<Known>)> {
        let mut numbers = Numbers::default();
        let filled = numbers.number_types(db, catalogue)?;
        let mut known = known_parameters(db)?;
        for (resource_type, id) in catalogue.pairs() {
            let Some(parameter) = catalogue.parameter(id) else { continue };
            let Some(&t) = numbers.types.get(&resource_type) else { continue };
            let name = (t, parameter.code.to_owned());
            // Of a type that nothing is stored of, no row is missing.
            let is_filled = filled.contains(&t);
            let number = put_in_force(db, known.remove(&name), t, parameter, now, is_filled)?;
            numbers.parameters.insert((resource_type, id), (number, parameter.kind));
            numbers.live.insert(number);
            if parameter.code == "url" && parameter.kind == ParameterKind::Uri {
                numbers.urls.insert(resource_type, number);
            }
            if !parameter.canonical_targets.is_empty() {
                numbers.canonicals.insert(id, parameter.canonical_targets.clone());
            }
        }
        let withdrawn = catalogue.parameters.iter().enumerate();
        numbers.codes = catalogue.parameters.iter().map(|parameter| parameter.code).collect();
        numbers.withdrawn = withdrawn
            .filter(|(_, parameter)| parameter.base.is_empty())
            .map(|(index, _)| ParameterId(index as u32))
            .collect();
        Ok((numbers, known.into_values().collect()))
    }

    /// Numbers the types; gives those that resources are stored of.
    fn number_types(
        &mut self,
        db: &Connection,
        catalogue: &Catalogue,
    ) -> rusqlite::Result<HashSet<i64>> {
        let mut types = HashMap::<String, i64>::new();
        let mut filled = HashSet::new();
        let mut statement = db.prepare("SELECT name, t, live > 0 FROM type")?;
        let mut rows = statement.query([])?;
        while let Some(row) = rows.next()? {
            types.insert(row.get(0)?, row.get(1)?);
            if row.get(2)? {
                filled.insert(row.get(1)?);
            }
        }
        let mut add = db.prepare("INSERT INTO type (name) VALUES (?1) RETURNING t")?;
        for resource_type in &catalogue.types {
            let number = match types.get(resource_type.as_str()) {
                Some(number) => *number,
                None => add.query_row([resource_type.as_str()], |row| row.get(0))?,
            };
            self.types.insert(*resource_type, number);
            self.names.insert(number, *resource_type);
        }
        Ok(filled)
    }

    /// Whether rows of the parameter with this number are in force.
    pub(crate) fn is_live(&self, number: i64) -> bool {
        self.live.contains(&(number % derived::END))
    }

    /// Whether the parameter with this id was withdrawn.
    pub(crate) fn is_withdrawn(&self, parameter: ParameterId) -> bool {
        self.withdrawn.contains(&parameter)
    }

    /// The numbers, of all types, of these parameters.
    pub(crate) fn of_parameters(&self, parameters: &[ParameterId]) -> HashSet<i64, RandomState> {
        let asked = self.parameters.iter().filter(|((_, id), _)| parameters.contains(id));
        asked.map(|(_, (number, _))| *number).collect()
    }

    /// Each parameter in force by number.
    pub(crate) fn by_number(&self) -> HashMap<i64, (ResourceType, ParameterId)> {
        self.parameters.iter().map(|(pair, (number, _))| (*number, *pair)).collect()
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

impl Numbers {
    /// The types that canonicals of a parameter lead to.
    pub(crate) fn canonical_targets(&self, parameter: ParameterId) -> &[ResourceType] {
        self.canonicals.get(&parameter).map_or(&[], Vec::as_slice)
    }

    /// The number of the URLs of the type `target`, where canonicals of a parameter lead to it.
    pub(crate) fn canonical(&self, parameter: ParameterId, target: ResourceType) -> Option<i64> {
        let leads = self.canonical_targets(parameter).contains(&target);
        self.urls.get(&target).copied().filter(|_| leads)
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

    fn canonical(&self, parameter: ParameterId, target: ResourceType) -> Option<i64> {
        self.numbers.canonical(parameter, target)
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

    fn ancestors(&self, resource_type: ResourceType, id: &ResourceId, parent: i64) -> Vec<i64> {
        let root = self.db.prepare_cached("SELECT rid FROM resource WHERE t = ?1 AND id = ?2");
        let root = root.and_then(|mut statement| {
            let t = self.numbers.type_number(resource_type);
            statement.query_row((t, StoredId(id)), |row| row.get(0))
        });
        let mut line: Vec<i64> = root.into_iter().collect();
        let mut at = 0;
        while at < line.len() && line.len() < ANCESTORS_MAX {
            let parents = Reader::targets(self.db, line[at], &[parent]).unwrap_or_default();
            for parent in parents {
                if !line.contains(&parent) {
                    line.push(parent);
                }
            }
            at += 1;
        }
        line
    }

    /// Where it cannot be told, the worst is taken.
    fn spread(&self, number: i64, kind: ParameterKind) -> Spread {
        let exists = |sql: &str| {
            let found = self.db.prepare_cached(sql).and_then(|mut statement| {
                statement.query_row([number], |row| row.get::<_, bool>(0))
            });
            found.unwrap_or(true)
        };
        let wide = match kind {
            ParameterKind::Date => {
                "SELECT EXISTS (SELECT 1 FROM index_date INDEXED BY index_date_wide \
                 WHERE p = ?1 AND high - low > 86400000000)"
            }
            ParameterKind::Number => {
                "SELECT EXISTS (SELECT 1 FROM index_number INDEXED BY index_number_wide \
                 WHERE p = ?1 AND low < high)"
            }
            _ => {
                "SELECT EXISTS (SELECT 1 FROM index_quantity INDEXED BY index_quantity_wide \
                 WHERE p = ?1 AND low < high)"
            }
        };
        Spread {
            wide: exists(wide),
            many: exists("SELECT EXISTS (SELECT 1 FROM index_many WHERE p = ?1)"),
        }
    }

    fn count(&self, statement: &Statement) -> i64 {
        run_number(self.db, statement).unwrap_or(i64::MAX)
    }

    fn has_contained(&self, resource_type: ResourceType) -> bool {
        let Some(t) = self.numbers.type_number(resource_type) else { return false };
        let sql = "SELECT EXISTS (SELECT 1 FROM contained WHERE t = ?1)";
        let found = self
            .db
            .prepare_cached(sql)
            .and_then(|mut statement| statement.query_row([t], |row| row.get(0)));
        found.unwrap_or(true)
    }

    fn parameter_code(&self, parameter: ParameterId) -> &str {
        self.numbers.codes.get(parameter.0 as usize).copied().unwrap_or("an unknown parameter")
    }
}

/// The parameters that have a row, by type and code.
fn known_parameters(db: &Connection) -> rusqlite::Result<HashMap<(i64, String), Known>> {
    let mut statement =
        db.prepare("SELECT t, code, p, kind, fingerprint, in_force, building FROM parameter")?;
    let known = statement.query_map([], |row| {
        let known = Known {
            number: row.get(2)?,
            kind: row.get(3)?,
            fingerprint: row.get(4)?,
            in_force: row.get(5)?,
            building: row.get(6)?,
        };
        Ok(((row.get(0)?, row.get(1)?), known))
    })?;
    known.collect()
}

/// Brings a parameter's row up to date, and gives its number.
fn put_in_force(
    db: &Connection,
    known: Option<Known>,
    t: i64,
    parameter: &CatalogueParameter,
    now: i64,
    is_filled: bool,
) -> rusqlite::Result<i64> {
    let missing_since = || is_filled.then_some(now);
    let kind = kind_name(parameter.kind);
    if let Some(known) = known {
        if known.kind == kind {
            if known.fingerprint != parameter.fingerprint || !known.in_force {
                // Later than any state told before, so that who completes that one completes no other.
                let since = missing_since()
                    .map(|now| now.max(known.building.map_or(now, |building| building + 1)));
                db.prepare_cached(
                    "UPDATE parameter SET fingerprint = ?2, in_force = 1, building = ?3 WHERE p = ?1",
                )?
                .execute((known.number, parameter.fingerprint, since))?;
            }
            return Ok(known.number);
        }
        // Its name goes to another of another kind.
        withdraw(db, &known, now, "code || '~' || p")?;
    }
    let number = db
        .prepare_cached(
            "INSERT INTO parameter (t, code, kind, fingerprint, building) VALUES (?1, ?2, ?3, ?4, ?5)",
        )?
        .insert((t, parameter.code, kind, parameter.fingerprint, missing_since()))?;
    if number >= derived::END {
        return Err(rusqlite::Error::IntegralValueOutOfRange(0, number));
    }
    Ok(number)
}

/// Takes a parameter out of force. Its rows are still there, which is told until a reindexing has
/// taken them away; later than any state told before, as above.
fn withdraw(db: &Connection, known: &Known, now: i64, code: &str) -> rusqlite::Result<()> {
    let since = now.max(known.building.map_or(now, |building| building + 1));
    let sql =
        format!("UPDATE parameter SET in_force = 0, building = ?2, code = {code} WHERE p = ?1");
    db.prepare_cached(&sql)?.execute((known.number, since)).map(|_| ())
}

const KINDS: [(ParameterKind, &str); 11] = [
    (ParameterKind::Token, "token"),
    (ParameterKind::Identifier, "identifier"),
    (ParameterKind::Reference, "reference"),
    (ParameterKind::String, "string"),
    (ParameterKind::Date, "date"),
    (ParameterKind::Number, "number"),
    (ParameterKind::Quantity, "quantity"),
    (ParameterKind::Uri, "uri"),
    (ParameterKind::Composite, "composite"),
    (ParameterKind::Position, "position"),
    (ParameterKind::Other, "other"),
];

fn kind_name(kind: ParameterKind) -> &'static str {
    KINDS.iter().find(|(each, _)| *each == kind).map_or("other", |(_, name)| *name)
}
