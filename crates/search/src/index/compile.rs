//! Expressions of search parameters → the trie that extraction walks.
//! Spec: <https://hl7.org/fhir/R4/searchparameter-definitions.html#SearchParameter.expression>.
//!
//! Compiling follows each path through the element definitions, so a misspelt path, a type that the
//! parameter's kind cannot read or a function that one resource cannot answer is found here and not
//! as a search that silently finds nothing. To support one more construct, add an arm to `places`
//! (what yields elements) or to `condition` (what tests them).

use std::collections::HashMap;

use definitions::{
    BindingStrength, Child, Content, Definitions, ParameterKind, SearchParameter, TypeId,
};
use fhir::ResourceType;

use super::composite::Group;
use super::condition::{Condition, Steps};
use super::conversion::{Conversion, Source};
use super::path::{Expr, parse};
use super::program::{Action, Guard, Node, Program, name_order};
use crate::entry::ParameterId;
use crate::kind::string::Folding;

/// Builds the program of one resource type.
pub(crate) struct Compiler {
    definitions: &'static Definitions,
    resource_type: ResourceType,
    root: TypeId,
    program: Program,
    /// The components that the composites of a node have, in the order of their numbers.
    group_parts: HashMap<u32, Vec<PartKey>>,
}

/// What a parameter is to yield.
#[derive(Clone, Copy)]
pub(crate) struct Wanted<'w> {
    pub(crate) kind: ParameterKind,
    pub(crate) expression: &'w str,
    pub(crate) targets: &'w [ResourceType],
    pub(crate) folding: Folding,
    pub(crate) components: &'w [(&'w str, &'w str)],
}

impl<'w> Wanted<'w> {
    pub(crate) fn of(parameter: &'w SearchParameter) -> Wanted<'w> {
        Wanted {
            kind: parameter.kind,
            expression: parameter.expression,
            targets: &parameter.targets,
            folding: Folding::of(parameter),
            components: &parameter.components,
        }
    }
}

/// How a component of a composite is read.
#[derive(Clone, Copy)]
struct Part<'w> {
    parameter: &'static SearchParameter,
    /// From the element, or from the resource.
    expression: &'w str,
    of_resource: bool,
}

impl<'w> Part<'w> {
    fn wanted(&self) -> Wanted<'w> {
        let of_parameter = Wanted::of(self.parameter);
        Wanted { expression: self.expression, components: &[], ..of_parameter }
    }

    /// What tells apart components that yield different values.
    fn key(&self) -> PartKey {
        let wanted = self.wanted();
        let targets = wanted.targets.into();
        (wanted.kind, wanted.folding, targets, wanted.expression.into(), self.of_resource)
    }
}

type PartKey = (ParameterKind, Folding, Box<[ResourceType]>, Box<str>, bool);

/// An element that a path leads to.
#[derive(Clone, Copy)]
struct Place {
    node: u32,
    type_name: &'static str,
    /// Where its members are defined; `None` for primitives and for resources inside.
    content: Option<TypeId>,
    system: Option<&'static str>,
    only: Option<ResourceType>,
}

impl Compiler {
    /// `None` where the definitions do not have the type.
    pub(crate) fn new(
        definitions: &'static Definitions,
        resource_type: ResourceType,
    ) -> Option<Self> {
        let root = definitions.type_id(resource_type.as_str())?;
        let (program, group_parts) = (Program::empty(), HashMap::new());
        Some(Compiler { definitions, resource_type, root, program, group_parts })
    }

    pub(crate) fn finish(self) -> Program {
        self.program.finish()
    }

    /// Adds a parameter; an error says why it yields nothing for this type.
    pub(crate) fn add(&mut self, id: ParameterId, wanted: &Wanted<'_>) -> Result<(), String> {
        let expr = parse(wanted.expression).map_err(|error| error.to_string())?;
        if wanted.kind == ParameterKind::Composite {
            return self.add_composite(id, &expr, wanted);
        }
        if is_boolean(&expr) {
            let condition = self.condition(&expr, self.root)?;
            self.program.nodes[0].actions.push(action(id, Conversion::Truth(condition)));
            return Ok(());
        }
        let places = self.places(&expr, &[self.root_place()])?;
        if places.is_empty() {
            return Err(format!("the expression has no path for {}", self.resource_type));
        }
        let places = self.values_of_extensions(places)?;
        let (mut readable, mut unreadable) = (false, "");
        for place in &places {
            let source =
                Source { type_name: place.type_name, system: place.system, only: place.only };
            match Conversion::of(wanted.kind, &source, wanted.folding, wanted.targets) {
                Some(conversion) => {
                    let actions = &mut self.program.nodes[place.node as usize].actions;
                    let is_there =
                        |action: &Action| action.parameter == id && action.conversion == conversion;
                    if !actions.iter().any(is_there) {
                        actions.push(action(id, conversion));
                    }
                    readable = true;
                }
                // One type of a choice may well be of no use to a kind; all of them are not.
                None => unreadable = place.type_name,
            }
        }
        if readable {
            return Ok(());
        }
        Err(format!("a {} parameter cannot read {unreadable}", wanted.kind.as_str()))
    }

    /// A composite yields its values at each element that its own expression leads to.
    fn add_composite(
        &mut self,
        id: ParameterId,
        expr: &Expr,
        wanted: &Wanted<'_>,
    ) -> Result<(), String> {
        let places = self.places(expr, &[self.root_place()])?;
        let mut reason = format!("the expression has no path for {}", self.resource_type);
        let mut any = false;
        for place in places {
            match self.parts_at(place.content, wanted) {
                Ok(parts) => {
                    let content = place.content.unwrap_or(self.root);
                    self.add_to_group(id, place.node, content, &parts);
                    any = true;
                }
                Err(why) => reason = why,
            }
        }
        if any { Ok(()) } else { Err(reason) }
    }

    /// Adds a composite to those of an element; components that it shares with others are read once.
    fn add_to_group(&mut self, id: ParameterId, node: u32, content: TypeId, parts: &[Part<'_>]) {
        let group = *self.program.nodes[node as usize].group.get_or_insert_with(|| {
            self.program.groups.push(Group { program: Program::empty(), ..Group::default() });
            (self.program.groups.len() - 1) as u32
        });
        let mut group = std::mem::take(&mut self.program.groups[group as usize]);
        let mut numbers = Vec::with_capacity(parts.len());
        let known = self.group_parts.entry(node).or_default();
        for part in parts {
            let key = part.key();
            let number = known.iter().position(|known| *known == key).unwrap_or_else(|| {
                known.push(key);
                let program = if part.of_resource {
                    group.of_resource.get_or_insert_with(Program::empty)
                } else {
                    &mut group.program
                };
                let mut compiler = Compiler {
                    definitions: self.definitions,
                    resource_type: self.resource_type,
                    root: if part.of_resource { self.root } else { content },
                    program: std::mem::take(program),
                    group_parts: HashMap::new(),
                };
                // It was compiled before, to find out whether it can be.
                let _ = compiler.add(ParameterId((known.len() - 1) as u32), &part.wanted());
                *program = compiler.finish();
                known.len() - 1
            });
            numbers.push(number as u32);
        }
        group.composites.push((id, numbers.into()));
        let at = self.program.nodes[node as usize].group.unwrap_or_default();
        self.program.groups[at as usize] = group;
    }

    /// How each component of a composite is read on an element of this content.
    ///
    /// By the parameter that the component names, or, where that is of a kind that cannot read what
    /// the component's expression yields, by another component's: R4 defines the two of
    /// DocumentReference's `relationship` the wrong way round.
    fn parts_at<'w>(
        &self,
        content: Option<TypeId>,
        wanted: &Wanted<'w>,
    ) -> Result<Vec<Part<'w>>, String> {
        let content = content.ok_or("a composite's element has nothing inside")?;
        let own = wanted.components.iter().map(|(url, _)| *url);
        let mut parts = Vec::with_capacity(wanted.components.len());
        for (url, expression) in wanted.components {
            let mut reason = format!("{url} is no search parameter in force");
            let found = std::iter::once(*url).chain(own.clone()).find_map(|url| {
                let parameter = self.definitions.parameter_by_url(url)?;
                let below = expression.strip_prefix("%resource.");
                let part = Part {
                    parameter,
                    expression: below.unwrap_or(expression),
                    of_resource: below.is_some(),
                };
                self.try_part(&part, content).map_err(|why| reason = why).ok().map(|()| part)
            });
            parts.push(found.ok_or(reason)?);
        }
        Ok(parts)
    }

    fn try_part(&self, part: &Part<'_>, content: TypeId) -> Result<(), String> {
        if part.parameter.kind == ParameterKind::Composite {
            return Err("a composite's component is a composite itself".to_owned());
        }
        let mut compiler = Compiler {
            definitions: self.definitions,
            resource_type: self.resource_type,
            root: if part.of_resource { self.root } else { content },
            program: Program::empty(),
            group_parts: HashMap::new(),
        };
        compiler.add(ParameterId(0), &part.wanted())
    }

    /// The parameters of a composite's components, in order; none where it cannot be read.
    pub(crate) fn component_parameters(
        &mut self,
        composite: &'static SearchParameter,
    ) -> Vec<&'static SearchParameter> {
        let wanted = Wanted::of(composite);
        let places = parse(wanted.expression)
            .map_err(|error| error.to_string())
            .and_then(|expr| self.places(&expr, &[self.root_place()]));
        let places = places.unwrap_or_default();
        let parts = places.iter().find_map(|place| self.parts_at(place.content, &wanted).ok());
        parts.unwrap_or_default().into_iter().map(|part| part.parameter).collect()
    }

    /// The data types of what a parameter's expression yields; none where it cannot be read.
    pub(crate) fn types_of(&mut self, parameter: &SearchParameter) -> Vec<&'static str> {
        let Ok(expr) = parse(parameter.expression) else { return Vec::new() };
        let root = self.root_place();
        let places = self.places(&expr, &[root]).and_then(|found| self.values_of_extensions(found));
        places.map_or(Vec::new(), |places| places.iter().map(|place| place.type_name).collect())
    }

    /// A path that ends at an extension means the extension's value, of whatever type.
    fn values_of_extensions(&mut self, places: Vec<Place>) -> Result<Vec<Place>, String> {
        let (extensions, mut rest): (Vec<_>, Vec<_>) =
            places.into_iter().partition(|place| place.type_name == "Extension");
        rest.extend(self.members(&extensions, "value")?);
        Ok(rest)
    }

    fn root_place(&self) -> Place {
        Place {
            node: 0,
            type_name: self.resource_type.as_str(),
            content: Some(self.root),
            system: None,
            only: None,
        }
    }

    /// The elements that an expression yields.
    fn places(&mut self, expr: &Expr, from: &[Place]) -> Result<Vec<Place>, String> {
        match expr {
            Expr::This => Ok(from.to_vec()),
            Expr::Start(name) => self.start(name, from),
            Expr::Member(of, name) => {
                let of = self.places(of, from)?;
                self.members(&of, name)
            }
            Expr::Index(of, index) => {
                let of = self.places(of, from)?;
                Ok(of.iter().map(|place| self.guarded(*place, Guard::Index(*index))).collect())
            }
            Expr::Where(of, condition) => {
                let of = self.places(of, from)?;
                of.iter().map(|place| self.filtered(*place, condition)).collect()
            }
            Expr::As(of, type_name) => {
                let of = self.places(of, from)?;
                let kept: Vec<_> =
                    of.iter().filter(|p| same_type(p.type_name, type_name)).copied().collect();
                if kept.is_empty() && !of.is_empty() {
                    return Err(format!("nothing at this path is of type {type_name}"));
                }
                Ok(kept)
            }
            Expr::Union(all) => {
                let mut places = Vec::new();
                for one in all {
                    places.extend(self.places(one, from)?);
                }
                Ok(places)
            }
            Expr::Resolve(_) => Err("resolve() reaches into another resource; only \
                                     where(resolve() is Type) can be told from one"
                .to_owned()),
            _ => Err("expected a path".to_owned()),
        }
    }

    /// A leading name: this type or an ancestor, another type (which yields nothing), or a member.
    fn start(&mut self, name: &str, from: &[Place]) -> Result<Vec<Place>, String> {
        let own = name == self.resource_type.as_str();
        if own || matches!(name, "Resource" | "DomainResource") {
            return Ok(vec![self.root_place()]);
        }
        if self.definitions.resource_type(name).is_some() {
            return Ok(Vec::new());
        }
        self.members(from, name)
    }

    fn members(&mut self, of: &[Place], name: &str) -> Result<Vec<Place>, String> {
        let mut places = Vec::new();
        for place in of {
            let Some(content) = place.content else { continue };
            let definitions = self.definitions;
            for child in definitions.children_named(content, name) {
                places.push(Place {
                    node: self.child_node(place.node, child.name),
                    type_name: child.type_name,
                    content: content_of(child),
                    system: implied_system(definitions, child),
                    only: None,
                });
            }
        }
        if places.is_empty() && !of.is_empty() {
            let types: Vec<_> = of.iter().map(|place| place.type_name).collect();
            return Err(format!("{} has no element {name}", types.join(" or ")));
        }
        Ok(places)
    }

    fn child_node(&mut self, parent: u32, name: &'static str) -> u32 {
        let next = self.program.nodes.len() as u32;
        let children = &mut self.program.nodes[parent as usize].children;
        match children.binary_search_by(|(child, _)| name_order(child, name)) {
            Ok(at) => children[at].1,
            Err(at) => {
                children.insert(at, (name, next));
                self.program.nodes.push(Node::default());
                next
            }
        }
    }

    fn filtered(&mut self, place: Place, condition: &Expr) -> Result<Place, String> {
        if let Expr::Is(of, type_name) = condition
            && **of == Expr::Resolve(Box::new(Expr::This))
        {
            let only = self.definitions.resource_type(type_name);
            let only = only.ok_or_else(|| format!("{type_name} is no resource type"))?;
            return Ok(Place { only: Some(only), ..place });
        }
        let content = place.content.ok_or_else(|| {
            format!("where() on {} has nothing inside to look at", place.type_name)
        })?;
        let condition = self.condition(condition, content)?;
        Ok(self.guarded(place, Guard::Holds(condition)))
    }

    fn guarded(&mut self, place: Place, guard: Guard) -> Place {
        let next = self.program.nodes.len() as u32;
        let branches = &mut self.program.nodes[place.node as usize].branches;
        if let Some((_, node)) = branches.iter().find(|(known, _)| *known == guard) {
            return Place { node: *node, ..place };
        }
        branches.push((guard, next));
        self.program.nodes.push(Node::default());
        Place { node: next, ..place }
    }

    /// A test of one object of type `context`.
    fn condition(&self, expr: &Expr, context: TypeId) -> Result<Condition, String> {
        let boxed = |expr| self.condition(expr, context).map(Box::new);
        Ok(match expr {
            Expr::And(a, b) => Condition::And(boxed(a)?, boxed(b)?),
            Expr::Or(a, b) => Condition::Or(boxed(a)?, boxed(b)?),
            Expr::Not(of) => Condition::Not(boxed(of)?),
            Expr::HasExtension(url) => Condition::HasExtension(url.clone()),
            Expr::Exists(of) => Condition::Exists(self.steps(of, context)?.0),
            Expr::Is(of, type_name) => {
                let narrowed = Expr::As(of.clone(), type_name.clone());
                Condition::Exists(self.steps(&narrowed, context)?.0)
            }
            Expr::Equal(a, b, negated) => {
                let ((path, Expr::Literal(literal)) | (Expr::Literal(literal), path)) =
                    (&**a, &**b)
                else {
                    return Err("a comparison needs a path and a literal".to_owned());
                };
                let equal = Condition::Equal(self.steps(path, context)?.0, literal.clone());
                if *negated { Condition::Not(Box::new(equal)) } else { equal }
            }
            _ => Condition::True(self.steps(expr, context)?.0),
        })
    }

    /// A plain path below `context`, with the types that it ends in.
    fn steps(&self, expr: &Expr, context: TypeId) -> Result<(Steps, Vec<&'static Child>), String> {
        match expr {
            Expr::Start(name) if name == self.resource_type.as_str() => {
                Ok((Box::default(), Vec::new()))
            }
            Expr::Start(name) => self.step(Box::default(), &[context], name),
            Expr::Member(of, name) => {
                let (steps, ends) = self.steps(of, context)?;
                // An empty path is the context itself, as in `Patient.deceased`.
                let inside: Vec<_> = if steps.is_empty() {
                    vec![context]
                } else {
                    ends.iter().filter_map(|child| content_of(child)).collect()
                };
                self.step(steps, &inside, name)
            }
            Expr::As(of, type_name) => {
                let (mut steps, mut ends) = self.steps(of, context)?;
                ends.retain(|child| same_type(child.type_name, type_name));
                let names: Box<[_]> = ends.iter().map(|child| child.name).collect();
                match steps.last_mut() {
                    Some(last) if !names.is_empty() => *last = names,
                    _ => return Err(format!("nothing at this path is of type {type_name}")),
                }
                Ok((steps, ends))
            }
            _ => Err("a condition's path has names and as() only".to_owned()),
        }
    }

    fn step(
        &self,
        steps: Steps,
        contexts: &[TypeId],
        name: &str,
    ) -> Result<(Steps, Vec<&'static Child>), String> {
        let definitions = self.definitions;
        let mut ends: Vec<&'static Child> = Vec::new();
        for context in contexts {
            ends.extend(
                definitions.children(*context).iter().filter(|child| {
                    child.choice.map_or(child.name == name, |choice| choice == name)
                }),
            );
        }
        if ends.is_empty() {
            return Err(format!("a condition looks at {name}, which is no element here"));
        }
        let mut steps = steps.into_vec();
        steps.push(ends.iter().map(|child| child.name).collect());
        Ok((steps.into(), ends))
    }
}

fn action(parameter: ParameterId, conversion: Conversion) -> Action {
    Action { parameter, conversion, repeats: false }
}

/// R4 writes `DateTime` where the type is `dateTime`; no two types differ in case only.
fn same_type(a: &str, b: &str) -> bool {
    a.eq_ignore_ascii_case(b)
}

fn is_boolean(expr: &Expr) -> bool {
    matches!(
        expr,
        Expr::And(..)
            | Expr::Or(..)
            | Expr::Not(_)
            | Expr::Exists(_)
            | Expr::Is(..)
            | Expr::Equal(..)
    )
}

fn content_of(child: &Child) -> Option<TypeId> {
    match child.content {
        Content::Complex(id) => Some(id),
        Content::Primitive(_) | Content::Resource | Content::Xhtml => None,
    }
}

/// The system of a `code`: the only one of its required value set. Where there are several, none is
/// implied, and such an element is found by its code alone.
fn implied_system(definitions: &'static Definitions, child: &Child) -> Option<&'static str> {
    if child.type_name != "code" {
        return None;
    }
    let binding = child.definition.binding.filter(|b| b.strength == BindingStrength::Required)?;
    let set = definitions.value_set(binding.value_set?)?;
    let mut systems: Vec<_> = set.includes().iter().map(|include| include.system).collect();
    if systems.contains(&None) {
        systems = set.expansion()?.members.iter().map(|member| Some(member.system)).collect();
    }
    systems.dedup();
    match systems.as_slice() {
        [only] => *only,
        _ => None,
    }
}
