//! HOTP, the HMAC-based one-time password of RFC 4226.
#![deny(clippy::arithmetic_side_effects)]

use core::fmt;

use subtle::{Choice, ConditionallySelectable};

use crate::primitives::algorithm::Algorithm;
use crate::primitives::code::{Code, Digits};
use crate::primitives::hmac::{Hash, Key, Sha1, Sha256, Sha512};
use crate::primitives::secret::Secret;

/// A secret prepared for one hash: what is needed to make its codes, and nothing else.
///
/// It carries its [`Algorithm`], so a code can never be made with another. Preparing costs two compressions of the
/// hash, a code two more. What it holds is as good as the secret: it is wiped when dropped, and neither shown, copied
/// nor compared. It is boxed, so that moving it moves a pointer and leaves no copy on the stack.
///
/// ```
/// use second_factor::primitives::{algorithm::Algorithm, code::Digits, hotp::HotpKey, secret::Secret};
///
/// // Is this the seed of the hardware token at hand? Its data sheet says what it shows at counter 9 (here: RFC 4226, appendix D).
/// let secret = Secret::from_bytes(b"12345678901234567890")?;
/// let key = HotpKey::new(Algorithm::Sha1, &secret);
/// assert_eq!(key.code(9, Digits::Six).reveal(), "520489");
/// # Ok::<(), second_factor::primitives::secret::SecretError>(())
/// ```
pub struct HotpKey(Box<Prepared>);

enum Prepared {
    Sha1(Key<Sha1>),
    Sha256(Key<Sha256>),
    Sha512(Key<Sha512>),
}

impl Prepared {
    const fn blank(algorithm: Algorithm) -> Self {
        match algorithm {
            Algorithm::Sha1 => Self::Sha1(Key::blank()),
            Algorithm::Sha256 => Self::Sha256(Key::blank()),
            Algorithm::Sha512 => Self::Sha512(Key::blank()),
        }
    }
}

impl HotpKey {
    /// Prepares `secret` for `algorithm`.
    #[must_use]
    pub fn new(algorithm: Algorithm, secret: &Secret) -> Self {
        Self::from_bytes(algorithm, secret.expose())
    }

    /// The same from a key of any length (RFC 2104 §3).
    pub(crate) fn from_bytes(algorithm: Algorithm, key: &[u8]) -> Self {
        let mut prepared = Box::new(Prepared::blank(algorithm));
        match &mut *prepared {
            Prepared::Sha1(place) => place.prepare(key),
            Prepared::Sha256(place) => place.prepare(key),
            Prepared::Sha512(place) => place.prepare(key),
        }
        Self(prepared)
    }

    /// The hash it is prepared for.
    #[must_use]
    pub fn algorithm(&self) -> Algorithm {
        match &*self.0 {
            Prepared::Sha1(_) => Algorithm::Sha1,
            Prepared::Sha256(_) => Algorithm::Sha256,
            Prepared::Sha512(_) => Algorithm::Sha512,
        }
    }

    /// `HOTP(K, C)` (RFC 4226 §5.3).
    #[must_use]
    pub fn code(&self, counter: u64, digits: Digits) -> Code {
        let [code] = self.codes([counter], digits);
        code
    }

    /// `HOTP(K, C)` of each counter. Counters of one call overlap in the processor, so a few together cost less than
    /// each alone; a long search should ask for some five at a time.
    #[inline]
    pub(crate) fn codes<const N: usize>(&self, counters: [u64; N], digits: Digits) -> [Code; N] {
        match &*self.0 {
            Prepared::Sha1(key) => codes(key, counters, digits),
            Prepared::Sha256(key) => codes(key, counters, digits),
            Prepared::Sha512(key) => codes(key, counters, digits),
        }
    }
}

impl fmt::Debug for HotpKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("HotpKey").field("algorithm", &self.algorithm()).finish_non_exhaustive()
    }
}

/// The three steps of RFC 4226 §5.3.
#[inline]
fn codes<H: Hash, const N: usize>(key: &Key<H>, counters: [u64; N], digits: Digits) -> [Code; N] {
    key.tags(counters).map(|tag| Code::new(reduce(truncate::<H>(tag), digits), digits))
}

/// Dynamic truncation (RFC 4226 §5.3, step 2): 31 bits of the tag, from the byte that its last four bits point to.
///
/// The place is as secret as the bits. So nothing is indexed and nothing branched on: masks choose the two words that
/// begin there, and a shift the bits.
#[inline]
fn truncate<H: Hash>(tag: H::State) -> u32 {
    let ([a, b, c, d, e], last) = H::ends(tag);
    let pair = |high: u32, low: u32| u64::from(high) << 32 | u64::from(low);
    let select = |bit: u32, unset: u64, set: u64| u64::conditional_select(&unset, &set, choice(last >> bit));

    let even = select(3, pair(a, b), pair(c, d));
    let odd = select(3, pair(b, c), pair(d, e));
    let words = select(2, even, odd);
    let bits = words.wrapping_shl((last & 0b11) << 3) >> 32;
    bits as u32 & 0x7fff_ffff
}

/// The lowest bit of `word`.
#[inline]
fn choice(word: u32) -> Choice {
    Choice::from((word & 1) as u8)
}

/// `Snum mod 10^Digit` (RFC 4226 §5.3, step 3).
///
/// Each divisor is a constant, so that it becomes a multiplication: a division would take longer for some codes than for others.
#[inline]
fn reduce(number: u32, digits: Digits) -> u32 {
    let eight = number % 100_000_000;
    let seven = eight % 10_000_000;
    let six = seven % 1_000_000;
    match digits {
        Digits::Six => six,
        Digits::Seven => seven,
        Digits::Eight => eight,
    }
}

#[cfg(test)]
mod tests;
