//! Codes of six to eight digits, and the reading of what people type.

use std::fmt;

use crate::primitives::stored::{Reader, Stored, Writer, Written};

/// A code of six to eight digits, as an app shows it and a person types it.
///
/// It can be neither cloned nor compared, and `Debug` shows nothing of it: only a
/// [`Verifier`](crate::Verifier) says whether a code is right, and it says so once.
///
/// ```
/// use second_factor::primitives::code::Code;
///
/// // Typed where a hardware token is tried out. On the code page, `Verifier::verify` reads what was typed.
/// let typed = Code::read(" 123-456 ")?;
/// assert_eq!(typed.reveal(), "123456");
/// # Ok::<(), second_factor::primitives::code::Malformed>(())
/// ```
pub struct Code {
    value: u32,
    digits: Digits,
}

impl Code {
    pub(crate) const fn new(value: u32, digits: Digits) -> Self {
        Self { value, digits }
    }

    /// What a person typed or pasted.
    ///
    /// Decimal digits of every script count, so full-width and Arabic ones too; spaces, hyphens and dashes of any
    /// kind and the invisible marks that a paste brings along are skipped. Everything else is refused.
    ///
    /// ```
    /// use second_factor::primitives::code::Code;
    ///
    /// for typed in ["123456", " 123 456 ", "123-456", "１２３４５６", "١٢٣٤٥٦"] {
    ///     assert_eq!(Code::read(typed)?.reveal(), "123456");
    /// }
    /// assert!(Code::read("12345").is_err());
    /// # Ok::<(), second_factor::primitives::code::Malformed>(())
    /// ```
    ///
    /// # Errors
    ///
    /// [`Malformed`] unless there are six to eight digits, and for a text of more than 128 bytes.
    pub fn read(typed: &str) -> Result<Self, Malformed> {
        if typed.len() > MAX_TYPED {
            return Err(Malformed);
        }
        let (mut value, mut count) = (0_u32, 0_u8);
        for typed in typed.chars() {
            match decimal_digit(typed) {
                Some(_) if count == Digits::Eight.count() => return Err(Malformed),
                Some(digit) => (value, count) = (value * 10 + digit, count + 1),
                None if is_separator(typed) => {}
                None => return Err(Malformed),
            }
        }
        Digits::new(count).map(|digits| Self { value, digits }).ok_or(Malformed)
    }

    pub(crate) const fn value(&self) -> u32 {
        self.value
    }

    /// How many digits it has.
    #[must_use]
    pub const fn digits(&self) -> Digits {
        self.digits
    }

    /// The code as text, with its leading zeros.
    #[must_use]
    pub fn reveal(&self) -> String {
        format!("{:0width$}", self.value, width = usize::from(self.digits.count()))
    }
}

impl fmt::Debug for Code {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Code(..)")
    }
}

/// What was typed is not a code. It says nothing of what it was.
///
/// [`Code::read`] yields it. To a host it is [`Reason::Malformed`](crate::Reason::Malformed), and costs no guess.
///
/// ```
/// use second_factor::primitives::code::{Code, Malformed};
///
/// /// A set-up in a terminal asks again at once, without a call, for what cannot be the app's code.
/// fn asks_again(typed: &str) -> Option<String> {
///     Code::read(typed).err().map(|slip: Malformed| slip.to_string())
/// }
///
/// assert_eq!(asks_again("12 34 5").as_deref(), Some("a code has six to eight digits"));
/// assert_eq!(asks_again("12 34 56"), None);
/// ```
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("a code has six to eight digits")]
#[non_exhaustive]
pub struct Malformed;

/// How many digits a code has (RFC 4226 §5.3): six, seven or eight.
///
/// ```
/// use second_factor::primitives::{code::Digits, totp::Totp};
///
/// /// The column `digits` of the system that users are taken over from. `None`: these have to set up anew.
/// fn parameters(digits: u8) -> Option<Totp> {
///     Some(Totp::new().with_digits(Digits::new(digits)?))
/// }
///
/// /// The longest text that the field of a set-up page should take: digits, and a space in between.
/// fn field_size(totp: Totp) -> u8 {
///     totp.digits().count() + 1
/// }
///
/// assert_eq!(parameters(8).map(field_size), Some(9));
/// assert_eq!(parameters(4), None);
/// ```
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Default, serde::Serialize, serde::Deserialize)]
#[serde(try_from = "u8", into = "u8")]
pub enum Digits {
    /// Six digits, which every authenticator app shows.
    #[default]
    Six,
    /// Seven digits.
    Seven,
    /// Eight digits.
    Eight,
}

impl Digits {
    /// So many digits, or `None` unless they are 6, 7 or 8.
    #[must_use]
    pub const fn new(count: u8) -> Option<Self> {
        match count {
            6 => Some(Self::Six),
            7 => Some(Self::Seven),
            8 => Some(Self::Eight),
            _ => None,
        }
    }

    /// Their number.
    #[must_use]
    pub const fn count(self) -> u8 {
        match self {
            Self::Six => 6,
            Self::Seven => 7,
            Self::Eight => 8,
        }
    }
}

impl Stored for Digits {
    fn write(&self, to: &mut Writer<'_>) -> Written {
        self.count().write(to)
    }

    fn read(from: &mut Reader<'_>) -> Option<Self> {
        Self::new(Stored::read(from)?)
    }
}

impl From<Digits> for u8 {
    fn from(digits: Digits) -> Self {
        digits.count()
    }
}

impl TryFrom<u8> for Digits {
    type Error = &'static str;

    fn try_from(count: u8) -> Result<Self, Self::Error> {
        Self::new(count).ok_or("a code has 6, 7 or 8 digits")
    }
}

/// The longest text that is read, in bytes: eight digits of four bytes each leave room for what a paste adds.
const MAX_TYPED: usize = 128;

/// The zeros of all scripts: every tenth character of General_Category `Nd` in Unicode 17. Nine more follow each.
const ZEROS: [u32; 77] = [
    0x0030, 0x0660, 0x06F0, 0x07C0, 0x0966, 0x09E6, 0x0A66, 0x0AE6, 0x0B66, 0x0BE6, 0x0C66, 0x0CE6, 0x0D66,
    0x0DE6, 0x0E50, 0x0ED0, 0x0F20, 0x1040, 0x1090, 0x17E0, 0x1810, 0x1946, 0x19D0, 0x1A80, 0x1A90, 0x1B50,
    0x1BB0, 0x1C40, 0x1C50, 0xA620, 0xA8D0, 0xA900, 0xA9D0, 0xA9F0, 0xAA50, 0xABF0, 0xFF10, 0x104A0, 0x10D30,
    0x10D40, 0x11066, 0x110F0, 0x11136, 0x111D0, 0x112F0, 0x11450, 0x114D0, 0x11650, 0x116C0, 0x116D0,
    0x116DA, 0x11730, 0x118E0, 0x11950, 0x11BF0, 0x11C50, 0x11D50, 0x11DA0, 0x11DE0, 0x11F50, 0x16130,
    0x16A60, 0x16AC0, 0x16B50, 0x16D70, 0x1CCF0, 0x1D7CE, 0x1D7D8, 0x1D7E2, 0x1D7EC, 0x1D7F6, 0x1E140,
    0x1E2F0, 0x1E4F0, 0x1E5F1, 0x1E950, 0x1FBF0,
];

/// The value, 0 to 9, of a decimal digit of any script.
fn decimal_digit(typed: char) -> Option<u32> {
    if typed.is_ascii() {
        return typed.to_digit(10);
    }
    let typed = u32::from(typed);
    let after = ZEROS.partition_point(|zero| *zero <= typed);
    let zero = ZEROS.get(after.checked_sub(1)?)?;
    typed.checked_sub(*zero).filter(|digit| *digit < 10)
}

/// What people and clipboards put between and around characters, and what carries no meaning there: whitespace,
/// hyphens and dashes, zero-width characters and directional marks.
pub(crate) fn is_separator(typed: char) -> bool {
    if typed.is_ascii() {
        return typed == '-' || typed.is_whitespace();
    }
    typed.is_whitespace() || is_dash(typed) || is_invisible(typed)
}

/// General_Category `Pd` in Unicode 17, the minus sign, and the long vowel mark that a Japanese keyboard gives for `-`.
const fn is_dash(typed: char) -> bool {
    matches!(
        typed,
        '\u{058A}' | '\u{05BE}' | '\u{1400}' | '\u{1806}' | '\u{2010}'
            ..='\u{2015}'
                | '\u{2E17}'
                | '\u{2E1A}'
                | '\u{2E3A}'
                | '\u{2E3B}'
                | '\u{2E40}'
                | '\u{2E5D}'
                | '\u{301C}'
                | '\u{3030}'
                | '\u{30A0}'
                | '\u{FE31}'
                | '\u{FE32}'
                | '\u{FE58}'
                | '\u{FE63}'
                | '\u{FF0D}'
                | '\u{10D6E}'
                | '\u{10EAD}'
                | '\u{2212}'
                | '\u{30FC}'
                | '\u{FF70}'
    )
}

/// Zero-width characters, the byte-order mark and the marks of the bidirectional algorithm (UAX #9 §2).
const fn is_invisible(typed: char) -> bool {
    matches!(
        typed,
        '\u{00AD}' | '\u{061C}' | '\u{180E}' | '\u{200B}'..='\u{200F}' | '\u{202A}'..='\u{202E}'
            | '\u{2060}' | '\u{2066}'..='\u{2069}' | '\u{FEFF}'
    )
}

#[cfg(test)]
mod tests;
