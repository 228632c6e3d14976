//! Jobs rest between their steps while requests are being served, so that requests go first.

use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

/// A rest is never longer, so that a job whose step was slow still gets on.
const REST_MAX: Duration = Duration::from_secs(5);

/// What the process does besides jobs: a count that moves while there is anything.
#[derive(Debug, Default)]
pub(crate) struct Foreground(AtomicU64);

impl Foreground {
    /// Notes a request.
    pub(crate) fn note(&self) {
        self.0.fetch_add(1, Ordering::Relaxed);
    }

    /// How many were noted so far.
    pub(crate) fn count(&self) -> u64 {
        self.0.load(Ordering::Relaxed)
    }
}

/// How long to rest after a step that took `worked`, so that work takes `share` of the time.
pub(crate) fn rest_after(worked: Duration, share: f64, is_busy: bool) -> Duration {
    if !is_busy {
        return Duration::ZERO;
    }
    let share = if share.is_nan() { 1.0 } else { share.clamp(0.01, 1.0) };
    worked.mul_f64((1.0 - share) / share).min(REST_MAX)
}

#[cfg(test)]
mod tests {
    use super::{REST_MAX, rest_after};
    use std::time::Duration;

    #[test]
    fn rests() {
        let ms = Duration::from_millis;
        let cases = [
            (ms(100), 0.5, true, ms(100)),
            (ms(100), 0.25, true, ms(300)),
            (ms(100), 1.0, true, ms(0)),
            (ms(100), 0.5, false, ms(0)),
            (ms(100), 7.0, true, ms(0)),
            (ms(100_000), 0.0, true, REST_MAX),
            (ms(100), f64::NAN, true, ms(0)),
        ];
        for (worked, share, is_busy, rest) in cases {
            let found = rest_after(worked, share, is_busy);
            assert_eq!(found.as_millis(), rest.as_millis(), "{worked:?} {share} {is_busy}");
        }
    }
}
