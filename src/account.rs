//! All that the host knows of a user at this moment.

use std::fmt;

use zeroize::Zeroizing;

use crate::{
    device::DeviceCookie,
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
    /// Set that memory wherever a session is opened with an [`Assurance::SecondFactor`](crate::Assurance::SecondFactor) of an app or a
    /// backup code: then it also heals if the process ended between a [`confirm`](crate::Verifier::confirm) and the writing of it. A code
    /// that was sent does not tell: where the policy lets users live on those, they are not enrolled. Clear it after a disable, a reset and
    /// a purge. [Operating](crate::guide::operating) does it from the audit log.
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

    /// The name of the cookie in which a browser of this user carries its [`DeviceCookie`].
    ///
    /// Read that cookie of the request and hand its value to [`begin`](crate::Verifier::begin),
    /// [`begin_step_up`](crate::Verifier::begin_step_up) and [`status`](crate::Verifier::status). Each user has a name of their own, so
    /// that people who share a browser keep out of each other's way. It shows neither tenant nor user, and is no secret.
    #[must_use]
    pub fn device_cookie_name(&self) -> String {
        DeviceCookie::name_for(&self.user)
    }

    /// The user's channels, in the order given, over which the policy offers codes to somebody enrolled or not. `first` is the channel
    /// that carried the first factor: where the policy wants distinct channels, it does not carry the second.
    pub(crate) fn channels_offered(&self, enrolled: bool, first: Option<Channel>) -> Vec<Channel> {
        let barred = first.filter(|_| self.policy.wants_distinct_channels());
        let offered = |channel: &Channel| {
            barred != Some(*channel) && self.policy.channel_is_offered(*channel, enrolled)
        };
        self.channels.iter().copied().filter(offered).collect()
    }

    /// The same user under another policy.
    pub(crate) fn under(&self, policy: &Policy) -> Self {
        Self { policy: policy.clone(), ..self.clone() }
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

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{
        factor::Factor,
        policy::{OneTimeCodes, Requirement},
    };

    const EMAIL: Factor = Factor::OneTimeCode(Channel::Email);
    const SMS: Factor = Factor::OneTimeCode(Channel::Sms);

    fn offered(policy: Policy, enrolled: bool, first: Option<Channel>) -> Vec<Channel> {
        Account::new(UserKey::new("acme", "42"), [1], &policy)
            .reachable_by(Channel::Sms)
            .reachable_by(Channel::Email)
            .channels_offered(enrolled, first)
    }

    #[test]
    fn a_channel_must_be_the_users_and_the_policys() {
        let policy = Policy::new(Requirement::Optional);
        assert_eq!(offered(policy.clone(), false, None), [], "off until allowed");
        assert_eq!(offered(policy.clone().allow(EMAIL), false, None), [Channel::Email]);
        let both = policy.allow(EMAIL).allow(SMS);
        assert_eq!(
            offered(both.clone(), false, None),
            [Channel::Sms, Channel::Email],
            "the order of the host"
        );
        assert_eq!(offered(both.clone(), true, None), [], "an authenticator takes their place");
        let beside = both.clone().one_time_codes(OneTimeCodes::BesideAuthenticator);
        assert_eq!(offered(beside.clone(), true, None), [Channel::Sms, Channel::Email]);
        assert_eq!(offered(beside, false, None), []);
        let unreachable = Account::new(UserKey::new("acme", "42"), [1], &both);
        assert_eq!(unreachable.channels_offered(false, None), []);
    }

    #[test]
    fn the_channel_of_the_first_factor_is_not_that_of_the_second() {
        let both = Policy::new(Requirement::Optional).allow(EMAIL).allow(SMS);
        assert_eq!(offered(both.clone(), false, Some(Channel::Email)), [Channel::Sms]);
        assert_eq!(offered(both.clone(), false, Some(Channel::Sms)), [Channel::Email]);
        assert_eq!(offered(both.clone().forbid(SMS), false, Some(Channel::Email)), []);
        let alike = both.distinct_channels(false);
        assert_eq!(offered(alike, false, Some(Channel::Email)), [Channel::Sms, Channel::Email]);
    }
}
