//! The shared secret of an authenticator: bytes, and the base32 that people and QR codes carry.

use std::fmt;

use data_encoding::BASE32_NOPAD;
use zeroize::Zeroizing;

use crate::primitives::{RandomError, algorithm::Algorithm, code::is_separator, random};

/// The key that a service and an authenticator app share: 16 to 128 bytes, wiped from memory when dropped.
///
/// Shorter ones, which some services once gave out, come in only by a name that says what they are:
/// [`from_weak_legacy_bytes`](Self::from_weak_legacy_bytes).
///
/// It can be neither cloned nor compared, and `Debug` shows nothing of it.
///
/// ```
/// use second_factor::primitives::{algorithm::Algorithm, secret::Secret};
///
/// // For a hardware token that the administration programs itself. An app's is made by `Verifier::enroll`.
/// let secret = Secret::generate(Algorithm::Sha1)?;
/// assert_eq!(secret.expose().len(), 20);
/// assert_eq!(format!("{secret:?}"), "Secret(..)");
/// # Ok::<(), second_factor::primitives::RandomError>(())
/// ```
pub struct Secret(Zeroizing<Vec<u8>>);

impl Secret {
    /// The fewest bytes: 128 bits, the least that RFC 4226 §4 (R6) allows.
    pub const MIN_BYTES: usize = 16;
    /// The most bytes: the block of SHA-512. HMAC would only hash a longer key down (RFC 2104 §2).
    pub const MAX_BYTES: usize = 128;
    /// The fewest bytes of a weak legacy secret: 80 bits, the 16 characters of base32 that early authenticator apps came with.
    pub const MIN_WEAK_LEGACY_BYTES: usize = 10;

    /// A new secret from the operating system's generator, as long as the output of `algorithm`: 20, 32 or 64 bytes.
    ///
    /// # Errors
    ///
    /// [`RandomError`] if the generator fails.
    pub fn generate(algorithm: Algorithm) -> Result<Self, RandomError> {
        match algorithm {
            Algorithm::Sha1 => Self::random::<20>(),
            Algorithm::Sha256 => Self::random::<32>(),
            Algorithm::Sha512 => Self::random::<64>(),
        }
    }

    /// A secret that was made elsewhere.
    ///
    /// # Errors
    ///
    /// [`SecretError::TooShort`] and [`SecretError::TooLong`] outside [`MIN_BYTES`](Self::MIN_BYTES) to
    /// [`MAX_BYTES`](Self::MAX_BYTES).
    pub fn from_bytes(bytes: &[u8]) -> Result<Self, SecretError> {
        ordinary(bytes.len())?;
        Ok(Self::copy_of(bytes))
    }

    /// A secret of 10 to 15 bytes that another service gave out, so that its users need not set up their apps anew.
    ///
    /// **It is weaker than RFC 4226 §4 (R6) allows.** Whoever saw a few codes can search for 80 bits with a great deal of hardware, and
    /// then knows every code to come. Let those users replace it.
    ///
    /// A secret of at least 128 bits is refused here: it needs no such name.
    ///
    /// ```
    /// use second_factor::primitives::secret::{Secret, SecretError};
    ///
    /// let import = |bytes: &[u8]| match Secret::from_bytes(bytes) {
    ///     Err(SecretError::TooShort) => Secret::from_weak_legacy_bytes(bytes),
    ///     other => other,
    /// };
    /// assert!(import(b"1234567890").is_ok() && import(b"12345678901234567890").is_ok());
    /// assert!(import(b"123456789").is_err());
    /// ```
    ///
    /// # Errors
    ///
    /// [`SecretError::TooShort`] below [`MIN_WEAK_LEGACY_BYTES`](Self::MIN_WEAK_LEGACY_BYTES), and [`SecretError::NotWeak`] from
    /// [`MIN_BYTES`](Self::MIN_BYTES) on.
    pub fn from_weak_legacy_bytes(bytes: &[u8]) -> Result<Self, SecretError> {
        weak_legacy(bytes.len())?;
        Ok(Self::copy_of(bytes))
    }

    /// A secret that was taken on before, be it a weak legacy one.
    ///
    /// # Errors
    ///
    /// [`SecretError::TooShort`] and [`SecretError::TooLong`] outside [`MIN_WEAK_LEGACY_BYTES`](Self::MIN_WEAK_LEGACY_BYTES) to
    /// [`MAX_BYTES`](Self::MAX_BYTES).
    pub(crate) fn from_stored(bytes: &[u8]) -> Result<Self, SecretError> {
        weak_legacy(bytes.len()).or_else(|_| ordinary(bytes.len()))?;
        Ok(Self::copy_of(bytes))
    }

    /// A secret in base32 (RFC 4648 §6) as people type and paste it: letters in either case; spaces, hyphens and the
    /// invisible marks of a paste are skipped; trailing `=` are not needed.
    ///
    /// Bits after the last whole byte are dropped, as authenticator apps do: some services draw the characters
    /// themselves at random. `0`, `1`, `8` and `9` are refused and not taken for `O`, `I`, `B` or `G`: a wrong guess
    /// would give a secret that never makes a right code, and nobody would be told why.
    ///
    /// ```
    /// use second_factor::primitives::secret::Secret;
    ///
    /// let secret = Secret::from_base32("gezd gnbv gy3t qojq-gezd gnbv gy3t qojq")?;
    /// assert_eq!(secret.expose(), b"12345678901234567890");
    /// # Ok::<(), second_factor::primitives::secret::SecretError>(())
    /// ```
    ///
    /// # Errors
    ///
    /// [`SecretError`]; it never says which character was wrong.
    pub fn from_base32(typed: &str) -> Result<Self, SecretError> {
        let bytes = decode_base32(typed)?;
        ordinary(bytes.len())?;
        Ok(Self(bytes))
    }

    /// [`from_weak_legacy_bytes`](Self::from_weak_legacy_bytes), with all that it says, of base32 as [`from_base32`](Self::from_base32)
    /// reads it: 16 to 24 characters.
    ///
    /// # Errors
    ///
    /// [`SecretError`]; it never says which character was wrong.
    pub fn from_weak_legacy_base32(typed: &str) -> Result<Self, SecretError> {
        let bytes = decode_base32(typed)?;
        weak_legacy(bytes.len())?;
        Ok(Self(bytes))
    }

    /// Canonical base32: upper case, no padding, no spaces.
    #[must_use]
    pub fn to_base32(&self) -> Zeroizing<String> {
        encode_base32(&self.0)
    }

    /// The base32 in groups of four, parted by single spaces, for a person to read and type. The last may be shorter.
    ///
    /// ```
    /// # use second_factor::primitives::secret::Secret;
    /// let secret = Secret::from_bytes(b"12345678901234567890")?;
    /// assert_eq!(*secret.to_base32_groups(), "GEZD GNBV GY3T QOJQ GEZD GNBV GY3T QOJQ");
    /// # Ok::<(), second_factor::primitives::secret::SecretError>(())
    /// ```
    #[must_use]
    pub fn to_base32_groups(&self) -> Zeroizing<String> {
        let symbols = self.to_base32();
        let mut groups = Zeroizing::new(String::with_capacity(symbols.len().saturating_mul(2)));
        for (place, symbol) in symbols.chars().enumerate() {
            if place > 0 && place.is_multiple_of(4) {
                groups.push(' ');
            }
            groups.push(symbol);
        }
        groups
    }

    /// The bytes themselves. What is done with them is the caller's to answer for.
    #[must_use]
    pub fn expose(&self) -> &[u8] {
        &self.0
    }

    /// Its length in bits: less than 128 for a weak legacy one.
    pub(crate) fn bits(&self) -> u32 {
        self.0.len() as u32 * 8
    }

    /// A second copy, named so that copying shows. Wiped like the first.
    pub(crate) fn duplicate(&self) -> Self {
        Self(self.0.clone())
    }

    fn copy_of(bytes: &[u8]) -> Self {
        Self(Zeroizing::new(bytes.to_vec()))
    }

    fn random<const N: usize>() -> Result<Self, RandomError> {
        let bytes = Zeroizing::new(random::bytes::<N>()?);
        Ok(Self::copy_of(&*bytes))
    }
}

impl fmt::Debug for Secret {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Secret(..)")
    }
}

/// Why something is not a secret. It says nothing of what was read.
///
/// ```
/// use second_factor::primitives::secret::{Secret, SecretError};
///
/// /// Below the field in which an administrator types the seed of a hardware token.
/// fn below_the_field(typed: &str) -> Option<String> {
///     match Secret::from_base32(typed) {
///         Ok(_) => None,
///         Err(SecretError::TooShort) => Some("Fewer than 128 bits: ask for another token.".into()),
///         Err(slip) => Some(format!("Please look again: {slip}.")),
///     }
/// }
///
/// assert_eq!(below_the_field("gezd gnbv gy3t qojq gezd gnbv gy3t qojq"), None);
/// let slip = below_the_field("gezd gnbv gy3t qojq gezd gnbv gy3t q0jq"); // a zero for an O
/// assert!(slip.is_some_and(|text| text.contains("the letters A to Z and the digits 2 to 7")));
/// ```
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum SecretError {
    /// Less than [`Secret::MIN_BYTES`], or than [`Secret::MIN_WEAK_LEGACY_BYTES`] where a weak legacy one was asked for.
    #[error("the secret has too few bits")]
    TooShort,
    /// At least [`Secret::MIN_BYTES`], where a weak legacy one was asked for: the ordinary constructors take it.
    #[error("the secret has at least 128 bits and is no weak legacy one")]
    NotWeak,
    /// More than [`Secret::MAX_BYTES`], or a text far longer than any secret.
    #[error("a secret has at most 1024 bits")]
    TooLong,
    /// A character that is not in the alphabet of base32, or an `=` before the end.
    #[error("a secret is written in the letters A to Z and the digits 2 to 7")]
    NotBase32,
    /// A number of characters that base32 never has: one was left out, or typed twice.
    #[error("a character of the secret is missing, or there is one too many")]
    Incomplete,
}

/// Whether a secret of so many bytes comes in by the ordinary constructors.
const fn ordinary(bytes: usize) -> Result<(), SecretError> {
    match bytes {
        ..Secret::MIN_BYTES => Err(SecretError::TooShort),
        Secret::MIN_BYTES..=Secret::MAX_BYTES => Ok(()),
        _ => Err(SecretError::TooLong),
    }
}

/// Whether a secret of so many bytes comes in by the name that says that it is weak.
const fn weak_legacy(bytes: usize) -> Result<(), SecretError> {
    match bytes {
        ..Secret::MIN_WEAK_LEGACY_BYTES => Err(SecretError::TooShort),
        Secret::MIN_WEAK_LEGACY_BYTES..Secret::MIN_BYTES => Ok(()),
        _ => Err(SecretError::NotWeak),
    }
}

/// The longest text that is read, in bytes: room for a secret of 128 bytes in groups, with generous separators.
const MAX_TYPED: usize = 1024;
/// The base32 characters of [`Secret::MAX_BYTES`].
const MAX_SYMBOLS: usize = (Secret::MAX_BYTES * 8).div_ceil(5);

/// In one pass, so that nothing in between has to be kept and wiped. Bits after the last whole byte are dropped.
fn decode_base32(typed: &str) -> Result<Zeroizing<Vec<u8>>, SecretError> {
    if typed.len() > MAX_TYPED {
        return Err(SecretError::TooLong);
    }
    // No fewer than there can be: a vector that grew would leave its old buffer behind.
    let mut bytes = Zeroizing::new(Vec::with_capacity(typed.len() * 5 / 8));
    let rest = decode_eights(typed, &mut bytes);
    let (mut bits, mut symbols, mut padded) = (0_u32, bytes.len() / 5 * 8, false);
    for typed in rest.chars() {
        let value = match typed {
            '=' => {
                padded = true;
                continue;
            }
            separator if is_separator(separator) => continue,
            _ if padded => return Err(SecretError::NotBase32),
            symbol => u8::try_from(symbol).ok().and_then(value).ok_or(SecretError::NotBase32)?,
        };
        bits = bits << 5 | u32::from(value);
        symbols += 1;
        // So many bits are left over when this symbol has filled a byte.
        let surplus = symbols * 5 % 8;
        if surplus < 5 {
            bytes.push((bits >> surplus) as u8);
        }
        if symbols > MAX_SYMBOLS {
            break;
        }
    }
    if symbols > MAX_SYMBOLS {
        return Err(SecretError::TooLong);
    }
    if matches!(symbols % 8, 1 | 3 | 6) { Err(SecretError::Incomplete) } else { Ok(bytes) }
}

/// Decodes eight symbols at a time, 40 bits, for as long as no separator, padding or slip stands between them. Yields what comes then.
fn decode_eights<'a>(typed: &'a str, bytes: &mut Vec<u8>) -> &'a str {
    let mut rest = typed;
    while let Some((eight, _)) = rest.as_bytes().split_first_chunk::<8>() {
        let joined = eight.iter().try_fold(0, |bits, symbol| Some(bits << 5 | u64::from(value(*symbol)?)));
        let Some(bits) = joined else { break };
        let [_, _, _, forty @ ..] = u64::to_be_bytes(bits);
        bytes.extend_from_slice(&forty);
        rest = rest.get(8..).unwrap_or_default();
    }
    rest
}

/// The five bits of a symbol. It is computed, since to look it up in a table would leave traces of it in the cache.
const fn value(symbol: u8) -> Option<u8> {
    let letter = symbol.to_ascii_lowercase().wrapping_sub(b'a');
    let digit = symbol.wrapping_sub(b'2');
    if letter < 26 {
        Some(letter)
    } else if digit < 6 {
        Some(digit + 26)
    } else {
        None
    }
}

fn encode_base32(bytes: &[u8]) -> Zeroizing<String> {
    // Exactly as large as needed: a string that grew would leave its old buffer behind.
    let mut text = Zeroizing::new(String::with_capacity(BASE32_NOPAD.encode_len(bytes.len())));
    BASE32_NOPAD.encode_append(bytes, &mut text);
    text
}

#[cfg(test)]
mod tests;
