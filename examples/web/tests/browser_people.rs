//! Companies and their people, as they see it: real browsers.
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
    pub mod node;
    #[allow(dead_code, reason = "each file of tests uses a part of it")]
    pub mod person;
    pub mod programs;
    #[allow(dead_code, reason = "each file of tests uses a part of it")]
    pub mod service;
    #[allow(dead_code, reason = "each file of tests uses a part of it")]
    pub mod visitor;
}
use support::{
    axe::Axe,
    browser::{Browser, Look},
    person::{
        ANN, codes_on, confirm, register_and_sign_in, register_and_sign_in_as, scan, shown_password, sign_out,
    },
    programs::Programs,
    service::Service,
    visitor::Visitor,
};

const BOB: [(&str, &str); 2] = [("email", "bob@example.com"), ("password", "staple correct horse")];

async fn open(programs: &Programs, service: &Service, look: Look) -> Browser {
    Browser::open(programs, &service.address, look).await
}

#[tokio::test]
async fn s20_s29_s30_who_is_invited_scans_types_a_code_accepts_the_terms_and_is_in() {
    let (Some(programs), Some(axe)) = (Programs::find(), Axe::find()) else { return };
    let service = Service::start("browser-invited", &[("REQUIRE_SECOND_FACTOR", "1")]);
    let ann = open(&programs, &service, Look::default()).await;
    register_and_sign_in(&ann).await;
    ann.submit(&[("name", "Phone")]).await;
    confirm(&ann, &programs, "60-qr-administrator").await;
    ann.go("/admin/invitations").await;
    axe.look(&ann, "61-invitations").await;
    ann.submit(&[("email", "bob@example.com")]).await;
    assert!(ann.text("#invitations").await.contains("bob@example.com"));

    // In a phone's browser: the link, a password, the first sign-in.
    let bob = open(&programs, &service, Look { phone: true, ..Look::default() }).await;
    bob.go(&service.link_mailed_to("bob@example.com")).await;
    assert_eq!(bob.path().await, "/invitation", "the token does not stay in the address");
    assert!(bob.text("main").await.contains("bob@example.com"));
    axe.look(&bob, "62-invitation-phone").await;
    bob.submit(&[("password", "staple correct horse")]).await;
    assert_eq!(bob.path().await, "/sign-in");
    bob.submit(&BOB).await;

    // S29: the QR code, and a code before anything else opens.
    assert_eq!(bob.path().await, "/sign-in/enroll");
    for page in ["/settings", "/api-tokens"] {
        bob.go(page).await;
        assert_eq!(bob.path().await, "/sign-in", "{page}");
    }
    bob.go("/sign-in/enroll").await;
    bob.submit(&[("name", "Phone")]).await;
    let uri = scan(&bob, &programs, "63-qr-invited").await;
    assert!(uri.contains("bob%40example.com"), "{uri}");
    bob.submit(&[("code", &programs.code(&uri, 0))]).await;
    assert_eq!(codes_on(&bob).await.len(), 10);

    // S30: the terms, and nothing but them.
    bob.follow("#done").await;
    assert_eq!(bob.path().await, "/terms");
    axe.look(&bob, "64-terms-phone").await;
    for page in ["/", "/settings", "/admin"] {
        bob.go(page).await;
        assert_eq!(bob.path().await, "/terms", "{page}");
    }
    bob.follow("#accept button").await;
    assert_eq!(bob.text("#me").await, "bob@example.com");
    assert_eq!(bob.text("#company").await, "example.com");

    // S31: from now on a code, and no more terms.
    sign_out(&bob).await;
    bob.go("/sign-in").await;
    bob.submit(&BOB).await;
    assert_eq!(bob.path().await, "/sign-in/code");
    bob.submit(&[("code", &programs.code(&uri, 30))]).await;
    assert_eq!(bob.text("#me").await, "bob@example.com");
}

#[tokio::test]
async fn s34_single_sign_on_and_a_program_are_not_asked() {
    let (Some(programs), Some(axe)) = (Programs::find(), Axe::find()) else { return };
    let service = Service::start("browser-exempt", &[("DEMO", "1")]);
    let sora = open(&programs, &service, Look::default()).await;
    sora.go("/").await;
    axe.look(&sora, "65-front-demo").await;
    sora.follow("#demo a[href='/sso']").await;
    assert_eq!(sora.path().await, "/identity-provider");
    axe.look(&sora, "66-identity-provider").await;
    sora.follow("#people button").await;
    axe.look(&sora, "66-identity-provider-asks").await;
    sora.follow("#continue button").await;
    assert_eq!(sora.path().await, "/terms", "no code, though the company requires one");
    axe.look(&sora, "66-terms").await;
    sora.follow("#accept button").await;
    assert_eq!(sora.text("#me").await, "sora@harbour.example");
    sora.go("/settings").await;
    assert_eq!(sora.path().await, "/settings");

    sora.follow("#tokens").await;
    axe.look(&sora, "67-api-tokens").await;
    sora.submit(&[("name", "Nightly report")]).await;
    let token = sora.text("#api-token").await;
    axe.look(&sora, "67-api-token").await;
    let bearer = format!("Bearer {token}");
    let answer = Visitor::of(&service.address).get_with("/api/me", &[("authorization", &bearer)]).await;
    assert!(answer.status == 200 && answer.body.contains("sora@harbour.example"), "{answer:?}");
}

#[tokio::test]
async fn s38_the_choice_is_the_companys_not_the_users_or_the_browsers() {
    let (Some(programs), Some(axe)) = (Programs::find(), Axe::find()) else { return };
    let service = Service::start("browser-companies", &[("DEMO", "1")]);
    let (one, other) =
        (open(&programs, &service, Look::default()).await, open(&programs, &service, Look::default()).await);
    // The same browsers, one person of each company in both.
    for browser in [&one, &other] {
        for (email, next) in [("ben@harbour.example", "/sign-in/enroll"), ("daiki@meadow.example", "/terms")]
        {
            let password = shown_password(browser, email).await;
            browser.go("/sign-in").await;
            browser.submit(&[("email", email), ("password", &password)]).await;
            assert_eq!(browser.path().await, next, "{email}");
        }
    }
    // Daiki reads Japanese: chosen at the foot of the page.
    one.follow("footer button[lang=ja]").await;
    assert_eq!(one.find("html").await.attr("lang").await.unwrap().unwrap(), "ja");
    axe.look(&one, "68-terms-japanese").await;
    one.follow("#accept button").await;
    assert_eq!(one.text("#me").await, "daiki@meadow.example");
}

#[tokio::test]
async fn s27_a_new_password_ends_the_other_browser_and_its_trust() {
    let (Some(programs), Some(axe)) = (Programs::find(), Axe::find()) else { return };
    let service = Service::start("browser-password", &[]);
    let (ann, other) =
        (open(&programs, &service, Look::default()).await, open(&programs, &service, Look::default()).await);
    register_and_sign_in_as(&ann, &ANN).await;
    ann.go("/settings").await;
    ann.submit(&[("name", "Phone")]).await;
    let uri = confirm(&ann, &programs, "69-qr-password").await;
    let codes = codes_on(&ann).await;
    other.go("/sign-in").await;
    other.submit(&ANN).await;
    other.press("[name=trust]").await;
    other.submit(&[("code", &programs.code(&uri, 30))]).await;
    assert_eq!(other.text("#me").await, "ann@example.com");

    ann.go("/settings").await;
    ann.follow("#password").await;
    ann.submit(&[("current", "not it"), ("password", "a better password"), ("code", &codes[0])]).await;
    assert!(ann.text("[role=alert]").await.contains("not your present password"));
    let change = [("current", ANN[1].1), ("password", "a better password"), ("code", codes[0].as_str())];
    axe.look(&ann, "70-password").await;
    ann.submit(&change).await;
    assert_eq!(ann.path().await, "/settings");
    other.go("/").await;
    other.go("/settings").await;
    assert_eq!(other.path().await, "/sign-in");
    other.submit(&[ANN[0], ("password", "a better password")]).await;
    assert_eq!(other.path().await, "/sign-in/code", "the browser is not trusted any more");
}
