//! How long a record takes to seal and to open: XChaCha20-Poly1305, which it is sealed with, beside AES-256-GCM. Both from the RustCrypto crates,
//! with a fresh key schedule for each call, as a record of which nothing is kept has it.

use std::hint::black_box;

use aes_gcm::Aes256Gcm;
use chacha20poly1305::{
    AeadCore, AeadInOut, KeyInit, XChaCha20Poly1305,
    aead::{Nonce, Tag, common::Key},
};
use second_factor_benches::medians;

use crate::case::ignore;

/// As long as that of a record.
const CONTEXT: &[u8] = &[1; 90];

pub fn table() {
    println!("\nThe seal, ns: XChaCha20-Poly1305 beside AES-256-GCM");
    println!(
        "{:>10}{:>14}{:>10}{:>14}{:>10}{:>14}",
        "bytes", "XChaCha seal", "open", "AES-GCM seal", "open", "AES : XChaCha"
    );
    for bytes in [256, 1024, 4096, 16_384] {
        let text = vec![3_u8; bytes];
        let (ours, our_tag) = seal::<XChaCha20Poly1305>(&text);
        let (aes, aes_tag) = seal::<Aes256Gcm>(&text);
        let [one, two, three, four] = medians(
            101,
            200,
            [
                &|| ignore(seal::<XChaCha20Poly1305>(black_box(&text))),
                &|| ignore(open::<XChaCha20Poly1305>(black_box(&ours), &our_tag)),
                &|| ignore(seal::<Aes256Gcm>(black_box(&text))),
                &|| ignore(open::<Aes256Gcm>(black_box(&aes), &aes_tag)),
            ],
        );
        let ratio = (three + four) / (one + two);
        println!("{bytes:>10}{one:>14.0}{two:>10.0}{three:>14.0}{four:>10.0}{ratio:>14.2}");
    }
}

fn seal<A: AeadInOut + KeyInit>(text: &[u8]) -> (Vec<u8>, Tag<A>) {
    let mut text = text.to_vec();
    let tag =
        cipher::<A>().encrypt_inout_detached(&nonce::<A>(), CONTEXT, text.as_mut_slice().into()).unwrap();
    (text, tag)
}

fn open<A: AeadInOut + KeyInit>(text: &[u8], tag: &Tag<A>) -> Vec<u8> {
    let mut text = text.to_vec();
    cipher::<A>().decrypt_inout_detached(&nonce::<A>(), CONTEXT, text.as_mut_slice().into(), tag).unwrap();
    text
}

fn cipher<A: KeyInit>() -> A {
    A::new(black_box(&Key::<A>::default()))
}

fn nonce<A: AeadCore>() -> Nonce<A> {
    Nonce::<A>::default()
}
