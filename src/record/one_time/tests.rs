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

mod bounds;

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
    let step = kept(sign_in(
        None,
        &only_mail,
        crate::record::Arrival::new(FirstFactor::Link(Channel::Email), None),
        1,
        NOW,
    ));
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
        let (record, _, outcome) = written(record.step_up(&attempt, proof(&action), NOW));
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
    let (record, _, outcome) = written(record.step_up(&attempt, proof(&host), NOW));
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
    let resend_at = |seconds| {
        Some(SentPage {
            channel: Channel::Email,
            expires_at: NOW.plus(300),
            resend_at: NOW.plus(seconds),
            tries_left: 5,
        })
    };
    assert_eq!(sent(1, 0), resend_at(60));
    assert_eq!(sent(1, 59), resend_at(60));
    assert_eq!(sent(1, 61), resend_at(61), "right away");
    assert_eq!(sent(2, 0), None);
}

#[test]
fn the_page_says_how_many_tries_are_left() {
    let account = under(&policy());
    let mut record = mailed(&asked(1));
    for left in (0..5).rev() {
        (record, _) = try_at(record, &asked(1), "000000", NOW);
        let page = page(Some(&record), &asked(1), &account, NOW);
        assert_eq!(page.sent.map(|sent| sent.tries_left), Some(left));
        assert_eq!(page.tries_left, Some(u32::from(left) + 1), "the lane has one more");
    }
    let nobody = |policy: &Policy| page(None, &asked(1), &under(policy), NOW).tries_left;
    assert_eq!(nobody(&policy()), Some(6), "a code can be sent");
    assert_eq!(nobody(&required()), None, "nothing takes digits");
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
