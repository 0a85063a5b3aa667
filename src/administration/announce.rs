//! Telling members what a policy asks of them.

use super::{Administration, Member};
use crate::{
    error::{Error, Result},
    event::{Event, EventKind},
    notify::Notice,
    policy::Policy,
    primitives::time::UnixTime,
    refusal::NotAllowed,
    summary::Summary,
    user::UserKey,
};

impl Administration {
    /// Tells every member of whom the policy requires a second factor, and who has none, to set one up:
    /// [`EventKind::RequiredByPolicy`], with the end of the grace. Call it when the policy was saved, and again as a reminder.
    ///
    /// It writes no record, so nothing waits in one: the notices go to the notifier directly, and who was not reached is for the host to
    /// announce to again. A member is told under the same [`Notice::id`] each time for one end of the grace (or for none), so that
    /// a notifier that remembers ids tells nobody twice; a reminder is one that it lets through.
    ///
    /// # Errors
    ///
    /// [`NotAllowed::OtherTenant`] if the members are not all of one tenant; [`Unavailable::Directory`](crate::Unavailable::Directory).
    /// Nobody was told then.
    pub async fn announce(&self, policy: &Policy, members: &[Member]) -> Result<Announced> {
        let tenant = members.first().map(|member| member.user().tenant());
        if members.iter().any(|member| Some(member.user().tenant()) != tenant) {
            return Err(NotAllowed::OtherTenant.into());
        }
        let summaries = self.of(members).await?;
        let has_none = |summary: &Option<Summary>| summary.is_none_or(|it| it.enrolled_at.is_none());
        let unprotected = members.iter().zip(summaries).filter(|(_, summary)| has_none(summary));
        let mut announced = Announced::default();
        for (member, _) in unprotected.filter(|(member, _)| member.must_enroll(policy)) {
            let notice = required(member.user(), policy.grace(), self.inner.verifier.now());
            match self.inner.verifier.announce(&notice).await {
                Ok(()) => announced.told += 1,
                Err(error) => announced.failures.push((member.user().clone(), error)),
            }
        }
        Ok(announced)
    }
}

/// Who was told of a policy, and who was not.
///
/// ```
/// use second_factor::{Administration, Member, Policy, Result, UserKey};
///
/// /// After the policy was saved. Yields whom to try again.
/// async fn warn(administration: &Administration, policy: &Policy, roster: &[Member]) -> Result<Vec<UserKey>> {
///     let announced = administration.announce(policy, roster).await?;
///     println!("{} members have something to set up", announced.told);
///     Ok(announced.failures.into_iter().map(|(user, _)| user).collect())
/// }
/// ```
#[derive(Debug, Default)]
#[must_use = "those whom the notifier did not take have not been told"]
#[non_exhaustive]
pub struct Announced {
    /// How many notices the notifier accepted.
    pub told: u64,
    /// Whom it did not accept one for, and why.
    pub failures: Vec<(UserKey, Error)>,
}

fn required(user: &UserKey, from: Option<UnixTime>, now: UnixTime) -> Notice {
    Notice::new(notice_id(user, from), Event::new(user.clone(), now, EventKind::RequiredByPolicy { from }))
}

/// The same for each notice to this user of this moment. It is no secret: there is no record that could have one.
fn notice_id(user: &UserKey, from: Option<UnixTime>) -> u128 {
    let (known, from) = ([u8::from(from.is_some())], from.unwrap_or_default().seconds().to_be_bytes());
    user.public_digest(b"second-factor required notice", &[&known, &from])
}
