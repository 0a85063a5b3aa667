//! Short keyed digests: names for things that only the holder of the key can make or recognize.

use hmac::{Hmac, KeyInit, Mac};
use sha2::Sha256;

use crate::primitives::wiped::Wiped;

/// The first 128 bits of HMAC-SHA-256 over `domain` and `parts`. Each domain has parts of fixed lengths, or only
/// one of any length, or puts its length in front of each.
pub(crate) fn keyed<const N: usize>(key: &[u8; N], domain: &[u8], parts: &[&[u8]]) -> u128 {
    const { assert!(N <= 64, "a longer key would have to be hashed first") };
    // HMAC fills a key up with zeros to the length of a block (RFC 2104 §2); filled up already, it cannot have a wrong length.
    let mut block = Wiped::new([0; 64]);
    for (to, from) in block.whole_mut().iter_mut().zip(key) {
        *to = *from;
    }
    let mut mac = Hmac::<Sha256>::new(block.whole().into());
    mac.update(domain);
    for part in parts {
        mac.update(part);
    }
    mac.finalize().into_bytes().iter().take(16).fold(0, |bits, byte| bits << 8 | u128::from(*byte))
}

#[cfg(test)]
mod tests {
    use super::*;

    /// RFC 4231 test case 2 (with the text in two parts) and 4.
    #[test]
    fn rfc_4231() {
        let jefe = keyed(b"Jefe", b"what do ya want ", &[b"for ", b"nothing?"]);
        assert_eq!(jefe, 0x5bdc_c146_bf60_754e_6a04_2426_0895_75c7);
        let key: [u8; 25] = std::array::from_fn(|place| u8::try_from(place + 1).unwrap());
        assert_eq!(keyed(&key, &[0xcd; 50], &[]), 0x8255_8a38_9a44_3c0e_a4cc_8198_99f2_083a);
    }
}
