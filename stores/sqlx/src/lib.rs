//! Stores for [`second-factor`](second_factor) on SQL databases, through [`sqlx`] 0.9 on tokio.
//!
//! Each database is a feature, and none is on by default:
//!
//! | feature | store | keeps records in |
//! |---|---|---|
//! | `sqlite` | [`SqliteStore`] | a file on this machine, for any number of its processes |
//! | `postgres` | [`PostgresStore`] | a table of a PostgreSQL database, for any number of servers |
//!
//! ```no_run
//! # #[cfg(feature = "sqlite")] async fn open() -> Result<(), second_factor_sqlx::Error> {
//! use second_factor_sqlx::SqliteStore;
//!
//! let store = SqliteStore::open("second-factor.db").await?;
//! store.migrate().await?; // once at start-up; does nothing if the table is there
//! # Ok(()) }
//! ```
//!
//! A store keeps to the clauses of [`UserStore`](second_factor::UserStore) and [`UserDirectory`](second_factor::UserDirectory); the docs
//! of each say by what.
#![cfg_attr(docsrs, feature(doc_cfg))]

#[cfg(any(feature = "postgres", feature = "sqlite"))]
mod columns;
mod error;
#[cfg(feature = "postgres")]
mod postgres;
#[cfg(feature = "sqlite")]
mod sqlite;

pub use error::Error;
#[cfg(feature = "postgres")]
pub use postgres::{InvalidName, PostgresStore, Standing, Table};
#[cfg(feature = "sqlite")]
pub use sqlite::SqliteStore;
