//! Whether what a resource says to a parameter is what one of its values asks for.
//! Spec: <https://hl7.org/fhir/R4/search.html#modifiers>.
//!
//! To add a modifier: an arm in [`Judge::fits`].

use std::collections::BTreeSet;

use definitions::SearchParameter;

use crate::judge::{Judge, Key};
use crate::kind::{Fact, string, uri};
use crate::query::{Modifier, Operand, Referred};
use crate::terminology;
use crate::time;
use crate::world::{Site, World};

impl Judge {
    /// Whether the parameter fulfils one of the values; with `:not` and `:not-in`, none.
    pub(crate) fn fulfils(
        &self,
        world: &World,
        site: Site<'_>,
        parameter: &'static SearchParameter,
        modifier: &Modifier,
        values: &[Operand],
    ) -> bool {
        let facts = self.facts(site, parameter);
        let any = |modifier: &Modifier| {
            values.iter().any(|value| {
                facts.iter().any(|fact| self.fits(world, parameter, fact, modifier, value))
            })
        };
        match modifier {
            Modifier::Not => !any(&Modifier::None),
            Modifier::NotIn => !any(&Modifier::In),
            other => any(other),
        }
    }

    /// Whether one fact is what one value asks for.
    pub(crate) fn fits(
        &self,
        world: &World,
        parameter: &'static SearchParameter,
        fact: &Fact,
        modifier: &Modifier,
        wanted: &Operand,
    ) -> bool {
        match (fact, wanted) {
            (Fact::Token(said), Operand::Token(token)) => match modifier {
                Modifier::Below | Modifier::Above => {
                    terminology::is_related(self.definitions, said, modifier, token)
                }
                _ => said.fits(token),
            },
            (Fact::Token(said), Operand::Text(text)) if *modifier == Modifier::In => {
                terminology::is_member(self, said, text)
            }
            (Fact::Token(said), Operand::Text(text)) => said.has_text(text),
            (Fact::Token(said), Operand::OfType { system, code, value }) => {
                said.is_of_type(system, code, value)
            }
            (Fact::String(texts), Operand::Text(text)) => string::fits(texts, modifier, text),
            (Fact::Uri(said), Operand::Text(text)) => uri::fits(said, modifier, text),
            (Fact::Date(span), Operand::Date(prefix, text)) => {
                let wanted = time::wanted(*prefix, text, self.now);
                wanted.is_some_and(|wanted| span.fulfils(*prefix, &wanted))
            }
            (Fact::Number(span), Operand::Number(prefix, digits)) => {
                let wanted = crate::kind::number::wanted(*prefix, digits);
                wanted.is_some_and(|wanted| span.fulfils(*prefix, &wanted))
            }
            (Fact::Quantity(said), Operand::Quantity(prefix, digits, unit)) => {
                said.fits(*prefix, digits, unit)
            }
            (Fact::Reference(said), Operand::Text(text)) => said.has_text(text),
            (Fact::Reference(said), Operand::Token(token)) => said.has_identifier(token),
            (Fact::Reference(said), Operand::Reference(referred)) => match (modifier, referred) {
                (
                    Modifier::Above | Modifier::Below,
                    Referred::Local(resource_type, id) | Referred::Own(resource_type, id),
                ) => {
                    let root = (*resource_type, id.clone());
                    let related = self.relatives(world, &root, *modifier == Modifier::Below);
                    said.key(self.definitions).is_some_and(|key| related.contains(&key))
                }
                _ => said.fits(self.definitions, &parameter.targets, modifier, referred),
            },
            (Fact::Position(said), Operand::Near { latitude, longitude, distance, unit }) => {
                said.is_near(latitude, longitude, distance, *unit)
            }
            (Fact::Composite(parts), Operand::Composite(wanted)) => {
                let all = parameter.components.iter().zip(parts).zip(wanted);
                parts.len() == wanted.len()
                    && all.into_iter().all(|(((url, _), facts), wanted)| {
                        let component = self.definitions.parameter_by_url(url);
                        component.is_some_and(|component| {
                            facts.iter().any(|fact| {
                                self.fits(world, component, fact, &Modifier::None, wanted)
                            })
                        })
                    })
            }
            _ => false,
        }
    }

    /// A resource with all that stand below it, or above it, in the hierarchy that its type's
    /// references to its own type make.
    fn relatives(&self, world: &World, root: &Key, is_below: bool) -> BTreeSet<Key> {
        let parent = ["partof", "part-of"]
            .into_iter()
            .find(|code| self.parameter(root.0, code).is_some())
            .unwrap_or("partof");
        let mut related = BTreeSet::from([root.clone()]);
        loop {
            let before = related.len();
            for site in world.sites().filter(|site| site.resource_type == root.0) {
                let said = self.references(site, parent);
                let parents: Vec<Key> =
                    said.iter().filter_map(|said| said.key(self.definitions)).collect();
                if is_below && parents.iter().any(|parent| related.contains(parent)) {
                    related.insert(site.key.clone());
                }
                if !is_below && related.contains(site.key) {
                    related.extend(parents);
                }
            }
            if related.len() == before {
                return related;
            }
        }
    }
}
