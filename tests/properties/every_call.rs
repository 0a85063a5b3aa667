//! P10, P20, P34, P36, P42: what goes wrong below is an error of every call, and nothing else. The calls of sign-in and set-up have
//! tests of their own; these are those of the settings and of the operator.

use std::time::Duration;

use second_factor::{
    Account, Action, Actor, AuthenticatorId, Channel, DeviceId, Import, Proof, Reset, StoredRecord, Token,
    Unavailable, Undelivered,
};

use crate::common::{
    Answer, World, answer,
    ceremonies::{Settled, generous},
    key, operator,
    store::{Counts, Fault},
    unavailable,
};

/// What the calls need that would succeed.
struct Owner {
    world: World,
    account: Account,
    browser: String,
    challenge: Token,
    disable: Proof,
    remove: Proof,
    regenerate: Proof,
    view: Proof,
    spend: Proof,
    code: String,
    second: AuthenticatorId,
    device: DeviceId,
}

const URI: &str = "otpauth://totp/Acme:ann?secret=GEZDGNBVGY3TQOJQGEZDGNBVGY3TQOJQ&issuer=Acme";

fn export() -> Action {
    Action::Host("export".into())
}

impl Owner {
    async fn new() -> Self {
        let world = World::with(generous());
        let Settled { account, phone, mut codes, .. } = world.settled("ann").await;
        let _tablet = world.add(&account, &phone).await;
        let browser = world.trusting(&account, &phone, "laptop").await;
        let status = world.verifier.status(&account, Some(&browser)).await.unwrap();
        let (second, device) = (status.authenticators()[1].id, status.devices()[0].id);
        Self {
            disable: world.proof(&account, &phone, &Action::Disable).await,
            remove: world.proof(&account, &phone, &Action::Remove(second)).await,
            regenerate: world.proof(&account, &phone, &Action::RegenerateBackupCodes).await,
            view: world.proof(&account, &phone, &Action::ViewBackupCodes).await,
            spend: world.proof(&account, &phone, &export()).await,
            challenge: world.challenge(&account).await,
            code: codes.swap_remove(0),
            world,
            account,
            browser,
            second,
            device,
        }
    }

    /// What each call of a user's settings answers, the most destructive one last: all of them succeed if nothing is wrong.
    async fn every_change(&self, account: &Account) -> Vec<(&'static str, Answer)> {
        let v = &self.world.verifier;
        let browser = Some(self.browser.as_str());
        vec![
            ("send", answer(v.send(account, &self.challenge, Channel::Email).await)),
            ("prove_saved", answer(v.prove_saved(account, &self.code).await)),
            ("rename_authenticator", v.rename_authenticator(account, self.second, "Tablet").await),
            ("rename_device", v.rename_device(account, self.device, "Desk").await),
            ("regenerate", answer(v.regenerate_backup_codes(account, &self.regenerate).await)),
            ("view", answer(v.view_backup_codes(account, &self.view).await)),
            ("spend", v.spend(account, &self.spend, &export()).await),
            ("remove", v.remove_authenticator(account, self.second, &self.remove).await),
            ("sign_out", v.sign_out(account, browser).await),
            ("revoke_device", v.revoke_device(account, self.device).await),
            ("revoke_devices", v.revoke_devices(account).await),
            ("disable", v.disable(account, &self.disable).await),
            ("sign_out_everywhere", answer(v.sign_out_everywhere(account).await)),
        ]
    }

    /// The same for the operator's.
    async fn every_operation(&self) -> Vec<(&'static str, Answer)> {
        let (v, user) = (&self.world.verifier, key("ann"));
        let reset =
            Reset::by(Actor::Operator("support".into()), "lost").with_ticket(Duration::from_secs(600));
        vec![
            ("deliver_pending", v.deliver_pending(&user).await),
            ("reseal", answer(v.reseal(&user).await)),
            ("import", v.import(&user, Import::from_uri(URI).unwrap(), &operator("migration")).await),
            ("after_restore", v.after_restore(&user, &operator("restore")).await),
            ("reset", answer(v.reset(&user, reset).await)),
            ("erase", v.erase(&user, Undelivered::Keep, &operator("support")).await),
        ]
    }

    /// All of them, for the account as it is.
    async fn every_call(&self) -> Vec<(&'static str, Answer)> {
        let mut all = self.every_change(&self.account).await;
        all.extend(self.every_operation().await);
        all
    }
}

/// The tests below show something only if the calls succeed otherwise.
#[tokio::test]
async fn every_call_succeeds_if_nothing_is_wrong() {
    for (call, result) in Owner::new().await.every_call().await {
        assert!(result.is_ok(), "{call}: {result:?}");
    }
}

#[tokio::test]
async fn p10_a_missing_row_of_a_known_user_is_an_error_in_every_change() {
    let owner = Owner::new().await;
    owner.world.store.force(&key("ann"), None);
    for (call, result) in owner.every_change(&owner.account.clone().known_enrolled(true)).await {
        assert!(matches!(unavailable(result), Unavailable::MissingRecord), "{call}");
    }
    assert!(owner.world.store.row(&key("ann")).is_none(), "and none is made");
}

#[tokio::test]
async fn p34_a_row_that_does_not_open_is_an_error_in_every_call_and_stays_as_it_is() {
    let owner = Owner::new().await;
    let row = owner.world.row("ann");
    for bytes in [Vec::new(), vec![0; 400], [row.sealed(), &[0]].concat()] {
        owner.world.store.force(&key("ann"), Some(StoredRecord::new(row.revision(), bytes.clone())));
        for (call, result) in owner.every_call().await {
            assert!(matches!(unavailable(result), Unavailable::Record), "{call}");
        }
        assert_eq!(owner.world.row("ann").sealed(), bytes);
    }
}

#[tokio::test]
async fn p36_a_row_under_a_removed_key_is_an_error_in_every_call_and_not_an_absence() {
    let owner = Owner::new().await;
    let row = owner.world.row("ann");
    let mut unknown = row.sealed().to_vec();
    unknown[2] ^= 1;
    owner.world.store.force(&key("ann"), Some(StoredRecord::new(row.revision(), unknown)));
    for (call, result) in owner.every_call().await {
        assert!(matches!(unavailable(result), Unavailable::UnknownKey), "{call}");
    }
}

#[tokio::test]
async fn p42_a_store_that_cannot_be_read_is_an_error_in_every_call() {
    let owner = Owner::new().await;
    owner.world.store.fail_loads(usize::MAX);
    for (call, result) in owner.every_call().await {
        assert!(matches!(unavailable(result), Unavailable::Store(_)), "{call}");
    }
}

#[tokio::test]
async fn p42_an_empty_stamp_is_an_error_in_every_change_and_costs_the_store_nothing() {
    let owner = Owner::new().await;
    let blank = Account::new(key("ann"), "", &generous());
    let (results, counts) = owner.world.store.counting(owner.every_change(&blank)).await;
    for (call, result) in results {
        assert!(matches!(unavailable(result), Unavailable::EmptyStamp), "{call}");
    }
    assert_eq!(counts, Counts::default());
}

/// Nothing has happened, nobody is told, and no proof is spent: the next call succeeds.
#[tokio::test]
async fn p20_p42_a_change_that_could_not_be_committed_has_not_happened() {
    let owner = Owner::new().await;
    let world = &owner.world;
    let (row, events) = (world.row("ann"), world.audit.lock().unwrap().len());
    let notices = world.outbox.notices().len();
    world.store.fail([Fault::ErrorBefore; 12]);
    for (call, result) in owner.every_change(&owner.account).await {
        if call == "sign_out" {
            assert!(result.is_ok(), "trust for days goes on, so nothing is to be written");
        } else {
            assert!(matches!(unavailable(result), Unavailable::Store(_)), "{call}");
        }
    }
    assert_eq!(world.store.faults_left(), 0, "one write each, of all the others");
    assert_eq!(world.row("ann").revision(), row.revision());
    assert_eq!(world.audit.lock().unwrap().len(), events);
    assert_eq!(world.outbox.notices().len(), notices);
    world.verifier.disable(&owner.account, &owner.disable).await.expect("the proof was not spent");
}
