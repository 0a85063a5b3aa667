//! How the pages look, and whether everybody can use them: pictures of the main ones in the light, in the dark and on a phone, in both
//! languages, each examined by axe-core.
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
    #[allow(dead_code, reason = "no browser test restarts it")]
    pub mod service;
}
use support::{
    axe::Axe,
    browser::{Browser, Look},
    person::{ANN, codes_on, invite, scan, sign_out},
    programs::Programs,
    service::Service,
};

const BOB: [(&str, &str); 2] = [("email", "bob@example.com"), ("password", "staple correct horse")];

/// Walks through the pages of one person, and takes the last step as administrator.
async fn walk(name: &str, look: Look, language: &str) {
    let (Some(programs), Some(axe)) = (Programs::find(), Axe::find()) else { return };
    let service = Service::start(&format!("looks-{name}"), &[]);
    let phone = look.phone;
    let ann = Browser::open(&programs, &service.address, look).await;
    let see = async |page: &str| {
        axe.look(&ann, &format!("{name}-{page}")).await;
        assert!(!ann.sideways().await, "{page} is wider than the screen");
    };
    ann.go("/").await;
    if language != "en" {
        ann.follow(&format!("footer [value={language}]")).await;
    }
    assert_eq!(ann.find("html").await.attr("lang").await.unwrap().unwrap(), language);
    see("01-front").await;
    ann.go("/register").await;
    see("02-register").await;
    ann.submit(&ANN).await;
    see("03-sign-in").await;
    ann.submit(&ANN).await;
    see("04-home").await;
    ann.go("/settings").await;
    see("05-settings-off").await;
    ann.submit(&[]).await;
    let uri = scan(&ann, &programs, &format!("{name}-06-qr")).await;
    see("06-set-up").await;
    ann.press("#by-hand summary").await;
    see("07-set-up-by-hand").await;
    ann.submit(&[("code", "what?")]).await;
    see("08-set-up-refused").await;
    ann.submit(&[("code", &programs.code(&uri, 0))]).await;
    see("09-backup-codes").await;
    let codes = codes_on(&ann).await;
    ann.go("/settings/backup-codes/saved").await;
    see("10-saved").await;
    sign_out(&ann).await;

    ann.go("/sign-in").await;
    ann.submit(&ANN).await;
    see("11-code").await;
    ann.go("/sign-in/code?letters=1").await;
    see("12-code-backup").await;
    ann.submit(&[("code", "nonsense")]).await;
    see("13-code-refused").await;
    ann.go("/sign-in/code").await;
    ann.follow("#send-mail button").await;
    see("14-code-mailed").await;
    ann.press("[name=trust]").await;
    ann.submit(&[("code", &programs.code(&uri, 30))]).await;
    ann.go("/settings").await;
    see("15-settings").await;
    ann.press("#browsers summary").await;
    ann.press("#authenticators summary").await;
    see("16-settings-rename").await;
    ann.go("/settings/prove?do=replace&id=1").await;
    see("17-replace").await;
    ann.go("/settings/prove?do=disable").await;
    see("18-turn-off").await;
    for what in ["add", "new-codes", "view-codes"] {
        ann.go(&format!("/settings/prove?do={what}")).await;
        see(&format!("18a-{what}")).await;
    }
    ann.go("/terms").await;
    see("18a-terms").await;
    ann.go("/api-tokens").await;
    see("18a-api-tokens").await;
    ann.go("/settings/password").await;
    see("18b-password").await;
    ann.go("/admin/contact").await;
    see("18c-contact").await;
    ann.go("/nothing").await;
    see("19-nothing").await;

    if !phone {
        let bob = Browser::open(&programs, &service.address, Look::default()).await;
        invite(&service, &ann, &bob, &BOB).await;
    }
    ann.go("/admin").await;
    see("20-members").await;
    ann.go("/admin/invitations").await;
    see("21-invitations").await;
    ann.go("/admin/audit").await;
    see("22-audit").await;
    ann.go("/admin/policy").await;
    see("23-policy").await;
    ann.press("#requirement [value=everybody]").await;
    ann.follow("#policy button").await;
    see("24-policy-preview").await;
    ann.go("/admin/member?id=1").await;
    see("25-member-me").await;
    if !phone {
        ann.go("/admin/member?id=2").await;
        see("26-member").await;
        ann.submit(&[("reason", "Lost everything"), ("code", &codes[0])]).await;
        see("27-reset").await;
    }
    ann.go("/admin/policy").await;
    ann.press("#requirement [value=off]").await;
    ann.follow("#policy button").await;
    see("28-policy-off").await;
    ann.press("[name=understood]").await;
    ann.follow("#save button").await;
    see("29-deletion").await;
}

#[tokio::test]
async fn in_the_light() {
    walk("light", Look::default(), "en").await;
}

#[tokio::test]
async fn in_the_dark_and_in_japanese() {
    walk("dark", Look { dark: true, ..Look::default() }, "ja").await;
}

#[tokio::test]
async fn on_a_phone() {
    walk("phone", Look { phone: true, ..Look::default() }, "en").await;
}
