//! The generator that rules with a probability draw from.

/// `SplitMix64`: small, and the same on every machine.
///
/// Source: Steele, Lea and Flood, "Fast splittable pseudorandom number generators", 2014.
#[derive(Debug)]
pub(super) struct Draws(u64);

impl Draws {
    /// The draws of one rule: each has its own, so that one rule's draws do not depend on how often another matches.
    pub(super) fn new(seed: u64, rule: u64) -> Self {
        let mut mixed = Self(seed);
        let start = mixed.next();
        Self(start ^ rule.wrapping_mul(0xd134_2543_de82_ef95))
    }

    fn next(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut z = self.0;
        z = (z ^ (z >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        z ^ (z >> 31)
    }

    /// True with that probability: never for 0, always for 1.
    pub(super) fn falls_within(&mut self, probability: f64) -> bool {
        let high = u32::try_from(self.next() >> 32).unwrap_or(u32::MAX);
        f64::from(high) / (f64::from(u32::MAX) + 1.0) < probability
    }
}

#[cfg(test)]
mod tests {
    use super::Draws;

    fn drawn(seed: u64, rule: u64, probability: f64) -> Vec<bool> {
        let mut draws = Draws::new(seed, rule);
        (0..1000).map(|_| draws.falls_within(probability)).collect()
    }

    #[test]
    fn a_seed_and_a_rule_make_the_draws() {
        assert_eq!(drawn(1, 1, 0.5), drawn(1, 1, 0.5));
        assert_ne!(drawn(1, 1, 0.5), drawn(2, 1, 0.5));
        assert_ne!(drawn(1, 1, 0.5), drawn(1, 2, 0.5));
    }

    #[test]
    fn about_as_many_fall_within_as_the_probability_says() {
        let count = |probability| {
            drawn(7, 3, probability)
                .iter()
                .filter(|within| **within)
                .count()
        };
        assert_eq!((count(0.0), count(1.0)), (0, 1000));
        assert!((150..250).contains(&count(0.2)), "{}", count(0.2));
    }
}
