//! The one connection to the server, shared by all calls, and made anew when it ends.

use std::{
    fmt,
    sync::{Arc, Mutex, PoisonError},
    time::Duration,
};

use redis::{
    AsyncConnectionConfig, Client, ErrorKind, RedisError, ServerErrorKind, Value, aio::MultiplexedConnection,
};
use tokio::time::{Instant, timeout_at};

use crate::{
    error::Error,
    script::{self, Request},
    server::{self, Durability},
};

/// Calls share a connection without waiting for each other; a call that is dropped leaves its reply to nobody.
///
/// Each new connection is checked before it is used, so a server that took the place of another is looked at as well.
pub(crate) struct Link {
    client: Client,
    durability: Durability,
    timeout: Duration,
    current: Mutex<Option<Arc<MultiplexedConnection>>>,
    /// Held by the one who connects.
    connecting: tokio::sync::Mutex<()>,
}

impl Link {
    pub(crate) fn new(client: Client, durability: Durability, timeout: Duration) -> Self {
        Self {
            client,
            durability,
            timeout,
            current: Mutex::default(),
            connecting: tokio::sync::Mutex::default(),
        }
    }

    /// Connects, and so checks the server.
    pub(crate) async fn open(&self) -> Result<(), Error> {
        self.in_time(self.deadline(), self.connection()).await.map(drop)
    }

    /// Sends a request that writes: once. Where the answer is lost nobody knows whether it was done, and a second one would find the
    /// first one's revision and call it a conflict.
    pub(crate) async fn write(&self, request: &Request) -> Result<Vec<Value>, Error> {
        self.attempt(request, self.deadline()).await
    }

    /// Sends a request that only reads: once more if the connection turned out to have ended.
    pub(crate) async fn read(&self, request: &Request) -> Result<Vec<Value>, Error> {
        let deadline = self.deadline();
        match self.attempt(request, deadline).await {
            Err(Error::Redis(error)) if ends_connection(&error) => self.attempt(request, deadline).await,
            outcome => outcome,
        }
    }

    async fn attempt(&self, request: &Request, deadline: Instant) -> Result<Vec<Value>, Error> {
        let connection = self.in_time(deadline, self.connection()).await?;
        let mut sender = MultiplexedConnection::clone(&connection);
        let outcome = self.in_time(deadline, async { Ok(request.send(&mut sender).await?) }).await;
        let over = match &outcome {
            Err(Error::Redis(error)) => ends_connection(error),
            Err(Error::TimedOut(_)) => true,
            _ => false,
        };
        if over {
            self.forget(&connection);
        }
        outcome
    }

    fn deadline(&self) -> Instant {
        Instant::now() + self.timeout
    }

    async fn in_time<T>(
        &self,
        deadline: Instant,
        work: impl Future<Output = Result<T, Error>>,
    ) -> Result<T, Error> {
        timeout_at(deadline, work).await.unwrap_or(Err(Error::TimedOut(self.timeout)))
    }

    async fn connection(&self) -> Result<Arc<MultiplexedConnection>, Error> {
        if let Some(connection) = self.current() {
            return Ok(connection);
        }
        let _one_at_a_time = self.connecting.lock().await;
        if let Some(connection) = self.current() {
            return Ok(connection);
        }
        let connection = Arc::new(self.connect().await?);
        self.set(Some(connection.clone()));
        Ok(connection)
    }

    async fn connect(&self) -> Result<MultiplexedConnection, Error> {
        // The time-outs are those of the whole call.
        let config = AsyncConnectionConfig::new().set_connection_timeout(None).set_response_timeout(None);
        let mut connection = self.client.get_multiplexed_async_connection_with_config(&config).await?;
        server::check(&mut connection, self.durability).await?;
        script::load(&mut connection).await?;
        Ok(connection)
    }

    fn current(&self) -> Option<Arc<MultiplexedConnection>> {
        self.current.lock().unwrap_or_else(PoisonError::into_inner).clone()
    }

    fn set(&self, connection: Option<Arc<MultiplexedConnection>>) {
        *self.current.lock().unwrap_or_else(PoisonError::into_inner) = connection;
    }

    /// Unless another has taken its place.
    fn forget(&self, over: &Arc<MultiplexedConnection>) {
        let mut current = self.current.lock().unwrap_or_else(PoisonError::into_inner);
        if current.as_ref().is_some_and(|current| Arc::ptr_eq(current, over)) {
            *current = None;
        }
    }
}

/// Whether a new connection may fare better: this one broke, or leads to a server that is no longer the primary.
fn ends_connection(error: &RedisError) -> bool {
    match error.kind() {
        ErrorKind::Server(kind) => matches!(kind, ServerErrorKind::ReadOnly | ServerErrorKind::MasterDown),
        ErrorKind::Extension => false,
        _ => true,
    }
}

impl fmt::Debug for Link {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Link")
            .field("server", &self.client.get_connection_info().addr())
            .field("durability", &self.durability)
            .field("timeout", &self.timeout)
            .finish_non_exhaustive()
    }
}
