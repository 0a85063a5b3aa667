//! What a change of policy would do, before it is made.

use std::fmt;

use super::{Administration, Member};
use crate::{
    account::Account,
    error::Result,
    factor::Factor,
    policy::{Obligation, Policy, Requirement, Trust},
    refusal::NotAllowed,
    summary::Summary,
    verifier::Token,
};

/// Counts what another policy would mean for the members of a tenant: give it the whole roster, each member once, in pages of any size.
///
/// ```
/// use second_factor::{Account, Administration, Member, Policy, Preview, Result};
///
/// /// What the administrator sees before confirming: `roster` is the host's own list of the tenant's members.
/// async fn preview(to: &Administration, acting: &Account, proposed: &Policy, roster: &[Member]) -> Result<Preview> {
///     let mut counting = to.preview(acting, proposed);
///     for page in roster.chunks(500) {
///         counting.add(page).await?;
///     }
///     counting.finish().await
/// }
/// ```
#[must_use = "it counts the members that it is given"]
pub struct Counting {
    administration: Administration,
    /// Under the policy in force.
    acting: Account,
    proposed: Policy,
    must_enroll: u64,
    would_lose: u64,
    would_lose_trust: u64,
    would_lose_backup_codes: u64,
    leftovers: u64,
}

impl Counting {
    pub(super) const fn new(administration: Administration, acting: Account, proposed: Policy) -> Self {
        Self {
            administration,
            acting,
            proposed,
            must_enroll: 0,
            would_lose: 0,
            would_lose_trust: 0,
            would_lose_backup_codes: 0,
            leftovers: 0,
        }
    }

    /// Counts these members. On an error none of them is counted: add them again.
    ///
    /// # Errors
    ///
    /// [`NotAllowed::OtherTenant`] if one is not of the acting administrator's tenant;
    /// [`Unavailable::Directory`](crate::Unavailable::Directory).
    pub async fn add(&mut self, members: &[Member]) -> Result<()> {
        let tenant = self.acting.user().tenant();
        if members.iter().any(|member| member.user().tenant() != tenant) {
            return Err(NotAllowed::OtherTenant.into());
        }
        let summaries = self.administration.of(members).await?;
        let (no_trust, no_codes) =
            (self.proposed.trust() == Trust::Off, !self.proposed.allows(Factor::BackupCode));
        for (member, summary) in members.iter().zip(summaries) {
            let summary = summary.unwrap_or_default();
            if summary.enrolled_at.is_some() {
                let is_off = member.obligation(self.acting.policy()) == Obligation::Off;
                self.would_lose += u64::from(self.proposed.requirement() == Requirement::Off);
                self.leftovers += u64::from(is_off);
            } else {
                self.must_enroll += u64::from(member.must_enroll(&self.proposed));
            }
            self.would_lose_trust += u64::from(no_trust && summary.trusted_devices > 0);
            self.would_lose_backup_codes += u64::from(no_codes && summary.backup_codes_left > 0);
        }
        Ok(())
    }

    /// The numbers so far, and the token that confirms them.
    ///
    /// # Errors
    ///
    /// [`Unavailable`](crate::Unavailable).
    pub async fn finish(self) -> Result<Preview> {
        let verifier = &self.administration.inner.verifier;
        Ok(Preview {
            must_enroll: self.must_enroll,
            would_lose: self.would_lose,
            would_lose_trust: self.would_lose_trust,
            would_lose_backup_codes: self.would_lose_backup_codes,
            leftovers: self.leftovers,
            acting_would_be_locked_out: verifier.would_lock_out(&self.acting, &self.proposed).await?,
            confirmation: verifier.confirmation_of_change(&self.acting, self.proposed.requirement())?,
        })
    }
}

impl fmt::Debug for Counting {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Counting")
            .field("acting", self.acting.user())
            .field("proposed", &self.proposed)
            .finish_non_exhaustive()
    }
}

impl Administration {
    /// The summaries of these members: for counts and notices.
    pub(super) async fn of(&self, members: &[Member]) -> Result<Vec<Option<Summary>>> {
        let users: Vec<_> = members.iter().map(|member| member.user().clone()).collect();
        self.summaries(&users).await
    }
}

/// What a change of policy would do. Counted by the summaries, for the administrator to read; only
/// [`acting_would_be_locked_out`](Self::acting_would_be_locked_out) is found out from a record.
///
/// ```
/// use second_factor::Preview;
///
/// fn warn(preview: &Preview) -> Option<String> {
///     if preview.acting_would_be_locked_out {
///         return Some("Set up your own second factor first.".into());
///     }
///     (preview.would_lose > 0).then(|| format!("{} people will have to set up again.", preview.would_lose))
/// }
/// ```
#[derive(Debug, Clone)]
#[non_exhaustive]
pub struct Preview {
    /// Members of whom the proposed policy requires a second factor and who have none, at the end of its grace if it has one. Who can be
    /// sent codes, where the policy lets users live on them, is not among them; where it allows no factor at all, they could not sign in.
    pub must_enroll: u64,
    /// Members whose settings would be deleted: those who are enrolled, if the proposed requirement is [`Off`](Requirement::Off); nobody
    /// otherwise. [`delete_all`](Administration::delete_all) goes over all records of the tenant, also of users whom the roster does not
    /// have; [`totals`](Administration::totals) counts them too.
    pub would_lose: u64,
    /// Members with browsers that would be trusted no longer, as the proposed policy trusts none. They sign in with a code again.
    pub would_lose_trust: u64,
    /// Members with unused backup codes that would not be accepted, as the proposed policy does not allow any.
    pub would_lose_backup_codes: u64,
    /// Members who are enrolled although the policy in force is off for them: they are still asked. Left over from a switch to off that
    /// was not swept to its end, or from another requirement. Before the tenant is switched on again, they go: preview
    /// [`Off`](Requirement::Off), and [`delete_all`](Administration::delete_all).
    pub leftovers: u64,
    /// Whether the acting administrator could not go on under the proposed policy. By their own record: either
    /// [`assess`](crate::Verifier::assess) would answer [`Access::Enroll`](crate::Access::Enroll) (required, not set up, no grace left, and
    /// no codes sent to them), or they are enrolled and the next sign-in would find no factor to ask for (all they have are disabled,
    /// used up or forbidden). A wait for wrong codes does not count, nor does a trusted browser help.
    pub acting_would_be_locked_out: bool,
    /// That the acting administrator has seen this: for [`delete_all`](Administration::delete_all), if the proposed requirement is
    /// [`Off`](Requirement::Off). Good for 24 hours, for this user of this tenant, until the stamp changes.
    pub confirmation: Token,
}
