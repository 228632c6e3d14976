//! What only the composition root may touch: the clock, randomness, signals.

use std::sync::atomic::{AtomicI64, AtomicU64, Ordering};
use std::time::{SystemTime, UNIX_EPOCH};

use fhir::ResourceId;
use interactions::{Clock, IdSource};

/// Microseconds that the program's clock is ahead of the machine's: 0 but in a demonstration of another day.
static AHEAD: AtomicI64 = AtomicI64::new(0);

/// The machine's clock.
#[derive(Clone, Copy, Debug)]
pub(crate) struct SystemClock;

impl SystemClock {
    /// Makes it this moment now, in microseconds since 1970; time goes on from there.
    pub(crate) fn set(moment: i64) {
        AHEAD.store(0, Ordering::Relaxed);
        AHEAD.store(moment.saturating_sub(SystemClock.now()), Ordering::Relaxed);
    }
}

impl Clock for SystemClock {
    #[expect(
        clippy::disallowed_methods,
        reason = "this is the one clock that the others stand for"
    )]
    fn now(&self) -> i64 {
        let since = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default();
        let of_machine = i64::try_from(since.as_micros()).unwrap_or(i64::MAX);
        of_machine.saturating_add(AHEAD.load(Ordering::Relaxed))
    }
}

/// Logical ids as version 7 UUIDs (RFC 9562 §5.7): they grow with time, so the store's id index
/// is written at its end, and cannot be guessed.
#[derive(Debug)]
pub(crate) struct TimeOrderedIds {
    state: AtomicU64,
}

impl TimeOrderedIds {
    /// A source seeded from the operating system.
    pub(crate) fn new() -> TimeOrderedIds {
        use std::hash::{BuildHasher, RandomState};
        let seed = RandomState::new().hash_one(std::process::id());
        TimeOrderedIds { state: AtomicU64::new(seed) }
    }

    fn random(&self) -> u64 {
        // SplitMix64 over a counter seeded by the system: distinct for every call of a process.
        let mut z = self.state.fetch_add(0x9E37_79B9_7F4A_7C15, Ordering::Relaxed);
        z = (z ^ (z >> 30)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
        z = (z ^ (z >> 27)).wrapping_mul(0x94D0_49BB_1331_11EB);
        z ^ (z >> 31)
    }
}

impl IdSource for TimeOrderedIds {
    fn next(&self) -> ResourceId {
        let millis = SystemClock.now() / 1000;
        let mut bytes = [0_u8; 16];
        bytes[..6].copy_from_slice(&millis.to_be_bytes()[2..]);
        bytes[6..8].copy_from_slice(&self.random().to_be_bytes()[..2]);
        bytes[8..].copy_from_slice(&self.random().to_be_bytes());
        bytes[6] = (bytes[6] & 0x0F) | 0x70;
        bytes[8] = (bytes[8] & 0x3F) | 0x80;
        ResourceId::from_uuid_bytes(bytes)
    }

    fn secret(&self) -> ResourceId {
        // A random UUID of the operating system's making (RFC 9562 §5.4). Without randomness there
        // is no secret, so nothing else will do.
        let mut bytes = [0_u8; 16];
        getrandom::fill(&mut bytes).expect("the operating system gives random bytes");
        bytes[6] = (bytes[6] & 0x0F) | 0x40;
        bytes[8] = (bytes[8] & 0x3F) | 0x80;
        ResourceId::from_uuid_bytes(bytes)
    }
}

/// Bytes that nobody can guess.
pub(crate) fn random_bytes(count: usize) -> anyhow::Result<Vec<u8>> {
    let mut bytes = vec![0; count];
    getrandom::fill(&mut bytes)
        .map_err(|error| anyhow::anyhow!("the operating system gives no random bytes: {error}"))?;
    Ok(bytes)
}

/// Letters and digits that nobody can guess, 5 bits each, without those that look alike.
pub(crate) fn random_letters(count: usize) -> anyhow::Result<String> {
    const LETTERS: &[u8; 32] = b"ABCDEFGHJKLMNPQRSTUVWXYZ23456789";
    let letter = |byte: u8| char::from(LETTERS[usize::from(byte % 32)]);
    Ok(random_bytes(count)?.into_iter().map(letter).collect())
}

/// Waits for SIGTERM or Ctrl-C.
pub(crate) async fn stop_signal() {
    let interrupt = tokio::signal::ctrl_c();
    let Ok(mut terminate) =
        tokio::signal::unix::signal(tokio::signal::unix::SignalKind::terminate())
    else {
        let _ = interrupt.await;
        return;
    };
    tokio::select! {
        _ = interrupt => {}
        _ = terminate.recv() => {}
    }
}

#[cfg(test)]
mod tests {
    use super::TimeOrderedIds;
    use interactions::IdSource;

    #[test]
    fn ids_differ_and_grow_with_time() {
        let ids = TimeOrderedIds::new();
        let made: Vec<String> = (0..1000).map(|_| ids.next().to_string()).collect();
        let distinct: std::collections::BTreeSet<_> = made.iter().collect();
        assert_eq!(distinct.len(), made.len());
        assert!(made[0][..8] <= made[999][..8]);
        assert_eq!(&made[0][14..15], "7");
    }
}
