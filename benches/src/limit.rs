//! What no check can do without.

use std::hint::black_box;

use second_factor::primitives::algorithm::Algorithm;
use sha1::block_api::compress;
use sha2::block_api::{compress256, compress512};

/// `N` bare compressions, of blocks that lie ready, from states that do not wait for each other.
pub fn compressions<const N: usize>(hash: Algorithm) {
    match black_box(hash) {
        Algorithm::Sha1 => each([1_u32; 5], black_box(&[[2; 64]; N]), compress),
        Algorithm::Sha256 => each([1_u32; 8], black_box(&[[2; 64]; N]), compress256),
        Algorithm::Sha512 => each([1_u64; 8], black_box(&[[2; 128]; N]), compress512),
    }
}

#[inline]
fn each<S: Copy, B, const N: usize>(from: S, blocks: &[B; N], compress: impl Fn(&mut S, &[B])) {
    let mut states = [from; N];
    for (state, block) in states.iter_mut().zip(blocks) {
        compress(state, std::slice::from_ref(block));
    }
    black_box(&states);
}
