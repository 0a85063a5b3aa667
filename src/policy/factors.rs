//! Which kinds of second factor there are in a tenant, and for whom.

use serde::{Deserialize, Serialize};

use crate::factor::{Channel, Factor};

/// The kinds that are allowed.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub(super) struct Factors {
    totp: bool,
    backup_code: bool,
    email: bool,
    sms: bool,
}

impl Factors {
    pub(super) const DEFAULT: Self = Self { totp: true, backup_code: true, email: false, sms: false };

    pub(super) const fn with(mut self, factor: Factor, allowed: bool) -> Self {
        match factor {
            Factor::Totp => self.totp = allowed,
            Factor::BackupCode => self.backup_code = allowed,
            Factor::OneTimeCode(Channel::Email) => self.email = allowed,
            Factor::OneTimeCode(Channel::Sms) => self.sms = allowed,
        }
        self
    }

    pub(super) const fn has(self, factor: Factor) -> bool {
        match factor {
            Factor::Totp => self.totp,
            Factor::BackupCode => self.backup_code,
            Factor::OneTimeCode(Channel::Email) => self.email,
            Factor::OneTimeCode(Channel::Sms) => self.sms,
        }
    }
}

impl Default for Factors {
    fn default() -> Self {
        Self::DEFAULT
    }
}

/// For whom the channels are that a policy [allows](crate::Policy::allow). While none is allowed, for nobody.
///
/// ```
/// use second_factor::{Channel, Factor, OneTimeCodes, Policy, Requirement};
///
/// /// Everybody signs in with mailed codes, and nobody has anything to set up.
/// const MAIL: Policy = Policy::new(Requirement::RequiredForAll).allow(Factor::OneTimeCode(Channel::Email));
/// /// Everybody has an app, and text messages help out.
/// const APP: Policy = Policy::new(Requirement::RequiredForAll)
///     .allow(Factor::OneTimeCode(Channel::Sms))
///     .one_time_codes(OneTimeCodes::BesideAuthenticator);
/// ```
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Default, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum OneTimeCodes {
    /// For users without an authenticator, who then need no enrollment at all: a tenant may live on mailed codes alone. Who has an
    /// authenticator is asked for its code.
    #[default]
    WithoutAuthenticator,
    /// For users with an authenticator, as a fallback. Everybody sets one up.
    BesideAuthenticator,
    /// For both.
    Always,
}

/// How long backup codes are, in symbols of Crockford's base32 with 5 bits each.
///
/// ```
/// use second_factor::{BackupCodeFormat, Policy, Requirement};
///
/// let policy = Policy::new(Requirement::Optional).backup_codes(BackupCodeFormat::Short);
/// assert_eq!(policy.backup_code_format(), BackupCodeFormat::Short);
/// let strict = Policy::nist_strict(Requirement::Optional).backup_codes(BackupCodeFormat::Short);
/// assert_eq!(strict.backup_code_format(), BackupCodeFormat::Long);
/// ```
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Default, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum BackupCodeFormat {
    /// 25 symbols in 5 groups: 120 random bits and a check symbol. From 112 bits on a plain digest may be stored
    /// (NIST SP 800-63B §3.1.2.2).
    #[default]
    Long,
    /// 16 symbols in 4 groups: 80 random bits. Quicker to type, and fewer bits than NIST SP 800-63B §3.1.2.2 asks for a plain digest.
    Short,
}
