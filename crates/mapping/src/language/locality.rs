//! Which resources read nothing but the field that they are made from.
//!
//! Such a resource is the same for the same bytes, so `run` makes it once an item.

use super::program::{Condition, GIVEN, Path, Program, Root, Step, Value};

pub(crate) fn mark(program: &mut Program) {
    // A resource counts as local until something in it, or in what it makes, is found not to be.
    let mut local = vec![true; program.resources.len()];
    loop {
        let next: Vec<bool> = program
            .resources
            .iter()
            .zip(&local)
            .map(|(resource, is)| *is && resource.body.iter().all(|s| step(s, &local)))
            .collect();
        if next == local {
            break;
        }
        local = next;
    }
    for (resource, is) in program.resources.iter_mut().zip(local) {
        resource.reads_cursor_only = is;
    }
}

fn step(step_: &Step, local: &[bool]) -> bool {
    let steps = |body: &[Step]| body.iter().all(|inner| step(inner, local));
    match step_ {
        Step::Set { value: v, each, when, by, .. } => {
            value(v, local)
                && each.iter().chain(by).all(path)
                && when.iter().all(|c| condition(c, local))
        }
        Step::Block { from, when, body, .. } => {
            from.iter().all(path) && when.iter().all(|c| condition(c, local)) && steps(body)
        }
        Step::Key(v) | Step::Display(v) => value(v, local),
        Step::When { arms, otherwise } => {
            arms.iter().all(|(c, body)| condition(c, local) && steps(body)) && steps(otherwise)
        }
        Step::Check { condition: c, place, .. } => condition(c, local) && place.iter().all(path),
        Step::Profile(_) | Step::Fold { .. } => true,
        Step::Let { .. }
        | Step::Each { .. }
        | Step::Make { .. }
        | Step::Ignore(_)
        | Step::Remove { .. } => false,
    }
}

fn value(v: &Value, local: &[bool]) -> bool {
    match v {
        Value::Path(p) => path(p),
        Value::Text(_) | Value::Number(_) | Value::Boolean(_) => true,
        Value::Join { parts, .. } => parts.iter().all(|part| value(part, local)),
        Value::Call { value: v, .. }
        | Value::Code { value: v, .. }
        | Value::PointsTo { value: v, .. } => value(v, local),
        Value::Make { value: v, resource } => local[*resource as usize] && value(v, local),
        Value::Else(a, b) => value(a, local) && value(b, local),
        Value::All { .. } | Value::Occurrence(_) | Value::Reference(_) | Value::References(_) => {
            false
        }
    }
}

fn condition(c: &Condition, local: &[bool]) -> bool {
    match c {
        Condition::Exists(v) | Condition::In(v, _) => value(v, local),
        Condition::Same(a, b) => value(a, local) && value(b, local),
        Condition::Not(inner) => condition(inner, local),
        Condition::And(a, b) | Condition::Or(a, b) => condition(a, local) && condition(b, local),
    }
}

/// What the processor gives ([`GIVEN`], the first variables) is the same throughout an item; other
/// names change.
fn path(p: &Path) -> bool {
    match p.root {
        Root::Cursor => true,
        Root::Variable(at) => (at as usize) < GIVEN.len(),
        Root::Field { .. } | Root::Segment(_) | Root::Column(_) => false,
    }
}
