//! Records on Redis keep the contracts of `UserStore` and `UserDirectory`.
#![allow(missing_docs, clippy::unwrap_used, clippy::panic)]

mod support;

use std::collections::HashMap;

use second_factor::{
    Swap, TenantId, UserDirectory, UserKey, UserStore,
    testing::{directory_contract, store_contract},
};
use second_factor_redis::{Error, RedisStore};
use second_factor_testbed::records::{no_write_is_lost, record, user};
use second_factor_testbed::{Proxy, Redis};
use support::{Admin, Ann, Place};

#[tokio::test(flavor = "multi_thread")]
async fn keeps_the_contract() {
    let Some(place) = Place::new() else { return };
    store_contract(|| place.store()).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn keeps_the_contract_of_a_directory() {
    let Some(place) = Place::new() else { return };
    directory_contract(|| place.store()).await;
}

/// Over the newer protocol, whose replies have other types.
#[tokio::test(flavor = "multi_thread")]
async fn keeps_the_contracts_over_resp3() {
    let Some(mut place) = Place::new() else { return };
    place.url = format!("{}/?protocol=resp3", place.url.trim_end_matches('/'));
    store_contract(|| place.store()).await;
    directory_contract(|| place.store()).await;
}

/// On the disk of a server that syncs each write.
#[tokio::test(flavor = "multi_thread")]
async fn keeps_the_contract_on_a_durable_server() {
    let Some(server) = Redis::start(&[]) else { return };
    store_contract(|| async { RedisStore::open(&server.url()).await.unwrap() }).await;
}

/// Two handles are as two processes: what each acknowledged was counted once.
#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn p1_no_write_is_lost_between_two_handles() {
    let Some(place) = Place::new() else { return };
    no_write_is_lost([place.store().await, place.store().await], 200).await;
}

#[tokio::test]
async fn a_verification_is_two_commands_and_two_round_trips() {
    let Some(server) = Redis::start(&[]) else { return };
    let proxy = Proxy::before(&server.url());
    let ann = Ann::enrolled(RedisStore::open(proxy.url()).await.unwrap()).await;
    let token = ann.begin().await;
    let mut admin = Admin::of(&server.url());
    let _: () = admin.ask("CONFIG RESETSTAT");
    let before = proxy.round_trips();

    let signed_in = ann.verify(&token, &ann.right_code()).await.unwrap();
    assert_eq!(signed_in.user(), &user());
    assert_eq!(proxy.round_trips() - before, 2);
    let info: String = admin.ask("INFO commandstats");
    let mut calls: Vec<&str> =
        info.lines().filter_map(|line| line.split_once(",usec").map(|(calls, _)| calls)).collect();
    calls.sort_unstable();
    assert_eq!(
        calls,
        [
            "cmdstat_config|resetstat:calls=1", // ours
            "cmdstat_evalsha:calls=2",          // the rest is what the scripts call
            "cmdstat_hget:calls=1",
            "cmdstat_hmget:calls=1",
            "cmdstat_hset:calls=1",
            "cmdstat_zscore:calls=1",
        ]
    );
}

#[tokio::test]
async fn the_summary_is_kept_in_fields_that_a_host_can_read() {
    let Some(place) = Place::new() else { return };
    let store = place.store().await;
    let ann = Ann::enrolled(store.clone()).await;
    let [record, directory] = place.keys(&user());
    let mut fields: HashMap<String, Vec<u8>> = place.admin().ask(&format!("HGETALL {record}"));
    assert_eq!(fields.remove("revision").unwrap().len(), 16);
    assert!(fields.remove("record").unwrap().len() > 100);
    let mut fields: Vec<_> =
        fields.iter().map(|(field, value)| (field.as_str(), String::from_utf8_lossy(value))).collect();
    fields.sort_unstable();
    assert_eq!(
        fields,
        [
            ("backup_codes_left", "10".into()),
            ("enrolled_at", "1760000000".into()),
            ("generation", "3".into()),
            ("last_verified_at", "1760000000".into()),
            ("locked_until", "".into()),
            ("pending_notices", "0".into()),
            ("trusted_devices", "0".into()),
        ]
    );
    let listed: Vec<(String, u64)> = place.admin().ask(&format!("ZRANGE {directory} 0 -1 WITHSCORES"));
    assert_eq!(listed, [("42".to_owned(), 0)]);

    let page = store.list(user().tenant(), None, 10).await.unwrap();
    let [(listed, summary)] = &page[..] else { panic!("{page:?}") };
    assert_eq!(listed, ann.account.user());
    assert_eq!(summary.enrolled_at.unwrap().seconds(), 1_760_000_000);
    assert_eq!((summary.backup_codes_left, summary.locked_until, summary.generation), (10, None, 3));
}

#[tokio::test]
async fn a_removed_record_leaves_no_key_behind() {
    let Some(place) = Place::new() else { return };
    let store = place.store().await;
    assert_eq!(store.compare_and_swap(&user(), None, &record(1)).await.unwrap(), Swap::Done);
    let [key, directory] = place.keys(&user());
    assert_eq!(place.admin().ask::<u64>(&format!("EXISTS {key} {directory}")), 2);
    assert_eq!(
        place.admin().ask::<i64>(&format!("TTL {key}")),
        -1,
        "it never expires, so no `volatile-` policy evicts it"
    );
    assert_eq!(store.remove(&user(), record(1).revision()).await.unwrap(), Swap::Done);
    assert_eq!(place.admin().ask::<u64>(&format!("EXISTS {key} {directory}")), 0);
}

#[tokio::test]
async fn prefixes_keep_services_apart() {
    let Some(place) = Place::new() else { return };
    let open = |prefix: String| async {
        RedisStore::builder(place.url.as_str()).prefix(prefix).accept_loss_on_crash().open().await
    };
    let one = open(format!("{}:a", place.prefix)).await.unwrap();
    let other = open(format!("{}:a:b", place.prefix)).await.unwrap();
    for (one_user, other_user) in [("b", ""), ("b:x", "x"), ("x", "x")] {
        let (one_user, other_user) = (UserKey::new(one_user, "1"), UserKey::new(other_user, "1"));
        assert_eq!(one.compare_and_swap(&one_user, None, &record(1)).await.unwrap(), Swap::Done);
        assert!(other.load(&other_user).await.unwrap().is_none());
    }
    assert!(matches!(open("{a}".to_owned()).await, Err(Error::Prefix(_))));
}

#[tokio::test]
async fn a_page_may_be_asked_of_any_size() {
    const USERS: usize = 2_345;
    let Some(place) = Place::new() else { return };
    let store = place.store().await;
    let mut users: Vec<UserKey> = (0..USERS).map(|id| UserKey::new("acme", format!("u{id:05}"))).collect();
    for user in &users {
        assert_eq!(store.compare_and_swap(user, None, &record(1)).await.unwrap(), Swap::Done);
    }
    let (mut listed, mut after) = (Vec::new(), None);
    loop {
        let page = store.list(&TenantId::new("acme"), after.as_ref(), u32::MAX).await.unwrap();
        let Some((last, _)) = page.last() else { break };
        assert!(page.len() <= 1000, "a page takes no more than the next one");
        after = Some(last.clone());
        listed.extend(page.into_iter().map(|(user, _)| user));
    }
    assert_eq!(listed, users);

    users.push(UserKey::new("acme", "nobody"));
    let found = store.summaries(&users).await.unwrap();
    assert_eq!(found.len(), USERS + 1);
    assert_eq!(found.iter().position(Option::is_none), Some(USERS));
}

/// Clause 7: the whole page is removed between its two round trips, and the next one shows that there are more.
#[tokio::test(flavor = "multi_thread")]
async fn a_walk_does_not_end_where_others_remove() {
    let Some(place) = Place::new() else { return };
    let store = place.store().await;
    let tenant = TenantId::new("acme");
    let id = |id: u64| UserKey::new("acme", format!("{id:03}"));
    for user in (0..200).map(id) {
        assert_eq!(store.compare_and_swap(&user, None, &record(1)).await.unwrap(), Swap::Done);
    }
    let removing = tokio::spawn({
        let store = store.clone();
        async move {
            for user in (0..199).map(id) {
                assert_eq!(store.remove(&user, record(1).revision()).await.unwrap(), Swap::Done);
            }
        }
    });
    while !removing.is_finished() {
        assert!(!store.list(&tenant, None, 1).await.unwrap().is_empty(), "the last one is always there");
    }
    removing.await.unwrap();
    assert_eq!(store.list(&tenant, None, 1).await.unwrap()[0].0, id(199));
}

#[test]
fn errors_travel_between_threads() {
    fn travels<T: std::error::Error + Send + Sync + 'static>() {}
    travels::<Error>();
}
