use super::*;

const CONTEXT: [&[u8]; 3] = [b"acme", b"42", &[7; 16]];

fn ring() -> KeyRing {
    KeyRing::generate().unwrap()
}

#[test]
fn opens_what_it_sealed_and_nothing_else() {
    let ring = ring();
    let sealed = ring.seal(Purpose::Record, &CONTEXT, plain(b"plain")).unwrap();
    assert_eq!(sealed.len(), 5 + OVERHEAD);
    assert_eq!(&*ring.open(Purpose::Record, &CONTEXT, &sealed).unwrap(), b"plain");
    assert_eq!(ring.open(Purpose::Token, &CONTEXT, &sealed).unwrap_err(), OpenError::Unreadable);
    assert_eq!(
        ring.open(Purpose::Record, &[b"acme", b"43", &[7; 16]], &sealed).unwrap_err(),
        OpenError::Unreadable
    );
    assert_eq!(ring.open(Purpose::Record, &CONTEXT[..2], &sealed).unwrap_err(), OpenError::Unreadable);
}

#[test]
fn p34_any_flip_truncation_or_growth_is_an_error() {
    let ring = ring();
    let sealed = ring.seal(Purpose::Record, &CONTEXT, plain(b"some plain text")).unwrap();
    for bit in 0..sealed.len() * 8 {
        let mut flipped = sealed.clone();
        flipped[bit / 8] ^= 1 << (bit % 8);
        assert!(ring.open(Purpose::Record, &CONTEXT, &flipped).is_err(), "bit {bit}");
    }
    for length in 0..sealed.len() {
        assert!(ring.open(Purpose::Record, &CONTEXT, &sealed[..length]).is_err(), "length {length}");
    }
    let mut longer = sealed.clone();
    longer.push(0);
    assert!(ring.open(Purpose::Record, &CONTEXT, &longer).is_err());
}

#[test]
fn p34_splicing_two_sealed_texts_is_an_error() {
    let ring = ring();
    let one = ring.seal(Purpose::Record, &CONTEXT, plain(b"the first text")).unwrap();
    let two = ring.seal(Purpose::Record, &CONTEXT, plain(b"another  text.")).unwrap();
    for cut in 1..one.len() {
        let spliced = [&one[..cut], &two[cut..]].concat();
        let same = spliced == one || spliced == two;
        assert!(same || ring.open(Purpose::Record, &CONTEXT, &spliced).is_err(), "cut at {cut}");
    }
}

#[test]
fn p35_the_associated_data_is_injective() {
    let join = |parts: &[&[u8]]| injective(parts.iter());
    let lists: [&[&[u8]]; 9] = [
        &[],
        &[b""],
        &[b"", b""],
        &[b"a", b"bc"],
        &[b"ab", b"c"],
        &[b"abc"],
        &[b"abc", b""],
        &[b"", b"abc"],
        &[b"a", b"\0\0\0\0\0\0\0\x02bc"],
    ];
    for (i, one) in lists.iter().enumerate() {
        for (j, other) in lists.iter().enumerate() {
            assert_eq!(join(one) == join(other), i == j, "{one:?} and {other:?}");
        }
    }
    // It can be read back, which is what injective means.
    let parts: [&[u8]; 4] = [b"tenant", b"", b"\0\xff", b"user"];
    let mut joined = join(&parts);
    for part in parts {
        let length = u64::from_be_bytes(joined[..8].try_into().unwrap()) as usize;
        assert_eq!(&joined[8..8 + length], part);
        joined.drain(..8 + length);
    }
    assert!(joined.is_empty());
}

#[test]
fn p36_after_rotation_the_old_opens_and_the_new_is_under_the_primary() {
    let ring = ring();
    let old = ring.seal(Purpose::Record, &CONTEXT, plain(b"old")).unwrap();
    let ring = ring.rotate().unwrap();
    let new = ring.seal(Purpose::Record, &CONTEXT, plain(b"new")).unwrap();
    assert_ne!(old[2..6], new[2..6], "another key id");
    assert_eq!(&*ring.open(Purpose::Record, &CONTEXT, &old).unwrap(), b"old");
    assert_eq!(&*ring.open(Purpose::Record, &CONTEXT, &new).unwrap(), b"new");

    let ring = KeyRing::from_text(&ring.to_text()).unwrap().retire();
    assert_eq!(&*ring.open(Purpose::Record, &CONTEXT, &new).unwrap(), b"new");
    assert_eq!(ring.open(Purpose::Record, &CONTEXT, &old).unwrap_err(), OpenError::UnknownKey);
}

#[test]
fn p36_where_several_servers_share_records_none_seals_what_another_cannot_open() {
    let text = ring().to_text();
    let ring = || KeyRing::from_text(&text).unwrap();
    let added = ring().add().unwrap().to_text();
    let with_new_key = || KeyRing::from_text(&added).unwrap();
    let promoted = || with_new_key().promote();

    // First all get the added key, one after the other; then all the promoted one.
    let opens = |by: &KeyRing, sealed_by: &KeyRing| {
        by.open(Purpose::Record, &CONTEXT, &sealed_by.seal(Purpose::Record, &CONTEXT, plain(b"x")).unwrap())
            .is_ok()
    };
    for (one, other) in [(ring(), with_new_key()), (with_new_key(), promoted())] {
        assert!(opens(&one, &other) && opens(&other, &one));
    }
    assert!(!opens(&ring(), &promoted()), "which is why it takes two steps");
    let (before, after) = (with_new_key(), promoted());
    assert_ne!(before.primary(Purpose::Record).0, after.primary(Purpose::Record).0);
    assert_eq!(ring().promote().to_text(), text, "nothing to promote");
}

#[test]
fn p36_no_rotation_drops_a_key() {
    let mut ring = ring();
    let first = ring.seal(Purpose::Token, &[], plain(b"x")).unwrap();
    for _ in 0..40 {
        ring = KeyRing::from_text(&ring.rotate().unwrap().to_text()).unwrap();
    }
    assert!(ring.open(Purpose::Token, &[], &first).is_ok());
}

#[test]
fn p37_nonces_never_repeat() {
    let ring = ring();
    let mut nonces = std::collections::HashSet::new();
    for _ in 0..10_000 {
        let sealed = ring.seal(Purpose::Record, &CONTEXT, plain(b"")).unwrap();
        assert!(nonces.insert(sealed[6..30].to_vec()));
    }
}

#[test]
fn purposes_have_keys_of_their_own() {
    let ring = ring();
    assert_ne!(ring.primary(Purpose::Record).1, ring.primary(Purpose::Token).1);
}

#[test]
fn a_text_that_is_not_a_key_ring_is_refused() {
    let text = ring().to_text();
    assert!(KeyRing::from_text(&format!(" {}\n", *text)).is_ok());
    let key = text.strip_prefix("sfk1:").unwrap();
    for bad in [
        String::new(),
        "sfk1:".into(),
        key.into(),
        format!("sfk2:{key}"),
        format!("sfk1:{key},"),
        format!("sfk1:{key},{key}"),
        format!("sfk1:{}", &key[..key.len() - 1]),
        format!("sfk1:{key}A"),
        format!("sfk1:{}", key.replace('.', ":")),
        format!("sfk1:{}", key.to_uppercase()),
    ] {
        assert_eq!(KeyRing::from_text(&bad).unwrap_err().to_string(), "the text is not a key ring", "{bad}");
    }
}

/// The derivation and the format are fixed by this vector: made once, opened for ever.
#[test]
fn a_sealed_text_of_the_first_release_opens() {
    let ring = KeyRing::from_text("sfk1:00c0ffee.AAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHh8").unwrap();
    let sealed = data_encoding::HEXLOWER.decode(include_bytes!("first.hex").trim_ascii()).unwrap();
    assert_eq!(&*ring.open(Purpose::Record, &CONTEXT, &sealed).unwrap(), b"sealed by the first release");
}

#[test]
fn p38_debug_shows_no_key() {
    let ring = ring().rotate().unwrap();
    assert_eq!(format!("{ring:?}"), "KeyRing(2 keys)");
}
