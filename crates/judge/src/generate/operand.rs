//! Random values of a query: what resources of the world say to the parameter, as it is or changed.

use definitions::{ParameterKind, SearchParameter};

use super::feature::Feature;
use super::prng::Prng;
use super::search::Maker;
use super::vocabulary as words;
use crate::kind::Fact;
use crate::kind::reference::Said;
use crate::query::{Modifier, Operand, Prefix, Referred, System, Token, Unit};
use crate::words::plain;

/// The types whose references to themselves make a tree.
const TREES: [&str; 2] = ["Location", "Organization"];

impl Maker<'_> {
    /// A value for a parameter with a modifier; `None` where none comes to mind.
    pub(crate) fn operand(
        &mut self,
        parameter: &'static SearchParameter,
        modifier: &Modifier,
        fact: Option<&Fact>,
    ) -> Option<Operand> {
        match (parameter.kind, modifier) {
            (ParameterKind::Token, _) if parameter.code == "_id" => {
                let code = Some(self.prng.id().to_owned());
                Some(Operand::Token(Token { system: System::Any, code }))
            }
            (ParameterKind::Token, Modifier::In | Modifier::NotIn) => {
                Some(Operand::Text((self.prng.any(&words::VALUE_SETS)).to_owned()))
            }
            (ParameterKind::Token, Modifier::Text) => {
                let said = match fact {
                    Some(Fact::Token(said)) if !said.texts.is_empty() => {
                        self.prng.pick(&said.texts).clone()
                    }
                    _ => (self.prng.any(&words::TEXTS)).to_owned(),
                };
                self.text(&said, &Modifier::None)
            }
            (ParameterKind::Token, Modifier::Above | Modifier::Below) => {
                let system = System::Is(words::ROLE.to_owned());
                let code = Some((self.prng.any(&words::ROLE_CODES)).to_owned());
                Some(Operand::Token(Token { system, code }))
            }
            (ParameterKind::Token, Modifier::OfType) => Some(self.of_type(fact)),
            (ParameterKind::Token, _) => self.token(fact),
            (ParameterKind::String, _) => {
                let said = match fact {
                    Some(Fact::String(texts)) if !texts.is_empty() => self.prng.pick(texts).clone(),
                    _ => (self.prng.any(&words::NAMES)).to_owned(),
                };
                self.text(&said, modifier)
            }
            (ParameterKind::Date, _) => Some(self.date()),
            (ParameterKind::Number, _) => {
                let prefix = self.prng.any(&Prefix::ALL);
                Some(Operand::Number(prefix, (self.prng.any(&words::NUMBERS)).to_owned()))
            }
            (ParameterKind::Quantity, _) => Some(self.quantity()),
            (ParameterKind::Uri, _) => Some(Operand::Text(self.uri(fact, modifier))),
            (ParameterKind::Reference, _) => self.reference(parameter, modifier, fact),
            (ParameterKind::Composite, _) => self.composite(parameter, fact),
            (ParameterKind::Special, _) => Some(self.near()),
        }
    }

    fn token(&mut self, fact: Option<&Fact>) -> Option<Operand> {
        let from_world = match fact {
            Some(Fact::Token(said)) if !said.codings.is_empty() => {
                Some(self.prng.pick(&said.codings).clone())
            }
            _ => None,
        };
        let (system, code) = from_world.unwrap_or_else(|| {
            let system = self.prng.maybe(70, |prng| prng.any(&words::SYSTEMS).to_owned());
            (system, Some((self.prng.any(&words::CODES)).to_owned()))
        });
        let other_system = (self.prng.any(&words::SYSTEMS)).to_owned();
        let token = match (self.prng.below(10), system, code) {
            (0..4, Some(system), code) => Token { system: System::Is(system), code },
            (4, Some(system), _) | (_, Some(system), None) => {
                Token { system: System::Is(system), code: None }
            }
            (5, _, Some(code)) => Token { system: System::None, code: Some(code) },
            (6, _, Some(code)) => Token { system: System::Is(other_system), code: Some(code) },
            (_, _, Some(code)) => Token { system: System::Any, code: Some(code) },
            (_, None, None) => return None,
        };
        Some(Operand::Token(token))
    }

    fn of_type(&mut self, fact: Option<&Fact>) -> Operand {
        let said = match fact {
            Some(Fact::Token(said)) if !said.of_type.is_empty() => {
                Some(self.prng.pick(&said.of_type).clone())
            }
            _ => None,
        };
        let (system, code, value) = said.unwrap_or_else(|| {
            let value = (self.prng.any(&words::VALUES)).to_owned();
            (words::IDENTIFIER_TYPE.to_owned(), "MR".to_owned(), value)
        });
        let code = if self.prng.percent(20) { "NH".to_owned() } else { code };
        Operand::OfType { system, code, value }
    }

    /// A part of a text, or all of it, written otherwise.
    fn text(&mut self, said: &str, modifier: &Modifier) -> Option<Operand> {
        let chars: Vec<char> = said.chars().collect();
        let end = self.prng.between(1, chars.len().max(1)).min(chars.len());
        let start = if self.prng.percent(30) { self.prng.below(end.max(1)) } else { 0 };
        let is_whole = *modifier == Modifier::Exact && self.prng.percent(60);
        let part: String =
            if is_whole { chars.iter().collect() } else { chars[start..end].iter().collect() };
        let written = match self.prng.below(5) {
            0 => part.to_uppercase(),
            1 => part.to_lowercase(),
            _ => part,
        };
        // What has neither letter nor digit cannot be searched by, and white space at the ends of a
        // value does not survive everywhere.
        let is_fit = !plain(&written).is_empty() && written.trim() == written;
        is_fit.then_some(Operand::Text(written))
    }

    pub(crate) fn date_text(&mut self) -> String {
        let date = self.prng.any(&words::DATES);
        if date.len() < 10 || self.prng.percent(40) {
            return date.to_owned();
        }
        let time = if self.prng.percent(30) {
            self.prng.any(&words::QUERY_TIMES)
        } else {
            self.prng.any(&words::TIMES)
        };
        format!("{date}{time}")
    }

    fn date(&mut self) -> Operand {
        let prefix = self.prng.any(&Prefix::ALL);
        Operand::Date(prefix, self.date_text())
    }

    fn quantity(&mut self) -> Operand {
        let prefix = self.prng.any(&Prefix::ALL);
        let digits = (self.prng.any(&words::NUMBERS)).to_owned();
        let (system, code, unit) = self.prng.any(&words::UNITS);
        // With conversion left out only units that nothing converts are asked for in full.
        let is_convertible = system == Some(ucum::SYSTEM);
        let system = system.filter(|_| !is_convertible || self.features.has(Feature::Ucum));
        let unit = match (self.prng.below(4), system, code, unit) {
            (0 | 1, Some(system), Some(code), _) => {
                Unit::Coded { system: system.to_owned(), code: code.to_owned() }
            }
            (2, _, Some(code), None) => Unit::Either(code.to_owned()),
            (2, _, _, Some(unit)) => Unit::Either(unit.to_owned()),
            _ => Unit::Any,
        };
        Operand::Quantity(prefix, digits, unit)
    }

    fn uri(&mut self, fact: Option<&Fact>, modifier: &Modifier) -> String {
        let said = match fact {
            Some(Fact::Uri(uri)) => uri.clone(),
            _ => (self.prng.any(&words::URLS)).to_owned(),
        };
        let is_url = said.starts_with("http");
        if matches!(modifier, Modifier::Above | Modifier::Below) && !is_url {
            // URNs have no path to be above or below in.
            return words::URLS[0].to_owned();
        }
        match self.prng.below(5) {
            0 if is_url && said.len() > "http://u.test".len() => {
                said.rsplit_once('/').map_or(said.clone(), |(before, _)| before.to_owned())
            }
            1 if is_url => format!("{}/z", said.trim_end_matches('/')),
            2 => (self.prng.any(&words::URLS[..8])).to_owned(),
            _ => said,
        }
    }

    fn reference(
        &mut self,
        parameter: &'static SearchParameter,
        modifier: &Modifier,
        fact: Option<&Fact>,
    ) -> Option<Operand> {
        let said = match fact {
            Some(Fact::Reference(said)) => said.clone(),
            _ => Said::default(),
        };
        if *modifier == Modifier::Text {
            let text = said.display.unwrap_or_else(|| self.prng.any(&words::NAMES).to_owned());
            return self.text(&text, &Modifier::None);
        }
        if *modifier == Modifier::Identifier {
            return Some(self.identifier(&said));
        }
        if let Some((url, version)) = said.canonical() {
            let version = version.filter(|_| self.prng.percent(60)).map(str::to_owned);
            return Some(Operand::Reference(Referred::Canonical(url.to_owned(), version)));
        }
        let definitions = self.judge.definitions;
        let is_tree = matches!(modifier, Modifier::Above | Modifier::Below);
        let fits = |target: &fhir::ResourceType| {
            parameter.targets.contains(target) && (!is_tree || TREES.contains(&target.as_str()))
        };
        let local = said.key(definitions).filter(|key| fits(&key.0));
        let elsewhere = said.text.filter(|text| {
            crate::kind::reference::local(definitions, text).is_none()
                && !text.starts_with('#')
                && !text.contains("/_history/")
        });
        if let (Some(text), Modifier::None) = (elsewhere, modifier) {
            return Some(Operand::Reference(Referred::Elsewhere(text)));
        }
        let targets: Vec<_> = parameter
            .targets
            .iter()
            .filter(|target| fits(target))
            .filter(|target| words::TYPES.iter().any(|(name, _)| *name == target.as_str()))
            .collect();
        if targets.is_empty() {
            return None;
        }
        let (resource_type, id) =
            local.unwrap_or_else(|| (*self.prng.any(&targets), self.prng.id().to_owned()));
        let resource_type = match modifier {
            Modifier::Type(only) => *only,
            _ => resource_type,
        };
        Some(Operand::Reference(match (modifier, self.prng.below(4)) {
            (Modifier::Type(_), _) | (Modifier::None, 0) => Referred::Id(id),
            (_, 1) => Referred::Own(resource_type, id),
            _ => Referred::Local(resource_type, id),
        }))
    }

    fn identifier(&mut self, said: &Said) -> Operand {
        let (system, value) = said.identifier.clone().unwrap_or_default();
        let value = value.unwrap_or_else(|| (self.prng.any(&words::VALUES)).to_owned());
        let system = match (self.prng.below(4), system) {
            (0, _) => System::None,
            (1 | 2, Some(system)) => System::Is(system),
            _ => System::Any,
        };
        Operand::Token(Token { system, code: Some(value) })
    }

    fn composite(
        &mut self,
        parameter: &'static SearchParameter,
        fact: Option<&Fact>,
    ) -> Option<Operand> {
        let parts = parameter.components.iter().enumerate().map(|(index, (url, _))| {
            let component = self.judge.definitions.parameter_by_url(url)?;
            let known = match fact {
                Some(Fact::Composite(parts)) if self.prng.percent(80) => {
                    parts.get(index).and_then(|facts| facts.first())
                }
                _ => None,
            };
            self.operand(component, &Modifier::None, known)
        });
        let parts: Option<Vec<Operand>> = parts.collect();
        parts.map(Operand::Composite)
    }

    fn near(&mut self) -> Operand {
        let (latitude, longitude) = self.prng.any(&words::POSITIONS);
        let distances = ["0", "0.5", "1.2", "25", "50", "1000", "20000"];
        let unit = self.prng.any(&[None, Some("km"), Some("m"), Some("[mi_i]")]);
        let distances = if unit == Some("[mi_i]") { &distances[..6] } else { &distances[..] };
        Operand::Near {
            latitude: latitude.to_owned(),
            longitude: longitude.to_owned(),
            distance: (self.prng.any(distances)).to_owned(),
            unit,
        }
    }

    /// A modifier that the kind has and that is on.
    pub(crate) fn modifier(&mut self, parameter: &'static SearchParameter) -> Modifier {
        let mut choices = vec![(Modifier::None, None)];
        match parameter.kind {
            ParameterKind::String => {
                choices.extend([(Modifier::Exact, None), (Modifier::Contains, None)]);
            }
            ParameterKind::Token if parameter.code == "_id" => {
                choices.push((Modifier::Not, None));
            }
            ParameterKind::Token => {
                choices.extend([
                    (Modifier::None, None),
                    (Modifier::Not, None),
                    (Modifier::Text, Some(Feature::TokenText)),
                    (Modifier::In, Some(Feature::In)),
                    (Modifier::NotIn, Some(Feature::In)),
                    (Modifier::Above, Some(Feature::Subsumption)),
                    (Modifier::Below, Some(Feature::Subsumption)),
                ]);
                if parameter.code == "identifier" {
                    choices.push((Modifier::OfType, Some(Feature::OfType)));
                }
            }
            ParameterKind::Uri => {
                choices.extend([(Modifier::Above, None), (Modifier::Below, None)]);
            }
            ParameterKind::Reference => self.reference_modifiers(parameter, &mut choices),
            _ => {}
        }
        let on = choices
            .into_iter()
            .filter(|(_, feature)| feature.is_none_or(|feature| self.features.has(feature)));
        let on: Vec<Modifier> = on.map(|(modifier, _)| modifier).collect();
        self.prng.pick(&on).clone()
    }

    fn reference_modifiers(
        &mut self,
        parameter: &'static SearchParameter,
        choices: &mut Vec<(Modifier, Option<Feature>)>,
    ) {
        choices.push((Modifier::None, None));
        let known: Vec<_> = parameter
            .targets
            .iter()
            .filter(|target| words::TYPES.iter().any(|(name, _)| *name == target.as_str()))
            .collect();
        if !known.is_empty() {
            choices.push((Modifier::Type(*self.prng.any(&known)), None));
        }
        if parameter.code != "questionnaire" {
            choices.push((Modifier::Text, Some(Feature::TokenText)));
            choices.push((Modifier::Identifier, Some(Feature::Identifier)));
        }
        if parameter.targets.iter().any(|target| TREES.contains(&target.as_str())) {
            choices.push((Modifier::Below, Some(Feature::Hierarchy)));
            choices.push((Modifier::Above, Some(Feature::Hierarchy)));
        }
    }
}

impl Prng {
    /// One of the values that some fact of a parameter names.
    pub(crate) fn one_of_facts<'f>(&mut self, facts: &'f [Fact]) -> Option<&'f Fact> {
        (!facts.is_empty()).then(|| self.pick(facts))
    }
}
