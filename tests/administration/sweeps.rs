//! P26, P30, P36: walks over all records of a tenant, in pages, that can be stopped, resumed and repeated.

use std::{
    collections::BTreeSet,
    future::{Future, poll_fn},
    pin::pin,
    sync::atomic::Ordering,
    task::Poll,
};

use second_factor::{
    Action, Cohort, Cursor, Error, EventKind, KeyRing, Notice, Sweep, TenantId, Unavailable, Undelivered,
    UserKey,
};

use crate::setting::{Fault, Host, OFF, OPTIONAL, account, acme, host, key, numbered, operator, to_the_end};

fn cursor_kept(cursor: &Cursor) -> Cursor {
    let kept: Cursor = serde_json::from_str(&serde_json::to_string(cursor).unwrap()).unwrap();
    assert_eq!(kept, *cursor);
    kept
}

#[tokio::test]
async fn p36_reseal_then_retire_opens_everything() {
    let host = host();
    let users = numbered(250);
    host.enroll(&users).await;
    let rotated = host.under(KeyRing::from_text(&host.keys.to_text()).unwrap().rotate().unwrap());
    let ring = || KeyRing::from_text(&rotated.keys.to_text()).unwrap();
    let too_early = host.under(ring().retire());
    assert!(matches!(
        too_early.verifier.status(&account("u000", &OFF), None).await,
        Err(Error::Unavailable(Unavailable::UnknownKey)),
    ));
    let mut sweep = too_early.administration.reseal(&acme());
    assert_eq!(to_the_end(&mut sweep).await.last(), Some(&(250, 0, 250)), "errors, not absences");
    let mut sweep = rotated.administration.reseal(&acme());
    assert_eq!(to_the_end(&mut sweep).await, [(100, 100, 0), (200, 200, 0), (250, 250, 0)]);
    let retired = host.under(ring().retire());
    for user in &users {
        assert!(retired.verifier.status(&account(user.user(), &OFF), None).await.unwrap().is_on());
    }
    assert_eq!(to_the_end(&mut rotated.administration.reseal(&acme())).await.last(), Some(&(250, 0, 0)));
}

#[tokio::test]
async fn s37_a_sweep_is_resumed_where_its_cursor_was_after_a_restart() {
    let host = host();
    host.enroll(&numbered(250)).await;
    let preview = host.preview(&account("u000", &OPTIONAL), &OFF, &[]).await;
    let sweep =
        |host: &Host| host.administration.delete_all(&account("u000", &OFF), &preview.confirmation).unwrap();
    let mut first = sweep(&host);
    let progress = first.next().await.unwrap().unwrap();
    assert_eq!((progress.done, progress.changed, progress.failed), (100, 100, 0));
    drop(first);
    // The administrator's own record is among those that are gone: the confirmation holds all the same.
    let restarted = host.under(KeyRing::from_text(&host.keys.to_text()).unwrap());
    let mut second = sweep(&restarted).resume(cursor_kept(&progress.cursor));
    assert_eq!(to_the_end(&mut second).await, [(100, 100, 0), (150, 150, 0)], "counted from where it began");
    assert_eq!(host.administration.totals(&acme()).await.unwrap().enrolled, 0);
    assert_eq!(second.next().await.unwrap(), None, "and so it stays");
}

/// Polls so often, and drops it: a process that ends, a browser that goes away.
async fn abandoned<T>(polls: usize, call: impl Future<Output = T>) {
    let (mut call, mut done) = (pin!(call), 0);
    poll_fn(|context| {
        done += 1;
        assert!(call.as_mut().poll(context).is_pending(), "it was to be dropped in the middle");
        if done == polls { Poll::Ready(()) } else { Poll::Pending }
    })
    .await;
}

#[tokio::test]
async fn s37_a_page_that_was_broken_off_is_repeated_and_tells_nobody_twice() {
    let host = host();
    host.enroll(&numbered(120)).await;
    let mut sweep = host.delete_all("u000").await;
    host.store.slow.store(true, Ordering::SeqCst);
    abandoned(150, sweep.next()).await;
    host.store.slow.store(false, Ordering::SeqCst);
    let enrolled = host.administration.totals(&acme()).await.unwrap().enrolled;
    assert!((21..120).contains(&enrolled), "in the middle of the first page: {enrolled}");
    let pages = to_the_end(&mut sweep).await;
    assert_eq!(pages.iter().map(|page| page.0).collect::<Vec<_>>(), [100, 120]);
    assert_eq!(host.administration.totals(&acme()).await.unwrap().enrolled, 0);
    let purged = host.logged(|kind| matches!(kind, EventKind::Purged { .. })).len();
    assert!((119..=120).contains(&purged), "one may be written and not yet logged: {purged}");
    // The notice of the one who was cut off waits in the record.
    to_the_end(&mut host.administration.deliver_pending(&acme())).await;
    let notices = host.mailer.take();
    let ids: BTreeSet<_> = notices.iter().map(Notice::id).collect();
    let told: BTreeSet<_> = notices.iter().map(|notice| notice.event().user().clone()).collect();
    assert_eq!((ids.len(), told), (120, numbered(120).into_iter().collect()), "one notice for each");
}

#[tokio::test]
async fn a_cursor_of_another_walk_skips_nobody() {
    let host = host();
    host.enroll(&numbered(150)).await;
    let globex: Vec<_> = numbered(101).iter().map(|user| UserKey::new("globex", user.user())).collect();
    host.enroll(&globex).await;
    let first = async |mut sweep: Sweep| cursor_kept(&sweep.next().await.unwrap().unwrap().cursor);
    let reseal = first(host.administration.reseal(&acme())).await;
    let finished = first(host.delete_all("u000").await).await;
    let search = host.administration.needs_reenrollment(&acme(), Cohort::SecretShorterThan(161)).next().await;
    let search = search.unwrap().unwrap().cursor;
    let seen = async |mut sweep: Sweep| to_the_end(&mut sweep).await.last().map_or(0, |page| page.0);
    assert_eq!(seen(host.administration.reseal(&acme()).resume(reseal.clone())).await, 50, "its own");
    assert_eq!(seen(host.administration.reseal(&acme()).resume(finished.clone())).await, 150);
    assert_eq!(seen(host.administration.deliver_pending(&acme()).resume(search.clone())).await, 150);
    assert_eq!(seen(host.administration.reseal(&TenantId::new("globex")).resume(reseal.clone())).await, 101);
    assert_eq!(seen(host.delete_all("u001").await.resume(finished)).await, 150, "of another confirmation");
    let rotated = host.under(KeyRing::from_text(&host.keys.to_text()).unwrap().rotate().unwrap());
    assert_eq!(seen(rotated.administration.reseal(&acme()).resume(reseal)).await, 150, "under another key");
    let same = || host.administration.needs_reenrollment(&acme(), Cohort::SecretShorterThan(161));
    assert_eq!(same().resume(search.clone()).next().await.unwrap().unwrap().done, 50);
    let other = host.administration.needs_reenrollment(&acme(), Cohort::SecretShorterThan(160));
    assert_eq!(other.resume(search).next().await.unwrap().unwrap().done, 100);
}

#[tokio::test]
async fn s37_a_record_that_fails_is_counted_skipped_and_done_the_next_time() {
    let host = host();
    host.enroll(&numbered(150)).await;
    host.store.broken.lock().unwrap().insert(key("u042"));
    let mut sweep = host.delete_all("u000").await;
    let progress = sweep.next().await.unwrap().unwrap();
    assert_eq!((progress.done, progress.changed, progress.failed), (100, 99, 1));
    let [(user, Error::Unavailable(Unavailable::Store(_)))] = sweep.failures() else {
        panic!("{:?}", sweep.failures());
    };
    assert_eq!(*user, key("u042"));
    assert_eq!(to_the_end(&mut sweep).await, [(150, 149, 1)]);
    assert!(sweep.failures().is_empty(), "those of the last page");
    assert!(host.is_enrolled(&key("u042")).await);
    host.store.broken.lock().unwrap().clear();
    assert_eq!(to_the_end(&mut host.delete_all("u000").await).await, [(100, 1, 0), (150, 1, 0)]);
    assert!(!host.is_enrolled(&key("u042")).await);
}

#[tokio::test]
async fn p9_hostile_ids_are_each_reached_once_and_stay_in_their_tenant() {
    let host = host();
    let long = "x".repeat(1024);
    let ids = [
        "", " ", "%", "_", "'; --", "\0", "\n", "A", "a", "é", "e\u{301}", "😀", "\u{ffff}", "../", "1",
        "10", "2", &long,
    ];
    let tenants = ["acme", "", "acm", "acme%", "ACME", "acme\0", "😀"];
    let users = |tenant: &str| ids.iter().map(|id| UserKey::new(tenant, *id)).collect::<Vec<_>>();
    for tenant in tenants {
        host.enroll(&users(tenant)).await;
    }
    let mut sweep = host.delete_all("a").await;
    let mut progress = sweep.next().await.unwrap().unwrap();
    assert_eq!((progress.done, progress.changed, progress.failed), (18, 18, 0));
    progress.cursor = cursor_kept(&progress.cursor);
    assert_eq!(progress.cursor, cursor_kept(&progress.cursor));
    assert_eq!(sweep.next().await.unwrap(), None);
    for tenant in tenants {
        let left = host.administration.totals(&TenantId::new(tenant)).await.unwrap().enrolled;
        assert_eq!(left, if tenant == "acme" { 0 } else { 18 }, "{tenant:?}");
    }
}

#[tokio::test]
async fn users_who_come_and_go_during_a_sweep_neither_hide_others_nor_keep_it_from_ending() {
    let host = host();
    let mut left = numbered(250);
    host.enroll(&left).await;
    let mut sweep = host.delete_all("admin").await;
    let (mut pages, mut behind) = (0, Vec::new());
    while let Some(progress) = sweep.next().await.unwrap() {
        pages += 1;
        // Behind the sweep one is added for each page, and the one that its cursor names goes.
        let cursor = serde_json::to_value(&progress.cursor).unwrap();
        let last = key(cursor["after"].as_str().unwrap());
        host.verifier.erase(&last, Undelivered::Drop, &operator("support")).await.unwrap();
        behind.push(key(&format!("a{pages}")));
        host.enroll(&behind[pages - 1..]).await;
        if pages == 1 {
            assert_eq!(last, key("u099"));
            host.verifier.erase(&key("u150"), Undelivered::Drop, &operator("support")).await.unwrap();
            host.enroll(&[key("u1500"), key("z")]).await;
            left.extend([key("u1500"), key("z")]);
        }
        assert_eq!(progress.done, [100, 200, 251][pages - 1]);
    }
    assert_eq!(pages, 3);
    for user in &left {
        assert!(!host.is_enrolled(user).await, "it was ahead of the sweep: {user:?}");
    }
    for user in &behind {
        assert!(host.is_enrolled(user).await, "it was behind the sweep: {user:?}");
    }
}

#[tokio::test]
async fn p40_a_directory_that_goes_astray_ends_the_walk_with_an_error() {
    let host = host();
    host.enroll(&numbered(150)).await;
    let globex = UserKey::new("globex", "u000");
    host.enroll(std::slice::from_ref(&globex)).await;
    let preview = host.preview(&account("u000", &OPTIONAL), &OFF, &[]).await;
    for (fault, good_pages) in [
        (Fault::Fails, 0),
        (Fault::ListsBackwards, 0),
        (Fault::ListsAnotherTenant, 0),
        (Fault::ListsFromTheStart, 1),
    ] {
        let astray = host.with_fault(fault);
        let mut sweep = astray.delete_all(&account("u000", &OFF), &preview.confirmation).unwrap();
        for _ in 0..good_pages {
            sweep.next().await.unwrap().unwrap();
        }
        for _ in 0..2 {
            let next = sweep.next().await;
            assert!(
                matches!(next, Err(Error::Unavailable(Unavailable::Directory(_)))),
                "{fault:?}: {next:?}"
            );
        }
        if good_pages == 0 {
            let totals = astray.totals(&acme()).await;
            assert!(matches!(totals, Err(Error::Unavailable(Unavailable::Directory(_)))), "{fault:?}");
        }
    }
    assert!(host.is_enrolled(&globex).await);
    assert!(host.is_enrolled(&key("u149")).await, "none of them came to the second page");
}

#[tokio::test]
async fn p27_a_sweep_decides_by_the_records_and_not_by_what_a_list_shows() {
    let host = host();
    host.mailer.down.store(true, Ordering::SeqCst);
    host.enroll(&[key("ann")]).await;
    host.mailer.down.store(false, Ordering::SeqCst);
    let forged = host.with_fault(Fault::ForgedSummaries);
    assert_eq!(to_the_end(&mut forged.deliver_pending(&acme())).await, [(1, 1, 0)]);
    let preview = host.preview(&account("ann", &OPTIONAL), &OFF, &[]).await;
    let mut sweep = forged.delete_all(&account("ann", &OFF), &preview.confirmation).unwrap();
    assert_eq!(to_the_end(&mut sweep).await, [(1, 1, 0)]);
}

#[tokio::test]
async fn p30_notices_of_a_tenant_are_handed_over_again_until_they_are_taken() {
    let host = host();
    host.enroll(&[key("told")]).await;
    host.mailer.down.store(true, Ordering::SeqCst);
    host.enroll(&[key("ann"), key("bob"), UserKey::new("globex", "ann")]).await;
    let mut sweep = host.administration.deliver_pending(&acme());
    assert_eq!(to_the_end(&mut sweep).await, [(3, 0, 2)], "still down");
    host.mailer.down.store(false, Ordering::SeqCst);
    *host.mailer.unreachable.lock().unwrap() = Some(key("ann"));
    let mut sweep = host.administration.deliver_pending(&acme());
    let progress = sweep.next().await.unwrap().unwrap();
    assert_eq!((progress.done, progress.changed, progress.failed), (3, 1, 1), "bob's alone");
    let [(user, Error::Unavailable(Unavailable::Notifier(_)))] = sweep.failures() else {
        panic!("{:?}", sweep.failures());
    };
    assert_eq!(*user, key("ann"));
    *host.mailer.unreachable.lock().unwrap() = None;
    assert_eq!(to_the_end(&mut host.administration.deliver_pending(&acme())).await, [(3, 1, 0)]);
    assert_eq!(to_the_end(&mut host.administration.deliver_pending(&acme())).await, [(3, 0, 0)]);
    let told: Vec<_> = host.mailer.take().iter().map(|notice| notice.event().user().clone()).collect();
    assert_eq!(told, [key("bob"), key("ann")], "each once, and nobody of another tenant");
}

#[tokio::test]
async fn after_a_restore_codes_and_browsers_of_the_whole_tenant_are_gone() {
    let host = host();
    let ann = account("ann", &OPTIONAL);
    let (phone, codes) = host.set_up(&ann).await;
    host.enroll(&[UserKey::new("globex", "ann")]).await;
    let token = host.verifier.begin_step_up(&ann, &Action::Disable, None).await.unwrap();
    assert_eq!(
        to_the_end(&mut host.administration.after_restore(&acme(), &operator("restore")).unwrap()).await,
        [(1, 1, 0)]
    );
    let status = host.verifier.status(&ann, None).await.unwrap();
    assert_eq!((status.is_on(), status.backup_codes_left()), (true, 0));
    let now = second_factor::Clock::now(&host.clock);
    let typed = [phone.code_at(now.plus(30)), codes[0].clone()];
    for typed in &typed {
        assert!(host.verifier.step_up(&ann, token.token(), typed).await.is_err());
    }
    assert_eq!(host.logged(|kind| *kind == EventKind::Restored { by: operator("restore") }).len(), 1);
}
