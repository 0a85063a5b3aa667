use super::*;
use crate::{
    factor::{Channel, Factor},
    policy::{Others, Policy, Requirement},
    record::tests::given::{NOW, enrolled, unenrolled as without_factor, user},
};

const LATER: UnixTime = UnixTime::from_seconds(1_000_000_001);
const OTHERS_OFF: Requirement = Requirement::RequiredForAdministrators { others: Others::Off };
const OTHERS_OPTIONAL: Requirement = Requirement::RequiredForAdministrators { others: Others::Optional };

fn account(policy: &Policy) -> Account {
    Account::new(user(), b"1", policy)
}

/// Where a sign-in stands that brings no cookie.
fn next(record: Option<Record>, account: &Account, first: FirstFactor, now: UnixTime) -> Next {
    let decision = sign_in(record, account, first, None, 1, now);
    assert!(decision.change.is_none(), "nothing is written");
    decision.outcome.next
}

fn unenrolled(policy: &Policy, administrator: bool) -> Next {
    next(None, &account(policy).administrator(administrator), FirstFactor::Password, NOW)
}

#[test]
fn without_a_factor_the_policy_decides() {
    let open = |because| Next::Open(because);
    for (requirement, user, administrator) in [
        (Requirement::Off, open(Because::PolicyOff), open(Because::PolicyOff)),
        (Requirement::Optional, open(Because::NotEnrolled), open(Because::NotEnrolled)),
        (Requirement::RequiredForAll, Next::Enroll, Next::Enroll),
        (OTHERS_OFF, open(Because::PolicyOff), Next::Enroll),
        (OTHERS_OPTIONAL, open(Because::NotEnrolled), Next::Enroll),
    ] {
        let policy = Policy::new(requirement);
        assert_eq!(unenrolled(&policy, false), user, "{requirement:?}");
        assert_eq!(unenrolled(&policy, true), administrator, "{requirement:?}");
    }
}

#[test]
fn a_pending_set_up_is_no_factor() {
    let record = without_factor();
    let policy = Policy::new(Requirement::RequiredForAll);
    assert_eq!(next(Some(record), &account(&policy), FirstFactor::Password, NOW), Next::Enroll);
}

#[test]
fn p10_enrolled_means_asked_whatever_the_policy_says() {
    let record = enrolled();
    for requirement in
        [Requirement::Off, Requirement::Optional, Requirement::RequiredForAll, OTHERS_OFF, OTHERS_OPTIONAL]
    {
        for policy in [Policy::new(requirement), Policy::new(requirement).grace_until(LATER)] {
            for administrator in [false, true] {
                let account = account(&policy).administrator(administrator);
                for first in [FirstFactor::Password, FirstFactor::Link(Channel::Email)] {
                    assert_eq!(next(Some(enrolled()), &account, first, NOW), Next::Challenge);
                }
            }
        }
    }
}

#[test]
fn exempt_is_what_the_host_marks_and_never_a_password() {
    let record = enrolled();
    let policy = Policy::new(Requirement::RequiredForAll);
    for first in [
        FirstFactor::ApiToken,
        FirstFactor::Sso { second_factor_done: false },
        FirstFactor::Sso { second_factor_done: true },
    ] {
        assert_eq!(next(Some(enrolled()), &account(&policy), first, NOW), Next::Open(Because::Exempt));
    }
    assert!(!FirstFactor::Password.is_exempt());
    assert!(!FirstFactor::Link(Channel::Sms).is_exempt());
}

#[test]
fn p15_grace_ends_at_its_deadline() {
    let until = |deadline| unenrolled(&Policy::new(Requirement::RequiredForAll).grace_until(deadline), false);
    assert_eq!(until(LATER), Next::Open(Because::Grace { until: LATER }));
    assert_eq!(until(NOW), Next::Enroll);
}

#[test]
fn an_open_session_notices_at_its_next_request() {
    let record = enrolled();
    let second_factor = Assurance::SecondFactor { factor: Factor::Totp, at: NOW };
    let first_only = Assurance::FirstFactorOnly(Because::NotEnrolled);
    let exempt = Assurance::FirstFactorOnly(Because::Exempt);
    let granted = Gate::Granted { enroll_by: None };

    let optional = account(&Policy::new(Requirement::Optional));
    assert_eq!(gate(None, &optional, first_only, NOW), granted);
    assert_eq!(
        gate(Some(&record), &optional, first_only, NOW),
        Gate::SignInAgain,
        "set up in another session"
    );
    assert_eq!(gate(Some(&record), &optional, second_factor, NOW), granted);
    let before = Assurance::SecondFactor { factor: Factor::Totp, at: UnixTime::from_seconds(999_999_999) };
    assert_eq!(gate(Some(&record), &optional, before, NOW), Gate::SignInAgain, "of an earlier enrollment");

    let required = account(&Policy::new(Requirement::RequiredForAll));
    assert_eq!(gate(None, &required, first_only, NOW), Gate::Enroll, "required since");
    assert_eq!(gate(None, &required, second_factor, NOW), Gate::Enroll, "taken away since");
    assert_eq!(gate(Some(&record), &required, second_factor, NOW), granted);
    assert_eq!(gate(None, &required, exempt, NOW), granted);

    let grace = account(&Policy::new(Requirement::RequiredForAll).grace_until(LATER));
    assert_eq!(gate(None, &grace, first_only, NOW), Gate::Granted { enroll_by: Some(LATER) });
    assert_eq!(gate(None, &grace, first_only, LATER), Gate::Enroll);

    let off = account(&Policy::new(Requirement::Off));
    assert_eq!(gate(Some(&record), &off, first_only, NOW), Gate::SignInAgain, "still asked");
}
