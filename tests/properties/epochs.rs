//! P17: each event that ends what was handed out, against each kind of thing that is.

use std::time::Duration;

use second_factor::{
    Access, Account, Action, Assurance, Authority, Channel, Error, Factor, Proof, Reason, Token, UserKey,
    testing::Phone,
};

use crate::common::{
    World,
    ceremonies::{Settled, generous},
    key, operator,
};

/// What ends everything that was handed out before.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum End {
    NewPassword,
    Reset,
    Disable,
    DisableAndEnrollAgain,
    Replace,
    SignOutEverywhere,
    Restore,
}
const ENDS: [End; 7] = [
    End::NewPassword,
    End::Reset,
    End::Disable,
    End::DisableAndEnrollAgain,
    End::Replace,
    End::SignOutEverywhere,
    End::Restore,
];

/// Everything that is handed out, as it is before the event.
struct Handed {
    world: World,
    account: Account,
    phone: Phone,
    /// That is spent by the event, if it takes one.
    spare: Proof,
    browser: String,
    session: Assurance,
    challenge: Token,
    code_sent_for: (Token, String),
    step_up: Token,
    proof: Proof,
    enrollment: (Token, Phone),
}

fn export() -> Action {
    Action::Host("export".into())
}

impl Handed {
    async fn before(end: End) -> Self {
        let world = World::with(generous());
        let Settled { account, phone, .. } = world.settled("ann").await;
        let first = world.verifier.status(&account, None).await.unwrap().authenticators()[0].id;
        let browser = world.trusting(&account, &phone, "laptop").await;
        let second_factor::SignIn::Open(open) = world.begin_in(&account, Some(&browser)).await else {
            panic!("trusted")
        };
        let spare = match end {
            End::Replace => Action::Replace(first),
            _ => Action::Disable,
        };
        let spare = world.proof(&account, &phone, &spare).await;
        let proof = world.proof(&account, &phone, &export()).await;
        let add = world.proof(&account, &phone, &Action::AddAuthenticator).await;
        let enrollment = world.enroll(&account, Authority::StepUp(&add)).await.unwrap();
        let challenge = world.challenge(&account).await;
        let sent_for = world.challenge(&account).await;
        let code = world.sent(&account, &sent_for, Channel::Email).await;
        let step_up = world.verifier.begin_step_up(&account, &export(), None).await.unwrap().token().clone();
        Self {
            session: open.assurance(),
            enrollment: (enrollment.token().clone(), Phone::scan(enrollment.uri())),
            code_sent_for: (sent_for, code),
            world,
            account,
            phone,
            spare,
            browser,
            challenge,
            step_up,
            proof,
        }
    }

    /// Lets it happen. A phone that shows codes of whatever is set up afterwards, and the account as it then is.
    async fn after(&mut self, end: End) {
        let (world, account) = (&self.world, &self.account);
        let verifier = &world.verifier;
        match end {
            End::NewPassword => self.account = world.with_new_password("ann"),
            End::Reset => world.reset("ann").await,
            End::Disable => verifier.disable(account, &self.spare).await.unwrap(),
            End::DisableAndEnrollAgain => {
                verifier.disable(account, &self.spare).await.unwrap();
                self.phone = world.settled("ann").await.phone;
            }
            End::Replace => {
                let new = world.enroll(account, Authority::StepUp(&self.spare)).await.unwrap();
                self.phone = world.confirmed(account, &new).await;
            }
            End::SignOutEverywhere => {
                let clearing = verifier.sign_out_everywhere(account).await.unwrap();
                assert!(clearing.header().contains("Max-Age=0"));
            }
            End::Restore => {
                verifier.after_restore(account.user(), &operator("restore")).await.unwrap();
                world.pass(90);
            }
        }
    }

    /// Brings each thing. What the verifier says to it, by its name.
    async fn bring(&self) -> Vec<(&'static str, second_factor::Result<()>)> {
        let (world, account) = (&self.world, &self.account);
        let (verifier, code) = (&world.verifier, self.phone.code_at(world.now()));
        let (sent_for, sent) = &self.code_sent_for;
        let (enrollment, pending) = &self.enrollment;
        vec![
            ("challenge", verifier.verify(account, &self.challenge, &code, None).await.map(drop)),
            ("page", verifier.challenge(account, &self.challenge).await.map(drop)),
            ("sent code", verifier.verify(account, sent_for, sent, None).await.map(drop)),
            ("resend", verifier.send(account, sent_for, Channel::Sms).await.map(drop)),
            ("step-up", verifier.step_up(account, &self.step_up, &code).await.map(drop)),
            ("proof", verifier.spend(account, &self.proof, &export()).await),
            ("set-up", verifier.enrollment(account, enrollment).await.map(drop)),
            (
                "confirmation",
                verifier.confirm(account, enrollment, &pending.code_at(world.now())).await.map(drop),
            ),
        ]
    }
}

#[tokio::test]
async fn p17_nothing_that_was_handed_out_before_is_accepted_after() {
    for end in ENDS {
        let mut handed = Handed::before(end).await;
        handed.after(end).await;
        let generation = handed.world.row("ann").summary().generation;
        for (what, result) in handed.bring().await {
            let Err(Error::Rejected(refused)) = result else { panic!("{what} after {end:?}: {result:?}") };
            let expected = match (end, what) {
                (End::NewPassword, _) => Reason::StampChanged,
                (_, "set-up" | "confirmation") => Reason::Expired,
                _ => Reason::EpochChanged,
            };
            assert_eq!(refused.reason(), expected, "{what} after {end:?}");
        }
        assert_eq!(handed.world.row("ann").summary().generation, generation, "{end:?}: nothing is written");
    }
}

#[tokio::test]
async fn p17_no_browser_is_trusted_after_and_no_session_goes_on() {
    for end in ENDS {
        let mut handed = Handed::before(end).await;
        assert!(handed.world.is_trusted(&handed.account, &handed.browser).await);
        handed.after(end).await;
        let Handed { world, account, browser, session, .. } = &handed;
        let status = world.verifier.status(account, Some(browser)).await.unwrap();
        assert!(status.devices().is_empty(), "{end:?}");
        let asked = status.is_on();
        assert_eq!(asked, !matches!(end, End::Reset | End::Disable), "{end:?}");
        if asked {
            assert!(!world.is_trusted(account, browser).await, "{end:?}");
        }
        let access = world.verifier.assess(account, *session).await.unwrap();
        let ended =
            matches!(end, End::DisableAndEnrollAgain | End::Replace | End::SignOutEverywhere | End::Reset);
        assert_eq!(access == Access::SignInAgain, ended, "{end:?}: {access:?}");
    }
}

/// The control: without the event, each of them is accepted.
#[tokio::test]
async fn p17_all_of_it_is_accepted_as_long_as_nothing_ended_it() {
    let accepted = ["challenge", "page", "sent code", "resend", "step-up", "proof", "set-up", "confirmation"];
    for (place, expected) in accepted.into_iter().enumerate() {
        let handed = Handed::before(End::NewPassword).await;
        let Handed { world, account, phone, .. } = &handed;
        let (verifier, code) = (&world.verifier, phone.code_at(world.now()));
        let result = match place {
            0 => verifier.verify(account, &handed.challenge, &code, None).await.map(drop),
            1 => verifier.challenge(account, &handed.challenge).await.map(drop),
            2 => {
                let (token, sent) = &handed.code_sent_for;
                verifier.verify(account, token, sent, None).await.map(drop)
            }
            3 => verifier.send(account, &handed.code_sent_for.0, Channel::Sms).await.map(drop),
            4 => verifier.step_up(account, &handed.step_up, &code).await.map(drop),
            5 => verifier.spend(account, &handed.proof, &export()).await,
            6 => verifier.enrollment(account, &handed.enrollment.0).await.map(drop),
            _ => {
                let code = handed.enrollment.1.code_at(world.now());
                verifier.confirm(account, &handed.enrollment.0, &code).await.map(drop)
            }
        };
        assert!(result.is_ok(), "{expected}: {result:?}");
    }
}

/// The old phone is worth nothing after what removes it, the ticket of an older reset nothing after a newer one.
#[tokio::test]
async fn p17_the_old_phone_is_dead_after_what_took_it_away() {
    for end in [End::DisableAndEnrollAgain, End::Replace] {
        let mut handed = Handed::before(end).await;
        let old = std::mem::replace(&mut handed.phone, Phone::scan(URI));
        handed.after(end).await;
        let Handed { world, account, phone, .. } = &handed;
        let refused = world.sign_in(account, &old.code_at(world.now())).await;
        assert_eq!(crate::common::reason(refused), Reason::Wrong, "{end:?}");
        let signed_in = world.sign_in(account, &phone.code_at(world.now())).await.unwrap();
        let Assurance::SecondFactor { factor, .. } = signed_in.assurance() else { panic!() };
        assert_eq!(factor, Factor::Totp);
    }
}
const URI: &str = "otpauth://totp/Acme:ann?secret=GEZDGNBVGY3TQOJQGEZDGNBVGY3TQOJQ&issuer=Acme";

/// What happens to another user ends nothing of hers.
#[tokio::test]
async fn p17_what_happens_to_others_ends_nothing() {
    let handed = Handed::before(End::NewPassword).await;
    let world = &handed.world;
    let bob = world.settled("bob").await;
    world.verifier.sign_out_everywhere(&bob.account).await.unwrap();
    world.reset("bob").await;
    let globex = UserKey::new("globex", "ann");
    let by = second_factor::Actor::User(key("admin"));
    let reset = second_factor::Reset::by(by, "a name that is the same").with_ticket(Duration::from_secs(600));
    assert!(world.verifier.reset(&globex, reset).await.unwrap().is_some());
    assert!(world.is_trusted(&handed.account, &handed.browser).await);
    world.verifier.spend(&handed.account, &handed.proof, &export()).await.unwrap();
}
