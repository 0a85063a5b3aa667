#![allow(clippy::arithmetic_side_effects)]

use super::*;

/// RFC 4226 appendix D: the counter, HMAC-SHA-1, the truncated number, the code.
const APPENDIX_D: [(u64, &str, u32, &str); 10] = [
    (0, "cc93cf18508d94934c64b65d8ba7667fb7cde4b0", 1_284_755_224, "755224"),
    (1, "75a48a19d4cbe100644e8ac1397eea747a2d33ab", 1_094_287_082, "287082"),
    (2, "0bacb7fa082fef30782211938bc1c5e70416ff44", 137_359_152, "359152"),
    (3, "66c28227d03a2d5529262ff016a1e6ef76557ece", 1_726_969_429, "969429"),
    (4, "a904c900a64b35909874b33e61c5938a8e15ed1c", 1_640_338_314, "338314"),
    (5, "a37e783d7b7233c083d4f62926c7a25f238d0316", 868_254_676, "254676"),
    (6, "bc9cd28561042c83f219324d3c607256c03272ae", 1_918_287_922, "287922"),
    (7, "a4fb960c0bc06e1eabb804e5b397cdc4b45596fa", 82_162_583, "162583"),
    (8, "1b3c89f65e6c9e883012052823443f048b4332db", 673_399_871, "399871"),
    (9, "1637409809a679dc698207310c8c7fc07290d9e5", 645_520_489, "520489"),
];

#[test]
fn rfc_4226_appendix_d() {
    let secret = b"12345678901234567890";
    let mut hmac = Key::<Sha1>::blank();
    hmac.prepare(secret);
    let key = HotpKey::new(Algorithm::Sha1, &Secret::from_bytes(secret).unwrap());
    for (counter, tag_in_hex, number, code) in APPENDIX_D {
        let [tag] = hmac.tags([counter]);
        assert_eq!(tag.map(|word| format!("{word:08x}")).concat(), tag_in_hex, "counter {counter}");
        assert_eq!(truncate::<Sha1>(tag), number, "counter {counter}");
        assert_eq!(key.code(counter, Digits::Six).reveal(), code, "counter {counter}");
    }
}

#[test]
fn rfc_4226_section_5_4() {
    let tag = [0x1f86_9869, 0x0e02_ca16, 0x6185_50ef, 0x7f19_da8e, 0x945b_555a];
    assert_eq!(truncate::<Sha1>(tag), 0x50ef_7f19);
    assert_eq!(reduce(0x50ef_7f19, Digits::Six), 872_921);
}

#[test]
fn every_place_a_number_may_begin_at() {
    for offset in 0..16 {
        for fill in [0x00, 0x7f, 0x80, 0xff] {
            let mut tag: [u8; 64] = core::array::from_fn(|i| fill ^ (i as u8).wrapping_mul(37));
            for last in [19, 31, 63] {
                tag[last] = tag[last] & 0xf0 | offset;
            }
            let place = usize::from(offset);
            let expected = u32::from_be_bytes(tag[place..place + 4].try_into().unwrap()) & 0x7fff_ffff;
            let word = |bytes: &[u8]| u32::from_be_bytes(bytes.try_into().unwrap());
            let long = |bytes: &[u8]| u64::from_be_bytes(bytes.try_into().unwrap());
            let sha1: [u32; 5] = core::array::from_fn(|i| word(&tag[4 * i..4 * i + 4]));
            let sha256: [u32; 8] = core::array::from_fn(|i| word(&tag[4 * i..4 * i + 4]));
            let sha512: [u64; 8] = core::array::from_fn(|i| long(&tag[8 * i..8 * i + 8]));
            assert_eq!(truncate::<Sha1>(sha1), expected, "SHA-1 at {offset}");
            assert_eq!(truncate::<Sha256>(sha256), expected, "SHA-256 at {offset}");
            assert_eq!(truncate::<Sha512>(sha512), expected, "SHA-512 at {offset}");
        }
    }
}

#[test]
fn the_remainder_is_that_of_the_division() {
    for digits in [Digits::Six, Digits::Seven, Digits::Eight] {
        let power = 10_u32.pow(u32::from(digits.count()));
        let edges =
            (1..=21).flat_map(|n: u32| [n.wrapping_mul(power).wrapping_sub(1), n.wrapping_mul(power)]);
        for number in edges.chain([0, 1, 0x7fff_ffff]) {
            assert_eq!(reduce(number, digits), number % power, "{number} mod {power}");
        }
    }
}

#[test]
fn a_key_tells_nothing_but_its_hash() {
    let key = HotpKey::from_bytes(Algorithm::Sha256, b"12345678901234567890");
    assert_eq!(key.algorithm(), Algorithm::Sha256);
    assert_eq!(format!("{key:?}"), "HotpKey { algorithm: Sha256, .. }");
}
