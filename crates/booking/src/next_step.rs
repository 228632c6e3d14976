//! What a person can do next when something cannot be had.
//! To add a step, add it here with its words; refusals and kind words share it.

use jiff::Timestamp;

use crate::zone;

/// One thing to do next.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum NextStep {
    /// Look at other times.
    OtherTimes,
    /// Join the waiting list.
    WaitingList,
    /// Phone the practice.
    Phone {
        /// Its number, where it is known.
        number: Option<String>,
    },
    /// Use 111.
    Nhs111,
    /// Come back then.
    ComeBack {
        /// When.
        from: Timestamp,
    },
    /// See one's own bookings.
    OwnBookings,
    /// Mend what was typed.
    Mend,
}

impl NextStep {
    /// In plain words.
    pub fn words(&self) -> String {
        match self {
            NextStep::OtherTimes => "Look at other times.".to_owned(),
            NextStep::WaitingList => {
                "Join the waiting list. We will offer you a time if one comes free.".to_owned()
            }
            NextStep::Phone { number: Some(number) } => {
                format!("Phone your GP surgery on {number}.")
            }
            NextStep::Phone { number: None } => "Phone your GP surgery.".to_owned(),
            NextStep::Nhs111 => {
                "If you cannot wait, use 111 online or call 111. In an emergency call 999."
                    .to_owned()
            }
            NextStep::ComeBack { from } => format!("Come back at {}.", zone::words(*from)),
            NextStep::OwnBookings => "See the appointments that you have.".to_owned(),
            NextStep::Mend => "Change your answer and try again.".to_owned(),
        }
    }
}
