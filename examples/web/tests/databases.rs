//! The same sign-in on each of the databases that `DATABASE_URL` can name, and when the service does not start.
#![allow(
    missing_docs,
    unreachable_pub,
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing
)]

mod support {
    #[allow(dead_code, reason = "each file of tests uses a part of it")]
    pub mod ann;
    #[allow(dead_code, reason = "each file of tests uses a part of it")]
    pub mod phone;
    #[allow(dead_code, reason = "each file of tests uses a part of it")]
    pub mod records;
    #[allow(dead_code, reason = "each file of tests uses a part of it")]
    pub mod service;
    #[allow(dead_code, reason = "each file of tests uses a part of it")]
    pub mod visitor;
}
use std::fs;

use second_factor_testbed::{Redis, postgres_url, redis_url};
use support::{
    ann::{at_the_code_page, enrolled},
    records::{Keys, Table},
    service::{Service, fresh_folder},
};

/// Set up, in with a code, out with the same code again; the record outlives the process; and no new key ring is made beside it.
async fn signs_in_once_with_a_code(test: &str, settings: &[(&str, &str)]) {
    let data = fresh_folder(test);
    let service = Service::start_in(&data, settings);
    let (_, mut phone, _) = enrolled(&service).await;
    let code = phone.next_code().await;
    let (mut ann, mut thief) = (at_the_code_page(&service).await, at_the_code_page(&service).await);
    assert_eq!(ann.post("/sign-in/code", &[("code", &code)]).await.leads_to(), "/");
    assert_eq!(ann.get("/settings").await.status, 200);
    assert_eq!(thief.post("/sign-in/code", &[("code", &code)]).await.status, 422);
    assert_eq!(thief.get("/settings").await.leads_to(), "/sign-in");
    service.stop();

    let service = Service::start_in(&data, settings);
    let mut thief = at_the_code_page(&service).await;
    assert_eq!(thief.post("/sign-in/code", &[("code", &code)]).await.status, 422, "after a restart");
    // The administrator's list comes from the same place.
    ann.address.clone_from(&service.address);
    let members = ann.get("/admin").await;
    assert_eq!(members.status, 200, "{}", members.body);
    let log = service.log();
    service.stop();
    assert!(!log.contains("ERROR"), "{log}");

    fs::remove_file(data.join("second-factor.keys")).unwrap();
    let said = Service::refuses(&data, settings);
    assert!(said.contains("second-factor.keys is missing") && said.contains("backup"), "{said}");
    assert!(!data.join("second-factor.keys").exists());
}

#[tokio::test]
async fn s31_on_sqlite_a_code_is_accepted_once() {
    signs_in_once_with_a_code("on-sqlite", &[("DATABASE_URL", "sqlite:")]).await;
    let elsewhere = fresh_folder("on-another-sqlite-file").join("records.sqlite");
    let url = format!("sqlite:{}", elsewhere.display());
    signs_in_once_with_a_code("on-sqlite-elsewhere", &[("DATABASE_URL", &url)]).await;
    assert!(elsewhere.exists());
}

#[tokio::test]
async fn s31_on_postgresql_a_code_is_accepted_once() {
    let Some(url) = postgres_url() else { return };
    let table = Table::of(&url, "web").await;
    let settings = [("DATABASE_URL", url.as_str()), ("RECORDS_NAME", &table.name)];
    signs_in_once_with_a_code("on-postgresql", &settings).await;
    assert_eq!(table.rows().await, 1, "the record is there and nowhere else");
    table.drop().await;
}

#[tokio::test]
async fn s31_on_redis_a_code_is_accepted_once() {
    let Some(url) = redis_url() else { return };
    let keys = Keys::of(&url, "web");
    let settings =
        [("DATABASE_URL", url.as_str()), ("RECORDS_NAME", &keys.prefix), ("ACCEPT_LOSS_ON_CRASH", "1")];
    signs_in_once_with_a_code("on-redis", &settings).await;
    assert_eq!(keys.delete(), 2, "the record and the directory are there and nowhere else");
}

#[test]
fn a_redis_that_forgets_is_refused_unless_that_is_accepted() {
    let data = fresh_folder("redis-that-forgets");
    let Some(redis) = Redis::start(&[("appendfsync", "everysec")]) else { return };
    let said = Service::refuses(&data, &[("DATABASE_URL", &redis.url())]);
    assert!(said.contains("ACCEPT_LOSS_ON_CRASH=1") && said.contains("everysec"), "{said}");
    Service::start_in(&data, &[("DATABASE_URL", &redis.url()), ("ACCEPT_LOSS_ON_CRASH", "1")]);

    let Some(redis) = Redis::start(&[]) else { return };
    Service::start_in(&data, &[("DATABASE_URL", &redis.url())]);
}

#[test]
fn what_is_not_one_of_the_three_databases_is_refused() {
    let data = fresh_folder("unknown-databases");
    for url in [
        "",
        "mysql://me:s3cret@db/test",
        "s3cret",
        "Postgres://me:s3cret@db",
        "postgresx://s3cret",
        "/s3cret",
    ] {
        let said = Service::refuses(&data, &[("DATABASE_URL", url)]);
        for name in ["sqlite:", "postgres:", "postgresql:", "redis:"] {
            assert!(said.contains(name), "{url}: {said}");
        }
        assert!(!said.contains("s3cret"), "{said}");
    }
    let said = Service::refuses(&data, &[("RECORDS_NAME", "mine")]);
    assert!(said.contains("RECORDS_NAME is for PostgreSQL and Redis"), "{said}");
    assert!(!data.join("second-factor.keys").exists(), "no key ring for records that are nowhere");
}

#[test]
fn a_database_that_is_not_there_is_named_without_its_password() {
    let not_there = "database of DATABASE_URL cannot be used";
    let unreadable = "DATABASE_URL cannot be read";
    let data = fresh_folder("nobody-answers");
    for (url, database, why) in [
        ("postgres://me:s3cret@127.0.0.1:1/test", "PostgreSQL", not_there),
        ("postgres://me@127.0.0.1:1/test?pasword=s3cret", "PostgreSQL", not_there),
        ("postgres://me:s3cret@127.0.0.1:no/test", "PostgreSQL", unreadable),
        ("postgres://me@127.0.0.1:1/test?sslmode=s3cret", "PostgreSQL", unreadable),
        ("redis://me:s3cret@127.0.0.1:1", "Redis", not_there),
        ("redis://me:s3cret@127.0.0.1:no", "Redis", not_there),
        ("redis://me@127.0.0.1:1/s3cret", "Redis", not_there),
        ("sqlite:/no/such/folder/records.sqlite", "SQLite", not_there),
        ("sqlite::memory:", "SQLite", not_there),
    ] {
        let said = Service::refuses(&data, &[("DATABASE_URL", url)]);
        assert!(said.contains(database) && said.contains(why), "{url}: {said}");
        assert!(!said.contains("s3cret"), "{url}: {said}");
    }
}
