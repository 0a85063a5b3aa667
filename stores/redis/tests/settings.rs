//! A server that would break a clause is refused, before anything is read from it or written to it.
#![allow(missing_docs, clippy::unwrap_used, clippy::panic)]

mod support;

use second_factor::{Swap, UserDirectory, UserKey, UserStore};
use second_factor_redis::{Error, RedisStore};
use second_factor_testbed::Redis;
use second_factor_testbed::records::{record, user};
use support::Admin;

async fn open(url: &str) -> Result<RedisStore, Error> {
    RedisStore::open(url).await
}

async fn accepting_loss(url: &str) -> Result<RedisStore, Error> {
    RedisStore::builder(url).accept_loss_on_crash().open().await
}

fn said<T>(outcome: Result<T, Error>) -> String {
    match outcome {
        Ok(_) => "taken".to_owned(),
        Err(error) => error.to_string(),
    }
}

/// A store on this server, with one record.
async fn with_a_record(server: &Redis) -> RedisStore {
    let store = open(&server.url()).await.unwrap();
    assert_eq!(store.compare_and_swap(&user(), None, &record(1)).await.unwrap(), Swap::Done);
    store
}

#[tokio::test]
async fn settings_that_could_lose_a_write_or_a_record_are_refused() {
    const LOST: &str = "an acknowledged write could be lost in a crash: ";
    const USE: &str = "; use appendonly yes, appendfsync always and no-appendfsync-on-rewrite no";
    const EVICTED: &str = "records could be evicted: maxmemory-policy is ";
    let lost = |found: &str| format!("{LOST}{found}{USE}");
    let evicted = |found: &str| format!("{EVICTED}{found}; use noeviction");
    let taken = || "taken".to_owned();
    for (settings, strict, accepting) in [
        (&[][..], taken(), taken()),
        (&[("appendonly", "no")], lost("appendonly is no"), taken()),
        (&[("appendonly", "no"), ("save", "1 1")], lost("appendonly is no"), taken()),
        (&[("appendfsync", "everysec")], lost("appendfsync is everysec"), taken()),
        (&[("appendfsync", "no")], lost("appendfsync is no"), taken()),
        (&[("no-appendfsync-on-rewrite", "yes")], lost("no-appendfsync-on-rewrite is yes"), taken()),
        (&[("maxmemory", "100mb")], taken(), taken()),
        (&[("maxmemory-policy", "volatile-ttl")], taken(), taken()),
        (&[("maxmemory-policy", "allkeys-lru")], evicted("allkeys-lru"), evicted("allkeys-lru")),
        (&[("maxmemory-policy", "allkeys-random")], evicted("allkeys-random"), evicted("allkeys-random")),
    ] {
        let Some(server) = Redis::start(settings) else { return };
        assert_eq!(said(open(&server.url()).await), strict, "{settings:?}");
        assert_eq!(said(accepting_loss(&server.url()).await), accepting, "{settings:?}");
    }
}

#[tokio::test]
async fn a_server_that_does_not_show_its_settings_has_to_be_vouched_for() {
    let Some(server) = Redis::start(&[("rename-command", "CONFIG \"\"")]) else { return };
    let refused = open(&server.url()).await.unwrap_err();
    assert!(matches!(refused, Error::NotDurable { .. }), "{refused}");
    assert!(refused.to_string().contains("the server does not show its settings"), "{refused}");
    accepting_loss(&server.url()).await.unwrap();
}

#[tokio::test]
async fn a_setting_that_changes_is_noticed_with_the_next_connection() {
    let Some(server) = Redis::start(&[]) else { return };
    let store = with_a_record(&server).await;
    let mut admin = Admin::of(&server.url());
    let _: () = admin.ask("CONFIG SET appendfsync everysec");
    let _: u64 = admin.ask("CLIENT KILL TYPE normal");
    assert!(matches!(store.load(&user()).await, Err(Error::NotDurable { .. })));
    let next = store.compare_and_swap(&user(), Some(record(1).revision()), &record(2)).await;
    assert!(matches!(next, Err(Error::NotDurable { .. })));
    let _: () = admin.ask("CONFIG SET appendfsync always");
    assert!(store.load(&user()).await.unwrap().is_some(), "and it is looked at again");
}

#[tokio::test]
async fn a_replica_is_refused() {
    let Some(primary) = Redis::start(&[]) else { return };
    let of = format!("127.0.0.1 {}", primary.port());
    let Some(replica) = Redis::start(&[("replicaof", &of)]) else { return };
    assert!(matches!(open(&replica.url()).await, Err(Error::Replica)));
    assert!(matches!(accepting_loss(&replica.url()).await, Err(Error::Replica)));
}

/// Clause 4: it may be behind the new primary by now, where the user has just turned the second factor on.
#[tokio::test]
async fn p42_a_primary_that_becomes_a_replica_answers_nothing_on_the_old_connection() {
    let (Some(server), Some(other)) = (Redis::start(&[]), Redis::start(&[])) else { return };
    let (store, url) = (with_a_record(&server).await, server.url());
    // One for each call, so that each of them is the first to notice.
    let mut unaware = Vec::new();
    for _ in 0..5 {
        unaware.push(open(&url).await.unwrap());
    }
    let mut admin = Admin::of(&url);
    let demote = format!("REPLICAOF 127.0.0.1 {}", other.port());
    let _: () = admin.ask(&demote);
    let (nobody, first) = (UserKey::new("acme", "nobody"), record(1).revision());
    assert!(matches!(store.load(&user()).await, Err(Error::Replica)));
    assert!(matches!(unaware[0].load(&nobody).await, Err(Error::Replica)), "nor may it say who is not there");
    assert!(matches!(unaware[1].summaries(std::slice::from_ref(&nobody)).await, Err(Error::Replica)));
    let end = unaware[2].list(user().tenant(), Some(&user()), 1).await;
    assert!(matches!(end, Err(Error::Replica)), "an empty page would end a walk: {end:?}");
    let refused = unaware[3].compare_and_swap(&nobody, None, &record(9)).await;
    assert!(matches!(refused, Err(Error::Redis(_))), "a write is not sent twice: {refused:?}");
    let refused = unaware[4].remove(&user(), first).await;
    assert!(matches!(refused, Err(Error::Redis(_))), "{refused:?}");
    assert!(matches!(unaware[4].remove(&user(), first).await, Err(Error::Replica)));

    let _: () = admin.ask("REPLICAOF NO ONE");
    assert!(store.load(&user()).await.is_ok(), "it is a primary again");
}

#[tokio::test]
async fn a_primary_without_the_replicas_it_needs_answers_nothing() {
    let Some(server) = Redis::start(&[]) else { return };
    let store = with_a_record(&server).await;
    let _: () = Admin::of(&server.url()).ask("CONFIG SET min-replicas-to-write 1");
    assert!(matches!(store.load(&user()).await, Err(Error::Redis(_))));
    let first = record(1).revision();
    assert!(matches!(store.compare_and_swap(&user(), Some(first), &record(2)).await, Err(Error::Redis(_))));
    assert!(matches!(store.list(user().tenant(), None, 1).await, Err(Error::Redis(_))));
}

#[tokio::test]
async fn a_server_that_is_full_writes_nothing_and_evicts_nothing() {
    let Some(server) = Redis::start(&[]) else { return };
    let store = with_a_record(&server).await;
    let _: () = Admin::of(&server.url()).ask("CONFIG SET maxmemory 1");
    let first = record(1).revision();
    assert!(matches!(store.compare_and_swap(&user(), Some(first), &record(2)).await, Err(Error::Redis(_))));
    let other = UserKey::new("acme", "43");
    assert!(matches!(store.compare_and_swap(&other, None, &record(1)).await, Err(Error::Redis(_))));
    assert_eq!(store.load(&user()).await.unwrap().unwrap().revision(), first);
    assert!(store.load(&other).await.unwrap().is_none());
    assert_eq!(store.list(user().tenant(), None, 9).await.unwrap().len(), 1);
}

/// A node of a cluster is refused; and it would find all keys of a tenant in one slot.
#[tokio::test]
async fn a_cluster_is_refused() {
    let Some(server) = Redis::start(&[("cluster-enabled", "yes")]) else { return };
    assert!(matches!(open(&server.url()).await, Err(Error::Cluster)));
    assert!(matches!(accepting_loss(&server.url()).await, Err(Error::Cluster)));

    let Some(keys) = Redis::start(&[]) else { return };
    let (store, mut of) = (open(&keys.url()).await.unwrap(), Admin::of(&server.url()));
    for tenant in ["", "acme", "{", "}", "{}", "}{", "a}b{c", ":", "\0", "é"] {
        for id in ["", "42", "{x}", "}", "{", "\0{\0}"] {
            let user = UserKey::new(tenant, id);
            assert_eq!(store.compare_and_swap(&user, None, &record(1)).await.unwrap(), Swap::Done);
        }
        let names: Vec<Vec<u8>> = Admin::of(&keys.url()).ask("KEYS *");
        assert_eq!(names.len(), 7, "six records and a directory");
        let slot =
            |name: &Vec<u8>| redis::cmd("CLUSTER").arg("KEYSLOT").arg(name).query::<u16>(&mut of.0).unwrap();
        let mut slots: Vec<u16> = names.iter().map(slot).collect();
        slots.dedup();
        assert_eq!(slots.len(), 1, "{tenant:?}");
        let _: () = Admin::of(&keys.url()).ask("FLUSHALL");
    }
}

#[tokio::test]
async fn a_user_of_its_own_needs_no_more_than_the_docs_say() {
    const RIGHTS: &str = "~{second-factor:* +evalsha +script|load +exists +hget +hmget +hset +del +zadd +zrem +zscore +zrange +info";
    let Some(server) = Redis::start(&[]) else { return };
    let mut admin = Admin::of(&server.url());
    let _: () = admin.ask(&format!("ACL SETUSER store on >secret {RIGHTS}"));
    let url = server.url().replace("redis://", "redis://store:secret@");
    assert!(open(&url).await.unwrap_err().to_string().contains("does not show its settings"));
    let _: () = admin.ask("ACL SETUSER store +config|get");
    let store = open(&url).await.unwrap();
    let (first, second) = (record(1).revision(), record(2).revision());
    assert_eq!(store.compare_and_swap(&user(), None, &record(1)).await.unwrap(), Swap::Done);
    assert_eq!(store.compare_and_swap(&user(), Some(first), &record(2)).await.unwrap(), Swap::Done);
    assert!(store.load(&user()).await.unwrap().is_some());
    assert_eq!(store.list(user().tenant(), None, 1).await.unwrap().len(), 1);
    assert_eq!(store.remove(&user(), second).await.unwrap(), Swap::Done);
    assert!(store.load(&user()).await.unwrap().is_none());

    let other = RedisStore::builder(url.as_str()).prefix("other").open().await.unwrap();
    assert!(matches!(other.load(&user()).await, Err(Error::Redis(_))), "not what is another's");
    assert!(!format!("{store:?} {:?}", RedisStore::builder(url.as_str())).contains("secret"));
    let wrong = open(&url.replace(":secret@", ":guessed@")).await.unwrap_err();
    assert!(!format!("{wrong:?} {wrong}").contains("guessed"), "{wrong:?}");
}
