//! The pages as they are sent, in the eyes of html-validate.
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
    pub mod ann;
    pub mod node;
    #[allow(dead_code, reason = "each file of tests uses a part of it")]
    pub mod phone;
    #[allow(dead_code, reason = "each file of tests uses a part of it")]
    pub mod service;
    #[allow(dead_code, reason = "each file of tests uses a part of it")]
    pub mod visitor;
}
use std::{fs, path::PathBuf};

use support::{
    ann::{ANN, at_the_code_page, key_on, member_of, prove, register},
    node,
    service::{Service, fresh_folder},
    visitor::{Answer, Visitor},
};

/// The pages seen so far, each a file.
struct Pages(PathBuf);

impl Pages {
    fn keep(&self, name: &str, answer: &Answer) {
        assert!(answer.header("content-type").starts_with("text/html"), "{name}: {answer:?}");
        assert!(answer.body.starts_with("<!doctype html>"), "{name}");
        fs::write(self.0.join(format!("{name}.html")), &answer.body).unwrap();
    }

    async fn open(&self, visitor: &mut Visitor, name: &str, path: &str) {
        let answer = visitor.get(path).await;
        assert_eq!(answer.status, 200, "{path}: {}", answer.body);
        self.keep(name, &answer);
    }
}

#[tokio::test]
async fn every_page_is_valid() {
    let Some(html_validate) = node::package(".bin/html-validate") else { return };
    let pages = Pages(fresh_folder("html"));
    let service = Service::start("html-service", &[]);
    let mut ann = Visitor::of(&service.address);
    for (name, path) in [("front", "/"), ("register", "/register"), ("sign-in", "/sign-in")] {
        pages.open(&mut ann, name, path).await;
    }
    pages.keep("nothing", &ann.get("/nothing").await);
    register(&mut ann).await;
    pages.keep("sign-in-refused", &ann.post("/sign-in", &[ANN[0], ("password", "wrong")]).await);
    ann.post("/sign-in", &ANN).await.leads_to();
    pages.open(&mut ann, "settings-off", "/settings").await;
    let set_up = ann.post("/settings/two-factor/enroll", &[("name", "<b>\"Phone")]).await;
    let set_up = set_up.leads_to().to_owned();
    let page = ann.get(&set_up).await;
    pages.keep("set-up", &page);
    let mut phone = key_on(&page);
    pages.keep("set-up-refused", &ann.post(&set_up, &[("code", &phone.wrong_code())]).await);
    let shown = ann.post(&set_up, &[("code", &phone.next_code().await)]).await;
    pages.keep("backup-codes", &shown);
    let codes = support::ann::codes_on(&shown);
    pages.keep("saved-refused", &ann.post("/settings/backup-codes/saved", &[("code", "X")]).await);

    let mut again = at_the_code_page(&service).await;
    pages.open(&mut again, "code", "/sign-in/code").await;
    pages.open(&mut again, "code-backup", "/sign-in/code?letters=1").await;
    pages.keep("code-refused", &again.post("/sign-in/code", &[("code", &phone.wrong_code())]).await);
    again.post("/sign-in/code/send", &[("by", "mail")]).await.leads_to();
    pages.open(&mut again, "code-mailed", "/sign-in/code").await;
    pages.keep("code-too-soon", &again.post("/sign-in/code/send", &[("by", "mail")]).await);
    let trusted = [("code", phone.next_code().await), ("trust", "yes".to_owned())];
    again
        .post("/sign-in/code", &trusted.each_ref().map(|(name, value)| (*name, value.as_str())))
        .await
        .leads_to();

    pages.open(&mut again, "settings-on", "/settings").await;
    for what in ["add", "replace&id=1", "disable", "new-codes", "view-codes"] {
        let name = what.replace(['&', '='], "-");
        pages.open(&mut ann, &format!("prove-{name}"), &format!("/settings/prove?do={what}")).await;
    }
    pages.keep("prove-refused", &prove(&mut ann, "disable", &phone.wrong_code()).await);
    member_of(&service, &mut ann, [("email", "bob@example.com"), ("password", "staple correct horse")]).await;
    for (name, path) in [
        ("home", "/"),
        ("members", "/admin"),
        ("members-filtered", "/admin?show=off&address=bob"),
        ("member", "/admin/member?id=2"),
        ("member-me", "/admin/member?id=1"),
        ("policy", "/admin/policy"),
        ("invitations", "/admin/invitations"),
        ("audit", "/admin/audit"),
        ("password", "/settings/password"),
        ("contact", "/admin/contact"),
        ("terms", "/terms"),
        ("api-tokens", "/api-tokens"),
    ] {
        pages.open(&mut ann, name, path).await;
    }
    let policy = [("requirement", "off"), ("trust", "14"), ("whom", "beside")];
    pages.keep("preview", &ann.post("/admin/policy", &policy).await);
    let token = ann.get("/admin/member?id=2").await.between("name=\"token\" value=\"", "\"").to_owned();
    let reset = [("id", "2"), ("reason", "Lost"), ("ticket", "yes"), ("token", &token), ("code", &codes[0])];
    pages.keep("reset", &ann.post("/admin/member/reset", &reset).await);

    let demo = Service::start("html-demo", &[("DEMO", "1")]);
    for (name, path) in [("demo-front", "/"), ("demo-outbox", "/outbox"), ("demo-phone", "/phone")] {
        pages.open(&mut Visitor::of(&demo.address), name, path).await;
    }
    let mut sora = Visitor::of(&demo.address);
    let provider = sora.get("/sso").await.leads_to().to_owned();
    pages.open(&mut sora, "identity-provider", &provider).await;
    ann.post("/admin/invitations", &[("email", "cy@example.com"), ("role", "member")]).await.leads_to();
    let mut cy = Visitor::of(&service.address);
    assert_eq!(cy.get(&service.link_mailed_to("cy@example.com")).await.leads_to(), "/invitation");
    pages.open(&mut cy, "invitation", "/invitation").await;

    let wrong = node::html_errors(&html_validate, &pages.0);
    assert!(wrong.is_empty(), "{wrong}");

    // And it would say so.
    let bad = fresh_folder("html-bad");
    fs::write(
        bad.join("bad.html"),
        "<!doctype html><html lang=\"en\"><title>Bad</title><p><div></div></p></html>",
    )
    .unwrap();
    assert!(node::html_errors(&html_validate, &bad).contains("Stray end tag"));
}
