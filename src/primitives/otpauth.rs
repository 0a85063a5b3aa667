//! `otpauth://` URIs, which carry a secret and its parameters into an authenticator app
//! (Google Authenticator's Key URI Format).

mod read;

use std::fmt;

use percent_encoding::{AsciiSet, NON_ALPHANUMERIC, utf8_percent_encode};
use zeroize::Zeroizing;

use crate::primitives::{
    algorithm::Algorithm,
    secret::{Secret, SecretError},
    time::UnixTime,
    totp::Totp,
};

/// What an authenticator app learns when a person sets it up: who asks, for whom, and how to compute the codes.
///
/// Steps are counted from the Unix epoch: the format has no way to name another start.
///
/// ```
/// use second_factor::primitives::{otpauth::OtpauthUri, secret::Secret};
///
/// // What an app is to scan for an authenticator that goes to `Verifier::import`. Otherwise `Enrollment::uri` has it.
/// let secret = Secret::from_bytes(b"12345678901234567890")?;
/// let uri = OtpauthUri::new("Example & Co", "alice@example.com", secret)?;
/// assert_eq!(
///     *uri.to_uri(),
///     "otpauth://totp/Example%20%26%20Co:alice%40example.com?secret=GEZDGNBVGY3TQOJQGEZDGNBVGY3TQOJQ\
///      &issuer=Example%20%26%20Co&algorithm=SHA1&digits=6&period=30"
/// );
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
pub struct OtpauthUri {
    issuer: String,
    account: String,
    secret: Secret,
    totp: Totp,
}

impl OtpauthUri {
    /// The longest URI that is written or read, in bytes. It fits into a QR code.
    pub const MAX_BYTES: usize = 2048;
    /// The longest issuer, in bytes of UTF-8.
    pub const MAX_ISSUER_BYTES: usize = 128;
    /// The longest account name, in bytes of UTF-8: that of an e-mail address (RFC 3696 §3).
    pub const MAX_ACCOUNT_BYTES: usize = 320;

    /// A URI for `account` at `issuer`, with the parameters that every app knows: SHA-1, 6 digits, 30 seconds.
    ///
    /// Spaces around either name are dropped.
    ///
    /// # Errors
    ///
    /// [`OtpauthError::Issuer`] and [`OtpauthError::Account`] for a name that is empty, too long, or contains a colon (the
    /// format parts the two with it) or a control character.
    pub fn new(issuer: &str, account: &str, secret: Secret) -> Result<Self, OtpauthError> {
        let (issuer, account) = (checked_issuer(issuer)?, checked_account(account)?);
        Ok(Self { issuer, account, secret, totp: Totp::new() })
    }

    /// The same with other parameters. Some apps silently use SHA-1, six digits and 30 seconds all the same.
    ///
    /// # Errors
    ///
    /// [`OtpauthError::Unsupported`] for steps that are not counted from the Unix epoch: the format cannot say so.
    pub fn with_totp(self, totp: Totp) -> Result<Self, OtpauthError> {
        if totp.t0() == UnixTime::EPOCH {
            Ok(Self { totp, ..self })
        } else {
            Err(OtpauthError::Unsupported("t0"))
        }
    }

    /// Reads a URI strictly: what two readers might understand differently is refused.
    ///
    /// So no parameter may come twice, and the issuer's two places must agree. Parameters that are not of the format are
    /// ignored, as apps do (vendors add `image` or `color`), except for those known to change the codes (`encoder`,
    /// `t0`, `epoch`) and those that differ from one of the format only by case, which some apps heed and others do not.
    /// An absent `algorithm`, `digits` or `period` means SHA1, 6 and 30. A `+` is a plus sign.
    ///
    /// ```
    /// use second_factor::primitives::otpauth::OtpauthUri;
    ///
    /// let uri = OtpauthUri::parse("otpauth://totp/ACME%20Co:john?secret=HXDMVJECJJWSRB3HWIZR4IFUGFTMXBOZ")?;
    /// assert_eq!((uri.issuer(), uri.account(), uri.totp().step().seconds()), ("ACME Co", "john", 30));
    /// # Ok::<(), second_factor::primitives::otpauth::OtpauthError>(())
    /// ```
    ///
    /// # Errors
    ///
    /// [`OtpauthError`]; it never contains anything of what was read.
    pub fn parse(uri: &str) -> Result<Self, OtpauthError> {
        read::read(uri, Secret::from_base32)
    }

    /// The same for a URI whose secret is too weak for [`parse`](Self::parse): 80 to 120 bits, from another service.
    ///
    /// What that means, [`Secret::from_weak_legacy_bytes`] says. Everything else is read as strictly.
    ///
    /// ```
    /// use second_factor::primitives::otpauth::OtpauthUri;
    ///
    /// let uri = "otpauth://totp/Old:john?secret=JBSWY3DPEHPK3PXP";
    /// assert!(OtpauthUri::parse(uri).is_err());
    /// assert_eq!(OtpauthUri::parse_weak_legacy(uri)?.secret().expose().len(), 10);
    /// # Ok::<(), second_factor::primitives::otpauth::OtpauthError>(())
    /// ```
    ///
    /// # Errors
    ///
    /// As for [`parse`](Self::parse), and [`SecretError::NotWeak`] for a secret that it takes.
    pub fn parse_weak_legacy(uri: &str) -> Result<Self, OtpauthError> {
        read::read(uri, Secret::from_weak_legacy_base32)
    }

    /// The URI, at most [`MAX_BYTES`](Self::MAX_BYTES) long. **It contains the secret.**
    ///
    /// Every parameter is written, even where it is the format's default: apps differ in their own. All characters but the
    /// unreserved ones of RFC 3986 §2.3 are percent-encoded in the names.
    #[must_use]
    pub fn to_uri(&self) -> Zeroizing<String> {
        // Never grows: a string that grew would leave its old buffer behind.
        let mut uri = Zeroizing::new(String::with_capacity(Self::MAX_BYTES));
        uri.push_str("otpauth://totp/");
        uri.extend(utf8_percent_encode(&self.issuer, RESERVED));
        uri.push(':');
        uri.extend(utf8_percent_encode(&self.account, RESERVED));
        uri.push_str("?secret=");
        uri.push_str(&self.secret.to_base32());
        uri.push_str("&issuer=");
        uri.extend(utf8_percent_encode(&self.issuer, RESERVED));
        uri.push_str("&algorithm=");
        uri.push_str(algorithm_name(self.totp.algorithm()));
        uri.push_str("&digits=");
        uri.push_str(&self.totp.digits().count().to_string());
        uri.push_str("&period=");
        uri.push_str(&self.totp.step().seconds().to_string());
        uri
    }

    /// The service that asks for the codes.
    #[must_use]
    pub fn issuer(&self) -> &str {
        &self.issuer
    }

    /// The account at the service, as the person knows it.
    #[must_use]
    pub fn account(&self) -> &str {
        &self.account
    }

    /// The shared secret.
    #[must_use]
    pub const fn secret(&self) -> &Secret {
        &self.secret
    }

    /// The shared secret, for keeps: it cannot be cloned.
    #[must_use]
    pub fn into_secret(self) -> Secret {
        self.secret
    }

    /// The parameters, with which to make its codes.
    #[must_use]
    pub const fn totp(&self) -> Totp {
        self.totp
    }
}

/// Shows neither the secret nor the account, which may be an address.
impl fmt::Debug for OtpauthUri {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("OtpauthUri")
            .field("issuer", &self.issuer)
            .field("totp", &self.totp)
            .finish_non_exhaustive()
    }
}

/// Why an `otpauth` URI was not written or read. It contains nothing of the URI.
///
/// To a host that imports one it is [`NotAllowed::InvalidImport`](crate::NotAllowed::InvalidImport), whatever the reason. Who asks before:
///
/// ```
/// use second_factor::primitives::{otpauth::{OtpauthError, OtpauthUri}, secret::SecretError};
///
/// /// For the report in front of a migration: what becomes of this URI of the old system.
/// fn forecast(uri: &str) -> String {
///     match OtpauthUri::parse(uri) {
///         Ok(_) => "taken over".into(),
///         Err(OtpauthError::Secret(SecretError::TooShort)) => "taken over as weak, and asked to set up anew".into(),
///         Err(other) => format!("set up anew: {other}"),
///     }
/// }
///
/// assert_eq!(forecast("otpauth://totp/Old:ann?secret=JBSWY3DPEHPK3PXP"), "taken over as weak, and asked to set up anew");
/// assert!(forecast("otpauth://hotp/Old:ann?secret=JBSWY3DPEHPK3PXP&counter=1").starts_with("set up anew: an otpauth URI for counter"));
/// ```
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum OtpauthError {
    /// More than [`OtpauthUri::MAX_BYTES`].
    #[error("the URI is longer than 2048 bytes")]
    TooLong,
    /// Another scheme, or a type of code that is not time-based.
    #[error("not an otpauth URI for time-based codes")]
    NotTotp,
    /// Type `hotp`: counter-based codes, which this library does not offer.
    #[error("an otpauth URI for counter-based codes, which are not supported")]
    Hotp,
    /// Not a URI (RFC 3986): a character that must be encoded, a broken percent-encoding, text that is not UTF-8, a
    /// fragment, or a parameter without `=`.
    #[error("not a well-formed URI")]
    Malformed,
    /// The issuer is missing, empty, too long, or contains a colon or a control character.
    #[error("the issuer is missing, too long or contains a colon or a control character")]
    Issuer,
    /// The account is missing, empty, too long, or contains a colon or a control character.
    #[error("the account is missing, too long or contains a colon or a control character")]
    Account,
    /// The label names one issuer and the parameter another.
    #[error("the issuer of the label is not that of the parameter")]
    IssuerMismatch,
    /// This parameter comes twice.
    #[error("the parameter `{0}` comes twice")]
    Duplicate(&'static str),
    /// There is no secret.
    #[error("the parameter `secret` is missing")]
    MissingSecret,
    /// The secret cannot be used.
    #[error("the secret cannot be used")]
    Secret(#[source] SecretError),
    /// This parameter has a value that is not supported, is not supported at all, or is spelled in the wrong case.
    #[error("the parameter `{0}` is not supported with this value or in this spelling")]
    Unsupported(&'static str),
}

/// What is percent-encoded in names: all but the unreserved characters of RFC 3986 §2.3.
const RESERVED: &AsciiSet = &NON_ALPHANUMERIC.remove(b'-').remove(b'.').remove(b'_').remove(b'~');

/// The hashes under their names in the format.
const ALGORITHMS: [Algorithm; 3] = [Algorithm::Sha1, Algorithm::Sha256, Algorithm::Sha512];

const fn algorithm_name(algorithm: Algorithm) -> &'static str {
    match algorithm {
        Algorithm::Sha1 => "SHA1",
        Algorithm::Sha256 => "SHA256",
        Algorithm::Sha512 => "SHA512",
    }
}

/// An issuer as it is written: without the spaces around it.
pub(crate) fn checked_issuer(issuer: &str) -> Result<String, OtpauthError> {
    name(issuer, OtpauthUri::MAX_ISSUER_BYTES).ok_or(OtpauthError::Issuer)
}

/// An account as it is written, likewise.
pub(crate) fn checked_account(account: &str) -> Result<String, OtpauthError> {
    name(account, OtpauthUri::MAX_ACCOUNT_BYTES).ok_or(OtpauthError::Account)
}

fn name(text: &str, max_bytes: usize) -> Option<String> {
    if text.contains(|c: char| c == ':' || c.is_control()) {
        return None;
    }
    let name = text.trim();
    (1..=max_bytes).contains(&name.len()).then(|| name.to_owned())
}

#[cfg(test)]
mod tests;
