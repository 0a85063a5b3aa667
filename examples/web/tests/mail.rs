//! Mails as they come in at a mail server, and what happens while there is none.
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
    pub mod mail;
    #[allow(dead_code, reason = "each file of tests uses a part of it")]
    pub mod phone;
    #[allow(dead_code, reason = "each file of tests uses a part of it")]
    pub mod service;
    pub mod smtp;
    #[allow(dead_code, reason = "each file of tests uses a part of it")]
    pub mod visitor;
}
use std::{
    fs,
    path::Path,
    time::{Duration, Instant},
};

use second_factor::{Channel, Factor, Policy};
use sqlx::{SqlitePool, sqlite::SqliteConnectOptions};

use support::{
    ann::{ANN, EMAIL, at_the_code_page, enrolled, member_of, prove, register, set_up},
    service::{Service, fresh_folder},
    smtp::{MailServer, Manners},
    visitor::Visitor,
};

#[tokio::test]
async fn s09_a_mail_over_smtp_says_that_it_is_on_and_what_to_do() {
    let mails = MailServer::start(Manners::Polite).await;
    let service = Service::start("mail-enabled", &[("SMTP_URL", &mails.url())]);
    enrolled(&service).await;

    let mail = mails.mail(EMAIL, "was turned on").await;
    assert_eq!(mail.subject(), "Two-factor authentication was turned on");
    for version in [mail.text(), mail.html()] {
        assert!(version.contains("Two-factor authentication was turned on for your account."), "{version}");
        assert!(version.contains("Was that not you?") && version.contains("support@"), "{version}");
    }
    let raw = String::from_utf8(mail.raw.clone()).unwrap();
    assert!(raw.contains("Auto-Submitted: auto-generated") && raw.contains("Content-Language: en"), "{raw}");
    assert!(mail.parsed().message_id().is_some() && mail.parsed().date().is_some());

    // Each notice came once: the activation and the backup codes.
    assert_eq!(mails.mails_to(EMAIL).len(), 2, "{:#?}", mails.mails_to(EMAIL));
}

#[tokio::test]
async fn s10_a_mail_over_smtp_says_that_it_is_off_and_what_to_do() {
    let mails = MailServer::start(Manners::Polite).await;
    let service = Service::start("mail-disabled", &[("SMTP_URL", &mails.url())]);
    let (mut ann, _, codes) = enrolled(&service).await;
    assert_eq!(prove(&mut ann, "disable", &codes[0]).await.leads_to(), "/settings");

    let mail = mails.mail(EMAIL, "was turned off").await;
    assert_eq!(mail.subject(), "Two-factor authentication was turned off");
    for version in [mail.text(), mail.html()] {
        assert!(version.contains("Was that not you?") && version.contains("support@"), "{version}");
    }
}

#[tokio::test]
async fn a_name_is_data_in_a_mail() {
    let mails = MailServer::start(Manners::Polite).await;
    let service = Service::start("mail-escapes", &[("SMTP_URL", &mails.url())]);
    let (mut ann, _, codes) = enrolled(&service).await;
    let rename = [("id", "1"), ("name", "<b>.\"Phone\"</b>")];
    assert_eq!(ann.post("/settings/two-factor/rename", &rename).await.leads_to(), "/settings");
    let page = "/settings/prove?do=replace&id=1";
    let token = ann.get(page).await.between("name=\"token\" value=\"", "\"").to_owned();
    let form = [("token", token.as_str()), ("name", "<i>New</i>"), ("code", codes[0].as_str())];
    let confirm = ann.post(page, &form).await.leads_to().to_owned();
    let mut new = support::ann::key_on(&ann.get(&confirm).await);
    assert_eq!(ann.post(&confirm, &[("code", &new.next_code().await)]).await.leads_to(), "/settings");

    let mail = mails.mail(EMAIL, "took the place").await;
    assert!(mail.text().contains("“<i>New</i>”"), "{}", mail.text());
    assert!(!mail.html().contains("<i>") && mail.html().contains("New"), "{}", mail.html());
}

#[tokio::test]
async fn with_a_mail_server_no_page_shows_codes() {
    let mails = MailServer::start(Manners::Polite).await;
    let url = mails.url();
    let with_server: &[(&str, &str)] = &[("SMTP_URL", &url), ("DEMO", "1")];
    for settings in [with_server, &[("DEMO", "0")]] {
        let service = Service::start("mail-no-pages", settings);
        let mut anybody = Visitor::of(&service.address);
        assert_eq!(anybody.get("/outbox").await.status, 404, "{settings:?}");
        assert_eq!(anybody.get("/phone").await.status, 404, "{settings:?}");
    }
}

#[tokio::test]
async fn the_demonstration_shows_its_mails() {
    let service = Service::start("mail-outbox", &[("DEMO", "1")]);
    enrolled(&service).await;
    let mut ann = at_the_code_page(&service).await;
    assert_eq!(ann.post("/sign-in/code/send", &[("by", "mail")]).await.leads_to(), "/sign-in/code");
    let code = support::mail::mailed_code(&service.data);
    let outbox = ann.get("/outbox").await;
    assert_eq!(outbox.status, 200);
    assert!(outbox.body.contains(EMAIL) && outbox.body.contains("was turned on"), "{}", outbox.body);
    assert!(outbox.body.contains(&code), "{}", outbox.body);
    assert_eq!(outbox.header("cache-control"), "no-store");
    assert_eq!(ann.get("/phone").await.status, 200);
    assert!(!service.log().contains(&code), "a code in the log");
}

#[tokio::test]
async fn s35_a_mailed_code_comes_over_smtp_and_stands_in_no_log() {
    let mails = MailServer::start(Manners::Polite).await;
    let service = Service::start("mail-code", &[("SMTP_URL", &mails.url())]);
    enrolled(&service).await;
    let mut ann = at_the_code_page(&service).await;
    assert_eq!(ann.post("/sign-in/code/send", &[("by", "mail")]).await.leads_to(), "/sign-in/code");
    let mail = mails.mail(EMAIL, "type this code").await;
    assert_eq!(mail.subject(), "Your code for signing in");
    let code = mail.code().unwrap();
    assert!(mail.html().contains(&code));
    // A slip of the finger is one of five tries.
    let slip = if code == "000000" { "000001" } else { "000000" };
    let refused = ann.post("/sign-in/code", &[("code", slip)]).await;
    assert!(refused.body.contains("You have 4 more tries with the code that was sent."), "{}", refused.body);
    assert_eq!(ann.post("/sign-in/code", &[("code", &code)]).await.leads_to(), "/");
    assert!(ann.get("/").await.body.contains(EMAIL));
    assert!(!service.log().contains(&code), "a code in the log");
}

#[tokio::test]
async fn while_the_mail_server_is_down_notices_wait_and_nobody_is_kept_out() {
    let mails = MailServer::start(Manners::Down).await;
    let url = mails.url();
    let settings = [("SMTP_URL", url.as_str()), ("DELIVER_EVERY", "1")];
    let service = Service::start("mail-down", &settings);
    let (_, mut phone, _) = enrolled(&service).await;
    let mut ann = at_the_code_page(&service).await;
    assert_eq!(ann.post("/sign-in/code", &[("code", &phone.next_code().await)]).await.leads_to(), "/");
    // On the settings page they stand at once. A code that somebody waits for fails at once, and says so.
    assert!(ann.get("/settings").await.body.contains("was turned on"));
    let mut again = at_the_code_page(&service).await;
    assert_eq!(again.post("/sign-in/code/send", &[("by", "mail")]).await.status, 503);
    assert!(service.log().contains("cannot be reached"), "{}", service.log());

    // A second process, which hands over what waits as well. The server is back, and refuses; then it takes them.
    let second = Service::start_in(&service.data, &settings);
    mails.behave(Manners::Refusing);
    tokio::time::sleep(Duration::from_secs(12)).await; // longer than the pause after it could not be reached
    assert!(mails.mails_to(EMAIL).is_empty());
    mails.behave(Manners::Polite);
    mails.mail(EMAIL, "was turned on").await;
    mails.mail(EMAIL, "10 new backup codes").await;
    // And each only once, however often they are handed over, and by whom.
    tokio::time::sleep(Duration::from_secs(3)).await;
    drop(second);
    let mut ann = at_the_code_page(&service).await;
    assert_eq!(ann.post("/sign-in/code", &[("code", &phone.next_code().await)]).await.leads_to(), "/");
    assert_eq!(mails.mails_to(EMAIL).len(), 2);
}

#[tokio::test]
#[allow(clippy::disallowed_methods, reason = "it measures how long an answer takes")]
async fn a_mail_server_that_says_nothing_does_not_hold_up_every_page() {
    let mails = MailServer::start(Manners::Silent).await;
    let service = Service::start("mail-silent", &[("SMTP_URL", &mails.url())]);
    let (_, mut phone, _) = enrolled(&service).await;
    // The set-up has waited for it once. From now on, and for a while, nothing does.
    let mut ann = at_the_code_page(&service).await;
    let code = phone.next_code().await;
    let begun = Instant::now();
    assert_eq!(ann.post("/sign-in/code", &[("code", &code)]).await.leads_to(), "/");
    assert!(begun.elapsed() < Duration::from_secs(12), "{:?}", begun.elapsed());
    assert!(ann.get("/").await.body.contains(EMAIL));
}

#[tokio::test]
async fn settings_that_no_mail_can_be_sent_with_stop_the_start() {
    let data = fresh_folder("mail-settings");
    for (name, value, says) in [
        ("SMTP_URL", "http://user:hunter2@mail.example", "SMTP_URL cannot be read"),
        ("MAIL_FROM", "nobody", "MAIL_FROM is not an address"),
    ] {
        let said = Service::refuses(&data, &[(name, value)]);
        assert!(said.contains(says) && !said.contains("hunter2"), "{said}");
    }
}

#[tokio::test]
async fn mails_follow_the_language_that_was_chosen_at_the_foot_of_a_page() {
    let mails = MailServer::start(Manners::Polite).await;
    let service = Service::start("mail-language", &[("SMTP_URL", &mails.url())]);
    let (mut ann, ..) = enrolled(&service).await;
    mails.mail(EMAIL, "was turned on").await;
    // Somebody who is not signed in chooses for the pages of that browser alone.
    let mut stranger = Visitor::of(&service.address);
    let choice = [("language", "ja"), ("back", "/")];
    assert_eq!(stranger.post("/language", &choice).await.leads_to(), "/");
    at_the_code_page(&service).await.post("/sign-in/code/send", &[("by", "mail")]).await.leads_to();
    mails.mail(EMAIL, "type this code").await;

    assert_eq!(ann.post("/language", &choice).await.leads_to(), "/");
    ann.post("/settings/sign-out-everywhere", &[]).await.leads_to();
    let raw = mails.mail(EMAIL, "サインアウト").await.raw;
    assert!(String::from_utf8(raw).unwrap().contains("Content-Language: ja"));
}

#[tokio::test]
async fn s09_in_japanese_to_who_reads_japanese() {
    let mails = MailServer::start(Manners::Polite).await;
    let service = Service::start("mail-japanese", &[("SMTP_URL", &mails.url())]);
    let mut ann = Visitor::of(&service.address);
    ann.cookies.insert("language".to_owned(), "ja".to_owned());
    register(&mut ann).await;
    assert_eq!(ann.post("/sign-in", &ANN).await.leads_to(), "/");
    set_up(&mut ann, "/settings/two-factor/enroll", "スマホ").await;

    let mail = mails.mail(EMAIL, "有効になりました").await;
    assert_eq!(mail.subject(), "二要素認証が有効になりました");
    for version in [mail.text(), mail.html()] {
        assert!(version.contains("お使いのアカウントの二要素認証が有効になりました。"), "{version}");
        assert!(version.contains("お心当たりがない場合") && version.contains("support@"), "{version}");
    }
    // As it travels, it is ASCII: the subject as RFC 2047 has it, the text in base64 or quoted-printable.
    assert!(mail.raw.is_ascii());
    let raw = String::from_utf8(mail.raw.clone()).unwrap();
    assert!(raw.contains("Subject: =?utf-8?b?") && raw.contains("Content-Language: ja"), "{raw}");
}

#[tokio::test]
async fn s17_whoever_has_to_set_it_up_is_warned_by_mail() {
    let mails = MailServer::start(Manners::Polite).await;
    let service = Service::start("mail-required", &[]);
    let (mut ann, ..) = enrolled(&service).await;
    member_of(&service, &mut ann, BOB).await;
    let service = Service::start_in(&service.stop(), &[("SMTP_URL", &mails.url())]);
    ann.address.clone_from(&service.address);

    // As the browser sends it: what is previewed, and then saved.
    let policy = [
        ("requirement", "everybody"),
        ("trust", "14"),
        ("whom", "beside"),
        ("app", "yes"),
        ("backup", "yes"),
        ("mail", "yes"),
    ];
    let preview = ann.post("/admin/policy", &policy).await;
    assert_eq!(preview.status, 200, "{}", preview.body);
    assert_eq!(ann.post("/admin/policy/save", &policy).await.leads_to(), "/admin/policy");

    let mail = mails.mail(BOB[0].1, "is required").await;
    assert_eq!(mail.subject(), "Two-factor authentication is required");
    assert!(mail.html().contains("Set it up in the settings"), "{}", mail.html());
    assert_eq!(mails.mails_to(BOB[0].1).len(), 1);
    assert!(mails.mails_to(EMAIL).is_empty(), "Ann has it already");
}

#[tokio::test]
async fn s35_where_the_text_message_does_not_go_out_a_mail_does() {
    let mails = MailServer::start(Manners::Polite).await;
    let data = fresh_folder("mail-instead-of-text");
    let spool = data.join("spool");
    let settings = [("SMTP_URL", mails.url()), ("SMS_SPOOL", spool.to_str().unwrap().to_owned())];
    let settings = settings.each_ref().map(|(name, value)| (*name, value.as_str()));
    let service = Service::start_in(&data, &settings);
    enrolled(&service).await;
    give_phone(&data, EMAIL, "+81312345678").await;

    // The gateway is gone: that is said at once, and a mail brings the code.
    fs::remove_dir_all(&spool).unwrap();
    let mut ann = at_the_code_page(&service).await;
    let not_sent = ann.post("/sign-in/code/send", &[("by", "text")]).await;
    assert_eq!(not_sent.status, 503, "{}", not_sent.body);
    assert_eq!(ann.post("/sign-in/code/send", &[("by", "mail")]).await.leads_to(), "/sign-in/code");
    let mail = mails.mail(EMAIL, "type this code").await;
    assert_eq!(ann.post("/sign-in/code", &[("code", &mail.code().unwrap())]).await.leads_to(), "/");
    assert!(ann.get("/").await.body.contains(EMAIL));
}

#[tokio::test]
async fn s35_the_phone_of_the_demonstration_shows_its_text_messages() {
    let service = Service::start("mail-phone", &[("DEMO", "1")]);
    enrolled(&service).await;
    give_phone(&service.data, EMAIL, "+81312345678").await;
    let mut ann = at_the_code_page(&service).await;
    assert_eq!(ann.post("/sign-in/code/send", &[("by", "text")]).await.leads_to(), "/sign-in/code");
    let phone = ann.get("/phone").await;
    assert!(phone.body.contains("+81312345678"), "{}", phone.body);
    let (_, text) = texts(&service.data.join("phone")).pop().unwrap();
    let code = text.split(' ').next().unwrap();
    assert!(text.contains("is your code for"), "{text}");
    assert!(phone.body.contains(code) && !service.log().contains(code), "{}", phone.body);
    assert_eq!(ann.post("/sign-in/code", &[("code", code)]).await.leads_to(), "/");
}

const BOB: [(&str, &str); 2] = [("email", "bob@example.com"), ("password", "staple correct horse")];

/// Somebody tells the company their number, and the company uses text messages.
async fn give_phone(data: &Path, email: &str, number: &str) {
    let file = SqliteConnectOptions::new().filename(data.join("web.sqlite"));
    let pool = SqlitePool::connect_with(file).await.unwrap();
    let number = sqlx::query("UPDATE users SET phone = ? WHERE email = ?").bind(number).bind(email);
    number.execute(&pool).await.unwrap();
    let policy: String = sqlx::query_scalar("SELECT policy FROM companies").fetch_one(&pool).await.unwrap();
    let policy: Policy = serde_json::from_str(&policy).unwrap();
    let policy = policy.allow(Factor::OneTimeCode(Channel::Sms));
    let policy = sqlx::query("UPDATE companies SET policy = ?").bind(serde_json::to_string(&policy).unwrap());
    policy.execute(&pool).await.unwrap();
    pool.close().await;
}

/// The text messages in a folder: to which number, and what.
fn texts(folder: &Path) -> Vec<(String, String)> {
    let files = fs::read_dir(folder).unwrap().map(|file| fs::read_to_string(file.unwrap().path()).unwrap());
    files
        .map(|file| {
            let (head, text) = file.split_once("\n\n").unwrap();
            (head.lines().next().unwrap().strip_prefix("To: ").unwrap().to_owned(), text.trim().to_owned())
        })
        .collect()
}

#[tokio::test]
async fn s09_the_company_says_what_to_do() {
    let mails = MailServer::start(Manners::Polite).await;
    let service = Service::start("mail-contact", &[("SMTP_URL", &mails.url())]);
    let mut ann = Visitor::of(&service.address);
    register(&mut ann).await;
    assert_eq!(ann.post("/sign-in", &ANN).await.leads_to(), "/");
    let too_much = "x".repeat(201);
    for refused in [too_much.as_str(), "two\nlines"] {
        assert_eq!(ann.post("/admin/contact", &[("contact", refused)]).await.status, 422);
    }
    let contact = [("contact", "Call <0800 123> at once.")];
    assert_eq!(ann.post("/admin/contact", &contact).await.leads_to(), "/admin");
    assert!(ann.get("/admin/contact").await.body.contains("0800 123"));
    set_up(&mut ann, "/settings/two-factor/enroll", "Phone").await;

    let mail = mails.mail(EMAIL, "was turned on").await;
    assert!(mail.text().contains("Was that not you? Call <0800 123> at once."), "{}", mail.text());
    assert!(mail.html().contains("0800 123") && !mail.html().contains("<0800"), "{}", mail.html());
}
