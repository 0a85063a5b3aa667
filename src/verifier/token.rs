//! What travels through the browser: sealed, bound, expiring.

use std::fmt;

use data_encoding::BASE64URL_NOPAD;
use serde::{Deserialize, Serialize};
use subtle::ConstantTimeEq;

use super::Verifier;
use crate::{
    account::Account,
    action::Action,
    device::DeviceId,
    error::Result,
    factor::Channel,
    policy::Requirement,
    primitives::{
        RandomError, digest, random,
        seal::{self, Plaintext},
        stored::{Keys, Reader, Stored, stored},
        time::UnixTime,
    },
    record::Epoch,
    refusal::{Reason, Rejection},
    user::UserKey,
};

/// Where a person is: between password and session, inside an enrollment, inside a step-up.
///
/// Sealed: the browser can neither read nor change it. Carry it in an `HttpOnly` cookie or a hidden field of a form. It proves nothing
/// by itself, and works only for the user and purpose it was made for, until it expires or the password changes.
///
/// ```
/// use second_factor::{Account, Result, SignedIn, Token, UserKey, Verifier};
///
/// /// The code page: `cookie` is the token, as it came back. `load` is the host's look-up of what it knows of a user now.
/// async fn code_page(verifier: &Verifier, cookie: &str, typed: &str, load: impl Fn(UserKey) -> Account) -> Result<SignedIn> {
///     let token = Token::from(cookie.to_owned());
///     let account = load(verifier.claimed_user(&token)?);
///     verifier.verify(&account, &token, typed, None).await
/// }
/// ```
#[derive(Clone, Serialize, Deserialize)]
#[serde(transparent)]
pub struct Token(String);

/// What a person may do once: a step-up that was passed, for one [`Action`].
///
/// Sealed like a [`Token`]; good for 5 minutes; spent by the call that takes it.
///
/// ```
/// use second_factor::{Account, BackupCodes, Result, Token, Verifier};
///
/// /// "New backup codes": the code of the step-up was typed, and its proof is used at once.
/// async fn reissue(verifier: &Verifier, account: &Account, token: &Token, typed: &str) -> Result<BackupCodes> {
///     let proof = verifier.step_up(account, token, typed).await?;
///     verifier.regenerate_backup_codes(account, &proof).await
/// }
/// ```
#[derive(Clone, Serialize, Deserialize)]
#[serde(transparent)]
pub struct Proof(String);

macro_rules! sealed_text {
    ($($name:ident),*) => { $(
        impl $name {
            /// The sealed text: letters, digits, `-` and `_`.
            #[must_use]
            pub fn as_str(&self) -> &str {
                &self.0
            }
        }

        impl From<String> for $name {
            fn from(text: String) -> Self {
                Self(text)
            }
        }

        impl fmt::Debug for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str(concat!(stringify!($name), "(..)"))
            }
        }
    )* };
}
sealed_text!(Token, Proof);

/// What a token or a proof says, inside its seal.
pub(super) struct Claims {
    pub(super) user: UserKey,
    pub(super) purpose: Purpose,
    /// The challenge, enrollment or proof that it stands for.
    pub(super) id: u128,
    pub(super) epoch: Epoch,
    pub(super) expires_at: UnixTime,
    /// The browser that it was made for, if that was a known one.
    pub(super) browser: Option<DeviceId>,
    /// The channel that carried the first factor, if one did.
    pub(super) first: Option<Channel>,
    /// The stamp's digest, keyed by a key of this token's own.
    stamp: u128,
    stamp_key: u128,
}
stored!(Claims {
    0: user,
    1: purpose,
    2: id,
    3: epoch,
    4: expires_at,
    5: browser,
    6: first,
    7: stamp,
    8: stamp_key,
});

/// What a token is good for. One of one purpose is never good for another.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub(super) enum Purpose {
    /// To answer a challenge at sign-in.
    SignIn,
    /// To begin an enrollment that the policy requires, inside a sign-in.
    Enroll,
    /// To see a pending authenticator and to confirm it.
    Enrollment,
    /// To answer a challenge in front of a change of settings.
    StepUp(Action),
    /// To do it.
    Proof(Action),
    /// To change the tenant's requirement to this one, as it was previewed.
    PolicyChange(Requirement),
}
stored!(serde Purpose);

/// The longest sealed text that is looked at. Larger than any that is made for ids of a sensible length, smaller than what hurts.
const MAX_TEXT: usize = 16 * 1024;
/// What a token begins with, inside its seal. No map of CBOR begins so.
const VERSION: u8 = 2;
/// Room for claims with ids of a usual length.
const USUAL_BYTES: usize = 256;

impl Claims {
    /// For this account as it is now.
    pub(super) fn new(
        account: &Account,
        purpose: Purpose,
        id: u128,
        epoch: Epoch,
        expires_at: UnixTime,
    ) -> Result<Self, RandomError> {
        let stamp_key = random::id()?;
        let stamp = digest(stamp_key, account.stamp());
        let (user, browser, first) = (account.user().clone(), None, None);
        Ok(Self { user, purpose, id, epoch, expires_at, browser, first, stamp, stamp_key })
    }

    /// For this browser, if it is a known one.
    pub(super) const fn in_browser(mut self, browser: Option<DeviceId>) -> Self {
        self.browser = browser;
        self
    }

    /// After a first factor that this channel carried, if one did.
    pub(super) const fn after(mut self, first: Option<Channel>) -> Self {
        self.first = first;
        self
    }

    /// Whether they were made for this account, under its present stamp, and are not over.
    fn hold_for(&self, account: &Account, now: UnixTime) -> Result<(), Rejection> {
        let stamp = digest(self.stamp_key, account.stamp());
        let reason = if self.user != *account.user() {
            Reason::WrongUser
        } else if !bool::from(self.stamp.ct_eq(&stamp)) {
            Reason::StampChanged
        } else if now >= self.expires_at {
            Reason::Expired
        } else {
            return Ok(());
        };
        Err(Rejection::new(reason))
    }
}

/// What is kept of a stamp.
fn digest(key: u128, stamp: &[u8]) -> u128 {
    digest::keyed(&key.to_be_bytes(), b"second-factor stamp", &[stamp])
}

impl Verifier {
    pub(super) fn token(&self, claims: &Claims) -> Result<Token> {
        self.seal_claims(claims).map(Token)
    }

    pub(super) fn proof(&self, claims: &Claims) -> Result<Proof> {
        self.seal_claims(claims).map(Proof)
    }

    /// The claims of a token that was made for this account and `expected`.
    ///
    /// # Errors
    ///
    /// [`Rejection`] for everything else, with the reason for the log.
    pub(super) fn claims_of(
        &self,
        sealed: &str,
        account: &Account,
        expected: impl FnOnce(&Purpose) -> bool,
    ) -> Result<Claims, Rejection> {
        let claims = self.open_claims(sealed)?;
        claims.hold_for(account, self.now())?;
        if expected(&claims.purpose) { Ok(claims) } else { Err(Rejection::new(Reason::WrongPurpose)) }
    }

    /// Reads a token without asking whose it is or whether it still stands.
    pub(super) fn open_claims(&self, sealed: &str) -> Result<Claims, Rejection> {
        self.try_open_claims(sealed).ok_or(Rejection::new(Reason::InvalidToken))
    }

    fn seal_claims(&self, claims: &Claims) -> Result<String> {
        let mut plaintext = Plaintext::with_room_for(USUAL_BYTES);
        plaintext.push(VERSION);
        // Writing to memory cannot fail; if it did, what was written so far would not open.
        let _written = claims.write(&mut plaintext.writer()).is_ok();
        let sealed = self.inner.keys.seal(seal::Purpose::Token, &[], plaintext)?;
        Ok(BASE64URL_NOPAD.encode(&sealed))
    }

    fn try_open_claims(&self, sealed: &str) -> Option<Claims> {
        if sealed.len() > MAX_TEXT {
            return None;
        }
        let sealed = BASE64URL_NOPAD.decode(sealed.as_bytes()).ok()?;
        let plaintext = self.inner.keys.open(seal::Purpose::Token, &[], &sealed).ok()?;
        // At first there was no version: a map, whose fields had names.
        let (keys, fields) = match plaintext.split_first()? {
            (&VERSION, fields) => (Keys::Numbers, fields),
            _ => (Keys::Names, &*plaintext),
        };
        Reader::new(fields, keys).only()
    }
}
