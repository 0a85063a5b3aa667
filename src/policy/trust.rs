//! Whether a browser may be trusted, and for how long.

use serde::{Deserialize, Serialize};

/// Whether, and for how long, users may have a browser of theirs not ask again.
///
/// A trusted browser stands in for the second factor and is none: such a sign-in has the assurance
/// `TrustedDevice`, never that of a second factor.
///
/// ```
/// use second_factor::{Challenge, Trust};
///
/// /// The tick box of the code page, if there is one.
/// fn tick_box(challenge: &Challenge) -> Option<String> {
///     match challenge.may_trust()? {
///         Trust::Days(days) => Some(format!("Do not ask again in this browser for {} days", days.days())),
///         Trust::UntilSignOut => Some("Do not ask again in this browser until I sign out".into()),
///         Trust::Off => None,
///     }
/// }
/// ```
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Default, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Trust {
    /// Every sign-in is asked.
    #[default]
    Off,
    /// This many days from the sign-in that trusted the browser. Not prolonged by use.
    Days(TrustDays),
    /// Until the user signs out there.
    UntilSignOut,
}

/// 1 to 90 days.
///
/// ```
/// use second_factor::{Trust, TrustDays};
///
/// /// The field "days" of the policy form. `None`: say that it takes 1 to 90.
/// fn posted(days: &str) -> Option<Trust> {
///     days.parse().ok().and_then(TrustDays::new).map(Trust::Days)
/// }
///
/// const MONTH: TrustDays = TrustDays::new(30).unwrap();
/// assert_eq!(posted("30"), Some(Trust::Days(MONTH)));
/// assert_eq!(posted("365"), None);
/// ```
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(try_from = "u8", into = "u8")]
pub struct TrustDays(u8);

impl TrustDays {
    /// 14 days.
    pub const DEFAULT: Self = Self(14);
    /// The longest trust, in days.
    pub const MAX: u8 = 90;

    /// So many days, or `None` for 0 and for more than [`MAX`](Self::MAX).
    #[must_use]
    pub const fn new(days: u8) -> Option<Self> {
        if days >= 1 && days <= Self::MAX { Some(Self(days)) } else { None }
    }

    /// In days.
    #[must_use]
    pub const fn days(self) -> u8 {
        self.0
    }
}

impl Default for TrustDays {
    fn default() -> Self {
        Self::DEFAULT
    }
}

impl From<TrustDays> for u8 {
    fn from(days: TrustDays) -> Self {
        days.0
    }
}

impl TryFrom<u8> for TrustDays {
    type Error = &'static str;

    fn try_from(days: u8) -> Result<Self, Self::Error> {
        Self::new(days).ok_or("a device is trusted for 1 to 90 days")
    }
}
