//! What a person finds in the settings, and how it changes their next sign-in: in a real browser, with another implementation as the
//! phone.
#![allow(
    missing_docs,
    unreachable_pub,
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing,
    clippy::print_stderr
)]

mod support {
    #[allow(dead_code, reason = "each file of tests uses a part of it")]
    pub mod browser;
    #[allow(dead_code, reason = "each file of tests uses a part of it")]
    pub mod mail;
    #[allow(dead_code, reason = "each file of tests uses a part of it")]
    pub mod person;
    pub mod programs;
    #[allow(dead_code, reason = "no browser test restarts it")]
    pub mod service;
}
use std::time::Duration;

use fantoccini::Locator;
use support::{
    browser::{Browser, Look},
    mail::{mailed_code, outbox},
    person::{ANN, codes_on, scan, set_up, sign_out},
    programs::Programs,
    service::Service,
};

async fn open(programs: &Programs, service: &Service) -> Browser {
    Browser::open(programs, &service.address, Look::default()).await
}

/// Signs in as far as the page for the code.
async fn password(browser: &Browser) {
    browser.go("/sign-in").await;
    browser.submit(&ANN).await;
}

#[tokio::test]
async fn s05_s06_s07_s08_backup_codes_to_save_to_use_to_count_and_to_make_anew() {
    let Some(programs) = Programs::find() else { return };
    let service = Service::start("browser-backup-codes", &[]);
    let ann = open(&programs, &service).await;
    let (_, codes) = set_up(&ann, &programs, "20-qr-backup-codes").await;

    // S5: ten of them, to copy, to download, and to show that they are saved.
    ann.picture("21-backup-codes").await;
    assert_eq!(codes.len(), 10);
    assert!(codes.iter().all(|code| code.len() == 29), "{codes:?}");
    assert_eq!(ann.text("#download button").await, "Download as a file");
    assert!(ann.find("#print").await.is_displayed().await.unwrap());
    // What the clipboard is given; headless browsers have none to read.
    let listen = "navigator.clipboard.writeText = async (text) => { document.title = text; }";
    ann.page.execute(listen, Vec::new()).await.unwrap();
    ann.press("#copy").await;
    ann.page.wait().for_element(Locator::XPath("//*[@id='said' and text()='Copied']")).await.unwrap();
    assert_eq!(ann.page.title().await.unwrap().split_whitespace().collect::<Vec<_>>(), codes);
    ann.follow("#show-saved").await;
    ann.submit(&[("code", &codes[8].replace('-', "."))]).await;
    assert!(ann.text("[role=alert]").await.starts_with("That is none of your unused backup codes."));
    ann.submit(&[("code", &codes[9])]).await;
    assert_eq!(ann.path().await, "/settings");
    // S7: how many are unused.
    assert_eq!(ann.text("#codes-left").await, "9");
    assert!(ann.text("#codes-saved").await.starts_with("You showed so on "));
    assert!(!ann.page.source().await.unwrap().contains(&codes[0]), "they are not shown again");

    // S6: one of them in the place of the app's code, in the same field.
    sign_out(&ann).await;
    password(&ann).await;
    ann.follow("#backup-hint a").await;
    assert_eq!(ann.find("#code").await.attr("inputmode").await.unwrap().unwrap(), "text");
    ann.picture("22-code-backup").await;
    ann.submit(&[("code", &codes[0].to_lowercase())]).await;
    assert_eq!(ann.text("#me").await, "ann@example.com");
    ann.go("/settings").await;
    assert_eq!(ann.text("#codes-left").await, "8");
    sign_out(&ann).await;
    password(&ann).await;
    ann.submit(&[("code", &codes[0])]).await;
    assert!(ann.text("[role=alert]").await.starts_with("That code was not accepted."));
    ann.submit(&[("code", &codes[1])]).await;
    assert_eq!(ann.text("#me").await, "ann@example.com");

    // S8: new ones, after a code; the old ones die.
    ann.go("/settings").await;
    ann.picture("23-settings-backup-codes").await;
    ann.follow("#new-codes").await;
    ann.picture("24-prove").await;
    ann.submit(&[("code", &codes[2])]).await;
    let new = codes_on(&ann).await;
    assert_eq!(new.len(), 10);
    ann.follow("#done").await;
    assert_eq!(ann.text("#codes-left").await, "10");
    assert!(ann.text("#outbox").await.contains("You have 10 new backup codes."));
    sign_out(&ann).await;
    password(&ann).await;
    ann.submit(&[("code", &codes[3])]).await;
    assert!(ann.text("[role=alert]").await.starts_with("That code was not accepted."));
    ann.submit(&[("code", &new[0])]).await;

    // S7, where the tenant allows it: the codes themselves, after a code.
    ann.go("/settings").await;
    ann.follow("#view-codes").await;
    ann.submit(&[("code", &new[1])]).await;
    assert_eq!(codes_on(&ann).await, new[2..]);
}

#[tokio::test]
async fn s24_s12_s10_change_the_app_in_place_and_turn_it_off() {
    let Some(programs) = Programs::find() else { return };
    let service = Service::start("browser-replace", &[]);
    let (ann, elsewhere) = (open(&programs, &service).await, open(&programs, &service).await);
    let (old, codes) = set_up(&ann, &programs, "28-qr-old").await;

    // S24: the old one works until the new one is proven.
    ann.go("/settings").await;
    ann.follow("#authenticators .replace").await;
    ann.picture("29-prove-replace").await;
    ann.submit(&[("code", &codes[0]), ("name", "New phone")]).await;
    let new = scan(&ann, &programs, "30-qr-new").await;
    assert_ne!(new, old);
    password(&elsewhere).await;
    elsewhere.submit(&[("code", &programs.code(&old, 30))]).await;
    assert_eq!(elsewhere.text("#me").await, "ann@example.com");
    ann.submit(&[("code", &programs.code(&new, 0))]).await;
    assert_eq!(ann.path().await, "/settings");
    assert_eq!(ann.text("#authenticators strong").await, "New phone");
    assert!(ann.text("#outbox").await.contains("“New phone” took the place"));
    elsewhere.go("/settings").await;
    assert_eq!(elsewhere.path().await, "/sign-in", "sessions of the old one are over");
    elsewhere.submit(&ANN).await;
    elsewhere.submit(&[("code", &programs.code(&new, 30))]).await;
    assert_eq!(elsewhere.text("#me").await, "ann@example.com");

    // S12: off, after a code. S10: and a message says so, and what to do if it was not Ann.
    ann.follow("#disable").await;
    ann.picture("31-prove-disable").await;
    ann.submit(&[("code", &codes[1])]).await;
    assert_eq!(ann.path().await, "/settings");
    assert_eq!(ann.text("#state").await, "off");
    assert!(ann.text("#outbox").await.contains("was turned off"));
    let mails = outbox(&service.data);
    let last = mails.iter().map(|mail| mail.text()).find(|text| text.contains("was turned off")).unwrap();
    assert!(last.contains("Was that not you? Write to support@"), "{last}");
    sign_out(&ann).await;
    password(&ann).await;
    assert_eq!(ann.path().await, "/", "the password alone");
}

#[tokio::test]
async fn s35_a_mail_where_no_app_is_at_hand() {
    let Some(programs) = Programs::find() else { return };
    let service = Service::start("browser-mail", &[]);
    let ann = open(&programs, &service).await;
    set_up(&ann, &programs, "32-qr-mail").await;
    sign_out(&ann).await;
    password(&ann).await;
    ann.follow("#send-mail button").await;
    assert_eq!(ann.path().await, "/sign-in/code");
    assert!(ann.text("#sent").await.starts_with("We sent you a mail, to a•••@example.com."));
    assert!(ann.text("#resend").await.contains("The next one can be sent in "));
    ann.picture("33-code-mailed").await;
    ann.submit(&[("code", &mailed_code(&service.data))]).await;
    assert_eq!(ann.text("#me").await, "ann@example.com");
}

#[tokio::test]
async fn a_phone_whose_clock_is_wrong_is_told_so_at_the_set_up() {
    let Some(programs) = Programs::find() else { return };
    let service = Service::start("browser-clock", &[]);
    let ann = open(&programs, &service).await;
    support::person::begin_set_up(&ann).await;
    let uri = scan(&ann, &programs, "34-qr-clock").await;
    ann.submit(&[("code", &programs.code(&uri, 240))]).await;
    assert!(
        ann.text("[role=alert]").await.contains("The clock of your phone seems to be about 4 minutes fast.")
    );
    ann.picture("35-confirm-clock").await;
    ann.submit(&[("code", &programs.code(&uri, 0))]).await;
    assert_eq!(ann.text("h1").await, "Your backup codes");
}

#[tokio::test]
async fn s35_another_mail_can_be_asked_for_once_the_seconds_are_counted_down() {
    let Some(programs) = Programs::find() else { return };
    let service = Service::start("browser-resend", &[]);
    let ann = open(&programs, &service).await;
    set_up(&ann, &programs, "36-qr-resend").await;
    sign_out(&ann).await;
    password(&ann).await;
    ann.follow("#send-mail button").await;
    let button = ann.find("#send-mail button").await;
    assert!(!button.is_enabled().await.unwrap());
    let before = seconds_on(&button.text().await.unwrap());
    assert!((1..=60).contains(&before), "{before}");
    tokio::time::sleep(Duration::from_millis(1500)).await;
    assert!(seconds_on(&button.text().await.unwrap()) < before, "it counts");

    assert!(ann.text("#resend").await.contains("The next one can be sent in "), "in words, too");

    // Without the script the button can be pressed, and whoever does so too early is told when to come back.
    let plain =
        Browser::open(&programs, &service.address, Look { no_javascript: true, ..Look::default() }).await;
    password(&plain).await;
    plain.follow("#send-mail button").await;
    plain.follow("#send-mail button").await;
    assert!(plain.text("#not-sent").await.starts_with("The next one can be sent in "));
}

/// The number in `Send me another mail (59)`.
fn seconds_on(button: &str) -> u64 {
    let (words, number) = button.trim_end_matches(')').split_once(" (").unwrap();
    assert_eq!(words, "Send me another mail");
    number.parse().unwrap()
}

#[tokio::test]
async fn s03_s24_several_authenticators_each_by_its_name() {
    let Some(programs) = Programs::find() else { return };
    let service = Service::start("browser-authenticators", &[]);
    let ann = open(&programs, &service).await;
    let (_, codes) = set_up(&ann, &programs, "38-qr-first").await;
    ann.go("/settings").await;
    assert!(ann.page.find(Locator::Css("#authenticators .remove")).await.is_err(), "the last one stays");
    ann.follow("#add").await;
    ann.submit(&[("code", &codes[0]), ("name", "Tablet")]).await;
    let tablet = scan(&ann, &programs, "39-qr-second").await;
    ann.submit(&[("code", &programs.code(&tablet, 0))]).await;
    assert_eq!(names(&ann).await, ["Phone", "Tablet"]);
    assert!(ann.text("#events").await.contains("Tablet"));

    ann.press("#authenticators li:first-child summary").await;
    let field = ann.find("#authenticators li:first-child [name=name]").await;
    field.clear().await.unwrap();
    field.send_keys("Old phone").await.unwrap();
    ann.follow("#authenticators li:first-child .rename button").await;
    assert_eq!(names(&ann).await, ["Old phone", "Tablet"]);
    ann.picture("39b-authenticators").await;

    ann.follow("#authenticators li:first-child .remove").await;
    ann.submit(&[("code", &codes[1])]).await;
    assert_eq!(names(&ann).await, ["Tablet"]);
    sign_out(&ann).await;
    password(&ann).await;
    ann.submit(&[("code", &programs.code(&tablet, 30))]).await;
    assert_eq!(ann.text("#me").await, "ann@example.com");
}

async fn names(ann: &Browser) -> Vec<String> {
    let mut names = Vec::new();
    for name in ann.page.find_all(Locator::Css("#authenticators strong")).await.unwrap() {
        names.push(name.text().await.unwrap());
    }
    names
}
