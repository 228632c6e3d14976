//! Which codes of a code system stand above and below one.
//! Spec: <https://hl7.org/fhir/R4/codesystem.html#hierarchy>, <https://hl7.org/fhir/R4/codesystem-concept-properties.html>.

use std::collections::{BTreeSet, HashMap};

use definitions::{CodeSystem, CodeSystemContent, Concept};

use super::TerminologyError;

/// Properties that name a concept above this one; `child` names one below.
const ABOVE: [&str; 2] = ["parent", "subsumedBy"];

/// The direct steps up from each code.
pub(crate) struct Hierarchy {
    above: HashMap<&'static str, Vec<&'static str>>,
    below: HashMap<&'static str, Vec<&'static str>>,
}

impl Hierarchy {
    /// The hierarchy of a code system, where it is one of subsumption and wholly known.
    pub(crate) fn of(system: &CodeSystem) -> Result<Hierarchy, TerminologyError> {
        require_complete(system)?;
        if let Some(meaning) = system.hierarchy_meaning.filter(|meaning| *meaning != "is-a") {
            return Err(TerminologyError::new(format!(
                "is of {}, whose hierarchy is {meaning} and says nothing of what subsumes what; name \
                 the codes themselves",
                system.url
            )));
        }
        let mut steps = Hierarchy { above: HashMap::new(), below: HashMap::new() };
        let concepts = system.concepts();
        for concept in concepts {
            if let Some(parent) = concept.parent.and_then(|at| concepts.get(at as usize)) {
                steps.add(concept.code, parent.code);
            }
            for (property, value) in &concept.properties {
                if ABOVE.contains(property) {
                    steps.add_known(system, concept, value, true);
                } else if *property == "child" {
                    steps.add_known(system, concept, value, false);
                }
            }
        }
        Ok(steps)
    }

    fn add_known(&mut self, system: &CodeSystem, concept: &Concept, other: &str, is_above: bool) {
        let Some(other) = system.concept(other) else { return };
        if is_above {
            self.add(concept.code, other.code);
        } else {
            self.add(other.code, concept.code);
        }
    }

    fn add(&mut self, lower: &'static str, upper: &'static str) {
        self.above.entry(lower).or_default().push(upper);
        self.below.entry(upper).or_default().push(lower);
    }

    /// The code with all above it.
    pub(crate) fn ancestors(&self, code: &'static str) -> BTreeSet<&'static str> {
        closure(code, &self.above)
    }

    /// The code with all below it.
    pub(crate) fn descendants(&self, code: &'static str) -> BTreeSet<&'static str> {
        closure(code, &self.below)
    }
}

/// What is reached from a code; each is visited once, so that a circle ends.
fn closure(
    start: &'static str,
    steps: &HashMap<&'static str, Vec<&'static str>>,
) -> BTreeSet<&'static str> {
    let mut reached = BTreeSet::from([start]);
    let mut open = vec![start];
    while let Some(code) = open.pop() {
        for next in steps.get(code).into_iter().flatten() {
            if reached.insert(next) {
                open.push(next);
            }
        }
    }
    reached
}

/// All codes of the system must be known, or an answer would be silently short.
pub(crate) fn require_complete(system: &CodeSystem) -> Result<(), TerminologyError> {
    if system.content == CodeSystemContent::Complete {
        return Ok(());
    }
    Err(TerminologyError::new(format!(
        "needs all codes of {}, of which this server has not all; name the codes themselves",
        system.url
    )))
}
