use super::*;

const TEXT: &str = "GEZDGNBVGY3TQOJQGEZDGNBVGY3TQOJQ";
const BYTES: &[u8] = b"12345678901234567890";

/// RFC 4648 §10. All are shorter than a secret may be, so it is the codec beneath that meets them.
const RFC_4648: [(&[u8], &str); 7] = [
    (b"", ""),
    (b"f", "MY======"),
    (b"fo", "MZXQ===="),
    (b"foo", "MZXW6==="),
    (b"foob", "MZXW6YQ="),
    (b"fooba", "MZXW6YTB"),
    (b"foobar", "MZXW6YTBOI======"),
];

fn read(typed: &str) -> Result<Vec<u8>, SecretError> {
    Secret::from_base32(typed).map(|secret| secret.expose().to_vec())
}

#[test]
fn the_vectors_of_rfc_4648() {
    for (bytes, text) in RFC_4648 {
        let unpadded = text.trim_end_matches('=');
        assert_eq!(*encode_base32(bytes), unpadded);
        assert_eq!(**decode_base32(text).unwrap(), *bytes);
        assert_eq!(**decode_base32(unpadded).unwrap(), *bytes);
        assert_eq!(**decode_base32(&text.to_lowercase()).unwrap(), *bytes);
    }
}

#[test]
fn every_length_reads_back_what_it_wrote() {
    for length in Secret::MIN_BYTES..=Secret::MAX_BYTES {
        let bytes: Vec<u8> = (0..length).map(|i| (i * 151 + length) as u8).collect();
        let secret = Secret::from_bytes(&bytes).unwrap();
        assert_eq!(secret.expose(), bytes);
        assert_eq!(read(&secret.to_base32()).unwrap(), bytes);
        assert_eq!(read(&secret.to_base32_groups()).unwrap(), bytes);
    }
}

#[test]
fn case_spaces_hyphens_and_marks_do_not_matter() {
    for typed in [
        TEXT,
        "gezdgnbvgy3tqojqgezdgnbvgy3tqojq",
        "GezD gNbV gy3t QojQ gEzd GnBv gY3T qOjQ",
        "GEZD-GNBV-GY3T-QOJQ-GEZD-GNBV-GY3T-QOJQ",
        "  GEZDGNBVGY3TQOJQ\r\n\tGEZDGNBVGY3TQOJQ\n",
        "GEZDGNBV\u{3000}GY3TQOJQ\u{a0}GEZDGNBV\u{2009}GY3TQOJQ",
        "\u{feff}GEZDGNBVGY3TQOJQ\u{200b}GEZDGNBV\u{2011}GY3TQOJQ",
    ] {
        assert_eq!(read(typed).unwrap(), BYTES);
    }
}

#[test]
fn padding_is_optional_and_belongs_to_the_end() {
    let padded = "GEZDGNBVGY3TQOJQGEZDGNBVGY======";
    assert_eq!(read(padded).unwrap(), &BYTES[..16]);
    assert_eq!(read(padded.trim_end_matches('=')).unwrap(), &BYTES[..16]);
    assert_eq!(read("GEZDGNBVGY3TQOJQGEZDGNBVGY = ==\n===").unwrap(), &BYTES[..16]);
    for misplaced in
        ["=GEZDGNBVGY3TQOJQGEZDGNBVGY", "GEZDGNBVGY3TQOJQ=GEZDGNBVGY", "GEZDGNBVGY3TQOJQGEZDGNBVG=Y"]
    {
        assert_eq!(read(misplaced), Err(SecretError::NotBase32));
    }
    assert_eq!(read("========"), Err(SecretError::TooShort));
}

#[test]
fn lengths_that_base32_never_has_are_incomplete() {
    let long = TEXT.repeat(2);
    for symbols in 27..=long.len() {
        let read = read(&long[..symbols]);
        match symbols % 8 {
            1 | 3 | 6 => assert_eq!(read, Err(SecretError::Incomplete), "{symbols}"),
            _ => assert_eq!(read.unwrap().len(), symbols * 5 / 8),
        }
    }
}

#[test]
fn stray_bits_after_the_last_byte_are_dropped() {
    let canonical = "GEZDGNBVGY3TQOJQGEZDGNBVGY";
    for last in "YZ234567".chars().filter(|c| *c != 'Y').take(3) {
        let drawn = format!("{}{last}", &canonical[..25]);
        let secret = Secret::from_base32(&drawn).unwrap();
        assert_eq!(*secret.to_base32(), canonical);
    }
    assert_eq!(**decode_base32("MZXX").unwrap(), *b"fo");
    assert_eq!(**decode_base32("MZXW7").unwrap(), *b"foo");
    assert_eq!(**decode_base32("MZXW6YR").unwrap(), *b"foob");
}

#[test]
fn look_alikes_and_other_scripts_are_refused() {
    for stranger in ['0', '1', '8', '9', '+', '/', '_', '.', 'é', 'Ａ', '２', 'ı', 'ſ', '\0', '🔑'] {
        let typed = format!("{stranger}{}", &TEXT[1..]);
        assert_eq!(read(&typed), Err(SecretError::NotBase32), "{stranger:?}");
    }
}

#[test]
fn a_separator_or_a_slip_is_seen_at_any_place() {
    for place in 0..=TEXT.len() {
        let with = |sign: char| format!("{}{sign}{}", &TEXT[..place], &TEXT[place..]);
        assert_eq!(read(&with('-')).unwrap(), BYTES, "{place}");
        assert_eq!(read(&with('\u{200b}')).unwrap(), BYTES, "{place}");
        assert_eq!(read(&with('1')), Err(SecretError::NotBase32), "{place}");
    }
}

#[test]
fn every_symbol_has_its_value_and_nothing_else_has_one() {
    let alphabet = "ABCDEFGHIJKLMNOPQRSTUVWXYZ234567";
    for symbol in 0..=u8::MAX {
        let place = alphabet.bytes().position(|known| known == symbol.to_ascii_uppercase());
        assert_eq!(value(symbol).map(usize::from), place, "{symbol}");
    }
}

#[test]
fn a_secret_has_16_to_128_bytes() {
    assert_eq!(Secret::from_bytes(&[]).unwrap_err(), SecretError::TooShort);
    assert_eq!(Secret::from_bytes(&[7; 15]).unwrap_err(), SecretError::TooShort);
    assert!(Secret::from_bytes(&[7; 16]).is_ok());
    assert!(Secret::from_bytes(&[7; 128]).is_ok());
    assert_eq!(Secret::from_bytes(&[7; 129]).unwrap_err(), SecretError::TooLong);
    assert_eq!(read(""), Err(SecretError::TooShort));
    assert_eq!(read("JBSWY3DPEHPK3PXP"), Err(SecretError::TooShort));
    assert_eq!(read(&"A".repeat(24)), Err(SecretError::TooShort));
    assert_eq!(read(&"A".repeat(26)).unwrap().len(), 16);
    assert_eq!(read(&"A".repeat(205)).unwrap().len(), 128);
    assert_eq!(read(&"A".repeat(207)), Err(SecretError::TooLong));
}

#[test]
fn p40_a_text_far_too_long_is_refused_unread() {
    assert_eq!(read(&" ".repeat(1025)), Err(SecretError::TooLong));
    assert_eq!(read(&"A".repeat(10_000_000)), Err(SecretError::TooLong));
    assert_eq!(read(&"0".repeat(1025)), Err(SecretError::TooLong));
}

#[test]
fn p33_generated_secrets_have_160_256_or_512_bits() {
    for (algorithm, bytes) in [(Algorithm::Sha1, 20), (Algorithm::Sha256, 32), (Algorithm::Sha512, 64)] {
        let [one, other] = [(); 2].map(|()| Secret::generate(algorithm).unwrap());
        assert_eq!((one.expose().len(), algorithm.secret_bytes()), (bytes, bytes));
        assert_ne!(one.expose(), other.expose());
    }
}

#[test]
fn p38_neither_debug_nor_errors_show_anything() {
    assert_eq!(format!("{:?}", Secret::from_bytes(BYTES).unwrap()), "Secret(..)");
    let error = read("GEZDGNBVGY3TQOJQ!GEZDGNBVGY3TQOJQ").unwrap_err();
    assert!(!format!("{error} {error:?}").contains("GEZD") && std::error::Error::source(&error).is_none());
}

/// The bits of what was taken, or why it was not.
fn bits(secret: Result<Secret, SecretError>) -> Result<u32, SecretError> {
    secret.map(|secret| secret.bits())
}

#[test]
fn p33_a_weak_legacy_secret_has_10_to_15_bytes_and_comes_in_by_its_name_only() {
    let bytes = [7; 129];
    for (length, ordinary, weak, stored) in [
        (0, Err(SecretError::TooShort), Err(SecretError::TooShort), Err(SecretError::TooShort)),
        (9, Err(SecretError::TooShort), Err(SecretError::TooShort), Err(SecretError::TooShort)),
        (10, Err(SecretError::TooShort), Ok(80), Ok(80)),
        (15, Err(SecretError::TooShort), Ok(120), Ok(120)),
        (16, Ok(128), Err(SecretError::NotWeak), Ok(128)),
        (128, Ok(1024), Err(SecretError::NotWeak), Ok(1024)),
        (129, Err(SecretError::TooLong), Err(SecretError::NotWeak), Err(SecretError::TooLong)),
    ] {
        let bytes = &bytes[..length];
        assert_eq!(bits(Secret::from_bytes(bytes)), ordinary, "{length}");
        assert_eq!(bits(Secret::from_weak_legacy_bytes(bytes)), weak, "{length}");
        assert_eq!(bits(Secret::from_stored(bytes)), stored, "{length}");
    }
}

#[test]
fn p33_base32_of_a_weak_legacy_secret_is_read_like_any_other() {
    for typed in ["JBSWY3DPEHPK3PXP", "jbsw y3dp-ehpk 3pxp", "JBSWY3DPEHPK3PXP====\n"] {
        let secret = Secret::from_weak_legacy_base32(typed).unwrap();
        assert_eq!((secret.expose(), secret.bits()), (&b"Hello!\xde\xad\xbe\xef"[..], 80));
        assert_eq!(*secret.to_base32(), "JBSWY3DPEHPK3PXP");
        assert_eq!(bits(Secret::from_base32(typed)), Err(SecretError::TooShort));
    }
    let read = |symbols| bits(Secret::from_weak_legacy_base32(&TEXT[..symbols]));
    assert_eq!(read(0), Err(SecretError::TooShort));
    assert_eq!(read(15), Err(SecretError::TooShort));
    assert_eq!(read(16), Ok(80));
    assert_eq!(read(17), Err(SecretError::Incomplete));
    assert_eq!(read(24), Ok(120));
    assert_eq!(read(25), Err(SecretError::Incomplete));
    assert_eq!(read(26), Err(SecretError::NotWeak));
    assert_eq!(bits(Secret::from_weak_legacy_base32("JBSWY3DPEHPK3PX0")), Err(SecretError::NotBase32));
    assert_eq!(bits(Secret::from_weak_legacy_base32(&"A".repeat(1025))), Err(SecretError::TooLong));
}

#[test]
fn p38_a_weak_legacy_secret_shows_as_little() {
    assert_eq!(format!("{:?}", Secret::from_weak_legacy_bytes(&[7; 10]).unwrap()), "Secret(..)");
}
