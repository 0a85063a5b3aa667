//! P26, P30: notices while nobody takes them.

use std::{
    io,
    sync::{
        Arc, Mutex,
        atomic::{AtomicBool, Ordering},
    },
};

use second_factor::{
    Actor, Channel, EventKind, KeyRing, NotAllowed, Notice, Notifier, OneTimeCode, Reason, Undelivered,
    UserKey,
};

use crate::common::{
    DAY, World,
    ceremonies::{Settled, not_allowed},
    key, operator, reason,
};

/// Takes notices only while it is up.
#[derive(Clone, Default)]
struct Mailer {
    up: Arc<AtomicBool>,
    taken: Arc<Mutex<Vec<EventKind>>>,
}

impl Notifier for Mailer {
    type Error = io::Error;

    async fn send_code(&self, _: &UserKey, _: Channel, _: &OneTimeCode) -> io::Result<()> {
        Ok(())
    }

    async fn notify(&self, notice: &Notice) -> io::Result<()> {
        if !self.up.load(Ordering::SeqCst) {
            return Err(io::Error::other("no mail server"));
        }
        self.taken.lock().unwrap().push(notice.event().kind().clone());
        Ok(())
    }
}

/// A world whose mail server is down.
fn offline() -> (World, Mailer) {
    let (mut world, mailer) = (World::new(), Mailer::default());
    let keys = KeyRing::from_text(&world.keys).unwrap();
    let builder = second_factor::Verifier::builder(world.store.clone(), mailer.clone(), keys).issuer("Acme");
    world.verifier = builder.clock(world.clock.clone()).build().unwrap();
    (world, mailer)
}

impl Mailer {
    fn come_up(&self) {
        self.up.store(true, Ordering::SeqCst);
    }

    fn taken(&self) -> Vec<EventKind> {
        std::mem::take(&mut *self.taken.lock().unwrap())
    }
}

fn is_attempt(kind: &EventKind) -> bool {
    matches!(kind, EventKind::ReplayRefused { .. } | EventKind::ManyWrongCodes { .. })
}

#[tokio::test]
async fn p30_a_record_with_notices_is_not_erased_unless_that_is_forced() {
    let (world, mailer) = offline();
    let Settled { account, .. } = world.settled("ann").await;
    let verifier = &world.verifier;
    assert_eq!(
        not_allowed(verifier.erase(&key("ann"), Undelivered::Keep, &operator("support")).await),
        NotAllowed::NoticesPending
    );
    assert!(verifier.status(&account, None).await.unwrap().is_on(), "nothing has happened");
    mailer.come_up();
    verifier.erase(&key("ann"), Undelivered::Keep, &operator("support")).await.unwrap();
    assert_eq!(mailer.taken(), [EventKind::Enabled, EventKind::BackupCodesIssued { count: 10 }]);
    assert!(world.store.row(&key("ann")).is_none());
    verifier
        .erase(&key("ann"), Undelivered::Keep, &operator("support"))
        .await
        .expect("there is nothing to erase");

    let (world, _mailer) = offline();
    let _settled = world.settled("ann").await;
    world.verifier.erase(&key("ann"), Undelivered::Drop, &operator("support")).await.unwrap();
    assert!(world.store.row(&key("ann")).is_none());
}

/// Half of the guesses, all of them, and a replay a day: one notice each, the later one instead of the earlier.
#[tokio::test]
async fn p30_notices_of_attempts_coalesce() {
    let (world, mailer) = offline();
    let Settled { account, phone, .. } = world.settled("ann").await;
    let start = world.now();
    let spent = phone.code_at(start);
    let _session = world.sign_in(&account, &spent).await.unwrap();
    for _ in 0..4 {
        assert_eq!(reason(world.sign_in(&account, &spent).await), Reason::Replayed);
    }
    assert_eq!(world.row("ann").summary().pending_notices, 3, "two of the set-up, one of four replays");
    let mut evaluated = 4;
    let mut pending = Vec::new();
    while evaluated < 110 {
        world.pass(3_600);
        if reason(world.sign_in(&account, &world.wrong(&[&phone])).await) == Reason::Wrong {
            evaluated += 1;
            pending.push(world.row("ann").summary().pending_notices);
        }
    }
    assert_eq!((pending[0], pending.iter().max()), (3, Some(&4)), "the second mark replaces the first");
    mailer.come_up();
    world.verifier.deliver_pending(&key("ann")).await.unwrap();
    let attempts: Vec<_> = mailer.taken().into_iter().filter(is_attempt).collect();
    assert!(matches!(
        attempts[..],
        [EventKind::ReplayRefused { .. }, EventKind::ManyWrongCodes { all: true }]
    ));
}

#[tokio::test]
async fn p30_a_replay_is_told_once_a_day_to_the_second() {
    let world = World::new();
    let Settled { account, codes, .. } = world.settled("ann").await;
    let _session = world.sign_in(&account, &codes[0]).await.unwrap();
    let start = world.now();
    for (age, expected) in [(0, 1), (1, 0), (DAY - 1, 0), (DAY, 1), (DAY + 1, 0), (2 * DAY, 1)] {
        world.clock.set(start.plus(age));
        let _told = world.outbox.take();
        assert_eq!(reason(world.sign_in(&account, &codes[0]).await), Reason::Replayed);
        assert_eq!(world.outbox.take().len(), expected, "after {age} s");
    }
}

/// However many attempts come, before or after: every change that found room is told, and that some did not.
#[tokio::test]
async fn p30_notices_of_attempts_never_push_out_those_of_changes() {
    for attempts_first in [true, false] {
        let (world, mailer) = offline();
        let Settled { account, codes, .. } = world.settled("ann").await;
        let _session = world.sign_in(&account, &codes[0]).await.unwrap();
        let replays = async || {
            for _ in 0..50 {
                assert_eq!(reason(world.sign_in(&account, &codes[0]).await), Reason::Replayed);
            }
        };
        if attempts_first {
            replays().await;
        }
        for _ in 0..20 {
            world.verifier.sign_out_everywhere(&account).await.unwrap();
        }
        if !attempts_first {
            replays().await;
        }
        mailer.come_up();
        world.verifier.deliver_pending(&key("ann")).await.unwrap();
        let (attempts, changes): (Vec<_>, Vec<_>) = mailer.taken().into_iter().partition(is_attempt);
        assert_eq!(attempts.len(), 1);
        let mut expected = vec![
            EventKind::Enabled,
            EventKind::BackupCodesIssued { count: 10 },
            EventKind::BackupCodeUsed { left: 9 },
        ];
        expected.extend(vec![EventKind::SignedOutEverywhere; 13]);
        expected.push(EventKind::NoticesLost);
        assert_eq!(changes, expected, "sixteen, and word of the rest");
    }
}

#[tokio::test]
async fn p26_p30_what_waits_to_be_told_outlives_a_reset_and_comes_with_it() {
    let (world, mailer) = offline();
    let _settled = world.settled("ann").await;
    world.reset("ann").await;
    mailer.come_up();
    world.verifier.deliver_pending(&key("ann")).await.unwrap();
    let by = Actor::Operator("support".into());
    assert_eq!(
        mailer.taken(),
        [
            EventKind::Enabled,
            EventKind::BackupCodesIssued { count: 10 },
            EventKind::Reset { by, reason: "lost the phone".into() }
        ]
    );
}
