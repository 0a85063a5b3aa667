//! The settings page: mails of changes, turning off, another app (S9, S10, S12, S24).

use second_factor::{
    Access, Action, AuthenticatorId, Authority, EventKind, NewAuthenticator, NotAllowed, Policy, Reason,
    Requirement, testing::Phone,
};

use crate::host::{Browser, Host, Member, not_allowed, rejected};

fn optional() -> Host {
    Host::new(Policy::new(Requirement::Optional))
}

/// A mail goes out on activation, to the user and nobody else; not before, and once.
#[tokio::test]
async fn s09_a_mail_goes_out_on_activation() {
    let (acme, ann, bob) = (optional(), Member::named("ann"), Member::named("bob"));
    let enrollment = acme.begin_set_up(&ann, Authority::OpenSession).await.unwrap();
    assert!(acme.post.read(&ann).is_empty(), "nothing has happened yet");

    let code = Phone::scan(enrollment.uri()).code_at(acme.now());
    acme.confirm(&ann, &mut Browser::new(), &enrollment, &code).await.unwrap();
    let told = [EventKind::Enabled, EventKind::BackupCodesIssued { count: 10 }];
    assert_eq!(acme.post.read(&ann), told);
    acme.turn_on(&bob, &mut Browser::new()).await;
    assert!(acme.post.read(&ann).is_empty());
}

/// A mail goes out on deactivation, likewise.
#[tokio::test]
async fn s10_a_mail_goes_out_on_deactivation() {
    let (acme, ann, mut laptop) = (optional(), Member::named("ann"), Browser::new());
    let (phone, _) = acme.turn_on(&ann, &mut laptop).await;
    let code = acme.fresh(&phone);
    let proof = acme.step_up(&ann, &laptop, &Action::Disable, &code).await.unwrap();
    acme.post.read(&ann);
    acme.verifier.disable(&acme.account(&ann), &proof).await.unwrap();
    assert_eq!(acme.post.read(&ann), [EventKind::Disabled]);
}

/// The user turns 2FA off after confirming: with a fresh code, for this and nothing else. Nothing of it is left.
#[tokio::test]
async fn s12_the_user_turns_it_off_after_confirming() {
    let (acme, ann, mut laptop) = (optional(), Member::named("ann"), Browser::new());
    let (phone, codes) = acme.turn_on(&ann, &mut laptop).await;
    let account = acme.account(&ann);
    assert!(acme.settings(&ann, &laptop).await.may_disable());

    // A confirmation of something else does not count, and a wrong code is none.
    let other = acme.step_up(&ann, &laptop, &Action::AddAuthenticator, &acme.fresh(&phone)).await.unwrap();
    assert_eq!(rejected(acme.verifier.disable(&account, &other).await).reason(), Reason::WrongPurpose);
    let wrong = acme.wrong(&phone, "");
    rejected(acme.step_up(&ann, &laptop, &Action::Disable, &wrong).await);
    assert!(acme.settings(&ann, &laptop).await.is_on());

    let proof = acme.step_up(&ann, &laptop, &Action::Disable, &acme.fresh(&phone)).await.unwrap();
    acme.verifier.disable(&account, &proof).await.unwrap();
    let settings = acme.settings(&ann, &laptop).await;
    assert_eq!((settings.is_on(), settings.backup_codes_left()), (false, 0));
    acme.password(&ann, &mut laptop).await.home();

    // On again: the old backup codes are none.
    acme.turn_on(&ann, &mut laptop).await;
    let challenge = acme.password(&ann, &mut laptop).await.code();
    let old = acme.code(&ann, &mut laptop, &challenge, &codes[0]).await;
    assert_eq!(rejected(old).reason(), Reason::Wrong);
}

/// The confirmation is good for one deed, within five minutes.
#[tokio::test]
async fn s12_a_confirmation_lasts_five_minutes() {
    let (acme, ann, mut laptop) = (optional(), Member::named("ann"), Browser::new());
    let (phone, _) = acme.turn_on(&ann, &mut laptop).await;
    let account = acme.account(&ann);
    let proof = acme.step_up(&ann, &laptop, &Action::Disable, &acme.fresh(&phone)).await.unwrap();
    acme.pass(300);
    assert_eq!(rejected(acme.verifier.disable(&account, &proof).await).reason(), Reason::Expired);

    let proof = acme.step_up(&ann, &laptop, &Action::Disable, &acme.fresh(&phone)).await.unwrap();
    acme.pass(299);
    acme.verifier.disable(&account, &proof).await.unwrap();
    acme.turn_on(&ann, &mut laptop).await;
    let again = acme.verifier.disable(&account, &proof).await;
    assert_eq!(rejected(again).reason(), Reason::EpochChanged, "spent, and of the time before");
}

/// The user changes the authenticator app, also while 2FA is required: in place, and the old one works until the new is proven.
#[tokio::test]
async fn s24_the_user_changes_the_app_in_place() {
    let (mut acme, ann) = (optional(), Member::named("ann"));
    let (mut laptop, mut office) = (Browser::new(), Browser::new());
    let (old_phone, codes) = acme.turn_on(&ann, &mut laptop).await;
    acme.save_policy("acme", Policy::new(Requirement::RequiredForAll));
    acme.sign_in(&ann, &mut office, &old_phone).await;

    let settings = acme.settings(&ann, &laptop).await;
    assert!(!settings.may_disable(), "turning off is not the way");
    let replace = Action::Replace(settings.authenticators()[0].id);
    let proof = acme.step_up(&ann, &laptop, &replace, &acme.fresh(&old_phone)).await.unwrap();
    let (enrollment, new_phone) = acme.set_up_page(&ann, Authority::StepUp(&proof)).await;

    // The new phone is in the other room. The old one works meanwhile, the new one does not yet.
    acme.sign_in(&ann, &mut Browser::new(), &old_phone).await;
    let code = acme.fresh(&new_phone);
    let challenge = acme.password(&ann, &mut Browser::new()).await.code();
    rejected(acme.code(&ann, &mut Browser::new(), &challenge, &code).await);

    acme.post.read(&ann);
    let issued = acme.confirm(&ann, &mut laptop, &enrollment, &code).await.unwrap();
    assert!(issued.is_empty(), "the backup codes stay");
    let told = acme.post.read(&ann);
    assert!(matches!(&told[..], [EventKind::AuthenticatorReplaced { .. }]), "{told:?}");
    assert_eq!(acme.settings(&ann, &laptop).await.authenticators().len(), 1);

    // From then on it is the other way round; sessions that the old phone opened are over, this one is not.
    assert_eq!(acme.click(&ann, &laptop).await, Access::Granted { enroll_by: None });
    assert_eq!(acme.click(&ann, &office).await, Access::SignInAgain);
    let challenge = acme.password(&ann, &mut office).await.code();
    let old = acme.code(&ann, &mut office, &challenge, &acme.fresh(&old_phone)).await;
    assert_eq!(rejected(old).reason(), Reason::Wrong);
    acme.sign_in(&ann, &mut office, &new_phone).await;
    let challenge = acme.password(&ann, &mut office).await.code();
    acme.code(&ann, &mut office, &challenge, &codes[0]).await.unwrap();
}

/// Several named authenticators: each signs in, each is renamed and removed on its own, but the last.
#[tokio::test]
async fn s24_several_named_authenticators() {
    let (acme, ann, mut laptop) = (optional(), Member::named("ann"), Browser::new());
    let (phone, _) = acme.turn_on(&ann, &mut laptop).await;
    let account = acme.account(&ann);
    let only = acme.settings(&ann, &laptop).await.authenticators()[0].id;
    let last = acme.verifier.begin_step_up(&account, &Action::Remove(only), None).await;
    assert_eq!(not_allowed(last), NotAllowed::LastAuthenticator);

    let add = Action::AddAuthenticator;
    let proof = acme.step_up(&ann, &laptop, &add, &acme.fresh(&phone)).await.unwrap();
    let new = NewAuthenticator::new("ann@example.com").named("Tablet");
    let enrollment = acme.verifier.enroll(&account, Authority::StepUp(&proof), &new).await.unwrap();
    let tablet = Phone::scan(enrollment.uri());
    let code = acme.fresh(&tablet);
    acme.confirm(&ann, &mut laptop, &enrollment, &code).await.unwrap();
    acme.verifier.rename_authenticator(&account, only, " Ann's phone ").await.unwrap();
    assert_eq!(names(&acme, &ann).await, ["Ann's phone", "Tablet"]);
    acme.sign_in(&ann, &mut laptop, &phone).await;
    acme.sign_in(&ann, &mut laptop, &tablet).await;

    let proof = acme.step_up(&ann, &laptop, &Action::Remove(only), &acme.fresh(&tablet)).await.unwrap();
    acme.verifier.remove_authenticator(&account, only, &proof).await.unwrap();
    assert_eq!(names(&acme, &ann).await, ["Tablet"]);
    assert_eq!(acme.click(&ann, &laptop).await, Access::Granted { enroll_by: None });
    let challenge = acme.password(&ann, &mut laptop).await.code();
    rejected(acme.code(&ann, &mut laptop, &challenge, &acme.fresh(&phone)).await);
    let gone: AuthenticatorId = only;
    let rename = acme.verifier.rename_authenticator(&account, gone, "x").await;
    assert_eq!(not_allowed(rename), NotAllowed::NotFound);
}

async fn names(acme: &Host, member: &Member) -> Vec<String> {
    let settings = acme.settings(member, &Browser::new()).await;
    settings.authenticators().iter().map(|authenticator| authenticator.name.clone()).collect()
}
