//! A browser that the user's record knows: its id, and the cookie that it carries.

use std::{fmt, str::FromStr};

use data_encoding::{BASE32_NOPAD, BASE64URL_NOPAD};
use serde::{Deserialize, Serialize};
use zeroize::Zeroizing;

use crate::{
    primitives::stored::{Keys, Reader, Stored, Writer, Written},
    user::UserKey,
};

const ID_BYTES: usize = 16;
const SECRET_BYTES: usize = 32;
/// In base64, without padding or spare bits.
const VALUE_CHARS: usize = (ID_BYTES + SECRET_BYTES) / 3 * 4;
/// Binds the cookie to this very host, over HTTPS (RFC 6265bis §4.1.3.2).
const NAME_PREFIX: &str = "__Host-sf-";
/// Room for the longest header, so that no part of the value is left behind by growing.
const HEADER_CAPACITY: usize = 192;

/// A browser that a user's record knows, by random bits: an entry in the list of devices.
///
/// Shown, written and read as 32 hexadecimal digits in lower case, so that forms, URLs and JSON can carry it. It is no secret and proves
/// nothing: that takes the [`DeviceCookie`].
///
/// ```
/// use second_factor::{Account, DeviceId, InvalidDeviceId, Result, Verifier};
///
/// /// "Remove" beside a browser in the settings: `id` comes from the form. An error if it is no id at all.
/// async fn remove(verifier: &Verifier, account: &Account, id: &str) -> std::result::Result<Result<()>, InvalidDeviceId> {
///     let id: DeviceId = id.parse()?;
///     Ok(verifier.revoke_device(account, id).await)
/// }
/// ```
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct DeviceId(u128);

/// What was read is no [`DeviceId`].
///
/// Nobody types ids, so a form that brings another text was tampered with or is broken: there is nothing to explain.
///
/// ```
/// use second_factor::{DeviceId, InvalidDeviceId};
///
/// /// What the settings page answers: an HTTP status.
/// struct Answer(u16);
///
/// impl From<InvalidDeviceId> for Answer {
///     fn from(_: InvalidDeviceId) -> Self {
///         Answer(404)
///     }
/// }
///
/// /// "Remove" beside a browser: which one.
/// fn posted(id: &str) -> Result<DeviceId, Answer> {
///     Ok(id.parse::<DeviceId>()?)
/// }
///
/// assert!(posted("00112233445566778899aabbccddeeff").is_ok());
/// assert!(matches!(posted("1 OR 1 = 1"), Err(Answer(404))));
/// ```
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("a device id has 32 hexadecimal digits in lower case")]
#[non_exhaustive]
pub struct InvalidDeviceId;

impl DeviceId {
    pub(crate) const fn new(bits: u128) -> Self {
        Self(bits)
    }

    pub(crate) const fn get(self) -> u128 {
        self.0
    }
}

/// As bits. At first it was its text.
impl Stored for DeviceId {
    fn write(&self, to: &mut Writer<'_>) -> Written {
        self.0.write(to)
    }

    fn read(from: &mut Reader<'_>) -> Option<Self> {
        match from.keys() {
            Keys::Numbers => Stored::read(from).map(Self),
            Keys::Names => from.text()?.parse().ok(),
        }
    }
}

impl fmt::Display for DeviceId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{:032x}", self.0)
    }
}

impl fmt::Debug for DeviceId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "DeviceId({self})")
    }
}

impl FromStr for DeviceId {
    type Err = InvalidDeviceId;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        // One id has one text. `from_str_radix` alone would take a sign, capitals and fewer digits.
        let digits = text.bytes().all(|byte| matches!(byte, b'0'..=b'9' | b'a'..=b'f'));
        if text.len() != 2 * ID_BYTES || !digits {
            return Err(InvalidDeviceId);
        }
        u128::from_str_radix(text, 16).map(Self).map_err(|_| InvalidDeviceId)
    }
}

impl TryFrom<String> for DeviceId {
    type Error = InvalidDeviceId;

    fn try_from(text: String) -> Result<Self, Self::Error> {
        text.parse()
    }
}

impl From<DeviceId> for String {
    fn from(id: DeviceId) -> Self {
        id.to_string()
    }
}

/// A cookie for this browser and this user, to be set with the response: the browser is known from then on, and trusted if the user
/// asked for it and the policy allows it. Or one that takes the cookie away.
///
/// Whoever has the cookie is that browser, so it has no `Display` and cannot be cloned. [`header`](Self::header) is the only way to it.
///
/// ```
/// use second_factor::{Account, Result, Verifier};
///
/// /// "Sign out everywhere": the value of the `Set-Cookie` header of the answer.
/// async fn sign_out_everywhere(verifier: &Verifier, account: &Account) -> Result<String> {
///     let cookie = verifier.sign_out_everywhere(account).await?;
///     Ok(cookie.header().to_owned())
/// }
/// ```
///
/// After a sign-in it is [`SignedIn::cookie`](crate::SignedIn::cookie).
pub struct DeviceCookie {
    name: String,
    header: Zeroizing<String>,
}

impl DeviceCookie {
    pub(crate) fn issue(
        user: &UserKey,
        id: DeviceId,
        secret: &[u8; SECRET_BYTES],
        max_age_seconds: u64,
    ) -> Self {
        let mut bytes = Zeroizing::new([0; ID_BYTES + SECRET_BYTES]);
        for (to, from) in bytes.iter_mut().zip(id.0.to_be_bytes().iter().chain(secret)) {
            *to = *from;
        }
        let mut value = Zeroizing::new(String::with_capacity(VALUE_CHARS));
        BASE64URL_NOPAD.encode_append(&*bytes, &mut value);
        Self::with(user, &value, max_age_seconds)
    }

    /// Takes the cookie away.
    pub(crate) fn clear(user: &UserKey) -> Self {
        Self::with(user, "", 0)
    }

    /// The name of the user's cookie: 128 bits of a digest of tenant and user. The key is public, and so is the name; it only keeps
    /// users apart who share a browser, without showing who they are.
    pub(crate) fn name_for(user: &UserKey) -> String {
        let digest = user.public_digest(b"second-factor device cookie name");
        let mut name = NAME_PREFIX.to_owned();
        BASE32_NOPAD.encode_append(&digest.to_be_bytes(), &mut name);
        name
    }

    /// The name of the cookie, as [`Account::device_cookie_name`](crate::Account::device_cookie_name) gives it.
    #[must_use]
    pub fn name(&self) -> &str {
        &self.name
    }

    /// The value of a `Set-Cookie` header. Send it as it is; keep it out of logs.
    #[must_use]
    pub fn header(&self) -> &str {
        &self.header
    }

    fn with(user: &UserKey, value: &str, max_age_seconds: u64) -> Self {
        let name = Self::name_for(user);
        let max_age = max_age_seconds.to_string();
        let mut header = Zeroizing::new(String::with_capacity(HEADER_CAPACITY));
        for part in [&name, "=", value, "; Path=/; Secure; HttpOnly; SameSite=Lax; Max-Age=", &max_age] {
            header.push_str(part);
        }
        Self { name, header }
    }
}

impl fmt::Debug for DeviceCookie {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("DeviceCookie([redacted])")
    }
}

/// What a browser brought along: to be looked up in the record of the user, and nowhere else.
pub(crate) struct Presented {
    pub(crate) id: DeviceId,
    pub(crate) secret: Zeroizing<[u8; SECRET_BYTES]>,
}

impl Presented {
    /// Reads the value of a cookie. Whatever [`DeviceCookie::issue`] cannot have written is no device.
    pub(crate) fn read(value: &str) -> Option<Self> {
        if value.len() != VALUE_CHARS {
            return None;
        }
        let mut bytes = Zeroizing::new([0; ID_BYTES + SECRET_BYTES]);
        BASE64URL_NOPAD.decode_mut(value.as_bytes(), &mut *bytes).ok()?;
        let (id, secret) = bytes.split_first_chunk::<ID_BYTES>()?;
        let mut presented =
            Self { id: DeviceId(u128::from_be_bytes(*id)), secret: Zeroizing::new([0; SECRET_BYTES]) };
        for (to, from) in presented.secret.iter_mut().zip(secret) {
            *to = *from;
        }
        Some(presented)
    }
}

impl fmt::Debug for Presented {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Presented([redacted])")
    }
}

#[cfg(test)]
mod tests;
