//! Records as hashes.

use std::sync::Arc;

use redis::{IntoConnectionInfo, Value};
use second_factor::{Revision, StoredRecord, Swap, UserKey, UserStore};

use crate::{builder::Builder, error::Error, keys::Prefix, link::Link, script::Request};

/// Keeps each record in a hash, and the ids of a tenant's users in a sorted set, on the primary of a Redis 7.
///
/// ```no_run
/// # async fn open(keys: second_factor::KeyRing) -> Result<(), Box<dyn std::error::Error>> {
/// use second_factor::{Administration, Outbox, Verifier};
/// use second_factor_redis::RedisStore;
///
/// let store = RedisStore::open("redis://127.0.0.1:6379").await?;
/// let verifier = Verifier::builder(store.clone(), Outbox::new(), keys).issuer("Acme").build()?;
/// let administration = Administration::new(&verifier, store);
/// # Ok(()) }
/// ```
///
/// How it keeps to the clauses of [`UserStore`]:
///
/// 1. *Compare and swap*: one script compares the revision, writes the hash and enters the id into the set. Redis runs a script as one step.
///    It is sent once and never again: where its answer is lost the call fails, and the library reloads and looks for its own revision.
/// 2. *Durable*: a server is refused unless it has `appendonly yes`, `appendfsync always` and `no-appendfsync-on-rewrite no`; such a server answers
///    after it has synced its disk. Eviction would take a second factor away, so `maxmemory-policy` has to be `noeviction` (or one of
///    `volatile-…`, which only touch keys that expire; none of ours does). Each new connection is looked at, so a setting that
///    is changed while one lasts is noticed with the next. For failover see below.
/// 3. *On its own*: the connection is the store's, and no `MULTI` of the host is on it.
/// 4. *Current*: a replica is refused. Reading is by a script that Redis refuses wherever it would refuse a write, so that a primary that is
///    demoted while a connection lasts answers nothing from then on; nor does one that lacks the replicas of `min-replicas-to-write` or
///    cannot write to its disk.
/// 5. *Opaque and exact*: values are binary; in keys the ids stand with everything unusual percent-encoded, so that no two share one.
/// 6. *Absent means never written*: `None` is the answer of a script that found neither a hash, nor the id in the tenant's set. A value of
///    another type, a hash that lacks a field, a revision that has not 16 bytes and a listed id without a hash are errors.
///
/// It is its own [`UserDirectory`](second_factor::UserDirectory).
///
/// A load and a swap are one command each, so a verification takes two round trips. All calls of a store and of its clones share one
/// connection and do not wait for each other; a call may be dropped at any point, and its answer reaches nobody else. When the connection
/// ends, the next call makes a new one, and a read that only then finds out is sent once more. It needs a tokio runtime with I/O and time;
/// when the one in which it connected has ended, it connects anew in that of the next read.
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
/// rewrite is complete, and that cannot be seen from outside.
///
/// A Redis user of the store's own needs no more than
/// `~{second-factor:* +evalsha +script|load +exists +hget +hmget +hset +del +zadd +zrem +zscore +zrange +info +config|get`.
///
/// # Failover
///
/// Replication is asynchronous: a replica that takes over, by Sentinel or by hand, may lack the last writes that were acknowledged. Then
/// codes that were used are good again (those of an app until their time is over, backup codes for good), guesses are forgotten, and who has just
/// turned the second factor on has none. `min-replicas-to-write 1` with a short `min-replicas-max-lag` bounds the time for which a
/// primary that was cut off goes on, and so how much is lost; it does not rule it out. To lose nothing, let the primary come back with its
/// disk instead of promoting a replica; otherwise call [`after_restore`](second_factor::Verifier::after_restore) for all users, as
/// after every restored backup.
///
/// `WAIT` is not sent. It comes after the write, which stands on the primary whatever `WAIT` says: the library, told of an error, would
/// reload, find its revision there, and take the write as done.
///
/// # Redis Cluster
///
/// is not supported: a node of one is refused with [`Error::Cluster`], for a client that follows redirections sends a script more than once. But
/// the hash tag of a key is its tenant, so that all a script touches is in one slot, as proxies demand that shard by it. Then even a
/// huge tenant is on one shard, with some 4 KiB for each user.
///
/// # For those who look at the keys
///
/// ```text
/// {second-factor:TENANT}:user:USER     hash: revision, record, and the summary: generation, enrolled_at, last_verified_at,
///                                      backup_codes_left, trusted_devices, locked_until, pending_notices (decimal, seconds; empty: never)
/// {second-factor:TENANT}:users         sorted set: the users' ids, all with score 0
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
    pub fn builder(server: impl IntoConnectionInfo) -> Builder {
        Builder::new(server)
    }

    async fn swap(
        &self,
        user: &UserKey,
        expected: &[u8],
        next: Option<&StoredRecord>,
    ) -> Result<Swap, Error> {
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
        self.swap(user, expected.as_ref().map_or(&[], |expected| expected.as_bytes()), Some(next)).await
    }

    async fn remove(&self, user: &UserKey, expected: Revision) -> Result<Swap, Error> {
        self.swap(user, expected.as_bytes(), None).await
    }
}
