//! Who is among the first so many of a hundred: a number that is the same every time and kept nowhere.

/// A number from 0 to 99 for a person and a feature.
///
/// Whoever is below a share stays below every greater one, so that nobody loses a feature when its pilot
/// grows; each feature draws anew, so that not the same people are always first. FNV-1a over both names,
/// then the finalizer of SplitMix64, which spreads ids that differ in a digit.
pub fn bucket(feature: &str, person: &str) -> u8 {
    let bytes = feature.bytes().chain([0]).chain(person.bytes());
    let mut hash = bytes.fold(0xcbf2_9ce4_8422_2325_u64, |hash, byte| {
        (hash ^ u64::from(byte)).wrapping_mul(0x0100_0000_01b3)
    });
    hash = (hash ^ (hash >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
    hash = (hash ^ (hash >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
    hash ^= hash >> 31;
    // The remainder is below a hundred.
    u8::try_from(hash % 100).unwrap_or(0)
}
