//! Errors as GraphQL tells them: a message, where in the query, where in the answer.
//! Spec: <https://spec.graphql.org/October2021/#sec-Errors>; the OperationOutcome in `extensions` is
//! FHIR's: <https://hl7.org/fhir/R4/graphql.html>.

use fhir::{Issue, IssueCode, Severity, operation_outcome, write_string};

/// A place in a query, both from 1.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Position {
    /// Line.
    pub line: u32,
    /// Column, in characters.
    pub column: u32,
}

/// A step of the way to a value of the answer.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum PathStep {
    /// A member, by the name it has in the answer.
    Name(Box<str>),
    /// An item of a list, from 0.
    Index(usize),
}

/// One error of an answer.
#[derive(Clone, Debug)]
pub struct GraphqlError {
    /// What is wrong and what to do; never patient data.
    pub message: String,
    /// What kind, in FHIR's terms.
    pub code: IssueCode,
    /// Where in the query.
    pub position: Option<Position>,
    /// Where in the answer; empty for errors of the request itself.
    pub path: Vec<PathStep>,
}

impl GraphqlError {
    /// An error at a place of the query.
    pub fn at(position: Position, code: IssueCode, message: impl Into<String>) -> GraphqlError {
        GraphqlError { message: message.into(), code, position: Some(position), path: Vec::new() }
    }

    /// An error of the request.
    pub fn request(code: IssueCode, message: impl Into<String>) -> GraphqlError {
        GraphqlError { message: message.into(), code, position: None, path: Vec::new() }
    }

    fn write(&self, out: &mut Vec<u8>) {
        out.extend_from_slice(br#"{"message":"#);
        write_string(&self.message, out);
        if let Some(at) = self.position {
            let place = format!(r#","locations":[{{"line":{},"column":{}}}]"#, at.line, at.column);
            out.extend_from_slice(place.as_bytes());
        }
        if !self.path.is_empty() {
            out.extend_from_slice(br#","path":["#);
            for (index, step) in self.path.iter().enumerate() {
                if index > 0 {
                    out.push(b',');
                }
                match step {
                    PathStep::Name(name) => write_string(name, out),
                    PathStep::Index(index) => out.extend_from_slice(index.to_string().as_bytes()),
                }
            }
            out.push(b']');
        }
        out.extend_from_slice(br#","extensions":{"code":"#);
        write_string(self.code.as_str(), out);
        out.extend_from_slice(br#","resource":"#);
        let issue = Issue {
            severity: Severity::Error,
            code: self.code,
            message: self.message.clone(),
            expression: None,
        };
        out.extend_from_slice(&operation_outcome(&[issue]));
        out.extend_from_slice(b"}}");
    }
}

/// Errors as a list in JSON.
pub(crate) fn write_errors(errors: &[GraphqlError], out: &mut Vec<u8>) {
    out.push(b'[');
    for (index, error) in errors.iter().enumerate() {
        if index > 0 {
            out.push(b',');
        }
        error.write(out);
    }
    out.push(b']');
}

/// The answer of a request that was not executed: errors, and no `data`.
pub fn refused(errors: &[GraphqlError]) -> Vec<u8> {
    let mut out = br#"{"errors":"#.to_vec();
    write_errors(errors, &mut out);
    out.push(b'}');
    out
}
