//! Sign-ins a second on one Redis, and how long one takes, for 1, 8 and 32 clients at once.
//!
//! `cargo bench -p second-factor-redis --bench load` starts servers of its own, one that syncs each write and one that keeps nothing, and prints a
//! table. `-- 10` measures each line for ten seconds instead of three.
#![allow(missing_docs, clippy::unwrap_used, clippy::print_stdout)]

use std::{env, time::Duration};

use redis::{
    AsyncConnectionConfig, Client, IntoConnectionInfo, RedisError, RedisResult, aio::MultiplexedConnection,
    cmd,
};
use second_factor::{Revision, StoredRecord, Swap, UserKey, UserStore};
use second_factor_redis::RedisStore;
use second_factor_testbed::{
    Redis,
    load::{Copies, Figures, Users, print, print_head, print_ratio},
};

const CLIENTS: [usize; 3] = [1, 8, 32];

/// The same comparison and write as the store's, and nothing besides.
const SWAP: &str = "#!lua
if (redis.call('HGET', KEYS[1], 'revision') or '') ~= ARGV[1] then return 0 end
if #ARGV > 1 then redis.call('HSET', KEYS[1], unpack(ARGV, 2)) else redis.call('DEL', KEYS[1]) end
return 1";

/// A round of one client waits for the disk as often.
const USERS: usize = 1_000;

#[tokio::main]
async fn main() {
    let seconds = env::args().find_map(|argument| argument.parse().ok()).unwrap_or(3);
    let at_least = Duration::from_secs(seconds);
    for (what, settings) in [("appendfsync always", &[][..]), ("nothing on disk", &[("appendonly", "no")])] {
        let Some(server) = Redis::start(settings) else { return };
        println!("\n{what}");
        print_head();
        for clients in CLIENTS {
            compare(&server, clients, at_least).await;
        }
    }
}

/// Through the library, through the store alone, and by the bare two commands, with records of the same size. They take turns.
async fn compare(server: &Redis, clients: usize, at_least: Duration) {
    let store = RedisStore::builder(server.url()).prefix(format!("load-{clients}"));
    let store = store.accept_loss_on_crash().open().await.unwrap();
    let users = Users::enroll_some(store.clone(), USERS).await;
    let copies = Copies::new(store.clone(), &store, &users, "copies").await;
    let bare = Copies::new(Bare::new(server, clients).await, &store, &users, "bare").await;
    let (mut verifications, mut alone, mut least) =
        (Figures::default(), Figures::default(), Figures::default());
    while verifications.elapsed() < at_least {
        verifications += users.round(clients).await;
        alone += copies.round(clients).await;
        least += bare.round(clients).await;
    }
    print(clients, "verifications", &verifications);
    print(clients, &format!("load and swap of the store, {} bytes", copies.sealed_bytes()), &alone);
    print(clients, "the bare two commands", &least);
    print_ratio(clients, "load and swap : bare commands", &alone, &least);
    print_ratio(clients, "verifications : load and swap", &verifications, &alone);
    print_ratio(clients, "verifications : bare commands", &verifications, &least);
}

/// `HMGET` and a script, on one connection, over the client alone.
struct Bare {
    connection: MultiplexedConnection,
    sha: String,
    prefix: String,
}

impl Bare {
    async fn new(server: &Redis, clients: usize) -> Self {
        let mut connection = connect(server).await;
        let sha = cmd("SCRIPT").arg("LOAD").arg(SWAP).query_async(&mut connection).await.unwrap();
        Self { connection, sha, prefix: format!("bare-{clients}") }
    }

    fn key(&self, user: &UserKey) -> String {
        format!("{{{}:{}}}:user:{}", self.prefix, user.tenant(), user.user())
    }
}

impl UserStore for Bare {
    type Error = RedisError;

    async fn load(&self, user: &UserKey) -> RedisResult<Option<StoredRecord>> {
        let mut read = cmd("HMGET");
        read.arg(self.key(user)).arg("revision").arg("record");
        let (revision, record): (Option<Vec<u8>>, Option<Vec<u8>>) =
            read.query_async(&mut self.connection.clone()).await?;
        Ok(revision.zip(record).map(|(revision, record)| {
            StoredRecord::new(Revision::from_bytes(revision.try_into().unwrap()), record)
        }))
    }

    async fn compare_and_swap(
        &self,
        user: &UserKey,
        expected: Option<Revision>,
        next: &StoredRecord,
    ) -> RedisResult<Swap> {
        let mut write = cmd("EVALSHA");
        write.arg(&self.sha).arg(1).arg(self.key(user));
        write.arg(expected.as_ref().map_or(&[][..], |expected| expected.as_bytes()));
        write.arg("revision").arg(next.revision().as_bytes()).arg("record").arg(next.sealed());
        for field in ["generation", "enrolled_at", "last_verified_at"] {
            write.arg(field).arg(1_760_000_000);
        }
        for field in ["backup_codes_left", "trusted_devices", "locked_until", "pending_notices"] {
            write.arg(field).arg("");
        }
        Ok(Swap::from_rows(write.query_async(&mut self.connection.clone()).await?))
    }

    async fn remove(&self, user: &UserKey, expected: Revision) -> RedisResult<Swap> {
        let mut write = cmd("EVALSHA");
        write.arg(&self.sha).arg(1).arg(self.key(user)).arg(expected.as_bytes());
        Ok(Swap::from_rows(write.query_async(&mut self.connection.clone()).await?))
    }
}

async fn connect(server: &Redis) -> MultiplexedConnection {
    let info = server.url().into_connection_info().unwrap();
    let tcp = info.tcp_settings().clone().set_nodelay(true);
    let client = Client::open(info.set_tcp_settings(tcp)).unwrap();
    let config = AsyncConnectionConfig::new().set_connection_timeout(None).set_response_timeout(None);
    client.get_multiplexed_async_connection_with_config(&config).await.unwrap()
}
