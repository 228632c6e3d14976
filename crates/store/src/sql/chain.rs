//! Chains and `_has`: from what is found of the target's type back to what refers to it, and from what
//! is found of the referring type on to what it refers to.
//! Spec: <https://hl7.org/fhir/R4/search.html#chaining>, <https://hl7.org/fhir/R4/search.html#contained>.
//!
//! A reference leads to a resource of its own, or by `#id` to one in the same container: the
//! specification evaluates chains inside contained resources too. A canonical leads to the current
//! resources that bear its URL, and the version where it names one: the number of its text, negative, is
//! among the references, and the same number among the URLs of what bears it.

use fhir::ResourceType;
use search::{Expression, ParameterId};

use super::condition::Scope;
use super::derived;
use super::query::{Query, kept_count_of_code};
use super::text::{Bind, Dialect, Statement, Writer};
use crate::error::StoreError;

/// To read a resource's keys takes as long as to read so many references off their index.
const SCANNED: i64 = 16;

/// Values of a statement with chains at the most, before another link is written: each is written twice
/// where there are contained resources. SQLite takes 32,766.
const BINDS_MAX: usize = 8_000;

impl Scope<'_> {
    /// Writes the set of resources whose references lead to one for which `inner` holds.
    pub(super) fn set_of_chain(
        self,
        writer: &mut Writer<'_>,
        parameter: ParameterId,
        target: ResourceType,
        inner: &Expression,
        d: &str,
    ) -> Result<(), StoreError> {
        let number = self.reference(parameter)?.number;
        if writer.statement.binds.len() > BINDS_MAX {
            return Err(StoreError::too_costly(
                "its chains come to more than can be looked up at once, since each link may lead \
                 inside of a resource too; name the types of chains, as in subject:Patient.name, or \
                 use fewer links",
            ));
        }
        if !self.numbering.has_contained(target) {
            writer.text(&format!("SELECT {d}.rid FROM index_reference AS {d} WHERE {d}.p = "));
            writer.integer(number);
            writer.text(&format!(" AND {d}.target IN ("));
            self.targets(writer, parameter, target, inner)?;
            writer.text(")");
            return Ok(());
        }
        let k = writer.alias();
        writer.text(&format!(
            "SELECT {d}.rid FROM (SELECT {k}.rid FROM index_reference AS {k} WHERE {k}.p = "
        ));
        writer.integer(number);
        writer.text(&format!(" AND {k}.target IN ("));
        self.targets(writer, parameter, target, inner)?;
        writer.text(") UNION ALL ");
        self.by_local_id(writer, number, target, inner)?;
        writer.text(&format!(") AS {d} WHERE 1 = 1"));
        Ok(())
    }

    /// Writes the set of what refers by `#id` to a contained resource for which `inner` holds.
    fn by_local_id(
        self,
        writer: &mut Writer<'_>,
        number: i64,
        target: ResourceType,
        inner: &Expression,
    ) -> Result<(), StoreError> {
        let [found, met, inside, uri, from, sibling] = std::array::from_fn(|_| writer.alias());
        writer.text(&format!("SELECT {from}.rid FROM ("));
        self.inside(target).set(writer, inner, &found)?;
        writer.text(&format!(
            ") AS {met} CROSS JOIN contained AS {inside} CROSS JOIN uri AS {uri} \
             CROSS JOIN index_reference AS {from} WHERE {inside}.rid = {met}.rid \
             AND {uri}.uri = '#' || {inside}.local AND {from}.p = "
        ));
        writer.integer(number);
        writer.text(&format!(" AND {from}.target = -{uri}.u AND "));
        writer.text(&if self.contained {
            format!(
                "{from}.rid IN (SELECT {sibling}.rid FROM contained AS {sibling} \
                 WHERE {sibling}.container = {inside}.container)"
            )
        } else {
            format!("{from}.rid = {inside}.container")
        });
        Ok(())
    }

    /// Writes the set of what references say that lead to a resource for which `inner` holds.
    fn targets(
        self,
        writer: &mut Writer<'_>,
        parameter: ParameterId,
        target: ResourceType,
        inner: &Expression,
    ) -> Result<(), StoreError> {
        let found = writer.alias();
        let Some(url) = self.numbering.canonical(parameter, target) else {
            return self.at(target).set(writer, inner, &found);
        };
        let met = writer.alias();
        writer.text(&format!("WITH {met} (rid) AS MATERIALIZED ("));
        self.at(target).set(writer, inner, &found)?;
        writer.text(&format!(
            ") SELECT rid FROM {met} UNION ALL SELECT -u FROM index_uri WHERE p IN ("
        ));
        own_canonicals(writer, url);
        writer.text(&format!(") AND rid IN (SELECT rid FROM {met})"));
        Ok(())
    }

    /// Writes the set of resources that one of `source` refers to for which `inner` holds.
    pub(super) fn set_of_referred(
        self,
        writer: &mut Writer<'_>,
        source: Scope<'_>,
        parameter: ParameterId,
        inner: &Expression,
        d: &str,
    ) -> Result<(), StoreError> {
        let number = source.reference(parameter)?.number;
        // The target may be of another type or gone, hence the second table.
        self.resources(writer, d);
        let url = self.numbering.canonical(parameter, self.resource_type);
        writer.text(&format!(" AND {d}.rid IN ("));
        match url {
            Some(url) => self.bearers(writer, source, (number, url), inner)?,
            None => source.referred(writer, number, inner)?,
        }
        writer.text(")");
        Ok(())
    }

    /// Writes the condition that one of `source`, for which `inner` holds, refers to `rid`.
    pub(super) fn test_referred(
        self,
        writer: &mut Writer<'_>,
        source: Scope<'_>,
        parameter: ParameterId,
        inner: &Expression,
        rid: &str,
    ) -> Result<(), StoreError> {
        let number = source.reference(parameter)?.number;
        let url = self.numbering.canonical(parameter, self.resource_type);
        if let Some(url) = url {
            writer.text(&format!("{rid} IN ("));
            self.bearers(writer, source, (number, url), inner)?;
            writer.text(")");
            return Ok(());
        }
        source.test_referring(writer, number, inner, rid)
    }

    /// Writes the set of resources that one of `source` refers to, by its number or by a canonical.
    ///
    /// Each resource of the type and each of their URLs is looked up among the references, for there are
    /// few that canonicals lead to, and many that refer to one of them.
    fn bearers(
        self,
        writer: &mut Writer<'_>,
        source: Scope<'_>,
        (number, url): (i64, i64),
        inner: &Expression,
    ) -> Result<(), StoreError> {
        let borne = writer.alias();
        writer.text(&format!(
            "SELECT {borne}.rid FROM (SELECT rid, rid AS target FROM resource WHERE live = 1 AND t = "
        ));
        writer.integer(self.type_number());
        writer.text(" UNION ALL SELECT rid, -u FROM index_uri WHERE p IN (");
        own_canonicals(writer, url);
        writer.text(&format!(")) AS {borne} WHERE "));
        source.test_referring(writer, number, inner, &format!("{borne}.target"))
    }

    /// Writes the condition that one of these, for which `inner` holds, refers to `target` by the
    /// parameter with this number.
    fn test_referring(
        self,
        writer: &mut Writer<'_>,
        number: i64,
        inner: &Expression,
        target: &str,
    ) -> Result<(), StoreError> {
        let k = writer.alias();
        writer.text(&format!("EXISTS (SELECT 1 FROM index_reference AS {k} WHERE {k}.p = "));
        writer.integer(number);
        writer.text(&format!(" AND {k}.target = {target} AND "));
        self.test(writer, inner, &format!("{k}.rid"))?;
        writer.text(")");
        Ok(())
    }

    /// Writes the numbers that resources of this type, for which `inner` holds, refer to by the
    /// parameter numbered `number`.
    ///
    /// References are indexed by their targets, so where few refer their own keys are read, and where
    /// many do, all references.
    fn referred(
        self,
        writer: &mut Writer<'_>,
        number: i64,
        inner: &Expression,
    ) -> Result<(), StoreError> {
        let k = writer.alias();
        let all = self.numbering.count(&self.of_type(writer.dialect));
        let few = all / SCANNED + 2;
        if *inner != Expression::All && self.count_up_to(writer.dialect, inner, few)? < few {
            let (row, set) = (writer.alias(), writer.alias());
            let parameter = writer.placeholder(Bind::Integer(number));
            let start = writer.statement.sql.len();
            writer.text("(");
            self.set(writer, inner, &set)?;
            writer
                .text(&format!(") AS {k} CROSS JOIN resource AS {row} WHERE {row}.rid = {k}.rid"));
            let from = writer.statement.sql.split_off(start);
            writer.dialect.targets(&row, &parameter, &from, &mut writer.statement.sql);
            return Ok(());
        }
        writer.text(&format!("SELECT {k}.target FROM index_reference AS {k} WHERE {k}.p = "));
        writer.integer(number);
        if *inner != Expression::All {
            writer.text(&format!(" AND {k}.rid IN ("));
            let alias = writer.alias();
            self.set(writer, inner, &alias)?;
            writer.text(")");
        }
        Ok(())
    }

    /// How many resources an expression matches, looked up or counted up to `limit`.
    pub(super) fn count_up_to(
        self,
        dialect: &dyn Dialect,
        expression: &Expression,
        limit: i64,
    ) -> Result<i64, StoreError> {
        let mut writer = Writer::new(dialect);
        if let Some((p, c)) = self.single_code(expression) {
            kept_count_of_code(&mut writer, p, c);
        } else {
            writer.text("SELECT count(*) FROM (");
            self.set(&mut writer, expression, "d")?;
            writer.text(&format!(" LIMIT {limit})"));
        }
        Ok(self.numbering.count(&writer.statement))
    }

    /// The statement that reads how many resources of the type there are.
    pub(super) fn of_type(self, dialect: &dyn Dialect) -> Statement {
        let mut writer = Writer::new(dialect);
        writer.text("SELECT coalesce((SELECT live FROM type WHERE t = ");
        writer.integer(self.type_number());
        writer.text("), 0)");
        writer.statement
    }
}

/// Writes the numbers under which a type's URLs stand: without versions, and with them.
fn own_canonicals(writer: &mut Writer<'_>, url: i64) {
    writer.list([url, url + derived::OWN_CANONICAL], Writer::integer);
}

impl Query<'_> {
    /// Up to `limit` resources that a canonical leads to: the number of its text, and of the URLs of the
    /// types that are looked among.
    pub fn bearers(dialect: &dyn Dialect, urls: &[i64], canonical: i64, limit: usize) -> Statement {
        let mut writer = Writer::new(dialect);
        writer.text("SELECT DISTINCT rid FROM index_uri WHERE p IN (");
        let all = urls.iter().flat_map(|url| [*url, *url + derived::OWN_CANONICAL]);
        writer.list(all, Writer::integer);
        writer.text(") AND u = ");
        writer.integer(canonical);
        writer.text(" ORDER BY rid LIMIT ");
        writer.integer(limit as i64);
        writer.statement
    }
}
