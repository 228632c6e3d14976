//! Chains and `_has`: from what is found of the target's type back to what refers to it, and from what
//! is found of the referring type on to what it refers to.
//! Spec: <https://hl7.org/fhir/R4/search.html#chaining>, <https://hl7.org/fhir/R4/search.html#contained>.
//!
//! A reference leads to a resource of its own, or by `#id` to one in the same container: the
//! specification evaluates chains inside contained resources too.

use fhir::ResourceType;
use search::{Expression, ParameterId};

use super::condition::Scope;
use super::query::kept_count_of_code;
use super::text::{Bind, Dialect, Statement, Writer};
use crate::error::StoreError;

/// To read a resource's keys takes as long as to read so many references off their index.
const SCANNED: i64 = 16;

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
        let k = writer.alias();
        if !self.numbering.has_contained(target) {
            writer.text(&format!("SELECT {d}.rid FROM index_reference AS {d} WHERE {d}.p = "));
            writer.integer(number);
            writer.text(&format!(" AND {d}.target IN ("));
            self.at(target).set(writer, inner, &k)?;
            writer.text(")");
            return Ok(());
        }
        writer.text(&format!(
            "SELECT {d}.rid FROM (SELECT {k}.rid FROM index_reference AS {k} WHERE {k}.p = "
        ));
        writer.integer(number);
        writer.text(&format!(" AND {k}.target IN ("));
        let found = writer.alias();
        self.at(target).set(writer, inner, &found)?;
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
        writer.text(&format!(" AND {d}.rid IN ("));
        source.referred(writer, number, inner)?;
        writer.text(")");
        Ok(())
    }

    /// Writes the condition that one of these, for which `inner` holds, refers to `rid`.
    pub(super) fn test_referring(
        self,
        writer: &mut Writer<'_>,
        parameter: ParameterId,
        inner: &Expression,
        rid: &str,
    ) -> Result<(), StoreError> {
        let number = self.reference(parameter)?.number;
        let k = writer.alias();
        writer.text(&format!("EXISTS (SELECT 1 FROM index_reference AS {k} WHERE {k}.p = "));
        writer.integer(number);
        writer.text(&format!(" AND {k}.target = {rid} AND "));
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
