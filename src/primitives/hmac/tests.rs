#![allow(clippy::arithmetic_side_effects)]

use hmac::{Hmac, KeyInit, Mac};

use super::*;

fn key<H: Hash>(bytes: &[u8]) -> Key<H> {
    let mut key = Key::blank();
    key.prepare(bytes);
    key
}

fn bytes32(words: &[u32]) -> Vec<u8> {
    words.iter().flat_map(|word| word.to_be_bytes()).collect()
}

fn bytes64(words: &[u64]) -> Vec<u8> {
    words.iter().flat_map(|word| word.to_be_bytes()).collect()
}

fn hex(text: &str) -> Vec<u8> {
    data_encoding::HEXLOWER.decode(text.as_bytes()).unwrap()
}

/// The one test case of RFC 2202 and RFC 4231 whose message has eight bytes.
const HI_THERE: u64 = u64::from_be_bytes(*b"Hi There");

#[test]
fn rfc_2202_test_case_1() {
    let [tag] = key::<Sha1>(&[0x0b; 20]).tags([HI_THERE]);
    assert_eq!(bytes32(&tag), hex("b617318655057264e28bc0b6fb378c8ef146be00"));
}

#[test]
fn rfc_4231_test_case_1() {
    let [tag] = key::<Sha256>(&[0x0b; 20]).tags([HI_THERE]);
    assert_eq!(bytes32(&tag), hex("b0344c61d8db38535ca8afceaf0bf12b881dc200c9833da726e9376c2e32cff7"));
    let [tag] = key::<Sha512>(&[0x0b; 20]).tags([HI_THERE]);
    assert_eq!(
        bytes64(&tag),
        hex(concat!(
            "87aa7cdea5ef619d4ff0b4241a1d6cb02379f4e2ce4ec2787ad0b30545e17cde",
            "daa833b7d6b8a702038b274eaea3f4e4be9d914eeb61f1702e696c203a126854"
        ))
    );
}

/// Keys shorter than a block, as long as one and longer; counters with every byte in use.
#[test]
fn agrees_with_the_hmac_crate() {
    let mut random = 0x9e37_79b9_7f4a_7c15_u64;
    let mut next = || {
        random ^= random << 13;
        random ^= random >> 7;
        random ^= random << 17;
        random
    };
    for length in 0..=200 {
        let bytes: Vec<u8> = (0..length).map(|_| next() as u8).collect();
        for counters in
            [[0, 1, u64::from(u32::MAX), 1 << 32, u64::MAX], [next(), next(), next(), next(), next()]]
        {
            let sha1 = key::<Sha1>(&bytes).tags(counters).map(|tag| bytes32(&tag));
            let sha256 = key::<Sha256>(&bytes).tags(counters).map(|tag| bytes32(&tag));
            let sha512 = key::<Sha512>(&bytes).tags(counters).map(|tag| bytes64(&tag));
            assert_eq!(sha1, counters.map(reference::<Hmac<sha1::Sha1>>(&bytes)), "{length} bytes");
            assert_eq!(sha256, counters.map(reference::<Hmac<sha2::Sha256>>(&bytes)), "{length} bytes");
            assert_eq!(sha512, counters.map(reference::<Hmac<sha2::Sha512>>(&bytes)), "{length} bytes");
        }
    }
}

fn reference<M: Mac + KeyInit>(key: &[u8]) -> impl Fn(u64) -> Vec<u8> {
    move |counter| {
        let mac = <M as KeyInit>::new_from_slice(key).unwrap();
        mac.chain_update(counter.to_be_bytes()).finalize().into_bytes().to_vec()
    }
}

#[test]
fn the_number_of_counters_in_one_call_makes_no_difference() {
    let key = key::<Sha1>(b"12345678901234567890");
    let all = key.tags([0, 1, 2, 3, 4, 5, 6, 7, 8]);
    assert_eq!(key.tags([]), [[0; 5]; 0]);
    assert_eq!(key.tags([0, 1]), all[..2]);
    assert_eq!(key.tags([2, 3, 4, 5, 6]), all[2..7]);
    assert_eq!(key.tags([8]), all[8..]);
}

#[test]
fn nothing_of_the_key_remains() {
    let mut key = key::<Sha512>(&[7; 64]);
    key.zeroize();
    assert_eq!((key.inner, key.outer), ([0; 8], [0; 8]));
}
