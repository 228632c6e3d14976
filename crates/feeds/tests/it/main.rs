//! Feeds at their boundaries: real sockets and folders, the real store, the ledger.

#![expect(clippy::unwrap_used, reason = "what fails in a test's own set-up fails the test")]

mod client;
mod folder;
mod mllp;
mod order;
mod store_faults;
mod system;
mod tls;
