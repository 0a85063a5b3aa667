//! What a user finds who comes back: nothing that was spent is unspent, and nothing that was there is gone.

use second_factor::{
    Action, Assurance, Authority, Because, Channel, Clock, Error, EventKind, Factor, FirstFactor,
    MemoryStore, NewAuthenticator, NotAllowed, Outbox, Policy, Reason, Requirement, Result, Revision, SignIn,
    StoredRecord, Swap, Trust, UserStore, Verifier,
    testing::{ManualClock, Phone},
};

use crate::{Fields, account, challenge, policy, user, value, verifier};

/// A service that has found the rows of a file in its database.
struct Found {
    v: Verifier,
    clock: ManualClock,
    outbox: Outbox,
    store: MemoryStore,
}

async fn found(fields: &Fields<'_>, rows: &[(&str, &str)]) -> Found {
    let (store, outbox) = (MemoryStore::new(), Outbox::new());
    let clock = ManualClock::new(fields.time("at"));
    for (name, prefix) in rows {
        let revision = fields.bytes(&format!("{prefix}revision")).try_into().unwrap();
        let row = StoredRecord::new(Revision::from_bytes(revision), fields.bytes(&format!("{prefix}sealed")));
        assert_eq!(store.compare_and_swap(&user(name), None, &row).await.unwrap(), Swap::Done);
    }
    let v = verifier(&store, outbox.clone(), fields.text("keys"), &clock);
    Found { v, clock, outbox, store }
}

#[track_caller]
fn reason<T: std::fmt::Debug>(result: Result<T>) -> Reason {
    match result {
        Err(Error::Rejected(refused)) => refused.reason(),
        other => panic!("not refused: {other:?}"),
    }
}

#[track_caller]
fn not_allowed<T: std::fmt::Debug>(result: Result<T>) -> NotAllowed {
    match result {
        Err(Error::NotAllowed(rule)) => rule,
        other => panic!("the rules allow it: {other:?}"),
    }
}

impl Found {
    fn code(&self, phone: &Phone) -> String {
        phone.code_at(self.clock.now())
    }

    fn next_step(&self) {
        self.clock.set(self.clock.now().plus(30));
    }

    fn told(&self) -> Vec<EventKind> {
        self.outbox.take().iter().map(|notice| notice.event().kind().clone()).collect()
    }
}

/// A record from before there were backup codes, browsers and sent codes: what was there works as it did, and the rest can be added.
pub(crate) async fn v1(fields: &Fields<'_>) {
    let it = found(fields, &[("42", "")]).await;
    let (v, ann, at) = (&it.v, account("42", &Policy::new(Requirement::Optional)), fields.time("at"));
    let status = v.status(&ann, None).await.unwrap();
    let names: Vec<_> =
        status.authenticators().iter().map(|authenticator| authenticator.name.as_str()).collect();
    assert_eq!(names, ["Phone", "Tablet"]);
    assert_eq!(status.authenticators()[0].added_at.seconds(), 1_800_000_000);
    assert_eq!(status.authenticators()[0].last_used_at, at);
    assert!(status.authenticators().iter().all(|authenticator| !authenticator.disabled));
    assert_eq!((status.backup_codes_left(), status.devices().len()), (0, 0));
    assert!(status.is_on() && status.may_disable() && !status.needs_ticket());

    let phone = Phone::scan(fields.text("uri"));
    let (token, _) = challenge(v, &ann, None).await;
    let spent = v.verify(&ann, &token, &it.code(&phone), None).await;
    assert_eq!(reason(spent), Reason::Replayed, "a spent code stays spent");
    it.next_step();
    let signed_in = v.verify(&ann, &token, &it.code(&phone), None).await.unwrap();
    assert!(signed_in.assurance().is_second_factor());
    let browser = value(signed_in.cookie());
    assert!(challenge(v, &ann, Some(&browser)).await.1.is_none());

    let told = it.told();
    assert_eq!(told.len(), 3, "two that were kept since then, and the replay: {told:?}");
    assert_eq!(told[0], EventKind::Enabled);
    assert_eq!(told[1], EventKind::AuthenticatorAdded { name: "Tablet".into() });
    assert_eq!(it.store.load(&user("42")).await.unwrap().unwrap().summary().pending_notices, 0);

    it.next_step();
    let asked = v.begin_step_up(&ann, &Action::RegenerateBackupCodes, None).await.unwrap();
    let proof = v.step_up(&ann, asked.token(), &it.code(&phone)).await.unwrap();
    let codes = v.regenerate_backup_codes(&ann, &proof).await.unwrap();
    let (token, _) = challenge(v, &ann, None).await;
    let signed_in = v.verify(&ann, &token, codes.iter().next().unwrap(), None).await.unwrap();
    assert_eq!(signed_in.backup_codes_left(), 9);
}

pub(crate) async fn v2(fields: &Fields<'_>) {
    let it = found(fields, &[("42", ""), ("bob", "reset-"), ("carol", "disabled-")]).await;
    settings(&it, fields).await;
    browsers_and_waits(&it, fields).await;
    what_was_spent_and_what_was_not(&it, fields).await;
    a_set_up_under_way(&it, fields).await;
    reset_with_a_ticket(&it, fields).await;
    disabled(&it, fields).await;
}

async fn settings(it: &Found, fields: &Fields<'_>) {
    let ann = account("42", &policy());
    let status = it.v.status(&ann, Some(fields.text("laptop"))).await.unwrap();
    let names: Vec<_> =
        status.authenticators().iter().map(|authenticator| authenticator.name.as_str()).collect();
    assert_eq!(names, ["Phone", "Tablet"]);
    let phone = &status.authenticators()[0];
    assert_eq!((phone.added_at, phone.last_used_at), (fields.time("added"), fields.time("at")));
    let browsers: Vec<_> =
        status.devices().iter().map(|browser| (browser.label.as_str(), browser.this_browser)).collect();
    assert_eq!(browsers, [("Laptop", true), ("Desk", false)]);
    assert_eq!((status.backup_codes_left(), status.backup_codes_used_at().len()), (8, 2));
    assert_eq!(status.backup_codes_issued_at(), Some(fields.time("added")));
    assert!(status.backup_codes_saved_at().is_some() && status.may_view_backup_codes());

    it.v.deliver_pending(ann.user()).await.unwrap();
    let told = it.told();
    let trusted = |kind: &EventKind| matches!(kind, EventKind::BrowserTrusted { .. });
    assert_eq!(told[..2], [EventKind::Enabled, EventKind::BackupCodesIssued { count: 10 }]);
    assert_eq!(told[2], EventKind::AuthenticatorAdded { name: "Tablet".into() });
    assert!(trusted(&told[3]) && trusted(&told[4]));
    assert!(told.contains(&EventKind::BackupCodeUsed { left: 9 }));
    assert!(told.contains(&EventKind::BackupCodeUsed { left: 8 }));
    let replays = told.iter().filter(|kind| matches!(kind, EventKind::ReplayRefused { .. }));
    assert_eq!((replays.count(), told.len()), (1, 8), "{told:?}");
}

async fn browsers_and_waits(it: &Found, fields: &Fields<'_>) {
    let (v, ann, at) = (&it.v, account("42", &policy()), fields.time("at"));
    for browser in ["laptop", "desk"] {
        let next = v.begin(&ann, FirstFactor::Password, Some(fields.text(browser))).await.unwrap();
        let SignIn::Open(signed_in) = next else { panic!("{browser} is trusted: {next:?}") };
        assert!(matches!(signed_in.assurance(), Assurance::TrustedDevice { .. }));
    }
    assert_eq!(challenge(v, &ann, None).await.1, Some(at.plus(30)), "unknown browsers wait");
    assert_eq!(challenge(v, &ann, Some(fields.text("known"))).await.1, None, "a known one does not");
    // The laptop's lane has four failures: one more is free.
    let asked = account("42", &policy().trusted_devices(Trust::Off));
    let (token, retry_at) = challenge(v, &asked, Some(fields.text("laptop"))).await;
    assert_eq!(retry_at, None);
    for expected in [None, Some(at.plus(30))] {
        match v.verify(&asked, &token, "00000000", None).await {
            Err(Error::Rejected(refused)) => assert_eq!(refused.retry_at(), expected),
            other => panic!("a wrong code: {other:?}"),
        }
    }
    let again = v.send(&asked, &fields.text("sent").to_owned().into(), Channel::Sms).await;
    assert_eq!(not_allowed(again), NotAllowed::SendLimit { resend_at: at.plus(30) });
}

async fn what_was_spent_and_what_was_not(it: &Found, fields: &Fields<'_>) {
    let (v, ann, phone) = (&it.v, account("42", &policy()), Phone::scan(fields.text("uri")));
    let codes: Vec<_> = fields.text("backup-codes").split(' ').collect();
    let (token, _) = challenge(v, &ann, Some(fields.text("known"))).await;
    assert_eq!(reason(v.verify(&ann, &token, &it.code(&phone), None).await), Reason::Replayed);
    for spent in &codes[..2] {
        assert_eq!(reason(v.verify(&ann, &token, spent, None).await), Reason::Replayed);
    }
    let signed_in = v.verify(&ann, &token, codes[2], None).await.unwrap();
    assert_eq!(signed_in.backup_codes_left(), 7);
    let known = value(signed_in.cookie());
    let (token, _) = challenge(v, &ann, None).await;
    assert_eq!(reason(v.verify(&ann, &token, codes[2], None).await), Reason::Replayed);

    // Its lane waits until then.
    it.next_step();
    let (sent, code) = (fields.text("sent").to_owned().into(), fields.text("sent-code"));
    let other = challenge(v, &ann, Some(&known)).await.0;
    assert_eq!(reason(v.verify(&ann, &other, code, None).await), Reason::Wrong, "not for another challenge");
    let signed_in = v.verify(&ann, &sent, code, None).await.unwrap();
    let Assurance::SecondFactor { factor, .. } = signed_in.assurance() else { panic!("{signed_in:?}") };
    assert_eq!(factor, Factor::OneTimeCode(Channel::Sms));
    assert_eq!(reason(v.verify(&ann, &sent, code, None).await), Reason::AlreadyCompleted);

    let (proof, export) = (fields.text("proof").to_owned().into(), Action::Host("export".into()));
    v.spend(&ann, &proof, &export).await.unwrap();
    assert_eq!(not_allowed(v.spend(&ann, &proof, &export).await), NotAllowed::NeedsProof);

    let asked = v.begin_step_up(&ann, &Action::ViewBackupCodes, Some(&known)).await.unwrap();
    let proof = v.step_up(&ann, asked.token(), &it.code(&phone)).await.unwrap();
    let shown = v.view_backup_codes(&ann, &proof).await.unwrap();
    assert_eq!(shown.iter().collect::<Vec<_>>(), codes[3..]);
}

async fn a_set_up_under_way(it: &Found, fields: &Fields<'_>) {
    let (v, ann) = (&it.v, account("42", &policy()));
    let (token, laptop) = (fields.text("pending").to_owned().into(), fields.text("laptop"));
    let enrollment = v.enrollment(&ann, &token).await.unwrap();
    assert_eq!(enrollment.uri(), fields.text("pending-uri"));
    let watch = Phone::scan(enrollment.uri());
    let _renewed = v.confirm(&ann, &token, &it.code(&watch)).await.unwrap();
    let status = v.status(&ann, Some(laptop)).await.unwrap();
    let names: Vec<_> =
        status.authenticators().iter().map(|authenticator| authenticator.name.as_str()).collect();
    assert_eq!(names, ["Phone", "Watch"]);
    assert_eq!(status.devices(), [], "it ended all trust");
    let _asked = challenge(v, &ann, Some(laptop)).await;
}

async fn reset_with_a_ticket(it: &Found, fields: &Fields<'_>) {
    let (v, bob, new) = (&it.v, account("bob", &policy()), NewAuthenticator::new("bob@example.com"));
    let next = v.begin(&bob, FirstFactor::Password, Some(fields.text("reset-browser"))).await.unwrap();
    let SignIn::Open(signed_in) = next else { panic!("he has no second factor: {next:?}") };
    assert_eq!(signed_in.assurance(), Assurance::FirstFactorOnly(Because::NotEnrolled));
    assert!(v.status(&bob, None).await.unwrap().needs_ticket());
    assert_eq!(not_allowed(v.enroll(&bob, Authority::OpenSession, &new).await), NotAllowed::NeedsTicket);
    let by = |which| Authority::Ticket { sign_in: None, typed: fields.text(which) };
    for wrong in ["reset-old-ticket", "reset-backup-code"] {
        assert_eq!(reason(v.enroll(&bob, by(wrong), &new).await), Reason::Wrong, "{wrong}");
    }
    let enrollment = v.enroll(&bob, by("reset-ticket"), &new).await.unwrap();
    let old = Phone::scan(fields.text("reset-uri"));
    assert_eq!(reason(v.confirm(&bob, enrollment.token(), &it.code(&old)).await), Reason::Wrong);
    let phone = Phone::scan(enrollment.uri());
    let _session = v.confirm(&bob, enrollment.token(), &it.code(&phone)).await.unwrap();
    assert!(!v.status(&bob, None).await.unwrap().needs_ticket());
}

async fn disabled(it: &Found, fields: &Fields<'_>) {
    let (v, carol) = (&it.v, account("carol", &Policy::nist_strict(Requirement::Optional)));
    assert!(v.status(&carol, None).await.unwrap().authenticators()[0].disabled);
    let SignIn::Challenge(asked) = v.begin(&carol, FirstFactor::Password, None).await.unwrap() else {
        panic!("a disabled factor is asked for")
    };
    assert_eq!(asked.factors(), [Factor::BackupCode]);
    let code = fields.text("disabled-backup-code");
    assert_eq!(v.verify(&carol, asked.token(), code, None).await.unwrap().backup_codes_left(), 9);
    v.deliver_pending(carol.user()).await.unwrap();
    assert!(it.told().contains(&EventKind::AuthenticatorsDisabled));
}
