//! Driving futures without a runtime of our own: in the caller's task, or on threads.

use std::{
    future::{Future, pending, poll_fn},
    pin::{Pin, pin},
    sync::{
        Arc, Mutex, PoisonError,
        atomic::{AtomicBool, AtomicUsize, Ordering},
        mpsc::{RecvTimeoutError, channel},
    },
    task::{Poll, Waker},
    thread,
    time::Duration,
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

/// Sets `waited` if the call ever has to wait.
pub(super) async fn noting_waits<T>(call: impl Future<Output = T>, waited: &AtomicBool) -> T {
    let mut call = pin!(call);
    poll_fn(|cx| {
        let polled = call.as_mut().poll(cx);
        if polled.is_pending() {
            waited.store(true, Ordering::SeqCst);
        }
        polled
    })
    .await
}

/// Lets everything else in this task go first.
pub(super) async fn yield_once() {
    let mut yielded = false;
    poll_fn(|cx| {
        if yielded {
            return Poll::Ready(());
        }
        yielded = true;
        cx.waker().wake_by_ref();
        Poll::Pending
    })
    .await;
}

/// Lets time pass.
pub(super) async fn pause(time: Duration) {
    let _never = within(time, Box::pin(pending::<()>())).await;
}

/// Waits for a call for so long, and drops it then. There is no timer without a runtime, so a thread is one.
pub(super) async fn within<T>(limit: Duration, mut call: Call<'_, T>) -> Option<T> {
    let alarm = Arc::new(Alarm::default());
    // Dropping it ends the thread.
    let mut timer = None;
    poll_fn(|cx| {
        if let Poll::Ready(value) = call.as_mut().poll(cx) {
            return Poll::Ready(Some(value));
        }
        if alarm.set(cx.waker()) {
            return Poll::Ready(None);
        }
        timer.get_or_insert_with(|| {
            let (timer, dropped) = channel::<()>();
            let alarm = alarm.clone();
            thread::spawn(move || {
                if let Err(RecvTimeoutError::Timeout) = dropped.recv_timeout(limit) {
                    alarm.ring();
                }
            });
            timer
        });
        Poll::Pending
    })
    .await
}

/// Whether time is up, and whom to wake then.
#[derive(Default)]
struct Alarm(Mutex<(bool, Option<Waker>)>);

impl Alarm {
    /// Whether it has rung already.
    fn set(&self, waker: &Waker) -> bool {
        let mut alarm = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        alarm.1 = Some(waker.clone());
        alarm.0
    }

    fn ring(&self) {
        let mut alarm = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        alarm.0 = true;
        if let Some(waker) = alarm.1.take() {
            waker.wake();
        }
    }
}
