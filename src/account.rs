//! All that the host knows of a user at this moment.

use std::fmt;

use zeroize::Zeroizing;

use crate::{
    factor::Channel,
    policy::{Obligation, Policy},
    primitives::time::Window,
    user::UserKey,
};

/// All that the host knows of a user *now*: key, stamp, rules, role, channels. Every call on a user takes one, freshly read.
///
/// ```
/// use second_factor::{Account, Channel, Policy, Requirement, UserKey};
///
/// let policy = Policy::new(Requirement::Optional);
/// let password_changed_at = 1_760_000_000_u64;
/// let account = Account::new(UserKey::new("acme", "42"), password_changed_at.to_be_bytes(), &policy)
///     .administrator(true)
///     .reachable_by(Channel::Email);
/// assert_eq!(account.user().user(), "42");
/// ```
#[derive(Clone)]
pub struct Account {
    user: UserKey,
    stamp: Zeroizing<Vec<u8>>,
    policy: Policy,
    administrator: bool,
    channels: Vec<Channel>,
    known_enrolled: bool,
}

impl Account {
    /// A user with the tenant's policy and a stamp of the first factor.
    ///
    /// The stamp is any value that changes exactly when the password does: the time of its last change, or a version number. Not a
    /// hash that is computed anew at sign-in. Everything that was handed out under another stamp is refused, so it all dies with the
    /// password. Only a keyed digest of it is kept. With an empty stamp every call fails.
    #[must_use]
    pub fn new(user: UserKey, stamp: impl AsRef<[u8]>, policy: &Policy) -> Self {
        Self {
            user,
            stamp: Zeroizing::new(stamp.as_ref().to_vec()),
            policy: policy.clone(),
            administrator: false,
            channels: Vec::new(),
            known_enrolled: false,
        }
    }

    /// Whether the policy's rules for administrators hold for this user. The host says what an administrator is.
    #[must_use]
    pub fn administrator(mut self, yes: bool) -> Self {
        self.administrator = yes;
        self
    }

    /// Says that the host has a confirmed address of the user for this channel.
    #[must_use]
    pub fn reachable_by(mut self, channel: Channel) -> Self {
        if !self.channels.contains(&channel) {
            self.channels.push(channel);
        }
        self
    }

    /// The host's own memory of whether this user has a second factor, kept apart from the store of records. With `true` a missing
    /// record, or one without a verified factor, is an error instead of "not enrolled".
    ///
    /// Set that memory wherever a session is opened with an [`Assurance::SecondFactor`](crate::Assurance::SecondFactor): then it also
    /// heals if the process ended between a [`confirm`](crate::Verifier::confirm) and the writing of it.
    #[must_use]
    pub fn known_enrolled(mut self, yes: bool) -> Self {
        self.known_enrolled = yes;
        self
    }

    /// The user.
    #[must_use]
    pub const fn user(&self) -> &UserKey {
        &self.user
    }

    /// The tenant's policy, as given.
    #[must_use]
    pub const fn policy(&self) -> &Policy {
        &self.policy
    }

    /// Whether the host calls the user an administrator.
    #[must_use]
    pub const fn is_administrator(&self) -> bool {
        self.administrator
    }

    /// The channels with a confirmed address.
    #[must_use]
    pub fn channels(&self) -> &[Channel] {
        &self.channels
    }

    /// Whether the host remembers the user as enrolled.
    #[must_use]
    pub const fn is_known_enrolled(&self) -> bool {
        self.known_enrolled
    }

    pub(crate) fn stamp(&self) -> &[u8] {
        &self.stamp
    }

    pub(crate) const fn window(&self) -> Window {
        self.policy.accepted_window()
    }

    pub(crate) const fn obligation(&self) -> Obligation {
        self.policy.obligation(self.administrator)
    }
}

impl fmt::Debug for Account {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Account")
            .field("user", &self.user)
            .field("stamp", &"[redacted]")
            .field("policy", &self.policy)
            .field("administrator", &self.administrator)
            .field("channels", &self.channels)
            .field("known_enrolled", &self.known_enrolled)
            .finish()
    }
}
