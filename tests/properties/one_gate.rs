//! P8, P9, P10, P7: one gate for every code, and nothing of one user counts for another.

use second_factor::{
    Account, Assurance, Authority, Because, Error, FirstFactor, Policy, Reason, Rejection, Requirement,
    SignIn, Token, Unavailable, UnixTime, UserKey, testing::Phone,
};

use crate::common::{DAY, World, answer, key, reason, unavailable};

/// Every public call that takes a code. A new one belongs in here.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Door {
    Verify,
    StepUp,
    Confirm,
}
const DOORS: [Door; 3] = [Door::Verify, Door::StepUp, Door::Confirm];

/// A user with a phone in force and another being set up, and a token for each door.
struct AtTheDoors {
    world: World,
    account: Account,
    phone: Phone,
    pending: Phone,
    enrollment: Token,
}

impl AtTheDoors {
    async fn new() -> Self {
        let world = World::new();
        let (account, phone) = (world.account("ann"), world.enrolled("ann").await);
        let proof = world.step_up(&account, &phone.code_at(world.now())).await.unwrap();
        let enrollment = world.enroll(&account, Authority::StepUp(&proof)).await.unwrap();
        world.next_step();
        let (pending, enrollment) = (Phone::scan(enrollment.uri()), enrollment.token().clone());
        Self { world, account, phone, pending, enrollment }
    }

    async fn try_at(&self, door: Door, code: &str) -> Result<(), Rejection> {
        let Self { world, account, .. } = self;
        let result = match door {
            Door::Verify => answer(world.sign_in(account, code).await),
            Door::StepUp => answer(world.step_up(account, code).await),
            Door::Confirm => answer(world.verifier.confirm(account, &self.enrollment, code).await),
        };
        match result {
            Ok(()) => Ok(()),
            Err(Error::Rejected(rejection)) => Err(rejection),
            Err(other) => panic!("{door:?}: {other:?}"),
        }
    }

    fn right_code(&self, door: Door) -> String {
        let phone = if door == Door::Confirm { &self.pending } else { &self.phone };
        phone.code_at(self.world.now())
    }

    fn wrong_code(&self) -> String {
        self.world.wrong(&[&self.phone, &self.pending])
    }
}

#[tokio::test]
async fn p8_failures_at_any_door_shut_every_door() {
    for failing in DOORS {
        for other in DOORS {
            let doors = AtTheDoors::new().await;
            for failure in 1..=6 {
                let rejection = doors.try_at(failing, &doors.wrong_code()).await.unwrap_err();
                assert_eq!(rejection.reason(), Reason::Wrong, "{failing:?}, {failure}");
            }
            let refused = doors.try_at(other, &doors.right_code(other)).await.unwrap_err();
            assert_eq!(refused.reason(), Reason::Throttled, "{failing:?} then {other:?}, right code");
            doors.world.pass(29);
            let refused = doors.try_at(other, &doors.right_code(other)).await.unwrap_err();
            assert_eq!(refused.reason(), Reason::Throttled, "one second before");
            doors.world.pass(1);
            doors.try_at(other, &doors.right_code(other)).await.unwrap();
        }
    }
}

#[tokio::test]
async fn p8_a_code_that_passed_one_door_passes_no_other() {
    for first in DOORS {
        for second in DOORS {
            let doors = AtTheDoors::new().await;
            let code = doors.right_code(first);
            doors.try_at(first, &code).await.unwrap();
            let refused = doors.try_at(second, &code).await.unwrap_err();
            let over = if second == Door::Confirm && first == Door::Confirm {
                Reason::AlreadyCompleted
            } else if second == Door::Confirm {
                Reason::Wrong
            } else {
                Reason::Replayed
            };
            assert_eq!(refused.reason(), over, "{first:?} then {second:?}");
        }
    }
}

#[tokio::test]
async fn p9_the_code_of_one_user_is_worth_nothing_to_another() {
    let world = World::new();
    let (ann, bob) = (world.enrolled("ann").await, world.enrolled("bob").await);
    let codes = [ann.code_at(world.now()), bob.code_at(world.now())];
    assert_eq!(reason(world.sign_in(&world.account("bob"), &codes[0]).await), Reason::Wrong);
    assert_eq!(reason(world.sign_in(&world.account("ann"), &codes[1]).await), Reason::Wrong);
    let _session = world.sign_in(&world.account("ann"), &codes[0]).await.unwrap();
    let _session = world.sign_in(&world.account("bob"), &codes[1]).await.unwrap();
}

/// Accounts that are all somebody else than `("a", "bc")` under stamp `s`.
fn strangers(policy: &Policy) -> Vec<(&'static str, Account, Reason)> {
    let account = |tenant, user, stamp: &str| Account::new(UserKey::new(tenant, user), stamp, policy);
    vec![
        ("another user", account("a", "bd", "s"), Reason::WrongUser),
        ("another tenant", account("b", "bc", "s"), Reason::WrongUser),
        ("the border moved", account("ab", "c", "s"), Reason::WrongUser),
        ("another case", account("A", "bc", "s"), Reason::WrongUser),
        ("a space", account("a", "bc ", "s"), Reason::WrongUser),
        ("a changed password", account("a", "bc", "s2"), Reason::StampChanged),
        ("a shorter stamp", account("a", "bc", "\0s"), Reason::StampChanged),
    ]
}

#[tokio::test]
async fn p7_p9_p17_no_token_of_one_account_works_for_another_or_after_the_password_changed() {
    let world = World::new();
    let ann = Account::new(UserKey::new("a", "bc"), "s", &world.policy);
    let enrollment = world.enroll(&ann, Authority::OpenSession).await.unwrap();
    let phone = world.confirmed(&ann, &enrollment).await;
    let tokens = world.tokens(&ann, &phone).await;
    for (who, other, expected) in strangers(&world.policy) {
        let before = world.store.written().len();
        for (call, result) in world.every_call(&other, &tokens).await {
            if ["challenge", "verify", "enroll (proof)", "enrollment", "confirm", "step_up"].contains(&call) {
                assert_eq!(reason(result), expected, "{who}: {call}");
            }
        }
        let written = world.store.written();
        assert!(
            written[before..].iter().all(|(user, _)| user != ann.user()),
            "{who}: nothing of hers is touched"
        );
        world.store.force(other.user(), world.store.row(other.user()).filter(|_| other.user() == ann.user()));
    }
    let code = phone.code_at(world.now());
    let _session = world.verifier.verify(&ann, &tokens.challenge, &code, None).await.unwrap();
}

#[tokio::test]
async fn p7_no_token_works_for_another_purpose() {
    let world = World::with(Policy::new(Requirement::RequiredForAll));
    let account = world.account("ann");
    let SignIn::Enroll(enroll) = world.verifier.begin(&account, FirstFactor::Password, None).await.unwrap()
    else {
        panic!("a set-up is required")
    };
    let phone = world.enrolled("ann").await;
    let tokens = world.tokens(&account, &phone).await;
    let code = phone.code_at(world.now());
    let proof = Token::from(tokens.proof.as_str().to_owned());
    let kinds = [
        ("enroll", enroll.token()),
        ("challenge", &tokens.challenge),
        ("step-up", &tokens.step_up),
        ("enrollment", &tokens.enrollment),
        ("proof", &proof),
    ];
    let verifier = &world.verifier;
    for (kind, token) in kinds {
        let before = world.store.written().len();
        let as_proof = second_factor::Proof::from(token.as_str().to_owned());
        let label = second_factor::NewAuthenticator::new("ann");
        let mut wrong = Vec::new();
        if kind != "challenge" {
            wrong.push(answer(verifier.verify(&account, token, &code, None).await));
        }
        if kind != "step-up" {
            wrong.push(answer(verifier.step_up(&account, token, &code).await));
        }
        if kind != "enrollment" {
            wrong.push(answer(verifier.confirm(&account, token, &code).await));
            wrong.push(answer(verifier.enrollment(&account, token).await));
        }
        if kind != "enroll" {
            wrong.push(answer(verifier.enroll(&account, Authority::SignIn(token), &label).await));
        }
        if kind != "proof" {
            wrong.push(answer(verifier.enroll(&account, Authority::StepUp(&as_proof), &label).await));
        }
        if !["challenge", "step-up"].contains(&kind) {
            wrong.push(answer(verifier.challenge(&account, token).await));
        }
        for result in wrong {
            assert_eq!(reason(result), Reason::WrongPurpose, "a token of {kind}");
        }
        assert_eq!(world.store.written().len(), before, "{kind}: nothing is written");
    }
    let _session = verifier.verify(&account, &tokens.challenge, &code, None).await.unwrap();
}

#[tokio::test]
async fn p10_a_missing_row_of_a_known_user_is_an_error_in_every_call() {
    for policy in [Requirement::Off, Requirement::Optional, Requirement::RequiredForAll] {
        let world = World::new();
        let account = world.account("ann");
        let phone = world.enrolled("ann").await;
        let tokens = world.tokens(&account, &phone).await;
        world.store.force(&key("ann"), None);
        let account = Account::new(key("ann"), "stamp-1", &Policy::new(policy)).known_enrolled(true);
        for (call, result) in world.every_call(&account, &tokens).await {
            assert!(matches!(unavailable(result), Unavailable::MissingRecord), "{call} under {policy:?}");
        }
        assert!(world.store.row(&key("ann")).is_none(), "and none is made");
    }
}

#[tokio::test]
async fn p10_a_record_without_a_factor_of_a_known_user_is_an_error_too() {
    let world = World::new();
    let account = world.account("ann");
    let phone = world.enrolled("ann").await;
    let tokens = world.tokens(&account, &phone).await;
    world.store.force(&key("ann"), None);
    let _pending = world.enroll(&account, Authority::OpenSession).await.unwrap();
    for (call, result) in world.every_call(&account.known_enrolled(true), &tokens).await {
        assert!(matches!(unavailable(result), Unavailable::MissingRecord), "{call}");
    }
}

#[tokio::test]
async fn p10_enrolled_means_asked_under_every_policy() {
    let world = World::new();
    let _phone = world.enrolled("ann").await;
    let others = [second_factor::Others::Off, second_factor::Others::Optional];
    let requirements = [Requirement::Off, Requirement::Optional, Requirement::RequiredForAll]
        .into_iter()
        .chain(others.map(|others| Requirement::RequiredForAdministrators { others }));
    for requirement in requirements {
        for grace in [None, Some(UnixTime::EPOCH), Some(world.now().plus(DAY))] {
            for administrator in [false, true] {
                let mut policy = Policy::new(requirement);
                if let Some(until) = grace {
                    policy = policy.grace_until(until);
                }
                let account = Account::new(key("ann"), "s", &policy).administrator(administrator);
                for first in [FirstFactor::Password, FirstFactor::Link(second_factor::Channel::Email)] {
                    let next = world.verifier.begin(&account, first, None).await.unwrap();
                    assert!(matches!(next, SignIn::Challenge(_)), "{policy:?}, {first:?}: {next:?}");
                }
                for because in [
                    Because::PolicyOff,
                    Because::NotEnrolled,
                    Because::Grace { until: world.now().plus(DAY) },
                ] {
                    let access =
                        world.verifier.assess(&account, Assurance::FirstFactorOnly(because)).await.unwrap();
                    assert_eq!(access, second_factor::Access::SignInAgain, "{policy:?}, {because:?}");
                }
            }
        }
    }
}
