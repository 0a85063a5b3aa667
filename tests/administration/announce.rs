//! S17: a company requires it; everyone without it gets a warning.

use std::{collections::BTreeSet, sync::atomic::Ordering};

use second_factor::{
    Channel, Error, EventKind, Factor, Member, NotAllowed, Notice, Others, Policy, Requirement, Unavailable,
    UnixTime, UserKey,
};

use crate::setting::{Fault, Host, OPTIONAL, REQUIRED, START, acme, host, key, operator, roster};

async fn told(host: &Host, policy: &Policy, members: &[Member]) -> Vec<(String, u128)> {
    let announced = host.administration.announce(policy, members, &operator("policy")).await.unwrap();
    let notices = host.mailer.take();
    assert_eq!((announced.told, announced.failures.len()), (notices.len() as u64, 0));
    notices.iter().map(|notice| (notice.event().user().user().to_owned(), notice.id())).collect()
}

fn names(told: &[(String, u128)]) -> Vec<&str> {
    told.iter().map(|(user, _)| user.as_str()).collect()
}

#[tokio::test]
async fn s17_everyone_of_whom_it_is_required_and_who_has_none_gets_a_warning() {
    let host = host();
    host.enroll(&["ann", "bob"].map(key)).await;
    let mut members = roster(&["ann", "bob", "cid", "dan"].map(key));
    members[0] = members[0].clone().administrator(true);
    members[2] = members[2].clone().administrator(true).reachable_by(Channel::Sms);
    let administrators = Policy::new(Requirement::RequiredForAdministrators { others: Others::Optional });
    assert_eq!(names(&told(&host, &REQUIRED, &members).await), ["cid", "dan"]);
    assert_eq!(names(&told(&host, &administrators, &members).await), ["cid"]);
    assert!(told(&host, &OPTIONAL, &members).await.is_empty());
    let texted = REQUIRED.allow(Factor::OneTimeCode(Channel::Sms));
    assert_eq!(names(&told(&host, &texted, &members).await), ["dan"], "cid has nothing to set up");
    assert!(told(&host, &REQUIRED, &[]).await.is_empty());
}

#[tokio::test]
async fn s17_the_warning_says_from_when_on_and_who_announced_it() {
    let host = host();
    let until = UnixTime::from_seconds(START + 86_400);
    let by = Actor::User(key("admin"));
    for (policy, from) in [(REQUIRED, None), (REQUIRED.grace_until(until), Some(until))] {
        let announced = host.administration.announce(&policy, &roster(&[key("cid")]), &by).await.unwrap();
        assert_eq!(announced.told, 1);
        let [notice] = &host.mailer.take()[..] else { panic!("one") };
        assert_eq!(*notice.event().kind(), EventKind::RequiredByPolicy { by: by.clone(), from });
        assert_eq!((notice.event().user(), notice.event().at().seconds()), (&key("cid"), START));
        assert_eq!(notice.event().by(), Some(&by));
    }
    assert_eq!(host.logged(|kind| matches!(kind, EventKind::RequiredByPolicy { .. })).len(), 2);
    let summary = host.summary(&key("cid")).await.unwrap();
    assert_eq!((summary.enrolled_at, summary.pending_notices), (None, 0), "a record, and nothing set up");
}

/// A summary can be edited by whoever reaches the database; the record cannot.
#[tokio::test]
async fn s17_who_has_none_is_decided_by_the_record_and_not_by_the_directory() {
    let host = host();
    host.enroll(&[key("ann")]).await;
    for fault in [Fault::Fails, Fault::AnswersOneLess] {
        let members = roster(&["ann", "cid"].map(key));
        let announced =
            host.with_fault(fault).announce(&REQUIRED, &members, &operator("policy")).await.unwrap();
        assert_eq!((announced.told, announced.failures.len()), (1, 0), "{fault:?}");
        assert_eq!(*host.mailer.take()[0].event().user(), key("cid"));
    }
}

#[tokio::test]
async fn s17_a_warning_is_the_same_for_the_same_user_deadline_and_day_and_for_no_other() {
    let host = host();
    let members = roster(&["cid", "dan"].map(key));
    let at = |seconds| REQUIRED.grace_until(UnixTime::from_seconds(seconds));
    let first = told(&host, &at(START + 9), &members).await;
    host.clock.advance(std::time::Duration::from_secs(3));
    assert_eq!(told(&host, &at(START + 9), &members).await, first, "again, later");
    host.clock.advance(std::time::Duration::from_secs(86_400));
    let reminder = told(&host, &at(START + 9), &members).await;
    let mut ids: Vec<u128> = first.iter().chain(&reminder).map(|(_, id)| *id).collect();
    for (policy, members) in [
        (at(START + 10), &members[..]),
        (REQUIRED, &members[..]),
        (at(0), &members[..]),
        (at(START + 9), &roster(&[UserKey::new("acmec", "id")])),
        (at(START + 9), &roster(&[UserKey::new("acm", "ecid")])),
        (at(START + 9), &roster(&[UserKey::new("acme", "cid\0")])),
    ] {
        ids.extend(told(&host, &policy, members).await.iter().map(|(_, id)| *id));
    }
    assert_eq!(ids.iter().collect::<BTreeSet<_>>().len(), 4 + 6 + 3);
}

#[tokio::test]
async fn p30_a_warning_that_was_not_accepted_waits_in_the_record_until_it_is() {
    let host = host();
    let members = roster(&["cid", "dan", "eve"].map(key));
    *host.mailer.unreachable.lock().unwrap() = Some(key("dan"));
    let announced = host.administration.announce(&REQUIRED, &members, &operator("policy")).await.unwrap();
    assert_eq!((announced.told, announced.failures.len()), (3, 0));
    assert_eq!(host.mailer.take().iter().map(Notice::id).collect::<BTreeSet<_>>().len(), 2);
    assert_eq!(host.log.lock().unwrap().len(), 3, "it stands in the record, so it has happened");
    assert_eq!(host.summary(&key("dan")).await.unwrap().pending_notices, 1);

    // Another deadline, while the first still waits: one notice, and it says what holds now.
    let until = UnixTime::from_seconds(START + 86_400);
    told_none(&host, &REQUIRED.grace_until(until), &members[1..2]).await;
    *host.mailer.unreachable.lock().unwrap() = None;
    let mut sweep = host.administration.deliver_pending(&acme());
    while sweep.next().await.unwrap().is_some() {}
    let [late] = &host.mailer.take()[..] else { panic!("one") };
    assert_eq!(*late.event().user(), key("dan"));
    let expected = EventKind::RequiredByPolicy { by: operator("policy"), from: Some(until) };
    assert_eq!(*late.event().kind(), expected);
    assert_eq!(host.summary(&key("dan")).await.unwrap().pending_notices, 0);
}

async fn told_none(host: &Host, policy: &Policy, members: &[Member]) {
    let announced = host.administration.announce(policy, members, &operator("policy")).await.unwrap();
    assert_eq!((announced.told, announced.failures.len()), (members.len() as u64, 0));
    assert!(host.mailer.take().is_empty(), "the mailer is down");
}

#[tokio::test]
async fn s17_whose_record_cannot_be_written_is_named_and_the_others_are_told() {
    let host = host();
    host.store.broken.lock().unwrap().insert(key("dan"));
    let members = roster(&["cid", "dan", "eve"].map(key));
    let announced = host.administration.announce(&REQUIRED, &members, &operator("policy")).await.unwrap();
    assert_eq!(announced.told, 2);
    let [(user, Error::Unavailable(Unavailable::Store(_)))] = &announced.failures[..] else {
        panic!("{announced:?}");
    };
    assert_eq!((user, host.mailer.take().len()), (&key("dan"), 2));
}

#[tokio::test]
async fn s38_members_of_two_tenants_have_no_policy_in_common() {
    let host = host();
    let members = roster(&[key("cid"), UserKey::new("globex", "cid")]);
    let refused = host.administration.announce(&REQUIRED, &members, &operator("policy")).await;
    assert!(matches!(refused, Err(Error::NotAllowed(NotAllowed::OtherTenant))));
    let nameless = host.administration.announce(&REQUIRED, &members[..1], &operator("")).await;
    assert!(matches!(nameless, Err(Error::NotAllowed(NotAllowed::InvalidName))));
    assert!(host.mailer.take().is_empty(), "nobody was told");
    assert_eq!(host.store.writes.load(Ordering::SeqCst), 0);
}
