//! The audit log: what happened to whom, by whom and when, kept in a table of the service.
//!
//! The library tells of each event inside the request, and is not kept waiting: the entry goes into a queue, and one task writes what is in
//! it, many entries in one transaction. So an entry is in the table a moment later, and what may be lost is this:
//!
//! - The process is killed, or the machine fails: what was in the queue, usually the last few milliseconds. (Told to stop, the service
//!   writes all of it first.)
//! - The table cannot be written for so long that the queue is full: what comes then. Each company's log says how many those were.
//!
//! Nothing of it touches anybody's second factor. What must not be lost even so is a notice: those wait in the record itself.

mod export;
mod search;
mod words;

use std::{
    collections::BTreeMap,
    mem,
    sync::{Arc, Mutex, PoisonError},
    time::Duration,
};

use second_factor::{Actor, Because, BoxError, Clock, Event, EventKind, SystemClock, UnixTime, UserKey};
use serde::{Deserialize, Serialize};
use sqlx::SqlitePool;
use tokio::{
    sync::{mpsc, oneshot},
    time::sleep,
};

pub(crate) use self::{
    export::{COLUMNS, to_csv},
    search::{Entry, Filter, Page, recent},
    words::KINDS,
};

/// So many entries wait while the table cannot be written.
const ROOM: usize = 4096;

/// So many go into one transaction.
const BATCH: usize = 256;

/// What the library does not see.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub(crate) enum ServiceEvent {
    /// The password was wrong: nobody was asked for a code.
    PasswordRefused,
    PasswordChanged,
    /// A session was opened with no second factor.
    SignedInWithout {
        because: Because,
    },
    SignedOut,
    /// An administrator invited somebody, who is no user yet.
    Invited {
        address: String,
    },
    /// An administrator saved another policy.
    PolicySaved {
        requirement: String,
    },
    /// And another text for mails.
    ContactSaved,
    /// So many entries found no room while the table could not be written.
    EntriesLost {
        count: u64,
    },
}

/// What happened.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub(crate) enum What {
    SecondFactor(EventKind),
    Service(ServiceEvent),
}

impl What {
    /// As it stands in the table: its name, by which it can be searched for, and all of it.
    fn stored(&self) -> serde_json::Result<(String, String)> {
        let value = serde_json::to_value(self)?;
        let inner = value.as_object().and_then(|outer| outer.values().next());
        let name = inner.and_then(|inner| match inner {
            serde_json::Value::Object(fields) => fields.keys().next().map(String::as_str),
            other => other.as_str(),
        });
        Ok((name.unwrap_or("unknown").to_owned(), value.to_string()))
    }
}

/// An entry on its way into the table.
struct New {
    tenant: String,
    user: Option<String>,
    by: Option<Actor>,
    at: UnixTime,
    kind: String,
    what: String,
}

impl New {
    fn of(tenant: &str, user: Option<&str>, at: UnixTime, what: &What) -> serde_json::Result<Self> {
        let (kind, what) = what.stored()?;
        Ok(Self { tenant: tenant.to_owned(), user: user.map(str::to_owned), by: None, at, kind, what })
    }
}

enum Work {
    Write(Box<New>),
    /// Somebody waits until everything before this is written.
    Settle(oneshot::Sender<()>),
}

/// Takes entries. A clone of it writes into the same log.
#[derive(Clone)]
pub(crate) struct Audit {
    queue: mpsc::Sender<Work>,
    /// By tenant, how many entries found no room.
    lost: Arc<Mutex<BTreeMap<String, u64>>>,
}

impl Audit {
    /// Starts the task that writes.
    pub(crate) fn start(pool: SqlitePool) -> Self {
        let (queue, work) = mpsc::channel(ROOM);
        let lost = Arc::default();
        tokio::spawn(write_all(pool, work, Arc::clone(&lost)));
        Self { queue, lost }
    }

    /// The library's audit hook.
    pub(crate) fn event(&self, event: &Event) {
        let (user, what) = (event.user(), What::SecondFactor(event.kind().clone()));
        tracing::info!(target: "audit", tenant = user.tenant().as_str(), user = user.user(), at = event.at().seconds(), kind = ?event.kind());
        self.write(user, event.by().cloned(), event.at(), &what);
    }

    /// Something that the library does not see, done by the user or by somebody else.
    pub(crate) fn service(&self, user: &UserKey, by: Option<&UserKey>, what: ServiceEvent) {
        tracing::info!(target: "audit", tenant = user.tenant().as_str(), user = user.user(), kind = ?what);
        let by = by.cloned().map(Actor::User);
        self.write(user, by, SystemClock.now(), &What::Service(what));
    }

    fn write(&self, user: &UserKey, by: Option<Actor>, at: UnixTime, what: &What) {
        let tenant = user.tenant().as_str();
        let queued = match New::of(tenant, Some(user.user()), at, what) {
            Ok(new) => self.queue.try_send(Work::Write(Box::new(New { by, ..new }))).map_err(BoxError::from),
            Err(error) => Err(error.into()),
        };
        if let Err(error) = queued {
            tracing::error!(error, tenant, "an entry of the audit log is lost");
            let mut lost = self.lost.lock().unwrap_or_else(PoisonError::into_inner);
            let count = lost.entry(tenant.to_owned()).or_default();
            *count = count.saturating_add(1);
        }
    }

    /// Waits until what happened so far is in the table, but not long: for a page that shows it, and for the end of the service.
    pub(crate) async fn settle(&self) {
        let (done, written) = oneshot::channel();
        let wait = async {
            if self.queue.send(Work::Settle(done)).await.is_ok() {
                let _ended = written.await;
            }
        };
        if tokio::time::timeout(Duration::from_secs(5), wait).await.is_err() {
            tracing::error!("the audit log is behind");
        }
    }
}

async fn write_all(
    pool: SqlitePool,
    mut work: mpsc::Receiver<Work>,
    lost: Arc<Mutex<BTreeMap<String, u64>>>,
) {
    let mut batch = Vec::with_capacity(BATCH);
    while work.recv_many(&mut batch, BATCH).await > 0 {
        let (mut entries, mut waiting) = (Vec::new(), Vec::new());
        for one in batch.drain(..) {
            match one {
                Work::Write(new) => entries.push(*new),
                Work::Settle(done) => waiting.push(done),
            }
        }
        entries.extend(losses(&lost));
        while let Err(error) = insert(&pool, &entries).await {
            tracing::error!(%error, "the audit log cannot be written; it is tried again");
            sleep(Duration::from_secs(1)).await;
        }
        for done in waiting {
            let _gave_up = done.send(());
        }
    }
}

/// An entry for each tenant that has lost some.
fn losses(lost: &Mutex<BTreeMap<String, u64>>) -> Vec<New> {
    let lost = mem::take(&mut *lost.lock().unwrap_or_else(PoisonError::into_inner));
    let entry = |(tenant, count): (String, u64)| {
        New::of(&tenant, None, SystemClock.now(), &What::Service(ServiceEvent::EntriesLost { count })).ok()
    };
    lost.into_iter().filter_map(entry).collect()
}

async fn insert(pool: &SqlitePool, entries: &[New]) -> sqlx::Result<()> {
    if entries.is_empty() {
        return Ok(());
    }
    let mut transaction = pool.begin().await?;
    for new in entries {
        let (by_user, by_operator) = match &new.by {
            None => (None, None),
            Some(Actor::User(user)) => (Some(user.user()), None),
            Some(Actor::Operator(name)) => (None, Some(name.as_str())),
        };
        sqlx::query(
            "INSERT INTO audit (tenant, user_id, by_user_id, by_operator, at, kind, what) VALUES (?, ?, ?, ?, ?, ?, ?)",
        )
        .bind(&new.tenant)
        .bind(&new.user)
        .bind(by_user)
        .bind(by_operator)
        .bind(new.at.seconds().cast_signed())
        .bind(&new.kind)
        .bind(&new.what)
        .execute(&mut *transaction)
        .await?;
    }
    transaction.commit().await
}
