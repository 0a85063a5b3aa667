//! P41, P44: how a code reaches the notifier, and over which channels it does not.

use std::{
    io,
    sync::{Arc, Mutex},
};

use second_factor::{
    Channel, FirstFactor, KeyRing, NotAllowed, Notice, Notifier, OneTimeCode, Policy, Reason, Requirement,
    SignIn, Unavailable, UserKey, Verifier,
};

use crate::common::{
    World,
    ceremonies::{EMAIL, SMS, not_allowed, sent_alone},
    key, reason,
    store::{Counts, Fault, Watched},
    unavailable,
};

const MINUTE: u64 = 60;

/// Looks into the store while it is asked to send, and fails if it is told to.
#[derive(Clone)]
struct Nosy {
    store: Watched,
    fails: bool,
    seen: Arc<Mutex<Vec<(String, usize)>>>,
}

impl Notifier for Nosy {
    type Error = io::Error;

    async fn send_code(&self, to: &UserKey, _: Channel, code: &OneTimeCode) -> io::Result<()> {
        let writes = self.store.written().iter().filter(|(user, _)| user == to).count();
        self.seen.lock().unwrap().push((code.reveal().to_owned(), writes));
        if self.fails { Err(io::Error::other("no route")) } else { Ok(()) }
    }

    async fn notify(&self, _: &Notice) -> io::Result<()> {
        Ok(())
    }
}

fn nosy(world: &World, fails: bool) -> (Verifier, Nosy) {
    let notifier = Nosy { store: world.store.clone(), fails, seen: Arc::default() };
    let keys = KeyRing::from_text(&world.keys).unwrap();
    let builder = Verifier::builder(world.store.clone(), notifier.clone(), keys).issuer("Acme");
    (builder.clock(world.clock.clone()).build().unwrap(), notifier)
}

#[tokio::test]
async fn p41_the_code_is_in_the_record_before_the_notifier_has_it() {
    for fails in [false, true] {
        let world = World::with(sent_alone());
        let account = world.reachable("ann");
        let token = world.challenge(&account).await;
        let (verifier, notifier) = nosy(&world, fails);
        let sent = verifier.send(&account, &token, Channel::Email).await;
        let seen = notifier.seen.lock().unwrap().clone();
        assert_eq!((seen.len(), seen[0].1), (1, 1), "one write came first");
        if fails {
            let unsent = unavailable(sent);
            assert!(matches!(unsent, Unavailable::NotSent { channel: Channel::Email, .. }), "{unsent:?}");
        }
        // Another process knows it: it is in the store, not in this one's memory.
        let _session = world.process().verify(&account, &token, &seen[0].0, None).await.unwrap();
    }
}

#[tokio::test]
async fn p41_a_notifier_that_fails_gives_back_no_quota() {
    let world = World::with(sent_alone());
    let account = world.reachable("ann");
    let token = world.challenge(&account).await;
    let (verifier, notifier) = nosy(&world, true);
    for sent in 1..=5 {
        assert!(verifier.send(&account, &token, Channel::Email).await.is_err());
        let again = verifier.send(&account, &token, Channel::Email).await;
        assert!(matches!(not_allowed(again), NotAllowed::SendLimit { .. }));
        assert_eq!(notifier.seen.lock().unwrap().len(), sent);
        world.pass(MINUTE);
    }
    let sixth = verifier.send(&account, &token, Channel::Sms).await;
    assert!(matches!(not_allowed(sixth), NotAllowed::SendLimit { .. }), "five an hour");
}

#[tokio::test]
async fn p41_what_was_not_committed_is_not_sent() {
    let world = World::with(sent_alone());
    let account = world.reachable("ann");
    let token = world.challenge(&account).await;
    let (verifier, notifier) = nosy(&world, false);
    world.store.fail([Fault::ErrorBefore]);
    let failed = verifier.send(&account, &token, Channel::Email).await;
    assert!(matches!(unavailable(failed), Unavailable::Store(_)));
    assert!(notifier.seen.lock().unwrap().is_empty());
    let (sent, counts) = world.store.counting(verifier.send(&account, &token, Channel::Email)).await;
    assert!(sent.is_ok());
    assert_eq!(counts, Counts { loads: 1, swaps: 1 }, "the commit, which knows the page");
}

#[tokio::test]
async fn p44_the_channel_of_the_first_factor_does_not_carry_the_second() {
    let link = FirstFactor::Link(Channel::Email);
    for (distinct, offered) in [(true, vec![SMS]), (false, vec![EMAIL, SMS])] {
        let world = World::with(sent_alone().distinct_channels(distinct));
        let account = world.reachable("ann");
        let SignIn::Challenge(asked) = world.verifier.begin(&account, link, None).await.unwrap() else {
            panic!("a code is asked for")
        };
        assert_eq!(asked.factors(), offered);
        let sent = world.verifier.send(&account, asked.token(), Channel::Email).await;
        if distinct {
            assert_eq!(not_allowed(sent), NotAllowed::FactorOff);
        } else {
            let code = world.outbox.last_code(&key("ann"), Channel::Email).unwrap();
            let _session = world.verifier.verify(&account, asked.token(), &code, None).await.unwrap();
        }
    }
}

/// It is on by default, and a code that was sent while it was off is not accepted once it is on.
#[tokio::test]
async fn p44_it_holds_for_a_code_that_is_on_its_way_already() {
    let world = World::with(sent_alone().distinct_channels(false));
    let account = world.reachable("ann");
    let link = FirstFactor::Link(Channel::Email);
    let SignIn::Challenge(asked) = world.verifier.begin(&account, link, None).await.unwrap() else {
        panic!("a code is asked for")
    };
    let code = world.sent(&account, asked.token(), Channel::Email).await;
    let strict = world.under("ann", &sent_alone());
    assert_eq!(reason(world.verifier.verify(&strict, asked.token(), &code, None).await), Reason::Wrong);
    let mail_alone = Policy::new(Requirement::RequiredForAll).allow(EMAIL);
    let next = world.verifier.begin(&world.under("ann", &mail_alone), link, None).await.unwrap();
    assert!(matches!(next, SignIn::Enroll(_)), "with mail alone there is nothing to ask for: {next:?}");
}
