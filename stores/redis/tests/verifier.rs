//! What a person sees of an outage: the same for right and wrong codes, and no code is good twice after it (P1, P20, P42).
#![allow(missing_docs, clippy::unwrap_used, clippy::panic)]

mod support;

use std::{
    sync::{Arc, Mutex},
    time::Duration,
};

use second_factor::{Error, SignedIn, Unavailable};
use second_factor_testbed::records::user;
use second_factor_testbed::{Fault, Proxy, Redis};
use support::{Ann, BeforeSwap, Interrupted, impatient};

/// A service on a server that can be killed, behind a network that can fail.
struct Service {
    server: Arc<Mutex<Redis>>,
    proxy: Arc<Proxy>,
    before_swap: BeforeSwap,
    ann: Ann,
}

impl Service {
    async fn new() -> Option<Self> {
        let server = Redis::start(&[])?;
        let proxy = Arc::new(Proxy::before(&server.url()));
        let before_swap = BeforeSwap::default();
        let store = Interrupted { store: impatient(proxy.url()).await, before_swap: before_swap.clone() };
        let ann = Ann::enrolled(store).await;
        Some(Self { server: Arc::new(Mutex::new(server)), proxy, before_swap, ann })
    }

    /// The server dies after the record was read.
    fn dies_before_the_swap(&self) {
        let server = self.server.clone();
        self.before_swap.happens(move || server.lock().unwrap().kill());
    }

    /// The network does this from after the record was read, until it is set otherwise.
    fn fails_at_the_swap(&self, fault: Fault) {
        let proxy = self.proxy.clone();
        self.before_swap.happens(move || proxy.set(fault));
    }

    /// To the swap alone: what comes after it gets through.
    fn fails_at_the_swap_alone(&self, fault: Fault) {
        let proxy = self.proxy.clone();
        self.before_swap.happens(move || proxy.once(fault));
    }

    fn comes_back(&self) {
        self.server.lock().unwrap().restart();
        self.proxy.set(Fault::None);
    }
}

/// What somebody outside can tell from it.
fn seen(outcome: second_factor::Result<SignedIn>) -> String {
    match outcome {
        Ok(signed_in) => {
            assert_eq!(signed_in.user(), &user());
            "signed in".to_owned()
        }
        Err(Error::Unavailable(Unavailable::Store(_))) => "unavailable".to_owned(),
        Err(other) => format!("{other:?}"),
    }
}

#[track_caller]
fn refused(outcome: second_factor::Result<SignedIn>, what: &str) {
    assert!(matches!(outcome, Err(Error::Rejected(_))), "{what}: {outcome:?}");
}

#[tokio::test(flavor = "multi_thread")]
async fn p20_p42_killed_between_load_and_commit_nothing_is_told_and_the_code_is_good_once() {
    let Some(service) = Service::new().await else { return };
    let ann = &service.ann;
    let token = ann.begin().await;
    for code in [ann.wrong_code(), ann.right_code(), ann.backup_codes[0].clone()] {
        service.dies_before_the_swap();
        assert_eq!(seen(ann.verify(&token, &code).await), "unavailable");
        assert_eq!(seen(ann.verify(&token, &code).await), "unavailable", "as long as it is down");
        service.comes_back();
    }
    assert_eq!(seen(ann.verify(&token, &ann.right_code()).await), "signed in");
    let again = ann.begin().await;
    refused(ann.verify(&again, &ann.right_code()).await, "spent");
}

/// The commit is on the disk, nobody was told, and the server dies: what it says after that is that the code is spent.
#[tokio::test(flavor = "multi_thread")]
async fn p20_p42_killed_after_the_commit_before_the_answer_the_code_stays_spent() {
    for fault in [Fault::CutReply, Fault::SwallowReply] {
        let Some(service) = Service::new().await else { return };
        let ann = &service.ann;
        for code in [ann.right_code(), ann.backup_codes[0].clone()] {
            let token = ann.begin().await;
            service.fails_at_the_swap(fault);
            assert_eq!(seen(ann.verify(&token, &code).await), "unavailable", "{fault:?}");
            service.comes_back();
            let again = ann.begin().await;
            refused(ann.verify(&again, &code).await, "it was spent, and that was kept");
        }
        let again = ann.begin().await;
        assert_eq!(seen(ann.verify(&again, &ann.backup_codes[1]).await), "signed in", "others are good");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn p20_a_guess_whose_answer_is_lost_is_counted() {
    let Some(service) = Service::new().await else { return };
    let ann = &service.ann;
    let token = ann.begin().await;
    for _ in 0..6 {
        service.fails_at_the_swap(Fault::CutReply);
        assert_eq!(seen(ann.verify(&token, &ann.wrong_code()).await), "unavailable");
        service.comes_back();
    }
    let Err(Error::Rejected(held_back)) = ann.verify(&token, &ann.right_code()).await else {
        panic!("five failures are free, and the sixth begins the wait")
    };
    assert!(held_back.retry_after(second_factor::Clock::now(&ann.clock)) > 0);
}

/// The answer is lost, and the reload finds our own revision.
#[tokio::test(flavor = "multi_thread")]
async fn p42_a_lost_answer_is_resolved_by_reloading_once() {
    for fault in [Fault::CutReply, Fault::SwallowReply] {
        let Some(service) = Service::new().await else { return };
        let ann = &service.ann;
        let token = ann.begin().await;
        service.fails_at_the_swap_alone(fault);
        assert_eq!(seen(ann.verify(&token, &ann.right_code()).await), "signed in", "{fault:?}");
        assert!(service.proxy.happened());
        let again = ann.begin().await;
        refused(ann.verify(&again, &ann.right_code()).await, "spent");

        service.fails_at_the_swap_alone(fault);
        refused(ann.verify(&again, &ann.wrong_code()).await, "a wrong code was counted, and is told so");
    }
}

/// The commit does not arrive: unavailable, whatever the code, and then it is good once.
#[tokio::test(flavor = "multi_thread")]
async fn p42_a_lost_request_spends_nothing() {
    for fault in [Fault::CutRequest, Fault::SwallowRequest] {
        let Some(service) = Service::new().await else { return };
        let ann = &service.ann;
        let token = ann.begin().await;
        for code in [ann.wrong_code(), ann.right_code()] {
            service.fails_at_the_swap_alone(fault);
            assert_eq!(seen(ann.verify(&token, &code).await), "unavailable", "{fault:?}");
            assert!(service.proxy.happened());
        }
        assert_eq!(seen(ann.verify(&token, &ann.right_code()).await), "signed in");
        let again = ann.begin().await;
        refused(ann.verify(&again, &ann.right_code()).await, "spent");
    }
}

/// Enrolled means asked: an outage opens no session by the password alone.
#[tokio::test(flavor = "multi_thread")]
async fn p42_an_outage_is_never_not_enrolled() {
    let Some(service) = Service::new().await else { return };
    let ann = &service.ann;
    for fault in [Fault::CutRequest, Fault::CutReply, Fault::SwallowRequest, Fault::SwallowReply] {
        service.proxy.set(fault);
        let begun = ann.verifier.begin(&ann.account, second_factor::FirstFactor::Password, None).await;
        assert!(matches!(begun, Err(Error::Unavailable(Unavailable::Store(_)))), "{fault:?}: {begun:?}");
        service.proxy.set(Fault::None);
    }
    tokio::time::timeout(Duration::from_secs(5), ann.begin()).await.unwrap();
}
