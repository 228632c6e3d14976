//! Search parameters that are added while the program runs.
//! Spec: <https://hl7.org/fhir/R4/searchparameter.html>.
//!
//! [`ParameterDraft::read`] says what is wrong with a SearchParameter resource, without keeping any
//! of it; [`Definitions::with_parameters`] gives definitions with parameters added. What has been in
//! force is never given back (index extraction and searches hold on to it), so each change costs
//! some hundred bytes a parameter for good, and about 25 kB where one is for all resources; a text
//! that was kept once is not kept again. Whether an expression can be indexed is for the crate
//! `search` to say.

use std::collections::HashSet;
use std::sync::{Mutex, OnceLock, PoisonError};

use fhir::{Issue, IssueCode, ResourceType, Tree, Value};

use crate::packed::index_by;
use crate::parameter::{ParameterKind, SearchParameter};
use crate::structure::StructureKind;
use crate::{Definitions, Map, ancestors_of};

/// Parameters added at the most.
const CUSTOM_MAX: usize = 1_000;
/// Bytes of an expression at the most.
const EXPRESSION_LENGTH_MAX: usize = 4_000;
/// Bytes of a code at the most.
const CODE_LENGTH_MAX: usize = 64;
/// Types named at the most.
const TYPES_MAX: usize = 200;
/// Components of a composite at the most.
const COMPONENTS_MAX: usize = 8;

/// A SearchParameter resource as it would be put in force.
#[derive(Clone, Debug)]
pub struct ParameterDraft<'t> {
    /// The name in a URL.
    pub code: &'t str,
    /// The canonical URL.
    pub url: &'t str,
    /// The kind of its values.
    pub kind: ParameterKind,
    /// The types that it is defined on; may be `Resource` or `DomainResource`.
    pub base: Vec<ResourceType>,
    /// The FHIRPath that yields its values.
    pub expression: &'t str,
    /// For references: the types that the target may have.
    pub targets: Vec<ResourceType>,
    /// For composites: (canonical URL of the parameter, FHIRPath from a value of `expression`).
    pub components: Vec<(&'t str, &'t str)>,
    resource: Value<'t>,
}

impl<'t> ParameterDraft<'t> {
    /// Reads a SearchParameter resource; all that is wrong with it, where something is. It may stand
    /// in the place of one that was added at run time, but not of one of the specification.
    pub fn read(
        definitions: &Definitions,
        resource: Value<'t>,
    ) -> Result<ParameterDraft<'t>, Vec<Issue>> {
        let mut reader = DraftReader { definitions, resource, issues: Vec::new() };
        let draft = reader.draft();
        match draft {
            Some(draft) if reader.issues.is_empty() => Ok(draft),
            _ => Err(reader.issues),
        }
    }

    fn keep(&self, id: u32) -> SearchParameter {
        let texts = |name: &str| {
            self.resource.all(name).filter_map(|value| value.as_str().map(keep)).collect()
        };
        SearchParameter {
            id,
            code: keep(self.code),
            url: keep(self.url),
            kind: self.kind,
            base: self.base.as_slice().into(),
            expression: keep(self.expression),
            targets: self.targets.as_slice().into(),
            components: self.components.iter().map(|(url, path)| (keep(url), keep(path))).collect(),
            multiple_or: self.resource.get("multipleOr").and_then(Value::as_bool),
            comparators: texts("comparator"),
            modifiers: texts("modifier"),
            xpath_usage: self.resource.text_of("xpathUsage").map(keep),
        }
    }
}

/// A text for good; the same text is kept once.
fn keep(text: &str) -> &'static str {
    static KEPT: OnceLock<Mutex<HashSet<&'static str>>> = OnceLock::new();
    let kept = KEPT.get_or_init(Mutex::default);
    let mut kept = kept.lock().unwrap_or_else(PoisonError::into_inner);
    if let Some(known) = kept.get(text) {
        return known;
    }
    let text: &'static str = Box::leak(text.into());
    kept.insert(text);
    text
}

struct DraftReader<'d, 't> {
    definitions: &'d Definitions,
    resource: Value<'t>,
    issues: Vec<Issue>,
}

impl<'t> DraftReader<'_, 't> {
    fn draft(&mut self) -> Option<ParameterDraft<'t>> {
        if self.resource.text_of("resourceType") != Some("SearchParameter") {
            self.issue(IssueCode::Value, "resourceType", "it is no SearchParameter");
            return None;
        }
        let code = self.code();
        let url = self.required("url");
        let kind = self.kind();
        let base = self.types("base");
        if base.is_empty() && self.resource.get("base").is_none() {
            self.issue(IssueCode::Required, "base", "it is missing; name the types to search");
        }
        let targets = self.types("target");
        let expression = self.required("expression");
        if expression.is_some_and(|text| text.len() > EXPRESSION_LENGTH_MAX) {
            let message = format!("it is longer than {EXPRESSION_LENGTH_MAX} bytes");
            self.issue(IssueCode::TooLong, "expression", &message);
        }
        let components = self.components(kind);
        if let Some(url) = url
            && self.definitions.parameter_by_url(url).is_some_and(|known| self.is_given(known))
        {
            self.issue(
                IssueCode::Duplicate,
                "url",
                "a search parameter of this URL is in force already; a definition of one's own has a \
                 URL of its own",
            );
        }
        let (code, url, kind, expression) = (code?, url?, kind?, expression?);
        self.check_free(code, &base);
        let resource = self.resource;
        Some(ParameterDraft { code, url, kind, base, expression, targets, components, resource })
    }

    fn code(&mut self) -> Option<&'t str> {
        let code = self.required("code")?;
        let is_name = code.len() <= CODE_LENGTH_MAX
            && code.starts_with(|c: char| c.is_ascii_alphabetic())
            && code.bytes().all(|b| b.is_ascii_alphanumeric() || b"-_".contains(&b));
        if !is_name {
            let message = format!(
                "it cannot stand in a URL: expected a letter, then letters, digits, - and _, not more \
                 than {CODE_LENGTH_MAX}; codes that begin with _ are the specification's"
            );
            self.issue(IssueCode::Value, "code", &message);
        }
        Some(code)
    }

    fn kind(&mut self) -> Option<ParameterKind> {
        let text = self.required("type")?;
        match ParameterKind::parse(text) {
            Some(ParameterKind::Special) => {
                let message = "a special parameter has a meaning that no definition can give; expected \
                               another type";
                self.issue(IssueCode::NotSupported, "type", message);
                None
            }
            Some(kind) => Some(kind),
            None => {
                let message = "it is no type of search parameter; expected token, reference, string, \
                               date, quantity, number, uri or composite";
                self.issue(IssueCode::Value, "type", message);
                None
            }
        }
    }

    /// The types named by a member; `base` may name abstract ones.
    fn types(&mut self, name: &str) -> Vec<ResourceType> {
        let mut types = Vec::new();
        for value in self.resource.all(name).take(TYPES_MAX) {
            let text = value.as_str().unwrap_or_default();
            let known = match text {
                "Resource" if name == "base" => Some(ResourceType::from_static("Resource")),
                "DomainResource" if name == "base" => {
                    Some(ResourceType::from_static("DomainResource"))
                }
                _ => self.definitions.resource_type(text),
            };
            match known {
                Some(known) if !types.contains(&known) => types.push(known),
                Some(_) => {}
                None => {
                    let place = value.expression();
                    let message = "it names no resource type of FHIR R4";
                    self.issues.push(Issue::error(IssueCode::Value, place, message));
                }
            }
        }
        if self.resource.all(name).count() > TYPES_MAX {
            self.issue(IssueCode::TooCostly, name, &format!("more than {TYPES_MAX} types"));
        }
        types
    }

    fn components(&mut self, kind: Option<ParameterKind>) -> Vec<(&'t str, &'t str)> {
        let is_composite = kind == Some(ParameterKind::Composite);
        let count = self.resource.all("component").count();
        if is_composite && !(2..=COMPONENTS_MAX).contains(&count) {
            let message =
                format!("a composite has 2 to {COMPONENTS_MAX} components, this has {count}");
            self.issue(IssueCode::Value, "component", &message);
        } else if !is_composite && kind.is_some() && count > 0 {
            self.issue(IssueCode::Value, "component", "only a composite has components");
        }
        let mut components = Vec::new();
        for component in self.resource.all("component").take(COMPONENTS_MAX) {
            let parts = (component.text_of("definition"), component.text_of("expression"));
            if let (Some(definition), Some(expression)) = parts {
                components.push((definition, expression));
            } else {
                let message = "a component has a definition and an expression";
                let place = component.expression();
                self.issues.push(Issue::error(IssueCode::Required, place, message));
            }
        }
        components
    }

    /// No type may have two parameters of one code.
    fn check_free(&mut self, code: &str, base: &[ResourceType]) {
        let definitions = self.definitions;
        let taken = types_of(definitions, base).into_iter().find(|each| {
            let known = definitions.search_parameter(*each, code);
            known.is_some_and(|known| self.is_given(known))
        });
        if let Some(taken) = taken {
            let message =
                format!("{taken} has a search parameter {code} already; choose another code");
            self.issue(IssueCode::Duplicate, "code", &message);
        }
    }

    /// Whether a parameter is of the specification, so that no other may stand in its place.
    fn is_given(&self, parameter: &SearchParameter) -> bool {
        !self.definitions.is_custom(parameter.id)
    }

    fn required(&mut self, name: &str) -> Option<&'t str> {
        let text = self.resource.text_of(name).filter(|text| !text.trim().is_empty());
        if text.is_none() {
            self.issue(IssueCode::Required, name, "it is missing or empty");
        }
        text
    }

    fn issue(&mut self, code: IssueCode, name: &str, message: &str) {
        self.issues.push(Issue::error(code, format!("SearchParameter.{name}"), message));
    }
}

/// The concrete types that a base stands for.
fn types_of(definitions: &Definitions, base: &[ResourceType]) -> Vec<ResourceType> {
    let names = |name: &str| base.iter().any(|base| base.as_str() == name);
    if !names("Resource") && !names("DomainResource") {
        return base.to_vec();
    }
    let structures = definitions.structures().iter();
    structures
        .filter(|s| s.kind == StructureKind::Resource && !s.is_profile && !s.is_abstract)
        .filter(|s| names(s.type_name) || ancestors_of(s).iter().any(|ancestor| names(ancestor)))
        .filter_map(|structure| definitions.resource_type(structure.type_name))
        .collect()
}

impl Definitions {
    /// The types that a parameter's `base` stands for: those named, and all that are derived from an
    /// abstract one.
    pub fn types_of_base(&self, base: &[ResourceType]) -> Vec<ResourceType> {
        types_of(self, base)
    }

    /// These definitions with search parameters added, in the order given; those added earlier are
    /// not carried over. All issues of all parameters, each with the place of its resource in
    /// `custom` before it, where one cannot be put in force.
    pub fn with_parameters(&self, custom: &[Tree]) -> Result<&'static Definitions, Vec<Issue>> {
        let places: Vec<_> = custom.iter().map(Some).collect();
        self.with_parameters_at(&places)
    }

    /// The same with places that are left free, so that the ids of the others stay what they were
    /// when a parameter was withdrawn.
    pub fn with_parameters_at(
        &self,
        custom: &[Option<&Tree>],
    ) -> Result<&'static Definitions, Vec<Issue>> {
        if custom.len() > CUSTOM_MAX {
            let message = format!("more than {CUSTOM_MAX} search parameters; withdraw some");
            return Err(vec![Issue::error(IssueCode::TooCostly, "SearchParameter", message)]);
        }
        let plain = self.without_parameters();
        let (mut drafts, mut issues): (Vec<ParameterDraft<'_>>, Vec<Issue>) = Default::default();
        let mut places = Vec::with_capacity(custom.len());
        for (index, tree) in custom.iter().enumerate() {
            let Some(tree) = tree else { continue };
            let read = ParameterDraft::read(&plain, tree.root()).and_then(|draft| {
                let clash = drafts.iter().find_map(|earlier| clash(&plain, earlier, &draft));
                clash.map_or(Ok(draft), |clash| Err(vec![clash]))
            });
            match read {
                Ok(draft) => {
                    drafts.push(draft);
                    places.push(index);
                }
                Err(wrong) => issues.extend(wrong.into_iter().map(|issue| numbered(issue, index))),
            }
        }
        for draft in &drafts {
            for (url, _) in &draft.components {
                let known = plain.parameter_by_url(url).map(|parameter| parameter.kind);
                let added = drafts.iter().find(|other| other.url == *url).map(|other| other.kind);
                if !matches!(known.or(added), Some(kind) if kind != ParameterKind::Composite) {
                    let message = format!(
                        "a component's definition {url} is no search parameter in force, or a \
                         composite itself"
                    );
                    let place = "SearchParameter.component";
                    issues.push(Issue::error(IssueCode::Value, place, message));
                }
            }
        }
        if !issues.is_empty() {
            return Err(issues);
        }
        let mut by_place: Vec<Option<&ParameterDraft<'_>>> = vec![None; custom.len()];
        for (place, draft) in places.into_iter().zip(&drafts) {
            by_place[place] = Some(draft);
        }
        Ok(plain.extended(&by_place))
    }

    /// Whether the parameter with this id was added at run time.
    pub fn is_custom(&self, id: u32) -> bool {
        id as usize >= self.base.parameters.len()
    }

    /// The same without what was added at run time.
    fn without_parameters(&self) -> Definitions {
        Definitions {
            base: self.base,
            custom: Box::default(),
            custom_by_url: Map::default(),
            custom_by_type: Map::default(),
        }
    }

    fn extended(mut self, drafts: &[Option<&ParameterDraft<'_>>]) -> &'static Definitions {
        let first = self.base.parameters.len() as u32;
        let ids = first..;
        let parameter = |(draft, id): (Option<&ParameterDraft<'_>>, u32)| match draft {
            Some(draft) => draft.keep(id),
            None => free_place(id),
        };
        self.custom = drafts.iter().copied().zip(ids).map(parameter).collect();
        self.custom_by_url = index_by(&self.custom, |parameter| parameter.url);
        self.custom_by_url.remove("");
        self.custom_by_url.values_mut().for_each(|place| *place += first);
        let mut by_type: Map<&'static str, Vec<u32>> = Map::default();
        for parameter in &self.custom {
            for each in types_of(&self, &parameter.base) {
                by_type.entry(each.as_str()).or_default().push(parameter.id);
            }
        }
        for (name, added) in by_type {
            let mut ids =
                self.base.parameters_by_type.get(name).map_or(Vec::new(), |ids| ids.to_vec());
            ids.extend(added);
            ids.sort_by_key(|id| self.parameter(*id).code);
            self.custom_by_type.insert(name, ids.into());
        }
        Box::leak(Box::new(self))
    }
}

/// What stands where a parameter was withdrawn: it is of no type, so nothing finds it.
fn free_place(id: u32) -> SearchParameter {
    SearchParameter {
        id,
        code: "",
        url: "",
        kind: ParameterKind::Special,
        base: Box::default(),
        expression: "",
        targets: Box::default(),
        components: Box::default(),
        multiple_or: None,
        comparators: Box::default(),
        modifiers: Box::default(),
        xpath_usage: None,
    }
}

/// What keeps two of the added parameters from being in force together.
fn clash(
    definitions: &Definitions,
    earlier: &ParameterDraft<'_>,
    later: &ParameterDraft<'_>,
) -> Option<Issue> {
    if earlier.url == later.url {
        let message = "another of the search parameters has this URL";
        return Some(Issue::error(IssueCode::Duplicate, "SearchParameter.url", message));
    }
    if earlier.code != later.code {
        return None;
    }
    let types = types_of(definitions, &earlier.base);
    let shared =
        types_of(definitions, &later.base).into_iter().find(|each| types.contains(each))?;
    let message = format!("another of the search parameters of {shared} has this code");
    Some(Issue::error(IssueCode::Duplicate, "SearchParameter.code", message))
}

fn numbered(mut issue: Issue, index: usize) -> Issue {
    issue.message = format!("search parameter {}: {}", index + 1, issue.message);
    issue
}
