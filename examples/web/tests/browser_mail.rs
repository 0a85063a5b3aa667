//! Mails and text messages as a person meets them: a real browser, and a mailbox at a mail server.
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
    pub mod axe;
    #[allow(dead_code, reason = "each file of tests uses a part of it")]
    pub mod browser;
    #[allow(dead_code, reason = "each file of tests uses a part of it")]
    pub mod mail;
    #[allow(dead_code, reason = "each file of tests uses a part of it")]
    pub mod node;
    #[allow(dead_code, reason = "each file of tests uses a part of it")]
    pub mod person;
    pub mod programs;
    #[allow(dead_code, reason = "no browser test restarts it")]
    pub mod service;
    #[allow(dead_code, reason = "each file of tests uses a part of it")]
    pub mod smtp;
}
use support::{
    axe::Axe,
    browser::{Browser, Look},
    mail::mailed_code,
    person::{ANN, confirm, set_up, shown_password, sign_out},
    programs::Programs,
    service::Service,
    smtp::{MailServer, Manners},
};

#[tokio::test]
async fn s09_s10_s35_what_comes_into_the_mailbox() {
    let Some(programs) = Programs::find() else { return };
    let mails = MailServer::start(Manners::Polite).await;
    let service = Service::start("browser-mailbox", &[("SMTP_URL", &mails.url())]);
    let ann = Browser::open(&programs, &service.address, Look::default()).await;
    let (_, codes) = set_up(&ann, &programs, "60-qr-mailbox").await;
    let address = ANN[0].1;

    // S9: that it is on, and what to do if it was not Ann.
    let on = mails.mail(address, "was turned on").await;
    assert_eq!(on.subject(), "Two-factor authentication was turned on");
    assert!(on.html().contains("Was that not you?") && on.html().contains("support@"), "{}", on.html());

    // S35: no app at hand, so a mail.
    sign_out(&ann).await;
    ann.go("/sign-in").await;
    ann.submit(&ANN).await;
    ann.follow("#send-mail button").await;
    let code = mails.mail(address, "type this code").await.code().unwrap();
    ann.submit(&[("code", &code)]).await;
    assert_eq!(ann.text("#me").await, address);

    // S10: that it is off, likewise.
    ann.go("/settings").await;
    ann.follow("#disable").await;
    ann.submit(&[("code", &codes[0])]).await;
    assert_eq!(ann.text("#state").await, "off");
    let off = mails.mail(address, "was turned off").await;
    assert_eq!(off.subject(), "Two-factor authentication was turned off");
    assert!(off.text().contains("Was that not you?") && off.text().contains("support@"), "{}", off.text());
}

#[tokio::test]
async fn s35_the_outbox_and_the_audit_log_of_the_demonstration() {
    let (Some(programs), Some(axe)) = (Programs::find(), Axe::find()) else { return };
    let service = Service::start("browser-outbox", &[("DEMO", "1")]);
    let ann = Browser::open(&programs, &service.address, Look::default()).await;
    set_up(&ann, &programs, "61-qr-outbox").await;
    sign_out(&ann).await;
    ann.go("/sign-in").await;
    ann.submit(&ANN).await;
    ann.follow("#send-mail button").await;

    ann.go("/outbox").await;
    axe.look(&ann, "62-outbox").await;
    let newest = ann.text("main article").await;
    let code = mailed_code(&service.data);
    assert!(newest.contains("Your code for signing in") && newest.contains(&code), "{newest}");
    ann.go("/phone").await;
    axe.look(&ann, "63-phone").await;

    ann.go("/sign-in/code").await;
    ann.submit(&[("code", "000 000")]).await;
    ann.submit(&[("code", &code)]).await;
    assert_eq!(ann.text("#me").await, ANN[0].1);
    ann.go("/admin/audit").await;
    axe.look(&ann, "64-audit").await;
    assert!(ann.text("#log").await.contains("Wrong code"));
    ann.press("#kind option[value=code_sent]").await;
    ann.follow("#search button").await;
    assert_eq!(ann.page.find_all(fantoccini::Locator::Css("#log tbody tr")).await.unwrap().len(), 1);
    assert!(ann.text("#log").await.contains("Code sent") && ann.text("#log").await.contains("by mail"));
    ann.go("/admin/contact").await;
    axe.look(&ann, "65-contact").await;

    let dark = Look { phone: true, dark: true, ..Look::default() };
    let aya = Browser::open(&programs, &service.address, dark).await;
    aya.go("/sign-in").await;
    aya.follow("footer button[value=ja]").await;
    aya.go("/outbox").await;
    assert_eq!(aya.text("h1").await, "送信トレイ");
    axe.look(&aya, "66-outbox-phone-dark").await;
}

/// Ben has no app, and signs in by text message once his company lets him.
#[tokio::test]
async fn s35_a_text_message_or_a_mail_instead_lets_in_who_has_no_app() {
    let (Some(programs), Some(axe)) = (Programs::find(), Axe::find()) else { return };
    let service = Service::start("browser-text", &[("DEMO", "1")]);
    let aiko = Browser::open(&programs, &service.address, Look::default()).await;
    let password = shown_password(&aiko, "aiko@harbour.example").await;
    aiko.go("/sign-in").await;
    aiko.submit(&[("email", "aiko@harbour.example"), ("password", &password)]).await;
    aiko.submit(&[("name", "Phone")]).await;
    confirm(&aiko, &programs, "67-qr-text").await;
    aiko.follow("#done").await;
    aiko.go("/admin/policy").await;
    aiko.press("[name=text]").await;
    aiko.press("#whom option[value=without]").await;
    aiko.follow("#policy button").await;
    aiko.follow("#save button").await;

    let phone = Look { phone: true, ..Look::default() };
    let ben = Browser::open(&programs, &service.address, phone).await;
    let password = shown_password(&ben, "ben@harbour.example").await;
    ben.go("/sign-in").await;
    ben.submit(&[("email", "ben@harbour.example"), ("password", &password)]).await;
    assert_eq!(ben.path().await, "/sign-in/code");
    let masked = ben.text("#to-text").await;
    assert!(masked.contains("23") && !masked.contains("7700 900123"), "{masked}");
    assert!(!ben.text("#to-mail").await.contains("ben@harbour"));
    ben.follow("#send-text button").await;
    axe.look(&ben, "68-code-texted-phone").await;
    ben.go("/phone").await;
    axe.look(&ben, "69-phone").await;
    let text = ben.text("main article").await;
    let code: String = text.split_whitespace().find(|word| is_code(word)).unwrap().to_owned();
    ben.go("/sign-in/code").await;
    ben.submit(&[("code", code.trim_end_matches('.'))]).await;
    assert_eq!(ben.path().await, "/terms", "he is in");

    // Where no text arrives: a mail.
    let other = Browser::open(&programs, &service.address, Look::default()).await;
    other.go("/sign-in").await;
    other.submit(&[("email", "ben@harbour.example"), ("password", &password)]).await;
    other.follow("#send-mail button").await;
    other.go("/sign-in/code").await;
    other.submit(&[("code", &mailed_code(&service.data))]).await;
    assert_eq!(other.path().await, "/terms");
}

fn is_code(word: &str) -> bool {
    let digits = word.trim_end_matches('.');
    digits.len() == 6 && digits.bytes().all(|digit| digit.is_ascii_digit())
}
