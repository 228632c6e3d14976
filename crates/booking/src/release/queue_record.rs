//! A queue as JSON and back, for the caller to keep between requests.
//!
//! The shape is ours and carries a version; a record of another version is refused.

use std::collections::HashMap;

use fhir::{Element, Value};
use jiff::Timestamp;

use super::queue::{Entry, Queue, QueueRules, State};
use crate::model::element::{number, object, text};

const VERSION: &str = "1";

impl Queue {
    /// The queue as JSON.
    pub fn to_element(&self) -> Element {
        let rules = object([
            ("release", text(self.rules.release.as_str())),
            ("opens", number(self.rules.opens.as_microsecond())),
            ("lotCloses", number(self.rules.lot_closes.as_microsecond())),
            ("turnsAtOnce", number(self.rules.turns_at_once as i64)),
            ("turnMinutes", number(self.rules.turn_minutes.into())),
            ("peopleMax", number(self.rules.people_max as i64)),
        ]);
        let entries = self.entries.iter().map(|entry| {
            let (state, until) = match entry.state {
                State::Waits => ("waits", None),
                State::Turn(until) => ("turn", Some(until)),
                State::Done => ("done", None),
                State::Expired => ("expired", None),
            };
            let mut out = object([
                ("person", text(entry.person.as_str())),
                ("state", text(state)),
                ("lot", Element::Bool(entry.is_in_lot)),
            ]);
            if let Some(until) = until {
                out.set("until", number(until.as_microsecond()));
            }
            out
        });
        object([
            ("version", text(VERSION)),
            ("rules", rules),
            ("drawn", Element::Bool(self.is_drawn)),
            ("entries", Element::Array(entries.collect())),
        ])
    }

    /// A queue from its JSON; `None` for anything else.
    pub fn read(value: Value<'_>) -> Option<Queue> {
        if value.text_of("version") != Some(VERSION) {
            return None;
        }
        let rules = value.get("rules")?;
        let digits = |of: Value<'_>, name: &str| of.get(name)?.as_number()?.parse::<i64>().ok();
        let moment =
            |of: Value<'_>, name: &str| Timestamp::from_microsecond(digits(of, name)?).ok();
        let count = |name: &str| usize::try_from(digits(rules, name)?).ok();
        let mut queue = Queue::new(QueueRules {
            release: rules.text_of("release")?.to_owned(),
            opens: moment(rules, "opens")?,
            lot_closes: moment(rules, "lotCloses")?,
            turns_at_once: count("turnsAtOnce")?,
            turn_minutes: u16::try_from(digits(rules, "turnMinutes")?).ok()?,
            people_max: count("peopleMax")?,
        });
        queue.is_drawn = value.get("drawn")?.as_bool()?;
        for entry in value.get("entries")?.items() {
            let state = match entry.text_of("state")? {
                "waits" => State::Waits,
                "turn" => State::Turn(moment(entry, "until")?),
                "done" => State::Done,
                "expired" => State::Expired,
                _ => return None,
            };
            queue.entries.push(Entry {
                person: entry.text_of("person")?.to_owned(),
                state,
                is_in_lot: entry.get("lot")?.as_bool()?,
            });
        }
        queue.index = HashMap::with_capacity(queue.entries.len());
        queue.number_from(0);
        // One person, one place.
        (queue.index.len() == queue.entries.len()).then_some(queue)
    }
}
