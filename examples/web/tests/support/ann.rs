//! Ann, whose account the tests are about.

use super::{
    phone::Phone,
    service::Service,
    visitor::{Answer, Visitor},
};

pub const EMAIL: &str = "ann@example.com";
pub const PASSWORD: &str = "correct horse battery";
pub const ANN: [(&str, &str); 2] = [("email", EMAIL), ("password", PASSWORD)];

pub async fn register(visitor: &mut Visitor) {
    assert_eq!(visitor.post("/register", &ANN).await.leads_to(), "/sign-in?registered=1");
}

/// Registers, signs in, and sets up the second factor in the settings.
pub async fn enrolled(service: &Service) -> (Visitor, Phone, Vec<String>) {
    let mut ann = Visitor::of(&service.address);
    register(&mut ann).await;
    assert_eq!(ann.post("/sign-in", &ANN).await.leads_to(), "/");
    let (phone, codes) = set_up(&mut ann, "/settings/two-factor/enroll", "Phone").await;
    (ann, phone, codes)
}

/// Begins a first set-up with this form, and confirms it. The backup codes are what the answer shows.
pub async fn set_up(visitor: &mut Visitor, form: &str, name: &str) -> (Phone, Vec<String>) {
    let page = visitor.post(form, &[("name", name)]).await.leads_to().to_owned();
    let mut phone = key_on(&visitor.get(&page).await);
    let confirmed = visitor.post(&page, &[("code", &phone.next_code().await)]).await;
    (phone, codes_on(&confirmed))
}

pub fn key_on(page: &Answer) -> Phone {
    Phone::with_key(page.between("id=\"key\">", "<"))
}

/// The backup codes on a page.
pub fn codes_on(page: &Answer) -> Vec<String> {
    assert_eq!(page.status, 200, "{}", page.body);
    assert_eq!(page.header("cache-control"), "no-store");
    page.between("name=\"codes\" value=\"", "\"").split(' ').map(str::to_owned).collect()
}

/// A member of the company of an administrator who is signed in: invited, signed in with the password that they
/// chose, and past the terms.
pub async fn member_of(
    service: &Service,
    administrator: &mut Visitor,
    account: [(&str, &str); 2],
) -> Visitor {
    let [(_, email), (_, password)] = account;
    let invite = [("email", email), ("role", "member")];
    assert_eq!(administrator.post("/admin/invitations", &invite).await.leads_to(), "/admin/invitations");
    let mut member = Visitor::of(&service.address);
    let link = service.link_mailed_to(email);
    assert_eq!(member.get(&link).await.leads_to(), "/invitation");
    assert_eq!(
        member.post("/invitation", &[("password", password)]).await.leads_to(),
        "/sign-in?registered=1"
    );
    member.post("/sign-in", &account).await.leads_to();
    assert_eq!(member.post("/terms", &[]).await.leads_to(), "/");
    member
}

/// The password alone.
pub async fn at_the_code_page(service: &Service) -> Visitor {
    let mut ann = Visitor::of(&service.address);
    assert_eq!(ann.post("/sign-in", &ANN).await.leads_to(), "/sign-in/code");
    ann
}

/// Shows the second factor once more for something in the settings; what comes of it.
pub async fn prove(visitor: &mut Visitor, what: &str, code: &str) -> Answer {
    let page = format!("/settings/prove?do={what}");
    let token = visitor.get(&page).await.between("name=\"token\" value=\"", "\"").to_owned();
    visitor.post(&page, &[("token", &token), ("name", "Tablet"), ("code", code)]).await
}
