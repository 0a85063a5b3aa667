//! The second factor once more, in front of a change of settings.

use super::{
    Challenge, Verifier,
    challenge::read,
    check,
    commit::Subject,
    token::{Claims, Proof, Purpose, Token},
};
use crate::{
    account::Account,
    action::Action,
    device::Presented,
    error::Result,
    primitives::{random, time::UnixTime},
    record::{self, Attempt, Decision, OpenProof, Record, STEP_UP_LIFETIME},
    refusal::{Reason, Rejection},
};

impl Verifier {
    /// Asks for the second factor before `action`. The signed-in session is not enough for it, however it was opened.
    ///
    /// `device` is the value of the request's device cookie, as for [`begin`](Self::begin): attempts then count in that browser's own lane.
    /// One read, no write.
    ///
    /// Where users live on codes that are sent, such a code answers in front of [`Action::Host`]. How this session's first factor was shown
    /// is not known here: if a link brought it, leave that channel out of the account ([`reachable_by`](Account::reachable_by)).
    ///
    /// # Errors
    ///
    /// [`NotAllowed`](crate::NotAllowed): `NotEnrolled` if there is no second factor to ask for; otherwise what the action would be refused
    /// for whatever the answer. [`Unavailable`](crate::Unavailable).
    pub async fn begin_step_up(
        &self,
        account: &Account,
        action: &Action,
        device: Option<&str>,
    ) -> Result<Challenge> {
        check(account)?;
        action.check()?;
        let (id, presented) = (random::id()?, device.and_then(Presented::read));
        let decide = |record: Option<Record>, now| {
            let asked = record::begin_step_up(record.as_ref(), action, account, presented.as_ref(), id, now);
            Decision::keep(asked)
        };
        let (asked, page) = self.commit(Subject::of(account), decide).await??;
        let purpose = Purpose::StepUp(action.clone());
        let claims = Claims::new(account, purpose, id, asked.epoch, asked.expires_at)?;
        Ok(Challenge::new(self.token(&claims.in_browser(asked.browser))?, page, asked.expires_at))
    }

    /// Spends the code that was typed in answer, through the same gate as at a sign-in, and yields what allows the action once.
    ///
    /// # Errors
    ///
    /// As for [`verify`](Self::verify).
    pub async fn step_up(&self, account: &Account, token: &Token, typed: &str) -> Result<Proof> {
        check(account)?;
        let challenge = self.challenge_of(token, account, |action| action.is_some())?;
        let Some(action) = &challenge.action else { return Err(Rejection::new(Reason::WrongPurpose).into()) };
        let attempt = Attempt { challenge: &challenge, typed: &read(typed)?, account };
        let id = random::id()?;
        let decide = |record: Option<Record>, now: UnixTime| match record {
            Some(record) => {
                let expires_at = now.plus(STEP_UP_LIFETIME);
                record.step_up(&attempt, OpenProof { id, action: action.clone(), expires_at }, now)
            }
            None => Decision::keep(Err(record::verify_nobody(&attempt, now))),
        };
        let passed = self.commit(Subject::of(account), decide).await??;
        let purpose = Purpose::Proof(action.clone());
        let expires_at = passed.at.plus(STEP_UP_LIFETIME);
        let claims = Claims::new(account, purpose, id, challenge.epoch, expires_at)?;
        self.proof(&claims.in_browser(challenge.browser))
    }
}
