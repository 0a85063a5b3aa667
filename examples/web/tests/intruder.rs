//! An intruder who has the password, and an account of their own: each way in is tried against the running service, nobody gets in, and
//! the log and the audit page tell what happened.
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
    pub mod phone;
    #[allow(dead_code, reason = "each file of tests uses a part of it")]
    pub mod service;
    #[allow(dead_code, reason = "each file of tests uses a part of it")]
    pub mod visitor;
}
use std::sync::Arc;

use support::{
    ann::{ANN, EMAIL, PASSWORD, at_the_code_page, enrolled, set_up},
    service::Service,
    visitor::Visitor,
};
use tokio::sync::Barrier;

const MALLORY: [(&str, &str); 2] = [("email", "mallory@evil.example"), ("password", "mallory's password")];

/// The cookie that says how far a sign-in is.
const PROGRESS: &str = "progress";

/// Everything that is Ann's, and behind a session.
const INSIDE: [&str; 6] = [
    "/settings",
    "/settings/prove?do=disable",
    "/settings/password",
    "/api-tokens",
    "/admin",
    "/admin/audit",
];

async fn assert_outside(intruder: &mut Visitor) {
    assert!(!intruder.get("/").await.body.contains(EMAIL));
    for page in INSIDE {
        let answer = intruder.get(page).await;
        assert_eq!(answer.leads_to(), "/sign-in", "{page}");
    }
}

/// Mallory, with a second factor and a company of their own.
async fn mallory(service: &Service) -> (Visitor, support::phone::Phone, Vec<String>) {
    let mut mallory = Visitor::of(&service.address);
    mallory.post("/register", &MALLORY).await.leads_to();
    assert_eq!(mallory.post("/sign-in", &MALLORY).await.leads_to(), "/");
    let (phone, codes) = set_up(&mut mallory, "/settings/two-factor/enroll", "Phone").await;
    (mallory, phone, codes)
}

/// What the administrator reads, and what the operator does.
async fn assert_told(service: &Service, ann: &mut Visitor, on_the_page: &[&str], in_the_log: &[&str]) {
    let (audit, log) = (ann.get("/admin/audit").await, service.log());
    let entries = audit.between("<tbody>", "</tbody>");
    for what in on_the_page {
        assert!(entries.contains(what), "{what} is not in {entries}");
    }
    for what in in_the_log {
        assert!(log.contains(what), "{what} is not in {log}");
    }
}

#[tokio::test]
async fn the_code_page_cannot_be_gone_around() {
    let service = Service::start("intruder-around", &[]);
    let (mut ann, ..) = enrolled(&service).await;
    let mut intruder = at_the_code_page(&service).await;
    assert_outside(&mut intruder).await;
    for (form, fields) in [
        ("/settings/two-factor/enroll", [("name", "Mine"), ("code", "")]),
        ("/sign-in/enroll", [("name", "Mine"), ("code", "")]),
        ("/sign-in/enroll/confirm", [("name", ""), ("code", "000000")]),
        ("/settings/two-factor/confirm", [("name", ""), ("code", "000000")]),
        ("/settings/sign-out-everywhere", [("name", ""), ("code", "")]),
        ("/terms", [("name", ""), ("code", "")]),
        ("/admin/policy/save", [("name", ""), ("code", "")]),
    ] {
        let answer = intruder.post(form, &fields).await;
        assert!(answer.status >= 400 || answer.leads_to() == "/sign-in", "{form}: {answer:?}");
    }
    // The token of the sign-in is no session, whatever it is called, and no token of anything else.
    let token = intruder.cookies[PROGRESS].clone();
    for name in ["session", "invitation", "sso-request"] {
        intruder.cookies.insert(name.to_owned(), token.clone());
    }
    assert_outside(&mut intruder).await;
    let form = [("token", token.as_str()), ("code", "000000")];
    assert_eq!(ann.post("/settings/prove?do=disable", &form).await.status, 422);
    assert!(ann.get("/settings").await.body.contains("id=\"state\">on<"));
    assert_told(
        &service,
        &mut ann,
        &["Password right, code asked for"],
        &["Challenged", "route=\"/sign-in/enroll\""],
    )
    .await;
}

#[tokio::test]
async fn a_challenge_is_its_users_alone() {
    let service = Service::start("intruder-token", &[]);
    let (mut ann, mut annes_phone, _) = enrolled(&service).await;
    let (_, mut phone, codes) = mallory(&service).await;

    // Ann's challenge, answered with what is right for Mallory.
    let mut intruder = at_the_code_page(&service).await;
    for code in [phone.next_code().await, codes[0].clone()] {
        assert_eq!(intruder.post("/sign-in/code", &[("code", &code)]).await.status, 422);
    }
    // Mallory's challenge, answered with what is right for Ann.
    let mut own = Visitor::of(&service.address);
    assert_eq!(own.post("/sign-in", &MALLORY).await.leads_to(), "/sign-in/code");
    let annes = annes_phone.next_code().await;
    assert_eq!(own.post("/sign-in/code", &[("code", &annes)]).await.status, 422);
    // Ann's challenge under Mallory's session, and a token that was cut, turned and made up.
    let token = intruder.cookies[PROGRESS].clone();
    let turned: String = token.chars().rev().collect();
    for bad in [&token[1..], &token[..token.len() - 1], &turned, "made-up", ""] {
        own.cookies.insert(PROGRESS.to_owned(), bad.to_owned());
        let answer = own.post("/sign-in/code", &[("code", "000000")]).await;
        assert!(answer.status == 422 || answer.leads_to() == "/sign-in", "{answer:?}");
    }
    for visitor in [&mut intruder, &mut own] {
        assert_outside(visitor).await;
    }
    assert_told(&service, &mut ann, &["Wrong code"], &["CodeRefused", "InvalidToken"]).await;
    // Her code was refused to Mallory, and not spent by it.
    let mut ann = at_the_code_page(&service).await;
    assert_eq!(ann.post("/sign-in/code", &[("code", &annes)]).await.leads_to(), "/");
}

#[tokio::test]
async fn a_challenge_dies_with_the_password() {
    let service = Service::start("intruder-password", &[]);
    let (mut ann, mut phone, codes) = enrolled(&service).await;
    let mut intruder = at_the_code_page(&service).await;
    let token = ann.get("/settings/password").await.between("name=\"token\" value=\"", "\"").to_owned();
    let change = [
        ("current", PASSWORD),
        ("password", "a better password"),
        ("token", token.as_str()),
        ("code", codes[0].as_str()),
    ];
    assert_eq!(ann.post("/settings/password", &change).await.leads_to(), "/settings");

    for code in [phone.next_code().await, codes[1].clone()] {
        assert_eq!(intruder.post("/sign-in/code", &[("code", &code)]).await.status, 422);
    }
    assert_eq!(intruder.get("/sign-in/code").await.status, 422, "the page is over as well");
    assert_outside(&mut intruder).await;
    assert_eq!(intruder.post("/sign-in", &ANN).await.status, 422);
    // The form that changed it, once more: the token is answered.
    let mut again = ann.clone();
    assert_eq!(again.post("/settings/password", &change).await.status, 422);
    assert_told(
        &service,
        &mut ann,
        &["Password changed", "Wrong password"],
        &["PasswordChanged", "StampChanged"],
    )
    .await;
}

#[tokio::test]
async fn of_20_connections_with_one_code_one_gets_in() {
    let service = Service::start("intruder-race", &[]);
    let (mut ann, mut phone, codes) = enrolled(&service).await;
    for code in [phone.next_code().await, codes[0].clone()] {
        let ready = Arc::new(Barrier::new(20));
        let mut racing = Vec::new();
        for _ in 0..20 {
            // Each has a connection of its own.
            let (mut browser, code, ready) = (at_the_code_page(&service).await, code.clone(), ready.clone());
            racing.push(tokio::spawn(async move {
                ready.wait().await;
                let answer = browser.post("/sign-in/code", &[("code", &code)]).await;
                (answer.status, browser)
            }));
        }
        let mut inside = 0;
        for one in racing {
            let (status, mut browser) = one.await.unwrap();
            if browser.cookies.contains_key("session") {
                assert_eq!((status, browser.get("/settings").await.status), (303, 200));
                inside += 1;
            } else {
                assert!([422, 429].contains(&status), "{status}");
                assert_outside(&mut browser).await;
            }
        }
        assert_eq!(inside, 1);
    }
    assert_told(&service, &mut ann, &["Used code tried again", "Signed in"], &["ReplayRefused", "SignedIn"])
        .await;
}

#[tokio::test]
async fn forms_that_are_forged_or_sent_again_do_nothing() {
    let service = Service::start("intruder-forms", &[]);
    let (mut ann, mut phone, _) = enrolled(&service).await;
    let before = at_the_code_page(&service).await;
    let (mut browser, code) = (before.clone(), phone.next_code().await);
    assert_eq!(browser.post("/sign-in/code", &[("code", &code)]).await.leads_to(), "/");
    assert_eq!(browser.post("/sign-out", &[]).await.leads_to(), "/");

    // The very request that signed in, with all of its cookies, after the sign-out: it leads nowhere.
    let mut replayed = before.clone();
    assert_eq!(replayed.post("/sign-in/code", &[("code", &code)]).await.leads_to(), "/");
    assert!(!replayed.cookies.contains_key("session"));
    assert_outside(&mut replayed).await;

    // From another site, and with a form token of the attacker's: nothing is done in Ann's name.
    let mut evil = Visitor::of(&service.address);
    evil.get("/").await;
    let (ours, theirs) = (service.address.clone(), evil.form_token().unwrap());
    let right = ann.form_token().unwrap();
    for (form, token) in
        [("/sign-out", &right), ("/settings/browsers/forget-all", &right), ("/sign-out", &theirs)]
    {
        let from = if token == &right { "http://evil.example" } else { ours.as_str() };
        let forged = ann.post_raw(form, &[("csrf", token)], &[("origin", from)]).await;
        assert_eq!(forged.status, 403, "{form}");
    }
    assert_eq!(ann.get("/settings").await.status, 200, "still signed in");
    assert_told(&service, &mut ann, &["Signed out"], &["a form from elsewhere was refused"]).await;
}

#[tokio::test]
async fn a_planted_session_is_worth_nothing() {
    let service = Service::start("intruder-fixation", &[]);
    let (mut ann, mut phone, _) = enrolled(&service).await;
    let (mut mallory, ..) = mallory(&service).await;
    let planted = mallory.cookies["session"].clone();

    let mut victim = Visitor::of(&service.address);
    victim.cookies.insert("session".to_owned(), planted.clone());
    // The sign-in of somebody else in it goes on as Mallory until it is complete, and never as Ann.
    assert_eq!(victim.post("/sign-in", &ANN).await.leads_to(), "/sign-in/code");
    assert!(!mallory.get("/").await.body.contains(EMAIL));
    let code = phone.next_code().await;
    assert_eq!(victim.post("/sign-in/code", &[("code", &code)]).await.leads_to(), "/");
    assert_ne!(victim.cookies["session"], planted);
    assert!(victim.get("/").await.body.contains(EMAIL));
    let mut copied = Visitor::of(&service.address);
    copied.cookies.insert("session".to_owned(), planted);
    assert_outside(&mut copied).await;
    assert_outside(&mut mallory).await;
    assert_told(&service, &mut ann, &["Signed in"], &["SignedIn"]).await;
}

#[tokio::test]
async fn the_cookie_of_a_trusted_browser_is_its_users_alone() {
    let service = Service::start("intruder-cookie", &[]);
    let (mut ann, mut phone, _) = enrolled(&service).await;
    let mut trusted = at_the_code_page(&service).await;
    let code = phone.next_code().await;
    assert_eq!(trusted.post("/sign-in/code", &[("code", &code), ("trust", "yes")]).await.leads_to(), "/");
    let device = |visitor: &Visitor| {
        let mut cookies = visitor.cookies.iter().filter(|(name, _)| name.starts_with("__Host-sf-"));
        cookies.next().map(|(name, value)| (name.clone(), value.clone())).unwrap()
    };
    let (anns, of_ann) = device(&trusted);
    let (mut mallory, mut their_phone, _) = mallory(&service).await;
    mallory.post("/sign-out", &[]).await.leads_to();
    assert_eq!(mallory.post("/sign-in", &MALLORY).await.leads_to(), "/sign-in/code");
    let code = their_phone.next_code().await;
    assert_eq!(mallory.post("/sign-in/code", &[("code", &code), ("trust", "yes")]).await.leads_to(), "/");
    let (theirs, of_mallory) = device(&mallory);

    // Mallory's own for Ann, by whichever name; Ann's for Mallory; and Ann's, cut off.
    for (name, value, account) in [
        (&anns, &of_mallory, &ANN),
        (&theirs, &of_mallory, &ANN),
        (&theirs, &of_ann, &MALLORY),
        (&anns, &of_ann[1..].to_owned(), &ANN),
    ] {
        let mut intruder = Visitor::of(&service.address);
        intruder.cookies.insert(name.clone(), value.clone());
        assert_outside(&mut intruder).await;
        assert_eq!(intruder.post("/sign-in", account).await.leads_to(), "/sign-in/code");
        assert_outside(&mut intruder).await;
    }
    assert_told(&service, &mut ann, &["Password right, code asked for"], &["Challenged"]).await;
}

#[tokio::test]
async fn two_hundred_guesses_let_nobody_in() {
    let service = Service::start("intruder-guesses", &[]);
    let (mut ann, mut phone, codes) = enrolled(&service).await;
    let right = phone.next_code().await;
    let (mut refused, mut held_back) = (0, 0);
    let mut intruder = at_the_code_page(&service).await;
    for guess in 0..200 {
        // A new sign-in now and then is no new start.
        if guess % 20 == 0 {
            intruder = at_the_code_page(&service).await;
        }
        // None of the first 200 is right by chance.
        let typed = format!("{:06}", (guess + right.parse::<u32>().unwrap() + 1) % 1_000_000);
        let typed = if phone.is_near(&typed) { phone.wrong_code() } else { typed };
        match intruder.post("/sign-in/code", &[("code", &typed)]).await.status {
            422 => refused += 1,
            429 => held_back += 1,
            other => panic!("{other}"),
        }
        assert!(!intruder.cookies.contains_key("session"));
    }
    assert!(refused <= 6 && held_back >= 194, "{refused} were looked at, {held_back} held back");
    // Not even the right one is looked at meanwhile.
    assert_eq!(intruder.post("/sign-in/code", &[("code", &right)]).await.status, 429);
    assert_outside(&mut intruder).await;
    assert_told(&service, &mut ann, &["Wrong code", "code asked for"], &["CodeRefused", "Throttled"]).await;

    // Ann gets in all the same.
    let mut elsewhere = at_the_code_page(&service).await;
    assert_eq!(elsewhere.post("/sign-in/code", &[("code", &codes[0])]).await.leads_to(), "/");
    assert!(elsewhere.get("/").await.body.contains(EMAIL));
}
