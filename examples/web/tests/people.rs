//! Companies and their people: invitations, the terms, a new password, and the ways in that the second factor does not concern.
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
    pub mod visitor;
}
use sqlx::{SqlitePool, sqlite::SqliteConnectOptions};
use support::{
    ann::{ANN, PASSWORD, at_the_code_page, enrolled, member_of, register, set_up},
    service::Service,
    visitor::{Answer, Visitor},
};

const BOB: [(&str, &str); 2] = [("email", "bob@example.com"), ("password", "staple correct horse")];
const DEMO: [(&str, &str); 1] = [("DEMO", "1")];

async fn signed_in(service: &Service, account: &[(&str, &str)]) -> Visitor {
    let mut visitor = Visitor::of(&service.address);
    assert_eq!(visitor.post("/sign-in", account).await.leads_to(), "/");
    visitor
}

/// Ann, who administers a company of her own.
async fn administrator(service: &Service) -> Visitor {
    let mut ann = Visitor::of(&service.address);
    register(&mut ann).await;
    signed_in(service, &ANN).await
}

async fn invite_bob(service: &Service, ann: &mut Visitor) -> String {
    let invite = [BOB[0], ("role", "member")];
    assert_eq!(ann.post("/admin/invitations", &invite).await.leads_to(), "/admin/invitations");
    service.link_mailed_to(BOB[0].1)
}

async fn join(visitor: &mut Visitor, link: &str) -> Answer {
    assert_eq!(visitor.get(link).await.leads_to(), "/invitation");
    visitor.post("/invitation", &[BOB[1]]).await
}

async fn api(service: &Service, token: &str) -> Answer {
    let bearer = format!("Bearer {token}");
    Visitor::of(&service.address).get_with("/api/me", &[("authorization", &bearer)]).await
}

#[tokio::test]
async fn s29_s30_who_is_invited_sets_up_then_accepts_the_terms_and_only_then_anything_opens() {
    let service = Service::start("invited", &[("REQUIRE_SECOND_FACTOR", "1")]);
    let mut ann = Visitor::of(&service.address);
    register(&mut ann).await;
    assert_eq!(ann.post("/sign-in", &ANN).await.leads_to(), "/sign-in/enroll");
    set_up(&mut ann, "/sign-in/enroll", "Phone").await;
    let mut bob = Visitor::of(&service.address);
    let link = invite_bob(&service, &mut ann).await;
    assert_eq!(join(&mut bob, &link).await.leads_to(), "/sign-in?registered=1");

    // S29: the QR code at the first sign-in, and a code before anything else opens.
    assert_eq!(bob.post("/sign-in", &BOB).await.leads_to(), "/sign-in/enroll");
    assert!(!bob.cookies.contains_key("session"));
    for page in ["/settings", "/terms"] {
        let answer = bob.get(page).await;
        assert!(answer.status == 303 || !answer.body.contains("id=\"accept\""), "{page}");
    }
    let (mut phone, codes) = set_up(&mut bob, "/sign-in/enroll", "Phone").await;

    // S30: then the terms. Until they are accepted there is nothing but them; the codes of a moment ago can still be saved.
    for page in
        ["/", "/settings", "/settings/prove?do=disable", "/settings/password", "/api-tokens", "/no-such"]
    {
        assert_eq!(bob.get(page).await.leads_to(), "/terms", "{page}");
    }
    for form in
        ["/settings/two-factor/enroll", "/settings/sign-out-everywhere", "/api-tokens", "/admin/policy"]
    {
        let answer = bob.post(form, &[("name", "Thief"), ("requirement", "off")]).await;
        assert_eq!(answer.leads_to(), "/terms", "{form}");
    }
    let file = bob.post("/settings/backup-codes/download", &[("codes", &codes.join(" "))]).await;
    assert!(file.status == 200 && file.body.contains(&codes[9]), "{file:?}");

    // It is the person's state, not the session's: another session has no more.
    let mut elsewhere = Visitor::of(&service.address);
    assert_eq!(elsewhere.post("/sign-in", &BOB).await.leads_to(), "/sign-in/code");
    let code = phone.next_code().await;
    assert_eq!(elsewhere.post("/sign-in/code", &[("code", &code)]).await.leads_to(), "/");
    assert_eq!(elsewhere.get("/").await.leads_to(), "/terms");
    assert!(bob.get("/terms").await.body.contains("id=\"accept\""));
    assert_eq!(bob.post("/terms", &[]).await.leads_to(), "/");
    for visitor in [&mut bob, &mut elsewhere] {
        assert!(visitor.get("/").await.body.contains("bob@example.com"));
    }
    // Nobody else has to read them again, and whoever is not signed in accepts nothing.
    assert!(!ann.get("/terms").await.body.contains("id=\"accept\""));
    assert_eq!(Visitor::of(&service.address).post("/terms", &[]).await.leads_to(), "/sign-in");
}

#[tokio::test]
async fn an_invitation_leads_in_once_and_only_who_was_mailed() {
    let service = Service::start("invitations", &[]);
    let mut ann = administrator(&service).await;
    let (first, second) = (invite_bob(&service, &mut ann).await, invite_bob(&service, &mut ann).await);
    assert_ne!(first, second);
    let mut bob = Visitor::of(&service.address);
    for dead in [first.as_str(), "/invitation/made-up", "/invitation/0000"] {
        assert_eq!(join(&mut bob, dead).await.status, 422, "{dead}: only the newest is good");
    }
    // The token is in the link and in the cookie. It stands in no page, log or table.
    bob.get(&second).await.leads_to();
    let page = bob.get("/invitation").await;
    let token = second.rsplit('/').next().unwrap();
    assert!(page.body.contains("bob@example.com") && !page.body.contains(token), "{}", page.body);
    assert!(!service.log().contains(token));
    assert!(!ann.get("/admin/invitations").await.body.contains(token));
    let database = std::fs::read(service.data.join("web.sqlite")).unwrap();
    let log = std::fs::read(service.data.join("web.sqlite-wal")).unwrap();
    assert!(![database, log].concat().windows(token.len()).any(|it| it == token.as_bytes()));

    // Several at once make one account; a short password uses nothing up.
    assert_eq!(bob.post("/invitation", &[("password", "short")]).await.status, 422);
    let mut racing = Vec::new();
    for _ in 0..8 {
        let mut racer = bob.clone();
        racing.push(tokio::spawn(async move { racer.post("/invitation", &[BOB[1]]).await.status }));
    }
    let mut statuses = Vec::new();
    for one in racing {
        statuses.push(one.await.unwrap());
    }
    assert_eq!(statuses.iter().filter(|status| **status == 303).count(), 1, "{statuses:?}");
    assert_eq!(join(&mut bob, &second).await.status, 422, "it was used");
    let mut bob = signed_in(&service, &BOB).await;
    bob.post("/terms", &[]).await.leads_to();
    assert_eq!(bob.get("/admin/invitations").await.status, 404, "a member invites nobody");
    assert_eq!(bob.post("/admin/invitations", &[BOB[0], ("role", "administrator")]).await.status, 404);
}

#[tokio::test]
async fn an_invitation_can_be_taken_back_and_is_over_after_its_time() {
    let service = Service::start("invitation-over", &[]);
    let mut ann = administrator(&service).await;
    let mut bob = Visitor::of(&service.address);
    let link = invite_bob(&service, &mut ann).await;
    assert!(ann.get("/admin/invitations").await.body.contains("bob@example.com"));
    assert_eq!(ann.post("/admin/invitations/withdraw", &[BOB[0]]).await.leads_to(), "/admin/invitations");
    assert!(!ann.get("/admin/invitations").await.body.contains("bob@example.com"));
    assert_eq!(join(&mut bob, &link).await.status, 422);

    let link = invite_bob(&service, &mut ann).await;
    let file = SqliteConnectOptions::new().filename(service.data.join("web.sqlite"));
    let pool = SqlitePool::connect_with(file).await.unwrap();
    let aged = sqlx::query("UPDATE invitations SET expires_at = unixepoch()").execute(&pool).await.unwrap();
    assert_eq!(aged.rows_affected(), 1);
    assert_eq!(join(&mut bob, &link).await.status, 422);

    // Whoever has an account is told by mail, and the administrator learns nothing.
    let mut carla = Visitor::of(&service.address);
    let account = [("email", "carla@elsewhere.example"), ("password", "another password")];
    carla.post("/register", &account).await.leads_to();
    let invite = [account[0], ("role", "member")];
    assert_eq!(ann.post("/admin/invitations", &invite).await.leads_to(), "/admin/invitations");
    assert!(service.mails().contains("have an account already"), "{}", service.mails());
}

#[tokio::test]
async fn s13_s38_a_company_sees_and_decides_for_its_own_people_alone() {
    let service = Service::start("two-companies", &[]);
    let mut ann = administrator(&service).await;
    member_of(&service, &mut ann, BOB).await;
    let carla = [("email", "carla@elsewhere.example"), ("password", "another password")];
    Visitor::of(&service.address)
        .post("/register", &[&carla[..], &[("company", "Elsewhere")]].concat())
        .await;
    let mut carla = signed_in(&service, &carla).await;
    assert!(carla.get("/").await.body.contains("Elsewhere"));

    let (ours, theirs) = (ann.get("/admin").await.body, carla.get("/admin").await.body);
    assert!(ours.contains("bob@example.com") && !ours.contains("carla@"), "{ours}");
    assert!(theirs.contains("carla@") && !theirs.contains("@example.com"), "{theirs}");
    for id in ["1", "2"] {
        assert_eq!(carla.get(&format!("/admin/member?id={id}")).await.status, 404);
        let reset = [("id", id), ("reason", "because")];
        assert_eq!(carla.post("/admin/member/reset", &reset).await.status, 404);
    }
    assert_eq!(ann.get("/admin/member?id=3").await.status, 404);

    // S38: the choice is the company's. It holds for Bob in any browser, and for nobody at Carla's.
    set_up(&mut ann, "/settings/two-factor/enroll", "Phone").await;
    let everybody = [
        ("requirement", "everybody"),
        ("trust", "14"),
        ("whom", "beside"),
        ("app", "yes"),
        ("backup", "yes"),
    ];
    let preview = ann.post("/admin/policy", &everybody).await;
    let confirmation = preview.between("name=\"confirmation\" value=\"", "\"").to_owned();
    let save = [&everybody[..], &[("confirmation", &confirmation)]].concat();
    assert_eq!(ann.post("/admin/policy/save", &save).await.leads_to(), "/admin/policy");
    for _ in 0..2 {
        let mut bob = Visitor::of(&service.address);
        assert_eq!(bob.post("/sign-in", &BOB).await.leads_to(), "/sign-in/enroll");
    }
    assert_eq!(carla.get("/").await.status, 200);
    assert!(carla.get("/admin/policy").await.body.contains("value=\"optional\" checked"));
}

#[tokio::test]
async fn a_new_password_takes_the_old_one_and_a_code_and_ends_everything_else() {
    let service = Service::start("new-password", &[]);
    let (mut ann, mut phone, codes) = enrolled(&service).await;
    let mut trusted = at_the_code_page(&service).await;
    let code = [("code", phone.next_code().await), ("trust", "yes".to_owned())];
    let code: Vec<_> = code.iter().map(|(name, value)| (*name, value.as_str())).collect();
    assert_eq!(trusted.post("/sign-in/code", &code).await.leads_to(), "/");
    assert_eq!(ann.post("/api-tokens", &new_token(&mut ann.clone(), &codes[0]).await).await.status, 200);
    let copied = ann.clone();

    let new = "a better password";
    let token = ann.get("/settings/password").await.between("name=\"token\" value=\"", "\"").to_owned();
    let wrong_code = phone.wrong_code();
    let form = |current: &'static str, password: &'static str, code: &str| {
        vec![
            ("current", current.to_owned()),
            ("password", password.to_owned()),
            ("token", token.clone()),
            ("code", code.to_owned()),
        ]
    };
    for refused in [
        form("not the password", new, &codes[1]),
        form(PASSWORD, "short", &codes[1]),
        form(PASSWORD, new, &wrong_code),
        form(PASSWORD, new, ""),
    ] {
        let answer = ann.post("/settings/password", &pairs(&refused)).await;
        assert_eq!(answer.status, 422, "{}", answer.body);
    }
    let changed = ann.post("/settings/password", &pairs(&form(PASSWORD, new, &codes[1]))).await;
    assert_eq!(changed.leads_to(), "/settings");
    assert!(ann.get("/settings").await.body.contains("id=\"state\">on<"), "this session goes on");
    assert!(service.mails().contains("password of your account was changed"));

    // The other sessions are over, copies of this one, and the trust; the old password is nobody's.
    for mut gone in [copied, trusted.clone()] {
        assert_eq!(gone.get("/settings").await.leads_to(), "/sign-in");
    }
    assert_eq!(trusted.post("/sign-in", &ANN).await.status, 422);
    let account = [ANN[0], ("password", new)];
    assert_eq!(trusted.post("/sign-in", &account).await.leads_to(), "/sign-in/code");
    assert!(!ann.get("/api-tokens").await.body.contains("id=\"api-tokens\""), "no program is Ann any more");
}

#[tokio::test]
async fn s34_a_program_with_a_token_is_not_asked_and_making_one_is() {
    let service = Service::start("api-tokens", &[]);
    let (mut ann, _, codes) = enrolled(&service).await;
    // An open session alone makes none.
    let refused = ann.post("/api-tokens", &[("name", "Backup job")]).await;
    assert_eq!(refused.status, 422);
    let form = new_token(&mut ann, &codes[0]).await;
    let made = ann.post("/api-tokens", &form).await;
    let token = made.between("id=\"api-token\">", "<").to_owned();
    assert_eq!(ann.post("/api-tokens", &form).await.leads_to(), "/api-tokens", "a double click");
    assert!(!ann.get("/api-tokens").await.body.contains(&token), "it is shown once");

    let me = api(&service, &token).await;
    assert_eq!(me.status, 200, "{}", me.body);
    assert!(me.body.contains("\"ann@example.com\"") && me.body.contains("\"exempt\""), "{}", me.body);
    for unknown in ["", "made-up", &token[1..]] {
        let refused = api(&service, unknown).await;
        assert_eq!((refused.status, refused.header("www-authenticate")), (401, "Bearer"), "{unknown}");
        assert!(!refused.body.contains("ann@"));
    }
    assert_eq!(ann.get("/api/me").await.status, 401, "a session is no token");
    let mut program = Visitor::of(&service.address);
    program.cookies.insert("session".to_owned(), token.clone());
    assert_eq!(program.get("/settings").await.leads_to(), "/sign-in", "a token is no session");
    assert!(!service.log().contains(&token));
    ann.post("/api-tokens/revoke", &[("id", "1")]).await.leads_to();
    assert_eq!(api(&service, &token).await.status, 401);
}

#[tokio::test]
async fn s34_single_sign_on_is_not_affected_where_everybody_else_must() {
    let service = Service::start("single-sign-on", &DEMO);
    let mut sora = Visitor::of(&service.address);
    let provider = sora.get("/sso").await.leads_to().to_owned();
    let request = sora.get(&provider).await.between("name=\"request\" value=\"", "\"").to_owned();
    let chosen = sora.post("/identity-provider", &[("request", &request), ("person", "sora")]).await;
    let assertion = chosen.between("name=\"assertion\" value=\"", "\"").to_owned();
    let attacker = sora.clone();
    assert_eq!(sora.post("/sso", &[("assertion", &assertion)]).await.leads_to(), "/");
    assert_eq!(sora.post("/terms", &[]).await.leads_to(), "/");
    assert!(sora.get("/").await.body.contains("sora@harbour.example"));
    assert_eq!(sora.get("/settings").await.status, 200);

    // It is good once, in the browser that asked for it. Nobody else can be had from it.
    let mut replayed = attacker.clone();
    assert_eq!(replayed.post("/sso", &[("assertion", &assertion)]).await.status, 422);
    let mut elsewhere = Visitor::of(&service.address);
    assert_eq!(elsewhere.post("/sso", &[("assertion", &assertion)]).await.status, 422);
    elsewhere.get("/sso").await.leads_to();
    assert_eq!(elsewhere.post("/sso", &[("assertion", &assertion)]).await.status, 422);
    for person in ["aiko", "aiko@harbour.example", "1", ""] {
        let refused =
            elsewhere.post("/identity-provider", &[("request", &request), ("person", person)]).await;
        assert_eq!(refused.status, 404, "{person}");
    }
    for visitor in [&mut replayed, &mut elsewhere] {
        assert_eq!(visitor.get("/settings").await.leads_to(), "/sign-in");
    }
    // Sora has no password, not even an empty one; and her colleague, who has one, must set up.
    for password in ["", "(single sign-on)"] {
        let sora = [("email", "sora@harbour.example"), ("password", password)];
        assert_eq!(elsewhere.post("/sign-in", &sora).await.status, 422);
    }
    let front = elsewhere.get("/").await;
    let password = front.between("<strong>ben@harbour.example</strong> <code>", "<").to_owned();
    let ben = [("email", "ben@harbour.example"), ("password", &password)];
    assert_eq!(elsewhere.post("/sign-in", &ben).await.leads_to(), "/sign-in/enroll");

    let service = Service::start("no-single-sign-on", &[]);
    let mut nobody = Visitor::of(&service.address);
    assert_eq!(nobody.get("/sso").await.status, 404, "it is the demonstration's alone");
    assert_eq!(nobody.get("/identity-provider?request=1").await.status, 404);
}

/// The form for a new token, with this code.
async fn new_token<'a>(visitor: &mut Visitor, code: &'a str) -> Vec<(&'a str, &'a str)> {
    let token = visitor.get("/api-tokens").await.between("name=\"token\" value=\"", "\"").to_owned();
    vec![("name", "Backup job"), ("token", token.leak()), ("code", code)]
}

fn pairs<'a>(form: &'a [(&'a str, String)]) -> Vec<(&'a str, &'a str)> {
    form.iter().map(|(name, value)| (*name, value.as_str())).collect()
}
