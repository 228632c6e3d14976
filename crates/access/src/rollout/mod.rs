//! Roll-out: which features of the person's app are on, where, for whom, and since when.
//!
//! A [`Site`] is the practices of a place with a [`Plan`] for each feature; [`decide`] answers for one
//! person on one day with a [`Standing`]. Days are texts as FHIR writes them, `2026-01-31`, in wall time
//! of the United Kingdom; whoever asks says which day it is. To add a feature: its row in [`FEATURES`], and
//! its addresses in `portals/src/routes/rollout.rs`. See `docs/rollout.md`.

mod decide;
mod plan;
mod share;
mod small;

pub use decide::{Closed, ClosedReason, PilotMiss, RolloutPerson, Standing, decide};
pub use plan::{Change, Eligibility, Plan, Site, State};
pub use share::bucket;
pub use small::{SMALL, Shown, shown};

/// A feature of the person's app.
#[derive(Debug, PartialEq, Eq)]
pub struct Feature {
    /// Its name in configuration and in the store.
    pub id: &'static str,
    /// What people call it; the beginning of a sentence.
    pub words: &'static str,
    /// What it does, in a sentence for everybody.
    pub about: &'static str,
    /// What people can do instead where it is off.
    pub instead: &'static str,
    /// The features that it cannot do without.
    pub needs: &'static [&'static str],
}

const PHONE: &str = "Phone your GP surgery instead.";

/// All, in the order in which pages show them.
pub const FEATURES: [Feature; 9] = [
    Feature {
        id: "booking",
        words: "Booking appointments",
        about: "Find a time with your GP surgery and book it.",
        instead: "Phone your GP surgery to book.",
        needs: &[],
    },
    Feature {
        id: "waiting-list",
        words: "Waiting for an earlier time",
        about: "Ask to be told when a time becomes free.",
        instead: PHONE,
        needs: &["booking"],
    },
    Feature {
        id: "111",
        words: "111 online",
        about: "Answer questions about how you feel, and be told what to do.",
        instead: "Call 111. In an emergency, call 999.",
        needs: &[],
    },
    Feature {
        id: "record",
        words: "Your health record",
        about: "Read your medicines, allergies, conditions and more.",
        instead: "Ask your GP surgery what is in your record.",
        needs: &[],
    },
    Feature {
        id: "results",
        words: "Test results",
        about: "Read your test results and what they mean.",
        instead: "Ask your GP surgery for your results.",
        needs: &["record"],
    },
    Feature {
        id: "messages",
        words: "Messages",
        about: "Write to your GP surgery and read what it writes to you.",
        instead: PHONE,
        needs: &[],
    },
    Feature {
        id: "sharing",
        words: "Choices about sharing",
        about: "Choose who can use your record.",
        instead: "Tell your GP surgery what you choose.",
        needs: &[],
    },
    Feature {
        id: "proxies",
        words: "Acting for somebody",
        about: "Use these pages for somebody you care for.",
        instead: PHONE,
        needs: &[],
    },
    Feature {
        id: "apps",
        words: "Other apps",
        about: "Let apps that you choose read your record.",
        instead: "Ask your GP surgery for a copy of your record.",
        needs: &["record"],
    },
];

/// The feature of this id.
pub fn feature(id: &str) -> Option<&'static Feature> {
    FEATURES.iter().find(|feature| feature.id == id)
}
