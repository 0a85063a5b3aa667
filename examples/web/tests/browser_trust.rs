//! Trusted browsers: given trust at a sign-in, listed, renamed, and asked for a code again once it ends.
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
    person::{ANN, set_up, sign_out},
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
async fn s22_s23_a_trusted_browser_is_not_asked_until_it_is_removed() {
    let Some(programs) = Programs::find() else { return };
    let service = Service::start("browser-trust", &[]);
    let (home, work) = (open(&programs, &service).await, open(&programs, &service).await);
    let (uri, codes) = set_up(&home, &programs, "25-qr-trust").await;
    sign_out(&home).await;

    // S22: a tick box at the sign-in, for this browser.
    password(&home).await;
    assert!(home.text(".tick").await.contains("for 14 days"));
    home.press("[name=trust]").await;
    home.picture("26-code-trust").await;
    home.submit(&[("code", &programs.code(&uri, 30))]).await;
    sign_out(&home).await;
    password(&home).await;
    assert_eq!(home.path().await, "/", "no code was asked for");
    assert_eq!(home.text("#me").await, "ann@example.com");
    password(&work).await;
    assert_eq!(work.path().await, "/sign-in/code", "another browser is asked");
    work.submit(&[("code", &codes[0])]).await;

    // S23: the list, in either; the one that is removed is asked again.
    home.go("/settings").await;
    assert_eq!(home.text("#browsers strong").await, "Chrome on Linux");
    assert_eq!(home.text("#browsers .state").await, "this browser");
    home.picture("27-settings-browsers").await;
    work.go("/settings").await;
    assert!(!work.text("#browsers").await.contains("this browser"));
    assert_eq!(work.text("#known-browsers .state").await, "this browser", "known, though not trusted");
    work.follow("#browsers button").await;
    assert!(work.text("#outbox").await.contains("“Chrome on Linux” is no longer a trusted browser."));
    sign_out(&home).await;
    password(&home).await;
    assert_eq!(home.path().await, "/sign-in/code");
}

#[tokio::test]
async fn s27_trust_ends_with_a_sign_out_everywhere() {
    let Some(programs) = Programs::find() else { return };
    let service = Service::start("browser-trust-ends", &[]);
    let (home, work) = (open(&programs, &service).await, open(&programs, &service).await);
    let codes = trusted(&home, &programs, "37-qr-trust-ends").await;
    password(&work).await;
    work.submit(&[("code", &codes[0])]).await;

    // It can be told from others, and another name given.
    home.go("/settings").await;
    home.press("#browsers summary").await;
    let field = home.find("#browsers [name=label]").await;
    field.clear().await.unwrap();
    field.send_keys("Kitchen & hall").await.unwrap();
    home.follow("#browsers .rename button").await;
    assert_eq!(home.text("#browsers strong").await, "Kitchen & hall");
    assert!(home.text("#browsers small").await.contains("trusted until "));

    // A complete sign-out, from elsewhere: the session here is over, and so is the trust.
    work.go("/settings").await;
    work.follow("#sign-out-everywhere button").await;
    home.go("/settings").await;
    assert_eq!(home.path().await, "/sign-in");
    home.submit(&ANN).await;
    assert_eq!(home.path().await, "/sign-in/code");
    home.submit(&[("code", &codes[1])]).await;
    home.go("/settings").await;
    assert!(home.text("#no-browsers").await.starts_with("None: every sign-in is asked for a code."));
    work.go("/settings").await;
    assert_eq!(work.path().await, "/sign-in");
}

#[tokio::test]
async fn s27_trust_ends_with_a_new_password() {
    let Some(programs) = Programs::find() else { return };
    let service = Service::start("browser-trust-password", &[]);
    let home = open(&programs, &service).await;
    let codes = trusted(&home, &programs, "38-qr-trust-password").await;
    let [email, old] = ANN;
    let new = ("password", "another horse battery");
    home.go("/settings/password").await;
    home.submit(&[("current", old.1), new, ("code", &codes[0])]).await;
    sign_out(&home).await;
    home.go("/sign-in").await;
    home.submit(&[email, new]).await;
    assert_eq!(home.path().await, "/sign-in/code", "trusted no more");
    home.submit(&[("code", &codes[1])]).await;
    assert_eq!(home.text("#me").await, "ann@example.com");
}

/// Sets up the second factor and trusts the browser. The backup codes.
async fn trusted(browser: &Browser, programs: &Programs, name: &str) -> Vec<String> {
    let (uri, codes) = set_up(browser, programs, name).await;
    sign_out(browser).await;
    password(browser).await;
    browser.press("[name=trust]").await;
    browser.submit(&[("code", &programs.code(&uri, 30))]).await;
    sign_out(browser).await;
    password(browser).await;
    assert_eq!(browser.path().await, "/", "no code was asked for");
    codes
}
