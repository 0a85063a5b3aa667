//! What second-factor costs.
//!
//! `cargo bench`, without more, runs both benches in some minutes on two cores:
//!
//! * `suite` measures times. Every case runs under criterion, which prints its time and calls a second; then come the tables, from which all
//!   figures in the README and in the guide are. In a table all cases take turns, and what is compared are their medians: on a machine with
//!   neighbours the times change from run to run by a third, the ratios by a few hundredths. `-- table` prints only the tables, `-- totp`
//!   runs only the cases whose names contain it.
//! * `instructions` counts them, under callgrind, and compares them with a baseline: see there.
//!
//! The groups of the suite, each a file of its name:
//!
//! | group | what is measured |
//! |---|---|
//! | `totp` | a code against a window: every hash, right and wrong, with the key prepared, from the bytes of the secret, from its base32 |
//! | `backup` | reading a backup code, and comparing it with the ten of a record |
//! | `device` | `begin` for a browser that is unknown, known, trusted |
//! | `record` | opening, deciding and sealing a plain record and a full one; the seal beside AES-256-GCM |
//! | `verifier` | whole calls over a store in memory; many clients at once in memory, on SQLite, and on PostgreSQL where there is one |
//! | `peers` | other libraries at the same work: SHA-1, six digits, a secret of 20 bytes, one step to either side |
//! | `limit` | the bare compressions that a check cannot do without, of blocks that lie ready and do not wait for each other |
//!
//! How stores compare with the bare statements is measured beside them (`cargo bench -p second-factor-sqlx`, `-p second-factor-redis`), whole
//! sign-ins over HTTP by `cargo run --release -p second-factor-web --example load`.
#![allow(clippy::unwrap_used, clippy::panic, clippy::indexing_slicing)]

mod ann;
mod limit;
mod medians;
mod poll;

pub use ann::{Ann, NOW, value};
pub use limit::compressions;
pub use medians::medians;
pub use poll::at_once;
