//! What belongs to one user, tenant or password, brought to another.

use second_factor::{
    Access, Account, Assurance, Because, FirstFactor, Reason, SignIn, Token, UnixTime, UserKey,
};

use crate::common::{World, key, reason};

/// Gogs, CVE-2025-64175: the attacker's own code opened the victim's account.
#[tokio::test]
async fn an_attackers_own_code_does_not_open_the_victims_account() {
    let world = World::new();
    let _victim = world.enrolled("ann").await;
    let attacker = world.enrolled("mallory").await;
    let own = attacker.code_at(world.now());
    assert_eq!(reason(world.sign_in(&world.account("ann"), &own).await), Reason::Wrong);
    let mallorys = world.challenge(&world.account("mallory")).await;
    let swapped = world.verifier.verify(&world.account("ann"), &mallorys, &own, None).await;
    assert_eq!(reason(swapped), Reason::WrongUser);
    let session = world.verifier.verify(&world.account("mallory"), &mallorys, &own, None).await.unwrap();
    assert_eq!(session.user(), &key("mallory"), "and what it opens is named");
}

/// dotnet/aspnetcore #43577: two users in one browser, and the second got the first one's session.
#[tokio::test]
async fn two_users_in_one_browser_stay_two() {
    let world = World::new();
    let (ann, bob) = (world.enrolled("ann").await, world.enrolled("bob").await);
    let ann_token = world.challenge(&world.account("ann")).await;
    let bob_token = world.challenge(&world.account("bob")).await;
    assert_eq!(world.verifier.claimed_user(&ann_token).unwrap(), key("ann"));
    assert_eq!(world.verifier.claimed_user(&bob_token).unwrap(), key("bob"));
    let crossed =
        world.verifier.verify(&world.account("bob"), &ann_token, &bob.code_at(world.now()), None).await;
    assert_eq!(reason(crossed), Reason::WrongUser);
    let opened = world
        .verifier
        .verify(&world.account("ann"), &ann_token, &ann.code_at(world.now()), None)
        .await
        .unwrap();
    assert_eq!(opened.user(), &key("ann"));
    let opened = world
        .verifier
        .verify(&world.account("bob"), &bob_token, &bob.code_at(world.now()), None)
        .await
        .unwrap();
    assert_eq!(opened.user(), &key("bob"));
}

/// The same user id in another tenant is another user, with other factors and other counters.
#[tokio::test]
async fn a_tenant_of_the_attackers_own_is_no_way_into_another() {
    let world = World::new();
    let phone = world.enrolled("ann").await;
    let elsewhere = Account::new(UserKey::new("mallory-inc", "ann"), "stamp-1", &world.policy);
    let enrollment = world.enroll(&elsewhere, second_factor::Authority::OpenSession).await.unwrap();
    let mallory = world.confirmed(&elsewhere, &enrollment).await;
    let theirs = world.challenge(&elsewhere).await;
    let code = mallory.code_at(world.now());
    assert_eq!(
        reason(world.verifier.verify(&world.account("ann"), &theirs, &code, None).await),
        Reason::WrongUser
    );
    assert_eq!(reason(world.sign_in(&world.account("ann"), &code).await), Reason::Wrong);
    let _session = world.sign_in(&world.account("ann"), &phone.code_at(world.now())).await.unwrap();
}

/// better-auth, GHSA-xg6x-h9c9-2m83: the session was valid before the second factor.
#[tokio::test]
async fn between_password_and_code_there_is_no_session() {
    let world = World::new();
    let _phone = world.enrolled("ann").await;
    let account = world.account("ann");
    let SignIn::Challenge(challenge) =
        world.verifier.begin(&account, FirstFactor::Password, None).await.unwrap()
    else {
        panic!("a code is asked for")
    };
    // All that the host holds now is a token, and a token opens nothing; a session that it made up all the same is sent back.
    for because in
        [Because::PolicyOff, Because::NotEnrolled, Because::Grace { until: UnixTime::from_seconds(u64::MAX) }]
    {
        let access = world.verifier.assess(&account, Assurance::FirstFactorOnly(because)).await.unwrap();
        assert_eq!(access, Access::SignInAgain, "{because:?}");
    }
    assert!(world.verifier.challenge(&account, challenge.token()).await.is_ok());
}

/// Vaultwarden, CVE-2026-43911, and scheb/2fa #126: what was handed out under the old password outlived it.
#[tokio::test]
async fn what_was_handed_out_under_the_old_password_dies_with_it() {
    let world = World::new();
    let (account, phone) = (world.account("ann"), world.enrolled("ann").await);
    let tokens = world.tokens(&account, &phone).await;
    let changed = Account::new(key("ann"), "stamp-2", &world.policy);
    for (call, result) in world.every_call(&changed, &tokens).await {
        if ["challenge", "verify", "enroll (proof)", "enrollment", "confirm", "step_up"].contains(&call) {
            assert_eq!(reason(result), Reason::StampChanged, "{call}");
        }
    }
}

/// A service that shares the library but not the keys: its tokens are noise here.
#[tokio::test]
async fn a_token_of_another_service_is_no_token() {
    let (ours, theirs) = (World::new(), World::new());
    let _ann = (ours.enrolled("ann").await, theirs.enrolled("ann").await);
    let foreign = theirs.challenge(&theirs.account("ann")).await;
    assert_eq!(reason(ours.verifier.challenge(&ours.account("ann"), &foreign).await), Reason::InvalidToken);
    assert_eq!(reason(ours.verifier.claimed_user(&foreign)), Reason::InvalidToken);
    let row = ours.row("ann");
    ours.store.force(&key("ann"), Some(theirs.row("ann")));
    assert!(ours.verifier.status(&ours.account("ann"), None).await.is_err());
    ours.store.force(&key("ann"), Some(row));
}

/// Naming a user proves nothing: the token must hold when it is used, not when it is read.
#[tokio::test]
async fn the_claimed_user_of_an_expired_token_is_named_and_not_let_in() {
    let world = World::new();
    let (account, phone) = (world.account("ann"), world.enrolled("ann").await);
    let token: Token = world.challenge(&account).await;
    world.pass(601);
    assert_eq!(world.verifier.claimed_user(&token).unwrap(), key("ann"));
    let late = world.verifier.verify(&account, &token, &phone.code_at(world.now()), None).await;
    assert_eq!(reason(late), Reason::Expired);
}

/// pyotp #22: full-width digits raised. Here they are read, in whatever script the phone shows them.
#[tokio::test]
async fn a_code_in_full_width_digits_signs_in() {
    let world = World::new();
    let (account, phone) = (world.account("ann"), world.enrolled("ann").await);
    let code: String = phone
        .code_at(world.now())
        .chars()
        .map(|digit| char::from_u32(digit as u32 - 0x30 + 0xFF10).unwrap())
        .collect();
    let _session = world.sign_in(&account, &code).await.unwrap();
}
