//! Browsers that are trusted: not asked for a code for a while.
//!
//! A trust is a flag on a browser that is known, granted at a sign-in with a second factor. It is fixed from then on: using it does not
//! prolong it, and what ends it first counts, the grant or the policy of now.

use super::{DAY, Device};
use crate::{
    account::Account,
    device::{DeviceId, Presented},
    event::EventKind,
    factor::Factor,
    policy::{Policy, Trust, TrustDays},
    primitives::{stored::stored, time::UnixTime},
    record::{Decision, Record},
};

/// That a browser is trusted, since when and until when at most.
#[derive(Clone, Copy)]
pub(super) struct Grant {
    pub(super) verified_at: UnixTime,
    /// `None`: until sign-out.
    pub(super) until: Option<UnixTime>,
}
stored!(Grant { 0: verified_at, 1: until });

impl Grant {
    /// Granted now, by the policy of now, after a sign-in that counts as of `verified_at`.
    pub(super) const fn by(policy: &Policy, verified_at: UnixTime, now: UnixTime) -> Self {
        let until = match policy.trust() {
            Trust::Days(days) => Some(end_of(days, now)),
            Trust::UntilSignOut | Trust::Off => None,
        };
        Self { verified_at, until }
    }
}

/// When a trust of so many days ends that was granted at this moment. It is fixed: using it does not prolong it.
const fn end_of(days: TrustDays, verified_at: UnixTime) -> UnixTime {
    verified_at.plus(DAY.saturating_mul(days.days() as u64))
}

/// Whether a browser may be trusted after a sign-in with this factor: not after a backup code, which is for those who lost their phone,
/// and not after a sent code where there is an authenticator.
pub(crate) fn may_trust(factor: Factor, enrolled: bool, policy: &Policy) -> bool {
    policy.trust() != Trust::Off
        && match factor {
            Factor::Totp => true,
            Factor::BackupCode => false,
            Factor::OneTimeCode(_) => !enrolled,
        }
}

impl Device {
    /// Whether trust was granted that is not over yet, whatever the policy now says.
    pub(in crate::record) fn has_trust(&self, now: UnixTime) -> bool {
        self.trust.is_some_and(|grant| grant.until.is_none_or(|until| now < until))
    }

    /// Until when it is trusted, `Some(None)` being until sign-out: the earlier of what was granted and what the policy now allows.
    pub(crate) fn trusted_until(&self, policy: &Policy, now: UnixTime) -> Option<Option<UnixTime>> {
        let Grant { verified_at, until } = self.trust?;
        let until = match policy.trust() {
            Trust::Off => return None,
            Trust::Days(days) => Some(end_of(days, verified_at).min(until.unwrap_or(self.known_until))),
            Trust::UntilSignOut => until,
        };
        until.is_none_or(|until| now < until).then_some(until)
    }
}

impl Record {
    /// The browsers that are trusted now.
    pub(crate) fn trusted<'a>(
        &'a self,
        account: &'a Account,
        now: UnixTime,
    ) -> impl Iterator<Item = (&'a Device, Option<UnixTime>)> {
        let until = move |device: &'a Device| Some((device, device.trusted_until(account.policy(), now)?));
        self.known(account, now).filter_map(until)
    }

    /// A trusted browser signs in: when it was last used is all that changes. Yields since when it is trusted.
    pub(in crate::record) fn use_trusted(
        &mut self,
        browser: Option<DeviceId>,
        now: UnixTime,
    ) -> Option<(UnixTime, EventKind)> {
        let device = self.device_mut(browser)?;
        let verified_at = device.trust?.verified_at;
        device.last_used_at = now;
        Some((verified_at, EventKind::TrustedBrowserUsed { label: device.label.clone() }))
    }

    /// Signs out in one browser: trust until sign-out ends. It stays known.
    pub(crate) fn sign_out(
        mut self,
        presented: Option<&Presented>,
        account: &Account,
        now: UnixTime,
    ) -> Decision<()> {
        let Some(id) = self.recognize(presented, account, now).map(Device::id) else {
            return Decision::keep(());
        };
        let ends =
            |grant: &mut Grant| grant.until.is_none() || account.policy().trust() == Trust::UntilSignOut;
        let ended = self.device_mut(Some(id)).and_then(|device| {
            device.trust.take_if(ends)?;
            Some(EventKind::TrustEnded { label: device.label.clone() })
        });
        match ended {
            Some(event) => Decision::write(self, now, [event], ()),
            None => Decision::keep(()),
        }
    }
}
