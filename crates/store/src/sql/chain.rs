//! Chains: from what is found of the target's type back to what refers to it.
//! Spec: <https://hl7.org/fhir/R4/search.html#chaining>, <https://hl7.org/fhir/R4/search.html#contained>.
//!
//! A reference leads to a resource of its own, or by `#id` to one in the same container: the
//! specification evaluates chains inside contained resources too.

use fhir::ResourceType;
use search::{Expression, ParameterId};

use super::condition::Scope;
use super::text::Writer;
use crate::error::StoreError;

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
}
