//! Lost phones: what support, an owner or an administrator does (S14, S15, S25, S26, S36).

use std::time::Duration;

use second_factor::{
    Access, Action, Actor, Authority, Channel, EventKind, Factor, NewAuthenticator, NotAllowed, OneTimeCodes,
    Policy, Reason, Requirement, Reset, Trust, TrustDays, testing::Phone,
};

use crate::host::{Browser, Host, Member, not_allowed, rejected};

const LOST: &str = "lost the phone, identified by video call";

fn required() -> Policy {
    Policy::new(Requirement::RequiredForAll).trusted_devices(Trust::Days(TrustDays::DEFAULT))
}

fn by(administrator: &Member) -> Reset {
    Reset::by(Actor::User(administrator.key()), LOST)
}

/// A member who is enrolled and signed in, with a trusted browser.
async fn settled(acme: &Host, member: &Member) -> (Phone, Vec<String>, Browser) {
    let mut laptop = Browser::new();
    let enroll = acme.password(member, &mut laptop).await.set_up();
    let (phone, codes) = acme.set_up(member, &mut laptop, Authority::SignIn(enroll.token())).await;
    let code = acme.fresh(&phone);
    let challenge = acme.password(member, &mut laptop).await.code();
    acme.code_and_tick(member, &mut laptop, &challenge, &code, Some("Laptop")).await.unwrap();
    acme.post.read(member);
    (phone, codes, laptop)
}

/// Support, or the project's owner, removes a member's 2FA: nothing usable remains, and the member hears who did it and why.
#[tokio::test]
async fn s14_support_or_the_owner_removes_a_members_second_factor() {
    let actors = [Actor::User(Member::named("owner").key()), Actor::Operator("support: case 4711".into())];
    for actor in actors {
        let (acme, ann) = (Host::new(required()), Member::named("ann"));
        let (phone, codes, mut laptop) = settled(&acme, &ann).await;
        let code = acme.fresh(&phone);
        let under_way = acme.password(&ann, &mut Browser::new()).await.code();
        acme.password(&ann, &mut laptop).await.home();

        let ticket = acme.verifier.reset(&ann.key(), Reset::by(actor.clone(), LOST)).await.unwrap();
        assert!(ticket.is_none());
        assert_eq!(acme.post.read(&ann), [EventKind::Reset { by: actor, reason: LOST.into() }]);
        assert!(!acme.settings(&ann, &laptop).await.is_on());

        for typed in [&code, &codes[0]] {
            let dead = acme.code(&ann, &mut Browser::new(), &under_way, typed).await;
            assert_eq!(rejected(dead).reason(), Reason::EpochChanged);
        }
        assert_eq!(acme.click(&ann, &laptop).await, Access::SignInAgain, "open sessions are over");
        acme.password(&ann, &mut laptop).await.set_up();
    }
}

/// An operator has a name, and one that the record has room for.
#[tokio::test]
async fn s14_an_operator_has_a_name() {
    let (acme, ann) = (Host::new(required()), Member::named("ann"));
    for (length, allowed) in [(0, false), (1, true), (128, true), (129, false)] {
        let by = Actor::Operator("x".repeat(length));
        let done = acme.verifier.reset(&ann.key(), Reset::by(by, LOST)).await;
        assert_eq!(done.is_ok(), allowed, "{length}");
        assert!(allowed || matches!(done, Err(second_factor::Error::NotAllowed(NotAllowed::InvalidName))));
    }
}

/// A reset takes a reason, and somebody else than the member.
#[tokio::test]
async fn s14_nobody_resets_their_own_or_without_a_reason() {
    let (acme, ann, admin) = (Host::new(required()), Member::named("ann"), Member::named("admin"));
    let (_, _, laptop) = settled(&acme, &ann).await;
    let own = acme.verifier.reset(&ann.key(), by(&ann)).await;
    assert_eq!(not_allowed(own), NotAllowed::OwnReset);
    for reason in ["", "  ", &"x".repeat(201)] {
        let reset = Reset::by(Actor::User(admin.key()), reason);
        assert_eq!(not_allowed(acme.verifier.reset(&ann.key(), reset).await), NotAllowed::InvalidReason);
    }
    assert!(acme.settings(&ann, &laptop).await.is_on());
    // A namesake in another company is somebody else.
    let namesake = Member::named("ann").of("globex");
    acme.verifier.reset(&ann.key(), by(&namesake)).await.unwrap();
}

/// Someone who lost phone and codes contacts support; after the reset they set up again, and with a ticket only they can: whoever has
/// the password alone cannot.
#[tokio::test]
async fn s15_who_lost_phone_and_codes_sets_up_again_after_a_reset() {
    let (acme, ann, admin) = (Host::new(required()), Member::named("ann"), Member::named("admin"));
    settled(&acme, &ann).await;
    let reset = by(&admin).with_ticket(Duration::from_secs(3600));
    let ticket = acme.verifier.reset(&ann.key(), reset).await.unwrap().expect("asked for");
    assert_eq!(ticket.expires_at(), acme.now().plus(3600));

    let mut thief = Browser::new();
    let stolen = acme.password(&ann, &mut thief).await.set_up();
    assert!(stolen.needs_ticket());
    let without = acme.begin_set_up(&ann, Authority::SignIn(stolen.token())).await;
    assert_eq!(not_allowed(without), NotAllowed::NeedsTicket);
    let typed = "00000-00000-00000-00000-00000-00000";
    let guessed = Authority::Ticket { sign_in: Some(stolen.token()), typed };
    assert_eq!(rejected(acme.begin_set_up(&ann, guessed).await).reason(), Reason::Wrong);

    let mut laptop = Browser::new();
    let enroll = acme.password(&ann, &mut laptop).await.set_up();
    let typed = ticket.reveal().to_lowercase();
    let by_ticket = Authority::Ticket { sign_in: Some(enroll.token()), typed: &typed };
    let (phone, codes) = acme.set_up(&ann, &mut laptop, by_ticket).await;
    assert_eq!(codes.len(), 10);
    acme.sign_in(&ann, &mut Browser::new(), &phone).await;
    let again = Authority::Ticket { sign_in: Some(stolen.token()), typed: &typed };
    assert_eq!(rejected(acme.begin_set_up(&ann, again).await).reason(), Reason::EpochChanged);
}

/// An administrator *with the configuration role* resets a user's authentication from user management, and sees that it happened. The
/// role is the host's matter; the library records who it was.
#[tokio::test]
async fn s25_the_administrator_sees_that_it_happened() {
    let (acme, ann, admin) = (Host::new(required()), Member::named("ann"), Member::named("admin"));
    settled(&acme, &ann).await;
    let summary = || async {
        use second_factor::UserDirectory as _;
        acme.store.summaries(&[ann.key()]).await.unwrap()[0].unwrap()
    };
    assert!(summary().await.enrolled_at.is_some());
    acme.verifier.reset(&ann.key(), by(&admin)).await.unwrap();

    let after = summary().await;
    assert_eq!((after.enrolled_at, after.backup_codes_left, after.trusted_devices), (None, 0, 0));
    let logged = EventKind::Reset { by: Actor::User(admin.key()), reason: LOST.into() };
    assert_eq!(acme.log(&ann).last(), Some(&logged));
    assert!(!acme.log(&admin).contains(&logged), "it happened to ann");
}

/// After a reset the user meets the standard set-up request at the next sign-in; where it is optional, nothing asks.
#[tokio::test]
async fn s26_after_a_reset_comes_the_standard_set_up() {
    let (mut acme, ann, admin) = (Host::new(required()), Member::named("ann"), Member::named("admin"));
    let (old_phone, ..) = settled(&acme, &ann).await;
    acme.verifier.reset(&ann.key(), by(&admin)).await.unwrap();
    let mut laptop = Browser::new();
    let enroll = acme.password(&ann, &mut laptop).await.set_up();
    assert!(!enroll.needs_ticket());
    let (new_phone, _) = acme.set_up(&ann, &mut laptop, Authority::SignIn(enroll.token())).await;
    let challenge = acme.password(&ann, &mut laptop).await.code();
    rejected(acme.code(&ann, &mut laptop, &challenge, &acme.fresh(&old_phone)).await);
    acme.sign_in(&ann, &mut laptop, &new_phone).await;

    acme.save_policy("acme", Policy::new(Requirement::Optional));
    acme.verifier.reset(&ann.key(), by(&admin)).await.unwrap();
    acme.password(&ann, &mut laptop).await.home();
}

/// If codes do not arrive or fail, an administrator resets that user's settings: an app on a lost phone no longer stands in the way of
/// mailed codes, and what is under way ends.
#[tokio::test]
async fn s36_if_codes_fail_an_administrator_resets_the_settings() {
    let policy = Policy::new(Requirement::RequiredForAll)
        .allow(Factor::OneTimeCode(Channel::Email))
        .one_time_codes(OneTimeCodes::WithoutAuthenticator);
    let acme = Host::new(policy);
    let (ann, admin) = (Member::named("ann").reachable_by(Channel::Email), Member::named("admin"));
    let (account, mut laptop) = (acme.account(&ann), Browser::new());

    // Ann once signed in with a mailed code and set up an app, whose codes now fail.
    let challenge = acme.password(&ann, &mut laptop).await.code();
    acme.verifier.send(&account, challenge.token(), Channel::Email).await.unwrap();
    let mailed = acme.post.code(&ann, Channel::Email);
    acme.code(&ann, &mut laptop, &challenge, &mailed).await.unwrap();
    acme.set_up(&ann, &mut laptop, Authority::OpenSession).await;
    let stuck = acme.password(&ann, &mut laptop).await.code();
    assert_eq!(stuck.factors(), [Factor::Totp, Factor::BackupCode]);
    let no = acme.verifier.send(&account, stuck.token(), Channel::Email).await;
    assert_eq!(not_allowed(no), NotAllowed::FactorOff);

    acme.verifier.reset(&ann.key(), by(&admin)).await.unwrap();
    let over = acme.verifier.send(&account, stuck.token(), Channel::Email).await;
    assert_eq!(rejected(over).reason(), Reason::EpochChanged);
    acme.pass(60);
    let challenge = acme.password(&ann, &mut laptop).await.code();
    assert_eq!(challenge.factors(), [Factor::OneTimeCode(Channel::Email)]);
    acme.verifier.send(&account, challenge.token(), Channel::Email).await.unwrap();
    acme.code(&ann, &mut laptop, &challenge, &acme.post.code(&ann, Channel::Email)).await.unwrap();
    assert!(laptop.session.unwrap().is_second_factor());
}

/// A reset does not make the administrator the member: proofs, set-ups and codes of before open nothing, and how much was guessed stays.
#[tokio::test]
async fn s14_a_reset_leaves_no_usable_remnant() {
    let (acme, ann, admin) = (Host::new(required()), Member::named("ann"), Member::named("admin"));
    let (phone, _, laptop) = settled(&acme, &ann).await;
    let account = acme.account(&ann);
    let proof = acme.step_up(&ann, &laptop, &Action::AddAuthenticator, &acme.fresh(&phone)).await.unwrap();
    for _ in 0..6 {
        let challenge = acme.password(&ann, &mut Browser::new()).await.code();
        rejected(acme.code(&ann, &mut Browser::new(), &challenge, &acme.wrong(&phone, "")).await);
    }
    let held_until = acme.settings(&ann, &Browser::new()).await.locked_until();
    assert!(held_until.is_some());

    acme.verifier.reset(&ann.key(), by(&admin)).await.unwrap();
    let new = NewAuthenticator::new("ann@example.com");
    let with_proof = acme.verifier.enroll(&account, Authority::StepUp(&proof), &new).await;
    assert_eq!(rejected(with_proof).reason(), Reason::EpochChanged);
    assert_eq!(acme.settings(&ann, &Browser::new()).await.locked_until(), held_until);
}
