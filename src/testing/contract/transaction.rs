//! Clause 3: the caller's transaction has no part in what the library writes.

use std::{
    future::Future,
    pin::Pin,
    sync::{Arc, Mutex, PoisonError},
    time::Duration,
};

use super::{
    Clause, fail,
    subject::{Subject, text_of},
};
use crate::{
    store::{BoxError, Swap, UserStore},
    testing::drive,
};

/// A call on the store under test, to be awaited by a hook of [`own_transaction`].
///
/// ```
/// use second_factor::testing::HostCall;
/// # struct Database;
/// # impl Database { async fn begin(&self) -> Self { Database } async fn rollback(self) {} }
///
/// /// A request of the service that fails: what it did itself is undone.
/// async fn failing_request(database: &Database, call: HostCall) {
///     let transaction = database.begin().await;
///     call.await;
///     transaction.rollback().await;
/// }
/// ```
pub type HostCall = Pin<Box<dyn Future<Output = ()> + Send>>;

/// Clause 3 of [`UserStore`]: what the store writes while a transaction of the caller is open survives when that is rolled back, and does
/// not wait for it. Returns if so.
///
/// `host` is how your service would do it: it opens a transaction, awaits the call, and rolls back. Where a transaction can be ambient (one
/// that a task or a thread carries along, or a connection that requests share), open it that way: such a store joins without being asked.
/// Let it write something of its own before the call, unless your database has only one writer at a time, as SQLite has: then a
/// transaction that writes must not be open during a call, and this test cannot hold one either.
///
/// ```
/// # #[tokio::main(flavor = "current_thread")] async fn main() {
/// use second_factor::{MemoryStore, testing::own_transaction};
/// # struct Database;
/// # impl Database { async fn begin(&self) -> Self { Database } async fn rollback(self) {} }
/// # let (store, database) = (MemoryStore::new(), Database);
///
/// own_transaction(store, |call| async {
///     let transaction = database.begin().await;
///     call.await;
///     transaction.rollback().await;
/// })
/// .await;
/// # }
/// ```
///
/// # Panics
///
/// If a write was rolled back, waited for 10 seconds, or returned an error inside of the transaction. The message names the clause.
pub async fn own_transaction<S, F>(store: S, host: impl Fn(HostCall) -> F)
where
    S: UserStore,
    F: Future<Output = ()>,
{
    let store = Arc::new(Subject::new(store));
    let user = store.new_user();
    let (first, second, late) = (store.new_record(), store.new_record(), store.new_record());

    let (at, who, next) = (store.clone(), user.clone(), first.clone());
    let created = inside(&host, "creating a record", async move { at.try_swap(&who, None, &next).await });
    is_done(created.await, Swap::Done, "creating a record");
    let what = "a record that was created inside of a transaction of the caller, which was rolled back";
    store.expect_stored(Clause::OnItsOwn, &user, &first, what).await;

    let (at, who, next) = (store.clone(), user.clone(), second.clone());
    let from = Some(first.revision());
    let swapped = inside(&host, "swapping", async move {
        let swapped = at.try_swap(&who, from, &next).await?;
        let stale = at.try_swap(&who, from, &late).await?;
        Ok((swapped, stale, at.try_load(&who).await?))
    });
    let (swapped, stale, found) = match swapped.await {
        Ok((swapped, stale, found)) => (Ok(swapped), Ok(stale), found),
        Err(error) => (Err(error), Ok(Swap::Conflict), None),
    };
    is_done(swapped, Swap::Done, "swapping");
    is_done(stale, Swap::Conflict, "swapping from a stale revision");
    let what = "after a swap inside of a transaction of the caller, read inside of it";
    super::subject::is_stored(Clause::OnItsOwn, found, &second, what);
    let what = "a record that was swapped inside of a transaction of the caller, which was rolled back";
    store.expect_stored(Clause::OnItsOwn, &user, &second, what).await;

    let (at, who, from) = (store.clone(), user.clone(), second.revision());
    let removed = inside(&host, "removing", async move { at.try_remove(&who, from).await });
    is_done(removed.await, Swap::Done, "removing");
    let what = "a record that was removed inside of a transaction of the caller, which was rolled back";
    store.expect_absent(Clause::OnItsOwn, &user, what).await;
}

/// How long a call may take while the host's transaction is open.
const PATIENCE: Duration = Duration::from_secs(10);

/// Makes a call inside of the host's transaction, to its end.
#[allow(clippy::panic, reason = "a test kit fails by panicking")]
async fn inside<T, F>(
    host: &impl Fn(HostCall) -> F,
    what: &str,
    call: impl Future<Output = Result<T, BoxError>> + Send + 'static,
) -> Result<T, BoxError>
where
    T: Send + 'static,
    F: Future<Output = ()>,
{
    let result = Arc::new(Mutex::new(None));
    let slot = result.clone();
    host(Box::pin(async move {
        let ended = drive::within(PATIENCE, Box::pin(call)).await;
        *slot.lock().unwrap_or_else(PoisonError::into_inner) = Some(ended);
    }))
    .await;
    let ended = result.lock().unwrap_or_else(PoisonError::into_inner).take();
    match ended {
        Some(Some(ended)) => ended,
        Some(None) => fail(
            Clause::OnItsOwn,
            format_args!(
                "{what} inside of a transaction of the caller waits for its end: not done after {} seconds",
                PATIENCE.as_secs()
            ),
        ),
        None => panic!("the hook of `own_transaction` has to await the call that it is given"),
    }
}

fn is_done(swap: Result<Swap, BoxError>, due: Swap, what: &str) {
    match swap {
        Ok(swap) if swap == due => {}
        Ok(swap) => fail(
            Clause::OnItsOwn,
            format_args!("{what} inside of a transaction of the caller: was {swap:?}, must be {due:?}"),
        ),
        Err(error) => fail(
            Clause::OnItsOwn,
            format_args!(
                "{what} inside of a transaction of the caller returned an error: {}",
                text_of(&error)
            ),
        ),
    }
}
