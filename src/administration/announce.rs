//! Telling members what a policy asks of them.

use super::{Administration, Member};
use crate::{
    error::{Error, Result},
    event::Actor,
    policy::Policy,
    refusal::NotAllowed,
    user::UserKey,
};

impl Administration {
    /// Tells every member of whom the policy requires a second factor, and who has none, to set one up:
    /// [`EventKind::RequiredByPolicy`](crate::EventKind::RequiredByPolicy), with who announces it and the end of the grace. Call it when the
    /// policy was saved, and again as a reminder.
    ///
    /// Who has none is decided by the records themselves, each of which is opened. The notice waits in the member's record until the notifier
    /// has accepted it ([`deliver_pending`](Self::deliver_pending)), and takes the place of an earlier one that still waits there. One
    /// deadline announced again on the same day (of UTC) is the same [`Notice::id`](crate::Notice::id), so that an announcement that came to
    /// no end can be repeated; on another day it is a reminder of its own.
    ///
    /// # Errors
    ///
    /// [`NotAllowed::OtherTenant`] if the members are not all of one tenant, [`NotAllowed::InvalidName`] for [that of `by`](Actor). Nobody
    /// was told then.
    pub async fn announce(&self, policy: &Policy, members: &[Member], by: &Actor) -> Result<Announced> {
        by.check()?;
        let tenant = members.first().map(|member| member.user().tenant());
        if members.iter().any(|member| Some(member.user().tenant()) != tenant) {
            return Err(NotAllowed::OtherTenant.into());
        }
        let mut announced = Announced::default();
        for member in members.iter().filter(|member| member.must_enroll(policy)) {
            match self.inner.verifier.require(member.user(), by, policy.grace()).await {
                Ok(told) => announced.told += u64::from(told),
                Err(error) => announced.failures.push((member.user().clone(), error)),
            }
        }
        Ok(announced)
    }
}

/// Who was told of a policy, and who was not.
///
/// ```
/// use second_factor::{Actor, Administration, Member, Policy, Result, UserKey};
///
/// /// After the policy was saved. Yields with whom to try again.
/// async fn warn(to: &Administration, policy: &Policy, roster: &[Member], admin: &Actor) -> Result<Vec<UserKey>> {
///     let announced = to.announce(policy, roster, admin).await?;
///     println!("{} members have something to set up", announced.told);
///     Ok(announced.failures.into_iter().map(|(user, _)| user).collect())
/// }
/// ```
#[derive(Debug, Default)]
#[must_use = "those who failed have not been told"]
#[non_exhaustive]
pub struct Announced {
    /// How many have the notice: the notifier has accepted it, or it waits in their record until it does.
    pub told: u64,
    /// Whose record could not be read or written, and why. Announce to them again.
    pub failures: Vec<(UserKey, Error)>,
}
