//! Browsers that are known or trusted, and signing out.

use zeroize::Zeroizing;

use super::{Verifier, check, commit::Subject};
use crate::{
    account::Account,
    device::{DeviceCookie, DeviceId, Presented},
    error::Result,
    primitives::{random, time::UnixTime},
    record::{self, Decision, Device, Epoch, Record},
};

/// A browser in which a second factor was verified. Unless it is among the trusted ones, it is asked for a code.
///
/// ```
/// use second_factor::{KnownBrowser, Status};
///
/// /// "Where you have signed in": this browser first.
/// fn list(status: &Status) -> Vec<&KnownBrowser> {
///     let mut browsers: Vec<_> = status.known_browsers().iter().collect();
///     browsers.sort_by_key(|browser| !browser.this_browser);
///     browsers
/// }
/// ```
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct KnownBrowser {
    /// To name it in later calls: [`rename_device`](Verifier::rename_device), [`revoke_device`](Verifier::revoke_device).
    pub id: DeviceId,
    /// As it was called when it was trusted, or renamed since; empty if neither happened. Data, to be escaped.
    pub label: String,
    /// When it last signed in.
    pub last_used_at: UnixTime,
    /// When it is forgotten, unless a second factor is verified in it before.
    pub known_until: UnixTime,
    /// Whether it is the browser of this request.
    pub this_browser: bool,
}

impl KnownBrowser {
    pub(super) fn of(device: &Device, this_browser: bool) -> Self {
        let (id, label) = (device.id(), device.label().to_owned());
        let (last_used_at, known_until) = (device.last_used_at(), device.known_until());
        Self { id, label, last_used_at, known_until, this_browser }
    }
}

/// A browser that is not asked for a code for a while.
///
/// ```
/// use second_factor::TrustedDevice;
///
/// /// A line of the list of browsers; its button posts the id.
/// fn line(browser: &TrustedDevice) -> String {
///     let here = if browser.this_browser { " (this one)" } else { "" };
///     format!("{}{here} [remove {}]", browser.label, browser.id)
/// }
/// ```
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct TrustedDevice {
    /// To name it in later calls.
    pub id: DeviceId,
    /// As it was called when it was trusted, or renamed since: data, to be escaped.
    pub label: String,
    /// When it last signed in.
    pub last_used_at: UnixTime,
    /// Until when it is trusted; until sign-out if `None`.
    pub until: Option<UnixTime>,
    /// Whether it is the browser of this request.
    pub this_browser: bool,
}

impl TrustedDevice {
    pub(super) fn of(device: &Device, until: Option<UnixTime>, this_browser: bool) -> Self {
        let (id, label) = (device.id(), device.label().to_owned());
        Self { id, label, last_used_at: device.last_used_at(), until, this_browser }
    }
}

impl Verifier {
    /// Gives a known browser another label, trusted or not: 1 to 40 characters, surrounding white space ignored.
    ///
    /// # Errors
    ///
    /// [`NotAllowed::InvalidName`](crate::NotAllowed::InvalidName), [`NotAllowed::NotFound`](crate::NotAllowed::NotFound);
    /// [`Unavailable`](crate::Unavailable).
    pub async fn rename_device(&self, account: &Account, id: DeviceId, label: &str) -> Result<()> {
        check(account)?;
        let label = record::checked_label(label)?;
        self.change(account, |record, now| record.rename_device(id, label, now)).await
    }

    /// Forgets a browser: it is asked for a code again. No proof is needed to be safer.
    ///
    /// # Errors
    ///
    /// [`NotAllowed::NotFound`](crate::NotAllowed::NotFound); [`Unavailable`](crate::Unavailable).
    pub async fn revoke_device(&self, account: &Account, id: DeviceId) -> Result<()> {
        check(account)?;
        self.change(account, |record, now| record.revoke_device(id, now)).await
    }

    /// Forgets all browsers. Open sessions go on; [`sign_out_everywhere`](Self::sign_out_everywhere) ends them as well.
    ///
    /// # Errors
    ///
    /// [`Unavailable`](crate::Unavailable).
    pub async fn revoke_devices(&self, account: &Account) -> Result<()> {
        check(account)?;
        self.if_there(account, Record::revoke_devices).await
    }

    /// Signs out in this browser, beside the end of the host's session: trust "until sign-out" ends. Trust for a number of days goes on, and
    /// the browser stays known, so its cookie is left as it is.
    ///
    /// # Errors
    ///
    /// [`Unavailable`](crate::Unavailable): the browser may still be trusted.
    pub async fn sign_out(&self, account: &Account, device: Option<&str>) -> Result<()> {
        check(account)?;
        let presented = device.and_then(Presented::read);
        self.if_there(account, |record, now| record.sign_out(presented.as_ref(), account, now)).await
    }

    /// Signs the user out everywhere: no browser is known or trusted any more, every challenge, set-up, one-time code and proof that is
    /// under way is dead, and [`assess`](Self::assess) ends every session that a second factor opened, this one included. What is left to
    /// the host are its sessions without one. Yields the cookie that clears this browser's.
    ///
    /// # Errors
    ///
    /// [`Unavailable`](crate::Unavailable): nothing has ended.
    pub async fn sign_out_everywhere(&self, account: &Account) -> Result<DeviceCookie> {
        check(account)?;
        let (root, new_epoch) = (Zeroizing::new(random::bytes()?), Epoch::drawn(random::id()?));
        let decide = |record, now| record::sign_out_everywhere(record, &root, new_epoch, now);
        self.commit(Subject::of(account), decide).await?;
        Ok(DeviceCookie::clear(account.user()))
    }

    async fn if_there(
        &self,
        account: &Account,
        decide: impl Fn(Record, UnixTime) -> Decision<()>,
    ) -> Result<()> {
        let decide = |record: Option<Record>, now| match record {
            Some(record) => decide(record, now),
            None => Decision::keep(()),
        };
        self.commit(Subject::of(account), decide).await
    }
}
