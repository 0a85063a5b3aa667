//! How a host tells its users.

use std::{fmt, future::Future};

use crate::{event::Event, store::BoxError};

/// Carries messages to users. The library knows no addresses and writes no texts: it says what happened, to whom.
pub trait Notifier: Send + Sync + 'static {
    /// What can go wrong while sending.
    type Error: Into<BoxError>;

    /// Tells the user what happened: the second factor was turned on, another authenticator was added.
    ///
    /// Return `Ok` once the message will arrive even if the process ends now (queued durably, or taken over by a mail server). On an
    /// error the notice stays in the user's record and comes again: **at least once**, so [`Notice::id`] is there to recognize a second
    /// delivery. The outcome of the ceremony stands already; neither failure nor delay can change it, but the request waits.
    fn notify(&self, notice: &Notice) -> impl Future<Output = Result<(), Self::Error>> + Send;
}

/// Something a user should hear of.
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
