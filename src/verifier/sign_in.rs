//! From the first factor to the session.

use super::{
    Verifier, check,
    commit::Subject,
    token::{Claims, Purpose, Token},
};
use crate::{
    account::Account,
    assurance::{Assurance, Because},
    error::Result,
    factor::{Factor, FirstFactor},
    primitives::{code::Code, random, time::UnixTime},
    record::{self, Attempt, Decision, Epoch, Next, Passed, Record},
    refusal::{Reason, Rejection},
    user::UserKey,
};

/// How long a challenge waits for its answer, and a required enrollment for its beginning, in seconds.
const LIFETIME: u64 = 10 * 60;

/// What comes after the first factor. Exhaustive on purpose: a new way to leave [`begin`](Verifier::begin) must stop the host's build,
/// not fall into a `_` arm.
#[must_use = "nobody is signed in until `Open`"]
#[derive(Debug)]
pub enum SignIn {
    /// Open the session: no second factor is asked for, and [`SignedIn::assurance`] says why.
    Open(SignedIn),
    /// Show the code page, and keep the token until the code comes.
    Challenge(Challenge),
    /// Lead to the set-up: the policy requires a second factor, and there is none. No session until it is confirmed.
    Enroll(Enroll),
}

/// The only thing that opens a session. It cannot be cloned, stored or made outside of this crate, so each one stands for one sign-in:
/// with a second factor, for the one commit that spent its code. Take the user from here and from nowhere else.
#[must_use = "open the session with it, or drop the sign-in"]
#[derive(Debug)]
pub struct SignedIn {
    user: UserKey,
    assurance: Assurance,
    matched_offset: Option<i8>,
}

impl SignedIn {
    pub(super) fn first_factor_only(account: &Account, because: Because) -> Self {
        let assurance = Assurance::FirstFactorOnly(because);
        Self { user: account.user().clone(), assurance, matched_offset: None }
    }

    pub(super) fn second_factor(account: &Account, passed: Passed) -> Self {
        Self {
            user: account.user().clone(),
            assurance: Assurance::SecondFactor { factor: passed.factor, at: passed.at },
            matched_offset: Some(passed.offset),
        }
    }

    /// Who signed in.
    #[must_use]
    pub const fn user(&self) -> &UserKey {
        &self.user
    }

    /// How sure of it one may be. Keep it in the session, for [`assess`](Verifier::assess).
    #[must_use]
    pub const fn assurance(&self) -> Assurance {
        self.assurance
    }

    /// By how many steps the code was ahead of the server's clock (behind: negative), if there was one. Often the same in a row means
    /// that the phone's clock is off, or the server's.
    #[must_use]
    pub const fn matched_offset(&self) -> Option<i8> {
        self.matched_offset
    }
}

/// A code is asked for: what the code page has to know.
#[derive(Debug)]
pub struct Challenge {
    token: Token,
    factors: Vec<Factor>,
    retry_at: Option<UnixTime>,
    expires_at: UnixTime,
}

impl Challenge {
    pub(super) fn new(token: Token, retry_at: Option<UnixTime>, expires_at: UnixTime) -> Self {
        Self { token, factors: vec![Factor::Totp], retry_at, expires_at }
    }

    /// To be brought back with the code.
    #[must_use]
    pub const fn token(&self) -> &Token {
        &self.token
    }

    /// What may be answered with.
    #[must_use]
    pub fn factors(&self) -> &[Factor] {
        &self.factors
    }

    /// When the next attempt will be looked at, if not right away: too many wrong ones came before.
    #[must_use]
    pub const fn retry_at(&self) -> Option<UnixTime> {
        self.retry_at
    }

    /// When the challenge is over, and the sign-in begins anew: 10 minutes after it began.
    #[must_use]
    pub const fn expires_at(&self) -> UnixTime {
        self.expires_at
    }
}

/// A second factor must be set up before the session opens.
#[derive(Debug)]
pub struct Enroll {
    token: Token,
}

impl Enroll {
    /// To begin the set-up with: [`Authority::SignIn`](crate::Authority::SignIn).
    #[must_use]
    pub const fn token(&self) -> &Token {
        &self.token
    }
}

/// A decided step, before tokens are made of it.
struct Step {
    next: Next,
    epoch: Epoch,
    retry_at: Option<UnixTime>,
    at: UnixTime,
}

impl Verifier {
    /// What comes after the first factor. Calling it is the host's assertion that `first` was shown, just now, by this user.
    ///
    /// One read, no write.
    ///
    /// # Errors
    ///
    /// [`Unavailable`](crate::Unavailable) if the record cannot be read, or is missing although the host knows the user as enrolled.
    pub async fn begin(&self, account: &Account, first: FirstFactor) -> Result<SignIn> {
        check(account)?;
        let decide = |record: Option<Record>, now| {
            let record = record.as_ref();
            Decision::keep(Step {
                next: record::next(record, account, first, now),
                epoch: record.map_or(Epoch::BEFORE_ENROLLMENT, Record::epoch),
                retry_at: record.and_then(|record| record.attempts_held_until(account.window(), now)),
                at: now,
            })
        };
        let step = self.commit(Subject::of(account), decide).await?;
        let expires_at = step.at.plus(LIFETIME);
        let token = |purpose| -> Result<Token> {
            self.token(&Claims::new(account, purpose, random::id()?, step.epoch, expires_at)?)
        };
        Ok(match step.next {
            Next::Open(because) => SignIn::Open(SignedIn::first_factor_only(account, because)),
            Next::Challenge => {
                SignIn::Challenge(Challenge::new(token(Purpose::SignIn)?, step.retry_at, expires_at))
            }
            Next::Enroll => SignIn::Enroll(Enroll { token: token(Purpose::Enroll)? }),
        })
    }

    /// Whom a token claims to be: which account to load for the next call. **It proves nothing**, and the token may be over.
    ///
    /// # Errors
    ///
    /// [`Rejection`] if it is no token of this key ring.
    pub fn claimed_user(&self, token: &Token) -> Result<UserKey> {
        Ok(self.open_claims(token.as_str())?.user)
    }

    /// The challenge of a token as it stands now, to show the code page again.
    ///
    /// # Errors
    ///
    /// [`Rejection`] if it is over, was completed, or belongs to somebody else; [`Unavailable`](crate::Unavailable) as for
    /// [`begin`](Self::begin).
    pub async fn challenge(&self, account: &Account, token: &Token) -> Result<Challenge> {
        check(account)?;
        let asks_for_code = |purpose: &Purpose| matches!(purpose, Purpose::SignIn | Purpose::StepUp(_));
        let claims = self.claims_of(token.as_str(), account, asks_for_code)?;
        let decide = |record: Option<Record>, now| {
            Decision::keep(record.ok_or(Rejection::new(Reason::EpochChanged)).and_then(|record| {
                record.challenge_stands(claims.id, claims.epoch, claims.expires_at, now)?;
                Ok(record.attempts_held_until(account.window(), now))
            }))
        };
        let retry_at = self.commit(Subject::of(account), decide).await??;
        Ok(Challenge::new(token.clone(), retry_at, claims.expires_at))
    }

    /// The second step of a sign-in: spends the code that was typed in answer to a challenge.
    ///
    /// `typed` is read as people type: with spaces and hyphens, in the digits of any script. What cannot be a code costs nothing. One
    /// read and one write; while attempts are held back, one read.
    ///
    /// # Errors
    ///
    /// [`Rejection`] if the code was not accepted, after it was counted; [`Unavailable`](crate::Unavailable) if that could not be
    /// written, the same for right and wrong codes.
    pub async fn verify(&self, account: &Account, token: &Token, typed: &str) -> Result<SignedIn> {
        check(account)?;
        let claims = self.claims_of(token.as_str(), account, |purpose| *purpose == Purpose::SignIn)?;
        let code = read_code(typed)?;
        let attempt = attempt(&claims, &code, account);
        let decide = |record: Option<Record>, now| match record {
            Some(record) => record.verify(&attempt, now),
            None => Decision::keep(Err(Rejection::new(Reason::EpochChanged))),
        };
        let passed = self.commit(Subject::of(account), decide).await??;
        Ok(SignedIn::second_factor(account, passed))
    }
}

impl<'a> Subject<'a> {
    /// The record of an account.
    pub(super) const fn of(account: &'a Account) -> Self {
        Self { user: account.user(), known_enrolled: account.is_known_enrolled() }
    }
}

/// The attempt to answer the challenge of `claims`.
pub(super) const fn attempt<'a>(claims: &Claims, code: &'a Code, account: &Account) -> Attempt<'a> {
    Attempt {
        challenge: claims.id,
        epoch: claims.epoch,
        expires_at: claims.expires_at,
        code,
        window: account.window(),
    }
}

/// What was typed, as a code.
pub(super) fn read_code(typed: &str) -> Result<Code, Rejection> {
    Code::read(typed).map_err(|_| Rejection::new(Reason::Malformed))
}
