//! Passwords: Argon2id, off the async threads, a few at a time.

use std::{sync::Arc, thread};

use argon2::{
    Argon2,
    password_hash::{Error, PasswordHasher, PasswordVerifier, phc::PasswordHash},
};
use tokio::{sync::Semaphore, task::spawn_blocking};

/// Fewer characters are not taken (NIST SP 800-63B-4 §3.1.1.2, where a second factor can be had).
pub(crate) const SHORTEST: usize = 8;

#[derive(Clone)]
pub(crate) struct Passwords {
    /// Checked in place of the hash of a user who does not exist, so that the answer takes as long.
    decoy: Arc<str>,
    /// One hash takes 19 MiB: a crowd at the door has to queue.
    room: Arc<Semaphore>,
}

impl Passwords {
    pub(crate) fn new() -> Result<Self, Error> {
        let at_once = thread::available_parallelism().map_or(1, usize::from);
        Ok(Self { decoy: hash("nobody")?.into(), room: Arc::new(Semaphore::new(at_once)) })
    }

    /// The hash to keep, as a PHC string.
    pub(crate) async fn hash(&self, password: String) -> Result<String, Error> {
        self.in_the_background(move || hash(&password)).await
    }

    /// Whether this is the password. With no hash (no such user) the answer is no, after the same work.
    pub(crate) async fn verify(&self, password: String, expected: Option<String>) -> Result<bool, Error> {
        let user_exists = expected.is_some();
        let expected = expected.unwrap_or_else(|| self.decoy.to_string());
        let equal = self.in_the_background(move || verify(&password, &expected)).await?;
        Ok(equal && user_exists)
    }

    async fn in_the_background<T: Send + 'static>(
        &self,
        work: impl FnOnce() -> Result<T, Error> + Send + 'static,
    ) -> Result<T, Error> {
        let room = Arc::clone(&self.room).acquire_owned().await.map_err(|_| Error::Internal)?;
        // The permit goes along: a request that is given up does not stop the work, nor make room before it is done.
        spawn_blocking(move || {
            let done = work();
            drop(room);
            done
        })
        .await
        .map_err(|_| Error::Internal)?
    }
}

fn hash(password: &str) -> Result<String, Error> {
    Ok(Argon2::default().hash_password(password.as_bytes())?.to_string())
}

fn verify(password: &str, expected: &str) -> Result<bool, Error> {
    let expected = PasswordHash::new(expected).map_err(|_| Error::EncodingInvalid)?;
    match Argon2::default().verify_password(password.as_bytes(), &expected) {
        Ok(()) => Ok(true),
        Err(Error::PasswordInvalid) => Ok(false),
        Err(error) => Err(error),
    }
}
