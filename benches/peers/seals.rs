//! How long a record takes to seal and to open: XChaCha20-Poly1305, which it is sealed with, beside AES-256-GCM.
//!
//! ```text
//! cargo run --release --manifest-path benches/peers/Cargo.toml --bin seals
//! ```
//!
//! Both from the RustCrypto crates, with a fresh key schedule for each call, as a record of which nothing is kept has it.
#![allow(clippy::unwrap_used, clippy::print_stdout)]

#[path = "../medians.rs"]
mod medians;

use std::hint::black_box;

use aes_gcm::{Aes256Gcm, Nonce};
use chacha20poly1305::{AeadInOut, Key, KeyInit, Tag, XChaCha20Poly1305, XNonce};
use medians::medians;

const KEY: [u8; 32] = [7; 32];
const CONTEXT: &[u8] = &[1; 90];

fn main() {
    println!(
        "{:>8}{:>14}{:>14}{:>14}{:>14}{:>10}",
        "bytes", "XChaCha seal", "open", "AES-GCM seal", "open", "AES/XCh."
    );
    for bytes in [256, 1024, 4096, 16_384] {
        let text = vec![3_u8; bytes];
        let (xchacha_text, xchacha_tag) = xchacha_seal(&text);
        let (aes_text, aes_tag) = aes_seal(&text);
        let [one, two, three, four] = medians([
            &|| ignore(xchacha_seal(black_box(&text))),
            &|| ignore(xchacha_open(black_box(&xchacha_text), &xchacha_tag)),
            &|| ignore(aes_seal(black_box(&text))),
            &|| ignore(aes_open(black_box(&aes_text), &aes_tag)),
        ]);
        let ratio = (three + four) / (one + two);
        println!("{bytes:>8}{one:>14.0}{two:>14.0}{three:>14.0}{four:>14.0}{ratio:>10.2}");
    }
}

fn xchacha_seal(text: &[u8]) -> (Vec<u8>, Tag) {
    let mut text = text.to_vec();
    let cipher = XChaCha20Poly1305::new(&Key::from(black_box(KEY)));
    let tag =
        cipher.encrypt_inout_detached(&XNonce::from([9; 24]), CONTEXT, text.as_mut_slice().into()).unwrap();
    (text, tag)
}

fn xchacha_open(text: &[u8], tag: &Tag) -> Vec<u8> {
    let mut text = text.to_vec();
    let cipher = XChaCha20Poly1305::new(&Key::from(black_box(KEY)));
    cipher.decrypt_inout_detached(&XNonce::from([9; 24]), CONTEXT, text.as_mut_slice().into(), tag).unwrap();
    text
}

fn aes_seal(text: &[u8]) -> (Vec<u8>, Tag) {
    let mut text = text.to_vec();
    let cipher = Aes256Gcm::new(&black_box(KEY).into());
    let tag =
        cipher.encrypt_inout_detached(&Nonce::from([9; 12]), CONTEXT, text.as_mut_slice().into()).unwrap();
    (text, tag)
}

fn aes_open(text: &[u8], tag: &Tag) -> Vec<u8> {
    let mut text = text.to_vec();
    let cipher = Aes256Gcm::new(&black_box(KEY).into());
    cipher.decrypt_inout_detached(&Nonce::from([9; 12]), CONTEXT, text.as_mut_slice().into(), tag).unwrap();
    text
}

fn ignore<T>(result: T) {
    black_box(&result);
}
