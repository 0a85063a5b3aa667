//! Time as the standards count it: seconds since the Unix epoch, and the steps that RFC 6238 cuts them into.

use serde::{Deserialize, Serialize};

use crate::primitives::stored::{Reader, Stored, Writer, Written, stored};

/// The seconds of a day.
pub(crate) const DAY: u64 = 24 * 60 * 60;

/// A moment, in whole seconds since 1970-01-01 00:00:00 UTC, leap seconds not counted (RFC 6238 §4.1).
///
/// ```
/// use second_factor::UnixTime;
///
/// /// On every page while a grace runs: `enroll_by` is that of `Access::Granted`.
/// fn notice(enroll_by: UnixTime, now: UnixTime) -> String {
///     format!("Set up a second step: {} days are left.", enroll_by.since(now) / 86_400)
/// }
///
/// let (enroll_by, now) = (UnixTime::from_seconds(1_790_000_000), UnixTime::from_seconds(1_789_740_000));
/// assert_eq!(notice(enroll_by, now), "Set up a second step: 3 days are left.");
/// ```
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Default, Serialize, Deserialize)]
#[serde(transparent)]
pub struct UnixTime(u64);
stored!(UnixTime(u64));

impl UnixTime {
    /// 1970-01-01 00:00:00 UTC.
    pub const EPOCH: Self = Self(0);

    /// The moment `seconds` after the epoch.
    #[must_use]
    pub const fn from_seconds(seconds: u64) -> Self {
        Self(seconds)
    }

    /// Seconds since the epoch.
    #[must_use]
    pub const fn seconds(self) -> u64 {
        self.0
    }

    /// `seconds` later; the end of time if that lies beyond it.
    #[must_use]
    pub const fn plus(self, seconds: u64) -> Self {
        Self(self.0.saturating_add(seconds))
    }

    /// The seconds that have passed since `earlier`; 0 if it is not in the past.
    #[must_use]
    pub const fn since(self, earlier: Self) -> u64 {
        self.0.saturating_sub(earlier.0)
    }
}

/// The number of a time step: the moving factor `T` of RFC 6238 §4.2.
///
/// ```
/// use second_factor::primitives::{code::Code, secret::Secret, time::{TimeStep, UnixTime}, totp::{Totp, TotpKey}};
///
/// /// For the tests of a host: what a phone shows whose clock is a step ahead.
/// fn on_a_fast_phone(app: &TotpKey, now: UnixTime) -> Option<Code> {
///     let step: TimeStep = app.totp().step_at(now)?.offset_by(1)?;
///     Some(app.code_in(step))
/// }
///
/// let app = Totp::default().key(&Secret::from_bytes(b"12345678901234567890")?);
/// let shown = on_a_fast_phone(&app, UnixTime::from_seconds(29)).map(|code| code.reveal());
/// assert_eq!(shown.as_deref(), Some("287082"), "RFC 6238, appendix B has it for the second 59");
/// # Ok::<(), second_factor::primitives::secret::SecretError>(())
/// ```
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(transparent)]
pub struct TimeStep(u64);
stored!(TimeStep(u64));

impl TimeStep {
    /// The step with this number.
    #[must_use]
    pub const fn new(number: u64) -> Self {
        Self(number)
    }

    /// Its number, the counter that goes into HOTP.
    #[must_use]
    pub const fn number(self) -> u64 {
        self.0
    }

    /// The step `offset` steps away, or `None` if there is none.
    #[must_use]
    pub const fn offset_by(self, offset: i8) -> Option<Self> {
        match self.0.checked_add_signed(offset as i64) {
            Some(number) => Some(Self(number)),
            None => None,
        }
    }
}

/// The length `X` of a time step in seconds (RFC 6238 §4.1): 1 to 3600, by default 30.
///
/// ```
/// use second_factor::primitives::{time::StepSize, totp::Totp};
///
/// /// The column `period` of the system that users are taken over from. `None`: these have to set up anew.
/// fn parameters(period: u16) -> Option<Totp> {
///     Some(Totp::new().with_step(StepSize::from_seconds(period)?))
/// }
///
/// assert_eq!(parameters(60).map(|totp| totp.step().seconds()), Some(60));
/// assert_eq!(parameters(0), None);
/// ```
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(try_from = "u16", into = "u16")]
pub struct StepSize(u16);

impl Stored for StepSize {
    fn write(&self, to: &mut Writer<'_>) -> Written {
        self.0.write(to)
    }

    fn read(from: &mut Reader<'_>) -> Option<Self> {
        Self::from_seconds(Stored::read(from)?)
    }
}

impl StepSize {
    /// 30 seconds, the default of RFC 6238 §4.1 and the only size that every authenticator app knows.
    pub const DEFAULT: Self = Self(30);
    /// The longest step: an hour.
    pub const MAX_SECONDS: u16 = 3600;

    /// A step of `seconds`, or `None` outside 1 to [`MAX_SECONDS`](Self::MAX_SECONDS).
    #[must_use]
    pub const fn from_seconds(seconds: u16) -> Option<Self> {
        if seconds >= 1 && seconds <= Self::MAX_SECONDS { Some(Self(seconds)) } else { None }
    }

    /// Its length in seconds.
    #[must_use]
    pub const fn seconds(self) -> u64 {
        self.0 as u64
    }
}

impl Default for StepSize {
    fn default() -> Self {
        Self::DEFAULT
    }
}

impl From<StepSize> for u16 {
    fn from(size: StepSize) -> Self {
        size.0
    }
}

impl TryFrom<u16> for StepSize {
    type Error = &'static str;

    fn try_from(seconds: u16) -> Result<Self, Self::Error> {
        Self::from_seconds(seconds).ok_or("a time step has 1 to 3600 seconds")
    }
}

/// The steps around the present one whose codes are accepted: up to 2 behind and 2 ahead.
///
/// RFC 6238 §5.2 asks for a small one; each further step is one more code that a guess may hit.
///
/// ```
/// use second_factor::{Policy, Requirement, primitives::time::Window};
///
/// /// The present step alone, for a tenant whose people use well-kept clocks.
/// const STRICT: Policy = Policy::new(Requirement::RequiredForAll).window(Window::NONE);
/// assert_eq!(STRICT.accepted_window().steps(), 1);
/// ```
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(try_from = "(u8, u8)", into = "(u8, u8)")]
pub struct Window {
    behind: u8,
    ahead: u8,
}

impl Window {
    /// One step behind and one ahead: a phone's clock may be off by a step, and typing takes time.
    pub const DEFAULT: Self = Self { behind: 1, ahead: 1 };
    /// The present step alone.
    pub const NONE: Self = Self { behind: 0, ahead: 0 };
    /// The widest reach to either side, in steps.
    pub const MAX_REACH: u8 = 2;

    /// `behind` steps into the past and `ahead` into the future, or `None` if either exceeds [`MAX_REACH`](Self::MAX_REACH).
    #[must_use]
    pub const fn new(behind: u8, ahead: u8) -> Option<Self> {
        if behind <= Self::MAX_REACH && ahead <= Self::MAX_REACH {
            Some(Self { behind, ahead })
        } else {
            None
        }
    }

    /// Steps behind the present one.
    #[must_use]
    pub const fn behind(self) -> u8 {
        self.behind
    }

    /// Steps ahead of the present one.
    #[must_use]
    pub const fn ahead(self) -> u8 {
        self.ahead
    }

    /// How many codes are acceptable at once: 1 to 5.
    #[must_use]
    pub const fn steps(self) -> u8 {
        self.behind.saturating_add(self.ahead).saturating_add(1)
    }
}

impl Default for Window {
    fn default() -> Self {
        Self::DEFAULT
    }
}

impl From<Window> for (u8, u8) {
    fn from(window: Window) -> Self {
        (window.behind, window.ahead)
    }
}

impl TryFrom<(u8, u8)> for Window {
    type Error = &'static str;

    fn try_from((behind, ahead): (u8, u8)) -> Result<Self, Self::Error> {
        Self::new(behind, ahead).ok_or("a window reaches at most 2 steps to either side")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn time_neither_wraps_nor_goes_below_zero() {
        let end = UnixTime::from_seconds(u64::MAX);
        assert_eq!(end.plus(1), end);
        assert_eq!(UnixTime::EPOCH.since(end), 0);
        assert_eq!(end.since(UnixTime::EPOCH), u64::MAX);
        assert_eq!(TimeStep::new(0).offset_by(-1), None);
        assert_eq!(TimeStep::new(u64::MAX).offset_by(1), None);
        assert_eq!(TimeStep::new(7).offset_by(-7), Some(TimeStep::new(0)));
    }

    #[test]
    fn a_step_has_one_second_to_an_hour() {
        let seconds = |size| StepSize::from_seconds(size).map(StepSize::seconds);
        assert_eq!([0, 1, 3600, 3601].map(seconds), [None, Some(1), Some(3600), None]);
        assert!(serde_json::from_str::<StepSize>("0").is_err());
        assert_eq!(serde_json::from_str::<StepSize>("30").unwrap(), StepSize::DEFAULT);
    }

    #[test]
    fn a_window_reaches_two_steps_at_most() {
        let steps = |(behind, ahead)| Window::new(behind, ahead).map(Window::steps);
        assert_eq!([(0, 0), (1, 1), (2, 2), (0, 2)].map(steps), [Some(1), Some(3), Some(5), Some(3)]);
        assert_eq!([(3, 0), (0, 3), (255, 255)].map(steps), [None; 3]);
    }
}
