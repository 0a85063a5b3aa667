//! Sign-ins a second on one Redis, and how long one takes, for 1, 8 and 32 clients at once.
//!
//! `cargo bench -p second-factor-redis --bench load` starts servers of its own, one that syncs each write and one that keeps nothing, and prints a
//! table. `-- 10` measures each line for ten seconds instead of three.
#![allow(missing_docs, clippy::unwrap_used, clippy::print_stdout)]

use std::{env, sync::Arc, time::Duration};

use redis::{AsyncConnectionConfig, Client, IntoConnectionInfo, aio::MultiplexedConnection, cmd};
use second_factor_redis::RedisStore;
use second_factor_testbed::{
    Redis,
    load::{Figures, Swaps, Users, each_until, load_and_swap, print, print_head, print_ratio},
};

const CLIENTS: [usize; 3] = [1, 8, 32];

/// The same comparison and write as the store's, and nothing besides.
const SWAP: &str = "#!lua
if (redis.call('HGET', KEYS[1], 'revision') or '') ~= ARGV[1] then return 0 end
redis.call('HSET', KEYS[1], unpack(ARGV, 2))
return 1";

#[tokio::main]
async fn main() {
    let seconds = env::args().find_map(|argument| argument.parse().ok()).unwrap_or(3);
    let at_least = Duration::from_secs(seconds);
    for (what, settings) in [("appendfsync always", &[][..]), ("nothing on disk", &[("appendonly", "no")])] {
        let Some(server) = Redis::start(settings) else { return };
        println!("\n{what}");
        print_head();
        for clients in CLIENTS {
            let store = RedisStore::builder(server.url()).prefix(format!("load-{clients}"));
            let store = store.accept_loss_on_crash().open().await.unwrap();
            let users = Users::enroll(store.clone()).await;
            let verifications = users.verifications(clients, at_least).await;
            print(clients, "verifications", &verifications);
            let calls = load_and_swap(Arc::new(store), clients, at_least).await;
            print(clients, "load and swap of the store", &calls);
            let commands = bare(&server, clients, at_least).await;
            print(clients, "the bare two commands", &commands);
            print_ratio(clients, "verifications : bare commands", &verifications, &commands);
            print_ratio(clients, "verifications : load and swap", &verifications, &calls);
            print_ratio(clients, "load and swap : bare commands", &calls, &commands);
        }
    }
}

/// `HMGET` and a script, on one connection, over the client alone.
async fn bare(server: &Redis, clients: usize, at_least: Duration) -> Figures {
    let connection = connect(server).await;
    let sha: String = cmd("SCRIPT").arg("LOAD").arg(SWAP).query_async(&mut connection.clone()).await.unwrap();
    let shared = Arc::new((Swaps::new("commands", clients), sha));
    each_until(at_least, clients, move |client, round| {
        let (shared, mut connection) = (Arc::clone(&shared), connection.clone());
        async move {
            let (swaps, sha) = &*shared;
            let swap = swaps.next(client, round);
            let key = format!("{{bare:{}}}:user:{}", swap.user.tenant(), swap.user.user());
            let read = cmd("HMGET").arg(&key).arg("revision").arg("record").to_owned();
            let _: redis::Value = read.query_async(&mut connection).await.unwrap();
            let mut write = cmd("EVALSHA");
            write.arg(sha).arg(1).arg(&key);
            write.arg(swap.expected.as_ref().map_or(&[][..], |expected| expected.as_bytes()));
            write.arg("revision").arg(swap.next.revision().as_bytes()).arg("record").arg(swap.next.sealed());
            for field in ["generation", "enrolled_at", "last_verified_at"] {
                write.arg(field).arg(1_760_000_000);
            }
            for field in ["backup_codes_left", "trusted_devices", "locked_until", "pending_notices"] {
                write.arg(field).arg("");
            }
            let done: u64 = write.query_async(&mut connection).await.unwrap();
            assert_eq!(done, 1);
        }
    })
    .await
}

async fn connect(server: &Redis) -> MultiplexedConnection {
    let info = server.url().into_connection_info().unwrap();
    let tcp = info.tcp_settings().clone().set_nodelay(true);
    let client = Client::open(info.set_tcp_settings(tcp)).unwrap();
    let config = AsyncConnectionConfig::new().set_connection_timeout(None).set_response_timeout(None);
    client.get_multiplexed_async_connection_with_config(&config).await.unwrap()
}
