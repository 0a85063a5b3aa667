//! Whole calls. One at a time over a store in memory, which is what the library itself takes; and many clients at once, in memory, on an SQLite
//! file and on a PostgreSQL server, if there is one.

use std::{rc::Rc, time::Duration};

use second_factor::{Error, MemoryStore, Reason, Token};
use second_factor_benches::{Ann, at_once};
use second_factor_sqlx::{PostgresStore, SqliteStore, Table};
use second_factor_testbed::{
    load::{Users, print, print_head},
    postgres_url,
};
use sqlx::{AssertSqlSafe, postgres::PgPoolOptions};
use tempfile::TempDir;

use crate::case::Case;

/// How long each line of the table is measured, at least.
const AT_LEAST: Duration = Duration::from_secs(2);
const CLIENTS: [usize; 3] = [1, 8, 32];

pub fn cases() -> Vec<Case> {
    let asked = || Rc::new(Ann::enrolled());
    let [right, wrong, held, backup, status] = [(); 5].map(|()| asked());
    vec![
        with_challenge("verify/right code", &right, |ann, token| {
            drop(at_once(ann.verifier.verify(&ann.account, &token, &ann.code(), None)).unwrap());
        }),
        with_challenge("verify/wrong code, then a right one", &wrong, |ann, token| {
            let refused = at_once(ann.verifier.verify(&ann.account, &token, &ann.wrong_code(), None));
            assert!(refused.is_err());
            drop(at_once(ann.verifier.verify(&ann.account, &token, &ann.code(), None)).unwrap());
        }),
        with_challenge("verify/backup code that is none", &backup, |ann, token| {
            let none = "00000-00000-00000-00000-00000";
            assert!(at_once(ann.verifier.verify(&ann.account, &token, none, None)).is_err());
        }),
        held_back(&held),
        Case::new("status", move || at_once(status.verifier.status(&status.account, None)).unwrap()),
    ]
}

/// A call in answer to a challenge, which is made anew for each, a day later.
fn with_challenge(name: &str, ann: &Rc<Ann>, call: impl Fn(&Ann, Token) + 'static) -> Case {
    let (making, answering) = (ann.clone(), ann.clone());
    Case::using(name, move || making.challenge(), move |token| call(&answering, token))
}

/// A locked account under attack: nothing is compared, nothing is written.
fn held_back(ann: &Rc<Ann>) -> Case {
    let (ann, token) = (ann.clone(), held_token(ann));
    Case::new("verify/held back", move || {
        let refused = at_once(ann.verifier.verify(&ann.account, &token, "000000", None));
        assert!(matches!(refused, Err(Error::Rejected(why)) if why.reason() == Reason::Throttled));
    })
}

/// Six failures within one moment.
fn held_token(ann: &Ann) -> Token {
    let token = ann.challenge();
    for _ in 0..6 {
        drop(at_once(ann.verifier.verify(&ann.account, &token, &ann.wrong_code(), None)));
    }
    token
}

pub fn table() {
    tokio::runtime::Runtime::new().unwrap().block_on(async {
        println!("\nVerifications, right codes, each client another user");
        print_head();
        for clients in CLIENTS {
            let users = Users::enroll(MemoryStore::new()).await;
            print(clients, "in memory", &users.verifications(clients, AT_LEAST).await);
        }
        for clients in CLIENTS {
            sqlite(clients).await;
        }
        let Some(url) = postgres_url() else { return };
        for clients in CLIENTS {
            postgres(&url, clients).await;
        }
    });
}

/// A file of its own beside what cargo builds.
async fn sqlite(clients: usize) {
    let place = TempDir::new_in(env!("CARGO_TARGET_TMPDIR")).unwrap();
    let store = SqliteStore::open(place.path().join("records.db")).await.unwrap();
    store.migrate().await.unwrap();
    let users = Users::enroll(store).await;
    print(clients, "SQLite", &users.verifications(clients, AT_LEAST).await);
}

/// A schema of its own, and as many connections as clients.
async fn postgres(url: &str, clients: usize) {
    let connections = u32::try_from(clients).unwrap();
    let options = PgPoolOptions::new().max_connections(connections).test_before_acquire(false);
    let pool = options.acquire_timeout(Duration::from_secs(60)).connect(url).await.unwrap();
    let schema = format!("suite_{}_{clients}", std::process::id());
    let run = async |sql: String| sqlx::raw_sql(AssertSqlSafe(sql)).execute(&pool).await.unwrap();
    run(format!("CREATE SCHEMA {schema}")).await;
    let store = PostgresStore::new(pool.clone()).in_table(Table::default().in_schema(&schema).unwrap());
    store.migrate().await.unwrap();
    let users = Users::enroll_some(store, 1_000).await;
    print(clients, "PostgreSQL", &users.verifications(clients, AT_LEAST).await);
    run(format!("DROP SCHEMA {schema} CASCADE")).await;
}
