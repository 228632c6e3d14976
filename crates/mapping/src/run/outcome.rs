//! What the processor gives a run, and what it takes from it.

use std::borrow::Cow;

use fhir::{Issue, IssueCode, PartialDate};

use super::{Item, Run};
use crate::contribution::Mapped;
use crate::functions::event_microseconds;

impl Run<'_> {
    /// Sets the names that every mapping finds.
    pub(crate) fn prepare(&mut self, kind: &str, facility: &str) {
        let organisation = if self.profile.organisation.is_empty() {
            facility.to_owned()
        } else {
            self.profile.organisation.clone()
        };
        let (system, source) = (self.profile.system.clone(), self.profile.source.clone());
        self.give_text("kind", kind);
        self.give_text("organisation", &organisation);
        self.give_text("system", &system);
        self.give_text("source", &source);
        self.give_text("namespace", &source);
    }

    pub(crate) fn give_text(&mut self, name: &str, text: &str) {
        if !text.is_empty() {
            self.give(name, Item::given(Cow::Owned(text.to_owned()), None));
        }
    }

    fn asked(&self, name: &str) -> Option<String> {
        self.variable(name).and_then(|item| item.as_text()).map(str::to_owned)
    }

    /// Hands over what the run made.
    pub(crate) fn finish(mut self, mapped: &mut Mapped) {
        mapped.subject = self.asked("subject").unwrap_or_default();
        let others = self.asked("other-subject").into_iter();
        mapped.other_subjects = others.filter(|other| *other != mapped.subject).collect();
        let event = self.asked("event-time");
        let recorded = self.asked("recorded-time");
        mapped.event_time = event.as_deref().and_then(event_microseconds).map(|time| {
            let later = recorded.as_deref().and_then(event_microseconds).unwrap_or(time) - time;
            let sequence = self.asked("sequence").and_then(|number| number.parse().ok());
            // Within the second: a higher version, or what was recorded later, comes later.
            time + sequence.unwrap_or(later / 1_000_000).clamp(0, 999_999)
        });
        if mapped.control_id.is_empty() {
            mapped.control_id = self.asked("control-id").unwrap_or_else(|| mapped.subject.clone());
        }
        // FHIR's period ends need a time that a dateTime can hold.
        let at = event.filter(|text| PartialDate::parse(text).is_some()).unwrap_or_default();
        for contribution in &mut self.contributions {
            contribution.fold.at.clone_from(&at);
        }
        mapped.issues.append(&mut self.issues);
        if mapped.subject.is_empty() && !mapped.is_set_aside() {
            mapped.issues.push(Issue::error(
                IssueCode::Required,
                "subject",
                "the item names no person: send the person's local id",
            ));
        }
        mapped.contributions = std::mem::take(&mut self.contributions);
    }
}
