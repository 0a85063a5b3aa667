//! Backup codes: look-up secrets (NIST SP 800-63B §3.1.2), each of which replaces an authenticator's code once.
//!
//! Only digests are kept, under a key of this record. From 112 random bits on, a plain keyed hash is enough (§3.1.2.2): there is nothing
//! to guess, so nothing has to be slow, and an attempt can always be looked at.

use subtle::{Choice, ConditionallySelectable};
use zeroize::Zeroizing;

use super::{Decision, Digest, Passed, Record, Root, verify::Miss};
use crate::{
    event::EventKind,
    factor::Factor,
    policy::{BackupCodeFormat, Policy},
    primitives::{
        backup::{LookupSecret, Shape},
        stored::stored,
        time::UnixTime,
    },
    refusal::Rejection,
};

/// A set of backup codes.
pub(crate) struct BackupCodes {
    scheme: Scheme,
    slots: Vec<Slot>,
    issued_at: UnixTime,
    /// When the user proved to have saved them.
    saved_at: Option<UnixTime>,
    /// The codes themselves, where the policy lets them be shown again.
    texts: Vec<Zeroizing<String>>,
}
stored!(BackupCodes { 0: scheme, 1: slots, 2: issued_at, 3: saved_at, 4: texts });

/// How the digests of a set are made, so that a set outlives the invention of another way. It holds for codes of every shape.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Scheme {
    /// HMAC-SHA-256 under the record's own key over the canonical symbols, 128 bits of it.
    HmacSha256,
}
stored!(enum Scheme { 0: HmacSha256 = "hmac_sha256" });

/// One code.
struct Slot {
    digest: Digest,
    used_at: Option<UnixTime>,
}
stored!(Slot { 0: digest, 1: used_at });

/// How many codes a set has.
pub(crate) const CODES: usize = 10;
/// So many left, and then none, are worth a message.
const LOW: [u8; 2] = [3, 0];

impl BackupCodes {
    pub(crate) fn left(&self) -> u8 {
        let unused = self.slots.iter().filter(|slot| slot.used_at.is_none()).count();
        u8::try_from(unused).unwrap_or(u8::MAX)
    }

    /// When codes were used, the earliest first.
    pub(crate) fn used_at(&self) -> Vec<UnixTime> {
        let mut times: Vec<_> = self.slots.iter().filter_map(|slot| slot.used_at).collect();
        times.sort_unstable();
        times
    }

    pub(crate) const fn issued_at(&self) -> UnixTime {
        self.issued_at
    }

    pub(crate) const fn saved_at(&self) -> Option<UnixTime> {
        self.saved_at
    }

    /// Whether they can be shown again.
    pub(super) fn can_be_viewed(&self) -> bool {
        !self.texts.is_empty()
    }

    pub(super) fn is_sound(&self) -> bool {
        self.slots.len() <= CODES
            && self.texts.len() <= self.slots.len()
            && self.texts.iter().all(|text| text.len() <= 32)
    }

    /// Marks the code of this digest as used. Every slot is compared, whichever matches.
    fn spend(&mut self, digest: Digest, now: UnixTime) -> Result<(), Miss> {
        let mut place = u64::MAX;
        for (at, slot) in (0..).zip(&self.slots) {
            let hit: Choice = slot.digest.equals(digest);
            place.conditional_assign(&at, hit);
        }
        let slot =
            usize::try_from(place).ok().and_then(|place| self.slots.get_mut(place)).ok_or(Miss::Wrong)?;
        if slot.used_at.is_some() {
            return Err(Miss::Replayed);
        }
        slot.used_at = Some(now);
        Ok(())
    }

    /// The codes that are still good, as text.
    pub(super) fn unused_texts(&self) -> Vec<Zeroizing<String>> {
        let pairs = self.slots.iter().zip(&self.texts);
        pairs.filter(|(slot, _)| slot.used_at.is_none()).map(|(_, text)| text.clone()).collect()
    }
}

/// What codes of the policy's format look like.
pub(crate) const fn shape(policy: &Policy) -> Shape {
    match policy.backup_code_format() {
        BackupCodeFormat::Long => Shape::Long,
        BackupCodeFormat::Short => Shape::Short,
    }
}

impl Record {
    /// Issues a set; an older one is dead from then on.
    pub(super) fn issue_backup_codes(
        &mut self,
        codes: &[LookupSecret],
        policy: &Policy,
        now: UnixTime,
    ) -> EventKind {
        let digest = |code| Slot { digest: self.root.backup_digest(Scheme::HmacSha256, code), used_at: None };
        let shown_again = if policy.shows_backup_codes() { codes } else { &[] };
        let set = BackupCodes {
            scheme: Scheme::HmacSha256,
            slots: codes.iter().map(digest).collect(),
            issued_at: now,
            saved_at: None,
            texts: shown_again.iter().map(LookupSecret::to_text).collect(),
        };
        let count = set.left();
        self.backup_codes = Some(set);
        EventKind::BackupCodesIssued { count }
    }

    /// Spend a backup code. It is looked at whatever the throttle says.
    pub(super) fn spend_backup_code(
        &mut self,
        code: &LookupSecret,
        policy: &Policy,
        now: UnixTime,
    ) -> Result<Passed, Miss> {
        let scheme = self.backup_codes.as_ref().map_or(Scheme::HmacSha256, |set| set.scheme);
        let digest = self.root.backup_digest(scheme, code);
        let set = self.backup_codes.as_mut().filter(|_| policy.allows(Factor::BackupCode));
        set.ok_or(Miss::Wrong)?.spend(digest, now)?;
        Ok(Passed::new(Factor::BackupCode, now, None))
    }

    /// What is to be said after a backup code was used.
    pub(super) fn backup_code_events(&self, used: Factor) -> Vec<EventKind> {
        let left = self.backup_codes_left();
        match used {
            Factor::BackupCode if LOW.contains(&left) => {
                vec![EventKind::BackupCodeUsed { left }, EventKind::BackupCodesLow { left }]
            }
            Factor::BackupCode => vec![EventKind::BackupCodeUsed { left }],
            _ => Vec::new(),
        }
    }

    /// Proves that the codes were saved, with one of them, which is used up.
    pub(crate) fn prove_saved(
        mut self,
        code: &LookupSecret,
        policy: &Policy,
        now: UnixTime,
    ) -> Decision<Result<u8, Rejection>> {
        match self.spend_backup_code(code, policy, now) {
            Ok(_) => {
                if let Some(set) = &mut self.backup_codes {
                    set.saved_at = set.saved_at.or(Some(now));
                }
                let left = self.backup_codes_left();
                let mut events = self.backup_code_events(Factor::BackupCode);
                events.push(EventKind::BackupCodesSaved);
                Decision::write(self, now, events, Ok(left))
            }
            Err(miss) => self.refuse_lookup_secret(miss, now),
        }
    }

    /// Settle a miss. No wait comes of it; so that nobody can make the host write without end, only so many are written a minute.
    pub(super) fn refuse_lookup_secret<T>(
        mut self,
        miss: Miss,
        now: UnixTime,
    ) -> Decision<Result<T, Rejection>> {
        let (event, reason) = miss.told(None);
        let refused = Err(Rejection::new(reason));
        if self.lookup_failures.admits(now) {
            Decision::write(self, now, [event], refused)
        } else {
            Decision::keep(refused)
        }
    }
}

impl Root {
    fn backup_digest(&self, scheme: Scheme, code: &LookupSecret) -> Digest {
        match scheme {
            Scheme::HmacSha256 => self.digest(b"second-factor backup code", &[code.symbols()]),
        }
    }
}

/// How often something happened in this minute.
#[derive(Clone, Copy, Default)]
pub(super) struct Rate {
    minute: u64,
    count: u8,
}
stored!(Rate { 0: minute, 1: count });

impl Rate {
    const MOST: u8 = 60;

    /// Counts one more, if there may be one.
    fn admits(&mut self, now: UnixTime) -> bool {
        let minute = now.seconds() / 60;
        if self.minute != minute {
            *self = Self { minute, count: 0 };
        }
        let admits = self.count < Self::MOST;
        self.count = self.count.saturating_add(u8::from(admits));
        admits
    }
}

#[cfg(test)]
mod tests;
