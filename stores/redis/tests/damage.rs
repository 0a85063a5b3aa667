//! What somebody else did to the keys is an error, and never an absence (clause 6, P42).
#![allow(missing_docs, clippy::unwrap_used, clippy::panic)]

mod support;

use second_factor::{StoredRecord, Swap, UserDirectory, UserKey, UserStore};
use second_factor_redis::{Error, RedisStore};
use second_factor_testbed::records::{number, record, user};
use support::Place;

/// A store with one record, after this command was run on its hash (`$hash`) and its tenant's set (`$set`).
async fn damaged(place: &Place, command: &str) -> RedisStore {
    let store = place.store().await;
    assert_eq!(store.compare_and_swap(&user(), None, &record(1)).await.unwrap(), Swap::Done);
    let [hash, set] = place.keys(&user());
    for command in command.split("; ") {
        let _: redis::Value = place.admin().ask(&command.replace("$hash", &hash).replace("$set", &set));
    }
    store
}

/// All that can be done with a record.
async fn answers(store: &RedisStore) -> [Result<String, Error>; 4] {
    let said = |swap: Swap| format!("{swap:?}");
    let first = record(1).revision();
    [
        store.load(&user()).await.map(|found| format!("{:?}", found.map(|found| number(&found)))),
        store.compare_and_swap(&user(), None, &record(2)).await.map(said),
        store.compare_and_swap(&user(), Some(first), &record(2)).await.map(said),
        store.remove(&user(), first).await.map(said),
    ]
}

#[tokio::test]
async fn p42_what_is_no_record_is_an_error_for_every_call_and_nothing_is_written() {
    for (damage, expected) in [
        ("DEL $hash; LPUSH $hash x", "redis failed"),
        ("DEL $hash; SET $hash x", "redis failed"),
        ("DEL $set; SET $set x", "redis failed"),
        ("HDEL $hash revision", "a stored record is damaged"),
        ("HSET $hash revision short", "a stored record is damaged"),
        ("HSET $hash revision seventeen-letters", "a stored record is damaged"),
        ("DEL $hash", "the record of a listed user is gone"),
    ] {
        let Some(place) = Place::new() else { return };
        let store = damaged(&place, damage).await;
        let dump = |key: &String| place.admin().ask::<Option<Vec<u8>>>(&format!("DUMP {key}"));
        let before = place.keys(&user()).each_ref().map(dump);
        for (call, answer) in answers(&store).await.into_iter().enumerate() {
            // The directory is not needed to read a record that is there.
            if damage.starts_with("DEL $set") && call == 0 {
                assert_eq!(answer.unwrap(), "Some(1)");
                continue;
            }
            let said = answer.expect_err(damage).to_string();
            assert!(said.starts_with(expected), "{damage}, call {call}: {said}");
        }
        assert_eq!(place.keys(&user()).each_ref().map(dump), before, "{damage}");
    }
}

#[tokio::test]
async fn p42_an_empty_revision_is_not_an_absence() {
    let Some(place) = Place::new() else { return };
    let store = damaged(&place, "HDEL $hash revision").await;
    let [hash, _] = place.keys(&user());
    let set: u64 = redis::cmd("HSET").arg(hash).arg("revision").arg("").query(&mut place.admin().0).unwrap();
    assert_eq!(set, 1);
    for answer in answers(&store).await {
        assert!(matches!(answer, Err(Error::Damaged(_))), "{answer:?}");
    }
}

#[tokio::test]
async fn p42_a_hash_without_its_record_is_an_error() {
    let Some(place) = Place::new() else { return };
    let store = damaged(&place, "HDEL $hash record").await;
    let said = store.load(&user()).await.unwrap_err().to_string();
    assert_eq!(said, "a stored record is damaged: a stored record lacks its record");
}

#[tokio::test]
async fn p42_a_record_that_expires_is_an_error_and_not_an_absence() {
    let Some(place) = Place::new() else { return };
    let store = damaged(&place, "PEXPIRE $hash 1").await;
    tokio::time::sleep(std::time::Duration::from_millis(20)).await;
    assert!(matches!(store.load(&user()).await, Err(Error::Lost)));
    assert!(matches!(store.summaries(&[user()]).await, Err(Error::Lost)));
    assert!(matches!(store.list(user().tenant(), None, 1).await, Err(Error::Lost)));
}

#[tokio::test]
async fn a_summary_that_somebody_else_wrote_is_an_error_and_not_another_summary() {
    for (damage, expected) in [
        ("HSET $hash enrolled_at -1", "a stored record is damaged: a number of a summary cannot be read"),
        (
            "HSET $hash generation 18446744073709551616",
            "a stored record is damaged: a number of a summary cannot be read",
        ),
        (
            "HSET $hash pending_notices 256",
            "a stored record is damaged: a number of a summary cannot be read",
        ),
        ("HDEL $hash locked_until", "a stored record is damaged: a stored record lacks its locked_until"),
        ("HDEL $hash generation", "a stored record is damaged: a stored record lacks its generation"),
        ("DEL $hash; SET $hash x", "redis failed"),
    ] {
        let Some(place) = Place::new() else { return };
        let store = damaged(&place, damage).await;
        assert_eq!(store.summaries(&[user()]).await.unwrap_err().to_string(), expected, "{damage}");
        assert_eq!(store.list(user().tenant(), None, 1).await.unwrap_err().to_string(), expected, "{damage}");
        let beside = UserKey::new("acme", "41");
        assert!(store.summaries(&[beside]).await.unwrap()[0].is_none(), "others can be shown");
    }
}

#[tokio::test]
async fn a_directory_that_somebody_else_wrote_is_an_error() {
    let Some(place) = Place::new() else { return };
    let store = damaged(&place, "DEL $set; SET $set x").await;
    assert!(matches!(store.list(user().tenant(), None, 1).await, Err(Error::Redis(_))));

    let Some(place) = Place::new() else { return };
    let store = damaged(&place, "PERSIST $hash").await;
    let [_, set] = place.keys(&user());
    let added: u64 = redis::cmd("ZADD").arg(set).arg(0).arg(b"\xff").query(&mut place.admin().0).unwrap();
    assert_eq!(added, 1);
    assert!(matches!(store.list(user().tenant(), None, 2).await, Err(Error::UserId(_))));
}

/// A user whom the directory has lost is entered again by the next write.
#[tokio::test]
async fn a_directory_that_was_lost_fills_again() {
    let Some(place) = Place::new() else { return };
    let store = damaged(&place, "DEL $set").await;
    assert!(store.list(user().tenant(), None, 1).await.unwrap().is_empty());
    let next: StoredRecord = record(2);
    let swapped = store.compare_and_swap(&user(), Some(record(1).revision()), &next).await.unwrap();
    assert_eq!(swapped, Swap::Done);
    assert_eq!(store.list(user().tenant(), None, 1).await.unwrap()[0].0, user());
}
