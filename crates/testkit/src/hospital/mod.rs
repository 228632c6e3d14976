//! HL7 v2.4 messages of the hospital, in the ITK shape that `docs/feeds/source-systems.md` describes.
//!
//! To add a message, add its event to [`crate::lives::chart::What`] and its segments here.

mod adt;
mod letters;
mod results;
mod scheduling;
mod segments;

use jiff::civil::DateTime;

use crate::calendar::hl7_time;
use crate::lives::chart::{Chart, Event, What};
use crate::mess::Identity;
use crate::person::Person;
use crate::record::SourceRecord;
use crate::sites::{Clinician, SiteData};

use segments::Message;

/// What a message is written from.
pub(crate) struct Writing<'a> {
    pub(crate) site: &'a SiteData,
    pub(crate) home: &'a SiteData,
    pub(crate) person: &'a Person,
    pub(crate) chart: &'a Chart,
    pub(crate) records: &'a [SourceRecord],
    pub(crate) event: &'a Event,
    pub(crate) index: usize,
}

impl Writing<'_> {
    /// MSH-10: unique in the feed, and the same for a copy.
    pub(crate) fn control_id(&self) -> String {
        format!("{}-{:07}-{:04}", self.site.site.trust(), self.person.id.0, self.index)
    }

    /// The bytes of the message.
    pub(crate) fn message(&self) -> Vec<u8> {
        let mut message = Message::default();
        match self.event.what {
            What::Register => adt::person(self, &mut message, "A28"),
            What::Update => adt::person(self, &mut message, "A31"),
            What::Merge => adt::merge(self, &mut message),
            What::Visit { trigger, visit, stay } => {
                adt::visit(self, &mut message, trigger, visit as usize, stay as usize);
            }
            What::Report { report, stage } => {
                results::report(self, &mut message, report as usize, stage);
            }
            What::Booking { booking, step } => {
                scheduling::booking(self, &mut message, booking as usize, step);
            }
            What::Letter(letter) => letters::letter(self, &mut message, letter as usize),
        }
        message.into_bytes()
    }

    fn record(&self) -> &SourceRecord {
        &self.records[self.event.record as usize]
    }

    fn identity(&self) -> &Identity {
        self.record().identity_at(self.event.at)
    }

    /// The clerk who was on duty.
    fn clerk(&self) -> &Clinician {
        &self.site.clerks[(self.person.id.0 as usize + self.index) % self.site.clerks.len()]
    }

    fn gp(&self) -> (&crate::sites::Practice, &Clinician) {
        let practice = &self.home.practices[self.person.practice];
        (practice, &practice.doctors[self.person.doctor])
    }

    fn sent(&self) -> DateTime {
        self.event.sent
    }

    /// MSH of a message from one of the hospital's systems.
    fn msh(&self, message: &mut Message, application: &str, kind: &str) {
        let sent = hl7_time(self.sent());
        message.raw(&format!(
            "MSH|^~\\&|{application}|{}|ROUTE|ROUTE|{sent}||{kind}|{}|P|2.4|||||GBR|UNICODE|EN||iTKv1.0",
            self.site.site.trust(),
            self.control_id(),
        ));
    }
}
