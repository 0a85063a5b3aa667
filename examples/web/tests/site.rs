//! What the site does for every page: sessions, forged forms, headers, cookies, its key file.
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
    pub mod visitor;
}
use std::{
    fs,
    os::unix::fs::PermissionsExt,
    time::{Duration, Instant},
};

use support::{
    ann::{ANN, EMAIL, at_the_code_page, enrolled, register},
    service::{Service, fresh_folder},
    visitor::Visitor,
};

#[tokio::test]
async fn the_session_id_changes_at_sign_in() {
    let service = Service::start("fixation", &[]);
    let mut ann = Visitor::of(&service.address);
    register(&mut ann).await;

    // The attacker plants a session of their own, which exists, and one that does not.
    let mut attacker = Visitor::of(&service.address);
    let account = [("email", "mallory@example.com"), ("password", "mallory's password")];
    attacker.post("/register", &account).await.leads_to();
    attacker.post("/sign-in", &account).await.leads_to();
    for planted in [attacker.cookies["session"].clone(), "AAAAAAAAAAAAAAAAAAAAAA".to_owned()] {
        ann.cookies.insert("session".to_owned(), planted.clone());
        assert_eq!(ann.post("/sign-in", &ANN).await.leads_to(), "/");
        assert_ne!(ann.cookies["session"], planted);
        assert!(ann.get("/").await.body.contains(EMAIL));
        attacker.cookies.insert("session".to_owned(), planted);
        assert!(!attacker.get("/").await.body.contains(EMAIL));
        ann.post("/sign-out", &[]).await.leads_to();
    }
}

#[tokio::test]
async fn signing_out_ends_the_session_on_the_server() {
    let service = Service::start("sign-out", &[]);
    let mut ann = Visitor::of(&service.address);
    register(&mut ann).await;
    ann.post("/sign-in", &ANN).await.leads_to();
    let mut copied = ann.clone();
    assert_eq!(ann.post("/sign-out", &[]).await.leads_to(), "/");
    assert!(!ann.cookies.contains_key("session"));
    assert_eq!(copied.get("/settings").await.leads_to(), "/sign-in");
}

#[tokio::test]
async fn forms_from_elsewhere_are_refused() {
    let service = Service::start("forged", &[]);
    let mut ann = Visitor::of(&service.address);
    register(&mut ann).await;
    ann.post("/sign-in", &ANN).await.leads_to();
    let ours = service.address.clone();
    let forged: [&[(&str, &str)]; 5] = [
        &[],
        &[("origin", "http://evil.example")],
        &[("origin", "null")],
        &[("sec-fetch-site", "cross-site"), ("origin", &ours)],
        &[("sec-fetch-site", "same-site"), ("origin", &ours)],
    ];
    for headers in forged {
        for form in [
            "/settings/two-factor/enroll",
            "/settings/prove?do=disable",
            "/settings/backup-codes/download",
            "/settings/browsers/forget-all",
            "/settings/sign-out-everywhere",
            "/admin/member/reset",
            "/admin/policy/save",
            "/sign-out",
            "/sign-in",
            "/register",
            "/sign-in/code",
            "/sign-in/code/send",
        ] {
            let answer = ann.post_with(form, &[("name", "Thief")], headers).await;
            assert_eq!(answer.status, 403, "{form} with {headers:?}");
        }
    }
    assert!(ann.get("/").await.body.contains(EMAIL), "still signed in");
}

#[tokio::test]
async fn forms_without_the_token_of_the_page_are_refused() {
    let service = Service::start("form-token", &[]);
    let mut ann = Visitor::of(&service.address);
    register(&mut ann).await;
    ann.post("/sign-in", &ANN).await.leads_to();
    let mut mallory = Visitor::of(&service.address);
    mallory.get("/").await;
    let (ours, token, theirs) =
        (service.address.clone(), ann.form_token().unwrap(), mallory.form_token().unwrap());
    assert!(token != theirs && token.len() >= 22, "{token}");
    assert_eq!(ann.get("/settings").await.between("name=\"csrf\" value=\"", "\""), token);
    let from = [("origin", ours.as_str())];
    let forms: [&[(&str, &str)]; 4] = [&[], &[("csrf", "")], &[("csrf", &theirs)], &[("csrf", &token[1..])]];
    for form in forms {
        for path in ["/sign-out", "/settings/sign-out-everywhere", "/admin/policy/save", "/language"] {
            let answer = ann.post_raw(path, form, &from).await;
            assert_eq!(answer.status, 403, "{path} with {form:?}");
            assert!(answer.body.contains("nothing was done"), "{}", answer.body);
        }
    }
    // Without the cookie an empty field, or any other, is not right either.
    let cookies = ann.cookies.clone();
    for planted in [None, Some("")] {
        ann.cookies.remove("csrf");
        ann.cookies.extend(planted.map(|it| ("csrf".to_owned(), it.to_owned())));
        for csrf in ["", &token] {
            assert_eq!(ann.post_raw("/sign-out", &[("csrf", csrf)], &from).await.status, 403);
        }
    }
    ann.cookies = cookies;
    assert!(ann.get("/").await.body.contains(EMAIL), "still signed in");
    assert_eq!(ann.post_raw("/sign-out", &[("csrf", &token)], &from).await.leads_to(), "/");
}

#[tokio::test]
async fn what_cannot_be_read_is_answered_in_the_looks_of_the_site() {
    let service = Service::start("unreadable", &[]);
    let mut ann = Visitor::of(&service.address);
    register(&mut ann).await;
    let without_password = ann.post("/sign-in", &[("email", EMAIL)]).await;
    assert_eq!(without_password.status, 400);
    assert!(without_password.body.contains("Something is missing in this form"), "{without_password:?}");
    // Little more than is read, so that the answer comes before the connection is closed over the rest.
    let endless = ann.post("/sign-in", &[("email", EMAIL), ("password", &"x".repeat(22_000))]).await;
    assert_eq!(endless.status, 400);
    ann.post("/sign-in", &ANN).await.leads_to();
    assert_eq!(ann.get("/settings/prove?do=nonsense").await.status, 404);
}

#[tokio::test]
async fn the_language_is_the_browsers_until_another_is_chosen() {
    let service = Service::start("language", &[]);
    let mut ann = Visitor::of(&service.address);
    let page = ann.get_with("/sign-in", &[("accept-language", "ja-JP,en;q=0.5")]).await;
    assert!(page.body.contains("<html lang=\"ja\">") && page.body.contains("サインイン"), "{}", page.body);
    let english = [("language", "en"), ("back", "/sign-in")];
    assert_eq!(ann.post("/language", &english).await.leads_to(), "/sign-in");
    let page = ann.get_with("/sign-in", &[("accept-language", "ja-JP,en;q=0.5")]).await;
    assert!(page.body.contains("<html lang=\"en\">"), "{}", page.body);
    assert!(ann.get("/nothing").await.body.contains("<html lang=\"en\">"));
    for back in ["https://evil.example", "//evil.example"] {
        assert_eq!(ann.post("/language", &[("language", "ja"), ("back", back)]).await.leads_to(), "/");
    }
    assert_eq!(ann.post("/language", &[("language", "tlh"), ("back", "/")]).await.status, 400);
    assert!(ann.get("/nothing").await.body.contains("ページが見つかりません"));
}

#[tokio::test]
async fn an_unknown_address_is_answered_like_a_wrong_password() {
    let service = Service::start("enumeration", &[]);
    let mut ann = Visitor::of(&service.address);
    register(&mut ann).await;
    let wrong = ann.post("/sign-in", &[("email", EMAIL), ("password", "something else")]).await;
    let unknown = ann.post("/sign-in", &[("email", "bob@example.com"), ("password", "something else")]).await;
    assert_eq!((wrong.status, unknown.status), (422, 422));
    assert_eq!(wrong.body.replace(EMAIL, "…"), unknown.body.replace("bob@example.com", "…"));
}

#[tokio::test]
#[allow(clippy::disallowed_methods, reason = "it measures how long an answer takes")]
async fn an_unknown_address_takes_as_long_as_a_wrong_password() {
    let service = Service::start("enumeration-by-time", &[]);
    let mut ann = Visitor::of(&service.address);
    register(&mut ann).await;
    let mut quickest = Vec::new();
    for email in [EMAIL, "bob@example.com"] {
        let mut took = Duration::MAX;
        for _ in 0..5 {
            let begun = Instant::now();
            ann.post("/sign-in", &[("email", email), ("password", "something else")]).await;
            took = took.min(begun.elapsed());
        }
        quickest.push(took);
    }
    // Without the decoy the second is some fifty times as quick.
    assert!(quickest[1] * 3 > quickest[0], "{quickest:?}");
}

#[tokio::test]
async fn every_page_says_that_it_may_not_be_kept_framed_or_scripted() {
    let service = Service::start("headers", &[]);
    let mut ann = Visitor::of(&service.address);
    register(&mut ann).await;
    let signed_in = ann.post("/sign-in", &ANN).await;
    let cookie = signed_in.header("set-cookie");
    assert!(
        cookie.contains("HttpOnly") && cookie.contains("SameSite=Lax") && !cookie.contains("Secure"),
        "{cookie}"
    );
    let page = ann.post("/settings/two-factor/enroll", &[("name", "Phone")]).await.leads_to().to_owned();

    for path in ["/", "/settings", "/settings/backup-codes/saved", "/admin", "/register", "/nothing", &page] {
        let answer = ann.get(path).await;
        assert_eq!(answer.header("cache-control"), "no-store", "{path}");
        let policy = answer.header("content-security-policy");
        assert!(
            policy.contains("default-src 'none'") && policy.contains("frame-ancestors 'none'"),
            "{policy}"
        );
        assert!(!policy.contains("unsafe") && !answer.body.contains("style="), "{path}");
    }
}

#[tokio::test]
async fn cookies_are_secure_where_the_site_is() {
    let service = Service::start("secure", &[("SECURE_COOKIES", "1"), ("REQUIRE_SECOND_FACTOR", "1")]);
    let mut ann = Visitor::of(&service.address);
    register(&mut ann).await;
    let answer = ann.post("/sign-in", &ANN).await;
    assert!(answer.header("set-cookie").contains("Secure"), "{answer:?}");
}

#[tokio::test]
async fn the_key_file_is_private_and_made_once() {
    let service = Service::start("key-file", &[]);
    let data = service.stop();
    let file = data.join("second-factor.keys");
    assert_eq!(fs::metadata(&file).unwrap().permissions().mode() & 0o777, 0o600);
    let keys = fs::read(&file).unwrap();
    Service::start_in(&data, &[]).stop();
    assert_eq!(fs::read(&file).unwrap(), keys);
}

#[tokio::test]
async fn without_its_key_file_it_does_not_start_over_existing_records() {
    let service = Service::start("no-keys", &[]);
    enrolled(&service).await;
    let data = service.stop();
    let file = data.join("second-factor.keys");
    fs::rename(&file, data.join("elsewhere")).unwrap();
    let said = Service::refuses(&data, &[]);
    assert!(said.contains("second-factor.keys is missing") && said.contains("backup"), "{said}");
    assert!(!file.exists(), "no new ring in its place");

    // With the file back, everything is as it was.
    fs::rename(data.join("elsewhere"), &file).unwrap();
    at_the_code_page(&Service::start_in(&data, &[])).await;
}

#[tokio::test]
async fn with_the_key_file_of_another_service_it_does_not_start_over_existing_records() {
    let service = Service::start("wrong-keys", &[]);
    enrolled(&service).await;
    let data = service.stop();
    let file = data.join("second-factor.keys");
    let stranger = Service::start("other-keys", &[]).stop().join("second-factor.keys");
    let right = fs::read(&file).unwrap();
    fs::copy(&stranger, &file).unwrap();
    let said = Service::refuses(&data, &[]);
    assert!(said.contains("not the one that the records are sealed with"), "{said}");

    fs::write(&file, right).unwrap();
    at_the_code_page(&Service::start_in(&data, &[])).await;
}

#[tokio::test]
async fn a_damaged_key_file_is_an_error() {
    let data = fresh_folder("damaged-keys");
    for text in ["", "not a key ring"] {
        fs::write(data.join("second-factor.keys"), text).unwrap();
        let said = Service::refuses(&data, &[]);
        assert!(said.contains("it holds no key ring"), "{said}");
    }
}
