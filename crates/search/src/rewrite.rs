//! A search tree made smaller without changing what it means.
//!
//! To add a rewriting, add it where its node is rebuilt; the test that searches keep their meaning
//! under [`simplify`] covers it.

use fhir::ResourceId;

use crate::expression::Expression;

/// The same condition: nested lists flattened, constants carried up, repeats dropped.
pub fn simplify(expression: Expression) -> Expression {
    match expression {
        Expression::And(all) => simplify_and(all),
        Expression::Or(any) => simplify_or(any),
        Expression::Not(inner) => match simplify(*inner) {
            Expression::All => Expression::Never,
            Expression::Never => Expression::All,
            Expression::Not(inner) => *inner,
            inner => Expression::Not(Box::new(inner)),
        },
        Expression::Chain { parameter, target, inner } => match simplify(*inner) {
            Expression::Never => Expression::Never,
            inner => Expression::Chain { parameter, target, inner: Box::new(inner) },
        },
        Expression::Has { source, parameter, inner } => match simplify(*inner) {
            Expression::Never => Expression::Never,
            inner => Expression::Has { source, parameter, inner: Box::new(inner) },
        },
        Expression::Id(ids) if ids.is_empty() => Expression::Never,
        other => other,
    }
}

fn simplify_and(all: Vec<Expression>) -> Expression {
    let mut flat = Vec::with_capacity(all.len());
    for one in all {
        match simplify(one) {
            Expression::And(inner) => flat.extend(inner),
            other => flat.push(other),
        }
    }
    let mut kept: Vec<Expression> = Vec::with_capacity(flat.len());
    let mut ids: Option<Vec<ResourceId>> = None;
    for one in flat {
        match one {
            Expression::All => {}
            Expression::Never => return Expression::Never,
            // Two lists of ids leave what is in both.
            Expression::Id(mut found) => {
                if let Some(earlier) = &ids {
                    found.retain(|id| earlier.contains(id));
                }
                ids = Some(found);
            }
            other if kept.contains(&other) => {}
            other => kept.push(other),
        }
    }
    match ids {
        Some(ids) if ids.is_empty() => return Expression::Never,
        // First, because it narrows the most.
        Some(ids) => kept.insert(0, Expression::Id(ids)),
        None => {}
    }
    if kept.is_empty() { Expression::All } else { single(kept, Expression::And) }
}

fn simplify_or(any: Vec<Expression>) -> Expression {
    let mut flat = Vec::with_capacity(any.len());
    for one in any {
        match simplify(one) {
            Expression::Or(inner) => flat.extend(inner),
            other => flat.push(other),
        }
    }
    let mut kept: Vec<Expression> = Vec::with_capacity(flat.len());
    let mut ids: Vec<ResourceId> = Vec::new();
    for one in flat {
        match one {
            Expression::Never => {}
            Expression::All => return Expression::All,
            Expression::Id(found) => ids.extend(found),
            other if kept.contains(&other) => {}
            other => kept.push(other),
        }
    }
    if !ids.is_empty() {
        ids.sort_unstable();
        ids.dedup();
        kept.insert(0, Expression::Id(ids));
    }
    if kept.is_empty() { Expression::Never } else { single(kept, Expression::Or) }
}

fn single(mut list: Vec<Expression>, many: fn(Vec<Expression>) -> Expression) -> Expression {
    match list.pop() {
        Some(only) if list.is_empty() => only,
        Some(last) => {
            list.push(last);
            many(list)
        }
        None => many(list),
    }
}
