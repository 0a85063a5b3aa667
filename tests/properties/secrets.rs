//! P12, P33, P37, P38: where a secret must not turn up.

use std::{collections::HashSet, fmt::Debug};

use data_encoding::{BASE64URL_NOPAD, HEXLOWER};
use second_factor::{
    Account, Action, Authority, Channel, FirstFactor, KeyRing, SignIn,
    primitives::{otpauth::OtpauthUri, secret::Secret},
    testing::Phone,
};

use crate::{
    common::{
        World,
        ceremonies::{generous, value},
        store::Fault,
    },
    needles::Needles,
};

/// Everything that came out of a whole life with a second factor, and every secret of it.
struct Life {
    needles: Needles,
    shown: Vec<(String, String)>,
    world: World,
}

impl Life {
    fn saw(&mut self, what: &str, value: &impl Debug) {
        self.shown.push((what.to_owned(), format!("{value:?} {value:#?}")));
    }

    fn failed<T: Debug>(&mut self, what: &str, result: second_factor::Result<T>) {
        let error = result.unwrap_err();
        let mut text = format!("{error:?} {error:#?} {error}");
        let mut source = std::error::Error::source(&error);
        while let Some(cause) = source {
            text.push_str(&format!(" {cause} {cause:?}"));
            source = cause.source();
        }
        self.shown.push((what.to_owned(), text));
    }

    async fn lived() -> Self {
        let mut life =
            Self { needles: Needles::default(), shown: Vec::new(), world: World::with(generous()) };
        let mut needles = Needles::default();
        let account = life.world.account("ann");
        let enrollment = life.world.enroll(&account, Authority::OpenSession).await.unwrap();
        life.saw("Enrollment", &enrollment);
        needles.text("the set-up token", enrollment.token().as_str());
        needles.bytes("the secret", secret(enrollment.uri()).expose());
        let phone = Phone::scan(enrollment.uri());
        life.saw("Phone", &phone);
        life.saw("OtpauthUri", &OtpauthUri::parse(enrollment.uri()).unwrap());
        life.saw("Secret", &secret(enrollment.uri()));
        let code = phone.code_at(life.world.now());
        needles.code(&code);
        let wrong = life.world.wrong(&[&phone]);
        let refused = life.world.verifier.confirm(&account, enrollment.token(), &wrong).await;
        life.failed("a wrong confirmation", refused);
        let enrolled = life.world.verifier.confirm(&account, enrollment.token(), &code).await.unwrap();
        life.saw("Enrolled", &enrolled);
        let codes = enrolled.backup_codes.as_ref().unwrap();
        codes.iter().for_each(|code| needles.backup_code("a backup code", code));
        needles.cookie(&value(enrolled.signed_in.cookie()));
        life.world.next_step();

        let code = phone.code_at(life.world.now());
        needles.code(&code);
        let begun = life.world.verifier.begin(&account, FirstFactor::Password, None).await.unwrap();
        life.saw("SignIn", &begun);
        let SignIn::Challenge(challenge) = begun else { panic!("a code is asked for") };
        let token = challenge.token().clone();
        needles.text("a challenge", token.as_str());
        needles.bytes("a challenge", &BASE64URL_NOPAD.decode(token.as_str().as_bytes()).unwrap()[30..]);
        life.saw("Token", &token);
        let refused = life.world.verifier.verify(&account, &token, &wrong, None).await;
        life.failed("a wrong code", refused);
        life.world.store.fail([Fault::ErrorBefore]);
        let unavailable = life.world.verifier.verify(&account, &token, &code, None).await;
        life.failed("a broken store", unavailable);
        let signed_in = life.world.verifier.verify(&account, &token, &code, None).await.unwrap();
        life.saw("SignedIn", &signed_in);
        let replayed = life.world.sign_in(&account, &code).await;
        life.failed("a replay", replayed);
        life.world.next_step();

        let code = phone.code_at(life.world.now());
        needles.code(&code);
        let proof = life.world.step_up(&account, &code).await.unwrap();
        life.saw("Proof", &proof);
        needles.text("a proof", proof.as_str());
        let second = life.world.enroll(&account, Authority::StepUp(&proof)).await.unwrap();
        needles.bytes("the second secret", secret(second.uri()).expose());
        needles.text("the stamp", "stamp-1");
        for key in life.world.keys.trim_start_matches("sfk1:").split(',') {
            let root = key.split_once('.').unwrap().1;
            needles.bytes("the key ring", &BASE64URL_NOPAD.decode(root.as_bytes()).unwrap());
        }
        life.went_on(&mut needles, &account, &phone, codes.iter().next().unwrap()).await;
        let status = life.world.verifier.status(&account, None).await.unwrap();
        life.saw("Status", &status);
        life.saw("Account", &account);
        let verifier = life.world.verifier.clone();
        life.saw("Verifier", &verifier);
        let ring = KeyRing::from_text(&life.world.keys).unwrap();
        life.saw("KeyRing", &ring);
        let broken = KeyRing::from_text(&life.world.keys.replace("sfk1", "sfk2")).unwrap_err();
        life.shown.push(("KeyRingError".into(), format!("{broken} {broken:?}")));
        let events = life.world.audit.lock().unwrap().clone();
        assert!(events.len() >= 8, "{events:?}");
        life.saw("events", &events);
        let notices = life.world.outbox.notices();
        life.saw("notices", &notices);
        life.needles = needles;
        life
    }

    /// A backup code, a trusted browser, a mailed code, codes that are shown again and new ones, a reset with its ticket.
    async fn went_on(&mut self, needles: &mut Needles, account: &Account, phone: &Phone, code: &str) {
        let reachable = account.clone().reachable_by(Channel::Email);
        self.world.next_step();
        let token = self.world.challenge(account).await;
        let spent = self.world.verifier.verify(account, &token, code, None).await.unwrap();
        self.saw("SignedIn", &spent);
        let refused = self.world.sign_in(account, code).await;
        self.failed("a spent backup code", refused);
        let browser = self.world.trusting(account, phone, "laptop").await;
        needles.cookie(&browser);
        let open = self.world.begin_in(account, Some(&browser)).await;
        self.saw("SignIn", &open);

        let token = self.world.challenge(&reachable).await;
        let sent = self.world.sent(&reachable, &token, Channel::Email).await;
        needles.code(&sent);
        let page = self.world.verifier.challenge(&reachable, &token).await.unwrap();
        self.saw("Challenge", &page);
        let wrong = self.world.other_than(&sent, &[phone]);
        let refused = self.world.verifier.verify(&reachable, &token, &wrong, None).await;
        self.failed("a wrong mailed code", refused);
        let signed_in = self.world.verifier.verify(&reachable, &token, &sent, None).await.unwrap();
        needles.cookie(&value(signed_in.cookie()));
        let cookie = signed_in.cookie().unwrap();
        self.saw("DeviceCookie", &cookie);

        for action in [Action::ViewBackupCodes, Action::RegenerateBackupCodes] {
            let proof = self.world.proof(account, phone, &action).await;
            let codes = if action == Action::ViewBackupCodes {
                self.world.verifier.view_backup_codes(account, &proof).await.unwrap()
            } else {
                self.world.verifier.regenerate_backup_codes(account, &proof).await.unwrap()
            };
            self.saw("BackupCodes", &codes);
            codes.iter().for_each(|code| needles.backup_code("a backup code", code));
        }
        let ticket = self.world.reset_with_ticket("bob", 600).await;
        needles.backup_code("a ticket", ticket.reveal());
        self.saw("Ticket", &ticket);
    }
}

fn secret(uri: &str) -> Secret {
    Secret::from_bytes(OtpauthUri::parse(uri).unwrap().secret().expose()).unwrap()
}

#[tokio::test]
async fn p12_nothing_that_reaches_the_store_holds_a_code_secret_token_or_key() {
    let life = Life::lived().await;
    let written = life.world.store.written();
    assert!(written.len() >= 7);
    for (user, row) in written {
        life.needles.assert_absent("the sealed bytes", row.sealed());
        life.needles.assert_absent("the revision", row.revision().as_bytes());
        life.needles.assert_absent("a stored row", format!("{row:?} {user:?}").as_bytes());
    }
}

#[tokio::test]
async fn p38_nothing_that_is_printed_holds_a_code_secret_token_or_key() {
    let life = Life::lived().await;
    for (what, text) in &life.shown {
        life.needles.assert_absent(what, text.as_bytes());
    }
}

/// The test above must be able to fail.
#[tokio::test]
#[should_panic(expected = "the secret in a log")]
async fn p38_the_canary_sings() {
    let life = Life::lived().await;
    let mut secret = Needles::default();
    secret.bytes("the secret", b"12345678901234567890");
    secret.assert_absent("a log", HEXLOWER.encode(b"..12345678901234567890").as_bytes());
    life.needles.assert_absent("nothing", b"");
}

#[tokio::test]
async fn p12_two_users_who_did_the_same_have_rows_without_a_common_byte_string() {
    let world = World::new();
    for user in ["ann", "bob"] {
        let _phone = world.enrolled(user).await;
    }
    let [ann, bob] = ["ann", "bob"].map(|user| world.row(user).sealed().to_vec());
    assert_eq!(ann.len(), bob.len(), "nor does the length tell them apart");
    let parts: HashSet<_> = ann[6..].windows(6).collect();
    assert!(!bob[6..].windows(6).any(|part| parts.contains(part)));
}

#[tokio::test]
async fn p12_the_length_of_a_row_does_not_tell_of_a_few_wrong_codes() {
    let world = World::new();
    let (account, phone) = (world.account("ann"), world.enrolled("ann").await);
    let before = world.row("ann").sealed().len();
    world.guess(&account, &phone, 3).await;
    assert_eq!(world.row("ann").sealed().len(), before);
    assert!((before - 46).is_multiple_of(256), "whole blocks below the seal: {before}");
}

#[tokio::test]
async fn p33_every_generated_secret_has_160_bits_and_none_comes_twice() {
    let world = World::new();
    let mut seen = HashSet::new();
    for _ in 0..500 {
        let enrollment = world.enroll(&world.account("ann"), Authority::OpenSession).await.unwrap();
        let secret = secret(enrollment.uri());
        assert_eq!(secret.expose().len(), 20);
        assert_eq!(enrollment.key_to_type().replace(' ', "").len(), 32, "and no bit is lost on the way");
        assert!(seen.insert(secret.expose().to_vec()));
    }
    let ones: u32 = seen.iter().flatten().map(|byte| byte.count_ones()).sum();
    assert!((38_000..42_000).contains(&ones), "80,000 bits, half of them set: {ones}");
}

#[tokio::test]
async fn p33_imported_secrets_below_128_bits_are_refused() {
    assert!(Secret::from_bytes(&[7; 15]).is_err());
    assert!(Secret::from_bytes(&[7; 16]).is_ok());
}

#[tokio::test]
async fn p37_no_nonce_and_no_revision_comes_twice() {
    let world = World::new();
    let (mut nonces, mut revisions) = (HashSet::new(), HashSet::new());
    for user in ["ann", "bob"] {
        for _ in 0..1_000 {
            let enrollment = world.enroll(&world.account(user), Authority::OpenSession).await.unwrap();
            let token = BASE64URL_NOPAD.decode(enrollment.token().as_str().as_bytes()).unwrap();
            assert!(nonces.insert(token[6..30].to_vec()));
        }
    }
    for (_, row) in world.store.written() {
        assert!(nonces.insert(row.sealed()[6..30].to_vec()));
        assert!(revisions.insert(*row.revision().as_bytes()));
    }
    assert_eq!((nonces.len(), revisions.len()), (4_000, 2_000));
}

#[tokio::test]
async fn p37_a_round_that_conflicted_is_sealed_afresh() {
    let world = World::new();
    let (account, phone) = (world.account("ann"), world.enrolled("ann").await);
    world.store.fail([Fault::ConflictAfter]);
    let _outcome = world.sign_in(&account, &phone.code_at(world.now())).await;
    let written = world.store.written();
    let [.., first, second] = &written[..] else { panic!("two writes") };
    assert_ne!(first.1.sealed()[6..30], second.1.sealed()[6..30]);
    assert_ne!(first.1.revision(), second.1.revision());
}
