//! Lineage packed into one blob a version.
//!
//! Layout: item, event time, then the entries, each with what differs from the entry before it:
//! consecutive elements mostly come from the same item and from bytes that follow each other.

use store::{ItemId, Lineage, LineageEntry};

use crate::row::{put_number, put_text, take, take_text};

/// Packs a lineage, uncompressed.
pub(crate) fn pack(lineage: &Lineage) -> Vec<u8> {
    let mut out = Vec::with_capacity(32 + lineage.entries.len() * 48);
    put_number(&mut out, lineage.item.0 as i64);
    put_number(&mut out, lineage.event_time);
    let (mut item, mut end) = (lineage.item.0 as i64, 0);
    for entry in &lineage.entries {
        put_text(&mut out, &entry.path);
        put_text(&mut out, &entry.locator);
        put_text(&mut out, &entry.rule);
        put_number(&mut out, (entry.item.0 as i64).wrapping_sub(item));
        put_number(&mut out, i64::from(entry.start) - end);
        put_number(&mut out, i64::from(entry.end) - i64::from(entry.start));
        (item, end) = (entry.item.0 as i64, i64::from(entry.end));
    }
    out
}

/// Unpacks a lineage; `None` if the bytes are none.
pub(crate) fn unpack(bytes: &[u8]) -> Option<Lineage> {
    let mut from = bytes;
    let first = take(&mut from)?;
    let mut lineage =
        Lineage { item: ItemId(first as u64), event_time: take(&mut from)?, entries: Vec::new() };
    let (mut item, mut last) = (first, 0i64);
    while !from.is_empty() {
        let text = |from: &mut &[u8]| take_text(from).map(String::from);
        let (path, locator, rule) = (text(&mut from)?, text(&mut from)?, text(&mut from)?);
        item = item.wrapping_add(take(&mut from)?);
        let start = last.checked_add(take(&mut from)?)?;
        last = start.checked_add(take(&mut from)?)?;
        let (start, end) = (u32::try_from(start).ok()?, u32::try_from(last).ok()?);
        lineage.entries.push(LineageEntry {
            path,
            item: ItemId(item as u64),
            start,
            end,
            locator,
            rule,
        });
    }
    Some(lineage)
}

#[cfg(test)]
mod tests {
    use super::{pack, unpack};
    use store::{ItemId, Lineage, LineageEntry};

    #[test]
    fn a_lineage_comes_back() {
        let entry = |path: &str, item, start, end| LineageEntry {
            path: path.into(),
            item: ItemId(item),
            start,
            end,
            locator: "PID-5.1".into(),
            rule: "adt/pid@1#family".into(),
        };
        let cases = [
            Lineage::default(),
            Lineage {
                item: ItemId(7),
                event_time: -1,
                entries: vec![
                    entry("name[0].family", 7, 10, 14),
                    entry("name[0].given[0]", 7, 15, 18),
                    entry("birthDate", 3, 0, u32::MAX),
                    entry("", u64::MAX, 5, 5),
                ],
            },
        ];
        for lineage in cases {
            let packed = pack(&lineage);
            assert_eq!(unpack(&packed), Some(lineage));
            for length in 0..packed.len() {
                let _ = unpack(&packed[..length]);
            }
        }
    }
}
