//! P5, P14, P15: a proof does the one thing that it was asked for, once, in time, for its user.

use second_factor::{
    Account, Action, AuthenticatorId, Authority, Error, NotAllowed, Proof, Reason, Result, testing::Phone,
};

use crate::common::{
    World,
    ceremonies::{Settled, generous},
    reason,
};

/// A user with two authenticators, so that every action is allowed.
struct Owner {
    world: World,
    account: Account,
    phone: Phone,
    first: AuthenticatorId,
    second: AuthenticatorId,
}

impl Owner {
    async fn new() -> Self {
        let world = World::with(generous());
        let Settled { account, phone, .. } = world.settled("ann").await;
        let _tablet = world.add(&account, &phone).await;
        let status = world.verifier.status(&account, None).await.unwrap();
        let [first, second] = [0, 1].map(|place| status.authenticators()[place].id);
        Self { world, account, phone, first, second }
    }

    fn actions(&self) -> Vec<Action> {
        vec![
            Action::AddAuthenticator,
            Action::Replace(self.first),
            Action::Replace(self.second),
            Action::Remove(self.first),
            Action::Remove(self.second),
            Action::Disable,
            Action::RegenerateBackupCodes,
            Action::ViewBackupCodes,
            Action::Host("export".into()),
            Action::Host("exporT".into()),
        ]
    }

    /// Does it with this proof.
    async fn deed(&self, account: &Account, action: &Action, proof: &Proof) -> Result<()> {
        let verifier = &self.world.verifier;
        match action {
            Action::AddAuthenticator | Action::Replace(_) => {
                self.world.enroll(account, Authority::StepUp(proof)).await.map(drop)
            }
            Action::Remove(id) => verifier.remove_authenticator(account, *id, proof).await,
            Action::Disable => verifier.disable(account, proof).await,
            Action::RegenerateBackupCodes => verifier.regenerate_backup_codes(account, proof).await.map(drop),
            Action::ViewBackupCodes => verifier.view_backup_codes(account, proof).await.map(drop),
            host => verifier.spend(account, proof, host).await,
        }
    }
}

/// Both are deeds of one call, which takes what it does from the proof.
fn same_call(one: &Action, other: &Action) -> bool {
    let sets_up = |action: &Action| matches!(action, Action::AddAuthenticator | Action::Replace(_));
    one == other || (sets_up(one) && sets_up(other))
}

#[tokio::test]
async fn p14_a_proof_does_its_own_action_and_no_other() {
    let number_of_actions = Owner::new().await.actions().len();
    for place in 0..number_of_actions {
        let owner = Owner::new().await;
        let action = &owner.actions()[place];
        let proof = owner.world.proof(&owner.account, &owner.phone, action).await;
        let row = owner.world.row("ann");
        for other in owner.actions().iter().filter(|other| !same_call(action, other)) {
            let refused = owner.deed(&owner.account, other, &proof).await;
            assert_eq!(reason(refused), Reason::WrongPurpose, "{action:?} for {other:?}");
        }
        assert_eq!(owner.world.row("ann").revision(), row.revision(), "nothing is spent by that");
        owner.deed(&owner.account, action, &proof).await.unwrap();
    }
}

#[tokio::test]
async fn p5_p14_a_proof_of_any_action_is_spent_by_its_deed() {
    let number_of_actions = Owner::new().await.actions().len();
    for place in 0..number_of_actions {
        let owner = Owner::new().await;
        let action = &owner.actions()[place];
        let proof = owner.world.proof(&owner.account, &owner.phone, action).await;
        owner.deed(&owner.account, action, &proof).await.unwrap();
        let row = owner.world.row("ann");
        match owner.deed(&owner.account, action, &proof).await {
            Err(Error::NotAllowed(NotAllowed::NeedsProof)) => {}
            Err(Error::NotAllowed(NotAllowed::NotFound)) if matches!(action, Action::Remove(_)) => {}
            Err(Error::Rejected(refused)) if *action == Action::Disable => {
                assert_eq!(refused.reason(), Reason::EpochChanged);
            }
            other => panic!("{action:?}: {other:?}"),
        }
        assert_eq!(owner.world.row("ann").revision(), row.revision());
    }
}

#[tokio::test]
async fn p15_a_proof_of_any_action_is_refused_five_minutes_after_the_code() {
    let number_of_actions = Owner::new().await.actions().len();
    for place in 0..number_of_actions {
        for (age, expected) in [(299, None), (300, Some(Reason::Expired)), (301, Some(Reason::Expired))] {
            let owner = Owner::new().await;
            let action = &owner.actions()[place];
            let passed = owner.world.now();
            let proof = owner.world.proof(&owner.account, &owner.phone, action).await;
            owner.world.clock.set(passed.plus(age));
            let result = owner.deed(&owner.account, action, &proof).await;
            match expected {
                None => result.unwrap(),
                Some(expected) => assert_eq!(reason(result), expected, "{action:?} after {age} s"),
            }
        }
    }
}

#[tokio::test]
async fn p9_p14_a_proof_is_worth_nothing_to_another_user_or_under_another_password() {
    let number_of_actions = Owner::new().await.actions().len();
    for place in 0..number_of_actions {
        let owner = Owner::new().await;
        let bob = owner.world.settled("bob").await;
        let action = &owner.actions()[place];
        let proof = owner.world.proof(&owner.account, &owner.phone, action).await;
        let changed = owner.world.with_new_password("ann");
        for (account, expected) in [(&bob.account, Reason::WrongUser), (&changed, Reason::StampChanged)] {
            assert_eq!(reason(owner.deed(account, action, &proof).await), expected, "{action:?}");
        }
        owner.deed(&owner.account, action, &proof).await.unwrap();
    }
}

/// Sealed by somebody else, or nothing at all. And what the session was opened with does not matter.
#[tokio::test]
async fn p14_without_a_proof_nothing_is_changed() {
    let owner = Owner::new().await;
    let elsewhere = Owner::new().await;
    let signed_in = owner.world.sign_in(&owner.account, &owner.phone.code_at(owner.world.now())).await;
    assert!(signed_in.unwrap().assurance().is_second_factor());
    let row = owner.world.row("ann");
    for action in owner.actions() {
        let foreign = elsewhere.world.proof(&elsewhere.account, &elsewhere.phone, &action).await;
        for proof in [foreign, Proof::from(String::new())] {
            let refused = owner.deed(&owner.account, &action, &proof).await;
            assert_eq!(reason(refused), Reason::InvalidToken, "{action:?}");
        }
    }
    assert_eq!(owner.world.row("ann").revision(), row.revision());
}

/// S19, S24: required, it is not turned off, and is replaced in place; the old one works until the new one is proven.
#[tokio::test]
async fn p14_while_it_is_required_it_is_replaced_and_not_turned_off() {
    let owner = Owner::new().await;
    let Owner { world, account, phone, first, .. } = &owner;
    let disable = world.proof(account, phone, &Action::Disable).await;
    let required = world.under("ann", &generous().require(second_factor::Requirement::RequiredForAll));
    let refused = world.verifier.disable(&required, &disable).await;
    assert!(
        matches!(refused, Err(Error::NotAllowed(NotAllowed::Required))),
        "a proof from before: {refused:?}"
    );
    let proof = world.proof(&required, phone, &Action::Replace(*first)).await;
    let enrollment = world.enroll(&required, Authority::StepUp(&proof)).await.unwrap();
    let _session =
        world.sign_in(&required, &phone.code_at(world.now())).await.expect("until the new one is proven");
    let new = world.confirmed(&required, &enrollment).await;
    assert_eq!(reason(world.sign_in(&required, &phone.code_at(world.now())).await), Reason::Wrong);
    let _session = world.sign_in(&required, &new.code_at(world.now())).await.unwrap();
    assert_eq!(world.verifier.status(&required, None).await.unwrap().authenticators().len(), 2);
}
