//! Records in a PostgreSQL database keep the contracts of `UserStore` and `UserDirectory`, also where PostgreSQL would let them not to, and
//! where it fails.
//!
//! `POSTGRES_URL` names another server than the one on this machine. Without one these tests are skipped, unless `REQUIRE_SERVERS=1`.
#![allow(missing_docs, clippy::unwrap_used, clippy::panic, clippy::indexing_slicing, unreachable_pub)]
#![allow(clippy::disallowed_methods, reason = "real servers take real time")]

mod person;
mod place;

mod at_hand;
mod contract;
mod crashes;
mod directory;
mod durability;
mod faults;
mod isolation;
mod migrating;
mod poolers;
mod round_trips;
