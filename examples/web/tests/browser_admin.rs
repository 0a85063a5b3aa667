//! The administrator's pages, and what members meet after them: in real browsers.
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
    pub mod person;
    pub mod programs;
    #[allow(dead_code, reason = "no browser test restarts it")]
    pub mod service;
}
use support::{
    browser::{Browser, Look},
    person::{confirm, invite, register_and_sign_in, set_up, sign_out},
    programs::Programs,
    service::Service,
};

const BOB: [(&str, &str); 2] = [("email", "bob@example.com"), ("password", "staple correct horse")];

async fn open(programs: &Programs, service: &Service) -> Browser {
    Browser::open(programs, &service.address, Look::default()).await
}

/// Proposes a policy; ends at the page that says what it would mean.
async fn propose(admin: &Browser, requirement: &str) {
    admin.go("/admin").await;
    admin.press(&format!("#requirement option[value={requirement}]")).await;
    admin.follow("#policy button").await;
}

#[tokio::test]
async fn s13_s14_s15_s25_s26_a_member_who_lost_the_phone_is_reset_and_sets_up_anew() {
    let Some(programs) = Programs::find() else { return };
    let service = Service::start("browser-reset", &[]);
    let (ann, bob) = (open(&programs, &service).await, open(&programs, &service).await);
    let (_, codes) = set_up(&ann, &programs, "40-qr-admin").await;
    invite(&service, &ann, &bob, &BOB).await;
    bob.go("/settings").await;
    bob.submit(&[("name", "Phone")]).await;
    let lost = confirm(&bob, &programs, "41-qr-member").await;

    // S13: who has it on. S14, S25: the reset, behind the administrator's own code.
    ann.go("/").await;
    ann.follow("#admin").await;
    assert_eq!(ann.text("#members li:last-child .state").await, "on");
    ann.picture("42-administration").await;
    ann.follow("#members li:last-child a").await;
    ann.submit(&[("reason", "Lost phone & codes"), ("code", "000 000")]).await;
    assert!(ann.text("[role=alert]").await.starts_with("That code was not accepted."));
    assert_eq!(ann.text("#state").await, "on");
    ann.submit(&[("code", &codes[0])]).await;
    let ticket = ann.text("#ticket").await;
    ann.picture("43-reset").await;
    ann.go("/admin").await;
    assert_eq!(ann.text("#members li:last-child .state").await, "off");

    // S26: whatever was open is over. The password alone is not enough to set up anew: it takes the ticket.
    bob.go("/settings").await;
    assert_eq!(bob.path().await, "/sign-in");
    bob.submit(&BOB).await;
    bob.go("/settings").await;
    assert!(bob.text("#outbox").await.contains(
        "An administrator reset your two-factor authentication, for this reason: Lost phone & codes"
    ));
    bob.submit(&[("name", "New phone"), ("ticket", "00000-00000-00000-00000-00000-0")]).await;
    assert!(bob.text("[role=alert]").await.starts_with("That ticket was not accepted."));
    bob.picture("44-ticket").await;
    bob.submit(&[("name", "New phone"), ("ticket", &ticket.to_lowercase())]).await;
    assert_ne!(confirm(&bob, &programs, "45-qr-member-anew").await, lost);
    bob.go("/admin").await;
    assert_eq!(bob.text("h1").await, "There is no such page", "it is the administrator's alone");
}

#[tokio::test]
async fn s17_s18_s19_s21_s32_s37_the_policy_is_previewed_and_holds_from_the_next_click_on() {
    let Some(programs) = Programs::find() else { return };
    let service = Service::start("browser-policy", &[]);
    let (ann, bob) = (open(&programs, &service).await, open(&programs, &service).await);
    register_and_sign_in(&ann).await;
    invite(&service, &ann, &bob, &BOB).await;

    // Nobody locks themselves out by it.
    propose(&ann, "everybody").await;
    assert_eq!(ann.text("#must-enroll").await, "2");
    assert!(ann.text("[role=alert]").await.starts_with("You would lock yourself out."));
    ann.picture("46-policy-locked-out").await;
    ann.go("/settings").await;
    ann.submit(&[("name", "Phone")]).await;
    let uri = confirm(&ann, &programs, "47-qr-policy").await;

    // S21: no trusted browsers. S17, S18: Bob is told, and every click leads to the settings. S19: Ann cannot turn it off.
    ann.go("/admin").await;
    ann.press("[name=trust]").await;
    ann.press("#requirement option[value=everybody]").await;
    ann.follow("#policy button").await;
    assert_eq!(ann.text("#must-enroll").await, "1");
    ann.picture("48-policy").await;
    ann.follow("#save button").await;
    assert_eq!(ann.path().await, "/admin");
    bob.go("/").await;
    assert_eq!(bob.path().await, "/settings");
    assert!(bob.text("#outbox").await.contains("is required now"));
    ann.go("/settings").await;
    assert!(ann.text("#required").await.contains("not turn it off"));
    sign_out(&ann).await;
    ann.go("/sign-in").await;
    ann.submit(&support::person::ANN).await;
    assert!(!ann.page.source().await.unwrap().contains("name=\"trust\""));
    ann.submit(&[("code", &programs.code(&uri, 30))]).await;

    // S32, S37: not used any more, so what was set up is deleted.
    propose(&ann, "off").await;
    assert_eq!(ann.text("#would-lose").await, "1");
    ann.follow("#save button").await;
    assert_eq!(ann.path().await, "/admin");
    assert_eq!(ann.text("#members .state").await, "off");
    ann.go("/settings").await;
    assert_eq!(ann.text("#state").await, "off");
    assert!(ann.text("#outbox").await.contains("no longer used here"));
    bob.go("/").await;
    assert_eq!(bob.text("#me").await, "bob@example.com");
}
