//! P11, P12, P38: every ceremony once, and then a search for every secret in everything that came out.

mod ceremonies;
mod life;
mod search;

use std::{collections::HashSet, time::Duration};

use second_factor::{
    Account, Channel, Factor, FirstFactor, Import, KeyRing, MemoryStore, OneTimeCodes, Outbox, Policy,
    Requirement, SignIn, Trust, TrustDays, UserKey, Verifier,
    primitives::{code::Code, secret::Secret, totp::Totp},
    testing::Phone,
};

use self::{
    ceremonies::{failures, operate, set_up, settings, sign_in},
    life::Life,
};

const STAMP: &str = "stamp-7f3a91c2d4e85b60-2025-10-09";

fn policy() -> Policy {
    Policy::new(Requirement::Optional)
        .allow(Factor::OneTimeCode(Channel::Email))
        .allow(Factor::OneTimeCode(Channel::Sms))
        .one_time_codes(OneTimeCodes::Always)
        .trusted_devices(Trust::Days(TrustDays::DEFAULT))
        .viewable_backup_codes(true)
}

fn account(user: &str) -> Account {
    Account::new(UserKey::new("acme", user), STAMP, &policy())
        .reachable_by(Channel::Email)
        .reachable_by(Channel::Sms)
}

#[tokio::test]
async fn p12_p38_no_secret_comes_out_in_any_encoding() {
    let mut life = Life::new(account("ann"), STAMP);
    life.saw("Verifier", &life.verifier.clone());
    life.saw("Account", &life.account.clone());
    let (phone, codes) = set_up(&mut life).await;
    sign_in(&mut life, &phone, &codes).await;
    settings(&mut life, &phone).await;
    operate(&mut life).await;
    failures(&mut life).await;

    for kind in [
        "a TOTP secret",
        "a backup code",
        "a device cookie",
        "a token",
        "a proof",
        "a key of the ring",
        "a stamp",
        "digits",
        "a ticket",
    ] {
        assert!(life.search.kinds().contains(kind), "{kind} was never drawn");
    }
    let mut searched = 0;
    for (what, text) in &life.shown {
        assert_eq!(life.search.find_in_text(text), [""; 0], "in {what}: {text}");
        searched += text.len();
    }
    for (user, row) in life.store.written() {
        assert_eq!(life.search.find(row.sealed()), [""; 0], "in a record");
        let looks = format!("{user:?} {row:?} {:?} {:?}", row.summary(), row.revision());
        assert_eq!(life.search.find_in_text(&looks), [""; 0], "in {looks}");
        searched += row.sealed().len();
    }
    for event in life.events.lock().unwrap().iter() {
        let looks = format!("{event:?} {event:#?} {}", serde_json::to_string(event).unwrap());
        assert_eq!(life.search.find_in_text(&looks), [""; 0], "in {looks}");
    }
    for notice in life.post.notices.lock().unwrap().iter() {
        let looks = format!("{notice:?} {:032x} {}", notice.id(), notice.id());
        assert_eq!(life.search.find_in_text(&looks), [""; 0], "in {looks}");
    }
    for looks in life.post.looks.lock().unwrap().iter() {
        assert_eq!(life.search.find_in_text(looks), [""; 0], "in {looks}");
    }
    println!("{} things that were shown, {searched} bytes", life.shown.len());
    assert!(life.events.lock().unwrap().len() > 20 && life.store.written().len() > 40);
}

/// What a test or an example may print all the same.
#[tokio::test]
async fn p38_no_tool_shows_a_code_when_it_is_printed() {
    let outbox = Outbox::new();
    let verifier = Verifier::builder(MemoryStore::new(), outbox.clone(), KeyRing::generate().unwrap())
        .issuer("Acme")
        .build()
        .unwrap();
    let policy = Policy::new(Requirement::RequiredForAll).allow(Factor::OneTimeCode(Channel::Email));
    let account = Account::new(UserKey::new("acme", "ann"), STAMP, &policy).reachable_by(Channel::Email);
    let SignIn::Challenge(asked) = verifier.begin(&account, FirstFactor::Password, None).await.unwrap()
    else {
        panic!("a code is asked for")
    };
    drop(verifier.send(&account, asked.token(), Channel::Email).await.unwrap());
    let mut search = search::Search::default();
    let code = outbox.last_code(account.user(), Channel::Email).unwrap();
    search.digits(&code);
    assert_eq!(search.find_in_text(&format!("{outbox:?} {outbox:#?}")), [""; 0], "an outbox");
    let code = Code::read(&code).unwrap();
    assert_eq!(search.find_in_text(&format!("{code:?} {code:#?}")), [""; 0], "a code");
    let secret = Secret::from_bytes(b"twenty bytes of mine").unwrap();
    search.secret("a secret", secret.expose());
    let key = Totp::default().key(&secret);
    assert_eq!(search.find_in_text(&format!("{secret:?} {key:?} {key:#?}")), [""; 0], "a key");
}

/// Two users with the same app, the same stamp, the same code at the same second.
#[tokio::test]
async fn p12_equal_secrets_and_codes_of_two_users_share_no_bytes() {
    let mut life = Life::new(account("ann"), STAMP);
    let uri = "otpauth://totp/Old:ann?secret=NB2HI4B2F4XWK6DBNVYGYZJOMNXW2L3U&issuer=Old";
    let phone = Phone::scan(uri);
    for user in ["ann", "ben"] {
        let import = Import::from_uri(uri).unwrap();
        life.verifier
            .import(account(user).user(), import, &crate::common::operator("migration"))
            .await
            .unwrap();
    }
    life.clock.advance(Duration::from_secs(300));
    for user in ["ann", "ben"] {
        life.account = account(user);
        let (token, code) = (life.challenge(None).await, life.code(&phone));
        life.verifier.verify(&life.account, &token, &code, Some("Firefox")).await.map(drop).unwrap();
    }
    let written = life.store.written();
    assert!(written.len() >= 4);
    // Format, algorithm and key id stand in front of each.
    let parts: Vec<HashSet<&[u8]>> =
        written.iter().map(|(_, row)| row.sealed()[6..].windows(8).collect()).collect();
    for (at, one) in parts.iter().enumerate() {
        for other in &parts[at + 1..] {
            assert!(one.is_disjoint(other), "two writes share eight bytes");
        }
    }
    let lengths: HashSet<_> = written.iter().map(|(_, row)| row.sealed().len() % 256).collect();
    assert_eq!(lengths.len(), 1, "whole blocks, whatever is in them");
}
