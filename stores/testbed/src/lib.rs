//! What the tests of the stores need of the machine they run on. Part of the tests, never of a service.
//!
//! * [`postgres_url`] and [`redis_url`]: the servers that are there.
//! * [`Postgres`], [`Redis`]: a server of the test's own, which it may kill.
//! * [`PgBouncer`]: a pooler that hands each transaction to another connection.
//! * [`Proxy`]: stands before a server, cuts connections, delays and loses what goes through, and counts round trips.
//! * [`skip`]: says loudly that something was not tested.
//! * [`load`]: many clients at once, and how long each waits (feature `load`, for the benches).
//! * [`population`]: users in tenants of every size, up to millions (feature `load`).
//! * [`records`]: records that are told apart by a number, and writers that count with them (feature `load`).
//!
//! Everything else here blocks, needs no runtime, and fails by panicking.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, clippy::indexing_slicing)]
#![allow(clippy::disallowed_methods, reason = "tests wait for real servers by the real clock")]

#[cfg(feature = "load")]
pub mod load;
mod pgbouncer;
#[cfg(feature = "load")]
pub mod population;
mod port;
mod postgres;
mod proxy;
#[cfg(feature = "load")]
pub mod records;
mod redis;
mod servers;

use std::{
    env,
    fmt::Display,
    io::{self, Write},
};

pub use pgbouncer::PgBouncer;
pub use postgres::Postgres;
pub use proxy::{Fault, Proxy};
pub use redis::Redis;
pub use servers::{postgres_url, redis_url};

/// Says that something was not tested, and why.
///
/// # Panics
///
/// With `REQUIRE_SERVERS=1`: there, what is not tested has failed.
pub fn skip(why: impl Display) {
    assert!(!env::var("REQUIRE_SERVERS").is_ok_and(|yes| yes == "1"), "{why}");
    // Straight to the stream: the test harness swallows what `eprintln!` says in a test that passes.
    let said = writeln!(io::stderr(), "\n*** SKIPPED, NOT TESTED: {why} ***\n");
    said.unwrap();
}
