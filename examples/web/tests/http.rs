//! The second factor without a browser: what a visitor can do who sends what they like.
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
use sqlx::{SqlitePool, sqlite::SqliteConnectOptions};
use support::{
    ann::{ANN, EMAIL, at_the_code_page, enrolled, key_on, prove, register, set_up},
    service::Service,
    visitor::Visitor,
};

#[tokio::test]
async fn s11_nobody_gets_in_between_the_password_and_the_code() {
    let service = Service::start("between", &[]);
    let (_, mut phone, _) = enrolled(&service).await;
    let mut thief = at_the_code_page(&service).await;

    assert!(!thief.cookies.contains_key("session"), "there is no session to mistake for one");
    assert!(!thief.get("/").await.body.contains(EMAIL));
    assert_eq!(thief.get("/settings").await.leads_to(), "/sign-in");
    assert_eq!(thief.get("/settings/prove?do=add").await.leads_to(), "/sign-in");
    assert_eq!(thief.get("/settings/two-factor/confirm").await.leads_to(), "/sign-in");
    // Nor is there a way around: to set up an authenticator of one's own inside this sign-in.
    let enroll = thief.post("/sign-in/enroll", &[("name", "Mine")]).await;
    assert!([403, 422].contains(&enroll.status), "{enroll:?}");
    assert_eq!(thief.get("/sign-in/enroll/confirm").await.status, 422);

    // The right code opens it, and only for the browser that typed it.
    let mut ann = at_the_code_page(&service).await;
    assert_eq!(ann.post("/sign-in/code", &[("code", &phone.next_code().await)]).await.leads_to(), "/");
    assert!(ann.get("/").await.body.contains(EMAIL));
    assert_eq!(thief.get("/settings").await.leads_to(), "/sign-in");
}

#[tokio::test]
async fn s31_a_code_is_accepted_once_across_browsers() {
    let service = Service::start("replay", &[]);
    let (_, mut phone, _) = enrolled(&service).await;
    let code = phone.next_code().await;
    let mut ann = at_the_code_page(&service).await;
    let mut thief = at_the_code_page(&service).await;

    assert_eq!(ann.post("/sign-in/code", &[("code", &code)]).await.leads_to(), "/");
    let refused = thief.post("/sign-in/code", &[("code", &code)]).await;
    assert_eq!(refused.status, 422);
    assert!(refused.body.contains("That code was not accepted."));
    assert_eq!(thief.get("/settings").await.leads_to(), "/sign-in");
}

#[tokio::test]
async fn of_many_browsers_with_the_same_code_one_gets_in() {
    let service = Service::start("race", &[]);
    let (_, mut phone, codes) = enrolled(&service).await;
    for code in [phone.next_code().await, codes[0].clone()] {
        let mut racing = Vec::new();
        for _ in 0..6 {
            let (mut browser, code) = (at_the_code_page(&service).await, code.clone());
            racing.push(tokio::spawn(async move {
                browser.post("/sign-in/code", &[("code", &code)]).await.status
            }));
        }
        let mut statuses = Vec::new();
        for one in racing {
            statuses.push(one.await.unwrap());
        }
        assert_eq!(statuses.iter().filter(|status| **status == 303).count(), 1, "{statuses:?}");
    }
}

#[tokio::test]
async fn a_double_click_does_not_show_a_refusal() {
    let service = Service::start("double-click", &[]);
    let (_, mut phone, _) = enrolled(&service).await;
    let mut ann = at_the_code_page(&service).await;
    let mut again = ann.clone();
    let code = phone.next_code().await;

    assert_eq!(ann.post("/sign-in/code", &[("code", &code)]).await.leads_to(), "/");
    let second = again.post("/sign-in/code", &[("code", &code)]).await;
    assert_eq!(second.leads_to(), "/");
    assert_eq!(second.header("set-cookie"), "", "it must not undo what the first one set");
}

#[tokio::test]
async fn s16_one_sentence_whatever_the_reason_and_then_when_to_try_again() {
    let service = Service::start("wrong-codes", &[]);
    let (_, phone, _) = enrolled(&service).await;
    let mut ann = at_the_code_page(&service).await;
    for typed in ["what?", "12345", "12345678901234567"] {
        let malformed = ann.post("/sign-in/code", &[("code", typed)]).await;
        assert_eq!(malformed.status, 422);
        assert!(malformed.body.contains("That code was not accepted."), "{}", malformed.body);
    }
    let mut last = None;
    for tries_left in
        ["5 more tries", "4 more tries", "3 more tries", "2 more tries", "one more try", "", "", ""]
    {
        let wrong = ann.post("/sign-in/code", &[("code", &phone.wrong_code())]).await;
        assert!(wrong.body.contains("That code was not accepted."), "{}", wrong.body);
        assert!(wrong.body.contains("support@"), "whom to contact");
        assert!(wrong.body.contains(tries_left), "{tries_left}: {}", wrong.body);
        assert_eq!(wrong.body.contains("before you have to wait"), !tries_left.is_empty());
        last = Some(wrong);
    }
    let last = last.unwrap();
    assert_eq!(last.status, 429);
    assert!(last.header("retry-after").parse::<u64>().unwrap() > 0);
    assert!(last.body.contains("You can try again in "), "{}", last.body);
}

#[tokio::test]
async fn s16_a_change_of_settings_says_how_many_tries_are_left_too() {
    let service = Service::start("tries-of-a-step-up", &[]);
    let (mut ann, phone, _) = enrolled(&service).await;
    let refused = prove(&mut ann, "disable", &phone.wrong_code()).await;
    assert!(refused.body.contains("You have 5 more tries before you have to wait."), "{}", refused.body);
    // The lane of this browser is its own, and the same at a sign-in and in front of a change.
    ann.post("/language", &[("language", "ja"), ("back", "/")]).await;
    for tries_left in (1..5).rev() {
        let refused = prove(&mut ann, "view-codes", &phone.wrong_code()).await;
        let said = format!("あと{tries_left}回間違えると、しばらく待つことになります。");
        assert!(refused.body.contains(&said), "{said}: {}", refused.body);
    }
    let held = prove(&mut ann, "disable", &phone.wrong_code()).await;
    assert_eq!(held.status, 429);
    assert!(!held.body.contains("回間違えると"), "{}", held.body);
}

#[tokio::test]
async fn s18_while_required_every_click_leads_to_the_settings() {
    let service = Service::start("required-later", &[]);
    let mut ann = Visitor::of(&service.address);
    register(&mut ann).await;
    assert_eq!(ann.post("/sign-in", &ANN).await.leads_to(), "/");
    assert_eq!(ann.get("/").await.status, 200);

    let data = service.stop();
    let service = Service::start_in(&data, &[("REQUIRE_SECOND_FACTOR", "1")]);
    ann.address.clone_from(&service.address);
    for page in ["/", "/sign-in", "/register", "/no-such-page"] {
        assert_eq!(ann.get(page).await.leads_to(), "/settings", "{page}");
    }
    assert!(ann.get("/settings").await.body.contains("It is required here."));
    set_up(&mut ann, "/settings/two-factor/enroll", "Phone").await;
    assert_eq!(ann.get("/").await.status, 200);
}

#[tokio::test]
async fn s20_s29_while_required_a_new_account_is_set_up_inside_the_sign_in() {
    let service = Service::start("required", &[("REQUIRE_SECOND_FACTOR", "1")]);
    let mut ann = Visitor::of(&service.address);
    register(&mut ann).await;
    assert_eq!(ann.post("/sign-in", &ANN).await.leads_to(), "/sign-in/enroll");
    assert!(!ann.cookies.contains_key("session"));
    assert_eq!(ann.get("/settings").await.leads_to(), "/sign-in");

    set_up(&mut ann, "/sign-in/enroll", "Phone").await;
    assert!(ann.get("/settings").await.body.contains("id=\"state\">on<"));
}

#[tokio::test]
async fn a_further_authenticator_takes_a_fresh_code() {
    let service = Service::start("further", &[]);
    let (mut ann, mut phone, codes) = enrolled(&service).await;
    // An open session alone adds nothing.
    assert_eq!(ann.post("/settings/two-factor/enroll", &[("name", "Thief")]).await.status, 403);

    assert_eq!(prove(&mut ann, "add", &phone.wrong_code()).await.status, 422);

    let proven = prove(&mut ann, "add", &phone.next_code().await).await;
    let confirm = proven.leads_to().to_owned();
    let mut tablet = key_on(&ann.get(&confirm).await);
    assert_eq!(ann.post(&confirm, &[("code", &tablet.next_code().await)]).await.leads_to(), "/settings");

    let settings = ann.get("/settings").await.body;
    assert!(settings.contains("<strong>Phone</strong>") && settings.contains("<strong>Tablet</strong>"));
    assert!(settings.contains("The authenticator “Tablet” was added"), "{settings}");

    let mut again = at_the_code_page(&service).await;
    assert_eq!(again.post("/sign-in/code", &[("code", &tablet.next_code().await)]).await.leads_to(), "/");

    // A name is data. To give another takes no code; to remove one does, and the last one stays.
    let rename = [("id", "2"), ("name", "<b>Old</b> tablet")];
    assert_eq!(ann.post("/settings/two-factor/rename", &rename).await.leads_to(), "/settings");
    let settings = ann.get("/settings").await.body;
    assert!(settings.contains("Old") && !settings.contains("<b>"), "{settings}");
    assert_eq!(prove(&mut ann, "remove&id=2", &codes[0]).await.leads_to(), "/settings");
    assert!(!ann.get("/settings").await.body.contains("/settings/prove?do=remove"));
    assert_eq!(ann.get("/settings/prove?do=remove&id=1").await.status, 403);
    let mut gone = at_the_code_page(&service).await;
    assert_eq!(gone.post("/sign-in/code", &[("code", &tablet.next_code().await)]).await.status, 422);
}

#[tokio::test]
async fn turning_it_on_ends_the_other_sessions_of_the_user() {
    let service = Service::start("other-sessions", &[]);
    let mut elsewhere = Visitor::of(&service.address);
    register(&mut elsewhere).await;
    assert_eq!(elsewhere.post("/sign-in", &ANN).await.leads_to(), "/");
    let mut ann = Visitor::of(&service.address);
    assert_eq!(ann.post("/sign-in", &ANN).await.leads_to(), "/");

    set_up(&mut ann, "/settings/two-factor/enroll", "Phone").await;
    assert_eq!(elsewhere.get("/").await.leads_to(), "/sign-in");
    assert_eq!(ann.get("/settings").await.status, 200);
}

#[tokio::test]
async fn a_lost_record_of_somebody_enrolled_lets_nobody_in() {
    let service = Service::start("lost-record", &[]);
    let (mut ann, _, _) = enrolled(&service).await;
    let file = SqliteConnectOptions::new().filename(service.data.join("web.sqlite"));
    let lost = sqlx::query("DELETE FROM second_factor");
    lost.execute(&SqlitePool::connect_with(file).await.unwrap()).await.unwrap();

    let mut thief = Visitor::of(&service.address);
    assert_eq!(thief.post("/sign-in", &ANN).await.status, 503);
    assert_eq!(thief.cookies.keys().collect::<Vec<_>>(), ["csrf"]);
    assert_eq!(ann.get("/settings").await.status, 503);
}

#[tokio::test]
async fn s37_a_deletion_goes_on_where_a_restart_interrupted_it() {
    let service = Service::start("deletion-resumed", &[]);
    let (mut ann, _, _) = enrolled(&service).await;
    let off = [("requirement", "off"), ("trust", "off"), ("whom", "beside"), ("understood", "yes")];
    let preview = ann.post("/admin/policy", &off).await;
    let confirmation = preview.between("name=\"confirmation\" value=\"", "\"").to_owned();
    // Not without the tick that says that it was understood.
    let save = [&off[..], &[("confirmation", confirmation.as_str())]].concat();
    assert_eq!(ann.post("/admin/policy/save", &[&save[..3], &save[4..]].concat()).await.status, 400);
    assert!(ann.get("/settings").await.body.contains("id=\"state\">on<"));

    // The service stops after the policy was saved, and before the first page was done.
    let file = SqliteConnectOptions::new().filename(service.data.join("web.sqlite"));
    let pool = SqlitePool::connect_with(file).await.unwrap();
    let policy = "UPDATE companies SET policy = json_set(policy, '$.requirement', 'off')";
    sqlx::query(policy).execute(&pool).await.unwrap();
    let begun = "INSERT INTO deletions SELECT id, 1, ?, NULL, 1, 0, 0, 0 FROM companies";
    sqlx::query(begun).bind(&confirmation).execute(&pool).await.unwrap();
    let service = Service::start_in(&service.stop(), &[]);
    ann.address.clone_from(&service.address);
    for _ in 0..100 {
        let finished: bool =
            sqlx::query_scalar("SELECT finished FROM deletions").fetch_one(&pool).await.unwrap();
        if finished {
            break;
        }
        tokio::time::sleep(std::time::Duration::from_millis(50)).await;
    }
    let mut again = Visitor::of(&service.address);
    assert_eq!(again.post("/sign-in", &ANN).await.leads_to(), "/");
    let page = again.get("/admin/policy/deletion").await;
    assert!(page.body.contains("id=\"finished\"") && page.body.contains("1 of 1"), "{}", page.body);
    assert_eq!(page.header("refresh"), "");
    assert!(again.get("/settings").await.body.contains("id=\"state\">off<"));
}
