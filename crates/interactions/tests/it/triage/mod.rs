//! 111 online on a real store: journeys from who needs help to care that is arranged.

mod appoint;
mod failing;
mod journeys;
mod safety;
mod services;
mod world;
