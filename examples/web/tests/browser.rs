//! The service as a person sees it: a real browser, a camera's eye for the QR code, and another implementation as the phone.
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
    person::{ANN, register_and_sign_in, scan},
    programs::Programs,
    service::Service,
};

#[tokio::test]
async fn s01_s02_s03_s04_s11_s16_s28_s31_set_up_with_a_phone_and_sign_in_with_its_codes() {
    let Some(programs) = Programs::find() else { return };
    let service = Service::start("browser-set-up", &[]);
    let ann = Browser::open(&programs, &service.address, Look::default()).await;
    ann.go("/").await;
    ann.picture("01-front").await;
    ann.go("/register").await;
    ann.picture("02-register").await;
    register_and_sign_in(&ann).await;
    assert_eq!(ann.text("#me").await, "ann@example.com");

    // S1: from their own settings.
    ann.follow("header nav a[href='/settings']").await;
    assert_eq!(ann.text("#state").await, "off");
    ann.picture("03-settings-off").await;
    ann.submit(&[("name", "Ann’s phone")]).await;

    // S2: a QR code and a key to type. S3: what another implementation makes of it.
    let uri = scan(&ann, &programs, "04-qr").await;
    assert!(uri.starts_with("otpauth://totp/Lighthouse:ann%40example.com?secret="), "{uri}");
    ann.picture("05-confirm").await;
    ann.press("summary").await;
    let key = ann.text("#key").await;
    assert!(key.split(' ').all(|group| group.len() == 4), "{key}");
    assert!(uri.contains(&key.replace(' ', "")), "{key} is not in {uri}");
    assert_eq!(ann.find("#uri").await.attr("href").await.unwrap().unwrap(), uri);

    // S4: it is on only after a code from the app.
    let wrong = if programs.code(&uri, 0) == "000000" { "000001" } else { "000000" };
    ann.submit(&[("code", wrong)]).await;
    assert!(ann.text("[role=alert]").await.starts_with("That code was not accepted."));
    ann.picture("06-confirm-refused").await;
    ann.go("/settings").await;
    assert_eq!(ann.text("#state").await, "off");
    ann.go("/settings/two-factor/confirm").await;
    ann.submit(&[("code", &programs.code(&uri, 0))]).await;
    assert_eq!(ann.text("h1").await, "Your backup codes");
    ann.follow("#done").await;
    assert_eq!(ann.path().await, "/settings");
    assert_eq!(ann.text("#state").await, "on");
    assert_eq!(ann.text("#authenticators strong").await, "Ann’s phone");
    assert!(ann.text("#outbox").await.contains("was turned on"));
    ann.picture("07-settings-on").await;

    // S11, S31: the password, then a page for the code. The one that confirmed the set-up is spent; the phone's next one is not.
    ann.follow("header nav button").await;
    ann.go("/sign-in").await;
    ann.picture("08-sign-in").await;
    ann.submit(&ANN).await;
    assert_eq!(ann.path().await, "/sign-in/code");
    ann.picture("09-code").await;
    let field = ann.find("#code").await;
    // S28: how long a code is good.
    assert!(ann.text("main").await.contains("Each code is good for 30 seconds"));
    assert_eq!(field.attr("autocomplete").await.unwrap().unwrap(), "one-time-code");
    assert_eq!(field.attr("inputmode").await.unwrap().unwrap(), "numeric");
    let code = programs.code(&uri, 30);
    ann.submit(&[("code", &code)]).await;
    assert_eq!(ann.text("#me").await, "ann@example.com");

    // Somebody who watched it being typed is too late, in any browser.
    let thief = Browser::open(&programs, &service.address, Look::default()).await;
    thief.go("/sign-in").await;
    thief.submit(&ANN).await;
    thief.submit(&[("code", &code)]).await;
    assert_eq!(thief.path().await, "/sign-in/code");
    let notice = thief.text("[role=alert]").await;
    assert!(notice.starts_with("That code was not accepted."));
    assert!(notice.ends_with("You have 5 more tries before you have to wait."), "{notice}");
    thief.go("/settings").await;
    assert_eq!(thief.path().await, "/sign-in");

    // S16: after several, when to try again and whom to contact.
    thief.go("/sign-in/code").await;
    for tries in ["4 more tries", "3 more tries", "2 more tries", "one more try"] {
        thief.submit(&[("code", wrong)]).await;
        let notice = thief.text("[role=alert]").await;
        assert!(notice.ends_with(&format!("You have {tries} before you have to wait.")), "{notice}");
    }
    // The one that costs the wait, and those that are then not looked at.
    for _ in 0..4 {
        thief.submit(&[("code", wrong)]).await;
        let notice = thief.text("[role=alert]").await;
        assert!(notice.contains("You can try again in "), "{notice}");
        assert!(!notice.contains("before you have to wait"), "{notice}");
    }
    assert!(thief.text("main").await.contains("support@"));
    thief.picture("10-code-held-back").await;
}

#[tokio::test]
async fn s01_s04_s11_without_javascript() {
    let Some(programs) = Programs::find() else { return };
    let service = Service::start("browser-no-javascript", &[]);
    let look = Look { no_javascript: true, dark: true, ..Look::default() };
    let ann = Browser::open(&programs, &service.address, look).await;
    ann.page.goto("data:text/html,<title>off</title><script>document.title = 'on'</script>").await.unwrap();
    assert_eq!(ann.page.title().await.unwrap(), "off", "JavaScript runs");

    register_and_sign_in(&ann).await;
    ann.go("/settings").await;
    ann.submit(&[("name", "Phone")]).await;
    let uri = scan(&ann, &programs, "11-qr-dark").await;
    ann.picture("12-confirm-dark").await;
    ann.submit(&[("code", &programs.code(&uri, 0))]).await;
    ann.picture("12b-backup-codes-dark").await;
    ann.follow("#done").await;
    assert_eq!(ann.text("#state").await, "on");
    ann.picture("13-settings-dark").await;

    ann.follow("header nav button").await;
    ann.go("/sign-in").await;
    ann.submit(&ANN).await;
    ann.picture("14-code-dark").await;
    ann.submit(&[("code", &programs.code(&uri, 30))]).await;
    assert_eq!(ann.text("#me").await, "ann@example.com");
}

#[tokio::test]
async fn s20_s29_required_set_up_inside_the_sign_in() {
    let Some(programs) = Programs::find() else { return };
    let service = Service::start("browser-required", &[("REQUIRE_SECOND_FACTOR", "1")]);
    let look = Look { phone: true, ..Look::default() };
    let ann = Browser::open(&programs, &service.address, look).await;
    register_and_sign_in(&ann).await;
    assert_eq!(ann.path().await, "/sign-in/enroll");
    ann.picture("15-enroll-phone").await;
    ann.go("/settings").await;
    assert_eq!(ann.path().await, "/sign-in", "nothing else opens before");

    ann.go("/sign-in/enroll").await;
    ann.submit(&[("name", "Phone")]).await;
    let uri = scan(&ann, &programs, "16-qr-phone").await;
    ann.picture("17-confirm-phone").await;
    ann.submit(&[("code", &programs.code(&uri, 0))]).await;
    ann.picture("17b-backup-codes-phone").await;
    ann.follow("#done").await;
    assert_eq!(ann.path().await, "/settings");
    assert_eq!(ann.text("#state").await, "on");
    ann.picture("18-settings-phone").await;

    ann.follow("header nav button").await;
    ann.go("/sign-in").await;
    ann.submit(&ANN).await;
    assert_eq!(ann.path().await, "/sign-in/code", "from now on a code is asked for");
}
