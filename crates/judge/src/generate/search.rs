//! Random searches of a world.

use definitions::{ParameterKind, SearchParameter};
use fhir::ResourceType;

use super::feature::{Feature, Features};
use super::prng::Prng;
use super::vocabulary as words;
use crate::judge::Judge;
use crate::kind::Fact;
use crate::query::{
    Contained, Criterion, Include, IncludeSource, Modifier, Operand, Query, Scope, SortKey, Step,
    Test,
};
use crate::render;
use crate::text::Words;
use crate::world::{Site, World};

/// Steps from a resource to others at the most.
const STEPS_MAX: usize = 3;

/// What searches are made from.
pub(crate) struct Maker<'m> {
    pub(crate) prng: &'m mut Prng,
    pub(crate) judge: &'m Judge,
    pub(crate) world: &'m World,
    pub(crate) features: &'m Features,
}

/// A random search of the world, with the features that are on.
pub fn search(prng: &mut Prng, judge: &Judge, world: &World, features: &Features) -> Query {
    Maker { prng, judge, world, features }.query()
}

impl Maker<'_> {
    fn is_on(&mut self, feature: Feature, percent: usize) -> bool {
        self.features.has(feature) && self.prng.percent(percent)
    }

    fn query(&mut self) -> Query {
        let resource_type = super::key(self.prng).0;
        let mut query = Query::of_type(resource_type);
        if self.is_on(Feature::System, 6) {
            return self.system();
        }
        if self.is_on(Feature::Compartment, 8) {
            query.scope = self.compartment(resource_type);
        } else if self.is_on(Feature::Contained, 5) {
            query.scope = Scope::Type(words::resource_type("Medication"));
            return self.contained(query);
        }
        let criteria = self.prng.any(&[0, 1, 1, 1, 1, 2, 2, 3]);
        if let Scope::Compartment { member: None, .. } = query.scope {
            query.criteria.extend(self.common());
        } else {
            query.criteria = (0..criteria).filter_map(|_| self.criterion(resource_type)).collect();
            query.sort = self.sort(resource_type);
            if self.prng.percent(20) {
                let count = self.prng.between(1, 3);
                query.includes =
                    (0..count).filter_map(|index| self.include(resource_type, index)).collect();
            }
        }
        query.count = self.prng.maybe(50, |prng| prng.between(1, 6));
        query
    }

    fn system(&mut self) -> Query {
        let count = self.prng.between(0, 3);
        let mut types: Vec<ResourceType> = (0..count).map(|_| super::key(self.prng).0).collect();
        types.sort_unstable();
        types.dedup();
        let first = types.first().copied().unwrap_or(words::resource_type("Patient"));
        let mut query = Query::of_type(first);
        query.criteria.extend(self.common());
        query.scope = Scope::System(types);
        query.count = Some(self.prng.between(3, 20));
        query
    }

    /// A criterion that all types have.
    fn common(&mut self) -> Option<Criterion> {
        let code = self.prng.any(&["_id", "_lastUpdated", "_tag", "_profile", "_security"]);
        let parameter = self.judge.parameter(words::resource_type("Patient"), code)?;
        let at = super::key(self.prng).0;
        let test = self.test(at, parameter)?;
        Some(Criterion { path: Vec::new(), test })
    }

    fn compartment(&mut self, member: ResourceType) -> Scope {
        let of = words::resource_type(self.prng.any(&["Patient", "Encounter", "Practitioner"]));
        let has_member = self
            .judge
            .definitions
            .compartment(of)
            .is_some_and(|compartment| !compartment.parameters_of(member).is_empty());
        let member = (has_member && self.prng.percent(85)).then_some(member);
        Scope::Compartment { of, id: self.prng.id().to_owned(), member }
    }

    fn contained(&mut self, mut query: Query) -> Query {
        let Scope::Type(resource_type) = query.scope else { return query };
        // A contained resource has no time of its own, whatever is asked of it.
        let asks_when = |criterion: &Criterion| {
            render::pairs(&Query { criteria: vec![criterion.clone()], ..query.clone() }).iter().any(
                |(name, value)| name.contains("_lastUpdated") || value.contains("_lastUpdated"),
            )
        };
        let criterion = self.criterion(resource_type);
        query.criteria = criterion.into_iter().filter(|each| !asks_when(each)).collect();
        query.contained = self.prng.any(&[Contained::Only, Contained::Both]);
        query.count = self.prng.maybe(50, |prng| prng.between(1, 6));
        query
    }

    fn criterion(&mut self, resource_type: ResourceType) -> Option<Criterion> {
        let mut path = Vec::new();
        let mut at = resource_type;
        while path.len() < STEPS_MAX && self.prng.percent(22) {
            let Some((step, next)) = self.step(at) else { break };
            path.push(step);
            at = next;
        }
        let test = self.special_test(at).or_else(|| {
            let parameter = self.any_parameter(at);
            self.test(at, parameter)
        })?;
        if is_ambiguous(&path, &test) {
            return None;
        }
        Some(Criterion { path, test })
    }

    fn special_test(&mut self, at: ResourceType) -> Option<Test> {
        match self.prng.below(40) {
            0 if self.features.has(Feature::List) => {
                Some(Test::List(vec![self.prng.id().to_owned()]))
            }
            1 if self.features.has(Feature::FullText) => Some(Test::Text(self.words(2))),
            2 if self.features.has(Feature::FullText) => Some(Test::Content(self.words(2))),
            3..6 if self.features.has(Feature::Filter) => self.filter(at, 2).map(Test::Filter),
            _ => None,
        }
    }

    fn words(&mut self, depth: usize) -> Words {
        let all: Vec<String> =
            words::TEXTS.iter().flat_map(|text| crate::words::words(text)).collect();
        let all: Vec<String> =
            all.into_iter().chain(["amp", "fever", "3"].map(str::to_owned)).collect();
        let word = |prng: &mut Prng| prng.pick(&all).clone();
        match self.prng.below(if depth == 0 { 3 } else { 6 }) {
            0 => Words::Phrase(vec![word(self.prng)]),
            1 => {
                let text = crate::words::words(self.prng.any(&words::TEXTS));
                let count = self.prng.between(1, text.len());
                Words::Phrase(text[..count].to_vec())
            }
            2 => {
                let start: String = word(self.prng).chars().take(3).collect();
                Words::Begins(start)
            }
            3 => Words::And(vec![self.words(depth - 1), self.words(depth - 1)]),
            4 => Words::Or(vec![self.words(depth - 1), self.words(depth - 1)]),
            _ => Words::Without(Box::new(self.words(depth - 1)), Box::new(self.words(depth - 1))),
        }
    }

    /// A step to another type, and that type.
    pub(crate) fn step(&mut self, at: ResourceType) -> Option<(Step, ResourceType)> {
        if self.prng.percent(40) {
            let source = super::key(self.prng).0;
            let referring: Vec<_> = self
                .references(source)
                .into_iter()
                .filter(|parameter| parameter.targets.contains(&at))
                .collect();
            if referring.is_empty() {
                return None;
            }
            let parameter = self.prng.pick(&referring).code.to_owned();
            return Some((Step::Has { source, parameter }, source));
        }
        let references = self.references(at);
        if references.is_empty() {
            return None;
        }
        let mut parameter = self.prng.any(&references);
        // What a medication is asked of often stands in the request itself.
        if let Some(inside) = references.iter().find(|each| each.code == "medication")
            && self.prng.percent(50)
        {
            parameter = inside;
        }
        let known: Vec<ResourceType> =
            parameter.targets.iter().copied().filter(|target| is_known(*target)).collect();
        if known.is_empty() {
            return None;
        }
        let target = self.prng.any(&known);
        let named = self.prng.percent(70).then_some(target);
        Some((Step::Chain { parameter: parameter.code.to_owned(), target: named }, target))
    }

    /// The reference parameters of a type that a chain can follow.
    fn references(&mut self, at: ResourceType) -> Vec<&'static SearchParameter> {
        let all = self.judge.definitions.search_parameters(at);
        let references = all.filter(|each| each.kind == ParameterKind::Reference);
        let contained = self.features.has(Feature::ChainContained);
        references
            .filter(|each| contained || each.code != "medication")
            .filter(|each| each.targets.iter().any(|target| is_known(*target)))
            .collect()
    }

    /// A parameter of a type, mostly one that some resource says something to.
    pub(crate) fn any_parameter(&mut self, at: ResourceType) -> &'static SearchParameter {
        let all = self.judge.definitions.search_parameters(at);
        let usable: Vec<_> = all.filter(|each| self.is_usable(each)).collect();
        let mut chosen = self.prng.any(&usable);
        for _ in 0..4 {
            if !self.said(at, chosen).is_empty() {
                break;
            }
            chosen = self.prng.any(&usable);
        }
        chosen
    }

    fn is_usable(&self, parameter: &SearchParameter) -> bool {
        match parameter.kind {
            ParameterKind::Composite => self.features.has(Feature::Composite),
            ParameterKind::Special => parameter.code == "near" && self.features.has(Feature::Near),
            ParameterKind::Reference if parameter.code == "questionnaire" => {
                self.features.has(Feature::Canonical)
            }
            // How words sound is the server's own affair.
            _ => parameter.code != "phonetic",
        }
    }

    /// What resources of the type say to a parameter.
    pub(crate) fn said(&self, at: ResourceType, parameter: &'static SearchParameter) -> Vec<Fact> {
        let sites = self.world.sites().filter(|site| site.resource_type == at);
        sites.flat_map(|site: Site<'_>| self.judge.facts(site, parameter).to_vec()).collect()
    }

    fn test(&mut self, at: ResourceType, parameter: &'static SearchParameter) -> Option<Test> {
        let code = parameter.code.to_owned();
        let facts = self.said(at, parameter);
        // A composite is no element of its own that could be missing.
        let may_be_missing =
            !matches!(parameter.kind, ParameterKind::Composite | ParameterKind::Special);
        if may_be_missing && self.prng.percent(8) {
            return Some(Test::Missing { code, is_missing: self.prng.percent(50) });
        }
        let modifier = self.modifier(parameter);
        let is_single = matches!(parameter.kind, ParameterKind::Composite | ParameterKind::Special)
            || matches!(
                modifier,
                Modifier::In | Modifier::NotIn | Modifier::Above | Modifier::Below
            );
        let most = if is_single { 1 } else { self.prng.any(&[1, 1, 1, 2, 3]) };
        let values: Vec<Operand> = (0..most)
            .filter_map(|_| {
                let fact = self.prng.one_of_facts(&facts).filter(|_| self.prng.percent(85));
                self.operand(parameter, &modifier, fact)
            })
            .collect();
        (!values.is_empty()).then_some(Test::Parameter { code, modifier, values })
    }

    fn sort(&mut self, resource_type: ResourceType) -> Vec<SortKey> {
        let count = self.prng.any(&[0, 0, 1, 1, 2, 3]);
        let all = self.judge.definitions.search_parameters(resource_type);
        let sortable: Vec<&str> = all
            .filter(|each| {
                !matches!(
                    each.kind,
                    ParameterKind::Composite | ParameterKind::Special | ParameterKind::Reference
                ) && each.code != "phonetic"
            })
            .map(|each| each.code)
            .collect();
        let mut keys: Vec<SortKey> = Vec::new();
        for _ in 0..count {
            let code = (self.prng.any(&sortable)).to_owned();
            if keys.iter().all(|key| key.code != code) {
                keys.push(SortKey { code, is_descending: self.prng.percent(50) });
            }
        }
        keys
    }

    fn include(&mut self, resource_type: ResourceType, index: usize) -> Option<Include> {
        let is_reverse = self.prng.percent(40);
        let is_iterated = index > 0 && self.prng.percent(60);
        if self.prng.percent(12) && !is_reverse {
            let source = IncludeSource::All;
            return Some(Include { is_reverse, is_iterated: false, source, target: None });
        }
        // The first include looks at the matches; those that go on may begin anywhere.
        let source =
            if is_reverse || is_iterated { super::key(self.prng).0 } else { resource_type };
        let references = self.references(source);
        let fitting: Vec<_> = references
            .into_iter()
            .filter(|each| !is_reverse || is_iterated || each.targets.contains(&resource_type))
            .collect();
        if fitting.is_empty() {
            return None;
        }
        let parameter = self.prng.any(&fitting);
        let known: Vec<ResourceType> =
            parameter.targets.iter().copied().filter(|target| is_known(*target)).collect();
        let target = (!is_reverse && self.prng.percent(30)).then(|| self.prng.any(&known));
        let source = if self.prng.percent(10) && !is_iterated {
            IncludeSource::OfType(source)
        } else {
            IncludeSource::Parameter(source, parameter.code.to_owned())
        };
        let target = target.filter(|_| matches!(source, IncludeSource::Parameter(..)));
        Some(Include { is_reverse, is_iterated, source, target })
    }
}

fn is_known(resource_type: ResourceType) -> bool {
    words::TYPES.iter().any(|(name, _)| *name == resource_type.as_str())
}

/// Whether a chain without a type leads to types where the last parameter is not of one kind, or to
/// one that does not allow the value.
fn is_ambiguous(path: &[Step], test: &Test) -> bool {
    let is_open = |step: &Step| matches!(step, Step::Chain { target: None, .. });
    let Some((last, before)) = path.split_last() else { return false };
    if before.iter().any(is_open) {
        return true;
    }
    let has_open = is_open(last);
    // Only what every type has alike is asked for along an open chain.
    let alike = ["identifier", "_id", "_tag", "_lastUpdated", "_profile"];
    match test {
        Test::Missing { code, .. } | Test::Parameter { code, .. } => {
            has_open && !alike.contains(&code.as_str())
        }
        _ => has_open,
    }
}
