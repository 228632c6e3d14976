//! Runs a program on an item: each expression hands its items on, one by one, to whom it is for.
//!
//! Spec: <http://hl7.org/fhirpath/N1/#expressions>. Handing on instead of returning collections
//! lets `first()` and `exists()` stop what is before them, and lets paths and filters run without
//! a collection between their steps. To add a form of expression, add it to `visit`.

mod arithmetic;
mod compare;
mod equality;
mod operator;
mod variable;

use std::cell::{Cell, RefCell};
use std::rc::Rc;

use crate::ast::{Expr, ExprId, Program, TypeName, TypeOperation};
use crate::environment::{AsOnMany, Environment};
use crate::error::{Error, ErrorKind};
use crate::functions;
use crate::item::{Item, NodeKind};
use crate::system::{System, SystemType, Text};
use crate::tree::{self, Sink};
use crate::types;

pub(crate) use compare::compare;
pub(crate) use equality::{Distinct, are_equal, is_equal};
pub(crate) use operator::is_without_value;
pub(crate) use variable::resources_around;

/// Whether more items are wanted.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Flow {
    /// Go on.
    More,
    /// Enough.
    Stop,
}

/// What `$this`, `$index` and `$total` are.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Scope<'s, 't> {
    pub(crate) this: Option<&'s Item<'t>>,
    pub(crate) index: Option<usize>,
    pub(crate) total: Option<&'s [Item<'t>]>,
}

impl<'s, 't> Scope<'s, 't> {
    /// The scope of an argument that is evaluated for one item.
    pub(crate) fn of(self, item: &'s Item<'t>, index: usize) -> Scope<'s, 't> {
        Scope { this: Some(item), index: Some(index), total: self.total }
    }
}

/// A call that is being evaluated.
#[derive(Clone, Copy)]
pub(crate) struct Call<'p> {
    pub(crate) id: ExprId,
    pub(crate) of: Option<ExprId>,
    pub(crate) function: crate::function::Function,
    pub(crate) arguments: &'p [ExprId],
}

/// One evaluation.
pub(crate) struct Evaluator<'e, 't> {
    pub(crate) program: &'e Program,
    pub(crate) environment: &'e Environment<'e, 't>,
    /// The item that the whole expression is evaluated on.
    focus: Item<'t>,
    steps: Cell<u64>,
    /// Variables of `defineVariable`, innermost last.
    defined: RefCell<Vec<(Text<'t>, Rc<[Item<'t>]>)>>,
    pub(crate) regexes: RefCell<Vec<(Box<str>, Rc<regex::Regex>)>>,
}

impl<'e, 't> Evaluator<'e, 't> {
    pub(crate) fn new(
        program: &'e Program,
        environment: &'e Environment<'e, 't>,
        focus: Item<'t>,
    ) -> Evaluator<'e, 't> {
        Evaluator {
            program,
            environment,
            focus,
            steps: Cell::new(0),
            defined: RefCell::default(),
            regexes: RefCell::default(),
        }
    }

    /// Runs the whole program.
    pub(crate) fn run(&self, root: ExprId, sink: Sink<'_, 't>) -> Result<Flow, Error> {
        let scope = Scope { this: Some(&self.focus), index: None, total: None };
        self.visit(root, scope, sink)
    }

    /// Counts work; an error when there has been too much.
    pub(crate) fn spend(&self, id: ExprId, steps: usize) -> Result<(), Error> {
        let spent = self.steps.get().saturating_add(steps as u64);
        self.steps.set(spent);
        let most = self.environment.limits.steps_max;
        if spent > most {
            return Err(self.error(
                ErrorKind::Limit,
                id,
                &format!("more than {most} steps; narrow the expression"),
            ));
        }
        Ok(())
    }

    #[cold]
    pub(crate) fn error(&self, kind: ErrorKind, id: ExprId, message: &str) -> Error {
        Error::new(kind, self.program.range(id), message)
    }

    #[cold]
    pub(crate) fn refuse(&self, id: ExprId, message: &str) -> Error {
        self.error(ErrorKind::Execution, id, message)
    }

    /// Hands on the items of an expression.
    pub(crate) fn visit(
        &self,
        id: ExprId,
        scope: Scope<'_, 't>,
        sink: Sink<'_, 't>,
    ) -> Result<Flow, Error> {
        self.spend(id, 1)?;
        match self.program.get(id) {
            Expr::Literal(value) => sink(Item::Value(value.clone())),
            Expr::Empty => Ok(Flow::More),
            Expr::This => scope.this.map_or(Ok(Flow::More), |item| sink(item.clone())),
            Expr::Index => match scope.index {
                Some(index) => sink(Item::Value(System::Integer(index as i32))),
                None => Ok(Flow::More),
            },
            Expr::Total => emit(scope.total.unwrap_or(&[]).iter().cloned(), sink),
            Expr::Variable(name) => self.variable(id, name, sink),
            Expr::Root(name) => match scope.this {
                Some(item) => self.root(id, item, name, sink),
                None => Ok(Flow::More),
            },
            Expr::Member { of, name } => {
                self.visit(*of, scope, &mut |item| self.member(id, &item, name, sink))
            }
            Expr::Call { of, function, arguments } => {
                let call = Call { id, of: *of, function: *function, arguments };
                functions::call(self, &call, scope, sink)
            }
            Expr::At { of, index } => self.at(*of, *index, scope, sink),
            Expr::Sign { of, is_negative } => self.sign(id, *of, *is_negative, scope, sink),
            Expr::Binary { operator, left, right } => {
                self.binary(id, *operator, (*left, *right), scope, sink)
            }
            Expr::Type { of, operation, name } => {
                self.type_operation(id, *of, (*operation, name), scope, sink)
            }
            Expr::Descending(of) => self.visit(*of, scope, sink),
        }
    }

    /// All items of an expression.
    pub(crate) fn collect(&self, id: ExprId, scope: Scope<'_, 't>) -> Result<Vec<Item<'t>>, Error> {
        let mut items = Vec::new();
        self.visit(id, scope, &mut |item| self.keep(id, &mut items, item))?;
        Ok(items)
    }

    /// Puts an item into a collection that is being made.
    pub(crate) fn keep(
        &self,
        id: ExprId,
        items: &mut Vec<Item<'t>>,
        item: Item<'t>,
    ) -> Result<Flow, Error> {
        self.spend(id, 1)?;
        let most = self.environment.limits.items_max;
        if items.len() >= most {
            let message = format!("a collection of more than {most} items; narrow the expression");
            return Err(self.error(ErrorKind::Limit, id, &message));
        }
        items.push(item);
        Ok(Flow::More)
    }

    /// The items of an operand or argument; variables that it defines end with it.
    pub(crate) fn operand(&self, id: ExprId, scope: Scope<'_, 't>) -> Result<Vec<Item<'t>>, Error> {
        self.scoped(|| self.collect(id, scope))
    }

    /// The one item of an expression, or none.
    pub(crate) fn single(
        &self,
        id: ExprId,
        scope: Scope<'_, 't>,
        what: &str,
    ) -> Result<Option<Item<'t>>, Error> {
        let mut found = None;
        self.scoped(|| {
            self.visit(id, scope, &mut |item| match found.replace(item) {
                None => Ok(Flow::More),
                Some(_) => Err(self.refuse(id, &format!("several items; {what} takes one"))),
            })
        })?;
        Ok(found)
    }

    /// Singleton evaluation to a Boolean: one item that is no Boolean is `true`.
    pub(crate) fn boolean(&self, id: ExprId, scope: Scope<'_, 't>) -> Result<Option<bool>, Error> {
        let item = self.single(id, scope, "a Boolean")?;
        Ok(item.and_then(|item| truth(&item)))
    }

    /// Runs something; variables that it defines end with it.
    pub(crate) fn scoped<R>(&self, run: impl FnOnce() -> Result<R, Error>) -> Result<R, Error> {
        if !self.program.defines_variables {
            return run();
        }
        let length = self.defined.borrow().len();
        let result = run();
        self.defined.borrow_mut().truncate(length);
        result
    }

    /// A name at the beginning of a path: the type of the item there, or an element of it.
    fn root(
        &self,
        id: ExprId,
        item: &Item<'t>,
        name: &str,
        sink: Sink<'_, 't>,
    ) -> Result<Flow, Error> {
        if name.as_bytes().first().is_some_and(u8::is_ascii_uppercase) {
            let type_name = match item {
                Item::Node(node) => node.type_name(),
                Item::Unread(name) => name,
                Item::Value(_) => "",
            };
            let is_its_type = type_name == name
                || matches!(
                    name,
                    "Resource" | "DomainResource" | "Element" | "BackboneElement" | "Quantity"
                ) && types::is_kind_of(type_name, name, self.environment.definitions);
            if is_its_type {
                return sink(item.clone());
            }
        }
        self.member(id, item, name, sink)
    }

    fn member(
        &self,
        id: ExprId,
        item: &Item<'t>,
        name: &str,
        sink: Sink<'_, 't>,
    ) -> Result<Flow, Error> {
        self.spend(id, 1)?;
        match item {
            Item::Node(node) => tree::named(node, name, self.environment.definitions, sink),
            Item::Value(value) => {
                part(value, name).map_or(Ok(Flow::More), |part| sink(part.into()))
            }
            Item::Unread(_) => Ok(Flow::More),
        }
    }

    fn at(
        &self,
        of: ExprId,
        index: ExprId,
        scope: Scope<'_, 't>,
        sink: Sink<'_, 't>,
    ) -> Result<Flow, Error> {
        let wanted = match self.single(index, scope, "an index")?.and_then(|item| item.system()) {
            None => return Ok(Flow::More),
            Some(System::Integer(index)) => index,
            Some(other) => {
                let found = other.system_type().as_str();
                return Err(
                    self.refuse(index, &format!("an index of {found}; expected an Integer"))
                );
            }
        };
        let (mut at, mut found) = (0, None);
        self.visit(of, scope, &mut |item| {
            if at == wanted {
                found = Some(item);
                return Ok(Flow::Stop);
            }
            at += 1;
            Ok(if wanted < 0 { Flow::Stop } else { Flow::More })
        })?;
        found.map_or(Ok(Flow::More), sink)
    }

    fn type_operation(
        &self,
        id: ExprId,
        of: Option<ExprId>,
        (operation, name): (TypeOperation, &TypeName),
        scope: Scope<'_, 't>,
        sink: Sink<'_, 't>,
    ) -> Result<Flow, Error> {
        let definitions = self.environment.definitions;
        let named = types::named(name, definitions)?;
        let is_filter = operation == TypeOperation::OfType
            || (operation == TypeOperation::As && self.environment.as_on_many == AsOnMany::Filter);
        if is_filter {
            return self.visit_input(of, scope, &mut |item| {
                types::cast(item, named, definitions).map_or(Ok(Flow::More), &mut *sink)
            });
        }
        let word = if operation == TypeOperation::Is { "is" } else { "as" };
        let Some(item) = self.single_input(id, of, scope, word)? else { return Ok(Flow::More) };
        if operation == TypeOperation::Is {
            return sink(types::is(&item, named, definitions).into());
        }
        types::cast(item, named, definitions).map_or(Ok(Flow::More), sink)
    }

    /// The items that a call or type operation is for.
    pub(crate) fn visit_input(
        &self,
        of: Option<ExprId>,
        scope: Scope<'_, 't>,
        sink: Sink<'_, 't>,
    ) -> Result<Flow, Error> {
        match of {
            Some(of) => self.visit(of, scope, sink),
            None => scope.this.map_or(Ok(Flow::More), |item| sink(item.clone())),
        }
    }

    /// The one item that a call or type operation is for, or none.
    pub(crate) fn single_input(
        &self,
        id: ExprId,
        of: Option<ExprId>,
        scope: Scope<'_, 't>,
        what: &str,
    ) -> Result<Option<Item<'t>>, Error> {
        let mut found = None;
        self.visit_input(of, scope, &mut |item| match found.replace(item) {
            None => Ok(Flow::More),
            Some(_) => {
                Err(self.refuse(id, &format!("several items before {what}, which takes one")))
            }
        })?;
        Ok(found)
    }
}

/// Hands on each of some items.
pub(crate) fn emit<'t>(
    items: impl IntoIterator<Item = Item<'t>>,
    sink: Sink<'_, 't>,
) -> Result<Flow, Error> {
    for item in items {
        if sink(item)? == Flow::Stop {
            return Ok(Flow::Stop);
        }
    }
    Ok(Flow::More)
}

/// What one item is as a Boolean.
pub(crate) fn truth(item: &Item<'_>) -> Option<bool> {
    match item {
        Item::Value(System::Boolean(value)) => Some(*value),
        Item::Node(node) if node.kind() == NodeKind::Primitive(definitions::Primitive::Boolean) => {
            match node.primitive() {
                Some(System::Boolean(value)) => Some(value),
                _ => None,
            }
        }
        _ => Some(true),
    }
}

/// The parts of computed values that have parts.
fn part<'t>(value: &System<'t>, name: &str) -> Option<System<'t>> {
    match (value, name) {
        (System::Quantity(quantity), "value") => Some(System::Decimal(quantity.value)),
        (System::Quantity(quantity), "unit") => Some(match &quantity.unit {
            crate::quantity::Unit::Ucum(code) => System::String(code.clone()),
            crate::quantity::Unit::Calendar(unit) => System::String(Text::Borrowed(unit.as_str())),
        }),
        (System::Type(info), "namespace") => Some(System::String(Text::Borrowed(info.namespace))),
        (System::Type(info), "name") => Some(System::from_string(&*info.name)),
        (System::Type(info), "baseType") => info.base.as_deref().map(System::from_string),
        _ => None,
    }
}

/// The `System` type of an item, for messages; the FHIR type where it has none.
pub(crate) fn type_shown(item: &Item<'_>) -> &'static str {
    match item.system() {
        Some(value) if value.system_type() != SystemType::Any => value.system_type().as_str(),
        _ => item.type_name(),
    }
}
