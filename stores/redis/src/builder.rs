//! How a store is opened.

use std::{sync::Arc, time::Duration};

use redis::{Client, ConnectionInfo, IntoConnectionInfo, RedisResult};

use crate::{error::Error, keys::Prefix, link::Link, server::Durability, store::RedisStore};

/// A store that is not open yet, from [`RedisStore::builder`].
///
/// ```no_run
/// # async fn open() -> Result<(), second_factor_redis::Error> {
/// use std::time::Duration;
/// use second_factor_redis::RedisStore;
///
/// let store = RedisStore::builder("unix:///run/redis.sock").prefix("acme:2fa").timeout(Duration::from_secs(2)).open().await?;
/// # Ok(()) }
/// ```
#[derive(Debug)]
#[must_use = "`open` opens the store"]
pub struct Builder {
    server: RedisResult<ConnectionInfo>,
    prefix: String,
    timeout: Duration,
    durability: Durability,
}

impl Builder {
    const TIMEOUT: Duration = Duration::from_secs(5);

    const LONGEST_TIMEOUT: Duration = Duration::from_secs(60 * 60);

    pub(crate) fn new(server: impl IntoConnectionInfo) -> Self {
        Self {
            server: server.into_connection_info(),
            prefix: "second-factor".to_owned(),
            timeout: Self::TIMEOUT,
            durability: Durability::OnDisk,
        }
    }

    /// What all keys begin with, after a brace: `second-factor` unless told otherwise. 1 to 64 ASCII letters, digits and `-`, `_`, `.`, `:`.
    ///
    /// Two services on one database need two of them. **It is part of every record's name: under another prefix nobody has a second factor.**
    pub fn prefix(mut self, prefix: impl Into<String>) -> Self {
        self.prefix = prefix.into();
        self
    }

    /// How long a call waits for its connection and its answer together, before it fails: 5 seconds unless told otherwise, an hour at
    /// most.
    pub fn timeout(mut self, timeout: Duration) -> Self {
        self.timeout = timeout.min(Self::LONGEST_TIMEOUT);
        self
    }

    /// Takes any primary that does not evict, however little of what it acknowledges it keeps: its `appendonly` and `appendfsync` are not looked at.
    ///
    /// **After a crash of such a server, codes that were used are good again and failed guesses are forgotten; where it keeps nothing on
    /// disk, every user is without a second factor**, unless the service keeps a flag of its own
    /// ([`Account::known_enrolled`](second_factor::Account::known_enrolled)): then they cannot sign in until they were reset.
    ///
    /// It is also for services that are durable and do not say so, because they forbid `CONFIG GET`: then it is you who vouches for them.
    ///
    /// ```no_run
    /// # async fn open() -> Result<(), second_factor_redis::Error> {
    /// use second_factor_redis::RedisStore;
    ///
    /// let store = RedisStore::builder("rediss://cache.example.com").accept_loss_on_crash().open().await?;
    /// # Ok(()) }
    /// ```
    pub fn accept_loss_on_crash(mut self) -> Self {
        self.durability = Durability::Accepted;
        self
    }

    /// Connects, and looks at the server: see clauses 2 and 4 of [`RedisStore`].
    ///
    /// # Errors
    ///
    /// [`Error::Prefix`] if the prefix cannot be one; [`Error::NotDurable`], [`Error::Evicts`], [`Error::Replica`] or [`Error::Cluster`] if the
    /// server is set so that a clause would be broken; [`Error::Redis`] or [`Error::TimedOut`] if it cannot be asked, or runs no scripts of
    /// Redis 7.
    pub async fn open(self) -> Result<RedisStore, Error> {
        let prefix = Prefix::new(self.prefix)?;
        let server = self.server?;
        // Else a request waits for the acknowledgment of the one before it, although they share the connection.
        let tcp = server.tcp_settings().clone().set_nodelay(true);
        let link = Link::new(Client::open(server.set_tcp_settings(tcp))?, self.durability, self.timeout);
        link.open().await?;
        Ok(RedisStore { link: Arc::new(link), prefix })
    }
}
