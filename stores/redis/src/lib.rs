//! A store for [`second-factor`](second_factor) on Redis 7, or a server that runs its scripts (Valkey), through [`redis`] 1.x on tokio.
//!
//! ```no_run
//! # async fn open() -> Result<(), second_factor_redis::Error> {
//! use second_factor_redis::RedisStore;
//!
//! let store = RedisStore::open("redis://127.0.0.1:6379").await?;
//! # Ok(()) }
//! ```
//!
//! [`RedisStore`] says by what it keeps the clauses of [`UserStore`](second_factor::UserStore) and
//! [`UserDirectory`](second_factor::UserDirectory), and how the server has to be set.
#![cfg_attr(docsrs, feature(doc_cfg))]

mod builder;
mod directory;
mod error;
mod keys;
mod link;
mod script;
mod server;
mod store;
mod summary;

pub use builder::Builder;
pub use error::Error;
pub use store::RedisStore;
