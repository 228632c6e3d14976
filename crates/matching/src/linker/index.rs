//! The blocking index: which records are filed under which key.
//!
//! Most keys hold one record, so a key maps to one integer, and only shared keys own a list.

use std::collections::HashMap;

use foldhash::fast::FixedState;

use crate::blocking::{BLOCK_RECORDS_MAX, BlockKey};

/// Marks an entry that points into `lists` instead of holding a slot.
const LIST: u32 = 1 << 31;

#[derive(Clone, Debug, Default)]
pub(super) struct Index {
    entries: HashMap<BlockKey, u32, FixedState>,
    lists: Vec<Vec<u32>>,
    free_lists: Vec<u32>,
}

impl Index {
    pub(super) fn reserve(&mut self, keys: usize) {
        self.entries.reserve(keys);
    }

    pub(super) fn add(&mut self, key: BlockKey, slot: u32) {
        let Some(entry) = self.entries.get_mut(&key) else {
            self.entries.insert(key, slot);
            return;
        };
        if *entry & LIST != 0 {
            self.lists[(*entry & !LIST) as usize].push(slot);
            return;
        }
        let slots = vec![*entry, slot];
        let list = if let Some(list) = self.free_lists.pop() {
            self.lists[list as usize] = slots;
            list
        } else {
            self.lists.push(slots);
            self.lists.len() as u32 - 1
        };
        *entry = list | LIST;
    }

    pub(super) fn remove(&mut self, key: BlockKey, slot: u32) {
        let Some(entry) = self.entries.get(&key).copied() else { return };
        if entry & LIST == 0 {
            if entry == slot {
                self.entries.remove(&key);
            }
            return;
        }
        let list = (entry & !LIST) as usize;
        let slots = &mut self.lists[list];
        slots.retain(|filed| *filed != slot);
        match slots[..] {
            [] => {
                self.entries.remove(&key);
            }
            [last] => {
                self.entries.insert(key, last);
            }
            _ => return,
        }
        self.lists[list] = Vec::new();
        self.free_lists.push(list as u32);
    }

    /// Adds the records filed under a key to `found`; a block too large to tell anybody apart
    /// adds nothing.
    pub(super) fn find(&self, key: BlockKey, found: &mut Vec<u32>) {
        match self.entries.get(&key) {
            Some(entry) if entry & LIST != 0 => {
                let slots = &self.lists[(entry & !LIST) as usize];
                if slots.len() <= BLOCK_RECORDS_MAX {
                    found.extend_from_slice(slots);
                }
            }
            Some(slot) => found.push(*slot),
            None => {}
        }
    }
}
