//! Functions, a module for each family of the specification.
//!
//! Spec: <http://hl7.org/fhirpath/N1/#functions>. A function gets the call, asks for its input and
//! arguments in the form that it needs, and hands on its answer. To add one, see
//! [`crate::function`].

mod boundary;
mod collection;
mod conversion;
mod existence;
mod fhir;
mod filtering;
mod math;
mod strings;
mod subsetting;
mod temporal;
mod terminology;
mod utility;

use crate::ast::ExprId;
use crate::error::{Error, ErrorKind};
use crate::evaluate::{Call, Evaluator, Flow, Scope, type_shown};
use crate::function::Family;
use crate::item::Item;
use crate::system::{System, Text};
use crate::tree::Sink;

/// Evaluates a call.
pub(crate) fn call<'t>(
    evaluator: &Evaluator<'_, 't>,
    call: &Call<'_>,
    scope: Scope<'_, 't>,
    sink: Sink<'_, 't>,
) -> Result<Flow, Error> {
    let run = match call.function.family() {
        Family::Existence => existence::call,
        Family::Filtering => filtering::call,
        Family::Subsetting => subsetting::call,
        Family::Combining => collection::call,
        Family::Conversion => conversion::call,
        Family::Strings => strings::call,
        Family::Math => math::call,
        Family::Tree => collection::tree,
        Family::Utility => utility::call,
        Family::Temporal => temporal::call,
        Family::Fhir => fhir::call,
        Family::Terminology => terminology::call,
    };
    run(evaluator, call, scope, sink)
}

/// Hands on an answer that may be empty.
pub(crate) fn answer<'t>(
    value: Option<impl Into<Item<'t>>>,
    sink: Sink<'_, 't>,
) -> Result<Flow, Error> {
    value.map_or(Ok(Flow::More), |value| sink(value.into()))
}

impl<'t> Evaluator<'_, 't> {
    /// The items before the call, one by one.
    pub(crate) fn input(
        &self,
        call: &Call<'_>,
        scope: Scope<'_, 't>,
        sink: Sink<'_, 't>,
    ) -> Result<Flow, Error> {
        self.visit_input(call.of, scope, sink)
    }

    /// All items before the call.
    pub(crate) fn input_items(
        &self,
        call: &Call<'_>,
        scope: Scope<'_, 't>,
    ) -> Result<Vec<Item<'t>>, Error> {
        let mut items = Vec::new();
        self.input(call, scope, &mut |item| self.keep(call.id, &mut items, item))?;
        Ok(items)
    }

    /// The one item before the call, or none; several are an error.
    pub(crate) fn input_single(
        &self,
        call: &Call<'_>,
        scope: Scope<'_, 't>,
    ) -> Result<Option<Item<'t>>, Error> {
        self.single_input(call.id, call.of, scope, call.function.as_str())
    }

    /// The one value before the call; an error where it has no simple value.
    pub(crate) fn input_value(
        &self,
        call: &Call<'_>,
        scope: Scope<'_, 't>,
    ) -> Result<Option<System<'t>>, Error> {
        let Some(item) = self.input_single(call, scope)? else { return Ok(None) };
        self.value_of(call.id, &item, call.function.as_str())
    }

    fn value_of(
        &self,
        id: ExprId,
        item: &Item<'t>,
        what: &str,
    ) -> Result<Option<System<'t>>, Error> {
        match item.system() {
            Some(value) => Ok(Some(value)),
            None if crate::evaluate::is_without_value(item) => Ok(None),
            None => {
                let message = format!("{what}() on {}; expected a simple value", type_shown(item));
                Err(self.refuse(id, &message))
            }
        }
    }

    /// The text before the call.
    pub(crate) fn input_text(
        &self,
        call: &Call<'_>,
        scope: Scope<'_, 't>,
    ) -> Result<Option<Text<'t>>, Error> {
        match self.input_value(call, scope)? {
            None => Ok(None),
            Some(System::String(text)) => Ok(Some(text)),
            Some(other) => Err(self.wrong_input(call, &other, "a String")),
        }
    }

    #[cold]
    pub(crate) fn wrong_input(&self, call: &Call<'_>, found: &System<'_>, expected: &str) -> Error {
        let name = call.function.as_str();
        let found = found.system_type().as_str();
        self.refuse(call.id, &format!("{name}() on {found}; expected {expected}"))
    }

    /// The items of an argument.
    pub(crate) fn argument(
        &self,
        call: &Call<'_>,
        index: usize,
        scope: Scope<'_, 't>,
    ) -> Result<Vec<Item<'t>>, Error> {
        call.arguments.get(index).map_or(Ok(Vec::new()), |id| self.operand(*id, scope))
    }

    /// The one value of an argument, or none where it is empty or not given.
    pub(crate) fn argument_value(
        &self,
        call: &Call<'_>,
        index: usize,
        scope: Scope<'_, 't>,
    ) -> Result<Option<System<'t>>, Error> {
        let Some(id) = call.arguments.get(index).copied() else { return Ok(None) };
        let name = call.function.as_str();
        match self.single(id, scope, name)? {
            None => Ok(None),
            Some(item) => self.value_of(id, &item, name),
        }
    }

    /// The text of an argument.
    pub(crate) fn argument_text(
        &self,
        call: &Call<'_>,
        index: usize,
        scope: Scope<'_, 't>,
    ) -> Result<Option<Text<'t>>, Error> {
        match self.argument_value(call, index, scope)? {
            None => Ok(None),
            Some(System::String(text)) => Ok(Some(text)),
            Some(other) => Err(self.wrong_argument(call, index, &other, "a String")),
        }
    }

    /// The whole number of an argument.
    pub(crate) fn argument_integer(
        &self,
        call: &Call<'_>,
        index: usize,
        scope: Scope<'_, 't>,
    ) -> Result<Option<i32>, Error> {
        match self.argument_value(call, index, scope)? {
            None => Ok(None),
            Some(System::Integer(value)) => Ok(Some(value)),
            Some(other) => Err(self.wrong_argument(call, index, &other, "an Integer")),
        }
    }

    #[cold]
    pub(crate) fn wrong_argument(
        &self,
        call: &Call<'_>,
        index: usize,
        found: &System<'_>,
        expected: &str,
    ) -> Error {
        let id = call.arguments.get(index).copied().unwrap_or(call.id);
        let name = call.function.as_str();
        let found = found.system_type().as_str();
        self.refuse(id, &format!("{name}() with {found}; expected {expected}"))
    }

    /// An error where a text that is being made is too long.
    pub(crate) fn check_text(&self, id: ExprId, bytes: usize) -> Result<(), Error> {
        let most = self.environment.limits.string_bytes_max;
        if bytes > most {
            let message = format!("a text of more than {most} bytes");
            return Err(self.error(ErrorKind::Limit, id, &message));
        }
        Ok(())
    }

    /// As `check_text`, and counts the making: many small steps must not make many large texts.
    pub(crate) fn spend_text(&self, id: ExprId, bytes: usize) -> Result<(), Error> {
        self.check_text(id, bytes)?;
        self.spend(id, bytes / 64)
    }
}
