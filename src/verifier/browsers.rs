//! Browsers that are known or trusted, and signing out.

use zeroize::Zeroizing;

use super::{Verifier, check, commit::Subject};
use crate::{
    account::Account,
    device::{DeviceCookie, DeviceId, Presented},
    error::Result,
    primitives::random,
    record::{self, Decision, Epoch, Record},
};

impl Verifier {
    /// Gives a trusted browser another label: 1 to 40 characters, surrounding white space ignored.
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
        decide: impl Fn(Record, crate::UnixTime) -> Decision<()>,
    ) -> Result<()> {
        let decide = |record: Option<Record>, now| match record {
            Some(record) => decide(record, now),
            None => Decision::keep(()),
        };
        self.commit(Subject::of(account), decide).await
    }
}
