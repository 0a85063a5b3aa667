//! Trusted browsers: "do not ask again" (S21, S22, S23, S27).

use second_factor::{
    Access, Assurance, EventKind, FirstFactor, Policy, Requirement, SignIn, Trust, TrustDays, testing::Phone,
};

use crate::host::{Browser, DAY, Host, Member, not_allowed};

const FORTNIGHT: Trust = Trust::Days(TrustDays::DEFAULT);

fn trusting(trust: Trust) -> Policy {
    Policy::new(Requirement::Optional).trusted_devices(trust)
}

/// A member with the second factor on, who has signed in and ticked the box in the laptop.
async fn with_trusted_laptop(trust: Trust) -> (Host, Member, Phone, Browser) {
    let (acme, ann, mut laptop) = (Host::new(trusting(trust)), Member::named("ann"), Browser::new());
    let (phone, _) = acme.turn_on(&ann, &mut laptop).await;
    tick(&acme, &ann, &phone, &mut laptop, "Laptop").await;
    (acme, ann, phone, laptop)
}

async fn tick(acme: &Host, member: &Member, phone: &Phone, browser: &mut Browser, label: &str) {
    let code = acme.fresh(phone);
    let challenge = acme.password(member, browser).await.code();
    assert_eq!(challenge.may_trust(), Some(acme.account(member).policy().trust()), "the box is there");
    acme.code_and_tick(member, browser, &challenge, &code, Some(label)).await.unwrap();
}

/// Administrators turn the trusted-devices feature on or off for the company; it holds from the next sign-in on, and at the next click.
#[tokio::test]
async fn s21_the_company_turns_trusted_devices_on_and_off() {
    let mut acme = Host::new(trusting(Trust::Off));
    let (ann, mut laptop) = (Member::named("ann"), Browser::new());
    let (phone, _) = acme.turn_on(&ann, &mut laptop).await;

    // Off: the box is not there, and ticking it all the same does nothing.
    let code = acme.fresh(&phone);
    let challenge = acme.password(&ann, &mut laptop).await.code();
    assert_eq!(challenge.may_trust(), None);
    acme.code_and_tick(&ann, &mut laptop, &challenge, &code, Some("Laptop")).await.unwrap();
    acme.password(&ann, &mut laptop).await.code();
    assert!(acme.settings(&ann, &laptop).await.devices().is_empty());

    // On.
    acme.save_policy("acme", trusting(FORTNIGHT));
    acme.password(&ann, &mut laptop).await.code();
    tick(&acme, &ann, &phone, &mut laptop, "Laptop").await;
    acme.password(&ann, &mut laptop).await.home();

    // Off again: the trusted browser is asked, and its open session has to show the second factor.
    acme.save_policy("acme", trusting(Trust::Off));
    assert_eq!(acme.click(&ann, &laptop).await, Access::SignInAgain);
    acme.password(&ann, &mut laptop).await.code();
    assert!(acme.settings(&ann, &laptop).await.devices().is_empty());
}

/// "Do not ask again for 14 days" is a tick box at sign-in, per browser: 14 days to the second, from the sign-in and not from its use.
#[tokio::test]
async fn s22_do_not_ask_again_for_fourteen_days_in_this_browser() {
    let (acme, ann, phone, mut laptop) = with_trusted_laptop(FORTNIGHT).await;
    let verified_at = acme.now();
    let trusted =
        EventKind::BrowserTrusted { label: "Laptop".into(), until: Some(verified_at.plus(14 * DAY)) };
    assert!(acme.post.read(&ann).contains(&trusted));

    // Another browser is asked, and goes on being asked without the tick.
    let mut office = Browser::new();
    acme.sign_in(&ann, &mut office, &phone).await;
    acme.password(&ann, &mut office).await.code();

    acme.clock.set(verified_at);
    for _ in 0..13 {
        acme.pass(DAY);
        let assurance = acme.password(&ann, &mut laptop).await.home();
        assert_eq!(assurance, Assurance::TrustedDevice { verified_at });
        assert!(!assurance.is_second_factor(), "a remembered browser is none");
    }
    acme.pass(DAY - 1);
    acme.password(&ann, &mut laptop).await.home();
    acme.pass(1);
    acme.password(&ann, &mut laptop).await.code();
}

/// S22 against S27: both are lifetimes of a trusted device, and a changed password ends trust in either, with no call to forget.
#[tokio::test]
async fn s22_s27_either_trust_dies_with_the_password() {
    for trust in [FORTNIGHT, Trust::UntilSignOut] {
        let (acme, mut ann, _, mut laptop) = with_trusted_laptop(trust).await;
        acme.password(&ann, &mut laptop).await.home();
        ann.changes_password();
        acme.password(&ann, &mut laptop).await.code();
        assert!(acme.settings(&ann, &laptop).await.devices().is_empty(), "{trust:?}");
    }
}

/// Two people at one computer: each has a cookie of their own, and one's trust is not the other's.
#[tokio::test]
async fn s22_two_people_share_a_browser() {
    let (acme, ann, _, mut shared) = with_trusted_laptop(FORTNIGHT).await;
    let bob = Member::named("bob");
    shared.leave();
    acme.turn_on(&bob, &mut shared).await;
    acme.password(&bob, &mut shared).await.code();
    acme.password(&ann, &mut shared).await.home();
}

/// A cookie is good for the tenant and user whose record holds it: under whosever name it is brought, nobody else is let in by it.
#[tokio::test]
async fn s22_p16_a_cookie_lets_nobody_else_in() {
    let (mut acme, ann, _, laptop) = with_trusted_laptop(FORTNIGHT).await;
    acme.save_policy("globex", trusting(FORTNIGHT));
    let of_ann = acme.account(&ann);
    let cookie = laptop.cookie(&of_ann).unwrap();
    for other in [Member::named("bob"), Member::named("ann").of("globex")] {
        acme.turn_on(&other, &mut Browser::new()).await;
        let account = acme.account(&other);
        let begun = acme.verifier.begin(&account, FirstFactor::Password, Some(cookie)).await.unwrap();
        assert!(matches!(begun, SignIn::Challenge(_)), "{begun:?}");
    }
    // Nor does one that was changed in any place.
    for place in 0..cookie.len() {
        let mut forged = cookie.to_owned();
        let other = if &cookie[place..=place] == "A" { "B" } else { "A" };
        forged.replace_range(place..=place, other);
        let begun = acme.verifier.begin(&of_ann, FirstFactor::Password, Some(&forged)).await.unwrap();
        assert!(matches!(begun, SignIn::Challenge(_)), "{place}");
    }
    let begun = acme.verifier.begin(&of_ann, FirstFactor::Password, Some(cookie)).await.unwrap();
    assert!(matches!(begun, SignIn::Open(_)), "as it is, it lets ann in");
}

/// The user sees their trusted devices and removes them; a removed one is asked for a code again.
#[tokio::test]
async fn s23_the_user_sees_and_removes_trusted_devices() {
    let (acme, ann, phone, mut laptop) = with_trusted_laptop(FORTNIGHT).await;
    let mut office = Browser::new();
    tick(&acme, &ann, &phone, &mut office, "Office").await;

    let settings = acme.settings(&ann, &office).await;
    let seen: Vec<_> = settings.devices().iter().map(|it| (it.label.as_str(), it.this_browser)).collect();
    assert_eq!(seen, [("Laptop", false), ("Office", true)]);
    assert_eq!(settings.devices()[1].until, Some(acme.now().plus(14 * DAY)));
    let (laptop_id, account) = (settings.devices()[0].id, acme.account(&ann));
    acme.verifier.rename_device(&account, laptop_id, "At home").await.unwrap();
    acme.post.read(&ann);

    acme.verifier.revoke_device(&account, laptop_id).await.unwrap();
    assert_eq!(acme.post.read(&ann), [EventKind::BrowserRevoked { label: "At home".into() }]);
    acme.password(&ann, &mut laptop).await.code();
    acme.password(&ann, &mut office).await.home();
    let again = acme.verifier.revoke_device(&account, laptop_id).await;
    assert_eq!(not_allowed(again), second_factor::NotAllowed::NotFound);

    acme.verifier.revoke_devices(&account).await.unwrap();
    acme.password(&ann, &mut office).await.code();
    let settings = acme.settings(&ann, &office).await;
    assert!(settings.devices().is_empty() && settings.known_browsers().is_empty());
}

/// A browser that was not trusted is known all the same: the user sees when it was last used, names it and has it forgotten.
#[tokio::test]
async fn s23_the_user_sees_and_removes_browsers_that_are_only_known() {
    let (acme, ann, phone, laptop) = with_trusted_laptop(FORTNIGHT).await;
    let (mut office, account) = (Browser::new(), acme.account(&ann));
    let asked = acme.password(&ann, &mut office).await.code();
    let code = acme.fresh(&phone);
    acme.code(&ann, &mut office, &asked, &code).await.unwrap();

    let settings = acme.settings(&ann, &office).await;
    let known: Vec<_> =
        settings.known_browsers().iter().map(|it| (it.label.as_str(), it.this_browser)).collect();
    assert_eq!(known, [("Laptop", false), ("", true)]);
    assert_eq!(settings.devices().len(), 1, "it is asked for a code");
    let it = &settings.known_browsers()[1];
    assert_eq!((it.last_used_at, it.known_until), (acme.now(), acme.now().plus(180 * DAY)));

    acme.verifier.rename_device(&account, it.id, "Office").await.unwrap();
    assert_eq!(acme.settings(&ann, &laptop).await.known_browsers()[1].label, "Office");
    acme.verifier.revoke_device(&account, it.id).await.unwrap();
    assert_eq!(acme.settings(&ann, &office).await.known_browsers().len(), 1);
    acme.pass(180 * DAY);
    assert!(acme.settings(&ann, &laptop).await.known_browsers().is_empty(), "over at that second");
}

/// A device stays trusted until the user signs out completely, erases it, or changes the password. Closing the browser is none of these.
#[tokio::test]
async fn s27_trusted_until_the_user_signs_out_completely() {
    let (acme, ann, phone, mut laptop) = with_trusted_laptop(Trust::UntilSignOut).await;
    assert_eq!(acme.settings(&ann, &laptop).await.devices()[0].until, None);
    for _ in 0..5 {
        laptop.leave();
        acme.pass(30 * DAY);
        acme.password(&ann, &mut laptop).await.home();
    }
    let account = acme.account(&ann);
    acme.verifier.sign_out(&account, laptop.cookie(&account)).await.unwrap();
    acme.password(&ann, &mut laptop).await.code();

    // Trusted again, and erased.
    tick(&acme, &ann, &phone, &mut laptop, "Laptop").await;
    acme.password(&ann, &mut laptop).await.home();
    let id = acme.settings(&ann, &laptop).await.devices()[0].id;
    acme.verifier.revoke_device(&account, id).await.unwrap();
    acme.password(&ann, &mut laptop).await.code();
}

/// Signing out ends trust until sign-out, in that browser alone; trust for a number of days goes on.
#[tokio::test]
async fn s27_signing_out_is_of_this_browser() {
    let (acme, ann, phone, mut laptop) = with_trusted_laptop(Trust::UntilSignOut).await;
    let (mut office, account) = (Browser::new(), acme.account(&ann));
    tick(&acme, &ann, &phone, &mut office, "Office").await;
    acme.verifier.sign_out(&account, office.cookie(&account)).await.unwrap();
    acme.password(&ann, &mut office).await.code();
    acme.password(&ann, &mut laptop).await.home();

    let (acme, ann, _, mut laptop) = with_trusted_laptop(FORTNIGHT).await;
    let account = acme.account(&ann);
    acme.verifier.sign_out(&account, laptop.cookie(&account)).await.unwrap();
    acme.password(&ann, &mut laptop).await.home();
}

/// Signing out everywhere ends the trust of every browser and every session that a second factor opened, this one included.
#[tokio::test]
async fn s27_signing_out_everywhere_ends_all_trust() {
    for trust in [FORTNIGHT, Trust::UntilSignOut] {
        let (acme, ann, phone, mut laptop) = with_trusted_laptop(trust).await;
        let (mut office, account) = (Browser::new(), acme.account(&ann));
        tick(&acme, &ann, &phone, &mut office, "Office").await;
        let cleared = acme.verifier.sign_out_everywhere(&account).await.unwrap();
        laptop.set(&cleared);
        assert_eq!(laptop.cookie(&account), None);
        assert_eq!(acme.click(&ann, &laptop).await, Access::SignInAgain);
        assert_eq!(acme.click(&ann, &office).await, Access::SignInAgain);
        acme.password(&ann, &mut laptop).await.code();
        acme.password(&ann, &mut office).await.code();
        acme.sign_in(&ann, &mut office, &phone).await;
        assert_eq!(acme.click(&ann, &office).await, Access::Granted { enroll_by: None });
    }
}

/// A backup code is for those who lost their phone: signing in with one trusts nothing.
#[tokio::test]
async fn s22_a_backup_code_trusts_no_browser() {
    let (acme, ann, mut laptop) = (Host::new(trusting(FORTNIGHT)), Member::named("ann"), Browser::new());
    let (_, codes) = acme.turn_on(&ann, &mut laptop).await;
    let challenge = acme.password(&ann, &mut laptop).await.code();
    acme.code_and_tick(&ann, &mut laptop, &challenge, &codes[0], Some("Laptop")).await.unwrap();
    acme.password(&ann, &mut laptop).await.code();
    assert!(acme.settings(&ann, &laptop).await.devices().is_empty());
}
