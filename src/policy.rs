//! What a tenant asks of its users.

use serde::{Deserialize, Serialize};

use crate::{
    factor::{Channel, Factor},
    primitives::time::{UnixTime, Window},
};

mod factors;
mod requirement;
mod trust;

use factors::Factors;
pub use factors::{BackupCodeFormat, OneTimeCodes};
pub(crate) use requirement::Obligation;
pub use requirement::{Others, Requirement};
pub use trust::{Trust, TrustDays};

/// A tenant's rules: a plain value that the host keeps with the tenant's settings and hands over with every [`Account`](crate::Account).
/// It is read anew at each call, so a change holds from the next request on.
///
/// **Enrolled means asked**: no policy, `Off` included, lets a user who has set up a second factor in by the first alone.
///
/// Read back from a configuration, a policy must name its requirement, and an unknown field is an error: a typing error must not
/// switch anything off.
///
/// ```
/// use second_factor::{Channel, Factor, Policy, Requirement, Trust, TrustDays};
///
/// const POLICY: Policy = Policy::new(Requirement::RequiredForAll)
///     .allow(Factor::OneTimeCode(Channel::Sms))
///     .trusted_devices(Trust::Days(TrustDays::DEFAULT));
/// assert_eq!(POLICY.requirement(), Requirement::RequiredForAll);
/// ```
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Policy {
    requirement: Requirement,
    #[serde(default)]
    grace_until: Option<UnixTime>,
    #[serde(default)]
    window: Window,
    #[serde(default)]
    factors: Factors,
    #[serde(default)]
    one_time_codes: OneTimeCodes,
    #[serde(default)]
    trusted_devices: Trust,
    #[serde(default)]
    backup_codes: BackupCodeFormat,
    #[serde(default)]
    viewable_backup_codes: bool,
    #[serde(default = "yes")]
    distinct_channels: bool,
    #[serde(default)]
    waive_tickets: bool,
    #[serde(default)]
    nist_strict: bool,
}

const fn yes() -> bool {
    true
}

impl Policy {
    /// A policy with this requirement and the defaults: no grace, a window of one step to either side, authenticator apps and long
    /// backup codes, no codes by mail or text message, no trusted devices.
    #[must_use]
    pub const fn new(requirement: Requirement) -> Self {
        Self {
            requirement,
            grace_until: None,
            window: Window::DEFAULT,
            factors: Factors::DEFAULT,
            one_time_codes: OneTimeCodes::WithoutAuthenticator,
            trusted_devices: Trust::Off,
            backup_codes: BackupCodeFormat::Long,
            viewable_backup_codes: false,
            distinct_channels: true,
            waive_tickets: false,
            nist_strict: false,
        }
    }

    /// The profile after NIST SP 800-63B: no trusted devices, no codes by mail (§3.1.3), long backup codes only (§3.1.2.2) that are
    /// never shown again, and an authenticator is disabled at 100 consecutive failures (§3.2.2).
    ///
    /// It is a mark on the policy: nothing that is set or configured besides can loosen these points. Text messages remain a choice of
    /// the tenant's (§3.1.3.3).
    #[must_use]
    pub const fn nist_strict(requirement: Requirement) -> Self {
        let mut policy = Self::new(requirement);
        policy.nist_strict = true;
        policy
    }

    /// Sets who must have a second factor.
    #[must_use]
    pub const fn require(mut self, requirement: Requirement) -> Self {
        self.requirement = requirement;
        self
    }

    /// Lets those who must, but have not yet set up, sign in without until this moment.
    #[must_use]
    pub const fn grace_until(mut self, deadline: UnixTime) -> Self {
        self.grace_until = Some(deadline);
        self
    }

    /// Ends the grace: who must, but has not yet set up, does so inside the next sign-in.
    #[must_use]
    pub const fn without_grace(mut self) -> Self {
        self.grace_until = None;
        self
    }

    /// Sets the steps around the present one whose codes are accepted (RFC 6238 §5.2).
    #[must_use]
    pub const fn window(mut self, window: Window) -> Self {
        self.window = window;
        self
    }

    /// Allows a kind of second factor. Authenticator apps and backup codes are allowed from the start; mail and text messages are off
    /// until they are allowed, each on its own, and then for the users that [`one_time_codes`](Self::one_time_codes) says.
    #[must_use]
    pub const fn allow(mut self, factor: Factor) -> Self {
        self.factors = self.factors.with(factor, true);
        self
    }

    /// Forbids a kind of second factor.
    ///
    /// * [`Totp`](Factor::Totp): no authenticator is set up from now on. Who has one is still asked for its code.
    /// * [`BackupCode`](Factor::BackupCode): none are issued, and none accepted, for as long as it is so. Those that are there remain.
    /// * [`OneTimeCode`](Factor::OneTimeCode): no code is sent over this channel, and none accepted.
    #[must_use]
    pub const fn forbid(mut self, factor: Factor) -> Self {
        self.factors = self.factors.with(factor, false);
        self
    }

    /// Sets for whom the allowed channels are.
    #[must_use]
    pub const fn one_time_codes(mut self, whom: OneTimeCodes) -> Self {
        self.one_time_codes = whom;
        self
    }

    /// Sets whether, and for how long, a browser may be trusted: "do not ask again on this device".
    #[must_use]
    pub const fn trusted_devices(mut self, trust: Trust) -> Self {
        self.trusted_devices = trust;
        self
    }

    /// Sets the length of the backup codes that are issued from now on.
    #[must_use]
    pub const fn backup_codes(mut self, format: BackupCodeFormat) -> Self {
        self.backup_codes = format;
        self
    }

    /// Lets users see their unspent backup codes again, after a step-up. The codes are then kept in the sealed record, not only their
    /// digests, so whoever has the record and the key ring has the codes. Off unless set.
    #[must_use]
    pub const fn viewable_backup_codes(mut self, yes: bool) -> Self {
        self.viewable_backup_codes = yes;
        self
    }

    /// Whether the channel that carried the first factor is barred from carrying the second: who signed in by a mailed link is sent no
    /// mailed code. On unless unset.
    #[must_use]
    pub const fn distinct_channels(mut self, yes: bool) -> Self {
        self.distinct_channels = yes;
        self
    }

    /// Whether a user whose second factor an administrator has reset with a ticket may set up again without that ticket. Off unless set:
    /// the first factor alone then sets up whatever phone it likes.
    #[must_use]
    pub const fn waive_tickets(mut self, yes: bool) -> Self {
        self.waive_tickets = yes;
        self
    }

    /// Who must have a second factor.
    #[must_use]
    pub const fn requirement(&self) -> Requirement {
        self.requirement
    }

    /// The end of the grace, if there is one.
    #[must_use]
    pub const fn grace(&self) -> Option<UnixTime> {
        self.grace_until
    }

    /// The steps around the present one whose codes are accepted.
    #[must_use]
    pub const fn accepted_window(&self) -> Window {
        self.window
    }

    /// Whether this kind of second factor is allowed. Under [`nist_strict`](Self::nist_strict) mailed codes never are.
    #[must_use]
    pub const fn allows(&self, factor: Factor) -> bool {
        match factor {
            Factor::OneTimeCode(Channel::Email) if self.nist_strict => false,
            _ => self.factors.has(factor),
        }
    }

    /// For whom the allowed channels are.
    #[must_use]
    pub const fn one_time_codes_for(&self) -> OneTimeCodes {
        self.one_time_codes
    }

    /// Whether, and for how long, a browser may be trusted. Under [`nist_strict`](Self::nist_strict) always [`Trust::Off`].
    #[must_use]
    pub const fn trust(&self) -> Trust {
        if self.nist_strict { Trust::Off } else { self.trusted_devices }
    }

    /// The length of new backup codes. Under [`nist_strict`](Self::nist_strict) always [`BackupCodeFormat::Long`].
    #[must_use]
    pub const fn backup_code_format(&self) -> BackupCodeFormat {
        if self.nist_strict { BackupCodeFormat::Long } else { self.backup_codes }
    }

    /// Whether users may see their backup codes again. Under [`nist_strict`](Self::nist_strict) never: look-up secrets are to be stored so
    /// that they resist offline attacks (SP 800-63B §3.1.2.2).
    #[must_use]
    pub const fn shows_backup_codes(&self) -> bool {
        self.viewable_backup_codes && !self.nist_strict
    }

    /// Whether the channel of the first factor is barred from carrying the second.
    #[must_use]
    pub const fn wants_distinct_channels(&self) -> bool {
        self.distinct_channels
    }

    /// Whether a set-up after a reset needs no ticket, even if the administrator gave one out.
    #[must_use]
    pub const fn waives_tickets(&self) -> bool {
        self.waive_tickets
    }

    /// Whether the profile after NIST SP 800-63B holds.
    #[must_use]
    pub const fn is_nist_strict(&self) -> bool {
        self.nist_strict
    }

    /// Whether one-time codes are for a user who has an authenticator (`enrolled`) or has none, on whichever channel.
    pub(crate) const fn offers_one_time_codes(&self, enrolled: bool) -> bool {
        match self.one_time_codes {
            OneTimeCodes::WithoutAuthenticator => !enrolled,
            OneTimeCodes::BesideAuthenticator => enrolled,
            OneTimeCodes::Always => true,
        }
    }

    /// Whether this channel is allowed, and for such a user.
    pub(crate) const fn channel_is_offered(&self, channel: Channel, enrolled: bool) -> bool {
        self.allows(Factor::OneTimeCode(channel)) && self.offers_one_time_codes(enrolled)
    }

    pub(crate) const fn obligation(&self, administrator: bool) -> Obligation {
        self.requirement.obligation(administrator)
    }
}

impl Default for Policy {
    /// A policy that is off: for a tenant that has chosen nothing yet. Not for one whose policy could not be read; that is an error.
    fn default() -> Self {
        Self::new(Requirement::Off)
    }
}

#[cfg(test)]
mod tests;
