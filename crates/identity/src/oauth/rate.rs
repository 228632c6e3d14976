//! How many requests one caller may send: a bucket that fills with time.

/// How much a bucket holds, and how fast it fills.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Rate {
    /// Requests that may come at once.
    pub burst: u32,
    /// Requests in a second in the long run.
    pub per_second: f64,
}

/// What is left in a caller's bucket.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Bucket {
    /// Requests that may come now.
    left: f64,
    /// When that was so: microseconds since 1970.
    at: i64,
}

impl Bucket {
    /// A full one.
    pub fn full(rate: Rate, now: i64) -> Bucket {
        Bucket { left: f64::from(rate.burst), at: now }
    }

    /// Takes one request out; otherwise the seconds to wait, rounded up.
    pub fn take(&mut self, rate: Rate, now: i64) -> Result<(), u64> {
        match self.wait(rate, now) {
            0 => {
                self.left -= 1.0;
                Ok(())
            }
            seconds => Err(seconds),
        }
    }

    /// Seconds to wait before one could be taken, rounded up; 0 is not at all.
    pub fn wait(&mut self, rate: Rate, now: i64) -> u64 {
        self.fill(rate, now);
        if self.left >= 1.0 {
            return 0;
        }
        ((1.0 - self.left) / rate.per_second).ceil().max(1.0) as u64
    }

    /// Whether it is as full as it can be, so that it need not be remembered.
    pub fn is_full(&mut self, rate: Rate, now: i64) -> bool {
        self.fill(rate, now);
        self.left >= f64::from(rate.burst)
    }

    fn fill(&mut self, rate: Rate, now: i64) {
        // A clock that was set back gives nothing, and takes nothing.
        let passed = (now - self.at).max(0) as f64 / 1e6;
        self.left = (self.left + passed * rate.per_second).min(f64::from(rate.burst));
        self.at = now;
    }
}
