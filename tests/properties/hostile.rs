//! P40: whatever is brought, nothing panics, loops or is written.

use data_encoding::BASE64URL_NOPAD;
use second_factor::{
    Account, Authority, Error, NewAuthenticator, NotAllowed, Proof, Reason, Token, Unavailable, UnixTime,
    UserKey,
};

use crate::common::{World, answer, reason};

/// Texts that somebody might send instead of a code, a token or a name.
fn hostile_texts() -> Vec<String> {
    let mut texts: Vec<String> =
        ["", " ", "\0", "\0\0\0\0\0\0", "12345", "123456789", "-1", "+123456", "1e5000", "0x1234"]
            .map(String::from)
            .to_vec();
    texts.extend(
        [
            "NaN",
            "12345\u{301}",
            "１２３４５",
            "१२३४५",
            "𝟙𝟚𝟛𝟜𝟝",
            "²³¹²³¹",
            "①②③④⑤⑥",
            "½½½½½½",
            "Ⅷ",
            "一二三四五六",
        ]
        .map(String::from),
    );
    texts.extend(
        ["%00", "${jndi:x}", "'; --", "../../etc", "\u{202e}123", "\u{feff}", "\r\n\r\n", "{}", "sfk1:"]
            .map(String::from),
    );
    for length in [127, 128, 129, 1_000, 16 * 1024, 16 * 1024 + 1, 1 << 20] {
        for filler in ["a", "9", "A", "\u{0}", "\u{200b}", "\u{1d7ce}", "-"] {
            texts.push(filler.repeat(length));
        }
    }
    texts
}

#[tokio::test]
async fn p40_hostile_codes_and_tokens_are_refused_without_a_write() {
    let world = World::new();
    let (account, phone) = (world.account("ann"), world.enrolled("ann").await);
    let tokens = world.tokens(&account, &phone).await;
    let row = world.row("ann");
    let verifier = &world.verifier;
    for text in hostile_texts() {
        for result in [
            answer(verifier.verify(&account, &tokens.challenge, &text, None).await),
            answer(verifier.step_up(&account, &tokens.step_up, &text).await),
            answer(verifier.confirm(&account, &tokens.enrollment, &text).await),
        ] {
            assert_eq!(reason(result), Reason::Malformed, "{:?}", text.chars().take(20).collect::<String>());
        }
        let (token, proof) = (Token::from(text.clone()), Proof::from(text));
        let new = NewAuthenticator::new("ann");
        for result in [
            verifier.claimed_user(&token).map(drop),
            answer(verifier.challenge(&account, &token).await),
            answer(verifier.verify(&account, &token, "123456", None).await),
            answer(verifier.step_up(&account, &token, "123456").await),
            answer(verifier.enrollment(&account, &token).await),
            answer(verifier.confirm(&account, &token, "123456").await),
            answer(verifier.enroll(&account, Authority::SignIn(&token), &new).await),
            answer(verifier.enroll(&account, Authority::StepUp(&proof), &new).await),
        ] {
            assert_eq!(reason(result), Reason::InvalidToken);
        }
    }
    assert_eq!(world.row("ann").revision(), row.revision());
}

#[tokio::test]
async fn p40_every_character_of_unicode_is_read_or_refused() {
    let world = World::new();
    let (account, phone) = (world.account("ann"), world.enrolled("ann").await);
    let token = world.challenge(&account).await;
    let all: Vec<char> = ('\0'..=char::MAX).filter(|character| !character.is_numeric()).collect();
    for some in all.chunks(24) {
        let text: String = some.iter().collect();
        assert_eq!(reason(world.verifier.verify(&account, &token, &text, None).await), Reason::Malformed);
    }
    let pasted = format!("\u{feff} {}\u{200b}\r\n", phone.code_at(world.now()));
    let _session = world.verifier.verify(&account, &token, &pasted, None).await.unwrap();
}

#[tokio::test]
async fn p40_a_token_with_any_bit_flipped_or_any_byte_missing_is_no_token() {
    let world = World::new();
    let (account, phone) = (world.account("ann"), world.enrolled("ann").await);
    let token = world.challenge(&account).await;
    let bytes = BASE64URL_NOPAD.decode(token.as_str().as_bytes()).unwrap();
    for bit in 0..bytes.len() * 8 {
        let mut flipped = bytes.clone();
        flipped[bit / 8] ^= 1 << (bit % 8);
        let flipped = Token::from(BASE64URL_NOPAD.encode(&flipped));
        assert_eq!(
            reason(world.verifier.challenge(&account, &flipped).await),
            Reason::InvalidToken,
            "bit {bit}"
        );
    }
    for length in 0..bytes.len() {
        let cut = Token::from(BASE64URL_NOPAD.encode(&bytes[..length]));
        assert_eq!(
            reason(world.verifier.challenge(&account, &cut).await),
            Reason::InvalidToken,
            "{length} bytes"
        );
    }
    for respelt in
        [format!("{}=", token.as_str()), format!(" {}", token.as_str()), token.as_str().to_lowercase()]
    {
        assert_eq!(reason(world.verifier.challenge(&account, &respelt.into()).await), Reason::InvalidToken);
    }
    // A row is no token, whatever it is encoded as: each purpose has a key of its own.
    let row = Token::from(BASE64URL_NOPAD.encode(world.row("ann").sealed()));
    assert_eq!(reason(world.verifier.challenge(&account, &row).await), Reason::InvalidToken);
    let _session = world.verifier.verify(&account, &token, &phone.code_at(world.now()), None).await.unwrap();
}

#[tokio::test]
async fn p40_hostile_names_and_labels_are_refused_or_kept_as_they_are() {
    let world = World::new();
    for (turn, text) in hostile_texts().into_iter().enumerate() {
        let account = world.account(&format!("user-{turn}"));
        let named = NewAuthenticator::new("ann").named(&text);
        match world.verifier.enroll(&account, Authority::OpenSession, &named).await {
            Ok(enrollment) => {
                let _phone = world.confirmed(&account, &enrollment).await;
                let status = world.verifier.status(&account, None).await.unwrap();
                assert_eq!(status.authenticators()[0].name, text.trim());
            }
            Err(Error::NotAllowed(NotAllowed::InvalidName)) => {}
            Err(other) => panic!("{other:?}"),
        }
        let labelled = NewAuthenticator::new(&text);
        match world.verifier.enroll(&world.account("label"), Authority::OpenSession, &labelled).await {
            Ok(enrollment) => drop(second_factor::testing::Phone::scan(enrollment.uri())),
            Err(Error::NotAllowed(NotAllowed::InvalidLabel)) => {}
            Err(other) => panic!("{other:?}"),
        }
    }
}

#[tokio::test]
async fn p40_hostile_user_ids_are_users_like_any_other() {
    let world = World::new();
    for (turn, text) in hostile_texts().into_iter().enumerate().filter(|(_, text)| text.len() < 1_000) {
        let account = Account::new(
            UserKey::new(text.clone(), format!("{turn}{text}")),
            text.clone() + "s",
            &world.policy,
        );
        let enrollment = world.enroll(&account, Authority::OpenSession).await.unwrap();
        let phone = world.confirmed(&account, &enrollment).await;
        let token = world.challenge(&account).await;
        assert_eq!(world.verifier.claimed_user(&token).unwrap(), *account.user());
        let _session =
            world.verifier.verify(&account, &token, &phone.code_at(world.now()), None).await.unwrap();
    }
}

#[tokio::test]
async fn p40_the_ends_of_time_are_survived() {
    for moment in [0, 1, 29, 30, 59, 60, u64::MAX / 2, u64::MAX - 1_000_000] {
        let world = World::new();
        world.clock.set(UnixTime::from_seconds(moment));
        let (account, phone) = (world.account("ann"), world.enrolled("ann").await);
        world.guess(&account, &phone, 6).await;
        world.pass(30);
        let _session = world.sign_in(&account, &phone.code_at(world.now())).await.unwrap();
        world.clock.set(UnixTime::from_seconds(u64::MAX));
        assert!(world.sign_in(&account, &phone.code_at(world.now())).await.is_err());
        world.clock.set(UnixTime::EPOCH);
        assert!(world.sign_in(&account, &phone.code_at(world.now())).await.is_err());
    }
}

/// A token that is handed out is one that is read when it comes back: ids that would not fit into one are refused at once.
#[tokio::test]
async fn p40_ids_have_1024_bytes_and_not_one_more() {
    let world = World::new();
    for (tenant, user, fits) in
        [(1024, 1024, true), (1025, 1, false), (1, 1025, false), (13_000, 13_000, false)]
    {
        let key = UserKey::new("t".repeat(tenant), "u".repeat(user));
        let account = Account::new(key, "stamp-1", &world.policy);
        match world.enroll(&account, Authority::OpenSession).await {
            Ok(enrollment) => {
                assert!(fits, "{tenant} {user}");
                assert!(enrollment.token().as_str().len() < 4_000, "it fits into a cookie");
                let phone = world.confirmed(&account, &enrollment).await;
                let _session = world.sign_in(&account, &phone.code_at(world.now().plus(30))).await.unwrap();
            }
            Err(Error::Unavailable(Unavailable::LongId)) => assert!(!fits, "{tenant} {user}"),
            Err(other) => panic!("{other:?}"),
        }
    }
}

/// White space around a label costs nothing: it must not fill the record, or sign-ins would fail once there is no room for them.
#[tokio::test]
async fn p40_a_padded_label_is_kept_without_its_padding() {
    let world = World::new();
    let account = world.account("ann");
    let padded = format!("{0}ann@example.com{0}", " ".repeat(100_000));
    let new = NewAuthenticator::new(&padded).named(&padded);
    let enrollment = world.verifier.enroll(&account, Authority::OpenSession, &new).await.unwrap();
    assert!(enrollment.uri().contains(":ann%40example.com?"));
    assert!(world.row("ann").sealed().len() < 2_000);
    let long = NewAuthenticator::new(&"x".repeat(321));
    let refused = world.verifier.enroll(&account, Authority::OpenSession, &long).await;
    assert!(matches!(refused, Err(Error::NotAllowed(NotAllowed::InvalidLabel))), "{refused:?}");
    let fits = NewAuthenticator::new(&"x".repeat(320)).named(&"\u{10FFFF}".repeat(64));
    assert_eq!(fits.check(), Ok(()));
    assert_eq!(fits.named(&"x".repeat(65)).check(), Err(NotAllowed::InvalidName));
}

#[test]
fn p38_the_address_of_a_new_authenticator_is_not_printed() {
    let new = NewAuthenticator::new("ann@example.com").named("Phone");
    assert_eq!(format!("{new:?}"), r#"NewAuthenticator { name: "Phone", .. }"#);
}
