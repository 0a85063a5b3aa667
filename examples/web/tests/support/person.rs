//! What a person does in a browser, again and again.

use fantoccini::Locator;

use super::{browser::Browser, programs::Programs, service::Service};

pub const ANN: [(&str, &str); 2] = [("email", "ann@example.com"), ("password", "correct horse battery")];

pub async fn register_and_sign_in(browser: &Browser) {
    register_and_sign_in_as(browser, &ANN).await;
}

pub async fn register_and_sign_in_as(browser: &Browser, account: &[(&str, &str)]) {
    browser.go("/register").await;
    browser.submit(account).await;
    browser.submit(account).await;
}

/// A member of the company of an administrator who is signed in: invited, signed in with the password that they chose, past the terms.
pub async fn invite(service: &Service, administrator: &Browser, member: &Browser, account: &[(&str, &str)]) {
    let [(_, email), (_, password)] = account else { panic!("an address and a password") };
    administrator.go("/admin/invitations").await;
    administrator.submit(&[("email", email)]).await;
    member.go(&service.link_mailed_to(email)).await;
    member.submit(&[("password", password)]).await;
    member.submit(account).await;
    member.follow("#accept button").await;
}

pub async fn sign_out(browser: &Browser) {
    browser.follow("header nav button").await;
}

/// Reads the QR code off the screen.
pub async fn scan(browser: &Browser, programs: &Programs, name: &str) -> String {
    programs.scan(&browser.picture_of("#qr", name).await)
}

/// Registers, signs in, and goes as far as the QR code.
pub async fn begin_set_up(browser: &Browser) {
    register_and_sign_in(browser).await;
    browser.go("/settings").await;
    browser.submit(&[("name", "Phone")]).await;
}

/// From the QR code on the screen to the page with the backup codes. What the phone was shown.
pub async fn confirm(browser: &Browser, programs: &Programs, name: &str) -> String {
    let uri = scan(browser, programs, name).await;
    browser.submit(&[("code", &programs.code(&uri, 0))]).await;
    assert_eq!(browser.text("h1").await, "Your backup codes");
    uri
}

/// All of it, as far as the page with the backup codes. What the phone was shown, and the codes.
pub async fn set_up(browser: &Browser, programs: &Programs, name: &str) -> (String, Vec<String>) {
    begin_set_up(browser).await;
    let uri = confirm(browser, programs, name).await;
    (uri, codes_on(browser).await)
}

/// The backup codes on the page.
pub async fn codes_on(browser: &Browser) -> Vec<String> {
    let mut codes = Vec::new();
    for line in browser.page.find_all(Locator::Css("#codes code")).await.unwrap() {
        codes.push(line.text().await.unwrap());
    }
    codes
}

/// What the front page says that a person's password is.
pub async fn shown_password(browser: &Browser, email: &str) -> String {
    browser.go("/").await;
    let page = browser.page.source().await.unwrap();
    let (_, rest) = page.split_once(&format!("<strong>{email}</strong> <code>")).unwrap();
    rest.split('<').next().unwrap().to_owned()
}
