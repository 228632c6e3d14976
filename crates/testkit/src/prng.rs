//! A small seeded generator of numbers: SplitMix64, one independent stream for each key.
//!
//! Algorithm: Steele, Lea, Flood, "Fast splittable pseudorandom number generators" (2014).
//! Only sums, products and divisions are used, so that a seed gives the same area on every machine.
//! To make a new independent stream, call [`Prng::keyed`] with a new stream name.

/// A deterministic source of numbers.
#[derive(Clone, Debug)]
pub struct Prng(u64);

fn mix(mut z: u64) -> u64 {
    z = (z ^ (z >> 30)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
    z = (z ^ (z >> 27)).wrapping_mul(0x94D0_49BB_1331_11EB);
    z ^ (z >> 31)
}

impl Prng {
    /// A source that starts from `seed`.
    pub fn new(seed: u64) -> Prng {
        Prng(seed)
    }

    /// The source of one stream of a seed, for one index; streams do not disturb each other.
    pub fn keyed(seed: u64, stream: &str, index: u64) -> Prng {
        let mut key = mix(seed ^ 0x9E37_79B9_7F4A_7C15);
        for byte in stream.bytes() {
            key = mix(key ^ u64::from(byte));
        }
        Prng(mix(key ^ mix(index.wrapping_add(0x51_7C_C1_B7_27_22_0A_95))))
    }

    /// The next 64 bits.
    pub fn next_u64(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9E37_79B9_7F4A_7C15);
        mix(self.0)
    }

    /// A number in `0..bound`; 0 for a bound of 0.
    pub fn below(&mut self, bound: u32) -> u32 {
        (((self.next_u64() >> 32) * u64::from(bound)) >> 32) as u32
    }

    /// A number in `low..=high`.
    pub fn range(&mut self, low: i32, high: i32) -> i32 {
        low + self.below((high - low + 1).max(1) as u32) as i32
    }

    /// A number in `0.0..1.0`.
    pub fn unit(&mut self) -> f64 {
        (self.next_u64() >> 11) as f64 / (1_u64 << 53) as f64
    }

    /// True with probability `p`.
    pub fn chance(&mut self, p: f64) -> bool {
        self.unit() < p
    }

    /// One of `items`, which are not empty.
    pub fn pick<'a, T>(&mut self, items: &'a [T]) -> &'a T {
        &items[self.below(items.len() as u32) as usize]
    }

    /// One of `items` by their weights.
    pub fn weighted<T: Copy>(&mut self, items: &[(T, u32)]) -> T {
        let total = items.iter().map(|(_, weight)| *weight).sum::<u32>();
        let mut left = self.below(total);
        for (item, weight) in items {
            if left < *weight {
                return *item;
            }
            left -= weight;
        }
        items[items.len() - 1].0
    }

    /// One of `items`, which stand from the most to the least frequent: the n-th is about 1/(n+8) as likely.
    pub fn by_rank<T: Copy>(&mut self, items: &[T]) -> T {
        let total: u32 = (0..items.len() as u32).map(|rank| 80_000 / (rank + 8)).sum();
        let mut left = self.below(total);
        for (rank, item) in items.iter().enumerate() {
            let weight = 80_000 / (rank as u32 + 8);
            if left < weight {
                return *item;
            }
            left -= weight;
        }
        items[items.len() - 1]
    }

    /// Close to a normal distribution: the sum of twelve uniform numbers.
    pub fn normal(&mut self, mean: f64, deviation: f64) -> f64 {
        let sum: f64 = (0..12).map(|_| self.unit()).sum();
        mean + (sum - 6.0) * deviation
    }

    /// Version 4 shaped UUID text, from this stream.
    pub fn uuid(&mut self) -> String {
        let high = self.next_u64();
        let low = self.next_u64();
        format!(
            "{:08x}-{:04x}-4{:03x}-{:x}{:03x}-{:012x}",
            high >> 32,
            (high >> 16) & 0xffff,
            high & 0xfff,
            8 + (low >> 62),
            (low >> 48) & 0xfff,
            low & 0xffff_ffff_ffff
        )
    }
}

#[cfg(test)]
mod tests {
    use super::Prng;

    #[test]
    fn streams_differ_and_repeat() {
        let take = |stream, index| Prng::keyed(7, stream, index).next_u64();
        assert_eq!(take("a", 1), take("a", 1));
        assert_ne!(take("a", 1), take("a", 2));
        assert_ne!(take("a", 1), take("b", 1));
    }

    #[test]
    fn numbers_keep_to_their_bounds() {
        let mut prng = Prng::new(1);
        let mut seen = [0_u32; 6];
        for _ in 0..6_000 {
            seen[prng.range(0, 5) as usize] += 1;
            assert!((0.0..1.0).contains(&prng.unit()));
        }
        assert!(seen.iter().all(|&count| (850..1150).contains(&count)), "{seen:?}");
        assert_eq!(prng.below(0), 0);
    }

    #[test]
    fn frequent_items_come_first() {
        let mut prng = Prng::new(2);
        let items: Vec<usize> = (0..50).collect();
        let mut seen = [0_u32; 50];
        for _ in 0..10_000 {
            seen[prng.by_rank(&items)] += 1;
        }
        assert!(seen[0] > 3 * seen[49] && seen[49] > 0, "{seen:?}");
    }

    #[test]
    fn a_uuid_has_its_version_and_variant() {
        let text = Prng::new(3).uuid();
        assert_eq!(text.len(), 36);
        assert_eq!(text.as_bytes()[14], b'4');
        assert!(matches!(text.as_bytes()[19], b'8' | b'9' | b'a' | b'b'));
    }
}
