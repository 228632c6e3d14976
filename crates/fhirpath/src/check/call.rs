//! Types of functions: what input and arguments they take and what they give.
//!
//! Spec: <http://hl7.org/fhirpath/N1/#functions>, <https://hl7.org/fhir/R4/fhirpath.html#functions>.
//! To add a function, add it to `result`, and to `call` where its arguments have a scope.

use super::{Checker, Scope, StaticType};
use crate::ast::{Expr, ExprId};
use crate::function::{Family, Function};
use crate::system::{System, SystemType};

impl Checker<'_> {
    pub(super) fn call(
        &self,
        id: ExprId,
        function: Function,
        input: &StaticType,
        arguments: &[ExprId],
        scope: Scope<'_>,
    ) -> StaticType {
        if matches!(
            function,
            Function::First | Function::Last | Function::Tail | Function::Skip | Function::Take
        ) {
            self.ask_order(id, input, function.as_str());
        }
        match function {
            Function::Iif => self.iif(input, arguments, scope, id),
            Function::Aggregate => self.aggregate(input, arguments, scope),
            Function::Repeat | Function::RepeatAll => self.repeat(input, arguments[0], scope),
            Function::DefineVariable => self.define_variable(input, arguments, scope),
            Function::Select => {
                let item = input.clone().single();
                let found = self.scoped(arguments[0], Scope { this: &item, ..scope });
                StaticType {
                    is_many: input.is_many || found.is_many,
                    is_ordered: input.is_ordered && found.is_ordered,
                    ..found
                }
            }
            Function::Exists
            | Function::All
            | Function::Where
            | Function::Sort
            | Function::Trace => {
                let item = input.clone().single();
                for (index, argument) in arguments.iter().enumerate() {
                    // The name of a trace is no matter of its items.
                    let is_name = function == Function::Trace && index == 0;
                    let inner = if is_name { scope } else { Scope { this: &item, ..scope } };
                    self.scoped(*argument, inner);
                }
                match function {
                    Function::Exists | Function::All => StaticType::system(SystemType::Boolean),
                    Function::Sort => StaticType { is_ordered: true, ..input.clone() },
                    _ => input.clone(),
                }
            }
            _ => {
                let arguments: Vec<(ExprId, StaticType)> =
                    arguments.iter().map(|id| (*id, self.scoped(*id, scope))).collect();
                self.ask_types(id, function, input, &arguments);
                self.result(function, input, &arguments)
            }
        }
    }

    fn iif(
        &self,
        input: &StaticType,
        arguments: &[ExprId],
        scope: Scope<'_>,
        id: ExprId,
    ) -> StaticType {
        let is_on_this = matches!(self.program.get(id), Expr::Call { of: None, .. });
        let item = input.clone().single();
        let inner = if is_on_this { scope } else { Scope { this: &item, ..scope } };
        let criterion = self.scoped(arguments[0], inner);
        self.ask_type(arguments[0], &criterion, Function::Iif, &[SystemType::Boolean]);
        let mut result = StaticType::nothing();
        for branch in &arguments[1..] {
            result = result.or(self.scoped(*branch, inner));
        }
        result
    }

    fn aggregate(&self, input: &StaticType, arguments: &[ExprId], scope: Scope<'_>) -> StaticType {
        let start = arguments.get(1).map(|start| self.scoped(*start, scope));
        let item = input.clone().single();
        // What the rounds make is not known before they are run.
        let total =
            start.map_or_else(StaticType::anything, |start| start.or(StaticType::anything()));
        self.scoped(arguments[0], Scope { this: &item, total: &total })
    }

    /// Types are added until no new ones come.
    fn repeat(&self, input: &StaticType, projection: ExprId, scope: Scope<'_>) -> StaticType {
        let first = input.clone().single();
        let mut found = self.scoped(projection, Scope { this: &first, ..scope });
        for _ in 0..8 {
            let before = self.issues.borrow().len();
            let item = found.clone().single();
            let next = self.scoped(projection, Scope { this: &item, ..scope });
            // Elements that only the first round has are no mistake in the rounds after it.
            self.issues.borrow_mut().truncate(before);
            let more = found.clone().or(next);
            if more.kinds.len() == found.kinds.len() {
                break;
            }
            found = more;
        }
        StaticType { is_many: true, is_ordered: false, ..found }
    }

    fn define_variable(
        &self,
        input: &StaticType,
        arguments: &[ExprId],
        scope: Scope<'_>,
    ) -> StaticType {
        let item = input.clone().single();
        let value = match arguments.get(1) {
            Some(value) => self.scoped(*value, Scope { this: &item, ..scope }),
            None => input.clone(),
        };
        if let Expr::Literal(System::String(name)) = self.program.get(arguments[0]) {
            self.defined.borrow_mut().push(((**name).into(), value));
        } else {
            self.report(
                arguments[0],
                "a variable's name that is computed; expected a literal String",
            );
        }
        input.clone()
    }

    fn ask_types(
        &self,
        id: ExprId,
        function: Function,
        input: &StaticType,
        arguments: &[(ExprId, StaticType)],
    ) {
        use SystemType::{Date, DateTime, Decimal, Integer, Long, Quantity, String, Time};
        let numbers = [Integer, Long, Decimal];
        match function.family() {
            Family::Strings => self.ask_type(id, input, function, &[String]),
            Family::Math if function == Function::Abs => {
                self.ask_type(id, input, function, &[Integer, Long, Decimal, Quantity]);
            }
            Family::Math => self.ask_type(id, input, function, &numbers),
            Family::Temporal => {
                let values = [Integer, Long, Decimal, Quantity, Date, DateTime, Time];
                self.ask_type(id, input, function, &values);
            }
            _ => {}
        }
        for (index, (id, found)) in arguments.iter().enumerate() {
            let wanted: &[SystemType] = match function {
                Function::Substring
                | Function::Skip
                | Function::Take
                | Function::Round
                | Function::LowBoundary
                | Function::HighBoundary => &[Integer],
                Function::Log | Function::Power => &numbers,
                Function::Extension
                | Function::HasExtension
                | Function::ConformsTo
                | Function::MemberOf
                | Function::CheckModifiers
                | Function::ToQuantity
                | Function::ConvertsToQuantity => &[String],
                Function::Slice if index == 0 => &[String],
                _ if function.family() == Family::Strings => &[String],
                _ => continue,
            };
            self.ask_type(*id, found, function, wanted);
        }
    }

    fn result(
        &self,
        function: Function,
        input: &StaticType,
        arguments: &[(ExprId, StaticType)],
    ) -> StaticType {
        let definitions = self.context.definitions;
        let argument =
            || arguments.first().map_or_else(StaticType::nothing, |(_, found)| found.clone());
        match function {
            Function::First
            | Function::Last
            | Function::Single
            | Function::Abs
            | Function::Power => input.clone().single(),
            Function::Tail
            | Function::Skip
            | Function::Take
            | Function::Exclude
            | Function::CheckModifiers => input.clone(),
            Function::Distinct | Function::Intersect => {
                StaticType { is_ordered: false, ..input.clone() }
            }
            Function::Union => {
                StaticType { is_ordered: false, ..input.clone().or(argument()).many() }
            }
            Function::Combine => input.clone().or(argument()).many(),
            Function::Coalesce => {
                let all = arguments.iter().map(|(_, found)| found.clone());
                all.fold(StaticType::nothing(), StaticType::or)
            }
            Function::Children => input.children(definitions),
            Function::Descendants => StaticType { is_ordered: false, ..StaticType::anything() },
            Function::Extension => StaticType::of_name("Extension", definitions).many(),
            Function::Resolve => {
                let resource = StaticType::of_name("Resource", definitions);
                StaticType { is_many: input.is_many, ..resource }
            }
            Function::GetValue | Function::ElementDefinition | Function::Slice => {
                StaticType::anything()
            }
            Function::LowBoundary | Function::HighBoundary => match input.only_system() {
                Some(SystemType::Integer | SystemType::Long) => {
                    StaticType::system(SystemType::Decimal)
                }
                _ => input.clone().single(),
            },
            Function::Split | Function::ToChars => StaticType::system(SystemType::String).many(),
            _ => StaticType::system(computed(function)),
        }
    }
}

/// The type of what a function computes, whatever its input is.
fn computed(function: Function) -> SystemType {
    match function {
        Function::Type => SystemType::TypeInfo,
        Function::Count
        | Function::ToInteger
        | Function::IndexOf
        | Function::LastIndexOf
        | Function::Length
        | Function::Precision
        | Function::YearOf
        | Function::MonthOf
        | Function::DayOf
        | Function::HourOf
        | Function::MinuteOf
        | Function::SecondOf
        | Function::MillisecondOf
        | Function::Ceiling
        | Function::Floor
        | Function::Truncate => SystemType::Integer,
        Function::ToLong => SystemType::Long,
        Function::ToDecimal
        | Function::Exp
        | Function::Ln
        | Function::Log
        | Function::Round
        | Function::Sqrt
        | Function::TimezoneOffsetOf => SystemType::Decimal,
        Function::ToQuantity => SystemType::Quantity,
        Function::ToDate | Function::Today | Function::DateOf => SystemType::Date,
        Function::ToDateTime | Function::Now => SystemType::DateTime,
        Function::ToTime | Function::TimeOfDay | Function::TimeOf => SystemType::Time,
        Function::ToText
        | Function::Substring
        | Function::Upper
        | Function::Lower
        | Function::Replace
        | Function::ReplaceMatches
        | Function::Encode
        | Function::Decode
        | Function::Escape
        | Function::Unescape
        | Function::Trim
        | Function::Join => SystemType::String,
        _ => SystemType::Boolean,
    }
}
