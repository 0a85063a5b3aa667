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
    let decision = sign_in(record, account, Arrival::new(first, None), 1, now);
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

#[test]
fn where_no_factor_can_be_used_nothing_goes_on() {
    let without = Policy::new(Requirement::RequiredForAll).forbid(Factor::Totp);
    assert_eq!(unenrolled(&without, false), Next::Nothing);
    let mail = without.clone().allow(Factor::OneTimeCode(Channel::Email));
    assert_eq!(unenrolled(&mail, false), Next::Nothing, "no address");
    let reachable = account(&mail).reachable_by(Channel::Email);
    assert_eq!(next(None, &reachable, FirstFactor::Password, NOW), Next::Challenge);
    let link = FirstFactor::Link(Channel::Email);
    assert_eq!(next(None, &reachable, link, NOW), Next::Nothing, "p44");
    let beside = mail.one_time_codes(crate::policy::OneTimeCodes::BesideAuthenticator);
    let reachable = account(&beside).reachable_by(Channel::Email);
    assert_eq!(next(None, &reachable, FirstFactor::Password, NOW), Next::Nothing);
    assert_eq!(
        next(Some(enrolled()), &account(&without), FirstFactor::Password, NOW),
        Next::Challenge,
        "p10"
    );
    assert_eq!(gate(None, &account(&without), first_only(), NOW), Gate::Enroll);
}

fn first_only() -> Assurance {
    Assurance::FirstFactorOnly(Because::NotEnrolled)
}

#[test]
fn grace_comes_before_channels() {
    let mail = Policy::new(Requirement::RequiredForAll).allow(Factor::OneTimeCode(Channel::Email));
    let begun = |deadline| {
        let account = account(&mail.clone().grace_until(deadline)).reachable_by(Channel::Email);
        next(None, &account, FirstFactor::Password, NOW)
    };
    assert_eq!(begun(LATER), Next::Open(Because::Grace { until: LATER }));
    assert_eq!(begun(NOW), Next::Challenge);
}

#[test]
fn p15_a_challenge_lives_ten_minutes_and_bears_what_it_was_begun_with() {
    let policy = Policy::new(Requirement::Optional);
    let link = FirstFactor::Link(Channel::Email);
    let decision = sign_in(Some(enrolled()), &account(&policy), Arrival::new(link, None), 42, NOW);
    assert_eq!(decision.noted, Some(EventKind::Challenged));
    let step = decision.outcome;
    let asked = step.asked;
    assert_eq!((asked.id, asked.expires_at, asked.first), (42, NOW.plus(600), Some(Channel::Email)));
    assert!(asked.epoch == enrolled().epoch && asked.browser.is_none() && asked.action.is_none());
    assert!(!step.needs_ticket);
    let open = sign_in(None, &account(&policy), Arrival::new(FirstFactor::Password, None), 42, NOW);
    assert_eq!(open.noted, None);
    assert!(open.outcome.asked.epoch == Epoch::BEFORE_ENROLLMENT);
}

#[test]
fn a_required_set_up_says_whether_it_takes_a_ticket() {
    let needs = |policy: &Policy| {
        let mut record = without_factor();
        record.ticket = Some(crate::record::Ticket::fullest(LATER));
        let step = sign_in(Some(record), &account(policy), Arrival::new(FirstFactor::Password, None), 1, NOW)
            .outcome;
        assert_eq!(step.next, Next::Enroll);
        step.needs_ticket
    };
    let required = Policy::new(Requirement::RequiredForAll);
    assert!(needs(&required));
    assert!(!needs(&required.waive_tickets(true)));
}

#[test]
fn a_session_of_a_trusted_browser_stands_while_trust_does() {
    let mut record = enrolled();
    let trusting = Policy::new(Requirement::Optional).trusted_devices(Trust::UntilSignOut);
    let session = |seconds| Assurance::TrustedDevice { verified_at: UnixTime::from_seconds(seconds) };
    let granted = Gate::Granted { enroll_by: None };
    assert_eq!(gate(Some(&record), &account(&trusting), session(NOW.seconds()), NOW), granted);
    let before = session(NOW.seconds() - 1);
    assert_eq!(gate(Some(&record), &account(&trusting), before, NOW), Gate::SignInAgain);
    record.sessions_since = LATER;
    assert_eq!(gate(Some(&record), &account(&trusting), session(NOW.seconds()), LATER), Gate::SignInAgain);
    assert_eq!(gate(Some(&record), &account(&trusting), session(LATER.seconds()), LATER), granted);
}

#[test]
fn exempt_sessions_stand_whatever_was_ended() {
    let mut record = enrolled();
    record.sessions_since = LATER;
    let exempt = Assurance::FirstFactorOnly(Because::Exempt);
    let policy = Policy::new(Requirement::RequiredForAll);
    assert_eq!(gate(Some(&record), &account(&policy), exempt, NOW), Gate::Granted { enroll_by: None });
}
