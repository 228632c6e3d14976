//! Why something was not done: a code for programs, plain words for people, and what to do next.
//! To add a refusal: an item with its code, and its words where it is made.

use crate::model::Service;
use crate::next_step::NextStep;
use crate::visibility::Decision;

crate::model::codes! {
    /// What stood in the way.
    RefusalCode {
        /// Somebody else has one of the slots, or is deciding.
        SlotTaken = "slot-taken",
        /// A rule of visibility stands in the way; the refusal holds the decision.
        NotBookable = "not-bookable",
        /// No slot was named.
        NoSlot = "no-slot",
        /// More slots than this kind of appointment allows.
        TooManySlots = "too-many-slots",
        /// The slots are not one after the other in one session, of one kind.
        NotInARow = "not-in-a-row",
        /// The hold is not (or no longer) the asker's.
        HoldLost = "hold-lost",
        /// A hold is made longer only once.
        HoldExtended = "hold-extended",
        /// A reason must be given.
        ReasonNeeded = "reason-needed",
        /// The reason is too long.
        ReasonTooLong = "reason-too-long",
        /// The request's key was used for something else.
        KeyReused = "key-reused",
        /// The request's key is empty or too long.
        KeyInvalid = "key-invalid",
        /// The appointment is somebody else's.
        NotTheirs = "not-theirs",
        /// It cannot be changed: it is no booking any more.
        NotBooked = "not-booked",
        /// It has begun or is over.
        InThePast = "in-the-past",
        /// They have a place on the waiting list.
        AlreadyWaiting = "already-waiting",
        /// The offer was declined, ran out, or went to another.
        OfferOver = "offer-over",
        /// Chose times too often in a short while.
        TooManyChoices = "too-many-choices",
        /// There is a queue for these times, and it is not their turn.
        NotYourTurn = "not-your-turn",
        /// Too close to the start to cancel online.
        TooLateToCancel = "too-late-to-cancel",
        /// The record says that the person has died.
        HasDied = "has-died",
    }
}

/// A refusal.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Refusal {
    /// For programs.
    pub code: RefusalCode,
    /// For the person: what is so.
    pub headline: String,
    /// For the person: why.
    pub why: String,
    /// What they can do next, best first.
    pub next: Vec<NextStep>,
    /// The decision, where a rule of visibility stood in the way.
    pub decision: Option<Decision>,
}

impl Refusal {
    pub(crate) fn new(
        code: RefusalCode,
        headline: &str,
        why: impl Into<String>,
        next: Vec<NextStep>,
    ) -> Refusal {
        Refusal { code, headline: headline.to_owned(), why: why.into(), next, decision: None }
    }

    /// There is no such slot, or it is not for the asker: nothing tells which.
    pub fn no_such_time() -> Refusal {
        Refusal::new(
            RefusalCode::NoSlot,
            "We cannot find this time",
            "It may have been changed, or the link may be old.",
            vec![NextStep::OtherTimes],
        )
    }

    /// A time that was offered a moment ago is not among those that can be booked now.
    pub fn gone() -> Refusal {
        Refusal::new(
            RefusalCode::SlotTaken,
            "Somebody else has just booked this time",
            "You have not been booked. Your answers are kept.",
            vec![NextStep::OtherTimes, NextStep::Nhs111],
        )
    }

    /// There is no such appointment, or it is not the asker's: nothing tells which.
    pub fn no_such_appointment() -> Refusal {
        super::not_theirs()
    }

    /// The hold is over, or never was the asker's.
    pub fn hold_lost(service: &Service) -> Refusal {
        Refusal::new(
            RefusalCode::HoldLost,
            "We are no longer keeping this time for you",
            "The time to decide has passed. You may still be able to book it.",
            vec![NextStep::OtherTimes, phone(service)],
        )
    }

    /// The record at hand says that its person has died; for staff, who may know better.
    pub fn has_died() -> Refusal {
        Refusal::new(
            RefusalCode::HasDied,
            "This record says that the person has died",
            "Nothing can be booked for them. If that is wrong, put the record right first.",
            Vec::new(),
        )
    }

    /// One person chose times so often that others could not.
    pub fn too_many_choices(service: &Service) -> Refusal {
        Refusal::new(
            RefusalCode::TooManyChoices,
            "You have chosen many times in a short while",
            "So that everybody has a chance, wait 10 minutes before you choose again.",
            vec![NextStep::OwnBookings, phone(service), NextStep::Nhs111],
        )
    }

    /// Others are before them in the queue for these times.
    pub fn not_your_turn(service: &Service) -> Refusal {
        Refusal::new(
            RefusalCode::NotYourTurn,
            "There is a queue for these appointments",
            "Everybody in the queue gets a turn. Pressing again does not move you up.",
            vec![NextStep::OtherTimes, phone(service), NextStep::Nhs111],
        )
    }

    pub(crate) fn taken(service: &Service) -> Refusal {
        Refusal::new(
            RefusalCode::SlotTaken,
            "Somebody else has just booked this time",
            "You have not been booked. Your answers are kept.",
            vec![NextStep::OtherTimes, NextStep::WaitingList, phone(service), NextStep::Nhs111],
        )
    }
}

pub(crate) fn phone(service: &Service) -> NextStep {
    NextStep::Phone { number: service.phone.clone() }
}
