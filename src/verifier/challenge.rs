//! The code page: what it shows, and the codes that are sent for it.

use std::num::NonZeroU32;

use zeroize::Zeroizing;

use super::{
    Verifier, check,
    commit::Subject,
    token::{Claims, Purpose, Token},
};
use crate::{
    account::Account,
    action::Action,
    error::Result,
    factor::{Channel, Factor},
    notify::OneTimeCode,
    policy::Trust,
    primitives::{
        RandomError,
        code::{Code, Digits},
        random,
        time::UnixTime,
    },
    record::{self, Decision, Outgoing, Page, Record, SentPage, Typed},
    refusal::{Reason, Rejection},
};

/// A code is asked for: what the code page has to know.
///
/// ```
/// use second_factor::{Challenge, Channel, Factor};
///
/// /// The lines of a code page.
/// fn code_page(challenge: &Challenge) -> Vec<String> {
///     let mut lines = Vec::new();
///     for factor in challenge.factors() {
///         lines.push(match factor {
///             Factor::Totp => "Type the code from your app.".into(),
///             Factor::OneTimeCode(channel) => format!("[send me a code by {channel:?}]"),
///             Factor::BackupCode => "Or type one of your backup codes.".into(),
///             _ => continue,
///         });
///     }
///     if let Some(sent) = challenge.sent() {
///         lines.push(format!("A code is on its way by {:?}; again from {}.", sent.channel, sent.resend_at.seconds()));
///     }
///     if let Some(tries @ 1..=2) = challenge.tries_left() {
///         lines.push(format!("Take care: {tries} more tries, and then you have to wait."));
///     }
///     if challenge.may_trust().is_some() {
///         lines.push("[ ] do not ask again in this browser".into());
///     }
///     lines
/// }
/// ```
#[derive(Debug)]
pub struct Challenge {
    token: Token,
    factors: Vec<Factor>,
    sent: Option<Sent>,
    may_trust: Option<Trust>,
    retry_at: Option<UnixTime>,
    tries_left: Option<u32>,
    expires_at: UnixTime,
}

/// A one-time code that was sent for a challenge.
///
/// ```
/// # #[tokio::main(flavor = "current_thread")] async fn main() -> Result<(), Box<dyn std::error::Error>> {
/// # use second_factor::{*, testing::*};
/// # let clock = ManualClock::new(UnixTime::from_seconds(1_760_000_000));
/// # let builder = Verifier::builder(MemoryStore::new(), Outbox::new(), KeyRing::generate()?);
/// # let verifier = builder.issuer("Acme").clock(clock).build()?;
/// # let policy = Policy::new(Requirement::RequiredForAll).allow(Factor::OneTimeCode(Channel::Email));
/// # let ann = Account::new(UserKey::new("acme", "ann"), [1], &policy).reachable_by(Channel::Email);
/// # let SignIn::Challenge(challenge) = verifier.begin(&ann, FirstFactor::Password, None).await? else { panic!() };
/// use second_factor::{Channel, Sent, UnixTime};
///
/// /// Beside the field for the code. `masked` is the host's: it knows the address, the library the channel.
/// fn hint(sent: Sent, masked: &str, now: UnixTime) -> String {
///     let (minutes, seconds) = (sent.expires_at.since(now) / 60, sent.resend_at.since(now));
///     format!("Sent to {masked}, good for {minutes} minutes. You can ask for another in {seconds} seconds.")
/// }
///
/// let challenge = verifier.send(&ann, challenge.token(), Channel::Email).await?;
/// let text = challenge.sent().map(|sent| hint(sent, "a…@example.com", UnixTime::from_seconds(1_760_000_000)));
/// assert_eq!(
///     text.as_deref(),
///     Some("Sent to a…@example.com, good for 5 minutes. You can ask for another in 60 seconds.")
/// );
/// # Ok(()) }
/// ```
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[non_exhaustive]
pub struct Sent {
    /// Over which channel.
    pub channel: Channel,
    /// When it is no longer accepted.
    pub expires_at: UnixTime,
    /// When the next may be sent over this channel; not before.
    pub resend_at: UnixTime,
    /// How many tries this challenge has left for a code that was sent, from 5 down to 0: then neither this code nor another is accepted
    /// here. Digits that are wrong use one up, whatever they were meant for.
    pub tries_left: u8,
}

impl Challenge {
    pub(super) fn new(token: Token, page: Page, expires_at: UnixTime) -> Self {
        let Page { factors, sent, may_trust, retry_at, tries_left } = page;
        let sent = sent.map(|SentPage { channel, expires_at, resend_at, tries_left }| Sent {
            channel,
            expires_at,
            resend_at,
            tries_left,
        });
        Self { token, factors, sent, may_trust, retry_at, tries_left, expires_at }
    }

    /// To be brought back with the code.
    #[must_use]
    pub const fn token(&self) -> &Token {
        &self.token
    }

    /// What may be answered with, what to show first in front. A code is mailed or texted only when [`send`](Verifier::send) is called.
    ///
    /// Empty if nothing is left to the user: the authenticator was disabled, and there are no backup codes. Then an administrator helps.
    #[must_use]
    pub fn factors(&self) -> &[Factor] {
        &self.factors
    }

    /// The one-time code that was sent last for this challenge, if one was.
    #[must_use]
    pub const fn sent(&self) -> Option<Sent> {
        self.sent
    }

    /// Whether to show "do not ask again in this browser", and for how long it would hold.
    #[must_use]
    pub const fn may_trust(&self) -> Option<Trust> {
        self.may_trust
    }

    /// When the next attempt with digits will be looked at, if not right away: too many wrong ones came before. A backup code is always
    /// looked at.
    #[must_use]
    pub const fn retry_at(&self) -> Option<UnixTime> {
        self.retry_at
    }

    /// How many wrong codes will be looked at from now on, one right after the other, before one has to wait: 6 at most, 0 while
    /// [`retry_at`](Self::retry_at) holds attempts back. For a code that was sent, [`Sent::tries_left`] may be fewer. `None` where no digits
    /// may be typed: backup codes are always looked at.
    ///
    /// It is as of now, in the lane of this browser: that of unknown browsers is shared, so others may use them up. A user without
    /// a record keeps all 6: until a code was sent none can be right, and nothing is counted. Under
    /// [`nist_strict`](crate::Policy::nist_strict) the authenticators may be disabled before the wait.
    #[must_use]
    pub const fn tries_left(&self) -> Option<u32> {
        self.tries_left
    }

    /// When the challenge is over: 10 minutes after a sign-in began, 5 after a step-up did.
    #[must_use]
    pub const fn expires_at(&self) -> UnixTime {
        self.expires_at
    }
}

impl Verifier {
    /// The challenge of a token as it stands now, to show the code page again.
    ///
    /// One read, no write.
    ///
    /// # Errors
    ///
    /// [`Rejection`] if it is over, was completed, or belongs to somebody else; [`Unavailable`](crate::Unavailable) as for
    /// [`begin`](Self::begin).
    pub async fn challenge(&self, account: &Account, token: &Token) -> Result<Challenge> {
        check(account)?;
        let challenge = self.challenge_of(token, account, |_| true)?;
        let decide = |record: Option<Record>, now| {
            let nobody = record::nobody();
            let stands = record.as_ref().unwrap_or(&nobody).challenge_stands(&challenge, account, now);
            Decision::keep(stands.map(|()| record::page(record.as_ref(), &challenge, account, now)))
        };
        let page = self.commit(Subject::of(account), decide).await??;
        Ok(Challenge::new(token.clone(), page, challenge.expires_at))
    }

    /// Sends a one-time code over this channel in answer to "send me a mail", "send it again", "the text message does not arrive". Only the
    /// newest code of a challenge is accepted, for 5 minutes, and 5 tries are all there are, however many are sent.
    ///
    /// Committed before it is handed to the notifier: one read and one write.
    ///
    /// # Errors
    ///
    /// [`NotAllowed::SendLimit`](crate::NotAllowed::SendLimit) if the next has to wait: 60 seconds between two over one channel, 5 an
    /// hour, 10 a day; [`NotAllowed::FactorOff`](crate::NotAllowed::FactorOff) if the policy does not offer this channel here, or it
    /// carried the first factor; [`NotAllowed::TriesUsed`](crate::NotAllowed::TriesUsed);
    /// [`Unavailable::NotSent`](crate::Unavailable::NotSent) if the notifier failed: offer another channel; [`Rejection`] as for
    /// [`challenge`](Self::challenge).
    pub async fn send(&self, account: &Account, token: &Token, channel: Channel) -> Result<Challenge> {
        check(account)?;
        let challenge = self.challenge_of(token, account, |_| true)?;
        let outgoing = outgoing()?;
        let decide = |record, now| {
            let decision = record::send(record, &outgoing, &challenge, channel, account, now);
            let written = decision.change.as_ref().map(|change| &change.record);
            let page = record::page(written, &challenge, account, now);
            decision.map(|sent| sent.map(|expires_at| (expires_at, page)))
        };
        let (expires_at, page) = self.commit(Subject::of(account), decide).await??;
        self.hand_over(account.user(), channel, &OneTimeCode::new(&outgoing.code, expires_at)).await?;
        Ok(Challenge::new(token.clone(), page, challenge.expires_at))
    }

    /// The challenge that a token stands for, if it was made for this account and is for `expected`: `None` for a sign-in, otherwise the
    /// action it stands in front of.
    pub(super) fn challenge_of(
        &self,
        token: &Token,
        account: &Account,
        expected: impl FnOnce(Option<&Action>) -> bool,
    ) -> Result<record::Challenge, Rejection> {
        let claims = self.claims_of(token.as_str(), account, |purpose| match purpose {
            Purpose::SignIn => expected(None),
            Purpose::StepUp(action) => expected(Some(action)),
            _ => false,
        })?;
        Ok(claims.into_challenge())
    }
}

impl Claims {
    fn into_challenge(self) -> record::Challenge {
        let action = match self.purpose {
            Purpose::StepUp(action) => Some(action),
            _ => None,
        };
        let Self { id, epoch, expires_at, browser, first, .. } = self;
        record::Challenge { id, epoch, expires_at, browser, first, action }
    }
}

/// What was typed, as a code of some kind.
pub(super) fn read(typed: &str) -> Result<Typed, Rejection> {
    Typed::read(typed).ok_or(Rejection::new(Reason::Malformed))
}

fn outgoing() -> Result<Outgoing, RandomError> {
    const CODES: NonZeroU32 = NonZeroU32::new(1_000_000).unwrap();
    let code = Code::new(random::below(CODES)?, Digits::Six);
    Ok(Outgoing { code, root: Zeroizing::new(random::bytes()?) })
}
