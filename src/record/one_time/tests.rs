use super::*;
use crate::{action::Action, assurance::Assurance, factor::FirstFactor, record::tests::given::DAY};
use crate::{
    device::DeviceId,
    event::EventKind,
    factor::Factor,
    policy::{OneTimeCodes, Policy},
    record::{
        Attempt, Decision, Gate, Next, Passed, Typed, begin_step_up, gate, page, sign_in, tests::given::*,
    },
    refusal::{Reason, Rejection},
};

const RIGHT: &str = "271828";
const OTHER: &str = "314159";

fn code(text: &str) -> Code {
    Code::read(text).unwrap()
}

fn typed(text: &str) -> Typed {
    Typed::Digits(code(text))
}

/// A tenant that lives on sent codes alone.
fn policy() -> Policy {
    required().allow(EMAIL).allow(SMS)
}

/// One where they stand beside an authenticator.
fn beside() -> Policy {
    policy().one_time_codes(OneTimeCodes::Always)
}

fn asked(id: u128) -> Challenge {
    challenge_before_enrollment(id)
}

/// The challenge `id`, begun at this moment.
fn asked_at(id: u128, now: UnixTime) -> Challenge {
    Challenge { expires_at: now.plus(600), ..asked(id) }
}

fn send_to(
    record: Option<Record>,
    challenge: &Challenge,
    channel: Channel,
    text: &str,
    now: UnixTime,
) -> Decision<Result<UnixTime, Refusal>> {
    let outgoing = Outgoing { code: code(text), root: [9; 32].into() };
    send(record, &outgoing, challenge, channel, &under(&beside()), now)
}

fn mailed(challenge: &Challenge) -> Record {
    done(send_to(None, challenge, Channel::Email, RIGHT, NOW))
}

fn answer(
    record: Record,
    challenge: &Challenge,
    typed: &Typed,
    policy: &Policy,
    now: UnixTime,
) -> Decision<Result<Passed, Rejection>> {
    record.verify(&Attempt { challenge, typed, account: &under(policy) }, &browser(1), now)
}

fn try_at(record: Record, challenge: &Challenge, text: &str, now: UnixTime) -> (Record, Option<Reason>) {
    let (record, _, outcome) = written(answer(record, challenge, &typed(text), &beside(), now));
    (record, outcome.err().map(|rejection| rejection.reason()))
}

fn held(decision: Decision<Result<UnixTime, Refusal>>) -> UnixTime {
    match kept(decision) {
        Err(Refusal::NotAllowed(NotAllowed::SendLimit { resend_at })) => resend_at,
        other => panic!("{other:?}"),
    }
}

#[test]
fn a_user_without_anything_has_a_record_from_the_first_code_on() {
    let decision = send_to(None, &asked(1), Channel::Email, RIGHT, NOW);
    assert_eq!(decision.outcome, Ok(NOW.plus(300)));
    let (record, events, _) = written(decision);
    assert_eq!(events, [EventKind::CodeSent { channel: Channel::Email }]);
    assert!(!record.is_enrolled());
    let (record, events, outcome) = written(answer(record, &asked(1), &typed(RIGHT), &policy(), NOW));
    let passed = outcome.unwrap();
    assert_eq!((passed.factor, passed.offset, passed.browser), (EMAIL, None, Some(device_id(1))));
    assert_eq!(events, [EventKind::SignedIn { factor: EMAIL }]);
    assert_eq!(record.last_verified_at, Some(NOW));
    assert!(!record.is_enrolled(), "p10: signing in sets nothing up");
}

#[test]
fn p6_a_code_is_accepted_once() {
    let (record, refused) = try_at(mailed(&asked(1)), &asked(1), RIGHT, NOW);
    assert_eq!(refused, None);
    let again = kept(answer(copy(&record), &asked(1), &typed(RIGHT), &policy(), NOW));
    assert_eq!(again.unwrap_err().reason(), Reason::AlreadyCompleted);
    assert_eq!(try_at(record, &asked(2), RIGHT, NOW).1, Some(Reason::Wrong), "nor on another challenge");
}

#[test]
fn p7_a_code_answers_the_challenge_it_was_sent_for_and_no_other() {
    let record = done(send_to(Some(mailed(&asked(1))), &asked(2), Channel::Sms, OTHER, NOW));
    let (record, refused) = try_at(record, &asked(2), RIGHT, NOW);
    assert_eq!(refused, Some(Reason::Wrong));
    let (record, refused) = try_at(record, &asked(1), OTHER, NOW);
    assert_eq!(refused, Some(Reason::Wrong));
    let (record, refused) = try_at(record, &asked(1), RIGHT, NOW);
    assert_eq!(refused, None);
    assert_eq!(try_at(record, &asked(2), OTHER, NOW).1, None);
}

#[test]
fn p9_a_code_of_another_record_is_wrong_here() {
    let mut other = Record::new(Root::drawn([8; 32]));
    other.sent_codes = mailed(&asked(1)).sent_codes;
    assert_eq!(try_at(other, &asked(1), RIGHT, NOW).1, Some(Reason::Wrong));
}

#[test]
fn a_code_has_its_six_digits() {
    let (_, refused) = try_at(mailed(&asked(1)), &asked(1), "0271828", NOW);
    assert_eq!(refused, Some(Reason::Wrong), "the same value, a digit more");
}

#[test]
fn p6_only_the_newest_code_of_a_challenge_counts() {
    let again = NOW.plus(60);
    let record = done(send_to(Some(mailed(&asked(1))), &asked(1), Channel::Email, OTHER, again));
    assert_eq!(record.sent_codes.len(), 1);
    let (record, refused) = try_at(record, &asked(1), RIGHT, again);
    assert_eq!(refused, Some(Reason::Wrong));
    assert_eq!(try_at(record, &asked(1), OTHER, again).1, None);
    let record = done(send_to(Some(mailed(&asked(1))), &asked(1), Channel::Sms, OTHER, NOW));
    let (record, refused) = try_at(record, &asked(1), RIGHT, NOW);
    assert_eq!(refused, Some(Reason::Wrong), "over another channel likewise");
    let (_, _, outcome) = written(answer(record, &asked(1), &typed(OTHER), &policy(), NOW));
    assert_eq!(outcome.unwrap().factor, SMS);
}

#[test]
fn p15_a_code_is_over_after_five_minutes() {
    assert_eq!(try_at(mailed(&asked(1)), &asked(1), RIGHT, NOW.plus(299)).1, None);
    assert_eq!(try_at(mailed(&asked(1)), &asked(1), RIGHT, NOW.plus(300)).1, Some(Reason::Wrong));
}

#[test]
fn p15_a_code_does_not_outlive_its_challenge() {
    let short = Challenge { expires_at: NOW.plus(200), ..asked(1) };
    let decision = send_to(None, &short, Channel::Email, RIGHT, NOW);
    assert_eq!(decision.outcome, Ok(NOW.plus(200)));
    let record = done(decision);
    assert_eq!(try_at(copy(&record), &short, RIGHT, NOW.plus(199)).1, None);
    let over = kept(answer(record, &short, &typed(RIGHT), &policy(), NOW.plus(200)));
    assert_eq!(over.unwrap_err().reason(), Reason::Expired);
    let refused = kept(send_to(None, &short, Channel::Email, RIGHT, NOW.plus(200)));
    assert_eq!(refused, Err(Reason::Expired.into()), "nothing is sent for it any more");
}

#[test]
fn the_fifth_try_counts_and_the_sixth_does_not() {
    let tries = |wrong_ones: u32| {
        let mut record = mailed(&asked(1));
        for _ in 0..wrong_ones {
            let (next, refused) = try_at(record, &asked(1), OTHER, NOW);
            assert_eq!(refused, Some(Reason::Wrong));
            record = next;
        }
        try_at(record, &asked(1), RIGHT, NOW).1
    };
    assert_eq!(tries(4), None);
    assert_eq!(tries(5), Some(Reason::Wrong));
}

#[test]
fn p22_a_resend_revives_no_tries() {
    let mut record = mailed(&asked(1));
    for _ in 0..4 {
        record = try_at(record, &asked(1), OTHER, NOW).0;
    }
    let record = done(send_to(Some(record), &asked(1), Channel::Email, RIGHT, NOW.plus(60)));
    let (record, refused) = try_at(record, &asked(1), OTHER, NOW.plus(60));
    assert_eq!(refused, Some(Reason::Wrong), "the fifth");
    assert_eq!(try_at(copy(&record), &asked(1), RIGHT, NOW.plus(90)).1, Some(Reason::Wrong), "the sixth");
    let refused = kept(send_to(Some(record), &asked(1), Channel::Email, RIGHT, NOW.plus(120)));
    assert_eq!(refused, Err(NotAllowed::TriesUsed.into()), "and no further code is sent");
}

#[test]
fn p21_a_throttled_attempt_uses_up_no_try() {
    let mut record = mailed(&asked(1));
    for _ in 0..6 {
        record = try_at(record, &asked(2), OTHER, NOW).0;
    }
    let refused = kept(answer(copy(&record), &asked(1), &typed(RIGHT), &policy(), NOW.plus(29)));
    assert_eq!(refused.unwrap_err().reason(), Reason::Throttled, "a right code is refused too");
    assert_eq!(record.sent(1).unwrap().tries_left, 5);
    assert_eq!(try_at(record, &asked(1), RIGHT, NOW.plus(30)).1, None);
}

#[test]
fn messages_over_one_channel_are_a_minute_apart() {
    let record = mailed(&asked(1));
    let again = |channel, id, now| send_to(Some(copy(&record)), &asked(id), channel, OTHER, now);
    assert_eq!(held(again(Channel::Email, 1, NOW.plus(59))), NOW.plus(60));
    assert_eq!(held(again(Channel::Email, 2, NOW.plus(59))), NOW.plus(60), "for another challenge too");
    done(again(Channel::Email, 1, NOW.plus(60)));
    done(again(Channel::Sms, 1, NOW));
}

/// A record for which a code was sent at each of these moments, over one channel.
fn sent_at(times: &[u64], browser: Option<DeviceId>) -> Record {
    let mut record = unenrolled();
    if browser.is_some() {
        record.remember_browser(None, &self::browser(1), &under(&policy()), EMAIL, NOW);
    }
    for (id, seconds) in (100..).zip(times) {
        let now = NOW.plus(*seconds);
        let challenge = Challenge { browser, ..asked_at(id, now) };
        record = done(send_to(Some(record), &challenge, Channel::Email, RIGHT, now));
    }
    record
}

#[test]
fn p22_five_messages_an_hour_and_the_sixth_waits() {
    let record = sent_at(&[0, 60, 120, 180, 240], None);
    for channel in [Channel::Email, Channel::Sms] {
        let again = |now| send_to(Some(copy(&record)), &asked_at(1, now), channel, OTHER, now);
        assert_eq!(held(again(NOW.plus(300))), NOW.plus(3600), "{channel:?}");
        assert_eq!(held(again(NOW.plus(3599))), NOW.plus(3600));
        let record = done(again(NOW.plus(3600)));
        let now = NOW.plus(3600);
        let other = if channel == Channel::Email { Channel::Sms } else { Channel::Email };
        assert_eq!(held(send_to(Some(record), &asked_at(2, now), other, OTHER, now)), NOW.plus(3660));
    }
    let four = sent_at(&[0, 60, 120, 180], None);
    done(send_to(Some(four), &asked(1), Channel::Email, OTHER, NOW.plus(240)));
}

#[test]
fn p22_ten_messages_a_day_and_the_eleventh_waits() {
    let times = [0, 60, 120, 180, 240, 3600, 3660, 3720, 3780, 3840];
    let record = sent_at(&times, None);
    let again = |now| send_to(Some(copy(&record)), &asked_at(1, now), Channel::Sms, OTHER, now);
    assert_eq!(held(again(NOW.plus(3840))), NOW.plus(DAY));
    assert_eq!(held(again(NOW.plus(DAY - 1))), NOW.plus(DAY));
    let record = done(again(NOW.plus(DAY)));
    assert_eq!(record.sends.all().len(), 10, "what is a day old is forgotten");
    done(send_to(
        Some(sent_at(&times[..9], None)),
        &asked_at(1, NOW.plus(3900)),
        Channel::Sms,
        OTHER,
        NOW.plus(3900),
    ));
}

#[test]
fn p24_the_messages_of_a_known_browser_are_its_own() {
    let lane = Some(device_id(1));
    let now = NOW.plus(300);
    let known = Challenge { browser: lane, ..asked_at(1, now) };
    let mut record = sent_at(&[0, 60, 120, 180, 240], None);
    record.remember_browser(None, &browser(1), &under(&policy()), EMAIL, NOW);
    done(send_to(Some(record), &known, Channel::Email, OTHER, now));
    let record = sent_at(&[0, 60, 120, 180, 240], lane);
    assert_eq!(held(send_to(Some(copy(&record)), &known, Channel::Email, OTHER, now)), NOW.plus(3600));
    done(send_to(Some(record), &asked_at(1, now), Channel::Email, OTHER, now));
}

#[test]
fn a_clock_that_is_set_back_sends_nothing_sooner() {
    let record = mailed(&asked(1));
    let before = UnixTime::from_seconds(NOW.seconds() - DAY);
    assert_eq!(held(send_to(Some(record), &asked(1), Channel::Email, OTHER, before)), NOW.plus(60));
    let full = sent_at(&[0, 60, 120, 180, 240], None);
    assert_eq!(held(send_to(Some(full), &asked(1), Channel::Sms, OTHER, before)), NOW.plus(3600));
}

#[test]
fn codes_are_remembered_for_twelve_challenges() {
    let mut record = unenrolled();
    for number in 1..=3 {
        record.remember_browser(None, &browser(number), &under(&policy()), EMAIL, NOW);
    }
    for id in 0..12_u8 {
        let challenge = Challenge {
            browser: Some(device_id(id % 3 + 1)),
            expires_at: NOW.plus(600 + u64::from(id)),
            ..asked(id.into())
        };
        let now = NOW.plus(60 * u64::from(id / 3));
        record = done(send_to(Some(record), &challenge, Channel::Email, RIGHT, now));
    }
    let again =
        |id, now: UnixTime| send_to(Some(copy(&record)), &asked_at(id, now), Channel::Email, OTHER, now);
    assert_eq!(held(again(99, NOW.plus(300))), NOW.plus(600), "until the first of them is over");
    assert_eq!(held(again(99, NOW.plus(599))), NOW.plus(600));
    done(again(99, NOW.plus(600)));
    done(again(5, NOW.plus(300)));
}

#[test]
fn what_remains_of_a_code_goes_with_its_challenge() {
    let record = mailed(&asked(1));
    let left =
        |seconds| written(Decision::write(copy(&record), NOW.plus(seconds), [], ())).0.sent_codes.len();
    assert_eq!((left(300), left(599), left(600)), (1, 1, 0));
    let sends =
        |seconds| written(Decision::write(copy(&record), NOW.plus(seconds), [], ())).0.sends.all().len();
    assert_eq!((sends(DAY - 1), sends(DAY)), (1, 0));
}

#[test]
fn p44_the_channel_of_the_first_factor_carries_no_second_one() {
    let by_link = Challenge { first: Some(Channel::Email), ..asked(1) };
    let refused = kept(send_to(None, &by_link, Channel::Email, RIGHT, NOW));
    assert_eq!(refused, Err(NotAllowed::FactorOff.into()));
    done(send_to(None, &by_link, Channel::Sms, RIGHT, NOW));
    let outgoing = Outgoing { code: code(RIGHT), root: [9; 32].into() };
    let alike = under(&policy().distinct_channels(false));
    let record = done(send(None, &outgoing, &by_link, Channel::Email, &alike, NOW));
    let (_, _, outcome) = written(answer(record, &by_link, &typed(RIGHT), &policy(), NOW));
    assert_eq!(outcome.unwrap_err().reason(), Reason::Wrong, "the policy wants them distinct by now");
    let only_mail = under(&required().allow(EMAIL));
    let step = kept(sign_in(None, &only_mail, FirstFactor::Link(Channel::Email), None, 1, NOW));
    assert_eq!(step.next, Next::Enroll, "who has no other channel sets up");
}

#[test]
fn a_channel_that_was_withdrawn_meanwhile_takes_no_code() {
    let record = mailed(&asked(1));
    let without_mail = policy().forbid(EMAIL);
    let (record, _, outcome) = written(answer(record, &asked(1), &typed(RIGHT), &without_mail, NOW));
    assert_eq!(outcome.unwrap_err().reason(), Reason::Wrong);
    let nothing = kept(answer(record, &asked(1), &typed(RIGHT), &required(), NOW));
    assert_eq!(nothing.unwrap_err().reason(), Reason::NotOffered);
    let unreachable = Account::new(user(), b"1", &policy());
    let outgoing = Outgoing { code: code(RIGHT), root: [9; 32].into() };
    let refused = kept(send(None, &outgoing, &asked(1), Channel::Email, &unreachable, NOW));
    assert_eq!(refused, Err(Reason::NotOffered.into()));
}

#[test]
fn a_sent_code_stands_beside_an_authenticator_only_where_the_policy_says_so() {
    let outgoing = || Outgoing { code: code(RIGHT), root: [9; 32].into() };
    let refused = send(Some(enrolled()), &outgoing(), &challenge(1), Channel::Email, &under(&policy()), NOW);
    assert_eq!(kept(refused), Err(NotAllowed::FactorOff.into()));
    let record = done(send_to(Some(enrolled()), &challenge(1), Channel::Email, RIGHT, NOW));
    let (_, _, outcome) = written(answer(copy(&record), &challenge(1), &typed(RIGHT), &beside(), NOW));
    assert_eq!(outcome.unwrap().factor, EMAIL);
    let (_, _, outcome) = written(answer(copy(&record), &challenge(1), &shown(1, NOW), &beside(), NOW));
    assert_eq!(outcome.unwrap().factor, Factor::Totp, "or the app's code");
    let (_, _, outcome) = written(answer(record, &challenge(1), &typed(RIGHT), &policy(), NOW));
    assert_eq!(outcome.unwrap_err().reason(), Reason::Wrong);
}

#[test]
fn p14_while_enrolled_no_sent_code_proves_a_change() {
    let account = under(&beside());
    for action in [Action::RegenerateBackupCodes, Action::AddAuthenticator, Action::Host("wire".into())] {
        let (asked, page) = begin_step_up(Some(&enrolled()), &action, &account, None, 1, NOW).unwrap();
        assert_eq!(page.factors, [Factor::Totp]);
        let refused = kept(send_to(Some(enrolled()), &asked, Channel::Email, RIGHT, NOW));
        assert_eq!(refused, Err(NotAllowed::FactorOff.into()));
        // One that was sent for it while there was no authenticator is worth nothing either.
        let mut record = enrolled();
        let before = Challenge { action: None, ..asked.clone() };
        record.sent_codes = done(send_to(Some(enrolled()), &before, Channel::Email, RIGHT, NOW)).sent_codes;
        let typed = typed(RIGHT);
        let attempt = Attempt { challenge: &asked, typed: &typed, account: &account };
        let (record, _, outcome) = written(record.step_up(&attempt, (5, &action, NOW.plus(300)), NOW));
        assert_eq!(outcome.unwrap_err().reason(), Reason::Wrong);
        assert!(record.proofs.is_empty());
    }
}

#[test]
fn without_an_authenticator_a_sent_code_proves_what_the_host_asks_and_nothing_else() {
    let account = under(&policy());
    let host = Action::Host("wire".into());
    let (asked, page) = begin_step_up(None, &host, &account, None, 1, NOW).unwrap();
    assert_eq!(page.factors, [EMAIL, SMS]);
    let record = done(send_to(None, &asked, Channel::Email, RIGHT, NOW));
    let typed = typed(RIGHT);
    let attempt = Attempt { challenge: &asked, typed: &typed, account: &account };
    let (record, _, outcome) = written(record.step_up(&attempt, (5, &host, NOW.plus(300)), NOW));
    outcome.unwrap();
    assert_eq!(record.proofs.len(), 1);
    for action in [Action::Disable, Action::AddAuthenticator, Action::RegenerateBackupCodes] {
        let refused = begin_step_up(Some(&record), &action, &account, None, 1, NOW).map(drop);
        assert_eq!(refused, Err(NotAllowed::NotEnrolled), "{action:?}");
    }
    assert_eq!(
        begin_step_up(None, &host, &under(&required()), None, 1, NOW).map(drop),
        Err(NotAllowed::NotEnrolled)
    );
}

#[test]
fn the_page_says_what_was_sent_and_when_the_next_may_be() {
    let account = under(&policy());
    let record = mailed(&asked(1));
    let sent = |id, seconds| page(Some(&record), &asked(id), &account, NOW.plus(seconds)).sent;
    assert_eq!(sent(1, 0), Some((Channel::Email, NOW.plus(300), NOW.plus(60))));
    assert_eq!(sent(1, 59), Some((Channel::Email, NOW.plus(300), NOW.plus(60))));
    assert_eq!(sent(1, 61), Some((Channel::Email, NOW.plus(300), NOW.plus(61))), "right away");
    assert_eq!(sent(2, 0), None);
}

#[test]
fn a_session_that_a_sent_code_opened_stands() {
    let (record, _) = try_at(mailed(&asked(1)), &asked(1), RIGHT, NOW);
    let session = Assurance::SecondFactor { factor: EMAIL, at: NOW };
    let granted = Gate::Granted { enroll_by: None };
    assert_eq!(gate(Some(&record), &under(&policy()), session, NOW), granted);
    let first_only = Assurance::FirstFactorOnly(crate::assurance::Because::NotEnrolled);
    assert_eq!(gate(Some(&record), &under(&policy()), first_only, NOW), Gate::SignInAgain);
}

#[test]
fn p17_a_new_epoch_ends_what_was_sent() {
    let record = mailed(&asked(1));
    let (record, ..) = written(record.sign_out_everywhere(NEW_EPOCH, NOW));
    assert!(record.sent_codes.is_empty());
    let over = kept(answer(copy(&record), &asked(1), &typed(RIGHT), &policy(), NOW));
    assert_eq!(over.unwrap_err().reason(), Reason::EpochChanged);
    assert_eq!(record.sends.all(), [NOW], "and gives no message back");
}

impl SentCode {
    /// One that takes as many bytes as any.
    pub(in crate::record) const fn fullest(challenge: u128, end: UnixTime) -> Self {
        Self {
            challenge,
            channel: Channel::Email,
            digest: Digest(u128::MAX),
            expires_at: end,
            until: end,
            tries_left: TRIES,
        }
    }
}
