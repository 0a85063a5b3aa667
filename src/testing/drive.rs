//! Driving futures without a runtime of our own: in the caller's task, or on threads.

use std::{
    future::{Future, poll_fn},
    pin::Pin,
    sync::atomic::{AtomicUsize, Ordering},
    task::Poll,
    thread,
};

use crate::blocking::wait_for;

/// A call on a store that has not begun.
pub(super) type Call<'s, T> = Pin<Box<dyn Future<Output = T> + Send + 's>>;

/// What came of calls that ran at once.
pub(super) struct Raced<T> {
    /// The results, in the order of the calls.
    pub(super) results: Vec<T>,
    /// Whether any call ever had to wait. If none did, each ran from start to end without the others: nothing overlapped.
    pub(super) waited: bool,
}

/// Runs all calls in the caller's task: each is polled once before any is polled again, so they overlap wherever they wait.
///
/// They stay in the task, and so in the runtime, of whoever runs the test: drivers that need theirs find it.
pub(super) async fn interleaved<T>(calls: Vec<Call<'_, T>>) -> Raced<T> {
    let mut running: Vec<(Call<'_, T>, Option<T>)> = calls.into_iter().map(|call| (call, None)).collect();
    let mut waited = false;
    poll_fn(|cx| {
        let mut pending = false;
        for (call, result) in &mut running {
            if result.is_none() {
                match call.as_mut().poll(cx) {
                    Poll::Ready(value) => *result = Some(value),
                    Poll::Pending => pending = true,
                }
            }
        }
        waited |= pending;
        if pending { Poll::Pending } else { Poll::Ready(()) }
    })
    .await;
    Raced { results: running.into_iter().filter_map(|(_, result)| result).collect(), waited }
}

/// Runs each call on a thread of its own. All threads are running before any call begins.
pub(super) fn on_threads<T: Send>(calls: Vec<Call<'_, T>>) -> Vec<T> {
    let missing = AtomicUsize::new(calls.len());
    thread::scope(|scope| {
        let threads: Vec<_> = calls
            .into_iter()
            .map(|call| {
                scope.spawn(|| {
                    missing.fetch_sub(1, Ordering::SeqCst);
                    while missing.load(Ordering::SeqCst) > 0 {
                        thread::yield_now();
                    }
                    wait_for(call)
                })
            })
            .collect();
        threads
            .into_iter()
            .map(|thread| thread.join().unwrap_or_else(|panic| std::panic::resume_unwind(panic)))
            .collect()
    })
}

/// Polls `call` at most `times` times, and drops it. Whether it has finished by then is left open.
pub(super) async fn abandon_after<T>(times: usize, mut call: Call<'_, T>) {
    let mut polls = 0;
    poll_fn(|cx| {
        if polls == times {
            return Poll::Ready(());
        }
        polls += 1;
        let finished = call.as_mut().poll(cx).is_ready();
        if finished || polls == times { Poll::Ready(()) } else { Poll::Pending }
    })
    .await;
}
