//! Attacks on what was handed out: codes used twice, cookies of others, settings without a proof.
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
    pub mod mail;
    pub mod phone;
    #[allow(dead_code, reason = "each file of tests uses a part of it")]
    pub mod service;
    #[allow(dead_code, reason = "each file of tests uses a part of it")]
    pub mod visitor;
}

use support::{
    ann::{ANN, EMAIL, at_the_code_page, codes_on, enrolled, prove},
    mail::mailed_code,
    service::Service,
    visitor::{Answer, Visitor},
};

/// The name and value of the cookie that makes a browser known to a user.
fn device_of(visitor: &Visitor) -> (String, String) {
    let mut cookies = visitor.cookies.iter().filter(|(name, _)| name.starts_with("__Host-sf-"));
    let (name, value) = cookies.next().expect("no device cookie");
    assert!(cookies.next().is_none());
    (name.clone(), value.clone())
}

async fn sign_in(visitor: &mut Visitor, code: &str, trust: &[(&str, &str)]) -> Answer {
    assert_eq!(visitor.post("/sign-in", &ANN).await.leads_to(), "/sign-in/code");
    visitor.post("/sign-in/code", &[&[("code", code)], trust].concat()).await
}

/// The code that was mailed last to the first user.
fn mailed(service: &Service) -> String {
    mailed_code(&service.data)
}

#[tokio::test]
async fn s06_a_backup_code_is_accepted_once() {
    let service = Service::start("backup-code-twice", &[]);
    let (_, _, codes) = enrolled(&service).await;
    assert_eq!(codes.len(), 10);

    let mut ann = at_the_code_page(&service).await;
    // As people type it: in lower case, with spaces.
    let typed = codes[0].to_lowercase().replace('-', " ");
    assert_eq!(ann.post("/sign-in/code", &[("code", &typed)]).await.leads_to(), "/");
    let settings = ann.get("/settings").await;
    assert_eq!(settings.between("id=\"codes-left\">", "<"), "9");
    assert!(settings.body.contains("A backup code was used. You have 9 left."), "{}", settings.body);

    let mut thief = at_the_code_page(&service).await;
    assert_eq!(thief.post("/sign-in/code", &[("code", &codes[0])]).await.status, 422);
    assert_eq!(thief.get("/settings").await.leads_to(), "/sign-in");
    // Another is still good, also while codes from an app are held back.
    for _ in 0..8 {
        thief.post("/sign-in/code", &[("code", "000000")]).await;
    }
    let mut ann = at_the_code_page(&service).await;
    assert_eq!(ann.post("/sign-in/code", &[("code", &codes[1])]).await.leads_to(), "/");
}

#[tokio::test]
async fn s22_the_cookie_of_a_trusted_browser_is_worth_nothing_to_another_user() {
    let service = Service::start("device-of-another", &[]);
    let (_, mut phone, codes) = enrolled(&service).await;
    let mut ann = Visitor::of(&service.address);
    let code = phone.next_code().await;
    sign_in(&mut ann, &code, &[("trust", "yes")]).await.leads_to();
    let (name, value) = device_of(&ann);
    assert!(ann.get("/settings").await.body.contains("this browser"));

    // Mallory has an account too, with a second factor, and has got hold of Ann's cookie.
    let mut mallory = Visitor::of(&service.address);
    let account = [("email", "mallory@example.com"), ("password", "mallory's password")];
    mallory.post("/register", &account).await.leads_to();
    mallory.post("/sign-in", &account).await.leads_to();
    support::ann::set_up(&mut mallory, "/settings/two-factor/enroll", "Phone").await;
    let (theirs, _) = device_of(&mallory);
    assert_ne!(theirs, name, "people who share a browser keep out of each other's way");
    let mut elsewhere = Visitor::of(&service.address);
    elsewhere.cookies.insert(theirs, value.clone());
    assert_eq!(elsewhere.post("/sign-in", &account).await.leads_to(), "/sign-in/code");

    // Nor is it worth anything without the password, cut off, or once Ann has signed out everywhere.
    let mut thief = Visitor::of(&service.address);
    thief.cookies.insert(name.clone(), value.clone());
    assert_eq!(thief.get("/settings").await.leads_to(), "/sign-in");
    thief.cookies.insert(name.clone(), value[1..].to_owned());
    assert_eq!(thief.post("/sign-in", &ANN).await.leads_to(), "/sign-in/code");
    thief.cookies.insert(name.clone(), value);
    assert_eq!(thief.post("/sign-in", &ANN).await.leads_to(), "/", "it is what it is: keep it safe");

    assert_eq!(ann.post("/settings/sign-out-everywhere", &[]).await.leads_to(), "/sign-in");
    assert!(!ann.cookies.contains_key(&name), "its cookie is taken away");
    assert_eq!(thief.get("/settings").await.leads_to(), "/sign-in", "every session is over");
    assert_eq!(thief.post("/sign-in", &ANN).await.leads_to(), "/sign-in/code");
    sign_in(&mut ann, &codes[0], &[]).await.leads_to();
}

#[tokio::test]
async fn a_backup_code_makes_no_trusted_browser() {
    let service = Service::start("trust-by-backup-code", &[]);
    let (_, _, codes) = enrolled(&service).await;
    let mut ann = Visitor::of(&service.address);
    assert_eq!(sign_in(&mut ann, &codes[0], &[("trust", "yes")]).await.leads_to(), "/");
    assert_eq!(ann.post("/sign-out", &[]).await.leads_to(), "/");
    assert_eq!(ann.post("/sign-in", &ANN).await.leads_to(), "/sign-in/code");
}

#[tokio::test]
async fn an_open_session_changes_nothing_without_a_proof() {
    let service = Service::start("without-proof", &[]);
    let (mut ann, mut phone, codes) = enrolled(&service).await;
    let deeds = ["add", "replace&id=1", "disable", "new-codes", "view-codes"];
    for deed in deeds {
        let page = format!("/settings/prove?do={deed}");
        for token in ["", "made-up"] {
            let form = [("token", token), ("code", codes[0].as_str()), ("name", "Thief")];
            assert_eq!(ann.post(&page, &form).await.status, 422, "{deed}");
        }
        assert_eq!(prove(&mut ann, deed, &phone.wrong_code()).await.status, 422, "{deed}");
    }
    // What was asked for one thing does no other: the code is spent, and nothing is done.
    let token =
        ann.get("/settings/prove?do=view-codes").await.between("name=\"token\" value=\"", "\"").to_owned();
    let form = [("token", token.as_str()), ("code", codes[0].as_str())];
    assert_eq!(ann.post("/settings/prove?do=disable", &form).await.status, 422);
    let settings = ann.get("/settings").await;
    assert!(settings.body.contains("id=\"state\">on<"));
    assert_eq!(settings.between("id=\"codes-left\">", "<"), "9");

    // A token that was answered is answered: the codes are not shown a second time.
    let page = "/settings/prove?do=view-codes";
    let token = ann.get(page).await.between("name=\"token\" value=\"", "\"").to_owned();
    let code = phone.next_code().await;
    let form = [("token", token.as_str()), ("code", code.as_str())];
    assert_eq!(codes_on(&ann.post(page, &form).await), codes[1..]);
    assert_eq!(ann.post(page, &form).await.leads_to(), "/settings");

    // Nor does anybody who has no session get there at all.
    let mut thief = at_the_code_page(&service).await;
    for deed in deeds {
        assert_eq!(thief.get(&format!("/settings/prove?do={deed}")).await.leads_to(), "/sign-in");
    }
    for form in ["backup-codes/download", "backup-codes/saved", "browsers/forget-all", "sign-out-everywhere"]
    {
        let answer = thief.post(&format!("/settings/{form}"), &[("codes", "X"), ("code", "X")]).await;
        assert_eq!(answer.leads_to(), "/sign-in", "{form}");
    }
}

#[tokio::test]
async fn s19_while_required_it_is_not_turned_off() {
    let service = Service::start("required-disable", &[("REQUIRE_SECOND_FACTOR", "1")]);
    let mut ann = Visitor::of(&service.address);
    support::ann::register(&mut ann).await;
    ann.post("/sign-in", &ANN).await.leads_to();
    support::ann::set_up(&mut ann, "/sign-in/enroll", "Phone").await;
    assert!(!ann.get("/settings").await.body.contains("do=disable"));
    let refused = ann.get("/settings/prove?do=disable").await;
    assert_eq!(refused.status, 403);
    assert!(refused.body.contains("not turn it off"), "{}", refused.body);
}

#[tokio::test]
async fn s35_a_mailed_code_is_for_one_sign_in_and_proves_no_change_of_settings() {
    let service = Service::start("mailed", &[]);
    let (mut signed_in, ..) = enrolled(&service).await;
    let mut ann = at_the_code_page(&service).await;
    assert_eq!(ann.post("/sign-in/code/send", &[("by", "mail")]).await.leads_to(), "/sign-in/code");
    assert!(ann.get("/sign-in/code").await.body.contains("id=\"sent\""));
    let again = ann.post("/sign-in/code/send", &[("by", "mail")]).await;
    assert_eq!(again.status, 429);
    assert!(again.body.contains("The next one can be sent in "), "{}", again.body);

    let code = mailed(&service);
    let mut thief = at_the_code_page(&service).await;
    assert_eq!(thief.post("/sign-in/code", &[("code", &code)]).await.status, 422);
    assert_eq!(prove(&mut signed_in, "disable", &code).await.status, 422);
    assert_eq!(ann.post("/sign-in/code", &[("code", &code)]).await.leads_to(), "/");
    assert!(ann.get("/").await.body.contains(EMAIL));
    // The codes stand in the mail alone.
    assert!(!ann.get("/settings").await.body.contains(&code));
}

#[tokio::test]
async fn nothing_that_signs_in_is_written_to_the_log() {
    let service = Service::start("log", &[]);
    let (mut ann, mut phone, codes) = enrolled(&service).await;
    ann.post("/sign-out", &[]).await.leads_to();
    let code = phone.next_code().await;
    sign_in(&mut ann, &code, &[("trust", "yes")]).await.leads_to();
    let (_, device) = device_of(&ann);
    let mut by_mail = at_the_code_page(&service).await;
    by_mail.post("/sign-in/code/send", &[("by", "mail")]).await.leads_to();
    let mailed = mailed(&service);
    by_mail.post("/sign-in/code", &[("code", &mailed)]).await.leads_to();
    assert_eq!(codes_on(&prove(&mut ann, "view-codes", &codes[0]).await), codes[1..]);

    let log = service.log();
    for kind in ["CodeSent", "BrowserTrusted", "BackupCodesViewed"] {
        assert!(log.contains(kind), "{kind} is not in {log}");
    }
    let session = ann.cookies["session"].clone();
    for secret in codes.iter().chain([&device, &session]) {
        assert!(!log.contains(secret.as_str()), "{secret} is in {log}");
    }
    // Each line begins with its time, in which six digits may stand by chance.
    let lines = || log.lines().filter_map(|line| line.split_once('Z')).map(|(_, rest)| rest);
    for code in [code, mailed] {
        assert!(!lines().any(|line| line.contains(&code)), "{code} is in {log}");
    }
}

#[tokio::test]
async fn the_download_gives_back_codes_and_nothing_else() {
    let service = Service::start("download", &[]);
    let (mut ann, _, codes) = enrolled(&service).await;
    let file = ann.post("/settings/backup-codes/download", &[("codes", &codes.join(" "))]).await;
    assert_eq!(file.header("content-type"), "text/plain; charset=utf-8");
    assert!(file.header("content-disposition").starts_with("attachment"));
    assert_eq!(file.header("cache-control"), "no-store");
    assert!(codes.iter().all(|code| file.body.contains(code.as_str())), "{}", file.body);
    for other in ["<script>", "a\u{0}b", &"X".repeat(65)] {
        let refused = ann.post("/settings/backup-codes/download", &[("codes", other)]).await;
        assert_eq!(refused.status, 422, "{other}");
    }
    assert_eq!(ann.get("/settings/backup-codes/download").await.status, 405, "no address shows them");
}

#[tokio::test]
async fn s25_only_the_administrator_resets_and_only_with_a_code_of_their_own() {
    let service = Service::start("reset-attacks", &[]);
    let (mut ann, mut phone, _) = enrolled(&service).await;
    let account = [("email", "bob@example.com"), ("password", "staple correct horse")];
    let mut bob = support::ann::member_of(&service, &mut ann, account).await;
    support::ann::set_up(&mut bob, "/settings/two-factor/enroll", "Phone").await;

    // Bob is no administrator, and a visitor is nobody.
    for page in ["/admin", "/admin/member?id=1", "/admin/policy", "/admin/policy/deletion", "/admin/audit"] {
        assert_eq!(bob.get(page).await.status, 404, "{page}");
        assert_eq!(Visitor::of(&service.address).get(page).await.leads_to(), "/sign-in", "{page}");
    }
    let policy = [
        ("requirement", "off"),
        ("trust", "off"),
        ("whom", "beside"),
        ("understood", "yes"),
        ("confirmation", "made-up"),
    ];
    for form in ["/admin/member/reset", "/admin/policy", "/admin/policy/save"] {
        let reset = [&policy[..], &[("id", "1"), ("reason", "because")]].concat();
        assert_eq!(bob.post(form, &reset).await.status, 404, "{form}");
    }

    // Nor is a stolen session of Ann's enough, nor a code that she typed for another member.
    let reset = |id: &'static str, token: String, code: String| {
        [("id", id.to_owned()), ("reason", "because".to_owned()), ("token", token), ("code", code)]
    };
    for token in ["", "made-up"] {
        let form = reset("2", token.to_owned(), phone.wrong_code());
        assert_eq!(ann.post("/admin/member/reset", &pairs(&form)).await.status, 422);
    }
    let of_herself = ann.get("/settings/prove?do=disable").await;
    let token = of_herself.between("name=\"token\" value=\"", "\"").to_owned();
    let form = reset("2", token, phone.next_code().await);
    assert_eq!(ann.post("/admin/member/reset", &pairs(&form)).await.status, 422);
    assert!(bob.get("/settings").await.body.contains("id=\"state\">on<"));

    // Nobody resets their own, and what was not previewed as off deletes nothing.
    let page = ann.get("/admin/member?id=1").await;
    assert!(page.body.contains("Nobody resets their own"));
    assert_eq!(ann.post("/admin/policy/save", &policy).await.status, 403);
    assert!(ann.get("/settings").await.body.contains("id=\"state\">on<"));
    assert!(ann.get("/admin/policy").await.body.contains("value=\"optional\" checked"), "nothing was saved");
}

fn pairs<'a>(form: &'a [(&'a str, String)]) -> Vec<(&'a str, &'a str)> {
    form.iter().map(|(name, value)| (*name, value.as_str())).collect()
}
