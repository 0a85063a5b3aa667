//! Reading `otpauth://` URIs, strictly.

use std::str;

use percent_encoding::percent_decode_str;
use zeroize::Zeroizing;

use super::{ALGORITHMS, OtpauthError, OtpauthUri, algorithm_name};
use crate::primitives::{
    algorithm::Algorithm,
    code::Digits,
    secret::{Secret, SecretError},
    time::StepSize,
    totp::Totp,
};

/// Reads a URI whose secret `secret` takes.
pub(super) fn read(
    uri: &str,
    secret: impl FnOnce(&str) -> Result<Secret, SecretError>,
) -> Result<OtpauthUri, OtpauthError> {
    if uri.len() > OtpauthUri::MAX_BYTES {
        return Err(OtpauthError::TooLong);
    }
    let (label, query) = split(uri)?;
    if !well_formed(uri) {
        return Err(OtpauthError::Malformed);
    }
    let found = Parameters::read(query)?;
    let (issuer, account) = names(label, found.issuer)?;
    let base32 = decode(found.secret.ok_or(OtpauthError::MissingSecret)?)?;
    let secret = secret(&base32).map_err(OtpauthError::Secret)?;
    let totp = Totp::new()
        .with_algorithm(supported("algorithm", found.algorithm, algorithm)?)
        .with_digits(supported("digits", found.digits, digits)?)
        .with_step(supported("period", found.period, period)?);
    OtpauthUri::new(&issuer, &account, secret)?.with_totp(totp)
}

/// The label and the query of a URI for time-based codes, both still percent-encoded.
fn split(uri: &str) -> Result<(&str, &str), OtpauthError> {
    let (scheme, rest) = uri.split_once("://").ok_or(OtpauthError::NotTotp)?;
    let (path, query) = rest.split_once('?').unwrap_or((rest, ""));
    let (kind, label) = path.split_once('/').unwrap_or((path, ""));
    if !scheme.eq_ignore_ascii_case("otpauth") {
        Err(OtpauthError::NotTotp)
    } else if kind.eq_ignore_ascii_case("hotp") {
        Err(OtpauthError::Hotp)
    } else if !kind.eq_ignore_ascii_case("totp") {
        Err(OtpauthError::NotTotp)
    } else if query.is_empty() {
        Err(OtpauthError::MissingSecret)
    } else {
        Ok((label, query))
    }
}

/// Whether there are only printable ASCII characters, no fragment, and two hexadecimal digits after every `%`.
fn well_formed(uri: &str) -> bool {
    uri.bytes().all(|byte| byte.is_ascii_graphic() && byte != b'#')
        && uri.split('%').skip(1).all(|after| {
            after.as_bytes().first_chunk::<2>().is_some_and(|hex| hex.iter().all(u8::is_ascii_hexdigit))
        })
}

/// The values as they stand in the URI, still percent-encoded.
#[derive(Default)]
struct Parameters<'a> {
    secret: Option<&'a str>,
    issuer: Option<&'a str>,
    algorithm: Option<&'a str>,
    digits: Option<&'a str>,
    period: Option<&'a str>,
}

impl<'a> Parameters<'a> {
    fn read(query: &'a str) -> Result<Self, OtpauthError> {
        let mut found = Self::default();
        for parameter in query.split('&') {
            let (name, value) = parameter.split_once('=').ok_or(OtpauthError::Malformed)?;
            // Decoded before it is compared, or `%73ecret` would be a second secret that only some readers see.
            let name = decode(name)?;
            if let Some((name, place)) = found.place(&name) {
                if place.replace(value).is_some() {
                    return Err(OtpauthError::Duplicate(name));
                }
            } else if let Some(name) = TELLING.iter().find(|telling| telling.eq_ignore_ascii_case(&name)) {
                return Err(OtpauthError::Unsupported(name));
            }
        }
        Ok(found)
    }

    fn place(&mut self, name: &str) -> Option<(&'static str, &mut Option<&'a str>)> {
        match name {
            "secret" => Some(("secret", &mut self.secret)),
            "issuer" => Some(("issuer", &mut self.issuer)),
            "algorithm" => Some(("algorithm", &mut self.algorithm)),
            "digits" => Some(("digits", &mut self.digits)),
            "period" => Some(("period", &mut self.period)),
            _ => None,
        }
    }
}

/// Names, in whatever case, of which some reader makes other codes or another label.
const TELLING: [&str; 8] = ["secret", "issuer", "algorithm", "digits", "period", "encoder", "t0", "epoch"];

/// Issuer and account: `label = accountname / issuer (":" / "%3A") *"%20" accountname`.
fn names(label: &str, parameter: Option<&str>) -> Result<(String, String), OtpauthError> {
    let label = decode(label)?;
    let parameter = parameter.map(decode).transpose()?;
    let (prefix, account) = match label.split_once(':') {
        Some((prefix, account)) => (Some(prefix), account),
        None => (None, label.as_str()),
    };
    let issuer = match (prefix, parameter.as_deref()) {
        (Some(prefix), Some(issuer)) if prefix.trim() != issuer.trim() => {
            return Err(OtpauthError::IssuerMismatch);
        }
        (prefix, issuer) => prefix.or(issuer.map(String::as_str)).ok_or(OtpauthError::Issuer)?,
    };
    Ok((issuer.to_owned(), account.to_owned()))
}

fn decode(encoded: &str) -> Result<Zeroizing<String>, OtpauthError> {
    let mut bytes = Zeroizing::new(Vec::with_capacity(encoded.len()));
    bytes.extend(percent_decode_str(encoded));
    str::from_utf8(&bytes).map(|text| Zeroizing::new(text.to_owned())).map_err(|_| OtpauthError::Malformed)
}

/// The value of a parameter; the format's default, which is the type's, if it is absent.
fn supported<T: Default>(
    name: &'static str,
    value: Option<&str>,
    read: impl Fn(&str) -> Option<T>,
) -> Result<T, OtpauthError> {
    let Some(value) = value else { return Ok(T::default()) };
    read(&decode(value)?).ok_or(OtpauthError::Unsupported(name))
}

fn algorithm(value: &str) -> Option<Algorithm> {
    ALGORITHMS.into_iter().find(|algorithm| algorithm_name(*algorithm).eq_ignore_ascii_case(value))
}

fn digits(value: &str) -> Option<Digits> {
    number(value).and_then(|count| u8::try_from(count).ok()).and_then(Digits::new)
}

fn period(value: &str) -> Option<StepSize> {
    number(value).and_then(StepSize::from_seconds)
}

/// A number in its one spelling: no sign, no leading zeros, which some readers take for octal.
fn number(value: &str) -> Option<u16> {
    value.parse::<u16>().ok().filter(|number| number.to_string() == value)
}

#[cfg(test)]
mod tests;
