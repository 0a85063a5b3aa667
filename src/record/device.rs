//! Browsers in which a second factor was verified.
//!
//! Each sign-in with a second factor leaves a cookie, of which the record keeps a digest. A browser that brings it is *known*: attempts
//! from there count in a lane of their own, so that nobody else's failures can shut it out (OWASP, device cookies). If the user asked for
//! it and the policy allows it, it is also *trusted* for a while, from the moment of that sign-in: it is not asked for a code. A browser
//! counts only under the first-factor stamp it was remembered under.

mod trust;

use zeroize::Zeroizing;

use self::trust::Grant;
pub(super) use self::trust::may_trust;
use super::{
    Decision, Digest, Record, Root,
    sends::Sends,
    throttle::{Debt, KNOWN_LANE, Throttle, UNKNOWN_LANE},
    words::{MAX_LABEL, fitting_label},
};
use crate::{
    account::Account,
    device::{DeviceId, Presented},
    event::EventKind,
    factor::Factor,
    policy::Trust,
    primitives::{
        stored::stored,
        time::{DAY, UnixTime},
    },
    refusal::NotAllowed,
};

/// A browser known to this user.
pub(crate) struct Device {
    id: DeviceId,
    /// Of the cookie's secret.
    digest: Digest,
    /// Of the stamp under which it became known.
    stamp: Digest,
    label: String,
    known_until: UnixTime,
    last_used_at: UnixTime,
    trust: Option<Grant>,
    throttle: Throttle,
    sends: Sends,
}
stored!(Device {
    0: id,
    1: digest,
    2: stamp,
    3: label,
    4: known_until,
    5: last_used_at,
    6: trust,
    7: throttle,
    8: sends,
});

/// What is drawn for the browser of a sign-in, once, whatever number of rounds its commit takes.
pub(crate) struct NewBrowser {
    pub(crate) id: DeviceId,
    pub(crate) secret: Zeroizing<[u8; 32]>,
    /// Its label, if it should be trusted.
    pub(crate) trust_as: Option<String>,
}

/// A browser that was remembered.
pub(super) struct Remembered {
    pub(super) id: DeviceId,
    pub(super) event: Option<EventKind>,
}

/// How long a browser is known after the sign-in that it was last remembered at, in seconds: 180 days.
pub(crate) const KNOWN_FOR: u64 = 180 * DAY;
/// The most browsers of a user; then the one that was unused for the longest is forgotten.
pub(super) const MAX_DEVICES: usize = 10;

impl NewBrowser {
    pub(crate) fn new(id: DeviceId, secret: Zeroizing<[u8; 32]>, trust_as: Option<&str>) -> Self {
        Self { id, secret, trust_as: trust_as.map(fitting_label) }
    }
}

impl Device {
    pub(crate) const fn id(&self) -> DeviceId {
        self.id
    }

    pub(crate) fn label(&self) -> &str {
        &self.label
    }

    pub(crate) const fn last_used_at(&self) -> UnixTime {
        self.last_used_at
    }

    pub(crate) const fn known_until(&self) -> UnixTime {
        self.known_until
    }

    pub(super) const fn sends_mut(&mut self) -> &mut Sends {
        &mut self.sends
    }

    pub(super) fn is_sound(&self) -> bool {
        self.label.chars().count() <= MAX_LABEL && self.sends.is_sound()
    }

    pub(super) fn is_over(&self, now: UnixTime) -> bool {
        now >= self.known_until
    }
}

impl Record {
    /// The browser that a cookie speaks of, if it is known and its secret and stamp are right.
    pub(crate) fn recognize(
        &self,
        presented: Option<&Presented>,
        account: &Account,
        now: UnixTime,
    ) -> Option<&Device> {
        let presented = presented?;
        let device = self.device(Some(presented.id))?;
        let same_secret = device.digest.equals(self.root.device_digest(presented.id, &presented.secret));
        let same_stamp = device.stamp.equals(self.root.stamp_digest(account));
        (bool::from(same_secret & same_stamp) && !device.is_over(now)).then_some(device)
    }

    /// The browsers that are known now, trusted or not.
    pub(crate) fn known<'a>(
        &'a self,
        account: &Account,
        now: UnixTime,
    ) -> impl Iterator<Item = &'a Device> + use<'a> {
        let stamp = self.root.stamp_digest(account);
        let current = move |device: &&Device| bool::from(device.stamp.equals(stamp)) && !device.is_over(now);
        self.devices.iter().filter(current)
    }

    pub(super) fn device(&self, id: Option<DeviceId>) -> Option<&Device> {
        self.devices.iter().find(|device| Some(device.id) == id)
    }

    fn device_mut(&mut self, id: Option<DeviceId>) -> Option<&mut Device> {
        self.devices.iter_mut().find(|device| Some(device.id) == id)
    }

    /// The lane in which attempts from this browser count, and what it holds: its own if it is known, or that of all others.
    pub(super) fn throttle_of(&self, browser: Option<DeviceId>) -> (&Throttle, Debt) {
        match self.device(browser) {
            Some(device) => (&device.throttle, KNOWN_LANE),
            None => (&self.throttle, UNKNOWN_LANE),
        }
    }

    pub(super) fn throttle_of_mut(&mut self, browser: Option<DeviceId>) -> (&mut Throttle, Debt) {
        match self.devices.iter_mut().find(|device| Some(device.id) == browser) {
            Some(device) => (&mut device.throttle, KNOWN_LANE),
            None => (&mut self.throttle, UNKNOWN_LANE),
        }
    }

    /// The messages that were sent for this lane.
    pub(super) fn sends_of(&self, browser: Option<DeviceId>) -> &Sends {
        self.device(browser).map_or(&self.sends, |device| &device.sends)
    }

    pub(super) fn sends_of_mut(&mut self, browser: Option<DeviceId>) -> &mut Sends {
        match self.devices.iter_mut().find(|device| Some(device.id) == browser) {
            Some(device) => &mut device.sends,
            None => &mut self.sends,
        }
    }

    /// After a sign-in with a second factor: the browser is known, under a fresh secret, and trusted if that was asked for and may be.
    pub(super) fn remember_browser(
        &mut self,
        known: Option<DeviceId>,
        new: &NewBrowser,
        account: &Account,
        factor: Factor,
        now: UnixTime,
    ) -> Remembered {
        let stamp = self.root.stamp_digest(account);
        self.devices.retain(|device| bool::from(device.stamp.equals(stamp)) && !device.is_over(now));
        if account.policy().trust() == Trust::Off {
            // Ended, not suspended: switched on again, the policy finds nobody trusted.
            self.end_trust();
        }
        let id = self.device(known).map_or(new.id, Device::id);
        let trust_as = new.trust_as.as_deref();
        let label = trust_as.filter(|_| may_trust(factor, self.is_enrolled(), account.policy()));
        let grant = label.map(|_| Grant::by(account.policy(), self.verified_at(now), now));
        let digest = self.root.device_digest(id, &new.secret);
        if let Some(device) = self.device_mut(Some(id)) {
            device.digest = digest;
            device.known_until = now.plus(KNOWN_FOR);
            device.last_used_at = now;
            device.trust = grant.or(device.trust);
            if let Some(label) = label {
                label.clone_into(&mut device.label);
            }
        } else {
            self.make_room();
            self.devices.push(Device {
                id,
                digest,
                stamp,
                label: label.unwrap_or_default().to_owned(),
                known_until: now.plus(KNOWN_FOR),
                last_used_at: now,
                trust: grant,
                throttle: Throttle::new(),
                sends: Sends::default(),
            });
        }
        let trusted = |(label, grant): (&str, Grant)| EventKind::BrowserTrusted {
            label: label.to_owned(),
            until: grant.until,
        };
        Remembered { id, event: label.zip(grant).map(trusted) }
    }

    /// No browser is trusted any more. They stay known.
    pub(super) fn end_trust(&mut self) {
        for device in &mut self.devices {
            device.trust = None;
        }
    }

    /// Forgets the browser that was unused for the longest, if there are as many as may be.
    fn make_room(&mut self) {
        while self.devices.len() >= MAX_DEVICES {
            let oldest = self.devices.iter().enumerate().min_by_key(|(_, device)| device.last_used_at);
            let Some((place, _)) = oldest else { return };
            self.devices.remove(place);
        }
    }

    /// Forgets one browser: it is asked again, and neither trusted nor known.
    pub(crate) fn revoke_device(mut self, id: DeviceId, now: UnixTime) -> Decision<Result<(), NotAllowed>> {
        let Some(place) = self.devices.iter().position(|device| device.id == id) else {
            return Decision::keep(Err(NotAllowed::NotFound));
        };
        let label = self.devices.remove(place).label;
        Decision::write(self, now, [EventKind::BrowserRevoked { label }], Ok(()))
    }

    /// Forgets them all.
    pub(crate) fn revoke_devices(mut self, now: UnixTime) -> Decision<()> {
        if self.devices.is_empty() {
            return Decision::keep(());
        }
        self.devices.clear();
        Decision::write(self, now, [EventKind::BrowsersRevoked], ())
    }

    /// Gives one browser another label.
    pub(crate) fn rename_device(
        mut self,
        id: DeviceId,
        label: &str,
        now: UnixTime,
    ) -> Decision<Result<(), NotAllowed>> {
        match self.device_mut(Some(id)) {
            None => Decision::keep(Err(NotAllowed::NotFound)),
            Some(device) => {
                label.clone_into(&mut device.label);
                let event = EventKind::BrowserRenamed { label: label.to_owned() };
                Decision::write(self, now, [event], Ok(()))
            }
        }
    }
}

impl Root {
    fn device_digest(&self, id: DeviceId, secret: &[u8; 32]) -> Digest {
        self.digest(b"second-factor device", &[&id.get().to_be_bytes(), secret])
    }

    fn stamp_digest(&self, account: &Account) -> Digest {
        self.digest(b"second-factor device stamp", &[account.stamp()])
    }
}

#[cfg(test)]
mod tests;
