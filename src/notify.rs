//! How a host tells its users.

use std::{fmt, future::Future};

use zeroize::Zeroizing;

use crate::{
    event::Event,
    factor::Channel,
    primitives::{code::Code, time::UnixTime},
    store::BoxError,
    user::UserKey,
};

/// Carries messages to users. The library knows no addresses and writes no texts: it says what happened, to whom, or which code to send
/// over which channel.
///
/// ```
/// use second_factor::{Channel, EventKind, Notice, Notifier, OneTimeCode, UserKey};
///
/// struct Mail;
///
/// impl Notifier for Mail {
///     type Error = std::io::Error;
///
///     async fn send_code(&self, to: &UserKey, channel: Channel, code: &OneTimeCode) -> std::io::Result<()> {
///         self.send(to, channel, &format!("Your code: {}", code.reveal()))
///     }
///
///     async fn notify(&self, notice: &Notice) -> std::io::Result<()> {
///         let text = match notice.event().kind() {
///             EventKind::Enabled => "Two-step verification is on. If that was not you, call +1 555 0100.",
///             EventKind::BackupCodesLow { .. } => "You have few backup codes left.",
///             _ => "Your security settings have changed.",
///         };
///         self.send(notice.event().user(), Channel::Email, text)
///     }
/// }
/// # impl Mail { fn send(&self, _: &UserKey, _: Channel, _: &str) -> std::io::Result<()> { Ok(()) } }
/// ```
pub trait Notifier: Send + Sync + 'static {
    /// What can go wrong while sending.
    type Error: Into<BoxError>;

    /// Sends a one-time code to the user's confirmed address for this channel. The user is waiting for it.
    ///
    /// Return `Ok` once it is on its way. An error reaches the page at once, as
    /// [`Unavailable::NotSent`](crate::Unavailable::NotSent), so that it can offer another channel; the message counts all the same. The
    /// code is in the user's record already. Never log it.
    fn send_code(
        &self,
        to: &UserKey,
        channel: Channel,
        code: &OneTimeCode,
    ) -> impl Future<Output = Result<(), Self::Error>> + Send;

    /// Tells the user what happened: the second factor was turned on, another authenticator was added.
    ///
    /// Return `Ok` once the message will arrive even if the process ends now (queued durably, or taken over by a mail server). On an
    /// error the notice stays in the user's record and comes again: **at least once**, so [`Notice::id`] is there to recognize a second
    /// delivery. The outcome of the ceremony stands already; neither failure nor delay can change it, but the request waits.
    fn notify(&self, notice: &Notice) -> impl Future<Output = Result<(), Self::Error>> + Send;
}

/// A code to be mailed or texted: six digits, good for 5 minutes, for one challenge. Wiped when dropped.
///
/// ```
/// use second_factor::{OneTimeCode, UnixTime};
///
/// /// What the notifier hands to the SMS service. A phone fills in the code of the last line on this site, and on no other.
/// fn text_message(code: &OneTimeCode, now: UnixTime) -> String {
///     let (digits, minutes) = (code.reveal(), code.expires_at().since(now) / 60);
///     format!("{digits} is your code for Acme, for {minutes} minutes. We never ask you for it.\n\n@acme.example #{digits}")
/// }
/// ```
pub struct OneTimeCode {
    text: Zeroizing<String>,
    expires_at: UnixTime,
}

impl OneTimeCode {
    pub(crate) fn new(code: &Code, expires_at: UnixTime) -> Self {
        Self { text: Zeroizing::new(code.reveal()), expires_at }
    }

    /// The digits, for the message and for nothing else.
    #[must_use]
    pub fn reveal(&self) -> &str {
        &self.text
    }

    /// When it is no longer accepted.
    #[must_use]
    pub const fn expires_at(&self) -> UnixTime {
        self.expires_at
    }
}

impl fmt::Debug for OneTimeCode {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("OneTimeCode").field("expires_at", &self.expires_at).finish_non_exhaustive()
    }
}

/// Something a user should hear of.
///
/// ```
/// use second_factor::Notice;
///
/// /// The key under which a queue of mails takes this one up, once, and the words of its subject.
/// fn mail(notice: &Notice) -> (String, String) {
///     (format!("{:032x}", notice.id()), format!("Your second factor: {:?}", notice.event().kind()))
/// }
/// ```
#[derive(Clone)]
pub struct Notice {
    id: u128,
    event: Event,
}

impl Notice {
    pub(crate) const fn new(id: u128, event: Event) -> Self {
        Self { id, event }
    }

    /// The same for each delivery of this notice, and for no other.
    #[must_use]
    pub const fn id(&self) -> u128 {
        self.id
    }

    /// What happened.
    #[must_use]
    pub const fn event(&self) -> &Event {
        &self.event
    }
}

impl fmt::Debug for Notice {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Notice")
            .field("id", &format_args!("{:032x}", self.id))
            .field("event", &self.event)
            .finish()
    }
}
