//! Value sets and code systems of the definitions, worked out when they are asked for.
//! Spec: <https://hl7.org/fhir/R4/valueset.html#composition>.
//!
//! To work out one more filter, add an arm to `matching`.

use std::collections::{BTreeMap, BTreeSet, HashMap};
use std::sync::{Arc, Mutex, PoisonError};

use definitions::{CodeSystem, Concept, Definitions, Expansion, Include, ValueSet};

use super::hierarchy::{Hierarchy, require_complete};
use super::{CODES_MAX, Terminology, TerminologyError};
use crate::expression::CodeSet;

/// Value sets inside value sets at the most.
const DEPTH_MAX: usize = 16;
/// Value sets that are kept worked out.
const KEPT_MAX: usize = 256;

type Codes = BTreeMap<&'static str, BTreeSet<&'static str>>;

/// The terminology of the definitions.
#[derive(Debug)]
pub struct DefinedTerminology {
    definitions: &'static Definitions,
    kept: Mutex<HashMap<&'static str, Arc<CodeSet>>>,
}

impl DefinedTerminology {
    /// The terminology of these definitions.
    pub fn new(definitions: &'static Definitions) -> DefinedTerminology {
        DefinedTerminology { definitions, kept: Mutex::default() }
    }

    fn code_system(&self, url: &str) -> Result<&'static CodeSystem, TerminologyError> {
        self.definitions.code_system(url).ok_or_else(|| {
            TerminologyError::new(
                "is of a code system that this server does not have; name the codes themselves",
            )
        })
    }

    fn concept(
        &self,
        system: &str,
        code: &str,
    ) -> Result<(&'static CodeSystem, &'static Concept), TerminologyError> {
        let system = self.code_system(system)?;
        require_complete(system)?;
        let concept = system.concept(code).ok_or_else(|| {
            TerminologyError::new(format!("is no code of {} that is known here", system.url))
        })?;
        Ok((system, concept))
    }

    fn expand(&self, set: &'static ValueSet, depth: usize) -> Result<Codes, TerminologyError> {
        if depth > DEPTH_MAX {
            return Err(TerminologyError::new(format!(
                "names a value set of value sets more than {DEPTH_MAX} deep"
            )));
        }
        if let Some(expansion) = set.expansion()
            && self.is_whole(set, expansion)
        {
            let mut codes = Codes::new();
            for member in expansion.members.iter().filter(|member| !member.is_abstract) {
                codes.entry(member.system).or_default().insert(member.code);
            }
            return bounded(codes);
        }
        if set.includes().is_empty() {
            return Err(TerminologyError::new(format!(
                "names {}, whose definition does not say what is in it",
                set.url
            )));
        }
        let mut codes = Codes::new();
        for include in set.includes() {
            for (system, found) in self.included(include, depth)? {
                codes.entry(system).or_default().extend(found);
            }
            codes = bounded(codes)?;
        }
        for exclude in set.excludes() {
            for (system, gone) in self.included(exclude, depth)? {
                if let Some(kept) = codes.get_mut(system) {
                    kept.retain(|code| !gone.contains(code));
                }
            }
        }
        Ok(codes)
    }

    /// Whether an expansion can be relied on to have all codes.
    ///
    /// Those that come with the specification were cut off at 500 or 1,000 codes a rule, not always
    /// saying so, where the code system is too large to be part of it.
    fn is_whole(&self, set: &ValueSet, expansion: &Expansion) -> bool {
        const CUT_OFF: usize = 500;
        if expansion.is_partial || expansion.members.is_empty() {
            return false;
        }
        set.includes().iter().all(|include| {
            let Some(system) = include.system else { return false };
            let members = expansion.members.iter().filter(|member| member.system == system);
            !include.concepts.is_empty()
                || members.count() < CUT_OFF
                || self.definitions.code_system(system).is_some_and(|s| require_complete(s).is_ok())
        })
    }

    /// What one rule names: codes of a system that all its value sets have too.
    fn included(&self, include: &'static Include, depth: usize) -> Result<Codes, TerminologyError> {
        let mut codes = match include.system {
            Some(system) => Some(Codes::from([(system, self.of_system(system, include)?)])),
            None => None,
        };
        for url in &include.value_sets {
            let set = self.definitions.value_set(url).ok_or_else(|| {
                TerminologyError::new(format!("needs value set {url}, which is not known here"))
            })?;
            let inner = self.expand(set, depth + 1)?;
            codes = Some(match codes {
                None => inner,
                Some(codes) => intersection(codes, &inner),
            });
        }
        bounded(codes.unwrap_or_default())
    }

    fn of_system(
        &self,
        system: &'static str,
        include: &'static Include,
    ) -> Result<BTreeSet<&'static str>, TerminologyError> {
        if !include.concepts.is_empty() {
            return Ok(include.concepts.iter().map(|(code, _)| *code).collect());
        }
        let known = self.definitions.code_system(system).ok_or_else(|| {
            TerminologyError::new(format!(
                "needs code system {system}, which this server does not have; name the codes \
                 themselves"
            ))
        })?;
        require_complete(known)?;
        let mut codes: BTreeSet<&'static str> =
            known.concepts().iter().map(|concept| concept.code).collect();
        for filter in &include.filters {
            let kept = matching(known, *filter)?;
            codes.retain(|code| kept.contains(code));
        }
        Ok(codes)
    }
}

/// The codes for which a filter holds.
fn matching(
    system: &'static CodeSystem,
    (property, operator, value): (&str, &str, &str),
) -> Result<BTreeSet<&'static str>, TerminologyError> {
    let all = || system.concepts().iter();
    let below = || -> Result<BTreeSet<&'static str>, TerminologyError> {
        let Some(concept) = system.concept(value) else { return Ok(BTreeSet::new()) };
        Ok(Hierarchy::of(system)?.descendants(concept.code))
    };
    Ok(match (operator, property) {
        ("is-a", "concept" | "code") => below()?,
        ("descendent-of", "concept" | "code") => {
            let mut codes = below()?;
            codes.remove(value);
            codes
        }
        ("is-not-a", "concept" | "code") => {
            let below = below()?;
            all().map(|concept| concept.code).filter(|code| !below.contains(code)).collect()
        }
        ("=", "concept" | "code") => {
            system.concept(value).into_iter().map(|concept| concept.code).collect()
        }
        ("in" | "not-in", "concept" | "code") => {
            let listed: Vec<&str> = value.split(',').map(str::trim).collect();
            let is_in = operator == "in";
            all().map(|concept| concept.code).filter(|c| listed.contains(c) == is_in).collect()
        }
        ("=", _) => all()
            .filter(|concept| concept.properties.contains(&(property, value)))
            .map(|concept| concept.code)
            .collect(),
        ("exists", _) => all()
            .filter(|concept| {
                let has = concept.properties.iter().any(|(name, _)| *name == property);
                has == (value == "true")
            })
            .map(|concept| concept.code)
            .collect(),
        _ => {
            return Err(TerminologyError::new(format!(
                "names a value set whose filter {property} {operator} cannot be worked out here"
            )));
        }
    })
}

fn intersection(mut codes: Codes, other: &Codes) -> Codes {
    for (system, kept) in &mut codes {
        kept.retain(|code| other.get(system).is_some_and(|codes| codes.contains(code)));
    }
    codes
}

fn bounded(codes: Codes) -> Result<Codes, TerminologyError> {
    if codes.values().map(BTreeSet::len).sum::<usize>() <= CODES_MAX {
        return Ok(codes);
    }
    Err(TerminologyError::new(format!(
        "stands for more than {CODES_MAX} codes; name a smaller value set"
    )))
}

fn code_set(codes: Codes) -> Arc<CodeSet> {
    let systems = codes
        .into_iter()
        .filter(|(_, codes)| !codes.is_empty())
        .map(|(system, codes)| (system.into(), codes.into_iter().map(Into::into).collect()))
        .collect();
    Arc::new(CodeSet { systems })
}

impl Terminology for DefinedTerminology {
    fn value_set(&self, url: &str) -> Result<Arc<CodeSet>, TerminologyError> {
        let set = self.definitions.value_set(url).ok_or_else(|| {
            TerminologyError::new("names no value set that is known here; write its canonical URL")
        })?;
        let kept = || self.kept.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(known) = kept().get(set.url) {
            return Ok(Arc::clone(known));
        }
        let codes = code_set(self.expand(set, 0)?);
        let mut kept = kept();
        if kept.len() >= KEPT_MAX {
            kept.clear();
        }
        kept.insert(set.url, Arc::clone(&codes));
        Ok(codes)
    }

    fn ancestors(&self, system: &str, code: &str) -> Result<Arc<CodeSet>, TerminologyError> {
        let (system, concept) = self.concept(system, code)?;
        let codes = Hierarchy::of(system)?.ancestors(concept.code);
        Ok(code_set(bounded(Codes::from([(system.url, codes)]))?))
    }

    fn descendants(&self, system: &str, code: &str) -> Result<Arc<CodeSet>, TerminologyError> {
        let (system, concept) = self.concept(system, code)?;
        let codes = Hierarchy::of(system)?.descendants(concept.code);
        Ok(code_set(bounded(Codes::from([(system.url, codes)]))?))
    }
}
