//! Bookings by other systems and to them, as messages of the Booking and Referral Standard.
//!
//! In: a sender is a feed; its message is an item of the ledger before anything is decided, the booking,
//! its AuditEvent and the item's outcome are one batch, and the values lead back to the message's bytes.
//! Out: whatever changes an Appointment of a service that another system keeps the book of, a Task stands
//! for passing it on until that system has said yes. The rules are `booking::bars`'.
//! Spec: NHS Booking and Referral Standard 1; `docs/booking.md`.

mod deliver;
mod delivery;
mod look;
mod origin;
mod patient;
mod take;

use ::booking::bars::TargetIdentifier;
use ::booking::model::Service;
use fhir::{Tree, Value};

pub use deliver::{BarsReceiver, Delivered, PostMessage};
pub(super) use delivery::{Delivery, State};
pub use take::BarsAnswer;

use super::book::{Book, Read};
use crate::failure::Failure;

impl Book<'_> {
    /// The kind of appointment that other systems know by an identifier; by its id where no system is named.
    async fn service_known_as(
        &self,
        system: Option<&str>,
        value: &str,
    ) -> Result<Option<Read<Service>>, Failure> {
        let has_bar = |text: &str| text.contains(['|', ',', '$', '\\']);
        if has_bar(value) || system.is_some_and(has_bar) {
            return Ok(None);
        }
        // Published examples write the system with http: too.
        let mut tokens = vec![value.to_owned()];
        if let Some(system) = system {
            let bare = system.split_once("://").map_or(system, |(_, rest)| rest);
            tokens = vec![format!("https://{bare}|{value}"), format!("http://{bare}|{value}")];
        }
        let query = [("identifier", tokens.join(","))];
        let mut found = self.find::<Service>(&query, 2).await?;
        match (found.pop(), found.pop()) {
            (Some(only), None) => Ok(Some(only)),
            (None, _) if system.is_none() => self.one(value).await,
            // Two services of one identifier: neither is it.
            _ => Ok(None),
        }
    }

    async fn service_of_target(
        &self,
        target: &TargetIdentifier,
    ) -> Result<Option<Read<Service>>, Failure> {
        self.service_known_as(Some(&target.system), &target.value).await
    }

    /// A resource as it stands.
    async fn tree_at(&self, reference: &str) -> Result<Option<Tree>, Failure> {
        let Some((name, id)) = reference.split_once('/') else { return Ok(None) };
        let Some(id) = fhir::ResourceId::parse(id) else { return Ok(None) };
        let key = store::ResourceKey { resource_type: self.app.resource_type(name)?, id };
        let stored = self.app.store.read(&key).await?;
        Ok(stored.and_then(|stored| Tree::parse(stored.body.as_deref()?).ok()))
    }
}

/// An identifier's value.
fn identifier<'t>(of: Value<'t>, system: &str) -> Option<&'t str> {
    of.all("identifier").find(|one| one.text_of("system") == Some(system))?.text_of("value")
}
