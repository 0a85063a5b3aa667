use super::*;
use crate::primitives::seal::{key_id_of, plain};

const TEXT: &str = "sfk1:00c0ffee.AAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHh8";
/// HKDF-SHA-256 of the key above, computed elsewhere.
const CHECK: &str = "sfc1:00c0ffee.sXkO9i5h9xBPDwMSjPEQfg";

fn ring() -> KeyRing {
    KeyRing::generate().unwrap()
}

fn sealed_by(ring: &KeyRing) -> Vec<u8> {
    ring.seal(Purpose::Record, &[], plain(b"x")).unwrap()
}

#[test]
fn the_check_value_of_a_key_never_changes() {
    let ring = KeyRing::from_text(TEXT).unwrap();
    assert_eq!(ring.check_value(), CHECK);
    assert!(ring.matches(CHECK) && ring.matches(&format!(" {CHECK}\r\n")));
}

#[test]
fn a_check_value_matches_until_the_key_it_names_is_retired() {
    let ring = ring();
    let kept = ring.check_value();
    let added = ring.add().unwrap();
    assert_eq!(added.check_value(), kept, "the primary is still the same");
    assert!(added.matches(&kept));
    let promoted = added.promote();
    assert!(promoted.matches(&kept) && promoted.matches(&promoted.check_value()));
    assert_ne!(promoted.check_value(), kept);
    let rotated = promoted.rotate().unwrap().rotate().unwrap();
    let rotated = KeyRing::from_text(&rotated.to_text()).unwrap();
    assert!(rotated.matches(&kept), "of the oldest of four keys");
    let newest = rotated.check_value();
    let retired = rotated.retire();
    assert!(!retired.matches(&kept) && retired.matches(&newest));
}

#[test]
fn a_ring_from_before_a_rotation_does_not_match() {
    let text = ring().to_text();
    let before = KeyRing::from_text(&text).unwrap();
    let rotated = KeyRing::from_text(&text).unwrap().rotate().unwrap();
    assert!(!before.matches(&rotated.check_value()));
}

#[test]
fn another_ring_with_the_same_ids_does_not_match() {
    let one = KeyRing::from_text(TEXT).unwrap();
    let other = KeyRing::from_text(&TEXT.replace("AAEC", "AAED")).unwrap();
    assert_eq!(one.primary_id(), other.primary_id());
    assert!(!one.matches(&other.check_value()) && !other.matches(CHECK));

    // The same key under two names: a check value names the one it was made for.
    let renamed = KeyRing::from_text(&TEXT.replace("00c0ffee", "00c0ffef")).unwrap();
    assert!(!renamed.matches(CHECK));
}

#[test]
fn every_bit_of_a_check_value_counts() {
    let ring = KeyRing::from_text(TEXT).unwrap();
    let (head, value) = CHECK.split_once('.').unwrap();
    let value = BASE64URL_NOPAD.decode(value.as_bytes()).unwrap();
    for bit in 0..value.len() * 8 {
        let mut flipped = value.clone();
        flipped[bit / 8] ^= 1 << (bit % 8);
        assert!(!ring.matches(&format!("{head}.{}", BASE64URL_NOPAD.encode(&flipped))), "bit {bit}");
    }
}

#[test]
fn a_malformed_check_value_matches_nothing() {
    let ring = KeyRing::from_text(TEXT).unwrap();
    let value = CHECK.strip_prefix("sfc1:00c0ffee.").unwrap();
    for bad in [
        "",
        "sfc1:",
        "sfc1:00c0ffee",
        "sfc1:00c0ffee.",
        TEXT,
        &CHECK[1..],
        &CHECK[..CHECK.len() - 1],
        &format!("{CHECK}A"),
        &format!("{CHECK}=="),
        &format!("{CHECK},{CHECK}"),
        &format!("sfk1:00c0ffee.{value}"),
        &format!("sfc2:00c0ffee.{value}"),
        &format!("sfc1:00C0FFEE.{value}"),
        &format!("sfc1:c0ffee.{value}"),
        &format!("sfc1:0000c0ffee.{value}"),
        &format!("sfc1:00c0ffee.é{value}"),
        &format!("sfc1: 00c0ffee.{value}"),
    ] {
        assert!(!ring.matches(bad), "{bad:?}");
    }
}

#[test]
fn a_check_value_has_no_part_of_what_is_secret() {
    let ring = KeyRing::from_text(TEXT).unwrap();
    let check = ring.primary.check();
    assert_ne!(check, ring.primary.root[..16]);
    assert_ne!(check, ring.primary.record[..16]);
    assert_ne!(check, ring.primary.token[..16]);
}

#[test]
fn a_key_is_named_as_in_the_text_of_its_ring() {
    let id = KeyRing::from_text(TEXT).unwrap().primary_id();
    assert_eq!((id.to_string(), format!("{id:?}")), ("00c0ffee".into(), "KeyId(00c0ffee)".into()));
    assert_eq!(KeyId::from_text("00c0ffee"), Some(id));
    for bad in ["", "c0ffee", "00C0FFEE", "0000c0ffee", "00c0ffeg", "é0c0ffe"] {
        assert_eq!(KeyId::from_text(bad), None, "{bad:?}");
    }
}

#[test]
fn p36_a_sealed_text_says_which_key_it_is_under() {
    let ring = ring();
    let (first, old) = (ring.primary_id(), sealed_by(&ring));
    let added = ring.add().unwrap();
    assert_eq!(key_id_of(&sealed_by(&added)), Some(first), "the new key only opens");
    let promoted = added.promote();
    let new = sealed_by(&promoted);
    assert_eq!((key_id_of(&old), key_id_of(&new)), (Some(first), Some(promoted.primary_id())));
    assert_ne!(first, promoted.primary_id());
}

#[test]
fn what_is_not_sealed_text_is_under_no_key() {
    let ring = ring();
    let shortest = ring.seal(Purpose::Token, &[], plain(b"")).unwrap();
    assert_eq!(key_id_of(&shortest), Some(ring.primary_id()));
    for length in 0..shortest.len() {
        assert_eq!(key_id_of(&shortest[..length]), None, "{length} bytes");
    }
    for place in 0..2 {
        let mut unknown = shortest.clone();
        unknown[place] += 1;
        assert_eq!(key_id_of(&unknown), None, "format and algorithm");
    }
}
