//! What an expression can mean on a type: unknown elements and types, operands of wrong types.
//!
//! Spec: <http://hl7.org/fhirpath/N1/#type-safety-and-strict-evaluation>. Evaluation is lenient: an
//! element that a type does not have is empty. A check says beforehand that it can never be
//! there. To check one more thing, report it where the type is inferred.

mod call;
mod operator;
mod static_type;

use std::cell::{Cell, RefCell};

use definitions::Definitions;

use crate::ast::{Expr, ExprId, Program, TypeName, TypeOperation};
use crate::error::{Error, ErrorKind};
use crate::expression::Expression;
use crate::function::Function;
use crate::system::SystemType;
use crate::types;

pub use static_type::{Kind, StaticType};

/// What a path that begins with another type than the context's means.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum OtherTypes {
    /// A mistake.
    Refuse,
    /// Nothing: search parameters that several types share name them all.
    Empty,
}

/// What an expression is checked against.
#[derive(Clone, Debug)]
pub struct CheckContext<'c> {
    /// The definitions.
    pub definitions: &'c Definitions,
    /// The type or path of the focus: `Patient`, `Patient.contact`, `Quantity`, `code`.
    pub context_type: &'c str,
    /// The type of `%resource` and `%rootResource`, where it is known.
    pub resource_type: Option<&'c str>,
    /// The caller's variables, without `%`.
    pub variables: &'c [&'c str],
    /// What a path that begins with another type means.
    pub other_types: OtherTypes,
    /// Whether asking for the first of what has no order is a mistake.
    pub refuse_unordered: bool,
}

impl<'c> CheckContext<'c> {
    /// A check against a type, as an invariant or a query is checked.
    pub fn new(definitions: &'c Definitions, context_type: &'c str) -> CheckContext<'c> {
        CheckContext {
            definitions,
            context_type,
            resource_type: None,
            variables: &[],
            other_types: OtherTypes::Refuse,
            refuse_unordered: false,
        }
    }
}

/// What a check found.
#[derive(Clone, Debug)]
pub struct Checked {
    /// Mistakes, in the order of the text.
    pub issues: Vec<Error>,
    /// What the expression gives.
    pub result: StaticType,
}

impl Expression {
    /// Checks the expression against a type.
    ///
    /// ```
    /// use fhirpath::{CheckContext, Expression};
    /// let patient = CheckContext::new(definitions::embedded(), "Patient");
    /// let wrong = Expression::parse("name.given1")?.check(&patient);
    /// assert_eq!(wrong.issues[0].to_string(), "HumanName has no element given1 at line 1, column 6");
    /// let right = Expression::parse("name.given.first()")?.check(&patient);
    /// assert!(right.issues.is_empty());
    /// assert_eq!(right.result.names(patient.definitions), ["string"]);
    /// # Ok::<(), fhirpath::Error>(())
    /// ```
    pub fn check(&self, context: &CheckContext<'_>) -> Checked {
        let checker = Checker {
            program: &self.program,
            context,
            issues: RefCell::default(),
            defined: RefCell::default(),
            inferred: Cell::new(0),
        };
        let focus = StaticType::of_name(context.context_type, context.definitions);
        if focus.is_unknown() {
            let message = format!("the context {} is no known type", context.context_type);
            checker.issues.borrow_mut().push(Error::new(ErrorKind::Semantic, (0, 0), message));
        }
        let nothing = StaticType::nothing();
        let scope = Scope { this: &focus, total: &nothing };
        let result = checker.infer(self.root, scope);
        let mut issues = checker.issues.into_inner();
        issues.sort_by_key(|issue| issue.range);
        issues.dedup();
        let issues = issues.into_iter().map(|issue| issue.placed(self.text())).collect();
        Checked { issues, result }
    }
}

/// The types of `$this` and `$total`.
#[derive(Clone, Copy)]
struct Scope<'s> {
    this: &'s StaticType,
    total: &'s StaticType,
}

struct Checker<'c> {
    program: &'c Program,
    context: &'c CheckContext<'c>,
    issues: RefCell<Vec<Error>>,
    /// Variables of `defineVariable`, and the types of their items.
    defined: RefCell<Vec<(Box<str>, StaticType)>>,
    /// Types asked for, which `repeat` asks for several times.
    inferred: Cell<u32>,
}

/// After so many types the rest is taken to be of any: an expression that needs more is made to.
const INFERRED_MAX: u32 = 100_000;

impl Checker<'_> {
    fn report(&self, id: ExprId, message: impl Into<Box<str>>) {
        let range = self.program.range(id);
        self.issues.borrow_mut().push(Error::new(ErrorKind::Semantic, range, message));
    }

    fn infer(&self, id: ExprId, scope: Scope<'_>) -> StaticType {
        self.inferred.set(self.inferred.get() + 1);
        if self.inferred.get() > INFERRED_MAX {
            return StaticType::anything();
        }
        match self.program.get(id) {
            Expr::Literal(value) => StaticType::system(value.system_type()),
            Expr::Empty => StaticType::nothing(),
            Expr::This => scope.this.clone().single(),
            Expr::Index => StaticType::system(SystemType::Integer),
            Expr::Total => scope.total.clone(),
            Expr::Variable(name) => self.variable(id, name),
            Expr::Root(name) => self.root(id, name, scope.this),
            Expr::Member { of, name } => {
                let of = self.infer(*of, scope);
                self.member(id, &of, name)
            }
            Expr::Call { of, function, arguments } => {
                let input = self.input(*of, scope);
                self.call(id, *function, &input, arguments, scope)
            }
            Expr::At { of, index } => {
                let of = self.infer(*of, scope);
                let index_type = self.infer(*index, scope);
                if !index_type.may_be(&[SystemType::Integer]) {
                    let found = index_type.shown(self.context.definitions);
                    self.report(*index, format!("an index of {found}; expected an Integer"));
                }
                self.ask_order(id, &of, "[]");
                of.single()
            }
            Expr::Sign { of, .. } => {
                let found = self.infer(*of, scope);
                if !found.may_be(&operator::NUMBERS) && !found.may_be(&[SystemType::Quantity]) {
                    let shown = found.shown(self.context.definitions);
                    self.report(
                        id,
                        format!("a sign before {shown}; expected a number or quantity"),
                    );
                }
                found
            }
            Expr::Descending(of) => self.infer(*of, scope),
            Expr::Binary { operator, left, right } => {
                let (left, right) = (self.scoped(*left, scope), self.scoped(*right, scope));
                self.binary(id, *operator, &left, &right)
            }
            Expr::Type { of, operation, name } => {
                let input = self.input(*of, scope);
                self.type_operation(*operation, name, &input)
            }
        }
    }

    fn input(&self, of: Option<ExprId>, scope: Scope<'_>) -> StaticType {
        of.map_or_else(|| scope.this.clone(), |of| self.infer(of, scope))
    }

    /// The type of an argument or operand; variables that it defines end with it.
    fn scoped(&self, id: ExprId, scope: Scope<'_>) -> StaticType {
        let length = self.defined.borrow().len();
        let found = self.infer(id, scope);
        self.defined.borrow_mut().truncate(length);
        found
    }

    fn variable(&self, id: ExprId, name: &str) -> StaticType {
        let context = self.context;
        if let Some((_, found)) =
            self.defined.borrow().iter().rev().find(|(known, _)| **known == *name)
        {
            return found.clone();
        }
        match name {
            _ if context.variables.contains(&name) => StaticType::anything(),
            "context" => StaticType::of_name(context.context_type, context.definitions),
            "resource" | "rootResource" => match context.resource_type {
                Some(name) => StaticType::of_name(name, context.definitions),
                None => StaticType::anything(),
            },
            "ucum" | "sct" | "loinc" => StaticType::system(SystemType::String),
            _ if name.starts_with("vs-") || name.starts_with("ext-") => {
                StaticType::system(SystemType::String)
            }
            _ => {
                self.report(
                    id,
                    "unknown variable; expected one of the specification or of the caller",
                );
                StaticType::anything()
            }
        }
    }

    /// A name at the beginning of a path.
    fn root(&self, id: ExprId, name: &str, this: &StaticType) -> StaticType {
        let definitions = self.context.definitions;
        let is_type = name.as_bytes().first().is_some_and(u8::is_ascii_uppercase)
            && types::is_fhir(name, definitions);
        if !is_type {
            return self.member(id, this, name);
        }
        let own = this.restricted(name, definitions);
        if this.is_unknown() {
            return StaticType::of_name(name, definitions);
        }
        if own.is_nothing() && self.context.other_types == OtherTypes::Refuse {
            let found = this.shown(definitions);
            self.report(id, format!("a path from {name} where the context is {found}"));
            return StaticType::anything();
        }
        own
    }

    fn member(&self, id: ExprId, of: &StaticType, name: &str) -> StaticType {
        let definitions = self.context.definitions;
        let found = of.member(name, definitions);
        if found.is_nothing() && !of.is_nothing() {
            let shown = of.shown(definitions);
            let hint = match of.choice(name, definitions) {
                Some((choice, type_name)) => format!("; expected {choice}.ofType({type_name})"),
                None => String::new(),
            };
            let name: String = name.chars().take(60).collect();
            self.report(id, format!("{shown} has no element {name}{hint}"));
            return StaticType::anything();
        }
        found
    }

    fn type_operation(
        &self,
        operation: TypeOperation,
        name: &TypeName,
        input: &StaticType,
    ) -> StaticType {
        let definitions = self.context.definitions;
        let named = match types::named(name, definitions) {
            Ok(named) => named,
            Err(error) => {
                self.issues.borrow_mut().push(error);
                return StaticType::anything();
            }
        };
        if operation == TypeOperation::Is {
            return StaticType::system(SystemType::Boolean);
        }
        let mut kinds = StaticType::nothing();
        if let Some(name) = named.fhir {
            kinds = kinds.or(StaticType::of_name(name, definitions));
        }
        if let Some(system) = named.system {
            kinds = kinds.or(StaticType::system(system));
        }
        StaticType { is_many: input.is_many, ..kinds }
    }

    /// Reports a question about the order of what has none.
    fn ask_order(&self, id: ExprId, of: &StaticType, what: &str) {
        if self.context.refuse_unordered && of.is_many && !of.is_ordered {
            self.report(id, format!("{what} on a collection without order"));
        }
    }

    /// Reports an input or argument that can be of none of the types asked for.
    fn ask_type(&self, id: ExprId, found: &StaticType, function: Function, wanted: &[SystemType]) {
        if !found.may_be(wanted) {
            let names: Vec<&str> = wanted.iter().map(|system| system.as_str()).collect();
            let shown = found.shown(self.context.definitions);
            let (name, names) = (function.as_str(), names.join(" or "));
            self.report(id, format!("{name}() with {shown}; expected {names}"));
        }
    }
}
