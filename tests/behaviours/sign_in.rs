//! Signing in: the code page, wrong codes, and who is never asked (S6, S11, S16, S28, S31, S34).

use second_factor::{
    Access, Assurance, Because, EventKind, Factor, FirstFactor, Policy, Reason, Requirement, SignIn,
    UnixTime, primitives::time::Window, testing::Phone,
};

use crate::host::{Browser, Host, Member, STEP, rejected};

fn optional() -> Host {
    Host::new(Policy::new(Requirement::Optional))
}

/// Sign-in: e-mail and password, then a page for the code. Between the two nobody is signed in.
#[tokio::test]
async fn s11_the_password_leads_to_a_page_for_the_code() {
    let (acme, ann, mut laptop) = (optional(), Member::named("ann"), Browser::new());
    let (phone, _) = acme.turn_on(&ann, &mut laptop).await;
    let code = acme.fresh(&phone);

    let mut office = Browser::new();
    let challenge = acme.password(&ann, &mut office).await.code();
    assert!(office.session.is_none());
    assert_eq!(challenge.factors(), [Factor::Totp, Factor::BackupCode], "the app's code first");
    assert_eq!(challenge.retry_at(), None);

    // The next request has the token and nothing else: it names whom to load, and shows the same page again.
    assert_eq!(acme.verifier.claimed_user(challenge.token()).unwrap(), ann.key());
    let page = acme.verifier.challenge(&acme.account(&ann), challenge.token()).await.unwrap();
    assert_eq!((page.factors(), page.expires_at()), (challenge.factors(), challenge.expires_at()));

    acme.code(&ann, &mut office, &challenge, &code).await.unwrap();
    assert_eq!(office.session, Some(Assurance::SecondFactor { factor: Factor::Totp, at: acme.now() }));
    assert_eq!(acme.click(&ann, &office).await, Access::Granted { enroll_by: None });
}

/// Somebody else's code page: a colleague's right code does not answer it.
#[tokio::test]
async fn s11_the_page_takes_the_code_of_its_own_user() {
    let acme = optional();
    let (ann, bob) = (Member::named("ann"), Member::named("bob"));
    acme.turn_on(&ann, &mut Browser::new()).await;
    let (phone_of_bob, _) = acme.turn_on(&bob, &mut Browser::new()).await;
    let code = acme.fresh(&phone_of_bob);
    let for_ann = acme.password(&ann, &mut Browser::new()).await.code();
    let as_ann = acme.code(&ann, &mut Browser::new(), &for_ann, &code).await;
    assert_eq!(rejected(as_ann).reason(), Reason::Wrong);
    let as_bob = acme.code(&bob, &mut Browser::new(), &for_ann, &code).await;
    assert_eq!(rejected(as_bob).reason(), Reason::WrongUser);
}

/// A wrong code gives a clear error, the same whatever was wrong; after several the user is told when to try again.
#[tokio::test]
async fn s16_a_wrong_code_and_after_several_when_to_try_again() {
    let (acme, ann) = (optional(), Member::named("ann"));
    let (phone, _) = acme.turn_on(&ann, &mut Browser::new()).await;
    acme.fresh(&phone);
    let mut office = Browser::new();
    let challenge = acme.password(&ann, &mut office).await.code();
    let wrong = acme.wrong(&phone, "");
    let code_page =
        async |typed: &str| rejected(acme.code(&ann, &mut Browser::new(), &challenge, typed).await);

    let tries_left = async || {
        let page = acme.verifier.challenge(&acme.account(&ann), challenge.token()).await.unwrap();
        page.tries_left()
    };

    assert_eq!(challenge.tries_left(), Some(6));
    for failure in 1..=5 {
        let refused = code_page(&wrong).await;
        assert_eq!((refused.reason(), refused.retry_at()), (Reason::Wrong, None), "failure {failure}");
        assert_eq!(refused.to_string(), "the code was not accepted");
        assert_eq!(tries_left().await, Some(6 - failure), "before the next has to wait");
    }
    let sixth = code_page(&wrong).await;
    assert_eq!(tries_left().await, Some(0));
    let retry_at = acme.now().plus(30);
    assert_eq!(sixth.retry_at(), Some(retry_at));
    assert_eq!(sixth.retry_after(acme.now()), 30);

    // Until then even the right code is not looked at, and asking again does not make it longer. The page can say so at once.
    acme.pass(29);
    let held = code_page(&phone.code_at(acme.now())).await;
    assert_eq!((held.reason(), held.retry_at()), (Reason::Throttled, Some(retry_at)));
    assert_eq!(held.to_string(), sixth.to_string(), "one sentence for every reason");
    let page = acme.verifier.challenge(&acme.account(&ann), challenge.token()).await.unwrap();
    assert_eq!(page.retry_at(), Some(retry_at));
    assert_eq!(acme.settings(&ann, &office).await.locked_until(), Some(retry_at));

    acme.pass(1);
    assert_eq!(tries_left().await, Some(1), "the next wrong one waits again");
    acme.code(&ann, &mut office, &challenge, &phone.code_at(acme.now())).await.unwrap();
    assert!(office.session.is_some());
}

/// What cannot be a code is no failure: a slip of the finger costs nothing, however often.
#[tokio::test]
async fn s16_what_cannot_be_a_code_costs_nothing() {
    let (acme, ann) = (optional(), Member::named("ann"));
    let (phone, _) = acme.turn_on(&ann, &mut Browser::new()).await;
    let code = acme.fresh(&phone);
    let challenge = acme.password(&ann, &mut Browser::new()).await.code();
    for typed in ["", "12345", "ann@example.com", "12a456", "123456789"].repeat(5) {
        let refused = rejected(acme.code(&ann, &mut Browser::new(), &challenge, typed).await);
        assert_eq!((refused.reason(), refused.retry_at()), (Reason::Malformed, None), "{typed:?}");
    }
    let with_a_space = format!(" {} {} ", &code[..3], &code[3..]);
    acme.code(&ann, &mut Browser::new(), &challenge, &with_a_space).await.unwrap();
}

/// A backup code replaces the app's code at sign-in; each works once.
#[tokio::test]
async fn s06_a_backup_code_replaces_the_code_once() {
    let (acme, ann) = (optional(), Member::named("ann"));
    let (_lost, codes) = acme.turn_on(&ann, &mut Browser::new()).await;
    acme.post.read(&ann);

    let mut laptop = Browser::new();
    let challenge = acme.password(&ann, &mut laptop).await.code();
    acme.code(&ann, &mut laptop, &challenge, &codes[0]).await.unwrap();
    assert_eq!(laptop.session, Some(Assurance::SecondFactor { factor: Factor::BackupCode, at: acme.now() }));
    assert_eq!(acme.post.read(&ann), [EventKind::BackupCodeUsed { left: 9 }]);

    let challenge = acme.password(&ann, &mut laptop).await.code();
    let again = acme.code(&ann, &mut laptop, &challenge, &codes[0]).await;
    assert_eq!(rejected(again).reason(), Reason::Replayed);
    assert!(laptop.session.is_none());

    // Another one still works, typed as people type.
    let sloppy = codes[1].to_lowercase().replace('-', " ").replace('0', "o").replace('1', "l");
    acme.code(&ann, &mut laptop, &challenge, &sloppy).await.unwrap();
}

/// A code is valid for 30 seconds, then a new one comes: to the second, where the tenant wants no tolerance, and for one step longer
/// where the clocks of phones may be off.
#[tokio::test]
async fn s28_a_code_is_valid_for_thirty_seconds() {
    for (window, last_second) in [(Window::NONE, STEP - 1), (Window::DEFAULT, 2 * STEP - 1)] {
        let acme = Host::new(Policy::new(Requirement::Optional).window(window));
        let ann = Member::named("ann");
        let (phone, _) = acme.turn_on(&ann, &mut Browser::new()).await;
        acme.fresh(&phone);
        let code = acme.fresh(&phone);
        let first = acme.now().seconds();
        let shown_at = |second| phone.code_at(UnixTime::from_seconds(first + second));
        assert_eq!(shown_at(STEP - 1), code);
        assert_ne!(shown_at(STEP), code, "a new one comes");

        let challenge = acme.password(&ann, &mut Browser::new()).await.code();
        acme.pass(last_second + 1);
        let late = acme.code(&ann, &mut Browser::new(), &challenge, &code).await;
        assert_eq!(rejected(late).reason(), Reason::Wrong, "{window:?}");
        acme.clock.set(UnixTime::from_seconds(first + last_second));
        acme.code(&ann, &mut Browser::new(), &challenge, &code).await.unwrap();
    }
}

/// Every later sign-in asks for a code, in the same browser as in another, and each time for one that was not used.
#[tokio::test]
async fn s31_every_later_sign_in_asks_for_a_code() {
    let (acme, ann, mut laptop) = (optional(), Member::named("ann"), Browser::new());
    let (phone, _) = acme.turn_on(&ann, &mut laptop).await;
    for _ in 0..3 {
        acme.sign_in(&ann, &mut laptop, &phone).await;
        acme.sign_in(&ann, &mut Browser::new(), &phone).await;
    }
    let used = phone.code_at(acme.now());
    let challenge = acme.password(&ann, &mut laptop).await.code();
    assert_eq!(challenge.may_trust(), None, "nobody is offered not to be asked, unless the policy says so");
    let refused = acme.code(&ann, &mut laptop, &challenge, &used).await;
    assert_eq!(rejected(refused).reason(), Reason::Replayed);
}

/// Single sign-on and API sign-ins are not affected; the password always is.
#[tokio::test]
async fn s34_single_sign_on_and_api_sign_ins_are_not_affected() {
    let acme = Host::new(Policy::new(Requirement::RequiredForAll));
    let (ann, bob) = (Member::named("ann"), Member::named("bob"));
    enroll_at_sign_in(&acme, &ann).await;
    let exempt = [
        FirstFactor::Sso { second_factor_done: true },
        FirstFactor::Sso { second_factor_done: false },
        FirstFactor::ApiToken,
    ];
    for member in [&ann, &bob] {
        for first in exempt {
            let mut client = Browser::new();
            let assurance = acme.first_factor(member, &mut client, first).await.home();
            assert_eq!(assurance, Assurance::FirstFactorOnly(Because::Exempt), "{first:?}");
            assert_eq!(acme.click(member, &client).await, Access::Granted { enroll_by: None });
        }
    }
    acme.password(&ann, &mut Browser::new()).await.code();
    acme.password(&bob, &mut Browser::new()).await.set_up();
    let open = acme.verifier.begin(&acme.account(&bob), FirstFactor::Password, None).await.unwrap();
    assert!(!matches!(open, SignIn::Open(_)), "a password never is exempt");
}

async fn enroll_at_sign_in(acme: &Host, member: &Member) -> Phone {
    let enroll = acme.password(member, &mut Browser::new()).await.set_up();
    let by = second_factor::Authority::SignIn(enroll.token());
    acme.set_up(member, &mut Browser::new(), by).await.0
}
