//! Every ceremony once, right and wrong.

use std::{sync::atomic::Ordering, time::Duration};

use second_factor::{
    Action, Actor, Authority, Channel, Enrollment, FirstFactor, Import, KeyRing, NewAuthenticator, Reset,
    Result, SignIn, StoredRecord, Undelivered, Verifier, testing::Phone,
};

use super::life::Life;
use crate::common::{operator, store::Fault};

/// A backup code, well-formed, that nobody was given.
const OTHER_CODE: &str = "00000-00000-00000-00000-00000";

pub(super) async fn set_up(life: &mut Life) -> (Phone, Vec<String>) {
    let (token, phone) = life.enroll(Authority::OpenSession).await;
    let refused = life.verifier.confirm(&life.account, &token, "00000000").await;
    life.refused("confirm, wrong", refused);
    let code = life.code(&phone);
    let enrolled = life.verifier.confirm(&life.account, &token, &code).await.unwrap();
    life.saw("Enrolled", &enrolled);
    life.knows_cookie(&enrolled.signed_in);
    let codes = life.knows_backup_codes(enrolled.backup_codes.as_ref().unwrap());
    let again = life.verifier.confirm(&life.account, &token, &code).await;
    life.refused("confirm, again", again);
    life.next_step();
    (phone, codes)
}

pub(super) async fn sign_in(life: &mut Life, phone: &Phone, codes: &[String]) {
    let token = life.challenge(None).await;
    for typed in ["00000000", OTHER_CODE, "not a code"] {
        let refused = life.verifier.verify(&life.account, &token, typed, None).await;
        life.refused("verify, wrong", refused);
    }
    let code = life.code(phone);
    let signed_in = life.verifier.verify(&life.account, &token, &code, Some("Firefox")).await.unwrap();
    let cookie = life.knows_cookie(&signed_in);
    let token = life.challenge(None).await;
    let replayed = life.verifier.verify(&life.account, &token, &code, None).await;
    life.refused("verify, replayed", replayed);
    let signed_in = life.verifier.verify(&life.account, &token, &codes[0], None).await.unwrap();
    life.knows_cookie(&signed_in);
    let token = life.challenge(None).await;
    let code = life.sent(&token, Channel::Email).await;
    let limited = life.verifier.send(&life.account, &token, Channel::Email).await;
    life.refused("send, too early", limited);
    let signed_in = life.verifier.verify(&life.account, &token, &code, None).await.unwrap();
    life.knows_cookie(&signed_in);
    life.search.text("a device cookie as text", &cookie);
    let open = life.verifier.begin(&life.account, FirstFactor::Password, Some(&cookie)).await.unwrap();
    life.saw("SignIn::Open", &open);
    let SignIn::Open(open) = open else { panic!("the browser is trusted") };
    let access = life.verifier.assess(&life.account, open.assurance()).await.unwrap();
    life.saw("Access", &access);
    let status = life.verifier.status(&life.account, Some(&cookie)).await.unwrap();
    life.saw("Status", &status);
    let device = status.devices()[0].id;
    life.verifier.rename_device(&life.account, device, "laptop").await.unwrap();
    life.verifier.sign_out(&life.account, Some(&cookie)).await.unwrap();
    life.verifier.revoke_device(&life.account, device).await.unwrap();
    life.verifier.prove_saved(&life.account, &codes[1]).await.unwrap();
    let refused = life.verifier.prove_saved(&life.account, &codes[1]).await;
    life.refused("prove_saved, used", refused);
    life.next_step();
}

pub(super) async fn settings(life: &mut Life, phone: &Phone) {
    let page = Action::Host("delete".into());
    let proof = life.proof(page.clone(), phone).await;
    life.verifier.spend(&life.account, &proof, &page).await.unwrap();
    let spent = life.verifier.spend(&life.account, &proof, &page).await;
    life.refused("spend, again", spent);
    let proof = life.proof(Action::ViewBackupCodes, phone).await;
    let seen = life.verifier.view_backup_codes(&life.account, &proof).await.unwrap();
    life.knows_backup_codes(&seen);
    let proof = life.proof(Action::RegenerateBackupCodes, phone).await;
    let new = life.verifier.regenerate_backup_codes(&life.account, &proof).await.unwrap();
    life.knows_backup_codes(&new);
    let proof = life.proof(Action::AddAuthenticator, phone).await;
    let (token, second) = life.enroll(Authority::StepUp(&proof)).await;
    let code = life.code(&second);
    drop(life.verifier.confirm(&life.account, &token, &code).await.unwrap());
    let status = life.verifier.status(&life.account, None).await.unwrap();
    let ids: Vec<_> = status.authenticators().iter().map(|it| it.id).collect();
    life.verifier.rename_authenticator(&life.account, ids[1], "tablet").await.unwrap();
    life.next_step();
    let proof = life.proof(Action::Remove(ids[1]), phone).await;
    life.verifier.remove_authenticator(&life.account, ids[1], &proof).await.unwrap();
    let proof = life.proof(Action::Replace(ids[0]), phone).await;
    let (token, third) = life.enroll(Authority::StepUp(&proof)).await;
    let code = life.code(&third);
    let replaced = life.verifier.confirm(&life.account, &token, &code).await.unwrap();
    life.knows_cookie(&replaced.signed_in);
    life.next_step();
    let proof = life.proof(Action::Disable, &third).await;
    life.verifier.disable(&life.account, &proof).await.unwrap();
}

pub(super) async fn operate(life: &mut Life) {
    let user = life.account.user().clone();
    let uri = "otpauth://totp/Old:ann?secret=NB2HI4B2F4XWK6DBNVYGYZJOMNXW2L3U&issuer=Old";
    life.knows_secret(uri);
    let import = Import::from_uri(uri).unwrap().named("old phone");
    life.saw("Import", &import);
    life.verifier.import(&user, import, &operator("migration")).await.unwrap();
    let rotated = KeyRing::from_text(&life.keys).unwrap().rotate().unwrap();
    life.saw("KeyRing", &rotated);
    life.knows_keys(&rotated.to_text());
    let later = Verifier::builder(life.store.clone(), life.post.clone(), rotated)
        .issuer("Acme")
        .clock(life.clock.clone())
        .build()
        .unwrap();
    assert!(later.reseal(&user).await.unwrap());
    let unknown = life.verifier.status(&life.account, None).await;
    life.refused("sealed under an unknown key", unknown);
    life.verifier = later;
    life.verifier.after_restore(&user, &operator("restore")).await.unwrap();
    life.saw("DeviceCookie", &life.verifier.sign_out_everywhere(&life.account).await.unwrap());
    let reset =
        Reset::by(Actor::Operator("support".into()), "lost phone").with_ticket(Duration::from_secs(600));
    life.saw("Reset", &reset);
    let ticket = life.verifier.reset(&user, reset).await.unwrap().unwrap();
    life.saw("Ticket", &ticket);
    life.search.text("a ticket", ticket.reveal());
    let refused = life.enroll_refused(Authority::Ticket { sign_in: None, typed: OTHER_CODE }).await;
    life.refused("enroll, wrong ticket", refused);
    let by = Authority::Ticket { sign_in: None, typed: ticket.reveal() };
    let new = NewAuthenticator::new("ann@example.com");
    let enrollment = life.verifier.enroll(&life.account, by, &new).await.unwrap();
    life.knows_secret(enrollment.uri());
    life.saw("Status", &life.verifier.status(&life.account, None).await.unwrap());
}

impl Life {
    async fn enroll_refused(&self, by: Authority<'_>) -> Result<Enrollment> {
        self.verifier.enroll(&self.account, by, &NewAuthenticator::new("ann@example.com")).await
    }
}

pub(super) async fn failures(life: &mut Life) {
    let user = life.account.user().clone();
    for fault in [Fault::ErrorBefore, Fault::ErrorAfterAndOnReload] {
        life.store.fail([fault]);
        let reset =
            Reset::by(Actor::Operator("support".into()), "lost phone").with_ticket(Duration::from_secs(600));
        let failed = life.verifier.reset(&user, reset).await;
        life.refused("the store failed", failed);
    }
    assert_eq!(life.store.faults_left(), 0);
    let held = life.enroll_refused(Authority::OpenSession).await;
    life.refused("no ticket", held);
    life.post.down.store(true, Ordering::SeqCst);
    let reset = Reset::by(Actor::Operator("support".into()), "again");
    drop(life.verifier.reset(&user, reset).await.unwrap());
    let pending = life.verifier.deliver_pending(&user).await;
    life.refused("the notifier failed", pending);
    let erase = life.verifier.erase(&user, Undelivered::Keep, &operator("support")).await;
    life.refused("notices pending", erase);
    life.post.down.store(false, Ordering::SeqCst);
    let garbage = life.verifier.claimed_user(&"garbage".to_owned().into());
    life.refused("no token", garbage);
    let row = life.store.row(&user).unwrap();
    let torn = StoredRecord::new(row.revision(), row.sealed()[1..].to_vec());
    life.store.force(&user, Some(torn));
    let unreadable = life.verifier.status(&life.account, None).await;
    life.refused("torn", unreadable);
    life.verifier.erase(&user, Undelivered::Drop, &operator("support")).await.unwrap();
    let known = life.account.clone().known_enrolled(true);
    let missing = life.verifier.status(&known, None).await;
    life.refused("missing", missing);
}
