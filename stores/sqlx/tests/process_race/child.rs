//! A process that tries a code when it is told to.
//!
//! It reads lines and answers with lines that begin with [`MARK`]:
//!
//! ```text
//! ← try SECONDS TOKEN CODE     the time; the challenge, or `-` to begin one of its own; the code
//! → ready
//! ← go
//! → accepted | refused REASON | error TEXT
//! ```

use std::{env, future, io, path::Path, time::Duration};

use second_factor::{
    BoxError, FirstFactor, Revision, SignIn, StoredRecord, Swap, Token, UnixTime, UserKey, UserStore,
    Verifier, testing::ManualClock,
};
use second_factor_sqlx::SqliteStore;

use super::parent::{account, outcome, verifier};

/// What its answers begin with, for the test harness prints lines of its own.
pub const MARK: &str = "race: ";
/// Names the file, and that this process is one of the children.
pub const FILE: &str = "SECOND_FACTOR_RACE_FILE";
pub const KIND: &str = "SECOND_FACTOR_RACE_KIND";

/// The store that a process brings.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Kind {
    /// The one under test.
    Plain,
    /// One that breaks clause 1 on the same file.
    ReadCompareWrite,
    /// The one under test, stopped as if the process were slow.
    StopsBeforeTheSwap,
    StopsAfterTheSwap,
}

const KINDS: [Kind; 4] =
    [Kind::Plain, Kind::ReadCompareWrite, Kind::StopsBeforeTheSwap, Kind::StopsAfterTheSwap];

/// Not a test: the way into this program for the processes that the tests start. Without them it does nothing.
#[tokio::test]
async fn process() {
    let (Ok(file), Ok(kind)) = (env::var(FILE), env::var(KIND)) else { return };
    let kind = KINDS.into_iter().find(|known| format!("{known:?}") == kind).unwrap();
    let inner = SqliteStore::open(Path::new(&file)).await.unwrap();
    let clock = ManualClock::new(UnixTime::EPOCH);
    let verifier = verifier(Store { kind, inner }, &clock);

    let mut heard = io::stdin().lines().map(Result::unwrap);
    while let Some(line) = heard.next() {
        let words: Vec<&str> = line.split(' ').collect();
        let ["try", seconds, token, code] = words[..] else { panic!("not understood: {line}") };
        clock.set(UnixTime::from_seconds(seconds.parse().unwrap()));
        let token = if token == "-" { begin(&verifier).await } else { Token::from(token.to_owned()) };
        println!("{MARK}ready");
        assert_eq!(heard.next().unwrap(), "go");
        println!("{MARK}{}", outcome(verifier.verify(&account(), &token, code, None).await));
    }
}

pub async fn begin(verifier: &Verifier) -> Token {
    match verifier.begin(&account(), FirstFactor::Password, None).await.unwrap() {
        SignIn::Challenge(challenge) => challenge.token().clone(),
        other => panic!("an enrolled user is asked: {other:?}"),
    }
}

struct Store {
    kind: Kind,
    inner: SqliteStore,
}

impl UserStore for Store {
    type Error = BoxError;

    async fn load(&self, user: &UserKey) -> Result<Option<StoredRecord>, BoxError> {
        Ok(self.inner.load(user).await?)
    }

    async fn compare_and_swap(
        &self,
        user: &UserKey,
        expected: Option<Revision>,
        next: &StoredRecord,
    ) -> Result<Swap, BoxError> {
        match self.kind {
            Kind::Plain => Ok(self.inner.compare_and_swap(user, expected, next).await?),
            Kind::ReadCompareWrite => self.read_compare_write(user, expected, next).await,
            Kind::StopsBeforeTheSwap => {
                println!("{MARK}about to swap");
                future::pending().await
            }
            Kind::StopsAfterTheSwap => {
                let swap = self.inner.compare_and_swap(user, expected, next).await?;
                assert_eq!(swap, Swap::Done);
                println!("{MARK}swapped");
                future::pending().await
            }
        }
    }

    async fn remove(&self, user: &UserKey, expected: Revision) -> Result<Swap, BoxError> {
        Ok(self.inner.remove(user, expected).await?)
    }
}

impl Store {
    async fn read_compare_write(
        &self,
        user: &UserKey,
        expected: Option<Revision>,
        next: &StoredRecord,
    ) -> Result<Swap, BoxError> {
        if self.inner.load(user).await?.map(|found| found.revision()) != expected {
            return Ok(Swap::Conflict);
        }
        // As long as a database takes to answer over a network.
        tokio::time::sleep(Duration::from_millis(2)).await;
        sqlx::query("UPDATE second_factor SET revision = ?3, record = ?4 WHERE tenant = ?1 AND user_id = ?2")
            .bind(user.tenant().as_str().as_bytes())
            .bind(user.user().as_bytes())
            .bind(next.revision().as_bytes().as_slice())
            .bind(next.sealed())
            .execute(self.inner.pool())
            .await?;
        Ok(Swap::Done)
    }
}
