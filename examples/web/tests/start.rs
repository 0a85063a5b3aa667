//! Starting, running and stopping: what keeps the service from it and what it says then, the first run, health, logs, signals.
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
    pub mod service;
    #[allow(dead_code, reason = "each file of tests uses a part of it")]
    pub mod visitor;
}
use std::{
    fs,
    io::{Read, Write},
    net::{TcpListener, TcpStream},
    os::unix::fs::PermissionsExt,
    path::Path,
    time::Duration,
};

use support::{
    ann::{EMAIL, at_the_code_page, enrolled, register},
    service::{Service, fresh_folder},
    visitor::Visitor,
};

const DEMO: [(&str, &str); 1] = [("DEMO", "1")];

#[test]
fn a_port_that_is_taken_is_said_so() {
    let other = TcpListener::bind("127.0.0.1:0").unwrap();
    let address = other.local_addr().unwrap().to_string();
    let said = Service::refuses(&fresh_folder("taken-port"), &[("BIND", &address)]);
    assert!(
        said.contains(&format!("something else listens on {address}")) && said.contains("BIND"),
        "{said}"
    );
    let said = Service::refuses(&fresh_folder("no-address"), &[("BIND", "192.0.2.1:1")]);
    assert!(said.contains("cannot listen on 192.0.2.1:1"), "{said}");
    let said = Service::refuses(&fresh_folder("no-port"), &[("BIND", "localhost")]);
    assert!(said.contains("BIND is not an address with a port"), "{said}");
}

#[test]
fn a_folder_that_cannot_be_written_is_said_so() {
    let folder = fresh_folder("no-folder");
    fs::write(folder.join("file"), "").unwrap();
    // Not even root writes there: a folder below a file, and the kernel's own.
    for place in [folder.join("file").join("data"), "/proc/self".into()] {
        let place = place.to_str().unwrap();
        let said = Service::refuses(&folder, &[("DATA_DIR", place)]);
        assert!(said.contains(&format!("{place} cannot be written")) && said.contains("DATA_DIR"), "{said}");
    }
    assert_eq!(fs::read_dir(&folder).unwrap().count(), 1, "nothing was made");
}

#[tokio::test]
async fn without_its_key_file_it_does_not_start_over_a_database_that_was_used() {
    let service = Service::start("keys-of-nobody", &[]);
    // Nobody has a second factor: what was sealed are tokens of sign-ins at most. It is no empty database all the same.
    register(&mut Visitor::of(&service.address)).await;
    let data = service.stop();
    fs::remove_file(data.join("second-factor.keys")).unwrap();
    let said = Service::refuses(&data, &[]);
    assert!(said.contains("second-factor.keys is missing") && said.contains("backup"), "{said}");
    assert!(!data.join("second-factor.keys").exists(), "no new ring in its place");
}

#[test]
fn a_setting_that_is_mistyped_stops_the_start() {
    let data = fresh_folder("mistyped");
    for (name, value) in [
        ("DEMO", "no"),
        ("DELIVER_EVERY", "often"),
        ("LOG_FORMAT", "xml"),
        ("LOG_LEVEL", "loud"),
        ("SECURE_COOKIES", "yes"),
    ] {
        let said = Service::refuses(&data, &[(name, value)]);
        assert!(said.contains(name), "{name}={value}: {said}");
    }
    assert_eq!(fs::read_dir(&data).unwrap().count(), 0, "nothing was made");
}

#[test]
fn nobody_else_may_read_what_it_keeps() {
    let folder = fresh_folder("private");
    let data = folder.join("data");
    let records = folder.join("records.sqlite");
    fs::write(&records, "").unwrap();
    fs::set_permissions(&records, PermissionsExt::from_mode(0o644)).unwrap();
    let url = format!("sqlite:{}", records.display());
    let settings = [("DATA_DIR", data.to_str().unwrap()), ("DATABASE_URL", &url)];
    let service = Service::start_in(&folder, &settings);
    let mode = |path: &Path| fs::metadata(path).unwrap().permissions().mode() & 0o777;
    assert_eq!(mode(&data), 0o700);
    for file in ["web.sqlite", "web.sqlite-wal", "web.sqlite-shm", "second-factor.keys"] {
        assert_eq!(mode(&data.join(file)), 0o600, "{file}");
    }
    assert_eq!(mode(&data.join("outbox")), 0o700);
    assert_eq!(mode(&records), 0o600);
    drop(service);
}

#[tokio::test]
async fn the_first_run_makes_people_to_sign_in_as_and_shows_how() {
    let service = Service::start("first-run", &DEMO);
    let mut visitor = Visitor::of(&service.address);
    let front = visitor.get("/").await;
    let printed = service.printed();
    let mut passwords = Vec::new();
    for (email, next) in [
        ("aiko@harbour.example", "/sign-in/enroll"),
        ("ben@harbour.example", "/sign-in/enroll"),
        ("carla@meadow.example", "/"),
        ("daiki@meadow.example", "/"),
    ] {
        let password = front.between(&format!("<strong>{email}</strong> <code>"), "<").to_owned();
        assert!(printed.contains(email) && printed.contains(&password), "{email} is not in {printed}");
        let mut visitor = Visitor::of(&service.address);
        let account = [("email", email), ("password", &password)];
        // S38: one company requires a second factor, the other does not.
        assert_eq!(visitor.post("/sign-in", &account).await.leads_to(), next, "{email}");
        passwords.push(password);
    }
    passwords.dedup();
    assert_eq!(passwords.len(), 4, "each has their own");
    let log = service.log();
    assert!(!passwords.iter().any(|password| log.contains(password)), "a password in {log}");

    // The second run makes no more of them; and switched off, nothing is shown.
    let data = service.stop();
    let service = Service::start_in(&data, &DEMO);
    for _ in 0..50 {
        if service.printed() == printed {
            break;
        }
        tokio::time::sleep(Duration::from_millis(100)).await;
    }
    assert_eq!(service.printed(), printed);
    let data = service.stop();
    let service = Service::start_in(&data, &[]);
    let front = Visitor::of(&service.address).get("/").await.body;
    assert!(!front.contains("harbour.example") && !service.printed().contains("harbour"), "{front}");
}

#[tokio::test]
async fn health_is_asked_for_without_a_session() {
    let service = Service::start("health", &[]);
    let health = Visitor::of(&service.address).get("/health").await;
    assert_eq!((health.status, health.body.as_str()), (200, "{\"status\":\"ok\"}"));
    assert_eq!(health.header("cache-control"), "no-store");
    assert_eq!(health.header("set-cookie"), "");

    // With its tables gone it cannot do its work.
    let file = sqlx::sqlite::SqliteConnectOptions::new().filename(service.data.join("web.sqlite"));
    let pool = sqlx::SqlitePool::connect_with(file).await.unwrap();
    sqlx::query("DROP TABLE second_factor").execute(&pool).await.unwrap();
    assert_eq!(Visitor::of(&service.address).get("/health").await.status, 503);
}

#[tokio::test]
async fn each_request_is_a_line_for_programs_and_names_no_address() {
    let service = Service::start("log-json", &[("LOG_FORMAT", "json")]);
    let mut visitor = Visitor::of(&service.address);
    visitor.get("/invitation/0123456789abcdef?secret=fedcba").await;
    visitor.get("/no/such/page-of-secrets").await;
    let log = service.log();
    let lines: Vec<serde_json::Value> = log.lines().map(|line| serde_json::from_str(line).unwrap()).collect();
    let of = |route: &str| {
        let found = lines.iter().find(|line| line["span"]["route"] == route);
        found.unwrap_or_else(|| panic!("{route} is not in {log}")).clone()
    };
    let line = of("/invitation/{token}");
    assert_eq!((&line["span"]["method"], &line["fields"]["status"]), (&"GET".into(), &303.into()));
    assert_ne!(line["span"]["id"], of("none")["span"]["id"]);
    for secret in ["0123456789abcdef", "fedcba", "page-of-secrets"] {
        assert!(!log.contains(secret), "{secret} is in {log}");
    }
}

#[tokio::test]
async fn told_to_stop_it_finishes_what_it_is_at() {
    let service = Service::start("terminated", &[]);
    let address = service.address.strip_prefix("http://").unwrap().to_owned();
    let mut visitor = Visitor::of(&service.address);
    register(&mut visitor).await;
    let form = format!(
        "csrf={}&email=ann%40example.com&password=correct+horse+battery",
        visitor.form_token().unwrap()
    );
    let (half, rest) = form.split_at(20);
    let mut request = TcpStream::connect(&address).unwrap();
    write!(
        request,
        "POST /sign-in HTTP/1.1\r\nhost: {address}\r\norigin: http://{address}\r\nconnection: close\r\n\
         cookie: csrf={}\r\ncontent-type: application/x-www-form-urlencoded\r\ncontent-length: {}\r\n\r\n{half}",
        visitor.form_token().unwrap(),
        form.len()
    )
    .unwrap();
    tokio::time::sleep(Duration::from_millis(500)).await;
    service.terminate();
    tokio::time::sleep(Duration::from_millis(500)).await;
    assert!(TcpStream::connect(&address).is_err(), "nothing new is taken");

    request.write_all(rest.as_bytes()).unwrap();
    let mut answer = String::new();
    request.set_read_timeout(Some(Duration::from_secs(5))).unwrap();
    request.read_to_string(&mut answer).unwrap();
    assert!(answer.starts_with("HTTP/1.1 303") && answer.contains("session="), "{answer}");
    let (status, log) = service.ended();
    assert!(status.success() && log.contains("stopped"), "{status}: {log}");
}

#[tokio::test]
async fn whoever_never_ends_a_request_does_not_keep_it_from_stopping() {
    let service = Service::start("terminated-late", &[]);
    let address = service.address.strip_prefix("http://").unwrap().to_owned();
    let mut request = TcpStream::connect(&address).unwrap();
    write!(
        request,
        "POST /sign-in HTTP/1.1\r\nhost: {address}\r\norigin: http://{address}\r\ncontent-length: 9\r\n\r\n"
    )
    .unwrap();
    tokio::time::sleep(Duration::from_millis(300)).await;
    service.terminate();
    let (status, log) = service.ended();
    assert!(status.success() && log.contains("given up"), "{status}: {log}");
}

#[tokio::test]
async fn notices_that_could_not_be_delivered_are_delivered_later_by_itself() {
    let service = Service::start("waiting", &[("DELIVER_EVERY", "1")]);
    let (_, _, codes) = enrolled(&service).await;
    // No mail can be left any more: a file stands where the folder was.
    let (outbox, aside) = (service.data.join("outbox"), service.data.join("aside"));
    fs::rename(&outbox, &aside).unwrap();
    fs::write(&outbox, "").unwrap();
    let mut ann = at_the_code_page(&service).await;
    assert_eq!(ann.post("/sign-in/code", &[("code", &codes[0])]).await.leads_to(), "/");
    assert!(ann.get("/").await.body.contains(EMAIL), "nobody is kept out by it");

    fs::remove_file(&outbox).unwrap();
    fs::rename(&aside, &outbox).unwrap();
    for _ in 0..100 {
        if service.mails().contains("backup code was used") {
            return;
        }
        tokio::time::sleep(Duration::from_millis(200)).await;
    }
    panic!("it did not arrive: {}", service.mails());
}

#[tokio::test]
async fn a_folder_of_an_older_version_is_left_alone() {
    let data = fresh_folder("older");
    let file =
        sqlx::sqlite::SqliteConnectOptions::new().filename(data.join("web.sqlite")).create_if_missing(true);
    let pool = sqlx::SqlitePool::connect_with(file).await.unwrap();
    sqlx::query("CREATE TABLE users (id INTEGER PRIMARY KEY, email TEXT)").execute(&pool).await.unwrap();
    pool.close().await;
    let said = Service::refuses(&data, &[]);
    assert!(said.contains("older version") && said.contains("DATA_DIR"), "{said}");
}
