//! Records as hashes.

use std::sync::Arc;

use redis::{IntoConnectionInfo, Value};
use second_factor::{Revision, StoredRecord, Summary, Swap, UnixTime, UserKey, UserStore};

use crate::{builder::Builder, error::Error, keys::Prefix, link::Link, script::Request};

/// Keeps each record in a hash, and the ids of a tenant's users in a sorted set, on the primary of a Redis 7.
///
/// How it keeps to the clauses of [`UserStore`]:
///
/// 1. *Compare and swap*: one script compares the revision, writes the hash and enters the id into the set. Redis runs a script as one step.
///    It is sent once: where the answer is lost, the call fails, and the library looks for its revision.
/// 2. *Durable*: each new connection is refused, unless the server has `appendonly yes`, `appendfsync always` and
///    `no-appendfsync-on-rewrite no`: then it answers only after it has written to its disk. Eviction would take a user's second factor
///    away, so `maxmemory-policy` has to be `noeviction` (or one of `volatile-…`, which only touch keys that expire; none of ours does).
///    *A setting that is changed while a connection lasts is not noticed; nor is a failover before it is complete: see below.*
/// 3. *On its own*: no `MULTI` of the host is on this connection.
/// 4. *Current*: a connection to a replica is refused. Reading is by a script that Redis refuses on a replica as well, so a primary that is
///    demoted later cannot answer from an old state; it refuses it, too, where `min-replicas-to-write` or an error of its disk make it refuse
///    writes.
/// 5. *Opaque and exact*: values are binary; a key holds the ids with everything unusual percent-encoded, so that no two share one.
/// 6. *Absent means never written*: `None` is the answer of a script that found neither a hash, nor the id in the tenant's set. A value of
///    another type, a hash that lacks a field, a revision that has not 16 bytes and a listed id without a hash are errors.
///
/// It is its own [`UserDirectory`](second_factor::UserDirectory).
///
/// A load and a swap are one command each, so that a verification costs two round trips. All calls of a store and its clones share one
/// connection, and overtake nobody on it; it is made anew, and the server looked at again, after it broke. A call may be dropped at any
/// point. It needs a tokio runtime with I/O and time, the one in which it connected; if that has ended, the next read connects anew in its own.
///
/// # The server
///
/// ```text
/// appendonly yes
/// appendfsync always
/// no-appendfsync-on-rewrite no       # the default
/// maxmemory-policy noeviction        # the default
/// ```
///
/// Set `appendonly` in the configuration file, before the first start: turned on while the server runs, it holds only once the first
/// rewrite is complete, and that does not show.
///
/// A user of its own needs no more than this: `~{second-factor:* +evalsha +script|load +exists +hget +hmget +hset +del +zadd +zrem +zscore +zrange
/// +info +config|get`, and `+select` for another database than 0.
///
/// # Failover
///
/// Replication is asynchronous. A replica that takes over (Sentinel, or by hand) may lack the last writes that were acknowledged, and then codes
/// that were used are good again until their time is over, backup codes for good, and guesses are forgotten. `min-replicas-to-write 1` with a short
/// `min-replicas-max-lag` bounds by how much, and keeps a primary that was cut off from answering for long; it does not rule it out. To lose
/// nothing, let the primary come back with its disk instead of promoting a replica, or call
/// [`after_restore`](second_factor::Verifier::after_restore) for all users after a failover, as after every restored backup.
///
/// `WAIT` is not sent. It comes after the write, which stands on the primary whatever it says: the library, told of an error, would look there
/// and find it done.
///
/// # Redis Cluster
///
/// is not supported: a node of one is refused with [`Error::Cluster`]. But all keys of a tenant bear its id as hash tag, so that they
/// are in one slot, as proxies that shard by it want. Even a huge tenant is then on one shard: some 3 KiB for each user.
///
/// # For those who look at the keys
///
/// ```text
/// {second-factor:TENANT}:user:USER     hash: revision, record, and the summary: generation, enrolled_at, last_verified_at,
///                                      backup_codes_left, trusted_devices, locked_until, pending_notices (decimal, seconds; empty: never)
/// {second-factor:TENANT}:users         sorted set: the user's ids, all with score 0
/// ```
#[derive(Debug, Clone)]
pub struct RedisStore {
    pub(crate) link: Arc<Link>,
    pub(crate) prefix: Prefix,
}

impl RedisStore {
    /// A store on the server at `url`, like `redis://user:password@host:6379/0` or `unix:///run/redis.sock`.
    ///
    /// For `rediss://` the service enables a feature of the crate [`redis`], like `tokio-rustls-comp`.
    ///
    /// # Errors
    ///
    /// As [`Builder::open`].
    pub async fn open(url: &str) -> Result<Self, Error> {
        Self::builder(url).open().await
    }

    /// The same with more to say: a URL, or a [`redis::ConnectionInfo`], as which a [`redis::Client`] shows its certificates and settings.
    ///
    /// ```no_run
    /// # async fn open() -> Result<(), second_factor_redis::Error> {
    /// use std::time::Duration;
    /// use second_factor_redis::RedisStore;
    ///
    /// let store = RedisStore::builder("redis://127.0.0.1:6379")
    ///     .prefix("acme:2fa")
    ///     .timeout(Duration::from_secs(2))
    ///     .open()
    ///     .await?;
    /// # Ok(()) }
    /// ```
    pub fn builder(server: impl IntoConnectionInfo) -> Builder {
        Builder::new(server)
    }

    async fn swap(&self, user: &UserKey, expected: &[u8], next: &[&[u8]]) -> Result<Swap, Error> {
        let request = Request::write(&self.prefix.of(user), user.user(), expected, next);
        match self.link.write(&request).await?.as_slice() {
            [Value::Int(1)] => Ok(Swap::Done),
            [Value::Int(0)] => Ok(Swap::Conflict),
            _ => Err(Error::Reply),
        }
    }
}

impl UserStore for RedisStore {
    type Error = Error;

    async fn load(&self, user: &UserKey) -> Result<Option<StoredRecord>, Error> {
        let request = Request::new().read(&self.prefix.of(user), user.user(), &["revision", "record"]);
        let replies = self.link.read(&request).await?;
        let values = match <[Value; 1]>::try_from(replies) {
            Ok([Value::Nil]) => return Ok(None),
            Ok([Value::Array(values)]) => values,
            _ => return Err(Error::Reply),
        };
        let Ok([Value::BulkString(revision), Value::BulkString(record)]) = <[Value; 2]>::try_from(values)
        else {
            return Err(Error::Reply);
        };
        let revision = <[u8; 16]>::try_from(revision.as_slice()).map_err(|_| {
            Error::Damaged(format!("a stored revision has {} bytes instead of 16", revision.len()))
        })?;
        Ok(Some(StoredRecord::new(Revision::from_bytes(revision), record)))
    }

    async fn compare_and_swap(
        &self,
        user: &UserKey,
        expected: Option<Revision>,
        next: &StoredRecord,
    ) -> Result<Swap, Error> {
        let &Summary {
            enrolled_at,
            last_verified_at,
            backup_codes_left,
            trusted_devices,
            locked_until,
            pending_notices,
            generation,
            ..
        } = next.summary();
        let time = |time: Option<UnixTime>| time.map_or(String::new(), |time| time.seconds().to_string());
        let summary = [
            ("generation", generation.to_string()),
            ("enrolled_at", time(enrolled_at)),
            ("last_verified_at", time(last_verified_at)),
            ("backup_codes_left", backup_codes_left.to_string()),
            ("trusted_devices", trusted_devices.to_string()),
            ("locked_until", time(locked_until)),
            ("pending_notices", pending_notices.to_string()),
        ];
        let revision = next.revision();
        let mut fields: Vec<&[u8]> = vec![b"revision", revision.as_bytes(), b"record", next.sealed()];
        fields.extend(summary.iter().flat_map(|(field, value)| [field.as_bytes(), value.as_bytes()]));
        self.swap(user, expected.as_ref().map_or(&[], |expected| expected.as_bytes()), &fields).await
    }

    async fn remove(&self, user: &UserKey, expected: Revision) -> Result<Swap, Error> {
        self.swap(user, expected.as_bytes(), &[]).await
    }
}
