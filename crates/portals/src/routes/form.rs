//! What a form of ours sent.

use axum::body::Bytes;
use axum::extract::rejection::BytesRejection;
use axum::http::HeaderMap;
use fhir::ResourceId;
use interactions::decode_query;

use super::answer::Refusal;
use super::csrf;
use super::portal::Portal;
use crate::problem::Problem;

/// The body of a form as it arrives.
pub(super) type Body = Result<Bytes, BytesRejection>;

/// A form that came from a page of ours.
pub(super) struct Form {
    pairs: Vec<(String, String)>,
}

impl Form {
    /// Reads a form; one without the token of our pages is refused.
    pub(super) fn read(portal: &Portal, headers: &HeaderMap, body: Body) -> Result<Form, Refusal> {
        let body = body.map_err(|_| portal.problem(Problem::BadRequest))?;
        let pairs = decode_query(&String::from_utf8_lossy(&body));
        if csrf::holds(headers, &pairs) {
            Ok(Form { pairs })
        } else {
            Err(portal.problem(Problem::FormRefused))
        }
    }

    /// What was typed in a field; empty where nothing was.
    pub(super) fn text(&self, name: &str) -> &str {
        let pair = self.pairs.iter().find(|(known, _)| known == name);
        pair.map_or("", |(_, value)| value.as_str())
    }
    /// The fields of an address.
    pub(super) fn of_query(query: Option<&str>) -> Form {
        Form { pairs: decode_query(query.unwrap_or("")) }
    }

    /// What was typed in a field without the white space around it; none where nothing was.
    pub(super) fn words(&self, name: &str) -> Option<&str> {
        Some(self.text(name).trim()).filter(|text| !text.is_empty())
    }

    /// All values of a field, as boxes have them.
    pub(super) fn all(&self, name: &str) -> impl Iterator<Item = &str> {
        self.pairs.iter().filter(move |(known, _)| known == name).map(|(_, value)| value.as_str())
    }

    /// A field's id; none where it is empty or no id.
    pub(super) fn id(&self, name: &str) -> Option<ResourceId> {
        ResourceId::parse(self.text(name))
    }
}

/// An id in an address, or the page that says that there is no such page.
pub(super) fn id_of(portal: &Portal, segment: &str) -> Result<ResourceId, Refusal> {
    ResourceId::parse(segment).ok_or_else(|| portal.problem(Problem::NotFound))
}
