//! What becomes of records when the server, the network or the caller goes away.
#![allow(missing_docs, clippy::unwrap_used, clippy::panic)]

mod support;

use std::{
    future::Future,
    net::TcpListener,
    sync::{
        Arc, Mutex,
        atomic::{AtomicU64, Ordering},
    },
    task::{Context, Poll, Waker},
    time::Duration,
};

use second_factor::{Swap, UserDirectory, UserKey, UserStore, testing::durable};
use second_factor_redis::{Error, RedisStore};
use second_factor_testbed::records::{number, record, user};
use second_factor_testbed::{Fault, Proxy, Redis};
use support::{Admin, Place, impatient};
use tokio::time::Instant;

/// Writers swap as fast as they can, and the server is killed under them, again and again.
#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn p1_what_was_acknowledged_survives_a_kill() {
    const CRASHES: u64 = 5;
    const WRITERS: usize = 8;
    let Some(mut server) = Redis::start(&[]) else { return };
    let acknowledged: Arc<Vec<AtomicU64>> = Arc::new((0..WRITERS).map(|_| AtomicU64::new(0)).collect());
    let id = |writer: usize| UserKey::new("acme", writer.to_string());
    let store = RedisStore::open(&server.url()).await.unwrap();
    for writer in 0..WRITERS {
        assert_eq!(store.compare_and_swap(&id(writer), None, &record(0)).await.unwrap(), Swap::Done);
    }
    for _ in 0..CRASHES {
        let before: u64 = acknowledged.iter().map(|last| last.load(Ordering::SeqCst)).sum();
        let writing: Vec<_> = (0..WRITERS)
            .map(|writer| {
                let (store, acknowledged) = (store.clone(), acknowledged.clone());
                tokio::spawn(async move {
                    loop {
                        // An error leaves open whether it was written, so what is there is the beginning of the next.
                        let Ok(Some(found)) = store.load(&id(writer)).await else { return };
                        let next = number(&found) + 1;
                        match store.compare_and_swap(&id(writer), Some(found.revision()), &record(next)).await
                        {
                            Ok(Swap::Done) => acknowledged[writer].store(next, Ordering::SeqCst),
                            Ok(Swap::Conflict) => panic!("nobody else writes"),
                            Err(_) => return,
                        }
                    }
                })
            })
            .collect();
        while acknowledged.iter().map(|last| last.load(Ordering::SeqCst)).sum::<u64>() < before + 100 {
            tokio::time::sleep(Duration::from_millis(1)).await;
        }
        server.kill();
        for writer in writing {
            writer.await.unwrap();
        }
        server.restart();
        for writer in 0..WRITERS {
            let found = number(&store.load(&id(writer)).await.unwrap().unwrap());
            let last = acknowledged[writer].load(Ordering::SeqCst);
            assert!(found == last || found == last + 1, "acknowledged {last}, found {found}");
        }
    }
    assert_eq!(store.list(user().tenant(), None, 100).await.unwrap().len(), WRITERS, "the directory, too");
}

/// Kills the server and starts it again, while others try to write.
async fn restart(server: Arc<Mutex<Redis>>) {
    let restarting = tokio::task::spawn_blocking(move || {
        let mut server = server.lock().unwrap();
        server.kill();
        std::thread::sleep(Duration::from_millis(100));
        server.restart();
    });
    restarting.await.unwrap();
}

#[tokio::test(flavor = "multi_thread")]
async fn keeps_what_it_acknowledged() {
    let Some(server) = Redis::start(&[]) else { return };
    let url = server.url();
    let server = Arc::new(Mutex::new(server));
    durable(|| impatient(&url), || restart(server.clone())).await;
}

/// The control: the server that `accept_loss_on_crash` is the word for.
#[tokio::test(flavor = "multi_thread")]
async fn a_server_that_keeps_nothing_is_found_out() {
    let Some(server) = Redis::start(&[("appendonly", "no")]) else { return };
    let url = server.url();
    let server = Arc::new(Mutex::new(server));
    let open = move || {
        let opened = RedisStore::builder(url.as_str()).accept_loss_on_crash().open();
        async { opened.await.unwrap() }
    };
    let lost = tokio::spawn(async move { durable(open, || restart(server.clone())).await }).await;
    let said = *lost.unwrap_err().into_panic().downcast::<String>().unwrap();
    assert!(said.contains("clause 2 (durable)"), "{said}");
}

/// The idle connection was closed, by the server or on the way: nobody notices.
#[tokio::test]
async fn a_read_connects_anew_where_the_connection_has_ended() {
    let Some(mut server) = Redis::start(&[]) else { return };
    let store = RedisStore::open(&server.url()).await.unwrap();
    assert_eq!(store.compare_and_swap(&user(), None, &record(1)).await.unwrap(), Swap::Done);
    let killed: u64 = Admin::of(&server.url()).ask("CLIENT KILL TYPE normal");
    assert_eq!(killed, 1);
    assert!(store.load(&user()).await.unwrap().is_some());
    server.restart();
    assert_eq!(store.list(user().tenant(), None, 1).await.unwrap().len(), 1);
    let swapped = store.compare_and_swap(&user(), Some(record(1).revision()), &record(2)).await.unwrap();
    assert_eq!(swapped, Swap::Done);

    server.kill();
    assert!(matches!(store.load(&user()).await, Err(Error::Redis(_))), "and never says that nobody is there");
    server.restart();
    assert_eq!(number(&store.load(&user()).await.unwrap().unwrap()), 2);
}

/// A write whose answer is lost was made, and is not sent again: a second one would call it a conflict.
#[tokio::test]
async fn p42_a_write_is_sent_once_and_its_lost_answer_is_an_error() {
    let Some(server) = Redis::start(&[]) else { return };
    let proxy = Proxy::before(&server.url());
    let store = impatient(proxy.url()).await;
    let mut admin = Admin::of(&server.url());
    for fault in [Fault::CutReply, Fault::SwallowReply] {
        let (first, second) = (record(1).revision(), record(2).revision());
        let _: () = admin.ask("CONFIG RESETSTAT");
        proxy.once(fault);
        store.compare_and_swap(&user(), None, &record(1)).await.unwrap_err();
        assert_eq!((proxy.happened(), admin.calls("evalsha")), (true, 1), "{fault:?}");
        assert_eq!(store.load(&user()).await.unwrap().unwrap().revision(), first, "created");

        let _: () = admin.ask("CONFIG RESETSTAT");
        proxy.once(fault);
        store.compare_and_swap(&user(), Some(first), &record(2)).await.unwrap_err();
        assert_eq!((proxy.happened(), admin.calls("evalsha")), (true, 1), "{fault:?}");
        assert_eq!(store.load(&user()).await.unwrap().unwrap().revision(), second, "swapped");

        let _: () = admin.ask("CONFIG RESETSTAT");
        proxy.once(fault);
        store.remove(&user(), second).await.unwrap_err();
        assert_eq!((proxy.happened(), admin.calls("evalsha")), (true, 1), "{fault:?}");
        assert!(store.load(&user()).await.unwrap().is_none(), "removed");
        assert!(store.list(user().tenant(), None, 1).await.unwrap().is_empty());
    }
}

#[tokio::test]
async fn p42_a_write_that_does_not_arrive_is_an_error_and_was_not_made() {
    let Some(server) = Redis::start(&[]) else { return };
    let proxy = Proxy::before(&server.url());
    let store = impatient(proxy.url()).await;
    assert_eq!(store.compare_and_swap(&user(), None, &record(1)).await.unwrap(), Swap::Done);
    let first = record(1).revision();
    for fault in [Fault::CutRequest, Fault::SwallowRequest] {
        proxy.once(fault);
        store.compare_and_swap(&user(), Some(first), &record(2)).await.unwrap_err();
        assert!(proxy.happened());
        proxy.once(fault);
        store.remove(&user(), first).await.unwrap_err();
        assert!(proxy.happened());
        assert_eq!(store.load(&user()).await.unwrap().unwrap().revision(), first, "{fault:?}");
    }
}

/// As long as it lasts; in time; and it is over as soon as the network is back.
#[tokio::test]
async fn p42_no_fault_of_the_network_is_an_absence_or_a_conflict() {
    let Some(server) = Redis::start(&[]) else { return };
    let proxy = Proxy::before(&server.url());
    let store = impatient(proxy.url()).await;
    assert_eq!(store.compare_and_swap(&user(), None, &record(1)).await.unwrap(), Swap::Done);
    for fault in [Fault::CutRequest, Fault::CutReply, Fault::SwallowRequest, Fault::SwallowReply] {
        proxy.set(fault);
        let begun = Instant::now();
        store.load(&user()).await.unwrap_err();
        store.compare_and_swap(&user(), None, &record(2)).await.unwrap_err();
        store.remove(&user(), record(2).revision()).await.unwrap_err();
        store.summaries(&[user()]).await.unwrap_err();
        store.list(user().tenant(), None, 1).await.unwrap_err();
        assert!(begun.elapsed() < Duration::from_millis(5 * 400 + 500), "{:?}", begun.elapsed());
        proxy.set(Fault::None);
        assert_eq!(number(&store.load(&user()).await.unwrap().unwrap()), 1, "{fault:?}");
    }
    proxy.set(Fault::Delay(Duration::from_millis(50)));
    assert_eq!(number(&store.load(&user()).await.unwrap().unwrap()), 1, "slow is not too late");
    proxy.set(Fault::Delay(Duration::from_millis(450)));
    assert!(matches!(store.load(&user()).await, Err(Error::TimedOut(_))));
}

#[tokio::test]
async fn a_server_that_accepts_and_says_nothing_is_given_up_on_in_time() {
    let silent = TcpListener::bind("127.0.0.1:0").unwrap();
    let url = format!("redis://{}", silent.local_addr().unwrap());
    let begun = Instant::now();
    let refused = RedisStore::builder(url).timeout(Duration::from_millis(300)).open().await.unwrap_err();
    assert_eq!(refused.to_string(), "redis did not answer within 300ms");
    assert!((300..1000).contains(&begun.elapsed().as_millis()), "{:?}", begun.elapsed());
}

/// Many wait while one connects: each gives up by its own clock, not after all those before it.
#[tokio::test(flavor = "multi_thread")]
async fn calls_do_not_queue_up_behind_a_server_that_says_nothing() {
    let Some(server) = Redis::start(&[]) else { return };
    let proxy = Proxy::before(&server.url());
    let store = impatient(proxy.url()).await;
    proxy.set(Fault::SwallowRequest);
    let begun = Instant::now();
    let calls: Vec<_> = (0..50)
        .map(|_| {
            let store = store.clone();
            tokio::spawn(async move { store.load(&user()).await })
        })
        .collect();
    for call in calls {
        assert!(matches!(call.await.unwrap(), Err(Error::TimedOut(_))));
    }
    assert!(begun.elapsed() < Duration::from_millis(1000), "{:?}", begun.elapsed());
}

#[tokio::test]
async fn a_server_that_forgot_the_scripts_is_told_them_again() {
    let Some(server) = Redis::start(&[]) else { return };
    let store = RedisStore::open(&server.url()).await.unwrap();
    let mut admin = Admin::of(&server.url());
    let _: () = admin.ask("SCRIPT FLUSH");
    assert_eq!(store.compare_and_swap(&user(), None, &record(1)).await.unwrap(), Swap::Done);
    let _: () = admin.ask("SCRIPT FLUSH");
    assert!(store.load(&user()).await.unwrap().is_some());
    let _: () = admin.ask("SCRIPT FLUSH");
    assert_eq!(store.list(user().tenant(), None, 1).await.unwrap().len(), 1);
    let _: () = admin.ask("SCRIPT FLUSH");
    let others = [UserKey::new("acme", "1"), user(), UserKey::new("other", "2")];
    let found: Vec<bool> = store.summaries(&others).await.unwrap().iter().map(Option::is_some).collect();
    assert_eq!(found, [false, true, false]);
    let _: () = admin.ask("SCRIPT FLUSH");
    assert_eq!(store.remove(&user(), record(1).revision()).await.unwrap(), Swap::Done);
}

/// Calls that share a connection, half of them dropped midway: no answer reaches another call.
#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn dropped_calls_leave_the_answers_of_others_where_they_belong() {
    const USERS: u64 = 50;
    let Some(place) = Place::new() else { return };
    let store = place.store().await;
    let id = |id: u64| UserKey::new("acme", id.to_string());
    for user in 0..USERS {
        assert_eq!(store.compare_and_swap(&id(user), None, &record(user)).await.unwrap(), Swap::Done);
    }
    let callers: Vec<_> = (0..8)
        .map(|caller| {
            let store = store.clone();
            tokio::spawn(async move {
                for round in 0..1000 {
                    let user = id((caller * 7 + round) % USERS);
                    if round % 2 == 0 {
                        // The first poll hands the request over; then it is dropped.
                        let mut call = Box::pin(store.load(&user));
                        let polled = call.as_mut().poll(&mut Context::from_waker(Waker::noop()));
                        assert!(matches!(polled, Poll::Pending | Poll::Ready(Ok(Some(_)))));
                    } else {
                        let found = store.load(&user).await.unwrap().unwrap();
                        assert_eq!(number(&found).to_string(), user.user());
                    }
                }
            })
        })
        .collect();
    for caller in callers {
        caller.await.unwrap();
    }
}

#[test]
fn a_store_outlives_the_runtime_in_which_it_connected() {
    let Some(place) = Place::new() else { return };
    let runtime = || tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
    let store = runtime().block_on(place.store());
    for _ in 0..3 {
        assert!(runtime().block_on(store.load(&user())).unwrap().is_none());
    }
}
