use super::*;
use crate::{assurance::Assurance, factor::FirstFactor, record::tests::given::DAY};
use crate::{
    policy::{OneTimeCodes, Policy, Requirement, TrustDays},
    primitives::time::Window,
    record::{Arrival, Gate, Next, gate, sign_in, tests::given::*},
    user::UserKey,
};

const FOURTEEN: Trust = Trust::Days(TrustDays::DEFAULT);

fn trusting(trust: Trust) -> Policy {
    optional().trusted_devices(trust)
}

fn days(days: u8) -> Trust {
    Trust::Days(TrustDays::new(days).unwrap())
}

/// A record in which browser 1 was trusted at [`NOW`] under this policy.
fn trusted_under(trust: Trust) -> Record {
    remembered(enrolled(), &trusted_browser(1), Factor::Totp, &trusting(trust)).0
}

fn remembered(
    mut record: Record,
    browser: &NewBrowser,
    factor: Factor,
    policy: &Policy,
) -> (Record, Option<EventKind>) {
    let event = record.remember_browser(None, browser, &under(policy), factor, NOW).event;
    (record, event)
}

/// Whether, and until when, browser 1 is trusted under the policy of a later moment.
fn trust_of(record: &Record, trust: Trust, now: UnixTime) -> Option<Option<UnixTime>> {
    let device = record.recognize(Some(&cookie(1)), &under(&trusting(trust)), now)?;
    device.trusted_until(&trusting(trust), now)
}

fn begin(record: Record, trust: Trust, presented: Option<&Presented>, now: UnixTime) -> Decision<Next> {
    sign_in(Some(record), &under(&trusting(trust)), Arrival::new(FirstFactor::Password, presented), 1, now)
        .map(|step| step.next)
}

#[test]
fn p15_p18_a_trust_is_over_at_its_last_second() {
    let record = trusted_under(FOURTEEN);
    let end = NOW.plus(14 * DAY);
    assert_eq!(trust_of(&record, FOURTEEN, NOW), Some(Some(end)));
    assert_eq!(trust_of(&record, FOURTEEN, NOW.plus(14 * DAY - 1)), Some(Some(end)));
    assert_eq!(trust_of(&record, FOURTEEN, end), None);
    assert!(record.devices[0].has_trust(NOW.plus(14 * DAY - 1)) && !record.devices[0].has_trust(end));
    for (length, seconds) in [(1, DAY), (90, 90 * DAY)] {
        let record = trusted_under(days(length));
        assert!(trust_of(&record, days(length), NOW.plus(seconds - 1)).is_some());
        assert!(trust_of(&record, days(length), NOW.plus(seconds)).is_none());
    }
}

#[test]
fn p15_the_earlier_of_the_grant_and_the_policy_of_now_counts() {
    let end = |days| Some(Some(NOW.plus(days * DAY)));
    let (short, long) = (trusted_under(days(7)), trusted_under(days(30)));
    assert_eq!(trust_of(&short, days(30), NOW), end(7), "lengthened");
    assert_eq!(trust_of(&short, days(30), NOW.plus(7 * DAY)), None);
    assert_eq!(trust_of(&long, days(7), NOW), end(7), "shortened");
    assert_eq!(trust_of(&long, days(7), NOW.plus(7 * DAY - 1)), end(7));
    assert_eq!(trust_of(&long, days(7), NOW.plus(7 * DAY)), None);
    assert_eq!(trust_of(&long, Trust::Off, NOW), None, "off");
    assert_eq!(
        trust_of(&long, Trust::UntilSignOut, NOW),
        end(30),
        "until sign-out, and never longer than granted"
    );
    assert_eq!(trust_of(&long, Trust::UntilSignOut, NOW.plus(30 * DAY)), None);

    let until_sign_out = trusted_under(Trust::UntilSignOut);
    assert_eq!(trust_of(&until_sign_out, Trust::UntilSignOut, NOW), Some(None));
    assert_eq!(trust_of(&until_sign_out, days(7), NOW), end(7), "days now");
    assert_eq!(trust_of(&until_sign_out, days(7), NOW.plus(7 * DAY)), None);
    assert_eq!(trust_of(&until_sign_out, Trust::Off, NOW), None);
}

#[test]
fn p18_nothing_is_trusted_under_nist_strict() {
    let record = trusted_under(FOURTEEN);
    let strict = Policy::nist_strict(Requirement::Optional).trusted_devices(FOURTEEN);
    let (account, presented) = (under(&strict), cookie(1));
    let step =
        sign_in(Some(copy(&record)), &account, Arrival::new(FirstFactor::Password, Some(&presented)), 1, NOW);
    assert_eq!(kept(step).next, Next::Challenge);
    let (_, event) = remembered(enrolled(), &trusted_browser(1), Factor::Totp, &strict);
    assert_eq!(event, None);
}

#[test]
fn p17_trust_dies_with_the_stamp_and_is_not_recognized_for_another_user_s_record() {
    let record = trusted_under(FOURTEEN);
    let policy = trusting(FOURTEEN);
    let recognized = |record: &Record, stamp: &[u8], presented: &Presented| {
        let account = Account::new(UserKey::new("acme", "42"), stamp, &policy);
        record.recognize(Some(presented), &account, NOW).is_some()
    };
    assert!(recognized(&record, b"1", &cookie(1)));
    assert!(!recognized(&record, b"2", &cookie(1)), "another password");
    assert!(
        !recognized(&record, b"1", &Presented { id: device_id(1), secret: [2; 32].into() }),
        "another secret"
    );
    assert!(
        !recognized(&record, b"1", &Presented { id: device_id(2), secret: [1; 32].into() }),
        "another id"
    );
    let mut other = Record::new(Root::drawn([8; 32]));
    other.devices = copy(&record).devices;
    assert!(!recognized(&other, b"1", &cookie(1)), "p16: digests are under the record's own key");
    assert!(!recognized(&enrolled(), b"1", &cookie(1)), "p16: a record that does not know it");
    assert!(record.recognize(None, &under(&policy), NOW).is_none());
    assert_eq!(record.trusted(&Account::new(user(), b"2", &policy), NOW).count(), 0);
    assert_eq!(record.trusted(&under(&policy), NOW).count(), 1);
}

#[test]
fn p17_after_another_stamp_the_old_browsers_go_with_the_next_sign_in() {
    let mut record = trusted_under(FOURTEEN);
    let account = Account::new(user(), b"2", &trusting(FOURTEEN));
    record.remember_browser(Some(device_id(1)), &browser(2), &account, Factor::Totp, NOW);
    assert_eq!(record.devices.iter().map(Device::id).collect::<Vec<_>>(), [device_id(2)]);
    assert!(record.devices[0].trust.is_none());
}

#[test]
fn p15_a_browser_is_known_for_180_days_after_it_was_last_remembered() {
    let record = trusted_under(Trust::UntilSignOut);
    let last = NOW.plus(180 * DAY - 1);
    assert_eq!(trust_of(&record, Trust::UntilSignOut, last), Some(None));
    assert_eq!(trust_of(&record, Trust::UntilSignOut, NOW.plus(180 * DAY)), None);
    let left = |now| written(Decision::write(copy(&record), now, [], ())).0.devices.len();
    assert_eq!((left(last), left(NOW.plus(180 * DAY))), (1, 0), "forgotten with the next write");
    let account = under(&trusting(Trust::UntilSignOut));
    let mut record = record;
    record.remember_browser(Some(device_id(1)), &browser(1), &account, Factor::Totp, last);
    let presented = cookie(1);
    let known = |now| record.recognize(Some(&presented), &account, now).is_some();
    assert!(known(last.plus(180 * DAY - 1)) && !known(last.plus(180 * DAY)));
}

#[test]
fn a_trust_is_fixed_and_using_it_writes_the_last_use_and_nothing_else() {
    let record = trusted_under(FOURTEEN);
    let later = NOW.plus(13 * DAY);
    let presented = cookie(1);
    let (mut after, events, next) = written(begin(copy(&record), FOURTEEN, Some(&presented), later));
    assert_eq!(next, Next::Trusted { verified_at: NOW, backup_codes_left: 0 });
    assert_eq!(events, [EventKind::TrustedBrowserUsed { label: "browser 1".into() }]);
    assert_eq!(after.devices[0].last_used_at, later);
    assert_eq!(trust_of(&after, FOURTEEN, NOW.plus(14 * DAY)), None, "it ends when it would have ended");
    assert_eq!(after.generation, 1);
    assert_eq!(after.devices[0].known_until, record.devices[0].known_until);
    after.generation = record.generation;
    after.devices[0].last_used_at = record.devices[0].last_used_at;
    assert_eq!(stored(&after), stored(&record));
    assert_eq!(kept(begin(after, FOURTEEN, Some(&presented), NOW.plus(14 * DAY))), Next::Challenge);
}

#[test]
fn without_its_cookie_a_trusted_browser_is_challenged() {
    for presented in [None, Some(cookie(2)), Some(Presented { id: device_id(1), secret: [9; 32].into() })] {
        let decision = begin(trusted_under(FOURTEEN), FOURTEEN, presented.as_ref(), NOW);
        assert_eq!(decision.noted, Some(EventKind::Challenged));
        assert_eq!(kept(decision), Next::Challenge);
    }
}

#[test]
fn a_browser_that_is_known_and_not_trusted_is_challenged_in_its_lane() {
    let record = remembered(enrolled(), &browser(1), Factor::Totp, &trusting(FOURTEEN)).0;
    let presented = cookie(1);
    let account = under(&trusting(FOURTEEN));
    let step =
        kept(sign_in(Some(record), &account, Arrival::new(FirstFactor::Password, Some(&presented)), 1, NOW));
    assert_eq!((step.next, step.asked.browser), (Next::Challenge, Some(device_id(1))));
}

#[test]
fn a_backup_code_never_trusts_and_a_sent_code_only_where_there_is_no_authenticator() {
    let policy = trusting(FOURTEEN).allow(EMAIL).allow(SMS).one_time_codes(OneTimeCodes::Always);
    for (factor, enrolled_trusts, other_trusts) in [
        (Factor::Totp, true, true),
        (Factor::BackupCode, false, false),
        (EMAIL, false, true),
        (SMS, false, true),
    ] {
        for (record, trusts) in [(enrolled(), enrolled_trusts), (unenrolled(), other_trusts)] {
            assert_eq!(may_trust(factor, record.is_enrolled(), &policy), trusts, "{factor:?}");
            let (record, event) = remembered(record, &trusted_browser(1), factor, &policy);
            assert_eq!(record.devices.len(), 1, "known in any case");
            assert_eq!(record.devices[0].trust.is_some(), trusts, "{factor:?}");
            let label = "browser 1".to_owned();
            let told = EventKind::BrowserTrusted { label, until: Some(NOW.plus(14 * DAY)) };
            assert_eq!(event, trusts.then_some(told));
        }
        assert!(!may_trust(factor, false, &optional()), "where the policy has no trust");
    }
    let (record, event) = remembered(enrolled(), &browser(1), Factor::Totp, &policy);
    assert!(record.devices[0].trust.is_none() && event.is_none(), "nobody asked for it");
}

#[test]
fn a_trust_without_end_says_so() {
    let (_, event) =
        remembered(enrolled(), &trusted_browser(1), Factor::Totp, &trusting(Trust::UntilSignOut));
    assert_eq!(event, Some(EventKind::BrowserTrusted { label: "browser 1".into(), until: None }));
}

#[test]
fn a_known_browser_keeps_its_id_its_lane_and_its_trust_under_a_new_secret() {
    let mut record = trusted_under(FOURTEEN);
    record.devices[0].throttle = Throttle::fullest();
    let account = under(&trusting(FOURTEEN));
    let again = record.remember_browser(Some(device_id(1)), &browser(2), &account, Factor::Totp, NOW.plus(5));
    assert_eq!((again.id, record.devices.len()), (device_id(1), 1));
    assert_eq!(record.devices[0].throttle, Throttle::fullest());
    assert!(record.recognize(Some(&cookie(1)), &account, NOW).is_none(), "the old secret is dead");
    let new = Presented { id: device_id(1), secret: [2; 32].into() };
    let device = record.recognize(Some(&new), &account, NOW).unwrap();
    assert_eq!(
        device.trusted_until(&trusting(FOURTEEN), NOW),
        Some(Some(NOW.plus(14 * DAY))),
        "not prolonged"
    );
    assert_eq!((device.label(), device.last_used_at()), ("browser 1", NOW.plus(5)));
}

#[test]
fn an_eleventh_browser_pushes_out_the_one_that_was_unused_for_the_longest() {
    let mut record = enrolled();
    let account = under(&trusting(FOURTEEN));
    for number in 1..=10 {
        let now = NOW.plus(number.into());
        record.remember_browser(None, &trusted_browser(number), &account, Factor::Totp, now);
    }
    assert_eq!(record.devices.len(), 10, "ten have room");
    record.use_trusted(Some(device_id(1)), NOW.plus(11)).unwrap();
    record.remember_browser(None, &browser(11), &account, Factor::Totp, NOW.plus(12));
    let ids: Vec<_> = record.devices.iter().map(Device::id).collect();
    assert_eq!(ids, [1, 3, 4, 5, 6, 7, 8, 9, 10, 11].map(device_id), "the second is the one");
    record.remember_browser(Some(device_id(3)), &browser(12), &account, Factor::Totp, NOW.plus(13));
    assert_eq!(record.devices.len(), 10, "a known one pushes out nobody");
}

#[test]
fn signing_out_ends_only_a_trust_until_sign_out() {
    let sign_out = |granted, policy, presented: &Presented| {
        trusted_under(granted).sign_out(Some(presented), &under(&trusting(policy)), NOW)
    };
    for (granted, policy, ends) in [
        (Trust::UntilSignOut, Trust::UntilSignOut, true),
        (Trust::UntilSignOut, FOURTEEN, true),
        (FOURTEEN, Trust::UntilSignOut, true),
        (FOURTEEN, FOURTEEN, false),
    ] {
        let decision = sign_out(granted, policy, &cookie(1));
        assert_eq!(decision.change.is_some(), ends, "{granted:?} under {policy:?}");
        let Some(change) = decision.change else { continue };
        assert_eq!(change.events, [EventKind::TrustEnded { label: "browser 1".into() }]);
        assert_eq!(trust_of(&change.record, policy, NOW), None);
        assert_eq!(change.record.devices.len(), 1, "it stays known");
        let presented = cookie(1);
        kept(change.record.sign_out(Some(&presented), &under(&trusting(policy)), NOW));
    }
    kept(sign_out(Trust::UntilSignOut, Trust::UntilSignOut, &cookie(2)));
    kept(trusted_under(Trust::UntilSignOut).sign_out(None, &account(), NOW));
}

#[test]
fn a_revoked_browser_is_neither_trusted_nor_known() {
    let mut record = trusted_under(FOURTEEN);
    record.remember_browser(None, &browser(2), &account(), Factor::Totp, NOW);
    assert_eq!(kept(copy(&record).revoke_device(device_id(3), NOW)), Err(NotAllowed::NotFound));
    let (record, events, _) = written(record.revoke_device(device_id(1), NOW));
    assert_eq!(events, [EventKind::BrowserRevoked { label: "browser 1".into() }]);
    assert_eq!(record.devices.iter().map(Device::id).collect::<Vec<_>>(), [device_id(2)]);
    let presented = cookie(1);
    assert_eq!(kept(begin(copy(&record), FOURTEEN, Some(&presented), NOW)), Next::Challenge);
    let (record, events, ()) = written(record.revoke_devices(NOW));
    assert_eq!(events, [EventKind::BrowsersRevoked]);
    assert!(record.devices.is_empty());
    kept(record.revoke_devices(NOW));
}

#[test]
fn a_label_can_be_changed_and_is_data() {
    let record = trusted_under(FOURTEEN);
    assert_eq!(kept(copy(&record).rename_device(device_id(2), "x", NOW)), Err(NotAllowed::NotFound));
    let (record, events, _) = written(record.rename_device(device_id(1), "<b>=1+1", NOW));
    assert_eq!(record.devices[0].label(), "<b>=1+1");
    assert_eq!(events, [EventKind::BrowserRenamed { label: "<b>=1+1".into() }]);
}

#[test]
fn the_summary_counts_what_is_trusted_and_what_is_held() {
    let record = trusted_under(FOURTEEN);
    assert_eq!(record.summary(NOW).trusted_devices, 1);
    assert_eq!(record.summary(NOW.plus(14 * DAY)).trusted_devices, 0);
    let mut held = record;
    for _ in 0..6 {
        let weight = held.weight_of(Window::DEFAULT);
        held.throttle_of_mut(Some(device_id(1))).0.failed(KNOWN_LANE, weight, NOW);
    }
    assert_eq!(held.summary(NOW).locked_until, None, "a known browser's lane shows in its own status");
}

#[test]
fn p18_a_trusted_session_ends_where_trust_is_off() {
    let record = trusted_under(FOURTEEN);
    let session = Assurance::TrustedDevice { verified_at: NOW };
    let stands = |trust| gate(Some(&record), &under(&trusting(trust)), session, NOW);
    assert_eq!(stands(FOURTEEN), Gate::Granted { enroll_by: None });
    assert_eq!(stands(Trust::Off), Gate::SignInAgain);
}

impl Device {
    /// A browser that takes as many bytes as any.
    pub(in crate::record) fn fullest(id: u128, end: UnixTime) -> Self {
        Self {
            id: DeviceId::new(id),
            digest: Digest(u128::MAX),
            stamp: Digest(u128::MAX),
            label: "\u{10FFFF}".repeat(MAX_LABEL),
            known_until: end,
            last_used_at: end,
            trust: Some(Grant { verified_at: end, until: Some(end) }),
            throttle: Throttle::fullest(),
            sends: Sends::fullest(end),
        }
    }

    pub(in crate::record) const fn label_mut(&mut self) -> &mut String {
        &mut self.label
    }
}
