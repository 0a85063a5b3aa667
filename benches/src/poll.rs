//! Calls without a runtime.

use std::{
    future::Future,
    pin::pin,
    task::{Context, Poll, Waker},
};

/// What awaits nobody, as over a store in memory, is done at the first poll.
///
/// # Panics
///
/// If it waits.
pub fn at_once<T>(future: impl Future<Output = T>) -> T {
    match pin!(future).as_mut().poll(&mut Context::from_waker(Waker::noop())) {
        Poll::Ready(value) => value,
        Poll::Pending => panic!("it waits"),
    }
}
