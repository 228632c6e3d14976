//! Statements → elements of resources.

use std::sync::Arc;

use fhir::{Element, IssueCode, Severity};

use crate::contribution::{Contribution, resource_id};
use crate::fold::{Fold, Removal};
use crate::language::program::{Condition, Path, Root, Step, Target, Value};
use crate::source::{Node, Place, Source};

use super::build::{Build, attach, take};
use super::scope::Group;
use super::{Item, MAKE_DEPTH_MAX, Made, Out, RESOURCES_MAX, Run};

/// The longest text of an element, in bytes.
const TEXT_LENGTH_MAX: usize = 1 << 20;

impl<'m> Run<'m> {
    pub(super) fn exec(&mut self, steps: &'m [Step], object: &mut Element, build: &mut Build<'m>) {
        for step in steps {
            if !self.step() {
                return;
            }
            match step {
                Step::Set { target, value, each, when, by, rule } => {
                    let set =
                        Set { target, value, when: when.as_ref(), by: by.as_ref(), rule: *rule };
                    match each {
                        None => self.set(&set, object, build),
                        Some(each) => {
                            let nodes = self.repetitions(each);
                            let before = self.cursor;
                            for node in nodes {
                                self.cursor = Some(node);
                                self.set(&set, object, build);
                            }
                            self.cursor = before;
                        }
                    }
                }
                Step::Block { .. } => self.block(step, object, build),
                Step::Let { variable, value } => {
                    let item = self.eval(value);
                    self.variables[*variable as usize] = item;
                }
                Step::Key(value) => build.identity = self.eval(value),
                Step::Display(value) => {
                    build.display = self.eval(value).and_then(|i| i.as_text().map(str::to_owned));
                }
                Step::Profile(url) => build.profiles.push(url),
                Step::When { arms, otherwise } => {
                    let arm = arms.iter().find(|(condition, _)| self.holds(condition));
                    let body = arm.map_or(otherwise, |(_, body)| body);
                    self.exec(body, object, build);
                }
                Step::Each { anchor, from, until, body } => {
                    let groups = self.split(*anchor, from, until);
                    self.each(&groups, body, object, build);
                }
                Step::Make { .. } if self.heading => {}
                Step::Make { resource, from } => self.make_statement(*resource, from.as_ref()),
                Step::Ignore(paths) => self.ignore(paths),
                Step::Fold { element, merge } => {
                    build.merges.retain(|(name, _)| name != element);
                    build.merges.push((element.clone(), merge.clone()));
                }
                Step::Remove { path, rule, only_own } => {
                    let rule = Arc::clone(&self.program.rules[*rule as usize]);
                    let only_own = *only_own;
                    build.removals.push(Removal { path: path.clone(), rule, only_own });
                }
                Step::Check { stop, condition, message, place } => {
                    self.check(*stop, condition, message, place.as_ref());
                }
            }
            if self.stopped {
                return;
            }
        }
    }

    fn set(&mut self, set: &Set<'m, '_>, object: &mut Element, build: &mut Build<'m>) {
        if set.when.is_some_and(|when| !self.holds(when)) {
            return;
        }
        let Some(item) = self.eval(set.value) else { return };
        let rule = &self.program.rules[set.rule as usize];
        if item.is_null() {
            Self::remove(set.target, rule, build);
            return;
        }
        let item = self.cut(item, set.target);
        let by = set.by.and_then(|by| self.node(by));
        if let Out::Many(items) = item.out {
            for item in items {
                build.put(object, set.target, item, by, rule, self.source);
                if !set.target.append {
                    return;
                }
            }
            return;
        }
        build.put(object, set.target, item, by, rule, self.source);
    }

    /// FHIR's texts end at 1 MiB; only the data of a document may be longer.
    fn cut(&mut self, item: Item<'m>, target: &Target) -> Item<'m> {
        let is_data = target.names.last().is_some_and(|name| &**name == "data");
        let Out::Text(text) = &item.out else { return item };
        if is_data || text.len() <= TEXT_LENGTH_MAX {
            return item;
        }
        let mut end = TEXT_LENGTH_MAX;
        while !text.is_char_boundary(end) {
            end -= 1;
        }
        let message = "the text is longer than 1 MiB and is cut: send it as a document".to_owned();
        self.say(Severity::Warning, IssueCode::TooLong, item.node, message);
        Item::text(text[..end].to_owned(), item.node)
    }

    /// The sender deletes what this rule fills.
    fn remove(target: &Target, rule: &Arc<str>, build: &mut Build<'m>) {
        if build.arrays > 0 {
            return;
        }
        let path = format!("{}{}", build.path, target.names.join("."));
        let removal =
            Removal { path: path.into(), rule: Arc::clone(rule), only_own: target.append };
        build.removals.push(removal);
    }

    fn block(&mut self, step: &'m Step, object: &mut Element, build: &mut Build<'m>) {
        let Step::Block { target, from, body, when, dynamic, rule } = step else { return };
        let Some(from) = from else {
            if when.as_ref().is_none_or(|when| self.holds(when)) {
                self.fill(target, body, *dynamic, object, build);
            }
            return;
        };
        let before = self.cursor;
        let nodes = self.repetitions(from);
        for node in nodes {
            self.cursor = Some(node);
            let is_null = node.end - node.start == 2
                && self.source.text(node).is_some_and(|(text, _)| text == "\"\"");
            if is_null {
                self.mark_read(node);
                Self::remove(target, &self.program.rules[*rule as usize], build);
            } else if when.as_ref().is_none_or(|when| self.holds(when)) {
                self.fill(target, body, *dynamic, object, build);
            }
        }
        self.cursor = before;
    }

    /// Fills the object at a target; it stays only where something was read for it, or where its
    /// rules are literals throughout.
    fn fill(
        &mut self,
        target: &Target,
        body: &'m [Step],
        dynamic: bool,
        object: &mut Element,
        build: &mut Build<'m>,
    ) {
        let length = build.path.len();
        let (read, traces) = (build.read, build.traces.len());
        build.enter(object, target);
        build.path.push('.');
        build.arrays += u32::from(target.append);
        let present = if target.append { None } else { take(object, target) };
        let is_new = present.is_none();
        let mut inner = present.unwrap_or_else(Element::object);
        self.exec(body, &mut inner, build);
        build.arrays -= u32::from(target.append);
        build.path.truncate(length);
        let is_empty = matches!(&inner, Element::Object(members) if members.is_empty());
        if is_empty || (is_new && dynamic && build.read == read) {
            build.traces.truncate(traces);
        } else {
            attach(object, target, inner);
        }
    }

    fn each(
        &mut self,
        groups: &[(u16, u16)],
        body: &'m [Step],
        object: &mut Element,
        build: &mut Build<'m>,
    ) {
        let parent = self.group;
        let outside_end = groups.first().map_or(0, |(start, _)| *start);
        for (start, end) in groups {
            self.groups.push(Group { parent, start: *start, end: *end, outside_end });
            self.group = self.groups.len() as u32 - 1;
            self.exec(body, object, build);
            if self.stopped {
                break;
            }
        }
        self.group = parent;
    }

    fn make_statement(&mut self, resource: u16, from: Option<&'m Path>) {
        let Some(from) = from else {
            self.make(resource);
            return;
        };
        let before = self.cursor;
        for node in self.repetitions(from) {
            self.cursor = Some(node);
            self.make(resource);
        }
        self.cursor = before;
    }

    /// Makes a resource; its index in `made`, or `None` where it has no identity or no content.
    pub(super) fn make(&mut self, index: u16) -> Option<usize> {
        if self.depth >= MAKE_DEPTH_MAX || self.contributions.len() >= RESOURCES_MAX {
            let message = "the item makes too many resources: split it at the source".to_owned();
            self.say(Severity::Error, IssueCode::TooCostly, None, message);
            self.stopped = true;
            return None;
        }
        let resource = &self.program.resources[index as usize];
        let place = self.cursor.filter(|_| resource.reads_cursor_only);
        if let Some(place) = place
            && let Some(again) = self.made_before(index, place)
        {
            return Some(again);
        }
        let mut build = Build::new();
        let mut body = Element::object();
        self.depth += 1;
        self.exec(&resource.body, &mut body, &mut build);
        self.depth -= 1;
        let identity = build.identity.take()?;
        let key = identity.as_text().filter(|key| !key.is_empty())?;
        if build.read == 0 && build.removals.is_empty() {
            return None;
        }
        let resource_type = resource.makes;
        let id = resource_id(&self.profile.system, resource_type.as_str(), key);
        self.made.push(Made {
            resource: index,
            group: self.group,
            resource_type,
            id: id.clone(),
            display: build.display.take(),
            node: identity.node,
        });
        let made = self.made.len() - 1;
        if let Some(place) = place {
            self.local.push((index, place, made));
        }
        let contribution = self.contribution(resource_type, id, body, build);
        self.add(contribution);
        Some(made)
    }

    /// The resource that the same bytes made before, as made from this place and in this group.
    fn made_before(&mut self, index: u16, place: Node) -> Option<usize> {
        let bytes = |node: Node| self.source.bytes().get(node.start as usize..node.end as usize);
        let known = self.local.iter().find(|(resource, node, _)| {
            *resource == index
                && place.place.depth() == node.place.depth()
                && bytes(*node) == bytes(place)
        });
        let made = self.made.get(known?.2)?.clone();
        self.mark_read(place);
        self.made.push(Made { group: self.group, node: Some(place), ..made });
        Some(self.made.len() - 1)
    }

    fn contribution(
        &self,
        resource_type: fhir::ResourceType,
        id: fhir::ResourceId,
        body: Element,
        build: Build<'m>,
    ) -> Contribution {
        let mut meta = Element::object();
        meta.set("source", Element::string(self.profile.source.as_str()));
        if !build.profiles.is_empty() {
            let profiles = build.profiles.iter().map(|url| Element::string(*url)).collect();
            meta.set("profile", Element::Array(profiles));
        }
        let mut members: Vec<(Box<str>, Element)> = vec![
            ("resourceType".into(), Element::string(resource_type.as_str())),
            ("id".into(), Element::string(id.as_str())),
            ("meta".into(), meta),
        ];
        if let Element::Object(body) = body {
            members.extend(body);
        }
        let fold = Fold::new(build.merges, build.removals);
        let element = Element::Object(members);
        Contribution { resource_type, id, element, traces: build.traces, fold }
    }

    /// A resource that the item makes twice (a doctor in two roles) is one contribution: what the
    /// first lacks, or another rule of an array says, is taken from the second.
    fn add(&mut self, contribution: Contribution) {
        let same = self.contributions.iter_mut().find(|other| {
            other.resource_type == contribution.resource_type && other.id == contribution.id
        });
        let Some(first) = same else {
            self.contributions.push(contribution);
            return;
        };
        crate::fold::join(first, contribution);
    }

    /// Counts places as read that are left out on purpose.
    fn ignore(&mut self, paths: &'m [Path]) {
        for path in paths {
            let Source::Message(message) = self.source else {
                if let Some(node) = self.node(path) {
                    self.mark_read(node);
                }
                continue;
            };
            match &path.root {
                Root::Segment(name) => {
                    let all = message.segments().iter().filter(|s| s.name == *name);
                    let nodes: Vec<_> = all.map(|s| (s.start, s.end)).collect();
                    for (start, end) in nodes {
                        let place = Place::Segment(0);
                        self.mark_read(Node { start, end, place });
                    }
                }
                Root::Field { segment, field, .. } => {
                    let all = message.segments().iter().enumerate();
                    let named = all.filter(|(_, s)| s.name == *segment).map(|(at, _)| at as u16);
                    let nodes: Vec<_> = named.filter_map(|at| message.whole(at, *field)).collect();
                    for node in nodes {
                        self.mark_read(node);
                    }
                }
                _ => {}
            }
        }
    }

    fn check(
        &mut self,
        stop: bool,
        condition: &'m Condition,
        message: &str,
        place: Option<&'m Path>,
    ) {
        if self.holds(condition) {
            return;
        }
        let place: Option<Node> = place.and_then(|path| self.node(path));
        let (severity, code) = if stop {
            (Severity::Error, IssueCode::Required)
        } else {
            (Severity::Warning, IssueCode::BusinessRule)
        };
        self.say(severity, code, place, message.to_owned());
        self.stopped |= stop;
    }
}

/// One `Set` step, borrowed.
struct Set<'m, 's> {
    target: &'s Target,
    value: &'m Value,
    when: Option<&'m Condition>,
    by: Option<&'m Path>,
    rule: u32,
}

impl<'m> Item<'m> {
    /// An item for a name that the processor gives.
    pub(crate) fn given(
        text: impl Into<std::borrow::Cow<'m, str>>,
        node: Option<Node>,
    ) -> Item<'m> {
        Item::text(text, node)
    }
}
