//! Look-up secrets (NIST SP 800-63B §3.1.2) as people write them down and type them back: Crockford's base32, in groups, most with a
//! check symbol that tells a slip of the pen from a guess.
//!
//! # The check symbol
//!
//! Symbols stand for the elements of GF(32) = GF(2)\[α\] / (α⁵ + α² + 1). The check symbol `c` behind the symbols `s₁ … sₙ` makes
//!
//! ```text
//! s₁·αⁿ + s₂·αⁿ⁻¹ + … + sₙ·α + c = 0
//! ```
//!
//! α has order 31 and there are at most 30 symbols, so their weights are different from each other and none is zero. A symbol that is
//! wrong by `d` changes the sum by its weight times `d`; two symbols in each other's place change it by the difference of their weights
//! times their own. Neither product is zero: **every single wrong symbol and every exchange of two different symbols is found**, wherever
//! they stand, the check symbol included. Of all other texts one in 32 passes. The check symbol adds nothing to the secret.

use std::fmt;

use zeroize::Zeroizing;

use crate::primitives::{RandomError, code::is_separator, random};

/// How a look-up secret is written: its length, its groups, and whether there is a check symbol. A symbol is five bits.
#[derive(Debug, Clone, Copy, PartialEq, Eq, serde::Serialize, serde::Deserialize)]
#[serde(rename_all = "snake_case")]
pub(crate) enum Shape {
    /// `XXXXX-XXXXX-XXXXX-XXXXX-XXXXX`: 24 random symbols, 120 bits, and a check symbol. NIST SP 800-63B §3.1.2.2 asks for a salt and a
    /// slow hash only below 112 bits.
    Long,
    /// `XXXX-XXXX-XXXX-XXXX`: 16 random symbols, 80 bits, without a check symbol.
    Short,
    /// `XXXXX-XXXXX-XXXXX-XXXXX-XXXXX-XXXXX`: 29 random symbols, 145 bits, and a check symbol.
    Ticket,
}

impl Shape {
    const ALL: [Self; 3] = [Self::Long, Self::Short, Self::Ticket];

    /// How many symbols it has, the check symbol included. No two shapes have as many.
    pub(crate) const fn symbols(self) -> usize {
        match self {
            Self::Long => 25,
            Self::Short => 16,
            Self::Ticket => 30,
        }
    }

    /// How many of them are random.
    pub(crate) const fn random_symbols(self) -> usize {
        match self {
            Self::Long => 24,
            Self::Short => 16,
            Self::Ticket => 29,
        }
    }

    const fn has_check(self) -> bool {
        self.random_symbols() < self.symbols()
    }

    const fn group(self) -> usize {
        match self {
            Self::Short => 4,
            Self::Long | Self::Ticket => 5,
        }
    }

    fn of(symbols: usize) -> Option<Self> {
        Self::ALL.into_iter().find(|shape| shape.symbols() == symbols)
    }
}

/// A look-up secret, wiped from memory when dropped.
///
/// It can be neither cloned nor compared, and `Debug` shows nothing of it: what is kept and compared is a digest of its
/// [`symbols`](Self::symbols).
pub(crate) struct LookupSecret {
    shape: Shape,
    /// In the alphabet, as many as the shape has, and with the right check symbol if it has one.
    symbols: Zeroizing<Vec<u8>>,
}

impl LookupSecret {
    /// A new one from the operating system's generator.
    ///
    /// # Errors
    ///
    /// [`RandomError`] if the generator fails.
    pub(crate) fn generate(shape: Shape) -> Result<Self, RandomError> {
        let mut values = Zeroizing::new(Vec::with_capacity(shape.symbols()));
        values.resize(shape.random_symbols(), 0);
        random::fill(&mut values)?;
        // Five of eight uniformly random bits are uniformly random.
        values.iter_mut().for_each(|value| *value &= 0b1_1111);
        if shape.has_check() {
            let check = check_value(&values);
            values.push(check);
        }
        Ok(Self::write(shape, values))
    }

    /// What a person typed or pasted; `None` if it is not a look-up secret, or its check symbol says that it was mistyped.
    ///
    /// Letters in either case, `O` for `0`, and `I` and `L` for `1` are understood (Crockford), as are full-width characters; spaces,
    /// hyphens and dashes of any kind and the invisible marks of a paste are skipped. Everything else is refused, `U` included. The
    /// shape follows from the number of symbols.
    pub(crate) fn read(typed: &str) -> Option<Self> {
        if typed.len() > MAX_TYPED {
            return None;
        }
        let mut values = Zeroizing::new(Vec::with_capacity(MAX_SYMBOLS));
        for typed in typed.chars().map(half_width).filter(|typed| !is_separator(*typed)) {
            if values.len() == MAX_SYMBOLS {
                return None;
            }
            values.push(value(typed)?);
        }
        let shape = Shape::of(values.len())?;
        let intact = !shape.has_check() || weighted_sum(&values) == 0;
        intact.then(|| Self::write(shape, values))
    }

    /// Its symbols in ASCII: upper case, the check symbol included, without hyphens. All ways to type it give the same.
    pub(crate) fn symbols(&self) -> &[u8] {
        &self.symbols
    }

    /// Its symbols in groups, parted by hyphens, for a person to read and keep.
    #[must_use]
    pub(crate) fn to_text(&self) -> Zeroizing<String> {
        // Never grows: a string that grew would leave its old buffer behind.
        let mut text = Zeroizing::new(String::with_capacity(2 * MAX_SYMBOLS));
        for (place, symbol) in self.symbols.iter().enumerate() {
            if place > 0 && place.is_multiple_of(self.shape.group()) {
                text.push('-');
            }
            text.push(char::from(*symbol));
        }
        text
    }

    /// Turns values into symbols, in their place.
    fn write(shape: Shape, mut values: Zeroizing<Vec<u8>>) -> Self {
        values.iter_mut().for_each(|value| *value = symbol(*value));
        Self { shape, symbols: values }
    }
}

impl fmt::Debug for LookupSecret {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("LookupSecret").field("shape", &self.shape).finish_non_exhaustive()
    }
}

/// Crockford's base32: the digits, and the letters without I, L and O, which look like digits, and U, which makes words.
const ALPHABET: [u8; 32] = *b"0123456789ABCDEFGHJKMNPQRSTVWXYZ";

/// The symbols of the longest shape.
const MAX_SYMBOLS: usize = 30;
/// The longest text that is read, in bytes: 30 full-width symbols of three bytes each, with generous separators.
const MAX_TYPED: usize = 512;

#[allow(clippy::indexing_slicing, reason = "five bits are never past the end of 32")]
const fn symbol(value: u8) -> u8 {
    ALPHABET[(value & 0b1_1111) as usize]
}

/// The value, 0 to 31, of what was typed for a symbol.
fn value(typed: char) -> Option<u8> {
    let symbol = match typed.to_ascii_uppercase() {
        'O' => '0',
        'I' | 'L' => '1',
        other => other,
    };
    (0..).zip(ALPHABET).find(|(_, known)| char::from(*known) == symbol).map(|(value, _)| value)
}

/// The ASCII character that a full-width one (U+FF01 to U+FF5E) is the wide form of; any other as it is.
const fn half_width(typed: char) -> char {
    match typed {
        '\u{FF01}'..='\u{FF5E}' => (typed as u32 - 0xFEE0) as u8 as char,
        _ => typed,
    }
}

/// The value of the check symbol behind `values`.
fn check_value(values: &[u8]) -> u8 {
    times_alpha(weighted_sum(values))
}

/// The sum of the values, the last with weight 1, the one before with α, the one before that with α²: Horner's rule.
fn weighted_sum(values: &[u8]) -> u8 {
    values.iter().fold(0, |sum, value| times_alpha(sum) ^ value)
}

/// The product with α in GF(32), without a branch or a table.
const fn times_alpha(value: u8) -> u8 {
    (value << 1) ^ (0b10_0101 * (value >> 4))
}

#[cfg(test)]
mod tests;
