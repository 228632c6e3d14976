//! What MSH says of the message. Spec: HL7 v2 §2.14.9.

use std::borrow::Cow;

use crate::charset::Charset;
use crate::message::{Message, Part, Segment};

/// The MSH segment's fields by their meaning.
#[derive(Clone, Copy, Debug)]
pub struct Header<'m> {
    message: &'m Message<'m>,
    segment: &'m Segment,
}

impl Message<'_> {
    /// The MSH segment, which every message has.
    pub fn header(&self) -> Header<'_> {
        Header { message: self, segment: &self.segments()[0] }
    }
}

impl<'m> Header<'m> {
    fn field(self, number: usize) -> Option<Part<'m>> {
        self.message.field(self.segment, number)
    }

    fn text(self, number: usize) -> Cow<'m, str> {
        self.field(number).map_or(Cow::Borrowed(""), Part::text)
    }

    /// The raw bytes of a field; empty where absent.
    pub fn raw(self, number: usize) -> &'m [u8] {
        self.field(number).map_or(&[], Part::raw)
    }

    /// MSH-3, first component.
    pub fn sending_application(self) -> Cow<'m, str> {
        self.field(3).map_or(Cow::Borrowed(""), |part| part.component(1))
    }

    /// MSH-4, first component.
    pub fn sending_facility(self) -> Cow<'m, str> {
        self.field(4).map_or(Cow::Borrowed(""), |part| part.component(1))
    }

    /// MSH-7.
    pub fn date_time(self) -> Cow<'m, str> {
        self.field(7).map_or(Cow::Borrowed(""), |part| part.component(1))
    }

    /// MSH-9.1: `ADT`.
    pub fn message_code(self) -> Cow<'m, str> {
        self.field(9).map_or(Cow::Borrowed(""), |part| part.component(1))
    }

    /// MSH-9.2: `A01`; where it is missing, EVN-1.
    pub fn trigger_event(self) -> Cow<'m, str> {
        let own = self.field(9).map_or(Cow::Borrowed(""), |part| part.component(2));
        if own.is_empty() { self.message.text("EVN-1").unwrap_or(own) } else { own }
    }

    /// `ADT^A01`, as the ledger names the kind of a message.
    pub fn kind(self) -> String {
        let trigger = self.trigger_event();
        if trigger.is_empty() {
            self.message_code().into_owned()
        } else {
            format!("{}^{trigger}", self.message_code())
        }
    }

    /// MSH-10.
    pub fn control_id(self) -> Cow<'m, str> {
        self.text(10)
    }

    /// MSH-11, first component: `P`, `T` or `D`.
    pub fn processing_id(self) -> Cow<'m, str> {
        self.field(11).map_or(Cow::Borrowed(""), |part| part.component(1))
    }

    /// MSH-12, first component: `2.4`.
    pub fn version(self) -> Cow<'m, str> {
        self.field(12).map_or(Cow::Borrowed(""), |part| part.component(1))
    }

    /// MSH-13, of the sequence number protocol.
    pub fn sequence_number(self) -> Option<i64> {
        self.text(13).trim().parse().ok()
    }

    /// MSH-15: when an accept acknowledgement is wanted (`AL`, `NE`, `ER`, `SU`); empty in original mode.
    pub fn accept_acknowledgement(self) -> Cow<'m, str> {
        self.text(15)
    }

    /// MSH-16: when an application acknowledgement is wanted; empty in original mode.
    pub fn application_acknowledgement(self) -> Cow<'m, str> {
        self.text(16)
    }

    /// MSH-18, first repetition: the character set that the message is in.
    pub fn charset_name(self) -> Cow<'m, str> {
        let first = self.field(18).and_then(|field| field.repetitions().next());
        first.map_or(Cow::Borrowed(""), Part::text)
    }

    /// MSH-18, first repetition, where it names a known character set.
    pub fn charset(self) -> Option<Charset> {
        Charset::named(&self.charset_name()).ok()
    }

    /// Whether the version is one of 2.1 to 2.9, or absent.
    pub fn is_version_known(self) -> bool {
        let version = self.version();
        version.is_empty()
            || version
                .strip_prefix("2.")
                .is_some_and(|minor| minor.starts_with(|c: char| ('1'..='9').contains(&c)))
    }
}
