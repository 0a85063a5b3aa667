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
use std::time::Duration;

use fantoccini::Locator;
use sqlx::{SqlitePool, sqlite::SqliteConnectOptions};
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
    admin.go("/admin/policy").await;
    admin.press(&format!("#requirement [value={requirement}]")).await;
    admin.follow("#policy button").await;
}

/// Whether the member list says that somebody has it on: what it says, and the sign beside it.
async fn says_of(admin: &Browser, email: &str) -> String {
    admin.go(&format!("/admin?address={}", email.replace('@', "%40"))).await;
    assert_eq!(admin.text("#found").await, "1 member");
    let sign = admin.find("#members tbody .state svg").await;
    assert_eq!(sign.attr("aria-hidden").await.unwrap().as_deref(), Some("true"), "words say it, too");
    admin.text("#members tbody .state").await
}

#[tokio::test]
async fn s13_s14_s15_s25_s26_s36_a_member_who_lost_the_phone_is_reset_and_sets_up_anew() {
    let Some(programs) = Programs::find() else { return };
    let service = Service::start("browser-reset", &[]);
    let (ann, bob) = (open(&programs, &service).await, open(&programs, &service).await);
    let (_, codes) = set_up(&ann, &programs, "40-qr-admin").await;
    invite(&service, &ann, &bob, &BOB).await;
    bob.go("/settings").await;
    bob.submit(&[("name", "Phone")]).await;
    let lost = confirm(&bob, &programs, "41-qr-member").await;

    // S13: who has it on.
    ann.go("/").await;
    ann.follow("header nav a[href='/admin']").await;
    ann.picture("42-administration").await;
    assert_eq!(says_of(&ann, "bob@example.com").await, "on");

    // S15, S36: Bob, at a loss, is told whom to write to.
    sign_out(&bob).await;
    bob.go("/sign-in").await;
    bob.submit(&BOB).await;
    assert!(bob.text("main").await.contains("support@"));

    // S14, S25: the reset, with a reason, behind the administrator's own code.
    ann.follow("#members tbody a").await;
    ann.picture("42b-member").await;
    ann.submit(&[("reason", "Lost phone & codes"), ("code", "000 000")]).await;
    assert!(ann.text("[role=alert]").await.starts_with("That code was not accepted."));
    assert_eq!(ann.find("#reason").await.prop("value").await.unwrap().unwrap(), "Lost phone & codes");
    assert_eq!(ann.text("#state").await, "on");
    ann.submit(&[("code", &codes[0])]).await;
    assert_eq!(ann.text("h1").await, "The second factor of bob@example.com was reset");
    let ticket = ann.text("#ticket").await;
    ann.picture("43-reset").await;
    assert_eq!(says_of(&ann, "bob@example.com").await, "off");
    ann.go("/admin/audit").await;
    assert!(ann.text("#log").await.contains("Lost phone & codes"));
    ann.picture("43b-audit").await;

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
async fn s13_the_member_list_is_searched_filtered_and_turned_page_by_page() {
    let Some(programs) = Programs::find() else { return };
    let service = Service::start("browser-members", &[]);
    let ann = open(&programs, &service).await;
    set_up(&ann, &programs, "49-qr-members").await;
    colleagues(&service, 45).await;
    ann.go("/admin").await;
    assert_eq!(ann.text("#found").await, "46 members");
    assert_eq!(rows(&ann).await.len(), 20);
    ann.picture("49-members").await;
    ann.follow("#later").await;
    ann.follow("#later").await;
    assert_eq!(rows(&ann).await.len(), 6);
    assert!(ann.page.find(Locator::Css("#later")).await.is_err(), "the last page");
    ann.follow("#earlier").await;
    assert_eq!(rows(&ann).await.len(), 20);

    ann.press("#show [value=on]").await;
    ann.follow("#search button").await;
    assert_eq!(rows(&ann).await, ["ann@example.com Administrator"]);
    ann.press("#show [value=off]").await;
    ann.find("#address").await.send_keys("EAGUE-01").await.unwrap();
    ann.follow("#search button").await;
    assert_eq!(rows(&ann).await, (10..20).map(|n| format!("colleague-0{n}@example.com")).collect::<Vec<_>>());
    ann.press("#show [value=administrators]").await;
    ann.follow("#search button").await;
    assert_eq!(ann.text("#found").await, "0 members");
    // What was looked for stands in the field, and is data.
    let field = ann.find("#address").await;
    field.clear().await.unwrap();
    field.send_keys("\"><b>%_").await.unwrap();
    ann.follow("#search button").await;
    assert_eq!(ann.text("#found").await, "0 members");
    assert_eq!(ann.find("#address").await.prop("value").await.unwrap().unwrap(), "\"><b>%_");
}

/// The first column of the member list.
async fn rows(admin: &Browser) -> Vec<String> {
    let mut rows = Vec::new();
    for cell in admin.page.find_all(Locator::Css("#members tbody td:first-child")).await.unwrap() {
        rows.push(cell.text().await.unwrap().replace('\n', " "));
    }
    rows
}

/// Puts so many members without a second factor into the first company.
async fn colleagues(service: &Service, many: usize) {
    let file = SqliteConnectOptions::new().filename(service.data.join("web.sqlite"));
    let pool = SqlitePool::connect_with(file).await.unwrap();
    for n in 0..many {
        let add = "INSERT INTO users (company_id, email, language, is_administrator) \
                   SELECT id, ?, 'en', 0 FROM companies LIMIT 1";
        sqlx::query(add).bind(format!("colleague-{n:03}@example.com")).execute(&pool).await.unwrap();
    }
}

#[tokio::test]
async fn s17_s32_s33_a_grace_warns_members_and_only_administrators_are_meant() {
    let Some(programs) = Programs::find() else { return };
    let service = Service::start("browser-grace", &[]);
    let (ann, bob) = (open(&programs, &service).await, open(&programs, &service).await);
    set_up(&ann, &programs, "51-qr-grace").await;
    invite(&service, &ann, &bob, &BOB).await;

    // S17: everybody must, and is warned for a while.
    ann.go("/admin/policy").await;
    ann.picture("51-policy-form").await;
    ann.press("#requirement [value=everybody]").await;
    let set = "document.getElementById('grace').value = '2099-12-31'";
    ann.page.execute(set, Vec::new()).await.unwrap();
    ann.follow("#policy button").await;
    assert_eq!(ann.text("#must-enroll").await, "1");
    assert_eq!(ann.text("#affected").await, "bob@example.com", "who is affected");
    ann.picture("52-policy-preview").await;
    ann.follow("#save button").await;
    assert_eq!(ann.find("#grace").await.prop("value").await.unwrap().unwrap(), "2099-12-31");
    bob.go("/").await;
    assert!(bob.text("main").await.contains("2100-01-01 00:00 UTC"), "{}", bob.text("main").await);
    bob.go("/settings").await;
    assert!(bob.text("#enroll-by").await.contains("Set it up before 2100-01-01 00:00 UTC."));
    bob.picture("53-settings-grace").await;

    // S32, S33: administrators only. Bob is none, so for him there is nothing to set up.
    ann.go("/admin/policy").await;
    ann.page.execute("document.getElementById('grace').value = ''", Vec::new()).await.unwrap();
    ann.press("#requirement [value=administrators_only]").await;
    ann.follow("#policy button").await;
    assert_eq!(ann.text("#must-enroll").await, "0");
    ann.follow("#save button").await;
    bob.go("/settings").await;
    assert!(bob.page.find(Locator::Css("#enroll-by")).await.is_err());
    bob.submit(&[("name", "Phone")]).await;
    assert_eq!(bob.text("h1").await, "This is not possible");
    ann.go("/settings").await;
    assert!(ann.text("#required").await.contains("not turn it off"));
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
    ann.go("/admin/policy").await;
    ann.press("#trust [value=off]").await;
    ann.press("#requirement [value=everybody]").await;
    ann.follow("#policy button").await;
    assert_eq!(ann.text("#must-enroll").await, "1");
    ann.picture("48-policy").await;
    ann.follow("#save button").await;
    assert_eq!(ann.path().await, "/admin/policy");
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
    assert_eq!(ann.text("#affected").await, "ann@example.com");
    ann.picture("50-policy-off").await;
    ann.press("[name=understood]").await;
    ann.follow("#save button").await;
    assert_eq!(ann.path().await, "/admin/policy/deletion");
    // The page loads itself anew until it is done.
    ann.page.wait().at_most(Duration::from_secs(30)).for_element(Locator::Css("#finished")).await.unwrap();
    assert_eq!(ann.text("label[for=far]").await, "2 of 2");
    ann.picture("50b-deletion").await;
    assert_eq!(says_of(&ann, "ann@example.com").await, "off");
    ann.go("/settings").await;
    assert_eq!(ann.text("#state").await, "off");
    assert!(ann.text("#outbox").await.contains("no longer used here"));
    bob.go("/").await;
    assert_eq!(bob.text("#me").await, "bob@example.com");
}
