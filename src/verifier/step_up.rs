//! The second factor once more, in front of a change of settings.

use super::{
    Challenge, Verifier, check,
    commit::Subject,
    sign_in::{attempt, read_code},
    token::{Claims, Proof, Purpose, Token},
};
use crate::{
    account::Account,
    action::Action,
    error::Result,
    primitives::random,
    record::{Decision, Record},
    refusal::{NotAllowed, Reason, Refusal, Rejection},
};

/// How long a step-up waits for its answer, and its proof for its use, in seconds.
const LIFETIME: u64 = 5 * 60;

impl Verifier {
    /// Asks for the second factor before `action`. The signed-in session is not enough for it, however it was opened.
    ///
    /// One read, no write.
    ///
    /// # Errors
    ///
    /// [`NotAllowed::NotEnrolled`] if there is no second factor to ask for, [`NotAllowed::FactorOff`] or [`NotAllowed::Limit`] if the
    /// action would be refused whatever the answer; [`Unavailable`](crate::Unavailable).
    pub async fn begin_step_up(&self, account: &Account, action: &Action) -> Result<Challenge> {
        check(account)?;
        let window = account.window();
        let decide = |record: Option<Record>, now| {
            Decision::keep(
                record.filter(Record::is_enrolled).ok_or(Refusal::from(NotAllowed::NotEnrolled)).and_then(
                    |record| {
                        record.allows(action, account.obligation())?;
                        Ok((record.epoch(), record.attempts_held_until(window, now), now))
                    },
                ),
            )
        };
        let (epoch, retry_at, now) = self.commit(Subject::of(account), decide).await??;
        let expires_at = now.plus(LIFETIME);
        let purpose = Purpose::StepUp(action.clone());
        let token = self.token(&Claims::new(account, purpose, random::id()?, epoch, expires_at)?)?;
        Ok(Challenge::new(token, retry_at, expires_at))
    }

    /// Spends the code that was typed in answer, through the same gate as at a sign-in, and yields what allows the action once.
    ///
    /// # Errors
    ///
    /// As for [`verify`](Self::verify).
    pub async fn step_up(&self, account: &Account, token: &Token, typed: &str) -> Result<Proof> {
        check(account)?;
        let claims =
            self.claims_of(token.as_str(), account, |purpose| matches!(purpose, Purpose::StepUp(_)))?;
        let Purpose::StepUp(action) = &claims.purpose else {
            return Err(Rejection::new(Reason::WrongPurpose).into());
        };
        let code = read_code(typed)?;
        let attempt = attempt(&claims, &code, account);
        let id = random::id()?;
        let decide = |record: Option<Record>, now: crate::UnixTime| match record {
            Some(record) => record.step_up(&attempt, (id, action, now.plus(LIFETIME)), now),
            None => Decision::keep(Err(Rejection::new(Reason::EpochChanged))),
        };
        let passed = self.commit(Subject::of(account), decide).await??;
        let purpose = Purpose::Proof(action.clone());
        self.proof(&Claims::new(account, purpose, id, claims.epoch, passed.at.plus(LIFETIME))?)
    }
}
