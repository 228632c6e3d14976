//! `<`, `<=`, `>`, `>=`: the order of two values.
//!
//! Spec: <http://hl7.org/fhirpath/N1/#comparison>. To add an ordered type, add it to `compare`.

use std::cmp::Ordering;

use crate::quantity::Quantity;
use crate::system::System;

/// The order of two values: an error where their types have none between them, `None` where it is
/// not known.
pub(crate) fn compare(a: &System<'_>, b: &System<'_>) -> Result<Option<Ordering>, String> {
    if let (Some(a), Some(b)) = (a.as_number(), b.as_number()) {
        return Ok(Some(a.to_decimal().cmp(&b.to_decimal())));
    }
    match (a, b) {
        (System::String(a), System::String(b)) => Ok(Some((**a).cmp(&**b))),
        (System::Date(a), System::Date(b)) => Ok(a.to_date_time().compare(b.to_date_time())),
        (System::Date(a), System::DateTime(b)) => Ok(a.to_date_time().compare(*b)),
        (System::DateTime(a), System::Date(b)) => Ok(a.compare(b.to_date_time())),
        (System::DateTime(a), System::DateTime(b)) => Ok(a.compare(*b)),
        (System::Time(a), System::Time(b)) => Ok(a.compare(*b)),
        (System::Quantity(a), System::Quantity(b)) => Ok(a.compare(b)),
        (System::Quantity(a), b) if b.as_number().is_some() => {
            Ok(b.as_number().and_then(|b| a.compare(&Quantity::plain(b.to_decimal()))))
        }
        (a, System::Quantity(b)) if a.as_number().is_some() => {
            Ok(a.as_number().and_then(|a| Quantity::plain(a.to_decimal()).compare(b)))
        }
        _ => {
            let (a, b) = (a.system_type().as_str(), b.system_type().as_str());
            Err(format!("{a} and {b} have no order; expected two of one type"))
        }
    }
}
