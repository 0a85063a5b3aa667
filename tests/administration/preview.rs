//! What a change of policy would do, before it is made.

use std::time::Duration;

use second_factor::{
    Account, Actor, Channel, Clock, Error, Factor, FirstFactor, Member, NotAllowed, OneTimeCodes, Others,
    Policy, Requirement, Reset, SignIn, Trust, Unavailable, UnixTime, UserKey,
};

use crate::setting::{Fault, Host, OFF, OPTIONAL, REQUIRED, START, account, host, key};

const ADMINISTRATORS: Policy = Policy::new(Requirement::RequiredForAdministrators { others: Others::Off });

/// Ann and bob are enrolled, cid and dan are not; ann and cid are administrators.
async fn four() -> (Host, Vec<Member>) {
    let host = host();
    host.enroll(&["ann", "bob"].map(key)).await;
    let members = [("ann", true), ("bob", false), ("cid", true), ("dan", false)];
    (host, members.map(|(user, it)| Member::new(key(user)).administrator(it)).to_vec())
}

#[tokio::test]
async fn s32_s33_each_number_for_each_choice_of_a_tenant() {
    let (host, members) = four().await;
    let optional = Policy::new(Requirement::RequiredForAdministrators { others: Others::Optional });
    for (in_force, proposed, must_enroll, would_lose, leftovers) in [
        (OFF, OFF, 0, 2, 2),
        (OFF, REQUIRED, 2, 0, 2),
        (OPTIONAL, OFF, 0, 2, 0),
        (OPTIONAL, REQUIRED, 2, 0, 0),
        (REQUIRED, OPTIONAL, 0, 0, 0),
        (OPTIONAL, ADMINISTRATORS, 1, 0, 0),
        (ADMINISTRATORS, OFF, 0, 2, 1),
        (optional, REQUIRED.grace_until(UnixTime::from_seconds(START + 1)), 2, 0, 0),
    ] {
        let seen = host.preview(&account("ann", &in_force), &proposed, &members).await;
        let numbers = (seen.must_enroll, seen.would_lose, seen.leftovers);
        assert_eq!(numbers, (must_enroll, would_lose, leftovers), "{in_force:?} to {proposed:?}");
    }
}

/// Ann and bob have unused backup codes, and ann has a browser that is trusted.
#[tokio::test]
async fn s21_who_would_lose_trust_or_backup_codes_is_counted() {
    let host = host();
    let trusting = OPTIONAL.trusted_devices(Trust::UntilSignOut);
    let ann = account("ann", &trusting);
    let (phone, _) = host.set_up(&ann).await;
    host.set_up(&account("bob", &trusting)).await;
    let members = ["ann", "bob", "cid"].map(|user| Member::new(key(user)));
    host.clock.advance(Duration::from_secs(30));
    let SignIn::Challenge(asked) = host.verifier.begin(&ann, FirstFactor::Password, None).await.unwrap()
    else {
        panic!("enrolled means asked")
    };
    let code = phone.code_at(host.clock.now());
    let _session = host.verifier.verify(&ann, asked.token(), &code, Some("laptop")).await.unwrap();
    for (proposed, lost) in [
        (trusting.clone(), (0, 0)),
        (OPTIONAL, (1, 0)),
        (trusting.clone().forbid(Factor::BackupCode), (0, 2)),
        (Policy::nist_strict(Requirement::Optional), (1, 0)),
    ] {
        let seen = host.preview(&account("ann", &trusting), &proposed, &members).await;
        assert_eq!((seen.would_lose_trust, seen.would_lose_backup_codes), lost, "{proposed:?}");
    }
}

#[tokio::test]
async fn s35_who_lives_on_sent_codes_has_nothing_to_set_up() {
    let (host, mut members) = four().await;
    members[2] = members[2].clone().reachable_by(Channel::Sms);
    members[3] = Member::from(&account("dan", &OFF).reachable_by(Channel::Email));
    let mailed = REQUIRED.allow(Factor::OneTimeCode(Channel::Email));
    let both = mailed.clone().allow(Factor::OneTimeCode(Channel::Sms));
    let beside = both.clone().one_time_codes(OneTimeCodes::BesideAuthenticator);
    for (proposed, must_enroll) in [(REQUIRED, 2), (mailed, 1), (both, 0), (beside, 2)] {
        let seen = host.preview(&account("ann", &OPTIONAL), &proposed, &members).await;
        assert_eq!(seen.must_enroll, must_enroll, "{proposed:?}");
    }
}

#[tokio::test]
async fn s38_a_member_of_another_tenant_is_an_error_and_nobody_of_the_page_is_counted() {
    let (host, mut members) = four().await;
    let mut counting = host.administration.preview(&account("ann", &OPTIONAL), &REQUIRED);
    counting.add(&members[..3]).await.unwrap();
    members.push(Member::new(UserKey::new("globex", "dan")));
    let refused = counting.add(&members[3..]).await;
    assert!(matches!(refused, Err(Error::NotAllowed(NotAllowed::OtherTenant))));
    assert_eq!(counting.finish().await.unwrap().must_enroll, 1, "cid alone");
}

#[tokio::test]
async fn a_page_that_the_directory_did_not_answer_is_not_counted() {
    let (host, members) = four().await;
    for fault in [Fault::Fails, Fault::AnswersOneLess] {
        let mut counting = host.with_fault(fault).preview(&account("ann", &OPTIONAL), &REQUIRED);
        assert!(matches!(counting.add(&members).await, Err(Error::Unavailable(Unavailable::Directory(_)))));
        assert_eq!(counting.finish().await.unwrap().must_enroll, 0);
    }
}

async fn locks_out(host: &Host, acting: &Account, proposed: &Policy) -> bool {
    host.preview(acting, proposed, &[]).await.acting_would_be_locked_out
}

#[tokio::test]
async fn p27_the_acting_administrator_is_warned() {
    let (host, _) = four().await;
    let (ann, cid) = (account("ann", &OPTIONAL), account("cid", &OPTIONAL));
    for proposed in [OFF, OPTIONAL, REQUIRED, REQUIRED.forbid(Factor::Totp)] {
        assert!(!locks_out(&host, &ann, &proposed).await, "who is enrolled can answer: {proposed:?}");
    }
    for (acting, proposed, locked_out) in [
        (cid.clone(), OFF, false),
        (cid.clone(), OPTIONAL, false),
        (cid.clone(), REQUIRED, true),
        (cid.clone(), ADMINISTRATORS, false),
        (cid.clone().administrator(true), ADMINISTRATORS, true),
        (cid.clone(), REQUIRED.grace_until(UnixTime::from_seconds(START + 1)), false),
        (cid.clone(), REQUIRED.grace_until(UnixTime::from_seconds(START)), true),
        (cid.clone(), REQUIRED.allow(Factor::OneTimeCode(Channel::Email)), true),
        (cid.reachable_by(Channel::Email), REQUIRED.allow(Factor::OneTimeCode(Channel::Email)), false),
    ] {
        assert_eq!(locks_out(&host, &acting, &proposed).await, locked_out, "{proposed:?}");
    }
}

#[tokio::test]
async fn p27_whether_the_administrator_is_locked_out_is_read_from_the_record_itself() {
    let (host, _) = four().await;
    let forged = host.with_fault(Fault::ForgedSummaries);
    let seen = forged.preview(&account("ann", &OPTIONAL), &REQUIRED).finish().await.unwrap();
    assert!(!seen.acting_would_be_locked_out, "the summary says that ann has nothing");
    host.verifier.sign_out_everywhere(&account("ann", &OPTIONAL)).await.unwrap();
    assert!(!locks_out(&host, &account("ann", &OPTIONAL), &REQUIRED).await, "not by what ends open sessions");
    host.verifier.reset(&key("ann"), Reset::by(Actor::Operator("x".into()), "lost")).await.unwrap();
    assert!(locks_out(&host, &account("ann", &OPTIONAL), &REQUIRED).await);
    let gone = host.administration.preview(&account("eve", &OPTIONAL).known_enrolled(true), &REQUIRED);
    assert!(matches!(gone.finish().await, Err(Error::Unavailable(Unavailable::MissingRecord))));
    host.store.broken.lock().unwrap().insert(key("ann"));
    let unread = host.administration.preview(&account("ann", &OPTIONAL), &REQUIRED);
    assert!(matches!(unread.finish().await, Err(Error::Unavailable(Unavailable::Store(_)))));
}

/// NIST SP 800-63B §3.2.2: after 100 failures the authenticator is disabled; only backup codes are left.
#[tokio::test]
async fn p27_a_policy_that_forbids_the_last_factor_that_works_locks_out() {
    let host = host();
    let strict = Policy::nist_strict(Requirement::Optional);
    let ann = account("ann", &strict);
    let (_, codes) = host.set_up(&ann).await;
    for _ in 0..100 {
        host.clock.advance(Duration::from_secs(3600));
        let Ok(SignIn::Challenge(challenge)) = host.verifier.begin(&ann, FirstFactor::Password, None).await
        else {
            panic!("enrolled means asked");
        };
        assert!(host.verifier.verify(&ann, challenge.token(), "000000", None).await.is_err());
    }
    let status = host.verifier.status(&ann, None).await.unwrap();
    assert!(status.authenticators()[0].disabled && !codes.is_empty());
    assert!(!locks_out(&host, &ann, &REQUIRED).await);
    assert!(locks_out(&host, &ann, &REQUIRED.forbid(Factor::BackupCode)).await);
    let mailed = REQUIRED.forbid(Factor::BackupCode).allow(Factor::OneTimeCode(Channel::Email));
    let mailed = mailed.one_time_codes(OneTimeCodes::Always);
    assert!(locks_out(&host, &ann, &mailed).await);
    assert!(!locks_out(&host, &ann.reachable_by(Channel::Email), &mailed).await);
}

#[tokio::test]
async fn a_preview_changes_nothing_and_shows_nothing_secret() {
    let (host, members) = four().await;
    let before = host.store.writes.load(std::sync::atomic::Ordering::SeqCst);
    let seen = host.preview(&account("ann", &OPTIONAL), &OFF, &members).await;
    assert_eq!(host.store.writes.load(std::sync::atomic::Ordering::SeqCst), before);
    assert!(!format!("{seen:?}").contains(seen.confirmation.as_str()));
    let empty_stamp = Account::new(key("ann"), b"", &OPTIONAL);
    let refused = host.administration.preview(&empty_stamp, &OFF).finish().await;
    assert!(matches!(refused, Err(Error::Unavailable(Unavailable::EmptyStamp))));
}
