//! What a sender may look at: free times of a service, and its own bookings.

use std::collections::BTreeSet;

use ::booking::bars::{self, BarsCode, BarsError};
use ::booking::visibility::{Asker, Opening};
use fhir::{Element, IssueCode, ResourceId};
use jiff::ToSpan as _;

use super::super::book::{Book, InBook as _, Place};
use super::super::openings::SLOTS_MAX;
use super::super::seeker::patient_of;
use super::BarsAnswer;
use crate::app::App;
use crate::audit::Look;
use crate::failure::Failure;
use crate::ingest::Feed;

impl App {
    /// Free times of a service, by the rules for those whom 111 sends. `self_url` is where it was asked
    /// for, without its query.
    pub async fn bars_slots(
        &self,
        parameters: &[(String, String)],
        self_url: &str,
    ) -> Result<BarsAnswer, Failure> {
        let mut search = match bars::slot_search(parameters) {
            Ok(search) => search,
            Err(error) => return Ok(BarsAnswer::refused(&error)),
        };
        let book = Book::open(self);
        let asked_for = search.service.clone();
        let (system, value) = match asked_for.split_once('|') {
            Some((system, value)) => (Some(system), value),
            None => (None, asked_for.as_str()),
        };
        let Some(service) = book.service_known_as(system, value).await? else {
            return Ok(BarsAnswer::refused(&not_found(
                "Schedule.actor:HealthcareService: no such service here",
            )));
        };
        search.service.clone_from(&service.value.id);
        let to = search.to.checked_add(1.microsecond()).unwrap_or(search.to);
        let services = [service.value.reference()];
        let places = book.slots_between(&services, (search.from, to), "", SLOTS_MAX).await?;
        let openings: Vec<Opening<'_>> = places.iter().map(Place::opening).collect();
        let found = search.select(&openings, &Asker::Nhs111(None), book.now);
        let mut query = search.self_parameters();
        if let Some((_, value)) = query.iter_mut().find(|(name, _)| name.starts_with("Schedule")) {
            *value = asked_for;
        }
        let query: Vec<String> = query
            .iter()
            .map(|(name, value)| format!("{}={}", encoded(name), encoded(value)))
            .collect();
        let bundle = search.bundle(&found, &format!("{self_url}?{}", query.join("&")));
        Ok(BarsAnswer { status: 200, body: bundle.to_compact() })
    }

    /// A booking that this sender made.
    pub async fn bars_appointment(&self, feed: &Feed, id: &str) -> Result<BarsAnswer, Failure> {
        let book = Book::open(self);
        let found = match ResourceId::parse(id) {
            Some(id) => book.booked_by(feed, id.as_str()).await?,
            None => None,
        };
        let Some(found) = found else {
            return Ok(BarsAnswer::refused(&not_found("no such booking here of this sender")));
        };
        let look = Look {
            interaction: "read".to_owned(),
            action: 'R',
            address: format!("BaRS: Appointment/{id}"),
            from: None,
            status: 200,
            reason: None,
        };
        let patients: BTreeSet<ResourceId> =
            found.value.actor("Patient").and_then(patient_of).into_iter().collect();
        let noted = self.noted(&look, &patients)?;
        book.commit_unnoted(vec![noted]).await?;
        let element: Element = bars::outward(found.value.element());
        Ok(BarsAnswer { status: 200, body: element.to_compact() })
    }
}

fn not_found(words: &str) -> BarsError {
    BarsError {
        code: BarsCode::RecNotFound,
        issue: IssueCode::NotFound,
        diagnostics: words.to_owned(),
    }
}

/// A part of a query, encoded (RFC 3986 §2.1).
fn encoded(text: &str) -> String {
    let is_plain = |byte: u8| byte.is_ascii_alphanumeric() || b"-._~:,".contains(&byte);
    text.bytes().fold(String::new(), |mut all, byte| {
        if is_plain(byte) {
            all.push(char::from(byte));
        } else {
            all.push_str(&format!("%{byte:02X}"));
        }
        all
    })
}
