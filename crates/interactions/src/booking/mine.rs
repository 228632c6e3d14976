//! A person's appointments, those to come and those in the past, and one of them as a calendar file.

use ::booking::calendar::{self, Method};
use ::booking::desk::Refusal;
use ::booking::model::{Appointment, AppointmentStatus};
use fhir::ResourceId;

use super::Answer;
use super::book::{Book, Read};
use super::seeker::{APPOINTMENTS_MAX, Booker, own_patients};
use super::views::AppointmentView;
use crate::app::App;
use crate::failure::Failure;

/// A person's appointments.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct MyAppointments {
    /// Those to come, the next first.
    pub coming: Vec<AppointmentView>,
    /// Their places on waiting lists.
    pub waiting: Vec<AppointmentView>,
    /// Those that are over or were cancelled, the last first.
    pub past: Vec<AppointmentView>,
}

impl App {
    /// The appointments of the person who has signed in, whoever's system they are of.
    pub async fn my_appointments(&self) -> Result<MyAppointments, Failure> {
        let (patients, _) = own_patients(self.caller())?;
        if patients.is_empty() {
            return Ok(MyAppointments::default());
        }
        let book = Book::open(self);
        let ids: Vec<&str> = patients.iter().map(ResourceId::as_str).collect();
        let query = [("patient", ids.join(",")), ("_sort", "-date".to_owned())];
        let found = book.find_as_caller::<Appointment>(&query, APPOINTMENTS_MAX).await?;
        let mut mine = MyAppointments::default();
        for view in book.views(&found).await? {
            let is_over = view.end.or(view.start).is_none_or(|end| end <= book.now);
            match view.status {
                AppointmentStatus::EnteredInError => {}
                AppointmentStatus::Waitlist => mine.waiting.push(view),
                AppointmentStatus::Cancelled
                | AppointmentStatus::NoShow
                | AppointmentStatus::Fulfilled => mine.past.push(view),
                _ if is_over => mine.past.push(view),
                _ => mine.coming.push(view),
            }
        }
        mine.coming.sort_by_key(|view| view.start);
        Ok(mine)
    }

    /// One of the appointments that somebody may see.
    pub async fn appointment(&self, booker: &Booker, id: &ResourceId) -> Answer<AppointmentView> {
        let book = Book::open(self);
        match book.own_appointment(booker, id).await? {
            Some(appointment) => Ok(Ok(book.view(&appointment).await?)),
            None => Ok(Err(Refusal::no_such_appointment())),
        }
    }

    /// An appointment as a calendar file; it names the surgery and the time, not the kind and not the
    /// reason, since calendars are shared.
    pub async fn calendar_file(&self, booker: &Booker, id: &ResourceId) -> Answer<String> {
        let book = Book::open(self);
        let Some(appointment) = book.own_appointment(booker, id).await? else {
            return Ok(Err(Refusal::no_such_appointment()));
        };
        let view = book.view(&appointment).await?;
        let practice = view.practice.clone().unwrap_or_else(|| "GP surgery".to_owned());
        let place = view.place.clone().unwrap_or_else(|| practice.clone());
        let sequence = view.version.saturating_sub(1);
        let value = &appointment.value;
        let event = calendar::event_of(value, &practice, &place, sequence, book.now);
        let Some(event) = event else { return Ok(Err(Refusal::no_such_appointment())) };
        let method = if event.is_cancelled { Method::Cancel } else { Method::Publish };
        Ok(Ok(calendar::write(&[event], method)))
    }
}

impl Book<'_> {
    /// An appointment of the one who seeks; none where there is none, or it is another's.
    async fn own_appointment(
        &self,
        booker: &Booker,
        id: &ResourceId,
    ) -> Result<Option<Read<Appointment>>, Failure> {
        let patients = match booker {
            Booker::Own | Booker::OwnBy111 => own_patients(self.caller.caller())?.0,
            Booker::Desk(_) | Booker::Staff(_) => self.seeker(booker).await?.patients(),
        };
        let Some(found) = self.one::<Appointment>(id.as_str()).await? else { return Ok(None) };
        let patient = found.value.actor("Patient").and_then(super::seeker::patient_of);
        Ok(patient.is_some_and(|patient| patients.contains(&patient)).then_some(found))
    }
}
