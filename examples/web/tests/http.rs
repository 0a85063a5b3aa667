//! The service without a browser: what a visitor can do who sends what they like.
#![allow(
    missing_docs,
    unreachable_pub,
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing
)]

mod support {
    pub mod phone;
    pub mod service;
    pub mod visitor;
}
use std::{
    fs,
    os::unix::fs::PermissionsExt,
    time::{Duration, Instant},
};

use sqlx::{SqlitePool, sqlite::SqliteConnectOptions};
use support::{
    phone::Phone,
    service::{Service, fresh_folder},
    visitor::{Answer, Visitor},
};

const EMAIL: &str = "ann@example.com";
const PASSWORD: &str = "correct horse battery";
const ANN: [(&str, &str); 2] = [("email", EMAIL), ("password", PASSWORD)];

async fn register(visitor: &mut Visitor) {
    assert_eq!(visitor.post("/register", &ANN).await.leads_to(), "/sign-in?registered=1");
}

/// Registers, signs in, and sets up the second factor in the settings.
async fn enrolled(service: &Service) -> (Visitor, Phone) {
    let mut ann = Visitor::of(&service.address);
    register(&mut ann).await;
    assert_eq!(ann.post("/sign-in", &ANN).await.leads_to(), "/");
    let phone = set_up(&mut ann, "/settings/two-factor/enroll", "Phone").await;
    (ann, phone)
}

/// Begins a set-up with this form, and confirms it.
async fn set_up(visitor: &mut Visitor, form: &str, name: &str) -> Phone {
    let page = visitor.post(form, &[("name", name)]).await.leads_to().to_owned();
    let mut phone = key_on(&visitor.get(&page).await);
    assert_eq!(visitor.post(&page, &[("code", &phone.next_code().await)]).await.leads_to(), "/settings");
    phone
}

fn key_on(page: &Answer) -> Phone {
    Phone::with_key(page.between("id=\"key\">", "<"))
}

/// The password alone.
async fn at_the_code_page(service: &Service) -> Visitor {
    let mut ann = Visitor::of(&service.address);
    assert_eq!(ann.post("/sign-in", &ANN).await.leads_to(), "/sign-in/code");
    ann
}

#[tokio::test]
async fn s11_nobody_gets_in_between_the_password_and_the_code() {
    let service = Service::start("between", &[]);
    let (_, mut phone) = enrolled(&service).await;
    let mut thief = at_the_code_page(&service).await;

    assert!(!thief.cookies.contains_key("session"), "there is no session to mistake for one");
    assert!(!thief.get("/").await.body.contains(EMAIL));
    assert_eq!(thief.get("/settings").await.leads_to(), "/sign-in");
    assert_eq!(thief.get("/settings/two-factor/add").await.leads_to(), "/sign-in");
    assert_eq!(thief.get("/settings/two-factor/confirm").await.leads_to(), "/sign-in");
    // Nor is there a way around: to set up an authenticator of one's own inside this sign-in.
    let enroll = thief.post("/sign-in/enroll", &[("name", "Mine")]).await;
    assert!([403, 422].contains(&enroll.status), "{enroll:?}");
    assert_eq!(thief.get("/sign-in/enroll/confirm").await.status, 422);

    // The right code opens it, and only for the browser that typed it.
    let mut ann = at_the_code_page(&service).await;
    assert_eq!(ann.post("/sign-in/code", &[("code", &phone.next_code().await)]).await.leads_to(), "/");
    assert!(ann.get("/").await.body.contains(EMAIL));
    assert_eq!(thief.get("/settings").await.leads_to(), "/sign-in");
}

#[tokio::test]
async fn s31_a_code_is_accepted_once_across_browsers() {
    let service = Service::start("replay", &[]);
    let (_, mut phone) = enrolled(&service).await;
    let code = phone.next_code().await;
    let mut ann = at_the_code_page(&service).await;
    let mut thief = at_the_code_page(&service).await;

    assert_eq!(ann.post("/sign-in/code", &[("code", &code)]).await.leads_to(), "/");
    let refused = thief.post("/sign-in/code", &[("code", &code)]).await;
    assert_eq!(refused.status, 422);
    assert!(refused.body.contains("That code was not accepted."));
    assert_eq!(thief.get("/settings").await.leads_to(), "/sign-in");
}

#[tokio::test]
async fn of_many_browsers_with_the_same_code_one_gets_in() {
    let service = Service::start("race", &[]);
    let (_, mut phone) = enrolled(&service).await;
    let code = phone.next_code().await;
    let mut racing = Vec::new();
    for _ in 0..6 {
        let mut browser = at_the_code_page(&service).await;
        let code = code.clone();
        racing.push(tokio::spawn(
            async move { browser.post("/sign-in/code", &[("code", &code)]).await.status },
        ));
    }
    let mut statuses = Vec::new();
    for one in racing {
        statuses.push(one.await.unwrap());
    }
    assert_eq!(statuses.iter().filter(|status| **status == 303).count(), 1, "{statuses:?}");
}

#[tokio::test]
async fn a_double_click_does_not_show_a_refusal() {
    let service = Service::start("double-click", &[]);
    let (_, mut phone) = enrolled(&service).await;
    let mut ann = at_the_code_page(&service).await;
    let mut again = ann.clone();
    let code = phone.next_code().await;

    assert_eq!(ann.post("/sign-in/code", &[("code", &code)]).await.leads_to(), "/");
    let second = again.post("/sign-in/code", &[("code", &code)]).await;
    assert_eq!(second.leads_to(), "/");
    assert_eq!(second.header("set-cookie"), "", "it must not undo what the first one set");
}

#[tokio::test]
async fn s16_one_sentence_whatever_the_reason_and_then_when_to_try_again() {
    let service = Service::start("wrong-codes", &[]);
    let (_, phone) = enrolled(&service).await;
    let mut ann = at_the_code_page(&service).await;
    for typed in ["what?", "12345", "12345678901234567"] {
        let malformed = ann.post("/sign-in/code", &[("code", typed)]).await;
        assert_eq!(malformed.status, 422);
        assert!(malformed.body.contains("That code was not accepted."), "{}", malformed.body);
    }
    let mut last = None;
    for _ in 0..8 {
        let wrong = ann.post("/sign-in/code", &[("code", &phone.wrong_code())]).await;
        assert!(wrong.body.contains("That code was not accepted."), "{}", wrong.body);
        assert!(wrong.body.contains("support@"), "whom to contact");
        last = Some(wrong);
    }
    let last = last.unwrap();
    assert_eq!(last.status, 429);
    assert!(last.header("retry-after").parse::<u64>().unwrap() > 0);
    assert!(last.body.contains("You can try again in "), "{}", last.body);
}

#[tokio::test]
async fn s18_while_required_every_click_leads_to_the_settings() {
    let service = Service::start("required-later", &[]);
    let mut ann = Visitor::of(&service.address);
    register(&mut ann).await;
    assert_eq!(ann.post("/sign-in", &ANN).await.leads_to(), "/");
    assert_eq!(ann.get("/").await.status, 200);

    let data = service.stop();
    let service = Service::start_in(&data, &[("REQUIRE_SECOND_FACTOR", "1")]);
    ann.address.clone_from(&service.address);
    for page in ["/", "/sign-in", "/register", "/no-such-page"] {
        assert_eq!(ann.get(page).await.leads_to(), "/settings", "{page}");
    }
    assert!(ann.get("/settings").await.body.contains("It is required here."));
    set_up(&mut ann, "/settings/two-factor/enroll", "Phone").await;
    assert_eq!(ann.get("/").await.status, 200);
}

#[tokio::test]
async fn s20_s29_while_required_a_new_account_is_set_up_inside_the_sign_in() {
    let service = Service::start("required", &[("REQUIRE_SECOND_FACTOR", "1")]);
    let mut ann = Visitor::of(&service.address);
    register(&mut ann).await;
    assert_eq!(ann.post("/sign-in", &ANN).await.leads_to(), "/sign-in/enroll");
    assert!(!ann.cookies.contains_key("session"));
    assert_eq!(ann.get("/settings").await.leads_to(), "/sign-in");

    set_up(&mut ann, "/sign-in/enroll", "Phone").await;
    assert!(ann.get("/settings").await.body.contains("id=\"state\">on<"));
}

#[tokio::test]
async fn a_further_authenticator_takes_a_fresh_code() {
    let service = Service::start("further", &[]);
    let (mut ann, mut phone) = enrolled(&service).await;
    // An open session alone adds nothing.
    assert_eq!(ann.post("/settings/two-factor/enroll", &[("name", "Thief")]).await.status, 403);

    let page = ann.get("/settings/two-factor/add").await;
    let token = page.between("name=\"token\" value=\"", "\"").to_owned();
    let form = |code: String| [("token", token.clone()), ("name", "Tablet".to_owned()), ("code", code)];
    let wrong = form(phone.wrong_code());
    let refused =
        ann.post("/settings/two-factor/add", &wrong.each_ref().map(|(n, v)| (*n, v.as_str()))).await;
    assert_eq!(refused.status, 422);

    let right = form(phone.next_code().await);
    let proven = ann.post("/settings/two-factor/add", &right.each_ref().map(|(n, v)| (*n, v.as_str()))).await;
    let confirm = proven.leads_to().to_owned();
    let mut tablet = key_on(&ann.get(&confirm).await);
    assert_eq!(ann.post(&confirm, &[("code", &tablet.next_code().await)]).await.leads_to(), "/settings");

    let settings = ann.get("/settings").await.body;
    assert!(settings.contains("<strong>Phone</strong>") && settings.contains("<strong>Tablet</strong>"));
    assert!(settings.contains("The authenticator “Tablet” was added"), "{settings}");

    let mut again = at_the_code_page(&service).await;
    assert_eq!(again.post("/sign-in/code", &[("code", &tablet.next_code().await)]).await.leads_to(), "/");
}

#[tokio::test]
async fn turning_it_on_ends_the_other_sessions_of_the_user() {
    let service = Service::start("other-sessions", &[]);
    let mut elsewhere = Visitor::of(&service.address);
    register(&mut elsewhere).await;
    assert_eq!(elsewhere.post("/sign-in", &ANN).await.leads_to(), "/");
    let mut ann = Visitor::of(&service.address);
    assert_eq!(ann.post("/sign-in", &ANN).await.leads_to(), "/");

    set_up(&mut ann, "/settings/two-factor/enroll", "Phone").await;
    assert_eq!(elsewhere.get("/").await.leads_to(), "/sign-in");
    assert_eq!(ann.get("/settings").await.status, 200);
}

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
        for form in ["/settings/two-factor/enroll", "/sign-out", "/sign-in", "/register", "/sign-in/code"] {
            let answer = ann.post_with(form, &[("name", "Thief")], headers).await;
            assert_eq!(answer.status, 403, "{form} with {headers:?}");
        }
    }
    assert!(ann.get("/").await.body.contains(EMAIL), "still signed in");
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
async fn a_lost_record_of_somebody_enrolled_lets_nobody_in() {
    let service = Service::start("lost-record", &[]);
    let (mut ann, _) = enrolled(&service).await;
    let file = SqliteConnectOptions::new().filename(service.data.join("web.sqlite"));
    let lost = sqlx::query("DELETE FROM second_factor");
    lost.execute(&SqlitePool::connect_with(file).await.unwrap()).await.unwrap();

    let mut thief = Visitor::of(&service.address);
    assert_eq!(thief.post("/sign-in", &ANN).await.status, 503);
    assert!(thief.cookies.is_empty());
    assert_eq!(ann.get("/settings").await.status, 503);
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

    for path in ["/", "/settings", "/register", "/nothing", &page] {
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
    let said = Service::refuses(&data);
    assert!(said.contains("second-factor.keys is missing") && said.contains("backup"), "{said}");
    assert!(!file.exists(), "no new ring in its place");

    // With the file back, everything is as it was.
    fs::rename(data.join("elsewhere"), &file).unwrap();
    at_the_code_page(&Service::start_in(&data, &[])).await;
}

#[tokio::test]
async fn a_damaged_key_file_is_an_error() {
    let data = fresh_folder("damaged-keys");
    for text in ["", "not a key ring"] {
        fs::write(data.join("second-factor.keys"), text).unwrap();
        let said = Service::refuses(&data);
        assert!(said.contains("it holds no key ring"), "{said}");
    }
}
