//! How often one address may ask: in memory, since a restart may forget it.

use std::collections::HashMap;
use std::net::IpAddr;
use std::sync::{Mutex, PoisonError};

use fhir::IssueCode;
use identity::oauth::rate::{Bucket, Rate};

use crate::app::App;
use crate::failure::{Category, Failure};

/// Addresses that are remembered at the most.
const REMEMBERED_MAX: usize = 20_000;

/// What an address asks for.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Turn {
    /// A page of the authorization endpoint.
    Authorize,
    /// A token, or something about one.
    Token,
    /// The same, which was refused: guesses.
    Refused,
}

impl Turn {
    fn rate(self) -> Rate {
        match self {
            Turn::Authorize => Rate { burst: 60, per_second: 1.0 },
            Turn::Token => Rate { burst: 2_000, per_second: 1_000.0 },
            Turn::Refused => Rate { burst: 30, per_second: 0.5 },
        }
    }
}

/// What is left to each address.
#[derive(Default)]
pub(crate) struct Turns(Mutex<HashMap<(Turn, IpAddr), Bucket>>);

impl App {
    /// Takes a turn; a failure where the address has to wait. `from` is unknown where nothing told it.
    pub fn take_turn(&self, turn: Turn, from: Option<IpAddr>) -> Result<(), Failure> {
        self.turn(turn, from, true)
    }

    /// Whether a turn could be taken.
    pub fn has_turn(&self, turn: Turn, from: Option<IpAddr>) -> Result<(), Failure> {
        self.turn(turn, from, false)
    }

    fn turn(&self, turn: Turn, from: Option<IpAddr>, takes: bool) -> Result<(), Failure> {
        let Some(from) = from else { return Ok(()) };
        let (rate, now) = (turn.rate(), self.clock.now());
        // Nothing is left half changed under this lock.
        let mut turns = self.oauth_turns.0.lock().unwrap_or_else(PoisonError::into_inner);
        if turns.len() >= REMEMBERED_MAX {
            turns.retain(|(turn, _), bucket| !bucket.is_full(turn.rate(), now));
        }
        let key = (turn, network(from));
        if turns.len() >= REMEMBERED_MAX && !turns.contains_key(&key) {
            // So many addresses at once are no one guesser; nobody else is kept out for them.
            return Ok(());
        }
        let bucket = turns.entry(key).or_insert_with(|| Bucket::full(rate, now));
        let waits = if takes { bucket.take(rate, now).err() } else { Some(bucket.wait(rate, now)) };
        match waits {
            None | Some(0) => Ok(()),
            Some(seconds) => {
                let message = format!("too many requests; wait {seconds} s");
                Err(Failure::plain(Category::TooMany, IssueCode::Throttled, message))
            }
        }
    }
}

/// One home has a whole network of IPv6 addresses.
fn network(address: IpAddr) -> IpAddr {
    match address {
        IpAddr::V6(own) => own
            .to_ipv4_mapped()
            .map_or_else(|| IpAddr::V6((u128::from(own) >> 64 << 64).into()), IpAddr::V4),
        plain @ IpAddr::V4(_) => plain,
    }
}
