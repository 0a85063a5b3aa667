use super::*;
use crate::primitives::{code::Digits, time::StepSize};

const SECRET: &[u8] = b"12345678901234567890";
const TEXT: &str = "GEZDGNBVGY3TQOJQGEZDGNBVGY3TQOJQ";

fn uri(issuer: &str, account: &str) -> Result<OtpauthUri, OtpauthError> {
    OtpauthUri::new(issuer, account, Secret::from_bytes(SECRET).unwrap())
}

fn assert_same(one: &OtpauthUri, other: &OtpauthUri) {
    assert_eq!((one.issuer(), one.account()), (other.issuer(), other.account()));
    assert_eq!(one.secret().expose(), other.secret().expose());
    assert_eq!(one.totp(), other.totp());
}

#[test]
fn everything_is_written_even_if_it_is_the_default() {
    assert_eq!(
        *uri("Example", "alice").unwrap().to_uri(),
        format!(
            "otpauth://totp/Example:alice?secret={TEXT}&issuer=Example&algorithm=SHA1&digits=6&period=30"
        )
    );
    let totp = Totp::new()
        .with_algorithm(Algorithm::Sha512)
        .with_digits(Digits::Eight)
        .with_step(StepSize::from_seconds(60).unwrap());
    let other = uri("Example", "alice").unwrap().with_totp(totp).unwrap();
    assert!(other.to_uri().ends_with("&issuer=Example&algorithm=SHA512&digits=8&period=60"));
}

#[test]
fn names_are_percent_encoded_down_to_the_unreserved_characters() {
    let written = uri("a-b.c_d~e", "é+ /?#&=%@\"'<>☃").unwrap().to_uri();
    assert!(written.starts_with(
        "otpauth://totp/a-b.c_d~e:%C3%A9%2B%20%2F%3F%23%26%3D%25%40%22%27%3C%3E%E2%98%83?secret="
    ));
}

#[test]
fn steps_that_are_not_counted_from_the_epoch_cannot_be_written() {
    let totp = Totp::new().with_t0(UnixTime::from_seconds(1));
    let refused = uri("Example", "alice").unwrap().with_totp(totp).unwrap_err();
    assert_eq!(refused, OtpauthError::Unsupported("t0"));
}

#[test]
fn names_that_cannot_be_read_back_are_refused() {
    for bad in ["", "  ", "\u{3000}", "a:b", ":", "a\nb", "a\0b", "a\u{7f}b", "a\u{85}b", "\ta", "a\n"] {
        assert_eq!(uri(bad, "alice").unwrap_err(), OtpauthError::Issuer, "{bad:?}");
        assert_eq!(uri("Example", bad).unwrap_err(), OtpauthError::Account, "{bad:?}");
    }
    assert!(uri(&"i".repeat(128), &"a".repeat(320)).is_ok());
    assert_eq!(uri(&"i".repeat(129), "a").unwrap_err(), OtpauthError::Issuer);
    assert_eq!(uri("i", &"a".repeat(321)).unwrap_err(), OtpauthError::Account);
    let trimmed = uri(" Example ", "\u{3000}alice\u{a0}").unwrap();
    assert_eq!((trimmed.issuer(), trimmed.account()), ("Example", "alice"));
}

#[test]
fn the_longest_uri_that_can_be_written_can_be_read() {
    let secret = Secret::from_bytes(&[0xff; Secret::MAX_BYTES]).unwrap();
    let totp = Totp::new().with_algorithm(Algorithm::Sha512).with_step(StepSize::from_seconds(3600).unwrap());
    let longest =
        OtpauthUri::new(&"🦀".repeat(32), &"/".repeat(320), secret).unwrap().with_totp(totp).unwrap();
    assert_eq!(longest.to_uri().len(), 2003);
    assert_same(&OtpauthUri::parse(&longest.to_uri()).unwrap(), &longest);
}

/// SplitMix64: the same cases in every run.
struct Cases(u64);

impl Cases {
    fn next(&mut self, below: usize) -> usize {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mixed = (self.0 ^ (self.0 >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        let mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        ((mixed ^ (mixed >> 31)) % below as u64) as usize
    }

    fn name(&mut self, max_pieces: usize) -> String {
        const PIECES: &[&str] = &[
            "a",
            "Z",
            "0",
            "é",
            "漢",
            "🔐",
            "👨‍👩‍👧",
            "%",
            "%3A",
            "%00",
            "&",
            "&issuer=",
            "?",
            "/",
            "#",
            "=",
            "+",
            " ",
            "\"",
            "'",
            "<",
            ">",
            "\\",
            "`",
            "{",
            "|",
            ";",
            ",",
            "@",
            "שלום",
            "مرحبا",
            "\u{202e}",
            "\u{feff}",
            "-._~",
        ];
        (0..=self.next(max_pieces)).map(|_| PIECES[self.next(PIECES.len())]).collect()
    }

    fn secret(&mut self) -> Secret {
        let length = 16 + self.next(113);
        Secret::from_bytes(&(0..length).map(|_| self.next(256) as u8).collect::<Vec<_>>()).unwrap()
    }
}

#[test]
fn whatever_is_written_reads_back_the_same() {
    let mut cases = Cases(6238);
    let mut written = 0;
    while written < 600 {
        let (issuer, account) = (cases.name(6), cases.name(14));
        let Ok(uri) = OtpauthUri::new(&issuer, &account, cases.secret()) else {
            assert!(issuer.trim().is_empty() || account.trim().is_empty());
            continue;
        };
        let totp = Totp::new()
            .with_algorithm(ALGORITHMS[cases.next(3)])
            .with_digits(Digits::new(6 + cases.next(3) as u8).unwrap())
            .with_step(StepSize::from_seconds(1 + cases.next(3600) as u16).unwrap());
        let uri = uri.with_totp(totp).unwrap();
        let text = uri.to_uri();
        assert!(text.len() <= OtpauthUri::MAX_BYTES);
        assert!(text.bytes().all(|byte| byte.is_ascii_graphic() && !b"\"'<>+#".contains(&byte)));
        let read = OtpauthUri::parse(&text).unwrap();
        assert_same(&read, &uri);
        assert_eq!(*read.to_uri(), *text);
        written += 1;
    }
}

#[test]
fn p40_no_damage_to_a_uri_makes_it_panic() {
    let mut cases = Cases(3986);
    let whole = uri("Ex ample", "al/ice").unwrap().to_uri();
    for _ in 0..20_000 {
        let mut damaged: Vec<char> = whole.chars().collect();
        for _ in 0..=cases.next(3) {
            let place = cases.next(damaged.len());
            match cases.next(3) {
                0 if damaged.len() > 1 => drop(damaged.remove(place)),
                1 => damaged.insert(place, ['%', '&', '=', ':', '/', '?', 'é', '\0'][cases.next(8)]),
                _ => damaged.truncate(place + 1),
            }
        }
        if let Ok(read) = OtpauthUri::parse(&damaged.into_iter().collect::<String>()) {
            assert_same(&OtpauthUri::parse(&read.to_uri()).unwrap(), &read);
        }
    }
}

#[test]
fn p38_debug_shows_neither_secret_nor_account() {
    let debug = format!("{:?}", uri("Example", "alice@example.com").unwrap());
    assert!(debug.contains("Example") && !debug.contains("alice") && !debug.contains("GEZD"), "{debug}");
}

#[test]
fn errors_travel() {
    fn travels<T: std::error::Error + Send + Sync + 'static>() {}
    travels::<OtpauthError>();
    travels::<SecretError>();
    travels::<crate::primitives::code::Malformed>();
}
