//! Clause 4: what was acknowledged is what is read, at once and through every handle.

use super::{
    Clause, fail,
    subject::{Subject, is_stored},
};
use crate::{
    store::{StoredRecord, UserStore},
    testing::drive,
    user::UserKey,
};

/// How often each kind of write is read right after it was acknowledged. A replica that lags once in a while is met by one of them.
const TIMES: usize = 60;

/// Creates, swaps and removes, and looks through all handles at once as soon as each write is acknowledged: the reading is on its way before
/// a replica has heard of the write.
pub(super) async fn right_after_each_write<S: UserStore>(handles: &[&Subject<S>], how: &str) {
    for (writer, _) in handles.iter().cycle().zip(0..TIMES) {
        let user = writer.new_user();
        let (first, second) = (writer.new_record(), writer.new_record());
        writer.expect_done(&user, None, &first, "creating a record").await;
        look(handles, &user, Some(&first), &format!("right after creating it{how}")).await;
        writer.expect_done(&user, Some(first.revision()), &second, "swapping").await;
        look(handles, &user, Some(&second), &format!("right after a swap{how}")).await;
        writer.expect_removed(&user, second.revision(), "removing").await;
        look(handles, &user, None, &format!("right after it was removed{how}")).await;
    }
}

async fn look<S: UserStore>(
    handles: &[&Subject<S>],
    user: &UserKey,
    record: Option<&StoredRecord>,
    what: &str,
) {
    let looks = handles.iter().map(|handle| handle.load_call(user.clone())).collect();
    for found in drive::interleaved(looks).await.results {
        match record {
            Some(record) => is_stored(Clause::Current, found, record, what),
            None if found.is_none() => {}
            None => fail(Clause::Current, format_args!("{what}: there is a record, there must be none")),
        }
    }
}

/// What one handle acknowledged, another reads: nothing is kept in the memory of one of them.
pub(super) async fn across_handles<S: UserStore>(one: &Subject<S>, other: &Subject<S>) {
    let user = one.new_user();
    let (first, second, late) = (one.new_record(), one.new_record(), one.new_record());
    other.expect_absent(Clause::Absent, &user, "a user never written").await;
    one.expect_done(&user, None, &first, "creating a record").await;
    one.expect_stored(Clause::Current, &user, &first, "after creating it").await;
    other.expect_stored(Clause::Current, &user, &first, "after another handle created it").await;
    other.expect_conflict(&user, None, &late, "creating what another handle created").await;
    other.expect_done(&user, Some(first.revision()), &second, "swapping what another handle created").await;
    one.expect_stored(Clause::Current, &user, &second, "after another handle swapped it").await;
    one.expect_conflict(&user, Some(first.revision()), &late, "swapping what another handle has swapped")
        .await;
    one.expect_removed(&user, second.revision(), "removing what another handle wrote").await;
    other.expect_absent(Clause::Current, &user, "a user that another handle removed").await;
}
