//! Types of operators: what operands they take and what they give.
//!
//! Spec: <http://hl7.org/fhirpath/N1/#operations>. To check one more, add its pairs of types.

use super::{Checker, StaticType};
use crate::ast::{ExprId, Operator};
use crate::system::SystemType;

/// The numeric types.
pub(super) const NUMBERS: [SystemType; 3] =
    [SystemType::Integer, SystemType::Long, SystemType::Decimal];
/// Types of points in time.
const TIMES: [SystemType; 3] = [SystemType::Date, SystemType::DateTime, SystemType::Time];

impl Checker<'_> {
    pub(super) fn binary(
        &self,
        id: ExprId,
        operator: Operator,
        left: &StaticType,
        right: &StaticType,
    ) -> StaticType {
        let boolean = StaticType::system(SystemType::Boolean);
        match operator {
            Operator::Union => {
                StaticType { is_ordered: false, ..left.clone().or(right.clone()).many() }
            }
            Operator::Less
            | Operator::LessOrEqual
            | Operator::Greater
            | Operator::GreaterOrEqual => {
                if let Some((a, b)) = left.only_system().zip(right.only_system())
                    && !have_order(a, b)
                {
                    self.mismatch(id, operator, a, b);
                }
                boolean
            }
            Operator::Add
            | Operator::Subtract
            | Operator::Multiply
            | Operator::Divide
            | Operator::Div
            | Operator::Mod => self.calculation(id, operator, left, right),
            Operator::Concatenate => {
                for side in [left, right] {
                    if !side.may_be(&[SystemType::String]) {
                        let shown = side.shown(self.context.definitions);
                        self.report(id, format!("& with {shown}; expected a String"));
                    }
                }
                StaticType::system(SystemType::String)
            }
            _ => boolean,
        }
    }

    fn mismatch(&self, id: ExprId, operator: Operator, a: SystemType, b: SystemType) {
        let (a, b) = (a.as_str(), b.as_str());
        self.report(id, format!("{} does not take {a} and {b}", operator.as_str()));
    }

    fn calculation(
        &self,
        id: ExprId,
        operator: Operator,
        left: &StaticType,
        right: &StaticType,
    ) -> StaticType {
        let Some((a, b)) = left.only_system().zip(right.only_system()) else {
            return StaticType { is_many: false, ..StaticType::anything() };
        };
        if let Some(system) = calculated(operator, a, b) {
            return StaticType::system(system);
        }
        self.mismatch(id, operator, a, b);
        StaticType::anything()
    }
}

fn have_order(a: SystemType, b: SystemType) -> bool {
    let is_number = |system| NUMBERS.contains(&system);
    let is_amount = |system| is_number(system) || system == SystemType::Quantity;
    let is_day = |system| matches!(system, SystemType::Date | SystemType::DateTime);
    matches!((a, b), (SystemType::Any, _) | (_, SystemType::Any))
        || (is_amount(a) && is_amount(b))
        || (is_day(a) && is_day(b))
        || (a == b && matches!(a, SystemType::String | SystemType::Time))
}

/// The type of a calculation; `None` where the operator does not take the types.
fn calculated(operator: Operator, a: SystemType, b: SystemType) -> Option<SystemType> {
    use SystemType::{Any, Decimal, Integer, Long, Quantity, String};
    let numbers = NUMBERS.contains(&a) && NUMBERS.contains(&b);
    match operator {
        _ if a == Any || b == Any => Some(Any),
        Operator::Divide if numbers => Some(Decimal),
        Operator::Div if numbers => Some(if a == Long || b == Long { Long } else { Integer }),
        _ if numbers => Some(match (a, b) {
            (Decimal, _) | (_, Decimal) => Decimal,
            (Long, _) | (_, Long) => Long,
            _ => Integer,
        }),
        Operator::Add if a == String && b == String => Some(String),
        Operator::Add | Operator::Subtract if TIMES.contains(&a) && b == Quantity => Some(a),
        Operator::Div | Operator::Mod => None,
        _ => {
            let is_amount = |system| NUMBERS.contains(&system) || system == Quantity;
            (is_amount(a) && is_amount(b)).then_some(Quantity)
        }
    }
}
