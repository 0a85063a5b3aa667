//! HMAC (RFC 2104) with a prepared key, for messages of eight bytes: the counters of RFC 4226.
//!
//! A key costs two compressions once, and each counter two more. The counters of one call do not depend on each
//! other, so [`Key::tags`] goes through them in stages, and the processor works on several of them at a time.
#![deny(clippy::arithmetic_side_effects)]

use sha1::Digest;
use zeroize::{Zeroize, Zeroizing};

use crate::primitives::wiped::Wiped;

/// A key that went through the hash: the states after `K XOR ipad` and after `K XOR opad` (RFC 2104 §4).
///
/// Both are as good as the key itself, and are wiped when it is dropped.
pub(crate) struct Key<H: Hash> {
    inner: H::State,
    outer: H::State,
}

impl<H: Hash> Key<H> {
    /// A place for a key: the initial states of the hash, with no key in them yet.
    pub(crate) const fn blank() -> Self {
        Self { inner: H::INITIAL, outer: H::INITIAL }
    }

    /// Prepares `key`, of any length (RFC 2104 §3: hashed first if it is longer than a block).
    ///
    /// To be called once. The key is prepared where it stays, because a move would leave a copy of it behind.
    pub(crate) fn prepare(&mut self, key: &[u8]) {
        let mut block = Wiped::new(H::ZEROS);
        match block.whole_mut().as_mut().get_mut(..key.len()) {
            Some(start) => start.copy_from_slice(key),
            None => H::digest(key, block.whole_mut()),
        }
        xor(block.whole_mut(), IPAD);
        H::compress(&mut self.inner, block.whole());
        xor(block.whole_mut(), IPAD ^ OPAD);
        H::compress(&mut self.outer, block.whole());
    }

    /// `HMAC(K, counter)` of each counter, as the words of the hash.
    ///
    /// What stays behind on the stack are results, not key: each compression overwrites its copy of the key's state.
    #[inline]
    pub(crate) fn tags<const N: usize>(&self, counters: [u64; N]) -> [H::State; N] {
        let inner = compress_each::<H, N>(&self.inner, counters.map(H::counter_block));
        compress_each::<H, N>(&self.outer, inner.map(H::digest_block))
    }
}

impl<H: Hash> Zeroize for Key<H> {
    fn zeroize(&mut self) {
        self.inner.zeroize();
        self.outer.zeroize();
    }
}

impl<H: Hash> Drop for Key<H> {
    fn drop(&mut self) {
        self.zeroize();
    }
}

const IPAD: u8 = 0x36;
const OPAD: u8 = 0x5c;

fn xor<B: AsMut<[u8]>>(block: &mut B, pad: u8) {
    for byte in block.as_mut() {
        *byte ^= pad;
    }
}

/// Every block on its own, from the same state. All of them are written before the first is read, or else each
/// compression would wait for the stores of its own block.
#[inline]
fn compress_each<H: Hash, const N: usize>(from: &H::State, blocks: [H::Block; N]) -> [H::State; N] {
    let mut states = [*from; N];
    for (state, block) in states.iter_mut().zip(&blocks) {
        H::compress(state, block);
    }
    states
}

/// A hash function as RFC 2104 sees it: a compression function, and the padding of FIPS 180-4 §5.1.
pub(crate) trait Hash {
    /// The chaining value, in words; in the end the digest.
    type State: Copy + Zeroize;
    /// The bytes of one compression.
    type Block: Copy + AsMut<[u8]>;
    /// The initial hash value (FIPS 180-4 §5.3).
    const INITIAL: Self::State;
    /// A block of zeros.
    const ZEROS: Self::Block;

    /// Compresses one block into the state.
    fn compress(state: &mut Self::State, block: &Self::Block);

    /// Hashes `message` into the first bytes of `block`.
    fn digest(message: &[u8], block: &mut Self::Block);

    /// The last block of the inner hash: `counter`, after a block of key.
    fn counter_block(counter: u64) -> Self::Block;

    /// The last block of the outer hash: the inner digest, after a block of key.
    fn digest_block(inner: Self::State) -> Self::Block;

    /// The first 20 bytes of a tag, and its last word: all that RFC 4226 §5.3 looks at.
    fn ends(tag: Self::State) -> ([u32; 5], u32);
}

/// SHA-1, 64 bytes to a block.
pub(crate) struct Sha1;

impl Hash for Sha1 {
    type State = [u32; 5];
    type Block = [u8; 64];
    const INITIAL: Self::State = [0x6745_2301, 0xefcd_ab89, 0x98ba_dcfe, 0x1032_5476, 0xc3d2_e1f0];
    const ZEROS: Self::Block = [0; 64];

    #[inline]
    fn compress(state: &mut Self::State, block: &Self::Block) {
        sha1::block_api::compress(state, core::slice::from_ref(block));
    }

    fn digest(message: &[u8], block: &mut Self::Block) {
        let mut digest = Zeroizing::new([0; 20]);
        sha1::Sha1::new_with_prefix(message).finalize_into((&mut *digest).into());
        copy(&*digest, block);
    }

    #[inline]
    fn counter_block(counter: u64) -> Self::Block {
        let [high, low] = halves(counter);
        bytes32([high, low, END32, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, (64 + 8) * 8])
    }

    #[inline]
    fn digest_block([a, b, c, d, e]: Self::State) -> Self::Block {
        bytes32([a, b, c, d, e, END32, 0, 0, 0, 0, 0, 0, 0, 0, 0, (64 + 20) * 8])
    }

    #[inline]
    fn ends(tag: Self::State) -> ([u32; 5], u32) {
        let [.., last] = tag;
        (tag, last)
    }
}

/// SHA-256, 64 bytes to a block.
pub(crate) struct Sha256;

impl Hash for Sha256 {
    type State = [u32; 8];
    type Block = [u8; 64];
    #[rustfmt::skip]
    const INITIAL: Self::State = [
        0x6a09_e667, 0xbb67_ae85, 0x3c6e_f372, 0xa54f_f53a, 0x510e_527f, 0x9b05_688c, 0x1f83_d9ab, 0x5be0_cd19,
    ];
    const ZEROS: Self::Block = [0; 64];

    #[inline]
    fn compress(state: &mut Self::State, block: &Self::Block) {
        sha2::block_api::compress256(state, core::slice::from_ref(block));
    }

    fn digest(message: &[u8], block: &mut Self::Block) {
        let mut digest = Zeroizing::new([0; 32]);
        sha2::Sha256::new_with_prefix(message).finalize_into((&mut *digest).into());
        copy(&*digest, block);
    }

    #[inline]
    fn counter_block(counter: u64) -> Self::Block {
        let [high, low] = halves(counter);
        bytes32([high, low, END32, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, (64 + 8) * 8])
    }

    #[inline]
    fn digest_block([a, b, c, d, e, f, g, h]: Self::State) -> Self::Block {
        bytes32([a, b, c, d, e, f, g, h, END32, 0, 0, 0, 0, 0, 0, (64 + 32) * 8])
    }

    #[inline]
    fn ends([a, b, c, d, e, .., last]: Self::State) -> ([u32; 5], u32) {
        ([a, b, c, d, e], last)
    }
}

/// SHA-512, 128 bytes to a block.
pub(crate) struct Sha512;

impl Hash for Sha512 {
    type State = [u64; 8];
    type Block = [u8; 128];
    #[rustfmt::skip]
    const INITIAL: Self::State = [
        0x6a09_e667_f3bc_c908, 0xbb67_ae85_84ca_a73b, 0x3c6e_f372_fe94_f82b, 0xa54f_f53a_5f1d_36f1,
        0x510e_527f_ade6_82d1, 0x9b05_688c_2b3e_6c1f, 0x1f83_d9ab_fb41_bd6b, 0x5be0_cd19_137e_2179,
    ];
    const ZEROS: Self::Block = [0; 128];

    #[inline]
    fn compress(state: &mut Self::State, block: &Self::Block) {
        sha2::block_api::compress512(state, core::slice::from_ref(block));
    }

    fn digest(message: &[u8], block: &mut Self::Block) {
        let mut digest = Zeroizing::new([0; 64]);
        sha2::Sha512::new_with_prefix(message).finalize_into((&mut *digest).into());
        copy(&*digest, block);
    }

    #[inline]
    fn counter_block(counter: u64) -> Self::Block {
        bytes64([counter, END64, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, (128 + 8) * 8])
    }

    #[inline]
    fn digest_block([a, b, c, d, e, f, g, h]: Self::State) -> Self::Block {
        bytes64([a, b, c, d, e, f, g, h, END64, 0, 0, 0, 0, 0, 0, (128 + 64) * 8])
    }

    #[inline]
    fn ends([a, b, c, .., last]: Self::State) -> ([u32; 5], u32) {
        let ([a, b], [c, d], [e, _], [_, last]) = (halves(a), halves(b), halves(c), halves(last));
        ([a, b, c, d, e], last)
    }
}

/// The bit that ends a message (FIPS 180-4 §5.1), at the top of a word.
const END32: u32 = 1 << 31;
const END64: u64 = 1 << 63;

/// The words of a block in the byte order of the standard, written in whole words.
#[inline]
fn bytes32(words: [u32; 16]) -> [u8; 64] {
    let mut block = [0; 64];
    for (bytes, word) in block.as_chunks_mut().0.iter_mut().zip(words) {
        *bytes = word.to_be_bytes();
    }
    block
}

/// As [`bytes32`], for words of 64 bits.
#[inline]
fn bytes64(words: [u64; 16]) -> [u8; 128] {
    let mut block = [0; 128];
    for (bytes, word) in block.as_chunks_mut().0.iter_mut().zip(words) {
        *bytes = word.to_be_bytes();
    }
    block
}

/// The upper and the lower 32 bits.
#[inline]
fn halves(word: u64) -> [u32; 2] {
    [(word >> 32) as u32, word as u32]
}

fn copy(from: &[u8], to: &mut [u8]) {
    for (to, from) in to.iter_mut().zip(from) {
        *to = *from;
    }
}

#[cfg(test)]
mod tests;
