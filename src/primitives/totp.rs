//! TOTP, the time-based one-time password of RFC 6238: HOTP counted by the clock.
#![deny(clippy::arithmetic_side_effects)]

use subtle::{Choice, ConditionallySelectable, ConstantTimeEq};

use crate::primitives::algorithm::Algorithm;
use crate::primitives::code::{Code, Digits};
use crate::primitives::hotp::HotpKey;
use crate::primitives::secret::Secret;
use crate::primitives::stored::stored;
use crate::primitives::time::{StepSize, TimeStep, UnixTime, Window};

/// The parameters of an authenticator: everything that it and the verifier agree on, except the secret.
///
/// The default, SHA-1, six digits and steps of 30 seconds from the Unix epoch, is the only set that every authenticator app supports.
///
/// ```
/// use second_factor::{Import, primitives::{algorithm::Algorithm, code::Digits, secret::{Secret, SecretError}, totp::Totp}};
///
/// /// What the hardware tokens compute that a company handed out to its people.
/// const TOKENS: Totp = Totp::new().with_algorithm(Algorithm::Sha256).with_digits(Digits::Eight);
///
/// /// One of them, as the supplier's list has it, for `Verifier::import`.
/// fn token(number: &str, seed: &str) -> Result<Import, SecretError> {
///     Ok(Import::from_secret(Secret::from_base32(seed)?, TOKENS).named(number))
/// }
///
/// assert!(token("4711", "GEZDGNBVGY3TQOJQGEZDGNBVGY3TQOJQGEZDGNBVGY3TQOJQGEZA").is_ok());
/// ```
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Default, serde::Serialize, serde::Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Totp {
    algorithm: Algorithm,
    digits: Digits,
    step: StepSize,
    t0: UnixTime,
}
stored!(Totp { 0: algorithm, 1: digits, 2: step, 3: t0 });

impl Totp {
    /// SHA-1, six digits, 30 seconds, counted from the Unix epoch.
    #[must_use]
    pub const fn new() -> Self {
        Self { algorithm: Algorithm::Sha1, digits: Digits::Six, step: StepSize::DEFAULT, t0: UnixTime::EPOCH }
    }

    /// The same with another hash (RFC 6238 §1.2). Many apps ignore it and compute SHA-1.
    #[must_use]
    pub const fn with_algorithm(self, algorithm: Algorithm) -> Self {
        Self { algorithm, ..self }
    }

    /// The same with codes of so many digits (RFC 4226 §5.3).
    #[must_use]
    pub const fn with_digits(self, digits: Digits) -> Self {
        Self { digits, ..self }
    }

    /// The same with time steps of another length, `X` (RFC 6238 §4.1).
    #[must_use]
    pub const fn with_step(self, step: StepSize) -> Self {
        Self { step, ..self }
    }

    /// The same with steps counted from `t0`, the `T0` of RFC 6238 §4.1. No `otpauth` URI can say so, hence no app knows it.
    #[must_use]
    pub const fn with_t0(self, t0: UnixTime) -> Self {
        Self { t0, ..self }
    }

    /// The hash inside the HMAC.
    #[must_use]
    pub const fn algorithm(&self) -> Algorithm {
        self.algorithm
    }

    /// How many digits a code has.
    #[must_use]
    pub const fn digits(&self) -> Digits {
        self.digits
    }

    /// The length of a time step.
    #[must_use]
    pub const fn step(&self) -> StepSize {
        self.step
    }

    /// The moment at which step 0 begins.
    #[must_use]
    pub const fn t0(&self) -> UnixTime {
        self.t0
    }

    /// The step that `now` falls into: `T = (now - T0) / X`, rounded down (RFC 6238 §4.2). `None` before `T0`.
    #[must_use]
    pub const fn step_at(&self, now: UnixTime) -> Option<TimeStep> {
        let Some(elapsed) = now.seconds().checked_sub(self.t0.seconds()) else { return None };
        match elapsed.checked_div(self.step.seconds()) {
            Some(number) => Some(TimeStep::new(number)),
            None => None,
        }
    }

    /// Prepares `secret` to make and check codes under these parameters, at the price of two compressions of the hash.
    #[must_use]
    pub fn key(&self, secret: &Secret) -> TotpKey {
        TotpKey { totp: *self, key: HotpKey::new(self.algorithm, secret) }
    }
}

/// An authenticator: a prepared secret and the parameters it was prepared for.
///
/// They are one value, made only by [`Totp::key`], so no code is ever computed from a key with the parameters of
/// another. The secret is wiped when this is dropped, and neither shown, copied nor compared.
///
/// ```
/// use second_factor::primitives::{secret::Secret, time::UnixTime, totp::{Totp, TotpKey}};
///
/// // What a probe types that signs in every few minutes and has no phone; RFC 6238, appendix B has eight digits of it.
/// let key: TotpKey = Totp::default().key(&Secret::from_bytes(b"12345678901234567890")?);
/// let shown = key.code_at(UnixTime::from_seconds(59)).map(|code| code.reveal());
/// assert_eq!(shown.as_deref(), Some("287082"));
/// # Ok::<(), second_factor::primitives::secret::SecretError>(())
/// ```
#[derive(Debug)]
pub struct TotpKey {
    totp: Totp,
    key: HotpKey,
}

impl TotpKey {
    /// Its parameters.
    #[must_use]
    pub const fn totp(&self) -> Totp {
        self.totp
    }

    /// What the authenticator shows at `now`: `TOTP = HOTP(K, T)` (RFC 6238 §4.2). `None` before `T0`.
    #[must_use]
    pub fn code_at(&self, now: UnixTime) -> Option<Code> {
        self.totp.step_at(now).map(|step| self.code_in(step))
    }

    /// What the authenticator shows during `step`.
    #[must_use]
    pub fn code_in(&self, step: TimeStep) -> Code {
        self.key.code(step.number(), self.totp.digits)
    }

    /// The *highest* step of the window around `now` whose code is `typed` (RFC 6238 §5.2), if there is one.
    ///
    /// Two steps may share a code. To take the lower one would leave the higher one good for a replay.
    ///
    /// Every step is computed and compared without branching on the codes, so the time tells neither which step matched nor how
    /// much of the code was right. Steps before 0 or past the last number do not exist and match nothing; before `T0` no step does.
    /// Neither does a code with another number of digits.
    ///
    /// Nothing is remembered: the caller must remember [`Match::step`] and refuse a match whose [`Match::earliest`] step is not later
    /// than the last one that it accepted.
    #[must_use]
    pub fn verify(&self, typed: &Code, now: UnixTime, window: Window) -> Option<Match> {
        let present = self.totp.step_at(now);
        match window.steps() {
            1 => self.search::<1>(typed, present, window),
            2 => self.search::<2>(typed, present, window),
            3 => self.search::<3>(typed, present, window),
            4 => self.search::<4>(typed, present, window),
            _ => self.search::<5>(typed, present, window),
        }
    }

    /// As [`verify`](Self::verify), for a window of `N` steps.
    fn search<const N: usize>(
        &self,
        typed: &Code,
        present: Option<TimeStep>,
        window: Window,
    ) -> Option<Match> {
        let offsets = offsets::<N>(window);
        let mut found = Choice::from(0);
        let (mut lowest, mut highest) = (0, 0);
        for (equal, offset) in self.compare(typed, present, offsets).into_iter().zip(offsets) {
            lowest.conditional_assign(&offset, equal & !found);
            highest.conditional_assign(&offset, equal);
            found |= equal;
        }
        if !bool::from(found) {
            return None;
        }
        let step = |offset| present?.offset_by(offset);
        Some(Match { step: step(highest)?, earliest: step(lowest)?, offset: highest })
    }

    /// At which of these offsets from the present step `typed` is shown. All are computed, and compared without branching on the codes.
    #[inline]
    fn compare<const N: usize>(
        &self,
        typed: &Code,
        present: Option<TimeStep>,
        offsets: [i8; N],
    ) -> [Choice; N] {
        let steps = offsets.map(|offset| present?.offset_by(offset));
        let codes = self.key.codes(steps.map(|step| step.map_or(0, TimeStep::number)), self.totp.digits);
        // No code has this bit: with it, one that is shown nowhere equals none.
        const NOWHERE: u32 = 1 << 31;
        let same_length = typed.digits() == self.totp.digits;
        let mut nowhere =
            steps.map(|step| if same_length && step.is_some() { 0 } else { NOWHERE }).into_iter();
        codes.map(|code| (code.value() | nowhere.next().unwrap_or(NOWHERE)).ct_eq(&typed.value()))
    }

    /// On which of the 20 steps to either side of the present one `code` is shown, as [`Match::offset`] counts them: of several the
    /// nearest, of two as near the one ahead. `None` if it is none of them, and before `T0`.
    ///
    /// **Never a reason to accept a code.** It is for telling whose code was refused how far the clock of the phone seems to be off: with
    /// steps of 30 seconds, up to ten minutes. A random code of six digits is one of theirs about once in 24,000.
    ///
    /// As in [`verify`](Self::verify), every step is computed and compared without branching on the codes.
    pub(crate) fn clock_hint(&self, code: &Code, now: UnixTime) -> Option<i8> {
        let present = self.totp.step_at(now);
        let mut found = Choice::from(0);
        let mut nearest = 0;
        let mut look_at = |equal: Choice, offset| {
            nearest.conditional_assign(&offset, equal);
            found |= equal;
        };
        // The farthest first, for what is nearer is to stand in the end; four together, which takes less than each alone.
        for distance in (1..=HINT_REACH).rev().step_by(2) {
            let nearer = distance.saturating_sub(1);
            let offsets = [distance.saturating_neg(), distance, nearer.saturating_neg(), nearer];
            for (equal, offset) in self.compare(code, present, offsets).into_iter().zip(offsets) {
                look_at(equal, offset);
            }
        }
        let [equal] = self.compare(code, present, [0]);
        look_at(equal, 0);
        bool::from(found).then_some(nearest)
    }
}

/// How many steps to either side [`TotpKey::clock_hint`] looks.
const HINT_REACH: i8 = 20;

/// The offsets of a window of `N` steps, from the lowest to the highest.
fn offsets<const N: usize>(window: Window) -> [i8; N] {
    let mut next = 0_i8.saturating_sub_unsigned(window.behind());
    [(); N].map(|()| {
        let offset = next;
        next = next.saturating_add(1);
        offset
    })
}

/// Where a code was found.
///
/// [`TotpKey::verify`] yields it. To a host it is [`SignedIn::matched_offset`](crate::SignedIn::matched_offset).
///
/// ```
/// use second_factor::{UnixTime, primitives::{code::Code, secret::Secret, time::Window, totp::{Match, Totp, TotpKey}}};
///
/// /// A line of the log while hardware tokens are tried out, before they are handed to people.
/// fn try_out(token: &TotpKey, shown: &Code, now: UnixTime) -> Option<String> {
///     let found: Match = token.verify(shown, now, Window::DEFAULT)?;
///     let seconds = i64::from(found.offset()) * token.totp().step().seconds() as i64;
///     Some(format!("right, of step {}: its clock is off by {seconds} seconds", found.step().number()))
/// }
///
/// let token = Totp::default().key(&Secret::from_bytes(b"12345678901234567890")?);
/// let shown = Code::read("287082")?; // what RFC 6238, appendix B has for the second 59
/// assert_eq!(
///     try_out(&token, &shown, UnixTime::from_seconds(75)).as_deref(),
///     Some("right, of step 1: its clock is off by -30 seconds")
/// );
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct Match {
    step: TimeStep,
    earliest: TimeStep,
    offset: i8,
}

impl Match {
    /// The step whose code it is: the one to remember, so that neither it nor an earlier one is accepted again.
    #[must_use]
    pub const fn step(&self) -> TimeStep {
        self.step
    }

    /// The earliest step of the window that has the same code; mostly [`step`](Self::step) itself. If it was spent, so was the code.
    #[must_use]
    pub const fn earliest(&self) -> TimeStep {
        self.earliest
    }

    /// How many steps after the present one that is: the authenticator's clock is behind if negative, ahead if positive.
    #[must_use]
    pub const fn offset(&self) -> i8 {
        self.offset
    }
}

#[cfg(test)]
mod tests;
