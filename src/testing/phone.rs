//! A person's phone, for tests.

use crate::primitives::{otpauth::OtpauthUri, time::UnixTime, totp::TotpKey};

/// An authenticator app on a simulated phone: it scans a set-up URI and shows codes.
///
/// ```
/// # #[tokio::main(flavor = "current_thread")] async fn main() -> Result<(), Box<dyn std::error::Error>> {
/// # use second_factor::*;
/// # let ann = Account::new(UserKey::new("acme", "ann"), [1], &Policy::new(Requirement::Optional));
/// # let new = NewAuthenticator::new("ann@example.com");
/// # let verifier = Verifier::builder(MemoryStore::new(), Outbox::new(), KeyRing::generate()?).issuer("Acme").build()?;
/// use second_factor::{Authority, Clock, SystemClock, testing::Phone};
///
/// // A test of the set-up page, from the QR code to the backup codes.
/// let enrollment = verifier.enroll(&ann, Authority::OpenSession, &new).await?;
/// let phone = Phone::scan(enrollment.uri());
/// let enrolled = verifier.confirm(&ann, enrollment.token(), &phone.code_at(SystemClock.now())).await?;
/// assert!(enrolled.backup_codes.is_some());
/// # Ok(()) }
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
