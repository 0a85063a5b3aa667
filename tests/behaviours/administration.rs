//! A whole company: member lists, warnings, previews, and doing without (S13, S17, S25, S37).

use second_factor::{
    Actor, Administration, Authority, Cohort, EventKind, Import, NotAllowed, Policy, Preview, Requirement,
    Reset, TenantId,
};

use crate::host::{Browser, DAY, Host, Member, not_allowed, operator};

fn required() -> Policy {
    Policy::new(Requirement::RequiredForAll)
}

fn administration(host: &Host) -> Administration {
    Administration::new(&host.verifier, host.store.clone())
}

fn admin() -> Member {
    Member::named("admin").administrator(true)
}

/// The members as the host's own table has them.
fn roster(host: &Host, members: &[&Member]) -> Vec<second_factor::Member> {
    members.iter().map(|member| (&host.account(member)).into()).collect()
}

async fn preview(host: &Host, acting: &Member, proposed: &Policy, members: &[&Member]) -> Preview {
    let mut counting = administration(host).preview(&host.account(acting), proposed);
    counting.add(&roster(host, members)).await.unwrap();
    counting.finish().await.unwrap()
}

/// A member list shows who has 2FA on.
#[tokio::test]
async fn s13_a_member_list_shows_who_has_it_on() {
    let mut acme = Host::new(Policy::new(Requirement::Optional));
    acme.save_policy("globex", Policy::new(Requirement::Optional));
    let (ann, bob, carl) = (Member::named("ann"), Member::named("bob"), Member::named("carl"));
    acme.turn_on(&ann, &mut Browser::new()).await;
    acme.begin_set_up(&bob, Authority::OpenSession).await.unwrap();
    acme.turn_on(&Member::named("carl").of("globex"), &mut Browser::new()).await;

    let page = [&ann, &bob, &carl].map(Member::key);
    let summaries = administration(&acme).summaries(&page).await.unwrap();
    let is_on: Vec<_> =
        summaries.iter().map(|summary| summary.is_some_and(|it| it.enrolled_at.is_some())).collect();
    assert_eq!(is_on, [true, false, false], "bob left the page, and carl has it in another company");
    assert_eq!(summaries[0].unwrap().backup_codes_left, 10);
}

/// The member list after a reset: the administrator sees that it happened.
#[tokio::test]
async fn s25_the_member_list_shows_a_reset() {
    let acme = Host::new(Policy::new(Requirement::Optional));
    let ann = Member::named("ann");
    acme.turn_on(&ann, &mut Browser::new()).await;
    let tenant = TenantId::new("acme");
    assert_eq!(administration(&acme).totals(&tenant).await.unwrap().enrolled, 1);
    let reset = Reset::by(Actor::User(admin().key()), "lost the phone");
    acme.verifier.reset(&ann.key(), reset).await.unwrap();
    let summary = administration(&acme).summaries(&[ann.key()]).await.unwrap()[0].unwrap();
    assert_eq!((summary.enrolled_at, summary.backup_codes_left), (None, 0));
    assert_eq!(administration(&acme).totals(&tenant).await.unwrap().enrolled, 0);
}

/// A company requires 2FA; everyone without it gets a message, with the deadline, and nobody else does.
#[tokio::test]
async fn s17_everyone_without_it_gets_a_message() {
    let mut acme = Host::new(Policy::new(Requirement::Optional));
    let (ann, bob) = (Member::named("ann"), Member::named("bob"));
    acme.turn_on(&ann, &mut Browser::new()).await;
    acme.post.read(&ann);
    let until = acme.now().plus(7 * DAY);
    let policy = required().grace_until(until);
    acme.save_policy("acme", policy.clone());

    let members = roster(&acme, &[&ann, &bob]);
    let announced = administration(&acme).announce(&policy, &members, &operator("policy")).await.unwrap();
    assert_eq!((announced.told, announced.failures.len()), (1, 0));
    let told = acme.post.unread();
    assert_eq!(
        told,
        [(bob.key(), EventKind::RequiredByPolicy { by: operator("policy"), from: Some(until) })]
    );
}

/// Before a policy is saved the administrator sees whom it would affect, and whether that is themselves.
#[tokio::test]
async fn s17_a_preview_counts_who_would_be_affected() {
    let acme = Host::new(Policy::new(Requirement::Optional));
    let (ann, bob, admin) = (Member::named("ann"), Member::named("bob"), admin());
    acme.turn_on(&ann, &mut Browser::new()).await;
    let everybody = [&ann, &bob, &admin];

    let strict = preview(&acme, &admin, &required(), &everybody).await;
    assert_eq!((strict.must_enroll, strict.would_lose, strict.leftovers), (2, 0, 0));
    assert!(strict.acting_would_be_locked_out);
    let gentle = preview(&acme, &admin, &required().grace_until(acme.now().plus(DAY)), &everybody).await;
    assert!(!gentle.acting_would_be_locked_out);
    let off = preview(&acme, &admin, &Policy::default(), &everybody).await;
    assert_eq!((off.must_enroll, off.would_lose), (0, 1));
    assert!(acme.settings(&ann, &Browser::new()).await.is_on(), "nothing has changed");
}

/// Switching from "use" to "do not use" deletes all saved settings, in this order: preview, save "off", confirm, sweep. Switching on
/// again means everyone sets up again.
#[tokio::test]
async fn s37_switching_off_deletes_all_settings() {
    let mut acme = Host::new(required());
    let (ann, bob, admin) = (Member::named("ann"), Member::named("bob"), admin());
    for member in [&ann, &bob] {
        let mut browser = Browser::new();
        let enroll = acme.password(member, &mut browser).await.set_up();
        acme.set_up(member, &mut browser, Authority::SignIn(enroll.token())).await;
    }
    let elsewhere = Member::named("ann").of("globex");
    acme.save_policy("globex", Policy::new(Requirement::Optional));
    acme.turn_on(&elsewhere, &mut Browser::new()).await;

    let shown = preview(&acme, &admin, &Policy::default(), &[&ann, &bob, &admin]).await;
    assert_eq!(shown.would_lose, 2);
    let sweep = || administration(&acme).delete_all(&acme.account(&admin), &shown.confirmation);
    assert_eq!(not_allowed(sweep()), NotAllowed::PolicyNotOff, "first it is saved");

    acme.save_policy("acme", Policy::default());
    let acting = acme.account(&admin);
    let other = acme.account(&Member::named("owner"));
    let by_another = administration(&acme).delete_all(&other, &shown.confirmation);
    assert_eq!(not_allowed(by_another), NotAllowed::StalePreview);
    acme.password(&ann, &mut Browser::new()).await.code();

    acme.post.read(&ann);
    let mut sweep = administration(&acme).delete_all(&acting, &shown.confirmation).unwrap();
    let progress = sweep.next().await.unwrap().expect("a page");
    assert_eq!((progress.changed, progress.failed), (2, 0));
    assert!(sweep.next().await.unwrap().is_none());
    let purged = EventKind::Purged { by: Actor::User(admin.key()) };
    assert_eq!(acme.post.unread(), [(ann.key(), purged.clone()), (bob.key(), purged)]);
    acme.password(&ann, &mut Browser::new()).await.home();
    acme.password(&elsewhere, &mut Browser::new()).await.code();

    acme.save_policy("acme", required());
    acme.password(&ann, &mut Browser::new()).await.set_up();
    acme.password(&bob, &mut Browser::new()).await.set_up();
}

/// A large company: the deletion goes on where the process ended, whom it has not reached is still asked, and a preview of switching on
/// again reports the leftovers.
#[tokio::test]
async fn s37_a_large_deletion_is_resumed() {
    let mut acme = Host::new(required());
    let names: Vec<&'static str> = (100..250).map(|number| &*format!("member-{number}").leak()).collect();
    let members: Vec<_> = names.into_iter().map(Member::named).collect();
    for member in &members {
        let uri = "otpauth://totp/Old:x?secret=GEZDGNBVGY3TQOJQGEZDGNBVGY3TQOJQ";
        acme.verifier
            .import(&member.key(), Import::from_uri(uri).unwrap(), &operator("migration"))
            .await
            .unwrap();
    }
    let (everybody, admin): (Vec<_>, _) = (members.iter().collect(), admin());
    let shown = preview(&acme, &admin, &Policy::default(), &everybody).await;
    acme.save_policy("acme", Policy::default());
    let acting = acme.account(&admin);

    let mut sweep = administration(&acme).delete_all(&acting, &shown.confirmation).unwrap();
    let reached = sweep.next().await.unwrap().unwrap();
    drop(sweep);
    assert!(reached.done < 150, "{}", reached.done);
    acme.password(&members[0], &mut Browser::new()).await.home();
    acme.password(&members[149], &mut Browser::new()).await.code();
    let again = preview(&acme, &admin, &required(), &everybody).await;
    assert_eq!(again.leftovers, 150 - reached.changed);

    let sweep = administration(&acme).delete_all(&acting, &shown.confirmation).unwrap();
    let mut sweep = sweep.resume(reached.cursor);
    let mut rest = 0;
    while let Some(progress) = sweep.next().await.unwrap() {
        rest = progress.changed;
    }
    assert_eq!(reached.changed + rest, 150);
    acme.password(&members[149], &mut Browser::new()).await.home();
    assert_eq!(preview(&acme, &admin, &required(), &everybody).await.leftovers, 0);
}

/// Users with short secrets are found and asked to set up again.
#[tokio::test]
async fn users_with_short_secrets_are_found() {
    let acme = Host::new(Policy::new(Requirement::Optional));
    let weak = "otpauth://totp/Old:bob?secret=GEZDGNBVGY3TQOJQ&issuer=Old";
    let bob = Member::named("bob");
    acme.verifier
        .import(&bob.key(), Import::from_weak_legacy_uri(weak).unwrap(), &operator("migration"))
        .await
        .unwrap();
    acme.turn_on(&Member::named("ann"), &mut Browser::new()).await;
    let tenant = TenantId::new("acme");
    let mut search = administration(&acme).needs_reenrollment(&tenant, Cohort::SecretShorterThan(128));
    let found = search.next().await.unwrap().unwrap();
    assert_eq!(found.users, [bob.key()]);
}
