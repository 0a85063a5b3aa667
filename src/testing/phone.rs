//! A person's phone, for tests.

use crate::primitives::{otpauth::OtpauthUri, time::UnixTime, totp::TotpKey};

/// An authenticator app on a simulated phone: it scans a set-up URI and shows codes.
///
/// ```
/// use second_factor::{UnixTime, testing::Phone};
///
/// let phone = Phone::scan("otpauth://totp/Acme:ann?secret=GEZDGNBVGY3TQOJQGEZDGNBVGY3TQOJQ&issuer=Acme");
/// assert_eq!(phone.code_at(UnixTime::from_seconds(59)), "287082");
/// ```
#[derive(Debug)]
pub struct Phone {
    key: TotpKey,
}

impl Phone {
    /// A phone that has scanned this `otpauth` URI.
    ///
    /// # Panics
    ///
    /// If it is not one, as a phone would say.
    #[must_use]
    #[allow(clippy::panic, reason = "a tool for tests")]
    pub fn scan(uri: &str) -> Self {
        let scanned = match OtpauthUri::parse(uri) {
            Ok(scanned) => scanned,
            Err(error) => panic!("the phone cannot use this QR code: {error}"),
        };
        Self { key: scanned.totp().key(scanned.secret()) }
    }

    /// What it shows at this moment.
    #[must_use]
    pub fn code_at(&self, now: UnixTime) -> String {
        self.key.code_at(now).map(|code| code.reveal()).unwrap_or_default()
    }
}
