use super::*;
use crate::{
    account::Account,
    action::Action,
    assurance::Assurance,
    factor::{Channel, Factor},
    policy::{Policy, Requirement, Trust, TrustDays},
    primitives::{time::Window, totp::Totp},
    record::{
        Attempt, Draft, Gate, Outgoing, Rate, Right, begin_enrollment, enroll::tests::pending, gate, send,
        tests::given::*, throttle::Throttle,
    },
    refusal::{Reason, Refusal},
};

fn admin() -> Actor {
    Actor::User(UserKey::new("acme", "1"))
}

/// A ticket, as long as real ones.
fn ticket(number: u8) -> LookupSecret {
    let checks = "0123456789ABCDEFGHJKMNPQRSTVWXYZ".chars();
    checks.into_iter().find_map(|check| LookupSecret::read(&format!("{number:029}{check}"))).unwrap()
}

fn reset_by(
    by: &Actor,
    record: Option<Record>,
    lifetime: Option<u64>,
) -> Decision<Result<Option<UnixTime>, NotAllowed>> {
    let resetting = Resetting {
        user: &user(),
        by,
        reason: "lost the phone",
        ticket: lifetime.map(|lifetime| NewTicket { secret: ticket(1), lifetime }),
        root: [9; 32].into(),
        new_epoch: NEW_EPOCH,
    };
    reset(record, &resetting, NOW)
}

/// After a reset with a ticket for an hour.
fn with_ticket() -> Record {
    done(reset_by(&admin(), Some(enrolled()), Some(3600)))
}

fn draft() -> Draft {
    Draft {
        id: 1,
        root: [9; 32].into(),
        secret: secret(1),
        totp: Totp::default(),
        name: "phone".into(),
        account_label: "ann".into(),
    }
}

fn begin(
    record: Record,
    typed: Option<&LookupSecret>,
    policy: &Policy,
    now: UnixTime,
) -> Decision<Result<(), Refusal>> {
    let right = Right::OpenSession;
    let decision = begin_enrollment(Some(record), right, typed, &draft(), &under(policy), now);
    decision.map(|outcome| outcome.map(drop))
}

/// A record in which there is something of everything, and a user who is known everywhere.
fn full() -> Record {
    let policy = optional().trusted_devices(Trust::Days(TrustDays::DEFAULT)).viewable_backup_codes(true);
    let mut record = enrolled();
    add(&mut record);
    record.issue_backup_codes(&ten(), &policy, NOW);
    record.remember_browser(None, &trusted_browser(1), &under(&policy), Factor::Totp, NOW);
    record.pending = Some(pending(NOW.plus(900)));
    remember(&mut record, 9, Action::Disable, NOW.plus(300));
    record.sent_codes.push(crate::record::SentCode::fullest(1, NOW.plus(600)));
    record.ticket = Some(Ticket::fullest(NOW.plus(600)));
    record.throttle = Throttle::fullest();
    record.sends.count(Channel::Email, NOW);
    record.lookup_failures = Rate::fullest();
    record.consecutive_failures = 99;
    record.last_verified_at = Some(NOW);
    let (record, ..) = written(Decision::write(record, NOW, [EventKind::Enabled], ()));
    record
}

fn kinds(record: &Record) -> Vec<EventKind> {
    record.pending_notices().iter().map(|notice| notice.kind.clone()).collect()
}

#[test]
fn p26_a_reset_leaves_no_remnant_and_keeps_bucket_and_outbox() {
    let decision = reset_by(&admin(), Some(full()), None);
    assert_eq!(decision.outcome, Ok(None));
    let (record, events, _) = written(decision);
    let reset = EventKind::Reset { by: admin(), reason: "lost the phone".into() };
    assert_eq!(events, std::slice::from_ref(&reset));
    // Every field, so that a new one is thought of here.
    let before = full();
    let Record {
        generation,
        root,
        epoch,
        authenticators,
        next_id,
        consecutive_failures: _,
        pending,
        backup_codes,
        lookup_failures: _,
        devices,
        sent_codes,
        proofs,
        completed,
        ticket,
        throttle,
        sends,
        outbox: _,
        enrolled_at,
        last_verified_at,
        sessions_since,
    } = &record;
    assert_eq!((*generation, *epoch), (before.generation + 1, NEW_EPOCH));
    assert_eq!(root.0, before.root.0);
    assert!(authenticators.is_empty() && pending.is_none() && backup_codes.is_none() && ticket.is_none());
    assert!(devices.is_empty() && sent_codes.is_empty() && proofs.is_empty());
    assert_eq!(*enrolled_at, None);
    assert_eq!(*sessions_since, NOW.plus(1));
    assert_eq!(*next_id, before.next_id, "no id is given twice");
    assert_eq!(completed.len(), 1, "a double click is still told apart");
    assert_eq!(*throttle, before.throttle, "whoever guessed goes on where they were");
    assert_eq!(sends.all(), [NOW]);
    assert_eq!(*last_verified_at, Some(NOW), "a fact of the past");
    assert_eq!(kinds(&record), [EventKind::Enabled, reset]);
}

#[test]
fn p17_p26_what_was_handed_out_before_is_dead() {
    let record = done(reset_by(&admin(), Some(full()), None));
    let account = account();
    for typed in [shown(1, NOW), crate::record::Typed::LookupSecret(long(1))] {
        let challenge = challenge(1);
        let attempt = Attempt { challenge: &challenge, typed: &typed, account: &account };
        let outcome = kept(copy(&record).verify(&attempt, &browser(1), NOW));
        assert_eq!(outcome.unwrap_err().reason(), Reason::EpochChanged);
    }
    assert!(record.recognize(Some(&cookie(1)), &account, NOW).is_none());
    assert!(copy(&record).use_proof(9, &Action::Disable, NOW).is_none());
}

#[test]
fn p26_nobody_resets_their_own_second_factor() {
    for record in [None, Some(enrolled())] {
        assert_eq!(kept(reset_by(&Actor::User(user()), record, Some(3600))), Err(NotAllowed::OwnReset));
    }
    for by in [Actor::User(UserKey::new("other", "42")), Actor::Operator("42".into()), admin()] {
        done(reset_by(&by, Some(enrolled()), None));
    }
}

#[test]
fn p17_p26_a_reset_ends_the_sessions_that_a_second_factor_opened() {
    let record = done(reset_by(&admin(), Some(enrolled()), None));
    let second_factor = |at| Assurance::SecondFactor { factor: Factor::Totp, at };
    for policy in [optional(), required(), Policy::new(Requirement::Off)] {
        let stands = |session| gate(Some(&record), &under(&policy), session, NOW.plus(5));
        assert_eq!(stands(second_factor(NOW)), Gate::SignInAgain, "{policy:?}");
        assert_eq!(stands(Assurance::TrustedDevice { verified_at: NOW }), Gate::SignInAgain);
        assert_ne!(stands(second_factor(NOW.plus(1))), Gate::SignInAgain, "one that was opened since");
    }
}

#[test]
fn p26_after_a_reset_with_a_ticket_a_set_up_takes_it() {
    let decision = reset_by(&admin(), Some(enrolled()), Some(3600));
    assert_eq!(decision.outcome, Ok(Some(NOW.plus(3600))));
    assert!(done(decision).needs_ticket());
    assert_eq!(kept(begin(with_ticket(), None, &optional(), NOW)), Err(NotAllowed::NeedsTicket.into()));
    done(begin(with_ticket(), Some(&ticket(1)), &optional(), NOW.plus(3599)));
    for (typed, now) in [(ticket(2), NOW), (long(1), NOW), (ticket(1), NOW.plus(3600))] {
        let (record, events, outcome) = written(begin(with_ticket(), Some(&typed), &optional(), now));
        assert_eq!(outcome, Err(Reason::Wrong.into()));
        assert_eq!(events, [EventKind::CodeRefused { held_until: None }]);
        assert!(record.pending.is_none() && record.needs_ticket());
    }
}

#[test]
fn a_ticket_binds_a_user_who_never_had_a_second_factor() {
    let record = done(reset_by(&admin(), None, Some(3600)));
    assert_eq!(kept(begin(record, None, &optional(), NOW)), Err(NotAllowed::NeedsTicket.into()));
}

#[test]
fn p7_a_ticket_of_another_record_is_wrong_here() {
    let mut other = Record::new(Root::drawn([8; 32]));
    other.ticket = with_ticket().ticket;
    let (.., outcome) = written(begin(other, Some(&ticket(1)), &optional(), NOW));
    assert_eq!(outcome, Err(Reason::Wrong.into()));
}

#[test]
fn a_policy_can_waive_the_ticket() {
    let waived = optional().waive_tickets(true);
    done(begin(with_ticket(), None, &waived, NOW));
    done(begin(with_ticket(), Some(&ticket(2)), &waived, NOW));
}

#[test]
fn wrong_tickets_are_bounded_like_any_look_up_secret() {
    let mut record = with_ticket();
    for _ in 0..60 {
        record = written(begin(record, Some(&ticket(2)), &optional(), NOW)).0;
    }
    assert_eq!(kept(begin(copy(&record), Some(&ticket(2)), &optional(), NOW)), Err(Reason::Wrong.into()));
    done(begin(record, Some(&ticket(1)), &optional(), NOW));
}

#[test]
fn a_ticket_is_used_up_by_the_confirmation_and_not_by_the_beginning() {
    let record = done(begin(with_ticket(), Some(&ticket(1)), &optional(), NOW));
    assert!(record.needs_ticket());
    let record = done(begin(record, Some(&ticket(1)), &optional(), NOW));
    let confirmation = crate::record::Confirmation {
        id: 1,
        epoch: NEW_EPOCH,
        browser: None,
        code: &code_at(1, NOW),
        account: &account(),
        new_epoch: Epoch::drawn(78),
        new_browser: &browser(1),
        backup_codes: &[],
    };
    let record = done(record.confirm(&confirmation, NOW));
    assert!(record.is_enrolled() && !record.needs_ticket());
}

#[test]
fn a_reset_without_a_ticket_takes_an_older_one_away() {
    let record = done(reset_by(&admin(), Some(with_ticket()), None));
    assert!(!record.needs_ticket());
    let again = done(reset_by(&admin(), Some(with_ticket()), Some(60)));
    let (.., outcome) = written(begin(again, Some(&ticket(1)), &optional(), NOW.plus(60)));
    assert_eq!(outcome, Err(Reason::Wrong.into()), "the newer one's end holds");
}

#[test]
fn p26_a_purge_keeps_bucket_and_outbox_and_nothing_else() {
    let (record, events, ()) = written(full().purge(&admin(), NEW_EPOCH, NOW));
    let purged = EventKind::Purged { by: admin() };
    assert_eq!(events, std::slice::from_ref(&purged));
    assert!(!record.is_enrolled() && record.pending.is_none() && record.backup_codes.is_none());
    assert!(record.devices.is_empty() && record.sent_codes.is_empty() && record.proofs.is_empty());
    assert!(record.ticket.is_none() && record.enrolled_at.is_none());
    assert_eq!(record.epoch, NEW_EPOCH);
    assert_eq!(record.throttle, full().throttle);
    assert_eq!(kinds(&record), [EventKind::Enabled, purged]);
    kept(record.purge(&admin(), NEW_EPOCH, NOW));
}

#[test]
fn a_purge_writes_where_there_is_anything_to_delete() {
    let purge = |change: &dyn Fn(&mut Record)| {
        let mut record = unenrolled();
        change(&mut record);
        record.purge(&admin(), NEW_EPOCH, NOW).change.is_some()
    };
    assert!(!purge(&|_| ()));
    assert!(!purge(&|record| record.throttle = Throttle::fullest()), "what stays anyway");
    assert!(purge(&add));
    assert!(purge(&|record| record.pending = Some(pending(NOW.plus(1)))));
    assert!(purge(&|record| drop(record.issue_backup_codes(&ten(), &optional(), NOW))));
    assert!(purge(&|record| record.ticket = Some(Ticket::fullest(NOW))));
    assert!(purge(&|record| drop(record.remember_browser(None, &browser(1), &account(), EMAIL, NOW))));
    assert!(purge(&|record| record.sent_codes.push(crate::record::SentCode::fullest(1, NOW.plus(1)))));
}

#[test]
fn p17_signing_out_everywhere_ends_what_is_open_and_keeps_the_factors() {
    let (record, events, ()) = written(full().sign_out_everywhere(NEW_EPOCH, NOW));
    assert_eq!(events, [EventKind::SignedOutEverywhere]);
    assert_eq!(record.epoch, NEW_EPOCH);
    assert!(record.devices.is_empty() && record.proofs.is_empty() && record.pending.is_none());
    assert_eq!((record.authenticators.len(), record.backup_codes_left()), (2, 10));
    assert!(record.needs_ticket());
    let stands = |at| {
        let session = Assurance::SecondFactor { factor: Factor::Totp, at };
        gate(Some(&record), &account(), session, NOW.plus(1))
    };
    assert_eq!(stands(NOW), Gate::SignInAgain, "opened in the very second");
    assert_eq!(stands(NOW.plus(1)), Gate::Granted { enroll_by: None });
}

#[test]
fn after_a_restore_nothing_that_may_have_been_spent_is_good() {
    let mut before = full();
    before.authenticators[0].last_step = crate::primitives::time::TimeStep::new(u64::MAX);
    let (record, events, ()) = written(before.after_restore(&operator(), NEW_EPOCH, NOW));
    assert_eq!(events, [EventKind::Restored { by: operator() }]);
    assert_eq!(record.epoch, NEW_EPOCH);
    assert!(record.backup_codes.is_none() && record.devices.is_empty() && record.proofs.is_empty());
    assert!(record.pending.is_none() && record.sent_codes.is_empty());
    assert!(record.is_enrolled(), "p42: a restore turns nothing off");
    assert_eq!(record.throttle, full().throttle);
    let burnt = Totp::default().step_at(NOW).unwrap().offset_by(2).unwrap();
    assert_eq!(record.authenticators[1].last_step, burnt, "the end of the widest window");
    assert_eq!(record.authenticators[0].last_step.number(), u64::MAX, "p2: it never decreases");

    let mut record = record;
    record.authenticators.remove(0);
    record.throttle = Throttle::new();
    let widest = under(&optional().window(Window::new(2, 2).unwrap()));
    let challenge = crate::record::Challenge { epoch: NEW_EPOCH, ..challenge(1) };
    let attempt_at = |offset| {
        let code = Totp::default().key(&secret(2)).code_in(burnt.offset_by(offset).unwrap());
        let typed = crate::record::Typed::Digits(code);
        let attempt = Attempt { challenge: &challenge, typed: &typed, account: &widest };
        copy(&record).verify(&attempt, &browser(1), NOW.plus(30)).outcome.map_err(|refused| refused.reason())
    };
    assert_eq!(attempt_at(0).map(drop), Err(Reason::Replayed));
    assert_eq!(attempt_at(1).map(drop), Ok(()), "the first step behind it");
}

#[test]
fn after_a_restore_a_ticket_is_needed_and_none_is_good() {
    let (record, ..) = written(with_ticket().after_restore(&operator(), NEW_EPOCH, NOW));
    assert!(record.needs_ticket());
    let (.., outcome) = written(begin(record, Some(&ticket(1)), &optional(), NOW));
    assert_eq!(outcome, Err(Reason::Wrong.into()));
}

#[test]
fn sealing_anew_changes_nothing_but_the_count_of_writes() {
    let (mut record, events, ()) = written(full().reseal(NOW));
    assert_eq!(events, []);
    assert_eq!(record.generation, full().generation + 1);
    record.generation -= 1;
    assert_eq!(stored(&record), stored(&full()));
}

#[test]
fn p26_a_reset_gives_no_message_back() {
    let account: Account = under(&required().allow(EMAIL));
    let outgoing = || Outgoing { code: code_at(1, NOW), root: [9; 32].into() };
    let asked = challenge_before_enrollment(1);
    let record = done(send(None, &outgoing(), &asked, Channel::Email, &account, NOW));
    let record = done(reset_by(&admin(), Some(record), None));
    let asked = crate::record::Challenge { epoch: NEW_EPOCH, ..asked };
    let refused = kept(send(Some(record), &outgoing(), &asked, Channel::Email, &account, NOW.plus(59)));
    assert_eq!(refused, Err(NotAllowed::SendLimit { resend_at: NOW.plus(60) }.into()));
}

impl Ticket {
    /// One that takes as many bytes as any.
    pub(in crate::record) const fn fullest(end: UnixTime) -> Self {
        Self { digest: Digest(u128::MAX), expires_at: end }
    }
}
