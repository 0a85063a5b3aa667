//! One-time codes that are mailed or texted: an out-of-band factor (NIST SP 800-63B §3.1.3; OWASP ASVS 6.5.5, 6.6.2).
//!
//! A code answers the one challenge it was sent for, within 5 minutes, and only the newest of that challenge does. A challenge has 5 tries,
//! however often a code is sent for it. Messages are bounded ([`sends`](super::sends)). A code is in the record before it is
//! handed to the notifier; if that fails, nothing is given back.

use zeroize::Zeroizing;

use super::{Attempt, Challenge, Decision, Digest, Record, Root, SentPage, challenge::channels};
use crate::{
    account::Account,
    event::EventKind,
    factor::Channel,
    primitives::{code::Code, stored::stored, time::UnixTime},
    refusal::{NotAllowed, Refusal},
};

/// A code that was sent, or what remains of it once it is used up: so that sending again revives no tries.
pub(crate) struct SentCode {
    challenge: u128,
    channel: Channel,
    digest: Digest,
    expires_at: UnixTime,
    /// When the challenge is over.
    until: UnixTime,
    tries_left: u8,
}
stored!(SentCode { 0: challenge, 1: channel, 2: digest, 3: expires_at, 4: until, 5: tries_left });

impl SentCode {
    pub(super) const fn challenge(&self) -> u128 {
        self.challenge
    }
}

/// What is drawn for a code, once, whatever number of rounds its commit takes.
pub(crate) struct Outgoing {
    pub(crate) code: Code,
    /// For the record, if this is its birth.
    pub(crate) root: Zeroizing<[u8; 32]>,
}

/// How long a code lives, in seconds.
const LIFETIME: u64 = 5 * 60;
/// The tries of a challenge.
const TRIES: u8 = 5;
/// The most challenges that codes are remembered for. An unknown browser gets no further than 5 of them in their life.
pub(super) const MAX_SENT: usize = 12;

/// Sends a code for a challenge. Yields when it expires.
///
/// A user who never set anything up has a record from here on, where the policy lets such users sign in with a code that was sent.
pub(crate) fn send(
    record: Option<Record>,
    outgoing: &Outgoing,
    challenge: &Challenge,
    channel: Channel,
    account: &Account,
    now: UnixTime,
) -> Decision<Result<UnixTime, Refusal>> {
    let mut record = Record::or_new(record, &outgoing.root);
    match record.may_send(challenge, channel, account, now) {
        Ok(tries_left) => {
            let expires_at = now.plus(LIFETIME).min(challenge.expires_at);
            let digest = record.root.sent_digest(challenge.id, &outgoing.code);
            record.sent_codes.retain(|sent| sent.challenge != challenge.id);
            record.sent_codes.push(SentCode {
                challenge: challenge.id,
                channel,
                digest,
                expires_at,
                until: challenge.expires_at,
                tries_left,
            });
            record.sends_of_mut(challenge.browser).count(channel, now);
            Decision::write(record, now, [EventKind::CodeSent { channel }], Ok(expires_at))
        }
        Err(refusal) => Decision::keep(Err(refusal)),
    }
}

impl Record {
    /// Whether a code may be sent for this challenge now, and how many tries it has.
    fn may_send(
        &self,
        challenge: &Challenge,
        channel: Channel,
        account: &Account,
        now: UnixTime,
    ) -> Result<u8, Refusal> {
        self.challenge_stands(challenge, account, now)?;
        if !channels(Some(self), challenge, account).contains(&channel) {
            return Err(NotAllowed::FactorOff.into());
        }
        let tries_left = self.sent(challenge.id).map_or(TRIES, |sent| sent.tries_left);
        if tries_left == 0 {
            return Err(NotAllowed::TriesUsed.into());
        }
        if let Some(resend_at) = self.send_held_until(challenge, channel, now) {
            return Err(NotAllowed::SendLimit { resend_at }.into());
        }
        Ok(tries_left)
    }

    /// Until when the next message over this channel has to wait, if it has to.
    fn send_held_until(&self, challenge: &Challenge, channel: Channel, now: UnixTime) -> Option<UnixTime> {
        let others = self.sent_codes.iter().filter(|sent| sent.challenge != challenge.id);
        let full =
            if others.clone().count() >= MAX_SENT { others.map(|sent| sent.until).min() } else { None };
        self.sends_of(challenge.browser).held_until(channel, now).max(full).filter(|until| now < *until)
    }

    /// The code that was sent last for this challenge, or what remains of it.
    fn sent(&self, challenge: u128) -> Option<&SentCode> {
        self.sent_codes.iter().find(|sent| sent.challenge == challenge)
    }

    /// What the code page shows of it.
    pub(super) fn sent_for(&self, challenge: &Challenge, now: UnixTime) -> Option<SentPage> {
        let &SentCode { channel, expires_at, tries_left, .. } = self.sent(challenge.id)?;
        let resend_at = self.send_held_until(challenge, channel, now).unwrap_or(now);
        Some(SentPage { channel, expires_at, resend_at, tries_left })
    }

    /// Spends the code that was sent for this challenge, or one of its tries. Only a channel that is still on offer counts.
    pub(super) fn try_sent_code(
        &mut self,
        code: &Code,
        attempt: &Attempt<'_>,
        now: UnixTime,
    ) -> Option<Channel> {
        let challenge = attempt.challenge;
        let digest = self.root.sent_digest(challenge.id, code);
        let offered = channels(Some(self), challenge, attempt.account);
        let sent = self.sent_codes.iter_mut().find(|sent| sent.challenge == challenge.id)?;
        let right = bool::from(sent.digest.equals(digest));
        let alive = now < sent.expires_at && 0 < sent.tries_left && offered.contains(&sent.channel);
        sent.tries_left = sent.tries_left.saturating_sub(1);
        if !(right && alive) {
            return None;
        }
        // Used up: the challenge is completed by the same commit.
        sent.tries_left = 0;
        Some(sent.channel)
    }

    /// Drops the codes whose challenge is over, and the messages that no bound asks for any more.
    pub(super) fn forget_sent(&mut self, now: UnixTime) {
        self.sent_codes.retain(|sent| now < sent.until);
        self.sends.forget_old(now);
        for device in &mut self.devices {
            device.sends_mut().forget_old(now);
        }
    }
}

impl Root {
    /// Of a code within its challenge.
    fn sent_digest(&self, challenge: u128, code: &Code) -> Digest {
        let (value, digits) = (code.value().to_be_bytes(), [code.digits().count()]);
        self.digest(b"second-factor one-time code", &[&challenge.to_be_bytes(), &digits, &value])
    }
}

#[cfg(test)]
mod tests;
