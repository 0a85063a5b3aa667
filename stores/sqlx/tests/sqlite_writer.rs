//! Those who arrive together at an SQLite store: what shares a transaction or a statement, and what each of them is told.
#![allow(
    missing_docs,
    unreachable_pub,
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::print_stdout
)]

#[path = "sqlite_writer/disk.rs"]
mod disk;
#[path = "sqlite_writer/failures.rs"]
mod failures;
#[path = "sqlite_writer/gone.rs"]
mod gone;
#[path = "sqlite_writer/killed.rs"]
mod killed;
#[path = "sqlite_writer/loads.rs"]
mod loads;
#[path = "sqlite_writer/place.rs"]
mod place;
#[path = "sqlite_writer/pool.rs"]
mod pool;
#[path = "sqlite_writer/swaps.rs"]
mod swaps;

use second_factor::{Swap, UserStore};

use place::{Place, create, create_all, in_line, in_time, number, record, revision, user};

/// The write ahead of a [`place::Line`] commits by itself.
const AHEAD: usize = 1;

#[tokio::test(flavor = "multi_thread")]
async fn what_arrives_together_is_committed_together() {
    let place = Place::new();
    let store = place.store().await;
    let line = place.line(&store).await;
    let before = place.commits();
    let creating = create_all(&store, 0..100).await;
    line.go().await;
    for created in creating {
        assert_eq!(created.await.unwrap().unwrap(), Swap::Done);
    }
    assert_eq!(place.commits() - before, AHEAD + 1);
}

/// The equal case and one more: 128 go into one transaction, the next one into the next.
#[tokio::test(flavor = "multi_thread")]
async fn a_transaction_has_an_end() {
    for (writes, commits) in [(128, 1), (129, 2)] {
        let place = Place::new();
        let store = place.store().await;
        let line = place.line(&store).await;
        let before = place.commits();
        let creating = create_all(&store, 0..writes).await;
        line.go().await;
        for created in creating {
            assert_eq!(created.await.unwrap().unwrap(), Swap::Done);
        }
        assert_eq!(place.commits() - before, AHEAD + commits);
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn p1_of_those_who_swap_from_one_revision_in_one_transaction_the_first_is_done() {
    let place = Place::new();
    let store = place.store().await;
    assert_eq!(store.compare_and_swap(&user(0), None, &record(1)).await.unwrap(), Swap::Done);
    let line = place.line(&store).await;
    let before = place.commits();

    let mut swapping = Vec::new();
    for next in 2..6 {
        let store = store.clone();
        swapping.push(
            in_line(async move { store.compare_and_swap(&user(0), Some(revision(1)), &record(next)).await })
                .await,
        );
    }
    // One after the other, within the same transaction.
    for (expected, then) in [(2, 6), (6, 7)] {
        let store = store.clone();
        swapping.push(
            in_line(async move {
                store.compare_and_swap(&user(0), Some(revision(expected)), &record(then)).await
            })
            .await,
        );
    }
    let remover = store.clone();
    let removing = tokio::spawn(async move { remover.remove(&user(0), revision(6)).await });
    line.go().await;

    let mut answers = Vec::new();
    for swapped in swapping {
        answers.push(swapped.await.unwrap().unwrap());
    }
    let conflict = Swap::Conflict;
    assert_eq!(answers, [Swap::Done, conflict, conflict, conflict, Swap::Done, Swap::Done]);
    assert_eq!(removing.await.unwrap().unwrap(), Swap::Conflict);
    assert_eq!(place.commits() - before, AHEAD + 1);
    assert_eq!(number(&store.load(&user(0)).await.unwrap().unwrap()), 7);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_removal_and_a_creation_in_one_transaction_see_each_other() {
    let place = Place::new();
    let store = place.store().await;
    assert_eq!(store.compare_and_swap(&user(0), None, &record(1)).await.unwrap(), Swap::Done);
    let line = place.line(&store).await;
    let (remover, creator) = (store.clone(), store.clone());
    let removing = in_line(async move { remover.remove(&user(0), revision(1)).await }).await;
    let creating = in_line(async move { creator.compare_and_swap(&user(0), None, &record(2)).await }).await;
    line.go().await;
    assert_eq!(removing.await.unwrap().unwrap(), Swap::Done);
    assert_eq!(creating.await.unwrap().unwrap(), Swap::Done);
    assert_eq!(number(&store.load(&user(0)).await.unwrap().unwrap()), 2);
}

/// Two stores on one file, as in two processes, with many writers each.
#[tokio::test(flavor = "multi_thread")]
async fn p1_two_writers_on_one_file_answer_one_creation_of_each_record_with_done() {
    let place = Place::new();
    let stores = [place.store().await, place.store().await];
    for round in 0..20 {
        let mut creating = Vec::new();
        for turn in 0..16 {
            creating.push(create(&stores[turn % 2], round).await);
        }
        let mut done = 0;
        for created in creating {
            done += usize::from(in_time(created).await.unwrap().unwrap() == Swap::Done);
        }
        assert_eq!(done, 1, "round {round}");
    }
}
