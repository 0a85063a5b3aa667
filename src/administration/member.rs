//! A line of the host's roster.

use crate::{
    account::Account,
    factor::Channel,
    policy::{Obligation, Policy},
    user::UserKey,
};

/// A member of a tenant, as the host's own roster has it. The library knows nobody without a record, and no roles.
///
/// ```
/// use second_factor::{Account, Channel, Member, UserKey};
///
/// let ann = Member::new(UserKey::new("acme", "ann")).administrator(true).reachable_by(Channel::Email);
/// assert_eq!(ann.user().user(), "ann");
///
/// /// Or from what the host says of a user anyway.
/// fn line(account: &Account) -> Member {
///     account.into()
/// }
/// ```
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Member {
    user: UserKey,
    administrator: bool,
    channels: Vec<Channel>,
}

impl Member {
    /// A member who is no administrator, and has no confirmed address.
    #[must_use]
    pub const fn new(user: UserKey) -> Self {
        Self { user, administrator: false, channels: Vec::new() }
    }

    /// Whether the policy's rules for administrators hold for this user, as in [`Account::administrator`].
    #[must_use]
    pub const fn administrator(mut self, yes: bool) -> Self {
        self.administrator = yes;
        self
    }

    /// Says that the host has a confirmed address for this channel, as in [`Account::reachable_by`]. Where the policy lets users live on
    /// codes sent over it, they have nothing to set up.
    #[must_use]
    pub fn reachable_by(mut self, channel: Channel) -> Self {
        self.channels.push(channel);
        self
    }

    /// The user.
    #[must_use]
    pub const fn user(&self) -> &UserKey {
        &self.user
    }

    pub(super) const fn obligation(&self, policy: &Policy) -> Obligation {
        policy.obligation(self.administrator)
    }

    /// Whether this policy keeps the member out, once its grace is over, until an authenticator is set up, if none is: whom
    /// [`Preview::must_enroll`](crate::Preview::must_enroll) counts, for a page that names them.
    ///
    /// ```
    /// use second_factor::{Administration, Member, Policy, Result};
    ///
    /// /// Who of these would have to set up, should the policy change.
    /// async fn affected(to: &Administration, proposed: &Policy, page: &[Member]) -> Result<Vec<String>> {
    ///     let users: Vec<_> = page.iter().map(|member| member.user().clone()).collect();
    ///     let summaries = to.summaries(&users).await?;
    ///     let has_none = summaries.iter().map(|it| it.is_none_or(|it| it.enrolled_at.is_none()));
    ///     let named = page.iter().zip(has_none).filter(|(member, none)| *none && member.must_enroll(proposed));
    ///     Ok(named.map(|(member, _)| member.user().user().to_owned()).collect())
    /// }
    /// ```
    #[must_use]
    pub fn must_enroll(&self, policy: &Policy) -> bool {
        let sent = self.channels.iter().any(|channel| policy.channel_is_offered(*channel, false));
        self.obligation(policy) == Obligation::Required && !sent
    }
}

impl From<&Account> for Member {
    fn from(account: &Account) -> Self {
        let (user, channels) = (account.user().clone(), account.channels().to_vec());
        Self { user, administrator: account.is_administrator(), channels }
    }
}
