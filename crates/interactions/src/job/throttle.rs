//! Jobs rest between their steps while requests are being served, so that requests go first.

use std::sync::atomic::{AtomicU64, AtomicUsize, Ordering};
use std::time::Duration;

/// A rest is never longer, so that a job whose step was slow still gets on.
const REST_MAX: Duration = Duration::from_secs(5);

/// What the process does besides jobs.
#[derive(Debug, Default)]
pub(crate) struct Foreground {
    /// What was begun so far.
    begun: AtomicU64,
    /// What is not done yet.
    serving: AtomicUsize,
}

/// Something is being served for as long as this lives.
#[derive(Debug)]
pub struct Serving<'a>(&'a Foreground);

impl Foreground {
    /// Notes that something begins to be served.
    pub(crate) fn serve(&self) -> Serving<'_> {
        self.begun.fetch_add(1, Ordering::Relaxed);
        self.serving.fetch_add(1, Ordering::Relaxed);
        Serving(self)
    }

    /// How much was begun so far.
    pub(crate) fn count(&self) -> u64 {
        self.begun.load(Ordering::Relaxed)
    }

    /// Whether anything was served since the count was `seen`: what takes long, perhaps because a
    /// job is in its way, counts for all of its time.
    pub(crate) fn is_busy_since(&self, seen: u64) -> bool {
        self.serving.load(Ordering::Relaxed) > 0 || self.count() != seen
    }
}

impl Drop for Serving<'_> {
    fn drop(&mut self) {
        self.0.serving.fetch_sub(1, Ordering::Relaxed);
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
    use super::{Foreground, REST_MAX, rest_after};
    use std::time::Duration;

    #[test]
    fn what_is_being_served_counts() {
        let foreground = Foreground::default();
        let seen = foreground.count();
        assert!(!foreground.is_busy_since(seen));
        let (first, second) = (foreground.serve(), foreground.serve());
        let seen = foreground.count();
        drop(first);
        assert!(foreground.is_busy_since(seen), "nothing new, and one is not done");
        drop(second);
        assert!(!foreground.is_busy_since(seen));
        drop(foreground.serve());
        assert!(foreground.is_busy_since(seen), "one came and went");
    }

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
