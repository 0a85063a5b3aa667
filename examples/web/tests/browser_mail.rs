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
    #[allow(dead_code, reason = "each file of tests uses a part of it")]
    pub mod browser;
    #[allow(dead_code, reason = "each file of tests uses a part of it")]
    pub mod mail;
    #[allow(dead_code, reason = "each file of tests uses a part of it")]
    pub mod person;
    pub mod programs;
    #[allow(dead_code, reason = "no browser test restarts it")]
    pub mod service;
    #[allow(dead_code, reason = "each file of tests uses a part of it")]
    pub mod smtp;
}
use support::{
    browser::{Browser, Look},
    mail::mailed_code,
    person::{ANN, set_up, sign_out},
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
    let Some(programs) = Programs::find() else { return };
    let service = Service::start("browser-outbox", &[("DEMO", "1")]);
    let ann = Browser::open(&programs, &service.address, Look::default()).await;
    set_up(&ann, &programs, "61-qr-outbox").await;
    sign_out(&ann).await;
    ann.go("/sign-in").await;
    ann.submit(&ANN).await;
    ann.follow("#send-mail button").await;

    ann.go("/outbox").await;
    ann.picture("62-outbox").await;
    let newest = ann.text("main article").await;
    let code = mailed_code(&service.data);
    assert!(newest.contains("Your code for signing in") && newest.contains(&code), "{newest}");
    ann.go("/phone").await;
    ann.picture("63-phone").await;

    ann.go("/sign-in/code").await;
    ann.submit(&[("code", "000 000")]).await;
    ann.submit(&[("code", &code)]).await;
    assert_eq!(ann.text("#me").await, ANN[0].1);
    ann.go("/admin/audit").await;
    ann.picture("64-audit").await;
    assert!(ann.text("#log").await.contains("Wrong code"));
    ann.press("#kind option[value=code_sent]").await;
    ann.follow("#search button").await;
    assert_eq!(ann.page.find_all(fantoccini::Locator::Css("#log tbody tr")).await.unwrap().len(), 1);
    assert!(ann.text("#log").await.contains("Code sent") && ann.text("#log").await.contains("by mail"));
    ann.go("/admin/contact").await;
    ann.picture("65-contact").await;

    let dark = Look { phone: true, dark: true, ..Look::default() };
    let aya = Browser::open(&programs, &service.address, dark).await;
    aya.go("/sign-in").await;
    aya.follow("footer button[value=ja]").await;
    aya.go("/outbox").await;
    assert_eq!(aya.text("h1").await, "送信トレイ");
    aya.picture("66-outbox-phone-dark").await;
}
