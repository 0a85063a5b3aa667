//! The audit log: what stands in it, who sees it, and what a spreadsheet makes of it.
#![allow(
    missing_docs,
    unreachable_pub,
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing
)]

mod support {
    #[allow(dead_code, reason = "each file of tests uses a part of it")]
    pub mod ann;
    #[allow(dead_code, reason = "each file of tests uses a part of it")]
    pub mod phone;
    #[allow(dead_code, reason = "each file of tests uses a part of it")]
    pub mod service;
    #[allow(dead_code, reason = "each file of tests uses a part of it")]
    pub mod visitor;
}
use support::{
    ann::{ANN, EMAIL, at_the_code_page, enrolled, member_of, register},
    service::Service,
    visitor::Visitor,
};

const BOB: [(&str, &str); 2] = [("email", "bob@example.com"), ("password", "staple correct horse")];
const EVE: [(&str, &str); 2] = [("email", "eve@example.com"), ("password", "correct staple horse")];

/// The lines of the log, as the file has them: when, member, by, what, details.
async fn log(administrator: &mut Visitor, search: &str) -> Vec<[String; 5]> {
    let file = administrator.get(&format!("/admin/audit.csv?{search}")).await;
    assert_eq!(file.status, 200, "{}", file.body);
    assert_eq!(file.header("content-disposition"), "attachment; filename=\"audit.csv\"");
    assert_eq!(file.header("cache-control"), "no-store");
    assert!(file.body.starts_with('\u{feff}'), "no mark of UTF-8");
    let mut read = csv::Reader::from_reader(file.body.trim_start_matches('\u{feff}').as_bytes());
    assert_eq!(read.headers().unwrap().iter().collect::<Vec<_>>()[1..4], ["Member", "By", "What"]);
    read.records()
        .map(|line| line.unwrap().iter().map(str::to_owned).collect::<Vec<_>>().try_into().unwrap())
        .collect()
}

/// What happened, oldest first.
fn titles(log: &[[String; 5]]) -> Vec<&str> {
    log.iter().rev().map(|line| line[3].as_str()).collect()
}

#[tokio::test]
async fn what_happened_stands_in_the_log_refused_guesses_too() {
    let service = Service::start("audit", &[]);
    let (mut ann, mut phone, codes) = enrolled(&service).await;
    let wrong = [("email", EMAIL), ("password", "something else")];
    assert_eq!(Visitor::of(&service.address).post("/sign-in", &wrong).await.status, 422);
    let mut thief = at_the_code_page(&service).await;
    for _ in 0..3 {
        assert_eq!(thief.post("/sign-in/code", &[("code", &phone.wrong_code())]).await.status, 422);
    }
    let mut again = at_the_code_page(&service).await;
    let code = phone.next_code().await;
    assert_eq!(again.post("/sign-in/code", &[("code", &code)]).await.leads_to(), "/");
    assert_eq!(thief.post("/sign-in/code", &[("code", &code)]).await.status, 422);
    let mut with_backup_code = at_the_code_page(&service).await;
    assert_eq!(with_backup_code.post("/sign-in/code", &[("code", &codes[0])]).await.leads_to(), "/");

    let log = log(&mut ann, "").await;
    assert_eq!(
        titles(&log),
        [
            "Signed in without a second factor",
            "Set-up begun",
            "Two-factor authentication turned on",
            "Backup codes made",
            "Wrong password",
            "Password right, code asked for",
            "Wrong code",
            "Wrong code",
            "Wrong code",
            "Password right, code asked for",
            "Signed in with a second factor",
            "Used code tried again",
            "Password right, code asked for",
            "Signed in with a second factor",
            "Backup code used",
        ]
    );
    assert!(log.iter().all(|line| line[1] == EMAIL), "{log:?}");
    assert_eq!((log[0][4].as_str(), log[1][4].as_str()), ("9 left", "with a backup code"));
    let everything = format!("{log:?}{}", service.log());
    for secret in codes.iter().chain([&code]) {
        assert!(!everything.contains(secret.as_str()), "a code in the log");
    }

    // On the page and, what is Ann's, in her settings.
    let page = ann.get("/admin/audit").await.body;
    assert!(page.contains("Used code tried again") && page.contains("Wrong password"), "{page}");
    assert!(ann.get("/settings").await.body.contains("Used code tried again"));
}

#[tokio::test]
async fn s25_a_reset_says_who_whom_and_why() {
    let service = Service::start("audit-reset", &[]);
    let (mut ann, _, codes) = enrolled(&service).await;
    member_of(&service, &mut ann, BOB).await;
    let member = ann.get("/admin").await.between("href=\"/admin/member?id=2", "\"").to_owned();
    assert_eq!(member, "");
    let token = ann.get("/admin/member?id=2").await.between("name=\"token\" value=\"", "\"").to_owned();
    let reset = [("id", "2"), ("reason", "lost the phone"), ("token", &token), ("code", &codes[0])];
    assert_eq!(ann.post("/admin/member/reset", &reset).await.status, 200);

    let log = log(&mut ann, "kind=reset").await;
    assert_eq!(log.len(), 1, "{log:?}");
    assert_eq!(
        log[0][1..],
        ["bob@example.com", EMAIL, "Two-factor authentication reset", "Reason: lost the phone"]
    );
}

#[tokio::test]
async fn it_is_searched_by_member_kind_and_day() {
    let service = Service::start("audit-search", &[]);
    let mut ann = Visitor::of(&service.address);
    register(&mut ann).await;
    assert_eq!(ann.post("/sign-in", &ANN).await.leads_to(), "/");
    let mut bob = member_of(&service, &mut ann, BOB).await;
    assert_eq!(bob.post("/sign-out", &[]).await.leads_to(), "/");

    assert_eq!(
        titles(&log(&mut ann, "member=BOB").await),
        ["Signed in without a second factor", "Signed out"]
    );
    assert_eq!(titles(&log(&mut ann, "member=bob&kind=signed_out").await), ["Signed out"]);
    assert_eq!(log(&mut ann, "member=nobody").await.len(), 0);
    assert_eq!(log(&mut ann, "member=%25").await.len(), 0, "a percent sign is one");
    let all = log(&mut ann, "").await;
    let today = &all[0][0][..10];
    assert_eq!(log(&mut ann, &format!("from={today}&until={today}")).await.len(), all.len());
    assert_eq!(log(&mut ann, "from=2999-01-01").await.len(), 0);
    assert_eq!(log(&mut ann, "until=1999-12-31").await.len(), 0);
    let bad = ann.get("/admin/audit?from=yesterday").await;
    assert_eq!(bad.status, 422);
    assert!(bad.body.contains("A day is written like"), "{}", bad.body);
}

#[tokio::test]
async fn page_by_page_each_entry_stands_once() {
    let service = Service::start("audit-pages", &[]);
    let (mut ann, ..) = enrolled(&service).await;
    for _ in 0..60 {
        at_the_code_page(&service).await;
    }
    let (mut address, mut lines, mut pages) = ("/admin/audit".to_owned(), 0, 0);
    loop {
        let page = ann.get(&address).await;
        let table = page.between("<tbody>", "</tbody>");
        lines += table.matches("<tr>").count();
        pages += 1;
        let Some((_, rest)) = page.body.split_once("id=\"older\" href=\"") else { break };
        address = rest.split('"').next().unwrap().replace("&amp;", "&").replace("&#38;", "&");
    }
    assert_eq!((pages, lines), (2, 64));
    assert_eq!(log(&mut ann, "").await.len(), 64);
}

#[tokio::test]
async fn it_is_the_administrators_and_of_their_company_alone() {
    let service = Service::start("audit-companies", &[]);
    let mut ann = Visitor::of(&service.address);
    register(&mut ann).await;
    assert_eq!(ann.post("/sign-in", &ANN).await.leads_to(), "/");
    let mut bob = member_of(&service, &mut ann, BOB).await;
    let mut eve = Visitor::of(&service.address);
    eve.post("/register", &EVE).await.leads_to();
    assert_eq!(eve.post("/sign-in", &EVE).await.leads_to(), "/");

    for page in ["/admin/audit", "/admin/audit.csv"] {
        assert_eq!(bob.get(page).await.status, 404, "{page}");
        assert_eq!(Visitor::of(&service.address).get(page).await.leads_to(), "/sign-in", "{page}");
    }
    let hers = log(&mut eve, "").await;
    assert_eq!(titles(&hers), ["Signed in without a second factor"]);
    assert_eq!(hers[0][1], "eve@example.com");
    assert_eq!(log(&mut eve, "member=ann").await.len(), 0);
    assert!(log(&mut ann, "").await.iter().all(|line| line[1] != "eve@example.com"));
}

#[tokio::test]
async fn no_name_is_a_formula_in_a_spreadsheet_or_a_tag_on_the_page() {
    let service = Service::start("audit-formula", &[]);
    let (mut ann, ..) = enrolled(&service).await;
    for name in ["=HYPERLINK(\"http://evil.example\")", "+1", "-1", "@SUM(A1)", "<b>x</b>"] {
        let rename = [("id", "1"), ("name", name)];
        assert_eq!(ann.post("/settings/two-factor/rename", &rename).await.leads_to(), "/settings");
    }
    let log = log(&mut ann, "kind=authenticator_renamed").await;
    let details: Vec<_> = log.iter().rev().map(|line| line[4].as_str()).collect();
    assert_eq!(details, ["'=HYPERLINK(\"http://evil.example\")", "'+1", "'-1", "'@SUM(A1)", "<b>x</b>"]);
    let page = ann.get("/admin/audit").await.body;
    assert!(!page.contains("<b>x") && page.contains("b&#62;x") || page.contains("&lt;b&gt;x"), "{page}");
}

#[tokio::test]
async fn what_was_queued_is_written_when_the_service_is_told_to_stop() {
    let service = Service::start("audit-stop", &[]);
    let mut ann = Visitor::of(&service.address);
    register(&mut ann).await;
    assert_eq!(ann.post("/sign-in", &ANN).await.leads_to(), "/");
    let data = service.interrupt();
    let service = Service::start_in(&data, &[]);
    ann.address.clone_from(&service.address);
    assert_eq!(titles(&log(&mut ann, "").await), ["Signed in without a second factor"]);
}
