//! The states of items as they stand in rows.

use store::{ItemState, StoreError};

/// A state's number. Stored is 0, so that the index of what is not stored stays small.
pub(crate) const fn state_number(state: ItemState) -> i64 {
    match state {
        ItemState::Stored => 0,
        ItemState::Waiting => 1,
        ItemState::SetAside => 2,
        ItemState::Filtered => 3,
    }
}

/// The state with this number, of the item `row`.
pub(crate) fn state_numbered(number: i64, row: i64) -> Result<ItemState, StoreError> {
    ItemState::ALL
        .into_iter()
        .find(|state| state_number(*state) == number)
        .ok_or(StoreError::inconsistent("item", "state", row))
}
